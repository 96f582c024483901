"""What a laboratory says about its channels, in ``trials.yaml`` or by the dataset, goes before what the files say."""

import inspect
import re

import mne
import numpy as np
import pytest

import emoscan.preprocessing
from emoscan.preprocessing.commands import command
from emoscan.signals import SCALP_19, InputError, TrialTable, open_recording
from emoscan.signals.datasets.trial_table.settings import KEYS
from emoscan.signals.files.channel_settings import ChannelSettings
from emoscan.signals.files.edf import EdfSignal, write_edf

SITES, RATE = SCALP_19.sites, 100
DATA = np.random.default_rng(0).normal(0, 20, (19, 4 * RATE))
LABELS = [f"Ch{k}" for k in range(1, 20)]
BY_NUMBER = dict(zip(LABELS, SITES, strict=True))


def lab(folder, *names, yaml="", labels=SITES):
    """A table of two trials of each recording; each file has the same samples, its channels named ``labels``."""
    lines = ["subject,session,trial,stimulus,eeg,start,stop,category"]
    for number, name in enumerate(names, 1):
        write_edf(folder / name, [EdfSignal(n, row, RATE) for n, row in zip(labels, DATA * number, strict=True)])
        lines += [f"{number},1,{k},x,{name},{2 * k - 2},{2 * k},{'uv'[k - 1]}" for k in (1, 2)]
    (folder / "trials.csv").write_text("\n".join(lines) + "\n")
    if yaml:
        (folder / "trials.yaml").write_text(yaml)
    return folder


def first(table):
    return next(iter(table)).streams["eeg"]


def sized(table):
    """The size of each recording's samples, in microvolts."""
    return [round(float(trial.streams["eeg"].read(0, 200).std() / 20), 6) for trial in table][::2]


def test_a_mapping_names_the_electrodes(tmp_path):
    stream = first(TrialTable(lab(tmp_path, "a.edf", labels=LABELS), rename=BY_NUMBER))
    assert stream.layout == SCALP_19
    np.testing.assert_allclose(stream.read(0, 200), DATA[:, :200], atol=0.01)


def test_trials_yaml_says_the_same_and_the_call_wins(tmp_path):
    lines = "".join(f"  {label}: {site}\n" for label, site in BY_NUMBER.items())
    lab(tmp_path, "a.edf", labels=LABELS, yaml=f"rename:\n{lines}units: mV\n")
    assert first(TrialTable(tmp_path)).layout == SCALP_19
    assert sized(TrialTable(tmp_path)) == pytest.approx([1000], rel=0.05)
    assert sized(TrialTable(tmp_path, units="uV")) == pytest.approx([1], rel=0.05)


@pytest.mark.parametrize("rename", ["_x9", ["_x9", "my "]])
def test_text_is_cut_off_either_end(tmp_path, rename):
    prefix = "" if isinstance(rename, str) else "my "
    labels = [f"{prefix}{site}_x9" for site in SITES]
    assert first(TrialTable(lab(tmp_path, "a.edf", labels=labels), rename=rename)).layout == SCALP_19


def test_a_channel_renamed_to_nothing_is_left_out_and_said(tmp_path):
    stream = first(TrialTable(lab(tmp_path, "a.edf"), rename={"Fp1": None}))
    assert "Fp1" not in stream.layout.sites
    assert len(stream.layout) == 18
    assert stream.remarks == ("left out, since they are renamed to nothing: Fp1",)


def test_renamed_channels_are_another_recording(tmp_path):
    table = lab(tmp_path, "a.edf")
    plain, swapped = first(TrialTable(table)), first(TrialTable(table, rename={"O1": "O2", "O2": "O1"}))
    assert plain.source.digest() != swapped.source.digest() != first(TrialTable(table, units="V")).source.digest()
    assert swapped.layout == plain.layout
    o1, o2 = SITES.index("O1"), SITES.index("O2")
    np.testing.assert_array_equal(swapped.read(0, 50)[o1], plain.read(0, 50)[o2])


