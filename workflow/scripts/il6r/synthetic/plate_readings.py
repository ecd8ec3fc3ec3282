"""Simulated sIL-6R as an ELISA reader gives it: optical densities of wells, and a layout that says whose."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

# A plate has 48 pairs of wells, one in each half of it, so that what drifts over columns shows in each pair.
# They go down the columns: seven standards and a zero, two controls, a bridge sample and a blank, and people.
PEOPLE = 36
_ROLES = ["standard"] * 8 + ["control"] * 2 + ["bridge", "blank"] + ["sample"] * PEOPLE
_ROWS, _COLUMNS, _PAIRS, _BLANK, _FIRST = 8, 12, len(_ROLES), 11, 12
# Two-fold standards of a common kit, pg/mL, and how far samples are diluted if no limit is asked for.
_STANDARDS = [*(31.25 * 2.0 ** np.arange(7)), 0.0]
_DILUTION = 100.0
# Controls and the bridge sample, ng/mL, and how far from its nominal value a control may be.
_CONTROLS, _BRIDGE, _CONTROL_RANGE = {"low control": 25.0, "high control": 90.0}, 45.0, 0.25

# The kit's curve, y = d + (a - d) / (1 + (x / c)^b)^g of x in pg/mL, with standard deviations between plates
# (of logarithms); every fourth plate's is asymmetric.
_A, _B, _C, _D = 0.06, 1.1, 1200.0, 4.2
_A_SD, _B_SD, _C_SD, _D_SD = 0.08, 0.03, 0.08, 0.03
_ASYMMETRY, _ASYMMETRIC_EVERY = 0.7, 4
# A blank has no antibody to bind anything. Noise is relative and absolute; plates' calibrators differ.
_BLANK_SHARE, _RELATIVE_SD, _ABSOLUTE_SD, _PLATE_SD = 0.7, 0.03, 0.004, 0.03
# What the reader calls OVER; and the pg/mL at which so much antigen takes up the antibodies singly that half
# of the signal is lost, and how fast it is (a hook effect).
_READER_LIMIT, _HOOK_PG_ML, _HOOK_SLOPE = 3.5, 50_000.0, 3.0

# Troubles, where there are so many plates: the share of the plates that comes before each.
_ENOUGH_PLATES = 20
_TROUBLED = {"edge": 0.2, "drift": 0.4, "failed": 0.6, "control": 0.8}
# Outer wells read so much higher, the last column so much lower than the first.
_EDGE, _DRIFT = 0.15, 0.20
# What was pipetted of each standard, from the lowest up and zero last, over what should have been: three and
# three in reverse order, so that a rising curve meets three of seven; and of the high control.
_MISPIPETTED = [4.0, 1.0, 1 / 4, 4.0, 1.0, 1 / 4, 1.0, 1.0]
_CONTROL_OFF = 1.6
# So many people were first run undiluted, and again on the same plate where it had wells left; and so many
# were run at a low dilution only.
_HOOKED, _ONLY_LOW = 4, 8
_LOW_DILUTION = 5.0
# Plates made into text at once.
_BLOCK = 200
_TABLE = {"index": False, "lineterminator": "\n"}


@dataclass(frozen=True)
class _Plates:
    """What is on all plates.

    Attributes
    ----------
    names, ng_ml, dilution : of people's pairs of wells, shape (plates, 36); ng_ml is NaN in empty ones.
    usual : how much samples, controls and the bridge are diluted.
    level : added to the logarithm of whatever is no standard, shape (plates,).
    curves : a, b, c, d and g, shape (5, plates).
    """

    names: np.ndarray
    ng_ml: np.ndarray
    dilution: np.ndarray
    usual: float
    level: np.ndarray
    curves: np.ndarray


def troubled_plates(plates: int) -> dict[str, int]:
    """Numbers, from 1, of the plates that have a fault; nothing if there are few plates.

    Faults are an edge effect, drift over their columns, a failed curve, and a control out of range.
    """
    if plates < _ENOUGH_PLATES:
        return {}
    return {trouble: int(share * plates) + 1 for trouble, share in _TROUBLED.items()}


def plate_name(number: int) -> str:
    """What the files call a plate."""
    return f"P{number:04d}"


def write_plates(
    people: pd.DataFrame, log_ng_ml: np.ndarray, limit_ng_ml: float, readings, layout,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Write optical densities and layouts of plates that give back people's sIL-6R.

    Parameters
    ----------
    people : participant, plate (from 1) and shift, what the plate adds to the logarithm of whatever is on it.
    log_ng_ml : of each person's concentration with the shift in it, shape (people,); NaN leaves wells empty.
    limit_ng_ml : the lowest standard, as a sample's concentration; 0 for the kit's usual dilution.
    readings, layout : files open for writing.
    """
    plates = _place(people, log_ng_ml, limit_ng_ml, rng)
    count = len(plates.level)
    for start in range(0, count, _BLOCK):
        wells = _wells(plates, np.arange(start, min(start + _BLOCK, count)), rng)
        header = start == 0
        wells[["plate", "well", "od"]].to_csv(readings, header=header, **_TABLE)
        wells.drop(columns="od").to_csv(layout, header=header, **_TABLE)


