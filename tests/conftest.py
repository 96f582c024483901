"""Laws over generated inputs have no deadline: a busy machine breaks no law."""

from hypothesis import settings

settings.register_profile("emoscan", deadline=None)
settings.load_profile("emoscan")
