"""The GAN for action units, valence and arousal: its losses, what it is told, resuming, and what it refuses."""

import json
import math
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import pytorch_lightning as lightning
import torch
from sklearn.metrics import roc_auc_score

from emoscan.models.gan import (
    Discriminator,
    EmotionGAN,
    FaceBatch,
    FaceImages,
    GanTraining,
    Labels,
    affect_grid,
    alike,
    between,
    between_noise,
    draw_noise,
    face_series,
    frechet,
    label_loss,
    load_gan,
    make_samples,
    mean_distance,
    nearest,
    train_gan,
    unit_ramps,
)
from emoscan.models.gan.emotion_gan import running_mean
from emoscan.models.gan.face_data import EpochOrder
from emoscan.models.gan.face_images import as_windows
from emoscan.models.gan.kept_gan import FACTS, TENSORS
from emoscan.models.gan.networks.adversarial_losses import (
    ADVERSARIAL_LOSS,
    conditional_entropy,
    entropy_discriminator,
    entropy_generator,
    feature_matching,
    gradient_penalty,
    marginal_entropy,
)
from emoscan.models.gan.training_state import STATE, TERMS, GanState
from emoscan.preprocessing import Cache, FaceCrop, Patches, preprocess
from emoscan.preprocessing.patches import Regions
from emoscan.signals import InputError, SimulatedFaces, Target, Task, patch_grid
from emoscan.signals.files.publishing import _host

TINY = GanTraining(size=16, epochs=3, batch_size=24, noise=4, width=4, sheet_every=0, r1_every=2, accelerator="cpu")
TASK = Task(dimensions=("valence", "arousal"), units=("au1", "au2", "au4"))


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Simulated faces of three people, 72 images of 16 x 16."""
    data = SimulatedFaces(subjects=3, trials=4, frames=6, seed=11)
    recipe = {"face": [FaceCrop(size=16, detector="Given"), Patches(2, 2)]}
    return preprocess(data, recipe, tmp_path_factory.mktemp("gan") / "faces")


@pytest.fixture(scope="module")
def kept(faces, tmp_path_factory):
    """A tiny GAN and its folder."""
    folder = tmp_path_factory.mktemp("gan") / "run"
    return train_gan(faces.windows(1, 1, modality="face"), replace(TINY, sheet_every=2), seed=3, folder=folder), folder


def made_cache(folder, target, task=TASK, layout=None, count=3):
    """Noise images that a lab made itself; ``target`` gives the truth of each trial."""
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (4, 16, 16), np.uint8) for _ in range(count)]
    return Cache.from_arrays(
        folder,
        images,
        layout=layout or patch_grid(2, 2, (8, 8)),
        task=task,
        category=[target(number) for number in range(count)],
        subject=[str(n) for n in range(count)],
        modality="face",
        simulated=True,
        features=[f"p{n}" for n in range(64)],
    )


def labels_of(count, seed=0, task=TASK):
    draw = torch.Generator().manual_seed(seed)
    dimensions = 2 * torch.rand(count, len(task.dimensions), generator=draw) - 1
    units = (torch.rand(count, len(task.units), generator=draw) > 0.5).float()
    return Labels(torch.full((count,), -1), dimensions, units)


def batch_of(count=12, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return FaceBatch(2 * torch.rand(count, 1, 16, 16, generator=draw) - 1, labels_of(count, seed))


def gan_of(seed=0, task=TASK, **settings):
    torch.manual_seed(seed)
    return EmotionGAN(task, replace(TINY, **settings), labels_of(20, 5, task)).eval()


def gradients(module):
    return [None if p.grad is None else p.grad.clone() for p in module.parameters()]


def generator_gradients(gan):
    """Of the generator's whole loss, for fixed faces, labels and noise."""
    gan.zero_grad()
    asked = labels_of(12, 1)
    made = gan._generated(gan.generator, asked, draw_noise(gan, 12))
    torch.stack(list(gan.generator_losses(batch_of().images, made, asked).values())).sum().backward()
    return gradients(gan.generator)


# What is masked, and which gradients go where