def _place(people, log_ng_ml, limit_ng_ml, rng) -> _Plates:
    plate, slot = people["plate"].to_numpy() - 1, people.groupby("plate").cumcount().to_numpy()
    count = plate.max() + 1
    usual = 1e3 * limit_ng_ml / min(_STANDARDS[:-1]) if limit_ng_ml else _DILUTION
    names, ng_ml = np.full((count, PEOPLE), "", dtype=object), np.full((count, PEOPLE), np.nan)
    calibrator = rng.normal(0, _PLATE_SD, count)
    names[plate, slot] = people["participant"]
    ng_ml[plate, slot] = np.exp(log_ng_ml + calibrator[plate])
    sds = np.array([_A_SD, _B_SD, _C_SD, _D_SD, 0.0])[:, None]
    curves = np.array([_A, _B, _C, _D, 1.0])[:, None] * np.exp(rng.normal(0, 1, (5, count)) * sds)
    curves[4, ::_ASYMMETRIC_EVERY] = _ASYMMETRY
    level = people.groupby("plate")["shift"].mean().to_numpy() + calibrator
    plates = _Plates(names, ng_ml, np.full((count, PEOPLE), usual), usual, level, curves)
    if troubles := troubled_plates(count):
        _dilute_little(plates, np.array(list(troubles.values())) - 1, rng)
    return plates


def _dilute_little(plates: _Plates, troubled: np.ndarray, rng) -> None:
    """Put some people at low dilutions, on plates that have no other trouble."""
    empty = np.isnan(plates.ng_ml)
    others = np.setdiff1d(np.arange(len(empty)), troubled)
    room = empty[others].any(axis=1) & ~empty[others].all(axis=1)
    hooked = others[room][:_HOOKED]
    again, highest = empty[hooked].argmax(axis=1), np.nanargmax(plates.ng_ml[hooked], axis=1)
    plates.names[hooked, again] = plates.names[hooked, highest]
    plates.ng_ml[hooked, again] = plates.ng_ml[hooked, highest]
    plates.dilution[hooked, again] = 1.0
    plate, slot = np.nonzero(~empty & np.isin(np.arange(len(empty)), np.setdiff1d(others, hooked))[:, None])
    chosen = rng.choice(len(plate), _ONLY_LOW, replace=False)
    plates.dilution[plate[chosen], slot[chosen]] = _LOW_DILUTION


