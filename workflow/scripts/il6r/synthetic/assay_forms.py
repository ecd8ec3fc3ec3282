"""Simulated concentrations as laboratories provide them: a result a line, blood samples, Olink's NPX."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from il6r import outcomes
from il6r.synthetic import plate_readings
from il6r.synthetic.truth import Effects, expected_logs

# People on a plate, by form.
PLATE_SIZE = {"long": 80, "plates": plate_readings.PEOPLE, "npx": 88}
# People and replicates, as standard deviations of logs; and the share of a person's variance that is
# between visits.
_REPLICATE_SD, _IL6_SD, _SGP130_SD, _VISIT_SD = 0.06, 0.45, 0.2, 0.1
_WITHIN_PERSON_SHARE = 0.2
# Shares of people without blood, and of results without a value.
_NO_BLOOD, _NO_RESULT = 0.03, 0.005

# 35 minutes of cycling at high intensity (Nash 2022): IL-6 rises 2.7-fold, and plasma is lost (percent of its
# volume, mean and standard deviation), which concentrates all that is in it. People arrive a quarter of an
# hour before, and blood is drawn 6 minutes after.
IL6_RISE, _IL6_RISE_SD = 2.7, 0.2
_PLASMA_LOSS_PERCENT, _PLASMA_LOSS_SD = 8.0, 3.0
_MINUTES_BETWEEN, _HOURS_AFTER = 56, 0.1
# The share of cells in blood (percent), by sex, and haemoglobin in cells (g/dL).
_HAEMATOCRIT = {"female": 40.0, "male": 45.0}
_HAEMATOCRIT_SD, _IN_CELLS, _IN_CELLS_SD = 2.5, 33.5, 0.8
# A finger's blood is noisier than a vein's.
_CAPILLARY_SD = 0.05
_THAWED_TWICE = 0.1


class _Protein(NamedTuple):
    """An assay of Olink's.

    Where `analyte` is none of ours, `scale` is the protein's mean in NPX, else what NPX adds to the logarithm
    to base 2 of the concentration.
    """

    olink_id: str
    uniprot: str
    name: str
    panel: str
    analyte: str | None
    scale: float
    lod: float


# IL-6 is in several panels, each with its own assay; its limits here are 1.15 and 1 pg/mL.
_PROTEINS = (
    _Protein("OID00001", "P08887", "IL6R", "Cardiometabolic", "sil6r", 5.0, 1.5),
    _Protein("OID00002", "P05231", "IL6", "Cardiometabolic", "il6", 1.5, 1.7),
    _Protein("OID00003", "P40189", "IL6ST", "Cardiometabolic", "sgp130", -2.0, 0.8),
    _Protein("OID00004", "P05231", "IL6", "Inflammation", "il6", 2.2, 2.2),
    _Protein("OID00005", "P01375", "TNF", "Inflammation", None, 2.6, 0.4),
    _Protein("OID00006", "P10145", "CXCL8", "Inflammation", None, 4.1, 0.9),
)
# In NPX: noise of a measurement and of one with a warning, of a plate, of its limit; people's of other
# proteins. The share of samples that get a warning in a panel.
_NPX_SD, _WARNED_SD, _NPX_PLATE_SD, _LOD_SD, _OTHER_SD = 0.12, 0.8, 0.08, 0.05, 0.6
_WARNED = 0.01
_CONTROLS = ("CONTROL_SAMPLE_AS 1", "CONTROL_SAMPLE_AS 2")
# Samples made into text at once.
_BLOCK = 10_000
_TABLE = {"index": False, "lineterminator": "\n"}


@dataclass(frozen=True)
class Exercise:
    """What a bout of exercise does to people's blood, and the random numbers of whatever comes with it.

    Attributes
    ----------
    plasma : plasma volume after over that before, shape (people,).
    il6_rise : of the logarithm of IL-6, beside what the loss of plasma does, shape (people,).
    """

    plasma: np.ndarray
    il6_rise: np.ndarray
    rng: np.random.Generator

    @classmethod
    def drawn(cls, people: int, rng: np.random.Generator) -> "Exercise":
        """One bout of each of so many people."""
        loss = rng.normal(_PLASMA_LOSS_PERCENT, _PLASMA_LOSS_SD, people).clip(0, 20)
        return cls(1 - loss / 100, rng.normal(np.log(IL6_RISE), _IL6_RISE_SD, people), rng)

    def changes(self, analyte: str) -> np.ndarray:
        """What is added to the logarithm of an analyte."""
        return (self.il6_rise if analyte == "il6" else 0.0) - np.log(self.plasma)


def rise_variance(forms) -> float:
    """Variance of the logarithm of IL-6 after a bout over that at rest, of people who exercise alike."""
    wells = 2 * _REPLICATE_SD**2 / forms.replicates if forms.replicates > 1 else 0.0
    return _IL6_RISE_SD**2 + wells


def visit_variance(effects: Effects, forms) -> float:
    """Mean variance of log sIL-6R at a visit about the person's own level, beside what training changes."""
    wells = _REPLICATE_SD**2 / forms.replicates if forms.replicates > 1 else 0.0
    finger = _CAPILLARY_SD**2 / forms.visits if forms.acute_exercise else 0.0
    return effects.residual_sd**2 - _between_sd(effects, forms) ** 2 + wells + finger


