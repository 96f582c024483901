"""The backbones that can be chosen by name."""

from ...signals import PlugPoint
from .backbone import Backbone
from .model_names import BACKBONE_GROUP, BACKBONE_NAMES, BACKBONE_PRESETS

BACKBONES = PlugPoint(
    "backbone", "emoscan.models", BACKBONE_NAMES, Backbone, presets=BACKBONE_PRESETS, groups=(BACKBONE_GROUP,)
)
