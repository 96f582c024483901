"""A lab's own table of trials: each line becomes its stretch with its labels, or an error with its place."""

import shutil
from dataclasses import replace

import mne
import numpy as np
import pytest

from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.signals import (
    DATASETS,
    SCALP_19,
    Clock,
    DatasetNotFound,
    InputError,
    Layout,
    TrialTable,
    open_recording,
    open_video,
)
from emoscan.signals.datasets.lookalikes.recordings import write_video
from emoscan.signals.datasets.trial_table import trial_table
from emoscan.signals.files.edf import EdfSignal, write_edf

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


def write_caps(folder, *caps):
    """A recording of each person's cap, and the table."""
    rng = np.random.default_rng(0)
    lines = []
    for number, sites in enumerate(caps, 1):
        rows = rng.normal(0, 10, (len(sites), 1280))
        write_edf(folder / f"s{number}.edf", [EdfSignal(n, row, 128) for n, row in zip(sites, rows, strict=True)])
        lines.append(f"{number},1,1,film,s{number}.edf,,,{('happy', 'sad')[number % 2]},0,0")
    return write(folder, *lines)


def test_recordings_of_several_caps_are_read_at_the_electrodes_that_all_have(tmp_path):
    large = (*SCALP_19.sites, "AF3", "AF4", "Oz")
    folder = write_caps(tmp_path, large, ("Oz", *SCALP_19.sites[::-1]), [*SCALP_19.sites, "A1"])
    with pytest.raises(InputError, match=r"s2\.edf.*wanted each of AF3, AF4 once.*layout: common in trials\.yaml"):
        list(TrialTable(folder))
    dataset = TrialTable(folder, layout="common")
    assert dataset.layout == SCALP_19
    assert {trial.streams["eeg"].names for trial in dataset} == {SCALP_19.sites}
    (folder / "trials.yaml").write_text("layout: common\n")
    assert TrialTable(folder).layout == SCALP_19
    remarks = [trial.streams["eeg"].remarks for trial in TrialTable(folder)]
    assert "left out, since the layout scalp-19 has no such site: AF3, AF4, Oz" in remarks[0]


def test_shared_electrodes_of_no_drawing_lie_where_the_standard_has_them(tmp_path):
    folder = write_caps(tmp_path, ("Fz", "Cz", "Pz", "Fp1"), ("Cz", "Fz", "Pz", "Oz"))
    layout = TrialTable(folder, layout="common").layout
    assert layout.sites == ("Fz", "Cz", "Pz")
    front, middle, back = (position[1] for position in layout.positions)
    assert front > middle > back


@pytest.mark.parametrize("settings, told", [("layout: comon\n", "'comon'.*common, seed-62"), ("layout: [1]\n", "1")])
def test_a_layout_that_is_none_is_refused(folder, settings, told):
    (folder / "trials.yaml").write_text(settings)
    with pytest.raises(InputError, match=told):
        TrialTable(folder)


def test_recordings_that_share_no_electrodes_are_refused(tmp_path):
    folder = write_caps(tmp_path, ("Fz", "Cz"), ("Pz", "Oz"))
    with pytest.raises(InputError, match="wanted recordings that share 2 sites or more"):
        _ = TrialTable(folder, layout="common").layout


def test_labels_are_the_columns_and_empty_ones_are_missing(fake):
    dataset = TrialTable(fake)
    assert dataset.task.categories == ("angry", "calm", "happy", "sad")
    assert dataset.task.dimensions == ("valence", "arousal")
    *_, before, last = dataset
    assert before.target.category.tolist() == [0]
    assert last.target.category.tolist() == [-1]
    np.testing.assert_array_equal(last.target.dimensions, [[np.nan, -0.8]])


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
        (HEAD.replace("stimulus", "film"), "no column stimulus, but 'film'"),
        (HEAD.replace("arousal", "valence"), "a column twice"),
        (HEAD.replace(",", ";"), "csv:2: found 1 values; wanted 10, one a column"),
    ],
)
def test_a_wrong_first_line_is_refused(folder, head, message):
    with pytest.raises(InputError, match=message):
        TrialTable(write(folder, GOOD, head=head))


def test_a_table_of_another_name_is_told(folder):
    write(folder, GOOD).joinpath("trials.csv").rename(folder / "Bewertungen.csv")
    with pytest.raises(InputError, match=r"no trials\.csv, but Bewertungen\.csv: if it is the table, name it"):
        TrialTable(folder)


