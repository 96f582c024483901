"""Backbones, a join and heads: the model that is trained."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor, nn
from torchmetrics.classification import MulticlassAccuracy

from ...signals import InputError, Task
from ..backbones.backbone import Backbone
from ..joins.join import Concat, Join, JoinInput, Outputs, masked
from .batch_share import whole
from .data import Batch
from .losses import task_loss
from .training import Training


class EmotionModel(lightning.LightningModule):
    """Backbones by modality, a join and heads for a task. One shared step serves training, validation and test.

    Args:
        backbones: One network for each modality; none where the join reads volumes.
        task: The truths that it predicts.
        training: Settings of its training.
        join: Brings modalities together; side by side by default, which for one modality is the identity.
        class_weight: (C,) weight of each category in the loss, or None.
    """

    backbones: Any  # a ModuleDict, whose values no type checker knows to be backbones
    class_weight: Tensor | None

    def __init__(
        self,
        backbones: Mapping[str, Backbone],
        task: Task,
        training: Training,
        *,
        join: Join | None = None,
        class_weight: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.backbones = nn.ModuleDict(backbones)
        self.join = join or Concat({name: join_input(backbone, Concat) for name, backbone in backbones.items()})
        self.heads = self.join.heads(task)
        self.task, self.training_settings = task, training
        self.register_buffer("class_weight", class_weight, persistent=False)
        classes = max(len(task.categories), 2)
        # each of several devices has the outputs for all windows: what were added up would count them several times
        self.balanced_accuracy = MulticlassAccuracy(classes, average="macro", ignore_index=-1, sync_on_compute=False)

    @property
    def networks(self) -> list[Backbone]:
        """Every backbone, those inside the join included."""
        return [module for module in self.modules() if isinstance(module, Backbone)]

    def forward(self, batch: Batch) -> Outputs:
        """Category logits (B, C), dimensions (B, D), unit logits (B, U).

        A modality of the model that is not in the batch is missing; what a mask hides changes nothing.
        """
        return self._joined(*self.parts(batch))

    def each_alone(self, batch: Batch) -> tuple[Outputs, list[tuple[str, Outputs]]]:
        """Outputs of all modalities together, and of each with the others hidden; networks run once."""
        parts, masks = self.parts(batch)
        if len(masks) < 2:
            return self._joined(parts, masks), []
        hidden = {name: torch.zeros_like(mask) for name, mask in masks.items()}
        alone = [(name, self._joined(parts, {**hidden, name: mask})) for name, mask in masks.items()]
        return self._joined(parts, masks), alone

    def parts(self, batch: Batch) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Volumes, slices or vectors of each modality, whichever the join reads, and their masks."""
        x, masks = self._filled(batch)
        stage = self.join.stage
        if stage == "volumes":
            return x, masks
        if stage == "slices":
            return {name: network.slices(x[name], masks[name]) for name, network in self.backbones.items()}, masks
        parts = {name: network(x[name], masks[name]) for name, network in self.backbones.items()}
        return parts, {name: mask.any(dim=1) for name, mask in masks.items()}

    def _joined(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Outputs:
        outputs: Outputs = self.heads(self.join(parts, masks))
        return outputs

    def _filled(self, batch: Batch) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Volumes and masks of every modality: zeros where nothing is."""
        x, masks, present = {}, {}, next(iter(batch.x.values()))
        for name, volume in self.join.inputs.items():
            if name in batch.x:
                x[name], masks[name] = masked(batch.x[name], batch.mask[name]), batch.mask[name]
            else:
                x[name] = present.new_zeros(len(present), volume.n_slices, len(volume.layout), volume.n_features)
                masks[name] = torch.zeros(x[name].shape[:2], dtype=torch.bool, device=present.device)
        return x, masks

    def loss(self, outputs: Outputs, truth: Outputs) -> Tensor:
        """The weighted sum of the task's terms; windows without a label do not count."""
        settings = self.training_settings
        return task_loss(
            outputs,
            truth,
            settings.loss_weights,
            settings.dimension_loss,
            class_weight=self.class_weight,
            label_smoothing=settings.label_smoothing,
        )

    def training_step(self, batch: Batch) -> Tensor:
        """Loss of one training batch; of several modalities also of each by itself (``Training.alone``)."""
        return self._step(batch, "train")

    def validation_step(self, batch: Batch) -> Tensor:
        """Loss of one validation batch."""
        return self._step(batch, "valid")

    def test_step(self, batch: Batch) -> Tensor:
        """Loss of one test batch."""
        return self._step(batch, "test")

    def _step(self, batch: Batch, stage: str) -> Tensor:
        weight = self.training_settings.alone if stage == "train" else 0.0
        outputs, alone = self.each_alone(batch) if weight else (self(batch), [])
        outputs, truth = whole(batch.share, outputs), whole(batch.share, batch.truth)
        loss = self.loss(outputs, truth)
        if alone:
            losses = [self._loss_alone(output, batch, name) for name, output in alone]
            loss = (loss + weight * torch.stack(losses).sum()) / (1 + weight * len(losses))
        self.log(f"{stage}/loss", loss, batch_size=len(truth[0]), on_step=False, on_epoch=True)
        if stage != "train" and self.task.categories:
            self.balanced_accuracy(outputs[0], truth[0])
            self.log(f"{stage}/balanced_accuracy", self.balanced_accuracy, on_step=False, on_epoch=True)
        return loss

    def _loss_alone(self, outputs: Outputs, batch: Batch, name: str) -> Tensor:
        """The loss of what one modality predicts by itself."""
        return self.loss(whole(batch.share, outputs), whole(batch.share, _with(batch, name).truth))

    def configure_optimizers(self) -> Any:
        """AdamW, with the learning rate following a cosine to zero over the whole training."""
        settings = self.training_settings
        undecayed: set[int] = set()
        for network in self.networks:
            undecayed.update(map(id, network.undecayed()))
        groups = [
            {"params": [p for p in self.parameters() if id(p) not in undecayed], "weight_decay": settings.weight_decay},
            {"params": [p for p in self.parameters() if id(p) in undecayed], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW([group for group in groups if group["params"]], lr=settings.learning_rate)
        steps = max(int(self.trainer.estimated_stepping_batches), 1)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """One optimiser step, then the proximal step of the backbones at the same learning rate."""
        super().optimizer_step(*args, **kwargs)
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        for backbone in self.networks:
            backbone.after_step(rate)

    def on_train_epoch_end(self) -> None:
        """Log the penalty that the proximal step applies: the differentiated loss does not hold it."""
        penalty = sum(backbone.penalty() for backbone in self.networks)
        self.log("train/penalty", float(penalty))


def join_input(backbone: Backbone, join: type[Join]) -> JoinInput:
    """The input that a join gets of a backbone.

    Raises:
        InputError: The join works by slices, and the backbone has no vectors of slices.
    """
    size = backbone.slice_width if join.stage == "slices" else backbone.width
    if not size:
        found = f"{type(backbone).__name__}, which has no vectors of slices"
        raise InputError(join.__name__, found, "one that has, such as STRNN or CNNRNN", "name another network")
    return JoinInput(backbone.layout, backbone.n_features, backbone.n_slices, size)


def _with(batch: Batch, name: str) -> Batch:
    """The batch without the truth of windows in which that modality is missing: it can predict nothing there."""
    there = batch.mask[name].any(dim=1) if name in batch.mask else torch.zeros_like(batch.category, dtype=torch.bool)
    nothing = torch.full((), torch.nan, device=batch.category.device)
    return replace(
        batch,
        category=torch.where(there, batch.category, -1),
        dimensions=torch.where(there[:, None], batch.dimensions, nothing),
        units=torch.where(there[:, None], batch.units, nothing),
    )
