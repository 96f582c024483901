"""Trials that were read from the same stretch of a file: refused or left out before any work begins."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, pairwise
from pathlib import Path

from ...signals import Features, InputError, Trial, Video
from ...signals.streams.source import file_contents
from ...signals.trials.trial import Stream
from ..cache_files.cache_file import LeftOut
from ..cache_files.repeated import Repeated, repeated_error


@dataclass(frozen=True)
class Overlap:
    """Two trials that were read from the same bytes.

    Args:
        earlier, later: Their places among the trials.
        files: From which each was read; None for a recording that a program holds.
        whole: Whether it is the same stretch, so that equal samples show it too.
    """

    earlier: int
    later: int
    files: tuple[Path | None, Path | None]
    whole: bool


def without_overlaps(trials: Sequence[Trial], choice: Repeated, where: str) -> tuple[list[Trial], list[LeftOut]]:
    """The trials that share no stretch of a recording with an earlier one, and those left out for it.

    Raises:
        InputError: Two share one and none may be left out. With "keep", equal stretches may stay, since a split knows
            them by their samples; of stretches that only overlap no split could know.
    """
    if choice == "leave-out":
        later = _of_kept(trials)
        left_out = [LeftOut(str(trials[number]), _description(overlap, trials)) for number, overlap in later.items()]
        return [trial for number, trial in enumerate(trials) if number not in later], left_out
    if refused := [overlap for overlap in overlaps(trials) if choice != "keep" or not overlap.whole]:
        raise _overlap_error(where, refused, trials)
    return list(trials), []


def overlaps(trials: Sequence[Trial]) -> list[Overlap]:
    """Trials that share a stretch of a recording with an earlier one, in the order of the later.

    Files are compared by content (see ``file_contents``), recordings that a program holds by the digest that their
    sources name, stretches by the range that ``Source.part`` names, else by
    their seconds. Pictures in files of their own, and faces that a dataset marks in one picture, are left to the
    comparison of samples that follows the work.
    """
    groups: dict[Hashable, list[_Use]] = defaultdict(list)
    for content, use in _uses_by_content(trials):
        groups[content].append(use)
    shared: dict[int, Overlap] = {}
    for group in groups.values():
        for overlap in _shared(sorted(group, key=lambda use: (use.begin, use.trial))):
            shared.setdefault(overlap.later, overlap)
    return sorted(shared.values(), key=lambda overlap: overlap.later)


def _of_kept(trials: Sequence[Trial]) -> dict[int, Overlap]:
    """For each trial that shares a stretch with an earlier one which stays itself: what they share.

    Of a chain of trials that overlap one by one, every second stays.
    """
    kept: dict[Hashable, _Kept] = defaultdict(_Kept)
    later: dict[int, Overlap] = {}
    for number, uses in groupby(_uses_by_content(trials), key=lambda pair: pair[1].trial):
        mine = list(uses)
        before = next(filter(None, (kept[content].before(use) for content, use in mine)), None)
        if before is not None:
            later[number] = before
            continue
        for content, use in mine:
            kept[content].add(use)
    return later


def _uses_by_content(trials: Sequence[Trial]) -> Iterator[tuple[Hashable, "_Use"]]:
    """The uses of all trials in turn, each with what another must equal to have been read from the same bytes."""
    uses = list(_uses(trials))
    contents = file_contents([use.file for use in uses if use.file])
    for use in uses:
        yield (contents[use.file] if use.file else None, use.kind), use


def _overlap_error(where: str, refused: Sequence[Overlap], trials: Sequence[Trial]) -> InputError:
    return repeated_error(where, f"in {trials[refused[0].later]} {_description(refused[0], trials)}", len(refused))


def _description(overlap: Overlap, trials: Sequence[Trial]) -> str:
    earlier, later = overlap.files
    if earlier is None or later is None:
        file = "recordings in memory"
    else:
        file = later.name if earlier == later else f"{later.name}, whose bytes are those of {earlier.name}"
    stretch = "the stretch" if overlap.whole else "some of the stretch"
    return f"{stretch} that is {trials[overlap.earlier]} ({file})"


@dataclass(frozen=True)
class _Use:
    """A stretch of a file that a trial was read from; only those of one kind can be the same.

    Args:
        trial: Its place among the trials.
        file: With the samples; None for a recording that a program holds, of which ``kind`` names the digest.
        kind: Kind of stream, what of the file, and whether begin and end are counted in it or in seconds.
        begin, end: Half-open.
        stream: The stream that is read from it.
    """

    trial: int
    file: Path | None
    kind: tuple[str, str, bool]
    begin: float
    end: float
    stream: Stream

    @property
    def read(self) -> str:
        """The text of its ``read``, without the names of files; empty where the file's range says it all.

        Seconds may be counted from the beginning of each trial: what begins alike is the same only if it is read alike.
        """
        if self.kind[2]:
            return ""
        source, text = self.stream.source, repr(self.stream.read)
        for path in (source.path, *source.others):
            text = text.replace(repr(path), "")
        return text


class _Kept:
    """Stretches of one file that belong to trials which stay, by their beginning."""

    def __init__(self) -> None:
        self._uses: list[_Use] = []
        self._longest = 0.0

    def add(self, use: _Use) -> None:
        """Keep one more."""
        insort(self._uses, use, key=_begin)
        self._longest = max(self._longest, use.end - use.begin)

    def before(self, use: _Use) -> Overlap | None:
        """The first overlap of a kept stretch with this one, which belongs to a later trial."""
        first = bisect_left(self._uses, use.begin - self._longest, key=_begin)
        for kept in islice(self._uses, first, None):
            if kept.begin > use.begin and kept.begin >= use.end:
                return None
            if kept.read == use.read if kept.begin == use.begin else kept.begin < use.end and use.begin < kept.end:
                return _overlap(kept, use)
        return None


def _begin(use: _Use) -> float:
    return use.begin


def _uses(trials: Sequence[Trial]) -> Iterator[_Use]:
    for number, trial in enumerate(trials):
        for stream in trial.streams.values():
            path = _data_file(stream)
            digest, span = stream.source.span
            held = stream.source.path is None and bool(digest) and span is not None
            if held or (path is not None and path.is_file()):
                yield _use(number, path, stream)


def _data_file(stream: Stream) -> Path | None:
    """The file that holds the samples: the largest of a recording; None where there are many, or it says too little."""
    source = stream.source
    if source.path is None:
        return None
    if not isinstance(stream, Video):
        return max((source.path, *source.others), key=_size)
    marks, siblings = stream.marks, [path for path in source.others if path.suffix == source.path.suffix]
    marked = marks is not None and (marks.boxes is not None or marks.landmarks is not None)
    return None if marked or siblings else source.path


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _use(number: int, path: Path | None, stream: Stream) -> _Use:
    what, span = stream.source.span
    kind = type(stream).__name__, what, span is not None
    if span is not None:
        return _Use(number, path, kind, *span, stream)
    begin = float(stream.times[0]) if isinstance(stream, Video) else stream.start
    seconds = stream.seconds if isinstance(stream, Features) else stream.duration
    return _Use(trial=number, file=path, kind=kind, begin=begin, end=begin + seconds, stream=stream)


def _shared(group: Sequence[_Use]) -> Iterator[Overlap]:
    """Overlaps among uses that are sorted by their beginning."""
    if len(group) < 2:
        return
    furthest, same = group[0], {group[0].read: group[0]}  # of those that begin earlier; of those that begin here
    for before, use in pairwise(group):
        if use.begin > before.begin:
            furthest, same = max((furthest, *same.values()), key=lambda use: use.end), {}
        alike = same.setdefault(use.read, use)
        for before in (alike, furthest):
            if before.trial != use.trial and (before is alike or before.begin < use.begin < before.end):
                yield _overlap(before, use)
                break


def _overlap(*uses: _Use) -> Overlap:
    earlier, later = sorted(uses, key=lambda use: use.trial)
    whole = (earlier.begin, earlier.end) == (later.begin, later.end)
    return Overlap(earlier.trial, later.trial, (earlier.file, later.file), whole)
