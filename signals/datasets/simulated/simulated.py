"""Simulated EEG of known structure: for tests, demonstrations, and to see whether a method finds what was planted."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from ...errors import InputError
from ...layouts.drawings import DRAWINGS
from ...layouts.layout import Layout
from ...random_streams import RandomStream
from ...streams.electrodes import Electrodes
from ...streams.source import Source
from ...trials.task import Target, Task
from ...trials.trial import Trial
from ..seed.files import FILM_SECONDS
from .settings import Simulation

BAND_EDGES = (1.0, 4.0, 8.0, 14.0, 31.0, 50.0)  # Hz; band k lies between edges k and k + 1
PLANTED_BANDS = (3, 4)  # beta and gamma carry the effect
SEED_CATEGORIES = (2, 1, 0, 0, 1, 2, 0, 1, 2, 2, 1, 0, 1, 2, 0)  # the order of SEED's films: positive, neutral, ...


@dataclass(frozen=True)
class SimulationSettings:
    """Settings of simulated EEG.

    Args:
        subjects, sessions: How many people, and visits of each.
        categories: Category of each trial of a session, 0 to 2.
        seconds: Length of each trial.
        layout: Name of a drawing.
        rate: Samples a second (Hz).
        effect: How much the beta and gamma power of a category's planted sites rises, in half nats of differential
            entropy: the difficulty knob. 0 is the null mode: no class effect whatever.
        drift: Strength of slow gain changes from trial to trial, by site and band: what makes leaky splits look good.
        artefacts: Whether people blink and tense muscles.
        seed: Of everything random.
    """

    subjects: int = 8
    sessions: int = 1
    categories: tuple[int, ...] = (0, 1, 2) * 4
    seconds: tuple[float, ...] = (20.0,) * 12
    layout: str = "seed-62"
    rate: float = 200.0
    effect: float = 1.0
    drift: float = 0.5
    artefacts: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if len(self.categories) != len(self.seconds) or not set(self.categories) <= {0, 1, 2}:
            found = f"{len(self.categories)} categories and {len(self.seconds)} lengths of trials"
            wanted = "a category (0, 1 or 2) and a length for each trial"
            raise InputError("simulation", found, wanted, "correct the settings")
        if self.layout not in DRAWINGS or self.rate < 2 * BAND_EDGES[-1]:
            wanted = f"one of {', '.join(DRAWINGS)} at {2 * BAND_EDGES[-1]:g} Hz or more"
            raise InputError("simulation", f"layout {self.layout!r} at {self.rate} Hz", wanted, "correct the settings")


class Simulated(Simulation[SimulationSettings]):
    """Simulated EEG: nobody was recorded, and everything made from it says so.

    Each site has a 1/f background shared with its neighbours and alpha towards the back of the head; each subject has a
    gain and a montage of its own; gains drift from trial to trial; people blink and tense muscles. A category raises
    beta and gamma at its planted sites (``planted``), in every subject alike.

    Args:
        root: None, or a folder with ``simulated.json``, the settings; then no other setting is taken.
        **settings: Fields of ``SimulationSettings``.

    Raises:
        InputError: A setting is unknown or out of range.
    """

    name = "Simulated"
    task = Task(categories=("negative", "neutral", "positive"))
    version: ClassVar[int] = 1
    settings_type = SimulationSettings

    @classmethod
    def seed_shaped(cls, subjects: int = 15, sessions: int = 3, time_scale: float = 1.0, **settings: Any) -> Self:
        """A simulation in SEED's shape: 15 trials a session, its order of categories, its lengths times a scale."""
        seconds = tuple(round(time_scale * film) * 1.0 for film in FILM_SECONDS)
        return cls(subjects=subjects, sessions=sessions, categories=SEED_CATEGORIES, seconds=seconds, **settings)

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, session and trial."""
        s = self.settings
        for subject in range(1, s.subjects + 1):
            for session in range(1, s.sessions + 1):
                for trial in range(1, len(s.seconds) + 1):
                    yield self._trial(subject, session, trial)

    @property
    def planted(self) -> dict[str, tuple[str, ...]]:
        """The sites whose power each category raises: the truth for anything that explains."""
        layout = DRAWINGS[self.settings.layout]
        planted = {}
        for name, cluster in zip(self.task.categories, planted_sites(layout, self.settings.seed), strict=True):
            planted[name] = tuple(layout.sites[site] for site in cluster)
        return planted

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """A settings file for two subjects with six short trials each."""
        settings = SimulationSettings(
            subjects=2,
            sessions=1,
            categories=(0, 1, 2) * 2,
            seconds=(6.0,) * 6,
            layout="scalp-19",
            rate=128.0,
            seed=seed,
        )
        cls.write_settings(root, settings)

    def _trial(self, subject: int, session: int, trial: int) -> Trial:
        s = self.settings
        layout = DRAWINGS[s.layout]
        read = SimulatedSamples(s, subject, session, trial)
        n_samples = round(s.seconds[trial - 1] * s.rate)
        source = Source(None, repr(read))
        stream = Electrodes(
            layout, layout.sites, s.rate, n_samples, read, source=source, start=sum(s.seconds[: trial - 1])
        )
        target = Target.of(s.categories[trial - 1])
        return Trial(str(subject), str(session), trial, str(trial), {"eeg": stream}, target=target)


@dataclass(frozen=True)
class SimulatedSamples:
    """A ``read`` of one simulated trial: the same samples however they are cut."""

    settings: SimulationSettings
    subject: int
    session: int
    trial: int

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``, (S, stop - start) float32 in microvolt."""
        return _whole_trial(self)[:, start:stop]


