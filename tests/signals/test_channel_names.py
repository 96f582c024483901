"""Every EEG channel of a recording is used, or listed with the reason; what is ambiguous is refused."""

import mne
import numpy as np
import pytest

from emoscan.signals import SCALP_19, SCALP_32, InputError, open_recording
from emoscan.signals.files.edf import EdfSignal, write_edf
from emoscan.signals.layouts.channel_names import read_names

SITES = SCALP_19.sites
RATE = 100


def recorded(folder, names, name="rec.edf", **settings):
    """A file whose channel number k holds noise of its own, opened."""
    data = np.random.default_rng(0).normal(0, 20, (len(names), 2 * RATE))
    signals = [EdfSignal(label, row, RATE) for label, row in zip(names, data, strict=True)]
    write_edf(folder / name, signals, bdf=name.endswith("bdf"))
    return data, open_recording(folder / name, **settings)


def biosemi(count):
    return [f"{'ABCDEFGH'[k // 32]}{k % 32 + 1}" for k in range(count)]


SPELLINGS = {
    "linked ears": "EEG {}-LE",
    "a scalp reference": "{}-CPz",
    "an ear": "{}-A1",
    "average": "{}-AVG",
    "REF": "EEG {}-REF",
    "Ref": "{}-Ref",
    "colon": "{}:M1",
    "POL": "POL {}",
    "dash": "EEG-{}",
    "dot": "EEG.{}",
    "trailing dots": "{}..",
    "whatever all share": "{}-XYZ7",
    "both ears": "{}-A1A2",
    "number": "1-{}",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("case", [str, str.upper])
def test_what_all_names_share_is_no_part_of_them(tmp_path, spelling, case):
    data, stream = recorded(tmp_path, [case(spelling.format(site)) for site in SITES])
    assert stream.layout == SCALP_19
    np.testing.assert_allclose(stream.read(0, 200), data, atol=0.01)


def test_what_was_cut_off_is_said(tmp_path):
    _, stream = recorded(tmp_path, [f"EEG {site}-LE" for site in SITES])
    assert stream.remarks == ("cut off the channels' names as references: LE",)


def test_references_on_the_other_side_are_no_sites(tmp_path):
    _, stream = recorded(tmp_path, ["C3-A2", "C4-A1", "O1-M2", "O2-M1", "EOG left"])
    assert stream.layout.sites == ("C3", "C4", "O1", "O2")


def test_eleven_names_with_a_reference_beside_eight_without_are_nineteen_sites(tmp_path):
    _, stream = recorded(tmp_path, [*SITES[:8], *(f"{site}-A1" for site in SITES[8:])])
    assert stream.layout == SCALP_19
    assert "some channels name a reference and others do not" in stream.remarks[1]


def test_a_site_with_and_without_a_reference_is_refused_with_both_names(tmp_path):
    with pytest.raises(InputError, match=r"T8 \(T8, T8-A1\).*rename: {'T8-A1': null}"):
        recorded(tmp_path, [*SITES, "T8-A1"])


def test_a_name_that_occurs_twice_is_refused_with_both(tmp_path):
    with pytest.raises(InputError, match=r"Fz \(Fz-0, Fz-1\)"):
        recorded(tmp_path, [*SITES, "Fz"])


@pytest.mark.parametrize("count", [128, 160, 256])
def test_biosemis_own_names_are_its_own_montage(tmp_path, count):
    data, stream = recorded(tmp_path, [*biosemi(count), "EXG1", "Status"], "rec.bdf")
    assert (stream.layout.name, len(stream.layout)) == (f"biosemi{count}", count)
    assert stream.names[:2] == ("A1", "A2")  # which are ears in other recordings
    order = [biosemi(count).index(name) for name in stream.names]
    np.testing.assert_allclose(stream.read(0, 200), data[order], atol=0.01)
    assert stream.remarks[1:] == ("left out, since they are no EEG: EXG1",)


@pytest.mark.parametrize("count", [16, 32, 64])
def test_biosemis_names_of_small_caps_are_those_of_the_10_20_system(tmp_path, count):
    data, stream = recorded(tmp_path, biosemi(count), "rec.bdf")
    montage = mne.channels.make_standard_montage(f"biosemi{count}").ch_names
    order = [montage.index(name) for name in stream.names]
    np.testing.assert_allclose(stream.read(0, 200), data[order], atol=0.01)
    assert stream.layout == SCALP_32 or stream.layout.name == f"biosemi{count}"


def test_some_of_biosemis_electrodes_are_refused_and_a_montage_helps(tmp_path):
    with pytest.raises(InputError, match=r"names like those of BioSemi.*montage: biosemi128"):
        recorded(tmp_path, biosemi(127), "rec.bdf")


def test_six_sites_of_the_10_20_system_are_no_cap_of_biosemi(tmp_path):
    _, stream = recorded(tmp_path, ["C1", "C2", "C3", "C4", "C5", "C6", "A1", "A2"])
    assert stream.layout.sites == ("C1", "C2", "C3", "C4", "C5", "C6")
    assert stream.remarks == ("left out, since they are ears or mastoids: A1, A2",)


@pytest.mark.parametrize("spelling", ["E{}", "EEG {:03d}"])
@pytest.mark.parametrize(
    ("count", "more", "montage"),
    [
        (32, [], "GSN-HydroCel-32"),
        (64, ["Cz"], "GSN-HydroCel-65_1.0"),
        (128, [], "GSN-HydroCel-128"),
        (128, ["Cz"], "GSN-HydroCel-129"),
        (128, ["VREF"], "GSN-HydroCel-128"),
        (257, [], "GSN-HydroCel-257"),
    ],
)
def test_numbered_nets_are_those_of_egi(spelling, count, more, montage):
    names = [*(spelling.format(k) for k in range(1, count + 1)), *more]
    read = read_names("rec", names, ["eeg"] * len(names))
    assert read.net == montage
    assert len(read.eeg) == len(set(read.names[i] for i in read.eeg)) == count + more.count("Cz")


def test_some_of_a_nets_electrodes_have_no_place(tmp_path):
    with pytest.raises(InputError, match=r"124 of 124 EEG channels without a place.*montage: "):
        recorded(tmp_path, [f"E{k}" for k in range(1, 125)])


@pytest.mark.parametrize(
    "names",
    [
        ["Fp1-F7", "F7-T3", "T3-T5", "T5-O1", "Fp2-F8", "F8-T4", "T4-T6", "T6-O2", "Fz-Cz", "Cz-Pz"],
        ["FP1-F7", "F7-T7", "T7-P7", "T8-P8", "P8-O2", "T8-P8"],
        ["Fpz-Cz", "Pz-Oz", "EOG horizontal"],
        ["EEG Fpz-Cz"],
    ],
)
def test_differences_of_two_electrodes_are_refused_with_a_way_on(tmp_path, names):
    with pytest.raises(InputError, match=r"differences of two electrodes.*rename: {'.*'}? ?") as refused:
        recorded(tmp_path, names)
    label = refused.value.do.partition("rename: {'")[2].partition("'")[0]
    assert label in mne.io.read_raw(tmp_path / "rec.edf", verbose="error").ch_names


def test_a_few_differences_are_listed(tmp_path):
    _, stream = recorded(tmp_path, [*SITES, "F3-C3"])
    assert stream.layout == SCALP_19
    assert stream.remarks == ("left out, since they are differences of two electrodes: F3-C3",)


def test_what_is_no_eeg_by_name_or_type_is_listed(tmp_path):
    others = ["HEOG", "EOG left", "ECG", "EEG EKG1-REF", "Resp", "GSR1", "Photic", "EXG3"]
    _, stream = recorded(tmp_path, [*SITES, *others])
    assert stream.remarks == (f"left out, since they are no EEG: {', '.join(others)}",)
    info = mne.create_info([*SITES, "up", "Left"], RATE, ["eeg"] * 19 + ["misc", "eog"])
    mne.io.RawArray(np.zeros((21, 200)), info, verbose="error").save(tmp_path / "a_raw.fif", verbose="error")
    assert open_recording(tmp_path / "a_raw.fif").remarks == ("left out, since they are no EEG: up, Left",)


def test_a_channel_that_is_asked_for_is_not_listed(tmp_path):
    _, stream = recorded(tmp_path, [*SITES, "EXG1", "EXG2", "M1"], also=("EXG1", "M1"))
    assert stream.names == (*SITES, "EXG1", "M1")
    assert stream.remarks == ("left out, since they are no EEG: EXG2",)


def test_a_recording_whose_types_nobody_set_has_eeg(tmp_path):
    info = mne.create_info(list(SITES), RATE, "misc")
    names = read_names("rec", SITES, ["misc"] * len(info["ch_names"]))
    assert len(names.eeg) == 19


def test_an_electrode_without_a_place_is_listed(tmp_path):
    _, stream = recorded(tmp_path, [*SITES, "SP1"])
    assert stream.layout == SCALP_19
    assert stream.remarks == ("left out, since the layout scalp-19 has no such site: SP1",)


def test_half_the_electrodes_without_a_place_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"11 of 19 EEG channels without a place.*X8.*rename: {'X8': Fp1}"):
        recorded(tmp_path, [*SITES[:8], *(f"X{k}" for k in range(8, 19))])


