"""Streams of random numbers: each has its name, its key never changes, and none is drawn from twice."""

import ast
from itertools import combinations, zip_longest
from pathlib import Path

import numpy as np
import pytest

from emoscan.signals.random_streams import RandomStream

ROOT = Path(__file__).resolve().parents[2]

KEYS = {
    "CONTROL": (11, 12, 4),
    "STACKING": (11, 7),
    "BALANCE": (11, 40),
    "DEVICE": (11, 41, 12, 1),
    "FOCI": (11, 1),
    "ELECTRODE_NOISE": (11, 2, 12, 13, 14),
    "GAIN": (11, 3, 12),
    "DRIFT": (11, 4, 12, 13),
    "PATH": (11, 11, 12, 13),
    "SEEN_BY_EEG": (11, 12, 12, 13),
    "SEEN_BY_FACE": (11, 13, 12, 13),
    "UPPER_LIMIT": (11, 15),
    "PAIR_IDENTITY": (11, 21, 12),
    "PAIR_CLOCK": (11, 22, 12),
    "LOST_EEG": (11, 23, 12, 13),
    "LOST_FACE": (11, 24, 12, 13),
    "PAIR_NOISE": (11, 25, 12, 13),
    "PAIR_FRAME": (11, 26, 12, 13, 14),
    "PAIR_POSES": (11, 27, 12, 13),
    "FACE_IDENTITY": (11, 12, 1),
    "FACE_SCRIPT": (11, 12, 13, 2),
    "FACE_FRAME": (11, 12, 13, 14, 3),
    "GAN_ORDER": (11, 12),
    "GAN_STEP": (11, 12, 13),
    "GAN_NOISE": (11, 7),
    "GAN_SESSIONS": (11, 11),
    "LOOKALIKE": (11, 12),
    "LOOKALIKE_PART": (11, 12, 13),
    "LOOKALIKE_RECORDING": (11, 12, 512),
    "GRID_TRIAL": (11, 12, 13),
}
"""For the numbers 11, 12, ...: what stored results were drawn from."""

MEET = {
    frozenset({"GAN_ORDER", "GAN_NOISE"}),
    frozenset({"GAN_ORDER", "GAN_SESSIONS"}),
    frozenset({"LOOKALIKE", "LOOKALIKE_PART"}),
    frozenset({"LOOKALIKE_PART", "LOOKALIKE_RECORDING"}),
}
"""Pairs of old that can have one key; what is drawn from both never is of one kind, or is of a file that looks real."""


def numbers(stream):
    return range(11, 11 + sum(isinstance(part, str) for part in stream.pattern))


def test_every_stream_begins_where_it_always_began():
    assert {stream.name: stream.key(*numbers(stream)) for stream in RandomStream} == KEYS
    for stream in RandomStream:
        drawn = stream.rng(*numbers(stream)).random(3)
        assert np.array_equal(drawn, np.random.default_rng(KEYS[stream.name]).random(3))


def test_no_two_streams_of_a_family_can_have_one_key():
    pairs = [pair for pair in combinations(RandomStream, 2) if pair[0].family == pair[1].family]
    assert {frozenset({a.name, b.name}) for a, b in pairs if can_meet(a, b)} == MEET


def can_meet(one, other):
    places = zip_longest(one.pattern, other.pattern, fillvalue=0)
    return all(can_be_equal(a, b) for a, b in places)


def can_be_equal(a, b):
    if {a, b} == {0, "step from 1"}:
        return False
    return a == b or isinstance(a, str) or isinstance(b, str)


def test_zeros_at_a_keys_end_are_as_if_they_were_not_there():
    assert np.array_equal(np.random.default_rng((3, 5)).random(4), np.random.default_rng((3, 5, 0)).random(4))


@pytest.mark.parametrize("given", [(), (1,), (1, 2, 3)])
def test_a_stream_wants_as_many_numbers_as_its_key_has_words(given):
    with pytest.raises(ValueError, match="argument"):
        RandomStream.CONTROL.rng(*given)


def test_no_key_of_several_numbers_is_made_elsewhere():
    found = []
    for part in ("signals", "preprocessing", "models", "benchmarks"):
        for path in sorted((ROOT / part).rglob("*.py")):
            calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
            found += [f"{path}:{call.lineno}" for call in calls if is_keyed(call) and path.name != "random_streams.py"]
    assert not found


def is_keyed(call):
    """Whether a call makes a generator, or the seed of one, from more than a plain seed."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    makes = name in ("default_rng", "SeedSequence")
    return makes and any(isinstance(own, ast.Tuple | ast.List | ast.Starred) for own in call.args)
