"""What parts and tasks contribute: pooled metrics, confusions, the map of affect, words, and pictures."""

from dataclasses import replace

import numpy as np
import pytest

from emoscan.benchmarks import Fold, benchmark, compare, k_folds, leave_one_out
from emoscan.benchmarks.commands.command import main
from emoscan.benchmarks.commands.face_picture import draw_face
from emoscan.benchmarks.scores.metrics import concordance
from emoscan.benchmarks.scores.predictions import Predictions
from emoscan.benchmarks.studies.affect_folds import AffectFolds, Mapped, evaluated
from emoscan.benchmarks.studies.affect_map import AffectMap, draw_affect_map, truths_in
from emoscan.benchmarks.studies.task_gain import gain
from emoscan.benchmarks.tables.comparison import score_of
from emoscan.benchmarks.tables.pictures.confusion import Confusion, draw_confusions
from emoscan.models import Training
from emoscan.preprocessing import Cache, FaceCrop, Patches, preprocess
from emoscan.signals import InputError, SimulatedFaces, Target, Task, patch_grid

PICTURE = b"\x89PNG"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return preprocess(SimulatedFaces(subjects=4, trials=4, frames=8), None, tmp_path_factory.mktemp("faces") / "cache")


@pytest.fixture(scope="module")
def report(cache):
    return benchmark(cache, "STRNN(hidden=4)", split=k_folds("subject", 2), window=4, training=Training(epochs=2))


def test_concordance_is_that_of_all_windows_together(report):
    windows, found = report.predictions, report.tallies["fixed"].scores
    pooled = concordance(windows.dimensions[:, 0], windows.true_dimensions[:, 0])
    assert found["ccc_valence"] == pytest.approx(pooled)
    row = compare(report, metric="ccc").rows[0]
    assert row.score.metrics["ccc"] == found["ccc"]
    assert row.verdict.bar >= 0  # the middle of the scale, a constant, is worth 0
    assert row.score.interval is None  # four people
    unknown = replace(
        report, columns={**report.columns, "subject": np.full(16, "unknown"), "session": np.arange(16).astype(str)}
    )
    interval = score_of(unknown.tallies["fixed"], "ccc").interval
    assert interval.over == "sessions"
    assert interval.low <= found["ccc"] <= interval.high


def test_seeds_that_disagree_do_not_push_the_interval_away_from_its_score(report):
    """One seed says the truth, the other its opposite: each draw of people must average them as the score does."""
    windows = report.predictions
    both = Predictions.join(
        [
            replace(windows, dimensions=sign * windows.true_dimensions, seed=np.full_like(windows.seed, seed))
            for seed, sign in ((0, 1.0), (1, -0.5))
        ]
    )
    disagreeing = replace(
        report,
        predictions=both,
        columns={**report.columns, "subject": np.full(16, "unknown"), "session": np.arange(16).astype(str)},
    )
    tally = disagreeing.tallies["fixed"]
    interval = score_of(tally, "ccc").interval
    assert interval.low - 1e-9 <= tally.scores["ccc"] <= interval.high + 1e-9


def test_a_confusion_counts_every_labelled_window(report, tmp_path):
    shown = Confusion.of(report)
    assert shown.counts.sum() == len(report.predictions)
    np.testing.assert_allclose(shown.shares.sum(axis=1), 1)
    assert all(name in shown.to_text() for name in shown.categories)
    assert draw_confusions([shown, shown], tmp_path / "c.png").read_bytes().startswith(PICTURE)


def test_some_parts_only_are_predicted_and_scored(cache):
    settings = {"split": k_folds("subject", 2), "window": 4}
    affect = benchmark(cache, "GRU", training=Training(epochs=1, predicts="dimensions"), **settings)
    assert affect.metric == "ccc"
    assert affect.predictions.probability.shape[1] == affect.predictions.units.shape[1] == 0
    with pytest.raises(InputError, match="no categories"):
        Confusion.of(affect)
    with pytest.raises(InputError, match="predicts 'emotions'"):
        benchmark(cache, "GRU", training=Training(epochs=1, predicts="emotions"), **settings)
    with pytest.raises(InputError, match="predicts 'units'"):
        Task(("a", "b")).only("units")


def test_the_map_of_affect_is_that_of_the_labels(cache, tmp_path):
    found = AffectMap.fit(cache, "face", range(len(cache)))
    joy = found.categories.index("happiness")
    truth = np.concatenate([cache[i]["face"].target.dimensions for i in range(16) if cache.category[i] == 1])
    np.testing.assert_allclose(found.mean[joy], truth.mean(axis=0), atol=1e-6)
    assert found.share.sum() == pytest.approx(1)
    np.testing.assert_allclose(found.affect(np.eye(4)), found.mean)
    said = found.probability(found.mean)
    np.testing.assert_allclose(said.sum(axis=1), 1)
    assert said.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert found.information > found.chance
    assert "happiness" in found.to_text()
    assert draw_affect_map(found, tmp_path / "map.png").read_bytes().startswith(PICTURE)


def test_a_map_needs_both_kinds_of_label(tmp_path):
    x = [np.zeros((3, 4, 2), np.float32)] * 4
    plain = Cache.from_arrays(
        tmp_path / "c",
        x,
        layout=patch_grid(2, 2),
        task=Task(("a", "b")),
        category=[0, 1, 0, 1],
        subject=list("aabb"),
        modality="face",
    )
    with pytest.raises(InputError, match="categories, valence and arousal"):
        AffectMap.fit(plain, "face", range(4))


