"""A stretch that two trials share is known wherever each was cut, and nothing is said of recordings that share none."""

import json
from pathlib import Path

import mne
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscan.benchmarks import k_folds, leave_one_out
from emoscan.benchmarks.splits.leak_guard import find_leaks
from emoscan.preprocessing import Cache, RawSlices, derive, read_recipe
from emoscan.preprocessing.building.watched import WatchedTrial
from emoscan.preprocessing.cache_files import repeated
from emoscan.preprocessing.cache_files.cache_file import RecordingFacts, open_file
from emoscan.preprocessing.cache_files.cache_index import Index
from emoscan.preprocessing.cache_files.samples import shared_stretches
from emoscan.preprocessing.commands.command import main
from emoscan.preprocessing.commands.printed_report import print_cache
from emoscan.signals import EEGMAT, SCALP_19, InputError, Task, TrialTable
from emoscan.signals.datasets.lookalikes.drawn_face import face_picture
from emoscan.signals.datasets.lookalikes.recordings import background, write_video
from emoscan.signals.files.edf import EdfSignal, write_edf
from emoscan.signals.streams.sketch import FrameSketch, SampleSketch, Sketch, slices_sketch, telling_rows

RATE = 128
SLICES = {"eeg": [RawSlices()]}
EEGMAT_ROOT = Path(__file__).resolve().parents[3] / "shared" / "data" / "eegmat"


def eeg(seed, seconds=60, rate=RATE):
    """Microvolts of 19 electrodes."""
    return background(np.random.default_rng(seed), 19, round(seconds * rate), rate)


def sketch(samples, rate=RATE, names=SCALP_19.sites, block=1000):
    seen = SampleSketch(rate, telling_rows(names))
    for start in range(0, samples.shape[1], block):
        seen.see(start, samples[:, start : start + block])
    return seen.sketch()


def shared(*recordings, **settings):
    """Seconds that the second of recordings shares with the first; 0 where it is nothing."""
    found = shared_stretches([[sketch(recording, **settings)] for recording in recordings])
    return found[0].seconds if found else 0.0


@given(st.integers(0, 40 * RATE), st.integers(3 * RATE, 20 * RATE))
@settings(max_examples=40, deadline=None)
def test_a_piece_is_known_wherever_it_was_cut_and_about_how_long_it_is(first, length):
    whole = eeg(0)
    piece = whole[:, first : first + length]
    assert shared(whole, piece) == pytest.approx(length / RATE, abs=0.5)
    assert shared(piece, whole) == pytest.approx(length / RATE, abs=0.5)


@pytest.mark.parametrize("rate", [100, 128, 200, 249.998, 500, 1000, 2048])
def test_two_seconds_are_enough_at_any_rate(rate):
    whole = eeg(0, 12, rate)
    second = round(rate)
    assert shared(whole[:, : 6 * second], whole[:, 4 * second + 7 :], rate=rate) == pytest.approx(2, abs=0.4)


def test_pieces_that_only_touch_share_nothing():
    whole = eeg(0)
    assert shared(whole[:, :3840], whole[:, 3840:]) == 0


