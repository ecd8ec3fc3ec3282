"""What would an accelerometer on somebody's wrist record, on days of known mean and known wear?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

EPOCH_S = 5
RATE_HZ = 25
_DAY, _HOUR, _MINUTE = 86_400 // EPOCH_S, 3600 // EPOCH_S, 60 // EPOCH_S
_SAMPLES = EPOCH_S * RATE_HZ
# A still AX3 reads with a standard deviation of some 3 mg on each axis, to which steps of 1/256 g add.
_SENSOR_SD_MG = 3.0
_STILL_SD_MG = np.hypot(_SENSOR_SD_MG, 1000 / 256 / np.sqrt(12))
# The mean of what of a normal variable is above 0, in standard deviations.
_POSITIVE_MEAN = 1 / np.sqrt(2 * np.pi)
_STILL_MG = _STILL_SD_MG * _POSITIVE_MEAN
# No epoch has more than that times the mean of the hours awake; nor so much that its samples would leave
# the device's range.
_MAX_TIMES, _MAX_EPOCH_MG = 12.0, 800.0
# Log-normal movement: its standard deviations between minutes and within them, and the minutes over which
# it is forgotten. A mean of 28 mg comes with some 80 min above 100 mg and 220 between 40 and 100.
_MINUTES_SD, _WITHIN_SD, _MEMORY_MIN = 0.75, 0.6, 15.0
# Bouts of exercise: a day's mean number, their minutes, and how much more than else is moved.
_BOUTS, _BOUT_MIN, _BOUT_TIMES = 1.2, (10, 35), (4.0, 8.0)
# Epochs between changes of posture, on average; each is 0.45 to 1.55 times that, so that nobody sleeps as
# still as a device that lies on a table.
_POSTURE_ASLEEP, _POSTURE_AWAKE = 22 * _MINUTE, 6
_POSTURE_TIMES = (0.45, 1.55)
# The faces and corners of a cube: what a wrist points up in turn.
_FACES = np.array(
    [
        (x, y, z)
        for x in (-1, 0, 1)
        for y in (-1, 0, 1)
        for z in (-1, 0, 1)
        if abs(x) + abs(y) + abs(z) in (1, 3)
    ]
)
# What a device on a table points up, which is no face, so that putting it down or on is seen on two axes.
_LYING = np.array([0.6, 0.0, 0.8])
_GAIN, _OFFSET_G = 0.02, 0.03
# Days of less wear do not get their mean: few hours, perhaps slept through, may not be able to give it.
_GIVEN_H = 16.0


@dataclass(frozen=True)
class Course:
    """A recording from midnight to midnight, in epochs of `EPOCH_S`.

    Attributes
    ----------
    enmo_mg : mean Euclidean norm minus one, negative values as 0, that a calibrated device would give.
    worn, asleep : flags.
    """

    enmo_mg: np.ndarray
    worn: np.ndarray
    asleep: np.ndarray


@dataclass(frozen=True)
class Device:
    """What a device makes of an acceleration: gain times it, plus an offset in g; one of each for an axis."""

    gain: np.ndarray
    offset_g: np.ndarray

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Device":
        """A device as it leaves the factory: up to 2 % and 30 mg off."""
        return cls(1 + rng.uniform(-_GAIN, _GAIN, 3), rng.uniform(-_OFFSET_G, _OFFSET_G, 3))


@dataclass(frozen=True)
class Waves:
    """Movement, sway (three axes) and sensor noise (three axes) that recordings take stretches of.

    float32, of variance 1, at `RATE_HZ` and for more than an hour.
    """

    movement: np.ndarray
    sway: np.ndarray
    noise: np.ndarray

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Waves":
        """Movement of an arm has frequencies of 0.5 to 6 Hz; it sways below 0.5 Hz."""
        n = 1 << 17
        return cls(
            _band(rng, n, 0.5, 6.0),
            np.stack([_band(rng, n, 0.05, 0.5) for _ in range(3)]),
            rng.standard_normal((3, n), dtype=np.float32),
        )


def course(enmo_mg: np.ndarray, wear_h: np.ndarray, rng: np.random.Generator) -> Course:
    """Nights, days, bouts and times without the device, such that each day has its mean.

    Parameters
    ----------
    enmo_mg : each day's mean over 24 h, in which what is not worn counts as the mean of the same clock time
        on the other days. A day of less than 16 hours of wear comes near it only.
    wear_h : hours worn. The others are one stretch, rounded to quarters of an hour and starting at one, which
        are what non-wear is looked for in; less than an hour of them is worn, since no rule would find it.
    """
    days = len(enmo_mg)
    worn = _worn(np.asarray(wear_h), rng)
    hour = np.arange(_DAY) / _HOUR
    wake = rng.normal(7.0, 0.7, (days, 1)).clip(4.5, 10.0)
    bed = rng.normal(23.0, 0.6, (days, 1)).clip(20.5, 23.9)
    asleep = (hour < wake) | (hour >= bed)
    shape = _movement(asleep, rng) * np.sin(np.pi * ((hour - wake) / (bed - wake)).clip(0.1, 0.9)) ** 0.5
    moved = _scale(shape, worn, np.maximum(enmo_mg - _STILL_MG, 0.0))[:, None] * shape * worn
    mean = np.minimum(_STILL_MG + moved, _MAX_EPOCH_MG)
    return Course(mean.ravel(), worn.ravel(), asleep.ravel())


def epochs(recording: Course, rng: np.random.Generator) -> np.ndarray:
    """Epoch means in mg as a biobank provides them.

    What was not worn is the mean of the same clock time on the recording's other days, or of the recording
    where it was never worn then.
    """
    noise = rng.normal(0, 0.15, recording.enmo_mg.size)
    measured = (recording.enmo_mg + noise).clip(0).reshape(-1, _DAY)
    worn = recording.worn.reshape(-1, _DAY)
    counts = worn.sum(axis=0)
    known = np.where(counts > 0, (measured * worn).sum(axis=0) / np.maximum(counts, 1), measured[worn].mean())
    return np.where(worn, measured, known).ravel()


def samples(
    recording: Course, device: Device, waves: Waves, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Samples at `RATE_HZ` whose epochs have the recording's means once the device is calibrated.

    An arm points somewhere, sways, and moves along what it points at, so that the norm of its acceleration
    is that of the movement alone: of a normal variable with standard deviation s, what is above 0 has mean
    s / sqrt(2 pi).

    Yields
    ------
    float32, 3 x samples of an hour, in g.
    """
    direction, sway = _directions(recording, rng)
    radial = np.sqrt(np.maximum((recording.enmo_mg / _POSITIVE_MEAN) ** 2 - _STILL_SD_MG**2, 0)) / 1000
    gain, offset = (part.astype(np.float32)[:, None] for part in (device.gain, device.offset_g))
    noise_g = gain * np.float32(_SENSOR_SD_MG / 1000)
    for first in range(0, len(radial), _HOUR):
        movement, swaying, noise = (
            wave[..., place : place + _HOUR * _SAMPLES]
            for wave, place in zip(
                (waves.movement, waves.sway, waves.noise),
                rng.integers(0, waves.movement.size - _HOUR * _SAMPLES, 3),
                strict=True,
            )
        )
        part = slice(first, first + _HOUR + 1)
        signal = _ramp(direction[:, part])
        signal += _ramp(sway[part]) * swaying
        norm = np.sqrt(np.einsum("ij,ij->j", signal, signal))
        moving = np.repeat(radial[first : first + _HOUR].astype(np.float32), _SAMPLES) * movement
        signal *= np.maximum(moving + np.float32(1), np.float32(0)) / norm
        signal *= gain
        signal += noise_g * noise
        signal += offset
        yield signal


