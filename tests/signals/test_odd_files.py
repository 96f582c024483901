"""Files that were renamed, cut, epoched or need a package: read with a line, or refused with a way on."""

import warnings

import mne
import numpy as np
import pytest
import scipy.io

from emoscan.signals import SCALP_19, InputError, open_recording
from emoscan.signals.files.events import read_events
from emoscan.signals.files.raw_file import RawFile, damage_in, unreadable
from emoscan.signals.files.recording_file import timeline_of

RATE, SECONDS = 100, 12
DATA = np.random.default_rng(0).normal(0, 12, (19, RATE * SECONDS))
POINTS = f"DataPoints={RATE * SECONDS}\n"


def brainvision(folder, *, common="", orientation="MULTIPLEXED", unit="µV", marks=(), encoding="utf-8", behind=""):
    """A recording of 19 channels, 16 bits, 0.1 uV a step."""
    steps = np.round(DATA / 0.1).astype("<i2")
    ordered = steps.T if orientation == "MULTIPLEXED" else steps
    (folder / "b.eeg").write_bytes(np.ascontiguousarray(ordered).tobytes())
    lines = [f"Mk{i}={mark}" for i, mark in enumerate(["New Segment,,1,1,0,20200101101010000000", *marks], 1)]
    first = "Brain Vision Data Exchange Marker File, Version 1.0"
    (folder / "b.vmrk").write_bytes("\n".join([first, "[Marker Infos]", *lines, ""]).encode(encoding))
    channels = "\n".join(f"Ch{i}={name},,0.1,{unit}" for i, name in enumerate(SCALP_19.sites, 1))
    header = (
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=b.eeg\nMarkerFile=b.vmrk\n"
        f"DataFormat=BINARY\nDataOrientation={orientation}\nNumberOfChannels=19\nSamplingInterval=10000\n{common}"
        f"[Binary Infos]\nBinaryFormat=INT_16\n[Channel Infos]\n{channels}\n{behind}"
    )
    (folder / "b.vhdr").write_bytes(header.encode(encoding))
    return folder / "b.vhdr"


def check(path, *words):
    stream = open_recording(path, SCALP_19)
    np.testing.assert_allclose(stream.read(0, stream.n_samples), DATA, atol=0.051)
    assert len(stream.remarks) == len(words), stream.remarks
    for word, remark in zip(words, stream.remarks, strict=True):
        assert word in remark


@pytest.mark.parametrize("orientation", ["MULTIPLEXED", "VECTORIZED"])
def test_samples_are_counted_where_the_header_does_not_say_how_many_there_are(tmp_path, orientation):
    check(brainvision(tmp_path, orientation=orientation), "counted from the file's size")
    check(brainvision(tmp_path, orientation=orientation, common=POINTS))


def test_zero_points_were_never_written(tmp_path):
    check(brainvision(tmp_path, common="DataPoints=0\n"), "counted from the file's size")


def test_markers_that_are_not_there_are_told(tmp_path):
    path = brainvision(tmp_path, common=POINTS)
    (tmp_path / "b.vmrk").unlink()
    check(path, "the file of markers is not there: no notes")


@pytest.mark.parametrize("orientation", ["MULTIPLEXED", "VECTORIZED"])
@pytest.mark.parametrize(("points", "lost"), [(POINTS, 38 * 100), ("", 7)])
def test_missing_samples_are_found_by_the_size_in_either_order(tmp_path, orientation, points, lost):
    path = brainvision(tmp_path, orientation=orientation, common=points)
    (tmp_path / "b.eeg").write_bytes((tmp_path / "b.eeg").read_bytes()[:-lost])
    with pytest.raises(InputError, match="it is cut"):
        open_recording(path, SCALP_19)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_headers_and_markers_are_read_in_latin_1_too(tmp_path, encoding):
    path = brainvision(tmp_path, common=POINTS, marks=["Comment,Ärger,501,1,0"], encoding=encoding)
    check(path, *(["Latin-1"] if encoding == "latin-1" else []))
    assert read_events(path).one("Comment/Ärger") == 5.0


