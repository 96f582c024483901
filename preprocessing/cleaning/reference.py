"""The reference that electrodes are measured against."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...signals import Electrodes, InputError, canonical
from ...signals.streams.electrodes import ReadSamples
from ..steps.step import Step

AVERAGE = "average"


@dataclass(frozen=True)
class Rereference(Step):
    """Subtract a reference from every site at every sample; channels beside the sites stay as they are.

    Args:
        reference: ``"average"`` for the mean of the sites that are not marked bad, or channel names whose mean it is,
            such as the mastoids ``("M1", "M2")``.

    Raises:
        InputError: A name is no channel, all sites are bad, or the only reference is itself a site, which would become
            flat.
    """

    causal: ClassVar[bool] = True
    reference: str | tuple[str, ...] = AVERAGE

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The recording against the reference, read lazily."""
        sites = electrodes.layout.index(electrodes.names)
        reference = self._rows(electrodes, sites)
        if len(reference) == 1 and reference[0] in sites:
            found = f"{electrodes.names[reference[0]]} as site and only reference"
            wanted = "a reference beside the sites, or several"
            raise InputError(electrodes.source, found, wanted, "use a layout without it, or another reference")
        return replace(electrodes, read=Rereferenced(electrodes.read, sites, reference))

    def _rows(self, electrodes: Electrodes, sites: np.ndarray) -> np.ndarray:
        """The rows of ``electrodes.read`` whose mean is the reference."""
        if self.reference == AVERAGE:
            rows = [row for row in sites if electrodes.names[row] not in electrodes.bad_channels]
        else:
            names = (self.reference,) if isinstance(self.reference, str) else self.reference
            place = {canonical(name): row for row, name in enumerate(electrodes.names)}
            rows = [place.get(canonical(name), -1) for name in names]
        if not rows or -1 in rows:
            found = f"channels {', '.join(electrodes.names)}"
            wanted = f"{self.reference!r} among them"
            raise InputError(electrodes.source, found, wanted, "correct the reference, or use 'average'")
        return np.array(rows)


@dataclass(frozen=True, eq=False)
class Rereferenced:
    """A ``read`` whose rows ``sites`` are less the mean of its rows ``reference``."""

    read: ReadSamples
    sites: np.ndarray
    reference: np.ndarray

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        samples = self.read(start, stop).copy()
        samples[self.sites] -= samples[self.reference].mean(axis=0)
        return samples
