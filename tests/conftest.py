"""Laws over generated inputs have no deadline: a busy machine breaks no law. Files here are at hand for all tests."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("emoscan", deadline=None)
settings.load_profile("emoscan")
