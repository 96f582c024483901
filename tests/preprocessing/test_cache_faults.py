"""The promises of the cache, each with the fault that would break it."""

import errno
import hashlib
import multiprocessing
import os
import random
import re
import resource
import signal
import time

import numpy as np
import pytest
from lab_study import Moments, Study

from emoscan.preprocessing import Cache, preprocess
from emoscan.preprocessing.cache_files.cache_file import USER_BLOCK, open_file, verify_file
from emoscan.preprocessing.quality.summary import verify
from emoscan.signals import CacheCorrupt, InputError
from emoscan.signals.files.publishing import DiskFull, new_file, publish_text, sweep

SLOW = {"eeg": [Moments(pause=0.004)]}
MOMENTS = {"eeg": [Moments()]}
fork = multiprocessing.get_context("fork")


def tree(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture
def cache(study, tmp_path):
    return preprocess(study, MOMENTS, tmp_path / "cache")


def in_child(work, *args):
    """Run ``work`` in a process of its own that ends without running our handlers."""
    child = fork.Process(target=work, args=args, daemon=True)
    child.start()
    return child


@pytest.mark.slow
def test_fifty_killed_runs_end_with_the_bytes_of_an_uninterrupted_one(study, tmp_path):
    begin = time.perf_counter()
    preprocess(study, SLOW, tmp_path / "whole")
    taken = time.perf_counter() - begin
    whole, chance, interrupted = tree(tmp_path / "whole"), random.Random(0), 0
    for i in range(50):
        folder = tmp_path / f"killed {i}"
        child = in_child(preprocess, study, SLOW, folder)
        time.sleep(chance.uniform(0, 1.2 * taken))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        left = tree(folder) if folder.exists() else {}
        finished = {name: digest for name, digest in left.items() if not name.endswith(".part")}
        assert finished.items() <= whole.items()  # whole files or none
        interrupted += 0 < len(finished) < len(whole)
        preprocess(study, SLOW, folder)
        assert tree(folder) == whole
    assert interrupted >= 10  # the kills did hit the middle


def test_a_run_goes_on_behind_the_recordings_of_a_killed_one(study, tmp_path):
    child = in_child(preprocess, study, {"eeg": [Moments(pause=0.05)]}, tmp_path / "cache")
    deadline = time.monotonic() + 20
    while len(list((tmp_path / "cache").glob("*.h5"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    outcomes = []
    preprocess(study, {"eeg": [Moments(pause=0.05)]}, tmp_path / "cache", watch=outcomes.append)
    assert 2 <= sum(outcome.kept for outcome in outcomes) < 6


def _write_until_limit(study, folder, limit, answer):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        preprocess(study, MOMENTS, folder)
    except InputError as error:
        answer.put((type(error).__name__, str(error)))


@pytest.mark.parametrize("limit", [0, 600, 3000, 60_000])
def test_a_full_disk_is_one_error_that_says_how_much_was_needed(study, tmp_path, limit):
    answer = fork.SimpleQueue()
    child = in_child(_write_until_limit, study, tmp_path / "cache", limit, answer)
    kind, told = answer.get()
    child.join()
    assert kind == "DiskFull"
    assert "no room on the disk; wanted 0.1 MB for this file; free some room" in told
    assert list((tmp_path / "cache").iterdir()) == []


def _write_beyond(path, asked, answer):
    """A disk that fills between the question and the write: room for ``asked`` bytes is found, less is there."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
    try:
        with new_file(path, asked) as part:
            import h5py

            with h5py.File(part, "x") as file:
                file.create_dataset("x", data=np.ones(100_000))
    except DiskFull as error:
        answer.put(str(error))


def test_a_disk_that_fills_while_hdf5_writes_publishes_nothing(tmp_path):
    answer = fork.SimpleQueue()
    child = in_child(_write_beyond, tmp_path / "x.h5", 1000, answer)
    assert "no room on the disk" in answer.get()
    child.join()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_dead_writers_are_swept_and_those_of_living_ones_are_not(tmp_path):
    living = fork.Process(target=time.sleep, args=(30,), daemon=True)
    dead = fork.Process(target=int)
    living.start()
    dead.start()
    dead.join()
    with new_file(tmp_path / "x.h5", 1) as own:
        name = own.name
        own.write_bytes(b"x")
        for pid in (living.pid, dead.pid):
            (tmp_path / name.replace(f".{os.getpid()}.", f".{pid}.")).write_bytes(b"half")
        (tmp_path / name.replace(f".{os.getpid()}.", f".{dead.pid}.").replace(".x.h5.", ".x.h5.elsewhere-")).touch()
        assert sweep(tmp_path) == 1
        assert own.exists()
    living.kill()
    assert len(list(tmp_path.glob(".*.part"))) == 2  # of the living one, and of another machine


def test_two_builders_at_once_do_not_harm_each_other(study, tmp_path):
    preprocess(study, SLOW, tmp_path / "alone")
    children = [in_child(preprocess, study, SLOW, tmp_path / "shared") for _ in range(3)]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert tree(tmp_path / "shared") == tree(tmp_path / "alone")


def _read_all(path, answer):
    cache = Cache(path)
    first = cache.windows(3, 1).x().tobytes()
    answer.put("ready")
    same = True
    for _ in range(100):
        same &= cache.windows(3, 1).x().tobytes() == first
        time.sleep(0.005)
    answer.put(same)


def test_a_reader_sees_the_old_bytes_while_the_cache_is_built_anew(study, cache):
    answer = fork.SimpleQueue()
    reader = in_child(_read_all, cache.path, answer)
    assert answer.get() == "ready"
    preprocess(study, {"eeg": [Moments(2.0)]}, cache.path)
    assert answer.get() is True
    reader.join()
    assert Cache(cache.path).duration() == 2.0


def places(path):
    """An offset in every kind of byte: user block, superblock, headers, facts, first and last sample, end."""
    whole = path.read_bytes()
    series = open_file(path).series["eeg"]
    first = whole.index(series.stored.tobytes())
    facts = whole.index(b'"key"')
    kinds = (b"OHDR", b"TREE", b"HEAP", b"FRHP", b"SNOD")
    headers = [i for i in range(USER_BLOCK, len(whole)) if whole[i : i + 4] in kinds]
    return {
        "magic": 0,
        "schema": 16,
        "digest": 25,
        "padding": 300,
        "end of the user block": USER_BLOCK - 1,
        "superblock": USER_BLOCK + 9,
        **{f"header {k}": i + 5 for k, i in enumerate(headers)},
        "facts": facts + 20,
        "first sample": first,
        "last sample": first + series.stored.nbytes - 1,
        "last byte": len(whole) - 1,
    }


def _opens(path, answer):
    try:
        open_file(path)
        answer.put("opened")
    except CacheCorrupt as error:
        answer.put(str(error))


def test_one_flipped_bit_in_any_kind_of_byte_is_found_before_hdf5_sees_it(cache):
    path = cache.path / "subject-1,session-1.h5"
    whole, flips = path.read_bytes(), random.Random(0)
    offsets = places(path)
    offsets |= {f"anywhere {i}": flips.randrange(len(whole)) for i in range(100)}
    assert len(offsets) > 108
    for place, offset in offsets.items():
        damaged = bytearray(whole)
        damaged[offset] ^= 1 << flips.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(CacheCorrupt, match="emo-preprocess run"):
            verify_file(path)
        with pytest.raises(CacheCorrupt, match=r"subject-1,session-1\.h5"):
            verify(cache.path)
        os.utime(path, ns=(0, len(place) * 1000 + offset))  # a time of its own: nothing remembered applies
        begin = time.perf_counter()
        with pytest.raises(CacheCorrupt):
            open_file(path)
        assert time.perf_counter() - begin < 2
    path.write_bytes(whole)
    assert verify(cache.path) > len(whole)


def test_a_flip_in_the_index_is_found(cache):
    path = cache.path / "cache.json"
    whole, flips = path.read_bytes(), random.Random(0)
    for offset in sorted(flips.sample(range(len(whole)), 60)):
        damaged = bytearray(whole)
        damaged[offset] ^= 1 << flips.randrange(8)
        path.write_bytes(damaged)
        try:
            same = Cache(cache.path).index == cache.index  # a flipped space says nothing else
        except CacheCorrupt:
            continue
        assert same


@pytest.mark.parametrize("share", np.linspace(0, 1, 20, endpoint=False))
def test_a_file_cut_short_is_refused(cache, share):
    path = cache.path / "subject-2,session-1.h5"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(CacheCorrupt, match="emo-preprocess run"):
        Cache(cache.path).windows(2, 1).x()


@pytest.mark.parametrize(
    "fault, told",
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b"another format"), "a file that emoscan did not write"),
        (lambda path: path.write_bytes((path.parent / "subject-2,session-2.h5").read_bytes()), "is not the file that"),
    ],
)
def test_verify_names_a_file_that_is_missing_foreign_or_swapped(cache, fault, told):
    fault(cache.path / "subject-1,session-1.h5")
    with pytest.raises(CacheCorrupt, match=f"subject-1,session-1.h5 .*{told}"):
        verify(cache.path)


def test_a_file_of_another_schema_is_built_again(study, cache, monkeypatch):
    path = cache.path / "subject-1,session-1.h5"
    changed = bytearray(path.read_bytes())
    changed[16] = 99
    path.write_bytes(changed)
    with pytest.raises(CacheCorrupt, match="schema 99"):
        verify_file(path)
    outcomes = []
    preprocess(Study(study.root), MOMENTS, cache.path, watch=outcomes.append)
    assert sum(not outcome.kept for outcome in outcomes) == 1


def test_an_interrupt_leaves_whole_files_only_and_the_next_run_goes_on(study, tmp_path):
    preprocess(study, SLOW, tmp_path / "whole")
    child = in_child(_interrupted, study, tmp_path / "cache")
    child.join()
    assert child.exitcode == 7
    assert 0 < len(list((tmp_path / "cache").iterdir())) < 7
    assert not list((tmp_path / "cache").glob(".*"))
    preprocess(study, SLOW, tmp_path / "cache")
    assert tree(tmp_path / "cache") == tree(tmp_path / "whole")


def _interrupted(study, folder):
    def stop(outcome):
        raise KeyboardInterrupt

    try:
        preprocess(study, SLOW, folder, jobs=2, watch=stop)
    except KeyboardInterrupt:
        os._exit(7)


def test_a_failed_write_names_the_file_and_not_its_part(tmp_path, monkeypatch):
    def fail(handle):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=re.escape(str(tmp_path / "table.md"))):
        publish_text(tmp_path / "table.md", "text")
    assert list(tmp_path.iterdir()) == []
