"""XDF recordings: three clocks become one, a cut file is never a shorter recording, markers make whole trials."""

import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest

from emoscan.benchmarks.contracts import check_dataset
from emoscan.preprocessing import (
    DifferentialEntropy,
    FaceCrop,
    Patches,
    PeripheralMeasures,
    align,
    check_alignment,
    preprocess,
)
from emoscan.signals import EPOC_14, DatasetNotFound, InputError
from emoscan.signals.datasets.lookalikes.body import pulse_wave
from emoscan.signals.datasets.xdf import file as xdf_file
from emoscan.signals.datasets.xdf.clock import fit_samples
from emoscan.signals.datasets.xdf.file import BOUNDARY, SAMPLES, StreamData, load_streams, read_streams, xdf_chunk
from emoscan.signals.datasets.xdf.lookalike import (
    BEGIN,
    CLIPS,
    EVENTS,
    LEAP,
    RATE,
    STARTS,
    TAKES,
    FakeStream,
    Setup,
    differing,
    fake_eeg,
    fake_frames,
    fake_markers,
    write_recording,
    write_xdf,
)
from emoscan.signals.datasets.xdf.sensors import AS_STAMPED
from emoscan.signals.datasets.xdf.streams import MarkerWords, trial_spans
from emoscan.signals.datasets.xdf.xdf import XDF
from emoscan.signals.streams.clock import Clock

NAME = "sub-P001_ses-S001_task-x_run-001_eeg"
SMALL = Setup()


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = tmp_path_factory.mktemp("xdf")
    XDF.write_fake(root)
    return root


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    root = tmp_path_factory.mktemp("small")
    write_recording(root / f"{NAME}.xdf", SMALL, np.random.default_rng(7))
    return root


@pytest.fixture
def one(small, tmp_path):
    return shutil.copytree(small, tmp_path / "one") / f"{NAME}.xdf"


def recorded(folder, setup, seed=0):
    write_recording(folder / f"{NAME}.xdf", setup, np.random.default_rng(seed))
    return XDF(folder)


def rewritten(path, edit=lambda streams: streams, setup=SMALL):
    """The recording again with its streams edited; the video stays as it is."""
    rng = np.random.default_rng(7)
    streams = {s.name: s for s in (fake_eeg(setup, rng), fake_markers(setup), fake_frames(setup, rng))}
    write_xdf(path, list(edit(streams).values()), setup.seconds, rng)
    return path.parent


def outcomes(dataset):
    trials, found = iter(dataset), []
    while True:
        try:
            found.append(next(trials))
        except InputError as error:
            found.append(str(error))
        except StopIteration:
            return found


def marks(texts, times):
    return StreamData(np.array(texts, object)[:, None], np.array(times, float), np.empty((0, 2)))


def test_it_keeps_the_contract_of_datasets():
    check_dataset(XDF)


SETUPS = {
    "as they are": Setup(),
    "one clock": Setup(eeg=Clock(), camera=Clock(), markers=Clock()),
    "days apart": Setup(eeg=differing(86400.137, 1 / 1500), camera=differing(-3e5, 2e-4), markers=differing(7e4, 0)),
    "the other way": Setup(eeg=differing(-0.137, -1 / 1500), camera=differing(0.5, 1 / 1500)),
    "jitter": Setup(jitter=0.004),
    "samples lost": Setup(lost=tuple(range(800, 810))),
    "frames dropped": Setup(base=1, dropped=(30, 31, 32)),
    "numbers not sent": Setup(unsent=(30, 31, 100)),
}


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_markers_samples_and_pictures_meet_within_five_milliseconds_whatever_the_clocks(tmp_path, setup):
    dataset = recorded(tmp_path, setup)
    for start, event, bright, trial in zip(STARTS, EVENTS, setup.bright(), dataset, strict=True):
        eeg, face = trial.streams["eeg"], trial.streams["face"]
        late = eeg.start - setup.session(start)  # a trial begins with the first sample at or after its marker
        assert -0.005 < late < 1 / RATE + 0.005
        assert eeg.n_samples / RATE == pytest.approx(TAKES, abs=0.02)
        leap = eeg.read(0, eeg.n_samples).mean(axis=0)
        assert leap.max() > LEAP / 2
        assert eeg.start + int(leap.argmax()) / RATE == pytest.approx(round(setup.session(event) * RATE) / RATE)
        means = np.array([picture.mean() for picture in face.frames()])
        assert means.max() > 200
        true = setup.session(setup.frame(bright))
        assert face.times[int(means.argmax())] == pytest.approx(true, abs=max(0.005, 4 * setup.jitter))


