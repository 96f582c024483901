"""What is computed of a file holds as long as the file does not change."""

import hashlib
import os

import pytest

from emoscan.signals import file_digest
from emoscan.signals.streams.source import file_version


@pytest.fixture
def reads(monkeypatch):
    """A list that grows whenever a file's bytes are read for their digest."""
    reads, read = [], hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda file, kind: reads.append(file.name) or read(file, kind))
    return reads


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"four")
    return path


def test_an_unchanged_file_is_read_once(file, reads):
    assert file_digest(file) == file_digest(file) == hashlib.sha256(b"four").hexdigest()
    assert len(reads) == 1


def test_a_file_of_another_size_or_time_is_read_again(file, reads):
    file_digest(file)
    file.write_bytes(b"seven!!")
    assert file_digest(file) == hashlib.sha256(b"seven!!").hexdigest()
    os.utime(file, ns=(0, 0))
    file_digest(file)
    assert len(reads) == 3


def test_a_version_is_the_same_until_size_or_time_change(file):
    first = file_version(file)
    file.read_bytes()
    assert file_version(file) == first
    os.utime(file, ns=(0, 0))
    assert file_version(file) == (4, 0)
