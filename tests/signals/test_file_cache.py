"""Functions of a file: their results hold as long as the file does not change."""

import os

from emoscan.signals.file_cache import once_per_file


def counted(maxsize=4):
    """A function of a file and a factor, and the list of its calls."""
    calls = []

    @once_per_file(maxsize=maxsize)
    def size_times(path, factor=1):
        calls.append((path.name, factor))
        return path.stat().st_size * factor

    return size_times, calls


def test_an_unchanged_file_is_read_once_for_each_argument(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"four")
    size_times, calls = counted()
    assert [size_times(path), size_times(path), size_times(path, 2), size_times(path, 2)] == [4, 4, 8, 8]
    assert calls == [("a", 1), ("a", 2)]


def test_a_file_of_another_size_or_time_is_read_again(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"four")
    size_times, calls = counted()
    size_times(path)
    path.write_bytes(b"seven!!")
    assert size_times(path) == 7
    os.utime(path, ns=(0, 0))
    size_times(path)
    assert len(calls) == 3


def test_no_more_results_are_held_than_allowed(tmp_path):
    paths = [tmp_path / name for name in "ab"]
    for path in paths:
        path.write_bytes(b"x")
    size_times, calls = counted(maxsize=1)
    for path in (*paths, *paths):
        size_times(path)
    assert len(calls) == 4
