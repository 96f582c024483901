"""Caches of what a program holds: the rules, the digests and the refusals are those of files."""

import subprocess
import sys

import mne
import numpy as np
import pandas as pd
import pytest

from emoscan.benchmarks import leave_one_out
from emoscan.benchmarks.splits.leak_guard import find_leak
from emoscan.preprocessing import Cache, DifferentialEntropy, RawSlices, preprocess
from emoscan.preprocessing.commands.printed_report import print_cache
from emoscan.signals import SCALP_19, InputError, Task, TrialTable

RATE = 128
SLICES = {"eeg": [RawSlices()]}
ROWS = [
    {"subject": f"s{person}", "raw": person, "start": start, "stop": start + 8, "category": mood}
    for person in (0, 1)
    for start, mood in ((0, "sad"), (10, "happy"))
]


def samples(person, seconds=20, rate=RATE):
    """Volts of 19 electrodes."""
    return 1e-5 * np.random.default_rng(person).standard_normal((19, seconds * rate))


def raw_of(data, rate=RATE, names=SCALP_19.sites):
    return mne.io.RawArray(data, mne.create_info(list(names), rate, "eeg"), verbose="error")


def two_raws():
    return [raw_of(samples(person)) for person in (0, 1)]


def noted(*notes):
    """A recording with annotations: onset, duration, text."""
    onsets, durations, texts = zip(*notes, strict=True)
    return raw_of(samples(0)).set_annotations(mne.Annotations(onsets, durations, texts))


def epochs_of(raw, starts, seconds=2.0, **settings):
    """Epochs that begin at these seconds, of two kinds by turns."""
    rows = [(round(start * RATE), 0, 1 + number % 2) for number, start in enumerate(starts)]
    settings = {"baseline": None, "preload": True, **settings}
    kinds = {"calm": 1, "tense": 2} if len(starts) > 1 else {"calm": 1}
    return mne.Epochs(raw, np.array(rows), kinds, 0.0, seconds - 1 / RATE, verbose="error", **settings)


def frame_of(subjects=("a", "b"), trials=2, slices=4):
    """Two features of 19 sites."""
    rng = np.random.default_rng(0)
    rows = []
    for subject in subjects:
        for trial in range(1, trials + 1):
            for k in range(slices):
                values = {f"{site} {band}": rng.normal() for site in SCALP_19.sites for band in ("alpha", "beta")}
                rows.append({"subject": subject, "trial": trial, "slice": k, "category": f"c{trial}", **values})
    return pd.DataFrame(rows)


def test_a_raw_object_gives_the_volumes_of_the_file_that_it_was_read_from(tmp_path):
    lines = ["subject,session,trial,stimulus,eeg,start,stop,category"]
    for number, row in enumerate(ROWS):
        lines.append(
            f"{row['subject']},1,{1 + number % 2},x,{row['raw']}_raw.fif,{row['start']},{row['stop']},m{number % 2}"
        )
    for person, raw in enumerate(two_raws()):
        raw.save(tmp_path / f"{person}_raw.fif", verbose="error")
    (tmp_path / "trials.csv").write_text("\n".join(lines) + "\n")
    of_files = preprocess(TrialTable(tmp_path), None, tmp_path / "files")
    raws = {str(k): mne.io.read_raw(tmp_path / f"{k}_raw.fif", verbose="error") for k in (0, 1)}
    of_raws = Cache.from_raws(tmp_path / "raws", raws, ROWS)
    assert of_raws.modalities == of_files.modalities
    for ours, theirs in zip(of_raws, of_files, strict=True):
        for name in of_files.modalities:
            np.testing.assert_array_equal(ours[name].x, theirs[name].x)
            np.testing.assert_array_equal(ours[name].times, theirs[name].times)


def test_equal_samples_give_an_equal_cache_and_one_other_sample_another(tmp_path):
    once = Cache.from_raws(tmp_path / "once", two_raws(), ROWS, recipe=SLICES)
    again = Cache.from_raws(tmp_path / "again", dict(enumerate(two_raws())), pd.DataFrame(ROWS), recipe=SLICES)
    changed = two_raws()
    changed[1]._data[3, 2000] += 1e-6  # in no trial, as a byte of a file may be
    other = Cache.from_raws(tmp_path / "other", changed, ROWS, recipe=SLICES)
    assert once.index.digest == again.index.digest
    assert once.index.files[0].digest == other.index.files[0].digest
    assert once.index.files[1].digest != other.index.files[1].digest


