"""Long recordings and large studies of the soak, small: the writers, the looks at a process, and the bars."""

import os
import subprocess
import sys

import numpy as np
import pytest

from emoscan.benchmarks.soak import long_recordings
from emoscan.benchmarks.soak.long_recordings import Look, Study, Watched, look_at, write_study
from emoscan.signals import TrialTable

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc says what a process holds")


def steady(n=101, memory=100e6):
    """Looks at a process that reads a megabyte in each of its seconds."""
    return [Look(clock=second, busy=second, memory=memory, read=1e6 * second) for second in range(n)]


def test_eeg_is_written_with_no_two_windows_alike(tmp_path):
    write_study(tmp_path / "eeg", Study("eeg", "long.edf", seconds=120, short=60), seed=0)
    short, long = (trial.streams["eeg"] for trial in TrialTable(tmp_path / "eeg"))
    assert (short.duration, long.duration, long.rate, len(long.names)) == (60, 120, 1000, 64)
    seconds = long.read(0, 120_000)[0].reshape(120, 1000)
    assert len({second.tobytes() for second in seconds}) == 120
    assert 1 < seconds.std() < 100  # microvolts


def test_video_goes_on_behind_the_end_of_what_was_encoded(tmp_path, monkeypatch):
    monkeypatch.setattr(long_recordings, "CLIP", 40)
    write_study(tmp_path / "face", Study("face", "long.mp4", seconds=4, short=2), seed=0)
    short, long = (trial.streams["face"] for trial in TrialTable(tmp_path / "face"))
    assert (len(short), len(long)) == (50, 100)
    assert np.allclose(np.diff(long.times), 1 / 25, atol=1e-3)
    pictures = list(long.frames())
    assert (pictures[0] == pictures[40]).all()
    assert (pictures[0] != pictures[20]).any()


def test_memory_of_a_process_is_what_it_holds_itself(tmp_path):
    before = look_at(os.getpid())
    held = np.ones(40_000_000, np.uint8)
    file = np.memmap(tmp_path / "mapped", np.uint8, "w+", shape=(40_000_000,))
    file[:] = 1
    after = look_at(os.getpid())
    assert after.memory - before.memory == pytest.approx(len(held), rel=0.2)  # and not the file too
    assert after.busy >= before.busy
    assert after.clock > before.clock
    (tmp_path / "mapped").read_bytes()
    assert look_at(os.getpid()).read - after.read >= 40_000_000


def test_a_process_that_has_ended_is_not_looked_at():
    number = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {})
    os.waitpid(number, 0)
    assert look_at(number) is None


def test_steady_work_meets_all_bars():
    seen = Watched(steady(), size=90_000_000)
    assert (seen.peak, seen.growth, seen.wrong) == (0, 0, ())
    assert seen.slower == pytest.approx(0)


@pytest.mark.parametrize(
    "place, memory, line",
    [(50, 251e6, "151 MB from start to peak, at most 150"), (100, 121e6, "21 MB from first minute to end, at most 20")],
)
def test_more_memory_is_wrong(place, memory, line):
    looks = steady()
    looks[place] = Look(place, place, memory, looks[place].read)
    assert Watched(looks, size=90_000_000).wrong == (line,)


def test_a_pace_that_falls_is_wrong_whatever_was_read_before():
    quick = [Look(0.01 * k, 0.01 * k, 1e8, 1e6 * k) for k in range(100)]  # a digest, of the same 100 MB
    slow = [Look(1 + t, 1 + t, 1e8, 99e6 + 1e8 * (1 - (1 - t / 200) ** 2)) for t in range(200)]
    (line,) = Watched(quick + slow, size=100_000_000).wrong
    assert line.endswith("slower than the first, at most 10%")


def test_a_process_that_ended_badly_is_wrong():
    assert Watched((), 1, "ends with 2").wrong == ("ends with 2",)
    assert Watched((), 1, "ends with 2").note == ""


def test_a_short_study_is_watched_and_its_recordings_are_removed(tmp_path):
    study = Study("eeg", "long.edf", seconds=480, short=60, recipe="{eeg: [DifferentialEntropy()]}")
    seen = long_recordings.watched(tmp_path / "eeg", study, seed=0)
    assert not seen.fault
    assert seen.peak < 150e6
    assert "MB" in seen.note
    assert not (tmp_path / "eeg" / "long.edf").exists()


_KILLED = """
import sys
from pathlib import Path
from emoscan.benchmarks.soak import large_study
count = next(large_study.of_study(Path(sys.argv[1]), people=10, sessions=2, seed=0))
assert (count.tried, count.wrong) == (1, ()), count
print(count.note)
"""


def test_preprocessing_goes_on_after_a_kill_in_the_middle(tmp_path):
    """In a process of its own: a copy of this one would wait for workers that other tests have started."""
    words = [sys.executable, "-c", _KILLED, tmp_path]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "verify" in done.stdout
