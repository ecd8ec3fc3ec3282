"""The report: one HTML page without outside requests, its summary as JSON, and lines for the screen."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd
import yaml

from il6r import provenance
from il6r.report import activity, assays, calls, linkage, methods, populations, privacy, wording
from il6r.variants import Variant


@dataclass(frozen=True)
class Study:
    """Everything the report is written from: tables of all cohorts, one below the other.

    Attributes
    ----------
    flow, inputs, estimates, means : as in `tables`.
    sources, concordance, qc, structure_summary, fst, ld, ld_decay, haplotypes : as in `tables`, each
        with a further column `cohort`.
    placement : as from `populations.placement`; assays, activity : as from `load.assay_tables` and
        `load.activity_tables`; constants : `resources/binding_constants.tsv`.
    pooled, verdicts : as in `tables`; published : `resources/published_effects.tsv`.
    truths : for each synthetic cohort, the true value of each analysis.
    """

    config: dict
    catalogue: dict[str, Variant]
    flow: pd.DataFrame
    inputs: pd.DataFrame
    sources: pd.DataFrame
    concordance: pd.DataFrame
    qc: pd.DataFrame
    structure_summary: pd.DataFrame
    placement: pd.DataFrame
    fst: pd.DataFrame
    ld: pd.DataFrame
    ld_decay: pd.DataFrame
    haplotypes: pd.DataFrame
    activity: dict[str, pd.DataFrame]
    assays: dict[str, pd.DataFrame]
    constants: pd.DataFrame
    estimates: pd.DataFrame
    means: pd.DataFrame
    pooled: pd.DataFrame
    published: pd.DataFrame
    verdicts: pd.DataFrame
    truths: dict[str, dict]

    @property
    def minimum(self) -> int:
        """The smallest group that may be shown."""
        return self.config["min_cell_size"]


def write(study: Study, figures: dict[str, str], template: str) -> str:
    """The report's HTML.

    Parameters
    ----------
    figures : paths of the SVG files by figure name.
    template : path of the jinja2 template.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(template).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(Path(template).name).render(
        title=study.config["title"],
        variant=study.config["variant"],
        cohorts=study.config["cohorts"],
        warnings=methods.proxy_warnings(
            study.sources, study.qc, study.catalogue, study.config["variant"], study.minimum
        ),
        claims=claims(study),
        simulated=list(study.truths),
        truths=_truth_rows(study),
        chains=_chains(study),
        genotypes=_genotypes(study),
        assays=assays.section(list(study.config["cohorts"]), study.assays, study.minimum),
        balance=assays.balance_sentences(
            study.estimates, study.activity["sensitivity"], study.means, study.minimum
        ),
        activity=activity.section(list(study.config["cohorts"]), study.activity, study.minimum),
        estimates=_estimate_rows(study),
        means=_mean_rows(study),
        pooled=_pooled_rows(study),
        published=study.published.astype(object).where(study.published.notna(), "").to_dict("records"),
        methods=methods.sentences(study.config, study.sources, study.estimates, study.constants),
        minimum=study.minimum,
        inputs=study.inputs.to_dict("records"),
        versions=provenance.versions(),
        config_text=yaml.safe_dump(study.config, sort_keys=False, allow_unicode=True, width=90),
        figures={name: base64.b64encode(Path(path).read_bytes()).decode() for name, path in figures.items()},
    )


def claims(study: Study) -> list[dict]:
    """Each claim with its pooled estimate and every benchmark's verdicts, in words."""
    found = []
    effect = study.catalogue[study.config["variant"]].effect_allele
    fixed = study.pooled[study.pooled["model"] == "fixed"].set_index("analysis")
    for claim, rows in study.verdicts.groupby("claim", sort=False):
        analysis = wording.CLAIM_ANALYSIS[claim]
        scale = wording.SCALES[analysis]
        row = fixed.loc[analysis] if analysis in fixed.index else None
        pooled = None
        if row is not None and row["n_participants"] >= study.minimum:
            ends = [wording.on_scale(row[key], scale) for key in ("estimate", "ci_low", "ci_high")]
            pooled = {
                "text": wording.with_interval(*ends, scale),
                "estimate": ends[0],
                "ci_low": ends[1],
                "ci_high": ends[2],
                "cohorts": int(row["cohorts"]),
                "participants": int(row["n_participants"]),
                "i2_percent": None if pd.isna(row["i2_percent"]) else float(row["i2_percent"]),
            }
        benchmarks = []
        for name, verdicts in rows.groupby("benchmark", sort=False):
            verdicts = _hide_small(verdicts, study.minimum)
            overall = verdicts[verdicts["cohort"] == "pooled"].iloc[0]
            benchmarks.append(
                {
                    "benchmark": name,
                    "source": wording.benchmark(overall),
                    "verdict": overall["verdict"],
                    "power": None if pd.isna(overall["power"]) else float(overall["power"]),
                    "reason": overall["reason"],
                    "difference_p_value": _p_or_none(overall["difference_p_value"]),
                    "cohorts": dict(
                        verdicts[verdicts["cohort"] != "pooled"][["cohort", "verdict"]].to_numpy()
                    ),
                }
            )
        found.append(
            {
                "claim": claim,
                "label": wording.CLAIMS[claim].format(effect=effect),
                "scale": scale,
                "pooled": pooled,
                "also": _also(claim, fixed, study.minimum),
                "benchmarks": benchmarks,
            }
        )
    return found


