"""From a dataset to a cache: recordings in parallel, finished ones not done again, broken ones named."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from inspect import isgenerator
from itertools import chain
from pathlib import Path

from ...signals import Dataset, InputError, Trial
from ...signals.files.publishing import sweep
from ...signals.remedies import with_all_left_out
from ...signals.trials.further_columns import checked_cells
from ...signals.trials.trial import Stream, check_spellings
from ...signals.trials.truths import checked_target
from ..cache.cache import Cache as Cache
from ..cache_files.cache_file import LeftOut, RecordingFacts
from ..cache_files.cache_index import Index, IndexedFile, Remark, columns_of, common_series, indexed, remarks_of
from ..cache_files.cache_writing import publish_cache
from ..cache_files.repeated import Repeated, choose, compared
from ..cleaning.missing import follow
from ..steps.recipe import Recipe, check_recipe, default_recipe, recipe_text
from .amplitude import UnitRemedies, amplitude_remarks, check_amplitudes, unit_remedies
from .one_rate import at_one_rate, check_rates, rate_notes, with_remarks
from .progress import counter
from .recording_build import RecordingBuild, fault
from .repeats import without_overlaps
from .workers import Watch, Workers, build_all, seconds

_OF_FILE = re.compile(
    r"(?<=\bin )[^\s,;]+(?:, [^\s,;]+)*|\([^()]*\)|\{[^{}]*\}|'[^']*'|[^\s,;]+(?:, [^\s,;]+)+|\d+(?:\.\d+)?"
)
"""What of a reason is a file's own: names behind "in", what stands in brackets or quotes, lists, numbers."""

_LISTED = 5
"""Causes that are named where recordings are broken for several."""


OpenedTrials = Sequence[Trial | InputError]
"""All that ``open_trials`` gives of a dataset: opening thousands of recordings takes a while."""


@dataclass(frozen=True)
class Estimate:
    """Time and size that preprocessing will take, extrapolated from one trial.

    Attributes:
        seconds: Of one processor, for the recordings still to do.
        bytes: On disk, for the recordings still to do.
        recordings: Number of recordings.
        done: Number of them that are in the cache already.
    """

    seconds: float
    bytes: int
    recordings: int
    done: int


def preprocess(
    dataset: Dataset,
    recipe: Recipe | None,
    cache: str | Path,
    *,
    jobs: int = 1,
    cluster: str | None = None,
    skip_broken: bool = False,
    repeated: Repeated | None = None,
    watch: Watch | None = None,
    opened: OpenedTrials | None = None,
) -> Cache:
    """The cache of a dataset's volumes, made by following a recipe on every trial.

    Recordings (a subject's session) are independent: each is one file, written whole or not at all. Those already there
    from the same source, recipe and reader stay, so a killed run goes on where it was; others are built anew.

    Args:
        dataset: The dataset to read.
        recipe: Steps by series; None for those that fit the dataset's streams.
        cache: The folder to make or complete.
        jobs: Recordings worked on at a time; -1 for one a processor.
        cluster: Address of a Dask scheduler to work on instead, as in ``"tcp://host:8786"``.
        skip_broken: Leave out what cannot be used, and list it in the cache.
        repeated: The treatment of trials whose samples are those of an earlier one: "refuse", "leave-out" (and list
            them in the cache), or "keep" (no split may part them). None refuses where the dataset names people, and
            leaves out where nobody did.
        watch: Called with the outcome of each recording.
        opened: What ``open_trials`` has given of it just now; None opens them here.

    Raises:
        InputError: The recipe does not fit, the disk is full, no scheduler answers, two trials share samples, or
            recordings are broken; these are named after the others have been finished.
    """
    choice = choose(repeated, dataset.names_subjects)
    # all that is wrong with settings, trials or recipe comes up before a folder is made
    workers, known = Workers(jobs, cluster), _open(dataset, recipe, choice, opened)
    remedies = unit_remedies(dataset)
    plan = RecordingBuild(
        _folder(cache), dataset.name, dataset.version, known.recipe, root=dataset.root, remedies=remedies
    )
    outcomes = build_all(plan, known.recordings, workers, watch)
    broken = [*known.broken, *chain.from_iterable(outcome.broken for outcome in outcomes)]
    errors = [*known.errors, *chain.from_iterable(outcome.errors for outcome in outcomes)]
    files = [outcome.file for outcome in outcomes if outcome.file]
    if broken and not (skip_broken and files):
        raise _broken_error(dataset, broken, errors, len(files))
    check_amplitudes([facts.amplitudes for facts, _ in files], _where(dataset), remedies)
    entries, sketches = _entries(files, known.recordings, remedies), [facts.sketches for facts, _ in files]
    listed = compared(entries, sketches, plan.folder, choice, _where(dataset))
    skipped = [LeftOut(str(left.path), left.reason) for left in dataset.skipped()]
    index = Index(
        dataset=dataset.name,
        version=dataset.version,
        simulated=dataset.simulated,
        task=dataset.task,
        recipe=recipe_text(plan.recipe),
        series=common_series([facts for facts, _ in files]),
        files=listed.files,
        skipped=tuple(
            plan.left_out(left.what, left.reason) for left in (*skipped, *broken, *known.repeated, *listed.left_out)
        ),
        names_subjects=dataset.names_subjects,
        shared=listed.shared,
    )
    publish_cache(plan.folder, index)
    return Cache(plan.folder, index)


