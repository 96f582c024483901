"""Tests of explanations: against models that cannot know anything, and where the truth is known."""

from dataclasses import replace

import numpy as np
import torch

from ...preprocessing import AnyWindows, Windows
from ..learning.checkpoint import TrainedModel, networks_of
from ..training.emotion_model import EmotionModel


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
