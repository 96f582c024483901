"""One training on one split: a stored model, its learning curves, and its score on the held-out trials."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from ...models import NetworkLearner, Training, as_trained_model, make_learner, save_model
from ...models.learning.checkpoint import model_digest
from ...preprocessing import AnyWindows, Cache
from ...preprocessing.commands.config_file import without_home
from ...preprocessing.pictures import new_figure, palette, save_figure, wrapped
from ...signals import InputError, StoredCorrupt
from ...signals.files.publishing import publish_text, sole_writer
from ...signals.regular_file import file_bytes
from ...signals.stored_json import checked_json, decoded, signed_json
from ..scores.metrics import WORDS, headline
from ..scores.predictions import Predictions
from ..scores.tally import task_metrics
from ..splits.fold import Fold
from ..splits.leak_guard import guard, leak_of
from ..splits.splits import Split
from .fold_plan import cut_windows, default_series
from .protocol import listed_series, predicted

FIT = "fit.json"
"""The file beside a model that says how it was trained, and its score on trials held out."""


@dataclass(frozen=True)
class Fit:
    """A finished training.

    Attributes:
        folder: Where the model lies.
        backbone, fold: The network, and the fold; ``"all trials"`` when nothing was held out.
        n_train, n_test: Windows on either side.
        history: Logged numbers by name, one dict an epoch.
        test: Metrics on the held-out trials, computed once after training; empty when nothing was held out.
        metric: By which the task is judged first.
        simulated: Whether the data were simulated.
        model: SHA-256 of the model that was trained; empty in older files.
    """

    folder: Path
    backbone: str
    fold: str
    n_train: int
    n_test: int
    history: list[dict[str, float]]
    test: dict[str, float]
    metric: str
    simulated: bool
    model: str = ""


def fit(
    cache: Cache,
    backbone: str,
    folder: str | Path,
    *,
    split: Split | None = None,
    fold: int = 0,
    modality: str = "",
    window: int = 9,
    train_stride: int = 3,
    scaling: str = "train",
    seed: int = 0,
    training: Training | None = None,
    classes: str = "",
) -> Fit:
    """Train ``backbone`` on one fold of ``split``, or on everything, and store the model in ``folder``.

    Args:
        cache: The data to learn from.
        backbone: A backbone's name or call, as in ``"STRNN(hidden=20)"``.
        folder: Gets ``model.pt``, ``model.json``, ``fit.json`` and ``curves.png``.
        split: How trials are held out; None trains on all of them and measures nothing.
        fold: Which fold of the split.
        modality: The series of the cache to read; left out, the one that fits the model.
        window, train_stride: Slices a window, and slices from one training window to the next.
        scaling: A name in ``SCALINGS``.
        seed: Of initial weights, dropout and order.
        training: Settings of the training.
        classes: A rule that makes categories of ratings, as in ``"valence > 5"``, which then are predicted; a median is
            that of the trials that train, and is stored with the model as a number.

    Raises:
        InputError: The backbone is a plain estimator, the fold does not exist, or another run is writing in ``folder``.
    """
    rows = chosen_fold(cache, split, fold)
    cache = cache.classed(classes, rows.train) if classes else cache
    training = training or Training()
    training = replace(training, predicts=predicted(training.predicts, classes))
    learned = make_learner(backbone, scaling=scaling, **asdict(training))
    if not isinstance(learned, NetworkLearner):
        do = "emo-train bench CACHE --models ... trains and tests it"
        raise InputError(f"backbone {backbone!r}", "a plain estimator", "a network", do)
    series = listed_series(modality or default_series(cache, learned))
    train = cut_windows(cache, series, window, train_stride, rows.train)
    learned.check_series(train)
    test = cut_windows(cache, series, window, window, rows.test) if len(rows.test) else None
    with sole_writer(Path(folder)):
        learned.fit(train, seed=seed)
        save_model(as_trained_model(learned, cache), folder)
        result = Fit(
            folder=Path(folder),
            backbone=learned.name,
            fold=rows.name,
            n_train=len(train),
            n_test=len(test) if test else 0,
            history=learned.history,
            test=_score(learned, test) if test else {},
            metric=headline(learned.model.task),
            simulated=cache.simulated,
            model=model_digest(folder),
        )
        write_fit(result)
        draw_curves(result, Path(folder) / "curves.png")
    return result


def write_fit(result: Fit) -> None:
    """Note a training beside its model, whole or not at all."""
    stored = {**asdict(result), "folder": without_home(result.folder)}
    publish_text(result.folder / FIT, signed_json(stored))


def read_fit(folder: Path) -> Fit:
    """The training that ``fit`` noted beside its model.

    Raises:
        StoredCorrupt: It changed, is something else, or of another model than the one beside it.
        OSError: There is none.
    """
    path = folder / FIT
    stored = checked_json(file_bytes(path), path, "train it again")
    fitted = decoded(Fit, stored, path, "train it again", error=StoredCorrupt)
    if fitted.test and fitted.metric not in fitted.test:
        raise StoredCorrupt(path, f"metric {fitted.metric[:40]!r}", "one that was measured", "train it again")
    if fitted.model and fitted.model != model_digest(folder):
        raise StoredCorrupt(path, "the training of another model", "that of the one beside it", "train it again")
    return replace(fitted, folder=folder)


def what_is_known(folder: Path) -> str:
    """How well the model in ``folder`` did, in words, on trials that it had not seen, by what is stored there."""
    way = "emo-train bench tells, over all folds and against guessing"
    try:
        fitted = read_fit(folder)
    except OSError:
        return f"how well this model does on people that it has not seen was not measured: {way}"
    except StoredCorrupt as error:
        return f"how well this model does on people that it has not seen is not known ({error}): {way}"
    if not fitted.test:
        return f"how well this model does on people that it has not seen was not measured: {way}"
    score = f"{WORDS.get(fitted.metric, fitted.metric)} {fitted.test[fitted.metric]:.2f}"
    measured = f"{score} on {fitted.fold}, held out when it was trained"
    return f"{measured}; what that is worth on people that it has not seen {way}"


def chosen_fold(cache: Cache, split: Split | None, number: int) -> Fold:
    """Fold ``number`` of a split of trials; all trials and nothing to test where there is no split.

    Raises:
        LeakError: The split leaks, by design or on this cache.
        InputError: There is no such fold.
    """
    if split is None:
        if number:
            raise InputError("fold", f"{number} of no split", "a split", "name one with --split")
        nothing = np.zeros(0, int)
        return Fold("all trials", np.arange(len(cache)), nothing, nothing)
    if split.leaky:
        raise leak_of(f"{split!r}", "a split that leaks by design")
    folds = split(cache.columns)
    if not 0 <= number < len(folds):
        raise InputError("fold", str(number), f"0 to {len(folds) - 1} of {split!r}", "name one that exists")
    guard(folds[number], cache.columns, split)
    return folds[number]


def draw_curves(result: Fit, path: Path) -> None:
    """Draw the training loss over the epochs into a picture file."""
    figure = new_figure(6, 3.2)
    axes = figure.subplots()
    epochs = np.arange(1, len(result.history) + 1)
    axes.plot(epochs, [row["train/loss"] for row in result.history], color=palette.TRAINING, label="training loss")
    held_out = f", {WORDS[result.metric]} {result.test[result.metric]:.2f} held out" if result.test else ""
    simulated = " (simulated data)" if result.simulated else ""
    title = f"{result.backbone}, {result.fold}{held_out}{simulated}"
    axes.set_title(wrapped(title, 68), fontsize=9, loc="left")
    axes.set(xlabel="epoch", ylabel="loss")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    save_figure(figure, path)


def _score(learned: NetworkLearner, test: AnyWindows) -> dict[str, float]:
    return task_metrics(learned.model.task, Predictions.of(test, learned.predict(test), 0, 0, "fixed"))
