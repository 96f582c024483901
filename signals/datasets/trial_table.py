"""A lab's own recordings: a CSV with one line a trial, beside EEG that MNE reads and video that FFmpeg reads."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..dataset import Dataset
from ..drawings import DRAWINGS, SCALP_19
from ..edf import EdfSignal, write_edf
from ..electrodes import Electrodes, Stretch
from ..errors import InputError
from ..layout import Layout
from ..order import natural_order
from ..recording_file import open_recording
from ..source import Source
from ..task import MISSING_CATEGORY, Target, Task
from ..trial import Stream, Trial
from ..video import Video
from ..video_file import open_video
from .fake import background, face_picture, read_note, write_note, write_video
from .trial_rows import Row, read_rows

_FAKE_SECONDS, _FAKE_RATE, _FAKE_FRAMES = 12, 128, 4  # of a trial; samples and pictures a second


class TrialTable(Dataset):
    """Trials listed in a CSV: ``subject,session,trial,stimulus,eeg,face,start,stop`` and columns of labels.

    ``eeg`` is a path from the table's folder to any file that MNE reads, ``face`` to any video that FFmpeg reads; one
    of the two columns is enough. ``start`` and ``stop`` are seconds in each of them, and empty means beginning and end.
    ``stimulus`` names what was shown, equal for all who saw it. Labels are ``category`` (any names), ``valence``,
    ``arousal``, ``dominance``, ``liking``, ``familiarity``, ``predictability`` (numbers, kept as they are) and ``au1``,
    ``au2``, ... (0 to 1); an empty cell is a missing label.

    Args:
        root: The CSV, or a folder that holds it as ``trials.csv``.
        layout: The electrodes to read, or the name of a drawing such as ``"scalp-32"``; None takes those of the first
            recording (see ``open_recording``).
        also: Further channels to read, such as mastoids for a re-reference.

    Raises:
        DatasetNotFound: There is no table.
        InputError: A line is wrong (names file, line and column), or ``layout`` is no drawing. Iterating: a recording
            cannot be opened, or ends before the trial does.
    """

    name = "trial table"
    expects = "a CSV, or a folder with trials.csv"

    def __init__(self, root: str | Path, layout: Layout | str | None = None, also: Sequence[str] = ()) -> None:
        super().__init__(root)
        self.path = self.root / "trials.csv" if self.root.is_dir() else self.root
        if not self.path.is_file():
            raise self.not_found("no trials.csv")
        columns, rows = read_rows(self.path)
        categories = tuple(sorted({row.category for row in rows} - {""}, key=natural_order))
        self.task = Task(categories, columns.dimensions, columns.units)
        self.simulated = bool(read_note(self.path.parent))
        self._rows = sorted(rows, key=lambda row: (*map(natural_order, (row.subject, row.session)), row.trial))
        self._given, self._also = _drawn(layout), tuple(also)

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, session and trial; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._rows)

    @cached_property
    def layout(self) -> Layout:
        """The electrodes of every trial that has EEG.

        Raises:
            InputError: No trial has.
        """
        first = next((row.files["eeg"] for row in self._rows if "eeg" in row.files), None)
        if first is None:
            raise InputError(self.path, "no EEG in any trial", "a recording in column eeg", "ask for no electrodes")
        return self._given or open_recording(first).layout

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """A table of four people, four trials each in an EDF and an MP4 a person; a label and a rating are missing."""
        root = Path(root)
        write_note(root)
        lines = ["subject,session,trial,stimulus,eeg,face,start,stop,category,valence,arousal"]
        for subject in (1, 2, 3, 10):
            rng = np.random.default_rng((seed, subject))
            _write_recording(root / f"s{subject}.edf", rng)
            shape = rng.integers(1 << 30)
            moods = np.repeat([0.8, -0.7, -0.8, 0.2], _FAKE_SECONDS * _FAKE_FRAMES)
            pictures = (face_picture(np.random.default_rng(shape), (64, 80), float(mood)) for mood in moods)
            write_video(root / f"s{subject}.mp4", pictures, _FAKE_FRAMES)
            lines += [_line(subject, trial) for trial in range(1, 5)]
        lines[-1] = lines[-1].replace("calm,-0.5", ",")
        (root / "trials.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _trial(self, row: Row) -> Trial:
        streams: dict[str, Stream] = {}
        if "eeg" in row.files:
            streams["eeg"] = _cut(open_recording(row.files["eeg"], self.layout, self._also), row)
        if "face" in row.files:
            streams["face"] = _cut_video(open_video(row.files["face"]), row)
        return Trial(row.subject, row.session, row.trial, row.stimulus, streams, self._target(row))

    def _target(self, row: Row) -> Target:
        category = self.task.categories.index(row.category) if row.category else MISSING_CATEGORY
        units = np.array([row.units], np.float32)
        return replace(Target.of(category, row.dimensions), units=units)


def _drawn(layout: Layout | str | None) -> Layout | None:
    if isinstance(layout, str) and layout not in DRAWINGS:
        raise InputError("layout", repr(layout), f"one of {', '.join(DRAWINGS)}", "name a drawing or give a Layout")
    return DRAWINGS[layout] if isinstance(layout, str) else layout


def _cut(stream: Electrodes, row: Row) -> Electrodes:
    """The stretch of ``stream`` that belongs to the trial."""
    first = round(row.start * stream.rate)
    last = stream.n_samples if math.isinf(row.stop) else round(row.stop * stream.rate)
    if not first < last <= stream.n_samples:
        found = f"{row.start:g} to {row.stop:g} s of a recording of {stream.duration:g} s ({row.files['eeg'].name})"
        wanted = "a stretch inside the recording"
        raise InputError(row.where, found, wanted, "correct start and stop, or was the recording cut?")
    spans = [(max(begin, first) - first, min(end, last) - first) for begin, end in stream.bad_spans]
    return replace(
        stream, n_samples=last - first, read=Stretch(stream.read, first), start=first / stream.rate,
        source=Source(stream.source.path, f"samples {first} to {last}", stream.source.others),
        bad_spans=tuple((begin, end) for begin, end in spans if begin < end),
    )


def _cut_video(video: Video, row: Row) -> Video:
    """The frames of ``video`` that belong to the trial."""
    end = float(video.times[-1]) + video.step
    if math.isfinite(row.stop) and row.stop > end + video.step:
        raise InputError(
            row.where, f"{row.start:g} to {row.stop:g} s of a video that ends at {end:g} s ({row.files['face'].name})",
            "a stretch inside the video", "correct start and stop, or was the video cut?",
        )
    return video.between(row.start, row.stop)


def _line(subject: int, trial: int) -> str:
    begin = (trial - 1) * _FAKE_SECONDS
    labels = ("happy,0.8,0.6", "sad,-0.7,-0.3", "angry,-0.8,0.7", "calm,-0.5,-0.8")[trial - 1]
    return f"{subject},1,{trial},clip {trial},s{subject}.edf,s{subject}.mp4,{begin},{begin + _FAKE_SECONDS},{labels}"


def _write_recording(path: Path, rng: np.random.Generator) -> None:
    data = background(rng, len(SCALP_19), 4 * _FAKE_SECONDS * _FAKE_RATE, _FAKE_RATE)
    write_edf(path, [EdfSignal(site, row, _FAKE_RATE) for site, row in zip(SCALP_19.sites, data, strict=True)])