@pytest.mark.parametrize("dimension_loss", ["ccc", "mse"])
def test_what_stands_in_an_unknown_label_changes_neither_loss_nor_gradient(dimension_loss):
    """The unlabelled faces' own outputs get no gradient, whatever the network says of them."""
    labels = labels_of(10)
    labels.dimensions[6:], labels.units[6:, 1] = torch.nan, torch.nan
    outputs = [torch.randn(10, k, generator=torch.Generator().manual_seed(k)) for k in (0, 2, 3)]
    said = [(out if k == 0 else out.clone()).requires_grad_() for k, out in enumerate(outputs)]
    loss = label_loss(tuple(said), labels, (1, 1, 1), dimension_loss)
    loss.backward()
    assert (said[1].grad[6:] == 0).all()
    assert (said[2].grad[6:, 1] == 0).all()
    assert (said[2].grad[6:, 0] != 0).all()
    other = [outputs[0], outputs[1].clone(), outputs[2].clone()]
    other[1][6:], other[2][6:, 1] = 0.9, -40.0
    assert label_loss(tuple(other), labels, (1, 1, 1), dimension_loss) == loss


def test_faces_without_any_label_take_part_in_the_adversarial_loss_alone():
    gan, batch = gan_of(), batch_of()
    blank = FaceBatch(batch.images, Labels.unknown(TASK, len(batch)))
    made = torch.zeros_like(batch.images)
    terms = gan.discriminator_losses(blank, made, True)
    assert float(terms["labels"].detach()) == 0
    terms["labels"].backward()
    assert all(p.grad is None or not p.grad.any() for p in gan.discriminator.heads.parameters())
    assert torch.equal(terms["discriminator"], gan.discriminator_losses(batch, made, True)["discriminator"])


def test_label_heads_reach_the_generator_through_the_consistency_term_only():
    without, through = gan_of(consistency=0.0), gan_of(consistency=1.0)
    changes = []
    for gan in (without, through):
        before = generator_gradients(gan)
        with torch.no_grad():
            for p in gan.discriminator.heads.parameters():
                p.copy_(torch.randn(p.shape, generator=torch.Generator().manual_seed(9)))
        after = generator_gradients(gan)
        changes.append(any(not torch.equal(a, b) for a, b in zip(before, after, strict=True)))
    assert changes == [False, True]


def test_making_faces_gives_the_discriminators_step_no_gradient_into_the_generator():
    gan = gan_of()
    made = gan._generated(gan.generator, labels_of(12), draw_noise(gan, 12))
    torch.stack(list(gan.discriminator_losses(batch_of(), made, True).values())).sum().backward()
    assert all(p.grad is None for p in gan.generator.parameters())


def test_a_generator_that_is_told_nothing_makes_the_same_whatever_is_asked():
    told, untold = gan_of(), gan_of(noise_only=True, consistency=0.0)
    noise = draw_noise(told, 5)
    for gan, same in ((told, False), (untold, True)):
        one, other = (make_samples(gan, labels_of(5, seed), noise).images for seed in (1, 2))
        assert torch.equal(one, other) == same


# Known answers


def outputs_of(units, category=None):
    """Outputs whose probabilities are these."""
    logits = torch.zeros(len(units), 0) if category is None else torch.tensor(category).log()
    return logits, torch.zeros(len(units), 0), torch.logit(torch.tensor(units))


def test_entropies_of_known_distributions():
    sure = outputs_of([[1.0], [0.0]], [[1.0, 0.0], [0.0, 1.0]])  # certain of each, both kinds equally often
    vague = outputs_of([[0.5], [0.5]], [[0.5, 0.5], [0.5, 0.5]])
    one_sided = outputs_of([[1.0], [1.0]], [[1.0, 0.0], [1.0, 0.0]])
    assert float(marginal_entropy(sure)) == pytest.approx(2 * math.log(2), abs=1e-4)
    assert float(conditional_entropy(sure)) == pytest.approx(0, abs=1e-4)
    assert float(conditional_entropy(vague)) == pytest.approx(2 * math.log(2), abs=1e-4)
    assert float(marginal_entropy(one_sided)) == pytest.approx(0, abs=1e-4)


