"""DEAP's reader: EEG, video and ratings of a clip belong together, whatever order each of them is kept in."""

import csv
import os
import pickle
import shutil

import numpy as np
import pytest

from emoscan.benchmarks.contracts import check_dataset
from emoscan.preprocessing import DifferentialEntropy, FaceCrop, Patches, preprocess
from emoscan.signals import SCALP_32, DatasetNotFound, InputError, open_video
from emoscan.signals.datasets.deap import files as deap_files
from emoscan.signals.datasets.deap.deap import DEAP
from emoscan.signals.datasets.deap.files import BASELINE, GENEVA_32, ROW_RATE
from emoscan.signals.datasets.deap.lookalike import (
    BDF_RATE,
    BEGINS,
    CLIP_SECONDS,
    FRAME_RATE,
    ORDER,
    TWENTE_32,
    VIDEOS,
    python_2_pickle,
    rating,
    rhythm,
    write_bdf,
)
from emoscan.signals.datasets.lookalikes.recordings import write_video
from emoscan.signals.files.headers.edf_header import read_edf_header

TABLE = "metadata_csv/participant_ratings.csv"
FIRST = "data_preprocessed_python/s01.dat"
SOURCES = ("preprocessed", "original")


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = tmp_path_factory.mktemp("deap")
    DEAP.write_fake(root)
    return root


@pytest.fixture
def copy(fake, tmp_path):
    return shutil.copytree(fake, tmp_path / "DEAP")


def stored(path):
    """What the pickle holds, by Python's own reader."""
    return pickle.loads(path.read_bytes(), encoding="latin1")


def rewrite(path, **changed):
    path.write_bytes(python_2_pickle({**stored(path), **changed}))


def rewrite_table(root, change):
    """The table's lines, cell by cell, after ``change`` in place."""
    with (root / TABLE).open(newline="") as file:
        lines = list(csv.reader(file))
    change(lines)
    with (root / TABLE).open("w", newline="") as file:
        csv.writer(file).writerows(lines)


def strongest(samples, rate):
    """Hz at which a signal has most of its power."""
    return float(np.fft.rfftfreq(len(samples), 1 / rate)[1 + np.argmax(np.abs(np.fft.rfft(samples))[1:])])


def rhythm_in(eeg, site="Cz"):
    return strongest(eeg.read(0, eeg.n_samples)[eeg.names.index(site)], eeg.rate)


def light_on(video):
    """Mean brightness of the video's last second."""
    return float(np.mean(list(video.read(len(video) - 25, len(video)))))


def reasons(dataset):
    return {str(skip.path.relative_to(dataset.root)): skip.reason for skip in dataset.skipped()}


def test_the_contract_of_datasets_holds():
    check_dataset(DEAP)


@pytest.mark.parametrize("source, subjects", [("preprocessed", (1, 3, 23)), ("original", (1, 23))])
def test_trials_come_in_the_order_in_which_clips_were_shown(fake, source, subjects):
    trials = list(DEAP(fake, source))
    wanted = [(str(s), "1", trial, str(clip)) for s in subjects for trial, clip in enumerate(ORDER[s], 1)]
    assert [(t.subject, t.session, t.trial, t.stimulus) for t in trials] == wanted
    assert all(list(order) != sorted(order) for order in ORDER.values()), "the fake's orders must differ"


@pytest.mark.parametrize("source", SOURCES)
def test_eeg_and_face_of_a_trial_show_the_same_clip(fake, source):
    for subject in ("1", "3"):
        trials = [t for t in DEAP(fake, source, streams="eeg+face") if t.subject == subject]
        for trial in trials:
            assert rhythm_in(trial.streams["eeg"]) == pytest.approx(rhythm(int(trial.stimulus)), abs=0.5)
        by_light = sorted(trials, key=lambda trial: light_on(trial.streams["face"]))
        assert [t.stimulus for t in by_light] == sorted(t.stimulus for t in trials)


