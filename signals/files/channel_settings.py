"""What a laboratory says about the channels of its recordings, where their files say it wrongly or not at all."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..layouts.channel_names import Rename
from ..layouts.montage import montage_points
from .headers.edf_header import MICROVOLTS

Units = str | Mapping[str, str]
"""The unit of the numbers in a file, of all channels or by the channel's name."""

KEYS = ("rename", "units", "montage")


@dataclass(frozen=True)
class ChannelSettings:
    """What a laboratory says about the channels of its recordings; goes before what their files say.

    Args:
        rename: What to cut off the beginnings or ends of channel names, as in ``"-LE"``, or a name by channel, as in
            ``{"Ch1": "Fp1", "Ch2": None}``; None leaves a channel out.
        units: What the numbers in the files are in, ``"uV"``, ``"mV"`` or ``"V"``: one for all channels, or one by
            channel. A file that calls volts microvolts is in ``"V"``.
        montage: Where the electrodes are: MNE's name of a montage, or a file with positions that MNE reads.

    Raises:
        InputError: A setting is of another kind, there are two rules for one channel, a unit is unknown, MNE has no
            such montage, or the file cannot be read.
    """

    rename: Rename | None = None
    units: Units | None = None
    montage: str = ""

    def __post_init__(self) -> None:
        _check_rename(self.rename)
        _check_units(self.units)
        if not isinstance(self.montage, str):
            wanted = "MNE's name of a montage or a file, as in biosemi64 or cap.sfp"
            raise InputError("montage", repr(self.montage), wanted)
        if self.montage:
            montage_points(self.montage)

    @property
    def words(self) -> str:
        """What tells recordings read by these settings from those read by others; empty where nothing is set."""
        changed = {key: getattr(self, key) for key in ("rename", "units") if getattr(self, key)}
        if not changed:
            return ""
        return f"channels as set ({hashlib.sha256(json.dumps(changed).encode()).hexdigest()[:8]})"

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is done with a recording whatever its header says, in words."""
        if not self.units:
            return ()
        unit = self.units if isinstance(self.units, str) else "by channel"
        return (f"units as set, whatever the header says: {unit}",)

    def only(self, labels: Sequence[str]) -> "ChannelSettings":
        """The settings without rules by channel for channels that are not among ``labels``."""
        known = {label.strip().casefold() for label in labels}

        def kept(rules: Any) -> Any:
            if not isinstance(rules, Mapping):
                return rules
            return {label: rule for label, rule in rules.items() if label.strip().casefold() in known} or None

        return replace(self, rename=kept(self.rename), units=kept(self.units))

    def channels(self) -> tuple[str, ...]:
        """The channels that rules are for."""
        return tuple(label for rules in (self.rename, self.units) if isinstance(rules, Mapping) for label in rules)

    def factors(self, where: object, labels: Sequence[str], stated: Sequence[str]) -> tuple[float, ...] | None:
        """The number by which to multiply what MNE makes of each channel, as microvolts; None where no unit is set.

        Args:
            where: The recording.
            labels: Names of channels in the file.
            stated: Unit of each that the file names and MNE goes by; another than those in ``MICROVOLTS`` MNE passes
                over, and takes the numbers for volts.

        Raises:
            InputError: A unit is set for a channel that is not there.
        """
        if self.units is None:
            return None
        if isinstance(self.units, str):
            units = dict.fromkeys(labels, self.units)
        else:
            units = _by_label(where, self.units, labels)
        taken = [MICROVOLTS.get(unit, MICROVOLTS["V"]) for unit in stated]
        scales = [MICROVOLTS[units[label]] if label in units else one for label, one in zip(labels, taken, strict=True)]
        return tuple(wanted / one for wanted, one in zip(scales, taken, strict=True))


def _by_label(where: object, units: Mapping[str, str], labels: Sequence[str]) -> dict[str, str]:
    known = {label.strip().casefold(): label for label in labels}
    unknown = [repr(label) for label in units if label.strip().casefold() not in known]
    if unknown:
        wanted = f"channels among {', '.join(labels)}"
        raise InputError(where, f"units for {', '.join(unknown)}", wanted, "name channels as the file does")
    return {known[label.strip().casefold()]: unit for label, unit in units.items()}


def _check_rename(rename: object) -> None:
    wanted = "text to cut off names, or names by channel, as in '-LE' or {Ch1: Fp1, Ch2: null}"
    if isinstance(rename, Mapping):
        _check_labels("rename", rename)
        if all(name is None or (isinstance(name, str) and name.strip()) for name in rename.values()):
            return
    pieces = [rename] if isinstance(rename, str) else rename
    if rename is None or (isinstance(pieces, list | tuple) and all(isinstance(p, str) and p.strip() for p in pieces)):
        return
    raise InputError("rename", repr(rename), wanted)


def _check_units(units: object) -> None:
    if units is None:
        return
    rules = units if isinstance(units, Mapping) else {"all": units}
    _check_labels("units", rules)
    unknown = [unit for unit in rules.values() if not isinstance(unit, str) or unit not in MICROVOLTS]
    if unknown:
        wanted = f"one of {', '.join(MICROVOLTS)} for all channels, or one by channel as in {{Fp1: V}}"
        raise InputError("units", ", ".join(map(repr, unknown)), wanted, "name what the numbers in the files are in")


def _check_labels(key: str, rules: Mapping[Any, Any]) -> None:
    """Refuse labels that are no text, and two that differ in case only: one rule of the two would be lost."""
    seen: dict[str, str] = {}
    for label in rules:
        if not isinstance(label, str):
            raise InputError(key, repr(label), "names of channels", "put it in quotes")
        same = seen.setdefault(label.strip().casefold(), label)
        if same != label:
            raise InputError(key, f"two rules for one channel: {same!r}, {label!r}", "one for each", "remove one")


def file_beside(montage: Any, folder: Path) -> Any:
    """A montage whose file lies in ``folder``, by its path; any other as it is."""
    return str(folder / montage) if isinstance(montage, str) and (folder / montage).is_file() else montage
