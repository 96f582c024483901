"""Generated faces: over valence and arousal, one action unit at a time, from one face to another."""

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
"""Faces generated at a time."""


@dataclass(frozen=True, eq=False)
class Samples:
    """N generated faces.

    Attributes:
        images: (N, 1, size, size) in [-1, 1].
        labels: The labels that they were to show.
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
        images = [gan(labels.take(block), noise[block]).cpu() for block in blocks]
    gan.train(was_training)
    return Samples(torch.cat(images), labels)


def draw_noise(gan: EmotionGAN, count: int, seed: int = 0) -> Tensor:
    """(count, noise) standard normal."""
    return torch.randn(count, gan.settings.noise, generator=drawn(RandomStream.GAN_NOISE, seed))


def affect_grid(task: Task, steps: int = 7) -> Labels:
    """``steps * steps`` labels over the plane of the first two dimensions; units are unknown.

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
    """For each of U units ``steps`` labels from 0 to 1, all other units at 0; dimensions are unknown.

    Raises:
        InputError: The task has no units.
    """
    if not task.units:
        raise InputError("one unit at a time", "no units", "some", "train with predicts=units")
    ramps = torch.linspace(0, 1, steps)[None, :, None] * torch.eye(len(task.units))[:, None, :]
    return replace(Labels.unknown(task, len(task.units) * steps), units=ramps.flatten(0, 1))


def between(first: Labels, last: Labels, steps: int) -> Labels:
    """For each of N pairs ``steps`` labels on the line between them, (N * steps); categories change halfway."""
    share = torch.linspace(0, 1, steps)[None, :, None]

    def line(a: Tensor, b: Tensor) -> Tensor:
        return (a[:, None] * (1 - share) + b[:, None] * share).flatten(0, 1)

    late = share.flatten()[None, :] >= 0.5
    category = torch.where(late, last.category[:, None], first.category[:, None]).flatten()
    return Labels(category, line(first.dimensions, last.dimensions), line(first.units, last.units))


def between_noise(first: Tensor, last: Tensor, steps: int) -> Tensor:
    """(N, noise) twice -> (N * steps, noise) along the arc between them: noise of middle length is as likely as any.

    Source: K. Shoemake, SIGGRAPH 1985 (slerp); for latent vectors arXiv 1609.04468.
    """
    cosine = torch.nn.functional.cosine_similarity(first, last).clamp(-0.9999, 0.9999)  # equal ends span no arc
    angle = cosine.arccos()[:, None, None]
    share = torch.linspace(0, 1, steps)[None, :, None]
    a, b = first[:, None], last[:, None]
    return ((((1 - share) * angle).sin() * a + (share * angle).sin() * b) / angle.sin()).flatten(0, 1)


def sheet_labels(task: Task) -> Labels:
    """Labels of the sheets drawn in training: the plane of valence and arousal, or one unit at a time."""
    return affect_grid(task) if len(task.dimensions) > 1 else unit_ramps(task)
