"""One operation of a recipe."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, get_type_hints


class Step(ABC):
    """A frozen dataclass with one ``__call__``: its fields are its settings, its ``repr`` is its provenance.

    ``__call__`` is annotated with what it takes and gives (``Electrodes``, ``Features`` or ``Volume``), so a recipe can
    be checked before any work is done. It changes nothing it is given, and gives the same result every time.

    Attributes:
        causal: Whether the result depends on the past only. A recipe is causal when all of its steps are.
    """

    causal: ClassVar[bool] = True

    @abstractmethod
    def __call__(self, stream: Any, /) -> Any:
        """Do the work on one trial's stream or volume."""

    @classmethod
    def takes(cls) -> type:
        """The kind of stream that comes in."""
        hints = get_type_hints(cls.__call__)
        hints.pop("return")
        (taken,) = hints.values()
        return taken

    @classmethod
    def gives(cls) -> type:
        """The kind of stream that goes out."""
        return get_type_hints(cls.__call__)["return"]
