"""Causal steps on what is still coming in: samples, slices, frames.

Imports steps, cleaning and faces.
"""
