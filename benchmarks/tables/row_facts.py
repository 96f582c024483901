"""Facts of the rows of a table, in words: data, features, protocol, windows, training, counts behind the score."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ...models import Training
from ..runs.report import Report
from ..runs.report_facts import SeriesSummary
from ..scores.metrics import WORDS, part_of
from ..scores.predictions import Predictions


def facts_of(report: Report, metric: str) -> dict[str, str]:
    """What a reader of one row must know, by name; those that all rows share are shown once."""
    p, d = report.protocol, report.data
    every = ", every class weighing the same" if metric == "balanced_accuracy" else ""
    return {
        "score": f"{WORDS[metric]} over all tested windows{every}, averaged over seeds",
        "data": f"{d.title}{f', {d.dataset}' if d.study else ''}{' (no person recorded)' if d.simulated else ''}",
        "predicts": ", ".join(task_words(report)),
        "classes": d.classes or "as the data have them",
        "features": "; ".join(_features(d.series)),
        "scaling": f"{p.scaling} (transductive)" if p.scaling == "subject" else p.scaling,
        "protocol": f"{p.words} [{p.split}]{f'; {d.sides}' if d.sides else ''}",
        "windows": _windows(report),
        "networks": ", ".join(_training(p.training)),
        "tested": _counts(report),
        "seeds": str(p.seeds),
    }


def empty_facts(reports: Sequence[Report]) -> set[str]:
    """Names of facts that tell a reader of this table nothing: no row has epochs, or classes made of ratings."""
    empty = {"networks", "classes"}
    for report in reports:
        if any(max(epochs) > 0 for epochs in report.epochs.values()):
            empty.discard("networks")
        if report.data.classes:
            empty.discard("classes")
    return empty


def window_words(report: Report) -> str:
    """The length of a window, in words."""
    p, durations = report.protocol, [summary.duration for summary in report.data.series.values()]
    return (
        f"{counted(p.window, 'slice')} of {durations[0]:.4g} s"
        if len(durations) == 1
        else f"{p.window * max(durations):g} s"
    )


def task_words(report: Report) -> Iterator[str]:
    """The parts of the task, with their names."""
    task = report.data.task
    for part in ("categories", "dimensions", "units"):
        if names := getattr(task, part):
            # Names of action units hold commas themselves.
            comma = "; " if any("," in name for name in names) else ", "
            yield f"{len(names)} {part} ({comma.join(names)})"


def counted(n: int, noun: str) -> str:
    """A number and its noun: 1 trial, 2 trials."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def tested_trials(report: Report) -> tuple[object, ...]:
    """The tested trials with their categories, and the names of what is judged first."""
    names = ("subject", "session", "trial", "category")
    trials = (tuple(np.asarray(report.columns[name])[report.tested].tolist()) for name in names)
    judged = {"categories": report.data.task.categories, "dimensions": report.data.task.dimensions}
    return *trials, judged.get(part_of(report.metric), report.data.task.units)


def window_seconds(report: Report) -> float:
    """Length of a window."""
    return round(report.protocol.window * max(series.duration for series in report.data.series.values()), 6)


def _features(summaries: Mapping[str, SeriesSummary]) -> Iterator[str]:
    for name, series in summaries.items():
        named = f"{name}: " if len(summaries) > 1 else ""
        causality = "" if series.causal else ", not causal"
        yield f"{named}{series.words}: {series.sites} sites × {len(series.features)}{causality}"


def _windows(report: Report) -> str:
    p, series = report.protocol, report.data.series
    clock = ""
    if len(series) > 1:
        rates = " and ".join(f"{name} {summary.duration:g} s" for name, summary in series.items())
        clock = f" on the session clock ({p.window} of the longest slices: {rates})"
    return f"{window_words(report)}{clock}, training stride {p.train_stride}, test windows disjoint"


def _training(training: Training) -> Iterator[str]:
    yield f"{training.epochs} epochs, batches of {training.batch_size}, AdamW {training.learning_rate:g}"
    for name in ("balance", "augmentation", "dimension_loss", "devices", "precision"):
        if getattr(training, name) != getattr(Training, name):
            yield f"{name.replace('_', ' ')} {getattr(training, name)}"


def _counts(report: Report) -> str:
    """Counts behind the score: trials and windows of which a truth is known; then those of which none is."""
    scored = report.predictions.take(report.predictions.labelled)
    trials = np.unique(scored.trial)
    subject, session = (np.asarray(report.columns[name])[trials] for name in ("subject", "session"))
    sessions = len(set(zip(subject.tolist(), session.tolist(), strict=True)))
    windows = len(np.unique(np.stack([scored.trial, scored.start]), axis=1).T)
    counts = {
        "subject": len(set(subject.tolist())),
        "session": sessions,
        "trial": len(trials),
        "window": windows,
        "fold": len(report.folds),
    }
    scored_counts = ", ".join(counted(n, name) for name, n in counts.items())
    return "; ".join([scored_counts, *_missing(report, scored, len(report.tested) - len(trials))])


def _missing(report: Report, scored: Predictions, unlabelled: int) -> Iterator[str]:
    """Truths that are not known: of whole trials, and of one part of the task where another is known."""
    if unlabelled:
        yield f"not scored for want of a truth: {counted(unlabelled, 'more trial')}"
    task = report.data.task
    known = {"category": scored.category >= 0} if task.categories else {}
    known |= {name: np.isfinite(scored.true_dimensions[:, d]) for d, name in enumerate(task.dimensions)}
    known |= {name: np.isfinite(scored.true_units[:, u]) for u, name in enumerate(task.units)}
    lacking = []
    for name, is_known in known.items():
        if not is_known.all():
            lacking.append(f"{name} {len(np.unique(scored.trial[~is_known])):,}")
    if lacking:
        yield f"of these trials lack {', '.join(lacking)}"