def test_a_second_recording_lists_what_the_layout_lacks(tmp_path):
    _, stream = recorded(tmp_path, [*SITES, "FC1"], layout=SCALP_19)
    assert stream.remarks == ("left out, since the layout scalp-19 has no such site: FC1",)


def vision(folder, places, names=SITES):
    """A BrainVision recording with coordinates, as ``radius,theta,phi``."""
    np.tile(np.arange(200)[:, None], len(names)).astype("<i2").tofile(folder / "b.eeg")
    (folder / "b.vmrk").write_text("Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\n")
    channels = "\n".join(f"Ch{i}={name},,0.1,uV" for i, name in enumerate(names, 1))
    where = "\n".join(f"Ch{i}={place}" for i, place in enumerate(places, 1))
    (folder / "b.vhdr").write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=b.eeg\nMarkerFile=b.vmrk\n"
        f"DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nNumberOfChannels={len(names)}\nSamplingInterval=10000\n"
        f"[Binary Infos]\nBinaryFormat=INT_16\n[Channel Infos]\n{channels}\n[Coordinates]\n{where}\n"
    )
    return open_recording(folder / "b.vhdr")


def test_two_sites_at_the_origin_are_where_their_names_say(tmp_path):
    places = ["0,0,0" if k in (3, 8) else f"1,{-80 + 9 * k},{17 * k}" for k in range(19)]
    stream = vision(tmp_path, places)
    assert stream.layout == SCALP_19
    np.testing.assert_allclose(stream.read(0, 200), np.tile(0.1 * np.arange(200), (19, 1)), rtol=1e-9)


def test_a_site_without_coordinates_stands_where_its_name_says_among_those_with_some(tmp_path):
    info = mne.create_info([*SITES, "X1"], RATE, "eeg")
    raw = mne.io.RawArray(np.zeros((20, 200)), info, verbose="error")
    standard = mne.channels.make_standard_montage("biosemi64").get_positions()["ch_pos"]
    points = {name: np.array(standard[name]) for name in SITES if name != "Pz"}
    raw.set_montage(
        mne.channels.make_dig_montage(points | {"X1": [0.0, 0.02, 0.12]}, coord_frame="head"), on_missing="ignore"
    )
    raw.save(tmp_path / "p_raw.fif", verbose="error")
    layout = open_recording(tmp_path / "p_raw.fif").layout
    assert len(layout) == 20
    found = np.array(layout.positions[layout.sites.index("Pz")])
    assert np.linalg.norm(found - standard["Pz"]) < 0.015
