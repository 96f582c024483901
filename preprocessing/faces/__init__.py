"""From pictures to aligned faces: detectors, following, alignment, patches and their features. Loads no torch."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
