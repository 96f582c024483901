"""A corrected label costs no computing: the volumes stay, the truths are written anew, and nothing else passes."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from lab_study import Moments, Study

from emoscan.preprocessing import Cache, RawSlices, preprocess
from emoscan.preprocessing.building import recording_build
from emoscan.preprocessing.building.dataset_build import estimate
from emoscan.preprocessing.commands.printed_report import print_run
from emoscan.signals import SCALP_19, Target, TrialTable
from emoscan.signals.datasets.lookalikes.recordings import background
from emoscan.signals.files.edf import EdfSignal, write_edf

RECIPE = {"eeg": [Moments()], "eeg-long": [Moments(2.0)]}


class Corrected(Study):
    """The same recordings; what ``changes`` says of trials, by subject and trial, is other than before."""

    changes: ClassVar[dict] = {}

    def __iter__(self):
        for trial in super().__iter__():
            yield replace(trial, **self.changes.get((trial.subject, trial.trial), {}))


Corrected.name = Study.name


@pytest.fixture
def study(tmp_path):
    Study.write_fake(tmp_path / "study")
    preprocess(Study(tmp_path / "study"), RECIPE, tmp_path / "cache")
    return tmp_path


def again(folder, changes, cache="cache"):
    """The cache and the outcomes of a run of the same recordings with changes."""
    data, outcomes = Corrected(folder / "study"), []
    data.changes = changes
    return preprocess(data, RECIPE, folder / cache, watch=outcomes.append), outcomes


def computed(outcomes):
    return [outcome.file[0].subject for outcome in outcomes if not outcome.kept]


def test_a_corrected_label_gives_the_bytes_of_a_new_build_and_computes_nothing(study, monkeypatch, capsys):
    changes = {("2", 1): {"target": Target.of(1)}, ("2", 2): {"target": Target.of(-1)}}
    new, _ = again(study, changes, "new")

    def nothing(*args):
        raise AssertionError("a step was followed")

    monkeypatch.setattr(recording_build, "follow", nothing)
    cache, outcomes = again(study, changes)
    assert not computed(outcomes)
    assert sum(bool(outcome.relabelled) for outcome in outcomes) == 2  # both sessions of subject 2
    for path in sorted(new.path.iterdir()):
        assert (cache.path / path.name).read_bytes() == path.read_bytes()
    assert cache.columns["category"][cache.subject == "2"].tolist() == [1, -1, 0] * 2
    print_run(cache, outcomes)
    printed = capsys.readouterr().out
    assert "0 recordings built, 6 kept, 2 of them with other labels than before" in printed
    named = [f"subject 2, session {session}, trial {trial}" for session in (1, 2) for trial in (1, 2)]
    assert f"labelled anew: {'; '.join(named)}\n" in printed


def test_the_same_run_once_more_finds_all_as_it_is(study):
    changes = {("2", 1): {"target": Target.of(1)}}
    again(study, changes)
    _, outcomes = again(study, changes)
    assert all(outcome.kept and not outcome.relabelled for outcome in outcomes)


def test_an_estimate_counts_no_recording_whose_labels_alone_differ(study):
    data = Corrected(study / "study")
    data.changes = {("2", 1): {"target": Target.of(1)}}
    assert estimate(data, RECIPE, study / "cache").done == 6


def test_whatever_else_differs_is_computed_anew(study):
    label = {"target": Target.of(1)}
    assert computed(again(study, {("2", 1): {**label, "stimulus": "film 9"}})[1]) == ["2", "2"]
    np.save(study / "study" / "1_1.npy", np.load(study / "study" / "1_1.npy") + 1)
    assert computed(again(study, {("1", 1): label, ("2", 1): {**label, "stimulus": "film 9"}})[1]) == ["1"]


def test_a_truth_that_changes_within_its_trial_is_computed_anew_and_right(study):
    moving = Target(np.array([0, 1], np.int16), np.zeros((2, 0)), np.zeros((2, 0)), np.array([0.0, 3.0]))
    cache, outcomes = again(study, {("3", 1): {"target": moving}})
    assert cache[12]["eeg"].target.category.tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    assert not computed(outcomes)  # from one that stood still, of which the file holds all
    _, outcomes = again(study, {("3", 1): {"target": moving}, ("3", 2): {"target": Target.of(0)}})
    assert not computed(outcomes)  # another trial of the recording was corrected, which stands still
    cache, outcomes = again(study, {})
    assert computed(outcomes) == ["3", "3"]
    assert cache[12]["eeg"].target.category.tolist() == [0] * 8


def test_a_damaged_file_is_not_relabelled(study):
    path = next((study / "cache").glob("subject-2,*.h5"))
    path.write_bytes(path.read_bytes()[:-1])
    cache, outcomes = again(study, {("2", 1): {"target": Target.of(1)}})
    assert computed(outcomes) == ["2"]
    assert Cache(cache.path).columns["category"].tolist().count(1) == 8


def test_what_was_told_of_a_table_is_told_no_more_once_it_is_corrected(tmp_path):
    for number in range(4):
        rows = background(np.random.default_rng(number), 19, 512, 128)
        write_edf(
            tmp_path / f"{number}.edf", [EdfSignal(*each, 128) for each in zip(SCALP_19.sites, rows, strict=True)]
        )

    def told(*moods, folder="cache"):
        lines = [f"s{number // 2},1,{number + 1},x,{number}.edf,{mood}" for number, mood in enumerate(moods)]
        (tmp_path / "trials.csv").write_text("\n".join(["subject,session,trial,stimulus,eeg,category", *lines]) + "\n")
        return preprocess(TrialTable(tmp_path), {"eeg": [RawSlices()]}, tmp_path / folder)

    first = told("calm", "glad", "calm", "Calm")
    assert any("Calm" in remark.text for remark in first.remarks)
    assert not any("Calm" in remark.text for remark in told("calm", "glad", "calm", "glad").remarks)
    again, new = told("calm", "glad", "calm", "Calm"), told("calm", "glad", "calm", "Calm", folder="new")
    assert again.remarks == first.remarks
    assert Cache(again.path).remarks == Cache(new.path).remarks
