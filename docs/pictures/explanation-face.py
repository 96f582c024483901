"""Draw what counts in simulated faces: python docs/pictures/explanation-face.py docs/pictures/explanation-face.png"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emoscan.models import as_trained_model, explain, make_learner
from emoscan.models.pictures.explanation_picture import draw_face_maps
from emoscan.preprocessing import Cache, preprocess
from emoscan.signals import SimulatedFaces

TARGETS = ("valence", "arousal", "au12", "au25")


def aligned(cache: Cache, trial: int) -> np.ndarray:
    """(H, W) one aligned picture; a drawing is nobody's face."""
    return np.asarray(cache[trial]["face"].stored[0], float)


def draw(path: Path) -> None:
    """Which patches an STRNN looks at for what, in simulated people that it has not learned from."""
    with TemporaryDirectory() as folder:
        cache = preprocess(SimulatedFaces(subjects=8, frames=12), None, Path(folder) / "cache")
        held_out = np.isin(cache.subject, ["7", "8"])
        settings = {"epochs": 12, "batch_size": 32, "learning_rate": 3e-3}
        train = cache.windows(4, 4, trials=np.flatnonzero(~held_out), modality="face")
        model = as_trained_model(make_learner("STRNN(site_features=8)", **settings).fit(train), cache)
        windows = cache.windows(4, 12, trials=np.flatnonzero(held_out), modality="face")
        maps = np.stack([explain(model, windows, target=target).by_site("face") for target in TARGETS])
        face = aligned(cache, int(np.flatnonzero(held_out)[0]))
    shares = maps / maps.sum(axis=1, keepdims=True)
    title = "STRNN on simulated faces, two people held out: which patches count, by what is asked"
    draw_face_maps(
        shares, TARGETS, windows.layout, path, label="importance, share of all patches", face=face, title=title
    )


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
