"""Lookalikes: written anew over their own, and never over anybody's recordings."""

import os

import pytest

from emoscan.signals import DATASETS, InputError, TrialTable


@pytest.mark.parametrize("name", DATASETS.known)
def test_a_lookalike_is_never_written_among_files_of_somebody_else(name, tmp_path):
    for folder in ("", "Sessions", "Preprocessed_EEG", "ExtractedFeatures"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "trials.csv").write_text("mine")
    with pytest.raises(InputError, match="which is of no lookalike"):
        DATASETS.find(name).write_fake(tmp_path)
    assert {path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {"mine"}


def test_a_lookalike_is_written_again_unless_somebody_has_changed_it(tmp_path):
    for _ in range(2):
        TrialTable.write_fake(tmp_path)
    table = tmp_path / "trials.csv"
    table.write_text("mine")
    os.utime(table, (table.stat().st_mtime + 86400,) * 2)  # a day later
    with pytest.raises(InputError, match="no lookalike"):
        TrialTable.write_fake(tmp_path)
    assert table.read_text() == "mine"
