"""A device that never ends and a pipe that never begins are refused before they are opened, under whatever name."""

import os
import time

import pytest

from emoscan.signals import InputError
from emoscan.signals.files.matlab import mat_variables
from emoscan.signals.files.plain_pickle import read_plain_pickle
from emoscan.signals.files.raw_file import open_raw_file
from emoscan.signals.files.videos.video_file import open_video
from emoscan.signals.regular_file import check_regular, file_bytes
from emoscan.signals.streams.source import file_digest

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")


@pytest.mark.parametrize("what", ["pipe", "device"])
@pytest.mark.parametrize(
    "name, read",
    [
        ("a.mat", mat_variables),
        ("a.dat", read_plain_pickle),
        ("a.txt", file_bytes),
        ("a.bin", file_digest),
        ("a.edf", open_raw_file),
        ("a.fif", open_raw_file),
        ("a.mp4", open_video),
    ],
)
def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path, name, read, what):
    path = tmp_path / name
    if what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    begin = time.monotonic()
    with pytest.raises(InputError, match=f"a {what}"):
        read(path)
    assert time.monotonic() - begin < 5


def test_files_and_folders_are_regular(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    check_regular(tmp_path)
    assert file_bytes(tmp_path / "a.txt") == b"x"
    with pytest.raises(FileNotFoundError):
        check_regular(tmp_path / "b.txt")
