"""What a folder looks like, by the names of its files: each lookalike is its dataset, and nothing else."""

import os

import pytest

from emoscan.signals import DATASETS, InputError
from emoscan.signals.datasets.recognition import likenesses, looks_like

ON_DISK = [name for name in DATASETS.known if not name.startswith("Simulated")]


@pytest.fixture(scope="module")
def lookalikes(tmp_path_factory):
    """The folder with the lookalike of each dataset in a folder of an ordinary name."""
    root = tmp_path_factory.mktemp("lookalikes")
    for name in ON_DISK:
        DATASETS.find(name).write_fake(root / name / "data")
    return root


@pytest.mark.parametrize("name", ON_DISK)
def test_a_lookalike_looks_like_its_dataset_and_no_other(lookalikes, name):
    (found,) = likenesses(lookalikes / name / "data")
    assert (found.dataset, found.root) == (name, lookalikes / name / "data")
    assert (found.root / found.example).is_file()


@pytest.mark.parametrize("name", ON_DISK)
def test_from_one_folder_above_the_dataset_is_found_and_can_be_read_where_it_is_said_to_be(lookalikes, name):
    found = likenesses(lookalikes / name)
    assert [likeness.dataset for likeness in found] == [name]
    assert sum(1 for _ in DATASETS.build(name, found[0].root)) > 0


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("SEED", "Preprocessed_EEG"),
        ("DEAP", "data_preprocessed_python"),
        ("MAHNOBHCI", "Sessions/10"),
        ("BIDS", "sub-02"),
        ("CK48", "CK+48/anger"),
        ("RAVDESS", "Actor_01"),
        ("DISFA", "ActionUnit_Labels"),
    ],
)
def test_from_a_folder_within_the_one_to_name_is_pointed_at(lookalikes, name, inside):
    found = likenesses(lookalikes / name / "data" / inside)
    assert [likeness.dataset for likeness in found] == [name]
    assert sum(1 for _ in DATASETS.build(name, found[0].root)) > 0


def test_two_datasets_in_one_folder_are_both_named(tmp_path):
    for name in ("EEGMAT", "SelfRegulationSCP1"):
        DATASETS.find(name).write_fake(tmp_path / "both" / name)
    (tmp_path / "one").mkdir()
    for path in (tmp_path / "both").rglob("*.*"):
        if path.name != "simulated.json":
            os.link(path, tmp_path / "one" / path.name)
    words = looks_like(tmp_path / "one")
    assert words.startswith("it looks like EEGMAT (Subject00_1.edf and 6 more) or SelfRegulationSCP1")
    assert f"emo-preprocess run EEGMAT {tmp_path / 'one'} CACHE" in words


def test_any_other_folder_says_how_to_begin_with_recordings_of_ones_own(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "vp01.EDF").touch()
    (tmp_path / "raw" / "vp02.edf").touch()
    (tmp_path / "notes.txt").touch()
    assert likenesses(tmp_path) == []
    words = looks_like(tmp_path)
    assert "looks like no dataset that emoscan knows (2 .edf)" in words
    assert "trials.csv, with the columns subject, session, trial, stimulus, eeg" in words


def test_a_large_folder_costs_little_and_links_in_a_circle_end(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "again").symlink_to(tmp_path)
    for number in range(1000):
        (tmp_path / f"{number}.jpg").touch()
    assert likenesses(tmp_path) == []


@pytest.fixture
def command(monkeypatch, capfd, tmp_path):
    import sys

    from emoscan.preprocessing.commands.command import main

    def run(*words):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["emo-preprocess", *map(str, words)])
        return main(), capfd.readouterr().err

    return run


def test_whoever_names_no_dataset_or_the_wrong_one_is_told_which(command, lookalikes, tmp_path):
    folder = lookalikes / "DEAP" / "data"
    for words in (("run", folder, "cache"), ("run", "SEED", folder, "cache"), ("run", "TrialTable", folder, "cache")):
        code, line = command(*words)
        assert code == 2
        assert line.count("\n") == 1
        assert (
            f"it looks like DEAP (data_original/s01.bdf and 4 more); say: emo-preprocess run DEAP {folder} CACHE"
            in line
        )
    code, line = command("run", "DEAP", lookalikes / "DEAP", "cache")
    assert f"{folder} looks like DEAP" in line
    code, line = command("run", "TrialTable", tmp_path, "cache")
    assert "looks like no dataset that emoscan knows" in line
    code, line = command("run", "DEAP", tmp_path / "none", "cache")
    assert "give the folder that holds it" in line


def test_a_folder_is_opened_by_its_dataset_without_a_look_at_what_it_is_like(lookalikes):
    with pytest.raises(InputError, match="give the folder that holds it"):
        DATASETS.build("SEED", lookalikes / "DEAP" / "data")


def test_classes_within_people_are_no_folders_of_classes(tmp_path):
    for person in ("s0", "s1"):
        for name in ("happy", "sad"):
            (tmp_path / person / name).mkdir(parents=True)
            (tmp_path / person / name / "0.png").write_bytes(b"not opened")
    assert [(found.dataset, found.root.name) for found in likenesses(tmp_path)] == [("ClassFolders", "s0")]