def test_signs_of_the_four_entropy_terms():
    sure, vague = outputs_of([[0.99], [0.01]]), outputs_of([[0.5], [0.5]])
    one_sided = outputs_of([[0.99], [0.99]])
    assert entropy_discriminator(sure, vague) < entropy_discriminator(one_sided, vague)  # real: all labels occur
    assert entropy_discriminator(sure, vague) < entropy_discriminator(vague, vague)  # real: each is certain
    assert entropy_discriminator(sure, vague) < entropy_discriminator(sure, sure)  # made: none is certain
    assert entropy_generator(sure) < entropy_generator(vague)  # made: each is certain
    assert entropy_generator(sure) < entropy_generator(one_sided)  # made: all labels occur


def test_units_entropy_is_a_sum_over_units():
    assert float(conditional_entropy(outputs_of([[0.3, 0.3, 0.3]]))) == pytest.approx(
        3 * -(0.3 * math.log(0.3) + 0.7 * math.log(0.7)), rel=1e-5
    )


@pytest.mark.parametrize(
    "name, real, made, discriminator, generator",
    [
        ("hinge", 2.0, -2.0, 0.0, 2.0),
        ("hinge", 0.0, 0.0, 2.0, 0.0),
        ("non-saturating", 0.0, 0.0, 2 * math.log(2), math.log(2)),
    ],
)
def test_adversarial_losses_have_known_values(name, real, made, discriminator, generator):
    losses = ADVERSARIAL_LOSS[name]
    assert float(losses.discriminator(torch.full((4,), real), torch.full((4,), made))) == pytest.approx(discriminator)
    assert float(losses.generator(torch.full((4,), made))) == pytest.approx(generator)


def test_the_gradient_penalty_of_a_linear_judge_is_its_squared_norm():
    weight = torch.randn(16, generator=torch.Generator().manual_seed(0))
    penalty = gradient_penalty(lambda x: x.flatten(1) @ weight, torch.randn(5, 1, 4, 4))
    assert float(penalty) == pytest.approx(float(weight.square().sum()), rel=1e-6)


def test_feature_matching_compares_means():
    real = torch.tensor([[1.0, 0.0], [3.0, 0.0]])
    assert float(feature_matching(real, torch.tensor([[2.0, 3.0]]))) == pytest.approx(9.0)


def test_the_running_mean_is_known_and_soon_forgets_where_it_began():
    mean, update = torch.tensor(100.0), running_mean(0.5)
    expected = 100.0
    for n in range(1, 30):
        decay = min(0.5, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay) * n
        mean = update(mean, torch.tensor(float(n)), n)
    assert float(mean) == pytest.approx(expected, rel=1e-5)
    assert float(mean) == pytest.approx(28, abs=1)  # one behind, for a decay of a half


def test_the_frechet_distance_of_shifted_clouds_is_the_squared_shift():
    x = np.random.default_rng(0).standard_normal((400, 3))
    assert frechet(x, x) == pytest.approx(0, abs=1e-6)
    assert frechet(x, x + np.array([3, 0, 0])) == pytest.approx(9, rel=1e-6)


