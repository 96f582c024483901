"""Spoilt sources, a small fixed sample: refused in a line, told, or as before; and the soak finds what is neither."""

from dataclasses import replace

import pytest

from emoscan.benchmarks.soak import sources
from emoscan.benchmarks.soak.foreign.mutations import MUTATIONS
from emoscan.benchmarks.soak.foreign.source_kinds import all_kinds
from emoscan.benchmarks.soak.sources import _spoilings, written_source
from emoscan.signals.files.foreign.limited_process import CAN_FORK

KINDS = {kind.name: kind for kind in all_kinds()}
pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes cannot be copied here")


def test_every_dataset_with_files_of_others_is_spoilt():
    assert {"SEED", "DEAP", "MAHNOBHCI", "TrialTable", "EEG: gdf", "video: mkv", "face table: py-feat"} <= set(KINDS)
    assert len(KINDS) > 40


@pytest.mark.parametrize(
    "name", ["EEG: edf", "EEG: set .fdt", "EEG: cnt", "video: mkv", "face table: OpenFace", "CKPlus"]
)
def test_spoilt_files_are_refused_told_or_as_before(tmp_path, name):
    whole = written_source(KINDS[name], tmp_path)
    outcomes = [one.outcome(whole) for one in _spoilings(KINDS[name], tmp_path / "spoilt", len(MUTATIONS), seed=3)]
    assert not [outcome for outcome in outcomes if outcome.startswith("WRONG")]
    assert "refused" in outcomes
    assert written_source(KINDS[name], tmp_path / "again") == whole


class Careless:
    """A dataset whose reader goes wrong in one way as soon as its file is spoilt."""

    def __init__(self, root, wrong):
        self.spoilt, self.wrong = (root / "recording.cnt").stat().st_size != SIZE[0], wrong

    def skipped(self):
        if self.spoilt:
            self.wrong()
        return ()

    def __iter__(self):
        return iter(())


SIZE = [0]


def exhausted():
    raise MemoryError


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: __import__("time").sleep(60), "more than 0.5 s"),
        (lambda: __import__("os").abort(), "SIGABRT"),
        (exhausted, "more than 1.5 GB"),
    ],
    ids=["traceback", "hang", "fall", "memory"],
)
def test_whatever_else_happens_is_wrong(tmp_path, monkeypatch, wrong, found):
    monkeypatch.setattr(sources, "_SECONDS", 0.5)
    kind = KINDS["EEG: cnt"]
    kind.write(tmp_path)
    SIZE[0] = (tmp_path / "recording.cnt").stat().st_size
    careless = replace(kind, read=lambda root: Careless(root, wrong))
    (spoiling,) = [one for one in _spoilings(careless, tmp_path, 8, seed=0) if one.mutation == "rubbish behind"]
    outcome = spoiling.outcome(sources.Content())
    assert outcome.startswith("WRONG")
    assert found in outcome
    assert (tmp_path / "recording.cnt").stat().st_size == SIZE[0]