@pytest.mark.parametrize(
    ("head", "line", "way_on"),
    [
        ("subject,session,trial,stimulus,Datei,Beginn,category", "a,1,1,x,s1.edf,0,u", "columns: {eeg: Datei}"),
        ("subject,session,trial,stimulus,eeg,Beginn", "a,1,1,x,s1.edf,0", "columns: {category: Emotion}"),
        ("subject,session,trial,stimulus,eeg,category", "a,1,1,x,s1.edf,u\na,1,2,x,s1.edf,v", "each is the whole file"),
    ],
)
def test_a_column_of_an_own_name_that_is_missed_is_asked_for_by_a_name_that_fits(folder, head, line, way_on):
    with pytest.raises(InputError, match=way_on):
        TrialTable(write(folder, *line.split("\n"), head=head))


def test_a_table_without_labels_or_trials_or_a_second_category_is_refused(folder):
    with pytest.raises(InputError, match="no labels"):
        TrialTable(write(folder, "a,1,1,x,s1.edf", head="subject,session,trial,stimulus,eeg"))
    with pytest.raises(InputError, match="no trials"):
        TrialTable(write(folder))
    with pytest.raises(InputError, match="two or more categories"):
        TrialTable(write(folder, "a,1,1,x,s1.edf,u", head="subject,session,trial,stimulus,eeg,category"))


@pytest.mark.parametrize("text", [f"{HEAD}\nJosé,1,1,x,s1.edf,,,u,1,\n".encode("latin-1"), b"\xff\xfes\x00u"])
def test_text_that_is_no_unicode_is_refused(folder, text):
    (folder / "trials.csv").write_bytes(text)
    with pytest.raises(InputError, match="UTF-8"):
        TrialTable(folder)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_mark_that_spreadsheets_put_first_does_no_harm(folder, encoding):
    (folder / "trials.csv").write_bytes(f"{HEAD}\r\n{GOOD}\r\nb,1,1,x,s2.edf,,,v,,\r\n,,,,,,,,,\r\n".encode(encoding))
    assert len(list(TrialTable(folder))) == 2


@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_or_tabs_and_decimal_commas_give_the_same_trials(folder, mark):
    lines = "a,1,1,x,s1.edf,0.5,8.25,u,-0.5,.75", "b,1,1,clip 1.5 s,s2.edf,,,v,1,"
    plain = list(TrialTable(write(folder, *lines)))
    # a text that is no number keeps what it holds
    german = [
        line.replace("1.5 s", "1_5 s").replace(",", mark).replace(".edf", "_edf").replace(".", ",") for line in lines
    ]
    german = [line.replace("_edf", ".edf").replace("1_5 s", "1.5 s") for line in german]
    found = list(TrialTable(write(folder, *german, head=HEAD.replace(",", mark))))
    assert [(t.stimulus, t.streams["eeg"].start, t.streams["eeg"].duration) for t in found] == [
        (t.stimulus, t.streams["eeg"].start, t.streams["eeg"].duration) for t in plain
    ]
    for mine, theirs in zip(found, plain, strict=True):
        np.testing.assert_array_equal(mine.target.dimensions, theirs.target.dimensions)


def test_a_decimal_comma_in_a_table_of_commas_is_refused(folder):
    with pytest.raises(InputError, match="column valence: found '0,5'; wanted a number"):
        TrialTable(write(folder, 'a,1,1,x,s1.edf,,,u,"0,5",'))


OWN_HEAD = HEAD.replace("subject", "VP").replace("category", "Emotion")


@pytest.mark.parametrize("beside", [True, False])
def test_columns_have_the_labs_own_names(folder, beside):
    write(folder, GOOD, "b,1,1,x,s2.edf,,,v,,", head=OWN_HEAD)
    columns = {"subject": "VP", "category": "Emotion"}
    if beside:
        (folder / "trials.yaml").write_text("columns: {subject: VP, category: Emotion}\n")
    dataset = TrialTable(folder, columns=None if beside else columns)
    assert [trial.subject for trial in dataset] == ["a", "b"]
    assert dataset.task.categories == ("u", "v")


@pytest.mark.parametrize(
    "columns, message",
    [
        (
            {"subject": "Person"},
            "trials.csv:1: found columns VP.*; wanted 'Person' once; correct columns in trials.yaml",
        ),
        ({"subjekt": "VP"}, r"found 'subjekt'; wanted our name .* as in \{subject: .*did you mean subject"),
        ({"": "VP"}, "columns: found ''; wanted the table's name of a column by ours"),
        ({"subject": "VP", "session": "VP"}, "each column once"),
        ({"subject": 3}, "the table's name of a column by ours"),
        (["VP"], "the table's name of a column by ours"),
        ({"subject": "session"}, "no column session, but 'VP', 'Emotion'"),
    ],
)
def test_a_wrong_name_of_a_column_is_refused(folder, columns, message):
    write(folder, GOOD, head=OWN_HEAD)
    with pytest.raises(InputError, match=message):
        TrialTable(folder, columns=columns)