def test_what_is_finished_stays_when_the_same_objects_come_again(tmp_path):
    Cache.from_raws(tmp_path / "cache", two_raws(), ROWS, recipe=SLICES)
    before = {path.name: path.stat().st_ino for path in (tmp_path / "cache").glob("*.h5")}
    Cache.from_raws(tmp_path / "cache", two_raws(), ROWS, recipe=SLICES)
    assert {path.name: path.stat().st_ino for path in (tmp_path / "cache").glob("*.h5")} == before


def test_a_recipe_may_be_text(tmp_path):
    by_text = Cache.from_raws(tmp_path / "a", two_raws(), ROWS, recipe={"eeg": ["DifferentialEntropy()"]})
    by_step = Cache.from_raws(tmp_path / "b", two_raws(), ROWS, recipe={"eeg": [DifferentialEntropy()]})
    assert by_text.index.digest == by_step.index.digest


@pytest.mark.parametrize(
    "start, stop, begin, slices",
    [
        ("note film", "end", 3, 4),
        ("note film", "next", 3, 9),
        ("note film", "+5", 3, 5),
        ("2.0", "note rest", 2, 10),
        (None, "note film", 0, 3),
        (14, np.nan, 14, 6),
        ("", "", 0, 20),
    ],
)
def test_a_trial_lies_where_the_notes_of_its_recording_say(tmp_path, start, stop, begin, slices):
    raws = [noted((3, 4, "film"), (12, 0, "rest")), raw_of(samples(1))]
    rows = [
        {"subject": "a", "start": start, "stop": stop, "category": "x"},
        {"subject": "b", "start": 0, "stop": 3, "category": "y"},
    ]
    volume = Cache.from_raws(tmp_path, raws, rows, recipe=SLICES)[0]["eeg"]
    np.testing.assert_allclose(volume.times, begin + np.arange(slices))
    expected = samples(0)[:, begin * RATE : (begin + 1) * RATE] * 1e6
    np.testing.assert_allclose(volume.x[0], expected, rtol=1e-5)


def test_joints_bad_spans_and_bad_channels_of_an_object_count_as_those_of_a_file(tmp_path):
    raw = noted((5.0, 0, "BAD boundary"), (12.2, 0.1, "BAD cough"))
    rows = [{"subject": "a", "category": "x"}, {"subject": "b", "category": "y"}]
    cache = Cache.from_raws(tmp_path, [raw, raw_of(samples(1))], rows, recipe=SLICES)
    assert np.flatnonzero(~cache[0]["eeg"].valid).tolist() == [5, 12]
    assert cache[0]["eeg"].joints == (5,)
    (remark,) = cache.remarks
    assert "1 joint" in remark.text


def test_what_is_no_eeg_is_left_out_and_told(tmp_path, capsys):
    raws = two_raws()
    raws[0].set_channel_types({"O2": "ecg"}, on_unit_change="ignore")
    raws[1].set_channel_types({"O2": "ecg"}, on_unit_change="ignore")
    cache = Cache.from_raws(tmp_path, raws, ROWS, recipe=SLICES)
    assert len(cache.layout()) == 18
    print_cache(cache)
    printed = " ".join(capsys.readouterr().out.split())
    assert "left out, since they are no EEG: O2" in printed


def test_microvolts_that_are_called_volts_are_refused_and_read_once_they_are_named(tmp_path):
    wrong = [raw_of(1e6 * samples(person)) for person in (0, 1)]
    with pytest.raises(InputError, match=r"median SD .* wanted EEG.*units='uV'"):
        Cache.from_raws(tmp_path / "wrong", wrong, ROWS, recipe=SLICES)
    named = Cache.from_raws(tmp_path / "named", wrong, ROWS, recipe=SLICES, units="uV")
    right = Cache.from_raws(tmp_path / "right", two_raws(), ROWS, recipe=SLICES)
    np.testing.assert_allclose(named[3]["eeg"].x, right[3]["eeg"].x, rtol=1e-5)


