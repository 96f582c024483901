"""A real recording and a real clip side by side, which are not from one session: aligned, cached, predicted, drawn."""

import os
from pathlib import Path

import pytest

from emoscan.benchmarks import fit
from emoscan.models import Predictor, Training, draw_timeline, write_timeline
from emoscan.models.pictures.timeline_picture import thumbnails
from emoscan.preprocessing import AtRate, DifferentialEntropy, FaceCrop, Hog, MarkFlat, Regions, align, preprocess
from emoscan.preprocessing.clocks.alignment_report import session_words
from emoscan.signals import TrialTable, open_video

EEGMAT = Path(os.environ.get("EMOSCAN_EEGMAT", Path(__file__).resolve().parents[3] / "shared/data/eegmat"))
CLIP = Path(__file__).resolve().parents[1] / "data/faces/cap13_edit2.mp4"
RECIPE = {"eeg": [MarkFlat(), DifferentialEntropy()], "face": [AtRate(2), FaceCrop(48), Regions(), Hog()]}
HEAD = "subject,session,trial,stimulus,eeg,face,start,stop"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not EEGMAT.is_dir(), reason="the recordings of EEGMAT are not here")]


def table(folder, label, *lines):
    folder.mkdir()
    for path in sorted(EEGMAT.glob("Subject0[0-2]_?.edf")):
        (folder / path.name).symlink_to(path)
    (folder / "clip.mp4").symlink_to(CLIP)
    (folder / "trials.csv").write_text("\n".join([f"{HEAD},{label}", *lines]) + "\n")
    return TrialTable(folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A model of rest and arithmetic; the clip beside them can teach it nothing."""
    folder = tmp_path_factory.mktemp("pair")
    lines = [
        f"{s},{part},1,{name},Subject0{s}_{part}.edf,clip.mp4,{4 * k},{4 * k + 4},{name}"
        for k, (s, part) in enumerate([(0, 1), (0, 2), (1, 1), (1, 2)])
        for name in [("rest", "arithmetic")[part - 1]]
    ]
    cache = preprocess(table(folder / "labelled", "category", *lines), RECIPE, folder / "cache")
    fit(cache, "Gated", folder / "run", window=3, training=Training(epochs=2))
    return folder / "run"


def test_an_unlabelled_pair_is_aligned_cached_predicted_and_drawn_and_said_to_be_no_session(run, tmp_path):
    pair = table(tmp_path / "pair", "valence", "2,1,1,nothing,Subject02_1.edf,clip.mp4,0,,")
    (found,) = align(pair).sessions
    assert "nothing in the files shows that they were recorded together" in session_words(found)
    assert "drift cannot be known" in session_words(found)
    cache = preprocess(pair, RECIPE, tmp_path / "cache")
    volumes = cache[0]
    assert volumes["eeg"].x.shape[1:] == (19, 5)
    assert volumes["face"].track.seen.mean() > 0.95
    trial = next(iter(pair))
    timeline = Predictor.load(run)(trial)
    assert "nothing in the files shows that they were recorded together" in timeline.title
    assert timeline.present["face"][timeline.times < 25].min() > 0.9
    assert timeline.present["face"][timeline.times > 40].max() == 0  # the clip is over, the EEG goes on
    write_timeline(timeline, tmp_path / "timeline.csv")
    assert draw_timeline(timeline, tmp_path / "timeline.png", trial).stat().st_size > 30_000


def test_the_same_from_files_in_three_lines(run):
    predictor = Predictor.load(run)
    both = predictor(EEGMAT / "Subject02_1.edf", CLIP)
    eeg = predictor(EEGMAT / "Subject02_1.edf")
    face = predictor(CLIP)
    assert list(both.present) == ["eeg", "face"]
    assert eeg.present["face"].max() == 0
    assert "face not recorded" in eeg.title
    assert "eeg not recorded" in face.title


def test_pictures_of_a_short_video_do_not_cover_each_other():
    video = open_video(CLIP)
    counts = [len(thumbnails(video, "blur", share).times) for share in (1.0, 0.5, 0.17, 0.001)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-2:] == [1, 1]
    assert counts[0] >= 4
