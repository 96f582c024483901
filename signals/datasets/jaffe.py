"""JAFFE: 213 pictures of ten Japanese women posing seven expressions."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ..files.pictures.image_sequence import ASSUMED_RATE, open_images
from ..random_streams import RandomStream
from ..trials.dataset import Dataset, Skipped
from ..trials.task import Target, Task
from ..trials.trial import Trial
from .face_folders import each_once, left_over, matching
from .lookalikes.drawn_face import face_picture
from .lookalikes.pictures import write_picture
from .lookalikes.recordings import write_note

CODES: Mapping[str, str] = {
    "AN": "anger",
    "DI": "disgust",
    "FE": "fear",
    "HA": "happiness",
    "NE": "neutral",
    "SA": "sadness",
    "SU": "surprise",
}
"""Expression of each two letters in a file's name."""

_NAME = re.compile(r"([A-Z]{2})\.(AN|DI|FE|HA|NE|SA|SU)(\d)\.(\d+)(?i:\.tiff?)")


class JAFFE(Dataset):
    """JAFFE: ten women, seven expressions, two to four takes each; 256 x 256 pixels, gray or with a palette of grays.

    A trial is one picture, its number the running number of the file's name (some are not there), its stimulus the
    expression asked for. Subjects are named by their two letters.

    Args:
        root: The folder with ``KA.AN1.39.tiff`` and so on, or one with a single folder of them.

    Raises:
        DatasetNotFound: There are no such files.
        InputError: Two pictures of a subject have one running number. Iterating: a picture is none.

    Source: M. Lyons et al., IEEE Conf. Automatic Face and Gesture Recognition, 1998.
    """

    name = "JAFFE"
    expects = "files like KA.AN1.39.tiff"
    signs = (r"([^/]+/)?[A-Z]{2}\.(AN|DI|FE|HA|NE|SA|SU)\d\.\d+\.tiff",)
    access = "On request: Zenodo, record 3451524, for scientific research that is not commercial."
    bench_options = "--split \"leave_one_out('subject')\" --window 1"
    task = Task(tuple(CODES.values()))

    def __init__(self, root: str | Path) -> None:
        super().__init__(root)
        paths = [*sorted(self.root.glob("*.*")), *sorted(self.root.glob("*/*.*"))]
        self._pictures = each_once(((match[1], int(match[4])), path) for match, path in matching(_NAME, paths))
        if not self._pictures:
            raise self.not_found("no file of such a name")

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject and running number; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, sorted(self._pictures))

    def skipped(self) -> tuple[Skipped, ...]:
        """Other files and folders."""
        return left_over(self.root, self._pictures.values(), lambda path: "not named as a picture of the dataset")

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Three people: all of KM and one of KA with palettes, numbers left out, other files; the mouth follows."""
        root = Path(root)
        write_note(root)
        for person, subject in enumerate(("KA", "KM", "YM")):
            for take in (1, 2) if subject == "KA" else (1,):
                for place, code in enumerate(CODES):
                    rng = RandomStream.LOOKALIKE.rng(seed, person)
                    picture = face_picture(rng, (256, 256), mouth=place / 3 - 1 - (take - 1) / 10)
                    number = 50 * person + 9 * take + place  # with gaps, as in the dataset
                    mode = "P" if subject == "KM" or (subject, number) == ("KA", 9) else "L"
                    _write_picture(root / f"{subject}.{code}{take}.{number}.tiff", picture, mode)
        (root / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        (root / "README").write_text("not read\n", encoding="utf-8")

    def _trial(self, identity: tuple[str, int]) -> Trial:
        path = self._pictures[identity]
        expression = CODES[str(_NAME.fullmatch(path.name)[2])]  # type: ignore[index]
        target = Target.of(self.task.categories.index(expression))
        return Trial(
            identity[0], "1", identity[1], expression, {"face": open_images([path], ASSUMED_RATE)}, target=target
        )


def _write_picture(path: Path, picture: np.ndarray, mode: str) -> None:
    """As it is, or as places in a palette that runs from white to black, so that they are no grays themselves."""
    from PIL import Image

    if mode == "L":
        write_picture(path, picture, "L")
        return
    image = Image.fromarray(255 - picture, "L")
    image.putpalette(np.repeat(np.arange(255, -1, -1), 3).tolist())  # red, green and blue of each place
    image.save(path)
