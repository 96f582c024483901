"""One call that explains the predictions of any model for windows of any modality."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from ...preprocessing import AnyWindows, Windows
from ...signals import InputError, Task
from ..joins.join import JoinInput, masked
from ..learning.checkpoint import TrainedModel
from ..training.data import Batch, unlabelled_batch
from ..training.emotion_model import EmotionModel
from ..training.scaling import Scaling
from .attribution import DEFAULT, METHODS, OF_THE_MODEL, Question
from .explanation import Explanation

CATEGORY = "category"
"""The target that is each window's predicted category."""

_BLOCK = 128
"""Windows explained at a time."""


def explain(
    trained: TrainedModel | EmotionModel,
    windows: AnyWindows,
    method: str = DEFAULT,
    target: str = CATEGORY,
    *,
    scaling: Mapping[str, Scaling] | None = None,
) -> Explanation:
    """The share of each input in a model's predictions. The model stays as it was, to the bit.

    Args:
        trained: The model: ``as_trained_model(learner, cache)`` or ``load_model(folder)``; or the network alone.
        windows: Windows to explain, of one series or of several.
        method: A name in ``METHODS``: ``gradient`` (times input), ``integrated`` (gradients), ``occlusion`` (of sites;
            ``-slices``, ``-features``, ``-sites-features``, ``-sites-slices``), ``projections`` (of STRNN),
            ``attention`` (of a join).
        target: ``"category"`` for the category that each window is taken for, or the name of one: its logit, less the
            mean of all categories' logits; the name of a dimension (its value as the network has it, -1 to 1) or a unit
            (its logit).
        scaling: Of the series, where ``trained`` is the network alone.

    Raises:
        InputError: The method or target is unknown, the model lacks what the method reads, or the windows do not fit.

    Example:
        >>> explanation = explain(load_model("runs/a"), cache.windows(9, 9))    # doctest: +SKIP
        >>> explanation.by_site("eeg")                                          # doctest: +SKIP
    """
    model, scaling = opened(trained, scaling)
    if method not in METHODS:
        raise InputError(f"method {method!r}", "no such name", f"one of {', '.join(METHODS)}")
    output = _target(method, target, model.task)
    by_series = fitting(model, windows)
    blocks: list[dict[str, np.ndarray]] = []
    with at_rest(model):
        for batch in batches(model, scaling, by_series):
            values = METHODS[method](question(model, batch, output))
            blocks.append({name: masked(values[name], batch.mask[name]).cpu().numpy() for name in by_series})
    return Explanation(
        values={name: _finite(np.concatenate([block[name] for block in blocks])) for name in by_series},
        valid={name: of_series.valid() for name, of_series in by_series.items()},
        layouts={name: of_series.layout for name, of_series in by_series.items()},
        features={name: tuple(of_series.cache.features(name)) for name, of_series in by_series.items()},
        method=method,
        target="any" if method in OF_THE_MODEL else target,
    )


def opened(
    trained: TrainedModel | EmotionModel, scaling: Mapping[str, Scaling] | None = None
) -> tuple[EmotionModel, Mapping[str, Scaling]]:
    """The network and the scaling of its input.

    Raises:
        InputError: There is no scaling, or there are two.
    """
    if isinstance(trained, TrainedModel):
        if scaling is not None:
            raise InputError("explain", "a second scaling", "the trained model's own", "leave it out")
        return trained.model, trained.scaling
    if scaling is None:
        raise InputError("explain", "a network without its scaling", "both", "give scaling=learner.fitted_scaling")
    return trained, scaling


def fitting(model: EmotionModel, windows: AnyWindows) -> dict[str, Windows]:
    """The windows of each series that the model reads.

    Raises:
        InputError: There are none, or their sites, features or slices are not the model's.
    """
    by_series = {name: of_series for name, of_series in windows.parts.items() if name in model.join.inputs}
    if not len(windows) or not by_series:
        found = f"{len(windows)} windows of {', '.join(windows.parts)}"
        wanted = f"one or more of {', '.join(model.join.inputs)}"
        raise InputError("explain", found, wanted, "give what the model reads")
    for name, of_series in by_series.items():
        _check(name, of_series, model.join.inputs[name])
    return by_series


def batches(model: EmotionModel, scaling: Mapping[str, Scaling], by_series: Mapping[str, Windows]) -> Iterator[Batch]:
    """All windows in order, scaled, on the model's device."""
    for which in next(iter(by_series.values())).blocks(_BLOCK):
        x = {name: scaling[name].x(of_series, which) for name, of_series in by_series.items()}
        yield unlabelled_batch(x, {name: of_series.valid(which) for name, of_series in by_series.items()}).to(
            model.device
        )


def question(model: EmotionModel, batch: Batch, target: str) -> Question:
    """The question of ``target`` about a batch; its categories are settled here, before inputs change.

    Raises:
        InputError: The model predicts nothing of that name; lists what it does.
    """
    if target == CATEGORY and model.task.categories:
        with torch.no_grad():
            return Question(model, batch, 0, model(batch)[0].argmax(dim=1))
    for head, names in enumerate((model.task.categories, model.task.dimensions, model.task.units)):
        if target in names:
            return Question(model, batch, head, _column(batch, names.index(target)))
    known = f"one of {', '.join(targets(model.task))}"
    raise InputError(f"target {target!r}", "nothing that the model predicts", known)


def targets(task: Task) -> tuple[str, ...]:
    """All targets of a model of ``task``."""
    predicted = (CATEGORY,) if task.categories else ()
    return (*predicted, *task.categories, *task.dimensions, *task.units)


def default_target(task: Task) -> str:
    """The target where none is named: the predicted category, else the first dimension, else the first unit."""
    return targets(task)[0]


@contextmanager
def at_rest(model: EmotionModel) -> Iterator[None]:
    """The model in evaluation mode; afterwards each of its modules is in the mode that it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.inference_mode(False):
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def _target(method: str, target: str, task: Task) -> str:
    """The target to explain: any that there is, for a method that tells no targets apart."""
    if method not in OF_THE_MODEL:
        return target
    if target != CATEGORY:
        found = f"target {target!r}, which changes nothing"
        raise InputError(f"method {method!r}", found, "no target", "leave it out, or take another method")
    return default_target(task)


def _column(batch: Batch, index: int) -> Tensor:
    return torch.full((len(batch),), index, device=batch.category.device)


def _check(name: str, windows: Windows, trained: JoinInput) -> None:
    shape = windows.n_slices, windows.layout.sites, windows.n_features
    if shape != (trained.n_slices, trained.layout.sites, trained.n_features):
        found = f"{windows.n_slices} slices, {windows.layout!r} and {windows.n_features} features"
        wanted = f"{trained.n_slices} slices, {trained.layout!r} and {trained.n_features} features"
        raise InputError(f"windows of {name}", found, wanted, "cut them as in training")


def _finite(values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise InputError("explain", "a model whose answers are not finite", "finite ones", "train it again")
    return values
