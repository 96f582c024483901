"""What lies between networks and tables speaks each in its own units: stacks and GANs see -1 to 1, people the scale."""

from types import SimpleNamespace

import numpy as np
import torch

from emoscan.benchmarks.studies.gan.sheets import _steps
from emoscan.models import Prediction
from emoscan.models.gan import EmotionGAN, GanTraining, Labels
from emoscan.models.learning.stacking import _Stack
from emoscan.preprocessing import Cache
from emoscan.signals import Task, patch_grid

PLAIN = Task(dimensions=("valence", "arousal"))
NINE = Task(dimensions=("valence", "arousal"), ranges=((1, 9), (0, 100)))


def windows(task, seen):
    return SimpleNamespace(
        category=np.full(len(seen), -1),
        dimensions=task.rated(seen),
        units=np.zeros((len(seen), 0)),
        cache=SimpleNamespace(task=task),
    )


def said(task, seen):
    return Prediction(np.zeros((len(seen), 0)), task.rated(seen), np.zeros((len(seen), 0)))


def test_a_stack_learns_the_same_on_every_scale_and_stays_within_it():
    rng = np.random.default_rng(0)
    truth = rng.uniform(-1, 1, (40, 2))
    truth[3, 1] = np.nan
    heard = {name: np.clip(np.nan_to_num(truth) + rng.normal(0, 0.2, truth.shape), -1, 1) for name in ("eeg", "face")}
    present = {name: rng.random(40) > 0.2 for name in heard}
    found = []
    for task in (PLAIN, NINE):
        members = {name: said(task, seen) for name, seen in heard.items()}
        found.append(_Stack(task, 0).fit(members, present, windows(task, truth)).predict(members, present).dimensions)
    np.testing.assert_allclose(NINE.normalised(found[1]), found[0], atol=1e-9)
    assert (found[1] >= [1, 0]).all()
    assert (found[1] <= [9, 100]).all()
    assert np.ptp(found[1], axis=0).min() > 1


def test_a_gan_is_told_what_networks_see_and_says_ratings(tmp_path):
    seen = np.array([[-1.0, 1.0], [0.5, np.nan]])
    cache = Cache.from_arrays(
        tmp_path,
        np.zeros((2, 1, 16, 16), np.uint8),
        layout=patch_grid(2, 2, (8, 8)),
        task=NINE,
        modality="face",
        dimensions=NINE.rated(seen),
        subject=["a", "b"],
    )
    labels = Labels.of(cache.windows(1, 1, modality="face"), NINE)
    np.testing.assert_allclose(labels.dimensions.numpy(), seen, atol=1e-6)
    torch.manual_seed(0)
    settings = GanTraining(predicts="dimensions", size=16, noise=4, loss="none")
    gan = EmotionGAN(NINE, settings, labels)
    ratings = gan.predict(torch.zeros(3, 1, 16, 16)).dimensions
    assert (np.abs(ratings - [5, 50]) < [4, 50]).all()
    heads = gan.discriminator.eval().labels(torch.zeros(3, 1, 16, 16))[1].detach().double().numpy()
    np.testing.assert_allclose(ratings, NINE.rated(heads))


def test_sheets_name_the_steps_of_the_scale():
    assert _steps(-1, 1) == ["-1.0", "-0.7", "-0.3", "0.0", "+0.3", "+0.7", "+1.0"]
    assert _steps(1, 9) == ["1.0", "2.3", "3.7", "5.0", "6.3", "7.7", "9.0"]
