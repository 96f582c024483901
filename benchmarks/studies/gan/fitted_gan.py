"""What ``gan fit`` shows of a trained GAN: its losses over the epochs, and its score on what was held out."""

import json
from pathlib import Path

from ....models.gan import FaceImages, KeptGan
from ....preprocessing import Cache
from ....preprocessing.pictures.figure_file import save_figure
from ....preprocessing.pictures.palette import BLACK, BLUE, GREEN, PURPLE, VERMILION, VIOLET
from ....preprocessing.pictures.wrapped_names import wrapped
from ....signals.files.publishing import publish_text
from ...scores.predictions import Predictions
from ...scores.tally import task_metrics
from ...splits.fold import Fold
from .trunk_table import always_yes

SCORE = "score.json"
_COLOURS = {
    "labels": BLACK,
    "discriminator": BLUE,
    "penalty": VIOLET,
    "generator": VERMILION,
    "matching": PURPLE,
    "consistency": GREEN,
}


def score_gan(kept: KeptGan, cache: Cache, fold: Fold) -> dict[str, float]:
    """Metrics of the discriminator's label heads on every frame of the fold's test part; none where there is none."""
    if not len(fold.test):
        return {}
    windows = cache.windows(1, 1, fold.test, kept.facts.modality)
    said = kept.model.predict(FaceImages(windows, kept.facts.settings.size)())
    found = task_metrics(kept.facts.task, Predictions.of(windows, said, 0, 0, "fixed"))
    for u, name in enumerate(kept.facts.task.units):
        found[f"always_yes_{name}"] = always_yes(windows.units[:, u])
    return found


def write_score(score: dict[str, float], folder: Path) -> None:
    """Write the metrics as JSON."""
    publish_text(folder / SCORE, json.dumps(score, indent=1) + "\n")


def draw_losses(kept: KeptGan, path: Path) -> Path:
    """Draw each term of the losses over the epochs into a picture file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes, history = figure.subplots(), kept.facts.history
    for name, colour in _COLOURS.items():
        points = [(epoch, row[name]) for epoch, row in enumerate(history, 1) if name in row]
        if points:  # an epoch of few steps may lack the penalty
            axes.plot(*zip(*points, strict=True), label=name, color=colour)
    simulated = " (simulated faces)" if kept.facts.simulated else ""
    title = f"EmotionGAN, {kept.facts.settings.predicts}, {kept.facts.fold}{simulated}"
    axes.set_title(wrapped(title, 72), fontsize=9, loc="left")
    axes.set(xlabel="epoch", ylabel="loss, weighted")
    axes.legend(frameon=False, fontsize=8, ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
    return save_figure(figure, path)
