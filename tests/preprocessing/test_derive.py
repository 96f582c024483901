"""Deriving a cache from another one gives what the recordings would have given, without reading them."""

import sys

import numpy as np
import pytest

from emoscan.preprocessing import Cache, FaceCrop, Hog, Patches, derive, preprocess
from emoscan.preprocessing.commands.command import main
from emoscan.signals import InputError, SimulatedFaces


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    return preprocess(SimulatedFaces(subjects=2, frames=6), None, tmp_path_factory.mktemp("faces") / "cache")


def test_another_grid_is_the_one_that_the_videos_would_give(faces, tmp_path):
    derived = derive(faces, {"face": [Patches(4, 4)]}, tmp_path / "derived")
    crop = FaceCrop(48, detector="Given")
    direct = preprocess(SimulatedFaces(subjects=2, frames=6), {"face": [crop, Patches(4, 4)]}, tmp_path / "direct")
    for one, other in zip(derived, direct, strict=True):
        np.testing.assert_array_equal(one["face"].x, other["face"].x)
        assert one["face"].layout == other["face"].layout
        np.testing.assert_array_equal(one["face"].track.box, other["face"].track.box)
    assert derived.columns.keys() == direct.columns.keys()
    assert all(np.array_equal(derived.columns[name], direct.columns[name]) for name in direct.columns)


def test_a_new_series_stands_beside_the_one_it_is_made_from(faces, tmp_path):
    derived = derive(faces, {"face-hog": [Hog()]}, tmp_path / "derived")
    assert derived.modalities == ("face", "face-hog")
    assert derived.recipe["face-hog"] == [*faces.recipe["face"], repr(Hog())]
    np.testing.assert_array_equal(derived[3]["face-hog"].x, Hog()(faces[3]["face"]).x)
    np.testing.assert_array_equal(derived[3]["face"].stored, faces[3]["face"].stored)
    np.testing.assert_array_equal(derived[3]["face-hog"].target.units, faces[3]["face"].target.units)


def test_what_is_there_is_kept_and_another_recipe_replaces_it(faces, tmp_path):
    made = derive(faces, {"face": [Hog()]}, tmp_path / "derived")
    stamps = {path.name: path.stat().st_mtime_ns for path in made.path.glob("*.h5")}
    derive(faces, {"face": [Hog()]}, tmp_path / "derived")
    assert stamps == {path.name: path.stat().st_mtime_ns for path in made.path.glob("*.h5")}
    derive(faces, {"face": [Hog(cells=1)]}, tmp_path / "derived")
    assert all(path.stat().st_mtime_ns != stamps[path.name] for path in made.path.glob("*.h5"))


@pytest.mark.parametrize(
    "recipe, message",
    [({}, "no steps"), ({"eeg": [Hog()]}, "no series 'eeg'"), ({"face": [FaceCrop()]}, "which takes Video")],
)
def test_what_cannot_be_followed_is_refused(faces, tmp_path, recipe, message):
    with pytest.raises(InputError, match=message):
        derive(faces, recipe, tmp_path / "derived")
    assert not (tmp_path / "derived").exists()


def test_a_cache_is_not_derived_into_itself(faces):
    with pytest.raises(InputError, match="own folder"):
        derive(faces, {"face": [Hog()]}, faces.path)
    assert len(Cache(faces.path)) == len(faces)


def test_the_command_takes_its_recipe_by_name(faces, tmp_path, monkeypatch, capsys):
    words = ["emo-preprocess", "derive", str(faces.path), str(tmp_path / "d"), "--recipe", "{face-hog: [Hog()]}"]
    monkeypatch.setattr(sys, "argv", words)
    assert main() == 0
    assert "Hog(" in capsys.readouterr().out
    assert Cache(tmp_path / "d").modalities == ("face", "face-hog")
