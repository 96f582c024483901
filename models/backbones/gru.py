"""A recurrent baseline that knows nothing of space."""

from torch import Tensor, nn

from ...signals import Layout
from .backbone import Backbone
from .readout import check_readout, read_out, readout_width


class GRU(Backbone):
    """A GRU in both directions over slices whose sites are laid side by side: (B, T, S, F) -> (B, width).

    Args:
        layout, n_features, n_slices: S sites, F features, T slices.
        hidden: Units in each direction.
        readout: ``"slot"`` or ``"mean"`` over the slices.
        dropout: Before the head.

    Raises:
        InputError: There is no such readout.
    """

    def __init__(
        self,
        layout: Layout,
        n_features: int,
        n_slices: int,
        hidden: int = 64,
        readout: str = "slot",
        dropout: float = 0.5,
    ) -> None:
        super().__init__(layout, n_features, n_slices)
        check_readout(readout)
        self.readout, self.slice_width = readout, 2 * hidden
        self.width = readout_width(readout, n_slices, self.slice_width)
        self.gru = nn.GRU(len(layout) * n_features, hidden, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, width)."""
        vector: Tensor = self.dropout(read_out(self.slices(x, mask), mask, self.readout))
        return vector

    def slices(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F) -> (B, T, slice_width)."""
        states: Tensor = self.gru(x.flatten(2))[0]
        return states if mask is None else states * mask[:, :, None]