def test_rows_and_videos_of_equal_number_do_not_belong_together(fake):
    data = stored(fake / FIRST)["data"]
    pairs = []
    for number in VIDEOS[1]:
        video = open_video(fake / "face_video" / "s01" / f"s01_trial{number:02d}.avi")
        pairs.append((strongest(data[number - 1, 0, BASELINE:], ROW_RATE), light_on(video)))
    by_row, by_light = (sorted(range(6), key=lambda i: pairs[i][part]) for part in (0, 1))
    assert by_row != by_light
    assert [ORDER[1][i] for i in by_light] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("source", SOURCES)
def test_what_begins_together_begins_at_one_second_of_the_session(fake, source):
    for trial in DEAP(fake, source, streams="eeg+face"):
        eeg, face = trial.streams["eeg"], trial.streams["face"]
        envelope = np.abs(eeg.read(0, eeg.n_samples)).mean(axis=0)
        quiet = envelope[: int(0.9 * eeg.rate)].max()
        first = int(np.argmax(envelope > 1.2 * quiet))
        pictures = np.array([picture.mean() for picture in face.frames()])
        lit = int(np.argmax(pictures > pictures[0] + 5))
        assert face.times[lit] == pytest.approx(eeg.start + BEGINS, abs=1e-6)
        assert eeg.start + first / eeg.rate == pytest.approx(face.times[lit], abs=0.06)


def test_a_row_has_a_clock_that_begins_with_its_baseline(fake):
    for trial in DEAP(fake):
        eeg = trial.streams["eeg"]
        assert (eeg.start, eeg.rate, eeg.n_samples) == (3.0, 128.0, CLIP_SECONDS * 128)
        if "face" in trial.streams:
            clock = trial.streams["face"].clock
            assert (clock.offset, clock.drift_known) == (3.0, False)
            assert "sample 384" in str(clock)


def test_a_recording_has_one_clock_and_a_trial_begins_at_its_trigger(fake):
    codes = {}
    for subject in (1, 23):
        words = np.fromfile(fake / "data_original" / f"s{subject:02d}.bdf", np.uint8, offset=256 * 49)
        status = words.reshape(-1, 48, BDF_RATE, 3)[:, 47].reshape(-1, 3)
        assert set(status[:, 2].tolist()) >= {0x18, 0x58}, "the fake must show the amplifier's state"
        lit = status[:, 0] == 4
        codes[str(subject)] = np.flatnonzero(lit & ~np.roll(lit, 1)) / BDF_RATE
    for trial in DEAP(fake, "original"):
        eeg = trial.streams["eeg"]
        assert eeg.start == codes[trial.subject][trial.trial - 1]
        assert (eeg.rate, eeg.n_samples) == (512.0, CLIP_SECONDS * 512)
        if "face" in trial.streams:
            assert (trial.streams["face"].clock.offset, trial.streams["face"].clock.drift_known) == (eeg.start, False)
            assert "trigger 4" in str(trial.streams["face"].clock)


def test_a_row_s_samples_are_its_electrodes_behind_the_baseline(fake):
    for trial in DEAP(fake):
        eeg, row = trial.streams["eeg"], int(trial.stimulus) - 1
        data = stored(fake / "data_preprocessed_python" / f"s{int(trial.subject):02d}.dat")["data"]
        assert (eeg.names, eeg.layout) == (tuple(GENEVA_32), SCALP_32)
        np.testing.assert_array_equal(eeg.read(0, eeg.n_samples), data[row, :32, 384:])
        np.testing.assert_array_equal(eeg.read(17, 40), data[row, :32, 401:424])


def test_electrodes_are_picked_by_name_from_both_orders(fake):
    weight = [1 + GENEVA_32.index(site) / 8 for site in SCALP_32.sites]
    for subject, order in (("s01", TWENTE_32), ("s23", GENEVA_32)):
        assert read_edf_header(fake / "data_original" / f"{subject}.bdf").labels[:32] == order
    for trial in DEAP(fake, "original"):
        eeg = trial.streams["eeg"]
        part = eeg.read(int(1.5 * eeg.rate), int(3.5 * eeg.rate))
        at = round(rhythm(int(trial.stimulus)) * 2)
        power = np.abs(np.fft.rfft(part, axis=1))[:, at] / (part.shape[1] / 2) / 30
        np.testing.assert_allclose(power[[eeg.names.index(site) for site in SCALP_32.sites]], weight, atol=0.25)