def test_recordings_of_two_rates_share_a_cache_of_features(tmp_path):
    raws = [raw_of(samples(0)), raw_of(samples(1, rate=256), 256)]
    cache = Cache.from_raws(tmp_path, raws, ROWS, recipe={"eeg": [DifferentialEntropy()]})
    assert len({volume["eeg"].x.shape for volume in cache}) == 1


def test_a_recording_without_a_channel_of_the_first_is_refused_by_name(tmp_path):
    raws = [raw_of(samples(0)), raw_of(samples(1)[:18], names=SCALP_19.sites[:18])]
    with pytest.raises(InputError, match=r"raw 1: .*wanted each of O2 once"):
        Cache.from_raws(tmp_path, raws, ROWS)
    assert len(Cache.from_raws(tmp_path, raws, ROWS, skip_broken=True)) == 2


def test_one_recording_under_two_names_is_refused_or_left_out(tmp_path):
    raws = [raw_of(samples(0)), raw_of(samples(0))]
    with pytest.raises(
        InputError, match=r"subject s1.* is subject s0.*recordings in memory.*give repeated='leave-out'"
    ):
        Cache.from_raws(tmp_path, raws, ROWS, recipe=SLICES)
    cache = Cache.from_raws(tmp_path, raws, ROWS, recipe=SLICES, repeated="leave-out")
    assert list(cache.subject) == ["s0", "s0"]
    assert len(cache.skipped) == 2


def test_stretches_of_one_object_that_overlap_are_refused(tmp_path):
    rows = [dict(ROWS[0]), {**ROWS[1], "start": 7}]
    with pytest.raises(InputError, match="some of the stretch"):
        Cache.from_raws(tmp_path, two_raws(), rows, repeated="keep")


@pytest.mark.parametrize(
    "change, told",
    [
        ({"subject": None}, "row 0, column subject: found nothing"),
        ({"subject": np.nan}, "row 0, column subject: found nothing"),
        ({"raw": 2}, "row 0, column raw: found '2'; wanted one of 0, 1"),
        ({"raw": "anna"}, "column raw: found 'anna'"),
        ({"stop": 21}, "0 to 21 s of a recording of 20 s"),
        ({"stop": -1}, "column stop: found -1"),
        ({"start": 9}, "9 to 8 s of"),
        ({"start": "note film"}, "column start: found 'note film'"),
        ({"start": "noon"}, "column start: found 'noon'.*'trigger 7'"),
        ({"start": True}, "column start: found True; wanted a number"),
        ({"trial": 1.5}, "column trial: found 1.5; wanted a whole number"),
        ({"category": 1.5}, "column category: found 1.5"),
        ({"valence": 7.0}, r"column valence: found 7; wanted -1 to 1.*ranges=\{'valence': \(1, 9\)\}"),
        ({"valence": "7"}, "column valence: found '7'; wanted a number"),
        ({"valence": np.inf}, "column valence: found inf"),
        ({"au4": 3}, "column au4: found 3; wanted 0 to 1"),
    ],
)
def test_a_cell_that_is_wrong_is_named(tmp_path, change, told):
    rows = [{**ROWS[0], **change}, *ROWS[1:]]
    with pytest.raises(InputError, match=told) as error:
        Cache.from_raws(tmp_path, two_raws(), rows, recipe=SLICES)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "raws, rows, told",
    [
        ([], ROWS, "raws: found none"),
        ([np.zeros((2, 3))], ROWS, r"raws\[0\]: found a ndarray; wanted a raw object"),
        (two_raws(), [], "found no rows"),
        (two_raws(), 3, "a int; wanted a DataFrame"),
        (two_raws(), {"subject": ["a"], "category": ["x", "y"]}, "1 of subject, 2 of category"),
        (two_raws(), [{"subject": "a", "category": c} for c in "xyz"], "3 rows for 2 raws"),
        (two_raws(), [{"raw": 0, "category": c} for c in "xy"], "subject among them"),
        (two_raws(), [{"subject": "a", "raw": 0}], "labels among category, valence"),
        (two_raws(), [{"subject": "a", "raw": 0, "category": "x"}], "'x' in every row"),
        (two_raws(), [{**row, "trial": 1} for row in ROWS], "twice"),
    ],
)
def test_what_is_no_study_is_refused_in_a_line(tmp_path, raws, rows, told):
    with pytest.raises(InputError, match=told) as error:
        Cache.from_raws(tmp_path, raws, rows)
    assert "\n" not in str(error.value)


