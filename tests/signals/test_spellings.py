"""One person under two spellings of a name is refused: a split would take them for two."""

import numpy as np
import pytest

from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, InputError, Task
from emoscan.signals.trials.trial import check_spellings


@pytest.mark.parametrize(
    "one, other",
    [
        ("s1", "S1"),
        ("s1", "s1 "),
        ("s1", "s\u200b1"),
        ("Ren\u00e9", "Rene\u0301"),
        ("Anna B", "AnnaB"),
        ("ｓ1", "s1"),
        ("a", "a\0"),
    ],
)
def test_names_that_look_alike_are_refused_and_shown_letter_by_letter(one, other):
    with pytest.raises(InputError, match="one spelling of each name") as error:
        check_spellings([one, "x", other], "here")
    assert ascii(other) in str(error.value)


def test_other_names_are_other_people():
    check_spellings(["1", "01", "10", "a", "b", "Ａ1", "ß2", "s-1", "s1"], "here")
    check_spellings(["s1"] * 3, "here")


def test_a_cache_of_arrays_refuses_them(tmp_path):
    with pytest.raises(InputError, match="subject: found subjects 's1' and 'S1'"):
        Cache.from_arrays(
            tmp_path,
            [np.zeros((2, 19, 1)), np.ones((2, 19, 1))],
            layout=SCALP_19,
            task=Task(("a", "b")),
            category=[0, 1],
            subject=["s1", "S1"],
        )
    assert not (tmp_path / "cache.json").exists()
