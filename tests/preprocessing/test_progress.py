"""Who waits sees that the work goes on, at a terminal and behind a pipe."""

import re
import time

import pytest

from emoscan.preprocessing.building.progress import Progress, counter, in_words, progress_bar


def test_a_pipe_gets_lines_with_the_share_done_and_the_time_left(capfd):
    with progress_bar("training", 4, every=0.05) as advance:
        time.sleep(0.12)
        advance(1)
        time.sleep(0.12)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "training: 0% after 0 s, the first is not finished yet"
    assert re.fullmatch(r"training: 25% after 0 s, about \d s left", lines[-1])


def test_work_that_is_done_before_the_first_line_prints_none(capfd):
    with progress_bar("training", 1, every=60) as advance:
        advance(1)
    assert capfd.readouterr().err == ""


def test_no_line_comes_after_work_that_broke_off(capfd):
    with pytest.raises(KeyError), progress_bar("training", 2, every=0.05):
        raise KeyError
    capfd.readouterr()
    time.sleep(0.12)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("seconds, words", [(5, "5 s"), (119, "119 s"), (600, "10 min"), (9000, "2.5 h")])
def test_a_duration_has_the_unit_that_a_reader_would_choose(seconds, words):
    assert in_words(seconds) == words


class Clock:
    """A clock that stands until it is set on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_follows_the_pace_of_what_was_done_now():
    clock = Clock()
    progress = Progress(10, clock=clock)
    progress(4, stored=True)
    assert progress.left is None  # what an earlier run did says nothing about the pace
    clock.now = 20.0
    progress(2)
    assert progress.left == 40.0
    assert str(progress) == "60% after 20 s, about 40 s left"
    clock.now = 25.0
    assert progress.left == 35.0  # it runs down between two steps
    clock.now = 90.0
    assert progress.left == 0.0
    assert str(progress) == "60% after 90 s, what is at work takes longer than what was done"
    progress(4)
    assert str(progress) == "100% after 90 s, about 0 s left"


def test_the_first_of_several_at_a_time_ends_a_round_of_them():
    clock = Clock()
    progress = Progress(8, at_a_time=2, clock=clock)
    clock.now = 10.0
    progress(1)
    assert progress.left == 30.0  # three rounds of two


def test_a_terminal_has_a_time_left_that_steps_longer_than_half_a_minute_do_not_lose(monkeypatch, capfd):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress_bar("training", 4) as progress:
        progress._begin -= 100.0
        progress(1)
        time.sleep(0.3)
    assert re.search(r"training.+25%.*about 5 min left", capfd.readouterr().err)


def test_work_of_unknown_length_is_counted_behind_a_pipe(capfd):
    with counter("opening trials", every=0.05) as advance:
        advance()
        advance()
        time.sleep(0.12)
    assert capfd.readouterr().err.splitlines()[0] == "opening trials: 2 after 0 s"
