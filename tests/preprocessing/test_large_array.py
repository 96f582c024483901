"""Arrays of hours lie in a file and are filled as all others are; what is no number in them is found."""

import errno
import os

import numpy as np
import pytest

from emoscan.preprocessing.steps import large_array
from emoscan.preprocessing.steps.large_array import blank_array
from emoscan.signals import SEED_62, InputError, Volume
from emoscan.signals.files.publishing import DiskFull


def test_a_large_array_is_filled_as_a_small_one_is():
    small, large = blank_array((2, 3), np.float32), blank_array((4, 4096, 1024), np.float32)
    assert type(small) is np.ndarray
    assert isinstance(large, np.memmap)
    large[2, 1] = small[1, 1] = 5
    assert large.sum() == 5 * 1024
    assert small.sum() == 5


def test_where_no_room_is_for_it_one_line_says_so(monkeypatch):
    def full(handle, needed):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(large_array, "allocate", full)
    with pytest.raises(DiskFull, match=r"no room .*; wanted 67 MB .*TMPDIR"):
        blank_array((4, 4096, 1024), np.float32)


@pytest.mark.parametrize("place", [0, 9_999])
def test_a_slice_that_is_not_finite_is_found_wherever_it_lies(place):
    x, valid = np.zeros((10_000, 62, 5), np.float32), np.ones(10_000, bool)
    facts = {"times": np.arange(10_000.0), "layout": SEED_62, "features": tuple("abcde"), "duration": 1.0}
    x[place] = np.nan
    with pytest.raises(InputError, match="NaN or infinite"):
        Volume(x, valid=valid, **facts)
    valid[place] = False
    assert len(Volume(x, valid=valid, **facts).times) == 10_000