def _entries(
    files: Sequence[tuple[RecordingFacts, str]], recordings: Sequence[Sequence[Trial]], remedies: UnitRemedies
) -> list[IndexedFile]:
    """The entries of published files; recordings of an odd amplitude are remarked on, which takes all of them."""
    entries = []
    noted = {trials[0].recording: {trial.trial: trial.columns for trial in trials} for trials in recordings}
    doubtful = amplitude_remarks([facts.amplitudes for facts, _ in files], remedies)
    for file, doubts in zip(files, doubtful, strict=True):
        facts = file[0]
        entry = indexed(*file, columns=columns_of(facts.trials, noted[facts.subject, facts.session]))
        entries.append(replace(entry, remarks=(*entry.remarks, *doubts)))
    return entries


def estimate(
    dataset: Dataset,
    recipe: Recipe | None,
    cache: str | Path | None = None,
    repeated: Repeated | None = None,
    opened: OpenedTrials | None = None,
) -> Estimate:
    """Time and size of ``preprocess``, from its first trial; nothing is written.

    Args:
        dataset, recipe, repeated, opened: As for ``preprocess``.
        cache: The folder in which to look for recordings that are done already.

    Raises:
        InputError: The recipe does not fit, two trials share a stretch of a recording, or the first trial is broken.
    """
    known = _open(dataset, recipe, choose(repeated, dataset.names_subjects), opened)
    plan = RecordingBuild(Path(cache or ""), dataset.name, dataset.version, known.recipe)
    todo = [trials for trials in known.recordings if not (cache and plan.has_signals(trials))]
    done = len(known.recordings) - len(todo)
    if not todo:
        return Estimate(0.0, 0, len(known.recordings), done)
    begin = time.perf_counter()
    _, volumes = follow(plan.recipe, todo[0][0])
    taken, size = time.perf_counter() - begin, sum(volume.stored.nbytes for volume in volumes.values())
    share = sum(map(seconds, todo)) / seconds(todo[0][:1])
    return Estimate(taken * share, round(size * share), len(known.recordings), done)


def find_recipe(
    dataset: Dataset,
    recipe: Recipe | None = None,
    note: Callable[[str], None] | None = None,
    opened: OpenedTrials | None = None,
) -> Recipe:
    """``recipe``, checked against the dataset; or the default for its streams.

    ``note`` is called with a sentence about each series whose videos it brings from several rates to one.
    """
    trials = _usable_trials(dataset, opened)[0]
    recipe = _fitting(dataset, recipe, trials)
    if note:
        for sentence in rate_notes(recipe, trials):
            note(sentence)
    return recipe


@dataclass(frozen=True)
class _Opened:
    """The trials of a dataset by recording, the recipe for them, what could not be opened, and what stands twice."""

    recordings: list[list[Trial]]
    recipe: Recipe
    errors: list[InputError]
    repeated: list[LeftOut]

    @property
    def broken(self) -> list[LeftOut]:
        """What could not be opened, as a cache lists it."""
        return _unopened(self.errors)


def _open(dataset: Dataset, recipe: Recipe | None, choice: Repeated, opened: OpenedTrials | None) -> _Opened:
    trials, errors = _usable_trials(dataset, opened)
    check_spellings([trial.subject for trial in trials], _where(dataset))
    recipe = _fitting(dataset, recipe, trials)
    trials, repeated = without_overlaps(trials, choice, _where(dataset))
    recordings: dict[tuple[str, str], list[Trial]] = {}
    for trial in with_remarks(trials, recipe):
        recordings.setdefault(trial.recording, []).append(trial)
    return _Opened(list(recordings.values()), recipe, errors, repeated)


def _usable_trials(dataset: Dataset, opened: OpenedTrials | None) -> tuple[list[Trial], list[InputError]]:
    """The trials, and why others could not be opened."""
    trials: list[Trial] = []
    errors: list[InputError] = []
    for one in open_trials(dataset) if opened is None else opened:
        checked = _with_truth(dataset, one) if isinstance(one, Trial) else one
        if isinstance(checked, Trial):
            trials.append(checked)
        else:
            errors.append(checked)
    if errors and not trials:
        raise _broken_error(dataset, _unopened(errors), errors, 0)
    if not trials:
        wanted = f"{dataset.name}: {dataset.expects}"
        raise InputError(dataset.root, "no trials", wanted, "give the folder that holds it")
    _check_identities(dataset, trials)
    return trials, errors


