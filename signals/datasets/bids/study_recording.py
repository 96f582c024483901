"""One recording of a study: what the file, its sidecars and the laboratory's settings say about its channels."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...files.channel_settings import ChannelSettings
from ...files.headers.edf_header import MICROVOLTS, known_unit
from ...files.raw_file import open_raw_file
from ...files.recording_file import open_recording, units_of
from ...layouts.channel_names import LEFT_OUT, ChannelNames, cut_names, read_names
from ...layouts.electrode_places import place_remarks
from ...layouts.layout import Layout, canonical
from ...layouts.montage import layout_from_positions, standard_names
from ...streams.electrodes import Electrodes
from ..trial_table.channel_rules import ChannelRules
from .sidecars import ChannelsTable, ElectrodesTable, read_electrodes

_BY_TABLE = "units as channels.tsv says: the file has none that is known"
_LISTED = 5


@dataclass(frozen=True)
class StudyRecording:
    """A recording with what stands beside it.

    Args:
        path: The recording, as ``mne_bids`` has it.
        table: Its ``channels.tsv``.
        rules: What the laboratory says about channels; goes before what the table says.
    """

    path: Any
    table: ChannelsTable
    rules: ChannelRules

    @property
    def file(self) -> Path:
        """The file."""
        return Path(self.path.fpath)

    @cached_property
    def stated(self) -> ChannelSettings:
        """What the laboratory says about its channels."""
        return self.rules.of(self.file)

    @cached_property
    def settings(self) -> ChannelSettings:
        """Settings that leave out channels of another type, and know units that only the table has."""
        rename, others = self.stated.rename, self._others
        if others and rename is not None and not isinstance(rename, Mapping):
            cut = cut_names(self.file, self._labels, rename)
            rename = {label: name for label, name in zip(self._labels, cut, strict=True) if label != name}
        if others:
            rename = {**(rename or {}), **dict.fromkeys(others)}  # type: ignore[dict-item]
        return replace(self.stated, rename=rename, units=self.stated.units or self._units_of_table or None)

    @cached_property
    def _labels(self) -> list[str]:
        return list(open_raw_file(self.file).raw.ch_names)

    @cached_property
    def _others(self) -> list[str]:
        """Channels of another type than EEG, but for those that the laboratory gives a name."""
        rules = self.stated.rename if isinstance(self.stated.rename, Mapping) else {}
        ruled = {label.strip().casefold() for label in rules}
        there = {label.strip().casefold() for label in self._labels}
        plain = {label: label.strip().casefold() for label in self.table.others}
        return [label for label, one in plain.items() if one in there and one not in ruled]

    @cached_property
    def names(self) -> ChannelNames:
        """Of its channels."""
        types = open_raw_file(self.file).raw.get_channel_types()
        return read_names(self.file, self._labels, types, self.settings.rename, self.settings.montage)

    @cached_property
    def _units(self) -> dict[str, tuple[str, str]]:
        """The units of EEG channels that the table names: the file's, and the table's as ``MICROVOLTS`` spells it."""
        units = dict(zip(self._labels, units_of(open_raw_file(self.file)), strict=True))
        stated = {label: known_unit(unit) for label, unit in self.table.units.items() if label in self.table.eeg}
        return {label: (units[label], unit) for label, unit in stated.items() if unit and label in units}

    @cached_property
    def _units_of_table(self) -> dict[str, str]:
        return {label: ours for label, (of_file, ours) in self._units.items() if of_file not in MICROVOLTS}

    @cached_property
    def electrodes(self) -> ElectrodesTable | None:
        """Its ``electrodes.tsv``, which a montage that the laboratory names goes before."""
        return None if self.stated.montage else read_electrodes(self.path)

    @cached_property
    def _sites(self) -> dict[str, np.ndarray | None]:
        """The EEG channels as they are read, and their places by ``electrodes.tsv``, None where it has none."""
        known = self.electrodes.places if self.electrodes else {}
        sites = {}
        for label, name in zip(self.names.labels, self.names.names, strict=True):
            if name and (label in self.table.eeg if self.table.eeg else label not in self.table.others):
                sites[name] = known.get(label, known.get(name))
        return sites

    def layout(self) -> Layout:
        """The electrodes of the recording: by ``electrodes.tsv`` where names have no standard place."""
        if self.by_table:
            placed = {name: point for name, point in self._sites.items() if point is not None}
            return layout_from_positions([*placed], [*placed.values()], f"electrodes-{len(placed)}")
        return open_recording(self.file, settings=self.settings).layout

    @cached_property
    def by_table(self) -> bool:
        """Whether ``electrodes.tsv`` says where the electrodes are, since their names do not."""
        placed = [name for name, point in self._sites.items() if point is not None]
        standard = all(canonical(name) in standard_names() for name in self._sites)
        return bool(placed) and not standard and 2 * len(placed) > len(self._sites)

    def opened(self, layout: Layout, named: bool) -> Electrodes:
        """The recording, with channels that are bad and what there is to say of them.

        Args:
            layout: Of the sites.
            named: Whether the user has named it.
        """
        whole = open_recording(self.file, layout, settings=self.settings)
        bad = {canonical(name) for name in self.table.bad}
        spelled = zip(self.names.labels, self.names.names, strict=True)
        bad |= {canonical(name) for label, name in spelled if label in self.table.bad and name}
        marked = tuple(name for name in whole.names if name in whole.bad_channels or canonical(name) in bad)
        remarks = [*self._typed(whole.remarks)]
        remarks += [f"bad by channels.tsv: {', '.join(marked)}"] if marked else []
        remarks += [*self._doubts(), *self._places(layout, named)]
        return replace(whole, bad_channels=marked, remarks=tuple(dict.fromkeys(remarks)))

    def _typed(self, remarks: Sequence[str]) -> Iterator[str]:
        """Remarks in which channels left out for their type are told from those that the laboratory leaves out."""
        others = {label.strip().casefold() for label in self._others}
        for remark in remarks:
            head, _, listed = remark.partition(": ")
            if head != LEFT_OUT:
                by_table = self._units_of_table and self.stated.units is None and remark.startswith("units as set")
                yield _BY_TABLE if by_table else remark
                continue
            labels = listed.split(", ")
            for reason, left in (
                ("of another type by channels.tsv", [one for one in labels if one.strip().casefold() in others]),
                ("renamed to nothing", [one for one in labels if one.strip().casefold() not in others]),
            ):
                if left:
                    yield f"left out, since they are {reason}: {', '.join(left)}"

    def _doubts(self) -> Iterator[str]:
        """Sentences on what ``channels.tsv`` says otherwise than the file."""
        lost = [name for name in self.table.eeg if name not in self._labels]
        if lost:
            yield f"channels.tsv names channels that the recording lacks: {_listed(lost)}"
        unlisted = [label for label in self._labels if label not in (*self.table.eeg, *self.table.others)]
        if self.table.eeg and unlisted and not lost and not self._only_triggers(unlisted):
            yield f"channels.tsv has no line for channels, which are known by their names: {_listed(unlisted)}"
        if self.stated.units:
            return
        unlike: dict[tuple[str, str], list[str]] = defaultdict(list)
        for label, (of_file, ours) in self._units.items():
            if of_file in MICROVOLTS and MICROVOLTS[of_file] != MICROVOLTS[ours]:
                unlike[known_unit(of_file) or of_file, ours].append(label)
        for (of_file, ours), labels in unlike.items():
            which = "all EEG channels" if len(labels) == len(self._units) else _listed(labels)
            yield (
                f"the unit of {which} is {of_file} by the file and {ours} by channels.tsv: the file's is used; if it "
                f"is wrong: --units {ours}"
            )

    def _only_triggers(self, labels: Sequence[str]) -> bool:
        types = open_raw_file(self.file).raw.get_channel_types()
        return all(types[self._labels.index(label)] == "stim" for label in labels)

    def _places(self, layout: Layout, named: bool) -> Iterator[str]:
        """Sentences on where electrodes are by ``electrodes.tsv``, and where they are taken to be."""
        placed = {canonical(name): point for name, point in self._sites.items() if point is not None}
        told = list(place_remarks(layout, placed, "in electrodes.tsv"))
        if self.electrodes is None:
            return
        if named or not self.by_table:
            yield from (remark for remark in told if remark.startswith("doubtful"))
            if not named and all(canonical(name) in standard_names() for name in self._sites):
                yield "electrodes.tsv is not used: all channels have a name with a standard place"
            elif not named:
                yield f"electrodes.tsv is not used: it has a place for {len(placed)} of {len(self._sites)} channels"
            return
        yield from told
        if not told:
            lost = [name for name, point in self._sites.items() if point is None]
            words = f"; left out, since it has no place for them: {', '.join(lost)}" if lost else ""
            yield f"electrodes are where electrodes.tsv says ({self.electrodes.system}){words}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
