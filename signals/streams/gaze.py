"""A stream of gaze from what eye trackers write: one eye or two, at even times; what is missing is missing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .electrodes import Samples
from .peripheral import Peripheral
from .source import Source

LEAST_CONFIDENCE = 0.6
"""Confidence below which a sample is missing: what Pupil Labs' software leaves out unless it is set otherwise."""

WORST_VALIDITY = 1
"""Tobii's largest code of an eye that was found for sure or probably; 4 is an eye that was not found."""

UNEVEN = "gaze: samples come at uneven times: each moment has the sample nearest to it"

_ROLES = {
    "x": r"(gaze(point)?(2d)?(ondisplayarea)?|normpos|screen|por)?x(px|pix|pixels)?|gaze(point)?ondisplayarea0",
    "y": r"(gaze(point)?(2d)?(ondisplayarea)?|normpos|screen|por)?y(px|pix|pixels)?|gaze(point)?ondisplayarea1",
    "pupil": r"pupil(size|diameter)?(mm)?|(pupil)?diameter(3d|mm)?",
    "rough pupil": r"(pupil)?diameter(2d|px)|radius",
    "validity": r"(gaze(point)?)?validity|valid",
    "confidence": r"confidence",
}
"""What a column is, by its label in small letters, without eye, blanks, dots and dashes."""

_EYES = {"left": r"left|_l$|(?<=diameter)_?1", "right": r"right|_r$|(?<=diameter)_?0"}
"""Pupil Labs numbers eyes: 0 is the right one."""

_NEAR = 0.75
"""Intervals to the nearest sample from on which a moment has none."""


@dataclass(frozen=True)
class Eye:
    """Columns of one eye, or of both together; None where there is none."""

    x: int | None
    y: int | None
    pupil: int | None
    validity: int | None
    confidence: int | None


def find_eyes(labels: Sequence[str], contents: Sequence[str] = ()) -> tuple[Eye, ...]:
    """The eyes in a table or stream; none where no place is told at which they look.

    Each eye by itself goes before both together, which some trackers write beside them.

    Args:
        labels: Names of the columns.
        contents: What else is said of each, such as ``ScreenX``, used where a label tells nothing.
    """
    found: dict[tuple[str, str], int] = {}
    for place, label in enumerate(labels):
        role, side = _role(label)
        role = role or (_role(contents[place])[0] if contents else "")
        found.setdefault((side, role), place)
    sides = [side for side in ("left", "right") if (side, "x") in found] or [""] * (("", "x") in found)
    return tuple(eye for side in sides for eye in _eyes(found, side) if eye.y is not None)


def gaze_rows(values: np.ndarray, eyes: Sequence[Eye]) -> np.ndarray:
    """x, y and, where pupils are recorded, pupil: (2 or 3, N), the mean of the eyes that were seen, else NaN.

    A sample is missing where its confidence is low, Tobii's validity says that the eye was not found, both coordinates
    are -1 or 0, or one is no number; a pupil also where it is 0 or less.

    Args:
        values: (N, C) numbers of all columns.
        eyes: Where they are; those that tell no place have pupils alone.
    """
    looking = [_looking(values, eye) for eye in eyes if eye.x is not None]
    pupils = [_pupil(values, eye) for eye in eyes if eye.pupil is not None]
    rows = [_mean_of([place[axis] for place in looking]) for axis in (0, 1)]
    return np.stack([*rows, _mean_of(pupils)] if pupils else rows)


def gaze_stream(
    times: np.ndarray, rows: np.ndarray, span: tuple[float, float], unit: str, source: Source
) -> Peripheral | None:
    """The gaze between two moments at even times; None where no sample lies between them.

    Args:
        times: (N,) seconds on the session clock, in any order.
        rows: (2 or 3, N) x, y and perhaps pupil.
        span: Seconds on the session clock at which the stream begins and ends.
        unit: Of x and y; where it is empty, a share of the screen if they lie around 0 to 1, else pixels.
        source: What the samples were read from.
    """
    times, first = np.unique(times, return_index=True)
    rows = rows[:, first]
    if len(times) < 2 or not ((times >= span[0]) & (times < span[1])).any():
        return None
    rate = usual_rate(times)
    grid = span[0] + np.arange(max(int((span[1] - span[0]) * rate + 1e-6), 1)) / rate
    behind = np.clip(np.searchsorted(times, grid), 1, len(times) - 1)
    nearest = np.where(grid - times[behind - 1] <= times[behind] - grid, behind - 1, behind)
    near = np.abs(times[nearest] - grid) <= _NEAR / rate
    samples = np.where(near, rows[:, nearest], np.nan)
    return Peripheral(
        kind="gaze",
        names=("x", "y", "pupil")[: len(rows)],
        rate=rate,
        n_samples=len(grid),
        read=Samples(samples),
        source=source,
        unit=unit or _usual_unit(rows[:2]),
        start=span[0],
        remarks=(UNEVEN,) * _uneven(times, rate),
    )


