"""Simulations whose planted effect is known by site, how they are preprocessed, and what learns from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from ....preprocessing import Cache, DifferentialEntropy, FaceCrop, MarkFlat, Patches, Step
from ....preprocessing.faces.alignment import align_points
from ....signals import Dataset, Simulated, SimulatedFaces, SimulatedPair
from ....signals.datasets.simulated.face_drawing import UNITS, Identity, Pose, landmarks
from .site_discriminability import discriminability

HALF = 0.5
"""A site counts as planted above half of the truth's largest value."""

_SPARSE = "STRNN(group=0.1, sparsity=0.75)"  # no more sites switched off than hold nothing
_LESS_SPARSE = "STRNN(group=0.1, sparsity=0.3)"

_SIDE = 48  # pixels of an aligned face

Truth = Callable[[Any, Cache], dict[str, np.ndarray]]
"""From a simulation and its cache how much was planted at each site, by series: (S,), 0 to 1."""


@dataclass(frozen=True)
class Planting:
    """A simulation whose truth is known, and the networks that learn from it.

    Attributes:
        make: The simulation of a seed.
        recipe: The steps of each series.
        truth: The planted sites.
        model, sparse: The default network, and the same with a penalty on its projections over sites.
        window: Slices of the series with the longest slices.
        folds: Number of four folds over people that are trained, each without the people whom it explains.
        seeds: Of the simulations and trainings that are reported; no setting was tuned on them.
    """

    make: Callable[..., Dataset]
    recipe: Mapping[str, Sequence[Step]]
    truth: Truth
    model: str = "STRNN"
    sparse: str = _SPARSE
    window: int = 9
    folds: int = 2
    seeds: tuple[int, ...] = (100, 101, 102, 103, 104)


def _electrodes(data: Simulated, cache: Cache) -> dict[str, np.ndarray]:
    """1 for sites whose beta and gamma power some category raises, 0 for all others."""
    named = set(chain.from_iterable(data.planted.values()))
    return {"eeg": np.array([float(site in named) for site in cache.layout("eeg").sites])}


def _patches(data: SimulatedFaces, cache: Cache) -> dict[str, np.ndarray]:
    """(S,) movement of each patch with the action unit that moves it most, 1 for the patch that moves most."""
    pixels = cache.layout("face").pixels
    assert pixels is not None
    moved = data.motion(pixels, _middle())
    return {"face": moved / moved.max()}


def _pair(data: SimulatedPair, cache: Cache) -> dict[str, np.ndarray]:
    """Discriminability of the two states by each site alone, 1 for the site that does it best.

    From the slices as they were recorded and aligned: noise, artefacts and what a site hears of its neighbours count.
    """
    apart = {name: discriminability(cache.windows(1, 1, modality=name)) for name in cache.modalities}
    return {name: by_site / by_site.max() for name, by_site in apart.items()}


def _middle() -> np.ndarray:
    """(2, 3) from a picture with an average face in its middle to the aligned image."""
    who = Identity.drawn(np.random.default_rng(0))
    return align_points(landmarks(who, np.zeros(len(UNITS)), Pose(56, 48, 52)), _SIDE)


_EEG: Mapping[str, Sequence[Step]] = {"eeg": [MarkFlat(), DifferentialEntropy()]}
_FACE = FaceCrop(_SIDE, "Given")

PLANTINGS = {
    "eeg-19": Planting(partial(Simulated, layout="scalp-19"), _EEG, _electrodes),
    "eeg-62": Planting(partial(Simulated, layout="seed-62"), _EEG, _electrodes),
    "faces": Planting(partial(SimulatedFaces, subjects=24), {"face": [_FACE, Patches()]}, _patches),
    "pair": Planting(
        make=partial(SimulatedPair, subjects=24),
        recipe={**_EEG, "face": [_FACE, Patches(4, 4)]},
        truth=_pair,
        model="Concat",
        sparse=f"Concat(eeg={_LESS_SPARSE!r}, face={_LESS_SPARSE!r})",
        window=4,
        folds=4,
        seeds=(120, 121, 122, 123, 124),
    ),
}
"""Simulations whose truth is known, by name."""
