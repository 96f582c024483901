"""Sites laid out in space, for networks that convolve."""

import torch
from torch import Tensor, nn

from ..signals import Layout


class ScalpMap(nn.Module):
    """``Layout.as_map`` on tensors: electrodes (N, S, F) -> (N, F, rows, columns); patches of pixels -> their image.

    Attributes:
        channels: Channels of the map.
        shape: Its height and width.
    """

    def __init__(self, layout: Layout, n_features: int) -> None:
        super().__init__()
        self.layout = layout
        self.rows, self.columns = layout.shape
        flat = torch.tensor([r * self.columns + c for r, c in layout.cells])
        self.register_buffer("cells", flat, persistent=False)
        height, width = layout.patch or (1, 1)
        self.channels = 1 if layout.patch else n_features
        self.shape = (self.rows * height, self.columns * width)

    cells: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """(N, S, F) -> (N, channels, height, width); zero where no site is."""
        grid = x.new_zeros(len(x), self.rows * self.columns, x.shape[2]).index_copy(1, self.cells, x)
        if self.layout.patch is None:
            return grid.transpose(1, 2).reshape(len(x), -1, self.rows, self.columns)
        tiles: Tensor = grid.view(len(x), self.rows, self.columns, *self.layout.patch)
        return tiles.transpose(2, 3).reshape(len(x), 1, *self.shape)