def test_distances_between_faces_are_root_mean_squares():
    black, white = -torch.ones(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    found = nearest(torch.cat([white, black * 0.5]), torch.cat([black, white]))
    np.testing.assert_allclose(found.distance, [0, 0.5])
    assert found.index.tolist() == [1, 0]
    assert mean_distance(torch.cat([black, white]).numpy()) == pytest.approx(2)


def test_faces_of_one_label_come_from_different_people():
    labels = labels_of(40)
    person = np.repeat(list("abcd"), 10)
    found = alike(labels, labels.take(torch.arange(5)), person, 3)
    assert all(len(set(person[row])) == 3 for row in found)
    assert found[:, 0].tolist() == list(range(5))  # nothing is nearer to a face's labels than its own


# What is told and asked for


def test_what_is_unknown_is_told_apart_from_zero():
    labels = Labels.unknown(TASK, 2)
    labels.dimensions[0] = 0.0
    told = labels.condition(TASK)
    assert told.shape == (2, 10)
    assert (told[:, :5] == 0).all()
    assert told[0, 5:].tolist() == [1, 1, 0, 0, 0]
    assert told[1, 5:].tolist() == [0] * 5


def test_forgetting_hides_one_whole_part_and_never_the_last():
    labels = labels_of(400)
    lost = labels.forgetting(0.5, torch.Generator().manual_seed(0))
    units, dimensions = lost.units.isnan(), lost.dimensions.isnan()
    assert (units.all(1) == units.any(1)).all()
    assert not (units.any(1) & dimensions.any(1)).any()
    assert 0.4 < float((units.any(1) | dimensions.any(1)).float().mean()) < 0.6
    alone = Labels(labels.category, labels.dimensions, labels.units[:, :0])
    assert not alone.forgetting(0.9, torch.Generator().manual_seed(0)).dimensions.isnan().any()


def test_grid_and_ramps_ask_for_what_they_say():
    grid, ramps = affect_grid(TASK, 3), unit_ramps(TASK, 2)
    assert grid.dimensions[:3].tolist() == [[-1, 1], [0, 1], [1, 1]]
    assert grid.units.isnan().all()
    assert ramps.units.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert ramps.dimensions.isnan().all()


def test_the_way_between_faces_begins_and_ends_at_them_and_keeps_the_length_of_noise():
    one, other = labels_of(3, 1), labels_of(3, 2)
    way = between(one, other, 5)
    assert torch.equal(way.dimensions.view(3, 5, 2)[:, 0], one.dimensions)
    assert torch.equal(way.units.view(3, 5, 3)[:, -1], other.units)
    a, b = torch.nn.functional.normalize(torch.randn(2, 3, 8, generator=torch.Generator().manual_seed(0)), dim=2)
    arc = between_noise(a, b, 5)
    torch.testing.assert_close(arc.view(3, 5, 8)[:, 0], a)
    torch.testing.assert_close(arc.view(3, 5, 8)[:, -1], b)
    torch.testing.assert_close(arc.norm(dim=1), torch.ones(15))


def test_each_epoch_has_an_order_of_its_own_whenever_a_run_began():
    whole, later = EpochOrder(20, 0), EpochOrder(20, 0, first=2)
    whole.set_epoch(3)
    later.set_epoch(1)
    assert list(whole) == list(later)
    whole.set_epoch(2)
    assert list(whole) != list(later)
    assert sorted(whole) == list(range(20))


def test_images_are_put_together_from_patches_and_cut_again(faces):
    windows = faces.windows(1, 1, modality="face")
    images = FaceImages(windows, 16)()
    assert images.shape == (72, 1, 16, 16)
    assert float(images.min()) >= -1
    np.testing.assert_allclose(as_windows(images, windows.layout), windows.x(), atol=1e-6)
    assert FaceImages(windows, 32)(np.arange(2)).shape == (2, 1, 32, 32)


# Training, keeping, going on


def test_equal_noise_and_labels_give_equal_faces_and_equal_sheets(kept, tmp_path):
    gan, folder = kept[0].model, kept[1]
    labels, noise = affect_grid(gan.task, 3), draw_noise(gan, 9)
    assert torch.equal(make_samples(gan, labels, noise).images, make_samples(gan, labels, noise).images)
    assert sorted(path.name for path in (folder / "sheets").iterdir()) == ["epoch-001.png", "epoch-002.png"]


class Killed(RuntimeError):
    pass


class KillAfter(lightning.Callback):
    """Raises in the middle of the epoch that follows."""

    def __init__(self, epochs, batch):
        self.epochs, self.batch = epochs, batch

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        if pl_module.epoch == self.epochs and batch_idx == self.batch:
            raise Killed


@pytest.mark.parametrize("settings", [{"r1_every": 5}, {"loss": "none"}, {"loss": "entropy", "ema": 0.5}], ids=str)
def test_a_killed_run_ends_with_the_same_bits(faces, tmp_path, settings):
    windows, chosen = faces.windows(1, 1, modality="face"), replace(TINY, **settings)
    whole = train_gan(windows, chosen, seed=1, folder=tmp_path / "whole")
    for epochs, batch in ((1, 1), (2, 0)):
        with pytest.raises(Killed):
            train_gan(windows, chosen, seed=1, folder=tmp_path / "cut", callbacks=[KillAfter(epochs, batch)])
        torch.rand(3)  # whatever else is drawn between
    assert (tmp_path / "cut" / STATE).exists()
    cut = train_gan(windows, chosen, seed=1, folder=tmp_path / "cut")
    assert not (tmp_path / "cut" / STATE).exists()
    assert cut.facts == whole.facts
    assert len(cut.facts.history) == 3
    assert "penalty" not in cut.facts.history[2]  # no step of this epoch had one
    ours, theirs = whole.model.state_dict(), cut.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for name in (TENSORS, FACTS):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "cut" / name).read_bytes()


