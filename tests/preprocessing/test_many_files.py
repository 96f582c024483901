"""Caches of many recordings: no file stays open, and what was read stays."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from emoscan.preprocessing import Cache
from emoscan.preprocessing.cache_files import mapped_file
from emoscan.preprocessing.cache_files.mapped_file import mapped_bytes
from emoscan.signals import SEED_62, Task

PEOPLE = 80


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(3).standard_normal((PEOPLE, 12, 62, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, x):
    folder = tmp_path_factory.mktemp("many") / "cache"
    task = Task(("calm", "tense"))
    subject = [f"p{k:02d}" for k in range(PEOPLE)]
    Cache.from_arrays(
        folder, list(x), layout=SEED_62, task=task, category=[k % 2 for k in range(PEOPLE)], subject=subject
    )
    return folder


def test_windows_of_all_recordings_are_their_slices_in_any_order(folder, x):
    windows = Cache(folder).windows(4, 4)
    order = np.random.default_rng(0).permutation(len(windows))
    wanted = np.stack(
        [x[trial, start : start + 4] for trial, start in zip(windows.trials, windows.starts, strict=True)]
    )
    np.testing.assert_array_equal(windows.x(order), wanted[order])
    np.testing.assert_array_equal(windows.category[order], windows.trials[order] % 2)


def test_a_process_that_may_open_few_files_reads_them_all(folder):
    resource = pytest.importorskip("resource")
    most = 40  # Python, NumPy and HDF5 themselves take about ten
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] > most
    program = f"""
        import resource
        import h5py, numpy
        from emoscan.preprocessing import Cache
        resource.setrlimit(resource.RLIMIT_NOFILE, ({most}, {most}))
        cache = Cache({str(folder)!r})
        volumes = list(cache)
        windows = cache.windows(4, 4)
        print(len(volumes), windows.x().shape[0])
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [str(PEOPLE), str(3 * PEOPLE)], done.stderr


def test_what_was_read_stays_when_the_cache_and_its_files_are_gone(tmp_path, x):
    cache = Cache.from_arrays(
        tmp_path / "c", [x[0]], layout=SEED_62, task=Task(("a", "b")), category=[0], subject=["p"]
    )
    volume = cache[0]["eeg"].x
    for file in cache.path.glob("*.h5"):
        file.unlink()
    del cache
    np.testing.assert_array_equal(volume, x[0])
    with pytest.raises(ValueError, match="read-only"):
        volume[0] = 0


@pytest.mark.parametrize("system", ["posix", "nt"])
def test_bytes_are_mapped_alike_on_every_system(tmp_path, monkeypatch, system):
    path = tmp_path / "file"
    path.write_bytes(content := os.urandom(10_000))
    monkeypatch.setattr(mapped_file.os, "name", system)
    with path.open("rb") as file:
        mapped = mapped_bytes(file)
    monkeypatch.undo()
    assert mapped.tobytes() == content
    assert mapped.dtype == np.uint8
    assert not mapped.flags.writeable
