"""Inputs that counted along time, beside the predictions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...preprocessing import AnyWindows, Windows, regions
from ...signals import InputError, Layout
from ..learning.checkpoint import TrainedModel
from ..learning.network_learner import predict_windows
from ..learning.prediction import Prediction
from ..predicting.timeline import Timeline
from .explanation import Explanation, is_face

BY = ("site", "feature")
"""Kinds of rows of electrodes: one electrode each, or one feature such as a band."""

FACE_ROWS = ("brows", "eyes", "nose, cheeks", "mouth", "chin, jaw")
"""Rows of patches of a face: those of ``Regions``, from above."""

_MOST_FEATURES = 12


@dataclass(frozen=True, eq=False)
class CountedRows:
    """Shares of R rows of one series' inputs in N slices.

    Attributes:
        series: Its name.
        times: (N,) seconds on the session clock, or within a window, at which each slice begins.
        duration: Seconds of a slice.
        names: Of the R rows.
        values: (R, N) mean absolute values over the windows that hold the slice; NaN where none does or it is invalid.
    """

    series: str
    times: np.ndarray
    duration: float
    names: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class ExplainedTime:
    """A time line of predictions, the inputs that counted for them by series, and a label for the values."""

    timeline: Timeline
    rows: tuple[CountedRows, ...]
    label: str


def explained_time(
    trained: TrainedModel, windows: AnyWindows, explanation: Explanation, trial: int | None = None, by: str = "site"
) -> ExplainedTime:
    """The inputs that counted along one trial, or within windows on average, on one time axis for all series.

    Args:
        trained: The model that was explained.
        windows: The windows that were explained, in their order.
        explanation: What ``explain`` gave for them.
        trial: Index of a trial in the cache; left out, the mean over all windows, in seconds from their beginning.
        by: What rows of electrodes are: a name in ``BY``. Patches of a face come together in ``FACE_ROWS``.

    Raises:
        InputError: The explanation is of other windows, no window is of that trial, or there is no such way.
    """
    if by not in BY:
        raise InputError(f"by={by!r}", "no such way", f"one of {', '.join(BY)}")
    if len(windows) != len(explanation) or not set(explanation.values) <= set(windows.parts):
        found = f"{len(windows)} windows of {', '.join(windows.parts)}"
        wanted = f"the {len(explanation)} of {', '.join(explanation.values)} that were explained"
        raise InputError("explained_time", found, wanted, "give the windows that explain was given")
    which = np.arange(len(windows)) if trial is None else np.flatnonzero(windows.trials == trial)
    if not len(which):
        raise InputError(f"trial {trial}", "no window", f"one of {sorted(set(windows.trials))}", "name one")
    prediction = predict_windows(trained.model, trained.scaling, windows.take(which))
    by_series = {name: windows.parts[name].take(which) for name in explanation.values}
    clocks = {name: _clock(of_series, trial) for name, of_series in by_series.items()}
    rows = tuple(_rows(explanation, name, which, clocks[name], by) for name in by_series)
    timeline = _timeline(trained, by_series, clocks, prediction, trial)
    return ExplainedTime(timeline, rows, f"mean absolute {explanation.method}")


@dataclass(frozen=True, eq=False)
class _Clock:
    """Seconds (N,) at which slices begin, how long they are, and which of them stands where in windows (B, T) or -1."""

    times: np.ndarray
    duration: float
    places: np.ndarray


def _clock(windows: Windows, trial: int | None) -> _Clock:
    duration = windows.cache.duration(windows.modality)
    inside = np.broadcast_to(np.arange(windows.n_slices), (len(windows), windows.n_slices))
    if trial is None:
        return _Clock(duration * np.arange(windows.n_slices), duration, inside)
    places = windows.slices
    if not windows.cache.holds(trial, windows.modality):
        return _Clock(np.zeros(0), duration, np.full_like(inside, -1))
    return _Clock(windows.cache[trial][windows.modality].times, duration, places)


def _rows(explanation: Explanation, series: str, which: np.ndarray, clock: _Clock, by: str) -> CountedRows:
    values, valid = np.abs(explanation.values[series][which]), explanation.valid[series][which]
    names, matrix, axis = _grouping(explanation.layouts[series], explanation.features[series], by)
    counted = values.mean(axis=axis, dtype=np.float64) @ matrix  # (B, T, R)
    there = valid & (clock.places >= 0)
    total, count = np.zeros((len(clock.times), len(names))), np.zeros(len(clock.times))
    np.add.at(total, clock.places[there], counted[there])
    np.add.at(count, clock.places[there], 1)
    mean = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], np.nan)
    return CountedRows(series, clock.times, clock.duration, names, mean.T)


def _grouping(layout: Layout, features: tuple[str, ...], by: str) -> tuple[tuple[str, ...], np.ndarray, int]:
    """Names of R rows, the weight of each input in them, and the axis of (B, T, S, F) that is averaged first."""
    if is_face(layout):
        return *_face_rows(layout), 3
    if by == "site":
        return layout.sites, np.eye(len(layout)), 3
    if len(features) <= _MOST_FEATURES:
        return features, np.eye(len(features)), 2
    return (f"mean of {len(features)} features",), np.full((len(features), 1), 1 / len(features)), 2


def _face_rows(layout: Layout) -> tuple[tuple[str, ...], np.ndarray]:
    """Each patch belongs to the row of ``Regions`` that is nearest to it in height."""
    row = np.abs(_heights(layout)[:, None] - _heights(regions((96, 96)))[::3]).argmin(axis=1)
    member = row[:, None] == np.arange(len(FACE_ROWS))
    used = member.any(axis=0)
    names = tuple(name for name, has_patches in zip(FACE_ROWS, used, strict=True) if has_patches)
    return names, (member / np.maximum(member.sum(axis=0), 1))[:, used]


def _heights(layout: Layout) -> np.ndarray:
    """(S,) the height of each patch's centre from above, as a share of the picture."""
    if layout.positions is not None:
        return np.array(layout.positions, float)[:, 1]
    assert layout.pixels is not None, "a layout of a face has positions or pixels"
    tops = np.array(layout.pixels.corners, float)[:, 0]
    return np.asarray((tops + layout.pixels.size[0] / 2) / layout.pixels.image[0])


