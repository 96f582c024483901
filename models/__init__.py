"""Networks of volumes, how they are trained, and what they predict."""

from .augmentation import AUGMENTATIONS, Faces
from .backbone import Backbone
from .backbones import BACKBONES
from .balancing import BALANCES, affect_histogram, balanced
from .braindecode_network import Braindecode, EEGNet
from .checkpoint import ModelFacts, TrainedModel, load_model, save_model, trained
from .cnn_rnn import CNNRNN
from .cross_attention import CrossAttention
from .data import Batch, VolumeData
from .early import Early
from .emotion_model import EmotionModel
from .encode import Encode, encode
from .encoders import ENCODERS
from .explain import explain
from .explanation import Explanation
from .fusion import Alone, FusionLearner
from .gru import GRU
from .heads import Heads
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

__all__ = [
    "AUGMENTATIONS", "BACKBONES", "BALANCES", "CNNRNN", "ENCODERS", "GRU", "JOINS", "SCALINGS", "STRNN", "Alone",
    "Backbone", "Batch", "Braindecode", "Concat", "CrossAttention", "EEGNet", "Early", "EmotionModel", "Encode",
    "Explanation", "Faces", "FusionLearner", "Gated", "Heads", "Join", "JoinInput", "Late", "Learner",
    "LivePrediction", "LiveStream", "ModelFacts", "NetworkLearner", "Prediction", "Predictor", "Scaling",
    "ScanWeights", "Shared", "Stacked", "Timeline", "TrainedModel", "Training", "VolumeData", "affect_histogram",
    "balanced", "draw_timeline", "encode", "explain", "fit_scaling", "learner", "load_model", "save_model",
    "spatial_scan", "trained", "write_timeline",
]
