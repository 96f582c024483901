"""Draw what counts in simulated EEG: python docs/pictures/explanation-scalp.py docs/pictures/explanation-scalp.png"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emoscan.models import as_trained_model, explain, make_learner
from emoscan.models.pictures.explanation_picture import draw_explanation
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.signals import Simulated


def draw(path: Path) -> None:
    """What an STRNN looks at in simulated people that it has not learned from, by band."""
    data = Simulated(subjects=6, layout="scalp-19", effect=2.0, drift=0.2)
    with TemporaryDirectory() as folder:
        cache = preprocess(data, {"eeg": [DifferentialEntropy()]}, Path(folder) / "cache")
        held_out = np.isin(cache.subject, ["5", "6"])
        settings = {"epochs": 10, "batch_size": 32, "learning_rate": 3e-3}
        learned = make_learner("STRNN", **settings).fit(cache.windows(4, 2, trials=np.flatnonzero(~held_out)))
        windows = cache.windows(4, 4, trials=np.flatnonzero(held_out))
        found = explain(as_trained_model(learned, cache), windows, "occlusion-sites-features")
    planted = ", ".join(site for sites in data.planted.values() for site in sites)
    title = f"STRNN on simulated EEG, two people held out. Planted: beta and gamma at {planted}"
    draw_explanation(found, "eeg", path, title=title)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