def test_maps_of_a_protocol_know_training_labels_only(cache):
    folds = k_folds("subject", 2)(cache.columns)
    found = AffectFolds.of(cache, "face", k_folds("subject", 2))
    for own, fold in zip(found.maps, folds, strict=True):
        assert own.trials == tuple(fold.train)
        np.testing.assert_allclose(own.mean, AffectMap.fit(cache, "face", fold.train).mean)
    assert len(found.tested.true) == sum(len(volumes["face"].times) for volumes in cache)  # each trial is tested once
    assert 0 <= found.tested.recall <= 1
    assert found.tested.guessing == 1 / 4
    text = found.to_text()
    assert "2 folds (2 folds by subject: no subject on both sides)" in text
    assert f"{found.folds[0]} left out (8 training trials)" in text


def test_a_map_is_not_asked_about_trials_that_it_was_estimated_from(cache):
    found = AffectMap.fit(cache, "face", range(8))
    truths = truths_in(cache, "face", range(len(cache)))
    fold = Fold("both", np.arange(8), np.zeros(0, int), np.arange(7, 12))
    with pytest.raises(InputError, match="1 trials that it was estimated from, as number 7"):
        evaluated(found, cache, fold, truths)
    apart = evaluated(found, cache, Fold("apart", np.arange(8), np.zeros(0, int), np.arange(8, 16)), truths)
    assert set(apart.true) <= set(cache.task.categories)


def test_what_maps_say_is_scored_over_all_tested_slices():
    said, true = np.array(["a", "a", "a", "b"]), np.array(["a", "a", "b", "b"])
    felt = np.array([[0.0, 1.0], [0.2, 0.8], [1.0, 0.1], [0.8, 0.0]])
    exact = Mapped(said, true, felt, felt)
    assert exact.recall == 0.75
    assert exact.guessing == 0.5
    assert exact.concordances == pytest.approx((1, 1))
    unknown = np.vstack([felt, [np.nan, np.nan]])  # a category that no training trial shows
    more = Mapped(np.append(said, "a"), np.append(true, "c"), unknown, np.vstack([felt, [0.5, 0.5]]))
    assert more.recall == 0.5
    assert more.concordances == pytest.approx((1, 1))


def test_a_fold_without_labels_to_test_is_refused(tmp_path):
    x = [np.zeros((3, 4, 2), np.float32)] * 4
    truths = [Target.of(k % 2, (0.1 * k, 0.2) if k < 2 else (np.nan, np.nan)) for k in range(4)]
    some = Cache.from_arrays(
        tmp_path / "c",
        x,
        layout=patch_grid(2, 2),
        task=Task(("a", "b"), ("valence", "arousal")),
        category=truths,
        subject=list("aabb"),
        modality="face",
    )
    with pytest.raises(InputError, match="no slice with a category"):
        AffectFolds.of(some, "face", leave_one_out("subject"))


def test_what_is_gained_is_said_with_its_test(cache):
    settings = {"split": k_folds("subject", 2), "window": 4}
    pair = [
        benchmark(cache, "GRU", training=Training(epochs=1, predicts=parts), **settings)
        for parts in ("categories", "categories+dimensions")
    ]
    said = gain(compare(*pair))
    assert said.startswith("categories alone .")
    assert "exchanging 4 people, p = " in said
    assert "no difference is shown" in said


@pytest.mark.parametrize("command, made", [("parts", "confusions.png"), ("tasks", "affect_map.png")])
def test_one_command_trains_all_and_draws_the_picture(cache, tmp_path, monkeypatch, capsys, command, made):
    words = [
        "emo-train",
        command,
        "--split",
        "k_folds('subject', 2)",
        "--window",
        "4",
        "--epochs",
        "1",
        "--output",
        str(tmp_path / "run"),
        str(cache.path),
    ]
    monkeypatch.setattr("sys.argv", words)
    assert main() == 0
    out = capsys.readouterr().out
    assert ("true \\ predicted" if command == "parts" else "from training labels only; 2 folds") in out
    assert (tmp_path / "run" / made).read_bytes().startswith(PICTURE)


def test_a_face_is_drawn_with_all_that_was_found(tmp_path):
    video = next(iter(SimulatedFaces(lost=1.0))).streams["face"]
    volume = Patches(6, 6)(FaceCrop(48, "Given")(video))
    assert draw_face(video, volume, tmp_path / "face.png").read_bytes().startswith(PICTURE)
    with pytest.raises(InputError, match="no track"):
        draw_face(video, replace(volume, track=None), tmp_path / "x.png")


@pytest.mark.parametrize("way", ["category", "affect"])
def test_what_balancing_leaves_is_drawn_and_told(cache, tmp_path, monkeypatch, capsys, way):
    picture = tmp_path / "new" / "balance.png"
    words = [
        "emo-train",
        "balance",
        "--way",
        way,
        "--window",
        "4",
        "--train-stride",
        "1",
        "--output",
        str(picture),
        str(cache.path),
    ]
    monkeypatch.setattr("sys.argv", words)
    assert main() == 0
    out = capsys.readouterr().out
    assert "windows before" in out
    assert "happiness" in out
    assert picture.read_bytes().startswith(PICTURE)
    monkeypatch.setattr("sys.argv", [*words[:3], "smote", *words[4:]])
    assert main() == 2
    assert "balance 'smote'" in capsys.readouterr().err
