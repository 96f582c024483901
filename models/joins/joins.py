"""The joins that can be chosen by name."""

from ...signals import PlugPoint
from .join import Join

JOINS = PlugPoint(
    "join",
    "emoscan.models",
    ("Concat", "Gated", "CrossAttention", "Early", "Late", "Shared", "Alone"),
    Join,
    groups=("emoscan.joins",),
)