@pytest.mark.parametrize("unit", ["\u03bcV", "uv", "microvolt"])
def test_units_that_mne_does_not_know_are_understood(tmp_path, unit):
    check(brainvision(tmp_path, common=POINTS, unit=unit), "understood as microvolts")


def test_electrodes_without_coordinates_among_others_are_electrodes(tmp_path):
    lines = [f"Ch{i}={'0,0,0' if i in (4, 9) else f'1,{9 * i - 80},{17 * i}'}" for i in range(1, 20)]
    path = brainvision(tmp_path, common=POINTS, behind="\n".join(["[Coordinates]", *lines, ""]))
    check(path, "no coordinates", "doubtful: names and places")
    assert open_recording(path).layout == SCALP_19


def test_parts_that_were_renamed_together_are_found_by_the_headers_own_name(tmp_path):
    brainvision(tmp_path, common=POINTS, marks=["Stimulus,S  1,501,1,0"])
    for part in (*tmp_path.glob("b.*"),):
        part.rename(part.with_name(f"s01{part.suffix}"))
    check(tmp_path / "s01.vhdr", "another data file", "another file of markers")
    assert read_events(tmp_path / "s01.vhdr").one("Stimulus/S  1") == 5.0


@pytest.mark.parametrize("also", [(), ("b2.eeg", "b2.dat")])
def test_a_part_that_is_missing_or_could_be_one_of_two_is_named(tmp_path, also):
    path = brainvision(tmp_path).rename(tmp_path / "b2.vhdr")
    for name in also:
        (tmp_path / name).write_bytes((tmp_path / "b.eeg").read_bytes())
    (tmp_path / "b.eeg").unlink()
    with pytest.raises(InputError, match=r"no b\.eeg.*wanted the samples in b\.eeg.*DataFile="):
        open_recording(path)


