"""Band signals by exact linear-phase FIR filters, reduced to moments of each slice as soon as they are made.

One forward FFT of a block serves all bands (overlap-save); blocks are small enough to stay in the processor's cache,
and no band signal is ever stored, so memory does not grow with the recording.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...signals.streams.electrodes import Span
from .bands import Bands, check_bands
from .reading import check_reach, mirrored, pieces_of
from .slices import Slices, levelled

SHORTEST_FFT = 9600
"""Points of an FFT at least: 45 s at 200 Hz. Blocks are also at least four times as long as the longest filter."""

BLOCK_POINTS = 160_000
"""Points of an FFT times sites done at once: 640 kB in float32, which second-level caches hold."""

ROUNDING = 1e-6
"""Band amplitudes below this share of the block's are rounding errors of the float32 FFT (they are about 2e-7)."""


@dataclass(frozen=True, eq=False)
class BandMoments:
    """Moments of the F band signals in each of T slices at S sites.

    Args:
        mean: (T, S, F) float32, microvolt.
        square: (T, S, F) float32, mean square in microvolt squared.
        valid: (T,) whether every band at every site stands above the rounding errors; a flat site does not.
    """

    mean: np.ndarray
    square: np.ndarray
    valid: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """(T, S, F) microvolt squared, never zero: at least the smallest normal float32."""
        variance: np.ndarray = np.maximum(self.square - self.mean * self.mean, np.finfo(np.float32).tiny)
        return variance


def band_moments(slices: Slices, bands: Bands) -> BandMoments:
    """Filter every site into ``bands`` and take moments of each slice.

    The filters are MNE's default zero-phase FIR design (Hamming window, transitions of a quarter of the edge, 2 Hz at
    least), so a slice depends on half the longest filter before and after it (1.65 s with SEED's bands).

    Raises:
        InputError: A band cannot be resolved, the recording is shorter than half the longest filter, or a sample is not
            finite.
    """
    electrodes = slices.electrodes
    check_bands(bands, electrodes.rate, slices.seconds)
    bank = _design(bands, electrodes.rate, slices.length)
    check_reach(electrodes, bank.reach, f"the filter of the lowest band ({bands[0][0]} among them)")
    mean, square = np.zeros((2, slices.count, len(slices.rows), len(bands)), np.float32)
    valid = np.zeros(slices.count, bool)  # and stay so where a joint lies within a slice, or its piece is too short
    for piece, begin, end in _blocks(slices, bank):
        valid[begin:end] = True
        # the filters' reach on either side is read too: overlap-save, so that blocks leave no trace in the result
        start = begin * slices.length - bank.reach
        samples = mirrored(electrodes, piece, start, end * slices.length + bank.reach)
        for sites in bank.groups(len(slices.rows)):
            rows = slices.rows[sites]
            block = levelled(electrodes, samples, rows, start)
            valid[begin:end] &= bank.fill(block, mean[begin:end, sites], square[begin:end, sites])
    return BandMoments(mean, square, valid)


def _blocks(slices: Slices, bank: "_Bank") -> Iterator[tuple[Span, int, int]]:
    """Ranges of slices that are filtered at once, each inside one piece of the recording, and the piece."""
    for piece in pieces_of(slices.electrodes):
        if piece[1] - piece[0] > bank.reach:
            first, last = -(-piece[0] // slices.length), piece[1] // slices.length
            for begin in range(first, last, bank.slices):
                yield piece, begin, min(begin + bank.slices, last)


@dataclass(frozen=True, eq=False)
class _Bank:
    """Filters ready for blocks of one size.

    ``response`` is (F, 2 K): the filters' transfer functions, which are real since the filters are symmetric about
    sample 0, each of the K values twice so that it multiplies real and imaginary parts.
    """

    response: np.ndarray
    points: int
    reach: int
    length: int

    @property
    def slices(self) -> int:
        return (self.points - 2 * self.reach) // self.length

    def groups(self, n_sites: int) -> Iterator[slice]:
        """Sites that are filtered together."""
        size = max(BLOCK_POINTS // self.points // 4, 1) * 4  # SciPy transforms four float32 signals at once
        return (slice(begin, begin + size) for begin in range(0, n_sites, size))

    def fill(self, block: np.ndarray, mean: np.ndarray, square: np.ndarray) -> np.ndarray:
        """Moments of ``block`` (C, reach + count * length + reach) into ``mean`` and ``square`` (count, C, F).

        Returns:
            (count,) whether every band at every site stands above the rounding errors.
        """
        from scipy.fft import irfft, rfft

        spectrum = rfft(block, self.points).view(np.float32)
        product = np.empty_like(spectrum)
        shape = (len(block), len(mean), self.length)
        for band, response in enumerate(self.response):
            np.multiply(spectrum, response, out=product)
            signal = irfft(product.view(np.complex64), self.points, overwrite_x=True)
            signal = signal[:, self.reach : self.reach + shape[1] * shape[2]].reshape(shape)
            mean[..., band] = np.einsum("ctn->tc", signal) / self.length
            square[..., band] = np.einsum("ctn,ctn->tc", signal, signal) / self.length
        power = np.einsum("cn,cn->c", block, block) / block.shape[1]
        resolved: np.ndarray = (square - mean * mean > ROUNDING**2 * power[:, None]).all(axis=(1, 2))
        return resolved


@lru_cache(maxsize=16)
def _design(bands: Bands, rate: float, length: int) -> _Bank:
    from mne.filter import create_filter
    from scipy.fft import next_fast_len

    taps = [create_filter(None, rate, low, high, verbose="ERROR") for _, low, high in bands]
    reach = max(len(h) for h in taps) // 2
    points = next_fast_len(max(SHORTEST_FFT, 8 * reach, length + 2 * reach), real=True)
    response = np.stack([_transfer(h, points) for h in taps])
    return _Bank(np.repeat(response, 2, axis=1).astype(np.float32), points, reach, length)


def _transfer(taps: np.ndarray, points: int) -> np.ndarray:
    """The real transfer function of symmetric ``taps`` (odd length) centred on sample 0, (points // 2 + 1,)."""
    half = len(taps) // 2
    centred = np.zeros(points)
    centred[: half + 1], centred[points - half :] = taps[half:], taps[:half]
    return np.fft.rfft(centred).real
