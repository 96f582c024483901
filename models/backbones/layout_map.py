"""Sites laid out in space, for networks that convolve."""

import torch
from torch import Tensor, nn

from ...signals import Layout


class LayoutMap(nn.Module):
    """``Layout.as_map`` on tensors: electrodes (N, S, F) -> (N, F, rows, columns); patches of pixels -> their image.

    Attributes:
        channels: Channels of the map.
        shape: Its height and width.
    """

    cells: Tensor
    share: Tensor

    def __init__(self, layout: Layout, n_features: int) -> None:
        super().__init__()
        rows, columns = self.shape = layout.pixels.image if layout.pixels else layout.shape
        if layout.pixels:
            flat, count = torch.from_numpy(layout.pixels.index), torch.from_numpy(layout.pixels.count)
        else:
            flat, count = torch.tensor([[r * columns + c] for r, c in layout.cells]), torch.ones(rows, columns)
        self.channels = 1 if layout.pixels else n_features
        self.register_buffer("cells", flat.flatten(), persistent=False)
        self.register_buffer("share", 1 / count.clamp_min(1).float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, S, F) -> (N, channels, height, width); zero where no site is, the mean where patches overlap."""
        values = x.transpose(1, 2) if self.channels > 1 or x.shape[2] == 1 else x.reshape(len(x), 1, -1)
        empty = x.new_zeros(len(x), values.shape[1], self.share.numel())
        return empty.index_add(2, self.cells, values).view(len(x), -1, *self.shape) * self.share
