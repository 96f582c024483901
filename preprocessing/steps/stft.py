"""Differential entropy from one windowed Fourier transform a slice: cheap and causal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...signals import Electrodes, InputError, Volume
from .bands import Bands, BandStep, check_bands
from .differential_entropy import entropy
from .slices import Slices, check_finite

BLOCK_SAMPLES = 48_000
"""Samples of a channel transformed at once, about 190 kB in float32: temporary arrays stay in the processor's cache."""


@dataclass(frozen=True)
class StftDifferentialEntropy(BandStep):
    """Differential entropy from the Hann-windowed spectrum of each slice. A slice depends on its own samples only.

    Two scales are known; they differ in base, offset and bins. X is the transform of the windowed slice of n samples.

    - ``"nats"``: ``0.5 ln(2 pi e var)`` with ``var = 2 / (n sum(hann^2)) sum |X|^2`` in microvolt squared, over the
      bins ``low <= f < high``; the slice's mean is removed before. A sine of amplitude a has ``var = a^2 / 2``.
    - ``"seed"``: ``log2(100 E)`` as in DE_PSD of BCMI, Shanghai, the code nearest to SEED's shipped features: E is the
      mean of ``|X|^2`` over the bins from one before ``low`` to one before ``high``, both included; the mean stays in.

    Args:
        window: Seconds of a slice; slices are disjoint.
        bands: ``(name, low, high)`` in Hz for each of F bands.
        scale: ``"nats"`` or ``"seed"``.

    Raises:
        InputError: A slice is no whole number of samples, a band cannot be resolved by the slice or the sampling rate,
            no scale has that name, or samples are not finite.
    """

    causal: ClassVar[bool] = True
    scale: str = "nats"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scale not in SCALES:
            raise InputError(f"scale {self.scale!r}", "no such name", f"one of {', '.join(SCALES)}")

    def __call__(self, electrodes: Electrodes) -> Volume:
        """x (T, S, F) float32. A slice with a flat site is invalid."""
        slices = Slices(electrodes, self.window)
        check_bands(self.bands, electrodes.rate, self.window)
        scale = SCALES[self.scale](slices.length, electrodes.rate, self.bands)
        energy, valid = _energies(slices, scale)
        return slices.volume(scale.value(energy), self.names, self.causal, valid)


@dataclass(frozen=True, eq=False)
class Scale:
    """The way from a slice's spectrum to its features.

    Args:
        taper: (n,) the window.
        level: (n,) share of each sample in the level that is removed first: 1 / n, or 0 to leave it in.
        bins: The columns of the spectrum, real and imaginary in turn, that any band needs.
        weights: (bins, F) their weights, squared, in each band's energy.
        value: From energies (T, S, F) to features.
    """

    taper: np.ndarray
    level: np.ndarray
    bins: slice
    weights: np.ndarray
    value: Callable[[np.ndarray], np.ndarray]


def nats(length: int, rate: float, bands: Bands) -> Scale:
    """The scale ``"nats"`` for slices of ``length`` samples.

    Raises:
        InputError: A band holds no bin.
    """
    taper = np.hanning(length + 1)[:-1]  # the periodic window, as spectra want it: np.hanning alone is symmetric
    frequencies = np.fft.rfftfreq(length, 1 / rate)
    masks = [(low <= frequencies) & (frequencies < high) for _, low, high in bands]
    bins, weights = _weights(bands, masks, length / rate)
    weights *= 2 / (length * (taper**2).sum())
    return _scale(taper, np.full(length, 1 / length), bins, weights, entropy)


def seed(length: int, rate: float, bands: Bands) -> Scale:
    """The scale ``"seed"`` for slices of ``length`` samples.

    Raises:
        InputError: A band holds no bin.
    """
    bins = np.arange(length // 2 + 1)
    edges = [(int(low / rate * length), int(high / rate * length)) for _, low, high in bands]
    masks = [(low - 1 <= bins) & (bins < high) for low, high in edges]
    used, weights = _weights(bands, masks, length / rate)
    weights /= weights.sum(axis=0) / 2
    return _scale(np.hanning(length + 2)[1:-1], np.zeros(length), used, weights, _log2_of_hundred)


SCALES: Mapping[str, Callable[[int, float, Bands], Scale]] = {"nats": nats, "seed": seed}
"""Ways from spectra to features, by name."""


def _scale(
    taper: np.ndarray, level: np.ndarray, bins: slice, weights: np.ndarray, value: Callable[[np.ndarray], np.ndarray]
) -> Scale:
    single = np.float32
    return Scale(taper.astype(single), level, bins, weights.astype(single), value)


def _log2_of_hundred(energy: np.ndarray) -> np.ndarray:
    return np.asarray(np.log2(100 * energy))


def _weights(bands: Bands, masks: list[np.ndarray], seconds: float) -> tuple[slice, np.ndarray]:
    """The columns of the spectrum that any band needs, and which of them (columns, F) belong to each band."""
    for (name, low, high), mask in zip(bands, masks, strict=True):
        if not mask.any():
            found = f"no bin, as those of {seconds:g} s are {1 / seconds:g} Hz apart"
            wanted = "at least one bin in each band"
            raise InputError(f"band {name}, {low:g}-{high:g} Hz", found, wanted, "use longer slices or a wider band")
    weights = np.repeat(np.stack(masks, axis=1).astype(float), 2, axis=0)  # each bin twice: real and imaginary
    used = np.flatnonzero(weights.any(axis=1))
    bins = slice(int(used[0]), int(used[-1]) + 1)
    return bins, weights[bins]


def _energies(slices: Slices, scale: Scale) -> tuple[np.ndarray, np.ndarray]:
    """Energies (T, S, F) float32, above zero, and whether each slice varies at every site (T,)."""
    energy = np.empty((slices.count, len(slices.rows), scale.weights.shape[1]), np.float32)
    valid = np.empty(slices.count, bool)
    for begin, end in slices.blocks(max(BLOCK_SAMPLES // slices.length, 1)):
        start = begin * slices.length
        samples = slices.electrodes.read(start, end * slices.length)
        cut = samples.reshape(len(samples), end - begin, slices.length)
        tapered = np.empty(cut.shape[1:], np.float32)
        for site, row in enumerate(slices.rows):
            energy[begin:end, site] = _energy(cut[row], scale, tapered)
        check_finite(slices.electrodes, energy[begin:end], samples, slices.rows, start)
        valid[begin:end] = _varies(cut, slices.rows)
    return np.maximum(energy, np.finfo(np.float32).tiny), valid


def _energy(cut: np.ndarray, scale: Scale, tapered: np.ndarray) -> np.ndarray:
    """Energies (T, F) of the slices (T, n) of one channel; ``tapered`` (T, n) float32 is overwritten."""
    from scipy.fft import rfft

    np.subtract(cut, (cut @ scale.level.astype(cut.dtype))[:, None], out=tapered, casting="same_kind")
    tapered *= scale.taper
    spectrum = rfft(tapered).view(np.float32)[:, scale.bins]
    energies: np.ndarray = np.square(spectrum, out=spectrum) @ scale.weights
    return energies


def _varies(cut: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """True for the slices (C, T, n) that are constant in none of ``rows``, (T,)."""
    # only a slice whose first, middle and last sample agree can be flat: few need a look at all of their samples
    first, middle, last = (cut[:, :, at][rows] for at in (0, cut.shape[2] // 2, -1))
    varies = np.ones(cut.shape[1], bool)
    for site, at in np.argwhere((first == middle) & (first == last)):
        varies[at] &= bool((cut[rows[site], at] != first[site, at]).any())
    return varies
