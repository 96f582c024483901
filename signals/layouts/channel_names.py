"""Names of a recording's channels as laboratories write them: which are EEG, and which electrode each one is.

``EEG FP1-LE`` is Fp1 against linked ears; ``F3-C3`` is a difference of two electrodes and no site.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ..errors import InputError
from ..remedies import setting
from .drawings import DRAWINGS
from .electrode_nets import is_numbered, looks_like_biosemi, net_of
from .layout import canonical
from .montage import standard_names

Rename = str | Sequence[str] | Mapping[str, str | None]
"""What to cut off the beginnings or ends of names, or a name for each channel; None leaves a channel out."""

EARS = frozenset({"A1", "A2", "M1", "M2"})
"""Ear lobes and mastoids: references, not scalp sites of any drawing."""

NEARLY_ALL = 0.8
"""Share of the EEG channels from which on what stands in all names is no part of them."""

LEFT_OUT = "left out, since they are renamed to nothing"
"""How the remark on channels begins that the user leaves out."""

_PREFIX = re.compile(r"(?:(?:EEG|POL)[\s._-]+(?=\D))+", re.IGNORECASE)
_FIRST = re.compile(r"([^-:/_\s]+)\s*[-:/_\s]\s*(.+)")
_LAST = re.compile(r"(.+?)\s*[-:/_\s]\s*([^-:/_\s]+)")
_ONE_OF_SEVERAL = re.compile(r"(.+)-(\d+)")
_REFERENCE = re.compile(r"[AM][12]|[AM]12|([AM])1[+&/-]?\1?2|[VCL]?REF|[LRC]?LE|RE|LER|AVG?E?|CAR|AA|NOSE|NZ|ORG|G[12]")
_OTHERS = re.compile(
    r".*(?:EOG|ECG|EKG|EMG).*|[VH]EO[GULR]?\d*|CHIN\d*|[LR]OC\d*|EXG?\d+|GSR.*|EDA\d*|SC[RL]\d*|RESP.*|BREATH.*"
    r"|PLET.*|PPG\d*|PULSE.*|TEMP.*|ERG\d+|ANA\d+|AUX.*|BIP\d+|ACC.*|GYR.*|S[AP]O2.*|PHOTIC.*|IBI|BURSTS|SUPPR|HR"
    r"|DC\d+|STATUS.*|TRIG.*|STI(?:M.*|\d+)?|EVENT.*|MARK.*|COUNTER|INTERPOLATED|TIME.*|SAMPLE.*|BATTERY.*|(?:RAW)?CQ.*"
    r"|VREF|VERTEXREFERENCE|GND|GROUND|FLOW.*|AIRFLOW.*|SNORE.*|THOR.*|ABDO.*"
)
"""Names of channels that are no EEG, in capitals and without blanks, dots and dashes."""


class MissingSites(InputError):
    """A recording lacks channels for some of the sites that are read."""


@dataclass(frozen=True)
class ChannelNames:
    """What the channels of a recording are called.

    Args:
        labels: As the file has them.
        names: As they are read, one for each label: what all share is cut off, or the channel is renamed. Empty where
            the user leaves the channel out.
        eeg: Places of the channels that are EEG, ears and mastoids among them.
        others: Places of those that are none, without triggers.
        net: MNE's montage of which these are all electrodes by their makers' own names; empty where there is none.
        remarks: What was changed, and left out on the user's word.
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    eeg: tuple[int, ...]
    others: tuple[int, ...] = ()
    net: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def scalp(self) -> tuple[int, ...]:
        """Places of the EEG channels without ears and mastoids, which only the makers of nets put on the scalp."""
        eeg = [self.names[i] for i in self.eeg]
        if self.net or (not all(map(is_site, eeg)) and looks_like_biosemi(eeg)):
            return self.eeg
        return tuple(i for i in self.eeg if canonical(self.names[i]) not in EARS)

    def places(self, wanted: Sequence[str], where: object) -> tuple[int, ...]:
        """The place of each of the names ``wanted`` among the channels.

        Raises:
            InputError: One is not there, or twice; shows the labels.
        """
        found: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self.names):
            found[canonical(name)].append(place)
        missing = [name for name in wanted if canonical(name) not in found]
        if missing:
            do = f"name another layout, or rename channels, as in {rename_to(self.labels[0], missing[0])}"
            raise MissingSites(where, f"channels {', '.join(self.labels)}", f"each of {', '.join(missing)} once", do)
        twice = {name: found[canonical(name)] for name in wanted if len(found[canonical(name)]) > 1}
        if twice:
            pairs = "; ".join(f"{name} ({', '.join(self.labels[i] for i in at)})" for name, at in twice.items())
            do = f"leave one out, as in {rename_to(self.labels[next(iter(twice.values()))[-1]], 'null')}"
            raise InputError(where, f"several channels for one electrode: {pairs}", "each of them once", do)
        return tuple(found[canonical(name)][0] for name in wanted)


