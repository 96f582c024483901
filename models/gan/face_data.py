"""Faces in batches, in an order that depends on the seed and the epoch alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from ...signals.random_streams import RandomStream
from ..training.data import as_gathered
from .face_images import FaceImages
from .labels import Labels


@dataclass(frozen=True, eq=False)
class FaceBatch:
    """B faces (B, 1, size, size) in [-1, 1], and their labels."""

    images: Tensor
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device) -> "FaceBatch":
        """The same on ``device``."""
        return FaceBatch(self.images.to(device), self.labels.to(device))


def drawn(stream: RandomStream, *numbers: int) -> torch.Generator:
    """PyTorch's source of random numbers at the beginning of a stream, for these numbers.

    Nothing else is drawn from in training, so what an epoch does hangs on nothing that happened before but weights.
    """
    start = np.random.SeedSequence(stream.key(*numbers)).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(start >> 1))


class EpochOrder(Sampler[int]):
    """All numbers below ``count`` in another order each epoch; Lightning says which epoch it is.

    Args:
        count: Number of windows.
        seed: Of the orders.
        first: Epochs that were finished before this run began.
    """

    def __init__(self, count: int, seed: int, first: int = 0) -> None:
        self.count, self.seed, self.first, self.epoch = count, seed, first, 0

    def set_epoch(self, epoch: int) -> None:
        """Epoch ``epoch`` of this run begins."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        draw = drawn(RandomStream.GAN_ORDER, self.seed, self.first + self.epoch)
        order: list[int] = torch.randperm(self.count, generator=draw).tolist()
        return iter(order)


class _FaceSet(Dataset[FaceBatch]):
    """Gives whole batches: one gather instead of B."""

    def __init__(self, faces: FaceImages, labels: Labels) -> None:
        self.faces, self.labels = faces, labels

    def __len__(self) -> int:
        return len(self.faces)

    def __getitems__(self, which: Sequence[int]) -> FaceBatch:
        return FaceBatch(self.faces(np.asarray(which)), self.labels.take(torch.tensor(which)))


def face_loader(faces: FaceImages, labels: Labels, batch_size: int, order: EpochOrder) -> DataLoader[FaceBatch]:
    """Batches of equal size; what is left over in one epoch comes in another, unless there is but one batch."""
    return DataLoader(
        _FaceSet(faces, labels),
        batch_size,
        sampler=order,
        generator=torch.Generator(),
        drop_last=len(faces) >= batch_size,
        collate_fn=as_gathered,
    )
