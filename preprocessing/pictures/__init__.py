"""Means that all pictures share: one palette by meaning, names that wrap, and one way to save a figure.

Imports cache, for files that are written whole or not at all.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
