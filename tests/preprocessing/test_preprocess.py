import hashlib
import json
import socket
import tracemalloc
from dataclasses import dataclass, replace

import numpy as np
import pytest
from lab_study import SQUARE, LookAhead, Moments, Refuse, Study

from emoscan.preprocessing import Cache, RawSlices, estimate, preprocess
from emoscan.preprocessing.building.recording_build import RecordingBuild
from emoscan.preprocessing.quality.summary import qualities, strangers, verify
from emoscan.signals import Dataset, Features, InputError, Source, Target, Task, Trial

MOMENTS = {"eeg": [Moments()]}


def tree(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def built_files(study, recipe, folder, **settings):
    """The subjects and sessions whose files this run made."""
    outcomes = []
    preprocess(study, recipe, folder, watch=outcomes.append, **settings)
    return {(o.file[0].subject, o.file[0].session) for o in outcomes if o.file and not o.kept}


def key(study, recipe):
    return RecordingBuild(study.root, study.name, study.version, recipe).key(list(study)[:3])


def test_a_cache_holds_every_trial_with_its_features(study, tmp_path):
    cache = preprocess(study, {"eeg": [Moments()], "eeg-long": [Moments(2.0), LookAhead()]}, tmp_path / "cache")
    assert len(cache) == 18
    assert cache.modalities == ("eeg", "eeg-long")
    assert (cache.causal("eeg"), cache.causal("eeg-long")) == (True, False)
    assert cache.recipe["eeg-long"] == ["lab_study.Moments(window=2.0, pause=0.0)", "lab_study.LookAhead()"]
    samples = np.load(study.root / "3_2.npy")[2].reshape(4, 8, 50)
    np.testing.assert_allclose(cache[17]["eeg"].x[..., 0], samples.mean(-1).T, rtol=1e-5)


def test_two_processes_write_the_same_bytes_as_one(study, tmp_path):
    preprocess(study, MOMENTS, tmp_path / "one")
    preprocess(study, MOMENTS, tmp_path / "two", jobs=2)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_a_dask_cluster_writes_the_same_bytes(study, tmp_path, lab_path):
    distributed = pytest.importorskip("distributed")
    preprocess(study, MOMENTS, tmp_path / "here")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        preprocess(study, MOMENTS, tmp_path / "there", cluster=cluster.scheduler_address)
        with distributed.Client(cluster) as client:
            worked = client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.transition_counter)
    assert worked >= 6  # recordings went through the scheduler
    assert tree(tmp_path / "here") == tree(tmp_path / "there")


def test_a_cluster_that_would_be_left_idle_is_refused(study, tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        pytest.raises(InputError, match="1 thread"),
    ):
        preprocess(study, MOMENTS, tmp_path / "there", cluster=cluster.scheduler_address)


def test_a_second_run_keeps_every_file(study, tmp_path):
    first = built_files(study, MOMENTS, tmp_path / "cache")
    before = {path.name: path.stat().st_ino for path in (tmp_path / "cache").glob("*.h5")}
    assert len(first) == 6
    assert built_files(study, MOMENTS, tmp_path / "cache") == set()
    assert {path.name: path.stat().st_ino for path in (tmp_path / "cache").glob("*.h5")} == before


def test_only_the_recording_whose_source_changed_is_built_again(study, tmp_path):
    preprocess(study, MOMENTS, tmp_path / "cache")
    path = study.root / "2_1.npy"
    changed = bytearray(path.read_bytes())
    changed[-2] ^= 1
    path.write_bytes(changed)
    assert built_files(Study(study.root), MOMENTS, tmp_path / "cache") == {("2", "1")}


def test_another_recipe_builds_every_recording_again(study, tmp_path):
    preprocess(study, MOMENTS, tmp_path / "cache")
    assert len(built_files(study, {"eeg": [Moments(2.0)]}, tmp_path / "cache")) == 6
    assert Cache(tmp_path / "cache").duration() == 2.0


def test_a_damaged_file_is_built_again_to_the_same_bytes(study, tmp_path):
    preprocess(study, MOMENTS, tmp_path / "cache")
    before = tree(tmp_path / "cache")
    path = tmp_path / "cache" / "subject-1,session-1.h5"
    path.write_bytes(path.read_bytes()[:-1])
    assert built_files(study, MOMENTS, tmp_path / "cache") == {("1", "1")}
    assert tree(tmp_path / "cache") == before


