"""Who waits sees that the work goes on, at a terminal and behind a pipe."""

import re
import time

import pytest

from emoscan.preprocessing.building.progress import in_words, progress_bar


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