def test_optimisers_go_on_where_they_were(faces, tmp_path):
    """Adam's moments after a resumed epoch are those of an uninterrupted run."""
    windows = faces.windows(1, 1, modality="face")

    class Note(lightning.Callback):
        def __init__(self):
            self.moments = []

        def on_train_end(self, trainer, pl_module):
            self.moments = [
                value.clone() for o in trainer.optimizers for own in o.state.values() for value in own.values()
            ]

    whole, resumed = Note(), Note()
    train_gan(windows, TINY, seed=2, callbacks=[whole])
    with pytest.raises(Killed):
        train_gan(windows, TINY, seed=2, folder=tmp_path, callbacks=[KillAfter(2, 0)])
    train_gan(windows, TINY, seed=2, folder=tmp_path, callbacks=[resumed])
    assert len(whole.moments) > 10
    assert all(torch.equal(a, b) for a, b in zip(whole.moments, resumed.moments, strict=True))


def test_training_leaves_the_worlds_random_numbers_alone(faces):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_gan(faces.windows(1, 1, modality="face"), replace(TINY, epochs=1))
    assert torch.equal(torch.rand(3), expected)


def test_the_control_has_the_same_trunk_and_nothing_else(faces):
    settings = replace(TINY, loss="none", epochs=1)
    control = train_gan(faces.windows(1, 1, modality="face"), settings)
    gan = EmotionGAN(control.facts.task, TINY)
    assert control.model.generator is None
    assert control.model.discriminator.state_dict().keys() == gan.discriminator.state_dict().keys()
    assert list(control.facts.history[0]) == ["labels"]
    with pytest.raises(InputError, match="without a generator"):
        make_samples(control.model, affect_grid(control.facts.task, 2), torch.zeros(4, 4))


def test_what_was_saved_predicts_and_makes_the_same(kept, faces):
    model, folder = kept
    read = load_gan(folder)
    assert read.facts == model.facts
    assert not read.model.training
    images = FaceImages(faces.windows(1, 1, modality="face"), 16)()
    np.testing.assert_array_equal(read.model.predict(images).dimensions, model.model.predict(images).dimensions)
    labels, noise = affect_grid(read.model.task, 2), draw_noise(read.model, 4)
    one, other = (make_samples(gan, labels, noise).images for gan in (model.model, read.model))
    assert torch.equal(one, other)


def test_facts_say_on_whom_it_was_trained_and_the_history_is_whole(kept, faces):
    facts = kept[0].facts
    assert len(facts.trained_on) == 12
    assert facts.simulated
    assert len(facts.history) == 3
    assert set(facts.history[0]) <= set(TERMS)


@pytest.mark.parametrize("name", [FACTS, TENSORS])
def test_a_flipped_bit_is_refused(kept, name):
    path = kept[1] / name
    whole = path.read_bytes()
    try:
        for at in np.random.default_rng(0).integers(0, len(whole), 12):
            flipped = bytearray(whole)
            flipped[at] ^= 1 << (int(at) % 8)
            path.write_bytes(flipped)
            with pytest.raises(InputError):
                load_gan(kept[1])
    finally:
        path.write_bytes(whole)
    load_gan(kept[1])


def test_a_run_killed_between_a_sheet_and_its_state_has_every_sheet_in_the_end(faces, tmp_path, monkeypatch):
    def killed(state, path):
        raise Killed

    windows, settings = faces.windows(1, 1, modality="face"), replace(TINY, epochs=2, sheet_every=1)
    with monkeypatch.context() as patched:
        patched.setattr(GanState, "save", killed)
        with pytest.raises(Killed):
            train_gan(windows, settings, folder=tmp_path)
    first = (tmp_path / "sheets" / "epoch-001.png").read_bytes()
    abandoned = subprocess.Popen(["true"])  # a process that is over, and the half of a sheet that it left
    abandoned.wait()
    part = tmp_path / "sheets" / f".epoch-002.png.{_host()}.{abandoned.pid}.00.part"
    part.write_bytes(b"half")
    train_gan(windows, settings, folder=tmp_path)
    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == ["epoch-001.png", "epoch-002.png"]
    assert (tmp_path / "sheets" / "epoch-001.png").read_bytes() == first


