"""Sketches of samples: a few numbers by which streams that share a stretch are known, wherever each was cut.

A sketch holds hashes of short windows that lie where the content says, and never where the recording begins: around
samples that are larger than all others near them, at slices, at pictures. A copy without its first minute has the same
windows at other places. Of all hashes the smallest stay, some in a second, so that two copies choose alike
(Broder 1997, "On the resemblance and containment of documents").
"""

import base64
import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..stored_json import Stored, StoredForm

DENSITY, FEWEST = 4.0, 64
"""Hashes in a second that a sketch holds, and how many it holds of the shortest stream that has them."""

WITNESSES = 3
"""Windows at different times, all moved alike, without which two streams share no stretch: fewer may be chance."""

_BYTES = 12
"""Of a hash and its place."""

_SEVERAL = 8
"""Different values that a window must hold: silence, saturation and few levels are alike in everybody."""

_LEVELS = 31.0
"""Steps from the least to the largest sample of a window: coarse enough that single precision changes no step."""

_OFF_LATTICE = 0.3819660113
"""Where a step begins: no simple fraction, since the samples of a digital recording lie at such."""

_WINDOW = 32
"""Numbers that a window of slices holds at least."""

_COLUMNS = 256
"""Numbers of a slice that are looked at, evenly spread where it has more."""

_CHANNELS = 2
"""Channels that are looked at where there are more."""

_AT_ONCE = 65536
"""Samples that are looked at together: small blocks would cost a call of many functions each."""

_SIDE = 64
"""Rows and columns of a picture that are looked at."""


@dataclass(frozen=True)
class Sketch(Stored):
    """The sketch of one stream.

    Args:
        rate: Samples, slices or frames a second.
        length: How many there are.
        packed: The hashes (n,) in rising order and the places (n,) at which their windows lie, as base64 of
            little-endian numbers of 8 and of 4 bytes.

    Raises:
        ValueError: A stored one is none.
    """

    rate: float
    length: int
    packed: str
    stored_form: ClassVar = StoredForm(as_list=True)

    def __post_init__(self) -> None:
        if not self.rate > 0 or self.length < 0 or len(base64.b64decode(self.packed, validate=True)) % _BYTES:
            raise ValueError("no sketch: a rate, a length, and hashes with their places")

    @classmethod
    def of(cls, values: np.ndarray, places: np.ndarray, rate: float, length: int) -> "Sketch":
        """The sketch of windows with these hashes (n,) at these places (n,); what occurs twice tells nothing."""
        values = values.astype(np.uint64)
        order = np.argsort(values)
        values, places = values[order], places[order]
        first = np.flatnonzero(np.diff(values, prepend=~values[:1]))
        if len(first):  # two channels may have the same window at one place
            first = first[np.maximum.reduceat(places, first) == np.minimum.reduceat(places, first)]
        chosen = first[: max(round(DENSITY * length / rate), FEWEST)]
        packed = values[chosen].astype("<u8").tobytes() + places[chosen].astype("<u4").tobytes()
        return cls(float(rate), int(length), base64.b64encode(packed).decode())

    @property
    def telling(self) -> bool:
        """Whether another stream can share enough windows with it."""
        return len(self.windows[0]) >= WITNESSES

    @property
    def windows(self) -> tuple[np.ndarray, np.ndarray]:
        """Hashes (n,) uint64 in rising order, and places (n,)."""
        packed = base64.b64decode(self.packed)
        n = len(packed) // _BYTES
        return np.frombuffer(packed, "<u8", n), np.frombuffer(packed, "<u4", n, 8 * n).astype(np.int64)


