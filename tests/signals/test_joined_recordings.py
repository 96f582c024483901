"""Joints and pauses: one rule for all formats, and no filter, slice or window reaches across."""

import itertools
from dataclasses import replace

import h5py
import mne
import numpy as np
import pytest
import scipy.io

from emoscan.preprocessing import (
    BandPass,
    CausalBandPass,
    CentredMovingAverage,
    CommonRate,
    DifferentialEntropy,
    LdsFilter,
    LdsSmoother,
    MarkMissing,
    MarkMuscle,
    MovingAverage,
    Notch,
    RawSlices,
    Rereference,
    Resample,
    StftDifferentialEntropy,
    derive,
    preprocess,
)
from emoscan.preprocessing.cache_files.cache_writing import _write_series
from emoscan.preprocessing.steps.reading import pieces_of
from emoscan.signals import SCALP_19, Electrodes, InputError, TrialTable, open_recording
from emoscan.signals.files.edf import EdfSignal, write_edf
from emoscan.signals.files.events import read_events
from emoscan.signals.files.headers.edf_header import JUMPS, ODD_TIMES, STRAY_TIMES
from emoscan.signals.files.raw_file import open_raw_file
from emoscan.signals.streams.electrodes import Samples
from emoscan.signals.streams.source import Source

RATE, SECONDS = 128, 20
DATA = np.random.default_rng(0).normal(0, 12, (19, RATE * SECONDS))
JOINT = 5 * RATE


def stream(data=DATA, joints=(), **further):
    return Electrodes(
        layout=SCALP_19,
        names=SCALP_19.sites,
        rate=float(RATE),
        n_samples=data.shape[1],
        read=Samples(data),
        source=Source(None, "test"),
        joints=joints,
        **further,
    )


def as_raw(data=DATA):
    return mne.io.RawArray(data * 1e-6, mne.create_info(list(SCALP_19.sites), RATE, "eeg"), verbose="error")


# one rule, whatever the format -------------------------------------------------------------------------------------


def write_fif(folder, onsets, texts, duration=0.0):
    raw = as_raw()
    raw.set_annotations(mne.Annotations(onsets, [duration] * len(onsets), texts))
    raw.save(folder / "j_raw.fif", verbose="error")
    return folder / "j_raw.fif"


def write_joined_fif(folder):
    first, second = as_raw(DATA[:, :JOINT]), as_raw(DATA[:, JOINT:])
    mne.concatenate_raws([first, second], verbose="error").save(folder / "j_raw.fif", verbose="error")
    return folder / "j_raw.fif"


def write_brainvision(folder):
    steps = np.round(DATA / 0.1).astype("<i2")
    (folder / "j.eeg").write_bytes(np.ascontiguousarray(steps.T).tobytes())
    marks = ["Mk1=New Segment,,1,1,0,20200101101010000000", f"Mk2=New Segment,,{JOINT + 1},1,0,20200101101110000000"]
    (folder / "j.vmrk").write_text(
        "\n".join(["Brain Vision Data Exchange Marker File, Version 1.0", "[Marker Infos]", *marks, ""])
    )
    channels = "\n".join(f"Ch{i}={name},,0.1,uV" for i, name in enumerate(SCALP_19.sites, 1))
    (folder / "j.vhdr").write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=j.eeg\nMarkerFile=j.vmrk\n"
        "DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nNumberOfChannels=19\n"
        f"DataPoints={DATA.shape[1]}\nSamplingInterval=7812.5\n"
        f"[Binary Infos]\nBinaryFormat=INT_16\n[Channel Infos]\n{channels}\n"
    )
    return folder / "j.vhdr"


