"""Events in a recording's own file: annotations and trigger channels."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from .raw_file import RawFile, is_recording, open_raw_file

_COUNTED = re.compile(r"(.+?) #(\d+)", re.DOTALL)
"""A name with a number behind it: which of several of that name."""

TRIGGER_BITS = 0xFF
"""Bits of a trigger channel that carry codes; BioSemi keeps the amplifier's state in those above."""


@dataclass(frozen=True, eq=False)
class Events:
    """N events of one recording.

    Args:
        times: (N,) seconds from its first sample, never falling.
        names: N names: the text of an annotation, or a trigger's code as a number.
        where: Their file.
    """

    times: np.ndarray
    names: tuple[str, ...]
    where: str

    def __len__(self) -> int:
        return len(self.times)

    def named(self, *names: str) -> "Events":
        """Those with one of these names."""
        which = [name in names for name in self.names]
        return Events(self.times[which], tuple(name for name in self.names if name in names), self.where)

    def one(self, name: str) -> float:
        """Seconds of an event that must be there once; ``"7 #2"`` means the second one called 7.

        An event whose own text ends so is meant where no other is called so but for the number.

        Raises:
            InputError: There is none, or several and no number says which, or two readings of the name.
        """
        counted = _COUNTED.fullmatch(name)
        if counted is None or (name in self.names and counted[1] not in self.names):
            return self.nth(name)
        if name in self.names:
            found = f"an event of that text, and a number {counted[2]} of those called {counted[1]!r}"
            do = f"put the text in quotes: note '{name}', or note '{counted[1]}' #{counted[2]}"
            raise InputError(f"{self.where}, event {name!r}", found, "one of them", do)
        return self.nth(counted[1], int(counted[2]))

    def nth(self, name: str, number: int | None = None) -> float:
        """Seconds of the event with this text, whatever is in it: the one of that number from 1, else the only one.

        Raises:
            InputError: There is none, or several and no number says which.
        """
        times = self.named(name).times
        if not 1 <= (number or 1) <= len(times) or number == 0 or (len(times) > 1 and number is None):
            known = ", ".join(dict.fromkeys(self.names)) or "none"
            quoted = "; a text with # stands in quotes: note 'film #2'" if "#" in f"{known}{name}" else ""
            counted = name if number is None else f"{name} #{number}"
            raise InputError(
                f"{self.where}, event {counted!r}",
                f"{len(times)} of that name among the {len(self)} events ({known})",
                "exactly one",
                f"correct the name, or say which one, as in '7 #2'{quoted}",
            )
        return float(times[(number or 1) - 1])


def read_events(path: str | Path) -> Events:
    """All events of a recording that MNE reads: its annotations, and the codes of its trigger channel.

    ``BAD`` and ``EDGE`` annotations mark stretches, no events. Of a trigger channel the lowest eight bits count.

    Raises:
        InputError: The file cannot be read.
    """
    path = Path(path)
    if not is_recording(path):
        raise InputError(path, "no such file", "a recording", "check the path")
    return events_in(open_raw_file(path), str(path))


def events_in(file: RawFile, where: str) -> Events:
    """All events of a recording that is open, as ``read_events`` has them; ``where`` it is, for messages."""
    events = sorted([*_annotations(file), *_triggers(file)], key=lambda event: event[0])
    return Events(np.array([time for time, _ in events]), tuple(name for _, name in events), where)


def _annotations(file: RawFile) -> list[tuple[float, str]]:
    # MNE's own words for stretches of bad data and for joints
    return [(note.onset, note.text) for note in file.notes if not note.text.upper().startswith(("BAD", "EDGE"))]


def _triggers(file: RawFile) -> list[tuple[float, str]]:
    import mne

    raw = file.raw
    if "stim" not in raw.get_channel_types():
        return []
    events = mne.find_events(
        raw,
        output="onset",
        consecutive=True,
        mask=TRIGGER_BITS,
        mask_type="and",
        shortest_event=1,
        initial_event=True,
        verbose="error",
    )
    seconds = ((sample - raw.first_samp) / raw.info["sfreq"] for sample in events[:, 0])
    return [(file.session_seconds(at), str(code)) for at, code in zip(seconds, events[:, 2], strict=True)]
