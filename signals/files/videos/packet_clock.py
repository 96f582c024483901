"""One clock that rises, from the time stamps that a file's packets bear."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np

from ...errors import InputError

_FAR = 10.0
"""Seconds by which the clock of a transport stream may jump forward: beyond, players take it for another recording."""

FEW = 3
"""Packets before a joint that FFmpeg may call damaged."""


@dataclass(frozen=True)
class StoredPacket:
    """A packet's stamps, in ticks of its stream.

    Args:
        tick: When its picture is shown.
        decoded: When it is decoded, or None where the file does not say.
        key: Whether decoding can begin with it.
        hidden: Whether players do not show it.
        corrupt: Whether its container calls it damaged.
    """

    tick: int
    decoded: int | None
    key: bool = False
    hidden: bool = False
    corrupt: bool = False


@dataclass(frozen=True)
class PacketClock:
    """What makes the stamps of a file's packets one clock.

    Args:
        shifts: Of each part behind the first, the number of its first packet, and the ticks that are added in it.
        left_out: Numbers of packets at the joints of parts that are not whole.
        falling: Stamps that fall by less than a frame's time.
        usual: Ticks from one frame to the next.
    """

    shifts: tuple[tuple[int, int], ...] = ()
    left_out: frozenset[int] = frozenset()
    falling: int = 0
    usual: float = 1.0

    @classmethod
    def of(cls, packets: Sequence[StoredPacket], far: float = np.inf) -> "PacketClock":
        """The clock of a stream's packets, in the order of the file.

        A part begins where stamps of decoding fall by more than pictures change places, or rise by more than ``far``
        ticks: as where recordings are put into one file. It goes on one frame behind the part before it. Another
        begins with the key picture behind a packet that is called damaged; its stamps are those of the part before.
        """
        stamps = _stamps(packets)
        steps = np.diff(stamps)
        usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
        reordering = _reordering(packets, stamps)
        least = -usual - reordering
        apart = np.append(False, (steps < least) | (steps > far))
        anew = {
            i
            for i in np.flatnonzero(apart).tolist()
            if packets[i].key or (not reordering and stamps[i] < stamps[i - 1])
        }
        damaged = _behind_damage(packets)
        begins = sorted(anew | damaged.keys())
        left_out = frozenset([*_without_reference(packets, begins), *chain.from_iterable(damaged.values())])
        return cls(
            shifts=tuple(_shifts(packets, begins, anew, left_out, round(usual))),
            left_out=left_out,
            falling=int(((steps < 0) & (steps >= least)).sum()),
            usual=usual,
        )

    @property
    def plain(self) -> bool:
        """Whether the stamps are used as they are."""
        return not (self.shifts or self.left_out or self.falling)

    def shown(self, packets: Sequence[StoredPacket]) -> list[StoredPacket]:
        """The packets that are used, with ticks of the one clock."""
        added, shifts, used = 0, dict(self.shifts), []
        for number, packet in enumerate(packets):
            added = shifts.get(number, added)
            if number not in self.left_out:
                later = None if packet.decoded is None else packet.decoded + added
                used.append(StoredPacket(packet.tick + added, later, packet.key, packet.hidden, packet.corrupt))
        return used

    def applied(self, packets: Iterator[Any]) -> Iterator[Any]:
        """FFmpeg's packets from the beginning of the file, with ticks of the one clock, without those left out."""
        added, shifts, number = 0, dict(self.shifts), 0
        for packet in packets:
            added = shifts.get(number, added)
            if packet.size and added:
                packet.pts = None if packet.pts is None else packet.pts + added
                packet.dts = None if packet.dts is None else packet.dts + added
            if not packet.size or number not in self.left_out:
                yield packet
            number += bool(packet.size)

    def begins(self, packets: Sequence[StoredPacket]) -> tuple[int, ...]:
        """Ticks at which the parts behind the first begin."""
        edges = [*(number for number, _ in self.shifts), len(packets)]
        ticks = []
        for (begin, end), (_, added) in zip(pairwise(edges), self.shifts, strict=True):
            ticks.append(min(_used_ticks(packets, begin, end, self.left_out)) + added)
        return tuple(ticks)


