"""Kept models at work: timelines of recordings, live streams, features of a trained encoder.

Imports learning.
"""