def test_epochs_given_as_raws_and_the_reverse_name_the_other_way_in(tmp_path):
    with pytest.raises(InputError, match=r"Cache\.from_epochs"):
        Cache.from_raws(tmp_path, epochs_of(raw_of(samples(0)), [0, 2]), ROWS)
    with pytest.raises(InputError, match=r"Cache\.from_raws"):
        Cache.from_epochs(tmp_path, two_raws())


def test_a_rule_for_a_channel_of_no_recording_is_refused(tmp_path):
    with pytest.raises(InputError, match="rename or units for 'Ch7'"):
        Cache.from_raws(tmp_path, two_raws(), ROWS, rename={"Ch7": "Fp1"})
    with pytest.raises(InputError, match="ranges: found arousal; wanted ratings among none"):
        Cache.from_raws(tmp_path, two_raws(), ROWS, ranges={"arousal": (1, 9)})


def test_further_columns_of_raws_are_columns_of_the_cache_typed_as_those_of_a_file(tmp_path):
    first = {"age": 31, "weight": 70.5, "left": True, "site": "Ulm", "code": "007", "score": "4.5", "day": None}
    other = {"age": np.int64(24), "weight": None, "left": False, "site": "ulm", "code": "12", "score": "n/a"}
    rows = [{**row, **noted} for row, noted in zip(ROWS, (first, first, other, other), strict=True)]
    cache = Cache.from_raws(tmp_path, two_raws(), rows, recipe=SLICES)
    assert list(cache.further_columns) == ["age", "weight", "left", "site", "code", "score"]
    assert cache.columns["age"].tolist() == [31, 31, 24, 24]
    np.testing.assert_array_equal(cache.columns["weight"], [70.5, 70.5, np.nan, np.nan])
    assert cache.columns["left"].tolist() == ["true", "true", "false", "false"]
    assert cache.columns["code"].tolist() == ["007", "007", "12", "12"]
    np.testing.assert_array_equal(cache.columns["score"], [4.5, 4.5, np.nan, np.nan])
    (remark,) = cache.remarks
    assert "column site: 'Ulm' and 'ulm' are told apart" in remark.text
    assert len(leave_one_out("site")(cache.columns)) == 2


@pytest.mark.parametrize(
    "cells, told",
    [
        ({"learned": 1}, "columns 'learned'; wanted names other than .*; call them otherwise, or drop them"),
        ({"samples": "a"}, "columns 'samples'"),
        ({"age": np.inf}, "row 0, column age: found inf"),
    ],
)
def test_columns_that_mean_something_else_or_hold_no_number_are_refused(tmp_path, cells, told):
    with pytest.raises(InputError, match=told):
        Cache.from_raws(tmp_path, two_raws(), [{**row, **cells} for row in ROWS], recipe=SLICES)


def test_a_column_that_is_almost_one_of_ours_is_told_with_the_way_to_say_so(tmp_path):
    def told(cache):
        return " | ".join(remark.text for remark in cache.remarks)

    rows = [{**row, "sesion": 1, "valance": 0.5} for row in ROWS]
    of_raws = told(Cache.from_raws(tmp_path / "raws", two_raws(), rows, recipe=SLICES))
    assert "if it is our session, say so by its name" in of_raws
    assert "if it is our valence, say so as in targets={'valence': 'valance'}" in of_raws
    frame = frame_of().assign(sesion="one")
    assert "say so as in columns={'session': 'sesion'}" in told(Cache.from_frame(tmp_path / "frame", frame))


def test_columns_of_a_frame_are_those_that_stay_within_each_trial(tmp_path):
    frame = frame_of().assign(site="Ulm", mood=["good", "bad"] * 8, age=31)
    features = [name for name in frame_of().columns if " " in name]
    cache = Cache.from_frame(tmp_path / "named", frame, features=features)
    assert {name: cells.tolist() for name, cells in cache.further_columns.items()} == {
        "site": ["Ulm"] * 4,
        "age": [31] * 4,
    }
    (remark,) = cache.remarks
    assert remark.text == "columns that change within a trial or hold objects are not read: mood"
    words = Cache.from_frame(tmp_path / "words", frame_of().assign(site="Ulm"))
    assert list(words.further_columns) == ["site"]


