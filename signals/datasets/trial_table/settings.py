"""Settings beside a table of trials, in ``trials.yaml``: ranges, names of columns, rules for channels, a rate."""

import difflib
import math
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...layouts.layout import Layout
from ...layouts.recording_layout import named_layout
from ...named_call import LONGEST_NAME
from ...regular_file import file_bytes
from ...trials.task import SYMMETRIC
from .event_trials import UNTIL, EventRule, says_seconds
from .lines import SETTINGS
from .rows import KNOWN, TrialRow, is_column

Range = tuple[float, float]
"""The lowest and the highest rating of a scale."""

KEYS = (
    "ranges",
    "columns",
    "events",
    "tables",
    "features",
    "layout",
    "rename",
    "units",
    "montage",
    "recordings",
    "rate",
)
COMMON = "common"
"""The layout of the electrodes that all recordings have."""
_NEAR = 0.8
"""How alike a name must be to one of our columns to be taken for a slip of it."""

_LARGEST = 1_000_000  # bytes; a real one has a few lines

_USUAL: tuple[Range, ...] = ((1, 9), (0, 10), (-10, 10), (0, 100), (-100, 100), (0, 1000), (-1000, 1000))
"""Scales to show in an error, the first that holds the values."""


def find_ranges(
    path: Path, ranges: object, dimensions: Sequence[str], dataset: str = "TrialTable"
) -> tuple[Range, ...]:
    """The range of each of a table's dimensions: as in ``ranges``, else as in ``trials.yaml``, else -1 to 1.

    Args:
        path: The table; ``trials.yaml`` is looked for beside it.
        ranges: Low and high by dimension, or None.
        dimensions: Those of the table.
        dataset: Whose argument ``ranges`` is, for messages.

    Raises:
        InputError: The file is damaged or has another key; a range is upside down, no pair of finite numbers, or of a
            dimension that the table lacks.
    """
    beside = path.with_name(SETTINGS)
    stored = _checked(f"{beside}, ranges", read_settings(path).get("ranges"), dimensions)
    of_call = _checked(f"{dataset}, ranges", ranges, dimensions)
    return tuple({**stored, **of_call}.get(name, SYMMETRIC) for name in dimensions)


def find_columns(path: Path, columns: object) -> dict[str, str]:
    """The table's own name of a column by ours: as in ``columns``, else as in ``trials.yaml``.

    Raises:
        InputError: The file is damaged or has another key; a name of ours is none, or two of ours are one of theirs.
    """
    beside = path.with_name(SETTINGS)
    stored = _checked_columns(f"{beside}, columns", read_settings(path).get("columns"))
    return {**stored, **_checked_columns("TrialTable, columns", columns)}


def find_events(path: Path, events: object) -> EventRule | None:
    """Which events of recordings begin trials: as in ``events``, else as in ``trials.yaml``; None where none do.

    Raises:
        InputError: The file is damaged, or the rule is none.
    """
    stored = read_settings(path).get("events")
    if events is None and stored is None:
        return None
    where = f"{path.with_name(SETTINGS)}, events" if events is None else "TrialTable, events"
    return _event_rule(where, stored if events is None else events)


def find_tables(path: Path, tables: object) -> tuple[Path, ...]:
    """Further tables, joined to the trials: as in ``tables``, else as in ``trials.yaml``.

    Raises:
        InputError: The file is damaged, or a table is not there.
    """
    stored = read_settings(path).get("tables")
    where = f"{path.with_name(SETTINGS)}, tables" if tables is None else "TrialTable, tables"
    named = stored if tables is None else tables
    names = [named] if isinstance(named, str) else named or []
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise InputError(where, reprlib.repr(named), "a table's name, or several, as in [films.csv, ratings.csv]")
    files = tuple(path.parent / name for name in names)
    if lost := [str(file) for file in files if not file.is_file()]:
        raise InputError(where, f"no file {', '.join(lost)}", "tables, their paths taken from the first one's folder")
    return files


def find_features(path: Path, features: object) -> str:
    """The folder with tables of features: as in ``features``, else as in ``trials.yaml``; empty for none.

    Raises:
        InputError: The file is damaged, or there is no such folder.
    """
    stored = read_settings(path).get("features")
    named = stored if features is None else features
    if named is None:
        return ""
    where = f"{path.with_name(SETTINGS)}, features" if features is None else "TrialTable, features"
    if not isinstance(named, str) or not (path.parent / named).is_dir():
        raise InputError(where, reprlib.repr(named), "a folder, its path taken from the table's")
    return named


