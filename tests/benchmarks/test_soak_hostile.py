"""The soak's hostile folders: whatever one opens outside is listed, and a few cases go as they should."""

import random
import re
import shutil

import pytest

from emoscan.benchmarks.soak import hostile_folders
from emoscan.benchmarks.soak.hostile.hdf5_tricks import write_secret
from emoscan.benchmarks.soak.hostile.hostile_values import SECRET, SECRET_NAME
from emoscan.benchmarks.soak.hostile.opening import Use, opened
from emoscan.signals import InputError
from emoscan.signals.files.foreign.limited_process import CAN_FORK

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes cannot be copied here")


@pytest.fixture
def folders(tmp_path):
    for name in ("folder", "good", "output"):
        (tmp_path / name).mkdir()
    write_secret(tmp_path / SECRET_NAME)
    return {name: tmp_path / name for name in ("folder", "good", "output")} | {"secret": tmp_path / SECRET_NAME}


def refuses(folder):
    raise InputError(folder, "nothing", "something")


def falls(folder):
    raise KeyError("x")


@pytest.mark.parametrize(
    "read, wrong",
    [
        (lambda folder: [1, "a"], ""),
        (refuses, ""),
        (falls, "ends with 70"),
        (lambda folder: [(folder.parent / SECRET_NAME).stat().st_size], ""),
        (lambda folder: [len((folder.parent / SECRET_NAME).read_bytes())], "opens open|reads the secret"),
        (lambda folder: [SECRET.decode()], "says the secret"),
        (lambda folder: print("\x1b[31m") or [], "control characters"),
        (lambda folder: [bytearray(1 << 33)], "ends with 70|GB"),
    ],
    ids=["right", "refused", "trace", "looked at", "opened", "said", "escape", "memory"],
)
def test_what_opening_may_not_do_is_noticed(folders, read, wrong):
    found = opened(Use("own", read=read), folders).wrong
    assert re.search(wrong or "^$", found), found


def test_every_kind_of_trick_is_there_and_a_few_cases_go_as_they_should(tmp_path):
    cases = hostile_folders.all_cases(random.Random(0))
    assert len(cases) >= 60
    hostile_folders.write_good(tmp_path / "good")
    draw, kinds = random.Random(1), set()
    for number, case in enumerate(draw.sample(cases, 12)):
        key, use = f"test|{number}", case.thing.uses[0]
        work = hostile_folders.work_of(case.thing, tmp_path / "good", tmp_path / "case")
        case.play(work["folder"], random.Random(key))
        ended = opened(use, work, linked=case.kind == hostile_folders.LINK)
        assert ended.wrong == "", (key, case.kind, case.thing.name)
        kinds.add(case.kind)
        shutil.rmtree(tmp_path / "case")
    assert len(kinds) > 3
