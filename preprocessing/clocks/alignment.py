"""Alignment of the EEG and the video of each session on one clock: what is known of it, and what each stream lacks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from ...signals import Clock, Dataset, Electrodes, InputError, Trial, Video, natural_order
from ..building.dataset_build import open_trials

STREAMS = {"eeg": "EEG", "face": "video"}
"""The streams that are compared, and what a report calls them."""
GAP = 1.5
"""A step between frames is a gap when it is longer than this many median steps."""

Span = tuple[float, float]


@dataclass(frozen=True)
class TrialAlignment:
    """The stretches of either stream in one trial, in seconds on the session clock.

    Args:
        trial: Place in the session.
        eeg: When the EEG begins and ends; None where the trial has none.
        face: When the video shows something, (begin, end) of each stretch without a gap; empty where there is none.
        gaps: When frames are missing, (last frame before, first frame behind) of each gap.
    """

    trial: int
    eeg: Span | None
    face: tuple[Span, ...]
    gaps: tuple[Span, ...] = ()

    @property
    def one_stream(self) -> bool:
        """True where it has EEG or video only."""
        return self.eeg is None or not self.face

    @property
    def shared(self) -> float:
        """Seconds that both streams cover."""
        if self.eeg is None:
            return 0.0
        begin, end = self.eeg
        return sum(max(0.0, min(end, last) - max(begin, first)) for first, last in self.face)

    @property
    def eeg_alone(self) -> float:
        """Seconds of EEG without video, gaps between frames included."""
        return 0.0 if self.eeg is None else self.eeg[1] - self.eeg[0] - self.shared

    @property
    def face_alone(self) -> float:
        """Seconds of video without EEG."""
        return sum(last - first for first, last in self.face) - self.shared


@dataclass(frozen=True)
class Residual:
    """One shared event of a stream's clock.

    Args:
        stream: The stream whose clock it is.
        fit: Number of the clock in the session's ``fits``.
        place: Number of the event in its clock, from 1.
        name: Its name; "" where it has none.
        device, session: Its seconds on the device's clock, and where the fitted line puts it on the session's.
        off: Seconds by which it lies off the line through the others; NaN where too few are left to say.
        rest: Seconds (root mean square) by which the others lie off their own line; NaN below four events. An event
            that is wrong pulls the line for all: not the one that is off most, but the one with the least ``rest``.
    """

    stream: str
    fit: int
    place: int
    name: str
    device: float
    session: float
    off: float
    rest: float

    def __str__(self) -> str:
        called = f", {self.name!r}" if self.name else ""
        return f"event {self.place}{called} ({self.device:.3f} s of the {STREAMS[self.stream]})"


@dataclass(frozen=True)
class Alignment:
    """The clocks of one session and the stretches of its trials.

    Args:
        subject, session: Its names.
        clocks: The distinct clocks of each stream, in order of trials: one, unless trials have devices of their own.
        trials: The stretches of each trial.
    """

    subject: str
    session: str
    clocks: Mapping[str, tuple[Clock, ...]]
    trials: tuple[TrialAlignment, ...]

    @property
    def one_stream(self) -> int:
        """Trials that have EEG or video only."""
        return sum(trial.one_stream for trial in self.trials)

    @property
    def gaps(self) -> tuple[Span, ...]:
        """All gaps between frames, as (last frame before, first frame behind)."""
        return tuple(chain.from_iterable(trial.gaps for trial in self.trials))

    @property
    def longest_gap(self) -> Span | None:
        """The gap with most seconds, or None."""
        return max(self.gaps, key=lambda gap: gap[1] - gap[0], default=None)

    @property
    def eeg_alone(self) -> float:
        """Seconds of EEG without video."""
        return sum(trial.eeg_alone for trial in self.trials)

    @property
    def face_alone(self) -> float:
        """Seconds of video without EEG."""
        return sum(trial.face_alone for trial in self.trials)

    @property
    def fits(self) -> tuple[tuple[str, Clock], ...]:
        """Every distinct clock beside the name of its stream."""
        pairs: list[tuple[str, Clock]] = []
        for name, clocks in self.clocks.items():
            pairs += [(name, clock) for clock in clocks]
        return tuple(pairs)

    @cached_property
    def residuals(self) -> tuple[Residual, ...]:
        """Every shared event of every clock."""
        events: list[Residual] = []
        for fit, (name, clock) in enumerate(self.fits):
            events += _residuals(name, fit, clock)
        return tuple(events)

    @property
    def worst(self) -> Residual | None:
        """The event that is off most, or None where nothing can be said."""
        known = [event for event in self.residuals if np.isfinite(event.off)]
        return max(known, key=lambda event: abs(event.off), default=None)

    @property
    def suspect(self) -> Residual | None:
        """The event of the worst one's clock without which the others fit best; None below four events."""
        of_clock = [event for event in self.residuals if self.worst and event.fit == self.worst.fit]
        known = [event for event in of_clock if np.isfinite(event.rest)]
        return min(known, key=lambda event: event.rest, default=None)

    def beyond(self, tolerance: float) -> tuple[Residual, ...]:
        """The events that are off by more than ``tolerance`` seconds."""
        return tuple(event for event in self.residuals if abs(event.off) > tolerance)

    def __str__(self) -> str:
        return f"subject {self.subject}, session {self.session}"


