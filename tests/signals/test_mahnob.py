"""MAHNOB-HCI: video and EEG meet where both saw the clip, whatever their clocks; what does not fit is refused."""

import math
import pickle
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from emoscan.benchmarks.contracts import check_dataset
from emoscan.preprocessing import FaceCrop, PeripheralMeasures, RawSlices, Resample, preprocess
from emoscan.signals import SCALP_32, DatasetNotFound, InputError, Video
from emoscan.signals.datasets.mahnob.clock import first_place
from emoscan.signals.datasets.mahnob.files import CODES, read_session
from emoscan.signals.datasets.mahnob.lookalike import (
    ELECTRODES,
    FLASH,
    GAZE_COLUMNS,
    GAZE_PREFACE,
    STATE,
    FakeSession,
    write_bdf,
    write_gaze,
    write_session,
    write_xml,
)
from emoscan.signals.datasets.mahnob.mahnob import MAHNOBHCI

SIX = (
    ("MovieStart", 0.0),
    ("ImageStart", 0.8),
    ("ImageEnd", 1.6),
    ("ImageStart", 2.4),
    ("ImageEnd", 3.2),
    ("MovieEnd", 4.0),
)


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = tmp_path_factory.mktemp("mahnob")
    MAHNOBHCI.write_fake(root)
    return root


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return write_session(tmp_path_factory.mktemp("plain") / "Sessions", FakeSession())


