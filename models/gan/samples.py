"""Faces asked for: over valence and arousal, one action unit at a time, from one face to another."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ...signals import InputError, Task
from ...signals.random_streams import RandomStream
from .emotion_gan import EmotionGAN
from .face_data import drawn
from .labels import Labels

_BLOCK = 256
"""Faces made at a time."""


@dataclass(frozen=True, eq=False)
class Samples:
    """N made faces.

    Attributes:
        images: (N, 1, size, size) in [-1, 1].
        labels: What they were to show.
    """

    images: Tensor
    labels: Labels

    def __len__(self) -> int:
        return len(self.images)


def make_samples(gan: EmotionGAN, labels: Labels, noise: Tensor) -> Samples:
    """Faces for ``labels`` and noise (N, noise): equal arguments give equal faces.

    Raises:
        InputError: The model is a control without a generator.
    """
    if gan.generator is None:
        raise InputError("gan samples", "a control without a generator", "a GAN", "train with another loss than none")
    was_training = gan.training
    gan.eval()
    with torch.inference_mode():
        blocks = torch.split(torch.arange(len(labels)), _BLOCK)
        made = [gan(labels.take(block), noise[block]).cpu() for block in blocks]
    gan.train(was_training)
    return Samples(torch.cat(made), labels)


def draw_noise(gan: EmotionGAN, count: int, seed: int = 0) -> Tensor:
    """(count, noise) standard normal."""
    return torch.randn(count, gan.settings.noise, generator=drawn(RandomStream.GAN_NOISE, seed))


def affect_grid(task: Task, steps: int = 7) -> Labels:
    """``steps * steps`` labels over the plane of the first two dimensions; nothing is said about units.

    Rows go from high to low in the second dimension (arousal), columns from low to high in the first (valence).

    Raises:
        InputError: The task has fewer than two dimensions.
    """
    if len(task.dimensions) < 2:
        found = f"{len(task.dimensions)} dimensions"
        raise InputError("grid", found, "two, such as valence and arousal", "train with predicts=dimensions")
    first, second = np.meshgrid(np.linspace(-1, 1, steps), np.linspace(1, -1, steps))
    labels = Labels.unknown(task, steps**2)
    labels.dimensions[:, 0] = torch.from_numpy(first.ravel())
    labels.dimensions[:, 1] = torch.from_numpy(second.ravel())
    return labels


def unit_ramps(task: Task, steps: int = 6) -> Labels:
    """For each of U units ``steps`` labels from 0 to 1, all other units at 0; nothing is said about dimensions.

    Raises:
        InputError: The task has no units.
    """
    if not task.units:
        raise InputError("one unit at a time", "no units", "some", "train with predicts=units")
    ramps = torch.linspace(0, 1, steps)[None, :, None] * torch.eye(len(task.units))[:, None, :]
    return replace(Labels.unknown(task, len(task.units) * steps), units=ramps.flatten(0, 1))


def between(one: Labels, other: Labels, steps: int) -> Labels:
    """For each of N pairs ``steps`` labels on the line between them, (N * steps); categories change halfway."""
    share = torch.linspace(0, 1, steps)[None, :, None]
    dimensions, units = (
        (a[:, None] * (1 - share) + b[:, None] * share).flatten(0, 1)
        for a, b in ((one.dimensions, other.dimensions), (one.units, other.units))
    )
    late = share.flatten()[None, :] >= 0.5
    category = torch.where(late, other.category[:, None], one.category[:, None]).flatten()
    return Labels(category, dimensions, units)


def between_noise(one: Tensor, other: Tensor, steps: int) -> Tensor:
    """(N, noise) twice -> (N * steps, noise) along the arc between them: noise of middle length is as likely as any.

    Source: K. Shoemake, SIGGRAPH 1985 (slerp); for latent vectors arXiv 1609.04468.
    """
    cosine = torch.nn.functional.cosine_similarity(one, other).clamp(-0.9999, 0.9999)
    angle = cosine.arccos()[:, None, None]
    share = torch.linspace(0, 1, steps)[None, :, None]
    a, b = one[:, None], other[:, None]
    return ((((1 - share) * angle).sin() * a + (share * angle).sin() * b) / angle.sin()).flatten(0, 1)


def sheet_labels(task: Task) -> Labels:
    """What the sheets written in training show: the plane of valence and arousal, or one unit at a time."""
    return affect_grid(task) if len(task.dimensions) > 1 else unit_ramps(task)
