"""Pickles of plain things: every protocol gives back what was written; nothing that a pickle names is ever run."""

import os
import pickle
import random
import struct
import time
from collections import Counter, OrderedDict

import numpy as np
import pytest

from emoscan.benchmarks.soak.hostile.pickle_mutations import (
    DTYPE,
    ENCODE,
    NDARRAY,
    bombs,
    constructed,
    mutated,
    whole_pickles,
)
from emoscan.benchmarks.soak.pickles import read_outcome
from emoscan.signals import InputError
from emoscan.signals.datasets.deap.lookalike import python_2_pickle
from emoscan.signals.files.plain_pickle import read_plain_pickle

LARGE = np.random.default_rng(0).standard_normal((3, 40, 100))
REAL_ARRAY = pickle.dumps(np.zeros(3), protocol=2)


@pytest.fixture
def read(tmp_path):
    def read_bytes(content):
        path = tmp_path / "content.pkl"
        path.write_bytes(content)
        return read_plain_pickle(path)

    return read_bytes


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.int16).reshape(2, 3),
        LARGE,
        np.asfortranarray(LARGE),
        LARGE.astype(">f4"),
        np.zeros((0, 4)),
        np.array([True, False]),
        np.array(7.5),
        LARGE[:, ::2],
        np.arange(3) * 1j,
    ],
    ids=["small", "large", "Fortran", "big-endian", "empty", "truth", "no axis", "strided", "complex"],
)
def test_arrays_come_back_from_every_protocol(read, protocol, array):
    again = [1, (2.5, "ä", b"\xe4", None, True), 10**30]
    found = read(pickle.dumps({"data": array, "again": again}, protocol))
    np.testing.assert_array_equal(found["data"].values(), array)
    assert (found["data"].shape, np.dtype(found["data"].dtype)) == (array.shape, array.dtype)
    assert found["again"] == again


@pytest.mark.parametrize("protocol", range(6))
def test_numpy_numbers_are_numbers(read, protocol):
    assert read(pickle.dumps([np.float64(2.5), np.int32(-3)], protocol=protocol)) == [2.5, -3]


def test_large_arrays_stay_in_the_file_and_small_or_encoded_ones_do_not(read, tmp_path):
    array = {"data": LARGE}
    for content in (python_2_pickle(array), pickle.dumps(array, 4), pickle.dumps(array, 5)):
        stored = read(content)["data"].stored("here")
        assert stored.path.read_bytes()[stored.at : stored.at + LARGE.nbytes] == LARGE.tobytes()
        assert isinstance(stored.map(), np.memmap)
        np.testing.assert_array_equal(stored.map()[1, 5, 10:20], LARGE[1, 5, 10:20])
        (tmp_path / "content.pkl").write_bytes(content[:90_000])
        with pytest.raises(InputError, match="as it was opened"):
            stored.map()
    for content in (pickle.dumps({"data": LARGE}, 2), python_2_pickle({"data": LARGE[0]})):
        with pytest.raises(InputError, match="not in the file as it is"):
            read(content)["data"].stored("here")


def test_text_of_python_2_is_latin_1(read):
    assert read(b"\x80\x02U\x03\x41\xe4\xff.") == "Aäÿ"
    assert read(b"S'a\\xe4'\n.") == "aä"


