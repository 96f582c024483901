"""Every model with every kind of task and every split: what works, and the one line that says why not.

``python -m emoscan.benchmarks.studies.model_grid > docs/grid.md`` writes the page; a test trains what it says works.
"""

import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...models import BACKBONES, JOINS, Training
from ...models.backbones.model_names import STACKED
from ...models.learning.estimators import ESTIMATORS
from ...preprocessing import Cache
from ...preprocessing.cache_files.cache_file import facts_of
from ...preprocessing.cache_files.cache_index import Index, common_series, file_name, indexed
from ...preprocessing.cache_files.cache_writing import publish_recording
from ...signals import EPOC_14, InputError, Target, Task, Volume, patch_grid
from ...signals.random_streams import RandomStream
from ..runs.benchmark_run import plan_of
from ..runs.fold_plan import FoldPlan
from ..runs.protocol import Protocol
from ..runs.settings import ProtocolSettings
from ..splits.splits import SPLITS, Split
from ..tables.cells import Cell
from ..tables.grid import Grid

_ALONE = "Alone(eeg='STRNN')"

MODELS = (*BACKBONES.known, *(_ALONE if name == "Alone" else name for name in JOINS.known), STACKED, *ESTIMATORS)
"""Every possible row of a table, by name; ``Braindecode`` and the joins with their usual networks."""

_LABELS, _RATINGS, _UNITS = ("calm", "tense", "glad"), ("valence", "arousal"), ("AU4", "AU12")

TASKS = {
    "categories": Task(_LABELS),
    "dimensions": Task(dimensions=_RATINGS, ranges=((1, 9), (-1, 1))),
    "units": Task(units=_UNITS),
    "categories+dimensions": Task(_LABELS, _RATINGS, ranges=((1, 9), (-1, 1))),
    "all": Task(_LABELS, _RATINGS, _UNITS, ((1, 9), (-1, 1))),
}
"""The kinds of tasks, by their parts."""

SERIES = ("eeg", "eeg-raw", "eeg+face")
"""Kinds of series in the recordings of the crossing: features, samples, two modalities."""

ONE_SPLIT = "leave_one_out('subject')"

Cells = dict[str, dict[str, str]]
"""Reason of refusal by model and column; empty text where it is not refused."""

PEOPLE, SESSIONS, TRIALS, SLICES, WINDOW = 4, 2, 3, 6, 2

_SHAPES = {"eeg": (EPOC_14, 5), "eeg-raw": (EPOC_14, 64), "face": (patch_grid(2, 2), 3)}


SPLITS_CROSSED = (
    "leave_one_out('subject')",
    "leave_one_out('session')",
    "leave_one_out('stimulus')",
    "leave_one_out('trial')",
    "leave_one_out('session', within='subject')",
    "leave_one_out('trial', within='subject')",
    "k_folds('subject', 2)",
    "k_folds('session', 2)",
    "k_folds('stimulus', 2)",
    "k_folds('trial', 3, within='subject')",
    "first_trials(2)",
    "official()",
    "as_encoded()",
    "leave_stimulus_and_subject_out()",
    "leave_stimulus_and_subject_out(k=2)",
    "random_windows(3)",
    "blocks_within_trials(3)",
)
"""Every split, by what it can divide, as one writes it."""


class Crossing:
    """Small simulated recordings for each kind of task, and the benchmarks that they make with models and splits.

    Args:
        folder: Gets the caches.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._caches: dict[tuple[str, bool], Cache] = {}
        self._refusals: dict[tuple[str, ...], str] = {}

    def plan(self, model: str, task: str, split: str, series: str = "") -> FoldPlan:
        """One epoch of ``model`` on the recordings.

        Raises:
            InputError: The recordings hold no series for the model.
        """
        built: Split = SPLITS.build(split)
        cache = self.cache(task, learned=split == "as_encoded()")
        rules = ProtocolSettings(modality=series, window=WINDOW, train_stride=WINDOW, i_know_this_leaks=built.leaky)
        protocol = Protocol.of(built, rules, Training(epochs=1, batch_size=64, accelerator="cpu"))
        return plan_of(cache, model, built, protocol)

    def refusal(self, model: str, task: str, split: str, series: str = "") -> str:
        """The reason why ``model`` is not trained, in one line; empty where it is."""
        key = (model, task, split, series)
        if key not in self._refusals:
            try:
                self.plan(*key).check()
                self._refusals[key] = ""
            except InputError as error:
                self._refusals[key] = str(error).replace("`", "'")
        return self._refusals[key]

    def cache(self, task: str, learned: bool = False) -> Cache:
        """The recordings with the truths of a kind of task; ``learned`` marks all but the first person's trials."""
        key = task, learned
        if key not in self._caches:
            self._caches[key] = _cache(self.folder / f"{task}{'-learned' * learned}", TASKS[task], learned)
        return self._caches[key]

    @cached_property
    def grid(self) -> str:
        """The page: what works with which task and split, and on which series, and why not."""
        notes: dict[str, int] = {}
        lines = [_HEAD]
        for title, cells in self._cells_by_task():
            lines += [f"## {title}\n", _table(cells, notes)]
        by_series: Cells = {}
        for model in MODELS:
            by_series[model] = {name: self.refusal(model, "all", ONE_SPLIT, name) for name in SERIES}
        lines += [_SERIES_HEAD, _table(by_series, notes)]
        lines += ["## Why not\n", *(f"{number}. `{why}`" for why, number in notes.items())]
        return "\n".join(lines) + "\n"

    def _cells_by_task(self) -> Iterator[tuple[str, Cells]]:
        """A title and the refusals of its tasks; tasks with equal refusals stand together."""
        tables: list[tuple[list[str], Cells]] = []
        for task in TASKS:
            cells: Cells = {}
            for model in MODELS:
                cells[model] = {split: self.refusal(model, task, split) for split in SPLITS_CROSSED}
            title = task.replace("+", " and ")
            for titles, known in tables:
                if known == cells:
                    titles.append(title)
                    break
            else:
                tables.append(([title], cells))
        return (("; ".join(titles), cells) for titles, cells in tables)


