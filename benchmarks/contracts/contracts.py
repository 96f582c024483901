"""Contract checks for whatever can be plugged in: datasets, steps, backbones, splits. Run them on classes of your own.

Each raises ``ContractBroken`` with the broken promise and the behaviour in its place, and returns nothing.
"""

import pickle
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...models import NetworkLearner, Training, make_learner
from ...preprocessing import Cache, DifferentialEntropy, RawSlices, Recipe, Resample, Step, preprocess
from ...signals import (
    SCALP_19,
    Dataset,
    DatasetNotFound,
    Electrodes,
    Features,
    InputError,
    Peripheral,
    Simulated,
    SimulatedFaces,
    SimulatedPair,
    Trial,
    Video,
    patch_grid,
)
from ..runs.benchmark_run import benchmark
from ..splits.fold import Fold, check_folds
from ..splits.identity import Columns
from ..splits.leak_guard import find_leak
from ..splits.splits import SPLITS, Split, k_folds
from .samples import content, past, sample

LEARNED = 0.9
"""Balanced accuracy on people held out that a backbone has to reach where the planted effect is strong."""

LEARNED_PAIR = 0.8
"""Balanced accuracy on people held out that a join has to reach on simulated EEG and faces with little noise."""

LEARNED_FACES = {"balanced_accuracy": 0.75, "ccc": 0.65, "unit_f1": 0.7}
"""Scores that a backbone has to reach on simulated faces of people held out, by metric."""

_FEATURES: Mapping[str, Any] = {"window": 4, "train_stride": 2, "training": Training(batch_size=32)}
_SAMPLES: Mapping[str, Any] = {"window": 1, "train_stride": 1, "training": Training(batch_size=16, learning_rate=3e-3)}


class ContractBroken(AssertionError):
    """A plugin breaks a promise of its kind."""


def check_dataset(dataset: type[Dataset]) -> None:
    """A dataset reads its own lookalike: whole identities, equal passes, streams that read the same in pieces.

    Raises:
        ContractBroken: Names the promise.
    """
    name = dataset.__name__
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "fake"
        dataset.write_fake(root)
        opened = dataset(root)
        trials, again = list(opened), list(opened)
        _promise(bool(trials), name, "its lookalike has trials", "none")
        keys = [(trial.subject, trial.session, trial.trial) for trial in trials]
        _promise(len(set(keys)) == len(keys), name, "subject, session and trial name each trial once", "a repeated one")
        _promise(keys == [(t.subject, t.session, t.trial) for t in again], name, "equal passes", "another order")
        for trial in trials:
            _check_trial(name, opened, trial)
        _promise(opened.report().n_trials == len(trials), name, "a report that counts every trial", "another number")
        _check_refuses(name, dataset, Path(folder) / "missing")


def check_step(step: Step) -> None:
    """A step is a frozen dataclass whose text says all of it, leaves its input unchanged, and repeats itself.

    A step that calls itself causal must not see what comes later.

    Raises:
        ContractBroken: Names the promise.
    """
    name = type(step).__name__
    _promise(is_dataclass(step), name, "a frozen dataclass", "another class")
    settings = [f"{f.name}={getattr(step, f.name)!r}" for f in fields(step)]  # type: ignore[arg-type]
    _promise(all(setting in repr(step) for setting in settings), name, "a repr that shows every setting", repr(step))
    _promise(pickle.loads(pickle.dumps(step)) == step, name, "a pickle that is equal", "another step")
    stream = sample(step)
    before = content(stream).copy()
    first, second = step(stream), step(stream)
    _promise(isinstance(first, step.gives()), name, f"a {step.gives().__name__}", type(first).__name__)
    _promise(np.array_equal(content(first), content(second), equal_nan=True), name, "equal results", "others")
    _promise(np.array_equal(content(stream), before), name, "to leave what it is given", "a changed input")
    if step.causal and not isinstance(first, Features):
        later = step(sample(step, future=500.0))
        same = np.array_equal(past(first), past(later), equal_nan=True)
        _promise(same, name, "causal: the past does not depend on the future", "a past that changed")


def check_backbone(backbone: Any, *, learns: bool = True) -> None:
    """A backbone gives ``(B, width)`` finite numbers, whatever the order of the batch, and trains every weight.

    Args:
        backbone: A class, a ``functools.partial`` of one, or its name or call as text.
        learns: Also train it on simulated data of known structure: people held out must reach ``LEARNED``.

    Raises:
        ContractBroken: Names the promise.
    """
    import torch

    learned = make_learner(backbone)
    if not isinstance(learned, NetworkLearner):
        raise ContractBroken(f"{learned.name}: wanted a network; found a plain estimator")
    n_features = 128 if learned.reads_samples else 5
    for layout in (SCALP_19, patch_grid(3, 3)):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = learned.build(layout, n_features, 4)
            _check_network(learned.name, network, torch.randn(6, 4, len(layout), n_features))
    if learns:
        check_learns(backbone)


