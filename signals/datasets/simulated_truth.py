"""Where a simulation planted what can be learned: how much each site changes, for anything that explains."""

import numpy as np

from ..drawings import DRAWINGS
from ..face_drawing import Identity, Pose, draw_face
from ..pixel_patches import PixelPatches
from .simulated import Simulated
from .simulated_faces import SIZE, SimulatedFaces, action_units
from .simulated_pair import PairFrames, SimulatedPair, topography
from .simulated_path import STATES


def planted_electrodes(data: Simulated) -> np.ndarray:
    """(S,) 1 for sites whose beta and gamma power some category raises, 0 for all others."""
    named = {site for sites in data.planted.values() for site in sites}
    return np.array([float(site in named) for site in DRAWINGS[data.settings.layout].sites])


def planted_patches(data: SimulatedFaces, pixels: PixelPatches, matrix: np.ndarray) -> np.ndarray:
    """(S,) how much each patch moves with the action unit that moves it most, 1 for the patch that moves most."""
    return _of_the_largest(data.motion(pixels, matrix))


def planted_pair_electrodes(data: SimulatedPair) -> np.ndarray:
    """(S,) how much each site's power differs between the two states, 1 for the site where it differs most."""
    first, other = _two_states(data)
    return _of_the_largest(np.abs((first - other) @ topography(DRAWINGS[data.settings.layout])))


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
