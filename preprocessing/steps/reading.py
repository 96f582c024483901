"""Reading beyond the ends of a recording and of its pieces, as filters need."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ...signals import Electrodes, InputError
from ...signals.streams.electrodes import Span


def pieces_of(electrodes: Electrodes) -> tuple[Span, ...]:
    """The half-open sample ranges between joints, which together are the whole."""
    return tuple(pairwise((0, *electrodes.joints, electrodes.n_samples)))


def pieces_between(electrodes: Electrodes, start: int, stop: int) -> Iterator[tuple[Span, int, int]]:
    """Each piece that samples ``start`` to ``stop`` touch, and the samples of theirs that lie in it."""
    for piece in pieces_of(electrodes):
        begin, end = max(start, piece[0]), min(stop, piece[1])
        if begin < end:
            yield piece, begin, end


def mirrored(electrodes: Electrodes, piece: Span, start: int, stop: int) -> np.ndarray:
    """Samples ``start`` to ``stop`` (C, stop - start) of a piece of the recording; they may reach beyond its ends.

    Beyond an end the signal is mirrored at the end's point (odd reflection, as MNE pads): ``2 x[0] - x[k]`` at ``-k``.
    Pieces that are no longer than the reach are mirrored again and again; what comes of it is invalid (``too_short``).
    """
    first, last = piece
    before, behind = max(first - start, 0), max(stop - last, 0)
    if max(before, behind) >= last - first:
        around = np.pad(electrodes.read(first, last), ((0, 0), (before, behind)), "reflect", reflect_type="odd")
        begin = start - first + before
        return np.asarray(around[:, begin : begin + stop - start])
    stretches = [electrodes.read(max(start, first), min(stop, last))]
    if before:
        edge = electrodes.read(first, first + 1 + before)
        stretches.insert(0, 2 * edge[:, :1] - edge[:, :0:-1])
    if behind:
        edge = electrodes.read(last - 1 - behind, last)
        stretches.append(2 * edge[:, -1:] - edge[:, -2::-1])
    # one stretch is returned as it was read: most reads lie inside, and a copy of each would cost their time again
    return stretches[0] if len(stretches) == 1 else np.concatenate(stretches, axis=1)


def too_short(electrodes: Electrodes, reach: int) -> tuple[Span, ...]:
    """The pieces that are no longer than a filter's reach to either side: what it makes of them is not to be trusted.

    They are few: a recording without joints is one piece, and ``check_reach`` refuses it where it is too short.
    """
    return tuple((begin, end) for begin, end in pieces_of(electrodes) if end - begin <= reach)


def check_reach(electrodes: Electrodes, reach: int, what: str) -> None:
    """Refuse a filter that reaches ``reach`` samples to either side where no piece of the recording has more."""
    longest = max(end - begin for begin, end in pieces_of(electrodes))
    if reach >= longest:
        found = f"{longest / electrodes.rate:g} s{' between joints' if electrodes.joints else ''}"
        wanted = f"more than the {reach / electrodes.rate:.3g} s that {what} reaches to either side"
        raise InputError(electrodes.source, found, wanted, "use longer stretches, or bands that begin higher")
