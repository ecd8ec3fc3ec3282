"""What do the sample columns of one record say, as arrays over samples?

Both classes have the same methods, so that a dosage is computed in one way whatever the file's form.
"""

import re

import numpy as np

MISSING, ABSENT = -1, -2
# What stands where a list of numbers is shorter than another sample's.
BEYOND = -np.inf
_TAB, _COLON, _COMMA, _POINT, _ZERO = 9, 58, 44, 46, 48
# So many digits are exact as a whole number and as its quotient by a power of ten.
_MOST_DIGITS = 15
_POWERS = 10.0 ** np.arange(_MOST_DIGITS + 1)


class TextColumns:
    """The sample columns of a VCF line.

    Parameters
    ----------
    line : the line without its end.
    start : where the first sample column begins.
    keys : the record's FORMAT keys.
    """

    def __init__(self, line: bytes, start: int, keys: tuple[str, ...]):
        self.keys, self._line = keys, np.frombuffer(line, dtype=np.uint8)[start:]
        tabs = np.flatnonzero(self._line == _TAB)
        self._starts = np.concatenate([[0], tabs + 1])
        self._ends = np.append(tabs, len(self._line))

    def __len__(self) -> int:
        return len(self._starts)

    def alleles(self) -> tuple[np.ndarray, np.ndarray]:
        """GT as allele numbers, int16 of shape (samples, ploidy), and whether each call is phased.

        MISSING (-1) is a missing allele, ABSENT (-2) one that a call of lower ploidy does not have.
        ValueError if a call is none.
        """
        simple = self._simple_gt()
        if simple is not None:
            return simple
        texts, codes = self._unique(*self._part(self.keys.index("GT")))
        rows = [_parse_gt(text) for text in texts]
        ploidy = max(len(numbers) for numbers, _ in rows)
        table = np.full((len(rows), ploidy), ABSENT, dtype=np.int16)
        for row, (numbers, _) in zip(table, rows, strict=True):
            row[: len(numbers)] = numbers
        return table[codes], np.array([phased for _, phased in rows])[codes]

    def numbers(self, key: str) -> np.ndarray:
        """A numeric field, float64 of shape (samples, values): NaN is missing, BEYOND behind a shorter list.

        ValueError if a value is no number.
        """
        starts, ends = self._part(self.keys.index(key))
        commas = np.flatnonzero(self._line == _COMMA)
        first, count = _marks_within(commas, starts, ends)
        count += 1
        values = np.full((len(starts), int(count.max(initial=1))), BEYOND)
        for place in range(values.shape[1]):
            some = np.flatnonzero(count > place)
            begin = starts[some] if place == 0 else commas[first[some] + place - 1] + 1
            inner = count[some] > place + 1
            stop = ends[some].copy()
            stop[inner] = commas[first[some][inner] + place]
            own = self._decimals(begin, stop)
            if (other := np.flatnonzero(np.isnan(own))).size:
                texts, codes = self._unique(begin[other], stop[other])
                own[other] = np.array([_number(text) for text in texts])[codes]
            values[some, place] = own
        return values

    def _decimals(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The numbers that are digits with at most one point, as 0.95, to the last bit; elsewhere NaN."""
        width = ends - starts
        least, most = int(width.min(initial=0)), int(width.max(initial=0))
        digits, behind = np.zeros((2, len(width)), dtype=np.int64)
        pointed, plain = np.zeros(len(width), dtype=bool), width <= _MOST_DIGITS
        for place in range(min(most, _MOST_DIGITS)):
            byte = self._line.take(starts + place, mode="clip")
            digit, point = byte - _ZERO, byte == _POINT
            if place >= least:
                inside = width > place
                digit[~inside], point = 0, point & inside
            else:
                inside = True
            plain &= (digit < 10) | (point & ~pointed)
            counted = inside & ~point
            digits = np.where(counted, 10 * digits + digit, digits)
            behind += counted & pointed
            pointed |= point
        # A point is no digit, and no number alone.
        plain &= width > pointed
        return np.where(plain, digits / _POWERS[behind], np.nan)

    def _simple_gt(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The same, where GT is the only field and every call has one digit or dot on both sides."""
        samples = len(self._starts)
        if self.keys != ("GT",) or len(self._line) != 4 * samples - 1:
            return None
        cells = np.append(self._line, np.uint8(_TAB)).reshape(samples, 4)
        calls = cells[:, (0, 2)].astype(np.int16) - ord("0")
        calls[calls == ord(".") - ord("0")] = MISSING
        phased = cells[:, 1] == ord("|")
        regular = (cells[:, 3] == _TAB) & (phased | (cells[:, 1] == ord("/")))
        if not regular.all() or calls.min() < MISSING or calls.max() > 9:
            return None
        return calls, phased

    def _part(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """Where the field at `place` begins and ends in each sample; nowhere if trailing ones are dropped."""
        if len(self.keys) == 1:
            return self._starts, self._ends
        colons = np.flatnonzero(self._line == _COLON)
        first, count = _marks_within(colons, self._starts, self._ends)
        if count.max(initial=0) >= len(self.keys):
            raise ValueError("a sample has more fields than FORMAT names")
        colons = np.append(colons, len(self._line))
        there = count >= place
        starts = self._ends.copy()
        if place == 0:
            starts = self._starts
        else:
            starts[there] = colons[first[there] + place - 1] + 1
        ends = self._ends.copy()
        followed = count > place
        ends[followed] = colons[first[followed] + place]
        return starts, ends

    def _unique(self, starts: np.ndarray, ends: np.ndarray) -> tuple[list[str], np.ndarray]:
        """The distinct texts between `starts` and `ends`, and the number of each one's."""
        # Samples share few texts, so each is parsed once; a loop over 500,000 samples would take seconds.
        width = int((ends - starts).max(initial=1))
        padded = max(8, width)
        cells = np.zeros((len(starts), padded), dtype=np.uint8)
        for place in range(width):
            inside = np.flatnonzero(starts + place < ends)
            cells[inside, place] = self._line[starts[inside] + place]
        # Numbers sort ten times faster than texts.
        rows = cells.view(np.uint64 if padded == 8 else f"S{padded}").ravel()
        distinct, codes = np.unique(rows, return_inverse=True)
        texts = distinct.view(f"S{padded}").ravel()
        return [text.decode(errors="replace") for text in texts], codes


class TypedColumns:
    """The sample columns of a BCF record.

    Parameters
    ----------
    samples : how many there are.
    values : for each FORMAT key an array of shape (samples, values): integers with MISSING and ABSENT as
        BCF's own smallest numbers, float32 with NaN and BEYOND, or bytes.
    """

    def __init__(self, samples: int, values: dict[str, np.ndarray]):
        self.keys, self._samples, self._values = tuple(values), samples, values

    def __len__(self) -> int:
        return self._samples

    def alleles(self) -> tuple[np.ndarray, np.ndarray]:
        """As in `TextColumns`."""
        raw = self._values["GT"]
        if raw.dtype.kind != "i":
            raise ValueError("GT holds no integers")
        lowest = np.iinfo(raw.dtype).min
        # An allele is (number + 1) << 1, and the lowest bit says if it is phased (VCF specification 6.3.3).
        numbers = (raw >> 1).astype(np.int16) - 1
        numbers[raw == lowest + 1] = ABSENT
        numbers[raw == lowest] = MISSING
        phased = (raw[:, 1:] & 1 == 1).all(axis=1) if raw.shape[1] > 1 else np.ones(len(raw), dtype=bool)
        return numbers, phased

    def numbers(self, key: str) -> np.ndarray:
        """As in `TextColumns`."""
        raw = self._values[key]
        if raw.dtype.kind == "i":
            lowest, values = np.iinfo(raw.dtype).min, raw.astype(float)
            values[raw == lowest] = np.nan
            values[raw == lowest + 1] = BEYOND
            return values
        if raw.dtype.kind == "f":
            # To the digits that single precision holds, so that 0.95 is the same from BCF and VCF.
            return np.round(raw.astype(float), 6)
        lists = [text.decode(errors="replace").rstrip("\0").split(",") for text in raw]
        values = np.full((len(lists), max(map(len, lists))), BEYOND)
        for row, texts in zip(values, lists, strict=True):
            row[: len(texts)] = [_number(text) for text in texts]
        return values


def _marks_within(marks: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of the first of some places in each stretch of the line, and how many the stretch holds."""
    size = len(starts)
    each, rest = divmod(len(marks), max(size, 1))
    if each and not rest:
        # As many in each, as is usual: ten times faster than a search.
        rows = marks.reshape(size, each)
        if (rows[:, 0] >= starts).all() and (rows[:, -1] < ends).all():
            return np.arange(size) * each, np.full(size, each)
    first = np.searchsorted(marks, starts)
    return first, np.searchsorted(marks, ends) - first


def _parse_gt(text: str) -> tuple[list[int], bool]:
    """Allele numbers of one call, and whether it is phased. VCF 4.4 allows a leading separator."""
    if not re.fullmatch(r"(?:[|/]?(?:\.|\d{1,4})(?:[|/](?:\.|\d{1,4}))*)?", text, flags=re.ASCII):
        raise ValueError(f"'{text}' is no genotype")
    parts = text.lstrip("|/").replace("|", "/").split("/")
    return [MISSING if part in (".", "") else int(part) for part in parts], "/" not in text


def _number(text: str) -> float:
    try:
        return np.nan if text in (".", "") else float(text)
    except ValueError:
        raise ValueError(f"'{text}' is no number") from None
