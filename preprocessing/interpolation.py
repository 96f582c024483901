"""Bad channels replaced by what their neighbours say."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..signals import Electrodes, InputError, canonical
from ..signals.electrodes import ReadSamples
from .step import Step


@dataclass(frozen=True)
class InterpolateBadChannels(Step):
    """Replace each site marked bad by MNE's spherical-spline interpolation from the others (Perrin et al. 1989).

    The interpolation is linear, so its matrix is computed once and applied to whatever is read. Positions are the
    layout's own where it has points (x, y, z), else those of MNE's ``standard_1005``. Sites without a position, such as
    SEED's CB1 and CB2, take no part.

    Raises:
        InputError: A bad site has no known position, or fewer than four good sites have one.
    """

    causal: ClassVar[bool] = True

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The recording in which no site is marked bad, read lazily."""
        rows = electrodes.layout.index(electrodes.names)
        bad = [site for site, row in enumerate(rows) if electrodes.names[row] in electrodes.bad_channels]
        if not bad:
            return electrodes
        position = _positions(electrodes)
        good = [site for site in position if site not in bad]
        lost = [electrodes.layout.sites[site] for site in bad if site not in position]
        if lost or len(good) < 4:
            raise InputError(
                electrodes.source, f"no position for {', '.join(lost)}" if lost else f"{len(good)} good sites",
                "a position for each bad site and for four good ones", "use a layout with positions or without it",
            )
        weights = _weights([position[site] for site in good], [position[site] for site in bad])
        mended = {electrodes.names[rows[site]] for site in bad}
        return replace(
            electrodes, read=Interpolated(electrodes.read, rows[bad], rows[good], weights),
            bad_channels=tuple(name for name in electrodes.bad_channels if name not in mended),
        )


@dataclass(frozen=True, eq=False)
class Interpolated:
    """A ``read`` whose rows ``bad`` are ``weights`` (bad, good) times its rows ``good``."""

    read: ReadSamples
    bad: np.ndarray
    good: np.ndarray
    weights: np.ndarray

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        samples = self.read(start, stop).copy()
        samples[self.bad] = self.weights @ samples[self.good]
        return samples


def _positions(electrodes: Electrodes) -> dict[int, Any]:
    """Points (x, y, z) in metres of the sites that have one."""
    layout = electrodes.layout
    if layout.positions and len(layout.positions[0]) == 3:
        return dict(enumerate(layout.positions))
    import mne

    points = mne.channels.make_standard_montage("standard_1005").get_positions()["ch_pos"]
    known = {canonical(name): point for name, point in points.items()}
    sites = enumerate(canonical(name) for name in layout.sites)
    return {site: known[name] for site, name in sites if name in known}


def _weights(good: list[Any], bad: list[Any]) -> np.ndarray:
    """What MNE makes of a one at each good site in turn, at the bad sites: (bad, good)."""
    import mne

    names = [f"{i}" for i in range(len(good) + len(bad))]
    info = mne.create_info(names, 1.0, "eeg", verbose="ERROR")
    montage = mne.channels.make_dig_montage(dict(zip(names, [*good, *bad], strict=True)), coord_frame="head")
    ones = np.concatenate([np.eye(len(good)), np.zeros((len(bad), len(good)))])
    evoked = mne.EvokedArray(ones, info, verbose="ERROR").set_montage(montage, verbose="ERROR")
    evoked.info["bads"] = names[len(good) :]
    return np.asarray(evoked.interpolate_bads(verbose="ERROR").data[len(good) :])
