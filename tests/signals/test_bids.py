"""Studies in the Brain Imaging Data Structure: events with a label are trials, sidecars say what channels are."""

import json
import shutil
from pathlib import Path

import mne
import numpy as np
import pytest

from emoscan.benchmarks.contracts import check_dataset
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.signals import BIDS, EEGMAT, SCALP_19, DatasetNotFound, InputError, standard_montage
from emoscan.signals.files.edf import EdfSignal, write_edf

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


def without_o1(study):
    """The study, of whose last person O1 was not recorded."""
    for path in (study / "sub-10").rglob("*_eeg.edf"):
        raw = mne.io.read_raw(path, verbose="error")
        rows = [EdfSignal(n, 1e6 * raw.get_data([n])[0], 128) for n in raw.ch_names if n != "O1"]
        write_edf(path, rows)
    return study


def test_electrodes_are_named_by_a_drawing_or_are_those_that_all_recordings_have(study):
    assert BIDS(study, layout="scalp-19").layout == SCALP_19
    trials = [*BIDS(without_o1(study), layout="common")]
    assert {trial.streams["eeg"].layout.sites for trial in trials} == {
        tuple(site for site in SCALP_19.sites if site != "O1")
    }
    with pytest.raises(
        InputError, match=r"wanted each of O1 once, as in the first recording; read .*BIDS\(layout='common'\)"
    ):
        [*BIDS(study)]
    with pytest.raises(InputError, match="found 'scalp-20'; wanted one of common, "):
        BIDS(study, layout="scalp-20")


def test_a_recording_that_is_cut_does_not_take_the_common_electrodes_from_the_others(study):
    (path,) = (study / "sub-10").rglob("*_eeg.edf")
    path.write_bytes(path.read_bytes()[:3000])
    trials = iter(BIDS(study, layout="common"))
    assert [next(trials).streams["eeg"].layout for _ in range(12)] == [SCALP_19] * 12
    with pytest.raises(InputError, match="sub-10"):
        next(trials)


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


def test_a_recording_whose_table_of_events_is_empty_is_listed_as_left_out(study):
    (study / "sub-02" / "eeg" / "sub-02_task-films_events.tsv").write_text("onset\tduration\ttrial_type\n")
    dataset = BIDS(study)
    assert "02" not in {trial.subject for trial in dataset}
    assert "no event" in " ".join(left.reason for left in dataset.skipped())


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


def columns_of(study, **settings):
    return {trial.subject: dict(trial.columns) for trial in BIDS(study, **settings)}


def test_what_is_noted_about_people_are_columns_and_a_missing_cell_is_not_there(fake):
    found = columns_of(fake)
    assert {who: {name: of[name] for name in of if name != "valence"} for who, of in found.items()} == {
        "02": {"age": 31, "group": "control"},
        "1": {"age": 24, "group": "patient"},
        "10": {"group": "control"},
    }


def test_further_columns_of_the_events_are_columns_too(study):
    events(study, "0\t5\thappy\t3", "7\t5\tsad\tn/a", head="onset\tduration\ttrial_type\tblock")
    assert [dict(trial.columns) for trial in BIDS(study)] == [
        {"age": 31, "group": "control", "block": 3},
        {"age": 31, "group": "control"},
    ]


