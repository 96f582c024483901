"""What reading a recording changed, left out or doubts is carried from the stream to every place where people look."""

from dataclasses import replace

import numpy as np
import pytest
from lab_study import LookAhead, Moments, Study

from emoscan.benchmarks import benchmark
from emoscan.benchmarks.page.html_report import write_report
from emoscan.preprocessing import Cache, derive, preprocess
from emoscan.preprocessing.cache_files.cache_index import remarks_of
from emoscan.preprocessing.commands.printed_report import print_cache, print_run
from emoscan.signals import SCALP_19, Task

REMARK = "3 notes lie outside the recording"


class RemarkedStudy(Study):
    """A study whose reader remarks the same on two of the three people."""

    def __iter__(self):
        for trial in super().__iter__():
            remarks = (REMARK,) if trial.subject != "1" else ()
            yield replace(trial, streams={"eeg": replace(trial.streams["eeg"], remarks=remarks)})


RemarkedStudy.name = Study.name


@pytest.fixture
def built(tmp_path):
    Study.write_fake(tmp_path / "study")
    outcomes = []
    cache = preprocess(
        RemarkedStudy(tmp_path / "study"), {"eeg": [Moments()]}, tmp_path / "cache", watch=outcomes.append
    )
    return cache, outcomes


def test_equal_remarks_are_one_with_all_their_recordings(built):
    (remark,) = built[0].remarks
    assert remark.text == f"eeg: {REMARK}"
    assert len(remark.about) == 4
    assert str(remark) == f"{remark.about[0]} and 3 others: eeg: {REMARK}"
    assert not any(name.startswith("subject 1,") for name in remark.about)


def test_what_holds_for_all_recordings_is_said_of_all():
    pairs = [("subject 1", "a"), ("subject 2", "a"), ("subject 2", "b")]
    assert [str(remark) for remark in remarks_of(pairs, 2)] == ["all 2 recordings: a", "subject 2: b"]
    assert [str(remark) for remark in remarks_of(pairs, 3)] == ["subject 1 and 1 other: a", "subject 2: b"]
    assert [str(remark) for remark in remarks_of([("subject 1", "a")], 1)] == ["subject 1: a"]


def test_a_run_and_inspect_print_the_remarks(built, capsys):
    cache, outcomes = built
    print_run(cache, outcomes)
    assert REMARK in capsys.readouterr().out
    print_cache(cache)
    assert " ".join(capsys.readouterr().out.split()).count(REMARK) == 1


def test_words_about_a_recording_do_not_build_it_again(built, tmp_path):
    outcomes = []
    preprocess(Study(tmp_path / "study"), {"eeg": [Moments()]}, tmp_path / "cache", watch=outcomes.append)
    assert all(outcome.kept for outcome in outcomes)


def test_a_derived_cache_carries_them_on(built, tmp_path):
    assert derive(built[0], {"eeg": [LookAhead()]}, tmp_path / "smooth").remarks == built[0].remarks


def test_the_page_of_a_run_lists_them(built, tmp_path):
    report = benchmark(Cache(built[0].path), "majority", split="leave_one_out('subject')", window=1)
    assert REMARK in write_report([report], tmp_path / "page.html").read_text()


def test_a_note_left_among_recordings_is_named_where_it_makes_them_simulated(tmp_path, capsys):
    made = Cache.from_arrays(
        tmp_path / "cache",
        [np.random.default_rng(trial).standard_normal((4, 19, 2)) for trial in range(4)],
        layout=SCALP_19,
        task=Task(dimensions=("valence", "arousal"), ranges=((-1, 1), (-1, 1))),
        dimensions=[(0.2 * trial, 0.5) for trial in range(4)],
        subject=["1", "1", "2", "2"],
        trial=[1, 2, 1, 2],
        simulated=True,
    )
    print_cache(made)
    out = capsys.readouterr().out
    assert "arousal never varies" in out
    assert "valence never varies" not in out
    assert "simulated.json" not in out
    by_steps = replace(made.index, recipe={name: ("RawSlices()",) for name in made.recipe})
    print_cache(Cache(made.path, by_steps))
    assert "simulated, as simulated.json beside the recordings says" in capsys.readouterr().out
