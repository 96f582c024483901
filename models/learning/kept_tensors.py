"""Tensors and the facts about them on disk: two files, one digest, and nothing in them that could run."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from ...signals import InputError, StoredCorrupt
from ...signals.files.publishing import publish_text
from ...signals.regular_file import check_regular, file_bytes
from ...signals.schema import Schema
from ...signals.stored_json import parsed_json
from ..tensor_file import check_finite, read_tensors, write_tensors

_DO = "train it again"


@dataclass(frozen=True)
class KeptTensors:
    """A kind of thing that is kept in a folder as tensors and facts.

    Facts come last, with a digest over both files, so what is unfinished is never read.

    Args:
        tensors, facts: Names of the two files.
        noun: What it is, in words.
        made_by: The folder that holds one, in words.
        schema: Of the facts.
    """

    tensors: str
    facts: str
    noun: str
    made_by: str
    schema: Schema = field(default_factory=Schema)

    def write(self, folder: str | Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> Path:
        """The folder, in which both files lie now; each appears whole or not at all.

        Args:
            folder: Where to; it is made.
            tensors: By name.
            facts: Whatever JSON can hold.

        Raises:
            DiskFull: There is no room; says how much was needed.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_tensors(folder / self.tensors, tensors)
        stored = {**self.schema.keys, **facts}
        signed = {**stored, "sha256": kept_digest(stored, folder / self.tensors)}
        publish_text(folder / self.facts, json.dumps(signed, indent=1) + "\n")
        return folder

    def read_facts(self, folder: str | Path) -> dict[str, Any]:
        """The facts, as they were written together with the tensors beside them.

        Raises:
            InputError: Nothing is there.
            StoredCorrupt: A byte of either file changed, or a later version of emoscan wrote it.
        """
        folder = Path(folder)
        raw = self._read(folder)
        facts = self.schema.stripped(raw, folder / self.facts, _DO, error=StoredCorrupt)
        stored = {name: value for name, value in raw.items() if name != "sha256"}
        if facts.pop("sha256", "") != kept_digest(stored, folder / self.tensors):
            raise StoredCorrupt(folder, "bytes that differ from those saved", "both files as saved", _DO)
        return facts

    def read_tensors(self, folder: str | Path) -> dict[str, Tensor]:
        """The tensors by name.

        Raises:
            StoredCorrupt: The file is damaged, or holds anything else, or a weight that is no finite number.
        """
        path = Path(folder) / self.tensors
        tensors = read_tensors(path, do=_DO)
        check_finite(tensors, path, _DO)
        return tensors

    def digest(self, folder: str | Path) -> str:
        """SHA-256 over facts and tensors, as it was saved.

        Raises:
            InputError: Nothing is there.
        """
        return str(self._read(Path(folder)).get("sha256", ""))

    def _read(self, folder: Path) -> dict[str, Any]:
        try:
            stored: dict[str, Any] = dict(parsed_json(file_bytes(folder / self.facts)))
            check_regular(folder / self.tensors)
        except (OSError, TypeError, ValueError) as error:
            wanted = f"{self.facts} and {self.tensors} of a trained {self.noun}"
            do = f"name the folder that {self.made_by}"
            raise InputError(folder, f"no {self.noun} ({error})", wanted, do) from error
        return stored


def kept_digest(facts: Mapping[str, Any], tensors: Path) -> str:
    """One digest over the facts, as JSON gives them back, and the file of tensors."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    digest.update(tensors.read_bytes())
    return digest.hexdigest()