def test_iterating_reads_no_samples_and_streams_travel_to_other_processes(fake, monkeypatch):
    monkeypatch.setattr(deap_files.StoredArray, "map", lambda _: pytest.fail("samples were read"))
    trial = list(DEAP(fake))[7]
    monkeypatch.undo()
    again = pickle.loads(pickle.dumps(trial))
    assert len(pickle.dumps(trial.streams["eeg"])) < 5000
    np.testing.assert_array_equal(again.streams["eeg"].read(3, 50), trial.streams["eeg"].read(3, 50))
    np.testing.assert_array_equal(list(again.streams["face"].frames()), list(trial.streams["face"].frames()))


def test_a_dat_is_what_python_2_wrote(fake):
    content = (fake / FIRST).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        pickle.loads(content)
    assert {name: array.shape for name, array in stored(fake / FIRST).items()} == {
        "labels": (6, 4),
        "data": (6, 40, 384 + 128 * CLIP_SECONDS),
    }


def test_ratings_are_scaled_to_one_and_five_is_low(fake):
    for trial in DEAP(fake, classes="quadrants"):
        rated = rating(int(trial.subject), int(trial.stimulus))
        np.testing.assert_array_equal(trial.target.dimensions[0], rated)
        assert trial.target.category.tolist() == [2 * (rated[0] > 5) + (rated[1] > 5)]
    task = DEAP(fake).task
    assert task.dimensions == ("valence", "arousal", "dominance", "liking")
    assert task.ranges == ((1, 9),) * 4


@pytest.mark.parametrize(
    "classes, names",
    [
        ("none", ()),
        ("valence", ("low valence", "high valence")),
        ("liking", ("low liking", "high liking")),
        (
            "quadrants",
            (
                "low valence, low arousal",
                "low valence, high arousal",
                "high valence, low arousal",
                "high valence, high arousal",
            ),
        ),
    ],
)
def test_classes_are_named_and_tie_at_five_downwards(fake, classes, names):
    dataset = DEAP(fake, classes=classes)
    assert dataset.task.categories == names
    found = {
        trial.stimulus: names[int(trial.target.category[0])] if names else int(trial.target.category[0])
        for trial in dataset
        if trial.subject == "1"
    }
    wanted = {
        "none": dict.fromkeys("123456", -1),
        "liking": {k: f"{'high' if k < '4' else 'low'} liking" for k in "123456"},
        "valence": {k: f"{'high' if k > '3' else 'low'} valence" for k in "123456"},
    }
    if classes in wanted:
        assert found == wanted[classes]
    else:
        assert (found["3"], found["4"]) == ("low valence, high arousal", "high valence, low arousal"), "5.0 is low"


def test_a_rating_that_is_missing_stays_missing(copy):
    rewrite_table(copy, lambda lines: lines[2].__setitem__(4, ""))
    trials = list(DEAP(copy, classes="quadrants"))
    assert np.isnan(trials[1].target.dimensions[0]).tolist() == [True, False, False, False]
    assert [t.target.category[0] == -1 for t in trials] == [i == 1 for i in range(18)]


def test_videos_are_matched_by_the_number_in_their_name(fake):
    found = {(t.subject, t.trial): t.streams["face"].source.path.name for t in DEAP(fake) if "face" in t.streams}
    assert found == {(str(s), n): f"s{s:02d}_trial{n:02d}.avi" for s, numbers in VIDEOS.items() for n in numbers}


