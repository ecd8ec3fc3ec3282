"""What passes between the steps from a recording to person-days: samples, epochs, and the settings."""

from dataclasses import dataclass, field, fields

import numpy as np

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Processing:
    """Every choice on the way from samples to person-days; config/README.md gives each default's source.

    Attributes
    ----------
    time_zone : name in the IANA database, or None where the device's clock is taken as it is.
    epoch_s : length of an epoch made from samples, seconds.
    resample : whether samples are first interpolated linearly to the nominal rate.
    idle_sleep : what an ActiGraph's idle sleep counts as: "hold" (the last sample; scaled to 1 g if it is
        above 1.005 g), "zero" (no acceleration on any axis) or "drop" (not recorded).
    calibrate : whether gain and offset of each axis are fitted to gravity in still windows.
    min_sphere_g : how far below and above 0 still windows must reach on each axis for that.
    max_calibration_error_mg : a recording that is further off after calibration fails; 0 for no limit.
    nonwear_window_min, nonwear_step_min : windows in which non-wear is looked for, minutes.
    nonwear_sd_mg, nonwear_range_mg : an axis is still below both.
    nonwear_axes : how many axes must be still.
    max_clipped_share : a step window with more samples than that near the device's limit is not worn time.
    imputation : "clock_time" (time not worn takes the mean of the same clock time on the recording's
        other days) or "none" (it is left out).
    cut_points : row of resources/cut_points.tsv that minutes are counted by.
    bout_min, bout_share : a bout of MVPA lasts at least so many minutes, so much of it above the cut point.
    """

    time_zone: str | None = None
    epoch_s: int = 5
    resample: bool = False
    idle_sleep: str = "hold"
    calibrate: bool = True
    min_sphere_g: float = 0.3
    max_calibration_error_mg: float = 0.0
    nonwear_window_min: int = 60
    nonwear_step_min: int = 15
    nonwear_sd_mg: float = 13.0
    nonwear_range_mg: float = 50.0
    nonwear_axes: int = 2
    max_clipped_share: float = 0.3
    imputation: str = "clock_time"
    cut_points: str = "ggir"
    bout_min: int = 10
    bout_share: float = 0.8

    @classmethod
    def from_settings(cls, settings: dict) -> "Processing":
        """Take what is ours from the configuration's `activity` section."""
        return cls(**{item.name: settings[item.name] for item in fields(cls) if item.name in settings})


@dataclass
class Recording:
    """One device's samples.

    Attributes
    ----------
    time : int64, nanoseconds since 1970-01-01 on the device's clock, never decreasing.
    acceleration : float32, samples x 3, g.
    rate_hz : the nominal sampling rate.
    range_g : the device's limit on either side of 0.
    device : maker and model, for instance "Axivity AX3".
    utc : whether the clock is UTC; else it is local time as it was when the device was set up.
    temperature_time, temperature : int64 as `time`, and degrees Celsius; empty if not measured.
    corrupt_blocks : blocks of the file that were skipped.
    """

    time: np.ndarray
    acceleration: np.ndarray
    rate_hz: float
    range_g: float
    device: str
    utc: bool = False
    temperature_time: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    temperature: np.ndarray = field(default_factory=lambda: np.empty(0))
    corrupt_blocks: int = 0


@dataclass
class Epochs:
    """Consecutive epochs of one recording.

    Attributes
    ----------
    start : the first epoch's start, whole seconds since 1970-01-01 on the device's clock; a multiple of
        `seconds`, so that epochs of all recordings share their clock times.
    seconds : length of an epoch; 86,400 is a multiple of it.
    enmo_mg : float64, mean Euclidean norm minus one of each epoch, mg; NaN where nothing was recorded.
    worn : bool, whether the device was worn; False where nothing was recorded.
    utc : as in `Recording`.
    unit : "mg", or the unit of another measure that stands in `enmo_mg` (counts, MIMS).
    """

    start: int
    seconds: int
    enmo_mg: np.ndarray
    worn: np.ndarray
    utc: bool = False
    unit: str = "mg"
