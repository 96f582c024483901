"""Splits, the guard, benchmarks, tables, the canary and contract checks. Names are loaded when first used."""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .benchmark import benchmark
    from .canary import Canary, canary
    from .compare import compare
    from .explained import Explained
    from .explanation_study import ExplanationStudy
    from .fit import Fit, draw_curves, fit
    from .fold import Fold
    from .fusion import FusionStudy
    from .guard import guard
    from .hidden_units import HiddenUnits
    from .html_report import write_report
    from .report import Report
    from .report_finished import Finished, finished_in
    from .splits import (
        SPLITS,
        Split,
        as_encoded,
        blocks_within_trials,
        first_trials,
        k_folds,
        leave_one_out,
        leave_stimulus_and_subject_out,
        official,
        random_windows,
    )
    from .table import Table
    from .table_picture import draw_table

_HOME = {
    "SPLITS": "splits", "Canary": "canary", "Explained": "explained", "ExplanationStudy": "explanation_study",
    "Finished": "report_finished", "Fit": "fit", "Fold": "fold", "FusionStudy": "fusion", "HiddenUnits": "hidden_units",
    "Report": "report", "Split": "splits", "Table": "table", "as_encoded": "splits", "benchmark": "benchmark",
    "blocks_within_trials": "splits", "canary": "canary", "compare": "compare", "draw_curves": "fit",
    "draw_table": "table_picture", "finished_in": "report_finished", "first_trials": "splits", "fit": "fit",
    "guard": "guard", "k_folds": "splits", "leave_one_out": "splits",
    "leave_stimulus_and_subject_out": "splits", "official": "splits", "random_windows": "splits",
    "write_report": "html_report",
}

__all__ = [
    "SPLITS", "Canary", "Explained", "ExplanationStudy", "Finished", "Fit", "Fold", "FusionStudy", "HiddenUnits",
    "Report", "Split", "Table", "as_encoded", "benchmark", "blocks_within_trials", "canary", "compare", "draw_curves",
    "draw_table", "finished_in", "first_trials", "fit", "guard", "k_folds", "leave_one_out",
    "leave_stimulus_and_subject_out", "official", "random_windows", "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


class _Package(ModuleType):
    """Keeps a function that is named like its file: the import system would put the module in its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
