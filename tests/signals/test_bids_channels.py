"""Channels and events of a study in BIDS: what files, sidecars and the laboratory say, and what is said of it."""

import json
import sys

import numpy as np
import pytest

from emoscan.preprocessing import Cache, preprocess
from emoscan.preprocessing.commands.command import main
from emoscan.signals import BIDS, SCALP_19, DatasetNotFound, InputError
from emoscan.signals.files.edf import EdfSignal, write_edf
from emoscan.signals.layouts.layout import canonical
from emoscan.signals.layouts.montage import montage_points

SITES = SCALP_19.sites
EVENTS = "onset\tduration\ttrial_type\n0\t4\thappy\n5\t4\tsad\n"


def channels(names=SITES, unit="uV", status=None, types=None):
    rows = [f"{n}\t{(types or {}).get(n, 'EEG')}\t{unit}\t{(status or {}).get(n, 'good')}" for n in names]
    return "\n".join(["name\ttype\tunits\tstatus", *rows]) + "\n"


def study(root, names=SITES, unit="uV", table="", events=EVENTS, people=("01", "02"), electrodes=None):
    """People with ten seconds each; ``electrodes`` has the places of each person's."""
    (root / "dataset_description.json").write_text(json.dumps({"Name": "simulated", "BIDSVersion": "1.8.0"}))
    for number, person in enumerate(people):
        folder = root / f"sub-{person}" / "eeg"
        folder.mkdir(parents=True)
        stem = folder / f"sub-{person}_task-film"
        data = 10 * np.random.default_rng(number).standard_normal((len(names), 1280))
        signals = [EdfSignal(name, row, 128, unit) for name, row in zip(names, data, strict=True)]
        write_edf(folder / f"{stem.name}_eeg.edf", signals)
        (folder / f"{stem.name}_events.tsv").write_text(events)
        if table:
            (folder / f"{stem.name}_channels.tsv").write_text(table)
        if electrodes:
            rows = ["\t".join([n, *(f"{x:.5f}" for x in p)]) for n, p in zip(names, electrodes[number], strict=True)]
            (folder / f"sub-{person}_electrodes.tsv").write_text("\n".join(["name\tx\ty\tz", *rows]) + "\n")
            stated = {"EEGCoordinateSystem": "CapTrak", "EEGCoordinateUnits": "m"}
            (folder / f"sub-{person}_coordsystem.json").write_text(json.dumps(stated))
    return root


def remarks(dataset, subject="01"):
    return next(trial for trial in dataset if trial.subject == subject).remarks


def samples(dataset):
    return next(iter(dataset)).streams["eeg"].read(0, 100)


NUMBERED = [f"Ch{n}" for n in range(19)]
RENAMED = dict(zip(NUMBERED, SITES, strict=True))


@pytest.mark.parametrize(
    ("names", "settings"),
    [
        (NUMBERED, {"rename": RENAMED}),
        ([f"{site}XX" for site in SITES], {"rename": "XX"}),
        ([f"{site}XX" for site in SITES], {"rename": "XX", "recordings": {"sub-02*": {"units": "uV"}}}),
    ],
)
def test_channels_are_renamed_as_in_a_table_of_trials_by_arguments_or_by_a_file(tmp_path, names, settings):
    root = study(tmp_path, names)
    with pytest.raises(InputError, match=r"in trials\.yaml"):
        next(iter(BIDS(root)))
    assert next(iter(BIDS(root, **settings))).streams["eeg"].layout == SCALP_19
    (root / "trials.yaml").write_text(json.dumps(settings))
    assert next(iter(BIDS(root))).streams["eeg"].layout == SCALP_19


