"""How often a thing was tried, how often it went as it should, and each time that it did not."""

from dataclasses import dataclass

WRONG_SHOWN = 5
"""How many wrong cases stand in a row; all are printed as they come."""


@dataclass(frozen=True)
class Count:
    """One row of the soak's table.

    Args:
        what: What was tried, as ``killed, then run again: bench``.
        tried: How many times.
        wrong: One line for each time that it went wrong: where, what happened, and how to have it again.
        note: Figures to read beside the counts, as megabytes or the slowest case.
    """

    what: str
    tried: int
    wrong: tuple[str, ...] = ()
    note: str = ""

    @property
    def right(self) -> int:
        """How many times it went as it should."""
        return self.tried - len(self.wrong)
