"""Random designs of people, classes and splits, and readers of nothing, for the law that nothing is above guessing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emoscan.benchmarks.scores.label_check import LabelCheck
from emoscan.benchmarks.scores.label_sums import LabelSums, training_labels
from emoscan.benchmarks.scores.labels_alone import Opponents
from emoscan.benchmarks.scores.predictions import Predictions
from emoscan.benchmarks.scores.tally import DrawnUnits, Tally
from emoscan.benchmarks.scores.verdict import Verdict, verdict_of
from emoscan.benchmarks.splits.splits import Split
from emoscan.signals import InputError, Task

METRIC = "balanced_accuracy"


@dataclass(frozen=True, eq=False)
class Design:
    """Windows of people: ``trial`` (N,) of each, and the category of each trial (M,) with its columns."""

    columns: dict[str, np.ndarray]
    trial: np.ndarray
    classes: int

    @classmethod
    def drawn(cls, rng: np.random.Generator, trials: tuple[int, int] = (4, 11), windows: int = 1) -> "Design":
        """People, sessions, classes, imbalance, missing classes and lengths, all drawn.

        Args:
            rng: Draws.
            trials: Least and greatest (not reached) number of a session.
            windows: Of the shortest trial.
        """
        people, classes = int(rng.integers(6, 17)), int(rng.integers(2, 6))
        shares = rng.dirichlet(np.full(classes, rng.choice([1.0, 4.0, 100.0])))
        lacking, sessions = rng.choice([0.0, 0.0, 0.2, 0.5]), int(rng.integers(1, 4))
        alike = rng.choice([100.0, 100.0, 4.0, 1.0])  # how alike people are in how often they show each class
        rows = []
        for person in range(people):
            own = shares * rng.dirichlet(np.full(classes, alike)) * (rng.random(classes) >= lacking) + 1e-9
            for session in range(sessions):
                for trial in range(int(rng.integers(*trials))):
                    category = rng.choice(classes, p=own / own.sum())
                    rows.append((str(person), str(session + 1), trial + 1, f"film {trial % 5}", category))
        named = dict(zip(("subject", "session", "trial", "stimulus", "category"), zip(*rows, strict=True), strict=True))
        columns = {name: np.array(values) for name, values in named.items()}
        columns["learned"] = np.isin(columns["subject"], [str(p) for p in range(0, people, 2)])
        columns["part"] = np.where(columns["learned"], "train", "validation")
        lengths = rng.integers(windows, windows + (7 if rng.random() < 0.5 else 2), len(rows))
        return cls(columns, np.repeat(np.arange(len(rows)), lengths), classes)

    @property
    def category(self) -> np.ndarray:
        """(N,) of each window."""
        return self.columns["category"][self.trial]

    @property
    def subject(self) -> np.ndarray:
        """(N,) of each window."""
        return self.columns["subject"][self.trial]


class Under:
    """A design under a split: what each predictor reaches against what labels alone give."""

    def __init__(self, design: Design, split: Split) -> None:
        self.design, windows = design, split.level == "window"
        rows = {name: values[design.trial] for name, values in design.columns.items()} if windows else design.columns
        self.folds = split(rows)
        self.task = Task(tuple(f"class {k}" for k in range(design.classes)))
        n, of_row = len(rows["subject"]), np.arange(len(design.trial)) if windows else design.trial
        nothing = np.zeros((len(design.trial), 0))
        sums = LabelSums.of(self.task, design.category, nothing, nothing, of_row, n)
        of_folds = [sums] * len(self.folds)
        LabelCheck(self.task, self.folds, of_folds, of_folds, rows["subject"], True).refuse()
        place = [np.flatnonzero(of_row == row) for row in range(n)]
        self.sides = [
            tuple(np.concatenate([place[row] for row in side]) for side in (fold.train, fold.test))
            for fold in self.folds
        ]
        self.window = np.concatenate([test for _, test in self.sides])
        self.fold = np.repeat(np.arange(len(self.folds)), [len(test) for _, test in self.sides])
        self.labels = training_labels(of_folds, [(f.train, f.test) for f in self.folds], rows["subject"], True)
        trials = design.trial[self.window]
        self.units = DrawnUnits.of(design.columns, np.unique(trials), True)
        blank = self.predictions(np.zeros(len(self.window), int))
        self.opponents = Opponents.of(self.task, blank, self.units, design.columns["subject"], self.labels)

    def predictions(self, said: np.ndarray) -> Predictions:
        """A category for each test window, as a benchmark would keep it."""
        n, trial = len(said), self.design.trial[self.window]
        nothing = np.zeros((n, 0))
        return Predictions(
            self.fold,
            np.zeros(n, int),
            np.full(n, "fixed"),
            trial,
            np.zeros(n, int),
            self.design.columns["category"][trial],
            np.eye(self.design.classes)[said],
            *[nothing] * 4,
        )

    def tally(self, said: np.ndarray) -> Tally:
        """The sums of a predictor."""
        return Tally.of(self.task, self.predictions(said), self.units)

    @cached_property
    def bar(self) -> float:
        """What labels alone give."""
        return self.opponents.strongest(METRIC)[1]

    def verdict(self, said: np.ndarray) -> Verdict | None:
        """Of a predictor; None where its score is not even higher than the bar, so that p is .5 or more."""
        row = self.tally(said)
        return verdict_of(row, self.opponents, METRIC) if row.scores[METRIC] > self.bar + 1e-9 else None

    def readers_of_nothing(self, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
        """Predictors that look at no signal, by name."""
        n, classes = len(self.window), self.design.classes
        for k in range(classes):
            yield f"always {k}", np.full(n, k)
        yield "a guess a window", rng.integers(0, classes, n)
        yield "a class a fold", rng.integers(0, classes, len(self.folds))[self.fold]
        _, person = np.unique(self.design.subject[self.window], return_inverse=True)
        yield "a class a person", rng.integers(0, classes, person.max() + 1)[person]
        yield from self._of_the_bar(rng)
        yield "linear on noise", self._linear(rng.standard_normal((len(self.design.trial), 4)))
        _, code = np.unique(self.design.subject, return_inverse=True)
        yield "linear on who it is", self._linear(np.eye(code.max() + 1)[code])

    def _of_the_bar(self, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
        """The opponents themselves, drawn as one would have to."""
        folds, own = self.labels.folds.category, {}
        for row, key in enumerate(zip(self.labels.own_fold.tolist(), self.labels.own_subject.tolist(), strict=True)):
            own[key] = self.labels.own.category[row]
        who = self.design.subject[self.window]
        counts = {
            "fold": folds[self.fold],
            "person": np.stack([own.get((f, str(s)), folds[f]) for f, s in zip(self.fold, who, strict=True)]),
        }
        for name, of in counts.items():
            shares = of / of.sum(axis=1, keepdims=True)
            yield f"most frequent of the {name}", (of + 1e-6 * rng.random(self.design.classes)).argmax(axis=1)
            parts = of / np.maximum(folds[self.fold], 1)
            yield f"the class of which the {name} has most", (parts + 1e-9 * rng.random(parts.shape)).argmax(axis=1)
            yield (
                f"by the shares of the {name}",
                (rng.random((len(of), 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(0, self.design.classes - 1),
            )

    def _linear(self, x: np.ndarray) -> np.ndarray:
        """Ridge regression of the classes on features, classes weighted alike, fold by fold."""
        x, y = np.column_stack([x, np.ones(len(x))]), np.eye(self.design.classes)[self.design.category]
        said = np.zeros(len(self.window), int)
        for number, (train, test) in enumerate(self.sides):
            weight = 1 / np.maximum(y[train].sum(axis=0), 1)[self.design.category[train]]
            a, b = (x[train] * weight[:, None]).T @ x[train] + 1e-3 * np.eye(x.shape[1]), None
            b = (x[train] * weight[:, None]).T @ y[train]
            said[self.fold == number] = (x[test] @ np.linalg.solve(a, b)).argmax(axis=1)
        return said

    def skilled(self, rng: np.random.Generator, skill: float) -> np.ndarray:
        """A predictor that is right with 1/C + ``skill``, and else says another class."""
        category, classes = self.design.category[self.window], self.design.classes
        right = rng.random(len(category)) < 1 / classes + skill
        return np.where(right, category, (category + rng.integers(1, classes, len(category))) % classes)


def under(design: Design, split: Split) -> Under | None:
    """The design under the split; None where the split refuses it, or a fold can teach nothing."""
    try:
        return Under(design, split)
    except InputError:
        return None
