"""The trainings of a benchmark, one a fold and seed. Each is written to disk whole as soon as it is done."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ...models import Learner, Prediction
from ...preprocessing import JointWindows
from ...signals import InputError, StoredCorrupt
from ...signals.files.publishing import publish_arrays
from ...signals.files.stored_arrays import StoredArrays, read_arrays
from ...signals.random_streams import RandomStream
from ...signals.stored_json import NumberOrNaN, as_json, decoded, digest_of, parsed_json
from ..scores.metrics import headline
from ..scores.predictions import Predictions
from ..scores.tally import task_metrics
from .controls import CONTROLS
from .fold_plan import FoldPlan, Parts
from .kept_trainings import Key
from .protocol import ORACLE


@dataclass(frozen=True)
class FoldScore:
    """One number: which fold, seed and selection, which metric, its value."""

    fold: str
    seed: int
    selection: str
    metric: str
    value: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """The results of one training.

    Attributes:
        rows: Its test metrics, each computed once.
        predictions: For its test windows.
        epochs: By selection, the epoch whose state was scored, counted from 1; 0 where there are no epochs.
        n_parameters: Trained numbers of the model.
        n_train: Training windows.
        left_out: Training and test windows not taken because a slice is invalid.
        curves: ``curves[selection][name]``, the numbers logged under that name, one an epoch.
    """

    rows: tuple[FoldScore, ...]
    predictions: Predictions
    epochs: Mapping[str, int]
    n_parameters: int
    n_train: int
    left_out: int
    curves: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)


@dataclass(frozen=True)
class OutcomeFacts:
    """The stored form of an outcome without its predictions, with the digest of its configuration."""

    config: str
    rows: tuple[FoldScore, ...]
    epochs: Mapping[str, int]
    n_parameters: int
    n_train: int
    left_out: int
    curves: Mapping[str, Mapping[str, list[NumberOrNaN]]] = field(default_factory=dict)


_WANTED, _DO = "a training's result", "run the same command again"
_FACTS = ("rows", "epochs", "n_parameters", "n_train", "left_out", "curves")


@dataclass(frozen=True, eq=False)
class PlannedTrainings:
    """The trainings of a plan (see ``Trainer``)."""

    plan: FoldPlan

    @property
    def title(self) -> str:
        """The model's name."""
        return self.plan.name

    @property
    def keys(self) -> Sequence[Key]:
        """Every fold with every seed."""
        return [(fold, seed) for fold in range(len(self.plan.folds)) for seed in range(self.plan.protocol.seeds)]

    def train(self, fold: int, seed: int) -> Outcome:
        """The outcome of one training."""
        return run_training(self.plan, fold, seed)

    def write(self, result: Outcome, file: Path) -> None:
        """Publish an outcome."""
        write_outcome(result, file, self.plan.digest)

    def read(self, file: Path) -> Outcome | None:
        """The outcome in a file; None where there is none, or where it lacks parts of the task as rows of old do."""
        stored, plan = read_outcome(file, self.plan.digest), self.plan
        if stored is None:
            return None
        try:
            stored.predictions.check(plan.task, n_trials=len(plan.columns["subject"]), n_folds=len(plan.folds))
        except ValueError:
            return None
        widths = stored.predictions.dimensions.shape[1], stored.predictions.units.shape[1]
        return stored if widths == (len(self.plan.task.dimensions), len(self.plan.task.units)) else None


def run_training(plan: FoldPlan, number: int, seed: int) -> Outcome:
    """Train on fold ``number`` with ``seed``, and score its test part once for each selection.

    It runs on one thread, here and in any other process, so that the numbers do not depend on how jobs are spread.
    """
    with one_thread():
        trainings = [_train(plan, number, seed, selection) for selection in plan.protocol.selections]
    return _joined(trainings)


def _joined(trainings: Sequence[Outcome]) -> Outcome:
    """One outcome of the trainings of a fold and seed, one for each selection: their counts are the same."""
    first = trainings[0]
    rows, epochs, curves = list(first.rows), dict(first.epochs), dict(first.curves)
    for outcome in trainings[1:]:
        rows += outcome.rows
        epochs |= outcome.epochs
        curves |= outcome.curves
    predictions = Predictions.join([outcome.predictions for outcome in trainings])
    return replace(first, rows=tuple(rows), predictions=predictions, epochs=epochs, curves=curves)


def write_outcome(outcome: Outcome, path: Path, digest: str) -> None:
    """Publish an outcome under ``path``, whole or not at all, with the digest of the configuration that made it.

    Its seal says of which training it is, by configuration and name: under another name it is not read.
    """
    facts = as_json(OutcomeFacts(config=digest, **{name: getattr(outcome, name) for name in _FACTS}))
    stored = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    publish_arrays(path, {"facts": stored, **outcome.predictions.arrays()}, beside=training_digest(path, digest))


