"""A trained GAN as ``gan fit`` reports it: its losses over the epochs, and its score on the trials held out."""

from pathlib import Path

from ....models.gan import FaceImages, KeptGan
from ....preprocessing import Cache
from ....preprocessing.pictures import new_figure, save_figure, wrapped
from ....preprocessing.pictures.palette import BLACK, BLUE, GREEN, PURPLE, VERMILION, VIOLET
from ....signals.files.publishing import publish_text
from ....signals.stored_json import signed_json
from ...scores.predictions import Predictions
from ...scores.tally import task_metrics
from ...splits.fold import Fold
from ...tables.pictures.agreement import always_yes

SCORE = "score.json"
_COLOURS = {
    "labels": BLACK,
    "discriminator": BLUE,
    "penalty": VIOLET,
    "generator": VERMILION,
    "matching": PURPLE,
    "consistency": GREEN,
}


def score_gan(gan: KeptGan, cache: Cache, fold: Fold) -> dict[str, float]:
    """Metrics of the discriminator's label heads on every frame of the fold's test part; none where there is none."""
    if not len(fold.test):
        return {}
    windows = cache.windows(1, 1, fold.test, gan.facts.modality)
    predicted = gan.model.predict(FaceImages(windows, gan.facts.settings.size)())
    metrics = task_metrics(gan.facts.task, Predictions.of(windows, predicted, 0, 0, "fixed"))
    units = gan.facts.task.units
    guesses = always_yes(windows.units[:, : len(units)])
    return metrics | {f"always_yes_{name}": float(guesses[u]) for u, name in enumerate(units)}


def write_score(score: dict[str, float], folder: Path) -> None:
    """Write the metrics as JSON, with a checksum."""
    publish_text(folder / SCORE, signed_json(score))


def draw_losses(gan: KeptGan, path: Path) -> Path:
    """Draw each term of the losses over the epochs into a picture file."""
    figure = new_figure(6.4, 3.4)
    axes, history = figure.subplots(), gan.facts.history
    for name, colour in _COLOURS.items():
        points = [(epoch, row[name]) for epoch, row in enumerate(history, 1) if name in row]
        if points:  # an epoch of few steps may lack the penalty
            axes.plot(*zip(*points, strict=True), label=name, color=colour)
    simulated = " (simulated faces)" if gan.facts.simulated else ""
    title = f"EmotionGAN, {gan.facts.settings.predicts}, {gan.facts.fold}{simulated}"
    axes.set_title(wrapped(title, 72), fontsize=9, loc="left")
    axes.set(xlabel="epoch", ylabel="loss, weighted")
    axes.legend(frameon=False, fontsize=8, ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
    return save_figure(figure, path)
