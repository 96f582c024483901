"""Streams of a recording: EEG, video and ready-made features, each read when it is needed, on one clock.

Imports layouts.
"""
