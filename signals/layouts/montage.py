"""Layouts from positions on the head: of an MNE montage, of a recording's ``Info``, or measured."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from .layout import Layout, canonical
from .placement import cells_of, flat_positions

STANDARD = ("colin27_1005", "standard_1005")
"""MNE's montage of the 10-05 system, by its name from 1.13 on and its name before."""


def layout_from_montage(montage: Any, name: str = "") -> Layout:
    """The layout of an MNE montage, or of MNE's built-in montage of that name; see ``layout_from_positions``.

    Of several names for one point, such as T3 and T7, the first is taken.

    Raises:
        InputError: MNE has no montage of that name, or ``layout_from_positions`` refuses.
    """
    import mne

    if isinstance(montage, str):
        montage, name = _built_in(montage), name or montage
    info = mne.create_info(list(montage.ch_names), 1.0, "eeg", verbose="error")
    info.set_montage(montage, verbose="error")
    channels: dict[tuple[float, ...], Any] = {}
    for channel in info["chs"]:
        channels.setdefault(_point(channel), channel)
    return layout_of_channels([*channels.values()], name or f"electrodes-{len(channels)}")


def layout_from_info(info: Any, name: str = "") -> Layout:
    """The layout of the EEG channels of an MNE ``Info``, in their order; see ``layout_from_positions``.

    Raises:
        InputError: There are no EEG channels, or ``layout_from_positions`` refuses.
    """
    import mne

    picks = mne.pick_types(info, eeg=True, exclude=())
    if not len(picks):
        raise InputError("Info", f"channels {', '.join(info['ch_names'])}", "EEG channels", "set the channel types")
    return layout_of_channels([info["chs"][pick] for pick in picks], name or f"electrodes-{len(picks)}")


def layout_from_positions(names: Sequence[str], positions: npt.ArrayLike, name: str) -> Layout:
    """Sites at measured points, on the smallest symmetric, connected grid that keeps who is beside whom.

    What is left-right symmetric on the head is so on the grid, the front is on top, and every site is linked to every
    other. Equal input gives an equal layout. How: ``emoscan.signals.layouts.placement``.

    Args:
        names: S names of sites.
        positions: (S, 3) metres to the right, to the front and up, as in MNE's head frame.
        name: What the layout is called.

    Raises:
        InputError: A point is missing (NaN or all zero, as MNE writes it), or two sites have the same point or name.
    """
    points = np.asarray(positions, float)
    _check_points(names, points, name)
    in_metres = tuple((float(x), float(y), float(z)) for x, y, z in points)
    return Layout(name, tuple(map(str, names)), cells_of(flat_positions(points)), in_metres)


def layout_of_channels(channels: Sequence[Any], name: str) -> Layout:
    """The layout of channels of an MNE ``Info``, as its ``chs`` lists them; see ``layout_from_positions``."""
    points = [channel["loc"][:3] for channel in channels]
    return layout_from_positions([channel["ch_name"] for channel in channels], points, name)


def standard_montage() -> Any:
    """MNE's montage of the 10-05 system."""
    import mne

    known = mne.channels.get_builtin_montages()
    return mne.channels.make_standard_montage(next(name for name in STANDARD if name in known))


@lru_cache(maxsize=1)
def standard_names() -> dict[str, str]:
    """The name that ``standard_montage`` has for each site, by its ``canonical`` name."""
    # T7 and T3 are both among its names and one site: the later entry wins, so the first name is put in last
    return {canonical(name): name for name in reversed(standard_montage().ch_names)}


def _built_in(name: str) -> Any:
    import mne

    known = mne.channels.get_builtin_montages()
    if name in STANDARD:
        return standard_montage()
    if name not in known:
        raise InputError(f"montage {name!r}", "no such name", f"one of {', '.join(known)}", "correct the name")
    return mne.channels.make_standard_montage(name)


def _point(channel: Any) -> tuple[float, ...]:
    """Metres, to the micrometre."""
    return tuple(float(metres) for metres in channel["loc"][:3].round(6))


def _check_points(names: Sequence[str], points: np.ndarray, name: str) -> None:
    if points.shape != (len(names), 3) or not len(names):
        raise InputError(name, f"{len(names)} names, points {points.shape}", "(S, 3) points for S names", "give both")
    missing = ~np.isfinite(points).all(axis=1) | ~points.any(axis=1)
    _, which, count = np.unique(points.round(6), axis=0, return_inverse=True, return_counts=True)
    shared = count[which] > 1
    for faulty, fault in ((missing, "without a position"), (shared, "at the same point")):
        if faulty.any():
            lost = ", ".join(site for site, bad in zip(names, faulty, strict=True) if bad)
            wanted = "a point of its own for each site"
            raise InputError(name, f"{lost} {fault}", wanted, "set a montage or leave them out")