_HEAD = f"""\
# What works with what

Every model with every kind of task and every split. *yes*: it is trained, and each metric of the task is a finite
number. A number: it is refused before anything is trained, with the line that stands under that number at the end.
This page is written by `python -m emoscan.benchmarks.studies.model_grid`, and a test trains what it says:
{PEOPLE} simulated people with {SESSIONS} sessions of {TRIALS} trials, some truths missing,
windows of {WINDOW} slices, one epoch.
`majority`, `mean` and `base_rate` are one and the same: they read nothing.
"""

_SERIES_HEAD = """\
## Which series a model reads

Features (`eeg`), samples (`eeg-raw`) or two modalities (`eeg+face`), with `--modality`. Above, each had what fits it.
"""


def _table(cells: Cells, notes: dict[str, int]) -> str:
    """A table of models by columns, and the numbers of what is refused added to ``notes``."""
    heads: list[Cell | str] = ["", *(_code(column) for column in next(iter(cells.values())))]
    rows: list[list[Cell | str]] = []
    for model, refusals in cells.items():
        row: list[Cell | str] = [_code(model)]
        for why in refusals.values():
            row.append(str(notes.setdefault(why, len(notes) + 1)) if why else "yes")
        rows.append(row)
    return Grid.of_rows(heads, rows).to_markdown()


def _code(text: str) -> Cell:
    return Cell(text, code=True)


def _cache(folder: Path, task: Task, learned: bool) -> Cache:
    """Recordings of noise, three series each; the first person's are the dataset's validation part."""
    folder.mkdir(parents=True)
    files = []
    for subject in range(1, PEOPLE + 1):
        for session in range(1, SESSIONS + 1):
            trials = [_trial(task, subject, session, number, learned) for number in range(1, TRIALS + 1)]
            facts = facts_of("crossing", trials)
            files.append((facts, publish_recording(folder / file_name(facts.subject, facts.session), facts, trials)))
    Index(
        dataset="crossing",
        version=1,
        simulated=True,
        task=task,
        recipe={name: () for name in _SHAPES},
        series=common_series([facts for facts, _ in files]),
        files=tuple(indexed(*file) for file in files),
        skipped=(),
    ).write(folder)
    return Cache(folder)


def _trial(task: Task, subject: int, session: int, number: int, learned: bool) -> dict[str, Volume]:
    rng = RandomStream.GRID_TRIAL.rng(subject, session, number)
    target = _target(task, rng, number)
    shared: dict[str, Any] = {
        "times": np.arange(SLICES) * 1.0,
        "valid": np.ones(SLICES, bool),
        "duration": 1.0,
        "subject": str(subject),
        "session": str(session),
        "trial": number,
        "stimulus": f"film {number}",
        "target": target,
        "part": "validation" if subject == 1 else "train",
        "learned": learned and subject > 1,
    }
    trial = {}
    for name, (layout, n) in _SHAPES.items():
        noise = rng.standard_normal((SLICES, len(layout), n)).astype(np.float32)
        trial[name] = Volume(noise, layout=layout, features=tuple(map(str, range(n))), **shared)
    return trial


def _target(task: Task, rng: np.random.Generator, number: int) -> Target:
    """Truths that change from slice to slice; in odd trials each part is missing in one window."""
    category = rng.integers(len(_LABELS), size=SLICES)
    dimensions = task.rated(rng.uniform(-1, 1, (SLICES, len(task.dimensions))))
    units = rng.integers(2, size=(SLICES, len(task.units))).astype(np.float32)
    if number % 2:
        category[1], dimensions[3, :1], units[5, :1] = -1, np.nan, np.nan
    if not task.categories:
        category[:] = -1
    return Target(category.astype(np.int16), dimensions, units, np.arange(SLICES) * 1.0)


def main() -> None:
    """Print the page."""
    with tempfile.TemporaryDirectory() as folder:
        print(Crossing(Path(folder)).grid, end="")


if __name__ == "__main__":
    main()
