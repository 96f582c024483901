"""The categorical GAN for action units, valence and arousal (after arXiv 1910.05877)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
