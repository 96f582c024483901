"""Encoders, from a slice's map to a vector: they stand before the recurrence of ``CNNRNN``."""

from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from ...signals import InputError, Layout
from ..tensor_file import read_tensors

_SAVE_ANEW = 'get it again, or save it anew: python -c "import torch; torch.save(torch.load(FILE), FILE)"'
"""A way on where weights cannot be read: before 2020 PyTorch wrote another format."""

_SMALL = 8
"""Side of a map, in cells or pixels, down to which the compact encoder halves it."""


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


class Encoder(nn.Module):
    """(N, S, F) -> (N, width): the slice's map, then ``body``.

    Args:
        layout, n_features: S sites, F features.
        body: Takes (N, channels, height, width) and gives (N, width).
        width: Of the vector.
    """

    def __init__(self, layout: Layout, n_features: int, body: nn.Module, width: int) -> None:
        super().__init__()
        self.map, self.body, self.width = LayoutMap(layout, n_features), body, width

    def forward(self, x: Tensor) -> Tensor:
        """(N, S, F) -> (N, width)."""
        vector: Tensor = self.body(self.map(x))
        return vector


def small_map(layout: Layout, n_features: int, width: int) -> Encoder:
    """One 3 x 3 convolution without pooling: for maps of electrodes of about 9 x 9, which are too small to pool."""
    place = LayoutMap(layout, n_features)
    cells = place.shape[0] * place.shape[1]
    convolution = _convolution(place.channels, 16)
    body = nn.Sequential(convolution.append(nn.ReLU()), nn.Flatten(), nn.Linear(16 * cells, width), nn.ReLU())
    return Encoder(layout, n_features, body, width)