def test_renaming_leaves_types_and_bad_channels_of_the_sidecar_in_force(tmp_path):
    names = [f"{site}-XX" for site in SITES] + ["VEOG-XX"]
    table = channels(names, status={"Pz-XX": "bad"}, types={"VEOG-XX": "MISC"})
    for rename in ("-XX", {f"{site}-XX": site for site in SITES}):
        folder = tmp_path / str(len(rename))
        folder.mkdir()
        stream = next(iter(BIDS(study(folder, names, table=table), rename=rename))).streams["eeg"]
        assert (stream.layout, stream.bad_channels) == (SCALP_19, ("Pz",))
        assert "left out, since they are of another type by channels.tsv: VEOG-XX" in stream.remarks


@pytest.mark.parametrize(("unit", "factor"), [("V", 1e6), ("mV", 1e3)])
def test_units_of_the_user_go_before_all_others(tmp_path, unit, factor):
    root = study(tmp_path, table=channels(unit="mV"))
    np.testing.assert_allclose(samples(BIDS(root, units=unit)), factor * samples(BIDS(root)))
    assert f"eeg: units as set, whatever the header says: {unit}" in remarks(BIDS(root, units=unit))


def test_units_are_an_option_of_the_command(tmp_path, monkeypatch):
    (tmp_path / "study").mkdir()
    root = study(tmp_path / "study", unit="V")  # which says volts of numbers that are microvolts
    words = ["emo-preprocess", "run", "BIDS", str(root), str(tmp_path / "cache"), "--units", "uV"]
    monkeypatch.setattr(sys, "argv", words)
    assert main() == 0
    assert len(Cache(tmp_path / "cache")) == 4


@pytest.mark.parametrize("unit", ["V", "mV", "nV"])
def test_a_unit_that_the_sidecar_has_otherwise_is_told_with_the_way_to_set_it(tmp_path, unit):
    (told,) = [one for one in remarks(BIDS(study(tmp_path, table=channels(unit=unit)))) if "unit" in one]
    assert f"is uV by the file and {unit} by channels.tsv" in told
    assert told.endswith(f"--units {unit}")


@pytest.mark.parametrize("unit", ["uV", "µV", "n/a"])
def test_a_unit_that_agrees_or_is_missing_is_nothing_to_tell(tmp_path, unit):
    assert not [one for one in remarks(BIDS(study(tmp_path, table=channels(unit=unit)))) if "unit" in one]


def test_a_unit_that_only_the_sidecar_has_is_used(tmp_path):
    root = study(tmp_path, unit="", table=channels(unit="mV"))
    np.testing.assert_allclose(samples(BIDS(root)), samples(BIDS(root, units="mV")))
    assert any("units as channels.tsv says" in one for one in remarks(BIDS(root)))


def test_a_montage_that_the_user_names_goes_before_electrodes_tsv(tmp_path):
    points = [montage_points("biosemi64")[canonical(site)] for site in SITES]
    root = study(tmp_path, electrodes=[points, points])
    layout = BIDS(root, montage="standard_1020").layout
    assert set(layout.sites) == set(SITES)
    assert not any("electrodes.tsv" in one for one in remarks(BIDS(root, montage="standard_1020")))


@pytest.mark.parametrize("names", [[f"X{n}" for n in range(19)], SITES])
def test_electrodes_at_the_places_of_others_are_doubted_in_the_recording_that_has_them(tmp_path, names):
    points = [montage_points("standard_1005")[canonical(site)] for site in SITES]
    dataset = BIDS(study(tmp_path, names, electrodes=[points, points[::-1]]))
    assert not any("doubtful" in one for one in remarks(dataset))
    assert any("names and places of electrodes in electrodes.tsv do not agree" in one for one in remarks(dataset, "02"))


def test_places_that_only_the_first_recording_has_are_told_of_the_others(tmp_path):
    names = [f"X{n}" for n in range(19)]
    points = [montage_points("standard_1005")[canonical(site)] for site in SITES]
    root = study(tmp_path, names, electrodes=[points, points])
    (root / "sub-02" / "eeg" / "sub-02_electrodes.tsv").unlink()
    assert any("no electrodes.tsv: electrodes are where that of the first" in one for one in remarks(BIDS(root), "02"))


