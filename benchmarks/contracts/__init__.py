"""Contract checks for whatever can be plugged in: run them on classes of your own.

Imports runs and splits.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
