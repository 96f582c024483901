"""Sensors on the body beside the EEG: found in any recording, in one unit, on one clock, and fused like a face."""

import pickle
from pathlib import Path

import mne
import numpy as np
import pytest

from emoscan.benchmarks.commands.command import main as train
from emoscan.preprocessing import DifferentialEntropy, PeripheralMeasures, preprocess
from emoscan.preprocessing.commands.command import main as prepare
from emoscan.signals import BIDS, DEAP, MAHNOBHCI, SCALP_19, InputError, Peripheral, TrialTable
from emoscan.signals.datasets.deap.lookalike import ORDER, heart_rate
from emoscan.signals.datasets.lookalikes.body import ecg_wave, skin_wave
from emoscan.signals.datasets.mahnob.lookalike import HEART_RATE, FakeSession, write_session
from emoscan.signals.datasets.peripheral_channels import Sensor, find_sensors, in_one_unit, kind_of_name, open_sensors
from emoscan.signals.files.edf import EdfSignal, write_edf

REAL = Path(__file__).parents[3] / "shared" / "data" / "eegmat"
RATE, SECONDS = 128, 24
BEATS = {"1": 66, "2": 78, "3": 90}


def eeg(person):
    rows = 20 * np.random.default_rng(person).standard_normal((19, SECONDS * RATE))
    return [EdfSignal(site, row, RATE) for site, row in zip(SCALP_19.sites, rows, strict=True)]


def body(person):
    """A heart at 256 Hz, a skin at 16 Hz in microsiemens, a thermometer, and a channel of nobody knows what."""
    noise = np.random.default_rng(person)
    fast, slow = np.arange(SECONDS * 256) / 256, np.arange(SECONDS * 16) / 16
    return [
        EdfSignal("ECG ECG", ecg_wave(fast, BEATS[str(person)]) + 10 * noise.standard_normal(len(fast)), 256),
        EdfSignal("GSR1", skin_wave(slow, 4.0 + person, 6.0), 16, "uS"),
        EdfSignal("Temp", 33 + 0.05 * slow + 0.01 * noise.standard_normal(len(slow)), 16, "degC"),
        EdfSignal("EXG7", noise.standard_normal(SECONDS * RATE), RATE),
    ]


