"""Check of the labels of a split: folds that can teach or score nothing are refused, and weak ones are named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...signals import InputError, Task
from ..splits.fold import Fold
from .label_sums import LabelSums

FEW = 5
"""People below whose number a class is named as one of a few."""

_NAMED = 4
"""Folds that are named one by one."""


@dataclass(frozen=True, eq=False)
class LabelCheck:
    """The labels on both sides of every fold.

    Args:
        task: That is predicted.
        folds: All of them.
        train, test: For each fold (rows,) sums over the training and over the test windows of each row that the split
            divides. Folds differ in them where thresholds of classes are learned from training parts.
        subject: (rows,) the person.
        names_subjects: Whether people are known.
        rules: For each fold the rule by which classes follow from ratings; empty where they are the data's own.
    """

    task: Task
    folds: Sequence[Fold]
    train: Sequence[LabelSums]
    test: Sequence[LabelSums]
    subject: np.ndarray
    names_subjects: bool
    rules: Sequence[str] = ()

    def refuse(self) -> None:
        """Refuse a fold that can teach nothing or score nothing of a part of the task.

        Raises:
            InputError: Names the fold and what it lacks.
        """
        for number, (fold, train, test) in enumerate(self._sides()):
            where = f"fold {fold.name!r}"
            if self.rules:
                where += f", {self.rules[number]}"
            self._refuse_fold(where, train.of_rows(fold.train), test.of_rows(fold.test))

    def _sides(self) -> Iterator[tuple[Fold, LabelSums, LabelSums]]:
        return zip(self.folds, self.train, self.test, strict=True)

    def _refuse_fold(self, where: str, taught: LabelSums, scored: LabelSums) -> None:
        if missing := taught.lacking(self.task)[0]:
            found = f"no truth for {', '.join(missing)} in its training windows"
            raise InputError(where, found, "something to learn in every fold", "use another split, or predict less")
        if missing := scored.lacking(self.task)[0]:
            found = f"no truth for {', '.join(missing)} in its test windows"
            raise InputError(where, found, "something to score in every fold", "leave its trials out")
        present = np.flatnonzero(taught.category[0])
        if self.task.categories and len(present) < 2:
            found = f"one class only, {self.task.categories[present[0]]}, in its training windows"
            raise InputError(where, found, "two classes or more to learn", "use another split, or leave its trials out")

    def notes(self) -> tuple[str, ...]:
        """Notes on the classes for a reader: which cannot be learned in which fold, and which few people have."""
        return tuple(self._notes()) if self.task.categories else ()

    def _notes(self) -> Iterator[str]:
        untaught: dict[str, list[str]] = {}
        for fold, train, test in self._sides():
            taught, scored = train.category[fold.train].sum(axis=0), test.category[fold.test].sum(axis=0)
            for k in np.flatnonzero((scored > 0) & (taught == 0)):
                untaught.setdefault(self.task.categories[k], []).append(fold.name)
        for name, folds in untaught.items():
            which = "which tests it" if len(folds) == 1 else "which test it"
            yield f"{name!r} cannot be learned in {_listed(folds)}, {which}: no training window has it."
        people, counts = self._people()
        never = [name for name, n in counts.items() if n == 0]
        few = [f"{name!r} ({n})" for name, n in counts.items() if 0 < n < min(FEW, people)]
        if never:
            yield f"Never tested: {', '.join(map(repr, never))}."
        if few and self.names_subjects:
            yield f"Classes that fewer than {FEW} people have among the tested windows: {', '.join(few)}."

    def _people(self) -> tuple[int, dict[str, int]]:
        """The number of tested people, and of those who have each class among their tested windows."""
        _, code = np.unique(np.asarray(self.subject).astype(str), return_inverse=True)
        tested = np.unique(code[np.concatenate([fold.test for fold in self.folds])])
        have = np.zeros((code.max() + 1, len(self.task.categories)))
        for fold, _, test in self._sides():
            np.add.at(have, code[fold.test], test.category[fold.test])
        return len(tested), dict(zip(self.task.categories, (have > 0).sum(axis=0).tolist(), strict=True))


def constant_notes(names: Sequence[str], values: np.ndarray, row: np.ndarray, folds: Sequence[Fold]) -> Iterator[str]:
    """Notes on ratings or units that have one value in all training windows of a fold.

    Args:
        names: Theirs.
        values: (N, names) of windows, NaN for missing.
        row: (N,) the row of each window that the split divides.
        folds: All of them.
    """
    training = [(fold.name, np.isin(row, fold.train)) for fold in folds]
    for name, column in zip(names, values.T, strict=True):
        constant = [fold for fold, trains in training if len(np.unique(column[trains & ~np.isnan(column)])) == 1]
        if constant:
            yield f"{name} never varies among the training windows of {_listed(constant)}: it cannot be learned."


def _listed(folds: Sequence[str]) -> str:
    """Folds by name; of many, some and their number."""
    if len(folds) == 1:
        return f"the fold {folds[0]!r}"
    named = ", ".join(map(repr, folds[:_NAMED]))
    return f"the folds {named}" if len(folds) <= _NAMED else f"{len(folds)} folds ({named}, ...)"
