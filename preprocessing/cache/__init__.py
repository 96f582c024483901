"""Volumes on disk and the windows that are cut from them.

Imports steps.
"""