PLANTED = {
    "camera": (Setup(eeg=Clock(), camera=differing(0.137, 1 / 1500), seconds=90.0), 0.137, 40.0),
    "EEG": (Setup(eeg=differing(0.137, 1 / 1500), camera=Clock(), seconds=90.0), -0.137, -40.0),
    "both alike": (Setup(eeg=differing(0.137, 1 / 1500), camera=differing(0.137, 1 / 1500), seconds=90.0), 0.0, 0.0),
}


@pytest.mark.parametrize(("setup", "offset", "per_minute"), PLANTED.values(), ids=PLANTED)
def test_align_finds_the_offset_and_drift_that_were_planted_between_the_devices(tmp_path, setup, offset, per_minute):
    found = align(recorded(tmp_path, replace(setup, dropped=(40, 41, 42, 90))))
    (session,) = found.sessions
    (clock,) = session.clocks["face"]
    assert clock.offset == pytest.approx(offset, abs=0.005)
    assert clock.drift_per_minute == pytest.approx(per_minute, abs=1.0)
    check_alignment(found, 0.001)


def test_align_passes_dropped_frames_and_unsent_numbers_and_counts_the_gaps(fake):
    found = align(XDF(fake))
    check_alignment(found, 0.002)
    assert all(clock.drift_known for session in found.sessions for clock in session.clocks["face"])
    assert [len(session.gaps) for session in found.sessions] == [2, 0, 0]
    assert found.sessions[0].longest_gap == pytest.approx((5.2, 5.5), abs=0.03)


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_the_video_s_clock_is_that_of_the_camera_s_computer(tmp_path, setup):
    """Its own stamp of any frame, counted from what the EEG's computer read at the first sample."""
    clock = next(iter(recorded(tmp_path, setup))).streams["face"].clock
    frames = np.array([setup.frame(number) for number in range(0, 200, 20)])
    own = setup.camera.device(BEGIN + frames) - float(setup.eeg.device(np.array(BEGIN)))
    np.testing.assert_allclose(clock.session(own), [setup.session(frame) for frame in frames], atol=0.001)
    assert "the camera's computer" in clock.rule
    assert f"counted from {setup.base}" in clock.rule


def test_residuals_are_those_of_the_comparisons_of_the_clocks_whatever_frames_do(tmp_path):
    found = {}
    for name, changed in {
        "fine": {},
        "jitter": {"jitter": 0.004},
        "dropped": {"dropped": (30, 31)},
        "coarse": {"compared": 0.002},
    }.items():
        (tmp_path / name).mkdir()
        found[name] = next(iter(recorded(tmp_path / name, Setup(**changed, seconds=120.0)))).streams["face"].clock
    spread = {name: float(np.std(clock.residuals)) for name, clock in found.items()}
    assert {len(clock.residuals) for clock in found.values()} == {24}
    assert max(spread[name] for name in ("fine", "jitter", "dropped")) < 0.0002
    assert spread["coarse"] == pytest.approx(0.002, rel=0.4)


def test_a_comparison_that_went_wrong_is_what_align_refuses(tmp_path, monkeypatch):
    dataset = recorded(tmp_path, Setup(seconds=90.0))
    compared = xdf_file._compared
    monkeypatch.setattr(xdf_file, "_compared", lambda found: compared(found) + 0.05 * third(found))
    with pytest.raises(InputError, match=r"subject P001, session S001: event 3 .* the others fit best without it"):
        check_alignment(align(dataset), 0.02)


def third(found):
    """The third comparison of the camera alone, on the recorder's side."""
    moved = np.zeros((len(found["clock_times"]), 2))
    moved[2, 1] = found["info"]["name"] == ["Camera"]
    return moved


def test_a_frame_without_a_number_stands_between_the_others_which_stay_where_they_were_measured(tmp_path):
    setup = Setup(unsent=(30, 31), jitter=0.004)
    trial = next(iter(recorded(tmp_path, setup)))
    rng = np.random.default_rng(0)
    fake_eeg(setup, rng)
    stamps = fake_frames(setup, rng).stamps  # without those of frames 30 and 31
    measured = np.array([setup.session(at) for at in setup.camera.session(stamps) - BEGIN])
    face = trial.streams["face"]
    first = int(np.flatnonzero(face.times[0] - 0.05 < measured)[0])
    taken = 30 - first
    np.testing.assert_allclose(face.times[:taken], measured[first:30], atol=0.001)
    np.testing.assert_allclose(face.times[taken + 2 :], measured[30:][: len(face) - taken - 2], atol=0.001)
    steps = np.diff(face.times[taken - 1 : taken + 3])
    np.testing.assert_allclose(steps, steps.mean(), atol=1e-6)
    assert "2 skipped" in face.clock.rule


