"""emoscan: EEG and face video in, honest emotion-recognition results out.

The work lives in four folders, each importing only those before it: ``emoscan.signals`` (recordings, layouts, volumes),
``emoscan.preprocessing`` (steps, recipes, the cache), ``emoscan.models`` (STRNN and the others) and
``emoscan.benchmarks`` (splits, the guard, tables). They are loaded when first used.
"""

import importlib
from types import ModuleType

__version__ = "0.2.0"
NUMBERS_SINCE = "0.1.0"
"""The version since which equal settings give equal numbers: what one left half finished, later ones go on with."""

__all__ = ["__version__", "benchmarks", "models", "preprocessing", "signals"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
