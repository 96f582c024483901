"""The score of a stored model on windows that are new to it, compared with labels alone."""

from dataclasses import dataclass

import numpy as np

from ...models import TrainedModel
from ...models.learning.network_learner import predict_windows
from ...preprocessing import AnyWindows
from ...signals import InputError
from .label_sums import LabelSums, TrainingLabels, training_labels
from .labels_alone import Opponents
from .metrics import WORDS, headline
from .predictions import Predictions
from .tally import DrawnUnits, Tally
from .verdict import Verdict, decimal, verdict_of


@dataclass(frozen=True)
class KeptScore:
    """The first metric of a stored model's task on some windows, and whether that is above guessing."""

    value: float
    verdict: Verdict

    @classmethod
    def of(cls, model: TrainedModel, windows: AnyWindows) -> "KeptScore | None":
        """The score; None where ``windows`` have no truth for the model's task."""
        task, cache = model.facts.task, windows.cache
        prediction = predict_windows(model.model, model.scaling, windows)
        predictions = Predictions.of(windows, prediction, 0, 0, "fixed")
        units = DrawnUnits.of(cache.columns, np.unique(windows.trials), cache.names_subjects)
        tally, metric = Tally.of(task, predictions, units), headline(task)
        if metric not in tally.scores:
            return None
        opponents = Opponents.of(task, predictions, units, np.asarray(cache.subject), _labels(model, windows))
        return cls(tally.scores[metric], verdict_of(tally, opponents, metric))

    @property
    def words(self) -> str:
        """One sentence."""
        return f"{WORDS[self.verdict.metric]} of the model on these windows {decimal(self.value)}: {self.verdict.words}"


def _labels(model: TrainedModel, windows: AnyWindows) -> TrainingLabels | None:
    """The labels that the model learned from, as far as its trials are in the same cache: every slice once."""
    cache, task = windows.cache, model.facts.task
    train = np.flatnonzero(model.facts.learned(cache.columns))
    if not len(train):
        return None
    try:
        slices = next(iter(windows.parts.values())).cut_anew(1, 1, train)
    except InputError:  # not one valid slice
        return None
    sums = LabelSums.of(
        task, slices.category, dimensions=slices.dimensions, units=slices.units, row=slices.trials, n=len(cache)
    )
    sides = [(train, np.unique(windows.trials))]
    return training_labels([sums], sides, np.asarray(cache.subject), cache.names_subjects)
