"""Take the pictures of a report that the documents show: `python tests/browser/pictures.py REPORT FOLDER`.

With `tests` on PYTHONPATH, after a run of the default study, with docs as the folder.
"""

import sys
from pathlib import Path

import chromium

# By the end of the picture's name: what the report is opened with, and the medium.
PICTURES = {
    "": ({}, "screen"),
    "_dark": ({"scheme": "dark"}, "screen"),
    "_phone": ({"size": chromium.PHONE}, "screen"),
    # A sheet of A4 with margins of 12 mm, in pixels of 1/96 inch.
    "_paper": ({"size": {"width": 703, "height": 1032}}, "print"),
}


def take(report: Path, folder: Path) -> None:
    """Write report.png, report_dark.png, report_phone.png and report_paper.png to a folder."""
    with chromium.browser() as running:
        for end, (options, medium) in PICTURES.items():
            with chromium.opened(running, report, **options) as page:
                page.emulate_media(media=medium)
                page.screenshot(path=folder / f"report{end}.png")


if __name__ == "__main__":
    take(*(Path(one).resolve() for one in sys.argv[1:]))