def test_pieces_of_a_trial_of_epochs_bring_the_columns_that_they_share(tmp_path):
    metadata = pd.DataFrame(
        {"subject": list("aabb"), "trial": [1, 1, 1, 1], "age": [31, 31, 24, 24], "rt": [0.1, 0.2, 0.3, 0.4]}
    ).assign(category=["x", "x", "y", "y"], notes=[[1], [2], [3], [4]])
    epochs = epochs_of(raw_of(samples(0)), [0, 2, 6, 8], metadata=metadata)
    cache = Cache.from_epochs(tmp_path, epochs, recipe=SLICES)
    assert cache.columns["age"].tolist() == [31, 24]
    assert list(cache.further_columns) == ["age"]
    assert any("not read: notes, rt" in remark.text for remark in cache.remarks)


def test_names_that_differ_in_case_are_told(tmp_path):
    rows = [{**row, "category": mood} for row, mood in zip(ROWS, ("Sad", "sad", "sad", "Sad"), strict=True)]
    (remark,) = Cache.from_raws(tmp_path, two_raws(), rows, recipe=SLICES).remarks
    assert "differ in spelling only" in remark.text


@pytest.mark.parametrize("preload", [True, False])
def test_epochs_are_trials_with_the_truth_of_their_metadata(tmp_path, preload):
    metadata = pd.DataFrame(
        {"VP": [1.0, 1.0, 2.0], "film": ["a", "b", "a"], "SAM": [1, 9, np.nan], "rt": [0.1, 0.2, 0.3]}
    )
    epochs = epochs_of(raw_of(samples(0)), [0, 5, 11], metadata=metadata, preload=preload)
    cache = Cache.from_epochs(
        tmp_path,
        epochs,
        columns={"subject": "VP", "stimulus": "film"},
        targets={"valence": "SAM"},
        ranges={"valence": (1, 9)},
        recipe=SLICES,
    )
    assert list(zip(cache.subject, cache.trial.tolist(), cache.stimulus, strict=True)) == [
        ("1", 1, "a"),
        ("1", 2, "b"),
        ("2", 1, "a"),
    ]
    np.testing.assert_array_equal(np.concatenate(cache.ratings).ravel(), [1, 9, np.nan])
    np.testing.assert_allclose(cache[1]["eeg"].times, [5, 6])
    np.testing.assert_allclose(cache[1]["eeg"].x[0], 1e6 * samples(0)[:, 5 * RATE : 6 * RATE], rtol=1e-5)
    assert cache.columns["rt"].tolist() == [0.1, 0.2, 0.3]
    assert epochs.preload == preload  # the user's object stays as it is


def test_without_metadata_the_events_are_the_categories_and_the_keys_the_people(tmp_path):
    people = {name: epochs_of(raw_of(samples(k)), [0, 2, 4, 6]) for k, name in enumerate(("anna", "bo"))}
    cache = Cache.from_epochs(tmp_path, people, recipe=SLICES)
    assert cache.task.categories == ("calm", "tense")
    assert cache.category.tolist() == [0, 1] * 4
    assert list(cache.subject) == ["anna"] * 4 + ["bo"] * 4


def test_epochs_that_nobody_claims_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"wanted a column subject; .*columns=\{'subject'.*\{'s1': epochs\}"):
        Cache.from_epochs(tmp_path, epochs_of(raw_of(samples(0)), [0, 2]))
    metadata = pd.DataFrame({"subject": ["a", None]})
    with pytest.raises(InputError, match="row 1, column subject: found nothing"):
        Cache.from_epochs(tmp_path, epochs_of(raw_of(samples(0)), [0, 2], metadata=metadata))
    with pytest.raises(InputError, match="wanted names among subject, session"):
        Cache.from_epochs(tmp_path, epochs_of(raw_of(samples(0)), [0, 2], metadata=metadata), columns={"subject": "VP"})


