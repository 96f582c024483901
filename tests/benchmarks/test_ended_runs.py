"""Runs that are ended from outside: by Ctrl-C, by a scheduler, or because the kernel takes one of their processes."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from joblib import delayed

from emoscan.preprocessing.building.processes import in_processes
from emoscan.signals import InputError

ENDINGS = {
    signal.SIGINT: (130, "emo-train: interrupted; what was finished is kept, run it again to go on"),
    signal.SIGTERM: (143, "emo-train: terminated; what was finished is kept, run it again to go on"),
}
TRAIN = "import sys; from emoscan.benchmarks.commands.command import main; sys.exit(main())"
FIT = ("fit", "--backbone", "GRU(hidden=8)", "--epochs", "100000")
BENCH = ("bench", "--models", "GRU(hidden=8)", "--epochs", "1", "--seeds", "9")
CASES = [
    (BENCH, signal.SIGTERM),
    *(
        pytest.param(words, number, marks=pytest.mark.slow)  # each starts processes that load torch
        for words, number in ((BENCH, signal.SIGINT), (FIT, signal.SIGTERM), ((*BENCH, "--jobs", "2"), signal.SIGINT))
    ),
]


def command(words, folder, **settings):
    """A command in a process and a session of its own, which hears Ctrl-C as in front of a shell."""
    hears = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", TRAIN, *words, "--output", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
        preexec_fn=hears,
        **settings,
    )


def wait_for(found, child, seconds=300):
    """Wait until something is found while a command runs."""
    deadline = time.monotonic() + seconds
    while not found() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert child.poll() is None, child.communicate()
    assert found()


@pytest.mark.parametrize(("words", "number"), CASES)
def test_a_command_that_is_ended_says_so_in_one_line_and_goes_on_where_it_was(cache, tmp_path, words, number):
    words, folder = [words[0], str(cache.path), *words[1:], "--window", "4"], tmp_path / "run"
    child = command(words, folder)
    wait_for(folder.exists if words[0] == "fit" else lambda: list(folder.rglob("parts/fold*")), child)
    time.sleep(0.5)
    os.killpg(child.pid, number)
    _, err = child.communicate(timeout=300)
    code, line = ENDINGS[number]
    assert child.returncode == code, err
    assert err.splitlines()[-1] == line
    assert "Traceback" not in err
    assert not list(tmp_path.rglob("*.part"))
    if words[0] == "bench":
        done = {path: path.stat().st_mtime_ns for path in folder.rglob("parts/*.npz")}
        assert 1 <= len(done) < 27
        again = command(words, folder)
        wait_for(lambda: len(list(folder.rglob("parts/*.npz"))) > len(done), again)
        again.kill()
        again.wait()
        assert {path: path.stat().st_mtime_ns for path in done} == done


def _square(number, folder, deadly, always=False):
    """The square; the process is killed at a number the first time, or always."""
    struck = Path(folder) / "struck"
    if number == deadly and (always or not struck.exists()):
        struck.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return number**2


def squares(folder, deadly, **settings):
    calls = [(f"number {n}", delayed(_square)(n, str(folder), deadly, **settings)) for n in range(8)]
    return in_processes(2, calls)


def test_the_job_of_a_killed_process_is_named_and_done_once_more(tmp_path, capsys):
    assert sorted(squares(tmp_path, 3)) == [n**2 for n in range(8)]
    (line,) = capsys.readouterr().err.splitlines()
    assert "number 3" in line
    assert "a process that was killed, most likely since memory ran out; tried once more, one at a time" in line


def collect(results, into):
    """Note results as they come, until the last or an error."""
    for result in results:
        into.append(result)


def test_a_job_that_is_killed_alone_too_is_one_error_and_the_others_are_kept(tmp_path, capsys):
    kept = []
    with pytest.raises(InputError, match=r"^number 7: found a process that was killed, most likely .* run it again"):
        collect(squares(tmp_path, 7, always=True), kept)
    assert kept
    assert set(kept) <= {n**2 for n in range(7)}
    assert "number 7" in capsys.readouterr().err


def test_jobs_of_one_name_are_each_done(tmp_path):
    calls = [("same", delayed(_square)(n, str(tmp_path), -1)) for n in range(4)]
    assert sorted(in_processes(2, calls)) == [0, 1, 4, 9]
