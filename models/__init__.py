"""Networks of volumes, how they are trained, and what they predict."""

from .augmentation import AUGMENTATIONS, Faces
from .backbone import Backbone
from .backbones import BACKBONES
from .balancing import BALANCES, affect_histogram, balanced
from .braindecode_network import Braindecode, EEGNet
from .checkpoint import ModelFacts, TrainedModel, load_model, save_model, trained
from .class_centroids import Affect, Centroids, affects, class_centroids
from .cnn_rnn import CNNRNN
from .cross_attention import CrossAttention
from .data import Batch, VolumeData
from .early import Early
from .emotion_model import EmotionModel
from .encode import Encode, encode
from .encoders import ENCODERS
from .explain import explain
from .explained_time import CountedRows, ExplainedTime, explained_time
from .explained_time_picture import draw_explained_time_line
from .explanation import Explanation
from .explanation_picture import draw_explanation, draw_face_maps, draw_scalp_maps
from .fusion import Alone, FusionLearner
from .gru import GRU
from .heads import Heads
from .hidden_units import HiddenStates, embedding, hidden_states
from .hidden_units_picture import draw_centroids, draw_states, draw_unit_correlations
from .join import Concat, Gated, Join, JoinInput
from .joins import JOINS
from .late import Late
from .learner import Learner
from .learners import learner
from .network import NetworkLearner
from .prediction import Prediction
from .predictor import Predictor
from .scaling import SCALINGS, Scaling, fit_scaling
from .shared import Shared
from .spatial_scan import ScanWeights, spatial_scan
from .stacking import Stacked
from .stream import LivePrediction, LiveStream
from .strnn import STRNN
from .timeline import Timeline, write_timeline
from .timeline_picture import draw_timeline
from .training import Training
from .unit_correlations import UnitCorrelations, unit_correlations

__all__ = [
    "AUGMENTATIONS", "BACKBONES", "BALANCES", "CNNRNN", "ENCODERS", "GRU", "JOINS", "SCALINGS", "STRNN", "Affect",
    "Alone", "Backbone", "Batch", "Braindecode", "Centroids", "Concat", "CountedRows", "CrossAttention", "EEGNet",
    "Early", "EmotionModel", "Encode", "ExplainedTime", "Explanation", "Faces", "FusionLearner", "Gated", "Heads",
    "HiddenStates", "Join", "JoinInput", "Late", "Learner", "LivePrediction", "LiveStream", "ModelFacts",
    "NetworkLearner", "Prediction", "Predictor", "Scaling", "ScanWeights", "Shared", "Stacked", "Timeline",
    "TrainedModel", "Training", "UnitCorrelations", "VolumeData", "affect_histogram", "affects", "balanced",
    "class_centroids", "draw_centroids", "draw_explained_time_line", "draw_explanation", "draw_face_maps",
    "draw_scalp_maps", "draw_states", "draw_timeline", "draw_unit_correlations", "embedding", "encode", "explain",
    "explained_time", "fit_scaling", "hidden_states", "learner", "load_model", "save_model", "spatial_scan", "trained",
    "unit_correlations", "write_timeline",
]
