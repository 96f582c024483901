"""Names become things: ours by name, an outsider's by dotted name, three spellings alike, nothing executed."""

import fractions

import pytest

from emoscan.signals import DATASETS, InputError, PlugPoint, Simulated
from emoscan.signals.plug_point import check_arguments

POINT = PlugPoint("dataset", "emoscan.signals", ("EEGMAT", "SEED", "Simulated"))


@pytest.mark.parametrize(
    "given",
    [
        "Simulated(subjects=3, layout='scalp-19')",
        " Simulated(layout = 'scalp-19', subjects = 3) ",
        {"class_path": "Simulated", "init_args": {"subjects": 3, "layout": "scalp-19"}},
        "emoscan.signals.Simulated(subjects=3, layout='scalp-19')",
        {"class_path": "emoscan.signals.datasets.Simulated", "init_args": {"subjects": 3, "layout": "scalp-19"}},
    ],
)
def test_every_spelling_builds_the_same(given):
    made = POINT.build(given)
    assert type(made) is Simulated
    assert (made.settings.subjects, made.settings.layout) == (3, "scalp-19")


@pytest.mark.parametrize(
    "given", ["Simulated", "Simulated()", {"class_path": "Simulated"}, {"class_path": "Simulated", "init_args": None}]
)
def test_a_bare_name_is_built_without_arguments(given):
    assert POINT.split(given) == (Simulated, (), {})
    assert POINT.build(given).settings == Simulated().settings


def test_an_outsider_is_found_by_its_dotted_name_and_gets_our_arguments_first():
    outside = PlugPoint("number", "emoscan.signals", ())
    assert outside.find("fractions.Fraction") is fractions.Fraction
    assert outside.build("fractions.Fraction(4)", 6) == fractions.Fraction(6, 4)
    assert outside.split("fractions.Fraction(1, denominator=2)") == (fractions.Fraction, (1,), {"denominator": 2})


def test_every_known_name_is_exported_where_the_plug_point_looks():
    assert all(POINT.find(name).__name__ == name for name in POINT.known)
    assert all(isinstance(POINT.find(f"emoscan.signals.{name}"), type) for name in DATASETS.known)


@pytest.mark.parametrize(
    "name, hint",
    [
        ("Simulatd", "did you mean Simulated?"),
        ("simulated", "did you mean Simulated?"),
        ("eEgMaT", "did you mean EEGMAT?"),
        ("SEAD", "did you mean SEED?"),
        ("Quux", "give a dotted name"),
        ("mylab_that_is_not_there.Net", "give a dotted name"),
        ("fractions.Fracktion", "give a dotted name"),
        ("", "a name or a call"),
    ],
)
def test_a_misspelt_name_is_answered_with_those_that_exist(name, hint):
    with pytest.raises(InputError) as refused:
        POINT.build(name)
    assert hint in str(refused.value)
    assert repr(name) in str(refused.value)
    assert "EEGMAT, SEED, Simulated" in str(refused.value) or hint == "a name or a call"


@pytest.mark.parametrize(
    "text",
    [
        "Simulated(subjects=__import__('os').getpid())",
        "Simulated(subjects=2 ** 40 ** 40)",
        "Simulated(",
        "Simulated(*[1])",
        "Simulated(subjects=x)",
    ],
)
def test_text_that_is_not_a_plain_call_is_refused_and_not_run(text):
    with pytest.raises(InputError, match="not a name or a call"):
        POINT.build(text)


@pytest.mark.parametrize(
    "given, named",
    [
        ("SEED()", "missing a required argument: 'root'"),
        ("SEED('a', 2, 3, 4, 5, 6)", "too many positional"),
        ("SEED('a', color=2)", "a setting 'color'"),
    ],
)
def test_wrong_arguments_are_answered_with_those_that_exist(given, named):
    with pytest.raises(InputError, match=named) as refused:
        POINT.build(given)
    assert "root" in refused.value.wanted


def test_arguments_that_fit_are_let_through():
    check_arguments(lambda a, *, b=1: None, (1,), {"b": 2}, "here")
    with pytest.raises(InputError, match=r"here: found a setting 'c'; wanted settings among a, b=1; correct"):
        check_arguments(lambda a, *, b=1: None, (1,), {"c": 2}, "here")