def test_videos_may_lie_in_one_folder_and_never_twice(copy):
    wanted = [tuple(trial.streams) for trial in DEAP(copy)]
    for path in (copy / "face_video").rglob("s0[13]_*.avi"):
        path.rename(copy / "face_video" / path.name)
    assert [tuple(trial.streams) for trial in DEAP(copy)] == wanted
    shutil.copy(copy / "face_video" / "s01_trial02.avi", copy / "face_video" / "s01")
    with pytest.raises(InputError, match=r"s01_trial02\.avi.*holds too"):
        DEAP(copy)


def test_streams_are_all_or_one_kind_or_both(fake):
    assert {tuple(t.streams) for t in DEAP(fake, streams="eeg")} == {("eeg",)}
    both = DEAP(fake, streams="eeg+face")
    assert {tuple(t.streams) for t in both} == {("eeg", "face")}
    assert [(int(t.subject), t.trial) for t in both] == [(s, n) for s, numbers in VIDEOS.items() for n in numbers]
    assert reasons(both)["data_preprocessed_python/s03.dat"] == "no video of trials 3, 5"
    assert reasons(both)["data_preprocessed_python/s23.dat"] == "no video of trials 1, 2, 3, 4, 5, 6"
    assert reasons(DEAP(fake, streams="eeg"))["face_video"] == "not asked for"


def test_other_files_are_reported_with_a_reason(fake, copy):
    assert reasons(DEAP(fake)) == {
        "data_preprocessed_python/s01 (1).dat": "not read",
        "face_video/s01/Thumbs.db": "not read",
        "metadata_csv/participant_ratings.xls": "not read",
        "data_original": "not asked for",
        "face_video/s01/s01_trial41.avi": "no trial of this number in participant_ratings.csv",
        "face_video/s07_trial01.avi": "no recording of this subject",
    }
    assert reasons(DEAP(fake, "original"))[TABLE] == "no recording of participants 3"
    shutil.copy(copy / FIRST, copy / "data_preprocessed_python" / "s05.dat")
    assert reasons(DEAP(copy))["data_preprocessed_python/s05.dat"] == "no ratings"
    assert len(list(DEAP(copy))) == 18


def test_ratings_keep_numbers_familiarity_and_times(fake):
    ratings = DEAP(fake).ratings()
    assert [r.stimulus for r in ratings[3]] == list(ORDER[3])
    assert [r.ratings for r in ratings[3]] == [rating(3, clip) for clip in ORDER[3]]
    assert np.isnan([r.familiarity for r in ratings[23]]).all()
    assert [r.familiarity for r in ratings[1]] == [1 + clip % 5 for clip in ORDER[1]]
    steps = np.diff([r.started for r in ratings[1]])
    assert (steps > 60).all(), "in microseconds, clips of a minute would overlap"


def test_a_copy_with_other_headers_reads_the_same(fake, copy):
    def rename(lines):
        lines[0][0], lines[0][2] = "participant", "video"
        for line in lines:
            line.reverse()

    rewrite_table(copy, rename)
    for ours, theirs in zip(DEAP(copy), DEAP(fake), strict=True):
        assert (str(ours), ours.stimulus) == (str(theirs), theirs.stimulus)
        np.testing.assert_array_equal(ours.target.dimensions, theirs.target.dimensions)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda lines: [line.pop(1) for line in lines], "wanted also trial"),
        (lambda lines: [line.pop(5) for line in lines], "wanted also arousal"),
        (lambda lines: lines.clear(), "wanted also participant_id"),
        (lambda lines: lines[3].__setitem__(4, "9.5"), r"csv:4: found a rating of 9\.5"),
        (lambda lines: lines[3].__setitem__(4, "0"), r"csv:4: found a rating of 0;"),
        (lambda lines: lines[3].__setitem__(1, "x"), "csv:4"),
        (lambda lines: lines[3].pop(), "csv:4.*a number in every column"),
        (lambda lines: lines.pop(3), "participant 1: found numbers 1, 2, 4, 5, 6 for the trial"),
        (lambda lines: lines[3].__setitem__(2, "1"), "participant 1: found numbers 1, 1, 2, 3, 4, 5 for the stimulus"),
        (lambda lines: lines.append(lines[3]), "participant 1: found numbers 1, 2, 3, 3, 4, 5, 6 for the trial"),
    ],
)
def test_a_broken_table_is_refused_at_the_door(copy, change, message):
    rewrite_table(copy, change)
    with pytest.raises(InputError, match=message):
        DEAP(copy)