def compact(layout: Layout, n_features: int, width: int) -> Encoder:
    """3 x 3 convolutions of 16, 32, 64, 64, ... channels, each halving the map, until it is small.

    The greatest of four is taken before negative values are made zero, which gives the same numbers for a quarter of
    the work, and the channels of a pixel lie side by side in memory: twice as fast on a processor as side by side maps.
    """
    place = LayoutMap(layout, n_features)
    side, channels = max(place.shape), [place.channels]
    while side > _SMALL or len(channels) == 1:
        channels.append(min(16 * 2 ** (len(channels) - 1), 64))
        side = -(-side // 2)
    blocks = [
        nn.Sequential(_convolution(before, after), nn.MaxPool2d(2, ceil_mode=True), nn.ReLU())
        for before, after in pairwise(channels)
    ]
    for block in blocks:
        convert_conv2d_weight_memory_format(block, torch.channels_last)
    return Encoder(layout, n_features, nn.Sequential(*blocks, nn.Flatten(), nn.LazyLinear(width), nn.ReLU()), width)


def rangulov(layout: Layout, n_features: int, width: int) -> Encoder:
    """The CNN of Rangulov and Fahim (arXiv 2006.11168) for gray images of 96 x 96, to its 300 features.

    With a linear layer to two outputs behind it, 1,333,704 trained numbers (their Keras counts two more, the running
    moments of the batch norm, which are no parameters here).

    Raises:
        InputError: The images are not 96 x 96, or another width is asked for.
    """
    shape = LayoutMap(layout, n_features).shape
    if shape != (96, 96) or width != 300:
        found = f"maps of {shape}, {width} features"
        do = "use FaceCrop(size=96) and features=300, or the encoder 'compact'"
        raise InputError("encoder rangulov", found, "images of 96 x 96, 300 features", do)
    body = nn.Sequential(
        nn.BatchNorm2d(1),
        nn.Conv2d(1, 64, 5, padding="same", bias=False),
        nn.ReLU(),
        nn.MaxPool2d(2),  # 96, 48
        nn.Conv2d(64, 128, 5, bias=False),
        nn.ReLU(),
        nn.MaxPool2d(2),  # 44, 22
        nn.Conv2d(128, 256, 5, bias=False),
        nn.ReLU(),
        nn.AvgPool2d(9, 9),  # 18, 2
        nn.Flatten(),
        nn.Linear(1024, 300),
    )
    return Encoder(layout, n_features, body, 300)


def pooled(layout: Layout, n_features: int, width: int) -> nn.Module:
    """No convolution: the mean of each site's features, then one layer. What a recurrence can do without a CNN."""
    return _Pooled(len(layout), width)


class _Pooled(nn.Module):
    def __init__(self, sites: int, width: int) -> None:
        super().__init__()
        self.layer, self.width = nn.Sequential(nn.Linear(sites, width), nn.ReLU()), width

    def forward(self, x: Tensor) -> Tensor:
        """(N, S, F) -> (N, width)."""
        vector: Tensor = self.layer(x.mean(dim=2))
        return vector


ENCODERS: dict[str, Callable[[Layout, int, int], nn.Module]] = {
    "small_map": small_map,
    "compact": compact,
    "rangulov": rangulov,
    "pooled": pooled,
}
"""Encoders by name; beside them ``timm:NAME`` for any network of timm, where it is installed."""


def default_encoder(layout: Layout) -> str:
    """The encoder that fits: ``compact`` for images, ``small_map`` for electrodes and patch features."""
    return "compact" if layout.pixels else "small_map"


def make_encoder(name: str, layout: Layout, n_features: int, width: int, weights: str = "") -> nn.Module:
    """The encoder called ``name``, on (N, S, F).

    Args:
        name: A name in ``ENCODERS``, or ``timm:NAME``.
        layout, n_features: S sites, F features.
        width: Of the vector.
        weights: A file of tensors for a network of timm; nothing is ever downloaded.

    Raises:
        InputError: There is no such encoder, it is not installed, or the weights do not fit.
    """
    if weights and not name.startswith("timm:"):
        raise InputError("encoder weights", weights, "a file for a timm network only", "leave it out")
    if name.startswith("timm:"):
        encoder: nn.Module = Encoder(layout, n_features, _timm(name.removeprefix("timm:"), width, weights), width)
    elif name in ENCODERS:
        encoder = ENCODERS[name](layout, n_features, width)
    else:
        raise InputError(f"encoder {name!r}", "no such name", f"one of {', '.join(ENCODERS)}, timm:NAME")
    with torch.no_grad():  # layers that learn their size from what comes in
        was_training = encoder.training
        encoder.eval()(torch.zeros(1, len(layout), n_features))
        return encoder.train(was_training)


def _convolution(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after))


class _Timm(nn.Module):
    """A network of timm without its classifier, on gray images shown in three equal channels."""

    def __init__(self, network: nn.Module, features: int, width: int) -> None:
        super().__init__()
        self.network, self.layer = network, nn.Sequential(nn.Linear(features, width), nn.ReLU())

    def forward(self, images: Tensor) -> Tensor:
        """(N, 1, height, width) -> (N, width)."""
        vector: Tensor = self.layer(self.network(images.expand(-1, 3, -1, -1)))
        return vector


def _timm(name: str, width: int, weights: str) -> nn.Module:
    if find_spec("timm") is None:
        raise InputError(f"encoder timm:{name}", "no package timm", "it", "pip install timm")
    import timm

    if name not in timm.list_models():
        raise InputError(f"encoder timm:{name}", "no such network", "one that timm.list_models() lists")
    network = timm.create_model(name, pretrained=False, num_classes=0)
    if weights:
        _load(network, Path(weights))
    return _Timm(network, int(network.num_features), width)


def _load(network: nn.Module, path: Path) -> None:
    """Tensors only; the classifier's, which is not there, may be among them."""
    stored = read_tensors(path, "a state dict of this network", _SAVE_ANEW)
    try:
        missing = network.load_state_dict(stored, strict=False).missing_keys
    except (RuntimeError, ValueError) as error:
        raise InputError(path, str(error).splitlines()[0], "a state dict of this network", "give another") from error
    if missing:
        raise InputError(path, f"no tensors for {', '.join(missing[:3])}", "all of the network", "give another file")
