"""Where a simulation planted what can be learned: how much each site changes, for anything that explains."""

import numpy as np

from ..drawings import DRAWINGS
from ..face_drawing import Identity, Pose, draw_face
from ..pixel_patches import PixelPatches
from .simulated import BAND_EDGES, PLANTED_BANDS, Simulated
from .simulated_faces import SIZE, SimulatedFaces, action_units
from .simulated_pair import GAIN, PairFrames, SimulatedPair, topography
from .simulated_path import STATES, WANDER


def planted_electrodes(data: Simulated) -> np.ndarray:
    """(S,) 1 for sites whose beta and gamma power some category raises, 0 for all others."""
    named = {site for sites in data.planted.values() for site in sites}
    return np.array([float(site in named) for site in DRAWINGS[data.settings.layout].sites])


def planted_patches(data: SimulatedFaces, pixels: PixelPatches, matrix: np.ndarray) -> np.ndarray:
    """(S,) how much each patch moves with the action unit that moves it most, 1 for the patch that moves most."""
    return _of_the_largest(data.motion(pixels, matrix))


def planted_pair_electrodes(data: SimulatedPair) -> np.ndarray:
    """(S,) how well a slice of one site tells the two states apart, 1 for the site that does it best.

    The difference of the states' log power over its deviation within a state, ``g |w D| / sqrt(g^2 w C w' + m^2)``: D
    is the way from one state to the other, w how the site follows valence and arousal, C what else moves it, m the
    deviation of the log power of a second's noise in a band. A site that follows the path strongly follows its noise
    as strongly, so it need not tell more than one that follows less.
    """
    s, w = data.settings, topography(DRAWINGS[data.settings.layout])
    first, other = _two_states(data)
    every = np.array([STATES[name] for name in data.task.categories])
    own = (1 - s.effect) ** 2 * (WANDER**2 * np.eye(2) + np.cov(every.T, bias=True))
    moved = own + (s.effect**2 * WANDER**2 + s.eeg_noise**2) * np.eye(2)
    spread = np.sqrt(GAIN**2 * np.einsum("is,ij,js->s", w, moved, w) + _log_power_deviation() ** 2)
    return _of_the_largest(GAIN * s.effect * np.abs((first - other) @ w) / spread)


def _log_power_deviation() -> float:
    """Of half the log of the mean power of a second of noise: ``sqrt(1 / (2 n))`` for n = 2 B degrees of freedom."""
    width = np.mean([BAND_EDGES[band + 1] - BAND_EDGES[band] for band in PLANTED_BANDS])
    return float(np.sqrt(1 / (4 * width)))


def planted_pair_patches(data: SimulatedPair, pixels: PixelPatches, matrix: np.ndarray) -> np.ndarray:
    """(S,) mean change of each patch's pixels from one state's face to the other's, 1 for the patch that changes most.

    Args:
        data: The simulation, whose people are drawn.
        pixels: The patches of an aligned image.
        matrix: (2, 3) from a picture with the face in its middle to that image.
    """
    first, other = (action_units(state) for state in _two_states(data))
    people = [PairFrames(data.settings, subject, 1).who for subject in range(1, data.settings.subjects + 1)]
    changes = [np.abs(_cut(who, first, pixels, matrix) - _cut(who, other, pixels, matrix)) for who in people]
    return _of_the_largest(np.mean(changes, axis=(0, 2)))


def _cut(who: Identity, units: np.ndarray, pixels: PixelPatches, matrix: np.ndarray) -> np.ndarray:
    """(S, F) pixels of the patches of one face."""
    import cv2

    face = draw_face(who, units, Pose(SIZE[1] / 2, SIZE[0] / 2, 52), SIZE)
    return pixels.cut(np.asarray(cv2.warpAffine(face, matrix, pixels.image[::-1]), float))


def _two_states(data: SimulatedPair) -> tuple[np.ndarray, np.ndarray]:
    """Valence and arousal of the first two states."""
    first, other, *_ = (np.array(STATES[name]) for name in data.task.categories)
    return first, other


def _of_the_largest(values: np.ndarray) -> np.ndarray:
    return np.asarray(values / values.max())