@pytest.mark.parametrize(("units", "factor"), [("uV", 1), ("mV", 1e3), ("V", 1e6), ({"Fp1": "mV", "FZ": "uV"}, None)])
def test_the_numbers_of_a_file_are_in_the_unit_that_the_user_names(tmp_path, units, factor):
    stream = first(TrialTable(lab(tmp_path, "a.edf"), units=units))
    factors = np.ones(19) if factor is None else np.full(19, factor)
    if factor is None:
        factors[0] = 1e3
    np.testing.assert_allclose(
        stream.read(0, 200), DATA[:, :200] * factors[:, None], rtol=1e-3, atol=0.01 * factors.max()
    )


def test_microvolts_that_a_fif_calls_volts_become_microvolts(tmp_path):
    info = mne.create_info(list(SITES), RATE, "eeg")
    mne.io.RawArray(DATA, info, verbose="error").save(tmp_path / "a_raw.fif", verbose="error")
    stream = open_recording(tmp_path / "a_raw.fif", settings=ChannelSettings(units="uV"))
    np.testing.assert_allclose(stream.read(0, 200), DATA[:, :200], rtol=1e-5)


def test_a_unit_that_a_file_does_not_name_is_named_by_the_user(tmp_path):
    lab(tmp_path, "a.edf")
    signals = [EdfSignal(n, row, RATE, "") for n, row in zip(SITES, DATA, strict=True)]
    write_edf(tmp_path / "a.edf", signals)
    with pytest.raises(InputError, match=r"--units uV, or units: uV in trials\.yaml"):
        first(TrialTable(tmp_path))
    assert sized(TrialTable(tmp_path, units="uV")) == pytest.approx([1], rel=0.05)


def test_half_of_a_lab_is_in_another_unit(tmp_path):
    lab(tmp_path, "s1.edf", "s2.edf", yaml="recordings:\n  's2*': {units: mV}\n")
    assert sized(TrialTable(tmp_path)) == pytest.approx([1, 2000], rel=0.05)


def test_two_devices_of_a_lab_share_one_mapping(tmp_path):
    lab(tmp_path, "s1.edf", labels=LABELS)
    lines = (tmp_path / "trials.csv").read_text()
    write_edf(tmp_path / "s2.edf", [EdfSignal(n, row, RATE) for n, row in zip(SITES, DATA, strict=True)])
    (tmp_path / "trials.csv").write_text(f"{lines}2,1,1,x,s2.edf,0,2,u\n")
    assert {trial.streams["eeg"].layout for trial in TrialTable(tmp_path, rename=BY_NUMBER)} == {SCALP_19}


def positions():
    known = mne.channels.make_standard_montage("biosemi64").get_positions()["ch_pos"]
    return {label: known[site] for label, site in BY_NUMBER.items()}


@pytest.mark.parametrize("name", ["cap.sfp", "cap.csv", "cap.elc"])
def test_a_file_says_where_electrodes_of_any_name_are(tmp_path, name):
    points = positions()
    rows = {
        "cap.sfp": [f"{label}\t{x}\t{y}\t{z}" for label, (x, y, z) in points.items()],
        "cap.csv": ["name,x,y,z", *(f"{label},{x},{y},{z}" for label, (x, y, z) in points.items())],
        "cap.elc": [
            "UnitPosition\tmm",
            f"NumberPositions= {len(points)}",
            "Positions",
            *(f"{1000 * x}\t{1000 * y}\t{1000 * z}" for x, y, z in points.values()),
            "Labels",
            *points,
        ],
    }[name]
    lab(tmp_path, "a.edf", labels=LABELS, yaml=f"montage: {name}\n")
    (tmp_path / name).write_text("\n".join(rows) + "\n")
    layout = first(TrialTable(tmp_path)).layout
    assert layout.sites == tuple(LABELS)
    cell = dict(zip(layout.sites, layout.cells, strict=True))
    expected = dict(zip(SITES, SCALP_19.cells, strict=True))
    rows_of = [(cell[label][0], expected[site][0]) for label, site in BY_NUMBER.items()]
    assert all((a < b) == (c < d) for a, c in rows_of for b, d in rows_of if c != d)