def test_trials_have_the_names_of_the_files_and_of_the_markers(fake):
    dataset = XDF(fake)
    keys = [(t.subject, t.session, t.trial) for t in dataset]
    assert keys == [("P002", "S001", n) for n in range(1, 9)] + [
        (subject, session, n) for subject, session in (("P010", "S001"), ("pilot", "1")) for n in range(1, 5)
    ]
    assert dataset.task.categories == ("happy", "sad")
    for trial in dataset:
        category, stimulus = CLIPS[(trial.trial - 1) % 4].split("/")
        assert (dataset.task.categories[trial.target.category[0]], trial.stimulus) == (category, stimulus)
    assert dataset.simulated


def test_what_is_left_out_is_listed(fake):
    told = {skip.path.name: skip.reason for skip in XDF(fake).skipped()}
    assert told == {
        "notes.txt": "not a recording",
        "sub-P010_ses-S001_task-x_run-001_eeg_old1.xdf": "an earlier recording that LabRecorder set aside",
    }
    without = XDF(fake, face=False)
    assert {t.streams.keys() == {"eeg"} for t in without} == {True}
    assert sum(skip.reason == "videos were not asked for" for skip in without.skipped()) == 4


def test_samples_are_microvolts_of_the_layout_s_sites_in_any_unit(small, one):
    wanted = [trial.streams["eeg"].read(0, 50) for trial in XDF(small)]
    volts = rewritten(one, lambda s: {**s, "Headset": in_unit(s["Headset"], "volts", 1e-6)})
    for trial, values in zip(XDF(volts), wanted, strict=True):
        np.testing.assert_allclose(trial.streams["eeg"].read(0, 50), values, rtol=1e-5)
    two = EPOC_14.sites[3], EPOC_14.sites[2]
    layout = replace(EPOC_14, name="two", sites=two, cells=((0, 0), (0, 1)))
    part = next(iter(XDF(small, layout=layout))).streams["eeg"]
    np.testing.assert_array_equal(part.read(0, 50), wanted[0][[3, 2]])
    assert next(iter(XDF(small))).streams["eeg"].layout is EPOC_14


def in_unit(stream, unit, scale=1.0):
    return replace(stream, unit=unit, values=(stream.values * scale).astype(np.float32))


def test_an_unknown_unit_is_refused_and_a_missing_one_can_be_named(one):
    root = rewritten(one, lambda s: {**s, "Headset": in_unit(s["Headset"], "counts")})
    with pytest.raises(InputError, match="AF3 in 'counts'"):
        next(iter(XDF(root)))
    root = rewritten(one, lambda s: {**s, "Headset": in_unit(s["Headset"], "")})
    with pytest.raises(InputError, match="without a unit"):
        next(iter(XDF(root)))
    assert next(iter(XDF(root, units="uV"))).streams["eeg"].n_samples
    with pytest.raises(InputError, match="units"):
        XDF(root, units="counts")


def test_units_of_the_user_go_before_those_of_the_stream_and_the_old_name_still_works(one):
    folder = rewritten(one, lambda streams: streams)
    usual = next(iter(XDF(folder))).streams["eeg"].read(0, 50)
    np.testing.assert_allclose(next(iter(XDF(folder, units="mV"))).streams["eeg"].read(0, 50), 1e3 * usual, rtol=1e-6)
    with pytest.warns(FutureWarning, match="until 0.4.0"):
        old = XDF(folder, unit="mV")
    np.testing.assert_allclose(next(iter(old)).streams["eeg"].read(0, 50), 1e3 * usual, rtol=1e-6)


def test_streams_travel_to_other_processes_and_one_file_is_kept(fake):
    trial = list(XDF(fake))[9]
    again = pickle.loads(pickle.dumps(trial))
    np.testing.assert_array_equal(again.streams["eeg"].read(3, 90), trial.streams["eeg"].read(3, 90))
    np.testing.assert_array_equal(next(again.streams["face"].frames()), next(trial.streams["face"].frames()))


def test_volumes_can_be_made_of_it(small, tmp_path):
    recipe = {"eeg": [DifferentialEntropy()], "face": [FaceCrop(24, "Whole"), Patches(2, 2)]}
    cache = preprocess(XDF(small), recipe, tmp_path / "cache")
    for volumes, trial in zip(cache, XDF(small), strict=True):
        assert volumes["eeg"].times[0] == trial.streams["eeg"].start
        np.testing.assert_array_equal(volumes["face"].times, trial.streams["face"].times)


def test_a_file_cut_anywhere_is_refused(one):
    content = one.read_bytes()
    ends = {*range(4, len(content), 997), 0, 3, 4, len(content) - 1, *(end for _, end in _chunk_starts(content)[::9])}
    for end in sorted(ends):
        one.write_bytes(content[:end])
        with pytest.raises(InputError, match=NAME):
            read_streams(one)


