"""Places of the categories in the plane of valence and arousal: by the labels, and by a model's predictions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...preprocessing import AnyWindows, Windows
from ...signals import InputError, Task
from ...signals.trials.task import SYMMETRIC
from ..learning.checkpoint import TrainedModel
from ..learning.network_learner import predict_windows
from .explainer import fitting

_PLANE = ("valence", "arousal")


@dataclass(frozen=True, eq=False)
class Affect:
    """N windows in the plane.

    Attributes:
        category: (N,) index of each window's category, -1 for missing.
        affect: (N, 2) valence and arousal, NaN for missing; both Affects in one unit.
        subject: (N,) whose it is.
    """

    category: np.ndarray
    affect: np.ndarray
    subject: np.ndarray


@dataclass(frozen=True, eq=False)
class Centroids:
    """C categories in the plane of valence and arousal, twice.

    Each subject counts alike: a centroid is the mean over subjects of their means, its error that mean's standard
    error, NaN for one subject. A category that nobody has, or that the model never says, is NaN.

    Attributes:
        categories: C names.
        labels, labels_error: (C, 2) by the truth.
        model, model_error: (C, 2) by the model: its valence and arousal where it says that category.
        origin: Which model and data, in words.
        ranges: Low and high of the scales of valence and arousal.
    """

    categories: tuple[str, ...]
    labels: np.ndarray
    labels_error: np.ndarray
    model: np.ndarray
    model_error: np.ndarray
    origin: str = ""
    ranges: tuple[tuple[float, float], ...] = (SYMMETRIC, SYMMETRIC)

    @property
    def distance(self) -> np.ndarray:
        """(C,) from the labels' centroid to the model's."""
        return np.asarray(np.linalg.norm(self.model - self.labels, axis=1))


def class_centroids(
    truth: Affect,
    predicted: Affect,
    categories: Sequence[str],
    origin: str = "",
    ranges: tuple[tuple[float, float], ...] = (SYMMETRIC, SYMMETRIC),
) -> Centroids:
    """Centroids of each category by labels and by predictions, side by side.

    Args:
        truth, predicted: The same windows, labelled and predicted; see ``affects``.
        categories: C names.
        origin: Which model and data, in words.
        ranges: Low and high of the scales of valence and arousal, in whose units both are.

    Raises:
        InputError: There are other numbers of windows, or no window has a category, valence and arousal.
    """
    if len(truth.category) != len(predicted.category):
        found = f"{len(truth.category)} labelled windows, {len(predicted.category)} predicted"
        raise InputError("class_centroids", found, "the same ones", "use affects(trained, windows)")
    labels, labels_error = _means(truth, len(categories))
    model, model_error = _means(predicted, len(categories))
    if not (np.isfinite(labels).any() and np.isfinite(model).any()):
        wanted = "windows with a category, valence and arousal"
        raise InputError("class_centroids", "none with all three", wanted, "use data and a model that have them")
    return Centroids(
        categories=tuple(categories),
        labels=labels,
        labels_error=labels_error,
        model=model,
        model_error=model_error,
        origin=origin,
        ranges=ranges,
    )


def affects(trained: TrainedModel, windows: AnyWindows) -> tuple[Affect, Affect]:
    """The truth about windows, and a model's predictions for them; take windows that it has not learned from.

    Both are in the units of the windows' dataset, whatever scale the model was trained on.

    Raises:
        InputError: The data or the model has no categories, or no valence and arousal.
    """
    for where, task in ((trained.facts.model, trained.facts.task), (str(windows.cache.path), windows.cache.task)):
        if not task.categories or not {"valence", "arousal"} <= set(task.dimensions):
            raise InputError(where, f"{task}", "categories, valence and arousal", "use another model or dataset")
    subject = windows.columns["subject"].astype(str)
    truth, predicted = windows.cache.task, trained.facts.task
    prediction = predict_windows(trained.model, trained.scaling, _read(trained, windows))
    affect = predicted.normalised(prediction.dimensions)[:, _places(predicted)]
    return (
        Affect(windows.category, windows.dimensions[:, _places(truth)].astype(np.float64), subject),
        Affect(prediction.category, Task(dimensions=_PLANE, ranges=plane_ranges(truth)).rated(affect), subject),
    )


def plane_ranges(task: Task) -> tuple[tuple[float, float], ...]:
    """Low and high of the scales of valence and arousal."""
    return tuple(map(task.range_of, _PLANE))


def _read(trained: TrainedModel, windows: AnyWindows) -> AnyWindows:
    """The windows with those series alone that the model reads."""
    read = fitting(trained.model, windows)
    if isinstance(windows, Windows):
        return windows
    return replace(windows, parts={name: windows.parts[name] for name in read})


def _places(task: Task) -> list[int]:
    return [task.dimensions.index(name) for name in _PLANE]


def _means(of: Affect, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Centroids and their standard errors over subjects, (C, 2) each."""
    known = np.isfinite(of.affect).all(axis=1)
    found = [
        _over_subjects(of.affect[own], of.subject[own]) for own in ((of.category == k) & known for k in range(count))
    ]
    return np.array([mean for mean, _ in found]), np.array([error for _, error in found])


def _over_subjects(affect: np.ndarray, subject: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over subjects of their means (2,), and its standard error (2,)."""
    nothing = np.full(2, np.nan)
    if not len(affect):
        return nothing, nothing
    means = np.array([affect[subject == who].mean(axis=0) for who in np.unique(subject)])
    error = means.std(axis=0, ddof=1) / np.sqrt(len(means)) if len(means) > 1 else nothing
    return means.mean(axis=0), error
