"""Augmentation changes a whole window in one way, repeats itself by seed, and leaves what it must."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from emoscan.models import Faces
from emoscan.models.learning.network_learner import _changes
from emoscan.models.training.augmentations import augmentation, joined
from emoscan.models.training.data import VolumeData
from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, InputError, Task, patch_grid

LAYOUT = patch_grid(4, 4, (6, 6))


def batch(n=8, t=5):
    torch.manual_seed(0)
    smooth = torch.nn.functional.interpolate(torch.rand(n, 1, 6, 6), size=24, mode="bilinear")
    return LAYOUT.from_map(smooth.expand(n, t, 24, 24)[:, :, None].numpy())


def changed(own, seed=0, x=None):
    x = torch.from_numpy(batch() if x is None else x)
    return Faces(**own)(x, LAYOUT, torch.Generator().manual_seed(seed))


NOTHING = {"rotation": 0, "scale": 0, "shift": 0, "flip": 0, "brightness": 0, "erase": 0}


def test_nothing_is_nothing():
    torch.testing.assert_close(changed(NOTHING), torch.from_numpy(batch()), rtol=0, atol=1e-5)


def test_a_mirror_image_is_the_layouts_mirror():
    mirrored = changed({**NOTHING, "flip": 1})
    images = joined(torch.from_numpy(batch()), LAYOUT.pixels).flip(-1)
    torch.testing.assert_close(joined(mirrored, LAYOUT.pixels), images, rtol=0, atol=1e-5)
    mean = torch.from_numpy(batch()).mean(dim=3)
    torch.testing.assert_close(mirrored.mean(dim=3), mean[:, :, LAYOUT.mirror], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "own", [{"rotation": 20}, {"scale": 0.3}, {"shift": 0.2}, {"flip": 0.5}, {"brightness": 0.4}, {"erase": 1}]
)
def test_a_window_is_changed_as_one_and_windows_apart(own):
    made = changed({**NOTHING, **own})
    for t in range(1, 5):  # every frame of these windows is the same, and stays so
        torch.testing.assert_close(made[:, t], made[:, 0], rtol=0, atol=1e-6)
    assert not torch.allclose(made, torch.from_numpy(batch()), atol=1e-3)
    assert made.min() >= 0
    assert made.max() <= 1


def test_equal_seeds_give_equal_changes_and_others_others():
    assert torch.equal(changed({}, 1), changed({}, 1))
    assert not torch.equal(changed({}, 1), changed({}, 2))


def test_only_images_are_changed():
    face, eeg = SimpleNamespace(layout=LAYOUT), SimpleNamespace(layout=SCALP_19)
    assert _changes("auto", {"eeg": eeg, "face": face}) == {"face": Faces()}
    assert _changes("auto", {"eeg": eeg}) == {}
    assert _changes("none", {"face": face}) == {}
    assert _changes("Faces(rotation=3)", {"eeg": eeg, "face": face}) == {"face": Faces(rotation=3)}
    with pytest.raises(InputError, match="without pixels"):
        Faces()(torch.zeros(1, 1, 19, 5), SCALP_19, torch.Generator())
    with pytest.raises(InputError, match="augmentation 'Noise'"):
        augmentation("Noise")
    with pytest.raises(InputError, match="probabilities to 1"):
        Faces(flip=2)


def test_training_windows_are_changed_and_others_never(tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (6, 9, 24, 24)).astype(np.uint8)
    cache = Cache.from_arrays(
        tmp_path / "c",
        list(images),
        layout=LAYOUT,
        task=Task(("a", "b")),
        category=[0, 1] * 3,
        subject=list("aabbcc"),
        modality="face",
    )
    windows = cache.windows(3, 3, modality="face")
    data = VolumeData(windows, windows, scaling="none", change={"face": Faces()}, batch_size=64)
    shown, whole = next(iter(data.train_dataloader())).x["face"], torch.from_numpy(windows.x())
    assert not any(torch.allclose(one, other, atol=1e-3) for one in shown for other in whole)
    torch.testing.assert_close(next(iter(data.val_dataloader())).x["face"], whole)