def read_names(
    where: object, labels: Sequence[str], types: Sequence[str], rename: Rename | None = None, montage: str = ""
) -> ChannelNames:
    """The names of a recording's channels.

    Args:
        where: The recording, for messages.
        labels: Names in the file.
        types: MNE's type of each channel, as in ``"eeg"`` or ``"misc"``.
        rename: What the user says about names; goes before all else.
        montage: The montage that the user names, which tells whose numbers are meant.

    Raises:
        InputError: ``rename`` names no channel, or gives two one name.
    """
    renamed = _renamed(where, labels, rename)
    # a recording that names no channel as EEG has types that nobody set
    kind = "eeg" if "eeg" in types else "misc"
    names = [renamed.get(i, bare) or "" for i, bare in enumerate(_bare(cut_names(where, labels, rename)))]
    # formats also call what they have no place for "misc"; there a name such as F3 tells more
    named = [one == kind or i in renamed or (one == "misc" and _head_is_site(names[i])) for i, one in enumerate(types)]
    typed = [i for i, is_named in enumerate(named) if is_named and not is_other(names[i])]
    cut = _cut_shared(names, [i for i in typed if i not in renamed])
    eeg = tuple(i for i in typed if names[i] and not is_other(names[i]))  # EEG EKG1-REF has lost its tail by now
    out = [label for i, label in enumerate(labels) if not names[i]]
    others = tuple(i for i, one in enumerate(types) if i not in eeg and one != "stim" and names[i])
    remarks = (*_references(names, eeg, cut), *_listed(LEFT_OUT, out))
    return _with_net(ChannelNames(tuple(labels), tuple(names), eeg, others, remarks=remarks), montage)


def rename_to(label: str, name: str) -> str:
    """How one renames a channel, as one types it."""
    return setting("rename", f"{{{label!r}: {name}}}")


def is_site(name: str) -> bool:
    """Whether a name is one of the 10-05 system or of a drawing, ears and mastoids among them."""
    return canonical(name) in _sites()


def is_difference(name: str) -> bool:
    """Whether a name is that of one electrode against another, as in ``F3-C3``."""
    match = _FIRST.fullmatch(name)
    return bool(match and is_site(match[1]) and is_site(_ONE_OF_SEVERAL.sub(r"\1", match[2])))


def cut_names(where: object, labels: Sequence[str], rename: Rename | None) -> list[str]:
    """The labels without the beginnings and ends that ``rename`` lists.

    Raises:
        InputError: One of them is at the beginning or end of no label.
    """
    if rename is None or isinstance(rename, Mapping):
        return list(labels)
    names = list(labels)
    for piece in [rename] if isinstance(rename, str) else rename:
        cut = [_without(name, piece) for name in names]
        if cut == names:
            wanted = f"text at the beginning or end of {', '.join(labels)}"
            raise InputError(where, f"rename {piece!r}", wanted, "correct it, or rename channel by channel")
        names = cut
    return names


def is_other(name: str) -> bool:
    """Whether a name is one of sensors, triggers and other channels that are no EEG."""
    return bool(_OTHERS.fullmatch(re.sub(r"[\s._-]", "", name.upper())))


@lru_cache(maxsize=1)
def _sites() -> frozenset[str]:
    drawn = {canonical(site) for layout in DRAWINGS.values() for site in layout.sites}
    return frozenset(drawn | standard_names().keys() | EARS)


def _renamed(where: object, labels: Sequence[str], rename: Rename | None) -> dict[int, str | None]:
    """The new name of each channel that a mapping names, by the channel's place."""
    if not isinstance(rename, Mapping):
        return {}
    place = {label.strip().casefold(): i for i, label in enumerate(labels)}
    unknown = [label for label in rename if label.strip().casefold() not in place]
    if unknown:
        found = f"rename of {', '.join(map(repr, unknown))}"
        raise InputError(where, found, f"channels among {', '.join(labels)}", "correct the names to be replaced")
    renamed = {place[label.strip().casefold()]: name for label, name in rename.items()}
    for name, count in Counter(canonical(name) for name in renamed.values() if name).items():
        if count > 1:
            both = [labels[i] for i, new in renamed.items() if new and canonical(new) == name]
            raise InputError(where, f"rename of {' and '.join(both)} to {name}", "one name for each", "correct it")
    return renamed


