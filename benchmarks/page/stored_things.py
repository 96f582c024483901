"""Everything stored in folders: each byte against its checksum, each score against the predictions it follows from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...models import load_model
from ...models.gan import load_gan
from ...models.gan.kept_gan import FACTS as GAN
from ...models.gan.kept_gan import TENSORS as GAN_TENSORS
from ...models.gan.training_loop import identity
from ...models.gan.training_state import BEGUN, STATE, GanState
from ...models.learning.checkpoint import FACTS as MODEL
from ...preprocessing.cache_files.cache_index import NAME
from ...preprocessing.clocks.alignment_report import ALIGNMENT
from ...preprocessing.quality.summary import verify as verify_cache
from ...signals import InputError
from ...signals.files.stored_arrays import read_arrays
from ...signals.regular_file import file_bytes
from ...signals.stored_json import checked_json
from ..runs.report import PREDICTIONS, REPORT, Report
from ..runs.rescored import same, unfounded
from ..runs.single_fit import FIT, read_fit
from ..runs.training_run import stored_outcome
from ..studies.explanations.explained import EXPLAINED, Explained
from ..studies.explanations.explained_fold import MAPS, stored_maps
from ..studies.explanations.hidden_units import HIDDEN, HiddenUnits
from ..studies.gan.fitted_gan import SCORE, read_score
from ..tables.comparison import compare
from .fusions import FUSION, read_fusion

_SHOWN = 5
"""Faults of one thing that are named."""

Look = Callable[[Path, Sequence[str]], Iterator[str]]
"""From a file, and the packages that stored text may name, to faults in words; or an ``InputError`` of the first."""


@dataclass(frozen=True)
class Stored:
    """Something stored: its file, its kind in words, and what is wrong with it."""

    file: Path
    noun: str
    faults: tuple[str, ...]

    def __str__(self) -> str:
        if not self.faults:
            return f"{self.file}: {self.noun}, as it was stored"
        more = f" and {len(self.faults) - _SHOWN} more" if len(self.faults) > _SHOWN else ""
        return f"{self.file}: {self.noun}, NOT as it was stored: {'; '.join(self.faults[:_SHOWN])}{more}"


def stored_in(folder: Path, allow: Sequence[str] = ()) -> Iterator[Stored]:
    """Everything stored in a folder and the folders in it, in the order of their names, each checked.

    Raises:
        InputError: There is no such folder.
    """
    if not folder.is_dir():
        raise InputError(folder, "no folder", "one that emoscan made", "name another")
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        noun, look = _kind(file)
        if look is not None:
            yield Stored(file, noun, _faults(look, file, allow))


def _kind(file: Path) -> tuple[str, Look | None]:
    """What a file is, in words, and the look at it; None for what is checked with another file, or is no store."""
    if file.name == GAN:
        return ("GAN", _opens(load_gan)) if (file.parent / GAN_TENSORS).exists() else ("table of a GAN", _signed)
    if file.parent.name == "parts" and file.suffix == ".npz":
        return ("maps of a training", _maps) if file.stem.endswith(MAPS) else ("training", _training)
    if file.name == PREDICTIONS and not (file.parent / REPORT).exists():
        return "predictions of an unfinished report", _arrays
    return _KINDS.get(file.name, ("", None))


def _faults(look: Look, file: Path, allow: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(look(file, allow))
    except InputError as error:
        where = "" if error.where == str(file) else f"{error.where}: "
        return (f"{where}found {error.found}; wanted {error.wanted}",)
    except OSError as error:
        return (str(error),)


def _report(file: Path, allow: Sequence[str]) -> Iterator[str]:
    yield from unfounded(Report.load(file.parent, allow))


def _table(file: Path, allow: Sequence[str]) -> Iterator[str]:
    """Of a table beside its reports every number is computed again."""
    stored = checked_json(file_bytes(file), file)
    reports = [Report.load(path.parent, allow) for path in sorted(file.parent.glob(f"*/{REPORT}"))]
    rows = stored.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "model" in row for row in rows):
        raise InputError(file, "no rows of models", "a table")
    if not reports or len(reports) != len(rows) or not all("verdict" in row for row in rows):
        return  # a table of reports that lie elsewhere, or of 0.1.0, which scored in another way
    computed = checked_json(compare(*reports, metric=stored.get("metric")).to_json().encode(), file)["rows"]
    for row in rows:
        like = [
            each for each in computed if all(each[name] == row.get(name, each[name]) for name in ("model", "rules"))
        ]
        if len(like) != 1:
            yield f"a row {row['model']!s:.40}, of which there are {len(like)} reports"
        for each in like[:1]:
            yield from _other_numbers(row, each, f"{row['model']!s:.40}")


def _other_numbers(stored: Any, computed: Any, where: str) -> Iterator[str]:
    """Places at which two values of JSON of one form hold different numbers."""
    if isinstance(stored, dict) and isinstance(computed, dict):
        for name in stored.keys() & computed.keys():
            yield from _other_numbers(stored[name], computed[name], f"{where}, {name}")
    elif not isinstance(stored, str | list) and not same(stored, computed):
        yield f"{where}: {stored!s:.40}, where the reports give {computed!s:.40}"


def _fusion(file: Path, allow: Sequence[str]) -> Iterator[str]:
    """The scores of joins and modalities follow from the reports in the same folder."""
    table = read_fusion(file.parent)
    reports = [Report.load(path.parent, allow) for path in sorted(file.parent.glob(f"*/{REPORT}"))]
    scores = [report.tallies[report.selections[0]].scores.get(table.metric) for report in reports]
    for row in table.rows:
        if scores and row.kind is None and not any(same(row.score, score) for score in scores):
            yield f"{row.model}: {row.score:g}, which none of the reports beside it gives"
    if any(report.data.simulated != table.simulated for report in reports):
        yield f"simulated: {table.simulated}, where the reports say otherwise"


def _signed(file: Path, allow: Sequence[str]) -> Iterator[str]:
    checked_json(file_bytes(file), file)
    yield from ()


def _arrays(file: Path, allow: Sequence[str]) -> Iterator[str]:
    read_arrays(file, "arrays as they were stored", "")
    yield from ()


def _training(file: Path, allow: Sequence[str]) -> Iterator[str]:
    stored_outcome(file)
    yield from ()


def _maps(file: Path, allow: Sequence[str]) -> Iterator[str]:
    stored_maps(file)
    yield from ()


def _begun(file: Path, allow: Sequence[str]) -> Iterator[str]:
    """The settings with which a GAN was begun are those of the one beside them, where it is finished."""
    stored = checked_json(file_bytes(file), file)
    if not file.with_name(GAN).exists():
        return
    trained = identity(load_gan(file.parent).facts)
    for name in (stored.keys() & trained.keys()) - {"emoscan"}:  # the version that began it
        if stored[name] != trained[name]:
            yield f"{name}: {stored[name]!s:.40}, where the GAN beside it says {trained[name]!s:.40}"


def _opens(read: Callable[[Path], object]) -> Look:
    """The look that reads the folder of a file: whatever is wrong, its reader says."""

    def look(file: Path, allow: Sequence[str]) -> Iterator[str]:
        read(file.parent)
        yield from ()

    return look


def _model(file: Path, allow: Sequence[str]) -> Iterator[str]:
    load_model(file.parent, allow)
    yield from ()


_KINDS: Mapping[str, tuple[str, Look]] = {
    NAME: ("cache", _opens(verify_cache)),
    ALIGNMENT: ("alignment of clocks", _signed),
    REPORT: ("report", _report),
    "table.json": ("table", _table),
    FUSION: ("fusion table", _fusion),
    MODEL: ("model", _model),
    FIT: ("training of a model", _opens(read_fit)),
    STATE: ("state of a GAN", _opens(lambda folder: GanState.load(folder / STATE))),
    BEGUN: ("settings of a GAN", _begun),
    SCORE: ("score of a GAN", _opens(read_score)),
    "quality.json": ("figures of a GAN", _signed),
    EXPLAINED: ("explanation", _opens(Explained.read)),
    HIDDEN: ("hidden units", _opens(HiddenUnits.read)),
}
"""By the name of its file, what it is and the look at it."""
