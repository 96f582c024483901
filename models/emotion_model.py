"""Backbones, a join and heads: the model that is trained."""

from collections.abc import Mapping
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor, nn
from torchmetrics.classification import MulticlassAccuracy

from ..signals import Task
from .backbone import Backbone
from .data import Batch
from .join import Concat, Join
from .losses import DIMENSION_LOSSES, category_loss, unit_loss
from .training import Training


class Heads(nn.Module):
    """One linear head for each part of the task: (B, width) -> category (B, C), dimensions (B, D), units (B, U)."""

    def __init__(self, width: int, task: Task) -> None:
        super().__init__()
        sizes = {"category": len(task.categories), "dimensions": len(task.dimensions), "units": len(task.units)}
        self.linear = nn.ModuleDict({part: nn.Linear(width, size) for part, size in sizes.items() if size})

    def forward(self, joined: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of categories, dimensions in [-1, 1], logits of units; no columns where the task has no such part."""
        return self._part("category", joined), self._part("dimensions", joined).tanh(), self._part("units", joined)

    def _part(self, part: str, joined: Tensor) -> Tensor:
        return self.linear[part](joined) if part in self.linear else joined[:, :0]


class EmotionModel(lightning.LightningModule):
    """Backbones by modality, a join and heads for a task. One shared step serves training, validation and test.

    Args:
        backbones: One network for each modality.
        task: What is predicted.
        training: How it is trained.
        join: How modalities come together; side by side by default, which for one modality is the identity.
        class_weight: (C,) weight of each category in the loss, or None.
    """

    backbones: Any  # a ModuleDict, whose values no type checker knows to be backbones
    class_weight: Tensor | None

    def __init__(
        self, backbones: Mapping[str, Backbone], task: Task, training: Training, *, join: Join | None = None,
        class_weight: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.backbones = nn.ModuleDict(backbones)
        self.join = join or Concat({name: backbone.width for name, backbone in backbones.items()})
        self.heads = Heads(self.join.width, task)
        self.task, self.training_settings = task, training
        self.register_buffer("class_weight", class_weight, persistent=False)
        classes = max(len(task.categories), 2)
        self.balanced_accuracy = MulticlassAccuracy(classes, average="macro", ignore_index=-1)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Category logits (B, C), dimensions (B, D), unit logits (B, U)."""
        parts = {name: backbone(batch.x[name], batch.mask[name]) for name, backbone in self.backbones.items()}
        outputs: tuple[Tensor, Tensor, Tensor] = self.heads(self.join(parts))
        return outputs

    def loss(self, outputs: tuple[Tensor, Tensor, Tensor], batch: Batch) -> Tensor:
        """The weighted sum of the task's terms; windows without a label do not count."""
        settings, (category, dimensions, units) = self.training_settings, outputs
        weights = settings.loss_weights
        total = category.sum() * 0
        if self.task.categories:
            smoothing = settings.label_smoothing
            total = total + weights[0] * category_loss(category, batch.category, self.class_weight, smoothing)
        if self.task.dimensions:
            total = total + weights[1] * DIMENSION_LOSSES[settings.dimension_loss](dimensions, batch.dimensions)
        if self.task.units:
            total = total + weights[2] * unit_loss(units, batch.units)
        return total

    def training_step(self, batch: Batch) -> Tensor:
        """Loss of one training batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: Batch) -> Tensor:
        """Loss of one validation batch."""
        return self._step(batch, "valid")

    def test_step(self, batch: Batch) -> Tensor:
        """Loss of one test batch."""
        return self._step(batch, "test")

    def _step(self, batch: Batch, stage: str) -> Tensor:
        outputs = self(batch)
        loss = self.loss(outputs, batch)
        self.log(f"{stage}/loss", loss, batch_size=len(batch), on_step=False, on_epoch=True)
        if stage != "train" and self.task.categories:
            self.balanced_accuracy(outputs[0], batch.category)
            self.log(f"{stage}/balanced_accuracy", self.balanced_accuracy, on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self) -> Any:
        """AdamW, with the learning rate following a cosine to zero over the whole training."""
        settings = self.training_settings
        bare = {id(p) for b in self.backbones.values() for p in b.undecayed()}
        groups = [
            {"params": [p for p in self.parameters() if id(p) not in bare], "weight_decay": settings.weight_decay},
            {"params": [p for p in self.parameters() if id(p) in bare], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW([g for g in groups if g["params"]], lr=settings.learning_rate)
        steps = max(int(self.trainer.estimated_stepping_batches), 1)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """One optimiser step, then the backbones' own (proximal) step at the same learning rate."""
        super().optimizer_step(*args, **kwargs)
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        for backbone in self.backbones.values():
            backbone.after_step(rate)

    def on_train_epoch_end(self) -> None:
        """Log the penalty that the proximal step applies: it is no part of the differentiated loss."""
        penalty = sum(backbone.penalty() for backbone in self.backbones.values())
        self.log("train/penalty", float(penalty))
