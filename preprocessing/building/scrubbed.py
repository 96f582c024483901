"""A cache to be shared: the same samples and truths, without pictures of people and without their names."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...signals import InputError, Volume
from ...signals.files.platforms import LOCK
from ...signals.files.publishing import check_writable, sole_writer
from ...signals.ordering import natural_order
from ..cache.cache import Cache
from ..cache_files.cache_file import SCHEMA, CacheFile, LeftOut, RecordingFacts, facts_of
from ..cache_files.cache_index import NAME as INDEX
from ..cache_files.cache_index import Index, IndexedFile, SharedTrials, common_series, file_name, indexed
from ..cache_files.cache_writing import publish_cache, publish_recording
from ..cache_files.slices_file import SLICES
from .progress import progress_bar
from .recording_build import published

STIMULUS = "stimulus"
"""The column of every cache whose names are kept only where somebody says so: they may name whoever was filmed."""

_NEVER = ("subject", "session")
"""Columns whose names are never kept."""


def scrub(cache: Cache, folder: str | Path, keep: Collection[str] = ()) -> Cache:
    """A copy of a cache without what shows or names a person.

    Pictures go, and tracks of faces; all other series stay, bit by bit, features of faces among them. People become
    p01, p02, ... in the order in which splits take them; sessions and stimuli become numbers, equal ones the same; what
    was left out is counted only. What decides on splits stays: who is whom, which session, stimulus and part, and which
    trials share samples, also where they shared a picture that is gone.

    Args:
        cache: The cache to copy.
        folder: The folder to make; nothing may be in it but this very copy, finished or not: a killed one goes on.
        keep: Columns of the lab to keep as they are, and ``stimulus`` for the names of stimuli.

    Raises:
        InputError: ``folder`` holds something, a column does not exist, or nothing but pictures is in the cache.
    """
    folder = Path(folder)
    _check(cache, folder, keep)
    plan = _Scrub(cache, folder, frozenset(keep), _Names.of(cache))
    with sole_writer(folder), progress_bar("scrubbing", len(cache.index.files)) as advance:
        plan.check_folder()
        files = []
        for number in range(len(cache.index.files)):
            files.append(plan.publish(number))
            advance(1)
        publish_cache(folder, plan.index(files))
    return Cache(folder)


def _check(cache: Cache, folder: Path, keep: Collection[str]) -> None:
    check_writable(folder)
    known = [*(name for name in cache.further_columns if name not in _NEVER), STIMULUS]
    if unknown := [name for name in keep if name not in known]:
        raise InputError("--keep", ", ".join(unknown), f"some of {', '.join(known)}", "correct the names")
    if all(cache.facts(name).layout.pixels for name in cache.modalities):
        found = f"pictures only ({', '.join(cache.modalities)})"
        raise InputError(cache.path, found, "a series of something else", "there is nothing that can be shared")


@dataclass(frozen=True)
class _Names:
    """New names by old ones; equal ones stay equal."""

    subject: Mapping[str, str]
    session: Mapping[str, str]
    stimulus: Mapping[str, str]

    @classmethod
    def of(cls, cache: Cache) -> "_Names":
        files = cache.index.files
        subjects = sorted({file.subject for file in files}, key=natural_order)
        digits = max(2, len(str(len(subjects))))
        return cls(
            {name: f"p{number:0{digits}}" for number, name in enumerate(subjects, 1)},
            _numbered(file.session for file in files),
            _numbered(trial.stimulus for file in files for trial in file.trials),
        )


def _numbered(names: Iterable[str]) -> dict[str, str]:
    """Numbers for names, in the order in which splits take them; no name stays none."""
    known = sorted({*names} - {""}, key=natural_order)
    return {name: str(number) for number, name in enumerate(known, 1)} | {"": ""}


@dataclass(frozen=True)
class _Scrub:
    """The copy of one cache.

    Args:
        cache, folder: From and to.
        keep: Columns to keep.
        names: New names.
    """

    cache: Cache
    folder: Path
    keep: frozenset[str]
    names: _Names

    def check_folder(self) -> None:
        """Refuse a folder that holds anything but files of this copy, all of which are written anew."""
        own = set[str]()
        for file in self.cache.index.files:
            name = file_name(self.names.subject[file.subject], self.names.session[file.session])
            if published(self.folder / name, self._key(file.digest)):
                own |= {name, INDEX, SLICES}
        if {path.name for path in self.folder.iterdir()} - own - {LOCK}:
            found, do = "a folder that holds something", "name another one: all that is in it is shared"
            raise InputError(self.folder, found, "an empty folder, or none", do)

    def publish(self, number: int) -> tuple[RecordingFacts, str] | None:
        """Facts and digest of one recording's file; None where it holds nothing but pictures."""
        file = self.cache.file(number)
        places = self._places(file)
        if not places:
            return None
        trials = [self._trial(file, place) for place in places]
        facts = facts_of(self._key(file.digest), trials, file.facts.remarks)
        # digests of all series of a trial: two that shared a picture are still known to
        of_trials = [
            replace(new, samples=file.facts.trials[place].samples or new.samples)
            for new, place in zip(facts.trials, places, strict=True)
        ]
        facts = replace(facts, trials=tuple(of_trials), amplitudes=file.facts.amplitudes)
        path = self.folder / indexed(facts, "").name
        return facts, publish_recording(path, facts, trials)

    def index(self, files: Sequence[tuple[RecordingFacts, str] | None]) -> Index:
        """The content of the new cache."""
        before, entries, moved = self.cache.index, list[IndexedFile](), dict[tuple[int, int], tuple[int, int]]()
        for number, file in enumerate(files):
            if file is None:
                continue
            places = self._places(self.cache.file(number))
            moved |= {(number, old): (len(entries), new) for new, old in enumerate(places)}
            entries.append(self._entry(file, before.files[number], places))
        shared = [
            SharedTrials(moved[one.earlier], moved[one.later], one.words)
            for one in before.shared
            if one.earlier in moved and one.later in moved
        ]
        series = common_series([file[0] for file in files if file])
        return replace(
            before,
            recipe={name: steps for name, steps in before.recipe.items() if name in series},
            series=series,
            files=tuple(entries),
            skipped=_counted(before.skipped),
            shared=tuple(shared),
        )

    def _entry(self, file: tuple[RecordingFacts, str], before: IndexedFile, places: Sequence[int]) -> IndexedFile:
        left_out = [new for new, old in enumerate(places) if old in before.left_out]
        columns = {
            name: [cells[place] for place in places] for name, cells in before.columns.items() if name in self.keep
        }
        return replace(indexed(*file, left_out=left_out, columns=columns), remarks=before.remarks)

    def _places(self, file: CacheFile) -> list[int]:
        """The trials that hold more than pictures."""
        names = self._series(file)
        return [place for place in range(len(file.facts.trials)) if any(file.holds(name, place) for name in names)]

    def _trial(self, file: CacheFile, place: int) -> dict[str, Volume]:
        return {
            name: self._scrubbed(file.volume(name, place)) for name in self._series(file) if file.holds(name, place)
        }

    def _series(self, file: CacheFile) -> list[str]:
        return [name for name, facts in file.facts.series.items() if not facts.layout.pixels]

    def _scrubbed(self, volume: Volume) -> Volume:
        names = self.names
        stimulus = volume.stimulus if STIMULUS in self.keep else names.stimulus[volume.stimulus]
        return replace(
            volume,
            subject=names.subject[volume.subject],
            session=names.session[volume.session],
            stimulus=stimulus,
            track=None,
        )

    @staticmethod
    def _key(digest: str) -> str:
        content = {"schema": SCHEMA, "scrubbed from": digest}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _counted(skipped: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
    """What was left out as a number: the reasons name files and people."""
    if not skipped:
        return ()
    things = "1 thing" if len(skipped) == 1 else f"{len(skipped)} things"
    return (LeftOut(things, "left out of the cache of which this is a copy for sharing"),)
