"""Lookalikes of AffectNet's two releases: drawn faces, every code, and what is missing in either."""

import csv
from pathlib import Path

import numpy as np

from ..lookalikes.drawn_face import drawn_landmarks, face_picture
from ..lookalikes.pictures import write_picture
from ..lookalikes.recordings import write_note
from .format import COLUMNS, LISTS, PICTURES

EXPRESSIONS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1)
_SIZE = (96, 128)
_BOX = (24, 8, 80, 80)


def write_lists(root: Path, seed: int) -> None:
    """The old release: twelve rows to train, three to validate, whose list has no header.

    Code 10 has no landmarks; one row has no picture, one picture no row.
    """
    write_note(root)
    rng = np.random.default_rng(seed)
    rows = [_row(root, rng, number, expression) for number, expression in enumerate(EXPRESSIONS)]
    (root / PICTURES / rows[-1][0]).unlink()
    _write_csv(root / LISTS / "training.csv", [list(COLUMNS), *rows])
    _write_csv(root / LISTS / "validation.csv", [_row(root, rng, 20 + code, code) for code in (0, 1, 7)])
    write_picture(root / PICTURES / "9" / "unlisted.jpg", face_picture(rng, _SIZE))


def write_arrays(root: Path, seed: int = 0) -> None:
    """The release of eight classes: eight pictures to train, three to validate; numbers as numbers and as text.

    The training pictures are not numbered in a row, one has no arrays, and one picture is missing.
    """
    write_note(root)
    rng = np.random.default_rng(seed)
    for place, code in enumerate((0, 1, 2, 3, 4, 5, 6, 7)):
        _write_arrays(root / "train_set", rng, 3 * place, code)
    for number, code in enumerate((7, 0, 1)):
        _write_arrays(root / "val_set", rng, number, code)
    write_picture(root / "train_set" / "images" / "100.jpg", face_picture(rng, _SIZE))
    _write_arrays(root / "val_set", rng, 9, 2)
    (root / "val_set" / "images" / "9.jpg").unlink()


def _row(root: Path, rng: np.random.Generator, number: int, expression: int) -> list[str]:
    name = f"{number % 3 + 1}/{rng.bytes(8).hex()}.jpg"
    valence, arousal = _ratings(rng, expression)
    write_picture(root / PICTURES / name, face_picture(rng, _SIZE, max(valence, -1)))
    points = "" if expression == 10 else ";".join(f"{value:.2f}" for value in drawn_landmarks(_SIZE).ravel())
    return [name, *map(str, _BOX), points, str(expression), f"{valence:.6f}", f"{arousal:.6f}"]


def _write_csv(path: Path, rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def _write_arrays(folder: Path, rng: np.random.Generator, number: int, expression: int) -> None:
    valence, arousal = _ratings(rng, 9 if number == 1 else expression)
    write_picture(folder / "images" / f"{number}.jpg", face_picture(rng, _SIZE, max(valence, -1)))
    values = {"exp": str(expression), "val": str(valence), "aro": np.float64(arousal)}
    arrays = {**values, "lnd": drawn_landmarks(_SIZE).ravel()}
    (folder / "annotations").mkdir(exist_ok=True)
    for kind, value in arrays.items():
        np.save(folder / "annotations" / f"{number}_{kind}.npy", np.array(value), allow_pickle=False)


def _ratings(rng: np.random.Generator, expression: int) -> tuple[float, float]:
    """Valence and arousal; -2 for what shows no expression."""
    valence, arousal = rng.uniform(-1, 1, 2).round(6).tolist()
    return (-2.0, -2.0) if expression > 7 else (valence, arousal)
