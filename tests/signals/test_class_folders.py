"""Pictures in folders of classes are read as a lab has them: with parts or without, named or numbered, by person."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emoscan.preprocessing import preprocess, read_recipe
from emoscan.signals import UNKNOWN_SUBJECT, ClassFolders, DatasetNotFound, InputError

RAF_DB = {"1": "surprise", "2": "fear", "3": "disgust", "4": "happiness", "5": "sadness", "6": "anger", "7": "neutral"}


def save(root, *names):
    """Pictures of different grey levels."""
    for place, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((40, 40), 5 + place, np.uint8)).save(root / name)
    return root


def facts(dataset):
    """Part, class and file of each trial."""
    classes = dataset.task.categories
    return [
        (trial.part, classes[trial.target.category[0]], trial.streams["face"].source.path.name) for trial in dataset
    ]


@pytest.fixture
def fake(tmp_path):
    ClassFolders.write_fake(tmp_path / "fake")
    return tmp_path / "fake"


def test_parts_and_classes_are_folders_whatever_their_letters(fake):
    dataset = ClassFolders(fake)
    assert dataset.task.categories == ("anger", "happiness", "neutral", "surprise")
    assert Counter(part for part, *_ in facts(dataset)) == {"train": 16, "test": 8}
    assert {trial.session for trial in dataset} == {"train", "test"}
    assert {skip.path.relative_to(fake).as_posix(): skip.reason for skip in dataset.skipped()} == {
        "labels.txt": "not a picture in a folder of a class",
        "train/fear": "an empty folder",
        "train/happy/Thumbs.db": "not a picture in a folder of a class",
    }
    assert [str(trial) for trial in dataset] == [str(trial) for trial in ClassFolders(fake)]


def test_folders_without_parts_are_one_session_and_two_comes_before_ten(tmp_path):
    save(tmp_path, "calm/p10.png", "calm/p2.PNG", "Tense/a.jpg")
    dataset = ClassFolders(tmp_path)
    assert facts(dataset) == [("", "calm", "p2.PNG"), ("", "calm", "p10.png"), ("", "Tense", "a.jpg")]
    assert {trial.session for trial in dataset} == {"1"}
    assert [trial.trial for trial in dataset] == [1, 2, 3]
    assert {trial.subject for trial in dataset} == {UNKNOWN_SUBJECT}
    assert not dataset.names_subjects


def test_classes_that_differ_in_letters_between_parts_are_one(tmp_path):
    save(tmp_path, "train/Calm/1.png", "train/tense/1.png", "val/calm/2.png")
    assert facts(ClassFolders(tmp_path)) == [
        ("train", "Calm", "1.png"),
        ("train", "tense", "1.png"),
        ("validation", "Calm", "2.png"),
    ]


def test_numbered_folders_get_names_as_in_raf_db(tmp_path):
    save(tmp_path / "DATASET", *(f"{part}/{number}/{part}_1.jpg" for part in ("train", "test") for number in RAF_DB))
    assert ClassFolders(tmp_path).task.categories == tuple(RAF_DB)
    dataset = ClassFolders(tmp_path, classes=RAF_DB)
    assert dataset.task.categories == tuple(sorted(RAF_DB.values()))
    for trial in dataset:
        folder = trial.streams["face"].source.path.parent.name
        assert dataset.task.categories[trial.target.category[0]] == RAF_DB[folder]
    with pytest.raises(InputError, match="classes: found '8'; wanted folders among 1, 2, 3"):
        ClassFolders(tmp_path, classes={"8": "contempt"})


def test_people_are_found_in_names_as_in_ck48(tmp_path):
    names = ("anger/S010_004_00000017.png", "anger/S010_004_00000018.png", "fear/S011_003_00000012.png")
    save(tmp_path / "CK+48", *names)
    dataset = ClassFolders(tmp_path, subject="S([0-9]+)_")
    assert [(trial.subject, trial.trial) for trial in dataset] == [("010", 1), ("010", 2), ("011", 1)]
    assert dataset.names_subjects
    for wrong in ("S[0-9]+", "S([0-9]+"):
        with pytest.raises(InputError, match="wanted a regular expression with one group"):
            ClassFolders(tmp_path, subject=wrong)
    save(tmp_path / "CK+48", "fear/stranger.png")
    with pytest.raises(InputError, match=r"CK\+48/fear/stranger.png: found nobody's name"):
        ClassFolders(tmp_path, subject="S([0-9]+)_")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "found no pictures in folders"),
        (("a.png", "b.png"), "found no pictures in folders"),
        (("calm/a.png",), "found pictures of one class, calm"),
        (("calm/a.png", "x/y/z.png"), "found pictures of one class, calm"),
    ],
)
def test_a_folder_without_two_classes_is_not_found(tmp_path, names, message):
    save(tmp_path, *names)
    with pytest.raises(DatasetNotFound, match=message):
        ClassFolders(tmp_path)


def test_a_broken_picture_is_one_error_that_names_it_and_the_next_still_come(fake):
    path = next((fake / "train" / "angry").iterdir())
    path.write_bytes(Path(path).read_bytes()[:100])
    trials = iter(ClassFolders(fake))
    seen, errors = 0, []
    while True:
        try:
            next(trials)
            seen += 1
        except StopIteration:
            break
        except InputError as error:
            errors.append(str(error))
    assert (seen, len(errors)) == (23, 1)
    assert path.name in errors[0]


def test_exact_copies_in_two_parts_are_left_out_of_a_cache(fake, tmp_path):
    shutil.copy(fake / "train" / "happy" / "train_00000.jpg", fake / "test" / "happy" / "again.jpg")
    recipe = read_recipe({"face": ("FaceCrop(48, detector='Whole')", "Patches()")})
    cache = preprocess(ClassFolders(fake), recipe, tmp_path / "cache")
    assert (len(cache), cache.names_subjects) == (24, False)
    assert sum("whose bytes are those of" in left.reason for left in cache.skipped) == 1


def test_folders_that_are_made_one_class_are_told_apart_from_no_other(tmp_path):
    save(tmp_path, "Happy/1.png", "happy/2.png", "sad/3.png", "angry/4.png", "Anger/5.png")
    dataset = ClassFolders(tmp_path)
    told = {trial.streams["face"].source.path.name: trial.streams["face"].remarks for trial in dataset}
    assert told["1.png"] == told["2.png"] == ("folders 'Happy' and 'happy' are one class, happiness",)
    assert told["4.png"] == told["5.png"] == ("folders 'Anger' and 'angry' are one class, anger",)
    assert told["3.png"] == ()
