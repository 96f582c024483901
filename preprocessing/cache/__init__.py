"""Caches read like sequences, and the windows that are cut from them.

Imports steps and cache_files.
"""
