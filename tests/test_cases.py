"""The cases of ``../shared/cases``: kinds of real files and what is right for each; skipped where these are absent."""

import importlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from emoscan.benchmarks import benchmark, compare
from emoscan.preprocessing import Cache, DifferentialEntropy, MarkFlat, Resample, preprocess
from emoscan.signals import InputError, TrialTable, open_recording

SHARED = Path(os.environ.get("EMOSCAN_CASES") or Path(__file__).parents[2] / "shared" / "cases")

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no {SHARED}: the cases are not here")


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """A function that writes one EEG case and gives its folder."""
    sys.path.insert(0, str(SHARED))
    try:
        cases = importlib.import_module("eeg_cases").CASES
    finally:
        sys.path.remove(str(SHARED))

    def written(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        cases[name](folder)
        return folder

    return written


def read(folder: Path) -> Cache:
    """The case in the way the command takes, by the default recipe's features."""
    return preprocess(TrialTable(folder), None, folder / "cache")


def invalid(cache: Cache, trial: int = 0) -> list[int]:
    """Slices of a trial that are not to be trusted."""
    return np.flatnonzero(~cache[trial]["eeg"].valid).tolist()


def remarks(cache: Cache) -> str:
    return " | ".join(remark.text for remark in cache.remarks)


# harmless warnings, joints, header guard ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("note_runs_over_end", "1 note runs past the end"),
        ("records_minus_one", "counted from the file's size"),
        ("unit_shift_jis", "understood as microvolts"),
        ("edfd_without_gap", ""),
        ("vectorized_without_points", "counted from the file's size"),
        ("two_sites_at_zero", "no coordinates"),
    ],
)
def test_what_is_whole_is_read_and_what_was_assumed_is_told(write, name, words):
    cache = read(write(name))
    assert cache.layout("eeg").name == "scalp-19"
    assert [(len(cache[trial]["eeg"].valid), invalid(cache, trial)) for trial in (0, 1)] == [(10, []), (10, [])]
    assert words in remarks(cache)
    assert bool(words) == bool(cache.remarks)


def test_values_of_a_unit_in_shift_jis_are_microvolts(write):
    folder = write("unit_shift_jis")
    assert 5 < np.std(open_recording(folder / "rec.edf").read(0, 1000)) < 50


def test_slices_around_a_boundary_are_invalid_and_it_is_told(write):
    cache = read(write("boundary_cut_short"))
    assert invalid(cache) == [4, 5]  # the boundary lies between samples 639 and 640, the last of slice 4
    assert invalid(cache, 1) == []
    assert "1 joint" in remarks(cache)


def test_a_boundary_of_no_length_costs_the_slice_that_it_begins(write):
    cache = read(write("bad_without_length"))
    assert [invalid(cache, trial) for trial in (0, 1)] == [[5], []]
    assert "1 joint" in remarks(cache)


# names of channels and layouts, amplitudes, rates --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "layout", "words"),
    [
        ("biosemi_abc", "biosemi128", "BioSemi's own names"),
        ("linked_ear_names", "scalp-19", "as references: LE"),
        ("two_sites_at_zero", "scalp-19", ""),
    ],
)
def test_every_electrode_has_its_place(write, name, layout, words):
    cache = read(write(name))
    assert cache.layout("eeg").name == layout
    assert words in remarks(cache)


def test_a_rate_that_is_no_whole_number_has_the_route_that_the_message_names(write):
    folder = write("rate_effective")
    with pytest.raises(InputError, match=r"\[Resample\(250\.0\), MarkFlat\(\), DifferentialEntropy\(\)\]"):
        read(folder)
    recipe = {"eeg": [Resample(250.0), MarkFlat(), DifferentialEntropy()]}
    cache = preprocess(TrialTable(folder), recipe, folder / "resampled")
    assert [len(cache[trial]["eeg"].valid) for trial in (0, 1)] == [9, 9]


def test_units_of_some_recordings_bring_a_lab_together(write):
    folder = write("one_lab_two_units")
    assert "smaller than that of most recordings" in remarks(read(folder))
    table = TrialTable(folder, recordings={"s[34].edf": {"units": "V"}})
    assert remarks(preprocess(table, None, folder / "together")) == "eeg: units as set, whatever the header says: V"


def test_volts_called_microvolts_are_refused_with_the_option_that_helps(write):
    folder = write("volts_called_microvolts")
    with pytest.raises(InputError, match=r"median SD of .* µV.*--units V"):
        read(folder)


def test_a_class_of_one_person_is_told_before_training_and_majority_is_not_above_guessing(write):
    cache = read(write("class_in_one_subject"))
    report = benchmark(cache, "majority", split="leave_one_out('subject')", window=3)
    assert any("'sad' cannot be learned" in note for note in report.data.label_notes)
    (row,) = compare(report).rows
    assert row.verdict is not None
    assert not row.verdict.above
