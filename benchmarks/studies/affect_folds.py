"""Maps of affect under a protocol: each fold's from its training labels, tested on its test trials."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...preprocessing import Cache
from ...signals import InputError, Target
from ..scores.metrics import concordance
from ..scores.verdict import decimal
from ..splits.fold import Fold
from ..splits.splits import Split
from .affect_map import AffectMap, truths_in


@dataclass(frozen=True, eq=False)
class Mapped:
    """Predictions of maps for N test slices, and their labels.

    Attributes:
        predicted, true: (N,) names of categories: the likeliest one at the slice's valence and arousal; the label.
        affect, true_affect: (N, 2) valence and arousal: the mean of the slice's category; the labels.
    """

    predicted: np.ndarray
    true: np.ndarray
    affect: np.ndarray
    true_affect: np.ndarray

    @property
    def recall(self) -> float:
        """Share of a category's slices that are recognised, averaged over the categories that occur."""
        recalls = [(self.predicted[self.true == name] == name).mean() for name in np.unique(self.true)]
        return float(np.mean(recalls))

    @property
    def guessing(self) -> float:
        """The recall of guessing."""
        return 1 / len(np.unique(self.true))

    @property
    def concordances(self) -> tuple[float, float]:
        """CCC of valence and of arousal, from the category alone; slices of unknown categories are left out."""
        known = np.isfinite(self.affect).all(axis=1)
        valence, arousal = (concordance(self.affect[known, k], self.true_affect[known, k]) for k in (0, 1))
        return valence, arousal


@dataclass(frozen=True, eq=False)
class AffectFolds:
    """A map for each fold of a split, and their predictions for trials that they were not estimated from.

    Attributes:
        split: The protocol in words.
        folds: Names of the folds.
        maps: One a fold, of its training labels only.
        tested: The test slices of all folds together.
    """

    split: str
    folds: tuple[str, ...]
    maps: tuple[AffectMap, ...]
    tested: Mapped

    @classmethod
    def of(cls, cache: Cache, modality: str, split: Split) -> "AffectFolds":
        """Estimate and evaluate the map of each fold; labels are read once.

        Raises:
            InputError: The task lacks categories, valence or arousal, or labels of both kinds are missing on one side.
        """
        folds = split(cache.columns)
        truths = truths_in(cache, modality, range(len(cache)))
        maps = [AffectMap.fit(cache, modality, fold.train.tolist(), truths) for fold in folds]
        by_fold = [evaluated(fitted, cache, fold, truths) for fitted, fold in zip(maps, folds, strict=True)]
        tested = Mapped(
            np.concatenate([mapped.predicted for mapped in by_fold]),
            np.concatenate([mapped.true for mapped in by_fold]),
            np.concatenate([mapped.affect for mapped in by_fold]),
            np.concatenate([mapped.true_affect for mapped in by_fold]),
        )
        if not len(tested.true):
            found = "no tested slice with a category, valence and arousal"
            raise InputError(cache.path, found, "some", "use another split")
        return cls(split.words, tuple(fold.name for fold in folds), tuple(maps), tested)

    def to_text(self) -> str:
        """Lines for a terminal: scores of the maps on test trials, and the map of the first fold."""
        valence, arousal = self.tested.concordances
        first = self.maps[0]
        return "\n".join(
            [
                f"map of categories in the plane, from training labels only; {len(self.folds)} folds ({self.split}), "
                f"each fold's map asked about its test trials, {len(self.tested.true):,} labelled slices in all:",
                "  valence and arousal told by the category: CCC "
                f"{decimal(valence, digits=2)}, {decimal(arousal, digits=2)}",
                "  the category told by valence and arousal: balanced accuracy "
                f"{decimal(self.tested.recall)} (guessing {decimal(self.tested.guessing)})",
                f"the first fold's map, {self.folds[0]} left out ({len(first.trials)} training trials):",
                first.to_text(),
            ]
        )


def evaluated(fitted: AffectMap, cache: Cache, fold: Fold, truths: Mapping[int, Target]) -> Mapped:
    """Predictions of a map for a fold's test trials.

    Raises:
        InputError: It was estimated from one of them.
    """
    fitted.refuse_learned(fold.test.tolist())
    names = cache.task.dimensions
    columns = [names.index("valence"), names.index("arousal")]
    targets = [truths[int(trial)] for trial in fold.test if int(trial) in truths]
    category = np.concatenate([np.zeros(0, int), *(target.category for target in targets)])
    rated = np.concatenate([np.zeros((0, 2)), *(target.dimensions[:, columns] for target in targets)])
    known = (category >= 0) & np.isfinite(rated).all(axis=1)
    true, rated = np.array(cache.task.categories)[category[known]], rated[known]
    means = dict(zip(fitted.categories, fitted.mean, strict=True))  # of the training part, which may lack a category
    affect = np.array([means.get(name, (np.nan, np.nan)) for name in true]).reshape(-1, 2)
    predicted = np.array(fitted.categories)[fitted.probability(rated).argmax(axis=1)] if len(rated) else true
    return Mapped(predicted, true, affect, rated)
