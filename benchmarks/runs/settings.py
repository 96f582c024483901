"""Settings that commands of ``emo-train`` share: windows, split, seeds, choice of the epoch. Each is defined once."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...signals import InputError
from ...signals.checked_numbers import check_seed, check_whole

SELECTIONS: Mapping[str, tuple[str, ...]] = {"fixed": ("fixed",), "inner": ("inner",), "both": ("fixed", "inner")}
"""How the epoch is chosen: the last of a fixed number, by inner validation, or one training for each of the two."""

MOST_SEEDS = 10_000


@dataclass(frozen=True)
class WindowSettings:
    """Which windows are cut, and how they are brought to one scale.

    Args:
        window: Slices a window; those that test are disjoint. Of several series, slices of the
            one whose slices last longest.
        train_stride: Slices from one training window to the next.
        scaling: train, subject (sees the tested subject's unlabelled data) or none; bench takes several, as in
            train,subject.
        classes: Categories made of ratings, as in "valence > 5", "valence > median" (of what trains in each fold),
            quadrants or "quadrants(valence > 5, dominance > 5)"; then they alone are predicted, unless --predicts
            names more. Left out: the data's own.
    """

    window: int = 9
    train_stride: int = 3
    scaling: str = "train"
    classes: str = ""

    def __post_init__(self) -> None:
        check_whole("window", self.window)
        check_whole("train_stride", self.train_stride)


@dataclass(frozen=True)
class FitSettings(WindowSettings):
    """What one training learns from.

    Args:
        modality: The series of the cache to read. Left out: the one that fits the model.
        split: What is held out and scored, as in "leave_one_out('subject')". Left out: nothing is.
        fold: Which fold of the split.
        seed: Of initial weights, dropout and order.
    """

    modality: str = ""
    split: str = ""
    fold: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("fold", self.fold, 0)
        check_seed(self.seed)


@dataclass(frozen=True)
class FusionSettings(WindowSettings):
    """Who trains and who tests.

    Args:
        split: What trains and what tests, as in "leave_one_out('subject')" or "first_trials(9)".
        seeds: Trainings of each fold.
    """

    split: str = "leave_one_out('subject')"
    seeds: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("seeds", self.seeds, 1, MOST_SEEDS)


@dataclass(frozen=True)
class StudySettings(FusionSettings):
    """Who trains and who tests, on one series.

    Args:
        modality: The series of the cache to read. Left out: the one that fits the model.
    """

    modality: str = ""


@dataclass(frozen=True)
class ProtocolSettings(StudySettings):
    """Who trains and who tests, and how the epoch is chosen.

    Args:
        selection: fixed epochs, inner validation by the split's own groups, or both.
        oracle: Also show, in grey, the epoch that scores best on the test part.
        i_know_this_leaks: Run a split that leaks. Every table made from it says so.
    """

    selection: str = "fixed"
    oracle: bool = False
    i_know_this_leaks: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.selection not in SELECTIONS:
            raise InputError(f"selection {self.selection!r}", "no such name", f"one of {', '.join(SELECTIONS)}")
