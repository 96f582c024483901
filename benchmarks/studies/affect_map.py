"""Categories in the plane of valence and arousal, estimated from labels: never a wheel that somebody drew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...models import affect_histogram
from ...preprocessing import Cache
from ...preprocessing.pictures import new_figure, palette, save_figure
from ...signals import InputError, Target, Task
from ...signals.trials.task import SYMMETRIC

_PLANE = ("valence", "arousal")
_FEW = 20
"""Slices of a category below which it takes the covariance of all."""


@dataclass(frozen=True, eq=False)
class AffectMap:
    """Place of each of C categories in the plane of valence and arousal.

    Attributes:
        categories: Names of those that occur.
        share: (C,) of all slices with both labels.
        mean: (C, 2) valence and arousal, in the units of their scales.
        covariance: (C, 2, 2) population, plus 1e-6 on the diagonal of what it is where both scales are -1 to 1.
        information: Mutual information of category and cell of the 40 x 40 plane, in bits.
        chance: The same with categories dealt anew among whole trials: mean of 100 deals.
        trials: Indices of the trials that it was estimated from.
        simulated: Whether no person was recorded.
        ranges: Low and high of the scales of valence and arousal.
    """

    categories: tuple[str, ...]
    share: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    information: float
    chance: float
    trials: tuple[int, ...]
    simulated: bool
    ranges: tuple[tuple[float, float], ...] = (SYMMETRIC, SYMMETRIC)

    @classmethod
    def fit(
        cls, cache: Cache, modality: str, trials: Sequence[int], truths: Mapping[int, Target] | None = None
    ) -> "AffectMap":
        """Estimate it from the labels of ``trials``; for use beside a test, give training trials only.

        Args:
            cache, modality: Where the labels are, and the series at whose slices they are taken.
            trials: Indices of trials; those without the series are left out.
            truths: The labels by trial, where they have been read already (see ``truths_in``).

        Raises:
            InputError: There is no valence or arousal, or no slice has both kinds of label.
        """
        names = cache.task.dimensions
        if not set(_PLANE) <= set(names) or not cache.task.categories:
            wanted = "categories, valence and arousal"
            raise InputError(cache.path, f"a task of {cache.task}", wanted, "use another dataset")
        columns = [names.index(name) for name in _PLANE]
        truths = truths_in(cache, modality, trials) if truths is None else truths
        trials = [int(trial) for trial in trials if int(trial) in truths]
        if not trials:
            raise InputError(cache.path, f"no trial with the series {modality}", "some", "name another series")
        targets = [truths[trial] for trial in trials]
        category = np.concatenate([target.category for target in targets])
        affect = np.concatenate([target.dimensions[:, columns] for target in targets]).astype(float)
        trial = np.repeat(np.arange(len(targets)), [len(target.category) for target in targets])
        known = (category >= 0) & np.isfinite(affect).all(axis=1)
        if not known.any():
            raise InputError(cache.path, "no slice with a category, valence and arousal", "some", "use another set")
        plane = Task(dimensions=_PLANE, ranges=tuple(map(cache.task.range_of, _PLANE)))
        category, affect, trial = category[known], affect[known], trial[known]
        seen = plane.normalised(affect)
        present = np.unique(category)
        counts = np.array([(category == k).sum() for k in present])
        spread = np.cov(affect.T, bias=True)
        covariance = []
        for k, n in zip(present, counts, strict=True):
            covariance.append(np.cov(affect[category == k].T, bias=True) if n >= _FEW else spread)
        return cls(
            categories=tuple(cache.task.categories[k] for k in present),
            share=counts / counts.sum(),
            mean=np.stack([affect[category == k].mean(axis=0) for k in present]),
            covariance=np.stack(covariance) + 1e-6 * np.diag(plane.rated(np.ones(2)) - plane.middles) ** 2,
            information=_information(category, seen),
            chance=_chance(category, seen, trial),
            trials=tuple(int(number) for number in trials),
            simulated=cache.simulated,
            ranges=plane.ranges,
        )

    def refuse_learned(self, trials: Sequence[int]) -> None:
        """Refuse trials that it was estimated from: it has learned their labels.

        Raises:
            InputError: Some of ``trials`` are among them.
        """
        learned = sorted({int(trial) for trial in trials} & set(self.trials))
        if learned:
            found = f"{len(learned)} trials that it was estimated from, as number {learned[0]}"
            raise InputError("map of affect", found, "trials that it has not seen", "give the test part of a fold")

    def affect(self, probability: np.ndarray) -> np.ndarray:
        """Expected valence and arousal (N, 2) for probabilities (N, C) of ``categories``."""
        return np.asarray(probability @ self.mean)

    def probability(self, affect: np.ndarray) -> np.ndarray:
        """(N, C) of each category at valence and arousal (N, 2): its share times a normal density."""
        off = affect[:, None] - self.mean
        square = np.einsum("nci,cij,ncj->nc", off, np.linalg.inv(self.covariance), off)
        log = np.log(self.share) - 0.5 * square - 0.5 * np.log(np.linalg.det(self.covariance))
        power = np.exp(log - log.max(axis=1, keepdims=True))
        return np.asarray(power / power.sum(axis=1, keepdims=True))

    def to_text(self) -> str:
        """Lines for a terminal."""
        lines = ["category: valence, arousal (standard deviations), share of the labelled slices"]
        for name, mean, covariance, share in zip(self.categories, self.mean, self.covariance, self.share, strict=True):
            spread = np.sqrt(np.diag(covariance))
            lines.append(f"  {name}: {mean[0]:+.2f}, {mean[1]:+.2f} ({spread[0]:.2f}, {spread[1]:.2f}), {share:.0%}")
        bits = f"{self.information:.2f} bits of mutual information; {self.chance:.2f} with categories dealt anew"
        return "\n".join([*lines, f"{bits} among whole trials"])


def truths_in(cache: Cache, modality: str, trials: Sequence[int]) -> dict[int, Target]:
    """The labels at the slices of ``modality``, by trial; trials without that series are left out."""
    volumes = ((int(trial), cache[int(trial)]) for trial in trials)
    return {trial: series[modality].target for trial, series in volumes if modality in series}


def draw_affect_map(fitted: AffectMap, path: str | Path) -> Path:
    """Draw centroids and ellipses of one standard deviation into a picture file."""
    from matplotlib.patches import Ellipse

    figure = new_figure(4.6, 4.6)
    axes = figure.subplots()
    for k, (name, mean, covariance) in enumerate(zip(fitted.categories, fitted.mean, fitted.covariance, strict=True)):
        colour = palette.LINES[k % len(palette.LINES)]
        values, vectors = np.linalg.eigh(covariance)
        angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
        width, height = 2 * np.sqrt(values[::-1])
        axes.add_patch(Ellipse(mean, width, height, angle=angle, color=colour, alpha=0.25, lw=0))
        axes.scatter(mean[0], mean[1], color=colour, s=25)
        axes.annotate(name, mean, (4, 4), textcoords="offset points", fontsize=9)
    across, up = fitted.ranges
    axes.axhline(sum(up) / 2, color=palette.AXIS, lw=0.8, zorder=0)
    axes.axvline(sum(across) / 2, color=palette.AXIS, lw=0.8, zorder=0)
    axes.set(xlim=across, ylim=up, xlabel="valence", ylabel="arousal", box_aspect=1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("simulated" if fitted.simulated else "", fontsize=9, loc="left")
    return save_figure(figure, path)


def _information(category: np.ndarray, affect: np.ndarray) -> float:
    """Mutual information in bits, from counts."""
    joint = np.stack([affect_histogram(affect[category == k]).ravel() for k in np.unique(category)]).astype(float)
    joint /= joint.sum()
    alone = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    filled = joint > 0  # an empty cell adds nothing, and its logarithm is not finite
    return float((joint[filled] * np.log2(joint[filled] / alone[filled])).sum())


def _chance(category: np.ndarray, affect: np.ndarray, trial: np.ndarray, deals: int = 100) -> float:
    """The same where whole trials take the categories of other trials, each that of its first slice."""
    rng = np.random.default_rng(0)
    _, first, place = np.unique(trial, return_index=True, return_inverse=True)
    dealt = [category[rng.permutation(first)][place] for _ in range(deals)]
    return float(np.mean([_information(categories, affect) for categories in dealt]))