class SampleSketch:
    """A sketch of samples that come in blocks: (C, n) each, in order; what was seen before is passed over.

    A window lies around each sample that is larger than all others of its channel an eighth of a second to both sides.
    Its numbers count from its least to its largest one, so that neither an offset nor the unit changes them.

    Args:
        rate: Samples a second.
        rows: Those of the C channels that are looked at, see ``telling_rows``.
    """

    def __init__(self, rate: float, rows: Sequence[int]) -> None:
        self._rate, self._rows, self._seen = rate, list(rows), 0
        self._block = max(2 ** round(float(np.log2(rate / 16))), 8)
        # filled and looked at again and again, since fresh memory costs more than the work
        self._waiting = np.empty((len(self._rows), max(_AT_ONCE, 8 * self._block)))
        self._filled = 0
        self._found: list[tuple[np.ndarray, np.ndarray]] = []
        self._sketch: Sketch | None = None

    def see(self, start: int, samples: np.ndarray) -> None:
        """Look at samples (C, n) that begin at ``start``; such as leave a gap to what was seen are not looked at."""
        while self._sketch is None and start <= self._seen < start + samples.shape[1]:
            first = self._seen - start
            new = samples[self._rows, first : first + self._waiting.shape[1] - self._filled]
            self._waiting[:, self._filled : self._filled + new.shape[1]] = new
            self._filled += new.shape[1]
            self._seen += new.shape[1]
            if self._filled == self._waiting.shape[1]:
                self._look()

    def sketch(self) -> Sketch:
        """The sketch of all that was seen, which ends the work."""
        if self._sketch is None:
            self._look()
            values = np.concatenate([np.zeros(0, np.uint64), *(values for values, _ in self._found)])
            places = np.concatenate([np.zeros(0, np.int64), *(places for _, places in self._found)])
            self._sketch = Sketch.of(values, places, self._rate, self._seen)
            self._waiting, self._found = self._waiting[:, :0].copy(), []  # a trial may live on for long
        return self._sketch

    def _look(self) -> None:
        whole = self._filled // self._block
        if whole > 4:
            values, places = _windows(self._waiting[:, : self._filled], self._block)
            self._found.append((values, places + self._seen - self._filled))
            done = (whole - 4) * self._block  # the next look begins where windows of this one could not
            self._filled -= done
            self._waiting[:, : self._filled] = self._waiting[:, done : done + self._filled].copy()


