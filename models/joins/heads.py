"""From the vector of a window to its predictions."""

from torch import Tensor, nn

from ...signals import Task

Outputs = tuple[Tensor, Tensor, Tensor]
"""Logits of categories (B, C), dimensions (B, D) in [-1, 1], logits of units (B, U)."""


def head_sizes(task: Task) -> dict[str, int]:
    """The number of outputs that each part of the task needs; parts that it lacks are left out."""
    sizes = {"category": len(task.categories), "dimensions": len(task.dimensions), "units": len(task.units)}
    return {kind: size for kind, size in sizes.items() if size}


class Heads(nn.Module):
    """One linear head for each part of the task: (B, width) -> category (B, C), dimensions (B, D), units (B, U)."""

    def __init__(self, width: int, task: Task) -> None:
        super().__init__()
        self.linear = nn.ModuleDict({kind: nn.Linear(width, size) for kind, size in head_sizes(task).items()})

    def forward(self, joined: Tensor) -> Outputs:
        """Logits of categories, dimensions in [-1, 1], logits of units; no columns where the task has no such part."""
        return (
            self._output("category", joined),
            self._output("dimensions", joined).tanh(),
            self._output("units", joined),
        )

    def _output(self, kind: str, joined: Tensor) -> Tensor:
        return self.linear[kind](joined) if kind in self.linear else joined[:, :0]
