"""The arithmetic of speed ratios and of their verdicts."""

import itertools

import numpy as np
import pytest

from emoscan.benchmarks.speed.__main__ import table
from emoscan.benchmarks.speed.timing import BUSY, Ratio, SpeedRow, Timing, faster, measure, within


def timing(**seconds):
    return Timing({name: np.array(values, float) for name, values in seconds.items()})


def test_a_ratio_is_taken_per_round():
    measured = timing(slow=[10, 30, 80], fast=[1, 10, 20])
    assert measured.ratio("slow", "fast") == Ratio(median=4.0, minimum=3.0)


def test_a_steady_slow_down_of_the_machine_leaves_the_ratio():
    load = np.array([1, 2, 4, 8.0])
    assert timing(slow=6 * load, fast=2 * load).ratio("slow", "fast") == Ratio(3.0, 3.0)


@pytest.mark.parametrize(("seconds", "void"), [([1, 1, 1], False), ([1, BUSY, 9], False), ([1, BUSY + 0.01, 9], True)])
def test_a_variant_far_above_its_minimum_voids_the_run(seconds, void):
    assert timing(quiet=[1, 1, 1], loud=seconds).void is void


def test_stray_threads_void_the_run():
    assert Timing({"one": np.ones(3)}, stray_threads=True).void


@pytest.mark.parametrize(
    ("unit", "value", "target", "floor", "verdict"),
    [
        ("x", 8.0, 8, 5, "target"),
        ("x", 7.9, 8, 5, "floor"),
        ("x", 5.0, 8, 5, "floor"),
        ("x", 4.9, 8, 5, "below floor"),
        ("<=", 1.3, 1.3, 1.7, "target"),
        ("<=", 1.4, 1.3, 1.7, "floor"),
        ("<=", 1.71, 1.3, 1.7, "below floor"),
        ("x", float("nan"), 8, 5, "below floor"),
    ],
)
def test_a_verdict_compares_with_target_and_floor(unit, value, target, floor, verdict):
    assert SpeedRow("goal", value, unit, target, floor).verdict == verdict
    assert SpeedRow("goal", value, unit, target, floor, void=True).verdict == "void"


@pytest.mark.parametrize(("unit", "shown"), [("x", "2.5x"), ("<=", "2.5")])
def test_a_number_without_a_goal_is_shown_as_one_and_judged_as_none(unit, shown):
    row = SpeedRow("a fact", 2.5, unit, None, None)
    assert row.verdict == "no goal"
    assert SpeedRow("a fact", 2.5, unit, None, None, void=True).verdict == "void"
    columns = table([row]).columns
    assert [next(iter(column.cells)) for column in columns[1:5]] == [shown, "-", "-", "[dim]no goal[/]"]


def test_rows_from_a_timing_carry_median_minimum_and_void():
    measured = timing(slow=[10, 30, 80], fast=[1, 10, 20])
    assert faster("goal", measured, "slow", "fast", 3, 2) == SpeedRow("goal", 4.0, "x", 3, 2, "minimum 3", void=True)
    assert within("goal", measured, "slow", "fast", 5, 6).verdict == "void"


def test_variants_are_interleaved_after_one_warm_up():
    called = []
    ticks = itertools.count()
    variants = {name: lambda name=name: called.append(name) for name in ("a", "b")}
    result = measure(variants, rounds=3, clock=lambda: next(ticks))
    order = [name for name, _ in itertools.groupby(called)]
    assert order == ["a", "b"] * 4
    assert {len(seconds) for seconds in result.seconds.values()} == {3}
    calls = (called.count("a") - 1) / 3
    assert result.seconds["a"] == pytest.approx(np.full(3, 1 / calls))
