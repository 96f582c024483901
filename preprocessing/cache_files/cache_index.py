"""``cache.json``: the content of a cache and the files that belong to it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from ...signals import CacheCorrupt, InputError, Task
from ...signals.files.publishing import publish_text
from ...signals.regular_file import file_bytes
from ...signals.stored_json import Stored, StoredForm, as_json, decoded, digest_of, parsed_json
from ...signals.streams.rates import nominal_duration
from ...signals.trials.further_columns import RESERVED, Cell
from ..steps.recipe import check_stored_steps
from .cache_file import FORM, RATE_ADVICE, LeftOut, RecordingFacts, SeriesFacts, TrialFacts

NAME = "cache.json"
SETTINGS = "run.yaml"
"""The settings of the command that made a cache or a run, beside it."""
_DO = "write it again: emo-preprocess run ..."


@dataclass(frozen=True)
class IndexedFile(Stored):
    """A file that belongs to the cache: its name, its digest, and whose trials it holds.

    Args:
        name: In the cache's folder.
        digest: SHA-256 of its content.
        subject, session: Whose recording it is.
        trials: All that it holds.
        left_out: Indices of ``trials`` that the cache leaves out, since an earlier trial has the same samples.
        remarks: What reading it changed, left out or doubts.
        columns: What else a lab noted about each of ``trials``, by column; None where it is missing.
    """

    name: str
    digest: str
    subject: str
    session: str
    trials: tuple[TrialFacts, ...]
    left_out: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()
    columns: Mapping[str, tuple[Cell | None, ...]] = field(default_factory=dict)
    stored_form: ClassVar = StoredForm(left_out=("left_out", "remarks", "columns"))

    @property
    def members(self) -> tuple[int, ...]:
        """Indices of the trials that belong to the cache."""
        left_out = set(self.left_out)
        return tuple(number for number in range(len(self.trials)) if number not in left_out)


@dataclass(frozen=True)
class Remark:
    """One sentence and all that it is about, such as recordings; ``of_all``, it is about every recording there is."""

    text: str
    about: tuple[str, ...]
    of_all: bool = False

    def __str__(self) -> str:
        if self.of_all and len(self.about) > 1:
            return f"all {len(self.about)} recordings: {self.text}"
        first, more = self.about[0], len(self.about) - 1
        also = f" and {more} other{'' if more == 1 else 's'}" if more else ""
        return f"{first}{also}: {self.text}"


def remarks_of(pairs: Iterable[tuple[str, str]], recordings: int = 0) -> tuple[Remark, ...]:
    """Remarks of pairs of what a sentence is about and the sentence: equal sentences are one remark.

    Args:
        pairs: What each sentence is about, and the sentence.
        recordings: How many there are, where the sentences are about recordings.
    """
    about: dict[str, list[str]] = {}
    for what, text in pairs:
        about.setdefault(text, []).append(what)
    return tuple(Remark(text, tuple(names), len(names) == recordings) for text, names in about.items())


@dataclass(frozen=True)
class SharedTrials:
    """Two trials that share a stretch of samples.

    Args:
        earlier, later: Of each the number of its file and its place there.
        words: How much of the later one it is, as in ``"40 of 60 s"``.
    """

    earlier: tuple[int, int]
    later: tuple[int, int]
    words: str
    stored_form: ClassVar = StoredForm(as_list=True)


@dataclass(frozen=True)
class Index:
    """Content of ``cache.json``.

    Args:
        dataset: Name of the dataset.
        version: Of its reader.
        simulated: Whether no person was recorded.
        task: What is predicted.
        recipe: Steps by series, as text.
        series: Facts of each series, equal in all files.
        files: The files that belong, in the order of the dataset.
        skipped: What the dataset or the run left out.
        names_subjects: Whether somebody noted who is who (``Dataset.names_subjects``).
        shared: Trials that share a stretch and are not equal.
    """

    dataset: str
    version: int
    simulated: bool
    task: Task
    recipe: Mapping[str, Sequence[str]]
    series: Mapping[str, SeriesFacts]
    files: tuple[IndexedFile, ...]
    skipped: tuple[LeftOut, ...]
    names_subjects: bool = True
    shared: tuple[SharedTrials, ...] = ()
    stored_form: ClassVar = StoredForm(left_out=("names_subjects", "shared"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return digest_of(self._to_json())

    @cached_property
    def places(self) -> tuple[tuple[int, int], ...]:
        """For each trial of the cache the number of its file, and its place there."""
        return tuple((number, trial) for number, file in enumerate(self.files) for trial in file.members)

    def write(self, folder: Path) -> None:
        """Write ``cache.json`` into ``folder``, whole or not at all; equal content gives equal bytes."""
        stored = {"sha256": self.digest, **self._to_json()}
        publish_text(folder / NAME, json.dumps(stored, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Index":
        """Read ``cache.json``.

        Raises:
            InputError: There is none.
            CacheCorrupt: Its bytes changed, or another version of emoscan wrote it.
        """
        path, raw = folder / NAME, _read_json(folder)
        stored = FORM.stripped(raw, path, _DO, error=CacheCorrupt)
        if stored.pop("sha256", None) != digest_of({name: value for name, value in raw.items() if name != "sha256"}):
            raise _corrupt(folder, "changed bytes")
        index = decoded(cls, stored, path, _DO, error=CacheCorrupt)
        for file in index.files:
            _check_name(file, path)
            _check_columns(file, path)
        recipe = {name: check_stored_steps(steps, path) for name, steps in index.recipe.items()}
        return replace(index, recipe=recipe)

    def _to_json(self) -> dict[str, Any]:
        return {**FORM.keys, **as_json(self)}


def file_name(subject: str, session: str) -> str:
    """The name of a recording's file; distinct for distinct recordings."""
    return f"subject-{quote(subject, safe=' ')},session-{quote(session, safe=' ')}.h5"


