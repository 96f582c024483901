"""Eye tracking: where the eyes look, how wide the pupil is, fixations and blinks."""

from collections.abc import Iterator

import numpy as np

from ...signals import InputError, Peripheral
from ...signals.streams.electrodes import Span
from .sensor_signal import Measured, SliceGrid, pieces_of

GAZE_FEATURES = ("x", "y", "SD x", "SD y", "missing", "fixations", "fixated", "blinks", "pupil", "pupil slope")
"""Measures of a slice; the last two where pupils are recorded."""

DISPERSION = {"px": 35.0, "share": 0.025, "°": 1.0}
"""Width plus height of the box that the gaze keeps in while it is fixed, by the unit: about a degree.

Source: D. Salvucci, J. Goldberg, ETRA 2000:71-78 (I-DT), half a degree to one. A screen has 1280 pixels or 40 degrees.
"""

FIXATION_SECONDS = 0.1
"""Shortest fixation: the same."""

BLINK_SECONDS = (0.075, 0.5)
"""Shortest and longest gap that is a blink. A shorter one is a flaw of the recording, and bridged.

Source: A. Olsen, The Tobii I-VT Fixation Filter, 2012, for the shortest; a longer one is a lost eye.
"""

SEEN = 0.5
"""Share of a slice's samples below which nothing is said about it."""


def gaze_measures(sensor: Peripheral, grid: SliceGrid) -> Measured:
    """The measures of ``GAZE_FEATURES``: (T, 1, 10), or (T, 1, 8) without pupils.

    Position and its standard deviation in the unit of the gaze, over the samples that are there; the share of missing
    samples; fixations a minute of what was seen; the share of seen samples in fixations; blinks a minute. The pupil's
    mean is in its own unit, its slope a second by the straight line through the slice.

    Raises:
        InputError: The channels are not x and y, with or without pupil, or their unit is unknown.
    """
    if sensor.names not in (("x", "y"), ("x", "y", "pupil")):
        raise InputError(sensor.source, f"gaze of channels {', '.join(sensor.names)}", "x, y and perhaps pupil")
    if sensor.unit not in DISPERSION:
        raise InputError(sensor.source, f"gaze in {sensor.unit!r}", f"one of {', '.join(DISPERSION)}")
    rows = np.asarray(sensor.read(0, sensor.n_samples), np.float64)
    seen = np.asarray(np.isfinite(rows[:2]).all(axis=0))
    share = grid.means(seen, sensor.rate)
    columns = [*_positions(rows[:2], seen, sensor.rate, grid), 1 - share, *_events(rows[:2], seen, sensor, grid)]
    enough = share >= SEEN
    for pupil in rows[2:]:
        known = np.isfinite(pupil)
        columns += _line(np.where(known, pupil, 0.0), known, sensor.rate, grid)
        enough &= grid.means(known, sensor.rate) >= SEEN
    x = np.where(enough[:, None], np.column_stack(columns), np.nan)
    lost = grid.means(~sensor.trusted(), sensor.rate) > 0
    return Measured(x[:, None], lost, ("gaze",), GAZE_FEATURES[: x.shape[1]])


def fixations(x: np.ndarray, y: np.ndarray, dispersion: float, least: int) -> Iterator[Span]:
    """Half-open ranges of samples in which the gaze (n,) is fixed, by the threshold on its dispersion (I-DT).

    Args:
        x, y: Where the eyes look, without gaps.
        dispersion: Largest width plus height of a fixation.
        least: Fewest samples of one.
    """
    xs, ys, begin = x.tolist(), y.tolist(), 0  # numbers of Python: one by one they are faster than those of NumPy
    while begin + least <= len(xs):
        end = begin + least
        left, right = min(xs[begin:end]), max(xs[begin:end])
        low, high = min(ys[begin:end]), max(ys[begin:end])
        if right - left + high - low > dispersion:
            begin += 1
            continue
        while end < len(xs):
            left, right = min(left, xs[end]), max(right, xs[end])
            low, high = min(low, ys[end]), max(high, ys[end])
            if right - left + high - low > dispersion:
                break
            end += 1
        yield begin, end
        begin = end


