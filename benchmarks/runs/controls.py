"""Controls of fusion: the same test windows with the modalities' link cut in a stated way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...preprocessing import JointWindows
from ...signals import InputError, PlugPoint

SHIFTS = (-5.0, -2.0, -1.0, 1.0, 2.0, 5.0)
"""Seconds by which a modality is moved against the others."""


ControlKind = Literal["without", "shift", "swap"]
"""The change of a modality: it is missing, it comes too early or late, or it is that of another trial."""


@dataclass(frozen=True)
class Control:
    """Test windows under a condition.

    Args:
        written: The call that makes it, as in ``"shifted('face', 2.0)"``.
        words: Its name in tables.
        modality: The series that it touches.
        kind: Of the change.
        change: From windows to windows of the same number and truth; the generator is for random changes.
    """

    written: str
    words: str
    modality: str
    kind: ControlKind
    change: Callable[[JointWindows, np.random.Generator], JointWindows]

    def __call__(self, windows: JointWindows, rng: np.random.Generator) -> JointWindows:
        """The windows under this condition.

        Raises:
            InputError: There is no such series among them.
        """
        return self.change(windows, rng)


def without(modality: str) -> Control:
    """The control in which a series was not recorded."""
    return Control(
        written=f"without({modality!r})",
        words=f"without {modality}",
        modality=modality,
        kind="without",
        change=lambda windows, _: windows.without(modality),
    )


def shifted(modality: str, seconds: float) -> Control:
    """The control with a series from ``seconds`` later in the same trial (earlier, if negative)."""
    return Control(
        written=f"shifted({modality!r}, {seconds!r})",
        words=f"{modality} {seconds:+g} s",
        modality=modality,
        kind="shift",
        change=lambda windows, _: windows.shifted(modality, seconds),
    )


def swapped(modality: str) -> Control:
    """The control with a series of another trial of the same class: of the same person where there is one."""
    return Control(
        written=f"swapped({modality!r})",
        words=f"{modality} of another trial, same class",
        modality=modality,
        kind="swap",
        change=lambda windows, rng: windows.swapped(modality, partners(windows, rng)),
    )


CONTROLS = PlugPoint("control", "emoscan.benchmarks.runs.controls", ("without", "shifted", "swapped"), Control)
"""Controls by name: ``CONTROLS.build("shifted('face', 2.0)")``."""


def all_controls(modalities: Sequence[str]) -> tuple[Control, ...]:
    """Controls with each modality missing; with the last one shifted by each of ``SHIFTS``, and swapped."""
    moved = modalities[-1]
    return (*(without(name) for name in modalities), *(shifted(moved, seconds) for seconds in SHIFTS), swapped(moved))


def partners(windows: JointWindows, rng: np.random.Generator) -> np.ndarray:
    """(trials of the cache,) for every trial another one among those of ``windows``.

    Of the same class and person if possible, else of the same class, else of the same person, else any. The class of a
    trial is the one that most of its windows have.

    Raises:
        InputError: There is one trial only.
    """
    trials, category = _classes(windows)
    if len(trials) < 2:
        raise InputError("swapped", "one trial", "two trials or more in a test part", "use larger test parts")
    subject = np.asarray(windows.cache.subject)[trials]
    partner = np.arange(len(windows.cache))
    for i, trial in enumerate(trials):
        different = np.arange(len(trials)) != i
        same_class, same_person = category == category[i], subject == subject[i]
        pools = (different & same_class & same_person, different & same_class, different & same_person, different)
        pool = next(pool for pool in pools if pool.any())
        partner[trial] = trials[rng.choice(np.flatnonzero(pool))]
    return partner


def _classes(windows: JointWindows) -> tuple[np.ndarray, np.ndarray]:
    """The trials of the windows and the class of each, -1 where no window has one."""
    trials = np.unique(windows.trials)
    classes = []
    for trial in trials:
        category = windows.category[windows.trials == trial]
        known = category[category >= 0]
        classes.append(int(np.bincount(known).argmax()) if len(known) else -1)
    return trials, np.array(classes)
