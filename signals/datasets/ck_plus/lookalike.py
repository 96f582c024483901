"""A tiny lookalike of CK+, as its archives unpack."""

from functools import partial
from pathlib import Path

import numpy as np

from ...random_streams import RandomStream
from ..face_folders import EXPRESSIONS
from ..lookalikes.drawn_face import drawn_landmarks, face_picture
from ..lookalikes.pictures import write_picture
from ..lookalikes.recordings import write_note
from .format import ARCHIVES

SUBJECTS = (5, 10, 11, 22, 26, 37, 50, 102, 130, 999)
UNITS = ((4, 23), (14,), (9, 17), (1, 2, 20), (6, 12), (1, 15), (1, 2, 27))
"""Action units of each of ``EXPRESSIONS``."""


def write_sequences(root: Path, seed: int) -> None:
    """Ten people with two labelled sequences and one without a label each, and all that lies about."""
    write_note(root)
    for place, subject in enumerate(SUBJECTS):
        for number in (1, 2, 4):
            _write_sequence(root, (seed, subject, number), (2 * place + number) % len(EXPRESSIONS), number == 4)
    images = _folder(root, "cohn-kanade-images")
    (images / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (images / "S005" / "005").mkdir()
    (_folder(root, "Emotion") / "S005" / "004").mkdir()
    _write(root=root, name="FACS", subject=SUBJECTS[1], number=4, frame=9, kind="facs", text="")
    _write(root=root, name="Emotion", subject=503, number=1, frame=12, kind="emotion", text="   1.0000000e+00\n")


def frame_numbers(subject: int, number: int) -> list[int]:
    """Nine to eleven numbers from 1; every third sequence has a gap."""
    count, gap = 9 + (subject + number) % 3, 4 if (subject + number) % 3 == 0 else 0
    return [frame + gap * (frame > 5) for frame in range(1, count + 1)]


def _write_sequence(root: Path, key: tuple[int, int, int], expression: int, unlabelled: bool) -> None:
    seed, subject, number = key
    frames = frame_numbers(subject, number)
    size = (60, 80) if number == 2 else (61, 80)  # as 640 x 480 among 640 x 490
    write = partial(_write, root=root, subject=subject, number=number)
    for frame, strength in zip(frames, np.linspace(0, 1, len(frames)), strict=True):
        person = RandomStream.LOOKALIKE.rng(seed, subject)  # the same skin and light in all frames
        picture = face_picture(person, size, mouth=strength * (expression / 3 - 1))
        path = _path(root=root, name="cohn-kanade-images", subject=subject, number=number, frame=frame, ending=".png")
        write_picture(path, picture, "RGB" if (subject, number) == (999, 2) else "L")
        points = "\n".join("   {:.7e}   {:.7e}".format(*point) for point in drawn_landmarks(size))
        write(name="Landmarks", frame=frame, kind="landmarks", text=points + "\n")
    if unlabelled:
        return
    write(name="Emotion", frame=frames[-1], kind="emotion", text=f"   {expression + 1:.7e}\n")
    codes = "".join(f"   {unit:.7e}   {intensity:.7e}\n" for intensity, unit in enumerate(UNITS[expression]))
    write(name="FACS", frame=frames[-1], kind="facs", text=codes)


def _folder(root: Path, name: str) -> Path:
    return root / ARCHIVES[name] / name


def _path(root: Path, name: str, subject: int, number: int, frame: int, ending: str) -> Path:
    stem = f"S{subject:03d}_{number:03d}_{frame:08d}"
    return _folder(root, name) / f"S{subject:03d}" / f"{number:03d}" / f"{stem}{ending}"


def _write(root: Path, name: str, subject: int, number: int, frame: int, kind: str, text: str) -> None:
    path = _path(root=root, name=name, subject=subject, number=number, frame=frame, ending=f"_{kind}.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
