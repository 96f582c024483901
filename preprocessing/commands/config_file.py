"""Settings in a YAML file, by name or in groups: one line for whatever is wrong with them."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from ...signals import InputError
from ...signals.named_call import LONGEST_NAME
from ..cache_files.settings_beside import LONGEST_FILE

Hints = Mapping[str, Any]
"""The type of each setting of a command, by its name with that of its group, as in ``training.epochs``."""


def file_text(path: Path) -> str:
    """The text of a file.

    Raises:
        InputError: There is none, it is no text, or too long.
    """
    if not path.is_file():
        raise InputError(path, "a folder" if path.is_dir() else "no such file", "a YAML file with settings")
    _check_length(path, path.stat().st_size, "bytes")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, "bytes that are no text", "YAML in UTF-8", "save it as UTF-8") from error


def read_settings(where: object, text: str) -> dict[str, Any]:
    """The settings in a YAML text; none where it is empty.

    Raises:
        InputError: It is no YAML, too long, too deep, no mapping, or has a setting twice.
    """
    import yaml  # type: ignore[import-untyped]

    _check_length(where, len(text), "letters")

    try:
        if (node := yaml.compose(text, yaml.SafeLoader)) is not None:
            _check_once(where, node)
        stored = yaml.safe_load(text)
    except RecursionError as error:
        raise InputError(where, "brackets within brackets, too many to follow", "settings by name") from error
    except yaml.YAMLError as error:
        raise InputError(where, f"no YAML ({error})", "settings by name, as in epochs: 3") from error
    return {} if stored is None else _mapping(where, "", stored)


def without_home(path: Path) -> str:
    """A path as files keep it: of the user's own folder, whose name may be the user's, ``~`` stands for it."""
    home = Path.home()
    if home == Path(home.anchor) or not path.is_relative_to(home):
        return str(path)
    return (Path("~") / path.relative_to(home)).as_posix()


def grouped(where: object, stored: Mapping[str, Any], hints: Hints) -> dict[str, Any]:
    """Settings by group; a list where a text is meant, as in ``scaling: [train, subject]``, becomes one.

    Args:
        where: Where they stand, for messages.
        stored: What a file holds, in groups or side by side.
        hints: All settings of the command.

    Raises:
        InputError: A setting is unknown, is in the group of another, or stands there twice; or nothing is where
            something must be.
    """
    nested: dict[str, Any] = {}
    for name, value in _flat(where, stored, hints):
        group, _, setting = name.rpartition(".")
        place = nested.setdefault(group, {}) if group else nested
        if setting in place:
            raise InputError(where, f"{setting} twice", "each setting once", "leave one of them away")
        place[setting] = _value(where, name, value, hints[name])
    return nested


def _flat(where: object, stored: Mapping[str, Any], hints: Hints) -> list[tuple[str, Any]]:
    """Settings by their full names."""
    full = {name.rpartition(".")[2]: name for name in hints}
    groups = {name.rpartition(".")[0] for name in hints} - {""}
    settings: list[tuple[str, Any]] = []
    for name, value in stored.items():
        if name in groups:
            for inner, setting in _mapping(where, name, value).items():
                settings.append((_known(where, f"{name}.{inner}", hints), setting))
        else:
            settings.append((full[name] if name in full else _known(where, str(name), hints), value))
    return settings


def _known(where: object, name: str, hints: Hints) -> str:
    """The name, of a setting that exists."""
    if name in hints:
        return name
    group, _, setting = name.rpartition(".")
    owner = next((other.rpartition(".")[0] for other in hints if other.rpartition(".")[2] == setting), None)
    if owner is not None:
        do = f"{setting} belongs to {owner}" if owner else f"{setting} belongs to no group"
        raise InputError(where, name, f"settings of {group}" if group else "a setting", do)
    inside = [other.rpartition(".")[2] for other in hints if not group or other.rpartition(".")[0] == group]
    near = difflib.get_close_matches(setting[:LONGEST_NAME], inside, 1, 0.5)
    do = f"did you mean {near[0]}?" if near else "--help says what each is"
    raise InputError(where, name[:200], f"one of {', '.join(inside)}", do)


def _value(where: object, name: str, value: Any, hint: Any) -> Any:
    if value is None and hint is not Any and type(None) not in get_args(hint):
        raise InputError(where, f"{name} without a value", "a value", "leave the line away for the usual one")
    if hint is str and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)  # YAML takes a text such as devices: 1 for a number
    if "Path" in str(hint):
        return [_with_home(each) for each in value] if isinstance(value, list) else _with_home(value)
    several = isinstance(value, list) and hint is str and all(isinstance(word, str) for word in value)
    return ",".join(value) if several else value


def _with_home(value: Any) -> Any:
    """A path as ``without_home`` keeps it, in full; whatever else it is as it is."""
    return str(Path(value).expanduser()) if isinstance(value, str) and value.startswith("~/") else value


def _mapping(where: object, name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    found = "nothing" if value is None else f"a list of {len(value)}" if isinstance(value, list) else repr(value)[:60]
    do = "leave the line away for the usual ones" if name else ""
    raise InputError(where, f"{name}: {found}" if name else found, "settings by name, as in epochs: 3", do)


def _check_length(where: object, length: int, unit: str) -> None:
    """Refuse what would be read for minutes, whatever it says."""
    if length > LONGEST_FILE:
        wanted = f"settings of at most {LONGEST_FILE:,} {unit}"
        raise InputError(where, f"{length:,} {unit}", wanted, "write less of it")


def _check_once(where: object, node: Any) -> None:
    """Refuse a mapping with one key twice, of which YAML would take the last."""
    todo = [node]
    while todo:
        node = todo.pop()
        if node.id == "sequence":
            todo += node.value
        if node.id == "mapping":
            keys = [key.value for key, _ in node.value if key.id == "scalar"]
            if twice := next((key for key in keys if keys.count(key) > 1), None):
                raise InputError(where, f"{twice} twice", "each setting once", "leave one of them away")
            todo += [value for _, value in node.value]