def test_people_need_not_be_described_and_whoever_is_not_is_told(study):
    (study / "participants.tsv").write_text("participant_id\tage\tsession\nsub-02\t31\t1\n")
    trials = {trial.subject: trial for trial in BIDS(study)}
    assert "eeg: participants.tsv has no line for this person" in trials["1"].remarks
    assert not any("no line" in remark for remark in trials["02"].remarks)
    assert any("called as those of every cache are left out: session" in remark for remark in trials["02"].remarks)
    (study / "participants.tsv").unlink()
    assert "age" not in columns_of(study)["02"]
    assert not any("participants" in remark for trial in BIDS(study) for remark in trial.remarks)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("participant_id\tage\nsub-1\t3\nsub-1\t4\n", "participants.tsv:3: found sub-1 again"),
        ("id\tage\nsub-1\t3\n", "participants.tsv:1: found columns id, age; wanted participant_id"),
    ],
)
def test_a_broken_list_of_people_is_refused(study, text, message):
    (study / "participants.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        BIDS(study)


def test_two_people_whose_names_differ_in_zeros_only_are_refused(study):
    shutil.copytree(study / "sub-1", study / "sub-01")
    for path in (study / "sub-01").rglob("sub-1_*"):
        path.rename(path.with_name(path.name.replace("sub-1_", "sub-01_")))
    with pytest.raises(InputError, match="found sub-01 and sub-1; wanted one name for each person"):
        BIDS(study)


def test_what_was_made_of_the_study_is_not_read_and_listed(study):
    shutil.copytree(study / "sub-02", study / "derivatives" / "clean" / "sub-02")
    dataset = BIDS(study)
    assert len(list(dataset)) == 16
    assert [(left.path.name, left.reason) for left in dataset.skipped()] == [
        ("derivatives", "not read: no raw data of the study")
    ]


def rest_of(study, table="onset\tduration\ttrial_type\n0\t5\tcalm\n"):
    """A second task of one person."""
    folder = study / "sub-02" / "eeg"
    shutil.copy(folder / "sub-02_task-films_eeg.edf", folder / "sub-02_task-rest_eeg.edf")
    if table:
        (folder / "sub-02_task-rest_events.tsv").write_text(table)
    return study


def test_two_tasks_are_read_together_and_told_or_one_is_named(study):
    trials = [trial for trial in BIDS(rest_of(study)) if trial.subject == "02"]
    assert [trial.columns["task"] for trial in trials] == ["films"] * 4 + ["rest"]
    assert "eeg: tasks films, rest are read together: BIDS(task=...) reads one" in trials[0].remarks
    alone = list(BIDS(study, task="films"))
    assert len(alone) == 16
    assert not any("task" in trial.columns for trial in alone)


@pytest.mark.parametrize("table", ["", "onset\tduration\tmood\n0\t5\tcalm\n"])
def test_a_recording_without_usable_events_is_left_out_and_listed(study, table):
    dataset = BIDS(rest_of(study, table))
    assert len(list(dataset)) == 16
    (left_out,) = dataset.skipped()
    assert left_out.path.name == "sub-02_task-rest_eeg.edf"
    assert "trial_type" in left_out.reason or "no events.tsv" in left_out.reason


def test_meanings_make_categories_of_codes_and_other_events_are_no_trials(study):
    events(study, "0\t5\t11", "5\t1\tfixation", "6\t5\tFilm_Sad_2", "12\t5\t12")
    dataset = BIDS(study, meanings={"11": "happy", "*sad*": "sad", "12": "sad"})
    assert dataset.task.categories == ("happy", "sad")
    assert [dataset.task.categories[int(trial.target.category[0])] for trial in dataset] == ["happy", "sad", "sad"]
    with pytest.raises(InputError, match=r"no event with a value in trial_type that looks like joy"):
        BIDS(study, meanings={"joy": "happy"})


def odd_study(root, system, unit, points):
    """One person whose channels have names of their own, and the places of the electrodes."""
    folder = root / "sub-1" / "eeg"
    folder.mkdir(parents=True)
    names = [f"E{number:02d}" for number in range(len(points))]
    data = 10 * np.random.default_rng(0).standard_normal((len(names), 128 * 12))
    signals = [EdfSignal(name, row, 128) for name, row in zip(names, data, strict=True)]
    write_edf(folder / "sub-1_task-films_eeg.edf", signals)
    (root / "dataset_description.json").write_text("{}")
    lines = "0\t5\thappy", "6\t5\tsad"
    (folder / "sub-1_task-films_events.tsv").write_text("\n".join(["onset\tduration\ttrial_type", *lines]) + "\n")
    rows = ["\t".join([name, *(f"{value:.6g}" for value in point)]) for name, point in zip(names, points, strict=True)]
    (folder / "sub-1_electrodes.tsv").write_text("\n".join(["name\tx\ty\tz", *rows]) + "\n")
    stated = {"EEGCoordinateSystem": system, "EEGCoordinateUnits": unit}
    (folder / "sub-1_coordsystem.json").write_text(json.dumps(stated))
    return root


SITES = ("Fz", "F3", "F4", "C3", "Cz", "C4", "P3", "Pz", "P4", "Oz")


def places():
    known = standard_montage().get_positions()["ch_pos"]
    return np.array([known[site] for site in SITES])


@pytest.mark.parametrize(
    ("system", "unit", "factor", "words"),
    [
        ("CapTrak", "mm", 1000, "(CapTrak, mm)"),
        ("CapTrak", "m", 1, "(CapTrak, m)"),
        ("EEGLAB", "cm", 100, "(EEGLAB, cm)"),
        ("Other", "n/a", 1000, "(Other, its unit is not stated and taken for mm)"),
    ],
)
def test_electrodes_without_a_standard_name_are_where_the_study_says(tmp_path, system, unit, factor, words):
    plain = places()
    turned = np.stack([plain[:, 1], -plain[:, 0], plain[:, 2]], axis=1) if system == "EEGLAB" else plain
    trial = next(iter(BIDS(odd_study(tmp_path, system, unit, factor * turned))))
    layout = trial.streams["eeg"].layout
    assert layout.sites == tuple(f"E{number:02d}" for number in range(10))
    np.testing.assert_allclose(layout.positions, plain, atol=1e-6)
    cells = dict(zip(SITES, layout.cells, strict=True))
    assert cells["Fz"][0] < cells["Cz"][0] < cells["Oz"][0]
    assert cells["C3"][1] < cells["Cz"][1] < cells["C4"][1]
    assert f"eeg: electrodes are where electrodes.tsv says {words}" in trial.remarks


def test_an_electrode_without_a_place_is_left_out_and_told(tmp_path):
    points = places()
    points[3] = np.nan
    trial = next(iter(BIDS(odd_study(tmp_path, "CapTrak", "m", points))))
    assert "E03" not in trial.streams["eeg"].names
    assert any("left out, since it has no place for them: E03" in remark for remark in trial.remarks)


def test_names_with_a_standard_place_keep_it_and_that_is_told(study):
    rows = [f"{site}\t0.0{place}\t0.1\t0.1" for place, site in enumerate(SCALP_19.sites)]
    for person in ("02", "1", "10"):
        path = study / f"sub-{person}" / "eeg" / f"sub-{person}_electrodes.tsv"
        path.write_text("\n".join(["name\tx\ty\tz", *rows]) + "\n")
    trial = next(iter(BIDS(study)))
    assert trial.streams["eeg"].layout == SCALP_19
    assert "eeg: electrodes.tsv is not used: all channels have a name with a standard place" in trial.remarks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\tx\ty\nE00\t1\t2\n", "electrodes.tsv:1: found columns name, x, y; wanted name, x, y and z"),
        ("name\tx\ty\tz\nE00\t1\t2\tfar\n", "electrodes.tsv:2: found could not convert string to float: 'far'"),
    ],
)
def test_a_broken_table_of_electrodes_is_refused(tmp_path, text, message):
    study = odd_study(tmp_path, "CapTrak", "m", places())
    (study / "sub-1" / "eeg" / "sub-1_electrodes.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        next(iter(BIDS(study)))