def test_a_montage_of_mne_tells_whose_numbers_are_meant(tmp_path):
    labels = [f"A{k}" for k in range(1, 20)]
    with pytest.raises(InputError, match="montage: biosemi128"):
        first(TrialTable(lab(tmp_path, "a.edf", labels=labels)))
    layout = first(TrialTable(tmp_path, montage="biosemi32")).layout
    assert layout.sites == tuple(mne.channels.make_standard_montage("biosemi32").ch_names[:19])


BAD = [
    ({"rename": {"Fp9": "Fp1"}}, "rules for 'Fp9', which no recording has; wanted channels as the files call them"),
    ({"units": {"Fp9": "V"}}, "rules for 'Fp9', which no recording has"),
    ({"rename": {"Fp1": "Cz", "FP1": "Pz"}}, "two rules for one channel: 'Fp1', 'FP1'"),
    ({"units": {"Fp1": "V", "fp1": "mV"}}, "two rules for one channel: 'Fp1', 'fp1'"),
    ({"rename": {"Fp1": "Cz", "Fp2": "Cz"}}, "rename of Fp1 and Fp2 to CZ; wanted one name for each"),
    ({"rename": {"Fp1": "Cz"}}, r"several channels for one electrode: Cz \(Fp1, Cz\)"),
    ({"rename": "-LE"}, "rename '-LE'; wanted text at the beginning or end of"),
    ({"rename": ["-LE", 3]}, "wanted text to cut off names, or names by channel"),
    ({"rename": {"Fp1": 3}}, "wanted text to cut off names"),
    ({"rename": {3: "Fp1"}}, "found 3; wanted names of channels"),
    ({"rename": 7}, "rename: found 7"),
    ({"rename": ""}, "rename: found ''"),
    ({"units": "kV"}, "units: found 'kV'; wanted one of nV"),
    ({"units": ["V"]}, r"units: found \['V'\]"),
    ({"montage": "biosemi65"}, "montage 'biosemi65': found no such name; wanted one of .*biosemi64"),
    ({"montage": "none.sfp"}, "none.sfp: found .*wanted positions of electrodes in a file"),
    ({"montage": "broken.sfp"}, "broken.sfp: found .*wanted positions of electrodes"),
    ({"montage": 3}, "montage: found 3"),
    ({"montage": "easycap-M10"}, "19 of 19 EEG channels without a place in easycap-M10"),
    ({"montage": "biosemi64", "layout": "scalp-19"}, "layout and montage; wanted one of them"),
    ({"recordings": {"zz*": {"units": "V"}}}, r"'zz\*'; wanted names or patterns of recordings in the table"),
    ({"recordings": {"a*": {"unit": "V"}}}, "unknown settings 'unit'; wanted some of rename, units, montage"),
    ({"recordings": {"a*": "V"}}, "wanted settings by file"),
    ({"recordings": {"a*": {"units": "V"}, "*.edf": {"units": "mV"}}}, "two rules for units of a.edf"),
]


@pytest.mark.parametrize(("settings", "message"), BAD)
def test_a_wrong_setting_is_refused_in_one_line(tmp_path, settings, message):
    (tmp_path / "broken.sfp").write_text("no positions\n")
    lab(tmp_path, "a.edf")
    if settings.get("montage", "") == "broken.sfp":
        settings = {"montage": str(tmp_path / "broken.sfp")}
    with pytest.raises(InputError, match=message) as refused:
        list(TrialTable(tmp_path, **settings))
    assert "\n" not in str(refused.value)
    check_way(refused.value)


def test_a_mapping_with_a_channel_twice_in_the_file_is_refused(tmp_path):
    lab(tmp_path, "a.edf", yaml="rename: {Fp1: Cz, Fp1: Pz}\n")
    with pytest.raises(InputError, match="'Fp1' stands twice"):
        TrialTable(tmp_path)


