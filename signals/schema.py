"""Numbers of the forms of files: older ones are read, and newer ones name the version that reads them."""

from dataclasses import dataclass
from typing import Any

from .. import __version__
from .errors import InputError


@dataclass(frozen=True)
class Schema:
    """The form of a kind of file, by number. A file that names none has the form 1.

    Args:
        number: The form that is written; it and older ones are read.
        since: The first version of emoscan that reads it; stored beside the number, for versions that do not.
        oldest: The oldest form that is read.
        bare: Numbers up to this one are stored alone, as they were before versions stood beside them.
    """

    number: int = 1
    since: str = "0.1.0"
    oldest: int = 1
    bare: int = 1

    @property
    def keys(self) -> dict[str, Any]:
        """The keys that are stored of it."""
        if self.number == 1:
            return {}
        version = {} if self.number <= self.bare else {"emoscan": self.since}
        return {"schema": self.number, **version}

    def stripped(
        self, stored: Any, file: object, do: str = "", *, error: type[InputError] = InputError
    ) -> dict[str, Any]:
        """The keys stored beside the number, where that is one that this version reads.

        Args:
            stored: Content of the file, as JSON gives it.
            file: Its name, for errors.
            do: The way on where it cannot be read.
            error: The class that is raised then.

        Raises:
            InputError: It holds no object, or another number: a newer one's line names the version that reads it.
        """
        if not isinstance(stored, dict):
            raise error(file, f"a {type(stored).__name__}", "an object of JSON", do)
        number = stored.get("schema", 1)
        if not isinstance(number, int) or isinstance(number, bool):
            raise error(file, f"schema {repr(number)[:60]}", "a whole number", do)
        if number > self.number:
            raise self.newer(file, number, stored.get("emoscan"), do, error=error)
        if number < self.oldest:
            found = f"schema {number}, which no released version wrote"
            raise error(file, found, f"schema {self.oldest} to {self.number}", do)
        return {name: value for name, value in stored.items() if name not in ("schema", "emoscan")}

    def newer(
        self, file: object, number: int, version: object, do: str = "", *, error: type[InputError] = InputError
    ) -> InputError:
        """The refusal of a form that only later versions read; ``version`` is the file's word for them."""
        # Shown only where it looks like a version: the file may be damaged, or anybody's.
        plausible = isinstance(version, str) and version.replace(".", "").isalnum() and len(version) < 20
        reader = f"emoscan {version} or later" if plausible else "a later emoscan"
        wanted = f"schema {self.number} or older: this is emoscan {__version__}"
        otherwise = f", or {do}" if do else ""
        return error(file, f"schema {number}, written by {reader}", wanted, f"install {reader}{otherwise}")