def test_a_newer_reader_changes_the_key(study, monkeypatch):
    before = key(study, MOMENTS)
    monkeypatch.setattr(Study, "version", 2)
    assert key(study, MOMENTS) != before


def test_the_key_follows_settings_not_their_spelling(study):
    one = {"eeg": [Moments(window=1)], "eeg-b": [Moments(2)]}
    other = {"eeg-b": [Moments(2.0)], "eeg": [Moments(window=1.0)]}
    assert key(study, one) == key(study, other)
    assert key(study, one) != key(study, {**other, "eeg": [Moments(1.5)]})


def test_the_order_of_series_changes_no_byte(study, tmp_path):
    recipe = {"eeg": [Moments()], "eeg-b": [Moments(2.0)]}
    preprocess(study, recipe, tmp_path / "one")
    preprocess(study, dict(reversed(recipe.items())), tmp_path / "other")
    assert tree(tmp_path / "one") == tree(tmp_path / "other")


def test_the_key_does_not_depend_on_where_the_source_lies(study, tmp_path):
    Study.write_fake(tmp_path / "copy")
    assert key(study, MOMENTS) == key(Study(tmp_path / "copy"), MOMENTS)


@pytest.mark.parametrize("change", [{"stimulus": "another"}, {"trial": 9}, {"target": Target.of(1)}, {"subject": "7"}])
def test_the_key_follows_identities_and_truth(study, change):
    plan = RecordingBuild(study.root, study.name, study.version, MOMENTS)
    trial = next(iter(study))
    assert plan.key([trial]) != plan.key([replace(trial, **change)])


@pytest.mark.parametrize("change", [{"rate": 51.0}, {"n_samples": 200}, {"start": 1.0}, {"bad_spans": ((0, 5),)}])
def test_the_key_follows_what_the_reader_says_about_the_stream(study, change):
    plan = RecordingBuild(study.root, study.name, study.version, MOMENTS)
    trial = next(iter(study))
    other = replace(trial, streams={"eeg": replace(trial.streams["eeg"], **change)})
    assert plan.key([trial]) != plan.key([other])


def test_a_broken_recording_is_named_after_the_others_are_finished(study, tmp_path):
    recipe = {"eeg": [Refuse("2_1"), Moments()]}
    with pytest.raises(InputError, match=r"1 broken: subject 2, session 1: .*a flat channel.*5 other") as refused:
        preprocess(study, recipe, tmp_path / "cache")
    assert "\n" not in str(refused.value)
    assert len(list((tmp_path / "cache").glob("*.h5"))) == 5
    with pytest.raises(InputError, match="a run did not finish"):
        Cache(tmp_path / "cache")


def test_a_broken_recording_is_left_out_and_listed_when_asked(study, tmp_path):
    cache = preprocess(study, {"eeg": [Refuse("2_1"), Moments()]}, tmp_path / "cache", skip_broken=True)
    assert len(cache) == 15
    reasons = {left.what: left.reason for left in cache.skipped}
    assert "a flat channel" in reasons["subject 2, session 1"]
    assert reasons["notes.txt"] == "not a recording"
    assert str(tmp_path) not in (tmp_path / "cache" / "cache.json").read_text()


def test_one_bad_trial_costs_no_other_and_is_remembered(study, tmp_path):
    recipe = {"eeg": [Refuse("2_1", part="1"), Moments()]}
    with pytest.raises(InputError, match=r"1 broken: subject 2, session 1, trial 2: .*a flat channel.*6 other"):
        preprocess(study, recipe, tmp_path / "cache")
    with pytest.raises(InputError, match="1 broken"):  # the file that is there now has not become whole by that
        preprocess(study, recipe, tmp_path / "cache")
    outcomes = []
    cache = preprocess(study, recipe, tmp_path / "cache", skip_broken=True, watch=outcomes.append)
    assert all(outcome.kept for outcome in outcomes)
    assert len(cache) == 17
    assert [left.what for left in cache.skipped] == ["notes.txt", "subject 2, session 1, trial 2"]
    for path in (tmp_path / "cache").iterdir():
        assert str(study.root).encode() not in path.read_bytes()


