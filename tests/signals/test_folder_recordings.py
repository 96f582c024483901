"""Recordings that are folders, as EGI's .mff: in a table of trials they stand where files stand."""

from datetime import UTC, datetime

import mne
import numpy as np
import pytest

from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.signals import SCALP_19, InputError, TrialTable
from emoscan.signals.files import raw_file
from emoscan.signals.files.edf import EdfSignal, write_edf

RATE, SECONDS = 128, 24
LINES = ("1,1,1,f1,1.mff,0,12,a", "1,1,2,f2,1.mff,12,24,b", "2,1,1,f1,2.mff,0,12,a", "2,1,2,f2,2.mff,12,24,b")
RECIPE = {"eeg": [DifferentialEntropy()]}


def write_table(folder, *lines, head="subject,session,trial,stimulus,eeg,start,stop,category"):
    (folder / "trials.csv").write_text("\n".join([head, *lines]) + "\n")
    return folder


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Two people, each a folder with an EDF, a note and a picture of the electrodes that both folders share."""
    for person in (1, 2):
        folder = tmp_path / f"{person}.mff"
        folder.mkdir()
        rows = 20 * np.random.default_rng(person).standard_normal((19, SECONDS * RATE))
        write_edf(
            folder / "signal1.edf", [EdfSignal(n, row, RATE) for n, row in zip(SCALP_19.sites, rows, strict=True)]
        )
        (folder / "coordinates.xml").write_text("<coordinates/>")
    in_folders = mne.io.read_raw

    def read(path, **settings):
        return in_folders(path / "signal1.edf" if path.is_dir() else path, **settings)

    monkeypatch.setattr(mne.io, "read_raw", read)
    raw_file._raw_file.cache_clear()
    return write_table(tmp_path, *LINES)


def test_a_folder_that_is_a_recording_is_one_in_a_table(lab):
    cache = preprocess(TrialTable(lab), RECIPE, lab / "cache")
    for person in (1, 2):
        (lab / f"{person}.edf").write_bytes((lab / f"{person}.mff" / "signal1.edf").read_bytes())
    files = preprocess(TrialTable(write_table(lab, *(line.replace("mff", "edf") for line in LINES))), RECIPE, lab / "b")
    for one, other in zip(cache, files, strict=True):
        np.testing.assert_array_equal(one["eeg"].x, other["eeg"].x)


def test_what_changes_in_the_folder_is_another_recording(lab):
    first = preprocess(TrialTable(lab), RECIPE, lab / "cache").index.files[0].digest
    whole = (lab / "2.mff" / "signal1.edf").read_bytes()
    (lab / "1.mff" / "signal1.edf").write_bytes(whole)
    write_table(lab, *LINES[:2])
    assert preprocess(TrialTable(lab), RECIPE, lab / "cache").index.files[0].digest != first


def test_a_copy_of_a_folder_is_the_same_recording(lab):
    (lab / "2.mff" / "signal1.edf").write_bytes((lab / "1.mff" / "signal1.edf").read_bytes())
    with pytest.raises(InputError, match="whose bytes are those of"):
        preprocess(TrialTable(lab), RECIPE, lab / "cache")


def test_events_of_a_folder_begin_trials(lab):
    write_table(lab, "1,1.mff", "2,2.mff", head="subject,eeg")
    with pytest.raises(InputError, match="no event like 'S 1\\*' in any recording"):
        TrialTable(lab, events={"film": "S 1*", "until": "next"})


def test_another_folder_is_refused_and_so_is_one_that_is_not_there(lab):
    (lab / "raw").mkdir()
    with pytest.raises(InputError, match=r"column eeg: found the folder .*raw; wanted a file, or a folder .*\.mff"):
        TrialTable(write_table(lab, LINES[0].replace("1.mff", "raw"), *LINES[1:]))
    with pytest.raises(InputError, match=r"column eeg: found no file .*9\.mff"):
        TrialTable(write_table(lab, LINES[0].replace("1.mff", "9.mff"), *LINES[1:]))


def test_a_folder_as_egi_writes_it_is_read_without_a_printed_word(tmp_path, capsys):
    mffpy = pytest.importorskip("mffpy", reason="the package that reads EGI's folders is not installed")
    from mffpy.bin_writer import BinWriter

    for person in (1, 2):
        samples = BinWriter(sampling_rate=250)
        samples.add_block((20 * np.random.default_rng(person).standard_normal((33, 250 * 24))).astype(np.float32))
        writer = mffpy.Writer(str(tmp_path / f"{person}.mff"))
        writer.addxml("fileInfo", recordTime=datetime(2020, 1, 1, tzinfo=UTC))
        writer.add_coordinates_and_sensor_layout("HydroCel GSN 32 1.0")
        writer.addbin(samples)
        writer.write()
    cache = preprocess(TrialTable(write_table(tmp_path, *LINES)), RECIPE, tmp_path / "cache")
    assert len(cache) == 4
    assert len(cache.layout()) == 32
    assert "categories" not in capsys.readouterr().out
