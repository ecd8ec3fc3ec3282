"""Which pages has the documents' site? A hook of MkDocs, which finds it in docs/mkdocs.yml.

A page stands on the site where its document stands in the repository, so that links are the same on both.
"""

import re
from pathlib import Path

from il6r.tables.dictionary import contracts, rows

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "workflow" / "scripts" / "il6r"
_HOME = "README.md"
_STUDY = ("config/README.md", "config/plan.md")
_RESULTS = (
    "results/README.md",
    "results/tables.md",
    "docs/estimates.md",
    "docs/verdicts.md",
    "docs/disclosure.md",
)
_DEVELOPMENT = (
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "envs/README.md",
    "resources/README.md",
)
# The target of a link or picture, without its anchor, unless it is on another site.
_TARGET = re.compile(r"\]\(([^)#:]+)")


def on_config(config):
    """MkDocs asks for the configuration: it gets the menu."""
    config.nav = menu()
    return config


def on_files(files, config):
    """MkDocs asks for the files: it gets the documents, and the pages that are made for the site."""
    from mkdocs.structure.files import File

    for place, path in documents().items():
        files.append(File.generated(config, place, abs_src_path=str(path)))
    for place, text in made().items():
        files.append(File.generated(config, place, content=text))
    return files


def menu() -> list:
    """Every page of the site, once."""
    return [
        _HOME,
        {"Your study": [*_STUDY, *_guides()]},
        {"Results": list(_RESULTS)},
        {"Development": list(_DEVELOPMENT)},
        {"Code": list(_code())},
    ]


def documents() -> dict[str, Path]:
    """The repository's documents, and the files that they link to, by their place on the site."""
    places = {_HOME, *_STUDY, *_guides(), *_RESULTS, *_DEVELOPMENT} - set(made())
    found = {place: ROOT / place for place in sorted(places)}
    for path in list(found.values()):
        for target in _TARGET.findall(path.read_text()):
            linked = (path.parent / target).resolve()
            if linked.is_file():
                found.setdefault(linked.relative_to(ROOT).as_posix(), linked)
    return found


def _guides() -> list[str]:
    """What stands in docs/ beside the page on estimates, which goes with the results."""
    places = (f"docs/{path.name}" for path in sorted(ROOT.glob("docs/*.md")))
    return [place for place in places if place not in _RESULTS]


def made() -> dict[str, str]:
    """The text of the pages that no document holds, by their place on the site."""
    return {"config/plan.md": _plan(), "results/tables.md": _tables(), **_code()}


def _plan() -> str:
    text = (ROOT / "config" / "plan.yaml").read_text()
    return (
        "# The default plan\n\nWhat is asked of every cohort whose study has no plan of its own. "
        f"[The plan](README.md#the-plan) explains the keys.\n\n```yaml\n{text}```\n"
    )


def _tables() -> str:
    """The data dictionary, made from the contracts."""
    parts = [
        "# The tables\n\nEvery table that one stage leaves to another, or to a reader, and what its columns "
        "mean. A run writes the same to `dictionary.tsv`.\n"
    ]
    for table in contracts().values():
        own = [row for row in rows() if row["table"] == table.name]
        key = f" Its key: {', '.join(f'`{name}`' for name in table.key)}." if table.key else ""
        parts += [
            f"\n## {table.name}\n\n`{own[0]['file']}`. {table.meaning}{key}\n\n",
            "| column | type | unit | meaning |\n|---|---|---|---|\n",
        ]
        for row in own:
            cells = (f"`{row['column']}`", row["type"], row["unit"] or "", row["meaning"])
            parts.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n")
    return "".join(parts)


def _code() -> dict[str, str]:
    """A page for each stage, and one for what stands beside the stages, to be filled from docstrings."""
    stages = {path.stem for path in (ROOT / "workflow" / "rules").glob("*.smk")} | {"tables"}
    pages: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = ".".join(part for part in parts if part != "__init__")
        title = parts[1] if parts[1] in stages or path.parent != PACKAGE else "beside the stages"
        place = f"code/{title.replace(' ', '_')}.md"
        pages[place] = pages.get(place, f"# {title.capitalize()}\n") + f"\n::: {module}\n"
    return dict(sorted(pages.items()))
