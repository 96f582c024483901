"""Aff-Wild2: videos of the web, every frame labelled for valence and arousal, expression or action units."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...errors import InputError
from ...files.pictures.image_sequence import open_images
from ...files.videos.video_file import open_video
from ...streams.video import Video
from ...trials.dataset import UNKNOWN_SUBJECT, Dataset, Skipped
from ...trials.task import Target
from ...trials.trial import Trial
from ..face_folders import check_choice
from .files import TASKS, LabelFile, find_files, pictures_of
from .labels import Labels, take_rows

_SPARE_ROWS = 2
"""How many more label rows than frames are normal."""


@dataclass(frozen=True)
class _Place:
    """One labelled face: a whole video, or the left or right person in it."""

    number: int
    labels: LabelFile


class AffWild2(Dataset):
    """Aff-Wild2: videos of the web, cut to aligned faces of 112 x 112, with labels for one task of the ABAW contests.

    The labels of one edition are found by their folder's name (``VA_Set``, ``EXPR_Set``, ``AU_Set`` of the first two;
    ``VA_Estimation_Challenge`` and so on of the later; ``MTL_Challenge``). Label row i, counted from 0, belongs to
    picture i + 1; pictures without a face are missing and stay gaps in the times. Invalid labels (-5 in valence or
    arousal, -1 in expression or any action unit) are missing, and their frames stay. Who is shown is not known, so
    there is no split by subject: a video is a session and a stimulus, and two people in it (``_left``, ``_right``) are
    two trials of that session.

    Rates differ between the videos. Where the video itself lies under ``root`` (``<video>.mp4`` or ``.avi``), its clock
    gives the times and its frames are counted against the label rows; else ``rate`` is assumed, and a video's end may
    lack pictures.

    Args:
        root: The folder that holds both the annotations and ``cropped_aligned`` or ``cropped_aligned_new_50_vids``.
        task: ``"va"``, ``"expr"``, ``"au"`` or ``"mtl"`` (all three, from the multi-task lists).
        annotations: The folder of one edition below ``root``, where there are several.
        rate: Frames a second of videos that are not there themselves.

    Raises:
        DatasetNotFound: There are no labels of that task with pictures.
        InputError: ``task`` is another; several editions; a header is broken. Iterating: a label file is broken, has
            another header than the first, or its rows do not match the frames.

    Source: D. Kollias, S. Zafeiriou, arXiv 1811.07770 and 1910.04855.
    """

    name = "Aff-Wild2"
    expects = "annotations such as VA_Estimation_Challenge/Train_Set/*.txt, and cropped_aligned/<video>/00001.jpg"
    signs = (
        r"([^/]+/){0,3}(VA|EXPR|Expression|AU)_(\w+_Challenge|Set)/(Train|Training|Validation)_Set/[^/]+\.txt",
        r"([^/]+/){0,3}MTL_Challenge/\w+_set\.txt",
    )
    access = "On request: the organisers of the ABAW contests, for a signed end user licence agreement; research only."
    run_options = '--recipe "{face: [AtRate(10), \\"FaceCrop(lost=\'whole\')\\", Patches()]}"'
    bench_options = '--split "official()"'
    names_subjects = False
    recipe: ClassVar = {"face": ("FaceCrop(lost='whole')", "Patches()")}

    def __init__(self, root: str | Path, task: str = "va", annotations: str | None = None, rate: float = 30.0) -> None:
        super().__init__(root)
        check_choice("task", task, TASKS)
        self._files = find_files(self.root, task, annotations)
        if not self._files.labels:
            raise self.not_found(f"no labels of the task {task!r} with pictures")
        self.rate = rate
        self._labels = Labels.of(task, self._files.labels[0].path)
        self.task = self._labels.task

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by video and person; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, _places(self._files.labels))

    def skipped(self) -> tuple[Skipped, ...]:
        """Labels without pictures, pictures without labels (as those to test on), further copies, and other files."""
        return self._files.skipped()

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0, validation: int = 1) -> None:
        """Labels of the third edition for all four tasks; five videos, one of two people; gaps, invalid labels.

        Args:
            root: The folder to fill.
            seed: Of everything drawn.
            validation: How many videos are of the validation part.
        """
        from .lookalike import write_third_edition

        write_third_edition(Path(root), seed, validation)

    def _trial(self, place: _Place) -> Trial:
        file, labels = place.labels, self._labels.read(place.labels.path, place.labels.face)
        pictures = pictures_of(self._files.pictures[file.face])
        frames = np.array(sorted(pictures)) - 1
        rows = len(labels.category) if self._labels.counted else None
        video = open_images([pictures[frame + 1] for frame in frames.tolist()], self.rate, frames.tolist())
        video = self._timed(video, file, frames, rows)
        if blank := self._labels.blank_rows(file.path):
            remark = f"blank lines among its labels ({blank}): frames without one"
            video = replace(video, remarks=(*video.remarks, remark))
        target = replace(_of_frames(labels, frames), times=video.times)
        return Trial(
            UNKNOWN_SUBJECT, file.video, place.number, file.video, {"face": video}, target=target, part=file.part
        )

    def _timed(self, faces: Video, file: LabelFile, frames: np.ndarray, rows: int | None) -> Video:
        """The pictures at the times of the video that they were cut from, where it is there; checks the counts."""
        path = self._files.videos.get(file.video)
        if path is None:
            _check_last(file, frames, rows)
            return faces
        clock = open_video(path)
        if frames[-1] >= len(clock) or not 0 <= (rows or len(clock)) - len(clock) <= _SPARE_ROWS:
            found = f"{rows} rows, and a picture numbered {frames[-1] + 1}"
            wanted = f"{len(clock)} rows or up to {_SPARE_ROWS} more, for the {len(clock)} frames of {path}"
            raise InputError(file.path, found, wanted, "copy both again: do they belong together?")
        return replace(faces, times=clock.times[frames], step=clock.step, assumed_rate=False)


def _places(labels: Sequence[LabelFile]) -> Iterator[_Place]:
    """Each face with its place among those of its video, counted from 1."""
    place: Counter[str] = Counter()
    for file in labels:
        place[file.video] += 1
        yield _Place(place[file.video], file)


def _check_last(file: LabelFile, frames: np.ndarray, rows: int | None) -> None:
    """A video may end without a face, so only pictures behind the last row tell that the two do not match."""
    if rows is not None and frames[-1] >= rows:
        found = f"{rows} rows, and a picture numbered {frames[-1] + 1}"
        wanted = "a row for each frame of the video"
        raise InputError(file.path, found, wanted, "copy both again: do they belong together?")


def _of_frames(labels: Target, frames: np.ndarray) -> Target:
    """The rows of ``frames`` (N,), counted from 0; missing behind the last row."""
    rows = len(labels.category)
    return take_rows(labels, np.minimum(frames, rows - 1), frames < rows)
