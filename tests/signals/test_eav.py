"""EAV's reader: the video's name says which trial and task, the EEG and the labels must agree with it."""

import pickle
import shutil

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from emoscan.benchmarks.contracts import check_dataset
from emoscan.preprocessing import DifferentialEntropy, FaceCrop, Patches, preprocess
from emoscan.signals import DatasetNotFound, InputError, layout_from_positions
from emoscan.signals.datasets.eav import files as eav_files
from emoscan.signals.datasets.eav.eav import CHANNELS, EAV, RATE
from emoscan.signals.datasets.eav.lookalike import FRAMES, SECONDS, TALK


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = tmp_path_factory.mktemp("eav")
    EAV.write_fake(root)
    return root


@pytest.fixture
def copy(fake, tmp_path):
    return shutil.copytree(fake, tmp_path / "EAV")


def numbers(dataset):
    return [(trial.subject, trial.trial) for trial in dataset]


def errors(dataset):
    """For each trial the message that came in its place, or None."""
    trials, found = iter(dataset), []
    while True:
        try:
            next(trials)
            found.append(None)
        except InputError as error:
            found.append(str(error))
        except StopIteration:
            return found


def relabel(root, edit, name="subject01"):
    path = root / name / "EEG" / f"{name.rstrip('_')}_eeg_label.mat"
    label = loadmat(path)["label"].astype(float)
    savemat(path, {"label": edit(label)})


def moved(label, trial, row):
    label[:, trial - 1] = 0
    label[row, trial - 1] = 1
    return label


def test_it_keeps_the_contract_of_datasets():
    check_dataset(EAV)


@pytest.mark.parametrize("task", ["listening", "speaking"])
def test_the_task_is_that_of_the_video_s_name_whatever_the_row_of_the_label(fake, task):
    of_task = [number for number, (_, said) in enumerate(TALK, 1) if said.lower() == task]
    trials = list(EAV(fake, task=task))
    second = [number for number in of_task if number != 8]  # trial 8 of the second person has no video
    assert numbers(trials) == [("1", n) for n in of_task] + [("2", n) for n in second]
    rows = {trial.subject: set() for trial in trials}
    for trial in trials:
        name = "subject01" if trial.subject == "1" else "subject2__"
        label = loadmat(fake / name / "EEG" / f"{name.rstrip('_')}_eeg_label.mat")["label"]
        rows[trial.subject].add(int(label[:, trial.trial - 1].argmax() % 2))
    assert [len(parities) for parities in rows.values()] == [1, 1]
    assert rows["1"] != rows["2"], "in the lookalike the two people's rows differ in their order"


def test_both_tasks_together_are_the_union(fake):
    apart = numbers(EAV(fake, "listening")) + numbers(EAV(fake, "speaking"))
    assert numbers(EAV(fake, "both")) == sorted(apart, key=lambda key: (int(key[0]), key[1]))


def test_a_trial_is_its_column_of_the_file_channels_first_in_either_variable(fake):
    for trial in EAV(fake, "both"):
        name, variable = ("subject01", "seg1") if trial.subject == "1" else ("subject2__", "seg")
        stored = loadmat(fake / name / "EEG" / f"{name.rstrip('_')}_eeg.mat")[variable]
        stream = trial.streams["eeg"]
        assert (stream.names, stream.rate, stream.n_samples) == (CHANNELS, RATE, int(RATE) * SECONDS)
        np.testing.assert_array_equal(stream.read(7, 900), stored[7:900, :, trial.trial - 1].T)


def test_emotion_and_stimulus_come_from_the_name(fake):
    assert EAV.task.categories == ("neutral", "sadness", "anger", "happiness", "calmness")
    for trial in EAV(fake, "both"):
        emotion, _ = TALK[trial.trial - 1]
        assert trial.target.category.tolist() == [emotion]
        assert trial.stimulus == f"{EAV.task.categories[emotion]}-{(trial.trial + 1) // 2}"


def test_each_trial_begins_at_zero_and_says_why_and_that_drift_is_unknown(fake):
    for trial in EAV(fake):
        face, eeg = trial.streams["face"], trial.streams["eeg"]
        np.testing.assert_allclose(face.times, np.arange(FRAMES * SECONDS) / FRAMES, atol=1e-6)
        assert (eeg.start, face.clock.offset, face.clock.drift_known) == (0.0, 0.0, False)
        assert "same moment" in face.clock.rule


def test_streams_travel_to_other_processes(fake):
    trial = list(EAV(fake))[2]
    again = pickle.loads(pickle.dumps(trial))
    np.testing.assert_array_equal(again.streams["eeg"].read(0, 50), trial.streams["eeg"].read(0, 50))
    np.testing.assert_array_equal(next(again.streams["face"].frames()), next(trial.streams["face"].frames()))


def test_iterating_reads_no_samples(fake, monkeypatch):
    monkeypatch.setattr("emoscan.signals.datasets.eav.eav.read_seg", lambda *_: pytest.fail("samples were read"))
    assert len(list(EAV(fake))) == 8


def test_volumes_can_be_made_of_it(fake, tmp_path):
    recipe = {"eeg": [DifferentialEntropy()], "face": [FaceCrop(24, "Whole"), Patches(2, 2)]}
    cache = preprocess(EAV(fake), recipe, tmp_path / "cache")
    assert len(cache) == 8
    for volumes in cache:
        np.testing.assert_allclose(volumes["eeg"].times, np.arange(SECONDS))
        np.testing.assert_allclose(volumes["face"].times, np.arange(FRAMES * SECONDS) / FRAMES, atol=1e-6)
        assert (volumes["face"].stimulus, volumes["face"].trial) == (volumes["eeg"].stimulus, volumes["eeg"].trial)


