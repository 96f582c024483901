"""The same samples under two identities: refused, left out, or kept together."""

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
"""What becomes of a trial whose samples are those of an earlier one."""

CHOICES: tuple[Repeated, ...] = ("refuse", "leave-out", "keep")


def choose(repeated: Repeated | None, dataset: Dataset) -> Repeated:
    """What was asked for; else to refuse where people are named, and to leave out where nobody is.

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
        InputError: Two share one and none may be left out. Equal stretches may be kept: their samples tell them apart
            from others. Of stretches that only overlap no split could know.
    """
    kept, left = list(trials), []
    while refused := [overlap for overlap in overlaps(kept) if choice != "keep" or not overlap.whole]:
        if choice != "leave-out":
            raise _overlap_error(where, refused, kept)
        later = {overlap.later for overlap in refused if overlap.earlier not in {one.later for one in refused}}
        left += [LeftOut(str(kept[o.later]), _told(o, kept)) for o in refused if o.later in later]
        kept = [trial for number, trial in enumerate(kept) if number not in later]
    return kept, left


def without_repeats(
    files: Sequence[IndexedFile], folder: Path, choice: Repeated, where: str
) -> tuple[list[IndexedFile], list[LeftOut]]:
    """The files of a cache, trials with samples of an earlier one marked as left out, and those trials.

    Raises:
        InputError: A trial holds samples of an earlier one and none may be left out; names both.
    """
    if choice == "keep":
        return list(files), []
    digests = [own for file in files for own in recorded_samples(folder / file.name, file.digest, file.trials)]
    places = [(number, place) for number, file in enumerate(files) for place in range(len(file.trials))]
    names = [_name(files[number], place) for number, place in places]
    repeated = repeated_samples(digests)
    if repeated and choice == "refuse":
        later, earlier = next(iter(repeated.items()))
        raise _repeated_error(where, f"the samples of {names[later]} are those of {names[earlier]}", len(repeated))
    left_out: dict[int, list[int]] = defaultdict(list)
    for later in repeated:
        left_out[places[later][0]].append(places[later][1])
    listed = [replace(file, left_out=tuple(left_out[number])) for number, file in enumerate(files)]
    left = [LeftOut(names[later], f"the same samples as {names[earlier]}") for later, earlier in repeated.items()]
    return [file for file in listed if file.kept], left


def _name(file: IndexedFile, place: int) -> str:
    return f"subject {file.subject}, session {file.session}, trial {file.trials[place].trial}"


def _overlap_error(where: str, refused: Sequence[Overlap], trials: Sequence[Trial]) -> InputError:
    return _repeated_error(where, f"in {trials[refused[0].later]} {_told(refused[0], trials)}", len(refused))


def _told(overlap: Overlap, trials: Sequence[Trial]) -> str:
    earlier, later = overlap.files
    file = later.name if earlier == later else f"{later.name}, whose bytes are those of {earlier.name}"
    what = "the stretch" if overlap.whole else "some of the stretch"
    return f"{what} that is {trials[overlap.earlier]} ({file})"


def _repeated_error(where: str, found: str, trials: int) -> InputError:
    more = f", and so on in {trials} trials" if trials > 1 else ""
    return InputError(
        where,
        f"{found}{more}",
        "each sample under one name (on both sides of a split it would leak)",
        "correct the table or remove the copy; or run it with --repeated leave-out, which lists the later ones as left "
        "out, or with --repeated keep, which keeps equal ones, never parted by a split",
    )
