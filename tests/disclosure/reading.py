"""Which numbers of people are in what is passed on, and of which groups?"""

import html
import json
import re
from pathlib import Path
from typing import NamedTuple

from openpyxl import load_workbook

from disclosure.attacker import REST, Table

_COUNT = r"(?:under )?\d[\d,]*"


class Row(NamedTuple):
    """A row of a table of the page: its caption, the cohort whose part it stands in, and texts by head."""

    caption: str
    section: str
    cells: dict[str, str]


class Number(NamedTuple):
    """A number of people: of which cohort, in what, of which stratum and genotype; between two bounds."""

    cohort: str
    what: str
    ancestry: str | None
    genotype: int | None
    low: int
    high: float


def plain(text: str) -> str:
    """The text of a piece of HTML."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).strip()


def step_of(page: str) -> int:
    """What the page says that numbers of people are rounded down to multiples of; 1 where it does not."""
    said = re.search(r"[Nn]umbers of people are rounded down to multiples of ([\d,]+)", plain(page))
    return int(said[1].replace(",", "")) if said else 1


def bounds(text: str, step: int) -> tuple[int, float]:
    """Between which numbers of people a text says that there are."""
    few = re.match(r"under ([\d,]+)", text)
    if few:
        # Exact tables hide only what is somebody.
        return int(step == 1), int(few[1].replace(",", "")) - 1
    count = int(re.match(r"[\d,]+", text)[0].replace(",", ""))
    return count, count + step - 1


def rows_of(page: str) -> list[Row]:
    """The rows of all tables of the page, with the cohort (`co-NAME`) whose part they stand in."""
    found = []
    for piece in re.split(r'(?=id="co-)', page):
        named = re.match(r'id="co-([\w-]+)"', piece)
        for table in re.findall(r"<table.*?</table>", piece, flags=re.S):
            caption = re.search(r"<caption.*?</caption>", table, flags=re.S)
            heads: list[str] = []
            group = ""
            for row in re.findall(r"<tr.*?</tr>", table, flags=re.S):
                cells = [plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.S)]
                if not heads:
                    heads = cells
                elif len(cells) == 1:
                    (group,) = cells
                elif len(cells) == len(heads):
                    own = {"": group, **dict(zip(heads, cells, strict=True))}
                    found.append(Row(plain(caption[0]) if caption else "", named[1] if named else "", own))
    return found


def _first(cells: dict[str, str], *names: str) -> str:
    return next((cells[name] for name in names if name in cells), "")


def genotype_rows(page: str) -> list[tuple[str, str, str, list[str], str, str]]:
    """Cohort, group, people, counts of three genotypes, frequency and call rate of the table of calls."""
    found = []
    for row in rows_of(page):
        heads = [name for name in row.cells if re.fullmatch(r"[012]|[ACGT]{2}", name)]
        people = _first(row.cells, "samples", "people")
        if len(heads) == 3 and "call rate" in row.cells and re.fullmatch(_COUNT, people):
            found.append(
                (row.cells.get("cohort") or row.section, row.cells["group"], people,
                 [row.cells[name] for name in heads], row.cells.get("frequency", ""), row.cells["call rate"])
            )  # fmt: skip
    return found


def _all_sure(people: str, counts: list[str], rate: str) -> bool:
    """Whether everybody who is called is in one of the three counts, as without dosages."""
    known = [int(one.replace(",", "")) for one in (people, *counts) if one[0].isdigit()]
    share = re.search(r"[\d.]+", rate)
    return len(known) < 4 or not share or sum(known[1:]) >= known[0] * (float(share[0]) - 1) / 100


def base_tables(page: str, cohorts: list[str], summary: dict | None = None) -> dict[str, Table]:
    """For each cohort its cells with what the table of calls, and the summary, say of them."""
    step, rows = step_of(page), genotype_rows(page)
    found = {}
    for cohort in cohorts:
        own = [row for row in rows if row[0] == cohort]
        table = Table([row[1] for row in own if row[1] != "all"])
        for _, group, people, counts, frequency, rate in own:
            ancestry = None if group == "all" else group
            cells = table.where(ancestry=ancestry)
            where = f"calls of {group}"
            table.add(where, cells, *bounds(people, step))
            for genotype, count in enumerate(counts):
                if re.fullmatch(_COUNT, count):
                    table.add(where, table.where(genotype, ancestry), *bounds(count, step))
            # A frequency that says "about" is made of the rounded counts.
            if match := re.match(r"0\.(\d+)", frequency):
                half = 0.5 * 10.0 ** -len(match[1])
                value = float(match[0])
                table.add_frequency(where, cells, value - half, value + half, _all_sure(people, counts, rate))
            sure = [one for one in cells if one.genotype != "unsure"]
            exact = step == 1 and _all_sure(people, counts, rate)
            if exact and re.fullmatch(r"\d+\.\d %", rate):
                share = float(rate.removesuffix(" %"))
                table.add_share(where, sure, cells, (share - 0.05) / 100, (share + 0.05) / 100)
        everybody = ((summary or {}).get("structure", {}).get(cohort) or {}).get("summary")
        if everybody and everybody["samples"] is not None:
            table.add("people in the files", table.where(), *bounds(f"{everybody['samples']}", step))
        found[cohort] = table
    return found


def numbers(page: str, summary: dict, labels: dict[str, str]) -> list[Number]:
    """Numbers of people of outcomes and analyses by cohort, ancestry and genotype.

    Parameters
    ----------
    labels : analysis by what the page calls it.
    """
    step = step_of(page)
    found = []

    def add(cohort, what, ancestry, genotype, text):
        if re.match(_COUNT, text):
            found.append(Number(cohort, what, ancestry, genotype, *bounds(text, step)))

    genotypes: dict[str, int] = {}
    for row in rows_of(page):
        cells, cohort = row.cells, row.cells.get("cohort") or row.section
        if {"outcome", "genotype"} <= set(cells):
            place = genotypes.setdefault(cells["genotype"], len(genotypes))
            add(cohort, f"means of {cells['outcome']}", None, place, _first(cells, "participants", "people"))
        elif "covariate" in cells:
            for genotype, name in enumerate(one for one in cells if re.fullmatch(r"[012]|[ACGT]{2}", one)):
                if match := re.search(rf"\(of ({_COUNT})\)", cells[name]):
                    add(cohort, f"covariate {cells['covariate']}", None, genotype, match[1])
        elif {"estimate", "people"} <= set(cells) and cells[""] in labels:
            name, _, stratum = cohort.partition(", ")
            ancestry = stratum.removesuffix(" only") or None
            add(name, labels[cells[""]], ancestry, None, cells["people"])
    for one in summary["estimates"]:
        if (people := one["n_participants"]) is not None:
            ancestry = None if one["stratum"] == "all" else one["stratum"]
            add(one["cohort"], one["analysis"], ancestry, None, f"{people}")
    return found


def nested(base: Table, numbers: list[Number], chain: list[str]) -> Table:
    """A cohort's cells by a chain of numbers, each of which counts some of the people before it."""
    table = Table(base.ancestries, chain)
    for one in base.known:
        weights = dict(one.weights)
        table.known.append(
            one.__class__(
                one.where,
                tuple((cell, weights[base_cell]) for cell in table.cells
                      if (base_cell := cell._replace(step=0)) in weights),
                one.low,
                one.high,
            )
        )  # fmt: skip
    for one in numbers:
        if one.what in chain and one.ancestry in (None, REST, *base.ancestries):
            cells = table.where(one.genotype, one.ancestry, chain.index(one.what) + 1)
            table.add(one.what, cells, one.low, one.high)
    return table


def passed_on(folder: Path) -> tuple[str, dict]:
    """The page and the summary of a study."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    # Figures are read by themselves.
    page = re.sub(r'src="data:[^"]*"', "", page)
    return page, json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def supplement(folder: Path) -> list[list[str]]:
    """All rows of all sheets of the supplement, as texts."""
    book = load_workbook(folder / "supplement.xlsx", read_only=True)
    return [
        ["" if cell is None else str(cell) for cell in row]
        for sheet in book
        for row in sheet.iter_rows(values_only=True)
    ]


def digits(value: float) -> int:
    """Significant digits of a number."""
    return len(f"{abs(value):.15g}".split("e")[0].replace(".", "").strip("0"))
