"""A trained GAN as ``gan fit`` reports it: its losses over the epochs, and its score on the trials held out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ....models.gan import FaceImages, KeptGan
from ....models.gan.kept_gan import gan_digest
from ....preprocessing import Cache
from ....preprocessing.pictures import new_figure, save_figure, wrapped
from ....preprocessing.pictures.palette import BLACK, BLUE, GREEN, PURPLE, VERMILION, VIOLET
from ....signals import StoredCorrupt
from ....signals.files.publishing import publish_text
from ....signals.regular_file import file_bytes
from ....signals.stored_json import NumberOrNaN, checked_json, decoded, signed_json
from ...scores.predictions import Predictions
from ...scores.tally import task_metrics
from ...splits.fold import Fold
from ...tables.pictures.agreement import always_yes

SCORE = "score.json"
_OF, _DO = "gan", "run emo-train gan fit again"
_COLOURS = {
    "labels": BLACK,
    "discriminator": BLUE,
    "penalty": VIOLET,
    "generator": VERMILION,
    "matching": PURPLE,
    "consistency": GREEN,
}


@dataclass(frozen=True)
class _Metrics:
    values: Mapping[str, NumberOrNaN]


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
    """Write the metrics as JSON, with a checksum and that of the GAN in the same folder, of which they are."""
    publish_text(folder / SCORE, signed_json({**score, _OF: gan_digest(folder)}))


def read_score(folder: Path) -> Mapping[str, float]:
    """The metrics that ``write_score`` wrote.

    Raises:
        StoredCorrupt: They changed, or are of another GAN than the one beside them.
        OSError: There are none.
    """
    path = folder / SCORE
    stored = checked_json(file_bytes(path), path, _DO)
    if _OF in stored and stored.pop(_OF) != gan_digest(folder):
        raise StoredCorrupt(path, "the score of another GAN", "that of the one beside it", _DO)
    return decoded(_Metrics, {"values": stored}, path, _DO, error=StoredCorrupt).values


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
