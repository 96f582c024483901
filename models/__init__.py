"""Networks of volumes, how they are trained, and what they predict."""

from .augmentation import AUGMENTATIONS, Faces
from .backbone import Backbone
from .backbones import BACKBONES
from .balancing import BALANCES, affect_histogram, balanced
from .braindecode_network import Braindecode, EEGNet
from .checkpoint import ModelFacts, TrainedModel, load_model, save_model, trained
from .cnn_rnn import CNNRNN
from .data import Batch, VolumeData
from .emotion_model import EmotionModel, Heads
from .encode import Encode, encode
from .encoders import ENCODERS
from .gru import GRU
from .join import Concat, Join
from .learner import Learner
from .learners import learner
from .network import NetworkLearner
from .prediction import Prediction
from .predictor import Predictor
from .scaling import SCALINGS, Scaling, fit_scaling
from .spatial_scan import ScanWeights, spatial_scan
from .strnn import STRNN
from .timeline import Timeline, draw_timeline, write_timeline
from .training import Training

__all__ = [
    "AUGMENTATIONS", "BACKBONES", "BALANCES", "CNNRNN", "ENCODERS", "GRU", "SCALINGS", "STRNN", "Backbone", "Batch",
    "Braindecode", "Concat", "EEGNet", "EmotionModel", "Encode", "Faces", "Heads", "Join", "Learner", "ModelFacts",
    "NetworkLearner", "Prediction", "Predictor", "Scaling", "ScanWeights", "Timeline", "TrainedModel", "Training",
    "VolumeData", "affect_histogram", "balanced", "draw_timeline", "encode", "fit_scaling", "learner", "load_model",
    "save_model", "spatial_scan", "trained", "write_timeline",
]