def test_a_finished_run_is_only_read_and_tidied(kept, faces):
    before = (kept[1] / TENSORS).stat().st_mtime_ns
    (kept[1] / STATE).write_bytes(b"of a run that was killed behind its GAN")
    again = train_gan(faces.windows(1, 1, modality="face"), replace(TINY, sheet_every=2), seed=3, folder=kept[1])
    assert again.facts == kept[0].facts
    assert (kept[1] / TENSORS).stat().st_mtime_ns == before
    assert not (kept[1] / STATE).exists()


def test_it_learns_what_new_people_show(tmp_path):
    """Simulated faces: two of seven people are held out; guessing is worth a correlation of 0, and an area of 0.5."""
    data = SimulatedFaces(subjects=7, trials=4, frames=8, seed=12)
    cache = preprocess(data, {"face": [FaceCrop(size=16, detector="Given"), Patches(2, 2)]}, tmp_path / "faces")
    held = np.isin(cache.subject, ["6", "7"])
    train, test = (cache.windows(1, 1, np.flatnonzero(rows), "face") for rows in (~held, held))
    gan = train_gan(train, replace(TINY, epochs=10, width=8, batch_size=16), seed=0).model
    said = gan.predict(FaceImages(test, 16)())
    assert np.corrcoef(said.dimensions[:, 0], test.dimensions[:, 0])[0, 1] > 0.7
    both = (test.units.mean(axis=0) > 0.1) & (test.units.mean(axis=0) < 0.9)
    assert roc_auc_score(test.units[:, both], said.units[:, both]) > 0.85


def test_categories_may_be_asked_for_and_are_predicted_too(faces):
    settings = replace(TINY, epochs=1, predicts="categories+dimensions+units")
    gan = train_gan(faces.windows(1, 1, modality="face"), settings).model
    said = gan.predict(FaceImages(faces.windows(1, 1, modality="face"), 16)())
    np.testing.assert_allclose(said.probability.sum(axis=1), 1)
    labels = Labels.unknown(gan.task, 4)
    asked = replace(labels, category=torch.arange(4))
    noise = draw_noise(gan, 1).expand(4, -1)
    made, same = make_samples(gan, asked, noise).images, make_samples(gan, labels, noise).images
    assert not torch.equal(made[0], made[1])
    assert torch.equal(same[0], same[1])


# Refusals


@pytest.mark.parametrize(
    "settings, told",
    [
        ({"size": 48}, "power of two"),
        ({"size": 8}, "power of two"),
        ({"loss": "wasserstein"}, "heads, entropy, none"),
        ({"adversarial": "hing"}, "hinge, non-saturating"),
        ({"epochs": 0}, "whole number from 1"),
        ({"ema": 1.0}, "below 1"),
        ({"noise_only": True}, "told no labels"),
        ({"batch_size": 1}, "whole number from 2"),
        ({"labelled": 0.0}, "above 0 to 1"),
        ({"r1": -1.0}, "0 or more"),
    ],
)
def test_settings_out_of_range_are_refused(settings, told):
    with pytest.raises(InputError, match=told):
        GanTraining(**settings)


