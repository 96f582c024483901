"""Small fixed samples of the soak: kills, endings, full disks and two writers, on quick works; and what it finds."""

import os
import signal

import numpy as np
import pytest

from emoscan.benchmarks.soak.children import Ended, started
from emoscan.benchmarks.soak.full_disks import without_room
from emoscan.benchmarks.soak.kills import at_calls, ended, killed_at_random
from emoscan.benchmarks.soak.two_writers import pairs
from emoscan.benchmarks.soak.undisturbed import Bench
from emoscan.benchmarks.soak.works import difference, outcome

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the soak copies its own process")


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench.of(tmp_path_factory.mktemp("soak"), ("run", "scrub"))


@pytest.fixture
def chance():
    return np.random.default_rng(0)


def test_killed_as_files_get_their_names_all_works_go_on_to_the_same_end(bench, chance):
    counts = list(at_calls(bench, 8, chance))
    assert sum(count.tried for count in counts) == 8
    assert [count.wrong for count in counts] == [(), ()]


@pytest.mark.parametrize("disturbed", [killed_at_random, ended, without_room, pairs])
def test_disturbed_runs_end_as_undisturbed_ones_do(bench, chance, disturbed):
    for work in bench.works[: 1 if disturbed is pairs else 2]:
        count = disturbed(bench, work, 2, chance)
        assert count.wrong == ()
        assert count.tried <= 2


def test_quick_works_are_done_more_often_and_each_is(bench):
    numbers = {work.name: number for work, number in bench.shared_out(10)}
    assert numbers["scrub"] >= numbers["run"] >= 1


def test_what_is_missing_left_over_and_different_is_found(tmp_path):
    for name, text in (("same", "a"), ("changed", "a"), ("gone", "a")):
        (tmp_path / name).write_text(text)
    before = outcome(tmp_path)
    (tmp_path / "changed").write_text("b")
    (tmp_path / "gone").rename(tmp_path / ".gone.part")
    found = difference(before, outcome(tmp_path))
    assert found == "missing: gone (1); left over: .gone.part (1); different: changed (1)"
    assert difference(before, before) == ""


def test_times_do_not_count_and_numbers_do(tmp_path):
    path, found = tmp_path / "report.json", []
    for text in ('{"seconds": 1, "x": [1]}', '{"seconds": 2, "x": [1]}', '{"seconds": 1, "x": [2]}'):
        path.write_text(text)
        found.append(outcome(tmp_path))
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("end", "word"),
    [
        (Ended(0, "all well", 1.0), ""),
        (Ended(2, "a line", 1.0), "ends with 2, having printed a line"),
        (Ended(0, "Traceback (most recent call last):\nKeyError", 1.0), "ends with 0, having printed KeyError"),
        (Ended(-signal.SIGKILL, "", 60.0), "hangs"),
    ],
)
def test_a_bad_end_is_told_from_a_good_one(end, word):
    assert bool(end.wrong) == bool(word)
    assert end.wrong.startswith(word)


def test_a_work_that_fails_unforeseen_shows_where(tmp_path):
    end = started(["emo-nothing"], tmp_path / "log").finished()
    assert end.code == 70
    assert "KeyError: 'emo-nothing'" in end.text
