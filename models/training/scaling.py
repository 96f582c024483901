"""One scale for features, fitted without a look at what must not be seen."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...preprocessing import Windows
from ...signals import InputError


@dataclass(frozen=True, eq=False)
class Scaling:
    """Means and deviations per group of recordings: ``(x - mean) / deviation``.

    Args:
        mode: ``"train"``, ``"subject"`` or ``"none"`` (see ``SCALINGS``).
        groups: G subjects; one empty name when every window is scaled alike.
        mean, deviation: (G, S, F) float32; a feature that never changes has deviation 1.
    """

    mode: str
    groups: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray

    def x(
        self,
        windows: Windows,
        which: np.ndarray | None = None,
        change: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> np.ndarray:
        """Scaled windows, (B, T, S, F) float32: B of them by ``which``, after ``change``, which comes before scaling.

        Raises:
            InputError: The scaling is by subject and has never seen one of these.
        """
        group = self._group(windows, which)
        x = windows.x(which) if change is None else change(windows.x(which))
        x -= self.mean[group][:, None]
        x /= self.deviation[group][:, None]
        return x

    @property
    def transductive(self) -> bool:
        """True where unlabelled data of the tested subject is seen, which a table must say."""
        return self.mode == "subject"

    def _group(self, windows: Windows, which: np.ndarray | None) -> np.ndarray:
        trials = windows.trials if which is None else windows.trials[which]
        if self.groups == ("",):
            return np.zeros(len(trials), int)
        place = {name: i for i, name in enumerate(self.groups)}
        # of these windows only: a batch costs nothing that grows with the cache
        group = np.array([place.get(str(name), -1) for name in windows.cache.subject[trials]], int)
        if (group < 0).any():
            stranger = windows.cache.subject[trials[group < 0][0]]
            known = f"one of {', '.join(self.groups)}"
            raise InputError("subject scaling", f"subject {stranger}", known, "fit it on a cache that holds them")
        return group


def train_scaling(train: Windows, by_site: bool) -> Scaling:
    """z-score by the mean and deviation of the training windows: nothing of the tested subject is seen."""
    return _scaling_of("train", ("",), [_moments(train, by_site)])


def subject_scaling(train: Windows, by_site: bool) -> Scaling:
    """z-score each subject by all of its data without their labels, those tested included: transductive."""
    subject = train.cache.subject
    groups = tuple(dict.fromkeys(subject.tolist()))
    trials_of = _trials_of(subject)
    return _scaling_of("subject", groups, [_subject_moments(train, trials_of[name], by_site) for name in groups])


def _trials_of(subject: np.ndarray) -> dict[str, np.ndarray]:
    """The trials of each subject, ascending; sorted once, however many people there are."""
    names, of_trial = np.unique(subject, return_inverse=True)
    ends = np.cumsum(np.bincount(of_trial))[:-1]
    return dict(zip(names.tolist(), np.split(np.argsort(of_trial, kind="stable"), ends), strict=True))


def _subject_moments(train: Windows, of_subject: np.ndarray, by_site: bool) -> tuple[np.ndarray, np.ndarray]:
    """Moments of the valid slices of one subject's trials; 0 and 1 where the series was never recorded."""
    trials = np.array([trial for trial in of_subject.tolist() if train.cache.holds(trial, train.modality)], int)
    if len(trials):
        return _moments(train.cut_anew(1, 1, trials), by_site)  # windows of one slice: each slice counts once
    shape = (len(train.layout), train.n_features)
    return np.zeros(shape), np.ones(shape)


def no_scaling(train: Windows, by_site: bool) -> Scaling:
    """Leave the features as they are."""
    shape = (1, len(train.layout), train.n_features)
    return Scaling("none", ("",), np.zeros(shape, np.float32), np.ones(shape, np.float32))


SCALINGS: dict[str, Callable[[Windows, bool], Scaling]] = {
    "train": train_scaling,
    "subject": subject_scaling,
    "none": no_scaling,
}
"""Ways to bring features to one scale, by name."""


def fit_scaling(mode: str, train: Windows, by_site: bool = False) -> Scaling:
    """Fit the scaling called ``mode`` on the training windows.

    Args:
        mode: A name in ``SCALINGS``.
        train: Training windows only.
        by_site: One mean per site instead of per (site, feature): right where the F features are samples of a signal.

    Raises:
        InputError: No scaling has that name.
    """
    if mode not in SCALINGS:
        raise InputError(f"scaling {mode!r}", "no such name", f"one of {', '.join(SCALINGS)}")
    return SCALINGS[mode](train, by_site)


def own_scaling(x: np.ndarray, by_site: bool) -> Scaling:
    """The ``subject`` scaling of one new recording from its valid slices ``x`` (N, S, F)."""
    mean, deviation = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
    if by_site:
        mean, deviation = _by_site(mean, deviation)
    return _scaling_of("subject", ("",), [(mean, deviation)])


def _scaling_of(mode: str, groups: tuple[str, ...], moments: list[tuple[np.ndarray, np.ndarray]]) -> Scaling:
    mean = np.stack([mean for mean, _ in moments])
    deviation = np.stack([deviation for _, deviation in moments])
    constant = deviation < 1e-8 * np.maximum(1, np.abs(mean))  # what rounding leaves of a feature that never changes
    return Scaling(mode, groups, mean.astype(np.float32), np.where(constant, 1, deviation).astype(np.float32))


def _moments(windows: Windows, by_site: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation (S, F) over the valid slices of windows, in float64, a block of windows at a time."""
    count, total, square = 0, np.zeros(1), np.zeros(1)
    # sums of squares about a value near the mean: about zero, a large offset would leave no digits for the deviation
    shift = windows.x(np.arange(min(len(windows), 64))).mean(axis=(0, 1), dtype=np.float64)
    for block in windows.blocks(1024):
        x = windows.x(block)
        x = (x[windows.valid(block)] if windows.may_lack else x.reshape(-1, *x.shape[2:])) - shift
        count += len(x)
        total, square = total + x.sum(axis=0), square + (x * x).sum(axis=0)
    mean = total / max(count, 1)
    deviation = np.sqrt(np.maximum(square / max(count, 1) - mean**2, 0))
    return _by_site(mean + shift, deviation) if by_site else (mean + shift, deviation)


def _by_site(mean: np.ndarray, deviation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pool (S, F) moments over the features of each site: total variance = mean variance + variance of means."""
    pooled = mean.mean(axis=-1, keepdims=True)
    spread = np.sqrt((deviation**2 + (mean - pooled) ** 2).mean(axis=-1, keepdims=True))
    return np.broadcast_to(pooled, mean.shape), np.broadcast_to(spread, mean.shape)
