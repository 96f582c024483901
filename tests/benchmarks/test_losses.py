"""A joint in the EEG, a hole in the video and a gap in the labels: what they cost is counted, the same everywhere."""

import re
from fractions import Fraction

import av
import mne
import numpy as np
import pytest

from emoscan.benchmarks import benchmark
from emoscan.benchmarks.page.html_report import write_report
from emoscan.preprocessing import Cache, DifferentialEntropy, FaceCrop, Patches, preprocess
from emoscan.preprocessing.commands.printed_report import print_cache, print_run
from emoscan.preprocessing.quality.summary import Losses, series_losses
from emoscan.signals import SCALP_19, TrialTable
from emoscan.signals.datasets.lookalikes.drawn_face import face_picture

RATE, FRAMES, SECONDS = 128, 10, 20
JOINT = 7.5
HOLE = (12.0, 13.1)
UNTOLD = (3.0, 6.0)
RECIPE = {"eeg": [DifferentialEntropy()], "face": [FaceCrop(24, detector="Whole"), Patches(2, 2)]}
PEOPLE = 3


def write_eeg(path, rng):
    info = mne.create_info(list(SCALP_19.sites), RATE, "eeg")
    raw = mne.io.RawArray(rng.normal(0, 1e-5, (19, RATE * SECONDS)), info, verbose="error")
    raw.set_annotations(mne.Annotations([JOINT], [0.0], ["BAD boundary"]))
    raw.save(path, verbose="error")


def write_film(path, seed):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAMES, options={"bf": "0"})
        stream.pix_fmt, stream.width, stream.height = "yuv420p", 64, 48
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(FRAMES * SECONDS):
            if HOLE[0] < number / FRAMES < HOLE[1]:
                continue
            picture = face_picture(np.random.default_rng((seed, number)), (48, 64))
            frame = av.VideoFrame.from_ndarray(picture, format="gray")
            frame.pts, frame.time_base = 1000 * number // FRAMES, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_labels(path, rng):
    times = np.arange(0, SECONDS, 0.5)
    rows = [f"{t:g},{v:.2f}" for t, v in zip(times, rng.uniform(-1, 1, len(times)), strict=True)]
    told = [row for row, t in zip(rows, times, strict=True) if not UNTOLD[0] <= t < UNTOLD[1]]
    path.write_text("\n".join(["time,valence", *told]) + "\n")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    lines = ["subject,session,trial,stimulus,eeg,face,labels"]
    for person in range(1, PEOPLE + 1):
        rng = np.random.default_rng(person)
        write_eeg(folder / f"s{person}_raw.fif", rng)
        write_film(folder / f"s{person}.mp4", person)
        write_labels(folder / f"s{person}.csv", rng)
        lines.append(f"s{person},1,1,film,s{person}_raw.fif,s{person}.mp4,s{person}.csv")
    (folder / "trials.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def built(lab, tmp_path_factory):
    outcomes = []
    return preprocess(
        TrialTable(lab), RECIPE, tmp_path_factory.mktemp("cache") / "lab", watch=outcomes.append
    ), outcomes


def expected():
    """What is lost, from how the files were written; a row of labels holds for half a second."""
    until = UNTOLD[0]
    slices = np.arange(SECONDS)
    frames = np.array([n for n in range(FRAMES * SECONDS) if not HOLE[0] < n / FRAMES < HOLE[1]]) / FRAMES
    untold = [int(((times >= until) & (times < UNTOLD[1])).sum()) for times in (slices, frames)]
    eeg = Losses(invalid=1, joints=1, ratings=untold[0])
    face = Losses(gaps=1, seconds=1.0, ratings=untold[1])
    return {"eeg": eeg, "face": face}


def test_what_a_cache_counts_is_what_was_written(built):
    counted = series_losses(built[0])
    for name, lost in expected().items():
        assert counted[name] == Losses(*(PEOPLE * value for value in vars(lost).values()))


def test_a_run_inspect_and_the_page_tell_the_same_counts(built, tmp_path, capsys):
    cache, outcomes = built
    print_run(cache, outcomes)
    run = capsys.readouterr().out
    print_cache(Cache(cache.path))
    inspected = " ".join(capsys.readouterr().out.split())
    reports = [benchmark(cache, "mean", split="leave_one_out('subject')", window=1, modality=name) for name in RECIPE]
    page = re.sub(r"<[^>]*>", "", write_report(reports, tmp_path / "page.html").read_text())
    lines = [
        "eeg: 3 slices not to be trusted, 3 joints, 9 slices that lack a rating",
        "face: 3 gaps in time (3 s), 90 slices that lack a rating",
    ]
    for line in lines:
        assert line in run.splitlines()
        assert inspected.count(line) == 1
        assert page.count(f"{line}.") == 1
    for remark in map(str, cache.remarks):
        assert remark in run
        assert remark in inspected
        assert remark in page.replace("&#39;", "'")


@pytest.mark.parametrize("name", RECIPE)
def test_windows_of_a_benchmark_are_all_but_those_that_are_counted(built, name):
    cache, lost = built[0], series_losses(built[0])[name]
    settings = {"window": 1, "train_stride": 1, "modality": name}
    report = benchmark(cache, "mean", split="leave_one_out('subject')", **settings)
    slices = sum(len(cache[trial][name].times) for trial in range(len(cache)))
    assert report.data.left_out == PEOPLE * lost.invalid  # every fold cuts all trials, to train or to test
    tested = report.predictions
    assert len(tested.trial) == slices - lost.invalid
    assert int((~tested.labelled).sum()) == lost.ratings


def test_longer_windows_lose_those_that_reach_across_and_no_others(built):
    cache = built[0]
    eeg, face = cache.windows(3, 1), cache.windows(9, 1, modality="face")
    assert eeg.left_out == PEOPLE * 3
    assert face.left_out == PEOPLE * 8
    joint = cache.joint_windows(3, 1)
    slice_of_joint = int(JOINT)
    assert joint.left_out == PEOPLE * 3
    assert not (joint.parts["eeg"].rows == slice_of_joint).any()