@pytest.mark.parametrize("settings", ["columns: {a: b}\n", "event: x\n", "- a\n", "rename: {Fp9: Fp1}\n"])
def test_settings_that_a_study_does_not_have_are_refused(tmp_path, settings):
    (study(tmp_path) / "trials.yaml").write_text(settings)
    with pytest.raises(InputError, match=r"trials\.yaml"):
        list(BIDS(tmp_path))


def test_channels_that_sidecar_and_recording_do_not_share_are_told(tmp_path):
    told = remarks(BIDS(study(tmp_path, table=channels([*SITES[:-1], "Foo"]))))
    assert "eeg: channels.tsv names channels that the recording lacks: Foo" in told


# events ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-2\t5\thappy", "onset below 0) are cut"),
        ("0\tn/a\thappy", "without a duration"),
        ("0\t0\thappy", "without a duration"),
        ("0\t-1\thappy", "without a duration"),
    ],
)
def test_an_event_whose_ends_are_not_those_of_the_table_says_so(tmp_path, line, words):
    root = study(tmp_path, events=f"onset\tduration\ttrial_type\n{line}\n5\t4\tsad\n")
    first, second = [trial for trial in BIDS(root) if trial.subject == "01"]
    assert any(words in one for one in first.remarks)
    assert not any(words in one for one in second.remarks)


@pytest.mark.parametrize("meanings", [{"hap*": "good", "*ppy": "bad"}, {"happy": "good", "*": "bad"}])
def test_two_meanings_of_one_text_are_refused(tmp_path, meanings):
    with pytest.raises(InputError, match=r"column trial_type: found 'happy', which fits .* \(good\) and .* \(bad\)"):
        BIDS(study(tmp_path), meanings=meanings)


def test_two_patterns_with_one_meaning_are_none_too_many(tmp_path):
    dataset = BIDS(study(tmp_path), meanings={"hap*": "good", "*ppy": "good", "sad": "bad"})
    assert dataset.task.categories == ("bad", "good")


@pytest.mark.parametrize("suffix", [".EDF", ".Edf"])
def test_a_suffix_in_capitals_is_one(tmp_path, suffix):
    for path in study(tmp_path).rglob("*.edf"):
        path.rename(path.with_suffix(suffix))
    assert len(list(BIDS(tmp_path))) == 4


@pytest.mark.parametrize("inner", ["sub-01", "sub-01/eeg", ".."])
def test_a_part_of_a_study_or_the_folder_above_is_answered_with_the_study(tmp_path, inner):
    (tmp_path / "study").mkdir()
    study(tmp_path / "study")
    with pytest.raises(DatasetNotFound, match=str(tmp_path / "study")) as refused:
        BIDS((tmp_path / "study" / inner).resolve(), task="film")
    assert "study" in refused.value.found


# series ------------------------------------------------------------------------------------------------------------


def test_the_series_are_those_of_a_table_of_trials_bad_channels_interpolated(tmp_path):
    (tmp_path / "study").mkdir()
    root = study(tmp_path / "study", table=channels(status={"Pz": "bad"}))
    cache = preprocess(BIDS(root), None, tmp_path / "cache")
    assert cache.modalities == ("eeg", "eeg-raw")
    assert all(cache[place][series].valid.all() for place in range(4) for series in cache.modalities)


def test_a_study_of_sensors_alone_is_read_where_sensors_are_asked_for(tmp_path):
    (tmp_path / "study").mkdir()
    table = channels(["A", "B"], types={"A": "RESP", "B": "GSR"})
    root = study(tmp_path / "study", ["A", "B"], table=table)
    with pytest.raises(InputError, match="none of which is EEG"):
        next(iter(BIDS(root)))
    assert preprocess(BIDS(root, peripheral=True), None, tmp_path / "cache").modalities == ("gsr", "resp")
