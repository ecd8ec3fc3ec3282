"""What do the activity files of one shard hold, each by its form?"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from il6r.activity import (
    clock,
    days,
    epoch_files,
    intensity,
    isolation,
    questionnaire,
    summaries,
)
from il6r.activity.accelerometry import NANOSECONDS, Epochs, Processing
from il6r.activity.companions import metalong_of
from il6r.activity.epoch_files import LONGEST_DAYS
from il6r.activity.intensity import CutPoints
from il6r.errors import InputError, shape

# Forms of tables; of any other, one file holds one recording.
_DAYS = ("person_days", "ggir_part2", "ggir_part5")
_PERSONS = ("ggir_part2_summary", "ggir_part5_summary", "ukb_fields")
_QUESTIONNAIRES = ("ipaq_short", "ipaq_long")
# A file's name up to its first dot, without the field that UK Biobank puts behind the participant's number.
_PARTICIPANT = r"([^.]+?)(?:_9000[0-9]_[0-9]+_[0-9]+)?\."
# Seconds after which a recording's reader is taken to hang.
_PATIENCE_S = 3600


@dataclass
class Shard:
    """What the files of one shard hold.

    These are `DAYS_READ`, `SUMMARIES_READ`, `QUESTIONNAIRE` and `RECORDINGS`, each possibly empty.
    """

    days: pd.DataFrame
    summaries: pd.DataFrame
    questionnaire: pd.DataFrame
    recordings: pd.DataFrame


class _Recorded(NamedTuple):
    """A recording's place among the shard's files, its file, the source it is from, and whose it is."""

    place: int
    path: str
    source: dict
    participant: str


def read_shard(
    files: list[str],
    sources: list[dict],
    processing: Processing,
    cut_points: dict[str, CutPoints],
    *,
    workers: int,
    say: Callable[[str], None],
) -> Shard:
    """Read every file of a shard; a recording that cannot be read is marked and the others go on.

    Parameters
    ----------
    files : in the order of `sources`.
    sources : each with its number of `files`, its `form`, `unit`, `columns` and optionally `sheet` (of
        workbooks) and `participant`, a pattern for the participant in a recording's file name.
    workers : recordings read at a time.
    say : takes one line of progress for each recording.

    Raises
    ------
    InputError : what the readers of tables raise; unknown cut points; a file name without a participant.
    """
    by_file = [source for source in sources for _ in range(source["files"])]
    placed = list(enumerate(zip(files, by_file, strict=True)))
    parts: dict[str, list[pd.DataFrame]] = {"days": [], "summaries": [], "questionnaire": []}
    chosen = intensity.choose(cut_points, processing.cut_points)
    levels = (chosen.light_mg, chosen.moderate_mg, chosen.vigorous_mg)
    recorded = []
    for place, (path, source) in placed:
        form, columns, unit, sheet = source["form"], source["columns"], source["unit"], source.get("sheet")
        if form in _PERSONS:
            found = summaries.read_person_summaries(path, form, columns, unit, levels=levels, sheet=sheet)
            parts["summaries"].append(found.assign(file=place))
        elif form in _QUESTIONNAIRES:
            found = questionnaire.read_ipaq(path, form, columns, sheet)
            parts["questionnaire"].append(found.assign(file=place))
        elif form in _DAYS:
            found = summaries.read_day_summaries(path, form, columns, unit, levels=levels, sheet=sheet)
            parts["days"].append(found.assign(file=place))
        else:
            recorded.append(_Recorded(place, path, source, participant(path, source.get("participant"))))
    found, rows = _read_all(recorded, processing, cut_points, workers, say)
    parts["days"] += found
    return Shard(**{name: _together(frames) for name, frames in parts.items()}, recordings=pd.DataFrame(rows))


def participant(path: str, pattern: str | None = None) -> str:
    """Whose recording a file is, by its name.

    Raises
    ------
    InputError : the name does not match, or the pattern is none, or has not one group.
    """
    name = Path(path).name
    where = "config, activity.participant"
    # A name without a dot is the participant's.
    if pattern is None and (own := re.match(_PARTICIPANT, f"{name}.")):
        return own.group(1)
    if pattern is None:
        raise InputError(where, "a file's name begins with a dot", "rename it, or give a pattern")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(where, f"'{pattern}' is no regular expression ({error})", "correct it") from error
    if compiled.groups != 1:
        raise InputError(
            where,
            f"'{pattern}' has {compiled.groups} groups",
            "put the part that is the participant, and only that, into brackets",
        )
    found = compiled.search(name)
    if not found or not (found.group(1) or "").strip():
        raise InputError(
            where,
            f"'{pattern}' finds no participant in a file's name (it looks like '{shape(name)}')",
            "correct the pattern, or the file's name",
        )
    return found.group(1).strip()


def summarise_recording(
    path: str,
    source: dict,
    processing: Processing,
    cut_points: dict[str, CutPoints],
    participant: str | None = None,
) -> tuple[pd.DataFrame, dict]:
    """One recording's person-days, and what `RECORDINGS` says of it.

    Raises
    ------
    InputError : what the readers raise; less was recorded than one window in which non-wear is told; still
        windows are further off 1 g than `processing` allows.
    """
    if source["form"] == "raw":
        # Here, since numba takes longer to import than a table to be read.
        from il6r.activity import acceleration, devices

        recording = devices.read_recording(path, processing.time_zone)
        _refuse_long(path, recording.time)
        described: dict[str, Any] = {
            "device": recording.device,
            "rate_hz": recording.rate_hz,
            "corrupt_blocks": recording.corrupt_blocks,
        }
        epochs, quality = acceleration.epochs_of(recording, processing)
        described |= quality
        _refuse_off(path, quality, processing.max_calibration_error_mg)
        del recording
    else:
        epochs = epoch_files.read_epochs(
            path,
            source["form"],
            columns=source["columns"],
            time_zone=processing.time_zone,
            unit=source["unit"],
            participant=participant,
        )
        described = {}
    described |= _extent(epochs, processing.time_zone)
    if described["recorded_h"] * 60 < processing.nonwear_window_min:
        raise InputError(
            path,
            f"it is too short: {described['recorded_h'] * 60:.1f} min were recorded, and non-wear is told "
            f"from {processing.nonwear_window_min} min",
            "leave it out",
        )
    return days.summarise_days(epochs, processing, cut_points), described


def _read_all(recorded, processing, cut_points, workers, say) -> tuple[list[pd.DataFrame], list[dict]]:
    """Days of those recordings that could be read, and a row of `RECORDINGS` of every one."""

    def read(item: _Recorded):
        """Days, description and fingerprint of one recording, in a process of its own."""
        found, described = summarise_recording(
            item.path, item.source, processing, cut_points, item.participant
        )
        return found, described | _fingerprint(item.path)

    days_found: list[pd.DataFrame] = []
    rows: list[dict] = []
    results = isolation.each(
        read, recorded, label=lambda item: item.path, workers=workers, timeout_s=_PATIENCE_S
    )
    for number, result in results:
        item = recorded[number]
        row = {"participant": item.participant, "file": Path(item.path).name}
        progress = f"recording {number + 1} of {len(recorded)}: "
        if isinstance(result, isolation.Failure):
            # The log of a failing job goes to the screen, where no file of a participant may be named.
            rows.append(row | {"failure": result.sentence, "traceback": result.detail or None})
            say(f"{progress}failed")
            continue
        found, described = result
        days_found.append(found.assign(participant=item.participant, file=item.place))
        rows.append(row | described)
        say(f"{progress}{described['recorded_h']:.2f} h recorded, {described['worn_h']:.2f} h worn")
    return days_found, rows


def _refuse_long(path: str, time: np.ndarray) -> None:
    """InputError where a device's clock jumped so far that the recording seems to last for years."""
    days = (time[-1] - time[0]) / NANOSECONDS / clock.DAY_S
    if days > LONGEST_DAYS:
        raise InputError(
            path,
            f"it goes on for {days:,.0f} days, longer than {LONGEST_DAYS}",
            "leave it out, since its clock jumped, or give its parts in files of their own",
        )


