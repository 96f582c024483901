"""The files of a cache: one of each recording, the index, the slices of all, and trials that share samples.

Imports steps.
"""
