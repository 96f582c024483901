"""One call that explains what any model says about windows of any modality."""

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
    """How much each input counts for what a model says. The model is left as it was, to the bit.

    Args:
        trained: The model: ``as_trained_model(learner, cache)`` or ``load_model(folder)``; or the network alone.
        windows: What is explained, of one series or of several.
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
        >>> found = explain(load_model("runs/a"), cache.windows(9, 9))    # doctest: +SKIP
        >>> found.by_site("eeg")                                          # doctest: +SKIP
    """
    model, scaling = opened(trained, scaling)
    if method not in METHODS:
        raise InputError(f"method {method!r}", "no such name", f"one of {', '.join(METHODS)}")
    asked = _target(method, target, model.task)
    parts = fitting(model, windows)
    found: list[dict[str, np.ndarray]] = []
    with at_rest(model):
        for batch in batches(model, scaling, parts):
            values = METHODS[method](question(model, batch, asked))
            found.append({name: masked(values[name], batch.mask[name]).cpu().numpy() for name in parts})
    return Explanation(
        values={name: _finite(np.concatenate([block[name] for block in found])) for name in parts},
        valid={name: part.valid() for name, part in parts.items()},
        layouts={name: part.layout for name, part in parts.items()},
        features={name: tuple(part.cache.features(name)) for name, part in parts.items()},
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
    parts = {name: part for name, part in windows.parts.items() if name in model.join.inputs}
    if not len(windows) or not parts:
        found = f"{len(windows)} windows of {', '.join(windows.parts)}"
        wanted = f"one or more of {', '.join(model.join.inputs)}"
        raise InputError("explain", found, wanted, "give what the model reads")
    for name, part in parts.items():
        _check(name, part, model.join.inputs[name])
    return parts


def batches(model: EmotionModel, scaling: Mapping[str, Scaling], parts: Mapping[str, Windows]) -> Iterator[Batch]:
    """All windows in order, scaled, on the model's device."""
    for which in next(iter(parts.values())).blocks(_BLOCK):
        x = {name: scaling[name].x(part, which) for name, part in parts.items()}
        yield unlabelled_batch(x, {name: part.valid(which) for name, part in parts.items()}).to(model.device)


def question(model: EmotionModel, batch: Batch, target: str) -> Question:
    """What ``target`` asks about a batch; which category is asked about is settled here, before inputs change.

    Raises:
        InputError: The model predicts nothing of that name; lists what it does.
    """
    if target == CATEGORY and model.task.categories:
        with torch.no_grad():
            return Question(model, batch, 0, model(batch)[0].argmax(dim=1))
    for part, names in enumerate(_outputs(model.task)):
        if target in names:
            return Question(model, batch, part, _column(batch, names.index(target)))
    known = f"one of {', '.join(targets(model.task))}"
    raise InputError(f"target {target!r}", "nothing that the model predicts", known)


def targets(task: Task) -> tuple[str, ...]:
    """All that can be asked about a model of ``task``."""
    return (*[CATEGORY] * bool(task.categories), *(name for own in _outputs(task) for name in own))


def default_target(task: Task) -> str:
    """What is asked where no target is named: the predicted category, else the first dimension, else the first unit."""
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
    """What is asked: for a method that tells no targets apart anything that there is."""
    if method not in OF_THE_MODEL:
        return target
    if target != CATEGORY:
        found = f"target {target!r}, which changes nothing"
        raise InputError(f"method {method!r}", found, "no target", "leave it out, or take another method")
    return default_target(task)


def _outputs(task: Task) -> tuple[tuple[str, ...], ...]:
    return task.categories, task.dimensions, task.units


def _column(batch: Batch, index: int) -> Tensor:
    return torch.full((len(batch),), index, device=batch.category.device)


def _check(name: str, part: Windows, given: JoinInput) -> None:
    wanted = f"{given.n_slices} slices, {given.layout!r} and {given.n_features} features"
    if (part.n_slices, part.layout.sites, part.n_features) != (given.n_slices, given.layout.sites, given.n_features):
        found = f"{part.n_slices} slices, {part.layout!r} and {part.n_features} features"
        raise InputError(f"windows of {name}", found, wanted, "cut them as in training")


def _finite(values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise InputError("explain", "a model whose answers are not finite", "finite ones", "train it again")
    return values