PLAIN = PacketClock()
"""Stamps that are used as they are."""


def seconds_far(kind: str) -> float:
    """Seconds of a jump forward that begins another part in a container of that kind: ISO 13818-1 lets clocks jump."""
    return _FAR if kind in ("mpegts", "mpeg") else np.inf


def risen(path: object, ticks: Sequence[int], unit: float, average: float) -> tuple[np.ndarray, int]:
    """Seconds (N,) of frames at ``ticks``, and how many bear the stamp of the one before.

    Frames with equal stamps are spread evenly until the next, or over the usual time from one stamp to the next.

    Raises:
        InputError: All bear one stamp, and the file states no rate.
    """
    stamps, first, counts = np.unique(np.asarray(ticks, float), return_index=True, return_counts=True)
    equal = len(ticks) - len(stamps)
    if not equal:
        return stamps * unit, 0
    if len(stamps) == 1 and not average:
        found = f"one time stamp on all {len(ticks)} frames"
        raise InputError(path, found, "a video whose frames have times", "convert it to .mp4 at its true rate")
    usual = float(np.median(np.diff(stamps))) if len(stamps) > 1 else counts[0] / average / unit
    spans = np.minimum(np.append(np.diff(stamps), usual), usual)
    place = np.arange(len(ticks)) - np.repeat(first, counts)
    return (np.repeat(stamps, counts) + np.repeat(spans / counts, counts) * place) * unit, equal


def _stamps(packets: Sequence[StoredPacket]) -> np.ndarray:
    """(N,) stamps of decoding: those that a file does not say are as the one before, or as the first that it says."""
    known = [packet.decoded for packet in packets if packet.decoded is not None]
    last = known[0] if known else packets[0].tick
    stamps = []
    for packet in packets:
        last = (last if known else packet.tick) if packet.decoded is None else packet.decoded
        stamps.append(last)
    return np.array(stamps, float)


def _reordering(packets: Sequence[StoredPacket], stamps: np.ndarray) -> float:
    """Ticks by which pictures are decoded before they are shown: without end where the file says of none."""
    if all(packet.decoded is None for packet in packets):
        return np.inf
    shown = np.array([packet.tick for packet in packets], float)
    return max(float(np.percentile(shown - stamps, 90)), 0.0)


def _behind_damage(packets: Sequence[StoredPacket]) -> dict[int, range]:
    """Key pictures right behind packets that are called damaged, and the numbers of what is lost before them.

    FFmpeg says so of what lies up to ``FEW`` packets before a joint, whose next packet does not carry on its count.
    """
    found: dict[int, range] = {}
    for number, packet in enumerate(packets):
        if packet.corrupt:
            near = range(number + 1, min(number + 1 + FEW, len(packets)))
            key = next((later for later in near if packets[later].key), None)
            if key is not None and key not in found:
                found[key] = range(number, key)
    return found


def _without_reference(packets: Sequence[StoredPacket], begins: Sequence[int]) -> Iterator[int]:
    """Numbers of packets that are shown before the key picture with which their part begins: they refer to another."""
    for begin, end in pairwise([*begins, len(packets)]):
        if packets[begin].key:
            yield from (i for i in range(begin + 1, end) if packets[i].tick < packets[begin].tick)


def _shifts(
    packets: Sequence[StoredPacket], begins: Sequence[int], anew: Collection[int], left_out: Collection[int], usual: int
) -> Iterator[tuple[int, int]]:
    """Of each part behind the first the number of its first packet, and what is added to its ticks."""
    end, added = None, 0
    for begin, behind in pairwise([0, *begins, len(packets)]):
        used = _used_ticks(packets, begin, behind, left_out)
        if not used:
            continue
        if end is not None:
            added = end + max(usual, 1) - min(used) if begin in anew else added
            yield begin, added
        end = max(used) + added


def _used_ticks(packets: Sequence[StoredPacket], begin: int, end: int, left_out: Collection[int]) -> list[int]:
    """Ticks of the frames of a part that are shown."""
    return [packets[i].tick for i in range(begin, end) if i not in left_out and not packets[i].hidden]