def test_a_cut_file_is_one_error_and_the_next_recording_still_comes(one, small):
    for suffix in (".xdf", ".mp4"):
        shutil.copy(small / f"{NAME}{suffix}", one.with_name(f"sub-P002_ses-S001_eeg{suffix}"))
    content = one.read_bytes()
    for end in (100, len(content) // 2, len(content) - 1):
        one.write_bytes(content[:end])
        dataset = XDF(one.parent)
        broken, *others = outcomes(dataset)
        assert NAME in broken
        assert [trial.subject for trial in others] == ["P002"] * 4
        assert [(skip.path.name, skip.reason) for skip in dataset.skipped()] == [
            (f"{NAME}.mp4", "its recording is not read")
        ]


def test_a_missing_chunk_in_the_middle_is_refused_by_the_footer_s_count(one):
    content = one.read_bytes()
    chunk = _chunk_starts(content)[20]
    one.write_bytes(content[: chunk[0]] + content[chunk[1] :])
    assert all("samples of stream" in str(found) for found in outcomes_of_root(one))


def outcomes_of_root(path):
    try:
        return outcomes(XDF(path.parent))
    except InputError as error:
        return [str(error)]


def _chunk_starts(content):
    """Begin and end of each chunk of EEG samples, by the container's own rule."""
    at, found = 4, []
    while at < len(content):
        width = content[at]
        length = int.from_bytes(content[at + 1 : at + 1 + width], "little")
        tag = content[at + 1 + width]
        stream = content[at + 3 + width]
        if (tag, stream) == (SAMPLES, 1):
            found.append((at, at + 1 + width + length))
        at += 1 + width + length
    return found


def test_a_chunk_whose_inside_is_garbled_is_refused_where_pyxdf_only_logs_it(one):
    content = bytearray(one.read_bytes())
    begin, _ = _chunk_starts(content)[10]
    place = content.index(b"\x08", begin + 12)
    assert content[place] == 8
    content[place] = 0  # a sample that claims to have no time stamp
    one.write_bytes(content)
    found = outcomes_of_root(one)
    assert all(isinstance(told, str) and NAME in told for told in found)


def test_samples_that_come_behind_the_footer_s_count_are_kept(one, small):
    content = one.read_bytes()
    count = read_streams(small / f"{NAME}.xdf")[0].samples
    late = content.replace(f"<sample_count>{count}<".encode(), f"<sample_count>{count - 9}<".encode(), 1)
    one.write_bytes(late)
    assert read_streams(one)[0].announced == count - 9
    assert len(load_streams(one, read_streams(one)[:1])[1].times) == count


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: without(s, "Headset"), "0 streams of type 'eeg'"),
        (lambda s: {**s, "Second": replace(s["Headset"], name="Second")}, "2 streams of type 'eeg'"),
        (lambda s: without(s, "Films"), "0 streams of type 'markers'"),
        (lambda s: {**s, "Keys": replace(s["Films"], name="Keys")}, "2 streams of type 'markers'"),
        (lambda s: {**s, "Films": shorter(s["Films"], 0)}, "the markers none"),
        (lambda s: {**s, "Headset": shorter(s["Headset"], 0)}, "0 samples at 128 Hz"),
        (lambda s: {**s, "Headset": replace(s["Headset"], rate=0.0)}, "at 0 Hz"),
        (lambda s: {**s, "Other": replace(s["Camera"], name="Other")}, "2 streams of type 'videoraw'"),
    ],
    ids=["no EEG", "two EEG", "no markers", "two markers", "empty markers", "empty EEG", "no rate", "two cameras"],
)
def test_streams_that_are_missing_or_there_twice_are_refused(one, edit, message):
    with pytest.raises(InputError, match=message):
        XDF(rewritten(one, edit))


def without(streams, name):
    return {key: stream for key, stream in streams.items() if key != name}


def shorter(stream, count):
    return replace(stream, values=stream.values[:count], stamps=stream.stamps[:count])