def test_epochs_that_overlap_are_refused_unless_they_are_pieces_of_one_trial(tmp_path):
    starts, raw = [0, 1, 2, 10, 11], raw_of(samples(0))
    with pytest.raises(InputError, match="some of the stretch that is subject a"):
        Cache.from_epochs(tmp_path / "apart", {"a": epochs_of(raw, starts)}, recipe=SLICES)
    metadata = pd.DataFrame({"trial": [1, 1, 1, 2, 2], "category": list("xxxyy")})
    cache = Cache.from_epochs(tmp_path / "joined", {"a": epochs_of(raw, starts, metadata=metadata)}, recipe=SLICES)
    assert [volume["eeg"].times.tolist() for volume in cache] == [[0, 1, 2, 3], [10, 11, 12]]
    assert all(volume["eeg"].valid.all() for volume in cache)
    np.testing.assert_allclose(cache[0]["eeg"].x[3], 1e6 * samples(0)[:, 3 * RATE : 4 * RATE], rtol=1e-5)
    assert find_leak(leave_one_out("trial")(cache.columns)[0], cache.columns, leave_one_out("trial")) is None


def test_overlapping_epochs_may_be_left_out(tmp_path):
    people = {"a": epochs_of(raw_of(samples(0)), [0, 1, 2, 3])}
    cache = Cache.from_epochs(tmp_path, people, recipe=SLICES, repeated="leave-out")
    assert cache.trial.tolist() == [1, 3]


@pytest.mark.parametrize("baseline, starts, joints", [(None, [0, 2, 7], (4,)), ((0, 0.5), [0, 2, 4], (2, 4))])
def test_a_joint_lies_where_a_piece_does_not_go_on_from_the_one_before(tmp_path, baseline, starts, joints):
    raw = raw_of(samples(0))
    metadata = pd.DataFrame({"trial": [1, 1, 1], "category": ["x", "x", "x"], "valence": [0.5, 0.5, -0.5]})
    epochs = epochs_of(raw, starts, metadata=metadata, baseline=baseline)
    volume = Cache.from_epochs(tmp_path, {"a": epochs}, targets={"valence": "valence"}, recipe=SLICES)[0]["eeg"]
    assert volume.joints == joints
    assert np.flatnonzero(~volume.valid).tolist() == list(joints)
    np.testing.assert_array_equal(volume.target.dimensions[:, 0], [0.5] * 4 + [-0.5] * 2)


def test_events_that_only_count_epochs_say_nothing_of_overlap_and_that_is_told(tmp_path):
    data = np.stack([samples(k, seconds=2) for k in range(6)])
    info = mne.create_info(list(SCALP_19.sites), RATE, "eeg")
    metadata = pd.DataFrame({"subject": list("aaabbb"), "category": list("xyxyxy")})
    epochs = mne.EpochsArray(data, info, metadata=metadata, verbose="error")
    cache = Cache.from_epochs(tmp_path, epochs, recipe=SLICES)
    assert len(cache) == 6
    np.testing.assert_allclose(cache[4]["eeg"].x[1], 1e6 * data[4][:, RATE:], rtol=1e-5)
    assert any("whether" in remark.text or "overlap" in remark.text for remark in cache.remarks)


def test_epochs_that_mne_dropped_are_listed(tmp_path):
    data = samples(0)
    data[3, 2 * RATE : 3 * RATE] *= 100
    epochs = epochs_of(raw_of(data), [0, 2, 4, 6], reject={"eeg": 500e-6})
    cache = Cache.from_epochs(tmp_path, {"a": epochs}, recipe=SLICES)
    assert len(cache) == 3
    (left,) = cache.skipped
    assert (left.what, left.reason) == ("1 epochs of a", "dropped by MNE: F3")


def test_the_same_epochs_under_two_names_are_refused(tmp_path):
    people = {name: epochs_of(raw_of(samples(0)), [0, 2]) for name in ("a", "b")}
    with pytest.raises(InputError, match="the stretch that is subject a"):
        Cache.from_epochs(tmp_path, people, recipe=SLICES)


def test_a_frame_is_the_cache_of_its_arrays(tmp_path):
    frame = frame_of()
    cache = Cache.from_frame(tmp_path / "frame", frame)
    x = frame[[f"{site} {band}" for site in SCALP_19.sites for band in ("alpha", "beta")]].to_numpy()
    arrays = Cache.from_arrays(
        tmp_path / "arrays",
        list(x.reshape(4, 4, 19, 2)),
        layout=SCALP_19,
        task=Task(("c1", "c2")),
        category=["c1", "c2"] * 2,
        subject=list("aabb"),
        features=("alpha", "beta"),
        dataset="frame",
    )
    assert cache.index.digest == arrays.index.digest


