"""The same samples under two identities: refused, left out, or never parted by a split."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ...signals import Dataset, InputError, Trial
from ..cache.cache_file import recorded_samples
from ..cache.cache_index import IndexedFile, LeftOut
from ..cache.samples import repeated_samples
from .shared_stretches import Overlap, overlaps

Repeated = Literal["refuse", "leave-out", "keep"]
"""The treatment of a trial whose samples are those of an earlier one."""

CHOICES: tuple[Repeated, ...] = ("refuse", "leave-out", "keep")


def choose(repeated: Repeated | None, dataset: Dataset) -> Repeated:
    """The user's choice; without one, to refuse where people are named, and to leave out where nobody is.

    Collections from the web hold pictures twice, which no reader of them can correct.

    Raises:
        InputError: There is no such choice.
    """
    if repeated is None:
        return "refuse" if dataset.names_subjects else "leave-out"
    if repeated not in CHOICES:
        raise InputError("repeated", repr(repeated), f"one of {', '.join(CHOICES)}")
    return repeated


def without_overlaps(trials: Sequence[Trial], choice: Repeated, where: str) -> tuple[list[Trial], list[LeftOut]]:
    """The trials that share no stretch of a recording with an earlier one, and those left out for it.

    Raises:
        InputError: Two share one and none may be left out. With "keep", equal stretches may stay, since a split knows
            them by their samples; of stretches that only overlap no split could know.
    """
    left_out: list[LeftOut] = []
    while refused := [overlap for overlap in overlaps(trials) if choice != "keep" or not overlap.whole]:
        if choice != "leave-out":
            raise _overlap_error(where, refused, trials)
        # a trial whose earlier one may go itself waits for the next look: without that one it may share nothing
        doubtful = {overlap.later for overlap in refused}
        now = {overlap.later: overlap for overlap in refused if overlap.earlier not in doubtful}
        left_out += [LeftOut(str(trials[later]), _description(overlap, trials)) for later, overlap in now.items()]
        trials = [trial for number, trial in enumerate(trials) if number not in now]
    return list(trials), left_out


def without_repeats(
    files: Sequence[IndexedFile], folder: Path, choice: Repeated, where: str
) -> tuple[list[IndexedFile], list[LeftOut]]:
    """The files of a cache, trials with samples of an earlier one marked as left out, and those trials.

    Raises:
        InputError: A trial holds samples of an earlier one and none may be left out; names both.
    """
    if choice == "keep":
        return list(files), []
    digests: list[tuple[str, ...]] = []
    places: list[tuple[int, int]] = []
    for number, file in enumerate(files):
        digests += recorded_samples(folder / file.name, file.digest, file.trials)
        places += [(number, place) for place in range(len(file.trials))]
    names = [_name(files[number], place) for number, place in places]
    repeated = repeated_samples(digests)
    if repeated and choice == "refuse":
        later, earlier = next(iter(repeated.items()))
        raise _repeated_error(where, f"the samples of {names[later]} are those of {names[earlier]}", len(repeated))
    by_file: dict[int, list[int]] = defaultdict(list)
    left_out = []
    for later, earlier in repeated.items():
        number, place = places[later]
        by_file[number].append(place)
        left_out.append(LeftOut(names[later], f"the same samples as {names[earlier]}"))
    listed = [replace(file, left_out=tuple(by_file[number])) for number, file in enumerate(files)]
    return [file for file in listed if file.members], left_out


def _name(file: IndexedFile, place: int) -> str:
    return f"subject {file.subject}, session {file.session}, trial {file.trials[place].trial}"


def _overlap_error(where: str, refused: Sequence[Overlap], trials: Sequence[Trial]) -> InputError:
    return _repeated_error(where, f"in {trials[refused[0].later]} {_description(refused[0], trials)}", len(refused))


def _description(overlap: Overlap, trials: Sequence[Trial]) -> str:
    earlier, later = overlap.files
    file = later.name if earlier == later else f"{later.name}, whose bytes are those of {earlier.name}"
    stretch = "the stretch" if overlap.whole else "some of the stretch"
    return f"{stretch} that is {trials[overlap.earlier]} ({file})"


def _repeated_error(where: str, found: str, trials: int) -> InputError:
    more = f", and so on in {trials} trials" if trials > 1 else ""
    return InputError(
        where,
        f"{found}{more}",
        "each sample under one name (on both sides of a split it would leak)",
        "correct the table or remove the copy; or run it with --repeated leave-out, which lists the later ones as left "
        "out, or with --repeated keep, which keeps equal ones, never parted by a split",
    )
