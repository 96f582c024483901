"""Joins of modalities, and the heads that predict.

Imports backbones.
"""
