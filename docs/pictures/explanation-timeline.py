"""Draw what counts along a trial of a simulated pair.

python docs/pictures/explanation-timeline.py docs/pictures/explanation-timeline.png
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emoscan.models import as_trained_model, explain, make_learner
from emoscan.models.explaining.explained_timeline import explained_time
from emoscan.models.pictures.explained_timeline_picture import draw_explained_time_line
from emoscan.preprocessing import preprocess
from emoscan.signals import SimulatedPair

SERIES = ("eeg", "face")


def draw(path: Path) -> None:
    """What counts in EEG and face along one trial of a simulated person that the model has not learned from."""
    data = SimulatedPair(subjects=6, trials=4, layout="scalp-19", lost=0.0)
    with TemporaryDirectory() as folder:
        cache = preprocess(data, None, Path(folder) / "cache")
        held_out = np.isin(cache.subject, ["5", "6"])
        train = cache.joint_windows(4, 2, trials=np.flatnonzero(~held_out), modalities=SERIES)
        model = as_trained_model(make_learner("Gated", epochs=8, batch_size=64, learning_rate=2e-3).fit(train), cache)
        trial = int(np.flatnonzero(held_out)[0])
        windows = cache.joint_windows(4, 1, trials=[trial], modalities=SERIES)
        found = explain(model, windows, "occlusion-sites-slices")
        shown = explained_time(model, windows, found, trial)
    title = "Gated on a simulated pair, a trial of somebody held out: predictions at each window's end, what counts"
    draw_explained_time_line(shown, path, title=title)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
