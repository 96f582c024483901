"""Caches from what a program holds: raw objects and epochs of MNE, tables of features."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from ...signals import Dataset, InputError, Layout
from ...signals.files.channel_settings import ChannelSettings, Units
from ...signals.layouts.channel_names import Rename
from ...signals.named_call import Given
from ...signals.trials.further_columns import Cell
from ..cache_files.repeated import Repeated
from ..steps.recipe import read_recipe
from ..steps.step import Step
from .array_truth import ArrayTruth
from .arrays import Arrays, publish_arrays
from .store import CacheStore

Ranges = Mapping[str, tuple[float, float]]
"""Lowest and highest rating by dimension."""

Steps = Mapping[str, Sequence[Given | Step]]
"""Steps by series, as objects or as text."""


AS_ARGUMENTS = {
    "run it with --repeated leave-out": "give repeated='leave-out'",
    "or with --repeated keep": "or repeated='keep'",
    "in trials.yaml": "as an argument",
    "skip_broken (--skip-broken)": "skip_broken=True",
}
"""Ways on of commands, and those of a program."""


class FromMemory(CacheStore):
    """A store that can be made of what a program holds; ``Cache`` is one.

    Attributes:
        build: How a dataset becomes a cache: ``preprocess``, which sets it, as it stands right of this.
    """

    build: ClassVar[Callable[..., Any]]

    @classmethod
    def from_raws(
        cls,
        path: str | Path,
        raws: Any,
        trials: Any,
        *,
        recipe: Steps | None = None,
        targets: Mapping[str, str] | None = None,
        ranges: Ranges | None = None,
        layout: Layout | None = None,
        rename: Rename | None = None,
        units: Units | None = None,
        montage: str = "",
        repeated: str | None = None,
        skip_broken: bool = False,
        dataset: str = "raws",
        simulated: bool = False,
    ) -> Self:
        """A cache from raw objects of MNE, by the rules that hold for files: channels, places, joints, amplitude.

        Args:
            path: The folder to make or complete.
            raws: One ``mne.io.Raw``, several in order, or several by name; their samples may be in memory or not.
            trials: A row for each trial, as a ``DataFrame``, as columns by name, or as a mapping for each row.
                ``subject`` must be there. ``raw`` names the recording by its key or its place from 0, and may be left
                out where there is a row for each. ``start`` and ``stop`` are seconds from its first sample, or events
                of it as in a table of trials: ``"note clip starts"``, ``"trigger 7"``, ``"next"``, ``"end"``,
                ``"+60"``; empty is the beginning and the end. ``session``, ``trial``, ``stimulus`` and ``part`` are as
                in ``from_arrays``. Labels are ``category``, ratings such as ``valence``, and ``au1``, ``au2``, ...
                Others become columns of the cache.
            recipe: Steps by series, as objects or as text; None for the default.
            targets: The column of each label, where it has another name, as in ``{"category": "condition"}``.
            ranges: Lowest and highest rating by dimension, as in ``{"valence": (1, 9)}``; -1 to 1 where left out.
            layout: The electrodes; None for those of the first recording.
            rename: What to cut off channel names, or a name by channel; None leaves a channel out.
            units: What the numbers of the raw objects are in, where it is not volts.
            montage: MNE's name of a montage, or a file with positions.
            repeated, skip_broken: As in ``preprocess``.
            dataset, simulated: What the cache calls its origin, and whether it was simulated.

        Raises:
            InputError: Something is no raw object, a cell is wrong (names row and column), two trials share samples, or
                a recording cannot be used.
        """
        settings = ChannelSettings(rename, units, montage)
        from ...signals.datasets.in_memory.raws import Raws  # readers load only where something is read

        data = Raws(raws, trials, targets, ranges, layout, settings=settings, name=dataset, simulated=simulated)
        return cls._built(data, recipe, path, repeated, skip_broken)

    @classmethod
    def from_epochs(
        cls,
        path: str | Path,
        epochs: Any,
        *,
        columns: Mapping[str, str] | None = None,
        recipe: Steps | None = None,
        targets: Mapping[str, str] | None = None,
        ranges: Ranges | None = None,
        layout: Layout | None = None,
        rename: Rename | None = None,
        units: Units | None = None,
        montage: str = "",
        repeated: str | None = None,
        skip_broken: bool = False,
        dataset: str = "epochs",
        simulated: bool = False,
    ) -> Self:
        """A cache from epochs of MNE: each is a trial, or those of one number in the metadata's column ``trial``.

        Where epochs were cut is known by their events: two that overlap are refused, since on both sides of a split
        they would leak, unless they are pieces of one trial. Such pieces stand one behind the other: what two share is
        taken once, and where one does not go on from the one before, a joint lies between them, which no filter and no
        window crosses.

        Args:
            path: The folder to make or complete.
            epochs: One ``mne.Epochs``, several, or several by the subject's name.
            columns: The metadata's own name of ``subject``, ``session``, ``trial``, ``stimulus`` or ``part``, as in
                ``{"subject": "participant"}``.
            recipe: Steps by series, as objects or as text; None for the default.
            targets: The column of each label, as in ``{"category": "condition"}``. Left out: columns that have names of
                ours, and the events' names as categories where no column is called so.
            ranges, layout, rename, units, montage, repeated, skip_broken, dataset, simulated: As in ``from_raws``.

        Raises:
            InputError: Something is no ``Epochs``, nobody says whose they are, a cell of the metadata is wrong, or
                epochs overlap.
        """
        settings = ChannelSettings(rename, units, montage)
        from ...signals.datasets.in_memory.epochs import EpochTrials

        data = EpochTrials(
            epochs, columns, targets, ranges, layout, settings=settings, name=dataset, simulated=simulated
        )
        return cls._built(data, recipe, path, repeated, skip_broken)

    @classmethod
    def from_frame(
        cls,
        path: str | Path,
        frame: Any,
        *,
        columns: Mapping[str, str] | None = None,
        targets: Mapping[str, str] | None = None,
        ranges: Ranges | None = None,
        layout: Layout | None = None,
        features: Sequence[str] | None = None,
        duration: float | None = None,
        modality: str = "eeg",
        repeated: Repeated | None = None,
        dataset: str = "frame",
        simulated: bool = False,
    ) -> Self:
        """A cache from a tidy table of features: a row for each slice of a trial.

        Args:
            path: The folder to make.
            frame: A ``DataFrame``, or columns by name. ``subject`` and ``trial`` must be there; ``session``,
                ``stimulus`` and ``part`` may. ``time`` (seconds) or ``slice`` (numbers) says where a row lies in its
                trial; without, rows stand in order. Missing rows are gaps, which no window crosses. Labels are
                ``category``, ratings such as ``valence``, and ``au1``, ...; they may change within a trial.
            columns: The table's own name of a column, as in ``{"subject": "VP", "time": "onset"}``.
            targets: The column of each label, where it has another name.
            ranges: Lowest and highest rating by dimension; -1 to 1 where left out.
            layout: The sites; None for electrodes by the names in ``features``, or one site where these name none.
            features: The columns of features; all that are nothing else, where left out, but for words. Names such as
                ``Fp1 alpha`` or ``alpha_Fp1`` are a site and a feature. A slice with a missing value is invalid. What
                is no feature becomes a column of the cache, where it does not change within a trial.
            duration: Seconds of a slice; left out, the usual interval of ``time``, or one second.
            modality: What the cache calls the series.
            repeated: As in ``preprocess``.
            dataset, simulated: As in ``from_arrays``.

        Raises:
            InputError: A cell is wrong (names row and column), columns of features are no grid of sites and features,
                a slice is there twice, or two trials share samples.
        """
        from ...signals.datasets.in_memory.frame import read_frame

        read = read_frame(frame, columns, targets, ranges, layout, features=features, duration=duration)
        trials = read.trials
        arrays = Arrays(
            x=[trial.x for trial in trials],
            layout=read.layout,
            truth=ArrayTruth(read.task, [trial.target for trial in trials]),
            subject=[trial.subject for trial in trials],
            session=[trial.session for trial in trials],
            trial=[trial.trial for trial in trials],
            stimulus=[trial.stimulus for trial in trials],
            part=[trial.part for trial in trials],
            times=[trial.times for trial in trials],
            valid=[trial.valid for trial in trials],
            duration=read.duration,
            features=read.features,
            modality=modality,
            dataset=dataset,
            simulated=simulated,
            columns=_by_column([trial.columns for trial in trials]),
            remarks=[trial.remarks for trial in trials],
        )
        try:
            publish_arrays(Path(path), arrays, repeated)
        except InputError as error:
            raise for_programs(error, {**AS_ARGUMENTS, "Cache.from_arrays": "Cache.from_frame"}) from error
        return cls(path)

    @classmethod
    def _built(
        cls, data: Dataset, recipe: Steps | None, path: str | Path, repeated: str | None, skip_broken: bool
    ) -> Self:
        steps = None if recipe is None else read_recipe(recipe)
        try:
            built: Self = cls.build(data, steps, path, repeated=repeated, skip_broken=skip_broken)
        except InputError as error:
            raise for_programs(error, AS_ARGUMENTS) from error
        return built


def _by_column(trials: Sequence[Mapping[str, Cell]]) -> dict[str, list[Cell | None]]:
    names = dict.fromkeys(name for cells in trials for name in cells)
    return {name: [cells.get(name) for cells in trials] for name in names}


def for_programs(error: InputError, words: Mapping[str, str]) -> InputError:
    """The error with ways on that a program has, in place of those of a command."""
    if type(error) is not InputError:  # a disk that is full, a cache that is damaged
        return error
    texts = [error.where, error.found, error.wanted, error.do]
    for those, these in words.items():
        texts = [text.replace(those, these) for text in texts]
    return InputError(*texts)