def check_join(join: Any, *, equal_slices: bool = False) -> None:
    """A join gives finite numbers whatever the order of the batch, and nothing of what a mask hides.

    Windows without a modality are those in which it is masked altogether, to the bit, and each modality that is there
    reaches the result.

    Args:
        join: A class, a ``functools.partial`` of one, or its name or call as text.
        equal_slices: Whether it wants as many slices of each modality; so do all whose class says it, as ``Early``.

    Raises:
        ContractBroken: Names the promise.
    """
    import torch

    from .join_laws import check_laws

    learned = make_learner(join)
    if not learned.reads_several or not isinstance(learned, NetworkLearner):
        raise ContractBroken(f"{learned.name}: wanted a join; found something else")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        broken = check_laws(learned, 4 if equal_slices or learned.equal_slices else 8)
    _promise(not broken, learned.name, *(broken or ("", "")))


def check_learns(model: Any, least: float = LEARNED) -> float:
    """Train ``model`` on simulated recordings with a strong planted effect; gives the score on people held out.

    Raises:
        ContractBroken: It scores less than ``least``.
    """
    small = _SAMPLES if make_learner(model).reads_samples else _FEATURES
    with simulated_cache() as cache:
        report = benchmark(cache, model, split=k_folds("subject", 2), scaling="subject", **small)
    score = report.tallies["fixed"].scores[report.metric]
    _promise(score >= least, report.model, f"at least {least} on simulated people held out", f"{score:.3f}")
    return score


def check_learns_pair(model: Any, least: float = LEARNED_PAIR, folder: Path | None = None) -> float:
    """Train ``model``, a join, on simulated EEG and faces that change together; gives the score on people held out.

    Args:
        model: As ``learner`` takes it.
        least: The score to reach.
        folder: Where the simulated recordings stay for the next check; None keeps nothing.

    Raises:
        ContractBroken: It scores less than ``least``.
    """
    data = SimulatedPair(subjects=6, trials=4, seconds=32.0, eeg_noise=0.25, face_noise=0.25, lost=0.0)
    training = Training(epochs=10, batch_size=32, learning_rate=3e-3)
    with _place(folder) as place:
        cache = preprocess(data, None, place)
        report = benchmark(cache, model, split=k_folds("subject", 2), window=3, train_stride=2, training=training)
    score = report.tallies["fixed"].scores[report.metric]
    _promise(score >= least, report.model, f"at least {least} on a simulated pair held out", f"{score:.3f}")
    return score


def check_learns_faces(model: Any, predicts: str = "all", folder: Path | None = None) -> dict[str, float]:
    """Train ``model`` on simulated faces; gives its scores on people held out, all test windows together.

    Args:
        model: As ``learner`` takes it.
        predicts: ``"all"``, or some of ``categories``, ``dimensions`` and ``units`` joined by +.
        folder: Where the simulated recordings stay for the next check; None keeps nothing.

    Raises:
        ContractBroken: A score is below the one in ``LEARNED_FACES``.
    """
    training = Training(epochs=20, batch_size=32, learning_rate=2e-3, augmentation="none", predicts=predicts)
    with _place(folder) as place:
        cache = preprocess(SimulatedFaces(subjects=16, frames=12), None, place)
        report = benchmark(cache, model, split=k_folds("subject", 2), window=6, training=training)
    scores = report.tallies["fixed"].scores
    for metric, least in LEARNED_FACES.items():
        if metric in scores:
            promise = f"{metric} of at least {least} on simulated people held out"
            _promise(scores[metric] >= least, report.model, promise, f"{scores[metric]:.3f}")
    return scores


def check_split(split: Split, columns: Columns) -> None:
    """A split gives named folds that can be trained and tested, repeats itself, and never looks at the categories.

    Its text builds it again, from a file on the Python path. Unless it is leaky by its own word, none of its folds
    leaks; if it is, at least one does.

    Args:
        split: Yours, or one of ours.
        columns: Rows that it can divide, as ``Cache.columns`` gives them; it must leave them as they are.

    Raises:
        ContractBroken: Names the promise.
    """
    name = repr(split)
    before = {column: np.array(values) for column, values in columns.items()}
    folds = _folds_of(split, columns)
    # Bytes, not values: NaN differs from itself.
    unchanged = all(values.tobytes() == np.asarray(columns[column]).tobytes() for column, values in before.items())
    _promise(unchanged, name, "to leave the columns as they are", "changed ones")
    _promise(_same(folds, split.folds(columns)), name, "the same folds twice", "others")
    leaks = any(find_leak(fold, columns, split) for fold in folds)
    _promise(leaks == split.leaky, name, "to say whether it leaks", f"leaky={split.leaky} and leaks: {leaks}")
    dealt = {**columns, "category": np.roll(np.asarray(columns["category"]), 1)}
    _promise(_same(folds, split(dealt)), name, "folds that no label can influence", "others with other labels")
    _promise(bool(split.words.strip()), name, "words for tables", "none")
    _promise(SPLITS.build(name) == split, name, "a text that builds it", "another split")


