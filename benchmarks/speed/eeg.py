"""Speed of the EEG features on simulated noise, 62 electrodes at 200 Hz: filter bank, Fourier transform, smoothing."""

import math
import shutil
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from ...preprocessing import SEED_BANDS, DifferentialEntropy, LdsFilter, StftDifferentialEntropy, preprocess
from ...preprocessing.cache_files import cache_file
from ...signals import SEED_62, Electrodes, Samples, Source, Volume
from ...signals.datasets import TrialTable
from ...signals.files.edf import write_long_edf
from ...signals.streams.sketch import SampleSketch
from .timing import SpeedRow, faster, measure, within

RATE = 200
MINUTES = 10
RATES = (128, 200, 250, 500, 1000, 2000)
LOOPED_SECONDS = 4
BLOCK = 240
"""Slices a block of the bare Fourier transform, which makes it fastest."""


def rows() -> Iterator[SpeedRow]:
    """Every goal for EEG features; each variant is first compared with its reference."""
    samples = _noise(MINUTES * 60)
    yield from _bank(samples)
    yield from _stft(samples)
    yield from _smoothing(samples)
    yield _memory()
    yield _sines()
    yield _sketches(samples)


def _sketches(samples: np.ndarray) -> SpeedRow:
    """What sketches and digests of samples, by which trials that share some are found, add to a run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = "subject,session,trial,stimulus,eeg,valence\n1,1,1,film,film.edf,0.5\n"
        (folder / "trials.csv").write_text(table, encoding="utf-8")
        write_long_edf(folder / "film.edf", SEED_62.sites, RATE, [samples], MINUTES * 60)

        def build() -> None:
            shutil.rmtree(folder / "cache", ignore_errors=True)
            preprocess(TrialTable(folder), None, folder / "cache")

        def without() -> None:
            nothing = patch.object(SampleSketch, "see", lambda *_: None)
            with nothing, patch.object(cache_file, "samples_of", lambda _: ()):
                build()

        timing = measure({"with": build, "without": without}, 9)
    return within(
        "run with sketches and digests of samples / without", timing, "with", "without", target=1.02, floor=1.05
    )


def _bank(samples: np.ndarray) -> Iterator[SpeedRow]:
    recording, few = _recording(samples), samples[:, : LOOPED_SECONDS * RATE]
    compute = DifferentialEntropy()
    _agree(compute(recording).x[:20], _mne(samples[:, : 30 * RATE])[:20], 1e-5)
    timing = measure(
        {
            "bank": lambda: compute(recording),
            "mne": lambda: _mne(samples),
            "limit": _transforms_alone(),
            "loop": lambda: _window_loop(few),
            "designed once": lambda: _window_loop(few, _designed()),
        }
    )
    yield faster("DE bank against MNE filter + var", timing, "mne", "bank", target=8, floor=5)
    yield within("DE bank / its FFTs and products alone", timing, "bank", "limit", target=1.3, floor=1.7)
    times = MINUTES * 60 / LOOPED_SECONDS
    ratio, once = timing.ratio("loop", "bank"), timing.ratio("designed once", "bank")
    note = f"minimum {ratio.minimum * times:.3g}; {once.median * times:.3g}x if designed once; {LOOPED_SECONDS} s timed"
    yield SpeedRow(
        "DE bank against a filter per window", ratio.median * times, "x", 250, 100, note=note, void=timing.void
    )


def _stft(samples: np.ndarray) -> Iterator[SpeedRow]:
    recording, compute = _recording(samples), StftDifferentialEntropy()
    _agree(compute(recording).x, _fft_loop(samples), 1e-4)
    timing = measure(
        {
            "stft": lambda: compute(recording),
            "bare": lambda: _bare_transform(samples),
            "loop": lambda: _fft_loop(samples),
        }
    )
    yield within("STFT DE / bare windowed rfft", timing, "stft", "bare", target=1.5, floor=2.2)
    yield faster("STFT DE against an FFT per window", timing, "loop", "stft", target=3.5, floor=2.5)


def _smoothing(samples: np.ndarray) -> Iterator[SpeedRow]:
    recording, bank, smooth = _recording(samples), DifferentialEntropy(), LdsFilter()
    volume = bank(recording)
    _agree(smooth(volume).x, _series_loop(volume), 1e-5)
    timing = measure(
        {"lds": lambda: smooth(volume), "loop": lambda: _series_loop(volume), "bank": lambda: bank(recording)}
    )
    yield faster("LDS against a loop over series", timing, "loop", "lds", target=12, floor=6)
    yield within("LDS / DE bank", timing, "lds", "bank", target=0.04, floor=0.08)


def _memory() -> SpeedRow:
    """Peak of what is allocated while an hour on disk becomes features, less the features."""
    shape = (62, 3600 * RATE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples"
        np.memmap(path, np.float32, "w+", shape=shape)[:, ::7] = 10.0
        mapped = np.memmap(path, np.float32, "r", shape=shape)
        DifferentialEntropy()(_recording(mapped[:, : 100 * RATE]))
        tracemalloc.start()
        volume = DifferentialEntropy()(_recording(mapped))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return SpeedRow("MB of memory beside input and result, 1 h mapped", (peak - volume.x.nbytes) / 1e6, "<=", 50, 100)


def _sines() -> SpeedRow:
    """Largest distance from ``0.5 ln(2 pi e (a g)^2 / 2)`` over rates and bands; g is the filter's gain there."""
    errors, gains = np.transpose(
        [_sine(rate, band, (low + high) // 2) for rate in RATES for band, (_, low, high) in enumerate(SEED_BANDS)]
    )
    name = f"nats between DE of a sine and theory, {RATES[0]}-{RATES[-1]} Hz"
    return SpeedRow(name, errors.max(), "<=", 1e-3, 1e-3, note=f"gains within {gains.max():.2g} of 1")


def _sine(rate: int, band: int, hertz: float) -> tuple[float, float]:
    from mne.filter import create_filter

    taps = create_filter(None, rate, *SEED_BANDS[band][1:], verbose="ERROR")
    gain = float(np.abs(taps @ np.exp(2j * np.pi * hertz * np.arange(len(taps)) / rate)))
    sine = 30 * np.sin(2 * np.pi * hertz * np.arange(20 * rate) / rate)
    entropy = DifferentialEntropy()(_recording(np.tile(sine, (62, 1)), rate)).x[4:-4, :, band]
    return float(np.abs(entropy - _entropy(np.array((30 * gain) ** 2 / 2))).max()), abs(gain - 1)


def _mne(samples: np.ndarray) -> np.ndarray:
    """The plain way: MNE's filter for each band on the whole recording, then the variance of each slice."""
    from mne.filter import filter_data

    variances = []
    for _, low, high in SEED_BANDS:
        filtered = filter_data(samples.astype(np.float64), RATE, low, high, verbose="ERROR")
        variances.append(filtered.reshape(62, -1, RATE).var(axis=-1).T)
    return _entropy(np.stack(variances, axis=-1))


def _window_loop(samples: np.ndarray, designed: list[Any] | None = None) -> np.ndarray:
    """What TorchEEG does: a Butterworth filter designed, and run from rest, for each slice, channel and band."""
    from scipy.signal import lfilter

    slices = samples.reshape(62, -1, RATE)
    return np.array(
        [
            [[_entropy(lfilter(b, a, one).var()) for b, a in designed or _designed()] for one in channel]
            for channel in slices
        ]
    )


def _designed() -> list[Any]:
    from scipy.signal import butter

    return [butter(5, (low, high), "bandpass", fs=RATE) for _, low, high in SEED_BANDS]


def _transforms_alone() -> Callable[[], None]:
    """The least work of a filter bank: an rfft, five products and irffts a block, on one buffer, 16 channels x 30 s."""
    from scipy.fft import irfft, rfft

    points, channels = 6750, 16
    buffer = np.random.default_rng(0).standard_normal((channels, points)).astype(np.float32)
    responses = np.ones((len(SEED_BANDS), points // 2 + 1), np.complex64)
    calls = round(62 / channels * MINUTES * 60 / 30)

    def run() -> None:
        for _ in range(calls):
            spectrum = rfft(buffer)
            for response in responses:
                irfft(spectrum * response, points)

    return run


def _bare_transform(samples: np.ndarray) -> None:
    from scipy.fft import rfft

    taper = _taper().astype(np.float32)
    for channel in samples:
        for begin in range(0, len(channel), BLOCK * RATE):
            rfft(channel[begin : begin + BLOCK * RATE].reshape(-1, RATE) * taper)


def _fft_loop(samples: np.ndarray) -> np.ndarray:
    """One slice at a time, all channels at once, with the transforms of TorchEEG and our bins and scale."""
    entropy = []
    for one in np.split(samples, samples.shape[1] // RATE, axis=1):
        taper = _taper()
        amplitude = np.abs(np.fft.fft((one - one.mean(axis=1, keepdims=True)) * taper)[:, : RATE // 2])
        bands = [(amplitude[:, int(low) : int(high)] ** 2).sum(axis=1) for _, low, high in SEED_BANDS]
        entropy.append(_entropy(np.stack(bands, axis=1) * 2 / (RATE * (taper**2).sum())))
    return np.array(entropy)


def _series_loop(volume: Volume) -> np.ndarray:
    """One Kalman filter for each site and band."""
    series = volume.x.reshape(len(volume.x), -1).T.tolist()
    return np.array([_kalman(one, 1e-4) for one in series]).T.reshape(volume.x.shape)


def _kalman(series: list[float], drift: float) -> list[float]:
    estimate, variance = series[0], 1.0
    estimates = [estimate]
    for seen in series[1:]:
        predicted = variance + drift
        gain = predicted / (predicted + 1)
        estimate, variance = estimate + gain * (seen - estimate), (1 - gain) * predicted
        estimates.append(estimate)
    return estimates


def _taper() -> np.ndarray:
    return np.hanning(RATE + 1)[:-1]


def _entropy(variance: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * np.log(2 * math.pi * math.e * variance))


def _noise(seconds: int) -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal((62, seconds * RATE), np.float32)
    return 20 * noise + 1000


def _recording(samples: np.ndarray, rate: float = RATE) -> Electrodes:
    return Electrodes(
        layout=SEED_62,
        names=SEED_62.sites,
        rate=rate,
        n_samples=samples.shape[1],
        read=Samples(samples),
        source=Source(None, "simulated"),
    )


def _agree(ours: np.ndarray, reference: np.ndarray, tolerance: float) -> None:
    error = float(np.abs(ours - reference).max())
    if not error <= tolerance:
        raise ArithmeticError(f"two ways to the same features differ by {error:.3g}, more than {tolerance:g}")
