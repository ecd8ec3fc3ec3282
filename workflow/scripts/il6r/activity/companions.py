"""Which file beside a recording belongs to it?"""

from pathlib import Path


def metalong_of(path) -> Path | None:
    """GGIR's metalong csv of a metashort csv: the same name but for that word; None if it is not there."""
    name = Path(path).name
    beside = Path(path).with_name(name.replace("metashort", "metalong"))
    return beside if beside.name != name and beside.is_file() else None