def _positions(rows: np.ndarray, seen: np.ndarray, rate: float, grid: SliceGrid) -> list[np.ndarray]:
    """(T,) mean of x and of y, and then their standard deviations."""
    middle = np.array([row[seen].mean() if seen.any() else 0.0 for row in rows])
    centred = np.where(seen, rows - middle[:, None], 0.0)  # squares of small numbers: nothing is rounded away
    means = [_mean(row, seen, rate, grid) for row in centred]
    squares = [_mean(row**2, seen, rate, grid) for row in centred]
    deviations = [np.sqrt(np.maximum(square - mean**2, 0)) for square, mean in zip(squares, means, strict=True)]
    return [*(mean + at for mean, at in zip(means, middle, strict=True)), *deviations]


def _line(values: np.ndarray, known: np.ndarray, rate: float, grid: SliceGrid) -> list[np.ndarray]:
    """(T,) mean of each slice, and the slope a second of the straight line through its samples."""
    seconds = np.where(known, np.arange(len(values)) / rate % grid.window, 0.0)
    mean, time = _mean(values, known, rate, grid), _mean(seconds, known, rate, grid)
    spread = _mean(seconds**2, known, rate, grid) - time**2
    shared = _mean(seconds * values, known, rate, grid) - time * mean
    return [mean, shared / np.where(spread > 0, spread, np.nan)]


def _mean(values: np.ndarray, known: np.ndarray, rate: float, grid: SliceGrid) -> np.ndarray:
    """(T,) mean over the known samples of each slice; ``values`` are 0 at the others."""
    share = grid.means(known, rate)
    return np.asarray(grid.means(values, rate) / np.where(share > 0, share, np.nan))


def _events(rows: np.ndarray, seen: np.ndarray, sensor: Peripheral, grid: SliceGrid) -> list[np.ndarray]:
    """(T,) fixations a minute, the share of seen samples in one, and blinks a minute."""
    begins: list[int] = []
    blinks: list[int] = []
    fixed, bridged, judged = np.zeros(len(seen), bool), seen.copy(), seen.copy()
    dispersion, least = DISPERSION[sensor.unit], max(round(FIXATION_SECONDS * sensor.rate), 2)
    for first, last in pieces_of(sensor):
        for begin, end in _gaps(seen[first:last]):
            seconds = (end - begin) / sensor.rate
            short = seconds < BLINK_SECONDS[0]
            bridged[first + begin : first + end] = short
            judged[first + begin : first + end] = seconds <= BLINK_SECONDS[1]
            blinks += [first + begin] * (not short and seconds <= BLINK_SECONDS[1])
        for begin, end in _runs(bridged[first:last]):
            run = slice(first + begin, first + end)
            x, y = (np.interp(np.arange(end - begin), np.flatnonzero(seen[run]), row[run][seen[run]]) for row in rows)
            for start, stop in fixations(x, y, dispersion, least):
                begins.append(run.start + start)
                fixed[run.start + start : run.start + stop] = True
    return [
        _a_minute(begins, bridged, sensor.rate, grid),
        _mean((fixed & seen).astype(float), seen, sensor.rate, grid),
        _a_minute(blinks, judged, sensor.rate, grid),
    ]


def _a_minute(samples: list[int], usable: np.ndarray, rate: float, grid: SliceGrid) -> np.ndarray:
    """(T,) events a minute around each slice, of the time in which one could have been found."""
    contexts = grid.contexts()
    first, last = np.searchsorted(np.array(samples) / rate, contexts).T
    total = np.concatenate([[0], np.cumsum(usable)]) / rate
    edges = np.minimum(np.round(contexts * rate).astype(int), len(usable))
    seconds = np.diff(total[edges], axis=1)[:, 0]
    return np.asarray(60 * (last - first) / np.where(seconds > 0, seconds, np.nan))


def _gaps(seen: np.ndarray) -> list[Span]:
    """Ranges of missing samples whose beginning and end are both known."""
    return [(begin, end) for begin, end in _runs(~seen) if begin > 0 and end < len(seen)]


def _runs(mask: np.ndarray) -> list[Span]:
    """Half-open ranges in which ``mask`` is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]