def test_a_missing_column_names_those_that_it_could_be(folder):
    with pytest.raises(InputError, match=r"no column subject, but 'VP'.*in trials.yaml.*columns: \{subject: VP\}"):
        TrialTable(write(folder, GOOD, head=HEAD.replace("subject", "VP")))


def test_categories_that_differ_in_spelling_only_are_told(folder):
    write(folder, "a,1,1,x,s1.edf,,,happy,,", "b,1,1,x,s2.edf,,,Happy ,,", "c,1,1,x,s3.edf,,,sad,,")
    remarks = {remark for trial in TrialTable(folder) for remark in trial.remarks}
    assert remarks == {"eeg: categories 'Happy' and 'happy' are told apart, though they differ in spelling only"}


def test_a_video_without_shared_events_is_told(folder):
    assert not any(trial.remarks for trial in TrialTable(folder))
    (folder / "events.csv").unlink()
    assert {trial.remarks for trial in TrialTable(folder)} == {
        ("face: no events.csv: the table gives both files the same seconds, and whether their clocks agree is unknown",)
    }


def test_a_trial_beyond_the_end_of_its_recording_is_refused_and_the_next_still_comes(folder):
    write(folder, "a,1,1,x,s1.edf,40,48.1,u,1,", "a,1,2,x,s2.edf,0,48,v,1,")
    trials = iter(TrialTable(folder))
    with pytest.raises(InputError, match=r"csv:2: found 40 to 48.1 s of a recording of 48 s \(s1.edf\)"):
        next(trials)
    assert next(trials).trial == 2


def test_half_a_sample_beyond_the_end_is_none(folder):
    write(folder, "a,1,1,x,s1.edf,40,48.0039,u,1,", "a,1,2,x,s2.edf,0,48.004,v,1,")  # at 128 Hz it is 3.9 ms
    trials = iter(TrialTable(folder))
    assert next(trials).streams["eeg"].n_samples == 8 * 128
    with pytest.raises(InputError, match=r"0 to 48\.004 s of a recording of 48 s"):
        next(trials)


