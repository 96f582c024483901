"""Settings of simulated datasets, which come as arguments or from a file in their folder."""

import json
from abc import abstractmethod
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from ...errors import InputError
from ...files.publishing import publish_text
from ...regular_file import file_bytes
from ...stored_json import parsed_json
from ...trials.dataset import Dataset
from ..lookalikes.recordings import check_own_folder

SETTINGS_FILE = "simulated.json"
Settings = TypeVar("Settings")


class Simulation(Dataset, Generic[Settings]):
    """A dataset that nobody recorded: everything made from it says so.

    Args:
        root: None, or a folder with ``simulated.json``, the settings; then no other setting is taken.
        **settings: Fields of ``settings_type``.

    Attributes:
        settings_type: A frozen dataclass; it refuses what is out of range.
        settings: What is simulated.

    Raises:
        InputError: A setting is unknown or out of range.
    """

    expects = f"{SETTINGS_FILE}, the settings of a simulation"
    access = "Nobody was recorded: it is simulated."
    simulated = True
    settings_type: ClassVar[type[Any]]
    settings: Settings

    def __init__(self, root: str | Path | None = None, **settings: Any) -> None:
        self.root = Path(root or "simulated")
        if root is not None and settings:
            raise InputError(self.root, "a folder and settings", "one of them", "write the settings into the file")
        if root is not None:
            super().__init__(root)
            settings = self._stored()
        known = [field.name for field in fields(self.settings_type)]
        unknown = sorted(set(settings) - set(known))
        if unknown:
            among = f"settings among {', '.join(known)}"
            raise InputError("simulation", ", ".join(unknown), among, "correct the spelling")
        self.settings = self.settings_type(**settings)

    @classmethod
    def write_settings(cls, root: Path, settings: Any) -> None:
        """Write ``settings`` into the folder ``root``, which is made if need be; refuse where others' files lie."""
        check_own_folder(Path(root))
        Path(root).mkdir(parents=True, exist_ok=True)
        publish_text(Path(root) / SETTINGS_FILE, json.dumps(asdict(settings), indent=1) + "\n")

    @classmethod
    @abstractmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """A settings file for a small simulation."""

    def _stored(self) -> dict[str, Any]:
        path = self.root / SETTINGS_FILE
        if not path.is_file():
            raise self.not_found(f"no {SETTINGS_FILE}")
        try:
            stored = parsed_json(file_bytes(path))
            return {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
        except (ValueError, AttributeError) as error:
            raise InputError(path, str(error), "settings as JSON", "write it again") from error
