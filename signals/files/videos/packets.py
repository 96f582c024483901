"""The packets of a video's stream: nothing is decoded."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from .container_file import ffmpeg_errors
from .container_length import announced_length
from .not_coded import NotCoded
from .packet_clock import FEW, PacketClock, StoredPacket, seconds_far

_NO_TIMES = 0x80
"""FFmpeg's flag of formats that hold no times, as the bare stream of a codec."""

_LONGEST = 600
"""Packets from one key picture to the next that are held until it is known whether they are whole."""


@dataclass(frozen=True)
class Packets:
    """The packets of a stream: nothing is decoded.

    Attributes:
        ticks: Times at which frames are shown, sorted.
        keys: When key pictures are shown and stored, sorted.
        key: Time of the key picture that comes first in the file, or None: nothing before it can be decoded.
        places: All places for frames, up to the last that is there: those hidden by an edit list, and empty chunks.
        empty: Chunks of an AVI without bytes, or with a picture that is not coded.
        clock: What makes the file's stamps one clock.
        begins: Ticks at which parts behind the first begin.
        numbered: Whether the file holds no times, so that packets are counted at its rate.
    """

    ticks: list[int]
    keys: tuple[tuple[int, int], ...]
    key: int | None
    places: int
    empty: int
    clock: PacketClock
    begins: tuple[int, ...]
    numbered: bool = False

    @classmethod
    def read(cls, path: Path, container: Any, stream: Any, ordered: bool) -> "Packets":
        """The packets of an opened file's stream; ``ordered`` of AVI, where a frame's place is its time."""
        interval = _interval(container, stream)
        stored = list(_stored(path, container, stream, ordered, interval))
        if not stored:
            raise InputError(path, "no frames", "a video whose frames have times", "convert it to .mp4")
        far = seconds_far(container.format.name) / float(stream.time_base)
        clock = PacketClock() if ordered else PacketClock.of(stored, far)
        if any(packet.corrupt and i not in clock.left_out for i, packet in enumerate(stored)):
            raise damaged(path, "a packet that its container calls corrupt")
        shown = clock.shown(stored)
        ticks = sorted(packet.tick for packet in shown if not packet.hidden)
        if not ticks:
            raise InputError(path, "no frames", "a video whose frames have times", "convert it to .mp4")
        keys = [packet for packet in shown if packet.key]
        places = max(ticks) + 1 if ordered else len(stored)
        return cls(
            ticks=ticks,
            keys=tuple(sorted((key.tick, key.tick if key.decoded is None else key.decoded) for key in keys)),
            key=keys[0].tick if keys else None,
            places=places,
            empty=places - len(ticks) if ordered else 0,
            clock=clock,
            begins=clock.begins(stored),
            numbered=interval > 0,
        )

    def joints(self, ticks: Sequence[int]) -> tuple[int, ...]:
        """The numbers of the frames, shown at ``ticks``, with which parts behind the first begin."""
        places = {bisect_left(ticks, tick) for tick in self.begins}
        return tuple(sorted(place for place in places if 0 < place < len(ticks)))

    def check_whole(self, path: Path, announced: int, ordered: bool) -> None:
        """Refuse a file whose end is missing: the last chunks of an AVI may be empty, so there its length decides."""
        length, size = announced_length(path), path.stat().st_size
        cut = length is not None and length > size
        if announced > self.places and (cut or length is None or not ordered):
            raise damaged(path, f"{self.places} of the {announced} frames that its header announces")
        if cut and not announced:
            raise damaged(path, f"{size} of the {length} bytes that its header announces")


def packets_of(path: Path, container: Any, stream: Any) -> Iterator[Any]:
    """All packets of FFmpeg's, and one without bytes behind the last."""
    count = 0
    try:
        for packet in container.demux(stream):
            count += bool(packet.size)
            yield packet
    except ffmpeg_errors() as error:
        if isinstance(error, InputError):
            raise
        raise damaged(path, f"an end after {count} frames ({error})") from error


def damaged(path: Path, found: str) -> InputError:
    """The refusal of a file that lost something."""
    return InputError(path, found, "the whole video", "copy the file again from its source, or leave the trial out")


def _interval(container: Any, stream: Any) -> float:
    """Ticks from one frame to the next in a format that holds no times; 0 in others."""
    if not container.format.flags & _NO_TIMES or not stream.average_rate:
        return 0.0
    return float(1 / stream.average_rate / stream.time_base)


def _stored(path: Path, container: Any, stream: Any, ordered: bool, interval: float) -> Iterator[StoredPacket]:
    """The stamps of packets that hold a picture; one that its container calls damaged is so unless it decodes."""
    group: list[Any] = []
    for number, packet in enumerate(_coded(path, container, stream, ordered)):
        if interval:
            packet.pts = packet.dts = round(number * interval)
        if packet.is_keyframe or len(group) == _LONGEST:
            yield from _stamped(path, group, ordered, packet.is_keyframe and _decodes(stream, group))
            group = []
        group.append(packet)
    yield from _stamped(path, group, ordered, whole=False)


def _coded(path: Path, container: Any, stream: Any, ordered: bool) -> Iterator[Any]:
    """FFmpeg's packets that hold a picture."""
    not_coded, first = None, True
    for packet in packets_of(path, container, stream):
        if not packet.size:
            continue
        if ordered and first:
            not_coded, first = NotCoded.of(stream.codec_context, packet), False
        if not (not_coded and not_coded(packet)):
            yield packet


def _stamped(path: Path, group: Sequence[Any], ordered: bool, whole: bool) -> Iterator[StoredPacket]:
    for packet in group:
        tick = packet.dts if ordered else packet.pts
        if tick is None:
            raise InputError(path, "frames without times", "a video whose frames have times", "convert it to .mp4")
        corrupt = packet.is_corrupt and not whole
        yield StoredPacket(tick, packet.dts, packet.is_keyframe, packet.is_discard, corrupt)


def _decodes(stream: Any, group: Sequence[Any]) -> bool:
    """Whether a key picture and what follows decode whole, where what is called damaged lies right before a joint."""
    import av

    doubted = [place for place, packet in enumerate(group, -len(group)) if packet.is_corrupt]
    if not doubted or doubted[0] < -FEW or not group[0].is_keyframe:
        return False
    context = av.CodecContext.create(stream.codec_context.name, "r")
    context.extradata, context.options = stream.codec_context.extradata, {"err_detect": "explode"}
    try:
        frames = [frame for packet in [*group, None] for frame in context.decode(packet)]
    except ffmpeg_errors():
        return False
    return len(frames) == len(group) and not any(frame.is_corrupt for frame in frames)
