"""The report of one benchmark: every number, every prediction, and the settings behind them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import UNKNOWN_SUBJECT, InputError, StoredCorrupt
from ...signals.files.publishing import publish_arrays, publish_text
from ...signals.files.stored_arrays import StoredArrays, check_arrays, check_numbers, read_arrays
from ...signals.regular_file import file_bytes
from ...signals.schema import Schema
from ...signals.stored_json import as_json, decoded, digest_of, parsed_json
from ..scores.label_sums import LabelSums, TrainingLabels, training_labels
from ..scores.labels_alone import Opponents
from ..scores.metrics import headline
from ..scores.predictions import Predictions
from ..scores.tally import PEOPLE, DrawnUnits, Tally
from ..splits.splits import SPLITS
from .protocol import Protocol
from .report_facts import DataFacts, ReportFacts, check_report_text
from .training_run import FoldScore

REPORT, PREDICTIONS = "report.json", "predictions.npz"
SCHEMA = Schema()
"""Of a report; absent from files of the first form."""

_DO = "run it again"
_COLUMN, _CURVE, _LABELS = "column_", "curve_", "labels_"
"""What the names of arrays that are no predictions begin with."""


@dataclass(frozen=True, eq=False)
class Report:
    """One model under one protocol on one cache.

    Attributes:
        model: As one would type it.
        protocol: The rules.
        data: The data that were read.
        folds: Their names.
        rows: Test metrics, one for each (fold, seed, selection, metric).
        predictions: For every test window.
        columns: The cache's columns, over its trials.
        n_parameters: Trained numbers of the model (of the first fold).
        epochs: By selection, for each training the epoch that was scored.
        versions: Of emoscan and the libraries that computed.
        allow: Packages whose classes the report's text may name beside those of emoscan; never stored.
        curves: ``curves[selection][name]`` numbers logged under that name, such as ``train/loss``: (trainings, epochs)
            float32, one row for each fold and seed. Empty without epochs, and in reports of old.
        labels: The labels of each training part; None in reports of old.
    """

    model: str
    protocol: Protocol
    data: DataFacts
    folds: tuple[str, ...]
    rows: tuple[FoldScore, ...]
    predictions: Predictions
    columns: Mapping[str, np.ndarray]
    n_parameters: int
    epochs: Mapping[str, tuple[int, ...]]
    versions: Mapping[str, str]
    curves: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    labels: TrainingLabels | None = None
    allow: tuple[str, ...] = ()

    def __repr__(self) -> str:
        simulated = ", simulated" if self.data.simulated else ""
        return f"Report({self.model!r} on {self.data.dataset}{simulated}, {self.predictions!r})"

    @property
    def selections(self) -> tuple[str, ...]:
        """The ways of choosing the epoch that were scored."""
        return tuple(self.epochs)

    @property
    def metric(self) -> str:
        """The metric by which the task is judged first."""
        return headline(self.data.task)

    @cached_property
    def tested(self) -> np.ndarray:
        """Indices of the trials that were tested."""
        return np.unique(self.predictions.trial)

    @cached_property
    def units(self) -> DrawnUnits:
        """The units that intervals and tests draw: people, or sessions or trials in their place."""
        unknown = bool(np.all(np.asarray(self.columns["subject"]) == UNKNOWN_SUBJECT))
        return DrawnUnits.of(self.columns, self.tested, self.data.names_subjects and not unknown)

    @cached_property
    def tallies(self) -> Mapping[str, Tally]:
        """By selection the sums of each unit: every score follows from them."""
        windows, task = self.predictions, self.data.task
        return {name: Tally.of(task, windows.take(windows.selection == name), self.units) for name in self.selections}

    @cached_property
    def opponents(self) -> Opponents:
        """The opponents that read labels alone, on the folds of this report."""
        windows = self.predictions.take(self.predictions.selection == self.selections[0])
        labels = _labels_again(self) if self.labels is None else self.labels
        return Opponents.of(self.data.task, windows, self.units, np.asarray(self.columns["subject"]), labels)

    @property
    def scores(self) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
        """``scores[selection][unit][metric]``: over a person's own windows of all folds, averaged over seeds."""
        return {name: tally.each for name, tally in self.tallies.items()}

    def under(self, control: str) -> "Report":
        """The predictions of the same trainings under a control of the protocol, as a report of its own.

        Raises:
            InputError: It was not among the protocol's controls.
        """
        if control not in self.protocol.controls:
            known = ", ".join(self.protocol.controls) or "none"
            raise InputError(f"control {control}", "never tested", f"one of {known}", "run the benchmark with it")
        predictions = self.predictions.take(self.predictions.selection == control)
        renamed = replace(predictions, selection=np.full(len(predictions), "fixed"))
        return replace(
            self,
            protocol=replace(self.protocol, controls=()),
            predictions=renamed,
            rows=(),
            epochs={"fixed": self.epochs["fixed"]},
        )

    def save(self, folder: str | Path) -> Path:
        """Write ``report.json`` and ``predictions.npz``, the latter first: an unfinished report is never read.

        Each has the checksum of the other: the text names that of the arrays, and the seal of these that of the text.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        columns = {_COLUMN + name: values for name, values in self.columns.items()}
        arrays = {**self.predictions.arrays(), **columns}
        for selection, logged in self.curves.items():
            arrays |= {f"{_CURVE}{selection}:{name}": values for name, values in logged.items()}
        if self.labels is not None:
            arrays |= {_LABELS + name: values for name, values in self.labels.arrays().items()}
        facts = {name: getattr(self, name) for name in ReportFacts.__dataclass_fields__}
        text = {**SCHEMA.keys, **as_json(ReportFacts(**facts))}
        publish_arrays(folder / PREDICTIONS, arrays, compressed=True, beside=digest_of(text))
        stored = {"predictions": hashlib.sha256((folder / PREDICTIONS).read_bytes()).hexdigest(), **text}
        publish_text(folder / REPORT, json.dumps(stored, indent=1, ensure_ascii=False) + "\n")
        return folder

    @classmethod
    def load(cls, folder: str | Path, allow: Sequence[str] = ()) -> "Report":
        """The report that ``save`` wrote, from arrays and JSON only. But for the split, its text builds nothing.

        Args:
            folder: Where it lies.
            allow: Packages whose splits its text may name beside those of emoscan, as in ``("mylab",)``.

        Raises:
            InputError: No report is there, or its text is something to be run.
            StoredCorrupt: It differs from what was saved, or holds what no report can.
        """
        folder = Path(folder)
        raw, saved = _read(folder)
        stored = SCHEMA.stripped(raw, folder / REPORT, _DO, error=StoredCorrupt)
        if saved.digest != stored.pop("predictions", ""):
            found = f"bytes that differ from those that {REPORT} names"
            raise StoredCorrupt(folder / PREDICTIONS, found, "both files as saved", _DO)
        if saved.sealed and saved.beside != digest_of({name: raw[name] for name in raw if name != "predictions"}):
            raise StoredCorrupt(folder / REPORT, "content that differs from what was saved", "the file as saved", _DO)
        facts = decoded(ReportFacts, stored, folder / REPORT, _DO, error=StoredCorrupt)
        check_report_text(facts, folder / REPORT)
        try:
            return replace(cls._of(facts, saved.arrays), allow=tuple(allow))
        except (KeyError, TypeError, ValueError) as error:
            found, wanted = f"{type(error).__name__}: {error}", "the arrays that this version writes"
            raise StoredCorrupt(folder / PREDICTIONS, found, wanted, _DO) from error

    @classmethod
    def _of(cls, facts: ReportFacts, arrays: dict[str, np.ndarray]) -> "Report":
        columns, curves, labels = (_popped(arrays, prefix) for prefix in (_COLUMN, _CURVE, _LABELS))
        _check_columns(columns)
        predictions = Predictions.from_arrays(arrays)
        predictions.check(facts.data.task, n_trials=len(columns["subject"]), n_folds=len(facts.folds))
        if lacking := set(facts.epochs) - set(predictions.selection.tolist()):
            raise ValueError(f"no predictions under {', '.join(sorted(lacking))[:60]}")
        return cls(
            **vars(facts),
            predictions=predictions,
            columns=columns,
            curves=_curves(curves),
            labels=TrainingLabels.from_arrays(labels, len(facts.folds)) if labels else None,
        )


def _read(folder: Path) -> tuple[Any, StoredArrays]:
    """The content of ``report.json``, and the arrays beside it: the bytes that are checked are those that are read."""
    wanted = f"{REPORT} and {PREDICTIONS}"
    try:
        content = file_bytes(folder / REPORT)
        saved = read_arrays(folder / PREDICTIONS, "the arrays as they were saved", _DO)
    except OSError as error:
        do = "name a folder that emo-train bench finished"
        raise InputError(folder, f"no report ({error})", wanted, do) from error
    try:
        return parsed_json(content), saved
    except ValueError as error:
        raise StoredCorrupt(folder, f"no report ({error})", wanted, _DO) from error


def _check_columns(columns: Mapping[str, np.ndarray]) -> None:
    """Check that all columns are of the same trials.

    Raises:
        ValueError: They are not, or one is missing that every cache has.
    """
    needed = {"subject": "U N", "session": "U N", "trial": "iu N", "category": "iu N"}
    check_arrays(columns, dict.fromkeys(columns, "biufU N") | needed)
    check_numbers("category", columns["category"], -1)


def _popped(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays with a prefix by their names without it; they are removed from ``arrays``."""
    return {name.removeprefix(prefix): arrays.pop(name) for name in list(arrays) if name.startswith(prefix)}


def _curves(stored: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    curves: dict[str, dict[str, np.ndarray]] = {}
    check_arrays(stored, dict.fromkeys(stored, "f * *"))
    for name, values in stored.items():
        selection, logged = name.split(":", 1)
        curves.setdefault(selection, {})[logged] = values
    return curves


def _labels_again(report: Report) -> TrainingLabels | None:
    """The training labels of a report of old, from its split and categories; None where they do not follow from these.

    A trial counts once, whatever its number of windows.
    """
    task, category = report.data.task, np.asarray(report.columns["category"])
    if task.dimensions or task.units or not (category[report.tested] >= 0).all():
        return None
    try:
        split = SPLITS.build(report.protocol.split, allow=report.allow)
        folds = split(report.columns)
    except InputError:  # a split that is not at hand, or that means another thing today
        return None
    if split.level == "window" or tuple(fold.name for fold in folds) != report.folds:
        return None
    n, none = len(category), np.zeros((len(category), 0))
    sums = LabelSums.of(task, category, dimensions=none, units=none, row=np.arange(n), n=n)
    sides, subject = [(fold.train, fold.test) for fold in folds], np.asarray(report.columns["subject"])
    return training_labels([sums] * len(folds), sides, subject, report.units.kind == PEOPLE)
