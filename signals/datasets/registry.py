"""Datasets by name."""

from ..plug_point import PlugPoint
from ..trials.dataset import Dataset

DATASETS = PlugPoint(
    "dataset",
    "emoscan.signals.datasets",
    (
        "EEGMAT",
        "SEED",
        "SEEDFeatures",
        "SelfRegulationSCP1",
        "TrialTable",
        "BIDS",
        "DEAP",
        "MAHNOBHCI",
        "EAV",
        "XDF",
        "AFEWVA",
        "AffectNet",
        "AffWild2",
        "CK48",
        "CKPlus",
        "ClassFolders",
        "DISFA",
        "FER2013",
        "JAFFE",
        "OuluCASIA",
        "RAVDESS",
        "Simulated",
        "SimulatedFaces",
        "SimulatedPair",
    ),
    Dataset,
    groups=("emoscan.datasets",),
)
"""Datasets by name: ``DATASETS.build("SEED(sessions=(1,))", root)``. Positional arguments of the text follow root."""
