"""A lab's own table of trials: each line becomes its stretch with its labels, or an error with its place."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from emoscan.signals import SCALP_19, DatasetNotFound, InputError, Layout, TrialTable, open_recording
from emoscan.signals.datasets import trial_table

HEAD = "subject,session,trial,stimulus,eeg,start,stop,category,valence,arousal"


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = tmp_path_factory.mktemp("table")
    TrialTable.write_fake(root)
    return root


@pytest.fixture
def folder(fake, tmp_path):
    return shutil.copytree(fake, tmp_path / "lab")


def write(folder, *lines, head=HEAD):
    (folder / "trials.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return folder


def test_lines_become_trials_sorted_as_people_count(fake):
    dataset = TrialTable(fake)
    found = [(t.subject, t.session, t.trial) for t in dataset]
    assert found == [(subject, "1", trial) for subject in ("1", "2", "3", "10") for trial in (1, 2, 3, 4)]
    assert found == [(t.subject, t.session, t.trial) for t in TrialTable(fake / "trials.csv")]
    assert dataset.report().simulated
    assert dataset.layout == SCALP_19


def test_labels_are_the_columns_and_empty_ones_are_missing(fake):
    dataset = TrialTable(fake)
    assert dataset.task.categories == ("angry", "calm", "happy", "sad")
    assert dataset.task.dimensions == ("valence", "arousal")
    *_, before, last = dataset
    assert before.target.category.tolist() == [0]
    assert last.target.category.tolist() == [-1]
    np.testing.assert_array_equal(last.target.dimensions, np.array([[np.nan, -0.8]], np.float32))


def test_a_trial_is_its_stretch_of_the_recording(fake):
    whole = open_recording(fake / "s10.edf")
    for trial in list(TrialTable(fake))[-4:]:
        stream = trial.streams["eeg"]
        first = (trial.trial - 1) * 12 * 128
        assert (stream.n_samples, stream.start) == (12 * 128, (trial.trial - 1) * 12.0)
        np.testing.assert_array_equal(stream.read(5, 300), whole.read(first + 5, first + 300))


def test_empty_start_and_stop_mean_the_whole_recording(folder):
    dataset = TrialTable(write(folder, "a,1,1,x,s1.edf,,,u,,", "a,1,2,y,s2.edf,10.5,,v,,"))
    assert [t.streams["eeg"].duration for t in dataset] == [48.0, 37.5]


def test_start_and_stop_may_be_left_out_and_action_units_are_labels(folder):
    head = "subject,session,trial,stimulus,eeg,au12,au4,dominance"
    write(folder, "a,1,1,x,s1.edf,1,,0.5", "a,1,2,x,s2.edf,0,1,", head=head)
    dataset = TrialTable(folder)
    assert (dataset.task.units, dataset.task.dimensions) == (("au12", "au4"), ("dominance",))
    np.testing.assert_array_equal([t.target.units[0] for t in dataset], [[1, np.nan], [0, 1]])
    np.testing.assert_array_equal([t.target.dimensions[0] for t in dataset], [[0.5], [np.nan]])


def test_trials_of_one_file_have_different_digests(fake):
    assert len({t.streams["eeg"].source.digest() for t in TrialTable(fake)}) == 16


def test_a_layout_may_be_named_or_given(fake):
    middle = Layout("middle", ("Cz", "C3", "Fz"), ((1, 1), (1, 0), (0, 1)))
    stream = next(iter(TrialTable(fake, layout=middle))).streams["eeg"]
    assert stream.names == middle.sites
    assert TrialTable(fake, layout="scalp-19").layout == SCALP_19
    with pytest.raises(InputError, match="scalp-32"):
        TrialTable(fake, layout="scalp-20")
    with pytest.raises(InputError, match="FPZ"):
        next(iter(TrialTable(fake, layout="seed-62")))


GOOD = "a,1,1,x,s1.edf,0,5,u,0.5,"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (",1,2,x,s1.edf,6,9,v,,", "csv:3, column subject"),
        ("a,,2,x,s1.edf,6,9,v,,", "csv:3, column session"),
        ("a,1,2,,s1.edf,6,9,v,,", "csv:3, column stimulus"),
        ("a,1,two,x,s1.edf,6,9,v,,", "csv:3, column trial: found 'two'"),
        ("a,1,0,x,s1.edf,6,9,v,,", "csv:3, column trial"),
        ("a,1,2,x,,6,9,v,,", "csv:3, column eeg"),
        ("a,1,2,x,s77.edf,6,9,v,,", "csv:3, column eeg: found no file"),
        ("a,1,2,x,s1.edf,six,9,v,,", "csv:3, column start: found 'six'"),
        ("a,1,2,x,s1.edf,-6,9,v,,", "csv:3, column start"),
        ("a,1,2,x,s1.edf,nan,9,v,,", "csv:3, column start: found 'nan'"),
        ("a,1,2,x,s1.edf,9,9,v,,", "csv:3, column stop"),
        ("a,1,2,x,s1.edf,9,6,v,,", "csv:3, column stop"),
        ("a,1,2,x,s1.edf,6,9,v,NaN,", "csv:3, column valence: found 'NaN'"),
        ("a,1,2,x,s1.edf,6,9,v,,inf", "csv:3, column arousal"),
        ("a,1,2,x,s1.edf,6,9,v,", "csv:3: found 9 values"),
        ("a,1,2,x,s1.edf,6,9,v,,,", "csv:3: found 11 values"),
        ("a,1,1,x,s1.edf,6,9,v,,", "csv:3: found subject a, session 1, trial 1 again"),
        ("b,1,1,x,s1.edf,4.9,9,v,,", "csv:3: found a stretch of s1.edf"),
        ('a,1,2,"x,s1.edf,6,9,v,,', "csv:3"),
    ],
)
def test_every_broken_line_is_an_error_with_its_place(folder, line, place):
    with pytest.raises(InputError, match=place):
        TrialTable(write(folder, GOOD, line))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (HEAD.replace("arousal", "joy"), "unknown columns 'joy'; wanted columns among subject.*valence.*au1"),
        (HEAD.replace("stimulus", "arousal"), "no column stimulus"),
        (HEAD.replace("arousal", "valence"), "a column twice"),
        (HEAD.replace(",", ";"), "semicolons"),
        (HEAD.replace(",", "\t"), "semicolons or tabs"),
    ],
)
def test_a_wrong_first_line_is_refused(folder, head, message):
    with pytest.raises(InputError, match=message):
        TrialTable(write(folder, GOOD, head=head))


def test_a_table_without_labels_or_trials_or_a_second_category_is_refused(folder):
    with pytest.raises(InputError, match="no labels"):
        TrialTable(write(folder, "a,1,1,x,s1.edf", head="subject,session,trial,stimulus,eeg"))
    with pytest.raises(InputError, match="no trials"):
        TrialTable(write(folder))
    with pytest.raises(InputError, match="two or more categories"):
        TrialTable(write(folder, "a,1,1,x,s1.edf,u", head="subject,session,trial,stimulus,eeg,category"))


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings_are_refused(folder, encoding):
    (folder / "trials.csv").write_bytes(f"{HEAD}\nJosé,1,1,x,s1.edf,,,u,1,\n".encode(encoding))
    with pytest.raises(InputError, match="UTF-8"):
        TrialTable(folder)


def test_the_mark_that_spreadsheets_put_first_does_no_harm(folder):
    (folder / "trials.csv").write_bytes(f"{HEAD}\r\n{GOOD}\r\nb,1,1,x,s2.edf,,,v,,\r\n".encode("utf-8-sig"))
    assert len(list(TrialTable(folder))) == 2


def test_a_trial_beyond_the_end_of_its_recording_is_refused_and_the_next_still_comes(folder):
    write(folder, "a,1,1,x,s1.edf,40,48.1,u,1,", "a,1,2,x,s2.edf,0,48,v,1,")
    trials = iter(TrialTable(folder))
    with pytest.raises(InputError, match=r"csv:2: found 40 to 48.1 s of a recording of 48 s \(s1.edf\)"):
        next(trials)
    assert next(trials).trial == 2


def test_bad_spans_of_the_file_follow_the_trial(folder, monkeypatch):
    noted = replace(open_recording(folder / "s1.edf"), bad_spans=((100, 1300), (2000, 2600)))
    monkeypatch.setattr(trial_table, "open_recording", lambda *_: noted)
    write(folder, "a,1,1,x,s1.edf,0,10,u,,", "a,1,2,x,s1.edf,10,16,v,,")
    assert [t.streams["eeg"].bad_spans for t in TrialTable(folder, layout=SCALP_19)] == [
        ((100, 1280),), ((0, 20), (720, 768)),
    ]


def test_a_folder_without_a_table_is_not_found(tmp_path):
    with pytest.raises(DatasetNotFound, match=r"no trials\.csv"):
        TrialTable(tmp_path)


def test_a_column_of_videos_makes_faces_beside_the_electrodes(fake):
    trial = list(TrialTable(fake))[1]
    face, eeg = trial.streams["face"], trial.streams["eeg"]
    assert (len(face), face.size, face.times[0], face.step) == (48, (64, 80), 12.0, 0.25)
    assert eeg.start == face.times[0]
    assert len(list(face.frames())) == 48


def test_a_table_may_hold_faces_only(fake):
    lines = (fake / "trials.csv").read_text().replace(",eeg,", ",").splitlines()
    parts = [line.split(",") for line in lines[1:]]
    (fake / "faces.csv").write_text("\n".join([lines[0], *(",".join(p[:4] + p[5:]) for p in parts)]) + "\n")
    dataset = TrialTable(fake / "faces.csv")
    assert {tuple(trial.streams) for trial in dataset} == {("face",)}
    with pytest.raises(InputError, match="no EEG in any trial"):
        print(dataset.layout)


def test_a_stretch_behind_the_end_of_a_video_is_refused(fake):
    text = (fake / "trials.csv").read_text()
    (fake / "trials.csv").write_text(text.replace("s1.edf,s1.mp4,36,48", ",s1.mp4,36,60"))
    with pytest.raises(InputError, match=r"csv:5: found 36 to 60 s of a video that ends at 48 s"):
        list(TrialTable(fake))