def check_way(error):
    """What a refusal names must be there: keys of trials.yaml, settings of TrialTable, options of run, steps."""
    text = f"{error.wanted} {error.do}"
    options = inspect.signature(command.run).parameters
    for option in re.findall(r"--(\w+)", text):
        assert option in options, text
    for key in re.findall(r"(\w+): [^:]* in trials\.yaml", text):
        assert key in KEYS, text
    for name in re.findall(r"\b([A-Z]\w+)\(", text):
        assert hasattr(emoscan.preprocessing, name) or hasattr(emoscan.signals, name), text


REFUSED = [
    ["Fp1-F7", "F7-T3", "T3-T5"],
    [*SITES, "Fz"],
    [*SITES[:8], *(f"X{k}" for k in range(11))],
    [f"{'ABCD'[k // 32]}{k % 32 + 1}" for k in range(100)],
    [f"E{k}" for k in range(1, 101)],
]


@pytest.mark.parametrize("names", REFUSED, ids=lambda names: names[0])
def test_every_refusal_of_names_shows_a_way_that_works(tmp_path, names):
    data = np.random.default_rng(0).normal(0, 20, (len(names), RATE))
    write_edf(tmp_path / "a.edf", [EdfSignal(n, row, RATE) for n, row in zip(names, data, strict=True)])
    (tmp_path / "trials.csv").write_text(
        "subject,session,trial,stimulus,eeg,category\n1,1,1,x,a.edf,u\n2,1,1,x,a.edf,v\n".replace(
            "2,1,1,x,a", "2,1,1,x,b"
        )
    )
    (tmp_path / "b.edf").write_bytes((tmp_path / "a.edf").read_bytes())
    with pytest.raises(InputError) as refused:
        first(TrialTable(tmp_path))
    check_way(refused.value)
    assert "trials.yaml" in refused.value.do
    label = re.search(r"rename: \{'(.*?)': ", refused.value.do)[1]
    assert label in mne.io.read_raw(tmp_path / "a.edf", verbose="error").ch_names


@pytest.mark.parametrize("names", [["ECG", "EMG1"], ["GSR", "Resp"], ["EOG"]])
def test_sensors_alone_are_never_advised_to_be_electrodes(tmp_path, names):
    data = np.random.default_rng(0).normal(0, 20, (len(names), 20 * RATE))
    write_edf(tmp_path / "a.edf", [EdfSignal(n, row, RATE) for n, row in zip(names, data, strict=True)])
    head = "subject,session,trial,stimulus,eeg,start,stop,category\n"
    (tmp_path / "trials.csv").write_text(f"{head}1,1,1,x,a.edf,0,10,u\n1,1,2,y,a.edf,10,20,v\n")
    with pytest.raises(InputError, match=r"none of which is EEG.*peripheral=True") as refused:
        first(TrialTable(tmp_path))
    assert "Fp1" not in str(refused.value)
    (trial, _) = TrialTable(tmp_path, peripheral=True)
    assert trial.streams.keys() == {re.sub(r"\d", "", name).lower() for name in names}


@pytest.mark.parametrize(
    ("names", "way"),
    [(SITES, "leave montage out"), ([f"X{k}" for k in range(19)], r"as in rename: \{'X0': Q1\} in trials.yaml")],
)
def test_a_montage_without_the_electrodes_is_answered_with_what_helps(tmp_path, names, way):
    lab(tmp_path, "a.edf", labels=names)
    (tmp_path / "cap.sfp").write_text("".join(f"Q{k} {k} {k % 3} 4\n" for k in range(1, 6)))
    with pytest.raises(InputError, match=way) as refused:
        list(TrialTable(tmp_path, montage="cap.sfp"))
    assert "'Fp1': Fp1" not in str(refused.value)
    assert "Q1, Q2, Q3" in refused.value.do
