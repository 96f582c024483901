"""Reading beyond a recording's ends, as filters need."""

import numpy as np

from ...signals import Electrodes, InputError


def mirrored(electrodes: Electrodes, start: int, stop: int) -> np.ndarray:
    """Samples ``start`` to ``stop`` (C, stop - start), which may reach beyond the ends.

    Beyond an end the signal is mirrored at the end's point (odd reflection, as MNE pads): ``2 x[0] - x[k]`` at ``-k``.
    The reach must be shorter than the recording (``check_reach``).
    """
    last = electrodes.n_samples
    stretches = [electrodes.read(max(start, 0), min(stop, last))]
    if start < 0:
        edge = electrodes.read(0, 1 - start)
        stretches.insert(0, 2 * edge[:, :1] - edge[:, :0:-1])
    if stop > last:
        edge = electrodes.read(2 * last - stop - 1, last)
        stretches.append(2 * edge[:, -1:] - edge[:, -2::-1])
    # one stretch is returned as it was read: most reads lie inside, and a copy of each would cost their time again
    return stretches[0] if len(stretches) == 1 else np.concatenate(stretches, axis=1)


def check_reach(electrodes: Electrodes, reach: int, what: str) -> None:
    """Refuse a filter that reaches ``reach`` samples to either side where the recording has no more than that."""
    if reach >= electrodes.n_samples:
        found = f"{electrodes.duration:g} s"
        wanted = f"more than the {reach / electrodes.rate:.3g} s that {what} reaches to either side"
        raise InputError(electrodes.source, found, wanted, "use longer stretches, or bands that begin higher")
