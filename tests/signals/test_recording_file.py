"""Recordings of any format: microvolts by name, or one error that says why not."""

import pickle
import warnings

import mne
import numpy as np
import pytest

from emoscan.signals import EPOC_14, SCALP_19, SCALP_32, InputError, open_recording
from emoscan.signals.files.edf import EdfSignal, write_edf
from emoscan.signals.files.headers.edf_header import CUT_RECORD, RECOUNTED, read_edf_header

RATE, SECONDS = 100, 12
DATA = 30 * np.random.default_rng(0).standard_normal((19, RATE * SECONDS)).cumsum(axis=1) / 10


def signals(names=SCALP_19.sites, data=DATA, rate=RATE, unit="uV"):
    return [EdfSignal(name, row, rate, unit) for name, row in zip(names, data, strict=True)]


@pytest.fixture(params=["edf", "bdf"])
def whole(request, tmp_path):
    path = tmp_path / f"whole.{request.param}"
    write_edf(path, signals(), bdf=request.param == "bdf")
    return path


def as_raw(names=SCALP_19.sites, data=DATA):
    return mne.io.RawArray(data * 1e-6, mne.create_info(list(names), RATE, "eeg"), verbose="error")


def test_samples_come_back_in_microvolts_to_half_a_step(whole):
    stream = open_recording(whole, SCALP_19)
    bits = 16 if whole.suffix == ".edf" else 24
    step = 1.03 * np.ptp(DATA, axis=1).max() / 2**bits
    assert (stream.rate, stream.n_samples, stream.names) == (RATE, RATE * SECONDS, SCALP_19.sites)
    np.testing.assert_allclose(stream.read(0, stream.n_samples), DATA, atol=step)


def test_what_is_read_is_what_mne_reads(whole):
    raw = mne.io.read_raw(whole, verbose="error")
    volts = raw.get_data(start=130, stop=777)
    np.testing.assert_array_equal(open_recording(whole, SCALP_19).read(130, 777), volts * 1e6)


def test_opening_reads_no_samples_and_the_stream_travels_to_other_processes(whole, monkeypatch):
    monkeypatch.setattr(mne.io.BaseRaw, "get_data", lambda *_, **__: pytest.fail("samples were read"))
    stream = open_recording(whole, SCALP_19)
    monkeypatch.undo()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(stream)).read(5, 9), stream.read(5, 9))


def test_rows_follow_the_layout_whatever_the_files_order_and_spelling(tmp_path):
    order = np.random.default_rng(1).permutation(19)
    old = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
    names = [f"EEG {old.get(SCALP_19.sites[i], SCALP_19.sites[i]).upper()}" for i in order]
    write_edf(tmp_path / "shuffled.edf", signals(names, DATA[order]))
    write_edf(tmp_path / "plain.edf", signals())
    shuffled, plain = (open_recording(tmp_path / f"{name}.edf", SCALP_19) for name in ("shuffled", "plain"))
    np.testing.assert_array_equal(shuffled.read(0, 500), plain.read(0, 500))


def test_a_recording_cut_anywhere_is_refused(whole):
    content = whole.read_bytes()
    for length in np.linspace(0, len(content) - 1, 20).astype(int):
        cut = whole.with_name(f"cut{length}{whole.suffix}")
        cut.write_bytes(content[:length])
        with pytest.raises(InputError, match=f"cut{length}"):
            open_recording(cut, SCALP_19)


def test_bytes_behind_the_last_record_are_left_out_and_told(whole):
    before = open_recording(whole, SCALP_19)
    whole.write_bytes(whole.read_bytes() + b"more" * 25)
    longer = open_recording(whole, SCALP_19)
    assert longer.n_samples == before.n_samples
    assert CUT_RECORD in longer.remarks


def test_a_recording_of_more_records_than_its_header_says_is_read_to_its_end(whole):
    content = bytearray(whole.read_bytes())
    before, n_records = open_recording(whole, SCALP_19), int(content[236:244])
    content[236:244] = str(n_records - 1).encode().ljust(8)
    whole.write_bytes(content)
    after = open_recording(whole, SCALP_19)
    assert RECOUNTED in after.remarks
    assert RECOUNTED not in before.remarks
    assert after.n_samples == before.n_samples
    np.testing.assert_array_equal(after.read(0, after.n_samples), before.read(0, before.n_samples))


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (236, b"-2      "),
        (236, b"many    "),
        (244, b"0       "),
        (244, b"nan     "),
        (244, b"1e-6    "),
        (244, b"1e298   "),
        (252, b"0   "),
        (252, b"-3  "),
        (184, b"256     "),
        (256 + 20 * 216, b"fast    "),
    ],  # the last: samples a record of signal 1
)
def test_a_garbled_header_is_refused(tmp_path, at, text):
    path = tmp_path / "garbled.edf"
    write_edf(path, signals())
    content = bytearray(path.read_bytes())
    content[at : at + len(text)] = text
    path.write_bytes(content)
    with pytest.raises(InputError, match="garbled"):
        open_recording(path, SCALP_19)


