"""What the numbers of a series are is said by the step that made them, and stored; caches of old get it when read."""

import json

import numpy as np
import pytest

from emoscan.benchmarks import benchmark, leave_one_out
from emoscan.benchmarks.commands.shared_runs import usual_models
from emoscan.benchmarks.runs.fold_plan import default_series
from emoscan.models import Training, make_learner
from emoscan.preprocessing import Cache, DifferentialEntropy, LdsFilter, RawSlices, Resample, derive, preprocess
from emoscan.preprocessing.cache_files.cache_file import SeriesFacts
from emoscan.signals import EPOC_14, InputError, Simulated, Task, patch_grid

RECIPE = {
    "eeg": [DifferentialEntropy()],
    "eeg-lfp": [Resample(128.0), RawSlices(0.5)],
    "eeg-slow": [Resample(16.0), RawSlices(0.5)],
}


def recordings(folder, recipe):
    return preprocess(Simulated(subjects=2, layout="scalp-19", sessions=1), recipe, folder)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return recordings(tmp_path_factory.mktemp("kinds") / "cache", RECIPE)


def test_the_step_says_what_it_makes_whatever_the_series_is_called(cache):
    assert {name: cache.kind(name) for name in cache.modalities} == {
        "eeg": "features",
        "eeg-lfp": "samples",
        "eeg-slow": "samples",
    }
    assert cache[0]["eeg-lfp"].kind == "samples"


def test_networks_of_samples_read_those_of_the_highest_rate_and_others_features(cache):
    assert default_series(cache, make_learner("EEGNet")) == "eeg-lfp"
    assert default_series(cache, make_learner("linear")) == "eeg"
    assert "EEGNet" in usual_models(cache)
    learned = benchmark(
        cache, "EEGNet", split=leave_one_out("subject"), window=2, training=Training(epochs=1), scaling="none"
    )
    assert tuple(learned.data.series) == ("eeg-lfp",)


def test_where_there_are_samples_only_all_read_them(tmp_path):
    cache = recordings(tmp_path / "cache", {name: RECIPE[name] for name in ("eeg-lfp", "eeg-slow")})
    assert default_series(cache, make_learner("linear")) == "eeg-slow"
    assert default_series(cache, make_learner("EEGNet")) == "eeg-lfp"


def test_a_network_of_samples_says_why_it_reads_no_features(cache, tmp_path):
    with pytest.raises(InputError, match=r"EEGNet: found the series eeg, which holds features; .*eeg-lfp, eeg-slow"):
        benchmark(cache, "EEGNet", split=leave_one_out("subject"), modality="eeg", window=9)
    features = recordings(tmp_path / "features", {"eeg": RECIPE["eeg"]})
    with pytest.raises(InputError, match=r"series eeg \(features\), none of samples; .*RawSlices"):
        default_series(features, make_learner("EEGNet"))
    assert "EEGNet" not in usual_models(features)


def test_what_is_computed_of_samples_holds_features_and_what_is_smoothed_stays(cache, tmp_path):
    made = derive(cache, {"eeg-lfp": [LdsFilter()]}, tmp_path / "derived")
    assert made.kind("eeg-lfp") == "samples"
    assert made.kind("eeg") == "features"
    volume = cache[0]["eeg-lfp"]
    assert volume.with_features(volume.x.mean(axis=2, keepdims=True), ["mean"]).kind == "features"


def test_the_kind_is_left_out_where_it_follows_so_digests_stay(cache):
    stored = json.loads((cache.path / "cache.json").read_text())["series"]
    assert not any("kind" in facts for facts in stored.values())
    assert Cache(cache.path).index.digest == cache.index.digest


def arrays(path, modality, **more):
    return Cache.from_arrays(
        path,
        [np.random.default_rng(k).standard_normal((6, 14, 32)) for k in range(4)],
        layout=EPOC_14,
        task=Task(("a", "b")),
        category=[0, 1, 0, 1],
        subject=list("1122"),
        modality=modality,
        **more,
    )


@pytest.mark.parametrize(
    "modality, given, kind",
    [
        ("eeg", None, "features"),
        ("eeg-raw", None, "samples"),
        ("eeg", "samples", "samples"),
        ("lfp", "samples", "samples"),
    ],
)
def test_arrays_hold_what_one_says_and_those_of_old_what_their_name_says(tmp_path, modality, given, kind):
    cache = arrays(tmp_path / "cache", modality, kind=given)
    again = Cache(cache.path)
    assert (cache.kind(modality), again.kind(modality), again.index.digest) == (kind, kind, cache.index.digest)
    facts = again.index.series[modality]
    assert SeriesFacts.from_json(facts.to_json()) == facts
    assert ("kind" in facts.to_json()) == (given is not None)


@pytest.mark.parametrize("kind", ["pixels", "voltages"])
def test_arrays_of_electrodes_hold_no_pixels(tmp_path, kind):
    with pytest.raises(InputError, match=f"kind '{kind}'; wanted samples or features"):
        arrays(tmp_path / "cache", "eeg", kind=kind)


def test_pixels_are_known_by_their_sites(tmp_path):
    facts = SeriesFacts(patch_grid(2, 2), ("a",), 1.0, True)
    assert "kind" not in facts.to_json()
    assert facts.named("face").kind == "features"
    with pytest.raises(InputError, match="found kind: 'smell'; wanted one of samples, features, pixels"):
        SeriesFacts.from_json({**facts.to_json(), "kind": "smell"})
