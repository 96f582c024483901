"""Tests of explanations: against models that cannot know anything, and where the truth is known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from ...preprocessing import AnyWindows, Windows
from ...signals import InputError
from ..learning.checkpoint import TrainedModel, networks_of
from ..training.emotion_model import EmotionModel
from .attribution import DEFAULT
from .explainer import CATEGORY, explain

Fit = Callable[[AnyWindows], TrainedModel]
"""Trains a model of the same kind from the start."""


@dataclass(frozen=True, eq=False)
class Randomised:
    """Scores of sites (``Explanation.answered_by_site``) by a trained model, and by K that cannot know anything.

    Attributes:
        before: ``{series: (S,)}`` by the trained model.
        after: ``{series: (K, S)}`` by the others.
    """

    before: Mapping[str, np.ndarray]
    after: Mapping[str, np.ndarray]

    def correlation(self, series: str) -> np.ndarray:
        """(K,) Spearman's rank correlation of the scores before and after: near zero where training made them.

        NaN where all sites score alike.
        """
        return np.array([correlation(self.before[series], scores) for scores in self.after[series]])


def randomisation(
    trained: TrainedModel,
    windows: AnyWindows,
    method: str = DEFAULT,
    target: str = CATEGORY,
    seeds: tuple[int, ...] = (0, 1, 2),
) -> Randomised:
    """The same explanation by networks that were never trained (Adebayo et al. 2018, arXiv 1810.03292).

    Args:
        trained, windows, method, target: As in ``explain``.
        seeds: Of the networks' first weights, one network each.

    Raises:
        InputError: As ``explain``; or the network is not known by a name from which it can be built anew.
    """
    fresh = (replace(trained, model=untrained(trained, seed)) for seed in seeds)
    return _compared(trained, fresh, windows, method, target)


def label_randomisation(
    trained: TrainedModel,
    fit: Fit,
    train: AnyWindows,
    windows: AnyWindows,
    method: str = DEFAULT,
    target: str = CATEGORY,
    seeds: tuple[int, ...] = (0,),
) -> Randomised:
    """The same explanation by models that were trained on shuffled labels (arXiv 1810.03292).

    Args:
        trained, windows, method, target: As in ``explain``.
        fit: Trains such a model from the start, as ``trained`` was; called once for each seed.
        train: The windows that ``trained`` was trained on.
        seeds: Of the shuffling.

    Raises:
        InputError: As ``explain`` and ``fit``.
    """
    return _compared(trained, (fit(shuffled(train, seed)) for seed in seeds), windows, method, target)


def untrained(trained: TrainedModel, seed: int) -> EmotionModel:
    """A network of the same build with first weights drawn from ``seed``; torch's own draws go on as if nothing was."""
    model = trained.model
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        backbones, join = networks_of(trained.facts, allow=None)  # looked at when the model was read, or trained here
        return EmotionModel(backbones, model.task, model.training_settings, join=join).to(model.device).eval()


def shuffled(windows: AnyWindows, seed: int) -> AnyWindows:
    """The same windows with each other's truth."""
    order = np.random.default_rng(seed).permutation(len(windows))
    truth = {kind: getattr(windows, kind)[order] for kind in ("category", "dimensions", "units")}
    if isinstance(windows, Windows):
        return replace(windows, truth=truth)
    return replace(windows, parts={name: replace(of_series, truth=truth) for name, of_series in windows.parts.items()})


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's rank correlation of two maps of the same sites; NaN where all sites of one score alike."""
    from scipy.stats import spearmanr

    return float(spearmanr(a, b).statistic) if np.ptp(a) and np.ptp(b) else np.nan


def found(scores: np.ndarray, planted: np.ndarray) -> float:
    """The area under the ROC curve of scores for planted sites against all others, 0.5 at chance.

    Args:
        scores: Of sites, or of anything that was planted or not.
        planted: Of the same shape, True where something was.

    Raises:
        InputError: Shapes differ, a score is not finite, or all or nothing was planted.
    """
    from sklearn.metrics import roc_auc_score

    scores, planted = np.asarray(scores, float), np.asarray(planted, bool)
    if scores.shape != planted.shape or not np.isfinite(scores).all() or planted.all() or not planted.any():
        shapes = f"scores of shape {scores.shape}, {planted.sum()} planted among {planted.shape}"
        raise InputError("found", shapes, "finite scores of as many, and some planted", "compare like with like")
    return float(roc_auc_score(planted.ravel(), scores.ravel()))


def _compared(
    trained: TrainedModel, others: Iterator[TrainedModel], windows: AnyWindows, method: str, target: str
) -> Randomised:
    first = explain(trained, windows, method, target)
    rest = [explain(other, windows, method, target) for other in others]
    before, after = {}, {}
    for name in first.values:
        before[name] = first.answered_by_site(name)
        after[name] = np.stack([explanation.answered_by_site(name) for explanation in rest])
    return Randomised(before, after)
