"""Studies in the Brain Imaging Data Structure: events with a label are trials, sidecars say what channels are."""

import shutil
from pathlib import Path

import mne
import numpy as np
import pytest

from emoscan.benchmarks.contracts import check_dataset
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.signals import BIDS, EEGMAT, SCALP_19, DatasetNotFound, InputError

REAL = Path(__file__).parents[3] / "shared" / "data" / "eegmat"


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = tmp_path_factory.mktemp("bids")
    BIDS.write_fake(root)
    return root


@pytest.fixture
def study(fake, tmp_path):
    return shutil.copytree(fake, tmp_path / "study")


def events(study, *lines, head="onset\tduration\ttrial_type"):
    """One person with these events."""
    for folder in ("sub-1", "sub-10"):
        shutil.rmtree(study / folder)
    (study / "sub-02" / "eeg" / "sub-02_task-films_events.tsv").write_text("\n".join([head, *lines]) + "\n")
    return study


def test_it_keeps_the_contract_of_datasets():
    check_dataset(BIDS)


def test_events_with_a_label_are_trials_numbered_through_the_runs(fake):
    trials = list(BIDS(fake))
    found = [(t.subject, t.session, t.trial) for t in trials]
    assert found == [(who, "1", n) for who, count in (("1", 8), ("02", 4), ("10", 4)) for n in range(1, count + 1)]
    assert [t.stimulus for t in trials[:4]] == [f"film_{n}.mp4" for n in range(1, 5)]
    assert [(t.streams["eeg"].start, t.streams["eeg"].duration) for t in trials[:4]] == [
        (6.0 * n, 6.0) for n in range(4)
    ]
    assert BIDS(fake).task.categories == ("happy", "sad")


def test_sidecars_further_up_say_which_channels_are_bad_and_which_no_eeg(fake):
    stream = next(iter(BIDS(fake))).streams["eeg"]
    assert stream.layout == SCALP_19
    assert stream.bad_channels == ("Pz",)
    assert "bad by channels.tsv: Pz" in stream.remarks


def test_ratings_are_columns_and_missing_ones_are_masked(fake):
    dataset = BIDS(fake, targets={"category": "trial_type", "valence": "valence"})
    ratings = [trial.target.dimensions[0, 0] for trial in dataset][:4]
    np.testing.assert_array_equal(ratings, [0.8, -0.6, np.nan, -0.9])
    with pytest.raises(InputError, match=r"events.tsv:4, column valence: found -0.6; wanted 0 to 1.*BIDS\(ranges="):
        list(BIDS(fake, targets={"category": "trial_type", "valence": "valence"}, ranges={"valence": (0, 1)}))


def test_an_event_without_a_duration_lasts_until_the_next_or_the_end(study):
    table = events(study, "0\tn/a\thappy", "5\t0\tn/a", "7\t2.5\tsad", "10\tn/a\thappy")
    streams = [trial.streams["eeg"] for trial in BIDS(table)]
    assert [(s.start, s.duration) for s in streams] == [(0, 5), (7, 2.5), (10, 14)]


@pytest.mark.parametrize(
    "lines, head, message",
    [
        (
            ["0\t5\thappy"],
            "onset\tduration\tmood",
            "events.tsv: found columns onset, duration, mood; wanted trial_type",
        ),
        (["0\t5"], "start\tduration", "events.tsv:1: found columns start, duration; wanted onset and duration"),
        (["soon\t5\thappy"], "onset\tduration\ttrial_type", "events.tsv:2, column onset: found 'soon'"),
        (["n/a\t5\thappy"], "onset\tduration\ttrial_type", "events.tsv:2, column onset"),
        (["0\t5"], "onset\tduration\ttrial_type", "events.tsv:2: found 2 values; wanted 3"),
        (["0\t5\tn/a"], "onset\tduration\ttrial_type", "no event with a value in trial_type"),
        (
            ["0\t5\thappy", "20\t9\tsad"],
            "onset\tduration\ttrial_type",
            "events.tsv:3: found 20 to 29 s of a recording of 24 s",
        ),
    ],
)
def test_broken_events_are_refused_with_their_place(study, lines, head, message):
    with pytest.raises(InputError, match=message):
        list(BIDS(events(study, *lines, head=head)))


def test_a_study_without_events_is_one_line(study):
    for path in study.rglob("*_events.tsv"):
        path.unlink()
    with pytest.raises(InputError, match=r"no events.tsv; wanted a table of events beside it"):
        BIDS(study)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"task": "rest"}, "no recording of task 'rest'; wanted one of films"),
        ({"targets": {"mood": "trial_type"}}, "BIDS, targets: found 'mood'; wanted columns by label"),
        ({"targets": {"valence": "joy"}}, "found columns onset, .*; wanted joy among them"),
    ],
)
def test_a_wrong_setting_is_refused(fake, settings, message):
    with pytest.raises(InputError, match=message):
        BIDS(fake, **settings)


def test_a_folder_without_recordings_is_not_found(tmp_path):
    with pytest.raises(DatasetNotFound, match="no EEG recording"):
        BIDS(tmp_path)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real recordings are not beside this checkout")
def test_what_mne_bids_writes_of_real_recordings_gives_their_volumes_to_the_byte(tmp_path):
    import mne_bids

    for part in (1, 2):
        raw = mne.io.read_raw_edf(REAL / f"Subject00_{part}.edf", verbose="error")
        path = mne_bids.BIDSPath(root=tmp_path, subject="00", task="sums", run=part, datatype="eeg")
        raw.set_annotations(mne.Annotations([0], [raw.n_times / raw.info["sfreq"]], [("rest", "sums")[part - 1]]))
        mne_bids.write_raw_bids(raw, path, overwrite=True, verbose="error")
    recipe = {"eeg": [DifferentialEntropy()]}
    (tmp_path / "plain").mkdir()
    for part in (1, 2):
        shutil.copy(REAL / f"Subject00_{part}.edf", tmp_path / "plain")
    plain = preprocess(EEGMAT(tmp_path / "plain"), recipe, tmp_path / "cache-plain")
    found = preprocess(BIDS(tmp_path, task="sums"), recipe, tmp_path / "cache-bids")
    for mine, theirs in zip(found, plain, strict=True):
        assert mine["eeg"].x.tobytes() == theirs["eeg"].x.tobytes()
