"""Damage to every kind of stored file, a small sample of the soak: it is named; and the soak sees where it is not."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from emoscan.benchmarks.soak import flips
from emoscan.benchmarks.soak.flips import Bench
from emoscan.benchmarks.soak.stored.damages import FLIPS, OTHERS, replaced
from emoscan.benchmarks.soak.stored.same_content import fingerprint
from emoscan.benchmarks.soak.stored.stored_kinds import KINDS, StoredKind, write_stored
from emoscan.signals import InputError
from emoscan.signals.files.foreign.limited_process import CAN_FORK

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="the soak reads in copies of its own process")

BOUND = [kind for kind in KINDS if not kind.alone]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    write_stored(folder)
    return folder


@pytest.mark.parametrize("kind", BOUND, ids=lambda kind: kind.name)
def test_a_file_of_another_run_is_found_wherever_something_beside_it_says_whose_it_is(stored, kind):
    ending, done = Bench.of(kind, stored).ending(replaced, [0])
    assert not ending.wrong, f"{done}: {ending.words}"
    assert ending.words in ("found on use", "found by verify", "made again") or kind.name == "slices of a cache"


@pytest.mark.parametrize("name", [*FLIPS, *OTHERS])
def test_no_damage_to_an_alignment_is_silent_and_the_file_is_whole_again(stored, name):
    (kind,) = (kind for kind in KINDS if kind.name == "alignment of clocks")
    bench = Bench.of(kind, stored)
    for number in range(3):
        ending, done = bench.ending({**FLIPS, **OTHERS}[name], [1, number])
        assert not ending.wrong, f"{done}: {ending.words}"
        assert kind.path(stored).read_bytes() == bench.content


def test_every_kind_is_damaged_in_every_way(tmp_path, monkeypatch):
    monkeypatch.setattr(flips, "write_stored", lambda folder: None)
    seen = []

    def of(kind, folder):
        def ending(damage, key):
            seen.append((kind.name, damage))
            return flips.Ending("found on use"), ""

        return SimpleNamespace(kind=kind, ending=ending)

    monkeypatch.setattr(Bench, "of", of)
    counts = list(flips.rows(tmp_path, 1, 0))
    assert sum(count.tried for count in counts) == 2 * flips.USUAL
    ways = [*FLIPS.values(), *OTHERS.values()]
    assert {(kind.name, way) for kind in KINDS for way in ways} == set(seen)


def silent(folder):
    return json.loads((folder / "a.json").read_text())


def broken(folder):
    return silent(folder)["x"] / 0


def unnamed(folder):
    if silent(folder)["x"] != 1:
        raise InputError("somewhere", "something", "something else")


def made_again(folder):
    return None if silent(folder)["x"] != 1 else 1


def endless(folder):
    while silent(folder)["x"] != 1:
        pass


@pytest.mark.parametrize(
    "use, words",
    [
        (silent, "something else is read, and nothing said"),
        (broken, "ZeroDivisionError"),
        (unnamed, "no line that names a.json"),
        (made_again, "made again, and verify is silent"),
        (endless, "reader fell"),
    ],
)
def test_what_should_not_be_counts_as_wrong(tmp_path, monkeypatch, use, words):
    monkeypatch.setattr(flips, "_SECONDS", 1.0)
    (tmp_path / "whole").mkdir()
    path = tmp_path / "whole" / "a.json"
    path.write_text('{"x": 1}')
    bench = Bench(StoredKind("x", "a.json", use), path, b'{"x": 1}', b'{"x": 2}', "whole", "")
    ending, done = bench.ending(replaced, [0])
    assert ending.wrong
    assert words in ending.words
    assert done.startswith("a.json, a sibling")


def test_equal_content_has_one_fingerprint_and_any_other_another():
    layer = torch.nn.Linear(2, 1)
    whole = {"a": [1.0, float("nan")], "b": np.arange(3), "layer": layer, "kind": replace(KINDS[0], use=len)}
    assert fingerprint(whole) == fingerprint({**whole, "b": np.arange(3)})
    for name, other in (("a", [1.0, 2.0]), ("b", np.arange(3.0)), ("layer", torch.nn.Linear(2, 1)), ("kind", None)):
        assert fingerprint(whole) != fingerprint({**whole, name: other})