def _worn(wear_h, rng) -> np.ndarray:
    """Whether worn, days x epochs; no clock time is without the device on more days than it need be."""
    quarter = _HOUR // 4
    worn = np.ones((len(wear_h), 96), dtype=bool)
    for day, off in enumerate(np.rint((24 - wear_h) * 4).astype(int)):
        if off >= 4:
            before = np.concatenate([[0], np.cumsum((~worn).sum(axis=0))])
            shared = before[off:] - before[:-off]
            start = rng.choice(np.flatnonzero(shared == shared.min()))
            worn[day, start : start + off] = False
    return np.repeat(worn, quarter, axis=1)


def _movement(asleep, rng) -> np.ndarray:
    """How much is moved in each epoch, days x epochs, in units of its own."""
    days = len(asleep)
    minutes = _coloured(rng, days * 1440, lambda per_min: 1 / np.hypot(1, 2 * np.pi * _MEMORY_MIN * per_min))
    log = _MINUTES_SD * np.repeat(minutes, _MINUTE) + _WITHIN_SD * rng.standard_normal(days * _DAY)
    moved = np.exp(log).reshape(days, _DAY)
    for day, bouts in enumerate(rng.poisson(_BOUTS, days)):
        for start in rng.choice(np.flatnonzero(~asleep[day]), bouts):
            bout = slice(start, start + rng.integers(*_BOUT_MIN) * _MINUTE)
            moved[day, bout] = rng.uniform(*_BOUT_TIMES) * np.exp(
                0.2 * rng.standard_normal(moved[day, bout].size)
            )
    moved = moved.clip(max=_MAX_TIMES * moved[~asleep].mean())
    # A sleeper stirs now and then.
    return np.where(asleep & (rng.random(asleep.shape) > 0.02), 0.0, moved * np.where(asleep, 0.3, 1.0))