@pytest.mark.parametrize(
    "task, settings, told",
    [
        (Task(("a", "b")), {"predicts": "categories"}, "units or dimensions"),
        (Task(units=("au1",)), {"predicts": "dimensions"}, "a part that the task lacks"),
        (TASK, {"predicts": "dimensions", "loss": "entropy"}, "a dimension has no entropy"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(task, settings, told):
    with pytest.raises(InputError, match=told):
        GanTraining(**settings).task(task)


def test_a_cache_without_pixels_is_refused(cache):
    with pytest.raises(InputError, match="patches of pixels"):
        face_series(cache)
    with pytest.raises(InputError, match="patches of pixels"):
        FaceImages(cache.windows(1, 1), 16)


def test_patches_that_leave_gaps_are_refused(tmp_path):
    data = SimulatedFaces(subjects=1, trials=1, frames=2)
    gaps = preprocess(data, {"face": [FaceCrop(size=48, detector="Given"), Regions()]}, tmp_path / "gaps")
    with pytest.raises(InputError, match="leave gaps"):
        face_series(gaps, "face")


def test_windows_of_several_slices_are_refused(faces):
    with pytest.raises(InputError, match="a single image"):
        FaceImages(faces.windows(2, 1, modality="face"), 16)


def test_labels_that_are_all_missing_are_refused_by_name(tmp_path):
    def target(_):
        return Target(np.full(1, -1, np.int16), np.zeros((1, 2), np.float32), np.array([[1, np.nan, 0]], np.float32))

    blank = made_cache(tmp_path / "cache", target)
    with pytest.raises(InputError, match="no face with a label for au2"):
        train_gan(blank.windows(1, 1, modality="face"), TINY)


def test_faces_without_labels_beside_labelled_ones_are_used(tmp_path):
    def target(number):
        value = np.nan if number else 0.5
        return Target(np.full(1, -1, np.int16), np.full((1, 2), value, np.float32), np.full((1, 3), value, np.float32))

    partly = made_cache(tmp_path / "cache", target)
    gan = train_gan(partly.windows(1, 1, modality="face"), replace(TINY, epochs=1, batch_size=4))
    assert len(gan.facts.trained_on) == 3
    assert not gan.model.asked.dimensions.isnan().any()  # what is asked for was seen


def test_only_some_sessions_show_their_labels_and_the_same_ones_to_the_control(faces):
    shown = []
    for loss in ("heads", "none"):
        settings = replace(TINY, epochs=1, labelled=0.34, loss=loss)
        gan = train_gan(faces.windows(1, 1, modality="face"), settings, seed=4).model
        shown.append(gan.asked.dimensions)
    assert len(shown[0]) == 24  # one of three people
    assert torch.equal(*shown)
    assert not shown[0].isnan().any()


def test_a_loss_that_is_no_number_stops_the_training_with_words(faces):
    class Spoil(lightning.Callback):
        def on_train_epoch_start(self, trainer, pl_module):
            with torch.no_grad():
                next(pl_module.generator.parameters()).fill_(torch.nan)

    with pytest.raises(InputError, match="a loss that is no number"):
        train_gan(faces.windows(1, 1, modality="face"), TINY, callbacks=[Spoil()])


@pytest.mark.parametrize("change", [{"width": 8}, {"consistency": 0.5}])
def test_the_folder_of_a_run_with_other_settings_is_refused(kept, faces, change):
    (name,) = change
    with pytest.raises(InputError, match=f"differs in {name}"):
        train_gan(faces.windows(1, 1, modality="face"), replace(TINY, sheet_every=2, **change), seed=3, folder=kept[1])
    with pytest.raises(InputError, match="differs in training trials"):
        train_gan(faces.windows(1, 1, range(4), "face"), replace(TINY, sheet_every=2), seed=3, folder=kept[1])


def test_a_folder_with_another_model_is_refused(faces, tmp_path):
    torch.save({}, tmp_path / "model.pt")
    with pytest.raises(InputError, match="an empty folder"):
        train_gan(faces.windows(1, 1, modality="face"), TINY, folder=tmp_path)


def test_a_damaged_state_is_refused(faces, tmp_path):
    windows = faces.windows(1, 1, modality="face")
    with pytest.raises(Killed):
        train_gan(windows, TINY, folder=tmp_path, callbacks=[KillAfter(1, 0)])
    whole = (tmp_path / STATE).read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (whole[:2000], bytes(flipped)):
        (tmp_path / STATE).write_bytes(damaged)
        with pytest.raises(InputError, match="a state that cannot be read"):
            train_gan(windows, TINY, folder=tmp_path)


def test_facts_of_another_version_are_refused(kept, tmp_path):
    stored = json.loads((kept[1] / FACTS).read_text())
    (tmp_path / TENSORS).write_bytes((kept[1] / TENSORS).read_bytes())
    (tmp_path / FACTS).write_text(json.dumps({**stored, "colour": "red"}))
    with pytest.raises(InputError, match="differ from those saved"):
        load_gan(tmp_path)
    with pytest.raises(InputError, match="no GAN"):
        load_gan(tmp_path / "nowhere")


def test_every_layer_of_the_trunk_is_spectrally_normalised():
    judge = Discriminator(TASK, 32, 4)
    parts = (*judge.trunk.modules(), judge.adversarial)
    layers = [part for part in parts if isinstance(part, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == 5
    assert all(torch.nn.utils.parametrize.is_parametrized(layer, "weight") for layer in layers)
