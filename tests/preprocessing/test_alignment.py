"""The alignment of EEG and video: planted offset and drift are found, disturbed events are named, lacks are counted."""

import csv
import json
import shutil
import sys

import numpy as np
import pytest
import yaml
from PIL import Image

from emoscan.preprocessing import align, check_alignment, draw_alignment
from emoscan.preprocessing.clocks.alignment_picture import draw_alignments
from emoscan.preprocessing.clocks.alignment_report import session_words
from emoscan.preprocessing.commands.command import main
from emoscan.signals import (
    SCALP_19,
    Clock,
    Dataset,
    Electrodes,
    InputError,
    Pictures,
    Samples,
    Source,
    Target,
    Task,
    Trial,
    TrialTable,
    Video,
    open_video,
)
from emoscan.signals.datasets.lookalikes.recordings import write_video
from emoscan.signals.files.edf import EdfSignal, write_edf

RATE, FRAMES = 500, 25
TABLE = "subject,session,trial,stimulus,eeg,face,start,stop,category"
EVENTS = "subject,session,event,eeg,face"


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = tmp_path_factory.mktemp("lab")
    TrialTable.write_fake(root)
    return root


@pytest.fixture
def lab(fake, tmp_path):
    return shutil.copytree(fake, tmp_path / "lab")


@pytest.fixture
def command(monkeypatch, capfd, tmp_path):
    """Run ``emo-preprocess align`` in this process, in a folder of its own: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["emo-preprocess", "align", *words])
        try:
            code = main()
        except SystemExit as end:  # --help
            code = end.code
        return (code, *capfd.readouterr())

    return run


def disturb(lab, old, new):
    text = (lab / "events.csv").read_text()
    assert old in text
    (lab / "events.csv").write_text(text.replace(old, new))


def record(root, clock, flashes, seconds=70):
    """An EDF with a pulse and an MP4 with a white picture at each of the video's frames ``flashes``."""
    root.mkdir(exist_ok=True)
    samples = np.random.default_rng(0).normal(0, 5, (3, seconds * RATE))
    moments = np.round(clock.session(flashes / FRAMES) * RATE).astype(int)
    samples[:, moments] += 1000
    write_edf(root / "a.edf", [EdfSignal(n, row, RATE) for n, row in zip(("Fz", "Cz", "Pz"), samples, strict=True)])
    pictures = np.full(((seconds - 5) * FRAMES, 32, 32), 30, np.uint8)
    pictures[flashes] = 220
    write_video(root / "a.mp4", pictures, FRAMES)
    return moments / RATE


def write_tables(root, trials, events):
    (root / "trials.csv").write_text("\n".join([TABLE, *trials]) + "\n")
    (root / "events.csv").write_text("\n".join([EVENTS, *events]) + "\n")
    return TrialTable(root)


def flashes_of(trial):
    """Session seconds of the pulses that the EEG holds and of the white pictures that the video holds."""
    eeg, face = trial.streams["eeg"], trial.streams["face"]
    pulses = np.flatnonzero(eeg.read(0, eeg.n_samples)[0] > 500) / eeg.rate + eeg.start
    white = np.array([frame.mean() > 120 for frame in face.frames()])
    return pulses, face.times[white]


@pytest.mark.parametrize("offset, per_minute", [(0.137, 40.0), (-2.5, -30.0), (0.0, 0.0)])
def test_a_planted_offset_and_drift_are_found_from_files_and_hold_for_events_that_no_table_lists(
    tmp_path, offset, per_minute
):
    clock, flashes = Clock(offset, per_minute / 60_000), np.array([110, 333, 514, 801, 1090, 1302, 1571])
    pulses = record(tmp_path, clock, flashes)
    listed = [f"a,1,flash {k},{pulses[k]:.3f},{flashes[k] / FRAMES:.3f}" for k in (0, 2, 4, 6)]
    trials = ["a,1,1,x,a.edf,a.mp4,2,30,u", "a,1,2,y,a.edf,a.mp4,30,60,v"]
    data = write_tables(tmp_path, trials, listed)
    session = align(data).sessions[0]
    found = session.clocks["face"][0]
    anywhen = np.linspace(0, 65, 50)
    np.testing.assert_allclose(found.session(anywhen), clock.session(anywhen), atol=0.005)
    assert found.drift_per_minute == pytest.approx(per_minute, abs=3)
    assert abs(session.worst.off) < 0.005
    check_alignment(align(data), 0.005)
    seen = [flashes_of(trial) for trial in data]
    assert sum(len(pulses) for pulses, _ in seen) >= 5
    for pulses, white in seen:
        np.testing.assert_allclose(white, pulses, atol=0.005)


