"""Names of an earlier version: each works one version longer, with one line of advice."""

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Renamed:
    """A name that became another one.

    Args:
        old, new: The name before, and the one to write today.
        until: The first version without the old name.
    """

    old: str
    new: str
    until: str

    @property
    def advice(self) -> str:
        """One line for whoever wrote the old name."""
        return f"{self.old} is called {self.new} now; the old name works until {self.until}"


def with_old_names(face: str, find: Callable[[str], Any], *renamed: Renamed) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that knows names of before too, and warns whoever uses one.

    Args:
        face: The module's name.
        find: Its ``__getattr__`` for names of today.
        *renamed: What is called otherwise now.
    """
    known = {one.old: one for one in renamed}

    def find_either(name: str) -> Any:
        if name not in known:
            return find(name)
        warnings.warn(f"{face}: {known[name].advice}", FutureWarning, stacklevel=2)
        return getattr(importlib.import_module(face), known[name].new)

    return find_either
