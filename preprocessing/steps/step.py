"""One operation of a recipe."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, get_args, get_type_hints


class Step(ABC):
    """A frozen dataclass with one ``__call__``: its fields are its settings, its ``repr`` is its provenance.

    ``__call__`` is annotated with what it takes and gives (``Electrodes``, ``Features`` or ``Volume``), so a recipe can
    be checked before any work is done. It leaves its input as it is, and gives the same result every time.

    Attributes:
        causal: Whether the result depends on the past only. A recipe is causal when all of its steps are.
        reads_pixels: Whether it takes volumes of images only.
    """

    causal: ClassVar[bool] = True
    reads_pixels: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Give equal settings one spelling: a whole number for a ``float`` becomes one, lists become tuples."""
        hints = get_type_hints(type(self))  # equal steps must have equal reprs: these are part of a cache's key
        for name, value in list(vars(self).items()):
            object.__setattr__(self, name, _settled(value, hints.get(name)))

    @abstractmethod
    def __call__(self, stream: Any, /) -> Any:
        """Do the work on one trial's stream or volume."""

    @classmethod
    def takes(cls) -> type:
        """The kind of stream that comes in."""
        hints = get_type_hints(cls.__call__)
        hints.pop("return")
        taken: type
        (taken,) = hints.values()
        return taken

    @classmethod
    def gives(cls) -> type:
        """The kind of stream that goes out."""
        returned: type = get_type_hints(cls.__call__)["return"]
        return returned


def _settled(value: Any, hint: Any) -> Any:
    if isinstance(value, list):
        return tuple(_settled(item, None) for item in value)
    return float(value) if type(value) is int and float in (hint, *get_args(hint)) else value
