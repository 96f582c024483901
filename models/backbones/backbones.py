"""The backbones that can be chosen by name."""

from ...signals import PlugPoint
from .backbone import Backbone

BACKBONES = PlugPoint(
    "backbone",
    "emoscan.models",
    ("STRNN", "CNNRNN", "GRU", "EEGNet", "Braindecode"),
    Backbone,
    presets=("STRNN.paper", "CNNRNN.rangulov"),
    groups=("emoscan.backbones",),
)