def _without(name: str, piece: str) -> str:
    if name.casefold().endswith(piece.casefold()) and len(piece) < len(name):
        return name[: -len(piece)]
    return name[len(piece) :] if name.casefold().startswith(piece.casefold()) and len(piece) < len(name) else name


def _bare(labels: Sequence[str]) -> list[str]:
    """The labels without ``EEG``, trailing dots, and the numbers that MNE gives to those that stand twice."""
    bare = [_PREFIX.sub("", label.strip(), count=1).strip(" .") for label in labels]
    several: dict[str, set[str]] = defaultdict(set)
    for name in bare:
        if match := _ONE_OF_SEVERAL.fullmatch(name):
            several[match[1]].add(match[2])
    numbered = {name for name, numbers in several.items() if {"0", "1"} <= numbers and _head_is_site(name)}
    return [_ONE_OF_SEVERAL.sub(r"\1", name) if name.rpartition("-")[0] in numbered else name for name in bare]


def _head_is_site(name: str) -> bool:
    match = _FIRST.fullmatch(name)
    return is_site(match[1] if match else name)


def _cut_shared(names: list[str], places: Sequence[int]) -> dict[int, str]:
    """What was cut off the end of each of the ``names`` at ``places``, by place; ``names`` are changed.

    A reference that nearly all share is cut off whatever it is called, one that some have where it can be nothing else.
    """
    parts = {i: split for i in places if (split := _split(names[i]))}
    tails = Counter(tail.casefold() for _, tail in parts.values())
    shared = {tail for tail, count in tails.items() if count > 1 and count >= NEARLY_ALL * len(places)}
    cut = {}
    for i, (head, tail) in parts.items():
        if tail.casefold() in shared or (is_site(head) and _REFERENCE.fullmatch(tail.upper().strip("() "))):
            names[i], cut[i] = head.strip(), tail
    _cut_beginnings(names, places)
    return cut


def _split(name: str) -> tuple[str, str] | None:
    """The electrode and what it is measured against, if the name has two parts."""
    first, last = _FIRST.fullmatch(name), _LAST.fullmatch(name)
    match = first if first and is_site(first[1]) else last
    return (match[1], match[2]) if match else None


def _cut_beginnings(names: list[str], places: Sequence[int]) -> None:
    """Cut off what nearly all names begin with, as in ``1-A1``, where electrodes are left."""
    parts = {i: match.groups() for i in places if (match := _FIRST.fullmatch(names[i])) and not is_site(match[1])}
    for head, count in Counter(head for head, _ in parts.values()).items():
        rests = {i: rest for i, (one, rest) in parts.items() if one == head}
        if (
            count > 1
            and count >= NEARLY_ALL * len(places)
            and all(is_site(r) or is_numbered(r) for r in rests.values())
        ):
            for i, rest in rests.items():
                names[i] = rest


def _references(names: Sequence[str], eeg: Iterable[int], cut: Mapping[int, str]) -> Iterator[str]:
    """The references that were cut off, and a doubt where other sites name none."""
    cut_off = dict.fromkeys(cut[i] for i in eeg if i in cut and canonical(names[i]) not in EARS)
    yield from _listed("cut off the channels' names as references", cut_off)
    apart = EARS | {canonical(reference) for reference in cut_off}
    sites = [i for i in eeg if is_site(names[i]) and canonical(names[i]) not in apart]
    if 0 < sum(i in cut for i in sites) < len(sites):
        yield "some channels name a reference and others do not: Rereference() brings all onto one"


def _listed(what: str, names: Iterable[str]) -> Iterator[str]:
    listed = ", ".join(names)
    if listed:
        yield f"{what}: {listed}"


def _with_net(names: ChannelNames, montage: str) -> ChannelNames:
    """The names with those that a maker's numbers stand for."""
    eeg = [names.names[i] for i in names.eeg]
    net = None if all(map(is_site, eeg)) else net_of(eeg, montage)
    if net is None:
        return names
    sites = {i: net.sites[canonical(names.names[i])] for i in names.eeg}
    remark = f"{net.maker}'s own names of electrodes: taken for those of {net.montage}"
    return replace(
        names,
        names=tuple(sites.get(i, name) for i, name in enumerate(names.names)),
        net=net.montage,
        remarks=(*names.remarks, remark),
    )
