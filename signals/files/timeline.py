"""The seconds of a recording: pauses in it, joints between pieces, and spans that are not to be trusted."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..streams.electrodes import ReadSamples, Span
from .raw_file import Note, RawFile

_JOINTS = ("bad boundary", "edge boundary", "new segment", "bad_acq_skip")
"""How notes on joints begin, small letters: MNE's two, BrainVision's, and MNE's on pauses, which have an end."""

_EEGLAB = ("boundary", "-99")
"""EEGLAB's events at joints; the second where all events have numbers."""

_ROOM = 1e-3
"""Samples within which a note is on a sample: times in seconds are rounded."""


@dataclass(frozen=True)
class Timeline:
    """The samples of a recording on its clock.

    A joint is where a sample does not follow on the one before: a ``boundary`` of EEGLAB, a further ``New Segment`` of
    BrainVision, ``BAD boundary``, ``EDGE boundary`` or ``BAD_ACQ_SKIP`` of MNE, a pause of EDF+D. Where the length of a
    pause is known (EDF+D), the clock goes on through it, so that seconds stay true; elsewhere seconds count samples.

    Attributes:
        rate: Samples a second (Hz).
        n_samples: Samples, those in pauses included.
        bad_spans: Half-open sample ranges that are not to be trusted: of ``BAD`` notes, and pauses.
        joints: Samples that do not follow on the one before.
        stretches: The file's own samples where there are pauses: first and end on the clock, and first in the file.
        remarks: What this comes to, in words.
    """

    rate: float
    n_samples: int
    bad_spans: tuple[Span, ...] = ()
    joints: tuple[int, ...] = ()
    stretches: tuple[tuple[int, int, int], ...] = ()
    remarks: tuple[str, ...] = ()

    def reading(self, read: ReadSamples) -> ReadSamples:
        """``read``, which knows the file's own samples only, on the clock."""
        return WithPauses(read, self.stretches) if self.stretches else read


@dataclass(frozen=True)
class WithPauses:
    """A ``read`` on the clock of a recording with pauses, which are filled with a line from end to end.

    Args:
        read: Of the file's own samples.
        stretches: First and end of each on the clock, and its first in the file.
    """

    read: ReadSamples
    stretches: tuple[tuple[int, int, int], ...]

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        return np.concatenate([*self._parts(start, stop)], axis=1)

    def _parts(self, start: int, stop: int) -> Iterator[np.ndarray]:
        behind = 0  # where the last stretch ended, on the clock
        for number, (begin, end, first) in enumerate(self.stretches):
            if max(start, behind) < min(stop, begin):
                yield self._line(number, np.arange(max(start, behind), min(stop, begin)))
            if max(start, begin) < min(stop, end):
                yield self.read(first + max(start, begin) - begin, first + min(stop, end) - begin)
            behind = end

    def _line(self, number: int, places: np.ndarray) -> np.ndarray:
        """The line from the last sample before stretch ``number`` to its first, at places on the clock."""
        begin, _, first = self.stretches[number]
        end = self.stretches[number - 1][1]
        left, right = self.read(first - 1, first + 1).T
        return np.asarray(left[:, None] + (right - left)[:, None] * (places - end + 1) / (begin - end + 1))


def timeline_of(file: RawFile, rate: float, n_samples: int) -> Timeline:
    """The timeline of a recording of which MNE reads ``n_samples`` at ``rate`` Hz."""
    if file.header:  # zeros that follow the last record are none of its samples
        n_samples = min(n_samples, round(file.header.n_records * file.header.seconds * rate))
    timeline = _with_pauses(file, Timeline(rate, n_samples))
    joints, spans = [*timeline.joints], [*timeline.bad_spans]
    for note in file.notes:
        begin, end = note.onset * rate, (note.onset + note.duration) * rate
        joint = _is_joint(file, note)
        if joint:
            joints.append(math.floor(begin + 0.5))
            spans += _between(begin)
        if note.text.lower().startswith("bad_acq_skip"):
            joints.append(math.floor(end + 0.5))
        if note.text.upper().startswith("BAD") and (note.duration or not joint):
            spans.append(_touched(begin, end))
    inside = sorted({joint for joint in joints if 0 < joint < timeline.n_samples})
    clipped = [(max(begin, 0), min(end, timeline.n_samples)) for begin, end in spans]
    return replace(
        timeline,
        bad_spans=tuple(dict.fromkeys(span for span in clipped if span[0] < span[1])),
        joints=tuple(inside),
        remarks=(*timeline.remarks, *_on_joints(len(inside))),
    )


def _with_pauses(file: RawFile, whole: Timeline) -> Timeline:
    """The timeline of a recording that was paused, as the times of its records say."""
    if file.header is None or not file.header.starts:
        return whole
    record = round(file.header.seconds * whole.rate)
    stretches = _stretches(file.header.starts, whole.rate, record)
    pauses = [(a[1], b[0]) for a, b in pairwise(stretches)]
    filled = [pause for pause in pauses if pause[0] < pause[1]]
    seconds = sum(end - begin for begin, end in filled) / whole.rate
    remarks = []
    if filled:
        remarks.append(f"{_counted(len(filled), 'pause')}, {seconds:g} s in all: filled, and not to be trusted")
    if len(filled) < len(pauses):
        remarks.append("records that begin before the last one ends: put behind it, so later times are not exact")
    return replace(
        whole,
        n_samples=stretches[-1][1],
        bad_spans=tuple(filled),
        joints=tuple(edge for pause in pauses for edge in pause),
        stretches=tuple(stretches),
        remarks=tuple(remarks),
    )


def _stretches(starts: Sequence[float], rate: float, record: int) -> list[tuple[int, int, int]]:
    """Runs of records without a pause: first and end on the clock, and first in the file."""
    room = max(0.5, 1e-3 * rate)  # times are often written to a millisecond
    stretches, due = [(0, record, 0)], float(record)
    for number, start in enumerate(starts[1:], 1):
        begin, end, first = stretches[-1]
        if abs(start * rate - due) <= room:
            stretches[-1] = (begin, end + record, first)
        else:  # what would begin before the last one ends can only be put behind it
            begin, due = max(round(start * rate), end), start * rate
            stretches.append((begin, begin + record, number * record))
        due += record
    return stretches


def _is_joint(file: RawFile, note: Note) -> bool:
    words = note.text.lower()
    numbers = str(file.raw.filenames[0] or "").lower().endswith((".set", ".fdt"))
    return words.startswith(_JOINTS) or words in _EEGLAB[: 1 + numbers]


def _between(place: float) -> list[Span]:
    """The sample before a joint that a note puts between two samples, as EEGLAB does: the joint is the other's."""
    before = math.floor(place + _ROOM)
    return [(before, before + 1)] if before < math.floor(place + 0.5) else []


def _touched(begin: float, end: float) -> Span:
    """The samples that a span touches; one of no length touches the sample that it is on, or behind."""
    first = math.floor(begin + _ROOM)
    return first, max(math.ceil(end - _ROOM), first + 1)


def _on_joints(count: int) -> list[str]:
    if not count:
        return []
    what = "where a sample does not follow on the one before"
    return [f"{_counted(count, 'joint')}, {what}: no filter reaches across, and the slice that holds it is invalid"]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
