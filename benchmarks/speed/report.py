"""The size of a large report, and how soon a browser has opened it. The data are simulated; the trainings are real."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...models import Training
from ...preprocessing import Cache
from ...signals import SCALP_19, Target, Task
from ..page.html_report import write_report
from ..runs.benchmark_run import benchmark
from ..runs.report import Report
from ..splits.splits import k_folds, leave_one_out
from .browser import Browser, find_browser
from .timing import SpeedRow

FOLDS, SEEDS, TRIALS, SLICES, WINDOW, STRIDE = 36, 3, 4, 240, 4, 32
TASK = Task(("negative", "neutral", "positive"), ("valence", "arousal"), ("AU1", "AU12"))
MODELS = ("GRU(hidden=4)", "STRNN(hidden=2)", "linear")
MEGABYTES, SECONDS = 5.0, 2.0
RUNS, PEOPLE = 300, 200
_OPENED = 5


def rows() -> Iterator[SpeedRow]:
    """Two reports, every kind of truth in each: megabytes, and seconds to open it.

    36 folds x 3 seeds x 3 models; and 300 rows of 200 people.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        what = f"report of {FOLDS} folds x {SEEDS} seeds x {len(MODELS)} models"
        yield from _page(what, large_runs(folder / "cache"), folder / "report.html", (MEGABYTES, SECONDS))
        what = f"report of {RUNS} runs on {PEOPLE} people"
        yield from _page(what, many_runs(folder / "people"), folder / "people.html", (10.0, 3.0))


def _page(what: str, runs: list[Report], path: Path, goals: tuple[float, float]) -> Iterator[SpeedRow]:
    """Rows about the page of these runs; ``goals`` are megabytes and seconds."""
    megabytes, seconds = goals
    begin = time.process_time()
    size = write_report(runs, path).stat().st_size / 1e6
    took = time.process_time() - begin
    note = f"one file, nothing else is loaded; {took:.0f} s of CPU to compare, draw and write"
    yield SpeedRow(f"{what}: MB", size, "<=", megabytes, megabytes, note=note)
    if find_browser():
        yield _opening(what, path, seconds)


def many_runs(folder: Path) -> list[Report]:
    """A table of ``RUNS`` rows of ``PEOPLE`` simulated people: ten folds are run, then copied under other names."""
    run = benchmark(_cache(folder, PEOPLE, slices=24), "linear", split=k_folds("subject", 10), window=WINDOW)
    return [replace(run, model=f"linear(strength={number})") for number in range(1, RUNS + 1)]


def large_runs(folder: Path, seeds: int = SEEDS, epochs: int = 2) -> list[Report]:
    """The runs of such a report: trained on simulated features of ``FOLDS`` subjects, each tested by the others."""
    cache, settings = _cache(folder), Training(epochs=epochs, batch_size=256)
    rules: dict[str, Any] = {"split": leave_one_out("subject"), "window": WINDOW, "train_stride": STRIDE}
    return [benchmark(cache, model, seeds=seeds, training=settings, **rules) for model in MODELS]


def _opening(what: str, path: Path, goal: float) -> SpeedRow:
    with Browser.running() as browser:
        browser.look(1280)
        seconds = [browser.open(path) for _ in range(_OPENED)]
    note = f"median of {_OPENED}, by the clock, loaded and painted in headless Chromium; first {seconds[0]:.2f}"
    return SpeedRow(f"{what}: s to open", float(np.median(seconds)), "<=", goal, goal, note=note)


def _cache(folder: Path, people: int = FOLDS, slices: int = SLICES) -> Cache:
    """Features in which affect is to be seen: each trial has a category, and valence, arousal and units along it."""
    rng, n = np.random.default_rng(0), people * TRIALS
    affect = [np.clip(np.cumsum(rng.normal(0, 0.3, (slices, 2)), axis=0), -1, 1) for _ in range(n)]
    x = [rng.standard_normal((slices, len(SCALP_19), 5)) for _ in range(n)]
    for trial, values in enumerate(affect):
        x[trial][..., trial % 3] += 0.5
        x[trial][..., 3:] += values[:, None]
    targets = []
    for i, values in enumerate(affect):
        category = np.full(slices, i % 3, np.int16)
        targets.append(Target(category, values, (values > 0).astype(float), np.arange(float(slices))))
    return Cache.from_arrays(
        folder,
        x,
        layout=SCALP_19,
        task=TASK,
        category=targets,
        trial=[i % TRIALS for i in range(n)],
        subject=[str(i // TRIALS) for i in range(n)],
        dataset="simulated features",
        simulated=True,
    )
