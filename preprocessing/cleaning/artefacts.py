"""Marks for what is not to be trusted: flat stretches, bad channels, artefacts. Samples stay as they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...signals import Electrodes, InputError
from ...signals.streams.electrodes import Span
from ..steps.slices import blocks
from ..steps.step import Step

BLOCK_SECONDS = 10.0
"""Recordings are looked through in blocks of this length."""

FEWEST_SITES = 4
"""Below this, "unlike the others" means nothing."""


@dataclass(frozen=True)
class MarkFlat(Step):
    """Mark stretches in which any site that is not marked bad stands still: a loose electrode, a pause, a cut plug.

    Args:
        seconds: The shortest such stretch.

    Raises:
        InputError: A site stands still throughout, or the setting is not positive.
    """

    causal: ClassVar[bool] = False
    seconds: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_positive(self, self.seconds)

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The recording with further bad spans."""
        rows = _unmarked_rows(electrodes)
        shortest = max(round(self.seconds * electrodes.rate), 2)
        moved, spans = np.zeros(len(rows), bool), []
        # blocks overlap, so that a stretch across a border lies whole in one of them or in both
        for start, samples in _blocks(electrodes, rows, overlap=shortest):
            still = samples[:, 1:] == samples[:, :-1]
            moved |= ~still.all(axis=1)
            spans += [(start + begin, start + end) for begin, end in _runs(still, shortest)]
        if not moved.all():
            flat = ", ".join(electrodes.names[row] for row in rows[~moved])
            raise InputError(
                electrodes.source,
                f"flat throughout: {flat}",
                "sites that record",
                "put MarkBadChannels() and InterpolateBadChannels() first, or use a layout without them",
            )
        return _with_spans(electrodes, spans)


@dataclass(frozen=True)
class MarkArtefacts(Step):
    """Mark half seconds in which any site that is not marked bad spans more than ``peak_to_peak``: blinks, movements.

    Args:
        peak_to_peak: Largest minus smallest sample, in microvolt.
        seconds: Length of the stretches that are judged and marked.

    Raises:
        InputError: A setting is not positive.
    """

    causal: ClassVar[bool] = False
    peak_to_peak: float = 200.0
    seconds: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_positive(self, min(self.peak_to_peak, self.seconds))

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The recording with further bad spans."""
        rows = _unmarked_rows(electrodes)
        length = max(round(self.seconds * electrodes.rate), 1)
        spans = []
        # a block is a whole number of stretches: where it begins must not change which samples are judged together
        for begin, end in blocks(electrodes.n_samples, length * max(round(BLOCK_SECONDS / self.seconds), 1)):
            samples = electrodes.read(begin, end)[rows]
            starts = np.arange(0, end - begin, length)
            high, low = (extreme.reduceat(samples, starts, axis=1) for extreme in (np.maximum, np.minimum))
            wide = starts[((high - low) > self.peak_to_peak).any(axis=0)]
            spans += [(begin + int(at), min(begin + int(at) + length, end)) for at in wide]
        return _with_spans(electrodes, spans)


@dataclass(frozen=True)
class MarkMuscle(Step):
    """Mark muscle bursts by ``mne.preprocessing.annotate_muscle_zscore``. Needs the whole recording in memory.

    Args:
        z: Deviation of the high-frequency envelope, averaged over sites, above which a stretch is marked.
        low: Lower edge of the muscle band, Hz.
        high: Its upper edge, below half the sampling rate.

    Raises:
        InputError: The band is too high for the sampling rate.
    """

    causal: ClassVar[bool] = False
    z: float = 4.0
    low: float = 110.0
    high: float = 140.0

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The recording with further bad spans."""
        import mne

        if not 0 < self.low < self.high < electrodes.rate / 2:
            found = f"{electrodes.rate:g} Hz for {self}"
            raise InputError(electrodes.source, found, f"more than {2 * self.high:g} Hz", "choose a lower muscle band")
        rows = _unmarked_rows(electrodes)
        info = mne.create_info(len(rows), electrodes.rate, "eeg", verbose="ERROR")
        volts = electrodes.read(0, electrodes.n_samples)[rows] * 1e-6  # MNE's unit
        raw = mne.io.RawArray(volts.astype(np.float64), info, verbose="ERROR")
        bursts, _ = mne.preprocessing.annotate_muscle_zscore(
            raw, threshold=self.z, ch_type="eeg", filter_freq=(self.low, self.high), verbose="ERROR"
        )
        edges = np.stack([bursts.onset, bursts.onset + bursts.duration], axis=1) * electrodes.rate
        return _with_spans(electrodes, [(round(begin), round(end)) for begin, end in edges])


