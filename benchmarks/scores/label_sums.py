"""Labels counted: those of some windows, and those of each training part of a protocol's folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from ...signals import Task
from ...signals.files.stored_arrays import check_arrays, check_numbers

_WIDTHS = {"category": "C", "rated": "D", "rating": "D", "judged": "U", "present": "U"}
"""Letters of the second axis of sums."""


@dataclass(frozen=True, eq=False)
class LabelSums:
    """Sums of the labels of some windows, R rows.

    Attributes:
        category: (R, C) windows of each class.
        rated, rating: (R, D) windows with a rating, and the sum of these ratings.
        judged, present: (R, U) windows in which a unit is judged, and in which it is present.
    """

    category: np.ndarray
    rated: np.ndarray
    rating: np.ndarray
    judged: np.ndarray
    present: np.ndarray

    @classmethod
    def of(
        cls, task: Task, category: np.ndarray, dimensions: np.ndarray, units: np.ndarray, row: np.ndarray, n: int
    ) -> "LabelSums":
        """Sums over windows with these truths; ``row`` (N,) is the one of ``n`` rows to which a window is added."""
        sums = cls.nothing(task, n)
        known = category >= 0
        if task.categories:
            np.add.at(sums.category, (row[known], category[known].astype(int)), 1)
        if task.dimensions:
            np.add.at(sums.rated, row, ~np.isnan(dimensions))
            np.add.at(sums.rating, row, np.nan_to_num(dimensions))
        if task.units:
            np.add.at(sums.judged, row, ~np.isnan(units))
            np.add.at(sums.present, row, units >= 0.5)
        return sums

    @classmethod
    def nothing(cls, task: Task, n: int) -> "LabelSums":
        """``n`` rows of no windows at all."""
        sizes = (len(task.categories), *[len(task.dimensions)] * 2, *[len(task.units)] * 2)
        return cls(*(np.zeros((n, size)) for size in sizes))

    def take(self, rows: np.ndarray) -> "LabelSums":
        """Some of the rows."""
        return LabelSums(*(values[rows] for values in self.arrays().values()))

    def of_rows(self, rows: np.ndarray) -> "LabelSums":
        """One row: the sum over some rows."""
        return LabelSums(*(values[rows].sum(axis=0, keepdims=True) for values in self.arrays().values()))

    def added(self, row: np.ndarray, n: int) -> "LabelSums":
        """(n,) rows: row i of this is added to ``row[i]``."""
        totals = []
        for values in self.arrays().values():
            total = np.zeros((n, values.shape[1]))
            np.add.at(total, row, values)
            totals.append(total)
        return LabelSums(*totals)

    def arrays(self) -> dict[str, np.ndarray]:
        """The sums by name."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    def lacking(self, task: Task) -> list[list[str]]:
        """For each row the parts of a task of which it has no truth at all."""
        parts = {"categories": self.category, "dimensions": self.rated, "units": self.judged}
        lacking: list[list[str]] = [[] for _ in self.category]
        for part, counts in parts.items():
            if getattr(task, part):
                for row in np.flatnonzero(counts.sum(axis=1) == 0):
                    lacking[row].append(part)
        return lacking


@dataclass(frozen=True, eq=False)
class TrainingLabels:
    """The labels of each training part, of all in it and of the tested people themselves.

    Attributes:
        folds: F rows, the windows that train in each fold.
        own: G rows, those of them that are of a person who is tested in the same fold; none where people are unknown.
        own_fold, own_subject: (G,) number of the fold, and the person.
    """

    folds: LabelSums
    own: LabelSums
    own_fold: np.ndarray
    own_subject: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name, as ``from_arrays`` takes it."""
        folds = {f"fold_{name}": sums for name, sums in self.folds.arrays().items()}
        people = {f"own_{name}": sums for name, sums in self.own.arrays().items()}
        return {**folds, **people, "of_fold": self.own_fold, "of_subject": self.own_subject}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], n_folds: int) -> "TrainingLabels":
        """The labels in stored arrays, of so many folds.

        Raises:
            ValueError: They are of other types or lengths.
        """
        names = [entry.name for entry in fields(LabelSums)]
        forms = {f"fold_{name}": f"f F {_WIDTHS[name]}" for name in names}
        forms |= {f"own_{name}": f"f G {_WIDTHS[name]}" for name in names}
        check_arrays(arrays, {**forms, "of_fold": "iu G", "of_subject": "U G"}, F=n_folds)
        check_numbers("of_fold", arrays["of_fold"], 0, n_folds)
        folds = LabelSums(*(arrays[f"fold_{name}"] for name in names))
        people = LabelSums(*(arrays[f"own_{name}"] for name in names))
        return cls(folds, people, arrays["of_fold"], arrays["of_subject"])


def training_labels(
    sums: Sequence[LabelSums], sides: Sequence[tuple[np.ndarray, np.ndarray]], subject: np.ndarray, names_subjects: bool
) -> TrainingLabels:
    """The labels of the training parts of folds.

    Args:
        sums: For each fold those of every row that a split divides (trials, or windows).
        sides: For each fold the rows that train and those that are tested.
        subject: (rows,) the person.
        names_subjects: Whether people are known: else nobody has labels of their own.
    """
    names, code = np.unique(np.asarray(subject).astype(str), return_inverse=True)
    folds, people, of_fold, of_subject = [], [], [], []
    for number, (labels, (train, test)) in enumerate(zip(sums, sides, strict=True)):
        folds.append(labels.of_rows(train))
        tested = np.unique(code[test]) if names_subjects else np.zeros(0, int)
        of_tested = train[np.isin(code[train], tested)]
        present, row = np.unique(code[of_tested], return_inverse=True)
        people.append(labels.take(of_tested).added(row, len(present)))
        of_fold += [number] * len(present)
        of_subject += names[present].tolist()
    return TrainingLabels(_stacked(folds), _stacked(people), np.array(of_fold, int), np.array(of_subject, dtype=str))


def _stacked(sums: Sequence[LabelSums]) -> LabelSums:
    by_name = zip(*(each.arrays().values() for each in sums), strict=True)
    return LabelSums(*map(np.concatenate, by_name))