def test_without_the_shared_events_the_same_files_are_off_by_what_was_planted(tmp_path):
    flashes = np.array([333, 801, 1302])
    pulses = record(tmp_path, Clock(0.137, 40 / 60_000), flashes)
    data = write_tables(tmp_path, ["a,1,1,x,a.edf,a.mp4,0,60,u", "b,1,1,x,a.edf,,60,65,v"], ["a,1,e,1,1"])
    (tmp_path / "events.csv").unlink()
    found, white = flashes_of(next(iter(TrialTable(data.path))))
    np.testing.assert_allclose(found, pulses)
    np.testing.assert_allclose(found - white, 0.137 + 40 / 60_000 * flashes / FRAMES, atol=0.002)
    words = session_words(align(TrialTable(data.path)).sessions[0])
    assert words.startswith("drift cannot be known: no shared events (the table gives both files the same seconds; ")
    assert words.endswith("nothing in the files shows that they were recorded together)")


@pytest.mark.parametrize(
    "place, old, new",
    [
        (1, "2,1,clap 1,6,6.0", "2,1,clap 1,6,6.05"),
        (2, "2,1,clap 2,18,18.0", "2,1,clap 2,18,17.95"),
        (4, "2,1,clap 4,42,42.0", "2,1,clap 4,42,42.05"),
        (3, "3,1,clap 3,30,29.84", "3,1,clap 3,30,29.89"),
    ],
)
def test_a_disturbed_event_has_its_whole_disturbance_as_residual_and_is_the_suspect(lab, place, old, new):
    disturb(lab, old, new)
    session = next(one for one in align(TrialTable(lab)).sessions if one.subject == old[0])
    assert session.suspect.place == place
    assert abs(session.suspect.off) == pytest.approx(0.05, abs=0.001)
    assert session.suspect.rest < 1e-4
    assert session.beyond(0.02)


def test_residuals_of_undisturbed_people_stay_at_zero(lab):
    disturb(lab, "2,1,clap 2,18,18.0", "2,1,clap 2,18,18.05")
    worst = {one.subject: abs(one.worst.off) for one in align(TrialTable(lab)).sessions}
    assert list(worst) == ["1", "2", "3", "10"]
    assert max(worst[subject] for subject in ("1", "3", "10")) < 1e-5


def test_an_event_beyond_the_tolerance_is_refused_with_its_session_and_its_place(lab):
    disturb(lab, "2,1,clap 2,18,18.0", "2,1,clap 2,18,18.05")
    found = align(TrialTable(lab))
    message = (
        r"subject 2, session 1: event 1, 'clap 1' \(6.000 s of the video\) 66.\d ms off; the others "
        r"fit best without event 2, 'clap 2' \(18.050 s of the video\); wanted events at most 20 ms off"
    )
    with pytest.raises(InputError, match=message):
        check_alignment(found, 0.02)
    check_alignment(found, 0.07)


def test_of_three_events_none_is_accused(lab):
    disturb(lab, "2,1,clap 2,18,18.0", "2,1,clap 2,18,18.05")
    disturb(lab, "2,1,clap 4,42,42.000000\n", "")
    found = align(TrialTable(lab))
    with pytest.raises(InputError, match=r"subject 2, session 1: .* of so few events it cannot be told which is wrong"):
        check_alignment(found, 0.02)


