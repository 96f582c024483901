"""Streams of EEG and video, and the checks at the door."""

from dataclasses import dataclass

import numpy as np

from ...preprocessing.live.face import Frame
from ...preprocessing.steps.recipe import stream_name
from ...signals import FaceMarks, InputError
from ..learning.checkpoint import ModelFacts


@dataclass(frozen=True)
class EegInput:
    """The EEG of a stream.

    Args:
        names: Of the C channels, in the order of the blocks' rows.
        rate: Samples a second (Hz).
        start: Session seconds of the first sample.
        bad_channels: Names of channels that are not to be trusted.

    Raises:
        InputError: There are no names or no positive rate.
    """

    names: tuple[str, ...]
    rate: float
    start: float = 0.0
    bad_channels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.names or not self.rate > 0:
            found = f"{len(self.names)} channel names at {self.rate:g} Hz"
            raise InputError("stream, eeg", found, "the blocks' channels and their rate", "give names and rate")

    def checked(self, block: np.ndarray) -> np.ndarray:
        """A block (C, n) as float32 or float64.

        Raises:
            InputError: It has other channels, or a sample that is not finite.
        """
        block = np.asarray(block)
        block = block if block.dtype in (np.float32, np.float64) else block.astype(np.float32)
        if block.ndim != 2 or len(block) != len(self.names):
            found, wanted = f"a block of shape {block.shape}", f"({len(self.names)}, n) samples in microvolt"
            raise InputError("stream, eeg", found, wanted, "give one row for each of the names")
        if not np.isfinite(block).all():
            row, column = np.argwhere(~np.isfinite(block))[0]
            found = f"{block[row, column]} in {self.names[row]}, sample {column} of the block"
            do = "leave these samples out, and give the next block's seconds"
            raise InputError("stream, eeg", found, "finite samples", do)
        return block


@dataclass(frozen=True)
class FaceInput:
    """The video of a stream.

    Args:
        size: Height and width of its pictures.
        rate: Pictures a second, by the camera's settings.

    Raises:
        InputError: A number is not positive.
    """

    size: tuple[int, int]
    rate: float

    def __post_init__(self) -> None:
        if len(self.size) != 2 or not min(*self.size, self.rate) > 0:
            found = f"pictures of {self.size}, {self.rate:g} a second"
            wanted = "height and width, and the camera's rate"
            raise InputError("stream, face", found, wanted, "give frame_size and frame_rate")

    def checked(
        self,
        picture: np.ndarray,
        seconds: float,
        before: float | None,
        box: np.ndarray | None,
        landmarks: np.ndarray | None,
    ) -> Frame:
        """A copy of a picture taken at ``seconds``, the one before it at ``before``.

        Raises:
            InputError: It has another size or kind, or the clock runs backwards.
        """
        picture = np.array(picture)
        if picture.shape != tuple(self.size) or picture.dtype != np.uint8:
            found = f"a picture of {picture.shape} {picture.dtype}"
            wanted = f"{tuple(self.size)} uint8: its luma"
            raise InputError("stream, face", found, wanted, "convert it, or open a stream of that size")
        if before is not None and seconds <= before:
            found = f"a clock that runs backwards: {seconds:g} s after {before:g} s"
            raise InputError("stream, face", found, "times that increase", "leave the frame out, or repair its time")
        return Frame(picture, float(seconds), _marks(box, landmarks))


def check_streamed(facts: ModelFacts, eeg: EegInput | None, face: FaceInput | None) -> None:
    """Refuse inputs that no stream of this model can have.

    Raises:
        InputError: Nothing is streamed, or something that the model does not read; or its scaling looks at everything.
    """
    reads = {stream_name(series) for series in facts.series}
    streamed = {name for name, settings in (("eeg", eeg), ("face", face)) if settings is not None}
    if not streamed or not streamed <= reads:
        found = " and ".join(sorted(streamed)) or "nothing to stream"
        wanted = f"what the model reads: {' and '.join(sorted(reads))}"
        raise InputError("stream", found, wanted, "open the stream for that")
    if facts.scaling == "subject":
        found = "scaling by subject, which needs the whole recording"
        raise InputError("stream", found, "another scaling", "train with scaling 'train' or 'none'")


def stream_title(facts: ModelFacts, eeg: EegInput | None, face: FaceInput | None) -> str:
    """The model, the streams, and the series that are missing."""
    simulated = " (trained on simulated data)" if facts.simulated else ""
    phrases = [f"{facts.model} trained on {facts.dataset}{simulated}, streamed"]
    phrases += [f"{len(eeg.names)} channels at {eeg.rate:g} Hz"] if eeg else []
    phrases += [f"{face.size[1]} x {face.size[0]} pictures at {face.rate:g} Hz"] if face else []
    phrases += [f"classes: {facts.classes}"] if facts.classes else []
    streamed = {"eeg": eeg, "face": face}
    phrases += [f"{name} missing" for name in facts.series if streamed.get(stream_name(name)) is None]
    return "; ".join(phrases)


def _marks(box: np.ndarray | None, landmarks: np.ndarray | None) -> FaceMarks | None:
    if box is None and landmarks is None:
        return None
    boxes = None if box is None else np.asarray(box, float)[None]
    points = None if landmarks is None else np.asarray(landmarks, float)[None]
    if (boxes is not None and boxes.shape != (1, 4)) or (points is not None and points.shape[1:] not in _POINTS):
        shapes = [marks.shape[1:] for marks in (boxes, points) if marks is not None]
        found = f"marks of shape {shapes}"
        raise InputError("stream, face", found, "a box (4,), landmarks (5, 2) or (68, 2)", "give those of one face")
    return FaceMarks(boxes, points)


_POINTS = ((5, 2), (68, 2))
