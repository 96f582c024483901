"""The one error that users see."""

import pickle

import pytest

from emoscan.signals import CacheCorrupt, DatasetNotFound, InputError, LeakError


def test_an_error_is_one_line_with_all_four_parts():
    error = InputError("a.edf", "200 Hz\nof  noise", "250 Hz", "resample it")
    assert str(error) == "a.edf: found 200 Hz of noise; wanted 250 Hz; resample it"
    assert (error.where, error.wanted, error.do) == ("a.edf", "250 Hz", "resample it")
    assert error.found == "200 Hz\nof  noise"


def test_where_may_be_anything_with_a_name(tmp_path):
    assert InputError(tmp_path, "a", "b", "c").where == str(tmp_path)


@pytest.mark.parametrize("kind", [DatasetNotFound, CacheCorrupt, LeakError])
def test_every_expected_error_is_an_input_error_and_a_value_error(kind):
    assert issubclass(kind, InputError)
    assert issubclass(kind, ValueError)


@pytest.mark.parametrize("kind", [InputError, DatasetNotFound, CacheCorrupt, LeakError])
def test_errors_come_back_whole_from_another_process(kind):
    error = kind("a", "b", "c", "d")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.where, again.do) == (str(error), "a", "d")
