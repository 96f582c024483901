"""Where a training stands after an epoch, on disk: so that a killed run goes on and ends with the same numbers."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor

from ...signals import InputError
from ..tensor_file import check_finite, read_tensors, write_tensors
from .emotion_gan import EmotionGAN

STATE = "state.pt"
TERMS = ("labels", "discriminator", "penalty", "generator", "matching", "consistency")
"""What is logged, averaged over an epoch; a term that a training lacks is NaN."""


@dataclass(frozen=True, eq=False)
class GanState:
    """A training after some epochs.

    No states of random numbers are among it: every draw is made from (seed, epoch, step).

    Args:
        weights: Of the model, running mean and spectral norms included.
        optimisers: For each optimiser, for each of its parameters, its moments.
        history: (epochs, terms) what was logged, in the order of ``TERMS``.
    """

    weights: dict[str, Tensor]
    optimisers: tuple[dict[int, dict[str, Tensor]], ...]
    history: Tensor

    @property
    def epochs(self) -> int:
        """How many are finished."""
        return len(self.history)

    def save(self, path: Path) -> None:
        """Write tensors only, whole or not at all."""
        moments = {
            f"optimiser.{o}.{p}.{name}": value
            for o, of_parameter in enumerate(self.optimisers)
            for p, own in of_parameter.items()
            for name, value in own.items()
        }
        weights = {f"model.{name}": value for name, value in self.weights.items()}
        tensors = {**weights, **moments, "history": self.history}
        write_tensors(path, {**tensors, "digest": _digest(tensors)})

    @classmethod
    def load(cls, path: Path) -> "GanState":
        """Read what ``save`` wrote.

        Raises:
            InputError: The file is damaged.
        """
        try:
            stored = read_tensors(path)
            if not torch.equal(stored.pop("digest"), _digest(stored)):
                raise ValueError("a byte changed")
            history = stored.pop("history")
            weights = {name.removeprefix("model."): v for name, v in stored.items() if name.startswith("model.")}
            check_finite(weights, path)
            if history.ndim != 2 or history.shape[1] != len(TERMS) or history.dtype != torch.float64:
                raise ValueError("a history of other terms")
            return cls(weights, _moments(stored), history)
        except Exception as error:  # a damaged file raises whatever it likes
            reason = [*str(error).splitlines(), type(error).__name__][0]
            found = f"a state that cannot be read ({reason})"
            raise InputError(path, found, "the one that the run wrote", "remove the folder and begin anew") from error


class KeepState(lightning.Callback):
    """Notes each epoch's losses, and keeps the state after each.

    Args:
        folder: Where to; None keeps nothing.
        history: (epochs, terms) of the epochs before.
    """

    def __init__(self, folder: Path | None, history: Tensor) -> None:
        self.folder, self.history = folder, history

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Once all steps of an epoch are done."""
        assert isinstance(pl_module, EmotionGAN)
        self.history = torch.cat([self.history, _means(pl_module.logged)[None]])
        if self.folder is not None:
            weights = {name: value.cpu() for name, value in pl_module.state_dict().items()}
            optimisers = tuple(_state(optimiser) for optimiser in trainer.optimizers)
            GanState(weights, optimisers, self.history).save(self.folder / STATE)


def no_history() -> Tensor:
    """(0, terms)."""
    return torch.zeros((0, len(TERMS)), dtype=torch.float64)


def rows_of(history: Tensor) -> tuple[dict[str, float], ...]:
    """A history as one dict an epoch, without the terms that the training lacks."""
    return tuple(
        {name: value for name, value in zip(TERMS, row, strict=True) if not np.isnan(value)} for row in history.tolist()
    )


def _means(logged: dict[str, list[Tensor]]) -> Tensor:
    """(terms,) float64 over the steps of an epoch."""
    means = [
        torch.stack(logged[name]).double().mean().cpu() if name in logged else torch.tensor(torch.nan).double()
        for name in TERMS
    ]
    return torch.stack(means)


def _state(optimiser: Any) -> dict[int, dict[str, Tensor]]:
    return {p: {name: value.cpu() for name, value in own.items()} for p, own in optimiser.state_dict()["state"].items()}


def _digest(tensors: dict[str, Tensor]) -> Tensor:
    """(32,) SHA-256 over names and bytes: PyTorch checks neither when it reads."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().numpy().tobytes())
    return torch.frombuffer(bytearray(digest.digest()), dtype=torch.uint8)


def _moments(stored: dict[str, Tensor]) -> tuple[dict[int, dict[str, Tensor]], ...]:
    found: dict[int, dict[int, dict[str, Tensor]]] = {}
    for key, value in stored.items():
        if key.startswith("optimiser."):
            _, optimiser, parameter, name = key.split(".")
            found.setdefault(int(optimiser), {}).setdefault(int(parameter), {})[name] = value
    return tuple(found[optimiser] for optimiser in sorted(found))
