"""Pictures of predictions beside their truth, along scales and of action units."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....preprocessing.pictures import new_figure, palette, save_figure, wrapped
from ...runs.report import Report
from ...scores.predictions import Predictions

_FEW = 80
"""Windows of a session up to which each is marked."""


@dataclass(frozen=True, eq=False)
class Session:
    """One session's test windows in time order, one behind the other.

    Attributes:
        subject, session: Whose.
        seconds: (N,) at which each window begins, counting tested time only.
        trial: (N,) of each window.
        truth: (N, D), NaN for missing.
        low, mean, high: (N, D) least, mean and greatest prediction over seeds.
    """

    subject: str
    session: str
    seconds: np.ndarray
    trial: np.ndarray
    truth: np.ndarray
    low: np.ndarray
    mean: np.ndarray
    high: np.ndarray

    @classmethod
    def longest(cls, report: Report) -> "Session":
        """The session with most test windows, the first of equals: never chosen by how well it went."""
        windows = _scored(report)
        subject, session = (np.asarray(report.columns[name])[windows.trial] for name in ("subject", "session"))
        keys = list(zip(subject.astype(str).tolist(), session.astype(str).tolist(), strict=True))
        longest = max(dict.fromkeys(keys), key=keys.count)
        windows = windows.take(np.array([key == longest for key in keys]))
        places, row = np.unique(np.stack([windows.trial, windows.start]), axis=1, return_inverse=True)
        of_place = [windows.dimensions[row == i] for i in range(places.shape[1])]  # (seeds, D) each
        return cls(
            subject=longest[0],
            session=longest[1],
            seconds=np.arange(len(of_place)) * window_seconds(report),
            trial=places[0],
            truth=np.stack([windows.true_dimensions[row == i][0] for i in range(places.shape[1])]),
            low=np.stack([seeds.min(axis=0) for seeds in of_place]),
            mean=np.stack([seeds.mean(axis=0) for seeds in of_place]),
            high=np.stack([seeds.max(axis=0) for seeds in of_place]),
        )


def window_seconds(report: Report) -> float:
    """Length of a window in seconds."""
    return report.protocol.window * max(series.duration for series in report.data.series.values())


def draw_scatter(report: Report, path: str | Path) -> Path:
    """Draw truth against prediction of every test window into a picture file, one panel a dimension."""
    names = report.data.task.dimensions
    figure = new_figure(3.3 * len(names), 3.6)
    windows, scores = _scored(report), report.tallies[report.selections[0]].scores
    for d, (axes, name) in enumerate(zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True)):
        _scatter(axes, windows.true_dimensions[:, d], windows.dimensions[:, d], report.data.task.ranges[d])
        axes.set_title(f"{name}, CCC {scores[f'ccc_{name}']:.3f}", fontsize=9, loc="left")
    figure.suptitle(wrapped(_title(report), 42 * len(names)), fontsize=9, x=0.01, ha="left")
    return save_figure(figure, path)


def draw_session(report: Report, path: str | Path) -> Path:
    """Draw truth and prediction along one session into a picture file, one panel a dimension."""
    names, session = report.data.task.dimensions, Session.longest(report)
    figure = new_figure(7.5, 0.9 + 1.6 * len(names))
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for d, (axes, name) in enumerate(zip(panels, names, strict=True)):
        _draw_trials(axes, session, d)
        axes.set_ylabel(name, fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False, fontsize=8, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    which = f"subject {session.subject}, session {session.session}"
    panels[0].set_title(f"{wrapped(_title(report), 75)}\n{which}", fontsize=9, loc="left")
    panels[-1].set_xlabel("tested time in s, trials one behind the other")
    return save_figure(figure, path)


def draw_units(report: Report, path: str | Path) -> Path:
    """Draw the F1 of each action unit into a picture file, beside that of always predicting yes."""
    names, scores = report.data.task.units, report.tallies[report.selections[0]].scores
    figure = new_figure(5.0, 1.3 + 0.3 * len(names))
    axes = figure.subplots()
    heights = np.arange(len(names))[::-1]
    axes.barh(heights, [scores[f"f1_{name}"] for name in names], height=0.6, color=palette.PREDICTED, label="model")
    axes.scatter(
        always_yes(_scored(report).true_units),
        heights,
        marker="D",
        color=palette.LABELS_ALONE,
        s=22,
        zorder=3,
        label="always yes",
    )
    axes.set_yticks(heights, names, fontsize=9)
    axes.set(xlim=(0, 1), xlabel="F1, all test windows together")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(wrapped(_title(report), 58), fontsize=9, loc="left", pad=18)
    axes.legend(frameon=False, fontsize=8, ncols=2, loc="lower right", bbox_to_anchor=(1, 0.99))
    return save_figure(figure, path)


def always_yes(truth: np.ndarray) -> np.ndarray:
    """(U,) F1 of always predicting a unit: 2p / (1 + p) for a share p of the (N, U) truths; NaN masked."""
    share = np.nanmean(np.where(np.isnan(truth), np.nan, truth >= 0.5), axis=0)
    return np.asarray(2 * share / (1 + share))


def _scored(report: Report) -> Predictions:
    return report.predictions.take(report.predictions.selection == report.selections[0])


def _title(report: Report) -> str:
    return f"{report.model}{', simulated' if report.data.simulated else ''}"


def _scatter(axes: Any, true: np.ndarray, predicted: np.ndarray, ends: tuple[float, float]) -> None:
    known = ~np.isnan(true)
    both = np.concatenate([true[known], predicted[known]])
    edges = (min(ends[0], float(both.min())), max(ends[1], float(both.max())))
    axes.plot(edges, edges, color=palette.REFERENCE, ls="--", lw=1.2, zorder=3)
    # Points become pixels in every kind of file: a hundred thousand paths open in no browser.
    alpha = float(np.clip(400 / max(known.sum(), 1), 0.05, 0.6))
    axes.scatter(true[known], predicted[known], s=7, alpha=alpha, color=palette.PREDICTED, lw=0, rasterized=True)
    axes.set(xlim=edges, ylim=edges, xlabel="truth", ylabel="prediction", aspect="equal")
    axes.spines[["top", "right"]].set_visible(False)


def _draw_trials(axes: Any, session: Session, d: int) -> None:
    for number, trial in enumerate(np.unique(session.trial)):
        of_trial = session.trial == trial
        at, first = session.seconds[of_trial], number == 0
        mark = "." if of_trial.sum() == 1 or len(of_trial) <= _FEW else ""  # a window alone makes no line
        axes.axvline(at[0], color=palette.GRID, lw=0.7, zorder=0)
        axes.fill_between(
            at, session.low[of_trial, d], session.high[of_trial, d], color=palette.PREDICTED, alpha=0.25, lw=0
        )
        axes.plot(
            at,
            session.truth[of_trial, d],
            color=palette.TRUTH,
            lw=1.4,
            marker=mark,
            ms=3,
            label="truth" if first else None,
        )
        axes.plot(
            at,
            session.mean[of_trial, d],
            color=palette.PREDICTED,
            lw=1.4,
            ls=(0, (3, 1)),
            marker=mark,
            ms=3,
            label="prediction, mean of seeds" if first else None,
        )