class Runs:
    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "call, arguments",
    [
        (os.mkdir, ("made",)),
        (eval, ("__import__('os').mkdir('made')",)),
        (exec, ("import os; os.mkdir('made')",)),
        (open, ("made", "w")),
        (getattr, (1, "real")),
        (np.fromfile, ("made",)),
        (OrderedDict, ()),
        (bytearray, (10**12,)),
    ],
)
def test_nothing_is_run(read, tmp_path, monkeypatch, protocol, call, arguments):
    monkeypatch.chdir(tmp_path)
    for content in (Runs(call, *arguments), {"data": np.zeros(3), "more": [Runs(call, *arguments)]}):
        with pytest.raises(InputError, match="nothing plain"):
            read(pickle.dumps(content, protocol=protocol))
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"(ios\nsystem\n.",
        b"(cos\nsystem\nS'true'\no.",
        b"Pperson\n.",
        b"S'a'\nQ.",
        b"\x82\x01.",
        b"\x83\x01\x00.",
        NDARRAY + b")\x81.",
        ENCODE + b"}(S'a'\nK\x01ub.",
        NDARRAY + b"}(S'values'\nK\x01ub.",
        ENCODE + b"N}(S'__defaults__'\n(K\x01tu\x86b.",
        NDARRAY + b"N}(S'fill'\nK\x01u\x86b.",
        ENCODE + b".",
        NDARRAY + b".",
        DTYPE + b".",
        NDARRAY + b")R.",
        DTYPE + b"S'f8'\n\x85R.",
        ENCODE + b"S'a'\nS'rot13'\n\x86R.",
        ENCODE + b"S'a'\nS'unicode_escape'\n\x86R.",
        b"cnumpy.core.multiarray\n_reconstruct\nc_codecs\nencode\nK\x00\x85S'b'\n\x87R.",
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nJ\xff\xff\xff\x7f\x85S'b'\n\x87R.",
        b"",
        b".",
        b"N",
        b"N.N.",
        b"garbage",
        b"\x80\x09N.",
        b"(dp1\nS'data'\n",
    ],
    ids=str,
)
def test_only_what_builds_plain_things_is_known(read, content):
    with pytest.raises(InputError, match="no plain pickle"):
        read(content)


def test_an_array_must_begin_empty_as_numpy_s_do(read):
    assert REAL_ARRAY.count(b"K\x00\x85") == 1
    with pytest.raises(InputError, match="not built as NumPy does"):
        read(REAL_ARRAY.replace(b"K\x00\x85", b"K\x09\x85"))


def test_a_refused_state_changes_neither_function_nor_class(read):
    with pytest.raises(InputError):
        read(NDARRAY + b"N}(S'fill'\nK\x01u\x86b.")
    assert read(REAL_ARRAY).values().tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "array",
    [
        np.array([1, "a", None], object),
        np.array(["a", "b"]),
        np.zeros(3, "V4"),
        np.zeros(3, [("a", "f8")]),
        np.zeros(3, "M8[s]"),
        np.ma.masked_array([1.0, 2.0]),
    ],
    ids=["objects", "text", "void", "records", "dates", "masked"],
)
@pytest.mark.parametrize("protocol", [2, 5])
def test_arrays_of_anything_but_plain_numbers_are_refused(read, array, protocol):
    with pytest.raises(InputError, match="no plain pickle"):
        read(pickle.dumps(array, protocol=protocol))


def in_array(shape, content):
    """The pickle of a Python 2 array, with a shape and bytes that need not fit."""
    lengths = b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", length) for length in shape) + b"t"
    whole = python_2_pickle({"data": np.zeros(3)})
    before, behind = whole.split(b"(K\x01(M\x03\x00t")
    return before + b"(K\x01" + lengths + behind.replace(b"U\x18" + bytes(24), content)


@pytest.mark.parametrize(
    "shape, content",
    [
        ((2**40,), b"U\x18" + bytes(24)),
        ((2**62, 2**62, 2**62), b"U\x18" + bytes(24)),
        ((4,), b"U\x18" + bytes(24)),
        ((2,), b"U\x18" + bytes(24)),
        ((-3,), b"U\x18" + bytes(24)),
        ((3, *[1] * 40), b"U\x18" + bytes(24)),
        ((2**28,), b"T" + struct.pack("<I", 2**31 - 1)),
        ((2**61,), b"\x8e" + struct.pack("<Q", 2**62)),
        ((2**61,), b"\x96" + struct.pack("<Q", 2**62)),
        ((2**29,), b"B" + struct.pack("<I", 2**32 - 1)),
        ((3,), b"K\x18"),
        ((3,), b"]"),
    ],
)
def test_sizes_that_a_file_claims_are_not_believed(read, shape, content):
    assert read(in_array((3,), b"U\x18" + bytes(24)))["data"].values().tolist() == [0, 0, 0]
    with pytest.raises(InputError, match="no plain pickle"):
        read(in_array(shape, content))


@pytest.mark.parametrize(
    "content", [b"\x80\x04\x95" + struct.pack("<Q", 2**62), b"X\xff\xff\xff\x7f", b"\x8b\xff\xff\xff\x7f"]
)
def test_long_announcements_take_no_memory(read, content):
    with pytest.raises(InputError, match="cut short"):
        read(content + b"abc.")