def _unopened(errors: Sequence[InputError]) -> list[LeftOut]:
    return [LeftOut("a trial", str(error)) for error in errors]


def _fitting(dataset: Dataset, recipe: Recipe | None, trials: Sequence[Trial]) -> Recipe:
    """``recipe``, checked against the trials; or the default for their streams."""
    with_all = _with_all_streams(trials)
    recipe = at_one_rate(default_recipe(with_all, dataset.recipe), trials) if recipe is None else recipe
    check_recipe(recipe, with_all)
    check_rates(recipe, trials)
    return recipe


def _with_all_streams(trials: Sequence[Trial]) -> Trial:
    """The first trial, with the first stream of each kind: not every trial has every one."""
    streams: dict[str, Stream] = {}
    for trial in trials:
        streams = {**trial.streams, **streams}
    return replace(trials[0], streams=dict(sorted(streams.items())))


def open_trials(dataset: Dataset) -> Iterator[Trial | InputError]:
    """Every trial, or the error where one cannot be opened and those behind it can."""
    trials, remedies = iter(dataset), unit_remedies(dataset)
    with counter("opening trials") as advance:  # thousands of headers take minutes
        while True:
            try:
                yield next(trials)
            except StopIteration:
                return
            except InputError as error:
                if isgenerator(trials):  # which ends at its first error: what lies behind it is unknown
                    raise
                yield remedies.named(error)
            advance()


def _with_truth(dataset: Dataset, trial: Trial) -> Trial | InputError:
    """The trial, or the error where its truth is none that the dataset's task knows, or a column is none."""
    try:
        where = f"{dataset.root}, {trial}"
        columns = checked_cells(trial.columns, where)
        return replace(trial, target=checked_target(dataset.task, trial.target, where), columns=columns)
    except InputError as error:
        return error


def _where(dataset: Dataset) -> str:
    return str(dataset.root or dataset.name)


def _check_identities(dataset: Dataset, trials: Sequence[Trial]) -> None:
    seen = set()
    for trial in trials:
        if (*trial.recording, trial.trial) in seen:
            raise InputError(dataset.root, f"{trial} twice", "each trial once", "number the trials of a session")
        seen.add((*trial.recording, trial.trial))


def _folder(cache: str | Path) -> Path:
    folder = Path(cache)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(folder, "a file", "a folder, or nothing yet", "name another place for the cache") from error
    sweep(folder)
    return folder


def _broken_error(
    dataset: Dataset, broken: Sequence[LeftOut], errors: Sequence[InputError], finished: int
) -> InputError:
    """The error of a run: a cause that all share as it is, or each cause once."""
    causes = _causes(broken)
    if len(causes) == 1 and len(errors) == len(broken) and not finished:
        return _of_all(errors)
    listed = [f"({i}) {cause}" for i, cause in enumerate(causes[:_LISTED], 1)]
    more = [f"and {len(causes) - _LISTED} more causes"] if len(causes) > _LISTED else []
    reasons = str(causes[0]) if len(causes) == 1 else "; ".join([*listed, *more])
    found = f"{len(broken)} broken: {reasons}"
    if not finished:  # then there is nothing else that a run without them could use
        return InputError(dataset.root, found, "recordings that can be used")
    wanted = f"what can be used ({finished} other recordings were finished)"
    return InputError(dataset.root, found, wanted, "repair them, or leave them out with skip_broken (--skip-broken)")


def _of_all(errors: Sequence[InputError]) -> InputError:
    """The first of errors with one cause, and how many other files have it."""
    first, more = errors[0], len({error.where for error in errors}) - 1
    if not more:
        return first
    where = f"{first.where} and {more} other{'' if more == 1 else 's'}"
    return InputError(where, first.found, first.wanted, first.do)


def _causes(broken: Sequence[LeftOut]) -> tuple[Remark, ...]:
    """Each reason once, as it was said first: the same fault in another file is the same reason."""
    kinds = [_OF_FILE.sub("#", fault(left)) for left in broken]
    reasons: dict[str, list[str]] = {}
    for kind, left in zip(kinds, broken, strict=True):
        reasons.setdefault(kind, []).append(left.reason)
    first = {kind: with_all_left_out(of_kind) for kind, of_kind in reasons.items()}
    return remarks_of((left.what, first[kind]) for kind, left in zip(kinds, broken, strict=True))


# ``Cache`` stands left of what builds one, and has doors to it: ``Cache.from_raws`` and ``Cache.from_epochs``
Cache.build = preprocess
