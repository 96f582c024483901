"""The same samples under two identities: refused, left out, or never parted by a split."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ...signals import InputError
from ...signals.streams.sketch import Sketch
from .cache_file import LeftOut, recorded_samples
from .cache_index import IndexedFile, SharedTrials
from .samples import SharedStretch, repeated_samples, shared_stretches

Repeated = Literal["refuse", "leave-out", "keep"]
"""The treatment of a trial whose samples are those of an earlier one."""

CHOICES: tuple[Repeated, ...] = ("refuse", "leave-out", "keep")


@dataclass(frozen=True)
class Compared:
    """Files of a cache whose samples were compared.

    Attributes:
        files: With the trials marked that are left out; such as hold no other are not among them.
        left_out: Those trials.
        shared: Trials that stay and share a stretch.
    """

    files: tuple[IndexedFile, ...]
    left_out: tuple[LeftOut, ...]
    shared: tuple[SharedTrials, ...]


def choose(repeated: Repeated | None, names_subjects: bool) -> Repeated:
    """The user's choice; without one, to refuse where people are named, and to leave out where nobody is.

    Collections from the web hold pictures twice, which no reader of them can correct.

    Raises:
        InputError: There is no such choice.
    """
    if repeated is None:
        return "refuse" if names_subjects else "leave-out"
    if repeated not in CHOICES:
        raise InputError("repeated", repr(repeated), f"one of {', '.join(CHOICES)}")
    return repeated


def compared(
    files: Sequence[IndexedFile],
    sketches: Sequence[Sequence[Sequence[Sketch]]],
    folder: Path,
    choice: Repeated,
    where: str,
) -> Compared:
    """The files of a cache, trials with samples of an earlier one marked as left out, and those trials.

    Args:
        files: As published in ``folder``.
        sketches: Of each file, those of each of its trials; none where an older version wrote it.
        folder: The cache.
        choice: The treatment of the later ones.
        where: What messages call the dataset.

    Raises:
        InputError: A trial holds samples of an earlier one and none may be left out; names both.
    """
    trials = _Trials.of(files, sketches, folder)
    if choice == "keep":
        return Compared(tuple(files), (), tuple(trials.shared(stretch) for stretch in trials.stretches()))
    repeats = trials.repeated()
    stretches = trials.stretches([number for number in range(len(trials.places)) if number not in repeats])
    if choice == "refuse" and (repeats or stretches):
        raise _error(trials, repeats, stretches, where)
    return trials.without(_reasons(trials, repeats))


def _error(trials: "_Trials", repeats: Mapping[int, int], stretches: Sequence[SharedStretch], where: str) -> InputError:
    found = [f"the samples of {trials.name(later)} are those of {trials.name(a)}" for later, a in repeats.items()]
    for one in stretches:
        found.append(f"{one} of the samples of {trials.name(one.later)} are those of {trials.name(one.earlier)}")
    return repeated_error(where, found[0], len({*repeats, *(one.later for one in stretches)}))


def _reasons(trials: "_Trials", repeats: Mapping[int, int]) -> dict[int, str]:
    """Trials to be left out, and why: each is held against those before it that stay."""
    reasons = {later: f"the same samples as {trials.name(earlier)}" for later, earlier in repeats.items()}
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for number in (number for number in range(len(trials.places)) if number not in repeats):
        hashes = [value for sketch in trials.sketches[number] for value in sketch.windows[0].tolist()]
        near = sorted({holder for value in hashes if value in holders for holder in holders[value]})
        shared = [one for one in trials.stretches([*near, number]) if one.later == number] if near else []
        if shared:
            reasons[number] = f"{shared[0]} are the same samples as {trials.name(shared[0].earlier)}"
        else:
            for value in hashes:
                holders[value].append(number)
    return reasons


def repeated_error(where: str, found: str, trials: int) -> InputError:
    """The error for trials that share samples, ``found``, of which there are so many."""
    more = f", and so on in {trials} trials" if trials > 1 else ""
    return InputError(
        where,
        f"{found}{more}",
        "each sample under one name (on both sides of a split it would leak)",
        "correct the table or remove the copy; or run it with --repeated leave-out, which lists the later ones as left "
        "out, or with --repeated keep, which keeps equal ones, never parted by a split",
    )


@dataclass(frozen=True)
class _Trials:
    """All trials of some files.

    Args:
        files: Of the cache.
        places: Of each trial, the number of its file and its place there.
        digests, sketches: Of each trial, those of its series and of its streams.
    """

    files: Sequence[IndexedFile]
    places: Sequence[tuple[int, int]]
    digests: Sequence[tuple[str, ...]]
    sketches: Sequence[Sequence[Sketch]]

    @classmethod
    def of(
        cls, files: Sequence[IndexedFile], sketches: Sequence[Sequence[Sequence[Sketch]]], folder: Path
    ) -> "_Trials":
        places: list[tuple[int, int]] = []
        digests: list[tuple[str, ...]] = []
        of_trials: list[Sequence[Sketch]] = []
        for number, (file, of_file) in enumerate(zip(files, sketches, strict=True)):
            digests += recorded_samples(folder / file.name, file.digest, file.trials)
            of_trials += of_file if len(of_file) == len(file.trials) else [()] * len(file.trials)
            places += [(number, place) for place in range(len(file.trials))]
        return cls(files, places, digests, of_trials)

    def name(self, number: int) -> str:
        """Description of a trial."""
        file, place = self.places[number]
        of = self.files[file]
        return f"subject {of.subject}, session {of.session}, trial {of.trials[place].trial}"

    def repeated(self) -> dict[int, int]:
        """Trials that repeat an earlier one, and that one."""
        return repeated_samples(self.digests)

    def stretches(self, among: Sequence[int] | None = None) -> list[SharedStretch]:
        """Stretches that two of some trials share, or of all, where the two are not equal."""
        chosen = range(len(self.places)) if among is None else among
        found = shared_stretches([self.sketches[number] for number in chosen])
        numbered = [replace(one, earlier=chosen[one.earlier], later=chosen[one.later]) for one in found]
        return [one for one in numbered if not {*self.digests[one.earlier]} & {*self.digests[one.later]}]

    def shared(self, stretch: SharedStretch) -> SharedTrials:
        """The stretch, its trials named by file and place."""
        return SharedTrials(self.places[stretch.earlier], self.places[stretch.later], str(stretch))

    def without(self, reasons: Mapping[int, str]) -> Compared:
        """The files without some trials, for each of which there is a reason."""
        by_file: dict[int, list[int]] = defaultdict(list)
        for number in reasons:
            file, place = self.places[number]
            by_file[file].append(place)
        listed = [replace(file, left_out=tuple(sorted(by_file[number]))) for number, file in enumerate(self.files)]
        left_out = tuple(LeftOut(self.name(number), reason) for number, reason in reasons.items())
        return Compared(tuple(file for file in listed if file.members), left_out, ())
