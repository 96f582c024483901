"""From recordings to volumes on disk: steps, recipes, the cache and its windows. Loads no torch."""

from .alignment import AlignedDataset, Alignment, TrialAlignment, align
from .alignment_picture import draw_alignment
from .alignment_report import check_alignment, write_alignment
from .as_volume import AsVolume
from .bands import SEED_BANDS
from .cache import Cache
from .classed_cache import ClassedCache
from .common_rate import CommonRate
from .derive import derive
from .differential_entropy import BandPower, DifferentialEntropy
from .faces import AtRate, EvenFrames, FaceCrop, Hog, LastFrames, Lbp, Patches, Regions, regions
from .filters import BandPass, CausalBandPass, CausalNotch, Notch
from .interpolation import InterpolateBadChannels
from .joint_windows import AnyWindows, JointWindows
from .marking import MarkArtefacts, MarkBadChannels, MarkFlat, MarkMuscle
from .preprocess import Estimate, estimate, preprocess
from .raw_slices import RawSlices
from .recipe import DEFAULT_RECIPES, Recipe, apply, check_recipe, default_recipe, read_recipe, recipe_text
from .reference import Rereference
from .resample import Resample
from .smoothing import CentredMovingAverage, LdsFilter, LdsSmoother, MovingAverage
from .step import Step
from .stft import StftDifferentialEntropy
from .trial_clock import nearest_slices
from .windows import Windows

__all__ = [
    "DEFAULT_RECIPES",
    "SEED_BANDS",
    "AlignedDataset",
    "Alignment",
    "AnyWindows",
    "AsVolume",
    "AtRate",
    "BandPass",
    "BandPower",
    "Cache",
    "CausalBandPass",
    "CausalNotch",
    "CentredMovingAverage",
    "ClassedCache",
    "CommonRate",
    "DifferentialEntropy",
    "Estimate",
    "EvenFrames",
    "FaceCrop",
    "Hog",
    "InterpolateBadChannels",
    "JointWindows",
    "LastFrames",
    "Lbp",
    "LdsFilter",
    "LdsSmoother",
    "MarkArtefacts",
    "MarkBadChannels",
    "MarkFlat",
    "MarkMuscle",
    "MovingAverage",
    "Notch",
    "Patches",
    "RawSlices",
    "Recipe",
    "Regions",
    "Rereference",
    "Resample",
    "Step",
    "StftDifferentialEntropy",
    "TrialAlignment",
    "Windows",
    "align",
    "apply",
    "check_alignment",
    "check_recipe",
    "default_recipe",
    "derive",
    "draw_alignment",
    "estimate",
    "nearest_slices",
    "preprocess",
    "read_recipe",
    "recipe_text",
    "regions",
    "write_alignment",
]
