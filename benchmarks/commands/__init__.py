"""The command `emo-train`, and the demonstration.

Imports every other room.
"""
