"""Predictions along a recording."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...signals import Task
from ...signals.files.publishing import publish_text
from ...signals.shown_text import csv_text
from ..learning.prediction import Prediction


@dataclass(frozen=True, eq=False)
class Timeline:
    """Predictions of a model at N times of one recording.

    Attributes:
        times: (N,) seconds on the session clock where each window ends: all that it holds lies before, unless the title
            says otherwise.
        prediction: For each of the N windows.
        present: By series, the share of each window's slices that are there and valid, (N,) 0..1.
        score: By series of faces, the mean score of the detector in each window, (N,) 0..1; NaN where no frame is.
        task: Names of the predictions.
        title: The model, the recording, and all that a reader must know.
        left_out: Windows that were not predicted: a joint of the recording or a gap in time lies in them.
    """

    times: np.ndarray
    prediction: Prediction
    present: Mapping[str, np.ndarray]
    score: Mapping[str, np.ndarray]
    task: Task
    title: str
    left_out: int = 0

    @property
    def valid(self) -> np.ndarray:
        """(N,) the largest of the shares that are there: 0 where nothing was recorded."""
        return np.asarray(np.max(list(self.present.values()), axis=0))

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """Every curve by the name of its column: categories, dimensions, units."""
        columns = dict(zip(self.task.categories, self.prediction.probability.T, strict=True))
        columns |= zip(self.task.dimensions, self.prediction.dimensions.T, strict=True)
        columns |= zip(self.task.units, self.prediction.units.T, strict=True)
        return columns

    def with_holes(self) -> "Timeline":
        """The same with a window of nothing behind each that the next does not follow: there lines of a picture end."""
        apart = np.diff(self.times)
        holes = np.flatnonzero(apart > 1.5 * np.median(apart)) + 1 if len(apart) else np.zeros(0, int)

        def filled(values: np.ndarray, nothing: float) -> np.ndarray:
            return np.insert(np.asarray(values, float), holes, nothing, axis=0)

        curves = (self.prediction.probability, self.prediction.dimensions, self.prediction.units)
        return replace(
            self,
            times=np.insert(self.times, holes, self.times[holes - 1] + (np.median(apart) if len(holes) else 0.0)),
            prediction=Prediction(*(filled(values, np.nan) for values in curves)),
            present={name: filled(share, 0.0) for name, share in self.present.items()},
            score={name: filled(score, np.nan) for name, score in self.score.items()},
        )

    def by_scale(self) -> Iterator[tuple[tuple[float, float], tuple[str, ...], np.ndarray]]:
        """The ends of each scale, the names of the dimensions along it, and their curves (N, K)."""
        for ends in dict.fromkeys(self.task.ranges):
            along = [place for place, scale in enumerate(self.task.ranges) if scale == ends]
            yield ends, tuple(self.task.dimensions[place] for place in along), self.prediction.dimensions[:, along]


def write_timeline(timeline: Timeline, path: Path) -> None:
    """Write a CSV file: time in seconds, one column for each predicted name, and how much of each series there is.

    Ratings are in the units of their scales, whose ends the first line says.
    """
    columns = timeline.columns
    columns |= {f"{name} present": share for name, share in timeline.present.items()}
    columns |= {f"{name} score": score for name, score in timeline.score.items()}
    scales, rows = timeline.task.scales, zip(timeline.times, *columns.values(), strict=True)
    cells = [["time", *columns], *([f"{value:.6g}" for value in row] for row in rows)]
    publish_text(path, csv_text(cells, f"{timeline.title}{f'; scales: {scales}' if scales else ''}"))