def usual_rate(times: np.ndarray) -> float:
    """Samples a second where none is missing, of rising times (N,): a whole number where one is within 2 %."""
    steps = np.diff(times)
    rate = 1 / float(steps[steps < 1.5 * np.median(steps)].mean())
    return float(round(rate)) if abs(rate - round(rate)) <= 0.02 * rate else rate


def _role(label: str) -> tuple[str, str]:
    """What a column is, and of which eye; empty where it does not say."""
    lower = label.strip().lower()
    side = next((side for side, words in _EYES.items() if re.search(words, lower)), "")
    bare = re.sub(r"[^a-z0-9]", "", re.sub(_EYES[side], "", lower) if side else lower)
    return next((role for role, words in _ROLES.items() if re.fullmatch(words, bare)), ""), side


def _eyes(found: dict[tuple[str, str], int], side: str) -> list[Eye]:
    """The eye of a side; beside the gaze of both together come the pupils of each."""
    trust = [found.get((side, word), found.get(("", word))) for word in ("validity", "confidence")]
    pupil = _pupil_column(found, side)
    eyes = [Eye(found[side, "x"], found.get((side, "y")), pupil, *trust)]
    if not side and pupil is None:
        alone = [_pupil_column(found, one) for one in ("left", "right")]
        eyes += [Eye(None, eyes[0].y, column, *trust) for column in alone if column is not None]
    return eyes


def _pupil_column(found: dict[tuple[str, str], int], side: str) -> int | None:
    return found.get((side, "pupil"), found.get((side, "rough pupil")))


def _looking(values: np.ndarray, eye: Eye) -> np.ndarray:
    """(2, N) where one eye looks."""
    columns = [column for column in (eye.x, eye.y) if column is not None]
    place = values[:, columns].T.astype(float)
    nowhere = (place == -1).all(axis=0) | (place == 0).all(axis=0)
    return np.where(nowhere | ~_seen(values, eye) | ~np.isfinite(place).all(axis=0), np.nan, place)


def _pupil(values: np.ndarray, eye: Eye) -> np.ndarray:
    width = values[:, eye.pupil].astype(float)
    return np.where(_seen(values, eye) & (width > 0) & np.isfinite(width), width, np.nan)


def _seen(values: np.ndarray, eye: Eye) -> np.ndarray:
    """(N,) whether an eye was found for sure or probably."""
    seen = np.ones(len(values), bool)
    if eye.confidence is not None:
        seen &= values[:, eye.confidence] >= LEAST_CONFIDENCE
    if eye.validity is not None:
        # Tobii's newer interface writes 1 for an eye that was found, and NaN for the place of one that was not
        seen &= values[:, eye.validity] <= WORST_VALIDITY
    return seen


def _mean_of(rows: Sequence[np.ndarray]) -> np.ndarray:
    """(N,) the mean of those rows that are no NaN."""
    stacked = np.stack(rows)
    known = np.isfinite(stacked)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    return np.asarray(np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan))


def _usual_unit(rows: np.ndarray) -> str:
    """By what nearly all of the gaze lies in: a screen is never two pixels wide."""
    sizes = np.abs(rows[np.isfinite(rows)])
    return "share" if len(sizes) and np.quantile(sizes, 0.9) <= 2 else "px"


def _uneven(times: np.ndarray, rate: float) -> bool:
    """Whether more than a tenth of the intervals differ from the usual one by a third, gaps aside."""
    steps = np.diff(times) * rate
    return bool((np.abs(steps[steps < 1.5] - 1) > 1 / 3).mean() > 0.1)
