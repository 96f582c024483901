"""EEGMAT: the lookalike everywhere, and the real recordings where they are at hand."""

import os
import pickle
import shutil
from pathlib import Path

import mne
import numpy as np
import pytest

from emoscan.signals import EEGMAT, SCALP_19, DatasetNotFound, InputError
from emoscan.signals.files.headers.edf_header import read_edf_header

REAL = Path(os.environ.get("EMOSCAN_EEGMAT") or Path(__file__).parents[3] / "shared" / "data" / "eegmat")
real_only = pytest.mark.skipif(not (REAL / "Subject00_1.edf").is_file(), reason="the real recordings are not here")


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = tmp_path_factory.mktemp("eegmat")
    EEGMAT.write_fake(root)
    return root


@pytest.fixture
def copy(fake, tmp_path):
    return shutil.copytree(fake, tmp_path / "eegmat")


@pytest.fixture(scope="module", params=["fake", pytest.param("real", marks=real_only)])
def dataset(request, fake):
    return EEGMAT(fake if request.param == "fake" else REAL)


def test_rest_is_trial_one_and_arithmetic_trial_two(dataset):
    trials = list(dataset)
    assert [str(t) for t in dataset] == [str(t) for t in trials]
    assert [t.subject for t in trials] == sorted((t.subject for t in trials), key=int)
    assert {(t.trial, t.stimulus, int(t.target.category[0]), t.session) for t in trials} == {
        (1, "rest", 0, "1"),
        (2, "arithmetic", 1, "1"),
    }


def test_samples_are_those_that_mne_reads_under_the_old_names(dataset):
    old = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
    for trial in list(dataset)[::5]:
        stream = trial.streams["eeg"]
        raw = mne.io.read_raw(stream.source.path, verbose="error")
        wanted = raw.get_data(picks=[f"EEG {old.get(site, site)}" for site in SCALP_19.sites], stop=3000) * 1e6
        np.testing.assert_array_equal(stream.read(0, 3000), wanted)
        assert (stream.rate, stream.n_samples) == (raw.info["sfreq"], raw.n_times)
        assert stream.rate == 500.0


def test_the_held_tail_is_marked_to_the_sample(dataset):
    for trial in dataset:
        stream = trial.streams["eeg"]
        ((begin, end),) = stream.bad_spans
        x = stream.read(begin - 2, end)
        assert end == stream.n_samples
        assert 453 <= end - begin <= 486
        assert (x[:, 1:] == x[:, 1:2]).all()
        assert (x[:, 0] != x[:, 1]).any()
        assert stream.trusted().sum() == begin


def test_left_out_channels_and_files_are_reported(dataset):
    reasons = {skip.path.name: skip.reason for skip in dataset.skipped()}
    assert "ECG" in reasons[dataset.root.name]
    assert "A2-A1" in reasons[dataset.root.name]
    assert reasons["SHA256SUMS"] == "not a recording"
    assert "subject-info.csv" not in reasons


def test_a_lookalike_has_the_structure_of_the_authors_files(fake):
    path = fake / "Subject00_1.edf"
    content = path.read_bytes()
    assert content[184:192] == b"5888    "
    assert content[192:197] == b"EDF+C"
    assert content[252:256] == b"22  "
    assert len(content) == 5888 + 21114 * 24
    assert content[5888 + 21000 :].startswith(b"+0\x14\x14\x00+0.000\x14[Total time]+24.000\x14\x00")
    header = read_edf_header(path)
    assert header.labels[:2] == ("EEG Fp1", "EEG Fp2")
    assert header.labels[-2:] == ("EEG A2-A1", "ECG ECG")
    assert set(header.samples) == {500}
    assert header.units == ("uV",) * 20 + ("mV",)


@real_only
def test_real_headers_agree_with_the_lookalike_field_by_field(fake):
    ours, theirs = (root.joinpath("Subject00_1.edf").open("rb").read(5888) for root in (fake, REAL))
    version, kind, counts, names_and_units = slice(8), slice(184, 236), slice(244, 256), slice(256, 2544)
    digital_range_filters_and_samples = slice(2896, 5888)
    same_fields = [version, kind, counts, names_and_units, digital_range_filters_and_samples]
    for field in same_fields:
        assert ours[field] == theirs[field]