@pytest.mark.parametrize(
    "kept, words",
    [
        (2, "2 shared events: a drift, but no residuals, since any line fits both"),
        (1, "drift cannot be known: one shared event"),
    ],
)
def test_few_events_claim_no_more_than_they_know(lab, kept, words):
    lines = (lab / "events.csv").read_text().splitlines()
    own = [line for line in lines if line.startswith("3,")]
    (lab / "events.csv").write_text("\n".join([line for line in lines if line not in own[kept:]]) + "\n")
    session = align(TrialTable(lab)).sessions[2]
    assert session_words(session) == words
    assert session.worst is None
    check_alignment(align(TrialTable(lab)), 1e-4)


class Lab(Dataset):
    """Trials in memory: whoever writes a dataset gets the report."""

    name, expects, task = "lab", "trials", Task(("u", "v"))

    def __init__(self, *trials):
        super().__init__(".")
        self.trials = trials

    def __iter__(self):
        return iter(self.trials)

    @classmethod
    def write_fake(cls, root, seed=0):
        raise NotImplementedError


def eeg_of(start, seconds):
    read = Samples(np.zeros((19, round(100 * seconds))))
    return Electrodes(SCALP_19, SCALP_19.sites, 100.0, round(100 * seconds), read, Source(None, "eeg"), start)


def face_of(times, clock=None):
    pictures = Pictures(np.zeros((len(times), 4, 4), np.uint8))
    return Video(np.asarray(times, float), (4, 4), 0.04, pictures, Source(None, "face"), clock=clock or Clock())


def trial_of(number=1, subject="a", session="1", **streams):
    return Trial(subject, session, number, "x", streams, Target.of(0))


def test_frames_that_are_missing_are_counted_and_placed(tmp_path):
    write_video(tmp_path / "a.mp4", np.zeros((200, 16, 16), np.uint8), FRAMES)
    video = open_video(tmp_path / "a.mp4")
    kept = video.take(np.r_[0:50, 75:120, 121:200])  # one second is missing, and later a single frame
    session = align(Lab(trial_of(eeg=eeg_of(0.0, 8.0), face=kept))).sessions[0]
    np.testing.assert_allclose(session.gaps, [(49 / 25, 3.0), (119 / 25, 121 / 25)], atol=1e-6)
    np.testing.assert_allclose(session.longest_gap, (49 / 25, 3.0), atol=1e-6)
    assert session.eeg_alone == pytest.approx(26 / 25, abs=1e-6)
    assert session.face_alone == pytest.approx(0.0, abs=1e-6)


def test_steps_that_only_waver_are_no_gaps():
    times = np.arange(500) / 25 + np.random.default_rng(0).uniform(-0.009, 0.009, 500)
    assert align(Lab(trial_of(eeg=eeg_of(0, 20), face=face_of(times)))).sessions[0].gaps == ()


def test_what_one_stream_has_and_the_other_lacks_is_counted_by_trial():
    early, late = face_of(np.arange(-50, 200) / 25), face_of(100.5 + np.arange(250) / 25)
    trials = [
        trial_of(1, eeg=eeg_of(0, 10), face=early),
        trial_of(2, eeg=eeg_of(100, 10), face=late),
        trial_of(3, eeg=eeg_of(200, 7)),
        trial_of(4, face=face_of(300 + np.arange(100) / 25)),
    ]
    session = align(Lab(*trials)).sessions[0]
    alone = [(trial.eeg_alone, trial.face_alone) for trial in session.trials]
    np.testing.assert_allclose(alone, [(2, 2), (0.5, 0.5), (7, 0), (0, 4)], atol=1e-9)
    assert (session.one_stream, session_words(session)) == (2, "one device, one clock")


