"""Which joins can be chosen by name."""

from ..signals import PlugPoint

JOINS = PlugPoint("join", "emoscan.models", ("Concat", "Gated", "CrossAttention", "Early", "Late", "Shared", "Alone"))