@dataclass(frozen=True)
class AlignedDataset:
    """The alignment of every session of a dataset.

    Args:
        name: Of the dataset.
        simulated: Whether no person was recorded.
        sessions: The sessions, sorted by subject and session.
        broken: The error of each trial that could not be opened.
    """

    name: str
    simulated: bool
    sessions: tuple[Alignment, ...]
    broken: tuple[str, ...] = ()


def align(dataset: Dataset) -> AlignedDataset:
    """The alignment of EEG and video of every session. Opens every trial; reads no samples, no frames.

    Streams other than ``Electrodes`` under ``eeg`` and a ``Video`` under ``face`` do not count.

    Raises:
        InputError: No trial can be opened, or no session has both EEG and video.
    """
    trials: dict[tuple[str, str], list[Trial]] = {}
    broken = []
    for opened in open_trials(dataset):
        if isinstance(opened, Trial):
            trials.setdefault(opened.recording, []).append(opened)
        else:
            broken.append(str(opened))
    sessions = [_of_session(of_session) for of_session in trials.values()]
    if not any(len(session.clocks) == len(STREAMS) for session in sessions):
        raise _nothing_to_align(dataset, sessions, broken)
    sessions.sort(key=lambda session: (natural_order(session.subject), natural_order(session.session)))
    return AlignedDataset(dataset.name, dataset.simulated, tuple(sessions), tuple(broken))


def _nothing_to_align(dataset: Dataset, sessions: Sequence[Alignment], broken: Sequence[str]) -> InputError:
    present = set(chain.from_iterable(session.clocks for session in sessions))
    found = f"{' and '.join(STREAMS[name] for name in STREAMS if name in present) or 'no EEG or video'} only"
    if len(present) == len(STREAMS):
        found = f"{' and '.join(STREAMS.values())}, never both in one session"
    if broken:
        found = f"{found}, and {len(broken)} broken trials (the first: {broken[0]})"
    return InputError(dataset.root, found, "sessions with EEG and face video", "give a dataset that has both")


def _of_session(trials: Sequence[Trial]) -> Alignment:
    clocks: dict[str, list[Clock]] = {}
    for trial in trials:
        for name, stream in _streams(trial):
            clocks.setdefault(name, []).append(stream.clock)
    distinct = {name: tuple(_distinct(clocks[name])) for name in STREAMS if name in clocks}
    return Alignment(*trials[0].recording, distinct, tuple(map(_of_trial, trials)))


def _streams(trial: Trial) -> Iterator[tuple[str, Electrodes | Video]]:
    for name, kind in (("eeg", Electrodes), ("face", Video)):
        stream = trial.streams.get(name)
        if isinstance(stream, kind):
            yield name, stream


def _distinct(clocks: Sequence[Clock]) -> list[Clock]:
    """Each clock once, by its text: a residual that is NaN differs from itself."""
    return list({repr(clock): clock for clock in clocks}.values())


def _of_trial(trial: Trial) -> TrialAlignment:
    streams = dict(_streams(trial))
    eeg, face = streams.get("eeg"), streams.get("face")
    span = None
    if isinstance(eeg, Electrodes):
        span = (eeg.start, eeg.start + eeg.duration * (1 + eeg.clock.drift))
    stretches, gaps = _stretches(face) if isinstance(face, Video) else ((), ())
    return TrialAlignment(trial.trial, span, stretches, gaps)


def _stretches(video: Video) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Stretches of a video, and the gaps between; the frame before a gap lasts for a median step."""
    times = np.asarray(video.times, float)
    steps = np.diff(times)
    usual = float(np.median(steps)) if len(steps) else video.step
    before = np.flatnonzero(steps > GAP * usual)
    begins = [times[0], *times[before + 1]]
    ends = [*(times[before] + usual), times[-1] + video.step]
    gaps = zip(times[before], times[before + 1], strict=True)
    return _spans(zip(begins, ends, strict=True)), _spans(gaps)


def _spans(pairs: Iterator[tuple[float, float]]) -> tuple[Span, ...]:
    return tuple((float(first), float(last)) for first, last in pairs)


def _residuals(stream: str, fit: int, clock: Clock) -> Iterator[Residual]:
    device = np.array(clock.events)
    columns = device, clock.session(device), np.array(clock.residuals), _rest(device, np.array(clock.residuals))
    names = clock.names or ("",) * len(device)
    for place, (name, *values) in enumerate(zip(names, *(column.tolist() for column in columns), strict=True), 1):
        yield Residual(stream, fit, place, name, *values)


def _rest(device: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Root mean square of the others' residuals when each event is left out of the line, (N,) seconds.

    With ``h`` the leverage of an event, its residual in the common fit is ``(1 - h) off``, and leaving it out lowers
    the sum of squares by ``(1 - h) off^2``.
    """
    n = len(device)
    if n < 4:
        return np.full(n, np.nan)
    free = 1 - 1 / n - (device - device.mean()) ** 2 / ((device - device.mean()) ** 2).sum()
    squares = np.nansum((free * off) ** 2)
    return np.asarray(np.sqrt(np.maximum(squares - free * off**2, 0) / (n - 1)))
