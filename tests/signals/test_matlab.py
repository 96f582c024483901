"""MATLAB files: what is in them comes out, and whatever is broken becomes one error."""

import numpy as np
import pytest
from scipy.io import savemat

from emoscan.signals import InputError
from emoscan.signals.files.matlab import mat_variables, read_variable

VALUES = {f"film{i}": np.random.default_rng(i).standard_normal((6, 100 + i)) for i in range(5)}


@pytest.fixture(params=[True, False], ids=["compressed", "plain"])
def whole(request, tmp_path):
    path = tmp_path / "whole.mat"
    savemat(path, VALUES, do_compression=request.param)
    return path


def test_names_shapes_and_values_come_back(whole):
    assert mat_variables(whole) == {name: value.shape for name, value in VALUES.items()}
    for name, value in VALUES.items():
        np.testing.assert_array_equal(read_variable(whole, name, value.shape), value)


def test_a_file_cut_anywhere_is_refused_without_reading_a_value(whole):
    content = whole.read_bytes()
    for length in np.linspace(0, len(content) - 1, 20).astype(int):
        cut = whole.with_name(f"cut{length}.mat")
        cut.write_bytes(content[:length])
        with pytest.raises(InputError, match=f"cut{length}.mat"):
            mat_variables(cut)


def test_flipped_bytes_of_a_compressed_variable_are_an_input_error(tmp_path):
    path = tmp_path / "flipped.mat"
    savemat(path, VALUES, do_compression=True)
    content = bytearray(path.read_bytes())
    for at in range(128 + 40, 128 + 400, 40):
        content[at] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_variable(path, "film0")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "no MATLAB 5 header"),
        (b"PK\3\4" + bytes(500), "no MATLAB 5 header"),
        (b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM" + bytes(512), "7.3"),
        (b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM", "128 bytes"),
    ],
    ids=["empty", "a zip", "version 7.3", "only a header"],
)
def test_other_files_are_named_for_what_they_are(tmp_path, content, found):
    path = tmp_path / "other.mat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=found):
        mat_variables(path)


@pytest.mark.parametrize(("name", "shape"), [("film9", None), ("film1", (6, 100)), ("film1", (101, 6))])
def test_a_missing_variable_or_another_shape_is_refused(whole, name, shape):
    with pytest.raises(InputError, match=name):
        read_variable(whole, name, shape)


@pytest.mark.parametrize(
    "value", ["text", {"a": 1.0}, np.array([[1, "a"]], dtype=object)], ids=["text", "struct", "cell"]
)
def test_what_holds_no_numbers_is_refused(tmp_path, value):
    path = tmp_path / "other.mat"
    savemat(path, {"thing": value})
    with pytest.raises(InputError, match="thing"):
        read_variable(path, "thing")
