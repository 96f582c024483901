"""Hardware of a training, and Lightning's loop on it."""

import logging
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.loggers import Logger
from pytorch_lightning.strategies import DDPStrategy
from pytorch_lightning.utilities.exceptions import MisconfigurationException, SIGTERMException  # type: ignore[attr-defined]
from torch import nn

from ...signals import InputError, PlugPoint
from .device_group import Place
from .training import Training

LOGGERS = PlugPoint(
    "logger", "pytorch_lightning.loggers", ("CSVLogger", "MLFlowLogger", "TensorBoardLogger", "WandbLogger"), Logger
)
"""Loggers of Lightning by name; others by dotted name."""

_PACKAGES = {"WandbLogger": "wandb", "MLFlowLogger": "mlflow", "TensorBoardLogger": "tensorboard"}


@dataclass(frozen=True)
class Hardware:
    """Devices that one training runs on.

    Attributes:
        kind: As torch calls them: cpu, cuda and others.
        devices: How many there are.
    """

    kind: str
    devices: int

    def check_network(self, name: str, network: nn.Module) -> None:
        """Refuse batch norm where each device would normalise by its own share of a batch: torch joins it on GPUs."""
        normalised = any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in network.modules())
        if self.devices > 1 and self.kind != "cuda" and normalised:
            found = f"batch norm over {self.devices} devices of the kind {self.kind}"
            raise InputError(name, found, "one such device, or GPUs", "leave --devices away, or add --accelerator gpu")


def hardware_of(training: Training) -> Hardware:
    """The hardware that the settings name.

    Raises:
        InputError: Lightning does not have such words, such devices are not here, or a logger does not work.
    """
    with quiet():
        trainer = _checked_trainer(training)
    devices = int(trainer.num_devices)
    if trainer.num_nodes > 1:
        found, do = f"{trainer.num_nodes} nodes for one training", "--cluster spreads trainings over machines instead"
        raise InputError("training", found, "one, with one device or several (--devices)", do)
    if devices > 1 and not _divides_batches(training.strategy):
        found = f"strategy {training.strategy} on {devices} devices"
        raise InputError("training", found, "auto or ddp: each device has the whole network and a share of each batch")
    return Hardware(trainer.strategy.root_device.type, devices)


def lightning_trainer(
    training: Training, *callbacks: lightning.Callback, place: Place | None = None
) -> lightning.Trainer:
    """Lightning's loop, here or at one of several places that train together."""
    if place is None:
        strategy = "auto" if _divides_batches(training.strategy) else training.strategy  # one device has all of it
        return _trainer(training, list(callbacks), strategy=strategy)
    # a network may leave some of its weights out of a batch: where a modality is missing, or by its settings
    shared = DDPStrategy(cluster_environment=place, find_unused_parameters=True)
    return _trainer(training, list(callbacks), strategy=shared, sync_batchnorm=True, use_distributed_sampler=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Lightning's remarks on loaders and hardware out of a run of hundreds of trainings; Ctrl-C stays Ctrl-C."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning")
            warnings.filterwarnings("ignore", message=".*litlogger.*|.*treespec.*|.*LeafSpec.*")
            yield
    except SIGTERMException as ended:  # where no command listens, as it has no exit code of its own
        raise SystemExit(128 + signal.SIGTERM) from ended
    except SystemExit as ended:  # so Lightning ends the whole process after Ctrl-C
        if ended.code != 1:
            raise
        raise KeyboardInterrupt from ended
    finally:
        logger.setLevel(level)


def _checked_trainer(training: Training) -> lightning.Trainer:
    try:
        return _trainer(training, [], strategy=training.strategy)
    except (ValueError, TypeError, RuntimeError, MisconfigurationException) as error:
        names = ("accelerator", "devices", "num_nodes", "strategy", "precision")
        found = f"{', '.join(f'{name} {getattr(training, name)}' for name in names)}: {error}"
        raise InputError("training", found, "what Lightning takes on this machine", "leave them out") from error


def _trainer(training: Training, callbacks: list[lightning.Callback], **settings: Any) -> lightning.Trainer:
    precision: Any = training.precision  # Lightning's list of words is longer than a type of ours could be
    return lightning.Trainer(
        max_epochs=training.epochs,
        accelerator=training.accelerator,
        devices=_devices(training.devices),
        num_nodes=training.num_nodes,
        precision=precision,
        gradient_clip_val=training.clip,
        callbacks=callbacks,
        logger=_logger(training.logger),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        **settings,
    )


def _divides_batches(strategy: str) -> bool:
    """Whether that is one of the names for: the whole network on each device, a part of each batch."""
    return strategy == "auto" or strategy.startswith("ddp")


def _devices(setting: str) -> int | str:
    """One device, unless the settings want more: a training of windows is small."""
    if setting == "auto":
        return 1
    return int(setting) if setting.lstrip("-").isdecimal() else setting


def _logger(setting: str) -> Logger | bool:
    try:
        return False if setting == "none" else LOGGERS.build(setting)
    except ImportError as error:
        package = next((package for name, package in _PACKAGES.items() if name in setting), error.name or "its package")
        found, do = f"no {package} on this machine", f"install {package}, or name another"
        raise InputError(f"logger {setting!r}", found, f"{package}, which it logs to", do) from error
