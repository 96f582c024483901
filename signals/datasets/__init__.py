"""The datasets that can be read; each is one file here and one name in the list."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
