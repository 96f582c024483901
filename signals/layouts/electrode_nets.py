"""Electrode sets whose makers number them: BioSemi's A1 to D32, EGI's E1 to E128."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .layout import canonical

BIOSEMI = (16, 32, 64, 128, 160, 256)
"""Electrodes of BioSemi's caps, 32 to a letter."""
EGI = {32: "GSN-HydroCel-32", 64: "GSN-HydroCel-64_1.0", 128: "GSN-HydroCel-128", 256: "GSN-HydroCel-256"}
"""MNE's montage for each number of electrodes of an EGI net."""
_WITH_VERTEX = {32: "GSN-HydroCel-32", 64: "GSN-HydroCel-65_1.0", 128: "GSN-HydroCel-129", 256: "GSN-HydroCel-257"}
"""The montages that have the electrode at the vertex too, which has the next number or is called Cz."""

_OF_BIOSEMI = re.compile(r"[A-H]([1-9]|[12]\d|3[0-2])")
_OF_EGI = re.compile(r"(?:E|EEG ?)0*([1-9]\d{0,2})")


@dataclass(frozen=True)
class ElectrodeNet:
    """A set of numbered electrodes.

    Args:
        montage: MNE's name of it.
        sites: The montage's name for each of the file's, by the ``canonical`` form of that.
        maker: Whose names these are.
    """

    montage: str
    sites: Mapping[str, str]
    maker: str


def is_numbered(name: str) -> bool:
    """Whether BioSemi or EGI may have numbered an electrode like that: ``B7``, ``E12``, ``EEG 012``."""
    return bool(_OF_BIOSEMI.fullmatch(name.upper()) or _OF_EGI.fullmatch(name.upper()))


def looks_like_biosemi(names: Sequence[str]) -> bool:
    """Whether most of the names are BioSemi's, with numbers that the 10-20 system does not reach."""
    found = [name for name in names if _OF_BIOSEMI.fullmatch(name.upper())]
    # C1 to C6, F1 to F10 and A1, A2 are names of the 10-20 system too
    return 2 * len(found) > len(names) and any(name.upper()[0] in "BDEGH" or int(name[1:]) > 10 for name in found)


def net_of(names: Sequence[str], montage: str = "") -> ElectrodeNet | None:
    """The net that has exactly these electrodes; None where there is none.

    Args:
        names: Of the EEG channels.
        montage: The montage that the user names: then some of the electrodes do.
    """
    known = {canonical(name) for name in names}
    for count in BIOSEMI:
        name, in_order = f"biosemi{count}", _biosemi(count)
        if known == set(in_order) or (montage == name and looks_like_biosemi(names) and known <= set(in_order)):
            return ElectrodeNet(name, dict(zip(in_order, _channels(name), strict=True)), "BioSemi")
    return _egi(names)


def _egi(names: Sequence[str]) -> ElectrodeNet | None:
    numbers = {canonical(name): int(match[1]) for name in names if (match := _OF_EGI.fullmatch(name.upper()))}
    count = max((size for size in EGI if size <= len(numbers)), default=0)
    sites = {name: f"E{number}" for name, number in numbers.items()}
    vertex = [name for name, number in numbers.items() if number == count + 1]
    vertex += [canonical(name) for name in names if canonical(name) == "CZ"]
    if not count or set(numbers.values()) - {count + 1} != set(range(1, count + 1)) or len(vertex) > 1:
        return None
    if len(names) > len(numbers.keys() | set(vertex)):
        return None
    montage = (_WITH_VERTEX if vertex else EGI)[count]
    return ElectrodeNet(montage, sites | dict.fromkeys(vertex, "Cz"), "EGI")


@lru_cache(maxsize=len(BIOSEMI))
def _biosemi(count: int) -> tuple[str, ...]:
    """BioSemi's own names in the order of the cap."""
    return tuple(f"{'ABCDEFGH'[k // 32]}{k % 32 + 1}" for k in range(count))


@lru_cache(maxsize=len(BIOSEMI))
def _channels(montage: str) -> tuple[str, ...]:
    import mne

    return tuple(mne.channels.make_standard_montage(montage).ch_names)
