"""The oracle's file, and one torch thread: repeatable, and two cores are enough for the tests beside."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent / "oracle"))


@pytest.fixture(autouse=True)
def one_thread():
    """Each test begins with one torch thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
