"""From aligned faces to patches of them, and their features: gradients, binary patterns."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
