"""Files of strangers that could take a reader's memory, time or stack: refused in a line, at once."""

import os
import signal
import struct
import time
import zlib

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from emoscan.signals import InputError
from emoscan.signals.datasets.aff_wild2.labels import _header
from emoscan.signals.datasets.ck_plus.ck_plus import _read_rows
from emoscan.signals.datasets.disfa import read_intensity
from emoscan.signals.datasets.lookalikes.recordings import write_video
from emoscan.signals.files.foreign import limited_process, mat_elements
from emoscan.signals.files.foreign.hdf5_objects import check_objects, is_hdf5
from emoscan.signals.files.foreign.limited_process import Stopped, in_limited_process
from emoscan.signals.files.foreign.mat_elements import check_matrices
from emoscan.signals.files.matlab import mat_variables, read_variable
from emoscan.signals.files.raw_file import open_raw_file
from emoscan.signals.files.videos.video_file import open_video
from emoscan.signals.regular_file import LARGEST_TEXT, file_text
from emoscan.signals.streams.source import Source
from emoscan.signals.streams.video import FaceMarks, Pictures, Video

HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
DOUBLE, CHAR, CELL, STRUCT = 6, 4, 1, 2


def piece(kind, content=b""):
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def matrix(kind, shape, *pieces, name=b""):
    dims = piece(5, np.array(shape, "<i4").tobytes())
    return piece(14, piece(6, struct.pack("<II", kind, 0)) + dims + piece(1, name) + b"".join(pieces))


def numbers(*values, name=b"", shape=None):
    return matrix(DOUBLE, shape or (1, len(values)), piece(9, np.array(values, "<f8").tobytes()), name=name)


def nested(levels):
    """A cell in a cell in a cell: each is 48 bytes longer than what it holds."""
    innermost, head = numbers(1.0), matrix(CELL, (1, 1))[8:]
    lengths = (40 + 48 * level + len(innermost) for level in reversed(range(levels)))
    return b"".join(struct.pack("<II", 14, length) + head for length in lengths) + innermost


def written(path, *variables, deflated=False):
    packed = [struct.pack("<II", 15, len(z := zlib.compress(one))) + z for one in variables]
    path.write_bytes(HEADER + b"".join(packed if deflated else variables))
    return path


HOSTILE = {
    "levels": nested(20_000),
    "a cell of a billion": matrix(CELL, (1 << 15, 1 << 15)),
    "text of a billion letters that are not there": matrix(CHAR, (1, 1 << 30), piece(4)),
    "a million fields": matrix(STRUCT, (1, 1), piece(5, struct.pack("<i", 1)), piece(1, b"a" * 1_000_000)),
    "names of no length": matrix(STRUCT, (1, 1), piece(5, struct.pack("<i", 0)), piece(1, b"abc")),
    "fewer matrices than it says": matrix(CELL, (1, 3), numbers(1.0)),
    "numbers instead of a matrix": matrix(CELL, (1, 1), piece(9, bytes(80))),
    "a negative dimension": numbers(1.0, shape=(-1, -1)),
    "values of a type that is none": matrix(CELL, (1, 1), matrix(DOUBLE, (1, 1), piece(99, bytes(8)))),
    "a kind that is none": matrix(99, (1, 1), piece(9, bytes(8))),
}


@pytest.mark.parametrize("deflated", [False, True], ids=["plain", "deflated"])
@pytest.mark.parametrize("what", HOSTILE)
def test_matrices_that_no_program_writes_are_refused_before_mne_sees_them(tmp_path, what, deflated):
    path = written(tmp_path / "a.set", HOSTILE[what], deflated=deflated)
    begin = time.monotonic()
    with pytest.raises(InputError, match="matrices that no program writes"):
        open_raw_file(path)
    assert time.monotonic() - begin < 5


def test_a_million_matrices_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr(mat_elements, "_MOST_ELEMENTS", 1000)
    check_matrices(written(tmp_path / "a.set", matrix(CELL, (1, 999), *[numbers(1.0)] * 999)), "little")
    with pytest.raises(InputError, match="more than 1,000 matrices"):
        check_matrices(written(tmp_path / "b.set", matrix(CELL, (1, 1001), *[numbers(1.0)] * 1001)), "little")


def test_bytes_that_become_far_more_are_refused_wherever_they_are_inflated(tmp_path, monkeypatch):
    monkeypatch.setattr(mat_elements, "_ALWAYS", 1 << 20)
    path = written(tmp_path / "a.set", numbers(*np.zeros(1 << 18), name=b"x"), deflated=True)
    assert mat_variables(path) == {"x": (1, 1 << 18)}
    with pytest.raises(InputError, match="fewer bytes than memory has"):
        read_variable(path, "x")
    with pytest.raises(InputError, match="become more than 1,048,576"):
        check_matrices(path, "little")