def test_of_two_streams_one_can_be_named(one):
    double = rewritten(
        one,
        lambda s: {
            **s,
            "Second": replace(s["Headset"], name="Second", values=s["Headset"].values + 1),
            "Keys": replace(s["Films"], name="Keys", values=["key"] * len(s["Films"].values)),
        },
    )
    first, second = (next(iter(XDF(double, eeg=name, markers="Films"))) for name in ("Headset", "Second"))
    difference = second.streams["eeg"].read(0, 9) - first.streams["eeg"].read(0, 9)
    np.testing.assert_allclose(difference, 1, atol=1e-4)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: {**s, "Headset": replace(s["Headset"], labels=())}, "for none of 14 channels"),
        (lambda s: {**s, "Headset": replace(s["Headset"], labels=EPOC_14.sites[:13])}, "14 channels"),
        (lambda s: {**s, "Headset": replace(s["Headset"], labels=("O1",) * 14)}, "a name of its own"),
        (lambda s: {**s, "Headset": shorter(s["Headset"], 700)}, "a trial within the EEG"),
        (lambda s: {**s, "Headset": replace(s["Headset"], rate=130.0)}, "the nominal rate"),
        (lambda s: {**s, "Headset": moved(s["Headset"], 1500, -0.2)}, "straight line"),
        (lambda s: without(s, "Camera"), "without a stream of frame numbers"),
        (lambda s: {**s, "Camera": shorter(s["Camera"], 100)}, "100 frame numbers"),
        (lambda s: {**s, "Camera": renumbered(shorter(s["Camera"], 190), lambda n: 3 * n)}, "190 frame numbers"),
        (lambda s: {**s, "Camera": renumbered(s["Camera"], lambda n: np.maximum(n, 1))}, "do not rise"),
        (lambda s: {**s, "Camera": moved(s["Camera"], 100, -0.5)}, "runs backwards"),
        (lambda s: {**s, "Camera": moved(s["Camera"], 0, 60.0)}, "found frames from"),
    ],
    ids=[
        "no names",
        "13 names",
        "one name",
        "short EEG",
        "another rate",
        "EEG set back",
        "no numbers",
        "few numbers",
        "numbers of another video",
        "numbers twice",
        "camera set back",
        "no overlap",
    ],
)
def test_streams_that_do_not_fit_each_other_are_refused(one, edit, message):
    found = outcomes(XDF(rewritten(one, edit)))
    assert message in str(found[-1])


def edited(stream, edit):
    """The stream with values (N, C) that are made of its own."""
    return replace(stream, values=edit(stream.values))


def faces(dataset):
    return [trial.streams["face"] for trial in dataset]


def same_times(found, wanted):
    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine.times, theirs.times, atol=1e-9)


def rows_of(*columns):
    """(N, C) float32 of columns of N each."""
    return np.stack(columns, axis=1).astype(np.float32)


