"""Odd headers: what MNE reads is read, with a line that says what was assumed; what means nothing is refused."""

import numpy as np
import pytest

from emoscan.signals import SCALP_19, InputError, open_recording
from emoscan.signals.files.edf import EdfSignal, write_bdf, write_edf
from emoscan.signals.files.events import read_events
from emoscan.signals.files.headers.edf_header import known_unit

RATE, SECONDS = 100, 12
DATA = np.random.default_rng(0).normal(0, 12, (19, RATE * SECONDS))
FIELDS = {"labels": 0, "units": 96, "physical_min": 104, "physical_max": 112, "digital_min": 120, "digital_max": 128}
FIELDS["samples"] = 216
"""Bytes for each signal that stand before a field's own."""

N = 20  # signals, annotations among them


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "odd.edf"
    write_edf(file, [EdfSignal(name, row, RATE) for name, row in zip(SCALP_19.sites, DATA, strict=True)])
    return file


def rewrite(path, changes, behind=b""):
    """Text at places of the file."""
    content = bytearray(path.read_bytes())
    for at, text in changes.items():
        content[at : at + len(text)] = text
    path.write_bytes(bytes(content) + behind)


def field(name, signal, width=8):
    return 256 + N * FIELDS[name] + width * signal


def check_read(path, words):
    stream = open_recording(path, SCALP_19)
    assert (stream.rate, stream.n_samples) == (RATE, RATE * SECONDS)
    np.testing.assert_allclose(stream.read(100, 900), DATA[:, 100:900], atol=0.01)
    assert any(words in remark for remark in stream.remarks), stream.remarks


@pytest.mark.parametrize("records", [b"-1      ", b"0       "])
def test_records_that_were_never_counted_are_counted_from_the_size(path, records):
    rewrite(path, {236: records})
    check_read(path, "counted from the file's size")


def test_a_last_record_that_was_never_finished_is_left_out(path):
    rewrite(path, {236: b"-1      "}, behind=b"half a record")
    check_read(path, "was not finished")


def test_zeros_behind_the_last_record_are_left_out_however_many(path):
    whole = path.read_bytes()
    for zeros in (100, 10 * (len(whole) - 256 * (N + 1)) // SECONDS):
        path.write_bytes(whole + bytes(zeros))
        check_read(path, "zeros follow")


def test_fields_padded_with_nul_are_those_padded_with_blanks(path):
    content = bytearray(path.read_bytes())
    for at in [184, 236, 244, 252, *(field(name, i) for name in FIELDS if name != "labels" for i in range(N))]:
        width = 4 if at == 252 else 8
        content[at : at + width] = bytes(content[at : at + width]).rstrip().ljust(width, b"\0")
    for signal in range(N):
        at = field("labels", signal, 16)
        content[at : at + 16] = bytes(content[at : at + 16]).rstrip().ljust(16, b"\0")
    path.write_bytes(content)
    stream = open_recording(path)
    assert stream.layout == SCALP_19
    np.testing.assert_allclose(stream.read(100, 900), DATA[:, 100:900], atol=0.01)


@pytest.mark.parametrize(("name", "text"), [("digital_min", b"-32,768 "), ("digital_max", b"32 767  ")])
def test_commas_and_blanks_between_thousands_are_none(path, name, text):
    rewrite(path, {field(name, 3): text})
    check_read(path, "commas or blanks")


def test_a_decimal_comma_is_a_point(path):
    whole = path.read_bytes()
    for name in ("physical_min", "physical_max"):
        at = field(name, 3)
        rewrite(path, {at: whole[at : at + 8].replace(b".", b",")})
    rewrite(path, {244: b"1,000   "})
    check_read(path, "commas or blanks")


@pytest.mark.parametrize(
    "unit", [b"\x83\xcaV", b"\xc2\xb5V", b"\xce\xbcV", b"\xb5V\0", b"uv", b"\xb5v ", b"microV", b"Microvol", b"\xb5 V"]
)
def test_microvolts_are_known_in_any_code_page(path, unit):
    if unit == b"Microvol":  # eight characters have room for no more: what cannot be known stays refused
        rewrite(path, {field("units", 3): unit})
        with pytest.raises(InputError, match="units among"):
            open_recording(path, SCALP_19)
        return
    rewrite(path, {field("units", i): unit.ljust(8) for i in range(19)})
    np.testing.assert_allclose(open_recording(path, SCALP_19).read(100, 900), DATA[:, 100:900], atol=0.01)
    assert (unit in (b"\xb5V\0",)) != bool(open_recording(path, SCALP_19).remarks)


@pytest.mark.parametrize("unit", ["MV", "UV", "NV", "", "?V", "mmHg", "Pa", "m"])
def test_what_is_no_unit_of_ours_is_not_taken_for_one(unit):
    assert known_unit(unit) == ""


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({field("digital_min", 3): b"32767   "}, "digital minimum = maximum"),
        ({field("physical_min", 3): b"nan     "}, "no number"),
        ({field("physical_min", 3): b"5.0     ", field("physical_max", 3): b"5.0     "}, "physical minimum = maximum"),
    ],
)
def test_a_channel_whose_range_means_nothing_is_refused_by_name_and_only_where_it_is_used(path, changes, found):
    rewrite(path, changes)
    with pytest.raises(InputError, match=f"{SCALP_19.sites[3]} with .*{found}.*rename"):
        open_recording(path, SCALP_19)


def test_a_range_of_words_is_refused(path):
    rewrite(path, {field("physical_max", 3): b"volts   "})
    with pytest.raises(InputError, match="'volts' as physical maximum"):
        open_recording(path)


def test_a_bdf_that_claims_128_megahertz_is_refused(tmp_path):
    path = tmp_path / "fast.bdf"
    columns = [[name] for name in ("Cz", "", "uV", "-100", "100", "-8388608", "8388607", "", "100", "")]
    write_bdf(path, ("X", "X", "01.01.20", "00.00.00"), columns, np.zeros((1, 200)), 100)
    rewrite(path, {244: b"0.000001"})
    with pytest.raises(InputError, match=r"1e\+08 samples a second.*between 1 and 1e\+06 Hz"):
        open_recording(path)


def test_notes_in_latin_1_are_read(tmp_path):
    path = tmp_path / "notes.edf"
    write_edf(path, [EdfSignal("Cz", DATA[0], RATE), EdfSignal("Pz", DATA[1], RATE)], note="~rger")
    path.write_bytes(path.read_bytes().replace(b"~rger", "Ärger".encode("latin-1")))
    assert read_events(path).one("Ärger") == 0.0
    assert "Latin-1" in open_recording(path).remarks[0]


@pytest.mark.parametrize(
    ("note", "remark"),
    [
        (b"+10.0\x1530.0\x14film\x14", "1 note runs past the end of the recording: cut there"),
        (b"+30.0\x1510.0\x14film\x14", "1 note lies outside the recording: left out"),
    ],
)
def test_a_note_past_the_end_says_nothing_about_samples(tmp_path, note, remark):
    path = tmp_path / "long.edf"
    signals = [EdfSignal(name, row, RATE) for name, row in zip(SCALP_19.sites, DATA, strict=True)]
    write_edf(path, signals, note="film~~~~")
    path.write_bytes(path.read_bytes().replace(b"+0.000\x14film~~~~\x14", note))
    stream = open_recording(path, SCALP_19)
    assert (stream.n_samples, stream.bad_spans, stream.remarks) == (RATE * SECONDS, (), (remark,))
