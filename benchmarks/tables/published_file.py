"""Published values: their fields, and reading the file that holds them."""

import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from ...signals import InputError

DAGGER = "†"

_SCORED = {"test": "test set", "validation": "validation set", "unknown": "scored set not noted"}
_EPOCHS = {
    "scored": "best epoch on that very set",
    "validation": "epoch or settings chosen on a validation part",
    "last": "last epochs",
    "unknown": "how the epoch was chosen is not noted",
}

KNOWN: Mapping[str, tuple[str, ...]] = {
    "metric": (
        "accuracy",
        "macro-F1",
        "mean CCC",
        "CCC valence",
        "CCC arousal",
        "MSE valence",
        "MSE arousal",
        "F1 of expressions",
        "F1 of action units",
        "metric not noted",
    ),
    "unit": ("%", ""),
    "scored": tuple(_SCORED),
    "selection": tuple(_EPOCHS),
}
"""The values that some fields may have."""


@dataclass(frozen=True)
class Input:
    """The input of a published method: in words and, where a cache can be compared with it, one step and its output."""

    words: str
    recipe: str = ""
    features: tuple[str, ...] = ()
    sites: int = 0
    duration: float = 0.0


@dataclass(frozen=True)
class Rules:
    """A published protocol: in words, our split that is it (``exact``) or comes nearest, and counts where stated."""

    words: str
    split: str
    exact: bool
    sessions: int | None = None
    people: int | None = None
    trials: int | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """A score that somebody reported; ``published.yaml`` explains the fields.

    Raises:
        InputError: A word is not among those known, or a number is out of range.
    """

    source: str
    series: Input
    protocol: Rules
    method: str
    datasets: tuple[str, ...]
    metric: str
    unit: str
    value: float
    scored: str
    selection: str
    status: str
    models: tuple[str, ...] = ()
    high: float | None = None
    about: bool = False
    deviation: float | None = None
    spread: str = ""
    window: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for name, words in KNOWN.items():
            self._check(name, getattr(self, name) in words, f"one of {', '.join(map(repr, words))}")
        for name in ("source", "method", "datasets"):
            self._check(name, bool(getattr(self, name)), "something")
        least, most = (0, 100) if self.unit else (-1, 1)
        for name in ("value", "high", "deviation"):
            number = getattr(self, name) or 0
            self._check(name, math.isfinite(number) and least <= number <= most, f"{least} to {most}")
        letters = f"letters among P, C, S, M, R, then {DAGGER} where the original was not checked"
        self._check("status", bool(re.fullmatch(f"[PCSMR]+{DAGGER}?|{DAGGER}", self.status)), letters)
        self._check("models", self.protocol.exact or not self.models, "none where the protocol is not exactly ours")

    @property
    def verified(self) -> bool:
        """Whether the source itself was checked."""
        return DAGGER not in self.status

    @property
    def words(self) -> str:
        """The scored set and the choice of the epoch, in words."""
        return f"{_SCORED[self.scored]}, {_EPOCHS[self.selection]}"

    def __str__(self) -> str:
        text = f"≈ {self._number(self.value)}" if self.about else self._number(self.value)
        if self.high is not None:
            text += f" to {self._number(self.high)}"
        if self.deviation is not None:
            text += f" ± {self._number(self.deviation)}"
        text += " %" if self.unit else ""
        return text if self.verified else f"{text} {DAGGER}"

    def _number(self, number: float) -> str:
        """``89.5`` in percent; a share with two digits or more, and no zero before the point."""
        if self.unit:
            return f"{number:g}"
        return max(f"{number:.2f}", f"{number:g}", key=len).replace("0.", ".", 1)

    def _check(self, name: str, fits: bool, wanted: str) -> None:
        if not fits:
            raise InputError(f"{name} of {self.method!r}", repr(getattr(self, name)), wanted, "correct the entry")


def read_published(path: Path) -> tuple[Published, ...]:
    """The values in a file of the form of ``published.yaml``.

    Raises:
        InputError: An entry lacks a field, has one that is unknown or unusable, or names what is not there.
    """
    import yaml  # type: ignore[import-untyped]

    try:
        stored = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows: list[dict[str, Any]] = []
        for table in stored["tables"]:  # what all rows of a table have in common stands beside them, once
            rows += [{**table, **row} for row in table["rows"]]
        named: dict[str, dict[str, Any]] = {"source": dict(stored["source"]), "series": {}, "protocol": {}}
        for name, kind in (("series", Input), ("protocol", Rules)):
            for key, values in stored[name].items():
                named[name][key] = _from_fields(kind, values, f"{path.name}, {name} {key}")
    except (yaml.YAMLError, OSError, UnicodeError, KeyError, TypeError, AttributeError) as error:
        found = f"no table of published values ({error})"
        raise InputError(path, found, "sections source, series, protocol, tables", "correct the file") from error
    return tuple(_entry(row, named, f"{path.name}, value {number}") for number, row in enumerate(rows, 1))


def _entry(row: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]], where: str) -> Published:
    """One value, with source, series and protocol in place of their names."""
    values = {name: value for name, value in row.items() if name != "rows"}
    for name, known in named.items():
        if values.get(name) not in known:
            found, wanted = repr(values.get(name)), f"one of {', '.join(known)}"
            raise InputError(f"{where}, {name}", found, wanted, "correct the entry")
        values[name] = known[values[name]]
    entry: Published = _from_fields(Published, values, f"{where} ({values.get('method')})")
    return entry


def _from_fields(kind: type[Any], values: Mapping[str, Any], where: str) -> Any:
    """A ``kind`` from its fields by name, each of its type; lists become tuples."""
    hints = get_type_hints(kind)
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    if wrong := [*(values.keys() - hints.keys()), *(needed - values.keys())]:
        found = f"unknown or missing: {', '.join(sorted(map(str, wrong)))}"
        raise InputError(where, found, f"fields among {', '.join(hints)}", "correct the entry")
    for name, value in values.items():
        if not _has_type(value, hints[name]):
            raise InputError(f"{where}, {name}", repr(value), f"{hints[name]}", "correct the entry")
    try:
        return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
    except InputError as error:
        raise InputError(f"{where}, {error.where}", error.found, error.wanted, error.do) from error


def _has_type(value: Any, hint: Any) -> bool:
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if NoneType in get_args(hint):
        return value is None or _has_type(value, get_args(hint)[0])
    # Exact types: YAML's true is a bool, which Python would take for a number.
    return type(value) in ((float, int) if hint is float else (hint,))
