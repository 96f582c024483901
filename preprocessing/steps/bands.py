"""Frequency bands: names and edges in Hz, and the base of steps that take them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...signals import InputError
from .step import Step

Bands = tuple[tuple[str, float, float], ...]
"""Name, low and high edge (Hz) of each band."""

SEED_BANDS: Bands = (
    ("delta", 1.0, 4.0),
    ("theta", 4.0, 8.0),
    ("alpha", 8.0, 14.0),
    ("beta", 14.0, 31.0),
    ("gamma", 31.0, 50.0),
)
"""The five bands of SEED's features (Zheng and Lu 2015, IEEE Trans. Auton. Ment. Dev. 7(3))."""


@dataclass(frozen=True)
class BandStep(Step):
    """The base of steps from electrodes to a feature for each band.

    Args:
        window: Seconds of a slice; slices are disjoint.
        bands: ``(name, low, high)`` in Hz for each of F bands.
    """

    window: float = 1.0
    bands: Bands = SEED_BANDS

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "bands", as_bands(self.bands))

    @property
    def names(self) -> tuple[str, ...]:
        """What the F bands are called."""
        return tuple(name for name, _, _ in self.bands)


def as_bands(bands: Iterable[Any]) -> Bands:
    """Bands from triples ``(name, low, high)`` or a mapping ``{name: (low, high)}``.

    Raises:
        InputError: There are none, a name occurs twice, or the edges are not 0 < low < high.
    """
    items = [(name, *edges) for name, edges in bands.items()] if isinstance(bands, Mapping) else list(bands)
    try:
        triples = tuple((str(name), float(low), float(high)) for name, low, high in items)
    except (TypeError, ValueError) as error:
        raise _unusable(bands) from error
    names = {name for name, _, _ in triples}
    if not triples or len(names) < len(triples) or not all(0 < low < high for _, low, high in triples):
        raise _unusable(bands)
    return triples


def check_bands(bands: Bands, rate: float, seconds: float) -> None:
    """Refuse bands that a slice of ``seconds`` at ``rate`` Hz cannot hold.

    A slice holds at least one period of a band's centre, and a band ends below half the sampling rate.

    Raises:
        InputError: Names the band and the slice or the rate.
    """
    for name, low, high in bands:
        band = f"band {name}, {low:g}-{high:g} Hz"
        if high >= rate / 2:
            raise InputError(
                band, f"a recording at {rate:g} Hz", f"more than {2 * high:g} Hz", "end the band lower or leave it out"
            )
        if seconds * (low + high) / 2 < 1 - 1e-9:  # exactly one period is enough, whatever rounding makes of it
            wanted = f"at least {2 / (low + high):.3g} s, a period of the band's centre"
            raise InputError(band, f"slices of {seconds:g} s", wanted, "use longer slices or leave the band out")


def _unusable(bands: object) -> InputError:
    return InputError("bands", str(bands), "triples (name, low, high) with 0 < low < high in Hz, each name once")
