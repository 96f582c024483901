"""Every model with every kind of truth and every split: numbers, or one line before anything is trained."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from emoscan.benchmarks.runs.training_run import run_training
from emoscan.benchmarks.splits.splits import SPLITS
from emoscan.benchmarks.studies.model_grid import MODELS, ONE_SPLIT, SERIES, SPLITS_CROSSED, TASKS, Crossing
from emoscan.models import BACKBONES, JOINS
from emoscan.models.learning.estimators import ESTIMATORS

PAGE = Path(__file__).parents[2] / "docs" / "grid.md"

CELLS = [
    *((model, task, split, "") for model, task, split in product(MODELS, TASKS, SPLITS_CROSSED)),
    *((model, "all", ONE_SPLIT, series) for model, series in product(MODELS, SERIES)),
]

TRAINED = (ONE_SPLIT, "first_trials(2)", "random_windows(3)")
"""The splits under which networks are trained: most training windows, fewest, and a split of windows."""

METRICS = {
    "categories": {"accuracy", "balanced_accuracy", "macro_f1", "trial_accuracy"},
    "dimensions": {"ccc", *(f"{of}_{name}" for of in ("ccc", "rmse") for name in TASKS["all"].dimensions)},
    "units": {"unit_f1", *(f"f1_{name}" for name in TASKS["all"].units)},
}


@pytest.fixture(scope="module")
def crossing(tmp_path_factory):
    return Crossing(tmp_path_factory.mktemp("crossing"))


@pytest.fixture(scope="module")
def outcomes():
    """What trainings gave, by what decides it."""
    return {}


@pytest.mark.parametrize(("model", "task", "split", "series"), CELLS)
def test_a_model_on_a_task_under_a_split_gives_numbers_or_one_line_before_training(
    crossing, outcomes, model, task, split, series
):
    """All folds of every cell are checked, and the first is trained, one epoch.

    A split reaches a training as nothing but the rows of its fold (``FoldPlan.parts``). So equal rows are trained
    once, networks only under the splits ``TRAINED``, and the three names of the learner that reads nothing as one.
    """
    refused = crossing.refusal(model, task, split, series)
    if refused:
        assert refused.count("; wanted ") == 1
        assert "\n" not in refused
    elif model in ESTIMATORS or split in TRAINED:
        plan = crossing.plan(model, task, split, series)
        fold = plan.folds[0]
        learner = str(ESTIMATORS.get(model, model))
        key = (learner, task, plan.protocol.modality, plan.by_window, *map(tuple, fold.sides.values()))
        if key not in outcomes:
            outcomes[key] = run_training(plan, 0, 0)
        check_numbers(TASKS[task], outcomes[key])


def check_numbers(task, outcome):
    """Each metric of the task is a finite number, and ratings are within their ranges."""
    found = {row.metric: row.value for row in outcome.rows}
    assert set().union(*(names for part, names in METRICS.items() if getattr(task, part))) <= set(found)
    assert np.isfinite(list(found.values())).all()
    for (low, high), said in zip(task.ranges, outcome.predictions.dimensions.T, strict=True):
        assert low <= said.min() <= said.max() <= high


def test_every_model_and_every_split_that_has_a_name_is_crossed():
    assert {model.split("(")[0] for model in MODELS} == {*BACKBONES.known, *JOINS.known, "Stacked", *ESTIMATORS}
    assert {split.split("(")[0] for split in SPLITS_CROSSED} == set(SPLITS.known)


def test_the_page_of_the_grid_says_what_the_code_says(crossing):
    assert PAGE.read_text() == crossing.grid, "python -m emoscan.benchmarks.studies.model_grid > docs/grid.md"
