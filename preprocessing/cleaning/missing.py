"""Samples that are missing (NaN): marked and bridged, so that they cost the slices that touch them and no more."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np

from ...signals import Electrodes, InputError, Trial, Volume
from ...signals.remedies import setting
from ...signals.streams.electrodes import ReadSamples, Span
from ..steps.reading import pieces_of
from ..steps.recipe import Recipe, apply
from ..steps.slices import MissingSamples
from ..steps.step import Step
from .artefacts import signal_blocks, unmarked_rows, with_spans


@dataclass(frozen=True)
class MarkMissing(Step):
    """Mark stretches in which any site that is not marked bad has no number, and bridge them by straight lines.

    The lines are for filters, which a NaN would spoil; slices that touch a bridge become invalid. A run does this by
    itself where a step comes upon samples that are missing.

    Raises:
        InputError: A site has no number throughout.
    """

    causal: ClassVar[bool] = False

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The recording with further bad spans, read without NaN."""
        rows = unmarked_rows(electrodes)
        counted = np.zeros(len(electrodes.names), bool)
        all_spans: list[Span] = []
        spans: list[Span] = []
        for start, samples in signal_blocks(electrodes, np.arange(len(electrodes.names)), overlap=0):
            missing = ~np.isfinite(samples)
            counted |= ~missing.all(axis=1)
            all_spans += _runs(missing.any(axis=0), start)
            spans += _runs(missing[rows].any(axis=0), start)
        if not all_spans:
            return electrodes
        _check_some(electrodes, rows[~counted[rows]])
        marked = with_spans(electrodes, spans)
        share = 100 * sum(end - begin for begin, end in spans) / electrodes.n_samples
        remark = f"samples are missing in {share:.2g} % of a trial: slices that touch them are invalid"
        read = Bridged(electrodes.read, pieces_of(electrodes), with_spans(electrodes, all_spans).bad_spans)
        return replace(marked, read=read, remarks=(*electrodes.remarks, *([remark] if spans else [])))


@dataclass(frozen=True, eq=False)
class Bridged:
    """A ``read`` without NaN: in each channel a straight line leads from one number to the next; ends are held.

    No line reaches across a joint, whose sides are ends too.

    Args:
        read: Of the samples with NaN.
        pieces: The ranges between joints.
        spans: Outside which no sample is missing, in order and apart.
    """

    read: ReadSamples
    pieces: tuple[Span, ...]
    spans: tuple[Span, ...]

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``, whatever the stretch is cut into."""
        inside = [(piece, max(start, piece[0]), min(stop, piece[1])) for piece in self.pieces]
        parts = [self._bridged(*each) for each in inside if each[1] < each[2]]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _bridged(self, piece: Span, start: int, stop: int) -> np.ndarray:
        touched = [(begin, end) for begin, end in self.spans if begin < stop and start < end]
        first = max(min([start, *(begin - 1 for begin, _ in touched)]), piece[0])
        last = min(max([stop, *(end + 1 for _, end in touched)]), piece[1])
        samples = self.read(first, last)
        if touched:
            samples = np.array(samples)
            for row in samples:
                _bridge(row)
        return samples[:, start - first : stop - first]


def follow(recipe: Recipe, trial: Trial) -> tuple[Trial, dict[str, Volume]]:
    """A trial and its volumes, as ``apply`` makes them; where samples are missing they are marked and bridged first.

    Raises:
        InputError: As ``apply``, or a site has no number throughout.
    """
    if any(isinstance(step, MarkMissing) for steps in recipe.values() for step in steps):
        trial = without_missing(trial)
    try:
        return trial, apply(recipe, trial)
    except MissingSamples:
        trial = without_missing(trial)
        return trial, apply(recipe, trial)


def without_missing(trial: Trial) -> Trial:
    """The trial whose EEG went through ``MarkMissing``."""
    mark = MarkMissing()
    streams = {name: mark(s) if isinstance(s, Electrodes) else s for name, s in trial.streams.items()}
    return replace(trial, streams=streams)


def _bridge(row: np.ndarray) -> None:
    known = np.isfinite(row)
    if not known.any():
        row[:] = 0  # a channel marked bad: nobody looks at it
    elif not known.all():
        row[~known] = np.interp(np.flatnonzero(~known), np.flatnonzero(known), row[known])


def _runs(missing: np.ndarray, start: int) -> Iterator[Span]:
    """Sample ranges in which ``missing`` (n,) is true, counted from ``start``."""
    edges = np.flatnonzero(np.diff(missing, prepend=False, append=False))
    for begin, end in list(pairwise(edges))[::2]:
        yield start + int(begin), start + int(end)


def _check_some(electrodes: Electrodes, rows: np.ndarray) -> None:
    lost = [electrodes.names[row] for row in rows]
    if not lost:
        return
    if len(lost) == len(electrodes.layout):
        found, do = "no number at all in any channel", "leave this trial out, or correct its start and stop"
        raise InputError(electrodes.source, found, "samples of the trial", do)
    rules = ", ".join(f"{name!r}: null" for name in lost)
    do = f"leave them out, as in {setting('rename', f'{{{rules}}}')}, or name a layout without them"
    raise InputError(electrodes.source, f"no number at all in {', '.join(lost)}", "sites that record", do)
