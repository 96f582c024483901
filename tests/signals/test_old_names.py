"""Names of an earlier version work one version longer, and say what to write instead."""

import importlib

import pytest

import emoscan
from emoscan import models
from emoscan.signals.old_names import Renamed


def version(text):
    return tuple(int(part) for part in text.split("."))


@pytest.mark.parametrize("renamed", models.OLD_NAMES, ids=lambda renamed: renamed.old)
def test_an_old_name_is_the_new_thing_with_one_line_of_advice(renamed):
    with pytest.warns(FutureWarning, match=f"{renamed.old} is called {renamed.new} now") as told:
        assert getattr(models, renamed.old) is getattr(models, renamed.new)
    assert "\n" not in str(told[0].message)
    assert told[0].filename == __file__


def test_a_name_that_never_was_is_refused_as_ever():
    with pytest.raises(AttributeError, match="leaner"):
        models.leaner  # noqa: B018


@pytest.mark.parametrize("renamed", models.OLD_NAMES, ids=lambda renamed: renamed.old)
def test_old_names_are_gone_when_their_time_is_over(renamed):
    assert version(emoscan.__version__) < version(renamed.until), f"{renamed.old} may be removed now"
    assert renamed.new in importlib.import_module("emoscan.models").__all__


def test_advice_names_both_names_and_the_version():
    assert Renamed("a", "b", "9.0.0").advice == "a is called b now; the old name works until 9.0.0"
