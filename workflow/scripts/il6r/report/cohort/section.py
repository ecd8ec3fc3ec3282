"""The section on people: who is in the cohorts, and where everybody went."""

from il6r.report import blocks
from il6r.report.cohort.words import chains, relatives, ways, whole_flow
from il6r.report.load import Study
from il6r.tables.cohort import COHORT_FLOW
from il6r.tables.genotypes import STRUCTURE_SUMMARY

TITLE = "Participants"
_WAYS = {
    "analyses": "analyses",
    "counted": "counted",
    "first": "at first",
    "dropped": "dropped",
    "left": "left",
}


def content(study: Study) -> list[blocks.Block]:
    """The cohorts, whether their data can carry a verdict, the flow as a figure and in tables."""
    described = {name: cohort.get("description") for name, cohort in study.config["cohorts"].items()}
    summary = study.table(STRUCTURE_SUMMARY)
    known = set(summary.loc[summary["share_pc1"].notna(), "cohort"])
    kept = relatives(study.table(COHORT_FLOW), study.config["cohorts"], known, study.minimum)
    return [
        blocks.Sentences(
            [blocks.Named(name, f": {text}" if text else "") for name, text in described.items()]
        ),
        *([blocks.Words(kept)] if kept else []),
        blocks.Heading("Flow"),
        *_flows(study),
    ]


def _flows(study: Study) -> list[blocks.Disclosure]:
    flow = whole_flow(study)
    steps, to_analyses = chains(flow, study.minimum), ways(flow, study.plan, study.minimum)
    heads = {"reason": "reason", "dropped": "dropped", "left": "left"}
    return [
        blocks.Disclosure(
            f"Where the people of {name} went",
            [
                *(
                    blocks.table(chain["name"], heads, chain["lines"])
                    for chain in steps
                    if chain["cohort"] == name
                ),
                blocks.table(
                    "From the analysis set to each analysis",
                    _WAYS,
                    [way for way in to_analyses if way["cohort"] == name],
                ),
            ],
        )
        for name in study.cohorts
    ]
