"""Rules about names, units and places of channels: for all recordings of a table, or for some of its files."""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files.channel_settings import KEYS, ChannelSettings, file_beside
from ...files.raw_file import open_raw
from .lines import SETTINGS
from .settings import read_settings

Rules = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class ChannelRules:
    """What a table's settings say about the channels of its recordings.

    Args:
        where: The table.
        files: All of its EEG recordings.
        common: Settings of all recordings, as the arguments of ``ChannelSettings``.
        by_file: Settings of those whose name or path from the table's folder matches a pattern such as ``s1*.edf``.

    Raises:
        InputError: A pattern is of no file, a setting is unknown, or ``ChannelSettings`` refuses it.
    """

    where: Path
    files: tuple[Path, ...]
    common: Rules
    by_file: Mapping[str, Rules]

    def __post_init__(self) -> None:
        if not isinstance(self.by_file, Mapping) or not all(isinstance(r, Mapping) for r in self.by_file.values()):
            wanted = "settings by file, as in {'s[34].edf': {units: V}}"
            raise InputError(f"{self.where}, recordings", reprlib.repr(self.by_file), wanted)
        unknown = sorted({str(key) for rules in self.by_file.values() for key in rules} - set(KEYS))
        if unknown:
            found = f"unknown settings {', '.join(map(repr, unknown))}"
            raise InputError(f"{self.where}, recordings", found, f"some of {', '.join(KEYS)}", "correct the names")
        lost = [pattern for pattern in self.by_file if not any(file.match(pattern) for file in self.files)]
        if lost:
            wanted = (
                f"names or patterns of recordings in the table, such as {self.files[0].name if self.files else '-'}"
            )
            raise InputError(f"{self.where}, recordings", ", ".join(map(repr, lost)), wanted, "correct the pattern")
        for rules in ({}, *self.by_file.values()):
            self._settings(rules)

    def of(self, file: Path) -> ChannelSettings:
        """The settings of one recording; rules for channels that only others have are left away.

        Raises:
            InputError: Two patterns set one thing for the file, or a rule is for a channel that no recording has.
        """
        settings = self.stated(file)
        if not settings.channels():
            return settings
        labels = open_raw(file).ch_names
        unknown = [label for label in settings.channels() if _plain(label) not in set(map(_plain, labels))]
        nowhere = [repr(label) for label in unknown if _plain(label) not in self._all_labels]
        if nowhere:
            found = f"rules for {', '.join(nowhere)}, which no recording has"
            wanted = f"channels as the files call them ({file.name}: {', '.join(labels)})"
            raise InputError(self.where, found, wanted, "correct the names in rename or units")
        return settings.only(labels)

    def _chosen(self, file: Path) -> Rules:
        """The rules of the patterns that match a file."""
        chosen: dict[str, Any] = {}
        for pattern in filter(file.match, self.by_file):
            twice = sorted(chosen.keys() & self.by_file[pattern].keys())
            if twice:
                found = f"two rules for {', '.join(twice)} of {file.name}"
                raise InputError(f"{self.where}, recordings", found, "one for each file", "make the patterns narrower")
            chosen |= self.by_file[pattern]
        return chosen

    def stated(self, file: Path) -> ChannelSettings:
        """The settings of one recording, those for channels of others among them.

        Raises:
            InputError: Two patterns set one thing for the file.
        """
        return self._settings(self._chosen(file))

    @cached_property
    def _all_labels(self) -> frozenset[str]:
        """The channels of all recordings; one that cannot be opened says so where its trials are."""
        labels: set[str] = set()
        for file in self.files:
            try:
                labels |= set(map(_plain, open_raw(file).ch_names))
            except InputError:
                continue
        return frozenset(labels)

    def _settings(self, chosen: Rules) -> ChannelSettings:
        rules = {**self.common, **chosen}
        return ChannelSettings(**{**rules, "montage": file_beside(rules.get("montage", ""), self.where.parent)})


def find_channel_rules(table: Path, files: tuple[Path, ...], of_call: Rules) -> ChannelRules:
    """The rules of a table: as in ``of_call``, else as in ``trials.yaml`` beside it.

    Args:
        table: The CSV.
        files: Its EEG recordings.
        of_call: Settings by name, None where they are not set: rename, units, montage and recordings.

    Raises:
        InputError: As ``ChannelRules``; or ``trials.yaml`` is damaged.
    """
    stored = {key: value for key, value in read_settings(table).items() if key in (*KEYS, "recordings")}
    rules = {**stored, **{key: value for key, value in of_call.items() if value is not None}}
    by_file = rules.pop("recordings", None) or {}
    return ChannelRules(table, files, {key: value for key, value in rules.items() if value is not None}, by_file)


def settings_of_lab(folder: Path, file: Path) -> ChannelSettings:
    """What ``trials.yaml`` in a laboratory's folder says about a recording, which need not be in its table.

    Raises:
        InputError: There is no such file, it is damaged, or ``ChannelSettings`` refuses a setting.
    """
    if not (folder / SETTINGS).is_file():
        raise InputError(folder, f"no {SETTINGS}", f"a folder with {SETTINGS}", "name the folder of the recordings")
    stored = read_settings(folder / SETTINGS)
    of_file = {pattern: rules for pattern, rules in (stored.get("recordings") or {}).items() if file.match(pattern)}
    common = {key: stored[key] for key in KEYS if stored.get(key) is not None}
    settings = ChannelRules(folder / SETTINGS, (file,), common, of_file).stated(file)
    return settings.only(open_raw(file).ch_names) if settings.channels() else settings


def _plain(label: str) -> str:
    return label.strip().casefold()