def test_sites_at_two_rates_are_refused(tmp_path):
    path = tmp_path / "rates.edf"
    write_edf(path, [*signals()[:-1], EdfSignal(SCALP_19.sites[-1], np.repeat(DATA[-1], 2), 2 * RATE)])
    with pytest.raises(InputError, match="at 100 Hz; O2 at 200 Hz"):
        open_recording(path, SCALP_19)


def test_a_faster_channel_that_is_not_used_changes_nothing(tmp_path):
    write_edf(tmp_path / "with.edf", [EdfSignal("ECG", np.repeat(DATA[0], 5), 5 * RATE), *signals()])
    write_edf(tmp_path / "without.edf", signals())
    beside, alone = (open_recording(tmp_path / f"{name}.edf", SCALP_19) for name in ("with", "without"))
    assert beside.rate == alone.rate == RATE
    np.testing.assert_array_equal(beside.read(3, 700), alone.read(3, 700))


@pytest.mark.parametrize(("unit", "factor"), [("nV", 1e-3), ("uV", 1.0), ("mV", 1e3), ("V", 1e6), ("\u00b5V", 1.0)])
def test_every_known_unit_becomes_microvolts(tmp_path, unit, factor):
    path = tmp_path / "units.edf"
    write_edf(path, signals(unit=unit))
    np.testing.assert_allclose(open_recording(path, SCALP_19).read(0, 300), DATA[:, :300] * factor, atol=0.01 * factor)


@pytest.mark.parametrize("unit", ["NV", "", "mmHg", "UV"])
def test_a_unit_that_mne_would_take_for_volts_is_refused(tmp_path, unit):
    path = tmp_path / "units.edf"
    write_edf(path, signals(unit=unit))
    with pytest.raises(InputError, match="units among"):
        open_recording(path, SCALP_19)


@pytest.mark.parametrize("names", [("X1", *SCALP_19.sites[1:]), ("T3", *SCALP_19.sites[1:])], ids=["wrong", "twice"])
def test_a_wrong_or_doubled_channel_name_is_refused_by_name(tmp_path, names):
    path = tmp_path / "names.edf"
    write_edf(path, signals(names))
    with pytest.raises(InputError, match=r"FP1|Fp1"):
        open_recording(path, SCALP_19)


@pytest.mark.parametrize("layout", [SCALP_19, SCALP_32, EPOC_14], ids=lambda layout: layout.name)
def test_without_a_layout_the_drawing_with_exactly_these_electrodes_is_taken(tmp_path, layout):
    names = [*layout.sites, "M1", "M2", "EXG1"]
    data = np.random.default_rng(2).standard_normal((len(names), RATE))
    write_edf(tmp_path / "drawn.edf", signals(names, data))
    assert open_recording(tmp_path / "drawn.edf").layout == layout


def test_without_a_drawing_the_electrodes_are_laid_out_by_the_10_05_system(tmp_path):
    pytest.importorskip("emoscan.signals.layouts.montage")
    names = ["EEG " + name for name in ("F3", "Fz", "F4", "C3", "Cz", "C4", "P3", "Pz", "P4", "T3", "T4")]
    write_edf(tmp_path / "eleven.edf", signals([*names, "ECG"], DATA[:12]))
    stream = open_recording(tmp_path / "eleven.edf")
    assert len(stream.layout) == 11
    cell = dict(zip((site.upper() for site in stream.layout.sites), stream.layout.cells, strict=True))
    assert cell["F3"][0] < cell["C3"][0] < cell["P3"][0]
    assert cell["C3"][1] < cell["CZ"][1] < cell["C4"][1]


def test_references_are_read_when_asked_for(tmp_path):
    write_edf(tmp_path / "ears.edf", signals([*SCALP_19.sites[:-1], "A1", "Pz2"], np.vstack([DATA, DATA[:1]])))
    with pytest.raises(InputError, match="A2"):
        open_recording(tmp_path / "ears.edf", SCALP_19, also=("A1", "A2"))
    write_edf(tmp_path / "ears.edf", signals([*SCALP_19.sites, "A1"], np.vstack([DATA, DATA[3:4]])))
    stream = open_recording(tmp_path / "ears.edf", SCALP_19, also=("A1",))
    assert stream.names == (*SCALP_19.sites, "A1")
    np.testing.assert_array_equal(stream.read(0, 50)[-1], stream.read(0, 50)[3])