def _timeline(
    trained: TrainedModel,
    by_series: Mapping[str, Windows],
    clocks: Mapping[str, _Clock],
    predicted: Prediction,
    trial: int | None,
) -> Timeline:
    """Predictions at the end of each window; of many windows their mean, from the beginning to the end of one."""
    present = {}
    for name, windows in by_series.items():
        present[name] = (windows.valid() & (clocks[name].places >= 0)).mean(axis=1)
    facts, cache = trained.facts, next(iter(by_series.values())).cache
    title = f"{facts.model} on {cache.dataset}{' (simulated)' if cache.simulated else ''}"
    if trial is not None:
        columns = {name: values[trial] for name, values in cache.columns.items()}
        title += f", subject {columns['subject']}, trial {columns['trial']}"
        times, prediction = _ends(clocks), predicted
    else:
        times = np.array([0.0, max(clock.times[-1] + clock.duration for clock in clocks.values())])
        prediction = Prediction(*map(_mean, (predicted.probability, predicted.dimensions, predicted.units)))
        present = {name: _mean(share) for name, share in present.items()}
        title += f", mean of {len(predicted.probability)} windows"
    return Timeline(times=times, prediction=prediction, present=present, score={}, task=facts.task, title=title)


def _mean(values: np.ndarray) -> np.ndarray:
    """The mean over windows twice, at the beginning and at the end of a line."""
    return np.repeat(values.mean(axis=0, keepdims=True), 2, axis=0)


def _ends(clocks: Mapping[str, _Clock]) -> np.ndarray:
    """(B,) seconds at which the last slice of each window ends, of whichever series."""
    ends = []
    for clock in clocks.values():
        begins = np.append(clock.times, -np.inf)[clock.places]  # place -1 is the last one: no slice
        ends.append(begins + clock.duration)
    return np.asarray(np.concatenate(ends, axis=1).max(axis=1))
