"""The layout of a recording's electrodes."""

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .drawings import DRAWINGS
from .layout import Layout, canonical
from .montage import layout_of_channels, standard_montage, standard_names

EARS = frozenset({"A1", "A2", "M1", "M2"})
"""Ear lobes and mastoids: references, not scalp sites of any drawing."""


def layout_of(path: Path, raw: Any) -> Layout:
    """The drawing that has exactly the scalp electrodes of MNE's ``raw``, else a layout from their positions.

    Positions come from the recording, or from the 10-05 system where it has none.

    Raises:
        InputError: There are no EEG channels, or some have neither a position nor a 10-05 name.
    """
    drawn = [(layout, set(map(canonical, layout.sites))) for layout in DRAWINGS.values()]
    known = standard_names().keys() | set().union(*(sites for _, sites in drawn))
    scalp = (known & set(map(canonical, raw.ch_names))) - EARS
    for layout, sites in drawn:
        if sites == scalp:
            return layout
    return _layout_by_position(path, raw, scalp)


def _layout_by_position(path: Path, raw: Any, scalp: set[str]) -> Layout:
    import mne

    picks = [i for i, name in enumerate(raw.ch_names) if canonical(name) in scalp]
    picks = picks or list(mne.pick_types(raw.info, eeg=True, exclude=()))
    if not picks:
        raise InputError(path, f"channels {', '.join(raw.ch_names)}", "EEG channels", "name a layout")
    info = mne.pick_info(raw.info, picks)
    if not _has_positions(info):
        _set_standard_positions(path, info)
    return layout_of_channels(info["chs"], f"electrodes-{len(picks)}")


def _has_positions(info: Any) -> bool:
    places = np.array([channel["loc"][:3] for channel in info["chs"]])
    return bool(np.isfinite(places).all() and np.ptp(places, axis=0).all())


def _set_standard_positions(path: Path, info: Any) -> None:
    """Give channels of 10-05 names their standard places."""
    known = standard_names()
    lost = [name for name in info["ch_names"] if canonical(name) not in known]
    if lost:
        raise InputError(path, f"{', '.join(lost)} without a position", "10-05 names or positions", "name a layout")
    info.rename_channels({name: known[canonical(name)] for name in info["ch_names"]}, verbose="error")
    info.set_montage(standard_montage(), verbose="error")