def test_a_video_that_starts_before_the_eeg_is_reported(lab):
    """The camera of person 1 runs since two seconds when the EEG starts; the trial is all there is of both."""
    shifted = [f"1,1,clap {k},{at},{at + 2}" for k, at in enumerate((6, 18, 30, 42), 1)]
    others = [line for line in (lab / "events.csv").read_text().splitlines()[1:] if line.startswith("2,")]
    trials = ["1,1,1,x,s1.edf,s1.mp4,,,u", "2,1,1,x,s2.edf,s2.mp4,,,v"]
    first, second = align(write_tables(lab, trials, [*shifted, *others])).sessions
    assert (first.face_alone, first.eeg_alone) == (pytest.approx(2.0), pytest.approx(2.0))
    assert first.trials[0].face[0] == (pytest.approx(-2.0), pytest.approx(46.0))
    assert (second.face_alone, second.eeg_alone) == (0.0, 0.0)


def test_trials_with_clocks_of_their_own_are_all_reported():
    clocks = [Clock.fit([1, 2, 3, 4], np.array([1, 2, 3, 4]) + offset, "x") for offset in (0.5, 0.7)]
    eeg, times = eeg_of(0, 9), np.arange(100) / 25
    trials = (trial_of(k, eeg=eeg, face=face_of(times, clock)) for k, clock in enumerate(clocks, 1))
    session = align(Lab(*trials)).sessions[0]
    assert [clock.offset for clock in session.clocks["face"]] == pytest.approx([0.5, 0.7])
    assert len(session.residuals) == 8


def test_a_dataset_with_one_kind_of_stream_has_nothing_to_align():
    with pytest.raises(InputError, match="found EEG only; wanted sessions with EEG and face video"):
        align(Lab(trial_of(eeg=eeg_of(0, 5)), trial_of(2, eeg=eeg_of(5, 5))))
    with pytest.raises(InputError, match="found video only"):
        align(Lab(trial_of(face=face_of([0, 1]))))
    with pytest.raises(InputError, match="found EEG and video, never both in one session"):
        align(Lab(trial_of(eeg=eeg_of(0, 5)), trial_of(subject="b", face=face_of([0, 1]))))


def test_pictures_of_sessions_with_alike_names_do_not_take_each_others_place(tmp_path):
    both = {"eeg": eeg_of(0, 4), "face": face_of(np.arange(100) / 25)}
    names = (("a-b", "c"), ("a", "b-c"), ("a/b", "1"))
    trials = [trial_of(subject=subject, session=session, **both) for subject, session in names]
    paths = draw_alignments(align(Lab(*trials)), tmp_path, 0.02)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    assert len(set(paths)) == 3


def test_the_picture_shows_the_two_streams_and_the_gap(tmp_path):
    face = face_of(np.r_[0:40, 60:100] / 25)
    session = align(Lab(trial_of(eeg=eeg_of(0, 4), face=face))).sessions[0]
    whole = align(Lab(trial_of(eeg=eeg_of(0, 4), face=face_of(np.arange(100) / 25)))).sessions[0]
    pictures = [
        np.asarray(Image.open(draw_alignment(one, tmp_path / f"{k}.png", 0.02)).convert("RGB")).astype(int)
        for k, one in enumerate((session, whole))
    ]
    colours = (0, 114, 178), (230, 159, 0)
    blue, orange = ([(np.abs(p - colour).sum(-1) < 30).sum() for p in pictures] for colour in colours)
    assert blue[0] == pytest.approx(blue[1], rel=0.02)
    assert orange[0] == pytest.approx(0.8 * orange[1], rel=0.05)