@pytest.mark.parametrize("deflated", [False, True], ids=["plain", "deflated"])
def test_numbers_are_as_many_as_their_shape_says(tmp_path, deflated):
    path = written(tmp_path / "a.mat", numbers(1.0, 2.0, name=b"x", shape=(1, 1)), deflated=deflated)
    with pytest.raises(InputError, match="as many as its shape says"):
        read_variable(path, "x")


def test_one_name_for_two_variables_is_refused(tmp_path):
    with pytest.raises(InputError, match="two variables of one name"):
        mat_variables(written(tmp_path / "a.mat", numbers(1.0, name=b"x"), numbers(2.0, name=b"x")))


def test_every_kind_of_matrix_that_scipy_writes_is_passed(tmp_path):
    from scipy.sparse import csc_matrix

    cell = np.empty((2, 3), object)
    cell[:] = [["text", 1.5, [1, 2]], ["", np.array([]), {"a": 1, "long_name_of_a_field": "b"}]]
    some = np.zeros(3, dtype=[("labels", object), ("X", object)])
    some["labels"] = "Fp1", "Überlänge", ""
    values = {"cell": cell, "some": some, "complex": np.array([1 + 2j]), "sparse": csc_matrix(np.eye(4))}
    values |= {"logical": np.array([True]), "bytes": np.arange(3, dtype="u1"), "cube": np.zeros((2, 3, 4))}
    values |= {"deep": {"a": {"b": {"c": {"d": [1.0]}}}}, "none": np.zeros((0, 0)), "scalar": 3}
    for deflated in (False, True):
        path = tmp_path / f"{deflated}.set"
        savemat(path, values, do_compression=deflated)
        check_matrices(path, "little")
        assert list(mat_variables(path)) == list(values)


def elsewhere(path, how):
    with h5py.File(path, "w") as file:
        if how == "external link":
            file["x"] = h5py.ExternalLink("/etc/passwd", "/x")
        elif how == "soft link":
            file["x"] = h5py.SoftLink("/y")
        elif how == "external storage":
            file.create_dataset("x", (8,), "u1", external=[("/etc/passwd", 0, 8)])
        elif how == "virtual":
            layout = h5py.VirtualLayout((8,), "u1")
            layout[:] = h5py.VirtualSource("/etc/passwd", "x", (8,), "u1")
            file.create_virtual_dataset("x", layout)
        elif how == "bomb":
            file.create_dataset("x", (1 << 40,), "u1", chunks=(1 << 20,), compression="gzip")
        elif how == "filter":
            file.create_dataset("x", (8,), "u1", chunks=(8,), compression="lzf")
        else:
            file.create_group("/".join("a" * 40))
    return path


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("external link", "a link to another place"),
        ("soft link", "a link to another place"),
        ("external storage", "values are elsewhere"),
        ("virtual", "values are elsewhere"),
        ("bomb", "1,099,511,627,776 bytes"),
        ("filter", "compressed as MATLAB does not"),
        ("depth", "levels of groups"),
    ],
)
def test_hdf5_holds_its_own_plain_arrays_or_is_refused(tmp_path, how, found):
    path = elsewhere(tmp_path / "a.set", how)
    assert is_hdf5(path)
    with pytest.raises(InputError, match=found):
        check_objects(path)
    with pytest.raises(InputError, match=found):
        open_raw_file(path)


def test_a_group_that_holds_itself_ends(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x/y"] = file["/"]
    check_objects(tmp_path / "a.h5")


forked = pytest.mark.skipif(not limited_process.CAN_FORK, reason="processes cannot be copied here")


def hang():
    while True:
        time.sleep(0.01)


@forked
def test_a_process_with_limits_gives_back_values_and_errors():
    np.testing.assert_array_equal(in_limited_process(lambda: np.arange(300_000), 10, 1 << 30), np.arange(300_000))
    with pytest.raises(InputError, match="found b; wanted c"):
        in_limited_process(lambda: (_ for _ in ()).throw(InputError("a", "b", "c")), 10, 1 << 30)


@forked
@pytest.mark.parametrize(
    ("work", "seconds", "why"),
    [
        (hang, 0.3, "more than 0.3 s"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), 10, "SIGSEGV"),
        (lambda: os._exit(3), 10, "exit code 3"),
    ],
    ids=["hangs", "falls", "leaves"],
)
def test_work_that_does_not_end_or_falls_is_told(work, seconds, why):
    with pytest.raises(Stopped, match=why):
        in_limited_process(work, seconds, 1 << 30)