def test_bad_spans_of_the_file_follow_the_trial(folder, monkeypatch):
    noted = replace(open_recording(folder / "s1.edf"), bad_spans=((100, 1300), (2000, 2600)))
    monkeypatch.setattr(trial_table, "open_recording", lambda *_: noted)
    write(folder, "a,1,1,x,s1.edf,0,10,u,,", "a,1,2,x,s1.edf,10,16,v,,")
    assert [t.streams["eeg"].bad_spans for t in TrialTable(folder, layout=SCALP_19)] == [
        ((100, 1280),),
        ((0, 20), (720, 768)),
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


def test_a_stretch_behind_the_end_of_a_video_is_refused(folder):
    text = (folder / "trials.csv").read_text()
    (folder / "trials.csv").write_text(text.replace("s1.edf,s1.mp4,36,48", ",s1.mp4,36,60"))
    with pytest.raises(InputError, match=r"csv:5: found 36 to 60 s of a video that ends at 48 s"):
        list(TrialTable(folder))


def events_of(folder, *lines, head="subject,session,event,eeg,face"):
    (folder / "events.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return folder


def test_a_video_of_another_device_is_brought_onto_the_clock_of_the_eeg_and_cut_there(folder):
    own = open_video(folder / "s3.mp4").times
    there = 0.137 + (1 + 0.040 / 60) * own
    trials = [trial for trial in TrialTable(folder) if trial.subject == "3"]
    for trial in trials:
        begin, face = 12.0 * (trial.trial - 1), trial.streams["face"]
        np.testing.assert_allclose(face.times, there[(there >= begin) & (there < begin + 12)], atol=1e-5)
        assert face.clock.offset == pytest.approx(0.137, abs=1e-5)
        assert face.clock.drift_per_minute == pytest.approx(40, abs=0.01)
        assert face.clock.worst < 1e-5
        assert trial.streams["eeg"].start == begin
    assert sum(len(trial.streams["face"]) for trial in trials) == np.count_nonzero(there < 48)


def test_the_face_of_the_lookalike_changes_when_the_clock_of_the_eeg_says_so(folder):
    """The mood changes at multiples of 12 s on the session clock: frames on either side of a trial's end differ."""
    first, second = (trial.streams["face"] for trial in list(TrialTable(folder))[8:10])
    before, *_, last = first.frames()
    after = next(iter(second.frames()))
    assert np.abs(last.astype(float) - before).mean() < np.abs(after.astype(float) - last).mean() / 2


def test_without_shared_events_the_clock_says_that_no_drift_can_be_known(folder):
    (folder / "events.csv").unlink()
    for trial in TrialTable(folder):
        clock = trial.streams["face"].clock
        assert (clock.offset, clock.drift, clock.drift_known) == (0.0, 0.0, False)
        assert clock.rule.startswith("the table gives both files the same seconds; EEG of")


def test_a_video_alone_has_its_own_clock(folder):
    (folder / "events.csv").unlink()
    head = HEAD.replace("eeg", "face")
    trial = next(iter(TrialTable(write(folder, "a,1,1,x,s3.mp4,,,u,1,", "a,1,2,x,s2.mp4,,,v,1,", head=head))))
    assert trial.streams["face"].clock == Clock()


ALONG = HEAD.replace("valence,arousal", "labels")


def along(folder, *lines, head="time,valence,au12"):
    (folder / "along.csv").write_text("\n".join([head, *lines]) + "\n")
    return write(folder, "a,1,1,x,s1.edf,2,10,u,along.csv", "b,1,1,x,s2.edf,2,10,v,", head=ALONG)


def test_labels_along_a_trial_hold_until_the_next_ones(folder):
    dataset = TrialTable(along(folder, "0,.1,0", "2,.2,1", "4,,1", "6,.4,0", "8,.5,0", "10,.6,"))
    assert (dataset.task.dimensions, dataset.task.units) == (("valence",), ("au12",))
    trial, other = dataset
    truth = trial.target.at(np.array([2.0, 3.9, 4.5, 7.0, 9.9]))
    np.testing.assert_allclose(truth.dimensions[:, 0], [0.2, 0.2, np.nan, 0.4, 0.5])
    np.testing.assert_allclose(truth.units[:, 0], [1, 1, 1, 0, 0])
    assert truth.category.tolist() == [0] * 5
    assert not trial.remarks
    assert np.isnan(other.target.at(np.array([3.0])).dimensions).all()


def test_a_gap_in_labels_has_no_truth_and_is_told(folder):
    lines = [f"{second},.5,1" for second in (*range(4), *range(8, 14))]
    trial = next(iter(TrialTable(along(folder, *lines))))
    truth = trial.target.at(np.arange(2, 10) + 0.5).dimensions[:, 0]
    np.testing.assert_array_equal(np.isnan(truth), [False, False, True, True, True, True, False, False])
    assert trial.remarks == ("eeg: gaps in labels along a trial: 1, 4 s in all, without a truth",)


def test_the_first_labels_may_begin_late_and_the_last_end_early(folder):
    trial = next(iter(TrialTable(along(folder, "4,.1,0", "5,.2,0", "6,.3,0"))))
    truth = trial.target.at(np.arange(2, 10) + 0.5)
    np.testing.assert_allclose(truth.dimensions[:, 0], [np.nan, np.nan, 0.1, 0.2, 0.3, np.nan, np.nan, np.nan])
    assert truth.category.tolist() == [0] * 8


@pytest.mark.parametrize(
    "lines, head, message",
    [
        (["0,.1", "0,.2"], "time,valence", "along.csv:3: found a time of 0; wanted times that rise"),
        (["0,.1", ",.2"], "time,valence", "along.csv:3: found a time of nan"),
        (["0,.1", "1,high"], "time,valence", "along.csv:3: found could not convert string to float: 'high'"),
        (["0,.1", "1"], "time,valence", "along.csv:3: found 1 values"),
        (["0,1.5"], "time,au4", r"along.csv:2, column au4: found 1.5; wanted 0 to 1"),
        (["0,7"], "time,valence", "along.csv, column valence: found 7; wanted -1 to 1, its range"),
        (["0,.1"], "seconds,valence", "along.csv:1: found columns 'seconds', 'valence'; wanted time once"),
        (["0,1"], "time,joy", "along.csv:1: found columns 'time', 'joy'"),
        ([], "time,valence", "no labels"),
    ],
)
def test_a_broken_table_of_labels_is_refused(folder, lines, head, message):
    with pytest.raises(InputError, match=message):
        list(TrialTable(along(folder, *lines, head=head)))


def test_a_label_stands_in_one_table_only(folder):
    along(folder, "0,.1,1")
    head = HEAD.replace("arousal", "labels")
    table = write(folder, "a,1,1,x,s1.edf,2,10,,.5,along.csv", head=head)
    with pytest.raises(InputError, match=r"csv:2: found valence here and in along\.csv; wanted each label once"):
        list(TrialTable(table))
    (trial,) = TrialTable(write(folder, "a,1,1,x,s1.edf,2,10,,,along.csv", head=head))
    assert trial.target.at(np.array([2.0])).dimensions.tolist() == [[0.1]]


def test_labels_along_a_trial_reach_the_slices_of_a_cache(folder):
    table = TrialTable(along(folder, *(f"{second},{second / 20},1" for second in range(12))))
    cache = preprocess(table, {"eeg": [DifferentialEntropy()]}, folder / "cache")
    np.testing.assert_allclose(cache[0]["eeg"].target.dimensions[:, 0], np.arange(2, 10) / 20)


EEG_HEAD = "subject,session,trial,stimulus,eeg,start,stop,category"
BOTH = "subject,session,trial,stimulus,eeg,face,start,stop,category"
EEG_NAMES, CODES = ("Fz", "Cz", "Pz"), ((5, 7), (10, 4), (15, 7))


def write_fif(folder):
    trigger = np.zeros(5120)
    for second, code in CODES:
        trigger[256 * second : 256 * second + 25] = code
    info = mne.create_info([*EEG_NAMES, "Status"], 256.0, ["eeg"] * 3 + ["stim"])
    samples = np.random.default_rng(0).normal(0, 1e-5, (3, 5120))
    raw = mne.io.RawArray(np.vstack([samples, trigger]), info, verbose="error")
    raw.set_annotations(mne.Annotations([0.0], [0.0], ["clip starts"]))
    raw.save(folder / "a_raw.fif", verbose="error")
    return "a_raw.fif"


def write_bdf(folder):
    """A BDF whose last signal is the trigger channel of BioSemi: codes below, the amplifier's state above."""
    samples = np.random.default_rng(0).normal(0, 10, (3, 5120))
    signals = [EdfSignal(name, row, 256) for name, row in zip(EEG_NAMES, samples, strict=True)]
    signals.append(EdfSignal("Status", np.zeros(5120), 256, "Boolean"))
    write_edf(folder / "a.bdf", signals, "clip starts", bdf=True)
    status = np.full(5120, 0x100000, "<i4")
    for second, code in CODES:
        status[256 * second : 256 * second + 25] += code
    content = np.fromfile(folder / "a.bdf", np.uint8)
    records = content[256 * 6 :].reshape(20, 3 * (4 * 256 + 57))
    records[:, 3 * 3 * 256 : 3 * 4 * 256] = status.view(np.uint8).reshape(20, 256, 4)[:, :, :3].reshape(20, -1)
    content.tofile(folder / "a.bdf")
    return "a.bdf"


def write_brainvision(folder):
    channels = "".join(f"Ch{k}={name},,0.1,uV\n" for k, name in enumerate(EEG_NAMES, 1))
    (folder / "a.vhdr").write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=a.eeg\nMarkerFile=a.vmrk\n"
        "DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nNumberOfChannels=3\nSamplingInterval=3906.25\n"
        f"[Binary Infos]\nBinaryFormat=INT_16\n[Channel Infos]\n{channels}",
        encoding="utf-8",
    )
    marks = [("Comment", "clip starts", 1), *(("Stimulus", f"S{code:3d}", 256 * at + 1) for at, code in CODES)]
    (folder / "a.vmrk").write_text(
        "Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\nDataFile=a.eeg\n[Marker Infos]\n"
        + "".join(f"Mk{k}={kind},{name},{at},1,0\n" for k, (kind, name, at) in enumerate(marks, 1)),
        encoding="utf-8",
    )
    np.random.default_rng(0).integers(-900, 900, (5120, 3)).astype("<i2").tofile(folder / "a.eeg")
    return "a.vhdr"


@pytest.mark.parametrize("record", [write_fif, write_bdf, write_brainvision])
def test_trials_begin_and_end_with_events_of_the_recording(tmp_path, record):
    eeg = record(tmp_path)
    cells = [("note clip starts", "next"), ("trigger 7 #1", "trigger 4"), ("trigger 4", "+3.5"), ("trigger 7 #2", "")]
    lines = [f"a,1,{n},film {n},{eeg},{start},{stop},{'uv'[n % 2]}" for n, (start, stop) in enumerate(cells, 1)]
    streams = [t.streams["eeg"] for t in TrialTable(write(tmp_path, *lines, head=EEG_HEAD))]
    assert [(s.start, s.duration) for s in streams] == [(0.0, 5.0), (5.0, 5.0), (10.0, 3.5), (15.0, 5.0)]


def test_a_trial_ends_with_the_annotation_that_begins_it(tmp_path):
    raw = mne.io.read_raw_fif(tmp_path / write_fif(tmp_path), verbose="error")
    raw.set_annotations(mne.Annotations([2.0, 9.0], [4.5, 0.0], ["film", "beep"]))
    raw.save(tmp_path / "b_raw.fif", verbose="error")
    table = write(tmp_path, "a,1,1,x,b_raw.fif,note film,end,u", "a,1,2,y,b_raw.fif,note beep,+2,v", head=EEG_HEAD)
    streams = [trial.streams["eeg"] for trial in TrialTable(table)]
    assert [(s.start, s.duration) for s in streams] == [(2.0, 4.5), (9.0, 2.0)]
    with pytest.raises(InputError, match=r"column stop: .*no such annotation.*one that begins at 9 s and has a length"):
        TrialTable(write(tmp_path, "a,1,1,x,b_raw.fif,note beep,end,u", head=EEG_HEAD))


@pytest.mark.parametrize(
    "start, stop, message",
    [
        ("trigger 7", "next", "csv:2, column start: .*event '7': found 2 of that name"),
        ("trigger 9", "next", "csv:2, column start: .*event '9': found 0 of that name"),
        ("trigger 7 #2", "next", "csv:2, column stop: .*wanted an event behind 15 s"),
        ("trigger 7 #2", "trigger 4", "csv:2, column stop: found 10 s after a start of 15 s"),
        ("trigger 4", "+0", "csv:2, column stop: found 10 s after a start of 10 s"),
        ("triggered", "", "csv:2, column start: found 'triggered'"),
    ],
)
def test_an_event_that_is_not_there_once_is_refused_with_its_place(tmp_path, start, stop, message):
    table = write(tmp_path, f"a,1,1,x,{write_fif(tmp_path)},{start},{stop},u", head=EEG_HEAD)
    with pytest.raises(InputError, match=message):
        TrialTable(table)


def test_a_trial_of_video_alone_has_no_events(folder):
    head = EEG_HEAD.replace("eeg", "face")
    with pytest.raises(
        InputError, match="column start: found 'trigger 7'; wanted seconds, since the line names no EEG"
    ):
        TrialTable(write(folder, "a,1,1,x,s1.mp4,trigger 7,,u", head=head))


@pytest.mark.parametrize("record", [write_fif, write_bdf, write_brainvision])
def test_events_may_be_triggers_and_notes_of_the_recording(tmp_path, record):
    eeg = record(tmp_path)
    write_video(tmp_path / "a.mp4", np.zeros((24 * 5, 16, 16), np.uint8), 5)
    write(tmp_path, f"a,1,1,x,{eeg},a.mp4,0,10,u", f"a,1,2,y,{eeg},a.mp4,10,20,v", head=BOTH)
    lines = ["a,1,flash,trigger 7,7", "a,1,tone,trigger 4,12", "a,1,end,trigger 7 #2,17"]
    start = "a,1,start,note clip starts,2.0"
    events_of(tmp_path, start, *lines)
    with pytest.raises(InputError, match=r"events.csv:3, column eeg: .*event '7': found 2 of that name among the"):
        next(iter(TrialTable(tmp_path)))
    events_of(tmp_path, start, lines[0].replace("7,7", "7 #1,7"), *lines[1:])
    trials = list(TrialTable(tmp_path))
    clock = trials[0].streams["face"].clock
    assert clock.offset == pytest.approx(-2, abs=0.005)
    assert clock.drift == pytest.approx(0, abs=1e-4)
    assert clock.rule == "4 shared events"
    assert trials[1].streams["face"].times[0] == pytest.approx(10, abs=0.21)


@pytest.mark.parametrize(
    "lines, message",
    [
        (["4,1,clap,5,5"], r"events.csv:2: found subject 4, session 1; wanted a session of the table"),
        (["1,2,clap,5,5"], r"events.csv:2: found subject 1, session 2; wanted"),
        (["10,1,clap,5,5"], r"events.csv:2: found subject 10, session 1, which has EEG or video only"),
        (["1,1,clap,5,5"], r"events.csv: found no event of subject 2, session 1, subject 3, session 1"),
        (["1,1,clap,,5"], r"events.csv:2, column eeg: found nothing"),
        (["1,1,clap,5,"], r"events.csv:2, column face: found nothing"),
        (["1,1,,5,5"], r"events.csv:2, column event: found nothing"),
        ([",1,clap,5,5"], r"events.csv:2, column subject: found nothing"),
        (["1,1,clap,5,5", "1,1,clap,9,9"], r"events.csv:3: found event 'clap' again \(see .*events.csv:2\)"),
        (["1,1,clap,-5,5"], r"events.csv:2, column eeg: found '-5'"),
        (["1,1,clap,5,trigger 7"], r"events.csv:2, column face: found 'trigger 7'"),
        (
            ["1,1,clap,trigger seven,5"],
            r"events.csv:2, column eeg: found 'trigger seven'; wanted seconds, or text such as",
        ),
        (["1,1,clap,nan,5"], r"events.csv:2, column eeg: found 'nan'"),
        (["1,1,clap,5"], r"events.csv:2: found 4 values"),
        ([], r"events.csv: found no events"),
    ],
)
def test_every_broken_event_is_an_error_with_its_place(folder, lines, message):
    table = (folder / "trials.csv").read_text()
    (folder / "trials.csv").write_text(table.replace("s10.edf,s10.mp4", "s10.edf,"))
    with pytest.raises(InputError, match=message):
        TrialTable(events_of(folder, *lines))


@pytest.mark.parametrize(
    "head", ["subject,session,event,eeg", "subject,session,event,eeg,face,face", "subject,session,event,eeg,video"]
)
def test_events_with_other_columns_are_refused(folder, head):
    with pytest.raises(InputError, match=r"events.csv:1: found columns .*; wanted each of subject, session"):
        TrialTable(events_of(folder, "1,1,clap,5,5", head=head))


@pytest.mark.parametrize(
    "lines, message",
    [
        (["1,1,a,5,5", "1,1,b,9,7", "1,1,c,8,11"], r"subject 1, session 1: found a clock that runs backwards"),
        (["1,1,a,5,5", "1,1,b,5,7"], r"subject 1, session 1: found the same event twice on the session's clock"),
        (
            ["1,1,a,5,5", "1,1,b,9,60"],
            r"session 1, column face: found an event at 60 s of a recording that ends at 48 s",
        ),
        (
            ["1,1,a,5,5", "1,1,b,60,9"],
            r"session 1, column eeg: found an event at 60 s of a recording that ends at 48 s",
        ),
        (["1,1,a,trigger 7,5"], r"events.csv:2, column eeg: .*s1.edf, event '7': found 0 of that name"),
    ],
)
def test_a_clock_that_cannot_be_fitted_stops_no_other_person(folder, lines, message):
    others = [line for line in (folder / "events.csv").read_text().splitlines()[1:] if not line.startswith("1,")]
    trials = iter(TrialTable(events_of(folder, *lines, *others)))
    for _ in range(4):
        with pytest.raises(InputError, match=message):
            next(trials)
    assert next(trials).subject == "2"


def test_events_of_a_session_with_two_videos_would_be_ambiguous(folder):
    table = (folder / "trials.csv").read_text()
    shutil.copy(folder / "s1.mp4", folder / "more.mp4")
    (folder / "trials.csv").write_text(table.replace("s1.edf,s1.mp4,36", "s1.edf,more.mp4,36"))
    with pytest.raises(InputError, match=r"subject 1, session 1, column face: found 2 files \(s1.mp4, more.mp4\)"):
        TrialTable(folder)
    (folder / "events.csv").unlink()
    assert len(list(TrialTable(folder))) == 16


def test_streams_that_share_no_moment_are_refused(folder, monkeypatch):
    late = open_video(folder / "s1.mp4")
    monkeypatch.setattr(trial_table, "open_face", lambda *_: replace(late, times=late.times + 48))
    (folder / "events.csv").unlink()
    write(folder, "a,1,1,x,s1.edf,s1.mp4,,,u", "a,2,1,x,s2.edf,s2.mp4,0,48,v", head=BOTH)
    trials = iter(TrialTable(folder))
    with pytest.raises(InputError, match=r"csv:2: found EEG from 0 to 48 s and face from 48 to 96 s of the"):
        next(trials)
    with pytest.raises(InputError, match=r"found frames from 48 to 95.75 s; wanted some between 0 and 48 s"):
        next(trials)


NINE = ("a,1,1,x,s1.edf,,,u,7.5,2", "a,1,2,y,s2.edf,,,v,,9")


def rated(folder, text=None, lines=NINE):
    write(folder, *lines)
    if text is not None:
        (folder / "trials.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "text, given",
    [
        ("ranges: {valence: [1, 9], arousal: [1, 9]}", None),
        (None, {"valence": (1, 9), "arousal": [1, 9.0]}),
        ("ranges: {valence: [1, 9], arousal: [-100, 2]}", {"arousal": (1, 9)}),
        ("ranges:\n  valence: [0, 10]\n  arousal: [1, 9]\n", {"valence": (1, 9)}),
    ],
)
def test_ranges_stand_beside_the_table_or_in_the_call_which_wins(folder, text, given):
    dataset = TrialTable(rated(folder, text), ranges=given)
    assert dataset.task.ranges == ((1, 9), (1, 9))
    np.testing.assert_array_equal([t.target.dimensions[0] for t in dataset], [[7.5, 2], [np.nan, 9]])


def test_ratings_beyond_one_show_the_option_as_one_types_it(folder):
    with pytest.raises(InputError) as error:
        TrialTable(rated(folder))
    said = str(error.value)
    assert "trials.csv:2, column valence: found 7.5; wanted -1 to 1" in said
    assert "\"TrialTable(ranges={'valence': (1, 9), 'arousal': (1, 9)})\"" in said
    assert "ranges: {valence: [1, 9], arousal: [1, 9]}" in said
    option = said.split('"')[1]
    dataset = DATASETS.build(option, folder)
    assert dataset.task.ranges == ((1, 9), (1, 9))
    rated(folder, said[said.index("ranges: {") :])
    assert TrialTable(folder).task.ranges == ((1, 9), (1, 9))


@pytest.mark.parametrize(
    "values, shown",
    [
        ((3, 0.5), "'valence': (1, 9)}"),
        ((55, 0.5), "'valence': (0, 100)}"),
        ((-7, 0.5), "'valence': (-10, 10)}"),
        ((0.2, 4000.5), "'arousal': (0, 4001)}"),
    ],
)
def test_the_scale_that_is_shown_holds_what_the_table_holds(folder, values, shown):
    valence, arousal = values
    with pytest.raises(InputError) as error:
        TrialTable(rated(folder, lines=[f"a,1,1,x,s1.edf,,,u,{valence},{arousal}", NINE[1].replace("9", "")]))
    assert shown in str(error.value)


@pytest.mark.parametrize(
    "text, told",
    [
        ("ranges: {valence: [9, 1]}", r"trials.yaml, ranges, valence: found \[9, 1\]; wanted two finite numbers"),
        ("ranges: {valence: [1, 1]}", "two finite numbers"),
        ("ranges: {valence: [1]}", "two finite numbers"),
        ("ranges: {valence: [1, 5, 9]}", "two finite numbers"),
        ("ranges: {valence: 9}", "two finite numbers"),
        ("ranges: {valence: [1, .nan]}", "two finite numbers"),
        ("ranges: {valence: [1, .inf]}", "two finite numbers"),
        ("ranges: {valence: ['1', '9']}", "two finite numbers"),
        ("ranges: {valence: [no, yes]}", "two finite numbers"),
        (f"ranges: {{valence: [1, 1{'0' * 400}]}}", "two finite numbers"),
        ("ranges: {valence: null}", "two finite numbers"),
        ("ranges: {dominance: [1, 9]}", "'dominance'; wanted dimensions of the table: valence, arousal"),
        ("ranges: {7: [1, 9]}", "found 7; wanted dimensions of the table"),
        ("ranges: [1, 9]", "low and high by dimension"),
        ("ranges: 9", "low and high by dimension"),
        ("range: {valence: [1, 9]}", "unknown keys 'range'; wanted keys among ranges"),
        ("range: {valence: [1, 9]}", "did you mean ranges"),
        ("ranges: {valence: [1, 9], valence: [0, 100]}", "'valence' stands twice"),
        ("ranges: {valence: [1, 9]}\nranges: {}", "'ranges' stands twice"),
        ("- 1", "keys and values"),
        ("just words", "keys and values"),
        ("ranges: {valence: [1, 9", "trials.yaml: found ParserError"),
        ("ranges: \x00", "trials.yaml: found ReaderError"),
        ("ranges: !!python/object/apply:os.system ['true']", "ConstructorError"),
        ("ranges: 2001-99-99", "ValueError"),
        ("[" * 5000, "trials.yaml: found RecursionError"),
        ("x: " + "a" * 1_000_001, "more than 1 MB"),
    ],
)
def test_settings_that_are_none_are_refused_in_one_line(folder, text, told):
    with pytest.raises(InputError, match=told) as error:
        TrialTable(rated(folder, text))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("name", ["trials.yml", "Trials.YAML"])
def test_settings_under_a_name_that_is_not_read_are_told(folder, name):
    rated(folder)
    (folder / name).write_text("ranges: {valence: [1, 9]}", encoding="utf-8")
    with pytest.raises(InputError, match=f"{name}: found a name that is not read; wanted trials.yaml; rename it"):
        TrialTable(folder)


def test_settings_that_repeat_themselves_a_billion_times_are_refused_at_once(folder):
    levels = "".join(f"  l{k}: &l{k} [{', '.join([f'*l{k - 1}'] * 9)}]\n" for k in range(1, 12))
    with pytest.raises(InputError, match="unknown keys"):
        TrialTable(rated(folder, f"laughs:\n  l0: &l0 [ha]\n{levels}ranges: {{valence: *l11}}\n"))


@pytest.mark.parametrize(
    "given, told",
    [
        ((1, 9), "TrialTable, ranges: found .1, 9.; wanted low and high by dimension"),
        ({"valence": (9, 1)}, "TrialTable, ranges, valence"),
        ({"dominance": (1, 9)}, "'dominance'"),
        ({"valence": "19"}, "two finite numbers"),
        ({"valence": (True, 9)}, "two finite numbers"),
    ],
)
def test_ranges_of_the_call_that_are_none_are_refused(folder, given, told):
    with pytest.raises(InputError, match=told):
        TrialTable(rated(folder), ranges=given)


def test_a_rating_outside_its_range_is_refused_with_its_place(folder):
    with pytest.raises(InputError, match=r"trials.csv:3, column arousal: found 9.0; wanted 1 to 7"):
        TrialTable(rated(folder), ranges={"valence": (1, 9), "arousal": (1, 7)})


def test_an_empty_file_of_settings_says_nothing(folder):
    (folder / "trials.yaml").write_text("# nothing yet\n", encoding="utf-8")
    assert TrialTable(folder).task.ranges == ((-1, 1), (-1, 1))