def training_digest(path: Path, config: str) -> str:
    """SHA-256 of which training a file is of: the name that its fold and seed give it, and its configuration."""
    return digest_of({"training": path.name, "config": config})


def read_outcome(path: Path, digest: str) -> Outcome | None:
    """The outcome published under ``path``; None where there is none of this configuration, or where it is damaged."""
    try:
        facts, predictions = stored_outcome(path)
    except (OSError, InputError):
        return None
    if facts.config != digest:
        return None
    return Outcome(predictions=predictions, **{name: getattr(facts, name) for name in _FACTS})


def stored_outcome(path: Path) -> tuple[OutcomeFacts, Predictions]:
    """What a file of ``write_outcome`` holds, of whichever configuration.

    Raises:
        StoredCorrupt: A byte changed, it is something else, or of another training than its name says.
        OSError: It is not there.
    """
    saved = read_arrays(path, _WANTED, _DO)
    try:
        facts = decoded(OutcomeFacts, parsed_json(saved.arrays.pop("facts").tobytes()), path, _DO, error=StoredCorrupt)
        predictions = Predictions.from_arrays(saved.arrays)
    except (KeyError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise StoredCorrupt(path, f"{type(error).__name__}: {error}", _WANTED, _DO) from error
    check_training(saved, path, facts.config)
    return facts, predictions


def check_training(saved: StoredArrays, path: Path, config: str) -> None:
    """Refuse arrays of another training than the name of their file says; older files do not say it.

    Raises:
        StoredCorrupt: They are of another.
    """
    if saved.beside not in ("", training_digest(path, config)):
        raise StoredCorrupt(path, "the result of another training", "that of the fold and seed in its name", _DO)


def _train(plan: FoldPlan, number: int, seed: int, selection: str) -> Outcome:
    fold = plan.folds[number]
    parts = plan.parts(fold, selection)
    watched = parts.test if plan.protocol.oracle and selection == "fixed" else None
    learned = plan.learner().fit(parts.train, parts.valid, watched, seed=seed)
    scored = [(selection, _epoch(learned.history, selection), learned.predict(parts.test))]
    if watched is not None:
        scored.append(_oracle(plan, parts, learned.watched))
    rows, predictions, epochs = [], [], {}
    for name, epoch, prediction in scored:
        windows = Predictions.of(parts.test, prediction, number, seed, name)
        for metric, value in task_metrics(plan.task, windows).items():
            rows.append(FoldScore(fold.name, seed, name, metric, value))
        predictions.append(windows)
        epochs[name] = epoch
    if selection == "fixed":  # controls have no rows: their scores are those of ``Report.under``
        predictions += _controlled(plan, parts, learned, number, seed)
    return Outcome(
        rows=tuple(rows),
        predictions=Predictions.join(predictions),
        epochs=epochs,
        n_parameters=learned.n_parameters,
        n_train=len(parts.train),
        left_out=parts.train.left_out + parts.test.left_out,
        curves={selection: _curves(learned.history)} if learned.history else {},
    )


def _controlled(plan: FoldPlan, parts: Parts, learned: Learner, number: int, seed: int) -> list[Predictions]:
    """Predictions of the trained model for the same test windows under each control."""
    predictions = []
    for name in plan.protocol.controls:
        assert isinstance(parts.test, JointWindows)
        rng = RandomStream.CONTROL.rng(number, seed)  # anew for each, so that no control depends on those before it
        changed = CONTROLS.build(name)(parts.test, rng)
        # Truth, trial and start are those of the unchanged windows: the same rows as without the control.
        predictions.append(Predictions.of(parts.test, learned.predict(changed), number, seed, name))
    return predictions


def _oracle(plan: FoldPlan, parts: Parts, watched: list[Prediction]) -> tuple[str, int, Prediction]:
    """The epoch with the best test score, its number and its prediction."""
    metric, scores = headline(plan.task), []
    for prediction in watched:
        windows = Predictions.of(parts.test, prediction, 0, 0, ORACLE)
        scores.append(task_metrics(plan.task, windows)[metric])
    best = int(np.argmax(scores))
    return ORACLE, best + 1, watched[best]


def _curves(history: list[dict[str, float]]) -> dict[str, list[float]]:
    """The numbers logged in every epoch, by name; float32 has no more than seven digits."""
    names = [name for name in history[0] if all(name in row for row in history)]
    return {name: [float(f"{row[name]:.7g}") for row in history] for name in names}


def _epoch(history: list[dict[str, float]], selection: str) -> int:
    if selection == "fixed" or not history:
        return len(history)
    scores = [row.get("valid/balanced_accuracy", -row["valid/loss"]) for row in history]
    return int(np.argmax(scores)) + 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch and the libraries beneath use one thread, so that numbers do not depend on how jobs are spread."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
