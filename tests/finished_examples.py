"""An explanation and a fusion table of known content, as reports take them; nothing was trained for them."""

import numpy as np

from emoscan.benchmarks.scores.statistics import Interval
from emoscan.benchmarks.studies.explanations.explained import Explained, ExplainedSeries, TestScore
from emoscan.benchmarks.studies.fusion_table import Comparison, FusionRow, FusionTable
from emoscan.models.explaining.curves import Curves
from emoscan.signals import SCALP_19, Layout


def explanation(layout: Layout = SCALP_19, alike: float = 0.1, simulated: bool = True) -> Explained:
    """An explanation whose map looks like that of untrained networks by a rank correlation of ``alike``."""
    rng, features = np.random.default_rng(0), ("theta", "alpha", "beta")
    own, untrained, shuffled = rng.random((3, len(layout), 3)) + 0.1
    series = ExplainedSeries(
        layout,
        features,
        1.0,
        own.mean(axis=1),
        own,
        rng.random((len(layout), 4)),
        untrained,
        shuffled,
        np.array([alike, alike, alike]),
        np.array([0.1, -0.1]),
        0.8,
        0.93 if simulated else None,
        0.5,
    )
    shares = np.linspace(0, 1, 11)
    curves = Curves(shares, np.exp(-4 * shares), 1 - np.exp(-6 * shares), 1 - 0.7 * shares, 0.3 + 0.7 * shares)
    score = TestScore("balanced_accuracy", 0.62, 1 / 3, Interval(0.51, 0.73, "subjects"), 12)
    return Explained(
        "STRNN",
        "random",
        simulated,
        "leave one subject out",
        "occlusion",
        "category",
        240,
        12,
        score,
        {"eeg": series},
        curves,
    )


def fusion_table() -> FusionTable:
    """One join that gains, with its controls."""
    rows = (
        FusionRow("eeg alone", "", 0.70, Interval(0.66, 0.74, "subjects"), None),
        FusionRow("face alone", "", 0.65, Interval(0.61, 0.69, "subjects"), None),
        FusionRow(
            "Gated", "", 0.80, Interval(0.77, 0.83, "subjects"), Comparison("eeg alone", "gain", 0.10, 0.001, 0.001)
        ),
        FusionRow(
            "Gated", "without eeg", 0.66, None, Comparison("face alone", "missing", 0.01, 0.5, 0.5), kind="without"
        ),
        FusionRow(
            "Gated", "face +2 s", 0.71, None, Comparison("Gated", "synchrony", -0.09, 0.002, 0.004), kind="shift"
        ),
    )
    return FusionTable("balanced_accuracy", rows, True, "pairs", "leave one subject out", 16, 1, 0.5, ("Early: left",))
