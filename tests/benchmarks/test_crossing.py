"""Every model with every kind of truth and every split: numbers, or one line before anything is trained."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from emoscan.benchmarks.crossing import MODELS, ONE_SPLIT, SERIES, TASKS, Crossing, crossed_splits
from emoscan.benchmarks.job import run_job
from emoscan.benchmarks.splits import SPLITS
from emoscan.models import BACKBONES, JOINS
from emoscan.models.estimators import ESTIMATORS

PAGE = Path(__file__).parents[2] / "docs" / "grid.md"

CELLS = [
    *((model, task, split, "") for model, task, split in product(MODELS, TASKS, crossed_splits())),
    *((model, "all", ONE_SPLIT, series) for model, series in product(MODELS, SERIES)),
]

METRICS = {
    "categories": {"accuracy", "balanced_accuracy", "macro_f1", "trial_accuracy"},
    "dimensions": {"ccc", *(f"{of}_{name}" for of in ("ccc", "rmse") for name in TASKS["all"].dimensions)},
    "units": {"unit_f1", *(f"f1_{name}" for name in TASKS["all"].units)},
}


@pytest.fixture(scope="module")
def crossing(tmp_path_factory):
    return Crossing(tmp_path_factory.mktemp("crossing"))


@pytest.fixture(scope="module")
def trained():
    """Outcomes by what decides them."""
    return {}


@pytest.mark.parametrize(("model", "task", "split", "series"), CELLS)
def test_a_model_on_a_task_under_a_split_gives_numbers_or_one_line_before_training(
    crossing, trained, model, task, split, series
):
    """All folds are checked, the first is trained.

    A split reaches a training as nothing but the rows of its fold, so folds of equal rows are trained once; as are the
    three names of the learner that reads nothing, whose name reaches nothing but the table.
    """
    refused = crossing.refusal(model, task, split, series)
    if refused:
        assert refused.count("; wanted ") == 1
        assert "\n" not in refused
        return
    plan = crossing.plan(model, task, split, series)
    fold = plan.folds[0]
    learner = str(ESTIMATORS.get(model, model))
    key = (learner, task, plan.protocol.modality, plan.by_window, tuple(fold.train), tuple(fold.test))
    if key not in trained:
        trained[key] = run_job(plan, 0, 0)
    found = {row.metric: row.value for row in trained[key].rows}
    parts = [part for part in METRICS if getattr(TASKS[task], part)]
    assert set().union(*(METRICS[part] for part in parts)) <= set(found)
    assert np.isfinite(list(found.values())).all()
    (low, high), *_ = TASKS[task].ranges or ((-np.inf, np.inf),)
    assert ((trained[key].predictions.dimensions[:, :1] >= low) & (trained[key].predictions.dimensions[:, :1] <= high)).all()


def test_every_model_and_every_split_that_has_a_name_is_crossed():
    assert {model.split("(")[0] for model in MODELS} == {*BACKBONES.known, *JOINS.known, "Stacked", *ESTIMATORS}
    assert {split.split("(")[0] for split in crossed_splits()} == set(SPLITS.known)


def test_the_page_of_the_grid_says_what_the_code_says(crossing):
    assert PAGE.read_text() == crossing.grid, "python -m emoscan.benchmarks.crossing > docs/grid.md"
