"""EEG has an amplitude: a unit that is a million times off is told or refused, whatever a file calls it."""

import mne
import numpy as np
import pytest

from emoscan.preprocessing import Cache, DifferentialEntropy, RawSlices, preprocess
from emoscan.preprocessing.building.amplitude import (
    amplitude_remarks,
    amplitudes,
    channel_remarks,
    check_amplitudes,
    unit_remedies,
)
from emoscan.preprocessing.commands.printed_report import print_cache
from emoscan.signals import BIDS, EEGMAT, SCALP_19, XDF, Electrodes, InputError, Source, Target, Trial, TrialTable
from emoscan.signals.remedies import setting
from emoscan.signals.streams.electrodes import Samples

RATE = 128


def trial(samples, **settings):
    stream = Electrodes(SCALP_19, SCALP_19.sites, RATE, samples.shape[1], Samples(samples), Source("a"), **settings)
    return Trial("1", "1", 1, "film", {"eeg": stream}, Target.of(0))


def noise(seconds=12, scale=10.0):
    return scale * np.random.default_rng(0).standard_normal((19, seconds * RATE))


def study(folder, scales):
    """A table of one file a person whose amplitudes differ by these factors."""
    lines = ["subject,session,trial,stimulus,eeg,start,stop,category"]
    for person, scale in enumerate(scales, 1):
        rows = scale * np.random.default_rng(person).standard_normal((19, 8 * RATE))
        info = mne.create_info(list(SCALP_19.sites), RATE, "eeg")
        mne.io.RawArray(rows * 1e-6, info, verbose="error").save(folder / f"{person}_raw.fif", verbose="error")
        lines += [f"{person},1,{n},film {n},{person}_raw.fif,{4 * n - 4},{4 * n},{'ab'[n - 1]}" for n in (1, 2)]
    (folder / "trials.csv").write_text("\n".join(lines) + "\n")
    return TrialTable(folder)


def built(folder, scales):
    return preprocess(study(folder, scales), {"eeg": [DifferentialEntropy()]}, folder / "cache")


def test_the_amplitude_is_the_deviation_of_a_second_without_offset_and_drift():
    drift = 1e4 + np.linspace(0, 500, 12 * RATE)
    assert amplitudes([trial(noise())], {"eeg"})["eeg"] == pytest.approx(10, rel=0.05)
    assert amplitudes([trial(noise() + drift)], {"eeg"})["eeg"] == pytest.approx(15, rel=0.2)


def test_flat_and_bad_channels_and_bad_spans_have_no_amplitude():
    samples = noise()
    samples[:12] = 0
    samples[12] *= 1e6
    samples[:, : 8 * RATE] *= 1e6
    spoiled = trial(samples, bad_channels=(SCALP_19.sites[12],), bad_spans=((0, 8 * RATE),))
    assert amplitudes([spoiled], {"eeg"})["eeg"] == pytest.approx(10, rel=0.1)


def test_channels_in_another_unit_than_the_rest_are_named():
    samples = noise()
    samples[[3, 7]] *= 1000
    samples[5] *= 100  # a loose electrode
    (remark,) = channel_remarks(trial(samples), {"eeg"})
    assert f"{SCALP_19.sites[3]}, {SCALP_19.sites[7]};" in remark
    assert channel_remarks(trial(noise()), {"eeg"}) == ()


@pytest.mark.parametrize("empty", [trial(np.zeros((19, 12 * RATE))), trial(noise(1)[:, :50])])
def test_flat_and_short_recordings_have_none(empty):
    assert amplitudes([empty], {"eeg"}) == {}


@pytest.mark.parametrize("amplitude", [0.1, 900, 1e5])
def test_an_amplitude_that_eeg_hardly_has_is_told(amplitude):
    (remarks,) = amplitude_remarks([{"eeg": amplitude}])
    assert "EEG has 0.5 to 500" in remarks[0]


def test_amplitudes_of_eeg_are_not_spoken_of():
    assert amplitude_remarks([{"eeg": 3.0}, {"eeg": 40.0}, {}]) == [(), (), ()]


def test_a_half_of_the_lab_that_is_a_million_times_smaller_is_told_in_one_line(tmp_path, capsys):
    cache = built(tmp_path, (10, 12, 1e-5, 1.2e-5))
    (remark,) = cache.remarks
    assert remark.about == ("subject 3, session 1", "subject 4, session 1")
    assert "about 1,000,000 times smaller" in remark.text
    print_cache(cache)
    assert "1,000,000 times smaller" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("scale", [1e-5, 1e7])
