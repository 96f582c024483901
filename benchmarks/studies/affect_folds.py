"""Maps of affect under a protocol: each fold's from its training labels, asked about its test trials."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...preprocessing import Cache
from ...signals import InputError, Target
from ..scores.metrics import concordance
from ..splits.fold import Fold
from ..splits.splits import Split
from .affect_map import AffectMap, truths_in


@dataclass(frozen=True, eq=False)
class Mapped:
    """What maps say about N test slices, and their labels.

    Attributes:
        said, true: (N,) names of categories: the likeliest one at the slice's valence and arousal; the label.
        placed, felt: (N, 2) valence and arousal: the mean of the slice's category; the labels.
    """

    said: np.ndarray
    true: np.ndarray
    placed: np.ndarray
    felt: np.ndarray

    @property
    def recall(self) -> float:
        """Share of a category's slices that are recognised, averaged over the categories that occur."""
        return float(np.mean([(self.said[self.true == name] == name).mean() for name in np.unique(self.true)]))

    @property
    def guessing(self) -> float:
        """What guessing gives of that."""
        return 1 / len(np.unique(self.true))

    @property
    def concordances(self) -> tuple[float, float]:
        """Of valence and of arousal, as the category alone tells them; slices of unknown categories are left out."""
        known = np.isfinite(self.placed).all(axis=1)
        valence, arousal = (concordance(self.placed[known, k], self.felt[known, k]) for k in (0, 1))
        return valence, arousal


@dataclass(frozen=True, eq=False)
class AffectFolds:
    """A map for each fold of a split, and what all of them say about trials that they were not estimated from.

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
        parts = [evaluated(own, cache, fold, truths) for own, fold in zip(maps, folds, strict=True)]
        tested = Mapped(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in Mapped.__dataclass_fields__)
        )
        if not len(tested.true):
            found = "no tested slice with a category, valence and arousal"
            raise InputError(cache.path, found, "some", "use another split")
        return cls(split.words, tuple(fold.name for fold in folds), tuple(maps), tested)

    def to_text(self) -> str:
        """Lines for a terminal: what the maps are worth on test trials, and the map of the first fold."""
        valence, arousal = self.tested.concordances
        first = self.maps[0]
        return "\n".join(
            [
                f"map of categories in the plane, from training labels only; {len(self.folds)} folds ({self.split}), "
                f"each fold's map asked about its test trials, {len(self.tested.true):,} labelled slices in all:",
                f"  valence and arousal told by the category: CCC {valence:.2f}, {arousal:.2f}",
                f"  the category told by valence and arousal: balanced accuracy {self.tested.recall:.3f} (guessing "
                f"{self.tested.guessing:.3f})",
                f"the first fold's map, {self.folds[0]} left out ({len(first.trials)} training trials):",
                first.to_text(),
            ]
        )


def evaluated(own: AffectMap, cache: Cache, fold: Fold, truths: Mapping[int, Target]) -> Mapped:
    """What a map says about a fold's test trials.

    Raises:
        InputError: It was estimated from one of them.
    """
    own.refuse_own(fold.test.tolist())
    names = cache.task.dimensions
    columns = [names.index("valence"), names.index("arousal")]
    there = [truths[int(trial)] for trial in fold.test if int(trial) in truths]
    category = np.concatenate([np.zeros(0, int), *(truth.category for truth in there)])
    felt = np.concatenate([np.zeros((0, 2)), *(truth.dimensions[:, columns] for truth in there)])
    known = (category >= 0) & np.isfinite(felt).all(axis=1)
    true, felt = np.array(cache.task.categories)[category[known]], felt[known]
    place = {name: own.mean[k] for k, name in enumerate(own.categories)}
    placed = np.array([place.get(name, (np.nan, np.nan)) for name in true]).reshape(-1, 2)
    said = np.array(own.categories)[own.probability(felt).argmax(axis=1)] if len(felt) else true
    return Mapped(said, true, placed, felt)
