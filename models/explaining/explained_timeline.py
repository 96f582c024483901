"""What counted along time, beside what was predicted."""

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
"""What a row of electrodes is: one electrode, or one feature such as a band."""

FACE_ROWS = ("brows", "eyes", "nose, cheeks", "mouth", "chin, jaw")
"""What patches of a face are brought together in: the rows of ``Regions``, from above."""

_MOST_FEATURES = 12


@dataclass(frozen=True, eq=False)
class CountedRows:
    """How much R rows of one series' inputs counted in N slices.

    Attributes:
        series: Which.
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
    """A time line of predictions, what counted for them by series, and what the values are."""

    timeline: Timeline
    rows: tuple[CountedRows, ...]
    label: str


def explained_time(
    trained: TrainedModel, windows: AnyWindows, explanation: Explanation, trial: int | None = None, by: str = "site"
) -> ExplainedTime:
    """What counted along one trial, or within windows on average, on one time axis for all series.

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
    parts = {name: windows.parts[name].take(which) for name in explanation.values}
    clocks = {name: _clock(part, trial) for name, part in parts.items()}
    rows = tuple(_rows(explanation, name, which, clocks[name], by) for name in parts)
    timeline = _timeline(trained, parts, clocks, prediction, trial)
    return ExplainedTime(timeline, rows, f"mean absolute {explanation.method}")


@dataclass(frozen=True, eq=False)
class _Clock:
    """Seconds (N,) at which slices begin, how long they are, and which of them stands where in windows (B, T) or -1."""

    times: np.ndarray
    duration: float
    places: np.ndarray


def _clock(part: Windows, trial: int | None) -> _Clock:
    duration = part.cache.duration(part.modality)
    inside = np.broadcast_to(np.arange(part.n_slices), (len(part), part.n_slices))
    if trial is None:
        return _Clock(duration * np.arange(part.n_slices), duration, inside)
    places = part.starts[:, None] + inside if part.rows is None else part.rows
    if not part.cache.holds(trial, part.modality):
        return _Clock(np.zeros(0), duration, np.full_like(inside, -1))
    return _Clock(part.cache[trial][part.modality].times, duration, places)


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
    names = tuple(name for name, own in zip(FACE_ROWS, used, strict=True) if own)
    return names, (member / np.maximum(member.sum(axis=0), 1))[:, used]


def _heights(layout: Layout) -> np.ndarray:
    """(S,) how far down each patch's centre lies, as a share of the picture."""
    if layout.positions is not None:
        return np.array(layout.positions, float)[:, 1]
    assert layout.pixels is not None, "a layout of a face has positions or pixels"
    tops = np.array(layout.pixels.corners, float)[:, 0]
    return np.asarray((tops + layout.pixels.size[0] / 2) / layout.pixels.image[0])


def _timeline(
    trained: TrainedModel,
    parts: Mapping[str, Windows],
    clocks: Mapping[str, _Clock],
    said: Prediction,
    trial: int | None,
) -> Timeline:
    """What was said at the end of each window; of many windows their mean, from the beginning to the end of one."""
    present = {name: (part.valid() & (clocks[name].places >= 0)).mean(axis=1) for name, part in parts.items()}
    facts, cache = trained.facts, next(iter(parts.values())).cache
    title = f"{facts.model} on {cache.dataset}{' (simulated)' if cache.simulated else ''}"
    if trial is not None:
        columns = {name: values[trial] for name, values in cache.columns.items()}
        title += f", subject {columns['subject']}, trial {columns['trial']}"
        return Timeline(times=_ends(clocks), prediction=said, present=present, score={}, task=facts.task, title=title)
    span = max(clock.times[-1] + clock.duration for clock in clocks.values())
    mean = Prediction(
        *(
            np.repeat(part.mean(axis=0, keepdims=True), 2, axis=0)
            for part in (said.probability, said.dimensions, said.units)
        )
    )
    shares = {name: np.repeat(share.mean(), 2) for name, share in present.items()}
    count = len(said.probability)
    return Timeline(
        times=np.array([0.0, span]),
        prediction=mean,
        present=shares,
        score={},
        task=facts.task,
        title=f"{title}, mean of {count} windows",
    )


def _ends(clocks: Mapping[str, _Clock]) -> np.ndarray:
    """(B,) seconds at which the last slice of each window ends, of whichever series."""
    ends = [
        np.where(clock.places >= 0, np.append(clock.times, -np.inf)[clock.places] + clock.duration, -np.inf)
        for clock in clocks.values()
    ]
    return np.asarray(np.concatenate(ends, axis=1).max(axis=1))