@dataclass(frozen=True)
class MarkBadChannels(Step):
    """Mark sites that are unlike the others, by two rules of the PREP pipeline and flatness.

    In blocks of ten seconds, each site's standard deviation and its largest absolute correlation with another site are
    taken; their medians over the blocks count, so that bursts do not. A site is bad if the logarithm of its deviation
    stands more than ``z`` robust deviations (1.4826 times the median absolute deviation over sites, PREP: 5) from the
    sites' median, if its correlation is below ``correlation`` (PREP: 0.4), or if it is flat in most blocks.
    MNE's ``find_bad_channels_lof`` needs more than 20 channels and the whole recording in memory, so it is not used.

    Source: Bigdely-Shamlo et al. 2015, Front. Neuroinform. 9:16.

    Args:
        z: Robust deviations.
        correlation: The least correlation with any other site.

    Raises:
        InputError: There are fewer than four sites.
    """

    causal: ClassVar[bool] = False
    z: float = 5.0
    correlation: float = 0.4

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The recording with further bad channels."""
        rows = _unmarked_rows(electrodes)
        if len(rows) < FEWEST_SITES:
            raise InputError(
                electrodes.source, f"{len(rows)} sites", f"{FEWEST_SITES} or more, to compare them", "leave it out"
            )
        measured = [_likeness(samples) for _, samples in _blocks(electrodes, rows, overlap=0)]
        deviation, correlation = np.median(np.array(measured), axis=0)
        bad = rows[_unlike(deviation, self.z) | (correlation < self.correlation)]
        names = (*electrodes.bad_channels, *(electrodes.names[row] for row in bad))
        return replace(electrodes, bad_channels=names)


def _likeness(samples: np.ndarray) -> np.ndarray:
    """Standard deviation and largest absolute correlation with another site, (2, S); flat sites have 0 and 0."""
    centred = samples - samples.mean(axis=1, keepdims=True, dtype=np.float64)
    deviation = np.sqrt((centred**2).mean(axis=1))
    centred /= np.where(deviation > 0, deviation, 1)[:, None]
    correlation = np.abs(centred @ centred.T) / samples.shape[1]
    np.fill_diagonal(correlation, 0)
    likeness: np.ndarray = np.stack([deviation, np.max(correlation, axis=1)])
    return likeness


def _unlike(deviation: np.ndarray, z: float) -> np.ndarray:
    """True for sites that stand out, (S,), flat ones among them."""
    flat: np.ndarray = deviation == 0
    if flat.all():
        return flat
    # flat sites have no logarithm, so the medians are those of the others
    level = np.log(np.where(flat, 1, deviation))
    distance = np.abs(level - np.median(level[~flat]))
    unlike: np.ndarray = flat | (distance > z * 1.4826 * np.median(distance[~flat]))
    return unlike


def _runs(still: np.ndarray, shortest: int) -> Iterator[Span]:
    """Sample ranges of at least ``shortest`` equal samples; ``still`` (S, n - 1) says which equal their predecessor."""
    # such a run covers at least one aligned block of half its length: rows without one need no closer look
    half = max(shortest // 2, 1)
    whole = still.shape[1] // half * half
    stands = np.any(np.all(still[:, :whole].reshape(len(still), -1, half), axis=2), axis=1)
    for row in still[stands | (whole == 0)]:  # fewer samples than a block: every row is looked at
        edges = np.flatnonzero(np.diff(row, prepend=False, append=False))
        for begin, end in edges.reshape(-1, 2):
            if end - begin + 1 >= shortest:
                yield int(begin), int(end) + 1


def _blocks(electrodes: Electrodes, rows: np.ndarray, overlap: int) -> Iterator[tuple[int, np.ndarray]]:
    """First sample and samples (S, n) of blocks, each ``overlap`` samples into the next."""
    for begin, end in blocks(electrodes.n_samples, max(round(BLOCK_SECONDS * electrodes.rate), 2 * overlap)):
        yield begin, electrodes.read(begin, min(end + overlap, electrodes.n_samples))[rows]


def _unmarked_rows(electrodes: Electrodes) -> np.ndarray:
    rows = electrodes.layout.index(electrodes.names)
    return np.array([row for row in rows if electrodes.names[row] not in electrodes.bad_channels], int)


def _with_spans(electrodes: Electrodes, spans: Iterable[Span]) -> Electrodes:
    """The recording with ``spans`` too, all of them in order and joined where they meet."""
    joined: list[Span] = []
    for begin, end in sorted([*electrodes.bad_spans, *spans]):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return replace(electrodes, bad_spans=tuple(joined))


def _check_positive(step: Step, setting: float) -> None:
    if not setting > 0:
        raise InputError(repr(step), f"{setting:g}", "positive settings")
