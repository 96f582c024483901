"""The base of every network of volumes."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor, nn

from ...signals import Layout
from ...signals.plug_point import Allow


class Backbone(nn.Module):
    """A network from volumes to vectors: ``(B, T, S, F)`` and a mask ``(B, T)`` to ``(B, width)``.

    Built from ``(layout, n_features, n_slices, **own)``: S sites, F features, T slices. To add one, write a subclass in
    one file (see CONTRIBUTING). Slices that the mask calls invalid arrive as zeros.

    Attributes:
        width: Size of the vector for a whole window.
        slice_width: Size of the vector for one slice; 0 where the network has none.
        first_only: Settings for the first weights alone; they are not looked at when stored weights are read.
        reads_samples: Whether features are samples of a raw signal: scaling then has one mean per site.
    """

    first_only: ClassVar[tuple[str, ...]] = ()
    reads_samples: ClassVar[bool] = False
    width: int
    slice_width: int = 0

    def __init__(self, layout: Layout, n_features: int, n_slices: int) -> None:
        super().__init__()
        self.layout, self.n_features, self.n_slices = layout, n_features, n_slices

    @abstractmethod
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), valid slices (B, T) or None for all -> (B, width)."""

    def slices(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, T, slice_width), for joins that work slice by slice."""
        raise TypeError(f"{type(self).__name__} has no vectors per slice; a join by slices needs another backbone")

    def undecayed(self) -> list[nn.Parameter]:
        """Parameters that weight decay leaves alone."""
        return []

    def after_step(self, learning_rate: float) -> None:
        """Called after each optimiser step; a sparse network shrinks its projections here."""

    def penalty(self) -> float:
        """The penalty that ``after_step`` applies, as a number to log (it is not differentiated)."""
        return 0.0


def settings_of_network(thing: Any, settings: Mapping[str, Any], allow: Allow) -> dict[str, Any]:
    """Settings to build a network with: where a file names it, without those that say where its weights begin.

    Its weights come with the file; those that it began with may be gone.
    """
    first_only = () if allow is None else getattr(getattr(thing, "__self__", thing), "first_only", ())
    return {name: value for name, value in settings.items() if name not in first_only}
