"""Reports that ``emo-preprocess`` prints. Colours vanish when the output is no terminal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from ...signals.files.publishing import publish_text
from ...signals.shown_text import visible
from ...signals.trials.dataset import NOTE
from ..building.dataset_build import Estimate
from ..building.progress import in_words, new_console
from ..building.recording_build import BuiltRecording
from ..cache.cache import Cache
from ..cache_files.cache_index import SETTINGS, remarks_of
from ..quality.face_shares import Doubt, FaceShare, doubts, face_share, shares_by_class, summed
from ..quality.summary import Quality, column_words, constant_truths, qualities, series_losses, size_on_disk, strangers
from .config_file import without_home
from .doctor import examine

_STATES = {"works": "green", "limited": "yellow", "missing": "red"}
_UNITS = {"RawSlices": "µV", "BandPower": "dB", "DifferentialEntropy": "nats", "StftDifferentialEntropy": "nats"}
"""Units of the values that a step makes; those of other steps have none."""
_SHOWN = 8
"""Features whose ranges are shown one by one; of more, one range."""
_STRETCHES = 12
"""Doubtful stretches of faces that are listed and drawn."""
_REMARKS = 20
"""Remarks on recordings that a run prints; ``inspect`` prints all."""
_TRIALS = 8
"""Trials with other labels than before that a run names."""


def write_settings(folder: Path, command: str, settings: Mapping[str, Any]) -> None:
    """Write the settings of ``command`` to a file that its ``--config`` reads; ``allow`` is for whoever types it."""
    import yaml  # type: ignore[import-untyped]

    plain = {name: _plain(value) for name, value in settings.items() if name != "allow"}
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    publish_text(folder / SETTINGS, f"# emoscan {__version__}: {command} --config {SETTINGS}\n{text}")


def _plain(value: Any) -> Any:
    """A setting as YAML has it; the settings of an object are a group."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(setting) for name, setting in asdict(value).items()}
    if isinstance(value, Path):
        return without_home(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def print_estimate(estimate: Estimate) -> None:
    """Print how long a run would take and how large the cache would be."""
    todo = estimate.recordings - estimate.done
    print(f"{estimate.recordings} recordings, {estimate.done} of them done already")
    if todo:
        print(f"the other {todo}: about {in_words(estimate.seconds)} of one processor and {_size(estimate.bytes)}")


def print_run(cache: Cache, outcomes: Sequence[BuiltRecording]) -> None:
    """Print how many recordings a run built, and what it left out."""
    built = sum(not outcome.kept and outcome.file is not None for outcome in outcomes)
    unchanged = sum(outcome.kept for outcome in outcomes)
    relabelled = [trial for outcome in outcomes for trial in outcome.relabelled]
    files = sum(bool(outcome.relabelled) for outcome in outcomes)
    corrected = f", {files} of them with other labels than before" if files else ""
    print(f"{_title(cache)}: {built} recordings built, {unchanged} kept{corrected}")
    if relabelled:
        more = f" and {len(relabelled) - _TRIALS} more" if len(relabelled) > _TRIALS else ""
        print(f"labelled anew: {'; '.join(map(visible, relabelled[:_TRIALS]))}{more}")
    print(f"predicts {_truth(cache)}")
    if cache.further_columns:
        print(f"columns of the lab: {', '.join(cache.further_columns)}")
    for line in (*_facts_of_all(cache), *remark_lines(cache)):
        print(line)
    for line in _loss_lines(cache):
        print(line)
    for name, total in _faces(cache).items():
        if total.doubtful:
            print(f"{name}: {_seen(total)}; emo-preprocess inspect {cache.path} shows where")
    if cache.skipped:
        things = "1 thing was" if len(cache.skipped) == 1 else f"{len(cache.skipped)} things were"
        print(f"{things} left out; emo-preprocess inspect {cache.path} shows which and why")


def print_scrubbed(cache: Cache, scrubbed: Cache) -> None:
    """Print what a copy for sharing holds, and what it lacks."""
    print(_title(scrubbed))
    gone = [name for name in cache.modalities if name not in scrubbed.modalities]
    if seen := [name for name, steps in scrubbed.recipe.items() if any(step.startswith("FaceCrop(") for step in steps)]:
        print(f"features of faces stay: {', '.join(seen)}")
    columns = [name for name in cache.further_columns if name not in scrubbed.further_columns]
    print(f"without pictures: {', '.join(gone) or 'there were none'}")
    print(f"without columns: {', '.join(columns) or 'there were no others'}")
    if less := len(cache) - len(scrubbed):
        print(f"without {less} trials that held nothing else")
    print("look at what is left before you share it: classes, remarks and kept columns are as they were")


def remark_lines(cache: Cache) -> list[str]:
    """The first remarks on a cache's recordings, and how many more there are."""
    lines = [str(remark) for remark in cache.remarks[:_REMARKS]]
    if (more := len(cache.remarks) - _REMARKS) > 0:
        lines.append(f"{more} further remarks; emo-preprocess inspect {cache.path} shows all")
    return lines


def print_cache(cache: Cache) -> None:
    """Print the content of a cache."""
    console = new_console()
    rows = qualities(cache)
    console.print(_title(cache))
    console.print(f"  predicts {_truth(cache)}")
    for name in constant_truths(cache):
        console.print(f"  {name} never varies: nothing can be learned of it")
    if not cache.names_subjects:
        console.print("  nobody noted who is who: no split by subject is possible")
    for line in column_words(cache.further_columns):
        console.print(f"  column {line}")
    for name, steps in cache.recipe.items():
        console.print(f"  {name}: {' > '.join(steps) or 'arrays as given'}", style="bold")
        console.print(f"    {_series(cache, name)}")
        ranges = _ranges([row for row in rows if row.series == name], cache.features(name))
        console.print(f"    {' '.join(filter(None, (ranges, _unit(steps))))}")
    console.print(_quality_table(cache, rows))
    _print_faces(console, cache)
    for line in (*_facts_of_all(cache), *map(str, cache.remarks), *_loss_lines(cache)):
        console.print(line)
    for left_out in remarks_of((left.what, left.reason) for left in cache.skipped):
        console.print(f"left out: {left_out}")
    for path in strangers(cache.path, cache.index):
        console.print(f"not part of the cache: {path.name}; remove it if nothing needs it")


def _print_faces(console: Any, cache: Cache) -> None:
    """Print how often faces were seen, by class too, and each stretch in which it is doubtful whose face is there."""
    for name, total in _faces(cache).items():
        console.print(f"{name}: {_seen(total)}")
        numbers = range(len(cache.index.files))
        of_files = [shares_by_class(cache, number, name) for number in numbers if name in cache.file(number).series]
        if by_class := summed([share for shares in of_files for share in shares]):
            console.print(_class_table(by_class))
    stretches = list(doubts(cache))
    for doubt in stretches[:_STRETCHES]:
        where = f"{cache.told(doubt.trial)}, {doubt.series}"
        text = f"doubtful: {where}: {doubt.start:.2f} to {doubt.stop:.2f} s ({doubt.last - doubt.first} frames)"
        console.print(text)
    if (more := len(stretches) - _STRETCHES) > 0:
        console.print(f"and {more} further doubtful stretches")
    if stretches:
        console.print(_strip(cache, stretches[:_STRETCHES]))


def _strip(cache: Cache, stretches: list[Doubt]) -> str:
    """Where the picture of doubtful stretches was drawn, in words, or why it was not."""
    from .doubts_picture import draw_doubts

    try:
        return f"their faces: {draw_doubts(cache, stretches, cache.path / 'doubtful.png')}"
    except OSError as error:  # a cache may lie where nobody may write
        return f"their faces could not be drawn: {error}"


def _faces(cache: Cache) -> dict[str, FaceShare]:
    """The share of frames with a face, by series; only of those in which somebody looked for one."""
    shares: dict[str, list[FaceShare]] = {}
    for number in range(len(cache.index.files)):
        for name in cache.file(number).series:
            share = face_share(cache, number, name)
            if share is not None and share.frames:
                shares.setdefault(name, []).append(share)
    return {name: summed(of_files)[0] for name, of_files in shares.items()}


def _seen(share: FaceShare) -> str:
    doubtful = (
        f", {share.doubtful:.1%} doubtful: somebody else's, or not surely the same person's" if share.doubtful else ""
    )
    return f"face seen in {share.seen:.1%} of {share.frames} frames{doubtful}"


def _class_table(shares: Sequence[FaceShare]) -> Any:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("class", "frames", "face seen", "doubtful"):
        table.add_column(heading, justify="left" if heading == "class" else "right")
    for share in shares:
        table.add_row(share.category, str(share.frames), f"{share.seen:.1%}", f"{share.doubtful:.1%}")
    return table


def print_findings() -> None:
    """Print what works here, one line as soon as each is known."""
    from rich.text import Text

    console = new_console()
    for finding in examine():
        colour = _STATES[finding.state]
        console.print(Text(f"{finding.state:8}", colour), f"{finding.name:22} {finding.detail}")
        if finding.remedy:
            console.print(f"{'':31} {finding.remedy}")


def _quality_table(cache: Cache, rows: Sequence[Quality]) -> Any:
    from rich.table import Table

    places = {(file.subject, file.session): number for number, file in enumerate(cache.index.files)}
    faces = [face_share(cache, places[row.subject, row.session], row.series) for row in rows]
    looked = any(faces)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("subject", "session", "series"):
        table.add_column(heading)
    for heading in ("trials", "slices", "invalid", "range", "EEG's SD"):
        table.add_column(heading, justify="right")
    for heading in ("face seen", "doubtful") if looked else ():
        table.add_column(heading, justify="right")
    table.add_column("constant sites", overflow="fold")
    for row, face in zip(rows, faces, strict=True):
        table.add_row(
            row.subject,
            row.session,
            row.series,
            str(row.trials),
            str(row.slices),
            f"{row.invalid:.1%}",
            _range(row.low.min(), row.high.max()),
            "" if row.amplitude is None else f"{row.amplitude:.3g} µV",
            *((f"{face.seen:.1%}", f"{face.doubtful:.1%}") if face else ("", "") if looked else ()),
            ", ".join(row.constant) or "none",
        )
    return table


def _truth(cache: Cache) -> str:
    """The task's categories with their trials, ratings with the ends of their scales, and units."""
    task, found = cache.task, Counter(cache.columns["category"].tolist())
    categories = ", ".join(f"{name} ({found[number]})" for number, name in enumerate(task.categories))
    return "; ".join(filter(None, (categories, task.scales, ", ".join(task.units))))


def _series(cache: Cache, name: str) -> str:
    facts = cache.facts(name)
    causal = "causal" if facts.causal else "not causal"
    return f"{facts.layout!r}, {len(facts.features)} features, slices of {facts.duration:g} s, {causal}"


def _ranges(rows: Sequence[Quality], features: Sequence[str]) -> str:
    """The range of each feature over all recordings; of many features, the range over all."""
    low, high = np.fmin.reduce([row.low for row in rows]), np.fmax.reduce([row.high for row in rows])
    if len(features) > _SHOWN:
        return f"values {_range(low.min(), high.max())}"
    return ", ".join(f"{name} {_range(*ends)}" for name, *ends in zip(features, low, high, strict=True))


def _unit(steps: Sequence[str]) -> str:
    """The unit of a series' values, of the last step that gives them one; empty where none does."""
    for step in reversed(steps):
        name, _, settings = step.partition("(")
        if name in _UNITS and "scale='seed'" not in settings:  # the scale of SEED's own features has no unit
            return _UNITS[name]
    return ""


def _range(low: float, high: float) -> str:
    return f"{low:.3g} to {high:.3g}" if np.isfinite(low) else "nothing valid"


def _shared(cache: Cache) -> str:
    """The number of trials that hold samples of another one, with an example; empty where none does."""
    first, size = np.unique(cache.samples, return_counts=True)
    if size.max() == 1:
        return ""
    a, b = np.flatnonzero(cache.samples == first[np.argmax(size > 1)])[:2].tolist()
    count = int(size[size > 1].sum())
    much = cache.shared_stretches.get((a, b), "")
    example = f"{cache.told(a)} and {cache.told(b)} do{f' ({much})' if much else ''}"
    return f"{count} trials share their samples with another one, as {example}; no split may part them"


def _facts_of_all(cache: Cache) -> list[str]:
    """Lines on the whole cache: why recordings count as simulated, and which trials share samples."""
    note = ""
    if cache.simulated and any(cache.recipe.values()) and not cache.dataset.startswith("Simulated"):
        note = f"simulated, as {NOTE} beside the recordings says; if they are of people, remove it and run again"
    return [line for line in (note, _shared(cache)) if line]


def _loss_lines(cache: Cache) -> list[str]:
    """A line for each series that cannot all be used: what of it cannot, counted."""
    return [f"{name}: {lost}" for name, lost in series_losses(cache).items()]


def _title(cache: Cache) -> str:
    simulated = " (simulated)" if cache.simulated else ""
    people, n_files = len(np.unique(cache.subject)), len(cache.index.files)
    size = _size(size_on_disk(cache.path, cache.index.files))
    return (
        f"{cache.path}: {cache.dataset}{simulated}, {people} subjects, {n_files} recordings, {len(cache)} trials, "
        f"{', '.join(cache.modalities)}, {size}"
    )


def _size(n: float) -> str:
    return f"{n / 1e6:.1f} MB" if n < 1e9 else f"{n / 1e9:.1f} GB"
