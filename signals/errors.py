"""Errors for input that emoscan cannot use."""


class InputError(ValueError):
    """An input is not usable: where it is, what was found, what was wanted, what to do.

    The message is one line, so a command can print it as it is. All four stay readable as attributes.

    Args:
        where: The file, argument or noun at fault.
        found: What was there.
        wanted: What would have been right.
        do: What the user can do about it, where ``wanted`` does not say so already.
    """

    def __init__(self, where: object, found: str, wanted: str, do: str = "") -> None:
        super().__init__(str(where), found, wanted, do)
        self.where, self.found, self.wanted, self.do = str(where), found, wanted, do

    def __str__(self) -> str:
        advice = f"; {self.do}" if self.do else ""
        return " ".join(f"{self.where}: found {self.found}; wanted {self.wanted}{advice}".split())


class DatasetNotFound(InputError):
    """The folder does not hold the dataset."""


class StoredCorrupt(InputError):
    """A stored file differs from what was written, or holds what emoscan never writes."""


class CacheCorrupt(StoredCorrupt):
    """A cache file differs from what was published."""


class LeakError(InputError):
    """A fold has the same trial, overlapping windows or the protocol's group on both sides."""
