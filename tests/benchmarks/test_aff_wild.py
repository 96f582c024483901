"""A table of the papers on their own kind of data: nobody is named, rates differ, labels change and are missing."""

import pytest

from emoscan.benchmarks import benchmark, compare, official
from emoscan.benchmarks.studies.task_gain import gain
from emoscan.models import Training
from emoscan.preprocessing import AtRate, FaceCrop, Patches, preprocess
from emoscan.signals import AffWild2

VIDEOS = 12


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    root = tmp_path_factory.mktemp("aff-wild2")
    AffWild2.write_fake(root / "data", validation=VIDEOS)
    recipe = {"face": [AtRate(10.0), FaceCrop(size=48, detector="Whole"), Patches(4, 4)]}
    cache = preprocess(AffWild2(root / "data", task="mtl"), recipe, root / "cache")
    settings = {"split": official(), "window": 2, "train_stride": 1, "seeds": 2}
    return [
        benchmark(cache, "STRNN(hidden=4)", training=Training(epochs=1, predicts=predicts), **settings)
        for predicts in ("categories", "categories+dimensions")
    ]


def test_categories_are_compared_with_categories_and_ratings_paired_over_videos(reports):
    table = compare(*reports)
    alone, both = table.rows
    assert (both.verdict.kind, both.verdict.units) == ("sessions", VIDEOS)
    assert both.difference.n == VIDEOS
    assert 2 / 2**VIDEOS <= both.difference.p <= 1
    assert alone.score.interval.over == "sessions"
    assert f"exchanging {VIDEOS} sessions" in gain(table)
    assert any("Nobody is named" in note for note in table.notes)


def test_a_challenge_has_macro_f1_over_all_classes_in_a_column_of_its_own(reports):
    heads, _ = compare(*reports).grid()
    assert "macro-F1 over all classes" in heads
