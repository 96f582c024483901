"""CNN+RNN: convolutions over each slice's map, recurrence over the slices (after arXiv 1910.05784 and 2006.11168)."""

from itertools import pairwise

from torch import Tensor, nn

from ..signals import Layout
from .backbone import Backbone
from .layout_map import LayoutMap
from .readout import check_readout, read_out, readout_width


class CNNRNN(Backbone):
    """Convolve each slice's scalp map, then read the slices with a GRU in both directions: (B, T, S, F) -> (B, width).

    The defaults are for electrode maps of about 9 x 9, which are too small to pool.

    Args:
        layout, n_features, n_slices: S sites, F features, T slices.
        channels: Of each 3 x 3 convolution, in turn.
        features: Width of a slice's vector after the convolutions.
        hidden: Units of the GRU in each direction.
        readout: ``"slot"`` or ``"mean"`` over the slices.
        dropout: Before the GRU and before the head.

    Raises:
        InputError: There is no such readout.
    """

    def __init__(
        self, layout: Layout, n_features: int, n_slices: int, channels: tuple[int, ...] = (16,), features: int = 64,
        hidden: int = 32, readout: str = "slot", dropout: float = 0.5,
    ) -> None:
        super().__init__(layout, n_features, n_slices)
        check_readout(readout)
        self.readout, self.slice_width = readout, 2 * hidden
        self.width = readout_width(readout, n_slices, self.slice_width)
        self.map = LayoutMap(layout, n_features)
        sizes = (self.map.channels, *channels)
        blocks = [_convolution(before, after) for before, after in pairwise(sizes)]
        height, width = self.map.shape
        self.encoder = nn.Sequential(
            *blocks, nn.Flatten(), nn.Linear(sizes[-1] * height * width, features), nn.ReLU(), nn.Dropout(dropout)
        )
        self.gru = nn.GRU(features, hidden, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, width)."""
        vector: Tensor = self.dropout(read_out(self.slices(x, mask), mask, self.readout))
        return vector

    def slices(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, T, slice_width)."""
        encoded = self.encoder(self.map(x.flatten(0, 1))).view(*x.shape[:2], -1)
        if mask is not None:
            encoded = encoded * mask[:, :, None]
        states: Tensor = self.gru(encoded)[0]
        return states if mask is None else states * mask[:, :, None]


def _convolution(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU())