def find_layout(path: Path, layout: Layout | str | None) -> Layout | str | None:
    """The layout of a table's recordings: as in ``layout``, else as in ``trials.yaml``; a drawing, ``COMMON`` or none.

    Raises:
        InputError: The file is damaged, or the name is none.
    """
    if layout is not None:
        return named_layout(layout)
    return named_layout(read_settings(path).get("layout"), f"{path.with_name(SETTINGS)}, layout")


def find_rate(path: Path, rate: object) -> float | None:
    """Pictures a second (Hz) of faces in picture files: ``rate``, else as in ``trials.yaml``; None where none is.

    Raises:
        InputError: The file is damaged or has another key; a rate is no number above zero.
    """
    stored = _checked_rate(f"{path.with_name(SETTINGS)}, rate", read_settings(path).get("rate"))
    of_call = _checked_rate("TrialTable, rate", rate)
    return stored if of_call is None else of_call


def check_ratings(rows: Sequence[TrialRow], dimensions: Sequence[str], ranges: Sequence[Range]) -> None:
    """Refuse a table with a rating outside its range.

    Raises:
        InputError: Names file, line and column; where no range is stated, shows how to state it.
    """
    for row in rows:
        for name, value, (low, high) in zip(dimensions, row.dimensions, ranges, strict=True):
            if not (math.isnan(value) or low <= value <= high):
                wanted = f"{low:g} to {high:g}, the range of {name}, or nothing where it is missing"
                do = (
                    "correct the table, or the range"
                    if (low, high) != SYMMETRIC
                    else _ranges_advice(rows, dimensions, ranges)
                )
                raise InputError(f"{row.where}, column {name}", f"{value!r}", wanted, do)


def _ranges_advice(rows: Sequence[TrialRow], dimensions: Sequence[str], ranges: Sequence[Range]) -> str:
    """The option as one types it, for every dimension whose values leave -1 to 1."""
    columns = zip(dimensions, ranges, zip(*(row.dimensions for row in rows), strict=True), strict=True)
    ends = {}
    for name, stated, values in columns:
        if stated == SYMMETRIC and not _within(values, stated):
            ends[name] = _usual(values)
    typed = ", ".join(f"{name!r}: ({low:g}, {high:g})" for name, (low, high) in ends.items())
    stored = ", ".join(f"{name}: [{low:g}, {high:g}]" for name, (low, high) in ends.items())
    return (
        f'give the ends of the scale, as in "TrialTable(ranges={{{typed}}})", '
        f"or in {SETTINGS} beside the table, as in ranges: {{{stored}}}"
    )


def _usual(values: Sequence[float]) -> Range:
    known = [value for value in values if not math.isnan(value)]
    widest = min(0, math.floor(min(known))), max(0, math.ceil(max(known)))
    return next((ends for ends in _USUAL if _within(known, ends)), widest)


def _within(values: Sequence[float], ends: Range) -> bool:
    return all(math.isnan(value) or ends[0] <= value <= ends[1] for value in values)


def read_settings(table: Path, keys: Sequence[str] = KEYS) -> Mapping[str, Any]:
    """The settings beside a table by key; none where there is no file.

    Args:
        table: The table, or another file of its folder.
        keys: Those that may be set.

    Raises:
        InputError: The file is damaged, has an unknown key or another name.
    """
    path = table.with_name(SETTINGS)
    if not path.exists():
        _check_name(path)
        return {}
    stored = _loaded(path)
    if stored is not None and not isinstance(stored, dict):
        raise InputError(path, reprlib.repr(stored), "keys and values, as in ranges: {valence: [1, 9]}")
    unknown = [key for key in stored or {} if key not in keys]
    if unknown:
        near = difflib.get_close_matches(str(unknown[0])[:LONGEST_NAME], keys, 1, 0.5)
        do = f"did you mean {near[0]}?" if near else "remove them"
        found = f"unknown keys {', '.join(map(reprlib.repr, unknown))}"
        raise InputError(path, found, f"keys among {', '.join(keys)}", do)
    return stored or {}


def _check_name(path: Path) -> None:
    """Refuse a file that somebody meant and that would be passed over for its name."""
    if not path.parent.is_dir():
        return
    for file in path.parent.iterdir():
        if file.stem.lower() == path.stem and file.suffix.lower() in (".yaml", ".yml"):
            raise InputError(file, "a name that is not read", path.name, "rename it")


def _once(loader: Any, node: Any, deep: bool = False) -> dict[Any, Any]:
    """A mapping of YAML in which no key stands twice: of two, one would be lost."""
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    repeated = [key for number, key in enumerate(keys) if key in keys[:number]]
    if repeated:
        raise ValueError(f"{reprlib.repr(repeated[0])} stands twice")
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


