"""Recordings: layouts, streams, trials, tasks, volumes, and the datasets that hold them. Loads no torch."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
