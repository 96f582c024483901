"""Networks of volumes, how they are trained, and what they predict."""

import lazy_loader

from ..signals.old_names import Renamed, with_old_names

OLD_NAMES = (Renamed("learner", "make_learner", "0.4.0"), Renamed("trained", "as_trained_model", "0.4.0"))

_find, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(__name__, _find, *OLD_NAMES)
