"""Finished work in folders, of which a report is made: runs, fusion tables, explanations, hidden units."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from ...preprocessing.building.progress import Progress, progress_bar
from ...preprocessing.cache_files.settings_beside import noted_settings
from ...signals import InputError
from ..runs.report import REPORT, Report
from ..studies.explanations.explained import EXPLAINED, Explained
from ..studies.explanations.hidden_units import HIDDEN, HiddenUnits
from ..studies.fusion_table import FusionTable
from .fusions import FUSION, read_fusion

Kind = TypeVar("Kind")


@dataclass(frozen=True, eq=False)
class Finished:
    """Everything that is finished in some folders, in their order.

    Attributes:
        reports, fusions, explained, hidden: By kind.
        explaining: Settings of emo-train explain, of each explanation that lies beside them.
    """

    reports: tuple[Report, ...] = ()
    fusions: tuple[FusionTable, ...] = ()
    explained: tuple[Explained, ...] = ()
    hidden: tuple[HiddenUnits, ...] = ()
    explaining: tuple[Mapping[str, Any], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The datasets, each once."""
        return tuple(dict.fromkeys(name for name, _ in self._datasets()))

    @property
    def simulated(self) -> tuple[str, ...]:
        """The datasets for which no person was recorded, in order of their names."""
        return tuple(sorted({name for name, simulated in self._datasets() if simulated}))

    def _datasets(self) -> Iterator[tuple[str, bool]]:
        """Name, and whether no person was recorded, of everything."""
        yield from ((report.data.title, report.data.simulated) for report in self.reports)
        yield from ((table.dataset, table.simulated) for table in self.fusions)
        yield from ((explained.dataset, explained.simulated) for explained in self.explained)
        yield from ((hidden.dataset, hidden.simulated) for hidden in self.hidden)


def finished_in(folders: Sequence[Path], allow: Sequence[str] = ()) -> Finished:
    """Everything finished in folders, or in the folders in them: reports, fusion tables, explanations, hidden units.

    Its progress is shown.

    Raises:
        InputError: One of them holds nothing of these; or what it holds was changed.
    """
    for folder in folders:
        if not any(_holding(folder, name) for name in (REPORT, FUSION, EXPLAINED, HIDDEN)):
            wanted = f"{REPORT}, {FUSION}, {EXPLAINED} or {HIDDEN}, or folders with one"
            raise InputError(
                folder, "nothing finished", wanted, "name folders that emo-train bench, fusion, explain or units made"
            )
    with progress_bar("reading", _amount(folders)) as progress:
        return Finished(
            _read(folders, REPORT, partial(Report.load, allow=allow), progress),
            _read(folders, FUSION, read_fusion, progress),
            _read(folders, EXPLAINED, Explained.read, progress),
            _read(folders, HIDDEN, HiddenUnits.read, progress),
            tuple(filter(None, map(_settings, _all_holding(folders, EXPLAINED)))),
        )


def _settings(folder: Path) -> dict[str, Any]:
    """The settings that the command noted beside what it made; none where Python made it, or where they are damaged."""
    stored = noted_settings(folder)
    return stored if "model" in stored else {}


def _amount(folders: Sequence[Path]) -> int:
    return sum(len(_all_holding(folders, name)) for name in (REPORT, FUSION, EXPLAINED, HIDDEN))


def _read(folders: Sequence[Path], name: str, reader: Callable[[Path], Kind], progress: Progress) -> tuple[Kind, ...]:
    found = []
    for path in _all_holding(folders, name):
        found.append(reader(path))
        progress(1)
    return tuple(found)


def _all_holding(folders: Sequence[Path], name: str) -> list[Path]:
    return list(chain.from_iterable(_holding(folder, name) for folder in folders))


def _holding(folder: Path, name: str) -> list[Path]:
    """The folder itself where it holds a file of that name, else those of its folders that do."""
    return [folder] if (folder / name).exists() else sorted(path.parent for path in folder.glob(f"*/{name}"))