def _refuse_off(path: str, quality: dict, limit_mg: float) -> None:
    """InputError where a recording's still windows are too far off 1 g, after calibration if it was done."""
    error = quality["calibration_after_mg"]
    if np.isnan(error):
        error = quality["calibration_before_mg"]
    if limit_mg and error > limit_mg:
        raise InputError(
            path,
            f"its calibration error is {error:.1f} mg (calibration {quality['calibration']}), and "
            f"{limit_mg:g} mg are allowed",
            "leave it out, or raise activity.max_calibration_error_mg",
        )


def _extent(epochs: Epochs, time_zone: str | None) -> dict:
    """When a recording began and ended, by local time and by seconds, and how much of it there is."""
    recorded = ~np.isnan(epochs.enmo_mg)
    local = clock.local_seconds(epochs, time_zone)[recorded]
    places = np.flatnonzero(recorded)
    ends = {}
    if len(places):
        begin = clock.start_utc(epochs, clock.find_zone(time_zone))
        ends = {
            "start": str(np.datetime64(int(local[0]), "s")),
            "end": str(np.datetime64(int(local[-1]) + epochs.seconds, "s")),
            "start_utc": begin + int(places[0]) * epochs.seconds,
            "end_utc": begin + (int(places[-1]) + 1) * epochs.seconds,
        }
    hours = epochs.seconds / 3600
    return ends | {"recorded_h": recorded.sum() * hours, "worn_h": (epochs.worn & recorded).sum() * hours}


def _fingerprint(path: str) -> dict:
    digest, size = hashlib.sha256(), 0
    beside = metalong_of(path)
    for part in [Path(path)] if beside is None else [Path(path), beside]:
        with open(part, "rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
                size += len(block)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