@pytest.mark.parametrize("written", ["{band}_{site}", "{site}-{band}", "high_{band}/{site}", "EEG {site} {band}"])
def test_a_column_says_its_site_and_feature_in_many_ways(tmp_path, written):
    frame = frame_of()
    names = {f"{s} {b}": written.format(site=s.upper(), band=b) for s in SCALP_19.sites for b in ("alpha", "beta")}
    cache = Cache.from_frame(tmp_path, frame.rename(columns=names))
    assert cache.layout().sites == SCALP_19.sites
    np.testing.assert_allclose(cache[0]["eeg"].x[1, 4, 1], frame.iloc[1][f"{SCALP_19.sites[4]} beta"], rtol=1e-6)


def test_columns_of_two_levels_and_in_any_order_are_a_grid(tmp_path):
    frame = frame_of()
    shuffled = frame[[*frame.columns[:4], *frame.columns[:3:-1]]]
    levels = [tuple(name.split(" ")) if " " in name else (name, "") for name in shuffled.columns]
    shuffled.columns = pd.MultiIndex.from_tuples(levels)
    straight = Cache.from_frame(tmp_path / "a", frame)
    turned = Cache.from_frame(tmp_path / "b", shuffled)
    assert turned.features() == ("beta", "alpha")
    np.testing.assert_array_equal(turned[2]["eeg"].x[..., ::-1], straight[2]["eeg"].x)


def test_features_without_sites_stand_on_one(tmp_path):
    frame = frame_of()[["subject", "trial", "slice", "category"]].assign(pulse=1.0 * np.arange(16), skin=2.0)
    cache = Cache.from_frame(tmp_path, frame, modality="body", duration=0.5)
    assert cache.features("body") == ("pulse", "skin")
    assert len(cache.layout("body")) == 1
    np.testing.assert_allclose(cache[1]["body"].times, [0, 0.5, 1, 1.5])


def test_missing_rows_are_gaps_and_missing_values_invalid_slices(tmp_path):
    frame = frame_of(slices=9)
    frame.loc[1, "Cz alpha"] = np.nan
    frame = frame.drop(index=[5]).sample(frac=1, random_state=0)
    cache = Cache.from_frame(tmp_path, frame)
    place = next(k for k in range(4) if (cache.subject[k], cache.trial[k]) == ("a", 1))
    first = cache[place]["eeg"]
    assert first.times.tolist() == [0, 1, 2, 3, 4, 6, 7, 8]
    assert np.flatnonzero(~first.valid).tolist() == [1]
    assert len(cache.windows(3, 1, [place])) == 2  # slices 2 to 4, and 6 to 8
    (remark,) = cache.remarks
    assert remark.text.startswith("values are missing")


def test_trials_of_a_frame_may_differ_in_length_and_truth_may_change_within_one(tmp_path):
    frame = frame_of().drop(index=[3]).assign(valence=np.linspace(1, 9, 15))
    cache = Cache.from_frame(tmp_path, frame, ranges={"valence": (1, 9)})
    assert [len(volume["eeg"].times) for volume in cache] == [3, 4, 4, 4]
    np.testing.assert_allclose(np.concatenate(cache.ratings)[:, 0], np.linspace(1, 9, 15))


def test_whole_numbers_that_pandas_made_floats_are_names(tmp_path):
    frame = frame_of().assign(category=[1.0, 2.0] * 8, subject=[7.0] * 8 + [8.0] * 8)
    frame.loc[0, "category"] = np.nan
    cache = Cache.from_frame(tmp_path, frame)
    assert cache.task.categories == ("1", "2")
    assert set(cache.subject) == {"7", "8"}


def test_the_interval_of_times_is_the_length_of_a_slice(tmp_path):
    frame = frame_of().rename(columns={"slice": "onset"})
    frame["onset"] = 0.25 * frame["onset"] + 10
    cache = Cache.from_frame(tmp_path, frame, columns={"time": "onset"})
    assert cache.duration() == pytest.approx(0.25)
    assert cache[0]["eeg"].times[0] == 10