def _wells(plates: _Plates, numbers: np.ndarray, rng) -> pd.DataFrame:
    """Layout and reading of every well in use, plate by plate and row by row."""
    shape, special = (len(numbers), _PAIRS), slice(8, _BLANK)
    here = {trouble: numbers == number - 1 for trouble, number in troubled_plates(len(plates.level)).items()}
    ng_ml, dilution, names = np.zeros(shape), np.ones(shape), np.full(shape, "", dtype=object)
    ng_ml[:, :8] = np.array(_STANDARDS) / 1e3
    ng_ml[:, special] = np.array([*_CONTROLS.values(), _BRIDGE]) * np.exp(plates.level[numbers, None])
    dilution[:, special], names[:, special] = plates.usual, [*_CONTROLS, "bridge"]
    ng_ml[:, _FIRST:], dilution[:, _FIRST:] = plates.ng_ml[numbers], plates.dilution[numbers]
    names[:, _FIRST:] = plates.names[numbers]
    if here:
        ng_ml[here["failed"], :8] *= _MISPIPETTED
        ng_ml[here["control"], 9] *= _CONTROL_OFF
    od = _read(1e3 * ng_ml / dilution, plates.curves[:, numbers], here, rng)
    row, column = _places()
    pair, well = np.divmod(np.lexsort((column.ravel(), row.ravel())), 2)
    concentration, low, high = _nominal()
    places = zip(row[pair, well], column[pair, well], strict=True)
    well_names = [f"{'ABCDEFGH'[r]}{c + 1}" for r, c in places]
    wells = pd.DataFrame(
        {
            "plate": np.repeat([plate_name(number + 1) for number in numbers], 2 * _PAIRS),
            "well": np.tile(well_names, len(numbers)),
            "role": np.tile(np.array(_ROLES)[pair], len(numbers)),
            "name": names[:, pair].ravel(),
            "concentration": np.tile(concentration[pair], len(numbers)),
            "dilution": [f"{x:g}" for x in dilution[:, pair].ravel()],
            "low": np.tile(low[pair], len(numbers)),
            "high": np.tile(high[pair], len(numbers)),
            "od": ["OVER" if x > _READER_LIMIT else f"{x:.3f}" for x in od[:, pair, well].ravel()],
        }
    )
    return wells[~np.isnan(ng_ml[:, pair]).ravel()]


def _nominal() -> np.ndarray:
    """What the layout says of each pair: concentration of a standard, low and high of a control (pg/mL)."""
    text = np.full((3, _PAIRS), "", dtype=object)
    text[0, :8] = [f"{x:g}" for x in _STANDARDS]
    for end, share in ((1, 1 - _CONTROL_RANGE), (2, 1 + _CONTROL_RANGE)):
        text[end, 8 : 8 + len(_CONTROLS)] = [f"{1e3 * share * x:g}" for x in _CONTROLS.values()]
    return text


def _places() -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each pair's two wells, from 0, each of shape (48, 2)."""
    pair, well = np.indices((_PAIRS, 2))
    return pair % _ROWS, pair // _ROWS + well * _COLUMNS // 2


def _read(pg_ml: np.ndarray, curves: np.ndarray, here: dict[str, np.ndarray], rng) -> np.ndarray:
    """Optical densities of both wells of each pair, shape (plates, 48, 2), from what is in them."""
    a, b, c, d, g = curves[:, :, None]
    signal = (d - a) * (1 - (1 + (pg_ml / c) ** b) ** -g) / (1 + (pg_ml / _HOOK_PG_ML) ** _HOOK_SLOPE)
    background = np.where(np.arange(_PAIRS) == _BLANK, _BLANK_SHARE, 1.0) * a
    od = np.repeat((background + signal)[:, :, None], 2, axis=2)
    row, column = _places()
    if here:
        outer = np.isin(row, (0, _ROWS - 1)) | np.isin(column, (0, _COLUMNS - 1))
        od[here["edge"]] *= 1 + _EDGE * outer
        od[here["drift"]] *= 1 - _DRIFT * column / (_COLUMNS - 1)
    noise = rng.normal(0, 1, (2, *od.shape))
    return od * (1 + _RELATIVE_SD * noise[0]) + _ABSOLUTE_SD * noise[1]
