"""A generator of faces and a discriminator that also reads what they show (after arXiv 1910.05877)."""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from ...signals import InputError, Task
from ...signals.random_streams import RandomStream
from ..learning.prediction import Prediction
from .face_data import FaceBatch, drawn
from .gan_training import GanTraining
from .labels import Labels, condition_size, label_loss
from .networks.adversarial_losses import (
    ADVERSARIAL_LOSS,
    entropy_discriminator,
    entropy_generator,
    feature_matching,
    gradient_penalty,
)
from .networks.discriminator import Discriminator, Judged
from .networks.generator import Generator

BETAS = (0.5, 0.99)
_BLOCK = 256
"""Images at a time outside training."""


class EmotionGAN(lightning.LightningModule):
    """Generates faces with action units, valence and arousal that one names, and predicts those of real faces.

    ``L_D = adversarial + label heads on real, labelled faces (+ R1)``;
    ``L_G = adversarial + matching * |mean phi(x) - mean phi(G)|^2 + consistency * label heads on generated faces``.
    Unlabelled faces count in all but the label heads. The labels that the generator must show in training are drawn
    from the training labels. With ``loss="entropy"`` the adversarial terms are the entropies of a categorical GAN; with
    ``loss="none"`` there is no generator, and the same trunk learns labels alone: the supervised control.

    Args:
        task: The truths that are predicted, and that faces are generated for.
        settings: Settings of its training.
        asked: The training labels, drawn from in training; None for a model that is only used.
        seed: Of every draw in training.
        first_epoch: Epochs that were finished before this run began.
    """

    def __init__(
        self, task: Task, settings: GanTraining, asked: Labels | None = None, seed: int = 0, first_epoch: int = 0
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.task, self.settings, self.asked, self.seed, self.first_epoch = task, settings, asked, seed, first_epoch
        self.discriminator = Discriminator(task, settings.size, settings.width)
        self.generator: Generator | None = None
        self.average: Any = None  # an AveragedModel, which no type checker knows to hold a Generator
        if settings.has_generator:
            condition = 0 if settings.noise_only else condition_size(task)
            self.generator = Generator(settings.size, settings.noise, condition, settings.width)
            self.average = AveragedModel(self.generator, avg_fn=running_mean(settings.ema))
            self.average.requires_grad_(False)
        self.resumed: list[dict[int, dict[str, Tensor]]] = []
        self.logged: dict[str, list[Tensor]] = {}  # of this epoch: Lightning's metrics may be those of an earlier one

    def forward(self, labels: Labels, noise: Tensor) -> Tensor:
        """Faces (B, 1, size, size) in [-1, 1] from the generator's running mean, for labels and noise (B, noise)."""
        return self._generated(self.average, labels.to(self.device), noise.to(self.device))

    def predict(self, images: Tensor) -> Prediction:
        """Predictions of the discriminator's label heads for faces (N, 1, size, size)."""
        was_training = self.training
        self.eval()
        with torch.inference_mode():
            outputs = [self.discriminator.labels(block.to(self.device)) for block in torch.split(images, _BLOCK)]
        self.train(was_training)
        category, dimensions, units = (torch.cat(blocks).double().cpu() for blocks in zip(*outputs, strict=True))
        ratings = self.task.rated(dimensions.numpy())
        return Prediction(category.softmax(1).numpy(), ratings, units.sigmoid().numpy())

    def discriminator_losses(self, batch: FaceBatch, generated: Tensor | None, penalise: bool) -> dict[str, Tensor]:
        """Terms of the discriminator's loss, weighted: their sum is minimised.

        Args:
            batch: Real faces and their labels.
            generated: (B, 1, size, size), or None where there is no generator.
            penalise: Whether this step has the gradient penalty.
        """
        s, real = self.settings, self.discriminator(batch.images)
        terms = {"labels": label_loss(real.labels, batch.labels, s.label_weights, s.dimension_loss)}
        if generated is None:
            return terms
        false = self.discriminator(generated.detach())
        if s.loss == "entropy":
            return {**terms, "discriminator": entropy_discriminator(real.labels, false.labels)}
        terms["discriminator"] = ADVERSARIAL_LOSS[s.adversarial].discriminator(real.real, false.real)
        if penalise:
            penalty = gradient_penalty(lambda x: self.discriminator(x).real, batch.images)
            terms["penalty"] = 0.5 * s.r1 * s.r1_every * penalty
        return terms

    def generator_losses(self, images: Tensor, generated: Tensor, labels: Labels) -> dict[str, Tensor]:
        """Terms of the generator's loss, weighted; the label heads count in ``consistency`` alone.

        Args:
            images: Real faces, for feature matching.
            generated: (B, 1, size, size), with gradients to the generator.
            labels: The labels that they were to show.
        """
        s, judged = self.settings, self.discriminator(generated)
        terms = {"generator": self._seems_real(judged)}
        if s.matching:
            with torch.no_grad():
                features = self.discriminator.trunk(images)
            terms["matching"] = s.matching * feature_matching(features, judged.features)
        if s.consistency:
            loss = label_loss(judged.labels, labels, s.label_weights, s.dimension_loss)
            terms["consistency"] = s.consistency * loss
        return terms

    def training_step(self, batch: FaceBatch, index: int) -> None:
        """One step of the discriminator, then one of the generator, on faces of newly drawn labels."""
        draw = drawn(RandomStream.GAN_STEP, self.seed, self.epoch, index + 1)
        optimisers: Any = self.optimizers()
        if self.generator is None:
            self._step(optimisers, self.discriminator_losses(batch, None, False))
            return
        judge, maker = optimisers
        generated, labels = self._draw(len(batch), draw)
        penalise = bool(self.settings.r1) and (self._steps(index) % self.settings.r1_every == 0)
        self._step(judge, self.discriminator_losses(batch, generated, penalise))
        self.toggle_optimizer(maker)  # the generator has not changed since, so its faces serve both steps
        self._step(maker, self.generator_losses(batch.images, generated, labels))
        self.untoggle_optimizer(maker)
        self.average.update_parameters(self.generator)

    def on_train_epoch_start(self) -> None:
        """Nothing is logged of this epoch yet."""
        self.logged = {}

    @property
    def epoch(self) -> int:
        """Epochs that are finished, those of earlier runs included."""
        return self.first_epoch + self.current_epoch

    def configure_optimizers(self) -> Any:
        """Adam for the discriminator and, at another rate, for the generator; where a run goes on, as it was."""
        s = self.settings
        optimisers = [torch.optim.Adam(self.discriminator.parameters(), s.discriminator_rate, BETAS)]
        if self.generator is not None:
            optimisers.append(torch.optim.Adam(self.generator.parameters(), s.generator_rate, BETAS))
        for optimiser, state in zip(optimisers, self.resumed, strict=False):  # a run that begins resumes nothing
            optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
        return optimisers

    def _step(self, optimiser: Any, terms: dict[str, Tensor]) -> None:
        bad = {name: float(term.detach()) for name, term in terms.items() if not torch.isfinite(term)}
        if bad:
            found = ", ".join(f"{name} {value}" for name, value in bad.items())
            do = "lower generator_rate and discriminator_rate, or raise r1; the last whole epoch is kept"
            raise InputError(f"gan, epoch {self.epoch + 1}", f"a loss that is no number ({found})", "numbers", do)
        optimiser.zero_grad()
        self.manual_backward(torch.stack(list(terms.values())).sum())
        optimiser.step()
        for name, term in terms.items():
            self.logged.setdefault(name, []).append(term.detach())
        self.log_dict(terms, on_step=False, on_epoch=True)

    def _draw(self, count: int, draw: torch.Generator) -> tuple[Tensor, Labels]:
        """Generated faces and the labels they were to show: training labels at random, some partly forgotten."""
        assert self.asked is not None
        assert self.generator is not None
        rows = torch.randint(len(self.asked), (count,), generator=draw)
        labels = self.asked.take(rows).forgetting(self.settings.forget, draw).to(self.device)
        noise = torch.randn(count, self.settings.noise, generator=draw).to(self.device)
        return self._generated(self.generator, labels, noise), labels

    def _generated(self, generator: Any, labels: Labels, noise: Tensor) -> Tensor:
        condition = noise[:, :0] if self.settings.noise_only else labels.condition(self.task)
        images: Tensor = generator(noise, condition)
        return images

    def _seems_real(self, judged: Judged) -> Tensor:
        if self.settings.loss == "entropy":
            return entropy_generator(judged.labels)
        return ADVERSARIAL_LOSS[self.settings.adversarial].generator(judged.real)

    def _steps(self, index: int) -> int:
        """Steps before this one, over all epochs."""
        return self.epoch * int(self.trainer.num_training_batches) + index


def running_mean(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """``mean <- d mean + (1 - d) now`` with d = min(decay, (1 + n) / (10 + n)) after n updates.

    So the first weights, which make noise, are soon forgotten (as in TensorFlow's ExponentialMovingAverage).
    """

    def update(mean: Tensor, now: Tensor, updates: Tensor | int) -> Tensor:
        n = int(updates)
        return torch.lerp(now, mean, min(decay, (1 + n) / (10 + n)))

    return update
