"""Samples that are missing cost the slices that touch them; rates that are no whole numbers and units have a way."""

import sys

import mne
import numpy as np
import pytest

from emoscan.preprocessing import BandPass, Cache, DifferentialEntropy, MarkMissing, RawSlices, Resample
from emoscan.preprocessing.commands.command import main
from emoscan.signals import SCALP_19, Electrodes, InputError, Samples, Source
from emoscan.signals.files.edf import EdfSignal, write_edf

RATE, N = 200, 6000
NOISE = 20 * np.random.default_rng(0).standard_normal((19, N))
GAPS = ((4, 0, 30), (4, 1201, 1250), (7, 1240, 1310), (2, 5990, N))
"""Site, first sample and end of each stretch without numbers."""


def recording(gaps=GAPS, rate=float(RATE), samples=NOISE, **own):
    samples = samples.copy()
    for site, begin, end in gaps:
        samples[site, begin:end] = np.nan
    return Electrodes(SCALP_19, SCALP_19.sites, rate, samples.shape[1], Samples(samples), Source(None, "made"), **own)


def test_stretches_without_numbers_are_marked_and_the_share_is_said():
    marked = MarkMissing()(recording())
    assert marked.bad_spans == ((0, 30), (1201, 1310), (5990, 6000))
    assert marked.remarks == ("samples are missing in 2.5 % of a trial: slices that touch them are invalid",)


def test_numbers_stay_as_they_are_and_between_them_are_straight_lines():
    read = MarkMissing()(recording()).read(0, N)
    known = np.isfinite(recording().read(0, N))
    np.testing.assert_array_equal(read[known], NOISE[known])
    line = np.interp(np.arange(1201, 1250), [1200, 1250], NOISE[4, [1200, 1250]])
    np.testing.assert_allclose(read[4, 1201:1250], line)
    assert (read[2, 5990:] == NOISE[2, 5989]).all()
    assert (read[4, :30] == NOISE[4, 30]).all()


@pytest.mark.parametrize("length", [1, 7, 64, 1000])
def test_what_is_read_does_not_depend_on_the_cut(length):
    marked = MarkMissing()(recording())
    pieces = [marked.read(at, min(at + length, N)) for at in range(0, N, length)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), marked.read(0, N))


def test_a_recording_with_all_its_numbers_is_returned_as_it_is():
    whole = recording(gaps=())
    assert MarkMissing()(whole) is whole


def test_a_site_marked_bad_costs_no_slice():
    marked = MarkMissing()(recording(gaps=((4, 0, N), (4, 1, 2)), bad_channels=(SCALP_19.sites[4],)))
    assert (marked.bad_spans, marked.remarks) == ((), ())
    assert np.isfinite(marked.read(0, N)).all()


def test_a_site_without_any_number_is_refused_by_name():
    with pytest.raises(InputError, match=rf"no number at all in {SCALP_19.sites[4]};.*rename: {{'Fz': null}}"):
        MarkMissing()(recording(gaps=((4, 0, N),)))


def test_all_sites_without_a_number_are_left_out_in_one_step():
    lost = [SCALP_19.sites[row] for row in (1, 4, 7)]
    rules = ", ".join(f"'{site}': null" for site in lost)
    with pytest.raises(InputError, match=rf"no number at all in {', '.join(lost)};.*rename: {{{rules}}}"):
        MarkMissing()(recording(gaps=[(row, 0, N) for row in (1, 4, 7)]))


def test_a_trial_in_which_nothing_was_recorded_is_advised_to_be_left_out():
    with pytest.raises(InputError, match=r"no number at all in any channel.*leave this trial out"):
        MarkMissing()(recording(gaps=[(row, 0, N) for row in range(19)]))


def test_behind_it_filters_give_numbers_and_only_touched_slices_are_invalid():
    with pytest.raises(InputError, match=r"put MarkMissing\(\) first"):
        DifferentialEntropy()(recording())
    volume = DifferentialEntropy()(BandPass(1, 40)(MarkMissing()(recording())))
    assert np.flatnonzero(~volume.valid).tolist() == [0, 6, 29]
    assert np.isfinite(volume.x).all()


@pytest.fixture
def command(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["emo-preprocess", *map(str, words)])
        code = main()
        printed = capsys.readouterr()
        return code, " ".join((printed.out + printed.err).split())

    return run