@forked
def test_more_memory_than_the_room_is_an_error():
    with pytest.raises(MemoryError):
        in_limited_process(lambda: bytearray(1 << 30), 10, 1 << 28)


def test_where_processes_cannot_be_copied_the_work_is_done_here(monkeypatch):
    monkeypatch.setattr(limited_process, "CAN_FORK", False)
    assert in_limited_process(os.getpid, 10, 1 << 30) == os.getpid()


READERS = {"disfa": read_intensity, "ck": lambda path: _read_rows(path, 2), "wild": _header, "text": file_text}


@pytest.mark.parametrize("name", READERS)
def test_texts_without_an_end_are_refused_before_they_are_read(tmp_path, name):
    endless, large = tmp_path / "endless.txt", tmp_path / "large.txt"
    endless.symlink_to("/dev/zero")
    with large.open("wb") as file:
        file.truncate(LARGEST_TEXT + 1)  # a hole: it takes no room
    with pytest.raises(InputError, match="a device"):
        READERS[name](endless)
    with pytest.raises(InputError, match="2,147,483,649 bytes"):
        READERS[name](large)


def test_a_fif_file_that_lost_or_doubled_a_piece_or_whose_bits_changed_is_refused(tmp_path):
    mne = pytest.importorskip("mne")
    raw = mne.io.RawArray(np.ones((2, 4000)), mne.create_info(["Fp1", "Fp2"], 100.0, "eeg"), verbose="error")
    for name in ("a_raw.fif", "a_raw.fif.gz"):
        raw.save(tmp_path / name, verbose="error")
        assert open_raw_file(tmp_path / name).raw.n_times == 4000
        content = (tmp_path / name).read_bytes()
        middle = len(content) // 2
        for spoilt in (content[:middle] + content[middle + 40 :], content[:middle] + content[middle - 40 :]):
            (tmp_path / f"b_{name}").write_bytes(spoilt)
            with pytest.raises(InputError, match=f"b_{name}"):
                open_raw_file(tmp_path / f"b_{name}")
    changed = bytearray(content)
    changed[-6] ^= 1  # of the checksum: all values are as they were
    (tmp_path / "c_raw.fif.gz").write_bytes(changed)
    with pytest.raises(InputError, match="CRC"):
        open_raw_file(tmp_path / "c_raw.fif.gz")


def test_a_gdf_file_has_its_records_and_events_and_what_is_behind_is_told(tmp_path):
    from emoscan.benchmarks.soak.foreign.source_kinds import _write_gdf

    _write_gdf(tmp_path / "a.gdf")
    content = (tmp_path / "a.gdf").read_bytes()
    assert not open_raw_file(tmp_path / "a.gdf").remarks
    (tmp_path / "b.gdf").write_bytes(content + b"rubbish")
    assert open_raw_file(tmp_path / "b.gdf").remarks == (
        "bytes behind the end that its header announces: not looked at",
    )
    for cut in (content[:-1], content[:-400], content[:300], content[:100]):
        (tmp_path / "c.gdf").write_bytes(cut)
        with pytest.raises(InputError, match=r"c\.gdf"):
            open_raw_file(tmp_path / "c.gdf")


def test_an_avi_that_is_longer_than_it_says_tells_it(tmp_path):
    path = tmp_path / "a.avi"
    write_video(path, [np.full((32, 32), 16 * number, np.uint8) for number in range(8)])
    assert open_video(path).remarks == ()
    path.write_bytes(path.read_bytes() + bytes(100))
    assert open_video(path).remarks == ("bytes behind the end that its header announces: not looked at",)


@pytest.mark.parametrize(("name", "place"), [("landmarks", 1e308), ("boxes", -(2.0**31)), ("landmarks", np.inf)])
def test_marks_of_a_face_far_outside_the_picture_are_refused(name, place):
    marks = {"landmarks": np.full((1, 5, 2), 8.0), "boxes": np.array([[0.0, 0.0, 16.0, np.nan]])}
    still = np.zeros(1), (16, 16), 1.0, Pictures(np.zeros((1, 16, 16), np.uint8))
    Video(*still, source=Source(None), marks=FaceMarks(**marks))
    marks[name].flat[0] = place
    with pytest.raises(InputError, match=f"{name} of the face at"):
        Video(*still, source=Source(None), marks=FaceMarks(**marks))