def eeglab(folder, trials=1, data="j.fdt"):
    sites, none = np.empty(19, dtype=[("labels", object)]), np.array([])
    sites["labels"] = SCALP_19.sites
    fields = dict.fromkeys(("event", "epoch", "icawinv", "icasphere", "icaweights", "icachansind", "times"), none)
    fields |= {"setname": "s", "nbchan": 19, "trials": trials, "pnts": DATA.shape[1] // trials, "srate": float(RATE)}
    fields |= {"xmin": 0.0, "xmax": 1.0, "chanlocs": sites, "data": data, "ref": "common"}
    scipy.io.savemat(folder / "j.set", {"EEG": fields})
    (folder / "j.fdt").write_bytes(DATA.T.astype("<f4").tobytes())
    return folder / "j.set"


@pytest.mark.parametrize("change", [-76, 76])
def test_eeglabs_samples_have_the_size_that_their_header_says(tmp_path, change):
    path = eeglab(tmp_path)
    check(path)
    whole = (tmp_path / "j.fdt").read_bytes()
    (tmp_path / "j.fdt").write_bytes(whole[:change] if change < 0 else whole + bytes(change))
    with pytest.raises(InputError, match=r"bytes in j\.fdt; wanted \d+ bytes, 1200 samples of 19 channels"):
        open_recording(path)


def test_eeglabs_samples_may_be_renamed_with_their_header_but_not_be_missing(tmp_path):
    eeglab(tmp_path).rename(tmp_path / "k.set")
    (tmp_path / "j.fdt").rename(tmp_path / "k.fdt")
    check(tmp_path / "k.set", "of the header's own name")
    (tmp_path / "k.fdt").unlink()
    with pytest.raises(InputError, match=r"\.fdt.*side by side"):
        open_recording(tmp_path / "k.set")


@pytest.mark.parametrize("kind", ["set", "fif"])
def test_epochs_are_no_recording_and_the_way_on_is_the_one_they_were_cut_from(tmp_path, kind):
    if kind == "set":
        path = eeglab(tmp_path, trials=4, data=DATA.reshape(19, 4, -1).transpose(0, 2, 1))
    else:
        raw = mne.io.RawArray(DATA * 1e-6, mne.create_info(list(SCALP_19.sites), RATE, "eeg"), verbose="error")
        path = tmp_path / "e-epo.fif"
        mne.make_fixed_length_epochs(raw, 1.0, verbose="error").save(path, verbose="error")
    words = "found epochs.*wanted the continuous recording.*before epochs were cut"
    with pytest.raises(InputError, match=words) as refused:
        open_recording(path)
    assert "copy" not in str(refused.value)


def test_a_format_that_needs_a_package_names_it_and_how_to_get_it(tmp_path):
    words = "For reading EGI MFF data to work, the module mffpy is needed:\n\n    pip install mffpy\n"
    assert "pip install mffpy; emo-preprocess doctor" in str(unreadable(tmp_path / "a.mff", RuntimeError(words)))
    (tmp_path / "a.set").write_bytes(b"MATLAB 7.3 MAT-file".ljust(600))
    error = unreadable(tmp_path / "a.set", NotImplementedError("Please use HDF reader"))
    assert "pip install pymatreader" in str(error)
    assert "the package neo" in str(unreadable(tmp_path / "a.ncs", ModuleNotFoundError("No module", name="neo")))


def test_only_remarks_that_mean_missing_samples_are_damage(tmp_path):
    harmless = [
        "Estimated head radius (0.1 cm) is below the 3rd percentile for infant head size.",
        "The unit of the size field is unknown, expanding outside the number of samples. See the manual.",
    ]
    damage = "FIF raw buffer could not be read, acquisition error likely: 3 samples set to zero"
    for words, expected in [*((words, []) for words in harmless), (damage, [damage])]:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            warnings.warn(words, RuntimeWarning, stacklevel=1)
        assert damage_in(tmp_path, heard) == expected


def test_samples_that_mne_replaces_by_zeros_are_damage(tmp_path, monkeypatch):
    raw = mne.io.RawArray(DATA * 1e-6, mne.create_info(list(SCALP_19.sites), RATE, "eeg"), verbose="error")
    raw.save(tmp_path / "z_raw.fif", verbose="error")
    stream = open_recording(tmp_path / "z_raw.fif", SCALP_19)

    def with_zeros(self, *_, **__):
        warnings.warn("FIF raw buffer could not be read, acquisition error likely", RuntimeWarning, stacklevel=1)
        return np.zeros((19, 9))

    monkeypatch.setattr(mne.io.BaseRaw, "get_data", with_zeros)
    with pytest.raises(InputError, match="could not be read"):
        stream.read(0, 9)


def test_a_recording_in_a_folder_is_looked_for_as_one(tmp_path):
    (tmp_path / "a.mff").mkdir()
    with pytest.raises(InputError, match=r"a\.mff") as refused:
        open_recording(tmp_path / "a.mff")
    assert "no such file" not in str(refused.value)
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="no such file"):
        open_recording(tmp_path / "folder")


def test_a_recording_without_notes_has_a_timeline_of_its_samples():
    raw = mne.io.RawArray(DATA * 1e-6, mne.create_info(list(SCALP_19.sites), RATE, "eeg"), verbose="error")
    timeline = timeline_of(RawFile(raw, None, (), ()), 100.0, 1200)
    assert (timeline.rate, timeline.n_samples, timeline.joints, timeline.remarks) == (100.0, 1200, (), ())


@pytest.mark.parametrize(
    ("part", "header"), [("rec.eeg", "rec.vhdr"), ("rec.vmrk", "rec.vhdr"), ("rec.fdt", "rec.set")]
)
def test_a_part_of_a_recording_names_the_header_beside_it(tmp_path, part, header):
    for name in (part, header):
        (tmp_path / name).write_bytes(b"anything")
    with pytest.raises(InputError, match=f"name {header}"):
        open_recording(tmp_path / part)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.txt", "a .txt file, which is no recording.*export it as EDF"),
        ("a.zip", "found an archive.*unpack it"),
        ("notes", "a file that is no recording"),
    ],
)
def test_a_file_that_is_no_recording_is_said_to_be_none(tmp_path, name, message):
    (tmp_path / name).write_text("hello")
    with pytest.raises(InputError, match=message) as refusal:
        open_recording(tmp_path / name)
    assert "Error" not in str(refusal.value)