def simulate_levels(
    people: pd.DataFrame, effects: Effects, forms, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Logarithms of each person's own levels at rest, by analyte, shape (people,)."""
    sd = {"sil6r": _between_sd(effects, forms), "il6": _IL6_SD, "sgp130": _SGP130_SD}
    expected = expected_logs(people, effects)
    return {analyte: log + rng.normal(0, sd[analyte], len(people)) for analyte, log in expected.items()}


def simulate_results(
    people: pd.DataFrame, levels: dict[str, np.ndarray], effects: Effects, forms, rng: np.random.Generator,
    exercise: Exercise | None,
) -> pd.DataFrame:  # fmt: skip
    """Results of every analyte, visit and replicate; 3 % of people have none.

    Parameters
    ----------
    levels : as `simulate_levels` makes them.
    forms : `phenotypes.Forms`.
    exercise : on the last visit's day, if there is any. One of the visits before is then by capillary blood.

    Returns
    -------
    participant, visit (a number; the one after the last is after exercise), date, analyte, plate, replicate,
    log (of the concentration in the analyte's canonical unit) and missing (a well without a value).
    """
    n, last = len(people), forms.visits
    within = np.sqrt(effects.residual_sd**2 - _between_sd(effects, forms) ** 2)
    shift = people["plate_shift"].to_numpy() * effects.sil6r["plates_first_to_last"]
    at_rest, after = [], []
    for visit in range(1, last + 1):
        for analyte in forms.analytes:
            value = levels[analyte] + rng.normal(0, 1, n) * {"sil6r": within}.get(analyte, _VISIT_SD)
            if analyte == "sil6r":
                value = value + shift
            if exercise and visit == _capillary_visit(last):
                value = value + exercise.rng.normal(0, _CAPILLARY_SD, n)
            at_rest += _replicates(people, visit, visit, analyte, value, forms, rng)
            if exercise and visit == last:
                value = value + exercise.changes(analyte)
                after += _replicates(people, visit + 1, visit, analyte, value, forms, exercise.rng)
    present = people["participant"][rng.random(n) >= _NO_BLOOD]
    frames = []
    for parts, draws in ((at_rest, rng), (after, exercise.rng if exercise else rng)):
        if parts:
            frame = pd.concat(parts, ignore_index=True)
            frame = frame[frame["participant"].isin(present)]
            frames.append(frame.assign(missing=draws.random(len(frame)) < _NO_RESULT))
    return pd.concat(frames, ignore_index=True)


def long_table(results: pd.DataFrame, forms) -> pd.DataFrame:
    """A result a line, from the rows of `simulate_results`; sIL-6R below the limit is written `<limit`."""
    analyte = results["analyte"]
    unit = np.where(analyte == "il6", "pg/mL", forms.unit)
    factor = np.where(analyte == "il6", 1.0, _per_ng_ml(forms.unit))
    limit = np.where(analyte == "sil6r", forms.limit_ng_ml * _per_ng_ml(forms.unit), 0)
    value = np.exp(results["log"]) * factor
    text = pd.Series([f"{v:.5g}" for v in value], index=results.index)
    text = text.where(value >= limit, [f"<{v:g}" for v in limit]).mask(results["missing"], "")
    table = results.drop(columns=["log", "missing"]).assign(
        analyte=analyte.map({name: one.label for name, one in outcomes.ANALYTES.items()}),
        value=text,
        unit=unit,
    )
    dropped = (["replicate"] if forms.replicates == 1 else []) + _no_visit(forms)
    order = [c for c in ("participant", "visit", "analyte", "replicate") if c not in dropped]
    table = table.drop(columns=dropped).sort_values(order, ignore_index=True)
    return table.assign(visit=visit_names(table["visit"], forms)) if "visit" in table else table


def sample_table(
    people: pd.DataFrame, results: pd.DataFrame, forms, exercise: Exercise | None
) -> pd.DataFrame:
    """The blood samples that results are of, at rest and after exercise.

    Haemoglobin and haematocrit say what plasma was lost: cells and haemoglobin stay in the vessels, so that
    with volumes of blood (BV) before and after, Hb2 = Hb1 BV1 / BV2 and Hct2 = Hct1 BV1 / BV2 (Dill & Costill
    1974, doi 10.1152/jappl.1974.37.2.247, read backwards).

    Parameters
    ----------
    people : those whom `exercise` was drawn for.
    results : theirs.
    exercise : without any, there are participant, visit, date and time point only.
    """
    if exercise is None:
        table = results[["participant", "visit", "date"]].drop_duplicates().assign(time_point="rest")
        table = table.sort_values(["participant", "visit"], ignore_index=True)
        return table.assign(visit=visit_names(table["visit"], forms))
    rng, n, last = exercise.rng, len(people), forms.visits
    haematocrit = people["sex"].map(_HAEMATOCRIT).to_numpy() + rng.normal(0, _HAEMATOCRIT_SD, n)
    haemoglobin = haematocrit / 100 * rng.normal(_IN_CELLS, _IN_CELLS_SD, n)
    blood = haematocrit / 100 + (1 - haematocrit / 100) * exercise.plasma
    frames, minutes = [], np.zeros(n, dtype=int)
    for visit in range(1, last + 2):
        after = visit > last
        # Appointments are from 8 to 10 o'clock.
        minutes = minutes + _MINUTES_BETWEEN if after else 480 + 5 * rng.integers(0, 25, n)
        rested = np.full(n, _HOURS_AFTER) if after else rng.integers(24, 97, n)
        shrunk = blood if after else 1.0
        known = visit >= last
        frames.append(
            pd.DataFrame(
                {
                    "participant": people["participant"],
                    "visit": visit,
                    "date": iso_date(7 * min(visit, last)),
                    "time": [f"{m // 60:02d}:{m % 60:02d}" for m in minutes],
                    "time_point": "post-exercise" if after else "rest",
                    "matrix": "capillary" if visit == _capillary_visit(last) else "EDTA",
                    "hours_since_exercise": [f"{hours:g}" for hours in rested],
                    "freeze_thaw_cycles": np.where(rng.random(n) < _THAWED_TWICE, 2, 1),
                    "haemoglobin_g_dl": [f"{x:.1f}" if known else "" for x in haemoglobin / shrunk],
                    "haematocrit_percent": [f"{x:.1f}" if known else "" for x in haematocrit / shrunk],
                }
            )
        )
    table = pd.concat(frames)
    table = table[table["participant"].isin(results["participant"])]
    table = table.sort_values(["participant", "visit"], ignore_index=True)
    return table.assign(visit=visit_names(table["visit"], forms))


def by_participant(results: pd.DataFrame) -> pd.DataFrame:
    """The logarithms of one visit's results, a row for each participant and a column for each analyte."""
    logs = results["log"].mask(results["missing"])
    return results.assign(log=logs).pivot(index="participant", columns="analyte", values="log")


def write_npx(people: pd.DataFrame, logs: pd.DataFrame, file, rng: np.random.Generator) -> None:
    """Write results as Olink's long table: normalised protein expression, a logarithm to base 2.

    Parameters
    ----------
    people : participant and plate of everyone.
    logs : as `by_participant` makes them, of those who gave blood.
    file : open for writing.
    """
    plate = people.set_index("participant")["plate"].reindex(logs.index)
    numbers = np.unique(plate)
    pools = pd.DataFrame({"plate": np.repeat(numbers, len(_CONTROLS)), **logs.median()})
    pools.index = list(_CONTROLS) * len(numbers)
    samples = pd.concat([logs.assign(plate=plate), pools])
    samples["control"] = samples.index.isin(_CONTROLS)
    samples = samples.sort_values(["plate", "control"], kind="stable")
    place = np.searchsorted(numbers, samples["plate"])
    warned = {panel: rng.random(len(samples)) < _WARNED for panel in sorted({p.panel for p in _PROTEINS})}
    proteins = [p for p in _PROTEINS if p.analyte is None or p.analyte in logs]
    npx, limits = (np.empty((len(samples), len(proteins))) for _ in range(2))
    for k, protein in enumerate(proteins):
        spread = np.where(warned[protein.panel], _WARNED_SD, _NPX_SD)
        if protein.analyte:
            own = samples[protein.analyte].to_numpy() / np.log(2)
        else:
            own = rng.normal(0, _OTHER_SD, len(samples))
        plates = rng.normal(0, _NPX_PLATE_SD, len(numbers))[place]
        npx[:, k] = protein.scale + own + plates + rng.normal(0, 1, len(samples)) * spread
        limits[:, k] = (protein.lod + rng.normal(0, _LOD_SD, len(numbers)))[place]
    of_people = ~samples["control"].to_numpy()
    missing = (npx[of_people] < limits[of_people]).mean(axis=0)
    for start in range(0, len(samples), _BLOCK):
        part = slice(start, start + _BLOCK)
        own, k = samples[part], len(proteins)
        table = pd.DataFrame(
            {
                "SampleID": np.repeat(own.index.to_numpy(dtype=object), k),
                "Index": np.repeat(np.arange(len(samples))[part] + 1, k),
                **{
                    column: np.tile([getattr(p, name) for p in proteins], len(own))
                    for column, name in (("OlinkID", "olink_id"), ("UniProt", "uniprot"), ("Assay", "name"))
                },
                "MissingFreq": np.tile([f"{share:.4f}" for share in missing], len(own)),
                "Panel": np.tile([p.panel for p in proteins], len(own)),
                "Panel_Version": "v.1",
                "PlateID": np.repeat([f"Plate_{number:04d}" for number in own["plate"]], k),
                "QC_Warning": np.column_stack(
                    [np.where(warned[p.panel][part], "WARN", "PASS") for p in proteins]
                ).ravel(),
                "LOD": [f"{x:.4f}" for x in limits[part].ravel()],
                "NPX": ["" if np.isnan(x) else f"{x:.4f}" for x in npx[part].ravel()],
                "Normalization": "Plate control",
                "Assay_Warning": "PASS",
            }
        )
        table.to_csv(file, sep=";", header=start == 0, **_TABLE)


def visit_names(visit: pd.Series, forms) -> pd.Series:
    """What files call visits: numbers, and `6post` for what is after exercise on the day of the sixth."""
    return visit.astype(str).mask(visit > forms.visits, f"{forms.visits}post")


def iso_date(offset: int) -> str:
    """ISO date, counted from a Monday."""
    return str(np.datetime64("2025-03-03") + offset)


def _between_sd(effects: Effects, forms) -> float:
    """Standard deviation of log sIL-6R between people, given all that is known of them."""
    return effects.residual_sd * np.sqrt(1 - _WITHIN_PERSON_SHARE if forms.visits > 1 else 1.0)


def _replicates(people, visit, day_of_visit, analyte, value, forms, rng) -> list[pd.DataFrame]:
    replicates, batch = forms.replicates, "" if forms.plates_hold_people else f"V{day_of_visit}"
    return [
        pd.DataFrame(
            {
                "participant": people["participant"],
                "visit": visit,
                "date": iso_date(7 * day_of_visit),
                "analyte": analyte,
                "plate": [f"{batch}P{plate:04d}" for plate in people["plate"]],
                "replicate": replicate,
                "log": value + (rng.normal(0, _REPLICATE_SD, len(people)) if replicates > 1 else 0.0),
            }
        )
        for replicate in range(1, replicates + 1)
    ]


def _capillary_visit(last: int) -> int:
    """One of the visits before the last."""
    return last // 2


def _no_visit(forms) -> list[str]:
    return ["visit"] if forms.visits == 1 and not forms.acute_exercise else []


def _per_ng_ml(unit: str) -> float:
    return {"ng/mL": 1.0, "pg/mL": 1000.0}[unit]
