"""Draw the hidden units of an STRNN: python docs/pictures/hidden-units.py docs/pictures/hidden-units.png

Beside that picture it draws hidden-states and hidden-centroids, and it prints how far the units of networks with drawn
weights follow the same truth.
"""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emoscan.models import TrainedModel, as_trained_model, make_learner
from emoscan.models.explaining.centroids import affects, class_centroids
from emoscan.models.explaining.hidden_correlations import unit_correlations
from emoscan.models.explaining.hidden_units import HiddenStates, alike, embedding, hidden_states
from emoscan.models.explaining.randomised import untrained
from emoscan.models.pictures.hidden_units_picture import draw_centroids, draw_states, draw_unit_correlations
from emoscan.preprocessing import Cache, Windows, preprocess
from emoscan.signals import SimulatedFaces


def train(cache: Cache, trials: np.ndarray) -> TrainedModel:
    """A small STRNN of the faces in some trials."""
    settings = {"epochs": 12, "batch_size": 32, "learning_rate": 3e-3}
    windows = cache.windows(4, 4, trials=trials, modality="face")
    return as_trained_model(make_learner("STRNN(site_features=8)", **settings).fit(windows), cache)


def tell(states: HiddenStates, name: str) -> None:
    """One line of numbers."""
    found = unit_correlations(states)
    sure, greatest = found.significant().any(axis=1), np.nanmax(np.abs(found.within[:, :2]), axis=0)
    _, person = np.unique(states.subject, return_inverse=True)
    shares = [alike(states, labels)[0] for labels in (states.category, person)]
    print(
        f"{name}: {sure.sum()} of {len(sure)} units follow something; greatest correlation with valence "
        f"{greatest[0]:.2f}, arousal {greatest[1]:.2f}; neighbours of one category {shares[0]:.0%}, "
        f"person {shares[1]:.0%}"
    )


def draw(model: TrainedModel, windows: Windows, path: Path) -> None:
    """What the units follow in people that the network has not learned from."""
    states = hidden_states(model, windows)
    centroids = class_centroids(*affects(model, windows), windows.cache.task.categories, states.told)
    draw_unit_correlations(unit_correlations(states), path)
    draw_states(states, embedding(states), path.with_name(f"hidden-states{path.suffix}"))
    draw_centroids(centroids, path.with_name(f"hidden-centroids{path.suffix}"))
    tell(states, "trained")
    for seed in range(5):
        blind = replace(model, model=untrained(model, seed))
        tell(hidden_states(blind, windows), f"never trained, seed {seed}")


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        faces = preprocess(SimulatedFaces(subjects=12, frames=12), None, Path(folder) / "cache")
        learned = faces.subject.astype(int) <= 6
        held_out = faces.windows(4, 2, trials=np.flatnonzero(~learned), modality="face")
        draw(train(faces, np.flatnonzero(learned)), held_out, Path(sys.argv[1]))