def test_a_study_without_any_plausible_recording_is_refused(tmp_path, scale):
    with pytest.raises(InputError, match=r"median SD of 1e.*EEG, which has 0.5 to 500 µV.*units"):
        built(tmp_path, (scale, scale))


def test_one_stream_of_a_study_may_be_refused_for_itself():
    with pytest.raises(InputError, match="ear with a median SD"):
        check_amplitudes([{"eeg": 10.0, "ear": 1e-6}, {"eeg": 10.0}], "study")


def raw_objects(*scales):
    info = mne.create_info(list(SCALP_19.sites), RATE, "eeg")
    rows = [np.random.default_rng(k).normal(0, scale * 1e-6, (19, 12 * RATE)) for k, scale in enumerate(scales)]
    return [mne.io.RawArray(row, info, verbose="error") for row in rows]


def test_remarks_on_objects_in_memory_name_the_argument_and_no_command(tmp_path):
    loud = raw_objects(10.0, 12.0, 1e7)
    loud[0]._data[3] *= 1e4
    rows = [{"subject": f"s{k}", "category": "ab"[k % 2]} for k in range(3)]
    cache = Cache.from_raws(tmp_path, loud, rows, recipe={"eeg": [RawSlices()]})
    far, channel = sorted((remark.text for remark in cache.remarks), key=lambda text: "channels" in text)
    assert far.endswith("name their unit: units='uV'")
    assert channel.endswith(f"give it: units={{'{SCALP_19.sites[3]}': 'uV'}}")
    assert not [remark for remark in cache.remarks if "trials.yaml" in remark.text or "--units" in remark.text]


def test_each_dataset_is_told_the_way_that_it_has(tmp_path):
    (tmp_path / "table").mkdir()
    table = unit_remedies(study(tmp_path / "table", (10, 12)))
    assert "--units {unit}, or units: {unit} in trials.yaml" in table.recording
    of_channel = table.channel.format(channel="Fp1", unit="V")
    assert of_channel == "if their unit is another one, give it: units: {Fp1: V} in trials.yaml"
    XDF.write_fake(tmp_path / "xdf")
    assert unit_remedies(XDF(tmp_path / "xdf")).recording.endswith("give the right one: --units {unit}")
    BIDS.write_fake(tmp_path / "bids")
    assert unit_remedies(BIDS(tmp_path / "bids")) == table
    EEGMAT.write_fake(tmp_path / "eegmat")
    of_files = unit_remedies(EEGMAT(tmp_path / "eegmat"))
    assert "correct it there, or read the files as a TrialTable" in of_files.recording


@pytest.mark.parametrize(
    ("name", "value", "typed"),
    [
        ("rename", "{'Ch 1': Fp1}", "\"XDF(rename={'Ch 1': 'Fp1'})\""),
        ("rename", "{'Ch1': null}", "\"XDF(rename={'Ch1': None})\""),
        ("montage", "biosemi64", "\"XDF(montage='biosemi64')\""),
    ],
)
def test_ways_on_by_settings_are_those_that_the_dataset_has(tmp_path, name, value, typed):
    error = InputError("a", "b", "c", f"do this, as in {setting(name, value)}, or that")
    XDF.write_fake(tmp_path / "xdf")
    assert unit_remedies(XDF(tmp_path / "xdf")).named(error).do == f"do this, as in {typed}, or that"
    EEGMAT.write_fake(tmp_path / "eegmat")
    of_files = unit_remedies(EEGMAT(tmp_path / "eegmat")).named(error)
    assert "TrialTable has rename, units and montage" in of_files.do
    assert "trials.yaml" not in str(of_files)
    BIDS.write_fake(tmp_path / "bids")
    assert unit_remedies(BIDS(tmp_path / "bids")).named(error) is error


def test_the_refusal_names_the_way_of_its_dataset(tmp_path):
    BIDS.write_fake(tmp_path)
    with pytest.raises(InputError, match=r"found eeg with a median SD .* --units V, or units: V in trials\.yaml"):
        check_amplitudes([{"eeg": 1e-9}], "study", unit_remedies(BIDS(tmp_path)))


@pytest.mark.parametrize(("scale", "unit"), [(1e7, "uV"), (1e-6, "V")])
def test_the_unit_that_is_advised_brings_the_numbers_into_range(scale, unit):
    with pytest.raises(InputError, match=f"--units {unit},"):
        check_amplitudes([{"eeg": 10 * scale}], "study")
    (remarks, *_) = amplitude_remarks([{"eeg": 10 * scale}, {"eeg": 10.0}, {"eeg": 11.0}])
    assert f"--units {unit}," in remarks[0]
