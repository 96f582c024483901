"""CNN+RNN: an encoder for each slice's map, recurrence over the slices (after arXiv 1910.05784 and 2006.11168)."""

from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn

from ...signals import InputError, Layout
from .backbone import Backbone
from .encoders import default_encoder, make_encoder
from .readout import check_readout, read_out, readout_width

CELLS = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
"""Recurrences by name; ``"none"`` leaves it out."""


class CNNRNN(Backbone):
    """Encode each slice's map, then read the slices in turn: (B, T, S, F) -> (B, width).

    Electrodes are seen as a scalp map, patches of pixels as the face they were cut from. With ``cell="none"`` it is the
    CNN alone, with ``encoder="pooled"`` the RNN alone: what each part contributes.

    Args:
        layout, n_features, n_slices: S sites, F features, T slices.
        encoder: A name in ``ENCODERS`` or ``timm:NAME``; left out, what fits the layout.
        features: Width of a slice's vector after the encoder.
        weights: File of tensors for a network of timm.
        cell: ``"gru"``, ``"lstm"``, ``"rnn"`` (tanh, without gates: the SimpleRNN of arXiv 2006.11168) or ``"none"``.
        hidden: Units of each layer of the recurrence, in each direction: one number for each layer.
        both_ways: Whether slices are read in both directions.
        readout: ``"slot"``, ``"mean"`` or ``"last"`` of the slices.
        dropout: Before the recurrence and before the head.

    Raises:
        InputError: A name is unknown, or a setting does not fit.
    """

    first_only: ClassVar[tuple[str, ...]] = ("weights",)

    def __init__(
        self,
        layout: Layout,
        n_features: int,
        n_slices: int,
        encoder: str = "",
        features: int = 64,
        weights: str = "",
        cell: str = "gru",
        hidden: tuple[int, ...] | int = (32,),
        both_ways: bool = True,
        readout: str = "slot",
        dropout: float = 0.5,
    ) -> None:
        super().__init__(layout, n_features, n_slices)
        check_readout(readout)
        self.encoder = make_encoder(encoder or default_encoder(layout), layout, n_features, features, weights)
        units = (hidden,) if isinstance(hidden, int) else tuple(hidden)
        self.recurrence = _Recurrence(cell, features, units, both_ways)
        self.readout, self.slice_width = readout, self.recurrence.width
        self.width = readout_width(readout, n_slices, self.slice_width)
        self.dropout = nn.Dropout(dropout)

    @classmethod
    def rangulov(cls, layout: Layout, n_features: int, n_slices: int) -> "CNNRNN":
        """The exact network of Rangulov and Fahim (arXiv 2006.11168) for faces of 96 x 96: three GRUs, last state."""
        return cls(
            layout, n_features, n_slices, "rangulov", 300, hidden=(100, 100, 50), both_ways=False, readout="last"
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, width)."""
        vector: Tensor = self.dropout(read_out(self.slices(x, mask), mask, self.readout))
        return vector

    def slices(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, T, slice_width)."""
        states: Tensor = self.recurrence(self.dropout(self.encode(x, mask)))
        return states if mask is None else states * mask[:, :, None]

    def encode(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, T, features): each slice by itself."""
        encoded: Tensor = self.encoder(x.flatten(0, 1)).view(*x.shape[:2], -1)
        return encoded if mask is None else encoded * mask[:, :, None]


class _Recurrence(nn.Module):
    """Layers of one cell over time: (B, T, features) -> (B, T, width)."""

    def __init__(self, cell: str, features: int, hidden: tuple[int, ...], both_ways: bool) -> None:
        super().__init__()
        if cell not in (*CELLS, "none") or not hidden or min(hidden) < 1:
            known = f"one of {', '.join(CELLS)}, none; units from 1"
            raise InputError("CNNRNN", f"cell {cell!r} with {hidden} units", known)
        ways = 2 if both_ways else 1
        sizes = [features, *(ways * units for units in hidden)]
        self.layers, self.width = nn.ModuleList(), features
        if cell in CELLS:
            for before, after in pairwise(sizes):
                layer = CELLS[cell](before, after // ways, batch_first=True, bidirectional=both_ways)
                self.layers.append(layer)
            self.width = sizes[-1]

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x, _ = layer(x)
        return x