@pytest.mark.parametrize(
    "edit, names",
    [
        (lambda v: [str(n) for n in v[:, 0]], {}),
        (lambda v: rows_of(v[:, 0], 1e3 + v[:, 0] / 7), {}),
        (lambda v: rows_of(1e3 - v[:, 0] / 7, v[:, 0]), {}),
        (lambda v: rows_of(v[:, 0] // 30, v[:, 0]), {}),
        (lambda v: rows_of(10 * v[:, 0], v[:, 0]), {"number": "frame"}),
        (lambda v: v + 57, {}),
    ],
    ids=["text", "before a time", "behind a time", "beside a second", "named of two", "from 57 on"],
)
def test_frame_numbers_are_found_however_they_are_sent(one, edit, names):
    plain = faces(XDF(rewritten(one)))
    labels = ["other", "frame"] if names else []
    sent = rewritten(one, lambda s: {**s, "Camera": replace(edited(s["Camera"], edit), labels=labels)})
    same_times(faces(XDF(sent, **names)), plain)


@pytest.mark.parametrize(
    "values, names, message",
    [
        (lambda v: rows_of(v[:, 0], v[:, 0] + 1), {}, "2 channels of frame numbers"),
        (lambda v: rows_of(v[:, 0] / 7, v[:, 0] / 3), {}, "0 channels of frame numbers"),
        (lambda v: [f"frame {n}" for n in v[:, 0]], {}, "not whole or do not rise"),
        (lambda v: rows_of(v[:, 0], v[:, 0] + 1), {"number": "nobody's"}, "0 channels of frame numbers"),
    ],
)
def test_channels_that_cannot_be_told_apart_are_refused_and_can_be_named(one, values, names, message):
    sent = rewritten(one, lambda s: {**s, "Camera": replace(edited(s["Camera"], values), labels=["a", "b"])})
    refused = outcomes(XDF(sent, **names))[-1]
    assert message in refused
    assert "number=..." in refused or "record again" in refused


def test_frames_behind_the_last_number_are_left_out_and_told(one):
    plain = faces(XDF(rewritten(one)))
    (*_, last) = found = faces(XDF(rewritten(one, lambda s: {**s, "Camera": shorter(s["Camera"], -1)})))
    same_times(found[:-1], plain[:-1])
    assert last.remarks == ("frames before the first frame number or behind the last, left out: 1",)


def test_a_recorder_that_was_started_after_the_camera_has_the_frames_it_saw(one):
    plain = faces(XDF(rewritten(one)))

    def late(streams):
        camera = streams["Camera"]
        return {**streams, "Camera": replace(camera, values=camera.values[3:], stamps=camera.stamps[3:])}

    found = faces(XDF(rewritten(one, late)))
    same_times(found, plain)
    assert found[0].remarks[0].endswith("left out: 3")


def test_an_empty_twin_of_a_stream_is_passed_over_and_told(one):
    plain = list(XDF(rewritten(one)))
    twin = rewritten(one, lambda s: {"twin": shorter(s["Headset"], 0), **s, "other": shorter(s["Films"], 0)})
    found = list(XDF(twin))
    assert [trial.stimulus for trial in found] == [trial.stimulus for trial in plain]
    assert any("'Headset' of type 'EEG' holds no samples" in remark for remark in found[0].remarks)


def test_of_two_cameras_one_can_be_named(one):
    plain = faces(XDF(rewritten(one)))
    two = rewritten(one, lambda s: {**s, "Other": replace(s["Camera"], name="Other")})
    same_times(faces(XDF(two, frames="Camera")), plain)


def moved(stream, first, seconds):
    stamps = stream.stamps.copy()
    stamps[first:] += seconds
    return replace(stream, stamps=stamps)


def renumbered(stream, edit):
    return replace(stream, values=edit(stream.values).astype(np.int32))


def test_a_stream_whose_clock_was_never_compared_is_refused(one):
    content = one.read_bytes()
    kept, at = bytearray(content[:4]), 4
    while at < len(content):
        width = content[at]
        end = at + 1 + width + int.from_bytes(content[at + 1 : at + 1 + width], "little")
        if content[at + 1 + width] != 4 or content[at + 3 + width] != 2:
            kept += content[at:end]
        at = end
    one.write_bytes(kept)
    with pytest.raises(InputError, match="no clock offsets for 'Films'"):
        XDF(one.parent)


def test_a_video_or_its_stream_alone_is_refused_unless_both_are_left_aside(one):
    one.with_suffix(".mp4").unlink()
    with pytest.raises(InputError, match="and no video"):
        next(iter(XDF(one.parent)))
    assert next(iter(XDF(one.parent, face=False))).streams.keys() == {"eeg"}
    bare = rewritten(one, lambda s: without(s, "Camera"))
    assert next(iter(XDF(bare))).streams.keys() == {"eeg"}


def test_two_videos_of_one_recording_are_refused(one):
    shutil.copy(one.with_suffix(".mp4"), one.with_suffix(".avi"))
    with pytest.raises(InputError, match="one video"):
        XDF(one.parent)


def test_a_gap_inside_a_trial_refuses_that_trial_and_the_others_keep_their_times(tmp_path):
    found = outcomes(recorded(tmp_path, Setup(lost=tuple(range(1000, 1025)))))
    assert "25 samples were lost" in found[1]
    assert [isinstance(trial, str) for trial in found] == [False, True, False, False]


@pytest.mark.parametrize("lost", [1, 3, 40, 4000])
def test_lost_samples_are_counted_to_the_sample(lost):
    stamps = 100 + 1.0005 * np.delete(np.arange(20_000), slice(9000, 9000 + lost)) / 128
    clock = fit_samples(stamps + 0.0003 * np.random.default_rng(lost).standard_normal(len(stamps)), 128.0, "here")
    assert clock.losses == ((9000, lost),)
    assert clock.recorder.drift == pytest.approx(5e-4, abs=1e-6)
    assert clock.seconds(9000) == pytest.approx((9000 + lost) / 128)
    assert clock.sample((9000 + lost + 7) / 128) == 9007
    assert clock.sample(9000.5 / 128) == 9000
    assert (clock.lost(8000, 9001), clock.lost(9000, 12_000), clock.lost(0, 9000)) == (lost, 0, 0)


@pytest.mark.parametrize("jitter", [0.0, 0.002, 0.01])
def test_jitter_alone_whether_by_sample_or_by_packet_is_no_loss(jitter):
    rng = np.random.default_rng(3)
    packets = np.repeat(rng.standard_normal(2000), 10)
    for noise in (rng.standard_normal(20_000), packets):
        clock = fit_samples(50 + np.arange(20_000) / 250 + jitter * noise, 250.0, "here")
        assert not clock.losses
        assert clock.recorder.offset == pytest.approx(50, abs=0.001 + jitter / 20)


@pytest.mark.parametrize(
    ("texts", "times", "message"),
    [
        (["start a/1", "start b/2", "stop"], [1, 2, 3], "'start b/2' at 2.000 s after 'start a/1'"),
        (["start a/1", "stop", "stop"], [1, 2, 3], "'stop' at 3.000 s"),
        (["stop", "start a/1"], [1, 2], "'stop' at 1.000 s"),
        (["start a/1", "stop", "start b/2"], [1, 2, 3], "'start b/2' at 3.000 s, and no stop"),
        (["start a/1", "start a/1", "stop"], [1, 1, 3], "twice at"),
        (["start a/1", "stop"], [2, 1], "at 1.000 s, before start 'a/1' at 2.000 s"),
        (["start", "stop"], [1, 2], "'start '"),
        (["start a/", "stop"], [1, 2], "'start a/'"),
        (["start a/1", "stop b/2"], [1, 2], "'stop b/2'"),
        (["begin a", "end"], [1, 2], "the markers 'begin a', 'end'"),
    ],
)
def test_markers_that_make_no_trials_are_refused_by_name(texts, times, message):
    with pytest.raises(InputError) as caught:
        trial_spans("here", marks(texts, times), MarkerWords("start", "stop"))
    assert message in str(caught.value)


def test_markers_are_read_by_their_first_word():
    texts = ["starting", "start happy/clip3", "key", "stop happy/clip3", "start: sad", "stop", "stopped"]
    spans = trial_spans("here", marks(texts, range(7)), MarkerWords("start", "stop"))
    assert [(s.category, s.stimulus, s.start, s.stop) for s in spans] == [
        ("happy", "clip3", 1, 3),
        ("sad", "sad", 4, 5),
    ]
    (span,) = trial_spans("here", marks(["trial a/1", "trial end"], [0, 1]), MarkerWords("trial", "trial end"))
    assert (span.category, span.stop) == ("a", 1)
    for start, stop in (("", "stop"), ("x", "x")):
        with pytest.raises(InputError, match="two different words"):
            MarkerWords(start, stop)


def test_broken_markers_take_the_place_of_their_file_alone(one, small):
    shutil.copytree(small, one.parent / "sub-P002", dirs_exist_ok=True)
    (one.parent / "sub-P002" / f"{NAME}.xdf").rename(one.parent / "sub-P002" / "sub-P002_eeg.xdf")
    (one.parent / "sub-P002" / f"{NAME}.mp4").rename(one.parent / "sub-P002" / "sub-P002_eeg.mp4")
    rewritten(one, lambda s: {**s, "Films": shorter(s["Films"], 8)})
    found = outcomes(XDF(one.parent))
    assert "no stop" in found[0]
    assert [trial.subject for trial in found[1:]] == ["P002"] * 4


def test_categories_can_be_named_in_their_order_and_must_hold_all(small):
    dataset = XDF(small, categories=("sad", "happy"))
    assert [int(t.target.category[0]) for t in dataset] == [1, 0, 1, 0]
    found = outcomes(XDF(small, categories=("happy", "calm")))
    assert "category 'sad'" in found[1]
    assert not isinstance(found[0], str)


def test_one_category_alone_is_no_task(one):
    def happy(streams):
        films = streams["Films"]
        return {**streams, "Films": replace(films, values=[text.replace("sad", "happy") for text in films.values])}

    with pytest.raises(InputError, match="'happy' as the only category"):
        XDF(rewritten(one, happy))


def test_a_folder_without_recordings_is_not_found(tmp_path):
    (tmp_path / "x_old1.xdf").write_bytes(b"XDF:")
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatasetNotFound, match="sub-P001"):
            XDF(root)


def test_entities_in_a_header_are_refused_unread(one):
    header = b'<!DOCTYPE x [<!ENTITY a "b">]><info><name>&a;</name></info>'
    one.write_bytes(b"XDF:" + xdf_chunk(2, header, 1) + xdf_chunk(BOUNDARY, b""))
    with pytest.raises(InputError, match="entities"):
        read_streams(one)


def test_pyxdf_itself_reads_what_the_lookalike_writes(small):
    import pyxdf

    streams, header = pyxdf.load_xdf(small / f"{NAME}.xdf")
    assert header["info"]["version"] == ["1.0"]
    assert [stream["info"]["name"][0] for stream in streams] == ["Headset", "Films", "Camera"]
    starts = [
        t
        for t, text in zip(streams[1]["time_stamps"], streams[1]["time_series"], strict=True)
        if text[0].startswith("start")
    ]
    np.testing.assert_allclose(np.array(starts) - BEGIN, STARTS, atol=0.001)


def band(rate=64.0, jitter=0.0005, labels=("BVP", "EDA", "battery"), **own):
    """A wristband with a clock of its own: a pulse of 84 a minute, and a skin that leaps at the events."""
    clock, count = differing(1.7, -1 / 900), round(SMALL.seconds * rate)
    stamps = float(clock.device(np.array(BEGIN))) + np.arange(count) / rate
    recorded_at = clock.session(stamps) - BEGIN
    skin = 4.0 + np.isin(np.arange(count), [np.argmin(np.abs(recorded_at - event)) for event in EVENTS])
    values = np.column_stack([pulse_wave(recorded_at, 84), skin, np.full(count, 90.0)]).astype(np.float32)
    stamps = stamps + jitter * np.random.default_rng(0).standard_normal(count)
    settings = {"unit": "uS", "labels": labels, **own}
    return FakeStream("Wristband", "Biosignals", rate, values[:, : len(labels)], stamps, clock=clock, **settings)


def with_band(path, **own):
    return XDF(rewritten(path, lambda streams: {**streams, "Wristband": band(**own)}), peripheral=True)


def test_sensors_of_another_stream_are_on_the_clock_of_the_eeg(one):
    for trial in with_band(one):
        assert list(trial.streams) == ["eeg", "face", "ppg", "gsr"]
        pulse, skin, eeg = trial.streams["ppg"], trial.streams["gsr"], trial.streams["eeg"]
        volume = PeripheralMeasures()(pulse)
        np.testing.assert_allclose(volume.x[volume.valid, 0, 0], 84, atol=1)
        assert volume.valid.any()
        assert skin.unit == "µS"
        leap = skin.start + np.argmax(skin.read(0, skin.n_samples)[0]) / skin.rate
        seen = eeg.start + np.argmax(eeg.read(0, eeg.n_samples)[0]) / eeg.rate
        assert leap == pytest.approx(seen, abs=1 / skin.rate)


def test_sensors_are_read_only_when_they_are_asked_for_and_where_there_are_any(one):
    assert list(next(iter(XDF(one.parent, peripheral=True))).streams) == ["eeg", "face"]
    with_band(one)
    assert list(next(iter(XDF(one.parent))).streams) == ["eeg", "face"]


def test_a_sensor_whose_stamps_keep_no_rate_is_read_as_stamped_and_that_is_told(one):
    stamped = with_band(one, jitter=0.08)
    assert AS_STAMPED in next(iter(stamped)).streams["gsr"].remarks


def test_a_sensor_that_was_switched_on_late_is_missing_before(one):
    def late(streams):
        whole = band()
        return {**streams, "Wristband": replace(whole, values=whole.values[600:], stamps=whole.stamps[600:])}

    first, second, third, _ = XDF(rewritten(one, late), peripheral=True)
    assert "gsr" not in first.streams
    assert np.isnan(second.streams["gsr"].read(0, 10)).all()
    assert np.isfinite(third.streams["gsr"].read(0, 10)).all()
    assert not PeripheralMeasures()(second.streams["gsr"]).valid[0]


def pupil_labs(confidence=1.0, **own):
    """What Pupil Capture sends: no nominal rate, a clock of its own; the eyes leap to the right at the events."""
    clock, count = differing(-0.9, 1 / 2000), round(SMALL.seconds * 120)
    stamps = float(clock.device(np.array(BEGIN))) + np.arange(count) / 120
    recorded_at = clock.session(stamps) - BEGIN
    x = 0.3 + 0.4 * np.any([np.abs(recorded_at - event - 0.25) < 0.25 for event in EVENTS], axis=0)
    columns = [np.full(count, confidence), x, np.full(count, 0.5), np.full(count, 40.0), np.full(count, 3.2)]
    labels = ("confidence", "norm_pos_x", "norm_pos_y", "diameter0_2d", "diameter0_3d")
    values = np.column_stack(columns).astype(np.float32)
    settings = {"labels": labels, "unit": "", **own}
    return FakeStream("pupil_capture", "Gaze", 0.0, values, stamps, clock=clock, **settings)


def with_tracker(path, **own):
    return XDF(rewritten(path, lambda streams: {**streams, "pupil_capture": pupil_labs(**own)}), peripheral=True)


def test_the_gaze_of_an_eye_tracker_is_on_the_clock_of_the_eeg(one):
    for trial in with_tracker(one):
        assert list(trial.streams) == ["eeg", "face", "gaze"]
        gaze, eeg = trial.streams["gaze"], trial.streams["eeg"]
        assert (gaze.rate, gaze.unit, gaze.names) == (120.0, "share", ("x", "y", "pupil"))
        x, _, pupil = gaze.read(0, gaze.n_samples)
        leap = gaze.start + np.argmax(x > 0.5) / gaze.rate
        seen = eeg.start + np.argmax(eeg.read(0, eeg.n_samples)[0]) / eeg.rate
        assert leap == pytest.approx(seen, abs=2 / gaze.rate)
        np.testing.assert_allclose(pupil, 3.2, rtol=1e-6)
        assert PeripheralMeasures()(gaze).valid.all()


def test_a_gaze_of_low_confidence_is_missing(one):
    volume = PeripheralMeasures()(next(iter(with_tracker(one, confidence=0.3))).streams["gaze"])
    assert not volume.valid.any()


def test_a_stream_of_gaze_without_places_is_no_gaze(one):
    labels = ("confidence", "gaze_normal0_x", "gaze_normal0_y", "diameter0_2d", "diameter0_3d")
    assert list(next(iter(with_tracker(one, labels=labels))).streams) == ["eeg", "face"]
