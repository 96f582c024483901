"""Values of a stranger for any place of a stored text, and texts written with a checksum that fits."""

import hashlib
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ....models.learning.kept_tensors import kept_digest
from ....signals.files.publishing import publish_arrays
from ....signals.files.stored_arrays import read_arrays
from ....signals.stored_json import digest_of, parsed_json

SECRET = b"7f3a-words-that-nobody-may-see-91c4"
"""The content of a file beside the hostile folder."""

SECRET_NAME = "secret.txt"


def _deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


HOSTILE: tuple[Any, ...] = (
    None,
    -1,
    2**31,
    -(2**63),
    10**30,
    1e308,
    float("nan"),
    float("-inf"),
    "",
    "..",
    f"../{SECRET_NAME}",
    "/etc/passwd",
    "x" * 100_000,
    "\x1b[31m\n\0",
    [0] * 100_000,
    _deep(60),
    {"__class__": "os.system"},
    {"x": {}},
    False,
)
"""What may stand where something else was."""


def some_place(draw: random.Random, stored: Any) -> tuple[Any, ...]:
    """A place in JSON, as the names and numbers that lead there."""
    path: list[Any] = []
    while isinstance(stored, dict | list) and stored and (not path or draw.random() < 0.8):
        name = draw.choice(list(stored) if isinstance(stored, dict) else range(len(stored)))
        path.append(name)
        stored = stored[name]
    return tuple(path)


def with_value(stored: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The same JSON with another value at a place, or in an empty one under a new name."""
    if not path:
        return {"x": value}
    new = json.loads(json.dumps(stored))
    holder = new
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return new


def unsigned_text(path: Path) -> Any:
    """The JSON of a stored text without its checksum."""
    stored = parsed_json(path.read_bytes())
    stored.pop("sha256", None)
    return stored


def signed(path: Path, stored: Any) -> None:
    """Write a text whose checksum covers it."""
    path.write_text(json.dumps({**stored, "sha256": digest_of(json.loads(json.dumps(stored)))}), encoding="utf-8")


def kept(path: Path, stored: Any) -> None:
    """Write the facts of a model or a GAN, whose checksum covers the tensors beside them too."""
    stored = json.loads(json.dumps(stored))
    path.write_text(json.dumps({**stored, "sha256": kept_digest(stored, path.with_suffix(".pt"))}), encoding="utf-8")


def sealed_report(path: Path, stored: Any, arrays: Mapping[str, np.ndarray] | None = None) -> None:
    """Write a report and its predictions, each with the checksum of the other."""
    predictions = path.parent / "predictions.npz"
    arrays = arrays or read_arrays(predictions, "", "").arrays
    facts = {name: value for name, value in json.loads(json.dumps(stored)).items() if name != "predictions"}
    publish_arrays(predictions, arrays, compressed=True, beside=digest_of(facts))
    named_report(path, facts)


def named_report(path: Path, stored: Mapping[str, Any]) -> None:
    """Write a report that names the bytes of its predictions, whatever they are."""
    facts = {name: value for name, value in stored.items() if name != "predictions"}
    digest = hashlib.sha256((path.parent / "predictions.npz").read_bytes()).hexdigest()
    path.write_text(json.dumps({"predictions": digest, **facts}), encoding="utf-8")