def write_eeglab(folder, kind="boundary", latency=JOINT + 0.5, data=DATA, trials=1, duration=300.0):
    sites, none = np.empty(19, dtype=[("labels", object)]), np.array([])
    sites["labels"] = SCALP_19.sites
    event = np.empty(1, dtype=[("type", object), ("latency", object), ("duration", object)])
    event[0] = (kind, latency, duration)
    eeg = {
        **dict.fromkeys(("epoch", "icawinv", "icasphere", "icaweights", "icachansind", "times"), none),
        **{"setname": "s", "nbchan": 19, "trials": trials, "pnts": DATA.shape[1] // trials, "srate": float(RATE)},
        **{"xmin": 0.0, "xmax": SECONDS, "chanlocs": sites, "event": event, "data": data, "ref": "common"},
    }
    scipy.io.savemat(folder / "j.set", {"EEG": eeg})
    return folder / "j.set"


WAYS = {
    "EEGLAB boundary": write_eeglab,
    "EEGLAB, events with numbers": lambda folder: write_eeglab(folder, kind=-99),
    "EEGLAB, of unknown duration": lambda folder: write_eeglab(folder, kind=-99, duration=np.nan),
    "BrainVision New Segment": write_brainvision,
    "MNE BAD boundary": lambda folder: write_fif(folder, [5.0], ["BAD boundary"]),
    "MNE BAD boundary between samples": lambda folder: write_fif(folder, [5.003], ["BAD boundary"]),
    "MNE EDGE boundary": lambda folder: write_fif(folder, [5.0], ["EDGE boundary"]),
    "MNE concatenate_raws": write_joined_fif,
}


@pytest.mark.parametrize("way", WAYS)
def test_every_format_has_the_joint_and_says_so(tmp_path, way):
    joined = open_recording(WAYS[way](tmp_path), SCALP_19)
    assert joined.joints == (JOINT,)
    assert [remark for remark in joined.remarks if remark.startswith("1 joint, ")] == list(joined.remarks)
    valid = RawSlices(1.0)(joined).valid
    assert not valid[5]
    assert valid[[*range(4), *range(6, SECONDS)]].all()


def test_a_boundary_between_two_samples_touches_the_slices_of_both(tmp_path):
    assert np.flatnonzero(~RawSlices(1.0)(open_recording(write_eeglab(tmp_path))).valid).tolist() == [4, 5]


def test_an_event_that_is_called_so_by_chance_is_no_joint(tmp_path):
    path = write_fif(tmp_path, [5.0, 7.0], ["boundary lake, film 3", "-99"])
    assert open_recording(path).joints == ()


def test_a_pause_that_mne_knows_has_two_ends_and_is_not_trusted(tmp_path):
    paused = open_recording(write_fif(tmp_path, [5.0], ["BAD_ACQ_SKIP"], duration=2.0), SCALP_19)
    assert (paused.joints, paused.bad_spans) == ((5 * RATE, 7 * RATE), ((5 * RATE, 7 * RATE),))


@pytest.mark.parametrize("onset", [5.0, 5.003])
def test_a_bad_span_without_length_costs_the_slice_that_holds_it_and_is_no_joint(tmp_path, onset):
    marked = open_recording(write_fif(tmp_path, [onset], ["BAD blink"]), SCALP_19)
    assert (marked.bad_spans, marked.joints) == (((JOINT, JOINT + 1),), ())
    assert np.flatnonzero(~RawSlices(1.0)(marked).valid).tolist() == [5]


# no filter reaches across ------------------------------------------------------------------------------------------

STEPS = [BandPass(1.0, 30.0), CausalBandPass(1.0, 30.0), Notch(50.0), Resample(64), Rereference("average")]


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_a_step_makes_of_each_piece_what_it_makes_of_it_alone(step):
    edges = (0, 1000, 1700, DATA.shape[1])
    whole = step(stream(joints=edges[1:-1]))
    alone = [step(stream(DATA[:, begin:end])) for begin, end in itertools.pairwise(edges)]
    wanted = np.concatenate([piece.read(0, piece.n_samples) for piece in alone], axis=1)
    np.testing.assert_allclose(whole.read(0, whole.n_samples), wanted, rtol=0, atol=1e-9)
    for begin, end in ((0, 40), (450, 900), (499, 501), (600, whole.n_samples)):
        np.testing.assert_allclose(whole.read(begin, end), wanted[:, begin:end], rtol=0, atol=1e-9)


def test_resampled_pieces_end_where_they_ended_up_to_a_sample():
    for joint in (999, 1000, 1001):
        resampled = Resample(100)(stream(joints=(joint,)))
        assert 0 <= resampled.joints[0] / 100 - joint / RATE < 1 / 100
        assert resampled.read(0, resampled.n_samples).shape[1] == resampled.n_samples == 2000


@pytest.mark.parametrize("step", [DifferentialEntropy(), StftDifferentialEntropy(), RawSlices()], ids=repr)
@pytest.mark.parametrize("joint", [JOINT, JOINT + 50])
def test_what_lies_behind_a_joint_changes_no_slice_before_it(step, joint):
    other = DATA.copy()
    other[:, joint:] = 500 + 40 * np.random.default_rng(1).standard_normal(other[:, joint:].shape)
    first, second = step(stream(joints=(joint,))), step(stream(other, (joint,)))
    np.testing.assert_array_equal(first.x[:5], second.x[:5])
    assert np.flatnonzero(~first.valid).tolist() == np.flatnonzero(~second.valid).tolist() == [5]
    assert np.isfinite(first.x).all()


def test_differential_entropy_sees_the_pieces_as_recordings_of_their_own():
    whole = DifferentialEntropy()(stream(joints=(JOINT,)))
    alone = [DifferentialEntropy()(stream(piece)).x for piece in (DATA[:, :JOINT], DATA[:, JOINT:])]
    np.testing.assert_allclose(whole.x, np.concatenate(alone), rtol=1e-4, atol=1e-4)


def test_missing_samples_are_bridged_across_no_joint():
    holed = DATA.copy()
    holed[3, JOINT - 5 : JOINT + 5] = np.nan
    bridged = MarkMissing()(stream(holed, (JOINT,)))
    data = bridged.read(0, bridged.n_samples)
    assert (data[3, JOINT - 5 : JOINT] == DATA[3, JOINT - 6]).all()
    assert (data[3, JOINT : JOINT + 5] == DATA[3, JOINT + 5]).all()
    np.testing.assert_array_equal(bridged.read(JOINT - 3, JOINT + 2), data[:, JOINT - 3 : JOINT + 2])


@pytest.mark.parametrize("step", [DifferentialEntropy(), BandPass(1.0, 30.0), Resample(64)], ids=repr)
def test_a_piece_shorter_than_the_filter_is_invalid_and_costs_no_other(step):
    short = (8 * RATE, 8 * RATE + 10)
    joined = step(stream(joints=short))
    volume = joined if not isinstance(joined, Electrodes) else RawSlices(1.0)(joined)
    assert np.flatnonzero(~volume.valid).tolist() == [8]


def test_pieces_that_are_all_too_short_are_refused():
    with pytest.raises(InputError, match="reaches to either side"):
        DifferentialEntropy()(stream(joints=tuple(range(100, DATA.shape[1], 100))))


def test_a_trial_that_begins_at_a_joint_has_none():
    part = stream(joints=(JOINT, 2 * JOINT)).stretch(JOINT, 3 * JOINT)
    assert part.joints == (JOINT,)
    assert pieces_of(part) == ((0, JOINT), (JOINT, 2 * JOINT))
    assert RawSlices(1.0)(part).valid[0]


def test_bursts_of_muscle_are_looked_for_across_no_joint():
    fast = Electrodes(
        layout=SCALP_19,
        names=SCALP_19.sites,
        rate=512.0,
        n_samples=DATA.shape[1],
        read=Samples(np.where(np.arange(DATA.shape[1]) < 1280, DATA, DATA + 4000)),
        source=Source(None),
        joints=(1280,),
    )
    assert MarkMuscle(z=8.0)(fast).bad_spans == ()


# no smoothing, no window and no stored slice forgets it ------------------------------------------------------------

SMOOTHERS = [MovingAverage(3), CentredMovingAverage(3), LdsFilter(), LdsSmoother()]


@pytest.mark.parametrize("smoother", SMOOTHERS, ids=repr)
def test_slices_are_smoothed_up_to_a_joint_and_from_it_on(smoother):
    whole = StftDifferentialEntropy()(stream(joints=(JOINT,)))
    alone = [StftDifferentialEntropy()(stream(DATA[:, begin:end])) for begin, end in ((0, JOINT), (JOINT, None))]
    alone[1] = replace(alone[1], valid=whole.valid[5:])  # the slice that begins with the joint counts for none
    smoothed = smoother(whole)
    assert smoothed.joints == (5,)
    np.testing.assert_allclose(smoothed.x, np.concatenate([smoother(piece).x for piece in alone]), rtol=1e-6, atol=1e-6)


def test_slices_of_another_length_keep_the_joint():
    halves = StftDifferentialEntropy(window=0.5, bands={"alpha": (8, 14)})(stream(joints=(JOINT + 70,)))
    seconds = CommonRate(1.0)(halves)
    assert (halves.joints, seconds.joints) == ((11,), (5,))
    assert np.flatnonzero(~seconds.valid).tolist() == [5]


def test_a_cache_knows_joints_and_counts_what_they_cost(tmp_path):
    write_eeglab(tmp_path, latency=JOINT + 1)  # on the first sample behind it
    (tmp_path / "trials.csv").write_text(
        "subject,session,trial,stimulus,eeg,start,stop,category\ns1,1,1,a,j.set,0,9,calm\ns1,1,2,b,j.set,9,20,tense\n"
    )
    recipe = {"eeg": [StftDifferentialEntropy()]}
    cache = preprocess(TrialTable(tmp_path), recipe, tmp_path / "cache")
    assert [cache[trial]["eeg"].joints for trial in (0, 1)] == [(5,), ()]
    (remark,) = cache.remarks
    assert remark.text.startswith("eeg: 1 joint, ")
    windows = cache.windows(2, 1)
    assert (len(windows), windows.left_out) == (16, 2)
    assert not ((windows.trials == 0) & np.isin(windows.starts, [4, 5])).any()
    smooth = derive(cache, {"eeg": [LdsSmoother()]}, tmp_path / "smooth")
    assert smooth[0]["eeg"].joints == (5,)


def test_a_recording_without_joints_is_stored_as_ever(tmp_path):
    with h5py.File(tmp_path / "plain.h5", "w") as plain:
        _write_series(plain, "eeg", [StftDifferentialEntropy()(stream())])
        assert "joints" not in plain["eeg"]


# pauses of EDF+D ---------------------------------------------------------------------------------------------------


def write_paused(path, starts, bdf=False, note=(0, b"", 0), kind="D"):
    """One-second records that begin at ``starts``; a note of (record, text, onset)."""
    data = DATA[:, : RATE * len(starts)]
    write_edf(path, [EdfSignal(name, row, RATE) for name, row in zip(SCALP_19.sites, data, strict=True)], bdf=bdf)
    content = bytearray(path.read_bytes())
    width = 3 if bdf else 2
    header, record = 256 * 21, width * (19 * RATE + 57)
    content[192:197] = f"{'BDF' if bdf else 'EDF'}+{kind}".encode()
    for number, start in enumerate(starts):
        text = f"+{start:g}\x14\x14\0".encode()
        if note[1] and number == note[0]:
            text += f"+{note[2]:g}\x14".encode() + note[1] + b"\x14\0"
        end = header + (number + 1) * record
        content[end - 57 * width : end] = text.ljust(57 * width, b"\0")
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("bdf", [False, True])
def test_records_without_a_pause_are_a_recording_like_any_other(tmp_path, bdf):
    whole = open_recording(write_paused(tmp_path / "w.edf", [100 + n for n in range(12)]), SCALP_19)
    assert (whole.n_samples, whole.joints, whole.bad_spans, whole.remarks) == (12 * RATE, (), (), ())


@pytest.mark.parametrize("bdf", [False, True])
def test_seconds_stay_true_through_a_pause_which_is_not_trusted(tmp_path, bdf):
    starts = [*range(6), *range(9, 15)]
    path = write_paused(tmp_path / f"p.{'bdf' if bdf else 'edf'}", starts, bdf)
    paused = open_recording(path, SCALP_19)
    assert (paused.n_samples, paused.joints) == (15 * RATE, (6 * RATE, 9 * RATE))
    assert paused.bad_spans == ((6 * RATE, 9 * RATE),)
    data = paused.read(0, paused.n_samples)
    np.testing.assert_allclose(data[:, 9 * RATE :], DATA[:, 6 * RATE : 12 * RATE], atol=0.01)
    np.testing.assert_array_equal(paused.read(700, 1300), data[:, 700:1300])
    filled = np.linspace(data[:, 6 * RATE - 1], data[:, 9 * RATE], 3 * RATE + 2, axis=1)
    np.testing.assert_allclose(data[:, 6 * RATE - 1 : 9 * RATE + 1], filled, atol=1e-9)
    assert paused.remarks[0] == "1 pause, 3 s in all: filled, and not to be trusted"
    # the slice behind the pause holds its end, which is a joint
    assert np.flatnonzero(~DifferentialEntropy()(paused).valid).tolist() == [6, 7, 8, 9]


def test_notes_behind_a_pause_are_where_the_file_says(tmp_path):
    starts = [*range(6), *range(1000, 1006)]
    path = write_paused(tmp_path / "n.edf", starts, note=(8, b"clap", 1002.5))
    assert read_events(path).one("clap") == 1002.5
    file = open_raw_file(path)
    assert (file.session_seconds(5.5), file.session_seconds(7.25), file.duration) == (5.5, 1001.25, 1006.0)


def test_a_pause_of_part_of_a_sample_is_none_and_one_of_half_a_record_is(tmp_path):
    assert open_recording(write_paused(tmp_path / "a.edf", [0, 1.003, 2.003])).joints == ()
    assert open_recording(write_paused(tmp_path / "b.edf", [0, 1.5, 2.5])).joints == (RATE, RATE * 3 // 2)


def test_records_that_overlap_are_put_one_behind_the_other_and_told(tmp_path):
    overlapping = open_recording(write_paused(tmp_path / "o.edf", [0, 1, 1.5, 2.5]), SCALP_19)
    assert (overlapping.n_samples, overlapping.joints) == (4 * RATE, (2 * RATE,))
    assert "not exact" in overlapping.remarks[0]


def test_an_interrupted_recording_without_times_is_told_or_refused(tmp_path):
    path = write_paused(tmp_path / "t.edf", [0, 1, 2])
    content = bytearray(path.read_bytes())
    content[256 + 19 * 16 : 256 + 20 * 16] = b"other".ljust(16)  # the name of the signal with annotations
    path.write_bytes(content)
    assert any("without a time" in remark for remark in open_recording(path, SCALP_19).remarks)
    write_paused(path, [0, 1, 2])
    content = bytearray(path.read_bytes())
    content[-114:] = bytes(114)
    path.write_bytes(content)
    with pytest.raises(InputError, match="no time of record 3"):
        open_recording(path)


# times that jump in EDF+C ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bdf", [False, True])
@pytest.mark.parametrize("starts", [[*range(6), *range(9, 15)], [0, 1, 2.25, 3.25, 4.25], [0, 1, 2, 0.5, 1.5, 2.5]])
def test_records_whose_times_jump_are_interrupted_whatever_the_file_calls_itself(tmp_path, bdf, starts):
    suffix = "bdf" if bdf else "edf"
    paused, whole = (
        open_recording(write_paused(tmp_path / f"{kind}.{suffix}", starts, bdf, kind=kind), SCALP_19) for kind in "DC"
    )
    assert (whole.n_samples, whole.joints, whole.bad_spans) == (paused.n_samples, paused.joints, paused.bad_spans)
    assert whole.joints
    assert JUMPS in whole.remarks
    np.testing.assert_array_equal(whole.read(0, whole.n_samples), paused.read(0, paused.n_samples))


def test_notes_behind_a_jump_are_where_the_file_says(tmp_path):
    path = write_paused(tmp_path / "n.edf", [0, 1, 2, 10, 11, 12], note=(4, b"clap", 11.5), kind="C")
    assert read_events(path).one("clap") == 11.5


@pytest.mark.parametrize("step", [1.0, 1.004, 0.998])
def test_times_that_are_rounded_or_drift_are_no_jumps(tmp_path, step):
    path = write_paused(tmp_path / "c.edf", [7 + step * n for n in range(12)], kind="C")
    whole = open_recording(path, SCALP_19)
    assert (whole.n_samples, whole.joints, whole.remarks) == (12 * RATE, (), ())


@pytest.mark.parametrize("stray", [700, 0, 4.5])
def test_a_record_whose_time_its_neighbours_contradict_costs_nothing(tmp_path, stray):
    starts = [*range(5), stray, *range(6, 12)]
    whole = open_recording(write_paused(tmp_path / "c.edf", starts, kind="C"), SCALP_19)
    assert (whole.n_samples, whole.joints, whole.remarks) == (12 * RATE, (), (STRAY_TIMES,))


@pytest.mark.parametrize("starts", [[0] * 12, [3 * n for n in range(12)]])
def test_times_that_never_follow_on_one_another_are_told_and_not_used(tmp_path, starts):
    whole = open_recording(write_paused(tmp_path / "c.edf", starts, kind="C"), SCALP_19)
    assert (whole.n_samples, whole.joints, whole.remarks) == (12 * RATE, (), (ODD_TIMES,))