def _scale(shape, worn, target) -> np.ndarray:
    """The factor for each day by which `shape` gets the day's mean, with what is not worn imputed."""
    counts = worn.sum(axis=0)
    share = shape * worn / np.maximum(counts, 1)
    own = np.diag((shape * worn).sum(axis=1))
    from_others = np.stack([(share * ~day).sum(axis=1) for day in worn])
    means = (own + from_others) / (worn | (counts > 0)).sum(axis=1)[:, None]
    factors = target / shape.mean(axis=1)
    given = worn.mean(axis=1) >= _GIVEN_H / 24
    left = target[given] - means[np.ix_(given, ~given)] @ factors[~given]
    factors[given] = np.linalg.solve(means[np.ix_(given, given)], left)
    return np.maximum(factors, 0.0)


def _directions(recording: Course, rng) -> tuple[np.ndarray, np.ndarray]:
    """Where the device points at each epoch's start, 3 x epochs + 1, and how much that sways."""
    # It is put down before the first epoch that is not worn, and taken up after the last.
    lying = ~recording.worn | ~np.concatenate([[True], recording.worn[:-1]])
    often = np.where(recording.asleep, 1 / _POSTURE_ASLEEP, 1 / _POSTURE_AWAKE)
    clock = np.cumsum(often * ~lying)
    marks = np.cumsum(rng.uniform(*_POSTURE_TIMES, int(clock[-1] / _POSTURE_TIMES[0]) + 2))
    posture = np.searchsorted(marks, clock)
    posture[1:] += np.cumsum(lying[1:] != lying[:-1])
    face = rng.permutation(_FACES)[np.arange(posture[-1] + 1) % len(_FACES)].T
    face = face / np.linalg.norm(face, axis=0) + rng.normal(0, 0.12, face.shape)
    direction = np.where(lying, _LYING[:, None], face[:, posture])
    direction /= np.linalg.norm(direction, axis=0)
    sway = np.where(recording.asleep | lying, 0.0, (0.05 + recording.enmo_mg / 300).clip(max=0.4))
    direction, sway = (np.concatenate([a, a[..., -1:]], axis=-1) for a in (direction, sway))
    return direction.astype(np.float32), sway.astype(np.float32)


def _ramp(at_start: np.ndarray) -> np.ndarray:
    """Samples on straight lines between values at the starts of epochs, and at the end of the last."""
    part = np.arange(_SAMPLES, dtype=np.float32) / np.float32(_SAMPLES)
    lines = at_start[..., :-1, None] + np.diff(at_start)[..., None] * part
    return lines.reshape(*at_start.shape[:-1], -1)


def _band(rng, n: int, low_hz: float, high_hz: float) -> np.ndarray:
    """Samples of normal noise of variance 1 with the frequencies of a band."""
    wave = _coloured(rng, n, lambda per: (per * RATE_HZ >= low_hz) & (per * RATE_HZ <= high_hz))
    return wave.astype(np.float32)


def _coloured(rng, n: int, response) -> np.ndarray:
    """Normal noise of variance 1 whose frequencies, in cycles per sample, have been weighted."""
    wave = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * response(np.fft.rfftfreq(n)), n)
    return wave / wave.std()
