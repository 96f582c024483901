"""Which backbones can be chosen by name."""

from ..signals import PlugPoint

BACKBONES = PlugPoint("backbone", "emoscan.models", ("STRNN", "CNNRNN", "GRU", "EEGNet", "Braindecode"))