class FrameSketch:
    """A sketch of pictures that come in order; what was seen before is passed over.

    Args:
        rate: Pictures a second.
    """

    def __init__(self, rate: float) -> None:
        self._rate, self._seen = rate, 0
        self._values, self._places = array("Q"), array("Q")  # sixteen bytes a picture: a film has many

    def see(self, number: int, picture: np.ndarray) -> None:
        """Look at the picture (height, width) of that number; one that leaves a gap to those seen is not looked at."""
        if number != self._seen:
            return
        self._seen += 1
        height, width = picture.shape
        points = picture[:: max(height // _SIDE, 1), :: max(width // _SIDE, 1)].reshape(1, -1)
        if np.count_nonzero(np.bincount(points[0])) >= _SEVERAL:
            self._values.append(int(_hashes(points)[0]))
            self._places.append(number)

    def sketch(self) -> Sketch:
        """The sketch of all that was seen."""
        values, places = np.array(self._values, np.uint64), np.array(self._places, np.uint64)
        return Sketch.of(values, places, self._rate, self._seen)


def telling_rows(names: Sequence[str]) -> list[int]:
    """The rows of the channels that a sketch looks at: mostly the same ones where some channels are left out."""
    digests = [hashlib.sha256(name.casefold().encode()).digest() for name in names]
    return sorted(sorted(range(len(names)), key=digests.__getitem__)[:_CHANNELS])


def slices_sketch(x: np.ndarray, valid: np.ndarray, duration: float) -> Sketch:
    """A sketch of the ``valid`` (T,) of slices (T, ...) of ``duration`` seconds, such as ready-made features."""
    numbers = x[0].size if len(x) else 0
    together = -(-_WINDOW // max(numbers, 1))
    if len(x) < together or not numbers:
        return Sketch.of(np.zeros(0), np.zeros(0), 1 / duration, len(x))
    few = x.reshape(len(x), -1)[:, :: -(-numbers // _COLUMNS)]
    rows = np.ascontiguousarray(few, np.float32) + 0  # minus zero is zero
    windows = np.lib.stride_tricks.sliding_window_view(rows, together, axis=0).reshape(len(rows) - together + 1, -1)
    different = 1 + np.count_nonzero(np.diff(np.sort(windows, axis=1), axis=1), axis=1)
    trusted = np.lib.stride_tricks.sliding_window_view(valid, together).all(axis=1)
    telling = trusted & np.isfinite(windows).all(axis=1) & (different >= _SEVERAL)
    values = _hashes(np.ascontiguousarray(windows[telling]).view(np.uint32))
    return Sketch.of(values, np.flatnonzero(telling), 1 / duration, len(rows))


def pictures_sketch(pictures: np.ndarray, valid: np.ndarray, duration: float) -> Sketch:
    """A sketch of the ``valid`` (T,) of pictures (T, height, width) uint8, each shown for ``duration`` seconds."""
    sketch = FrameSketch(1 / duration)
    for number, (picture, trusted) in enumerate(zip(pictures, valid, strict=True)):
        sketch.see(number, picture if trusted else picture[:0])
    return sketch.sketch()


def _windows(samples: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Hashes and places of windows around the maxima of samples (C, n) that are maxima of two blocks to both sides."""
    with np.errstate(all="ignore"):  # what is not finite makes no window
        channels, places = _maxima(samples, block)
        largest = samples[channels, places]
        reach = np.arange(-16, 17) * (block // 8)
        numbers = samples[channels[:, None], places[:, None] + reach]
        least = numbers.min(axis=1)
        span = largest - least
        levels = np.floor((numbers - least[:, None]) * (_LEVELS / span)[:, None] + _OFF_LATTICE)
        telling = np.isfinite(span) & (span > 0)
        levels = levels[telling].astype(np.uint32)
    several = np.bitwise_count(np.bitwise_or.reduce(np.uint32(1) << levels, axis=1)) >= _SEVERAL
    return _hashes(levels[several]), places[telling][several]


def _maxima(samples: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Channel and place of each sample that is larger than all others of its channel two blocks to both sides.

    It is the largest of the block that it lies in, however the samples are cut into blocks.
    """
    blocks = samples[:, : samples.shape[1] // block * block].reshape(len(samples), -1, block)
    top = blocks.max(axis=2)
    middle = top[:, 2:-2]
    channels, numbers = np.nonzero((middle > top[:, 1:-3]) & (middle > top[:, 3:-1]))
    numbers += 2
    largest, within = top[channels, numbers], blocks[channels, numbers]
    offsets = within.argmax(axis=1)
    alone = np.count_nonzero(within == largest[:, None], axis=1) == 1
    for side in (-2, 2):  # of which a window holds the near part
        doubtful = np.flatnonzero(alone & ~(top[channels, numbers + side] < largest))
        near = np.arange(block) >= offsets[doubtful, None] if side < 0 else np.arange(block) <= offsets[doubtful, None]
        beside = blocks[channels[doubtful], numbers[doubtful] + side]
        alone[doubtful] = ~((beside >= largest[doubtful, None]) & near).any(axis=1)
    return channels[alone], (numbers * block + offsets)[alone]


def _hashes(numbers: np.ndarray) -> np.ndarray:
    """(n,) uint64 for rows (n, K) of numbers: a sum with random factors, mixed (Carter and Wegman 1979)."""
    whole = numbers.astype(np.int64) if numbers.dtype.kind == "f" else numbers
    factors = _mixed(np.arange(1, numbers.shape[1] + 1, dtype=np.uint64)) | np.uint64(1)
    return _mixed((whole.astype(np.uint64) * factors).sum(axis=1, dtype=np.uint64))


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """Numbers whose bits all depend on all bits of these (SplitMix64: Steele, Lea and Flood 2014)."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