def planted_sites(layout: Layout, seed: int) -> tuple[tuple[int, ...], ...]:
    """For each of the three categories a cluster of neighbouring sites, far from the others': a twelfth of all each."""
    cells = np.array(layout.cells)
    distance = np.hypot(*np.moveaxis(cells[:, None] - cells[None], -1, 0))
    centres = [int(RandomStream.FOCI.rng(seed).integers(len(layout)))]
    while len(centres) < 3:
        centres.append(int(distance[centres].min(axis=0).argmax()))
    size = max(1, len(layout) // 12)
    nearest = np.argsort(distance[centres], axis=1, kind="stable")[:, :size]
    return tuple(tuple(sites) for sites in nearest.tolist())


@lru_cache(maxsize=2)
def _whole_trial(of: SimulatedSamples) -> np.ndarray:
    s = of.settings
    layout = DRAWINGS[s.layout]
    rng = RandomStream.ELECTRODE_NOISE.rng(s.seed, of.subject, of.session, of.trial)
    n = round(s.seconds[of.trial - 1] * s.rate)
    signal = background(rng, layout, log_gain(of, layout), n, s.rate)
    if s.artefacts:
        signal += blinks(rng, layout, n, s.rate) + muscle(rng, layout, n, s.rate)
    signal = signal.astype(np.float32)
    signal.flags.writeable = False
    return signal


def log_gain(of: SimulatedSamples, layout: Layout) -> np.ndarray:
    """Log of each site's amplitude in each band, (S, bands): subject, montage, drift, and the planted effect."""
    s, sites, bands = of.settings, len(layout), len(BAND_EDGES) - 1
    person = RandomStream.GAIN.rng(s.seed, of.subject)
    gain = 0.2 * person.standard_normal() + 0.2 * person.standard_normal((sites, 1))
    gain = gain + s.drift * _drift(of, (sites, bands))
    for band in PLANTED_BANDS:
        gain[list(planted_sites(layout, s.seed)[s.categories[of.trial - 1]]), band] += 0.5 * s.effect
    return gain


def _drift(of: SimulatedSamples, shape: tuple[int, int]) -> np.ndarray:
    """d_k = .95 d_(k-1) + .31 N(0, .6^2) over the trials of a session, and .5 N(0, .6^2) for each trial by itself."""
    rng = RandomStream.DRIFT.rng(of.settings.seed, of.subject, of.session)
    slow = np.zeros(shape)
    for _ in range(of.trial):
        slow = 0.95 * slow + 0.31 * 0.6 * rng.standard_normal(shape)
        alone = 0.5 * 0.6 * rng.standard_normal(shape)
    return slow + alone


def background(rng: np.random.Generator, layout: Layout, gain: np.ndarray, n: int, rate: float) -> np.ndarray:
    """1/f noise shared with the neighbours, alpha at the back, each band of each site at its gain: (S, n) microvolt."""
    from scipy.fft import irfft, next_fast_len

    size = next_fast_len(n, real=True)
    hertz = np.arange(size // 2 + 1) * rate / size
    rows = np.array(layout.cells)[:, 0] / max(layout.shape[0] - 1, 1)
    shape = np.where(hertz > 0.5, np.maximum(hertz, 0.5) ** -0.5, 0)
    alpha = np.exp(-0.5 * ((hertz - 10) / 1.0) ** 2)
    amplitude = shape * (1 + np.outer(2.0 * rows, alpha))
    band = np.clip(np.searchsorted(BAND_EDGES, hertz, side="right") - 1, 0, len(BAND_EDGES) - 2)
    noise = rng.standard_normal((2, len(layout), len(hertz)), dtype=np.float32)
    spectrum = (noise[0] + 1j * noise[1]) * amplitude * np.exp(gain)[:, band]
    scale = 10.0 * size / np.sqrt(2 * len(hertz))
    return np.asarray(scale * irfft(_mixing(layout) @ spectrum, size, axis=1)[:, :n])


@lru_cache(maxsize=8)
def _mixing(layout: Layout) -> np.ndarray:
    """Weights by which each site hears itself and its neighbours: rows of unit length, (S, S)."""
    cells = np.array(layout.cells)
    near = np.abs(cells[:, None] - cells[None]).max(axis=-1) == 1
    mix = np.eye(len(layout)) + 0.25 * near
    return np.asarray(mix / np.linalg.norm(mix, axis=1, keepdims=True), np.float32)


def blinks(rng: np.random.Generator, layout: Layout, n: int, rate: float) -> np.ndarray:
    """About one blink in four seconds: 0.3 s, 120 microvolt at the front row, fading towards the back."""
    front = np.exp(-np.array(layout.cells)[:, 0] * 1.0)
    course = _bursts(rng, n, rate, every=4.0, seconds=0.3) * 120.0
    return np.outer(front, course)


def muscle(rng: np.random.Generator, layout: Layout, n: int, rate: float) -> np.ndarray:
    """About one half-second burst in twenty seconds: broad-band noise of 15 microvolt at the outermost columns."""
    columns = np.array(layout.cells)[:, 1]
    outer = ((columns == 0) | (columns == columns.max())).astype(float)
    course = _bursts(rng, n, rate, every=20.0, seconds=0.5) * 15.0
    return np.asarray(outer[:, None] * course * rng.standard_normal((len(layout), n)))


def _bursts(rng: np.random.Generator, n: int, rate: float, every: float, seconds: float) -> np.ndarray:
    """A course (n,) of half-sine bursts at random times."""
    width = round(seconds * rate)
    starts = rng.integers(0, max(n - width, 1), rng.poisson(n / rate / every))
    course = np.zeros(n + width)
    for start in starts:
        course[start : start + width] = np.sin(np.pi * np.arange(width) / width)
    return course[:n]