def test_a_recording_that_cannot_be_opened_does_not_stop_those_behind_it(study, tmp_path):
    (study.root / "2_1.npy").write_bytes(b"garbage")
    with pytest.raises(InputError, match="3 broken"):  # its three trials
        preprocess(study, MOMENTS, tmp_path / "cache")
    cache = preprocess(study, MOMENTS, tmp_path / "cache", skip_broken=True)
    assert sorted(set(zip(cache.subject.tolist(), cache.session.tolist(), strict=True))) == [
        ("1", "1"),
        ("1", "2"),
        ("2", "2"),
        ("3", "1"),
        ("3", "2"),
    ]


def test_nothing_usable_is_an_error_even_when_skipping(study, tmp_path):
    for path in study.root.glob("*.npy"):
        path.write_bytes(b"garbage")
    with pytest.raises(InputError) as refused:
        preprocess(study, MOMENTS, tmp_path / "cache", skip_broken=True)
    first = study.root / "1_1.npy"
    assert str(refused.value) == f"{first} and 5 others: found no array; wanted a .npy file; copy it again"


def test_one_file_that_cannot_be_used_is_told_once_in_its_own_words(study, tmp_path):
    for path in [*study.root.glob("*.npy")][1:]:
        path.unlink()
    (only,) = study.root.glob("*.npy")
    with pytest.raises(InputError, match=r"found a flat channel; wanted a signal; mark it$") as refused:
        preprocess(Study(study.root), {"eeg": [Refuse(only.stem), Moments()]}, tmp_path / "cache", skip_broken=True)
    assert str(refused.value).count("a flat channel") == 1
    assert "skip" not in str(refused.value)
    only.write_bytes(b"garbage")
    with pytest.raises(InputError) as refused:
        preprocess(Study(study.root), MOMENTS, tmp_path / "cache")
    assert str(refused.value) == f"{only}: found no array; wanted a .npy file; copy it again"


def test_the_same_fault_in_several_recordings_is_one_cause_with_a_count(study, tmp_path):
    for stem in ("2_1", "3_1"):
        (study.root / f"{stem}.npy").write_bytes(b"garbage")
    with pytest.raises(InputError, match=r"6 broken: a trial and 5 others: .*2_1.npy: found no array") as refused:
        preprocess(study, MOMENTS, tmp_path / "cache")
    assert str(refused.value).count("no array") == 1


class Generated(Study):
    """A dataset that iterates by a generator, which ends at its first error."""

    def __iter__(self):
        yield from Study.__iter__(self)


def test_a_generators_error_stops_the_run_since_the_rest_is_unknown(study, tmp_path):
    (study.root / "2_1.npy").write_bytes(b"garbage")
    with pytest.raises(InputError, match="no array"):
        preprocess(Generated(study.root), MOMENTS, tmp_path / "cache", skip_broken=True)


def test_people_no_longer_in_the_dataset_are_not_in_the_cache(study, tmp_path):
    preprocess(study, MOMENTS, tmp_path / "cache")
    (study.root / "3_2.npy").unlink()
    cache = preprocess(Study(study.root), MOMENTS, tmp_path / "cache")
    assert len(cache) == 15
    assert [path.name for path in strangers(cache.path, cache.index)] == ["subject-3,session-2.h5"]


class Twice(Study):
    """A dataset that gives its first trial twice."""

    def __iter__(self):
        trials = list(Study.__iter__(self))
        return iter([trials[0], *trials])


def test_a_trial_that_occurs_twice_is_refused(study, tmp_path):
    with pytest.raises(InputError, match="subject 1, session 1, trial 1 twice"):
        preprocess(Twice(study.root), MOMENTS, tmp_path / "cache")


def test_recordings_of_different_rates_do_not_share_a_series(tmp_path):
    for name, n_features in (("1_1", 2), ("2_1", 3)):
        (tmp_path / f"{name}.txt").write_text(str(n_features))
    with pytest.raises(InputError, match=r"series eeg of subject 2.*3 features.*wanted .*2 features.*two caches"):
        preprocess(Ready(tmp_path), None, tmp_path / "cache")


@dataclass(frozen=True)
class _Ones:
    n_features: int

    def __call__(self):
        return np.ones((3, 4, self.n_features))