@contextmanager
def simulated_cache(effect: float = 3.0) -> Iterator[Cache]:
    """Simulated recordings of four people with a planted effect, as features and as samples at 128 Hz."""
    recipe: Recipe = {"eeg": [DifferentialEntropy()], "eeg-raw": [Resample(128.0), RawSlices()]}
    with tempfile.TemporaryDirectory() as folder:
        data = Simulated(subjects=4, layout="scalp-19", effect=effect, drift=0.2)
        yield preprocess(data, recipe, Path(folder) / "cache")


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    """``folder``, or one that is gone afterwards."""
    with tempfile.TemporaryDirectory() as passing:
        yield folder or Path(passing) / "cache"


def _promise(holds: bool, name: str, promise: str, found: str) -> None:
    if not holds:
        raise ContractBroken(f"{name}: promised {promise}; found {found}")


def _folds_of(split: Split, columns: Columns) -> list[Fold]:
    try:
        return check_folds(split.folds(columns), len(columns["subject"]), split)
    except InputError as error:
        raise ContractBroken(f"{split!r}: promised folds that can be trained and tested; {error}") from error


def _same(folds: list[Fold], others: list[Fold]) -> bool:
    if [fold.name for fold in folds] != [other.name for other in others]:
        return False
    for fold, other in zip(folds, others, strict=True):
        if not all(np.array_equal(rows, other.sides[side]) for side, rows in fold.sides.items()):
            return False
    return True


def _check_trial(name: str, dataset: Dataset, trial: Trial) -> None:
    whole = all(isinstance(value, str) and value for value in (trial.subject, trial.session, trial.stimulus))
    _promise(whole and trial.trial >= 1, name, "identities as text, and trials counted from 1", str(trial))
    target = trial.target
    of_task = bool((target.category < max(len(dataset.task.categories), 1)).all())
    _promise(of_task, name, "categories of its task", f"{target.category} in {trial}")
    for stream in trial.streams.values():
        _promise(pickle.loads(pickle.dumps(stream)) is not None, name, "streams that can be pickled", "others")
        if isinstance(stream, Electrodes | Peripheral):
            _check_samples(name, stream)
        if isinstance(stream, Video):
            _check_video(name, stream)


def _check_samples(name: str, stream: Electrodes | Peripheral) -> None:
    n, half = stream.n_samples, stream.n_samples // 2
    whole = stream.read(0, n)
    _promise(whole.shape == (len(stream.names), n), name, f"{len(stream.names)} channels of {n}", str(whole.shape))
    pieces = np.concatenate([stream.read(0, half), stream.read(half, n)], axis=1)
    _promise(np.array_equal(whole, pieces, equal_nan=True), name, "equal samples read in pieces", "others")


def _check_video(name: str, video: Video) -> None:
    whole, half = list(video.frames()), len(video) // 2
    _promise(len(whole) == len(video), name, f"{len(video)} frames", str(len(whole)))
    right = all(frame.shape == video.size and frame.dtype == np.uint8 for frame in whole)
    _promise(right, name, f"pictures of {video.size}, 8 bits", "others")
    pieces = [*video.read(0, half), *video.read(half, len(video))]
    same = all(np.array_equal(a, b) for a, b in zip(whole, pieces, strict=True))
    _promise(same, name, "equal pictures read in pieces", "others")


def _check_refuses(name: str, dataset: type[Dataset], missing: Path) -> None:
    try:
        list(dataset(missing))
    except DatasetNotFound:
        return
    raise ContractBroken(f"{name}: promised DatasetNotFound for a folder that is not there; found no error")


def _check_network(name: str, network: Any, x: Any) -> None:
    import torch

    network.eval()
    with torch.no_grad():
        out, turned, alone = network(x), network(x.flip(0)).flip(0), network(x[:1])
    _promise(out.shape == (len(x), network.width), name, f"(B, {network.width})", str(tuple(out.shape)))
    _promise(bool(torch.isfinite(out).all()), name, "finite numbers", "others")
    _promise(torch.allclose(out, turned, atol=1e-4), name, "results that do not depend on the batch's order", "others")
    _promise(torch.allclose(out[:1], alone, atol=1e-4), name, "results that do not depend on the batch", "others")
    network.train()
    network(x).square().sum().backward()
    idle = [path for path, p in network.named_parameters() if p.requires_grad and p.grad is None]
    _promise(not idle, name, "a gradient for every weight", f"none for {', '.join(idle)}")