def test_bad_annotations_and_bad_channels_are_carried(tmp_path):
    raw = as_raw()
    raw.info["bads"] = ["Fz"]
    raw.set_annotations(mne.Annotations([2.0, 5.0], [1.5, 1.0], ["BAD_jump", "blink"]))
    raw.save(tmp_path / "noted_raw.fif", verbose="error")
    stream = open_recording(tmp_path / "noted_raw.fif", SCALP_19)
    assert (stream.bad_spans, stream.bad_channels) == (((200, 350),), ("Fz",))
    np.testing.assert_allclose(stream.read(0, 99), DATA[:, :99], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("date", [0, None])
def test_a_cropped_fif_keeps_its_bad_spans_in_place(tmp_path, date):
    raw = as_raw()
    raw.set_meas_date(date).set_annotations(mne.Annotations([6.0], [1.0], ["bad"], orig_time=raw.info["meas_date"]))
    raw.crop(4.0).save(tmp_path / "cropped_raw.fif", verbose="error")
    assert open_recording(tmp_path / "cropped_raw.fif", SCALP_19).bad_spans == ((200, 300),)


def test_a_cut_fif_is_refused(tmp_path):
    as_raw().save(tmp_path / "whole_raw.fif", verbose="error")
    content = (tmp_path / "whole_raw.fif").read_bytes()
    for length in np.linspace(0, len(content) - 200, 12).astype(int):
        cut = tmp_path / f"cut{length}_raw.fif"
        cut.write_bytes(content[:length])
        with pytest.raises(InputError, match=f"cut{length}"):
            open_recording(cut, SCALP_19).read(0, DATA.shape[1])


def brainvision(folder, points=True):
    """One BrainVision recording of 19 channels, written by hand: 16 bit, 0.1 uV a step, multiplexed."""
    steps = np.round(DATA / 0.1).astype("<i2")
    (folder / "b.eeg").write_bytes(np.ascontiguousarray(steps.T).tobytes())
    (folder / "b.vmrk").write_text("Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\n")
    channels = "\n".join(f"Ch{i}={name},,0.1,uV" for i, name in enumerate(SCALP_19.sites, 1))
    length = f"DataPoints={DATA.shape[1]}\n" if points else ""
    (folder / "b.vhdr").write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=b.eeg\nMarkerFile=b.vmrk\n"
        f"DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nNumberOfChannels=19\n{length}SamplingInterval=10000\n"
        f"[Binary Infos]\nBinaryFormat=INT_16\n[Channel Infos]\n{channels}\n"
    )
    return folder / "b.vhdr"


def test_brainvision_is_read_and_its_digest_covers_all_of_its_files(tmp_path):
    stream = open_recording(brainvision(tmp_path), SCALP_19)
    np.testing.assert_allclose(stream.read(0, stream.n_samples), DATA, atol=0.051)
    before = stream.source.digest()
    content = bytearray((tmp_path / "b.eeg").read_bytes())
    content[77] ^= 1
    (tmp_path / "b.eeg").write_bytes(content)
    assert stream.source.digest() != before


@pytest.mark.parametrize(("points", "lost"), [(True, 38 * 100), (False, 7)])
def test_a_cut_brainvision_recording_is_refused(tmp_path, points, lost):
    path = brainvision(tmp_path, points)
    content = (tmp_path / "b.eeg").read_bytes()
    (tmp_path / "b.eeg").write_bytes(content[:-lost])
    with pytest.raises(InputError, match="cut"):
        open_recording(path, SCALP_19)


@pytest.mark.parametrize("name", ["none.edf", "notes.txt", "garbage.fif", "garbage.cnt"])
def test_what_is_no_recording_is_one_input_error(tmp_path, name):
    if not name.startswith("none"):
        (tmp_path / name).write_bytes(b"not a recording" * 90)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match=name):
            open_recording(tmp_path / name, SCALP_19)


def test_the_header_written_is_the_header_read(whole):
    header = read_edf_header(whole)
    assert header.labels == SCALP_19.sites
    assert (header.n_records, header.seconds, set(header.samples), set(header.units)) == (SECONDS, 1.0, {RATE}, {"uV"})