def broken_first(root, message, source="preprocessed"):
    """All trials of subject 1 are refused with ``message``; those of subject 23 still come."""
    trials = iter(DEAP(root, source))
    for _ in ORDER[1]:
        with pytest.raises(InputError, match=message):
            next(trials)
    assert [t.subject for t in trials][-6:] == ["23"] * 6


def test_a_dat_cut_anywhere_is_one_error(copy):
    content = (copy / FIRST).read_bytes()
    for length in [*np.linspace(0, 600, 10).astype(int), *np.linspace(700, len(content) - 1, 10).astype(int)]:
        (copy / FIRST).write_bytes(content[:length])
        broken_first(copy, r"s01\.dat: found no plain pickle")


def test_a_hostile_dat_is_refused_and_nothing_is_run(copy, tmp_path):
    class Hostile:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    (copy / FIRST).write_bytes(pickle.dumps({"data": Hostile(), "labels": Hostile()}, 2))
    broken_first(copy, r"mkdir, which is nothing plain")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda c: {"data": c["data"][:5]}, r"data of shape \(5, 40, 896\); wanted \(6, 40"),
        (lambda c: {"data": c["data"][:, :32]}, r"data of shape \(6, 32, 896\)"),
        (lambda c: {"data": c["data"][:, :, :511]}, r"wanted \(6, 40, 512 or more\)"),
        (lambda c: {"data": c["data"].swapaxes(0, 1)}, r"data of shape \(40, 6, 896\)"),
        (lambda c: {"data": c["data"][0]}, r"data of shape \(40, 896\)"),
        (lambda c: {"labels": c["labels"][:, :3]}, r"labels of shape \(6, 3\)"),
        (lambda c: {"labels": c["labels"][::-1]}, r"row 1: found labels 9 3.*Experiment_id 1; take"),
        (lambda c: {"labels": c["labels"][:, [1, 0, 2, 3]]}, "rows follow Experiment_id"),
    ],
)
def test_a_dat_that_does_not_fit_the_table_is_refused(copy, change, message):
    rewrite(copy / FIRST, **change(stored(copy / FIRST)))
    broken_first(copy, message)


def test_a_dat_of_other_things_is_refused(copy):
    for content, message in (({"data": 1}, "wanted arrays data and labels"), ([1, 2], "found a list")):
        (copy / FIRST).write_bytes(pickle.dumps(content, 2))
        broken_first(copy, message)


def test_a_dat_that_python_3_wrote_anew_is_read_or_refused_in_words(fake, copy):
    wanted = next(iter(DEAP(fake))).streams["eeg"].read(0, 100)
    for protocol in (3, 4, 5):
        (copy / FIRST).write_bytes(pickle.dumps(stored(fake / FIRST), protocol))
        np.testing.assert_array_equal(next(iter(DEAP(copy))).streams["eeg"].read(0, 100), wanted)
    (copy / FIRST).write_bytes(pickle.dumps(stored(fake / FIRST), 2))
    broken_first(copy, "save it with pickle protocol 4")


def bdf(root, count=6, status="Status", seconds=38, first=2):
    """Another recording of subject 1: quiet, with ``count`` beginnings every six seconds."""
    names = [*TWENTE_32, *(f"EXG{i}" for i in range(1, 16))]
    codes = np.full(seconds * BDF_RATE, 0x58FF00)
    for trial in range(count):
        codes[(first + 6 * trial) * BDF_RATE :][:20] += 4
    write_bdf(root / "data_original" / "s01.bdf", names, np.zeros((47, len(codes))), codes, status)


