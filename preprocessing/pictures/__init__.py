"""Means that all pictures share: one palette by meaning, names that wrap, and one way to save a figure.

Imports cache, for files that are written whole or not at all.
"""
