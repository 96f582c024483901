"""A copy for sharing: the same samples and splits, no picture, no name."""

import re
import sys

import numpy as np
import pytest

from emoscan.benchmarks import guard, k_folds, leave_one_out
from emoscan.preprocessing import Cache, DifferentialEntropy, FaceCrop, Hog, Patches, Regions, preprocess
from emoscan.preprocessing.building.scrubbed import _Scrub, scrub
from emoscan.preprocessing.commands.command import main
from emoscan.preprocessing.quality.summary import verify
from emoscan.signals import SCALP_19, InputError, SimulatedFaces, SimulatedPair, Task

NAMES = {"Maria Huber": "p03", "Jörg Weiß": "p02", "Ann Lee": "p01"}
SECRETS = [*NAMES, "2009-07-14 Huber", "huber_film.mp4", "Clinic B", "S:/patients"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Three people with names, in two sessions; columns of a lab; two trials that share their samples."""
    rng = np.random.default_rng(0)
    keys = [(name, session, t) for name in NAMES for session in ("2009-07-14 Huber", "b") for t in (1, 2)]
    x = [rng.standard_normal((6, 19, 5)).astype(np.float32) for _ in keys]
    x[-1] = x[0]
    return Cache.from_arrays(
        tmp_path_factory.mktemp("scrub") / "S_patients",
        x,
        layout=SCALP_19,
        task=Task(("low", "high")),
        category=[t % 2 for *_, t in keys],
        subject=[name for name, *_ in keys],
        session=[session for _, session, _ in keys],
        trial=[t for *_, t in keys],
        stimulus=["huber_film.mp4" if t == 1 else "other" for *_, t in keys],
        columns={"site": ["Clinic B"] * len(keys), "age": [30 + len(name) for name, *_ in keys]},
        repeated="keep",
        dataset="films",
    )


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """EEG and pictures of the same people."""
    folder = tmp_path_factory.mktemp("scrub")
    crop = FaceCrop(48, detector="Given")
    recipe = {
        "eeg": [DifferentialEntropy()],
        "face": [crop, Patches(4, 4)],
        "face-hog": [crop, Regions(0.2), Hog(directions=4, cells=2)],
    }
    return preprocess(SimulatedPair(subjects=2), recipe, folder / "pair")


def everything(folder):
    """Names and bytes of all files in a folder."""
    return b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in sorted(folder.rglob("*")))


def test_no_name_is_left_in_any_byte_or_file_name(cache, tmp_path):
    scrub(cache, tmp_path / "shared")
    content = everything(tmp_path / "shared")
    before = everything(cache.path)
    for secret in SECRETS[:-1]:
        forms = [secret.encode(), secret.encode("unicode_escape"), secret.encode("utf-16-le")]
        assert any(form in before for form in forms), secret
        assert not any(form in content for form in forms), secret
    assert str(cache.path).encode() not in content
    assert not re.search(rb"Huber|huber|Clinic", content)


def test_who_is_whom_stays_and_so_do_samples_truths_and_trials(cache, tmp_path):
    shared = scrub(cache, tmp_path / "shared")
    assert [NAMES[str(name)] for name in cache.subject] == shared.subject.tolist()
    assert shared.category.tolist() == cache.category.tolist()
    assert shared.trial.tolist() == cache.trial.tolist()
    assert shared.samples.tolist() == cache.samples.tolist()
    for number in range(len(cache.index.files)):
        np.testing.assert_array_equal(
            cache.file(number).series["eeg"].stored, shared.file(number).series["eeg"].stored, strict=True
        )
    assert verify(shared.path) > 0


@pytest.mark.parametrize("split", [leave_one_out("subject"), leave_one_out("session"), k_folds("stimulus", 2)])
def test_every_split_parts_the_same_trials_and_the_guard_passes_or_refuses_alike(cache, tmp_path, split):
    shared = scrub(cache, tmp_path / "shared")
    for before, after in zip(split(cache.columns), split(shared.columns), strict=True):
        assert before.train.tolist() == after.train.tolist()
        assert before.test.tolist() == after.test.tolist()
        answers = []
        for fold, columns in ((before, cache.columns), (after, shared.columns)):
            try:
                answers.append(guard(fold, columns, split))
            except InputError as error:
                answers.append(type(error))
        assert answers[0] == answers[1]


def test_columns_are_dropped_unless_they_are_named(cache, tmp_path):
    assert scrub(cache, tmp_path / "none").further_columns == {}
    kept = scrub(cache, tmp_path / "some", ["age", "stimulus"])
    assert set(kept.further_columns) == {"age"}
    assert kept.columns["age"].tolist() == cache.columns["age"].tolist()
    assert set(kept.columns["stimulus"].tolist()) == {"huber_film.mp4", "other"}


def test_pictures_and_tracks_of_faces_are_gone_and_the_rest_is_whole(faces, tmp_path):
    assert any(faces.facts(name).layout.pixels for name in faces.modalities)
    shared = scrub(faces, tmp_path / "shared")
    assert shared.modalities == ("eeg", "face-hog")
    assert not any(shared.facts(name).layout.pixels for name in shared.modalities)
    assert set(shared.recipe) == set(shared.modalities)
    for number in range(len(shared.index.files)):
        file = shared.file(number)
        assert all(series.track is None and series.stored.dtype == np.float32 for series in file.series.values())
        assert file.facts.sketches == ()
    assert shared.samples.tolist() == faces.samples.tolist()
    assert b"track" not in everything(shared.path)


def test_the_same_cache_gives_the_same_bytes(cache, tmp_path):
    one, two = (scrub(cache, tmp_path / name) for name in "ab")
    assert everything(one.path) == everything(two.path)


@pytest.mark.parametrize("calls", range(5))
def test_a_copy_that_was_cut_short_goes_on_to_the_same_bytes(cache, tmp_path, monkeypatch, calls):
    """After each of its files, and once more when all are there; what was kept by the first is not by the second."""
    whole, folder, done = scrub(cache, tmp_path / "whole"), tmp_path / "cut", []

    def publish(plan, number, real=_Scrub.publish):
        if len(done) == calls:
            raise KeyboardInterrupt
        done.append(number)
        return real(plan, number)

    with monkeypatch.context() as patched:
        patched.setattr(_Scrub, "publish", publish)
        with pytest.raises(KeyboardInterrupt):
            scrub(cache, folder, ["stimulus"])
    assert len(list(folder.iterdir())) == calls
    scrub(cache, folder)
    scrub(cache, folder)
    assert everything(folder) == everything(whole.path)


def test_a_copy_of_another_cache_is_not_written_over(cache, faces, tmp_path):
    before = everything(scrub(faces, tmp_path).path)
    with pytest.raises(InputError, match="holds something"):
        scrub(cache, tmp_path)
    assert everything(tmp_path) == before


def test_what_cannot_be_shared_is_refused_in_one_line(cache, faces, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "doubtful.png").write_bytes(b"")
    with pytest.raises(InputError, match="a folder that holds something; wanted an empty folder"):
        scrub(cache, tmp_path / "full")
    with pytest.raises(InputError, match="holds something"):
        scrub(cache, cache.path)
    with pytest.raises(InputError, match="--keep: found colour; wanted some of site, age, stimulus"):
        scrub(cache, tmp_path / "new", ["colour"])
    assert not (tmp_path / "new").exists()
    pictures = preprocess(SimulatedFaces(subjects=2, frames=3), None, tmp_path / "pictures")
    with pytest.raises(InputError, match=r"pictures only \(face\); wanted a series of something else"):
        scrub(pictures, tmp_path / "new")


def test_the_command_says_what_is_gone(cache, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["x", "scrub", str(cache.path), str(tmp_path / "shared"), "--keep", "age"])
    assert main() == 0
    out = capsys.readouterr().out
    assert "3 subjects" in out
    assert "without columns: site" in out
    assert "Huber" not in out
