"""Names of networks and joins, for whoever must know them without loading any network library."""

BACKBONE_NAMES = "STRNN", "CNNRNN", "GRU", "EEGNet", "Braindecode"
BACKBONE_PRESETS = "STRNN.paper", "CNNRNN.rangulov"
JOIN_NAMES = "Concat", "Gated", "CrossAttention", "Early", "Late", "Shared", "Alone"
STACKED = "Stacked"
"""Late fusion that is learned on people left out."""

BACKBONE_GROUP, JOIN_GROUP = "emoscan.backbones", "emoscan.joins"
"""Entry points of others that add some."""
