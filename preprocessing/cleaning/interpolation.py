"""Bad channels replaced by an interpolation from the others."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...signals import Electrodes, InputError, Layout, canonical, standard_montage, standard_names
from ...signals.streams.electrodes import ReadSamples
from ..steps.step import Step


@dataclass(frozen=True)
class InterpolateBadChannels(Step):
    """Replace each site marked bad by MNE's spherical-spline interpolation from the others (Perrin et al. 1989).

    The interpolation is linear, so its matrix is computed once and applied to whatever is read. Positions are those of
    the layout where it has points (x, y, z), else those of MNE's 10-05 montage. Sites without a position, such as
    SEED's CB1 and CB2, are passed over.

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
        montage, names = _montage(electrodes.layout)
        good = [site for site in names if site not in bad]
        unplaced = [electrodes.layout.sites[site] for site in bad if site not in names]
        if unplaced or len(good) < 4:
            found = f"no position for {', '.join(unplaced)}" if unplaced else f"{len(good)} good sites"
            wanted = "a position for each bad site and for four good ones"
            raise InputError(electrodes.source, found, wanted, "use a layout with positions or without it")
        weights = _weights(montage, [names[site] for site in good], [names[site] for site in bad])
        mended = {electrodes.names[rows[site]] for site in bad}
        return replace(
            electrodes,
            read=Interpolated(electrodes.read, rows[bad], rows[good], weights),
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


def _montage(layout: Layout) -> tuple[Any, dict[int, str]]:
    """An MNE montage, and its name for each of the sites that it has."""
    import mne

    if layout.positions and len(layout.positions[0]) == 3:
        points = dict(zip(layout.sites, layout.positions, strict=True))
        return mne.channels.make_dig_montage(points, coord_frame="head"), dict(enumerate(layout.sites))
    standard = standard_names()
    sites = enumerate(canonical(name) for name in layout.sites)
    return standard_montage(), {site: standard[name] for site, name in sites if name in standard}


def _weights(montage: Any, good: list[str], bad: list[str]) -> np.ndarray:
    """The matrix (bad, good) of the interpolation: MNE's values at bad sites for a one at each good site in turn."""
    import mne

    ones = np.concatenate([np.eye(len(good)), np.zeros((len(bad), len(good)))])
    evoked = mne.EvokedArray(ones, mne.create_info([*good, *bad], 1.0, "eeg", verbose="ERROR"), verbose="ERROR")
    evoked.set_montage(montage, verbose="ERROR")
    evoked.info["bads"] = bad
    return np.asarray(evoked.interpolate_bads(verbose="ERROR").data[len(good) :])