class Ready(Dataset):
    """Ready-made features, as many as a text file says."""

    name, expects, task = "ready", "text files", Task(("calm", "glad"))

    def __iter__(self):
        return map(self._trial, sorted(self.root.glob("*.txt")))

    def _trial(self, path):
        n = int(path.read_text())
        names = tuple(f"f{k}" for k in range(n))
        stream = Features(SQUARE, names, 3, 1.0, 1.0, _Ones(n), Source(path))
        return Trial(path.stem[0], "1", 1, "film", {"eeg": stream}, Target.of(0))

    @classmethod
    def write_fake(cls, root, seed=0):
        raise NotImplementedError


@pytest.mark.parametrize(
    "settings, told",
    [
        ({"jobs": 0}, "jobs: found 0"),
        ({"jobs": -3}, "jobs: found -3"),
        ({"jobs": 2, "cluster": "tcp://127.0.0.1:1"}, "2 beside a cluster"),
    ],
)
def test_settings_out_of_range_are_refused(study, tmp_path, settings, told):
    with pytest.raises(InputError, match=told):
        preprocess(study, MOMENTS, tmp_path / "cache", **settings)


def test_a_scheduler_that_does_not_answer_is_refused(study, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("emoscan.preprocessing.building.workers._PATIENCE", 0.5)
    with pytest.raises(InputError, match=r"cluster tcp://127.0.0.1:1: found no answer"):
        preprocess(study, MOMENTS, tmp_path / "cache", cluster="tcp://127.0.0.1:1")


def test_a_file_in_the_place_of_the_cache_is_refused(study, tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(InputError, match="found a file; wanted a folder"):
        preprocess(study, MOMENTS, tmp_path / "cache")


def test_an_estimate_counts_what_is_left_and_writes_nothing(study, tmp_path):
    before = estimate(study, {"eeg": [Moments(pause=0.01)]}, tmp_path / "cache")
    assert (before.recordings, before.done) == (6, 0)
    assert not (tmp_path / "cache").exists()
    assert before.bytes == sum(3 * 2 * (5 + s) * 4 * 2 * 4 for s in (1, 2, 3))
    assert before.seconds > 0.01 * 18
    preprocess(study, {"eeg": [Moments(pause=0.01)]}, tmp_path / "cache")
    after = estimate(study, {"eeg": [Moments(pause=0.01)]}, tmp_path / "cache")
    assert (after.done, after.seconds, after.bytes) == (6, 0.0, 0)


def test_quality_finds_dead_sites_and_untrusted_slices(study, tmp_path):
    path = study.root / "1_1.npy"
    samples = np.load(path)
    samples[:, 2] = 7.0
    samples[0, 0, 60] = np.nan
    np.save(path, samples)
    quality = qualities(preprocess(study, MOMENTS, tmp_path / "cache"))
    assert quality[0].constant == ("c",)
    assert quality[0].invalid == pytest.approx(1 / 18)
    assert quality[0].high[0] == 7.0
    assert all(other.constant == () and other.invalid == 0 for other in quality[1:])


def test_only_one_recording_is_held_in_memory(study, tmp_path):
    rng = np.random.default_rng(0)
    recordings = 8
    for number in range(recordings):
        np.save(study.root / f"{9 + number}_1.npy", rng.standard_normal((3, 4, 50 * 1500)).astype(np.float32))
    size = 3 * 4 * 50 * 1500 * 4  # bytes of one recording, kept as samples
    preprocess(study, {"eeg-raw": [RawSlices()]}, tmp_path / "warm")
    tracemalloc.start()
    preprocess(study, {"eeg-raw": [RawSlices()]}, tmp_path / "cache")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * size < recordings * size


def test_names_in_the_source_do_not_reach_the_cache(study, tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "somebodys-laptop")
    preprocess(study, MOMENTS, tmp_path / "cache")
    everything = b"".join(path.read_bytes() for path in (tmp_path / "cache").iterdir())
    assert str(tmp_path).encode() not in everything
    assert b"somebodys-laptop" not in everything


def test_the_index_lists_what_was_made_and_its_own_digest(study, tmp_path):
    cache = preprocess(study, MOMENTS, tmp_path / "cache")
    stored = json.loads((cache.path / "cache.json").read_text())
    assert (stored["dataset"], stored["version"], stored["task"]["categories"]) == ("study", 1, ["calm", "glad"])
    assert len(stored["files"]) == 6
    assert verify(cache.path) == sum(path.stat().st_size for path in cache.path.iterdir())