def test_a_trigger_channel_without_a_name_is_the_last(copy):
    for status in ("Status", ""):
        bdf(copy, status=status)
        starts = [t.streams["eeg"].start for t in DEAP(copy, "original") if t.subject == "1"]
        assert starts == [2, 8, 14, 20, 26, 32]
    bdf(copy, status="Temp")
    broken_first(copy, "wanted Status too", "original")


@pytest.mark.parametrize("count", [0, 5, 7])
def test_another_number_of_beginnings_is_refused(copy, count):
    bdf(copy, count, seconds=44)
    broken_first(copy, f"found {count} triggers 4.*wanted 6", "original")


def test_a_recording_that_ends_within_a_clip_is_refused_there(copy):
    bdf(copy, seconds=35)
    trials = iter(DEAP(copy, "original"))
    for _ in range(5):
        next(trials)
    with pytest.raises(InputError, match="found 3 s behind the beginning of clip 6; wanted 4 s"):
        next(trials)
    assert next(trials).subject == "23"
    path = copy / "data_original" / "s01.bdf"
    path.write_bytes(path.read_bytes()[:-1000])
    broken_first(copy, "cut short", "original")


def test_clips_of_a_real_recording_last_a_minute(copy):
    (copy / "simulated.json").unlink()
    dataset = DEAP(copy, "original")
    assert not dataset.simulated
    with pytest.raises(InputError, match="wanted 60 s"):
        list(dataset)


def test_a_video_of_another_length_than_its_eeg_is_refused_until_that_is_allowed(copy):
    rewrite(copy / FIRST, data=np.concatenate([stored(copy / FIRST)["data"]] * 2, axis=2))
    broken_first(copy, r"s01_trial0\d\.avi: found 4\.00 s of video; wanted 11 s")
    assert len(list(DEAP(copy, tolerance=7.0))) == 18


def test_both_modalities_of_a_clip_go_through_to_the_cache(fake, tmp_path):
    recipe = {"eeg": [DifferentialEntropy()], "face": [FaceCrop(24, detector="Whole"), Patches(2, 2)]}
    cache = preprocess(DEAP(fake, classes="valence", streams="eeg+face"), recipe, tmp_path / "both")
    assert cache.stimulus.tolist() == [str(ORDER[s][n - 1]) for s, numbers in VIDEOS.items() for n in numbers]
    assert cache.trial.tolist() == [n for numbers in VIDEOS.values() for n in numbers]
    eeg = preprocess(DEAP(fake, streams="eeg"), None, tmp_path / "eeg")
    assert len(eeg) == 18


def test_without_a_recipe_all_trials_are_kept_and_those_without_a_video_have_no_face(copy, tmp_path):
    write_video(
        copy / "face_video" / "s01" / "s01_trial02.avi", np.full((4 * FRAME_RATE, 64, 80), 60, np.uint8), FRAME_RATE
    )
    cache = preprocess(DEAP(copy), None, tmp_path / "cache")
    assert cache.modalities == ("eeg", "eeg-raw", "face")
    assert len(cache) == 18
    for volumes, subject, trial in zip(cache, cache.subject, cache.trial, strict=True):
        assert ("face" in volumes) == (trial in VIDEOS.get(int(subject), ()))
        assert {"eeg", "eeg-raw"} <= volumes.keys()
    faces = [volumes["face"] for volumes in cache if "face" in volumes]
    assert any(not face.valid.any() for face in faces), "a video in which no face is found must not cost its EEG"


@pytest.mark.parametrize("arguments", [{"source": "matlab"}, {"classes": "happiness"}, {"streams": "face"}])
def test_wrong_arguments_are_refused_with_those_that_exist(fake, arguments):
    with pytest.raises(InputError, match="one of "):
        DEAP(fake, **arguments)


def test_a_wrong_folder_is_not_found_and_a_missing_table_is_named(copy, tmp_path):
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatasetNotFound, match="data_preprocessed_python/s01"):
            DEAP(root)
    (copy / TABLE).unlink()
    with pytest.raises(InputError, match=r"participant_ratings\.csv.*copy metadata_csv"):
        DEAP(copy)