def indexed(
    facts: RecordingFacts, digest: str, left_out: Sequence[int] = (), columns: Mapping[str, Sequence[Cell | None]] = {}
) -> IndexedFile:
    """The entry of a published file; ``left_out`` are the indices of trials that the cache does without."""
    name = file_name(facts.subject, facts.session)
    return IndexedFile(
        name=name,
        digest=digest,
        subject=facts.subject,
        session=facts.session,
        trials=facts.trials,
        left_out=tuple(left_out),
        remarks=facts.remarks,
        columns={name: tuple(cells) for name, cells in columns.items()},
    )


def columns_of(trials: Sequence[TrialFacts], noted: Mapping[int, Mapping[str, Cell]]) -> dict[str, list[Cell | None]]:
    """The columns that a lab noted beside those of every cache, a cell for each of ``trials``.

    Args:
        trials: Of one recording.
        noted: Cells by column, by the number of a trial; a missing cell is not there.
    """
    names = dict.fromkeys(name for cells in noted.values() for name in cells)
    return {name: [noted.get(trial.trial, {}).get(name) for trial in trials] for name in names}


def common_series(recordings: Sequence[RecordingFacts]) -> Mapping[str, SeriesFacts]:
    """The facts of each series, which must be equal in all recordings that have it; rates may differ by 1 %.

    Raises:
        InputError: Two recordings differ; names them.
    """
    holders: dict[str, list[RecordingFacts]] = {}
    for recording in recordings:
        for name in recording.series:
            holders.setdefault(name, []).append(recording)
    return {name: _common_facts(name, holders[name]) for name in sorted(holders)}


def _common_facts(name: str, recordings: Sequence[RecordingFacts]) -> SeriesFacts:
    """The facts of a series that all ``recordings`` hold, with the duration that its true ones stand for."""
    facts, first = [recording.series[name] for recording in recordings], recordings[0]
    duration = nominal_duration([each.duration for each in facts])
    like = [replace(each, duration=facts[0].duration if duration else each.duration) for each in facts]
    other = next((number for number, each in enumerate(like) if each != like[0]), None)
    if other is None:
        return replace(facts[0], duration=duration or facts[0].duration)
    where = f"series {name} of subject {recordings[other].subject}, session {recordings[other].session}"
    wanted = f"{_description(facts[0])}, as in subject {first.subject}, session {first.session}"
    do = f"give all one layout and recipe, and {RATE_ADVICE}; or make two caches"
    raise InputError(where, _description(facts[other]), wanted, do)


def _description(facts: SeriesFacts) -> str:
    causal = "causal" if facts.causal else "not causal"
    return f"{facts.layout!r}, {len(facts.features)} {facts.kind or 'features'}, {facts.duration:g} s slices, {causal}"


def _check_name(file: IndexedFile, path: Path) -> None:
    """Refuse a file outside the cache's own folder, or under another name than emoscan gives it."""
    if file.name != file_name(file.subject, file.session):  # names come from cache.json, perhaps a stranger's
        wanted = "the name that its subject and session give it, in the cache's own folder"
        raise CacheCorrupt(path, f"a file named {file.name[:80]!r}", wanted, "write the cache again")


def _check_columns(file: IndexedFile, path: Path) -> None:
    """Refuse a column that is none of the trials', or has the name of one that every cache has."""
    for name, cells in file.columns.items():
        if name in RESERVED or len(cells) != len(file.trials):
            wanted = f"{len(file.trials)} cells under a name of its own"
            raise CacheCorrupt(path, f"column {name[:80]!r} of {len(cells)} cells", wanted, "write the cache again")


def _read_json(folder: Path) -> Any:
    try:
        return parsed_json(file_bytes(folder / NAME))
    except (FileNotFoundError, NotADirectoryError) as error:
        # The index is written last, so files without one are what a run that broke off has left.
        found = f"files but no {NAME}: a run did not finish" if any(folder.glob("*.h5")) else f"no {NAME}"
        raise InputError(folder, found, "a cache", _way_to_a_cache(folder)) from error
    except InputError:
        raise
    except ValueError as error:
        raise _corrupt(folder, "no JSON") from error


def _way_to_a_cache(folder: Path) -> str:
    """What to type for a cache; of a folder of recordings the command that reads it."""
    from ...signals.datasets.recognition import likenesses

    found = [like for like in likenesses(folder) if like.root == folder] if folder.is_dir() else []
    if not found or found[0].dataset == "ClassFolders":  # any folder of pictures looks so, those of runs too
        return "make it with emo-preprocess run ..."
    where = f"cache/{folder.resolve().name}"
    return f"these are recordings; make it, and name it: emo-preprocess run {found[0].dataset} {folder} {where}"


def _corrupt(folder: Path, found: str) -> CacheCorrupt:
    return CacheCorrupt(folder / NAME, found, "the file as it was written", _DO)