CHANGES = {
    "volts": lambda samples: samples * 1e-6,
    "single precision": lambda samples: samples.astype(np.float32),
    "an offset": lambda samples: samples + np.arange(19)[:, None] * 100,
    "a channel marked by zeros": lambda samples: np.where(np.arange(19)[:, None] == 3, 0, samples),
    "16 bits": lambda samples: np.round(samples * 40) / 40,
    "a pause": lambda samples: np.concatenate([samples[:, :2000], np.zeros((19, 200)), samples[:, 2000:]], axis=1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_is_known_though_it_was_written_in_another_way(change):
    assert shared(eeg(0), CHANGES[change](eeg(0))[:, 500:]) > 45


def test_a_copy_is_known_without_some_channels_and_in_another_order():
    rows = np.random.default_rng(0).permutation(19)[:15]
    few = [[sketch(eeg(0))], [sketch(eeg(0)[rows], names=[SCALP_19.sites[row] for row in rows])]]
    assert shared_stretches(few)[0].seconds == pytest.approx(60, abs=0.5)


@pytest.mark.parametrize("block", [1, 7, 130, 7680])
def test_a_sketch_does_not_depend_on_the_blocks_that_were_read(block):
    assert sketch(eeg(0, 20)[:, :2500], block=block) == sketch(eeg(0, 20)[:, :2500])


def test_what_is_read_again_or_behind_a_gap_is_passed_over():
    samples, again = eeg(0), SampleSketch(RATE, telling_rows(SCALP_19.sites))
    for start, stop in ((0, 3000), (5000, 6000), (0, 3000), (1000, 7680), (0, 7680)):
        again.see(start, samples[:, start:stop])
    assert again.sketch() == sketch(samples)


def test_what_comes_behind_the_end_of_a_sketch_is_passed_over():
    seen = SampleSketch(RATE, telling_rows(SCALP_19.sites))
    seen.see(0, eeg(0)[:, :3000])
    assert seen.sketch() == sketch(eeg(0)[:, :3000])
    seen.see(3000, eeg(0)[:, 3000:])
    assert seen.sketch() == sketch(eeg(0)[:, :3000])


def test_a_sketch_stays_small():
    assert len(sketch(eeg(0, 600)).windows[0]) == 2400
    assert len(sketch(eeg(0)).packed) < 60 * 70


STRANGERS = {
    "noise": lambda rng: rng.standard_normal((19, 7680)),
    "EEG": lambda rng: background(rng, 19, 7680, RATE),
    "silence": lambda rng: np.zeros((19, 7680)),
    "levels of a constant": lambda rng: np.full((19, 7680), rng.normal()),
    "silence around": lambda rng: np.pad(rng.standard_normal((19, 2000)), ((0, 0), (3000, 2680))),
    "saturation": lambda rng: np.clip(30 * rng.standard_normal((19, 7680)), -40, 40),
    "few levels": lambda rng: np.round(2 * rng.standard_normal((19, 7680))),
    "few levels, slow": lambda rng: np.round(background(rng, 19, 7680, RATE) / 3),
    "two levels": lambda rng: rng.integers(0, 2, (19, 7680)).astype(float),
    "the same sine": lambda rng: np.tile(20 * np.sin(np.arange(7680) * 2 * np.pi * 10 / RATE), (19, 1)),
    "hum": lambda rng: 500 * np.sin(np.arange(7680) * 100 * np.pi / RATE) + rng.standard_normal((19, 7680)),
    "flicker": lambda rng: 1000 * np.sin(np.arange(7680) * 25 * np.pi / RATE) + 5 * rng.standard_normal((19, 7680)),
    "pulses": lambda rng: np.repeat(50.0 * (np.arange(120) % 2 > 0), 64) + rng.standard_normal((19, 7680)),
    "nothing finite": lambda rng: np.where(rng.random((19, 7680)) < 0.2, np.nan, rng.standard_normal((19, 7680))),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_different_recordings_share_nothing(kind):
    people = [[sketch(STRANGERS[kind](np.random.default_rng(seed)))] for seed in range(12)]
    assert shared_stretches(people) == []


def test_a_hundred_people_of_coarse_levels_share_nothing():
    people = [[sketch(np.round(background(np.random.default_rng(k), 19, 7680, RATE)))] for k in range(100)]
    assert min(len(streams[0].windows[0]) for streams in people) > 200
    assert shared_stretches(people) == []


def test_a_trial_that_repeats_itself_shares_nothing_with_itself():
    assert shared_stretches([[sketch(np.tile(eeg(0, 10), 3))]]) == []


def test_what_two_streams_of_a_trial_share_is_no_matter():
    both = sketch(eeg(0)), sketch(eeg(0)[:, 100:])
    assert shared_stretches([both]) == []
    assert [(one.earlier, one.later) for one in shared_stretches([both, [sketch(eeg(0)[:, 999:])]])] == [(0, 1)]


@pytest.mark.skipif(not EEGMAT_ROOT.is_dir(), reason="no recordings here")
def test_no_two_real_recordings_match_and_each_matches_its_crop():
    trials = [trial.streams["eeg"] for trial in EEGMAT(EEGMAT_ROOT)]
    recordings = [stream.read(0, stream.n_samples) for stream in trials]
    names = trials[0].names
    sketches = [[sketch(recording, trials[0].rate, names)] for recording in recordings]
    assert shared_stretches(sketches) == []
    crops = [[sketch(recording[:, 15_432:], trials[0].rate, names)] for recording in recordings]
    found = shared_stretches(sketches + crops)
    assert [(one.earlier, one.later) for one in found] == [(k, k + len(trials)) for k in range(len(trials))]
    for one, recording in zip(found, recordings, strict=True):
        assert one.seconds == pytest.approx((recording.shape[1] - 15_432) / trials[0].rate, abs=1.5)


def raw_of(samples):
    """MNE's object of microvolts."""
    info = mne.create_info(list(SCALP_19.sites), RATE, "eeg")
    return mne.io.RawArray(1e-6 * samples, info, verbose="error")


ROWS = [{"subject": f"s{k}", "raw": k, "category": mood} for k, mood in enumerate(("calm", "glad", "calm"))]


def crops():
    """A recording, another one, and a crop of the first."""
    raw = raw_of(eeg(0))
    return [raw, raw_of(eeg(1)), raw.copy().crop(20, None)]


def test_a_crop_under_another_name_is_refused_with_how_much_is_shared(tmp_path):
    with pytest.raises(InputError) as error:
        Cache.from_raws(tmp_path, crops(), ROWS, recipe=SLICES)
    shared = "40 of 40 s of the samples of subject s2, session 1, trial 1 are those of subject s0, session 1, trial 1"
    assert shared in str(error.value)
    assert "give repeated='leave-out'" in str(error.value)
    assert not (tmp_path / "cache.json").exists()


def test_a_crop_is_left_out_and_listed(tmp_path):
    cache = Cache.from_raws(tmp_path, crops(), ROWS, recipe=SLICES, repeated="leave-out")
    assert cache.subject.tolist() == ["s0", "s1"]
    (left,) = cache.skipped
    told = ("subject s2, session 1, trial 1", "40 of 40 s are the same samples as subject s0, session 1, trial 1")
    assert (left.what, left.reason) == told


def test_a_crop_that_is_kept_is_never_parted_from_the_recording(tmp_path, capsys):
    cache = Cache.from_raws(tmp_path / "cache", crops(), ROWS, recipe=SLICES, repeated="keep")
    assert cache.samples.tolist() == [0, 1, 0]
    by_person, by_samples = leave_one_out("subject"), k_folds("samples", 2)
    leaks = find_leaks(by_person(cache.columns), cache.columns, by_person)
    assert "same samples on both sides (subject s2" in leaks[0].found
    assert find_leaks(by_samples(cache.columns), cache.columns, by_samples) == []
    print_cache(Cache(cache.path))
    assert "subject s2, session 1, trial 1 do (40 of 40 s); no split may part them" in capsys.readouterr().out
    further = derive(cache, read_recipe({"eeg": ["MovingAverage(width=3)"]}), tmp_path / "further")
    assert further.samples.tolist() == [0, 1, 0]


def test_of_a_chain_of_trials_every_other_one_stays_and_each_is_compared_with_few(tmp_path, monkeypatch):
    whole, compared = raw_of(eeg(0, 124)), []

    def counted(sketches):
        compared.append(len(sketches))
        return shared_stretches(sketches)

    monkeypatch.setattr(repeated, "shared_stretches", counted)
    raws = [whole.copy().crop(4 * k, 4 * k + 7.9) for k in range(30)]
    rows = [{"subject": f"s{k}", "raw": k, "category": "xy"[k // 2 % 2]} for k in range(30)]
    cache = Cache.from_raws(tmp_path, raws, rows, recipe=SLICES, repeated="leave-out")
    assert cache.subject.tolist() == [f"s{k}" for k in range(0, 30, 2)]
    assert sum(compared) < 30 + 3 * 30  # all once, then each with its neighbours


def test_what_is_left_out_counts_for_no_other(tmp_path):
    raw = raw_of(eeg(0))
    raws = [raw.copy().crop(0, 20), raw.copy().crop(10, 40), raw.copy().crop(25, None)]
    cache = Cache.from_raws(tmp_path / "out", raws, ROWS, recipe=SLICES, repeated="leave-out")
    assert cache.subject.tolist() == ["s0", "s2"]
    kept = Cache.from_raws(tmp_path / "kept", raws, ROWS, recipe=SLICES, repeated="keep")
    assert kept.samples.tolist() == [0, 0, 0]
    assert kept.shared_stretches == {(0, 1): "10 of 30 s", (1, 2): "15 of 35 s"}


def test_epochs_of_one_recording_under_two_people_are_refused(tmp_path):
    info = mne.create_info(list(SCALP_19.sites), RATE, "eeg")
    people = {}
    for name, first in (("a", 0), ("b", 130)):  # each has events of its own, which say nothing of the other
        data = np.stack([eeg(0)[:, first + k * 512 : first + (k + 1) * 512] for k in range(4)])
        data -= data[:, :, :20].mean(axis=2, keepdims=True)  # a baseline
        events = np.column_stack([512 * np.arange(4), np.zeros(4, int), np.array([1, 2, 1, 2])])
        people[name] = mne.EpochsArray(1e-6 * data, info, events, event_id={"calm": 1, "glad": 2}, verbose="error")
    with pytest.raises(InputError, match=r"of 4\.0 s of the samples of subject b.* and so on in 4 trials"):
        Cache.from_epochs(tmp_path, people, recipe=SLICES)


@pytest.mark.parametrize("suffix", ["edf", "bdf"])
def test_a_file_without_its_first_seconds_is_refused_by_the_command(tmp_path, monkeypatch, capsys, suffix):
    for seed, name in enumerate(("a", "b")):
        signals = [EdfSignal(site, row, RATE) for site, row in zip(SCALP_19.sites, eeg(seed), strict=True)]
        write_edf(tmp_path / f"{name}.{suffix}", signals, bdf=suffix == "bdf")
    content = (tmp_path / f"a.{suffix}").read_bytes()
    header = 256 * 21
    record = (len(content) - header) // 60
    trimmed = content[:236] + b"45".ljust(8) + content[244:header] + content[header + 15 * record :]
    (tmp_path / f"trimmed.{suffix}").write_bytes(trimmed)
    lines = ["subject,session,trial,stimulus,eeg,category"]
    lines += [
        f"{k},1,1,x,{name}.{suffix},{mood}"
        for k, (name, mood) in enumerate(zip(("a", "b", "trimmed"), "xyx", strict=True))
    ]
    (tmp_path / "trials.csv").write_text("\n".join(lines) + "\n")
    words = ["run", "TrialTable", str(tmp_path), str(tmp_path / "cache")]
    monkeypatch.setattr("sys.argv", ["emo-preprocess", *words])
    assert main() == 2
    err = capsys.readouterr().err
    assert "found 45 of 45 s of the samples of subject 2, session 1, trial 1 are those of subject 0" in err
    assert "--repeated leave-out" in err
    monkeypatch.setattr("sys.argv", ["emo-preprocess", *words, "--repeated", "leave-out"])
    assert main() == 0
    assert Cache(tmp_path / "cache").subject.tolist() == ["0", "1"]


def cut_again(source, copy, first):
    """Packets of a video from its picture ``first`` on, which begins a group, as they are."""
    import av

    with av.open(str(source)) as whole, av.open(str(copy), "w") as container:
        stream = whole.streams.video[0]
        out = container.add_stream_from_template(stream)
        packets = [packet for packet in whole.demux(stream) if packet.size][first:]
        begin = packets[0].dts
        for packet in packets:
            packet.pts, packet.dts, packet.stream = packet.pts - begin, packet.dts - begin, out
            container.mux(packet)


def test_a_video_that_was_cut_without_coding_it_again_is_known(tmp_path):
    for name, seed in (("a", 0), ("b", 1)):
        rng = np.random.default_rng(seed)
        smile = np.sin(np.arange(400) / 9 + seed)
        write_video(tmp_path / f"{name}.mp4", [face_picture(rng, (64, 80), value) for value in smile])
    cut_again(tmp_path / "a.mp4", tmp_path / "cut.mp4", 250)  # libx264 begins a group every 250 pictures
    lines = ["subject,session,trial,stimulus,face,category", "0,1,1,x,a.mp4,x", "1,1,1,x,b.mp4,y", "2,1,1,x,cut.mp4,x"]
    (tmp_path / "trials.csv").write_text("\n".join(lines) + "\n")
    watched = [WatchedTrial.of(trial, {"face"}) for trial in TrialTable(tmp_path)]
    assert sum(1 for one in watched for _ in one.trial.streams["face"].frames()) == 950
    found = shared_stretches([one.sketches for one in watched])
    assert [(one.earlier, one.later, str(one)) for one in found] == [(0, 2, "6.0 of 6.0 s")]


def frame_of(x, subjects):
    """A table of slices (n, T, 19, 2), a trial for each subject."""
    columns = [f"{site} {band}" for site in SCALP_19.sites for band in ("alpha", "beta")]
    frames = []
    for number, (trial, subject) in enumerate(zip(x, subjects, strict=True)):
        frame = pd.DataFrame(trial.reshape(len(trial), -1), columns=columns)
        frames.append(frame.assign(subject=subject, trial=number + 1, category="xy"[number % 2]))
    return pd.concat(frames, ignore_index=True)


def copied_rows():
    x = list(np.random.default_rng(0).standard_normal((4, 20, 19, 2)))
    x[2] = np.concatenate([x[2][:5], x[0][4:16]])
    return x


def test_rows_of_a_frame_that_stand_under_two_people_are_refused_left_out_or_kept(tmp_path):
    frame = frame_of(copied_rows(), "abcd")
    with pytest.raises(InputError, match=r"12 of 17 s of the samples of subject c.* are those of subject a") as error:
        Cache.from_frame(tmp_path / "a", frame)
    assert "give repeated='leave-out'" in str(error.value)
    assert "--repeated" not in str(error.value)
    out = Cache.from_frame(tmp_path / "b", frame, repeated="leave-out")
    assert (out.subject.tolist(), len(out.skipped)) == (["a", "b", "d"], 1)
    assert Cache.from_frame(tmp_path / "c", frame, repeated="keep").samples.tolist() == [0, 1, 0, 3]
    with pytest.raises(InputError, match="found 'drop'; wanted one of refuse, leave-out, keep"):
        Cache.from_frame(tmp_path / "d", frame, repeated="drop")


def test_whole_trials_of_a_frame_under_two_people_are_refused(tmp_path):
    x = list(np.random.default_rng(0).standard_normal((2, 2, 19, 2)))
    with pytest.raises(InputError, match="found the samples of subject c, session 1, trial 3 are those of subject a"):
        Cache.from_frame(tmp_path, frame_of([*x, x[0]], "abc"))


def test_arrays_are_kept_and_the_guard_knows_what_they_share(tmp_path):
    settings = {"layout": SCALP_19, "task": Task(("x", "y")), "category": [0, 1, 0, 1], "subject": list("abcd")}
    cache = Cache.from_arrays(tmp_path / "kept", copied_rows(), **settings)
    assert cache.shared_stretches == {(0, 2): "12 of 17 s"}
    split = leave_one_out("subject")
    leaks = find_leaks(split(cache.columns), cache.columns, split)
    assert len(leaks) == 2
    assert "repeated='leave-out'" in leaks[0].do
    with pytest.raises(InputError, match=r"12 of 17 s.*repeated='leave-out'"):
        Cache.from_arrays(tmp_path / "refused", copied_rows(), repeated="refuse", **settings)


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((2, 9, 19, 5)),
        np.ones((2, 9, 19, 5)) * np.arange(9)[:, None, None],
        np.random.default_rng(0).integers(0, 2, (1, 9, 1, 17)).repeat(2, axis=0),  # action units, there or not
        np.arange(18).reshape(1, 18, 1, 1).repeat(2, axis=0) % 5,
    ],
    ids=["zeros", "constants", "two values", "five values"],
)
def test_slices_of_few_values_are_nobodys(x):
    trials = [[slices_sketch(trial, np.ones(len(trial), bool), 1.0)] for trial in x]
    assert shared_stretches(trials) == []


def test_slices_of_one_number_are_compared_many_at_a_time():
    heart = np.random.default_rng(0).normal(70, 5, 200).reshape(-1, 1, 1)
    valid = np.ones(200, bool)
    two = [[slices_sketch(x, valid[: len(x)], 1.0)] for x in (heart, heart[60:])]
    assert shared_stretches(two)[0].seconds == pytest.approx(140, abs=3)
    valid[::20] = False
    assert slices_sketch(heart, valid, 1.0).packed == ""


def test_stills_and_plain_pictures_are_nobodys():
    rng = np.random.default_rng(0)
    title, grey = rng.integers(0, 255, (48, 64), np.uint8), np.full((48, 64), 128, np.uint8)
    people = []
    for seed in range(2):
        seen, own = FrameSketch(25), np.random.default_rng(seed)
        for number in range(60):
            faces = own.integers(0, 255, (48, 64), np.uint8)
            seen.see(number, title if number < 20 else grey if number < 40 else faces)
        people.append([seen.sketch()])
    assert min(len(streams[0].windows[0]) for streams in people) == 20
    assert shared_stretches(people) == []


def test_caches_that_share_nothing_are_stored_as_before(tmp_path):
    cache = Cache.from_raws(tmp_path, crops()[:2], ROWS[:2], recipe=SLICES)
    assert "shared" not in json.loads((tmp_path / "cache.json").read_text())
    facts = open_file(tmp_path / cache.index.files[0].name).facts
    assert len(facts.sketches) == 1
    of_old = {name: value for name, value in facts.to_json().items() if name != "sketches"}
    assert RecordingFacts.from_json(of_old).to_json() == of_old


def test_files_without_sketches_stay_and_are_not_compared(tmp_path, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(WatchedTrial, "sketches", ())
        Cache.from_raws(tmp_path, crops()[:2], ROWS[:2], recipe=SLICES)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.h5")}
    cache = Cache.from_raws(tmp_path, crops(), ROWS, recipe=SLICES)
    assert len(cache) == 3
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_the_index_knows_what_is_shared_after_reading_it_again(tmp_path):
    cache = Cache.from_raws(tmp_path, crops(), ROWS, recipe=SLICES, repeated="keep")
    assert cache.index.shared[0].words == "40 of 40 s"
    assert Index.read(tmp_path).shared == cache.index.shared
    assert Index.read(tmp_path).digest == cache.index.digest


@pytest.mark.parametrize("stored", [[0.0, 1, ""], [1.0, -1, ""], [1.0, 1, "AAAA"], [1.0, 1, "no base64"], [1.0, 1]])
def test_a_stored_sketch_that_is_none_is_refused(stored):
    with pytest.raises(InputError):
        Sketch.from_json(stored)