@pytest.fixture
def lab(tmp_path):
    """Three people, two trials each; the third wore no sensors."""
    lines = ["subject,session,trial,stimulus,eeg,start,stop,category"]
    for person in (1, 2, 3):
        write_edf(tmp_path / f"{person}.edf", [*eeg(person), *(body(person) if person < 3 else [])])
        lines += [f"{person},1,{t},film {t},{person}.edf,{12 * t - 12},{12 * t},{'ab'[t - 1]}" for t in (1, 2)]
    (tmp_path / "trials.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


@pytest.mark.parametrize(
    "kind, names",
    [
        ("ecg", ["ECG", "ECG ECG", "EKG1", "ECG-II"]),
        ("ppg", ["Plet", "PPG", "BVP", "Pulse"]),
        ("gsr", ["GSR", "GSR1", "EDA", "SCL", "Skin"]),
        ("resp", ["Resp", "Breath", "Thor", "RIP 2"]),
        ("temp", ["Temp", "SKT", "Temperature"]),
        ("emg", ["EMG", "zEMG1", "Chin1", "Corrugator"]),
        ("eog", ["EOG", "HEOG", "VEOGU", "LOC"]),
        ("", ["EXG1", "Status", "C3", "SaO2", "Erg1"]),
    ],
)
def test_a_name_says_which_sensor_it_is(kind, names):
    assert [kind_of_name(name) for name in names] == [kind] * len(names)


@pytest.mark.parametrize(
    "kind, unit, found",
    [
        ("ecg", "mV", (1e3, False, "µV")),
        ("gsr", "uS", (1.0, False, "µS")),
        ("gsr", "nS", (1e-3, False, "µS")),
        ("gsr", "S", (1e6, False, "µS")),
        ("gsr", "Ohm", (1.0, True, "µS")),
        ("gsr", "kOhm", (1e3, True, "µS")),
        ("temp", "degC", (1.0, False, "°C")),
        ("temp", "K", (1.0, False, "K")),
        ("resp", "a.u.", (1.0, False, "a.u.")),
    ],
)
def test_units_are_brought_to_one_where_they_can_be(kind, unit, found):
    assert in_one_unit(kind, unit) == found


def test_sensors_of_an_edf_come_with_their_units_and_values_whatever_their_rates(lab):
    trial = list(TrialTable(lab, peripheral=True))[1]
    assert list(trial.streams) == ["eeg", "ecg", "gsr", "temp"]
    sensors = {name: stream for name, stream in trial.streams.items() if isinstance(stream, Peripheral)}
    assert {name: (sensor.unit, sensor.start) for name, sensor in sensors.items()} == {
        "ecg": ("µV", 12.0),
        "gsr": ("µS", 12.0),
        "temp": ("°C", 12.0),
    }
    assert {name: sensor.rate for name, sensor in sensors.items()} == {"ecg": 256, "gsr": 16, "temp": 16}
    level = sensors["gsr"].read(0, sensors["gsr"].n_samples).mean()
    assert level == pytest.approx(skin_wave(np.arange(SECONDS * 16) / 16, 5.0, 6.0)[12 * 16 :].mean(), rel=0.01)
    assert sensors["temp"].read(0, 16).mean() == pytest.approx(33.6, abs=0.05)
    volume = PeripheralMeasures()(sensors["ecg"])
    np.testing.assert_allclose(volume.x[:, 0, 0], BEATS["1"], atol=1)


def test_samples_of_sensors_are_the_same_read_in_pieces_and_travel_to_other_processes(lab, deap, tmp_path):
    MAHNOBHCI.write_fake(tmp_path / "mahnob")
    studies = TrialTable(lab, peripheral=True), MAHNOBHCI(tmp_path / "mahnob", peripheral=True)
    deaps = (DEAP(deap, source=source, streams="eeg", peripheral=True) for source in ("preprocessed", "original"))
    for study in (*studies, *deaps):
        trial = list(study)[1]
        for stream in (stream for stream in trial.streams.values() if isinstance(stream, Peripheral)):
            whole, half = stream.read(0, stream.n_samples), stream.n_samples // 2
            sent = pickle.loads(pickle.dumps(stream))
            pieces = np.concatenate([sent.read(0, half), sent.read(half, stream.n_samples)], axis=1)
            np.testing.assert_array_equal(whole, pieces)


def test_what_is_read_as_a_sensor_is_not_told_to_be_left_out(lab):
    def eeg_remarks(**settings):
        return next(iter(TrialTable(lab, **settings))).streams["eeg"].remarks

    assert eeg_remarks() == ("left out, since they are no EEG: ECG ECG, GSR1, Temp, EXG7",)
    assert eeg_remarks(peripheral=True) == ("left out, since they are no EEG: EXG7",)


def test_the_eeg_of_a_cache_is_the_same_with_sensors_and_without(lab):
    recipe = {"eeg": [DifferentialEntropy()]}
    without = preprocess(TrialTable(lab), recipe, lab / "a")
    beside = preprocess(TrialTable(lab, peripheral=True), recipe, lab / "b")
    for one, other in zip(without, beside, strict=True):
        np.testing.assert_array_equal(one["eeg"].x, other["eeg"].x)
    ours, theirs = ([file.trials[0].samples for file in cache.index.files] for cache in (without, beside))
    assert ours == theirs


def test_a_person_without_sensors_lacks_their_series_and_a_rate_that_cannot_be_told_is_told(lab):
    recipe = {"eeg": [DifferentialEntropy()], "ecg": [PeripheralMeasures()], "gsr": [PeripheralMeasures()]}
    write_edf(lab / "2.edf", [*eeg(2), EdfSignal("ECG", np.random.default_rng(0).standard_normal(SECONDS * 256), 256)])
    cache = preprocess(TrialTable(lab, peripheral=True), recipe, lab / "cache")
    assert [sorted(trial) for trial in cache] == [["ecg", "eeg", "gsr"]] * 2 + [["ecg", "eeg"]] * 2 + [["eeg"]] * 2
    told = {remark.text: remark.about for remark in cache.remarks}
    assert told["ecg: heart rate or RMSSD cannot be told in some slices, which are invalid"] == (
        "subject 2, session 1",
    )
    assert cache.feature_series == ("eeg", "ecg", "gsr")


def test_a_channel_that_a_lab_renames_is_the_sensor_that_it_says(lab):
    renamed = TrialTable(lab, peripheral=True, recordings={"1.edf": {"rename": {"EXG7": "EMG zygomaticus"}}})
    assert next(iter(renamed)).streams["emg"].names == ("EMG",)


def test_a_table_without_any_sensor_says_how_to_name_one(lab):
    for person in (1, 2):
        write_edf(lab / f"{person}.edf", eeg(person))
    with pytest.raises(InputError, match=r"no channel of a sensor in 3 recordings.*rename: \{Ch65: GSR\}"):
        TrialTable(lab, peripheral=True)


def test_a_sensor_that_is_not_there_is_refused_by_name(lab):
    with pytest.raises(InputError, match="wanted Plet among them"):
        open_sensors(lab / "1.edf", {"ppg": [Sensor("Plet", "Plet")]})


def test_types_of_mne_go_before_names_and_its_units_are_known(tmp_path):
    names, types = [*SCALP_19.sites, "A", "B", "C", "D"], ["eeg"] * 19 + ["gsr", "temperature", "ecg", "misc"]
    data = np.random.default_rng(0).standard_normal((23, 20 * RATE)) * 1e-5
    data[19], data[20] = 4e-6, 33.0  # siemens, degrees
    info = mne.create_info(names, RATE, types)
    mne.io.RawArray(data, info, verbose="error").save(tmp_path / "a_raw.fif", verbose="error")
    sensors = open_sensors(tmp_path / "a_raw.fif", find_sensors(tmp_path / "a_raw.fif"))
    assert {kind: sensor.names for kind, sensor in sensors.items()} == {
        "ecg": ("ECG",),
        "gsr": ("GSR",),
        "temp": ("TEMP",),
    }
    np.testing.assert_allclose(sensors["gsr"].read(0, 9), 4, rtol=1e-6)
    np.testing.assert_allclose(sensors["temp"].read(0, 9), 33, rtol=1e-6)
    np.testing.assert_allclose(sensors["ecg"].read(0, 9), 1e6 * data[21:22, :9], rtol=1e-5)
    assert [sensors[kind].unit for kind in ("gsr", "temp", "ecg")] == ["µS", "°C", "µV"]


def test_resistance_becomes_conductance_and_what_is_no_resistance_is_not_trusted(tmp_path):
    ohms = 200_000.0 + 100 * np.sin(np.arange(SECONDS * RATE) / RATE)
    ohms[5 * RATE : 5 * RATE + 3] = 0.0
    write_edf(tmp_path / "a.bdf", [*eeg(1)[:2], EdfSignal("GSR", ohms, RATE, "Ohm")], bdf=True)
    sensor = open_sensors(tmp_path / "a.bdf", find_sensors(tmp_path / "a.bdf"))["gsr"]
    assert sensor.remarks == ("skin resistance: taken as its inverse, conductance in µS",)
    volume = PeripheralMeasures()(sensor)
    assert np.median(volume.x[:, 0, 0]) == pytest.approx(5, rel=0.01)
    assert np.flatnonzero(~volume.valid).tolist() == [5]


@pytest.fixture(scope="module")
def deap(tmp_path_factory):
    root = tmp_path_factory.mktemp("deap")
    DEAP.write_fake(root)
    return root


@pytest.mark.parametrize("source", ["preprocessed", "original"])
def test_the_sensors_of_deap_belong_to_the_clip_that_was_seen(deap, source):
    trials = list(DEAP(deap, source=source, streams="eeg", peripheral=True))
    for trial in trials:
        assert set(trial.streams) == {"eeg", "ppg", "gsr", "resp", "temp", "emg", "eog"}
        rate = PeripheralMeasures()(trial.streams["ppg"])
        np.testing.assert_allclose(
            rate.x[rate.valid, 0, 0], heart_rate(int(trial.subject), int(trial.stimulus)), atol=1
        )
        assert rate.valid.all()
    assert len(trials) == 6 * (len(ORDER) if source == "preprocessed" else 2)


def test_the_skin_of_deap_is_conductance_in_both_places(deap):
    for trial in DEAP(deap, source="original", streams="eeg", peripheral=True):
        level = PeripheralMeasures()(trial.streams["gsr"]).x[:, 0, 0].mean()
        assert level == pytest.approx(4 + 0.5 * int(trial.stimulus), abs=0.4)


def test_without_being_asked_for_no_sensor_is_read(deap, tmp_path):
    assert {name for trial in DEAP(deap, streams="eeg") for name in trial.streams} == {"eeg"}


def test_the_sensors_of_mahnob_are_on_the_clock_of_its_eeg(tmp_path):
    MAHNOBHCI.write_fake(tmp_path)
    for trial in MAHNOBHCI(tmp_path, peripheral=True):
        tracked = {"gaze"} if trial.stimulus == "69.avi" else set()  # one session has no gaze file
        assert set(trial.streams) == {"eeg", "face", "ecg", "gsr", "resp", "temp"} | tracked
        assert trial.streams["ecg"].start == pytest.approx(trial.streams["eeg"].start)
        heart = PeripheralMeasures()(trial.streams["ecg"])
        np.testing.assert_allclose(heart.x[heart.valid, 0, 0], HEART_RATE, atol=1)
        assert heart.valid.all()
        level = PeripheralMeasures()(trial.streams["gsr"]).x[:, 0, 0].mean()
        assert level == pytest.approx(5 + int(trial.subject) % 3 + 0.6, abs=0.5)


def test_the_sensors_of_a_bids_study_are_those_of_its_channels_table(tmp_path):
    BIDS.write_fake(tmp_path)
    trial = next(iter(BIDS(tmp_path, targets={"category": "trial_type"}, peripheral=True)))
    assert {name: stream.names for name, stream in trial.streams.items() if name != "eeg"} == {"eog": ("EOG",)}
    assert not [remark for remark in trial.streams["eeg"].remarks if "VEOG" in remark]
    table = tmp_path / "task-films_channels.tsv"
    table.write_text(table.read_text().replace("O2\tEEG", "O2\tECG"))
    trial = next(iter(BIDS(tmp_path, targets={"category": "trial_type"}, peripheral=True)))
    assert list(trial.streams) == ["eeg", "ecg", "eog"]
    assert "O2" not in trial.streams["eeg"].names
    assert trial.streams["ecg"].n_samples == trial.streams["eeg"].n_samples


@pytest.fixture
def command(monkeypatch, capsys):
    """What a command prints that must succeed."""

    def run(main, *words):
        monkeypatch.setattr("sys.argv", ["emo", *map(str, words)])
        assert main() in (0, None)
        return capsys.readouterr().out

    return run


def test_eeg_and_sensors_are_fused_from_the_command_line_to_a_report(lab, command):
    printed = command(prepare, "run", "TrialTable(peripheral=True)", lab, lab / "cache", "--only", "eeg,ecg,gsr")
    assert "eeg, ecg, gsr" in printed or "ecg, eeg, gsr" in printed
    training = ("--window", 3, "--epochs", 1, "--split", "leave_one_out('subject')", "--output", lab / "out")
    printed = command(train, "bench", lab / "cache", "--models", "Concat", *training)
    assert "PeripheralMeasures()" in " ".join(printed.split())
    assert (lab / "out" / "table.html").is_file()


def test_a_gaze_is_trained_on_alone_from_the_command_line_to_a_report(tmp_path, command):
    sessions = [(2, 1, 4), (4, 1, 1), (134, 2, 4), (136, 2, 1), (262, 3, 4), (264, 3, 1)]
    for number, subject, felt in sessions:
        ratings = {"feltEmo": felt, "feltArsl": 3 + felt, "feltVlnc": 4 + felt, "feltCtrl": 5, "feltPred": felt}
        write_session(
            tmp_path / "Sessions", FakeSession(number, subject, clip=8.0, ratings=ratings, media=f"{felt}.avi")
        )
    printed = command(prepare, "run", "MAHNOBHCI(peripheral=True)", tmp_path, tmp_path / "cache", "--only", "gaze")
    assert "6 trials, gaze" in printed
    training = ("--window", 3, "--epochs", 1, "--split", "leave_one_out('subject')", "--output", tmp_path / "out")
    printed = command(train, "bench", tmp_path / "cache", "--models", "linear", *training)
    assert "PeripheralMeasures()" in " ".join(printed.split())
    assert (tmp_path / "out" / "table.html").is_file()


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared recordings are not beside this checkout")
def test_the_heart_rate_of_real_recordings_can_be_told_but_in_one_that_is_noise():
    told = {}
    for path in sorted(REAL.rglob("*.edf")):
        volume = PeripheralMeasures()(open_sensors(path, find_sensors(path))["ecg"])
        told[path.stem] = volume.valid.mean()
        rates = volume.x[volume.valid, 0, 0]
        assert ((rates > 45) & (rates < 150)).all()
    assert len(told) == 24
    assert [name for name, share in told.items() if share < 0.9] == ["Subject02_1"]