def test_what_is_left_out_is_listed_with_its_reason(fake):
    told = {str(skip.path.relative_to(fake)): skip.reason for skip in EAV(fake).skipped()}
    assert told["subject3"] == "no EEG and no labels"
    assert told["subject01/Audio"] == "sound is not read"
    assert told["subject01/Video/002_Trial_01_Speaking_Neutral.mp4"] == "its task was not asked for"
    assert told["subject2__/EEG/subject2_eeg.mat"].startswith("trials 8 have no video")
    assert len(told) == 4 + (4 + 3), "one bare person, sound twice, EEG without a video; and seven videos of speaking"
    both = {skip.reason for skip in EAV(fake, "both").skipped()}
    assert "its task was not asked for" not in both


def test_a_cut_recording_is_refused_at_any_offset_and_the_next_person_still_comes(copy):
    path = copy / "subject01" / "EEG" / "subject01_eeg.mat"
    content = path.read_bytes()
    for length in np.linspace(0, len(content) - 1, 12).astype(int):
        path.write_bytes(content[:length])
        found = errors(EAV(copy))
        assert all("subject01_eeg.mat" in message for message in found[:4])
        assert found[4:] == [None] * 4


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda v: v[..., :-1], r"labels \(10, 8\)"),
        (lambda v: v[:, 0], "seg1 or seg"),
        (lambda v: v[:, :-1], "29 channels"),
    ],
    ids=["a trial short", "one channel", "a channel short"],
)
def test_eeg_of_another_shape_is_refused(copy, edit, message):
    path = copy / "subject01" / "EEG" / "subject01_eeg.mat"
    savemat(path, {"seg1": edit(loadmat(path)["seg1"])})
    assert all(message.replace("\\", "") in found for found in errors(EAV(copy))[:4])


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda y: moved(y, 3, 6), "Anger where subject01_eeg_label.mat says Happiness"),
        (lambda y: moved(y, 3, 4), "found Speaking in row 4"),
        (lambda y: y[:8], "labels (8, 8)"),
        (lambda y: y.T, "labels (8, 10)"),
        (lambda y: 0 * y, "one 1 and zeros"),
        (lambda y: 2 * y, "one 1 and zeros"),
        (lambda y: np.maximum(y, np.eye(10)[:, :8]), "one 1 and zeros"),
        (lambda y: y + np.nan, "one 1 and zeros"),
    ],
    ids=["another emotion", "both tasks in a row", "8 rows", "turned", "none", "twos", "two", "NaN"],
)
def test_labels_that_do_not_fit_are_refused_and_the_next_person_still_comes(copy, edit, message):
    relabel(copy, edit)
    found = errors(EAV(copy))
    assert all(message in told for told in found[:4])
    assert found[4:] == [None] * 4


def test_two_videos_of_one_number_or_of_one_that_the_eeg_lacks_are_refused(copy):
    first = copy / "subject01" / "Video" / "001_Trial_01_Listening_Neutral.mp4"
    second = copy / "subject2__" / "Video" / first.name
    shutil.copy(first, first.with_name("001_Trial_77_Listening_Neutral.mp4"))
    second.rename(second.with_name("009_Trial_05_Listening_Neutral.mp4"))
    found = errors(EAV(copy))
    assert len(found) == 9
    assert all("each recording once" in told for told in found[:5])
    assert all("trial 9" in told for told in found[5:])


def test_a_cut_video_is_one_error_and_the_next_trial_still_comes(copy):
    path = copy / "subject01" / "Video" / "003_Trial_02_Listening_Anger.mp4"
    path.write_bytes(path.read_bytes()[:400])
    found = errors(EAV(copy))
    assert [told is None for told in found] == [True, False, *[True] * 6]
    assert "003_Trial_02" in found[1]


def test_two_folders_of_one_person_are_refused(copy):
    shutil.copytree(copy / "subject01", copy / "subject1__")
    with pytest.raises(InputError, match=r"subject0?1"):
        EAV(copy)


def test_a_layout_of_one_s_own_names_the_channels_in_their_order(copy):
    rng = np.random.default_rng(0)
    other = layout_from_positions([f"E{i}" for i in range(30)], rng.normal(size=(30, 3)), "mine")
    assert next(iter(EAV(copy, layout=other))).streams["eeg"].names[:2] == ("E0", "E1")
    short = layout_from_positions([f"E{i}" for i in range(29)], rng.normal(size=(29, 3)), "short")
    with pytest.raises(InputError, match=r"30 channels.*29"):
        next(iter(EAV(copy, layout=short)))


def test_an_unknown_task_and_empty_folders_are_refused(fake, tmp_path):
    with pytest.raises(InputError, match="listening, speaking, both"):
        EAV(fake, task="Listening")
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatasetNotFound, match="subject1/EEG"):
            EAV(root)


def test_simulated_is_told_by_the_note_alone(copy):
    assert EAV(copy).simulated
    (copy / "simulated.json").unlink()
    assert not EAV(copy).simulated


def test_seg1_comes_before_seg_as_in_the_authors_loader(tmp_path):
    savemat(tmp_path / "x.mat", {"seg": np.zeros((4, 3, 2)), "seg1": np.ones((5, 3, 2))})
    assert eav_files.recording_shape(tmp_path / "x.mat") == ("seg1", (5, 3, 2))
