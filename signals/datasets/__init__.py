"""The datasets that can be read; each is one file here and one name in the list."""

from ..plug_point import PlugPoint
from .eegmat import EEGMAT, Person
from .seed import SEED, SEEDFeatures
from .trial_table import TrialTable

DATASETS = PlugPoint("dataset", "emoscan.signals.datasets", ("EEGMAT", "SEED", "SEEDFeatures", "TrialTable"))
"""Datasets by name: ``DATASETS.build("SEED(sessions=(1,))", root)``. Positional arguments of the text follow root."""

__all__ = ["DATASETS", "EEGMAT", "SEED", "Person", "SEEDFeatures", "TrialTable"]