@real_only
def test_the_real_subset_has_12_people_and_24_trials_of_known_length():
    dataset = EEGMAT(REAL)
    report = dataset.report()
    assert (report.n_trials, len(report.subjects), report.simulated) == (24, 12, False)
    rest = {t.subject: t.streams["eeg"].duration for t in dataset if t.trial == 1}
    assert {t.streams["eeg"].duration for t in dataset if t.trial == 2} == {62.0}
    assert rest == {str(subject): {4: 170.0, 10: 188.0}.get(subject, 182.0) for subject in range(12)}


@real_only
def test_people_are_those_of_the_authors_table():
    people = EEGMAT(REAL).people()
    assert people["0"].age == 21
    assert people["0"].subtractions == 9.7
    assert not people["0"].counts_well
    assert sum(person.counts_well for person in people.values()) == 7
    assert people["8"].gender == "M"


def test_only_the_tails_are_read_while_iterating(fake, monkeypatch):
    whole, read = mne.io.BaseRaw.get_data, []
    monkeypatch.setattr(
        mne.io.BaseRaw, "get_data", lambda self, *a, **k: read.append(k["stop"] - k["start"]) or whole(self, *a, **k)
    )
    assert len(list(EEGMAT(fake))) == 6
    assert read == [1000] * 6


def test_trials_travel_to_other_processes(fake):
    trial = next(iter(EEGMAT(fake)))
    again = pickle.loads(pickle.dumps(trial))
    np.testing.assert_array_equal(again.streams["eeg"].read(7, 77), trial.streams["eeg"].read(7, 77))


def test_who_has_one_recording_only_is_skipped_with_a_reason(fake):
    dataset = EEGMAT(fake)
    assert "11" not in dataset.report().subjects
    assert {s.path.name: s.reason for s in dataset.skipped()}["Subject11_1.edf"] == "Subject11_2.edf is missing"


def test_a_cut_recording_is_one_error_and_the_next_trial_still_comes(copy):
    path = copy / "Subject02_1.edf"
    path.write_bytes(path.read_bytes()[:-1000])
    trials = iter(EEGMAT(copy))
    assert [next(trials).subject for _ in range(2)] == ["0", "0"]
    with pytest.raises(InputError, match="Subject02_1"):
        next(trials)
    assert str(next(trials)) == "subject 2, session 1, trial 2"


def test_nothing_of_a_header_about_a_person_comes_through(copy):
    path = copy / "Subject00_1.edf"
    content = bytearray(path.read_bytes())
    content[8:40] = b"Jane Doe 01-JAN-1990 F".ljust(32)
    path.write_bytes(content)
    trial = next(iter(EEGMAT(copy)))
    assert b"Jane" not in pickle.dumps(trial)
    assert "Jane" not in repr(trial)


def test_a_wrong_folder_is_not_found(tmp_path):
    (tmp_path / "Subject00_1.edf").write_bytes(b"")
    with pytest.raises(DatasetNotFound, match="1 recordings, no pair"):
        EEGMAT(tmp_path)
    with pytest.raises(DatasetNotFound, match="nowhere"):
        EEGMAT(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, "no such file"),
        ("Subject,Age\nSubject00,20\n", "Count quality"),
        ("Subject,Age,Gender,Recording year,Number of subtractions,Count quality\nSubject00,x,F,2011,1,1\n", "csv:2"),
        ("Subject,Age,Gender,Recording year,Number of subtractions,Count quality\nSubject00,20,F,2011,1,1\n", "2, 10"),
    ],
)
def test_a_broken_table_of_people_is_an_input_error(copy, table, message):
    (copy / "subject-info.csv").unlink()
    if table:
        (copy / "subject-info.csv").write_text(table)
    with pytest.raises(InputError, match=message):
        EEGMAT(copy).people()