def _loaded(path: Path) -> Any:
    import yaml  # type: ignore[import-untyped]

    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(path, "a file of more than 1 MB", "a few lines", "look at what it holds")
        loader = type("_Loader", (yaml.SafeLoader,), {})
        loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _once)  # type: ignore[attr-defined]
        return yaml.load(file_bytes(path), loader)
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        found = f"{type(error).__name__} ({' '.join(str(error).split())[:160]})"
        raise InputError(path, found, "YAML, as in ranges: {valence: [1, 9]}", "correct or remove it") from error


def _checked(where: str, ranges: object, dimensions: Sequence[str]) -> dict[str, Range]:
    if ranges is None:
        return {}
    if not isinstance(ranges, Mapping):
        wanted = "low and high by dimension, as in {valence: [1, 9]}"
        raise InputError(where, reprlib.repr(ranges), wanted)
    unknown = [reprlib.repr(name) for name in ranges if name not in dimensions]
    if unknown:
        wanted = f"dimensions of the table: {', '.join(dimensions) or 'it has none'}"
        raise InputError(where, ", ".join(unknown), wanted, "correct the name, or leave it out")
    return {name: _ends(f"{where}, {name}", ends) for name, ends in ranges.items()}


def _checked_columns(where: str, columns: object) -> dict[str, str]:
    wanted = "the table's name of a column by ours, as in {subject: VP}"
    if columns is None:
        return {}
    if not isinstance(columns, Mapping) or not all(isinstance(name, str) for name in columns.values()):
        raise InputError(where, reprlib.repr(columns), wanted)
    if unknown := [reprlib.repr(name) for name in columns if not isinstance(name, str) or not name]:
        raise InputError(where, ", ".join(unknown), wanted)
    for name in columns:
        near = [] if is_column(name) else difflib.get_close_matches(name.casefold()[:LONGEST_NAME], KNOWN, 1, _NEAR)
        if near:
            wanted = f"our name of a column first, as in {{{near[0]}: {reprlib.repr(columns[name])}}}"
            raise InputError(where, reprlib.repr(name), wanted, f"did you mean {near[0]}?")
    if len(set(columns.values())) < len(columns):
        raise InputError(where, reprlib.repr(columns), f"{wanted}, each column once")
    return dict(columns)


def _event_rule(where: str, rule: object) -> EventRule:
    wanted = "the column and what begins a trial, as in {film: 'S 1*', until: next}"
    named = dict(rule) if isinstance(rule, Mapping) else {}
    until = named.pop(UNTIL, "next")
    until = f"+{until}" if isinstance(until, int | float) and not isinstance(until, bool) else until  # YAML's +60
    patterns = [(name, [one] if isinstance(one, str) else one) for name, one in named.items()]
    if len(patterns) != 1 or not isinstance(until, str) or not until.strip():
        raise InputError(where, reprlib.repr(rule), wanted)
    ((column, listed),) = patterns
    if not isinstance(column, str) or not isinstance(listed, list | tuple) or not listed:
        raise InputError(where, reprlib.repr(rule), wanted)
    texts = tuple(str(one) for one in listed if isinstance(one, str | int) and str(one).strip())
    if len(texts) < len(listed) or (column in KNOWN and column not in ("stimulus", "category")):
        raise InputError(where, reprlib.repr(rule), f"{wanted}; a column of its own, stimulus or category")
    if says_seconds(until.strip()):
        _check_seconds(where, until.strip())
    return EventRule(where, column, texts, until.strip())


def _check_seconds(where: str, until: str) -> None:
    try:
        seconds = float(until)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        wanted = "seconds behind the start, a number above 0, as in +60; or next, end, or what an event looks like"
        raise InputError(f"{where}, {UNTIL}", repr(until), wanted, "correct it")


def _checked_rate(where: str, rate: object) -> float | None:
    if rate is None:
        return None
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not (_finite(rate) and rate > 0):
        raise InputError(where, reprlib.repr(rate), "pictures a second, a number above 0, as in rate: 30")
    return float(rate)


def _ends(where: str, ends: object) -> Range:
    pair = list(ends) if isinstance(ends, list | tuple) else []
    numbers = [end for end in pair if isinstance(end, int | float) and not isinstance(end, bool)]
    if not (len(pair) == len(numbers) == 2 and all(map(_finite, numbers)) and numbers[0] < numbers[1]):
        wanted = "two finite numbers, the lowest rating and the highest, as in [1, 9]"
        raise InputError(where, reprlib.repr(ends), wanted, "correct the range")
    return float(numbers[0]), float(numbers[1])


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # of whole numbers beyond any float
        return False
