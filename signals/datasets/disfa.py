"""DISFA: 27 people who watch one film, every frame coded for twelve action units."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..files.videos.video_file import open_video
from ..random_streams import RandomStream
from ..regular_file import file_text
from ..streams.video import Video
from ..trials.dataset import NOTE, Dataset, Skipped
from ..trials.task import Target, Task
from ..trials.trial import Trial
from .face_folders import check_choice, matching
from .lookalikes.drawn_face import face_picture
from .lookalikes.recordings import write_note, write_video

UNITS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
PRESENT = 2
"""The least intensity, of 0 to 5, at which an action unit counts as present."""

_LABELS = "ActionUnit_Labels"
_FOLDERS = {"left": ("Videos_LeftCamera", "Video_LeftCamera"), "right": ("Video_RightCamera", "Videos_RightCamera")}
_LABELLED = re.compile(r"SN(\d{3})")
_VIDEO = re.compile(r"(left|right)videosn(\d{3})_comp\.avi", re.IGNORECASE)  # the right camera's say _Comp


class DISFA(Dataset):
    """DISFA: 27 people, one video of a four-minute film each, every frame coded for twelve action units.

    An action unit is present where its intensity is 2 or more. All saw the same film, so no split by stimulus is
    possible. Label rows belong to frames by their number, counted from 1. The rate is the container's. Nine of the
    people (1, 3, 4, 7, 9, 10, 13, 25, 27) are also in DISFA+: leave them out when crossing the two. The landmarks in
    ``Landmark_Points`` are not read.

    Args:
        root: The folder with ``ActionUnit_Labels`` and ``Videos_LeftCamera``.
        camera: ``"left"`` or ``"right"``; both show the same frames.
        spare_rows: How many label rows more than frames are let through, as where a video lacks its last frame.

    Raises:
        DatasetNotFound: Nobody has both labels and a video of that camera.
        InputError: ``camera`` is another. Iterating: a video is damaged; a label file is missing or broken; rows and
            frames differ in number.

    Source: S. M. Mavadati et al., IEEE Trans. Affective Computing 4(2):151-160, 2013.
    """

    name = "DISFA"
    expects = f"{_LABELS}/SN001/SN001_au1.txt and {_FOLDERS['left'][0]}/LeftVideoSN001_comp.avi, and so on"
    signs = (r"ActionUnit_Labels/SN\d{3}/SN\d{3}_au\d+\.txt",)
    access = "On request: M. H. Mahoor, University of Denver, for a signed agreement."
    task = Task(units=tuple(f"au{unit}" for unit in UNITS))

    def __init__(self, root: str | Path, camera: str = "left", spare_rows: int = 0) -> None:
        super().__init__(root)
        check_choice("camera", camera, _FOLDERS)
        self._camera, self._spare_rows = camera, spare_rows
        self._videos, self._labels = _videos(self.root, camera), _labels(self.root / _LABELS)
        self._subjects = sorted(set(self._videos) & set(self._labels))
        if not self._subjects:
            found = f"{len(self._videos)} videos of the {camera} camera, labels of {len(self._labels)} people"
            raise self.not_found(f"{found}, no pair")

    def __iter__(self) -> Iterator[Trial]:
        """One trial a person; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._subjects)

    def skipped(self) -> tuple[Skipped, ...]:
        """Videos without labels and labels without a video, the other camera, landmarks, and other files."""
        alone = [Skipped(path, "no labels") for path in _apart(self._videos, self._labels)]
        unseen = f"no video of the {self._camera} camera"
        alone += [Skipped(path, unseen) for path in _apart(self._labels, self._videos)]
        return (*alone, *self._others())

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Three people of 30 frames, both cameras; one without labels, one without a video; a landmark file."""
        root = Path(root)
        write_note(root)
        for subject in (1, 2, 10, 31):
            for side in ("left", "right"):
                _write_video(root, subject, side, seed)
        for subject in (1, 2, 10, 32):
            _write_labels(root / _LABELS / _code(subject), RandomStream.LOOKALIKE.rng(seed, subject))
        landmarks = root / "Landmark_Points" / "SN001" / "tmp_frame_lm"
        landmarks.mkdir(parents=True, exist_ok=True)
        (landmarks / "SN001_0000_lm.mat").write_bytes(b"not read")

    def _trial(self, subject: int) -> Trial:
        video = open_video(self._videos[subject])
        target = Target(units=self._units(subject, video), times=video.times)
        return Trial(
            subject=str(subject), session="1", trial=1, stimulus="film", streams={"face": video}, target=target
        )

    def _units(self, subject: int, video: Video) -> np.ndarray:
        """(N, 12) float32, 1 where an action unit is present."""
        folder = self._labels[subject]
        columns = [self._intensity(folder / f"{folder.name}_au{unit}.txt", video) for unit in UNITS]
        return np.column_stack([column >= PRESENT for column in columns]).astype(np.float32)

    def _intensity(self, path: Path, video: Video) -> np.ndarray:
        """(N,) the intensity at each frame: a row stands for a frame, or for an empty chunk of the video."""
        intensity = read_intensity(path)
        places = np.rint((video.times - video.times[0]) / video.step).astype(int)
        for rows in (np.arange(len(video)), places):
            if 0 <= len(intensity) - 1 - rows[-1] <= self._spare_rows:
                return np.asarray(intensity[rows])
        raise InputError(
            path,
            f"{len(intensity)} rows",
            f"{len(video)}, one a frame of {video.source.path}",
            "copy both again; where the video is whole and lacks its last frames, DISFA(spare_rows=1) allows it",
        )

    def _others(self) -> Iterator[Skipped]:
        used = {*_FOLDERS[self._camera], _LABELS, NOTE}
        for path in sorted(self.root.iterdir()):
            if path.name not in used:
                yield Skipped(path, _reason(path))
        for name in _FOLDERS[self._camera]:
            for path in sorted((self.root / name).glob("*")):
                if path not in self._videos.values():
                    yield Skipped(path, "not a video of this camera")


def read_intensity(path: Path) -> np.ndarray:
    """The intensities (R,) of one action unit, int, by frame: row i belongs to frame i + 1.

    Raises:
        InputError: The file is missing; a line is no pair of numbers, or no intensity of 0 to 5; frames are not
            counted 1, 2, 3 and so on.
    """
    try:
        lines = file_text(path).splitlines()
        rows = [tuple(map(float, line.split(","))) for line in lines if line.strip()]
        frames, intensity = np.array(rows, float).reshape(-1, 2).T
    except InputError:
        raise
    except (OSError, ValueError) as error:
        found = f"{type(error).__name__} ({error})"
        raise InputError(path, found, "lines of frame,intensity", "copy the file again") from error
    misplaced = frames != np.arange(1, len(frames) + 1)
    if misplaced.any():
        wrong = int(misplaced.argmax())
        raise InputError(
            f"{path}:{wrong + 1}", f"frame {frames[wrong]:g}", f"frame {wrong + 1}, counted from 1", "copy it again"
        )
    unknown = ~np.isin(intensity, range(6))
    if unknown.any():
        wrong = int(unknown.argmax())
        raise InputError(f"{path}:{wrong + 1}", f"{intensity[wrong]:g}", "an intensity of 0 to 5", "copy it again")
    return intensity.astype(int)


def _videos(root: Path, camera: str) -> dict[int, Path]:
    paths = chain.from_iterable((root / name).glob("*") for name in _FOLDERS[camera])
    return {int(match[2]): path for match, path in matching(_VIDEO, paths) if match[1].lower() == camera}


def _labels(folder: Path) -> dict[int, Path]:
    return {int(match[1]): path for match, path in matching(_LABELLED, folder.glob("SN*"))}


def _apart(these: Mapping[int, Path], those: Mapping[int, Path]) -> list[Path]:
    return [these[subject] for subject in sorted(set(these) - set(those))]


def _reason(path: Path) -> str:
    if path.name in (*_FOLDERS["left"], *_FOLDERS["right"]):
        return "the other camera, which shows the same frames"
    return "landmarks are not read" if path.name == "Landmark_Points" else "not read"


def _code(subject: int) -> str:
    return f"SN{subject:03d}"


def _write_video(root: Path, subject: int, side: str, seed: int) -> None:
    name = {"left": f"LeftVideo{_code(subject)}_comp.avi", "right": f"RightVideo{_code(subject)}_Comp.avi"}[side]
    folder = root / _FOLDERS[side][0]
    folder.mkdir(parents=True, exist_ok=True)
    rng = RandomStream.LOOKALIKE_PART.rng(seed, subject, side == "right")
    write_video(folder / name, [face_picture(rng, (96, 128), mouth) for mouth in np.linspace(0, 1, 30)], 20)


def _write_labels(folder: Path, rng: np.random.Generator) -> None:
    """Each action unit rises to a peak and falls again; one of them stays below what counts as present."""
    folder.mkdir(parents=True, exist_ok=True)
    for unit in UNITS:
        peak, height = rng.integers(8, 22), 1 if unit == 20 else 5
        intensity = np.clip(height - np.abs(np.arange(30) - peak), 0, 5)
        lines = (f"{frame},{value}\n" for frame, value in enumerate(intensity, 1))
        (folder / f"{folder.name}_au{unit}.txt").write_text("".join(lines), encoding="utf-8")
