"""The joins that can be chosen by name."""

from ...signals import PlugPoint
from ..backbones.model_names import JOIN_GROUP, JOIN_NAMES
from .join import Join

JOINS = PlugPoint("join", "emoscan.models", JOIN_NAMES, Join, groups=(JOIN_GROUP,))
