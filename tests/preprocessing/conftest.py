"""A lab's own dataset and steps, in a file of their own as an outsider would write them."""

import sys
from pathlib import Path

import pytest

LAB = Path(__file__).parent / "lab"
sys.path.insert(0, str(LAB))


@pytest.fixture
def study(tmp_path):
    """A study of three people with two sessions of three trials each."""
    from lab_study import Study

    Study.write_fake(tmp_path / "study")
    return Study(tmp_path / "study")


@pytest.fixture
def lab_path(monkeypatch):
    """Lets child processes import the lab's file."""
    monkeypatch.setenv("PYTHONPATH", str(LAB))
    return LAB