def _p_or_none(text: str) -> float | None:
    return None if text == "not computable" else float(text)


def _also(claim: str, fixed: pd.DataFrame, minimum: int) -> str | None:
    """Other estimates that bear on a claim, in words."""
    parts = []
    for analysis in wording.ALSO.get(claim, ()):
        if analysis not in fixed.index or fixed.loc[analysis, "n_participants"] < minimum:
            continue
        scale, row = wording.SCALES[analysis], fixed.loc[analysis]
        ends = [wording.on_scale(row[key], scale) for key in ("estimate", "ci_low", "ci_high")]
        parts.append(f"{wording.ANALYSES[analysis]}: {wording.with_interval(*ends, scale)}")
    return "; ".join(parts) or None


def _hide_small(verdicts: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Verdicts on fewer people than may be shown, without what they are."""
    small = verdicts["n"].fillna(minimum) < minimum
    hidden = verdicts.copy()
    hidden.loc[small, "verdict"] = "not computable"
    hidden.loc[small, "reason"] = f"fewer than {minimum} people"
    hidden.loc[small, "difference_p_value"] = "not computable"
    return hidden


def summary(study: Study) -> str:
    """The verdicts and estimates as JSON, for programs; groups only, as in the report."""
    enough = study.estimates[study.estimates["n_participants"] >= study.minimum]
    rows = enough.astype(object).where(enough.notna(), None)
    data = {
        "title": study.config["title"],
        "variant": study.config["variant"],
        "claims": claims(study),
        "estimates": [
            {key: row[key] for key in ("cohort", "analysis", "effect_allele", "scale", "estimate", "se",
                                       "ci_low", "ci_high", "p_value", "n", "n_participants", "note")}
            for row in rows.to_dict("records")
        ],
        "structure": populations.summary(
            study.structure_summary, study.fst, list(study.config["cohorts"]), study.minimum
        ),
        "truth": study.truths,
        "inputs": study.inputs.to_dict("records"),
        "versions": provenance.versions(),
    }  # fmt: skip
    return json.dumps(_rounded(data), indent=1, allow_nan=False) + "\n"


def screen_lines(study: Study) -> str:
    """One line for each claim."""
    lines = [study.config["title"], ""]
    for claim in claims(study):
        if claim["pooled"] is None:
            lines.append(f"{claim['label']}: not estimable in any cohort")
            continue
        verdicts = "; ".join(
            f"{b['source']} \N{RIGHTWARDS ARROW} {b['verdict']}" for b in claim["benchmarks"]
        )
        pooled = claim["pooled"]
        people = f"{pooled['cohorts']} cohort{'s' if pooled['cohorts'] > 1 else ''}, "
        people += f"{pooled['participants']:,} people"
        lines.append(f"{claim['label']}: {pooled['text']}, {people} | {verdicts}")
    return "\n".join([*lines, ""])


def _rounded(value):
    """Numbers to ten significant digits, as in the TSV tables."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


def _genotypes(study: Study) -> dict:
    """Words and rows of the genotypes section."""
    cohorts, minimum = study.config["cohorts"], study.minimum
    # Those of whom structure and linkage were asked for.
    asked = [name for name, cohort in cohorts.items() if cohort["genotypes"].get("structure", True)]
    summary = study.structure_summary[study.structure_summary["cohort"].isin(asked)]
    places = linkage.places(study.sources[study.sources["cohort"].isin(asked)], study.catalogue)
    return {
        "sources": calls.source_rows(study.sources),
        "orientation": calls.orientation(study.sources, study.catalogue),
        "left_out": calls.left_out_rows(study.sources, minimum),
        "left_out_heads": list(calls.LEFT_OUT.values()),
        "concordance": calls.concordance_sentences(study.concordance, minimum),
        "qc": calls.quality_rows(study.qc, minimum),
        "qc_notes": calls.quality_notes(study.qc, study.sources, study.config["variant"], minimum),
        "structure_words": populations.structure_sentences(summary, study.placement, list(cohorts), minimum),
        "structure": populations.structure_rows(summary, minimum),
        "fst_words": populations.fst_sentences(study.fst, asked, minimum),
        "fst": populations.fst_rows(study.fst, minimum),
        "linkage_words": linkage.sentences(study.ld, study.ld_decay, places, minimum),
        "haplotype_words": linkage.haplotype_sentences(study.haplotypes, places, minimum),
        "haplotypes": linkage.haplotype_rows(study.haplotypes, minimum),
    }


def _truth_rows(study: Study) -> list[dict]:
    rows = []
    quality = study.sources.dropna(subset="imputation_quality").set_index("cohort")
    quality = quality["imputation_quality"].to_dict()
    for cohort, truth in study.truths.items():
        own = study.estimates[study.estimates["cohort"] == cohort].set_index("analysis")
        for analysis, value in truth.items():
            scale = wording.SCALES[analysis]
            if analysis not in own.index:
                continue
            found = own.loc[analysis]
            if pd.isna(found["estimate"]) or found["n_participants"] < study.minimum:
                continue
            ends = [wording.on_scale(found[k], scale) for k in ("estimate", "ci_low", "ci_high")]
            true, text = value[scale], wording.number(value[scale], scale)
            if analysis == "sil6r_variance" and cohort in quality:
                # A calibrated imputed dosage keeps this share of the genotype's variance.
                true *= quality[cohort]
                text += f", {wording.number(true, scale)} after imputation"
            rows.append(
                {
                    "cohort": cohort,
                    "analysis": wording.ANALYSES[analysis],
                    "truth": text,
                    "estimate": wording.with_interval(*ends, scale),
                    "covered": "yes" if ends[1] <= true <= ends[2] else "no",
                }
            )
    return rows


def _chains(study: Study) -> list[dict]:
    keys = ["cohort", "stage", "analysis", "counted"]
    chains = []
    for (cohort, stage, analysis, counted), chain in study.flow.groupby(keys, sort=False, dropna=False):
        name = wording.ANALYSES.get(analysis, stage)
        if chain["left"].iloc[0] == 0:
            continue
        chains.append(
            {
                "cohort": cohort,
                "name": f"{name}: {counted}",
                "lines": [
                    {
                        "reason": row.reason,
                        "dropped": privacy.rounded(row.dropped, study.minimum) if row.dropped else "",
                        "left": privacy.rounded(row.left, study.minimum),
                    }
                    for row in chain.itertuples()
                ],
            }
        )
    return chains


def _estimate_rows(study: Study) -> list[dict]:
    rows = []
    for row in study.estimates.itertuples():
        scale = wording.SCALES[row.analysis]
        missing = pd.isna(row.estimate) or row.n_participants < study.minimum
        ends = [] if missing else [
            wording.on_scale(value, scale) for value in (row.estimate, row.ci_low, row.ci_high)
        ]  # fmt: skip
        rows.append(
            {
                "cohort": row.cohort,
                "analysis": wording.ANALYSES[row.analysis],
                "coding": row.coding,
                "estimate": "not estimable" if missing else wording.with_interval(*ends, scale),
                "p": "" if missing else wording.p_value(row.p_value),
                "n": f"{row.n_participants:,}"
                if row.n_participants >= study.minimum or row.n_participants == 0
                else f"under {study.minimum}",
                "r2": "" if pd.isna(row.r2_variant) else f"{row.r2_variant:.3f}",
                "note": "" if pd.isna(row.note) else row.note,
            }
        )
    return rows


def _mean_rows(study: Study) -> list[dict]:
    rows = []
    for (cohort, outcome), group in study.means.groupby(["cohort", "outcome"], sort=False):
        counts = privacy.group_counts(list(group["participants"]), study.minimum)
        for row, count in zip(group.itertuples(), counts, strict=True):
            shown = row.participants >= study.minimum and not pd.isna(row.geometric_mean)
            rows.append(
                {
                    "cohort": cohort,
                    "outcome": wording.OUTCOMES[outcome],
                    "genotype": row.genotype,
                    "participants": count,
                    "mean": f"{row.geometric_mean:.3g} ({row.ci_low:.3g} to {row.ci_high:.3g})"
                    if shown
                    else "",
                }
            )
    return rows


def _pooled_rows(study: Study) -> list[dict]:
    rows = []
    for row in study.pooled[study.pooled["n_participants"] >= study.minimum].itertuples():
        scale = wording.SCALES[row.analysis]
        ends = [wording.on_scale(v, scale) for v in (row.estimate, row.ci_low, row.ci_high)]
        prediction = "not computable (needs three cohorts)"
        if row.model == "fixed":
            prediction = ""
        elif not pd.isna(row.prediction_low):
            low, high = (
                wording.number(wording.on_scale(v, scale), scale)
                for v in (row.prediction_low, row.prediction_high)
            )
            prediction = f"{low} to {high}"
        rows.append(
            {
                "analysis": wording.ANALYSES[row.analysis],
                "model": row.model,
                "cohorts": row.cohorts,
                "n": f"{row.n_participants:,}",
                "estimate": wording.with_interval(*ends, scale),
                "p": wording.p_value(row.p_value),
                "i2": "" if pd.isna(row.i2_percent) else f"{row.i2_percent:.0f} %",
                "prediction": prediction,
            }
        )
    return rows
