"""Recordings that a program holds, opened by the rules of files."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files.channel_settings import ChannelSettings
from ...files.headers.edf_header import FASTEST, SLOWEST
from ...files.raw_file import RawFile
from ...files.recording_file import electrodes_of, timeline_of, used_channels
from ...layouts.layout import Layout
from ...streams.electrodes import Electrodes
from ...streams.source import Source
from ...trials.dataset import Dataset

_BLOCK = 1 << 16
"""Samples of all channels that are read at a time."""


class LoadedDataset(Dataset):
    """A dataset whose recordings a program holds: no folder, and its name is the user's.

    Args:
        where: What messages call it.
        name: What tables call it.
        simulated: Whether no person was recorded.
    """

    expects = "recordings in memory"
    access = "Your own recordings."

    def __init__(self, where: str, name: str, simulated: bool) -> None:
        self.root = Path(where)  # which messages name; nothing is looked for there
        self.name = name  # type: ignore[misc]  # of this object, not of its class
        self.simulated = simulated

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Nothing: what a program holds is in no folder."""
        raise InputError(root, "a dataset in memory", "one that lies in a folder", "write the files of another dataset")


@dataclass(frozen=True, eq=False)
class RawSamples:
    """A ``read`` over MNE's object of a recording: (C, stop - start) float64 in microvolts.

    Args:
        raw: MNE's object, its samples in memory or not.
        channels: The place of each of C channels.
        factors: Microvolts in one of what MNE makes a microvolt, of each of them; empty where that is one.
    """

    raw: Any
    channels: tuple[int, ...]
    factors: tuple[float, ...] = ()

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        data = self.raw.get_data(picks=list(self.channels), start=start, stop=stop, verbose="warning") * 1e6
        return np.asarray(data * np.array(self.factors)[:, None] if self.factors else data)


def open_loaded(
    file: RawFile, where: str, layout: Layout | None = None, settings: ChannelSettings | None = None
) -> Electrodes:
    """MNE's object of a recording as electrodes: channels, units, places and joints by the rules of files.

    Its source is its content: equal samples are equal recordings, whatever they are called.

    Raises:
        InputError: As ``open_recording``.
    """
    raw, settings = file.raw, settings or ChannelSettings()
    check_rate(where, float(raw.info["sfreq"]))
    used = used_channels(where, file, layout, (), settings)
    factors = () if used.factors is None else tuple(used.factors[channel] for channel in used.channels)
    read, n_samples = RawSamples(raw, used.channels, factors), int(raw.n_times)
    blocks = (read(begin, min(begin + _BLOCK, n_samples)) for begin in range(0, n_samples, _BLOCK))
    timeline = timeline_of(file, float(raw.info["sfreq"]), n_samples)
    return electrodes_of(file, used, timeline, read, Source(None, f"raw {samples_digest(blocks)}", name=where))


def named_objects(where: str, things: Any, check: Callable[[Any, str], None]) -> dict[str, Any]:
    """Objects by name: those of a mapping by their keys, others by their place from 0.

    Raises:
        InputError: There is none, or ``check`` refuses one.
    """
    if not isinstance(things, Mapping):
        things = dict(enumerate(things if isinstance(things, list | tuple) else [things]))
    if not things:
        raise InputError(where, "none", "one or more")
    for key, thing in things.items():
        check(thing, f"{where}[{key!r}]")
    return {str(key): thing for key, thing in things.items()}


def check_rules(where: str, settings: ChannelSettings, labels: Sequence[str]) -> None:
    """Refuse rules for channels that are not among the ``labels`` of any recording."""
    known = {label.strip().casefold() for label in labels}
    lost = [repr(channel) for channel in settings.channels() if channel.strip().casefold() not in known]
    if lost:
        found = f"rename or units for {', '.join(lost)}"
        raise InputError(where, found, f"channels among {', '.join(dict.fromkeys(labels))}", "correct the names")


def check_rate(where: str, rate: float) -> None:
    """Refuse a rate that no recording has."""
    if not SLOWEST <= rate <= FASTEST:
        raise InputError(where, f"{rate:g} samples a second", f"a rate between {SLOWEST:g} and {FASTEST:g} Hz")


def samples_digest(blocks: Iterable[np.ndarray]) -> str:
    """SHA-256 of samples, (C, n) a block: one sample that differs gives another."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(np.ascontiguousarray(block, np.float64).data)
    return digest.hexdigest()