def one_slice(frame):
    return frame[frame["slice"] == 0].rename(columns={"slice": "time"})


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda frame: frame.drop(columns="subject"), "wanted subject among them"),
        (lambda frame: frame.drop(columns="trial"), r"wanted trial among them.*columns=\{'trial'"),
        (lambda frame: frame.drop(columns="category"), "labels among category"),
        (lambda frame: frame.assign(trial=[1.5] * 16), "column trial: found 1.5"),
        (lambda frame: frame.assign(subject=[None] * 16), "row 0, column subject: found nothing"),
        (lambda frame: frame.assign(slice=[0.0, 1, 1, *range(13)]), "a slice of the trial twice"),
        (lambda frame: frame.assign(slice=[np.nan, *range(15)]), "row 0, column slice: found nothing"),
        (lambda frame: frame.drop(columns="Cz alpha"), "no column Cz alpha; wanted each feature of each site"),
        (lambda frame: frame.assign(pulse=1.0), r"columns of no site: pulse.*features=\[...\]"),
        (lambda frame: frame.assign(**{"Cz_alpha": 1.0}), "two columns of one feature: Cz alpha, Cz_alpha"),
        (lambda frame: frame.assign(**{"Cz alpha": "high"}), "row 0, column Cz alpha: found 'high'"),
        (lambda frame: frame.assign(**{"Cz alpha": np.nan}), "column Cz alpha: found no number in any row"),
        (lambda frame: frame.assign(**{"Cz alpha": np.inf}), "row 0, column Cz alpha: found inf"),
        (lambda frame: frame[["subject", "trial", "category"]], "columns of features"),
        (lambda frame: frame.iloc[:0], "no rows"),
        (lambda frame: pd.concat([frame, frame["subject"]], axis=1), "columns subject twice"),
        (one_slice, r"one slice a trial; wanted the seconds of a slice; give them, as in duration"),
        (lambda frame: frame.to_numpy(), "a ndarray; wanted a DataFrame"),
    ],
)
def test_a_frame_that_cannot_be_used_is_refused_in_a_line(tmp_path, change, told):
    with pytest.raises(InputError, match=told) as error:
        Cache.from_frame(tmp_path, change(frame_of()))
    assert "\n" not in str(error.value)


def test_neither_pandas_nor_mne_is_loaded_before_it_is_needed():
    code = "import sys; from emoscan.preprocessing import Cache; sys.exit(bool({'pandas', 'mne'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_refusal_names_what_a_program_holds_and_ways_on_that_a_program_has(tmp_path):
    unnamed = [raw_of(samples(k), names=[f"Ch{n}" for n in range(19)]) for k in (0, 1)]
    with pytest.raises(InputError, match=r"raw 0.*rename: \{'Ch0': Fp1\} as an argument") as error:
        Cache.from_raws(tmp_path / "a", unnamed, ROWS)
    assert "trials.yaml" not in str(error.value)
    people = {"anna": epochs_of(raw_of(samples(0)), [0, 2], seconds=0.5)}
    with pytest.raises(InputError, match=r"epochs anna \[samples 0 to 64\].*found 0\.5 s"):
        Cache.from_epochs(tmp_path / "b", people, recipe=SLICES)


def test_a_frame_of_two_spellings_or_a_file_in_place_of_the_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Cache\.from_frame, subject: found subjects 'a' and 'A'"):
        Cache.from_frame(tmp_path / "cache", frame_of(subjects=("a", "A")))
    (tmp_path / "file").write_text("here")
    with pytest.raises(InputError, match="found a file; wanted a folder"):
        Cache.from_frame(tmp_path / "file", frame_of())


@pytest.mark.parametrize("people", [["a", "b", "a"], ["a", "a", "b"]])
def test_epochs_of_two_people_that_share_samples_are_refused(tmp_path, people):
    metadata = pd.DataFrame({"subject": people, "category": ["x", "y", "x"]})
    overlapping = epochs_of(raw_of(samples(0)), [0, 1, 2], metadata=metadata)
    with pytest.raises(InputError, match=r"samples that epochs . and . share, of a and b"):
        Cache.from_epochs(tmp_path / "leak", overlapping)
    apart = epochs_of(raw_of(samples(0)), [0, 5, 11], metadata=metadata)
    assert len(Cache.from_epochs(tmp_path / "apart", apart, recipe=SLICES)) == 3