def test_the_command_writes_a_line_a_session_every_residual_and_a_picture(command, lab, tmp_path):
    code, out, err = command("TrialTable", "lab", "report")
    assert (code, err) == (0, "")
    assert "trial table (simulated): 4 sessions, 16 trials with EEG and video" in out
    assert "\x1b" not in out
    line = next(line for line in out.splitlines() if line.startswith("3 "))
    assert line.split()[:6] == ["3", "1", "4", "0", "+137.0", "+40.00"]
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert names == {"alignment.csv", "alignment.json", "run.yaml", "1-1.png", "2-1.png", "3-1.png", "10-1.png"}
    with (tmp_path / "report/alignment.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["subject"] for row in rows] == ["1", "2", "3", "10"]
    assert float(rows[2]["face_offset_ms"]) == pytest.approx(137, abs=0.01)
    assert float(rows[2]["face_drift_ms_per_minute"]) == pytest.approx(40, abs=0.01)
    assert (rows[2]["face_drift_known"], rows[2]["face_events"], rows[2]["simulated"]) == ("True", "4", "true")
    told = json.loads((tmp_path / "report/alignment.json").read_text())
    clock = told["sessions"][2]["clocks"][1]
    assert [event["device_s"] for event in clock["events"]] == [5.859094, 17.851099, 29.843105, 41.83511]
    assert max(abs(event["residual_s"]) for event in clock["events"]) < 1e-5
    assert yaml.safe_load((tmp_path / "report/run.yaml").read_text())["tolerance"] == 0.02
    assert command("--config", "report/run.yaml")[0] == 0


def test_the_command_says_what_cannot_be_known(command, lab, tmp_path):
    (lab / "events.csv").unlink()
    code, out, _ = command("TrialTable", "lab", "report")
    assert code == 0
    assert out.count("drift cannot be known: no shared events") == 4
    with (tmp_path / "report/alignment.csv").open(newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["face_drift_ms_per_minute"], row["face_drift_known"], row["worst_residual_ms"]) == ("", "False", "")


def test_the_command_refuses_what_is_beyond_the_tolerance_after_the_report_is_written(command, lab, tmp_path):
    disturb(lab, "2,1,clap 2,18,18.0", "2,1,clap 2,18,18.05")
    code, out, err = command("TrialTable", "lab", "report")
    assert code == 2
    assert "subject 2, session 1: event 1" in err
    assert "the others fit best without event 2" in err
    assert err.count("\n") == 1
    assert "4 shared events, worst 66.8 ms off" in out
    assert (tmp_path / "report/2-1.png").read_bytes()[:4] == b"\x89PNG"
    assert len((tmp_path / "report/alignment.csv").read_text().splitlines()) == 5
    assert command("TrialTable", "lab", "report", "--tolerance", "0.1")[0] == 0


def test_trials_that_cannot_be_opened_are_named_after_the_report_of_the_others(command, lab, tmp_path):
    (lab / "s2.mp4").write_bytes(b"garbage")
    code, out, err = command("TrialTable", "lab", "report")
    assert code == 2
    assert "4 broken trials" in err
    assert "not opened:" in out
    assert [line[:2] for line in (tmp_path / "report/alignment.csv").read_text().splitlines()[1:]] == ["1,", "3,", "10"]


@pytest.mark.parametrize(
    "words, told",
    [
        (("TrialTable", "lab/faces.csv", "report"), "found video only; wanted sessions with EEG and face video"),
        (("Simulated", "lab/nowhere", "report"), "nowhere"),
        (("TrialTable", "lab", "lab/trials.csv"), "found a file; wanted a folder"),
        (("TrialTable", "lab", "cache"), "found a cache; wanted a folder"),
        (("TrialTable", "lab", "report", "--tolerance", "0"), "--tolerance: found 0; wanted seconds above zero"),
        (("TrialTable", "lab", "report", "--tolerance", "inf"), "tolerance"),
        (("TrialTabel", "lab", "report"), "did you mean TrialTable?"),
        (("TrialTable", "lab"), "wanted also output"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(command, lab, tmp_path, words, told):
    lines = (lab / "trials.csv").read_text().splitlines()
    cut = [",".join(part for k, part in enumerate(line.split(",")) if k != 4) for line in lines]
    (lab / "faces.csv").write_text("\n".join(cut) + "\n")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/cache.json").write_text("{}")
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert not (tmp_path / "report").exists()


def test_every_argument_has_help(command):
    code, out, _ = command("--help")
    assert code == 0
    assert "alignment.csv" in out
    assert "--tolerance" in out