def lab(folder, name, ends=(15, 30)):
    lines = ["subject,session,trial,stimulus,eeg,start,stop,category", f"1,1,1,x,{name},0,{ends[0]},u"]
    lines.append(f"1,1,2,y,{name},{ends[0]},{ends[1]},v")
    (folder / "trials.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_one_stretch_without_numbers_does_not_cost_a_session(tmp_path, command):
    info = mne.create_info(list(SCALP_19.sites), RATE, "eeg")
    volts = recording(gaps=((4, 3401, 3510),)).read(0, N) * 1e-6
    mne.io.RawArray(volts, info, verbose="error").save(tmp_path / "a_raw.fif", verbose="error")
    code, printed = command("run", "TrialTable", lab(tmp_path, "a_raw.fif"), tmp_path / "cache", "--only", "eeg")
    assert code == 0
    assert "samples are missing in 3.6 % of a trial" in printed
    cache = Cache(tmp_path / "cache")
    assert [int(volume["eeg"].valid.sum()) for volume in cache] == [15, 14]


RATES = [(249.9983, 250.0), (249.9983, 128.0), (511.37, 100.3), (100.0, 100.5)]


@pytest.mark.parametrize(("old", "new"), RATES)
def test_any_rate_is_reached_and_a_sine_stays_that_sine(old, new):
    seconds = 12
    times = np.arange(int(seconds * old)) / old
    sines = np.sin(2 * np.pi * (4 + np.arange(19))[:, None] * times) + 100
    resampled = Resample(new)(recording((), old, sines))
    assert abs(resampled.n_samples - seconds * new) <= new / old + 1
    there = np.arange(resampled.n_samples) / new
    expected = np.sin(2 * np.pi * (4 + np.arange(19))[:, None] * there) + 100
    inside = slice(30, -30)
    np.testing.assert_allclose(resampled.read(0, resampled.n_samples)[:, inside], expected[:, inside], atol=0.005)


@pytest.mark.parametrize(("old", "new"), RATES)
def test_at_any_rate_what_is_read_does_not_depend_on_the_cut(old, new):
    resampled = Resample(new)(recording((), old))
    whole = resampled.read(0, resampled.n_samples)
    pieces = [resampled.read(at, min(at + 97, resampled.n_samples)) for at in range(0, resampled.n_samples, 97)]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, rtol=1e-12, atol=1e-12)


def test_at_any_rate_what_the_new_one_cannot_hold_is_gone():
    times = np.arange(int(12 * 249.9983)) / 249.9983
    fast = np.sin(2 * np.pi * 90 * times)[None].repeat(19, axis=0)
    assert np.abs(Resample(128)(recording((), 249.9983, fast)).read(100, 1400)).max() < 0.01


def test_at_any_rate_bad_spans_grow_to_whole_samples():
    resampled = Resample(250.0)(recording((), 249.9983, bad_spans=((3, 5), (2999, 3000))))
    assert resampled.bad_spans == ((3, 6), (2999, 3001))
    assert resampled.n_samples == 6001


def test_a_rate_that_is_no_whole_number_is_refused_with_a_route_that_works(tmp_path, command):
    info = mne.create_info(list(SCALP_19.sites), 249.9983, "eeg")
    mne.io.RawArray(NOISE * 1e-6, info, verbose="error").save(tmp_path / "a_raw.fif", verbose="error")
    folder = lab(tmp_path, "a_raw.fif", (5, 11))
    code, printed = command("run", "TrialTable", folder, tmp_path / "cache", "--only", "eeg")
    assert code == 2
    recipe = printed.partition("--recipe '")[2].partition("'")[0]
    code, printed = command("run", "TrialTable", folder, tmp_path / "cache", "--recipe", recipe)
    assert code == 0, printed
    assert [len(volume["eeg"].times) for volume in Cache(tmp_path / "cache")] == [5, 6]


def test_the_unit_of_all_recordings_is_an_option(tmp_path, command):
    signals = [EdfSignal(name, row, RATE) for name, row in zip(SCALP_19.sites, NOISE * 1e-3, strict=True)]
    write_edf(tmp_path / "a.edf", signals)
    recipe = ("--recipe", "{eeg: [RawSlices()]}")
    code, printed = command("run", "TrialTable", lab(tmp_path, "a.edf"), tmp_path / "c", "--units", "mV", *recipe)
    assert code == 0, printed
    volume = RawSlices()(recording(()))
    np.testing.assert_allclose(Cache(tmp_path / "c")[0]["eeg"].x, volume.x[:15], atol=0.02)
    code, printed = command("run", "TrialTable(units='V')", tmp_path, tmp_path / "d", "--units", "mV", *recipe)
    assert (code, "units twice; wanted each setting once" in printed) == (2, True)
    code, printed = command("run", "EEGMAT", tmp_path, tmp_path / "d", "--units", "mV")
    assert (code, "a setting 'units'" in printed) == (2, True)