@pytest.fixture
def copy(plain, tmp_path):
    """The folder of one plain session, to be spoiled."""
    return shutil.copytree(plain, tmp_path / "Sessions" / plain.name)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The one trial of a session; equal sessions are written once."""
    written = {}

    def trial_of(fake):
        if repr(fake) not in written:
            written[repr(fake)] = write_session(tmp_path_factory.mktemp("made") / "Sessions", fake)
        return one(written[repr(fake)].parent)

    return trial_of


def one(root, **settings):
    (trial,) = MAHNOBHCI(root, **settings)
    return trial


def _sample(line):
    cells = line.split("\t")
    return cells[GAZE_COLUMNS.index("AudioSampleNumber")] if len(cells) == len(GAZE_COLUMNS) else ""


def the(folder, pattern):
    (path,) = folder.glob(pattern)
    return path


def refused(folder, message, **settings):
    with pytest.raises(InputError, match=message):
        one(folder.parent, **settings)


def test_it_keeps_a_dataset_s_contract():
    check_dataset(MAHNOBHCI)


def test_trials_are_sorted_and_numbered_by_person_and_folder(fake):
    trials = list(MAHNOBHCI(fake))
    assert [(t.subject, t.session, t.trial, t.stimulus) for t in trials] == [
        ("1", "1", 1, "69.avi"),
        ("1", "1", 2, "111.avi"),
        ("2", "1", 2, "69.avi"),
        ("10", "1", 1, "69.avi"),
    ]
    assert [t.streams["eeg"].source.path.parent.name for t in trials] == ["2", "10", "134", "1172"]
    assert " " in trials[0].streams["face"].source.path.name


def test_nothing_is_left_out_without_a_reason(fake):
    told = {str(skip.path.relative_to(fake)): skip.reason for skip in MAHNOBHCI(fake).skipped()}
    assert told["Sessions/3"] == "not an emotion trial: no feltArsl"
    assert told["Sessions/132"] == "no EEG: no track names one"
    assert "black and white" in told["Sessions"]
    assert "Subjects" in told
    trials = {trial.streams["eeg"].source.path.parent.name for trial in MAHNOBHCI(fake)}
    assert {path.name for path in (fake / "Sessions").glob("*/")} == trials | {"3", "132"}
    assert set(told) == {"Sessions", "Sessions/3", "Sessions/132", "Subjects"}


def test_the_folder_of_sessions_is_as_good_and_as_simulated(fake):
    inside = MAHNOBHCI(fake / "Sessions")
    assert [str(trial) for trial in inside] == [str(trial) for trial in MAHNOBHCI(fake)]
    assert inside.simulated
    assert MAHNOBHCI(fake).simulated


def test_ratings_and_the_felt_emotion_are_those_of_session_xml(fake):
    first, angry, amused, _ = (trial.target for trial in MAHNOBHCI(fake))
    task = MAHNOBHCI.task
    assert task.dimensions == ("valence", "arousal", "dominance", "predictability")
    assert task.ranges == ((1, 9),) * 4
    np.testing.assert_array_equal(first.dimensions, [[8, 7, 5, 2]])
    np.testing.assert_array_equal(angry.dimensions, [[1, 9, np.nan, np.nan]])
    assert [task.categories[t.category[0]] for t in (first, angry, amused)] == ["joy", "anger", "amusement"]
    assert len(task.categories) == 9


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("feltEmo", "7", r"feltEmo='7'.*one of 0, 1, 2, 3, 4, 5, 6, 11, 12"),
        ("feltVlnc", "0", "a rating of 1 to 9"),
        ("feltArsl", "9.5", "a rating of 1 to 9"),
        ("feltCtrl", "much", "feltCtrl='much'"),
        ("mediaFile", "", "mediaFile"),
        ("vidEndSmp", "8000", "an end behind the start"),
        ("vidRate", "", "vidRate=''"),
        ("audRate", "nan", "audRate"),
    ],
)
def test_wrong_attributes_are_named(copy, name, value, message):
    write_xml(copy / "session.xml", FakeSession(), **{name: value})
    refused(copy, message)


def test_every_code_is_its_own_category_and_none_is_missing(copy):
    for place, code in enumerate(CODES):
        write_xml(copy / "session.xml", FakeSession(ratings={"feltArsl": 5, "feltEmo": code}))
        assert one(copy.parent).target.category.tolist() == [place]
    write_xml(copy / "session.xml", FakeSession(ratings={"feltArsl": 5}))
    assert one(copy.parent).target.category.tolist() == [-1]


def test_electrodes_are_taken_by_name_and_the_rate_from_the_file(tmp_path):
    signals = {name: (np.full(2048, float(i)), "uV") for i, name in enumerate(ELECTRODES)}
    codes = np.full(2048, STATE)
    codes[[500, 1524]] += 16
    folder = write_session(tmp_path / "Sessions", FakeSession(clip=2.0, drift_per_minute=0.0))
    write_bdf(the(folder, "*.bdf"), signals, codes, 512)
    stream = one(tmp_path).streams["eeg"]
    assert SCALP_32.sites != ELECTRODES
    assert (stream.names, stream.rate, stream.start, stream.n_samples) == (SCALP_32.sites, 512.0, 500 / 512, 1024)
    expected = [[float(ELECTRODES.index(site))] for site in SCALP_32.sites]
    np.testing.assert_allclose(stream.read(0, 1024), np.broadcast_to(expected, (32, 1024)), atol=0.02)


def shared_errors(face, fake):
    """Seconds between where the clock has each shared event and where it truly is."""
    camera = np.array([second for _, second in fake.events])
    device = fake.clock.device(fake.session(camera))
    return np.abs(face.clock.session(device) - fake.session(camera))


PADDED = FakeSession(cut="padded", lead=2.0)
KNOWN = (
    FakeSession(),
    FakeSession(offset=-1.5, drift_per_minute=-60.0),
    FakeSession(gaze=False),
    PADDED,
    FakeSession(cut="whole", vid_begin=200.0),
    FakeSession(markers=SIX),
    FakeSession(vid_rate=60.9708, gaze=False),
    FakeSession(rate=512, vid_rate=60.9708, container_rate=60),
)


@pytest.mark.parametrize("known", KNOWN, ids=range(len(KNOWN)))
def test_a_known_offset_and_drift_are_recovered_to_5_ms_at_every_event(made, known):
    face = made(known).streams["face"]
    assert len(face.clock.events) == len(known.events)
    assert shared_errors(face, known).max() < 0.005


def test_over_a_longer_clip_the_drift_itself_is_known(made):
    known = FakeSession(clip=30.0)
    clock = made(known).streams["face"].clock
    assert clock.drift_known
    assert clock.drift_per_minute == pytest.approx(40, abs=10)


@pytest.mark.parametrize("known", KNOWN, ids=range(len(KNOWN)))
def test_what_happened_at_once_is_at_one_time_in_both_streams(made, known):
    trial = made(known)
    eeg, face = trial.streams["eeg"], trial.streams["face"]
    high = np.flatnonzero(eeg.read(0, eeg.n_samples).mean(axis=0) > 100)
    white = np.flatnonzero([frame.mean() > 200 for frame in face.frames()])
    frame = 1 / known.vid_rate
    begin, end = known.session(np.array(FLASH))
    assert begin <= eeg.start + high[0] / eeg.rate < begin + 1 / eeg.rate
    assert end - 1 / eeg.rate <= eeg.start + high[-1] / eeg.rate < end
    assert begin - 0.005 <= face.times[white[0]] < begin + frame + 0.005
    assert end - frame - 0.005 <= face.times[white[-1]] < end + 0.005
    assert len(high) == np.ptp(high) + 1
    assert len(white) == np.ptp(white) + 1


def test_both_streams_hold_the_clip_and_no_more(made):
    known = PADDED
    trial = made(known)
    eeg, face = trial.streams["eeg"], trial.streams["face"]
    begin, end = known.session(np.array([0.0, known.clip]))
    assert (eeg.start, eeg.start + eeg.duration) == pytest.approx((begin, end), abs=1 / eeg.rate)
    assert begin - 0.005 < face.times[0] < begin + 0.025
    assert end - 0.025 < face.times[-1] < end + 0.005


def test_a_video_that_starts_before_the_eeg_is_cut_to_the_clip(made):
    known = PADDED
    face = made(known).streams["face"]
    assert known.clock.session(np.zeros(1)) < -10
    assert face.times[0] > 2
    assert len(face) == pytest.approx(known.clip * 61, abs=2)


def test_a_video_may_begin_within_the_clip(copy):
    """Gaze marks 1 s before the cut: the first second of the clip has no frames, and the times say so."""
    early = FakeSession(markers=(("MovieStart", -1.0), ("MovieEnd", 3.0)))
    shutil.rmtree(copy)
    write_session(copy.parent, early)
    trial = one(copy.parent)
    late = trial.streams["face"].times[0] - trial.streams["eeg"].start
    assert late == pytest.approx(1 + 0.6 / 61, abs=0.01)


def test_the_rules_used_are_kept_with_the_clock(made, fake):
    rules = [trial.streams["face"].clock.rule for trial in MAHNOBHCI(fake)]
    assert rules[0] == (
        "2 shared events on the EEG's Status channel and 90 audio samples of the gaze file, 2 broken lines left out; "
        "file cut from vidBeginSmp to vidEndSmp"
    )
    assert "vidBeginSmp and vidEndSmp (there is no gaze file)" in rules[1]
    assert rules[3].endswith("file of the whole recording")
    assert "cut 15 s before vidBeginSmp" in made(PADDED).streams["face"].clock.rule
    asked = next(iter(MAHNOBHCI(fake, gaze=False))).streams["face"].clock.rule
    assert "vidBeginSmp and vidEndSmp (the gaze file was not asked for)" in asked


def test_an_event_that_one_device_saw_too_late_shows_in_the_residuals(made):
    good = made(FakeSession(markers=SIX)).streams["face"].clock
    clock = made(FakeSession(markers=SIX, moved={2: 0.06})).streams["face"].clock
    assert good.worst < 0.01
    assert int(np.argmax(np.abs(clock.residuals))) == 2
    assert clock.worst == pytest.approx(0.06, abs=0.01)
    assert "worst event" in str(clock)


def test_of_two_events_one_that_is_far_off_is_refused(tmp_path):
    folder = write_session(tmp_path / "Sessions", FakeSession(moved={1: 0.5}))
    refused(folder, r"4\.50\d s from first to last event.*3\.13\d, 7\.6\d* s.*within 100 ms a minute")
    assert one(tmp_path, most_drift=10_000).streams["face"].clock.drift_per_minute > 7000


def test_of_two_events_one_that_is_a_little_off_is_not_claimed_to_fit(made):
    clock = made(FakeSession(moved={1: 0.015})).streams["face"].clock
    assert math.isnan(clock.worst)
    assert "worst" not in str(clock)


@pytest.mark.parametrize("count", [0, 1])
def test_events_that_are_not_there_are_missed(copy, count):
    codes = np.full(3072, STATE)
    codes[[802, 1827][:count]] += 16
    write_bdf(the(copy, "*.bdf"), {name: (np.zeros(3072), "uV") for name in ELECTRODES}, codes, 256)
    refused(copy, f"Status: found {count} events.*wanted 2, as by 90 audio samples")


@pytest.mark.parametrize("gaze", [True, False])
def test_duplicate_triggers_are_refused_with_their_times(tmp_path, gaze):
    folder = write_session(tmp_path / "Sessions", FakeSession(extra=(3.3,), gaze=gaze))
    refused(folder, r"Status: found 3 events at 3\.13\d, 3\.30\d, 7\.1\d* s; wanted 2")


@pytest.mark.parametrize("state", [0, 0x18FF00, 0x9FFF00 - 2**24])
def test_bits_of_the_amplifier_are_no_events(copy, state):
    codes = np.full(3072, state)
    codes[[803, 1827]] += 4
    write_bdf(the(copy, "*.bdf"), {name: (np.zeros(3072), "uV") for name in ELECTRODES}, codes, 256)
    assert one(copy.parent).streams["eeg"].start == 803 / 256


@pytest.mark.parametrize(
    "markers, message",
    [
        ((("MovieEnd", 0.0), ("MovieStart", 4.0)), "MovieEnd before MovieStart"),
        ((("MovieStart", 0.0),), "MovieEnd 0 times"),
        ((("MovieStart", 0.0), ("MovieStart", 0.1), ("MovieEnd", 4.0)), "MovieStart 2 times"),
        (SIX, "2 events at .* wanted 6"),
    ],
)
def test_gaze_markers_that_do_not_fit_are_refused_and_frame_numbers_offered(copy, markers, message):
    write_gaze(the(copy, "*.tsv"), FakeSession(markers=markers))
    refused(copy, message)
    assert one(copy.parent, gaze=False).trial == 1


def test_without_markers_frame_numbers_tell_and_the_rule_says_why(copy):
    write_gaze(the(copy, "*.tsv"), FakeSession(markers=(("KeyPress", 1.0),)))
    assert "the gaze file has 0 markers and 90 audio samples" in one(copy.parent).streams["face"].clock.rule
    the(copy, "*.tsv").unlink()
    assert "there is no gaze file" in one(copy.parent).streams["face"].clock.rule


def test_a_gaze_file_whose_sound_runs_backwards_or_without_columns_is_refused(copy):
    path = the(copy, "*.tsv")
    lines = path.read_text("latin-1").splitlines()
    one_way, other_way = (i for i, line in enumerate(lines) if i > 40 and _sample(line) and i < 50)
    swapped = lines.copy()
    swapped[one_way] = lines[one_way].replace(_sample(lines[one_way]), _sample(lines[other_way]))
    swapped[other_way] = lines[other_way].replace(_sample(lines[other_way]), _sample(lines[one_way]))
    path.write_text("\n".join(swapped), "latin-1")
    refused(copy, "AudioSampleNumber: found a clock that runs backwards")
    path.write_text("\n".join([*lines[:23], *lines[24:]]), "latin-1")
    refused(copy, "Timestamp, AudioSampleNumber, Event among them")


def gaze_of(folder, **settings):
    return one(folder.parent, peripheral=True, **settings).streams.get("gaze")


def test_a_gaze_file_has_the_lines_and_columns_of_a_real_one(copy):
    lines = the(copy, "*.tsv").read_text("latin-1").splitlines()
    assert len(GAZE_PREFACE) == 23
    assert lines[23].split("\t")[:5] == [
        "Timestamp",
        "DateTimeStamp",
        "DateTimeStampStartOffset",
        "Number",
        "GazePointXLeft",
    ]
    assert lines[23].endswith("\tAudioSampleNumber\t\t")
    assert len(lines[24].split("\t")) == 45


def test_the_gaze_is_on_the_clock_of_the_eeg_whatever_its_own(made, tmp_path):
    """Blinks of the lookalike begin every two seconds, the first at second 1 of the camera."""
    known = FakeSession(clip=8.0)
    stream = gaze_of(write_session(tmp_path / "Sessions", known))
    assert (stream.names, stream.rate, stream.unit) == (("x", "y", "pupil"), 60.0, "px")
    missing = np.isnan(stream.read(0, stream.n_samples)).any(axis=0)
    begins = stream.start + (np.flatnonzero(np.diff(missing.astype(int)) == 1) + 1) / 60
    wanted = known.session(np.array([1.0, 3.0, 5.0, 7.0]))
    np.testing.assert_allclose(begins, wanted, atol=0.03)


def test_measures_of_the_gaze_are_those_of_the_lookalike(tmp_path):
    volume = PeripheralMeasures()(gaze_of(write_session(tmp_path / "Sessions", FakeSession(clip=20.0))))
    of = dict(zip(volume.features, volume.x[:, 0].T, strict=True))
    assert volume.valid.all()
    np.testing.assert_allclose(of["fixations"], 120, atol=24)
    np.testing.assert_allclose(of["blinks"], 30, atol=4)
    np.testing.assert_allclose(of["pupil"], 3, atol=0.4)
    assert of["x"].min() > 190


def test_a_session_without_a_usable_gaze_file_has_no_gaze_and_that_is_told(copy):
    assert gaze_of(copy) is not None
    assert gaze_of(copy, gaze=False) is None
    write_gaze(the(copy, "*.tsv"), FakeSession(markers=(("KeyPress", 1.0),)))
    trial = one(copy.parent, peripheral=True)
    assert "gaze" not in trial.streams
    assert (
        "gaze: left out, since the gaze file has other events than the Status channel" in trial.streams["eeg"].remarks
    )
    the(copy, "*.tsv").unlink()
    assert "gaze: left out, since the gaze file is missing" in one(copy.parent, peripheral=True).streams["eeg"].remarks


def test_a_gaze_file_without_gaze_is_refused(copy):
    path = the(copy, "*.tsv")
    path.write_text(path.read_text("latin-1").replace("GazePointX", "Nothing"), "latin-1")
    refused(copy, "wanted GazePointXLeft.*peripheral=False", peripheral=True)
    assert one(copy.parent).trial == 1


def test_streams_that_do_not_overlap_are_refused(copy):
    far = replace(FakeSession(), markers=(("MovieStart", 100.0), ("MovieEnd", 104.0)))
    lines = the(copy, "*.tsv")
    write_gaze(lines, replace(far, clip=105.0))
    refused(copy, r"frames from -9\d\.\d+ to -9\d\.\d+ s on the EEG's clock; wanted some in the clip, 3\.13\d to 7\.")


@pytest.mark.parametrize(
    "frames, vid_begin, place",
    [
        (244, 8153.4, 8154),
        (246, 8153.4, 8154),
        (242, 8153.4, 8154),
        (2074, 8153.4, 8153.4 - 15 * 61),
        (8397, 8153.4, 1),
        (99_999, 8153.4, 1),
        (244, 0.4, 1),
    ],
)
def test_the_first_frame_s_place_is_told_by_how_many_there_are(tmp_path, frames, vid_begin, place):
    write_xml(tmp_path / "2" / "session.xml", FakeSession(vid_begin=vid_begin))
    found, _ = first_place(read_session(tmp_path / "2" / "session.xml"), frames, 2)
    assert found == pytest.approx(place)


@pytest.mark.parametrize(
    "frames, vid_begin, message",
    [
        (247, 8153.4, "247 frames; wanted 244"),
        (300, 8153.4, "244 .the cut., 2074 .15 s more on both sides. or at least 8397"),
        (2074, 500.0, "fit cut 15 s before vidBeginSmp and of the whole recording"),
    ],
)
def test_frames_that_fit_no_rule_or_two_are_refused(tmp_path, frames, vid_begin, message):
    write_xml(tmp_path / "2" / "session.xml", FakeSession(vid_begin=vid_begin))
    with pytest.raises(InputError, match=message):
        first_place(read_session(tmp_path / "2" / "session.xml"), frames, 2)


HOSTILE = {
    "entity": '<!DOCTYPE session [<!ENTITY who SYSTEM "file:///etc/passwd">]><session><subject id="&who;"/></session>',
    "document type": '<!DOCTYPE session SYSTEM "http://nowhere.invalid/x.dtd"><session><subject id="1"/></session>',
    "laughs": '<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><session feltArsl="&b;"><subject id="1"/></session>',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_refused(tmp_path, text, encoding):
    path = tmp_path / "session.xml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(InputError, match="a document type or an entity"):
        read_session(path)


@pytest.mark.parametrize(
    "text, message",
    [
        ("<session><subject id='1'/>", "a whole XML file"),
        ("<session/>", "no session with a subject's id"),
        ("<other><subject id='1'/></other>", "no session"),
        ("<session>&who;</session>", "undefined entity"),
        ("<session>" + " " * 1_000_000 + "</session>", "1000019 bytes"),
        ("<session><subject id='1'/><track type='Physiological' filename='../../secret.bdf'/></session>", "beside"),
        ("<session><subject id='1'/><track type='Physiological' filename='..\\secret.bdf'/></session>", "beside"),
        (
            "<session><subject id='1'/><track type='Physiological' filename='a'/>"
            "<track type='Physiological' filename='b'/></session>",
            "physiological track: a, b",
        ),
    ],
)
def test_a_session_file_that_is_cut_large_or_reaches_elsewhere_is_refused(tmp_path, text, message):
    path = tmp_path / "session.xml"
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(message)):
        read_session(path)


def test_a_broken_session_file_is_refused_and_the_others_are_read(fake, tmp_path):
    root = shutil.copytree(fake, tmp_path / "copy")
    (root / "Sessions" / "10" / "session.xml").write_text(HOSTILE["entity"])
    trials, found, errors = iter(MAHNOBHCI(root)), [], []
    while True:
        try:
            found.append(str(next(trials)))
        except InputError as error:
            errors.append(error)
        except StopIteration:
            break
    assert len(found) == 3
    assert [error.where for error in errors] == [str(root / "Sessions" / "10" / "session.xml")]


@pytest.mark.parametrize("pattern, share", [("*.bdf", 0.5), ("*.bdf", 0.001), ("*C1*.avi", 0.5), ("*C1*.avi", 0.01)])
def test_a_cut_file_is_named(copy, pattern, share):
    path = the(copy, pattern)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    refused(copy, re.escape(path.name))


def test_a_recording_without_an_electrode_names_it(copy):
    codes = np.full(3072, STATE)
    write_bdf(the(copy, "*.bdf"), {name: (np.zeros(3072), "uV") for name in ELECTRODES[1:]}, codes, 256)
    refused(copy, "each of Fp1 once")


def test_files_that_are_named_and_missing_are_told(copy):
    the(copy, "*C1*.avi").unlink()
    dataset = MAHNOBHCI(copy.parent)
    assert list(dataset) == []
    assert any(skip.reason.startswith("no video of the colour camera: P1-Rec1") for skip in dataset.skipped())


def test_a_wrong_folder_is_not_found_and_wrong_settings_are_refused(fake, tmp_path):
    (tmp_path / "7").mkdir()
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatasetNotFound, match=r"Sessions/2/session\.xml"):
            MAHNOBHCI(root)
    for settings in ({"most_drift": -1}, {"most_drift": math.nan}, {"spare_frames": -1}):
        with pytest.raises(InputError, match="0 or more"):
            MAHNOBHCI(fake, **settings)


def test_streams_travel_to_other_processes(plain):
    trial = one(plain.parent)
    again = pickle.loads(pickle.dumps(trial))
    for name, stream in trial.streams.items():
        other = again.streams[name]
        if isinstance(stream, Video):
            np.testing.assert_array_equal(list(other.frames()), list(stream.frames()))
        else:
            np.testing.assert_array_equal(other.read(3, 99), stream.read(3, 99))


def test_a_cache_of_both_streams_can_be_made(fake, tmp_path):
    recipe = {"eeg": [Resample(128.0), RawSlices()], "face": [FaceCrop(24, "Whole")]}
    cache = preprocess(MAHNOBHCI(fake), recipe, tmp_path / "cache")
    assert len(cache) == 4
    assert cache.simulated