def test_nesting_has_an_end_and_what_holds_itself_or_much_of_the_same_is_no_trap(read):
    wide = [0]
    for _ in range(6):
        wide = [wide] * 1000
    with pytest.raises(InputError, match="levels of containers"):
        read(b"]" * 50_000 + b"a" * 49_999 + b".")
    assert len(read(pickle.dumps(wide))) == 1000
    itself = []
    itself.append(itself)
    assert len(read(pickle.dumps(itself))) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: python_2_pickle({"labels": np.zeros((2, 4)), "data": LARGE}),
        lambda: pickle.dumps({"data": LARGE}, 2),
        lambda: pickle.dumps({"data": LARGE}, 5),
    ],
    ids=["Python 2", "protocol 2", "protocol 5"],
)
def test_a_file_cut_anywhere_is_one_error(read, make):
    whole = make()
    for length in {*range(0, 400, 7), *np.linspace(400, len(whole) - 1, 30).astype(int), len(whole) - 1}:
        with pytest.raises(InputError, match=r"content\.pkl.*wanted a whole pickle"):
            read(whole[:length])
    assert read(whole)["data"].shape == LARGE.shape
    with pytest.raises(InputError, match="bytes behind its end"):
        read(whole + b"\0")


def test_an_array_that_is_named_twice_is_there_twice(read):
    shared = np.arange(5.0)
    found = read(pickle.dumps({"one": shared, "two": shared}, 2))
    for name in ("one", "two"):
        np.testing.assert_array_equal(found[name].values(), shared)


BOMBS = bombs()


@pytest.mark.parametrize("kind", BOMBS)
def test_a_few_bytes_that_make_much_work_are_refused_within_a_second(read, kind):
    begin = time.process_time()
    with pytest.raises(InputError, match="no plain pickle"):
        read(BOMBS[kind])
    assert time.process_time() - begin < 2


def test_keys_that_share_one_place_are_refused(read):
    assert read(pickle.dumps({1: "a", "b": 2, 2.5: None})) == {1: "a", "b": 2, 2.5: None}
    with pytest.raises(InputError, match="with a int as key"):
        read(pickle.dumps({k * (2**61 - 1): k for k in range(1, 4)}))


@pytest.mark.parametrize("kind", ["mutated", "put together"])
def test_fuzzed_pickles_are_read_or_refused_with_one_error_within_a_second_and_run_nothing(tmp_path, read, kind):
    draw, whole = random.Random(0), whole_pickles()
    for content in whole:
        read(content)
    outcomes, path = Counter(), tmp_path / "content.pkl"
    for _ in range(FUZZED):
        path.unlink()
        path.write_bytes(mutated(draw, draw.choice(whole)) if kind == "mutated" else constructed(draw))
        outcome, seconds = read_outcome(path)
        outcomes[outcome] += 1
        assert seconds < 1
    assert set(outcomes) == {"read", "refused"}
    assert outcomes["refused"] > FUZZED // 2


FUZZED = 200
"""How many; the soak reads ten thousand of each."""


def test_what_a_pickle_would_run_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "emoscan.benchmarks.soak.pickles.read_plain_pickle", lambda path: pickle.loads(path.read_bytes())
    )
    (tmp_path / "content.pkl").write_bytes(pickle.dumps(Runs(os.system, "true")))
    assert read_outcome(tmp_path / "content.pkl")[0].startswith("runs ")


@pytest.mark.parametrize("name", ["latin1", "latin-1", "ISO-8859-1", "L1"])
def test_latin_1_has_many_names(read, name):
    assert (
        read(ENCODE + b"X\x02\x00\x00\x00\xc3\xa4X" + struct.pack("<I", len(name)) + name.encode() + b"\x86R.")
        == b"\xe4"
    )


def test_a_text_that_is_no_encoding_imports_nothing(tmp_path):
    content = ENCODE + b"S'a'\nS'a_module_of_a_stranger'\n\x86R."
    (tmp_path / "content.pkl").write_bytes(content)
    assert read_outcome(tmp_path / "content.pkl")[0] == "refused"
