"""SEED's two readers: every film of every visit once, in order, whatever traps the folder holds."""

import pickle
import shutil

import numpy as np
import pytest
from scipy.io import loadmat, savemat, whosmat

from emoscan.signals import SEED, SEED_62, DatasetNotFound, InputError, SEEDFeatures
from emoscan.signals.datasets.seed import seed as seed_module
from emoscan.signals.datasets.seed.files import FILM_SECONDS
from emoscan.signals.datasets.seed.lookalike import LABELS, SECONDS


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    root = tmp_path_factory.mktemp("seed")
    SEED.write_fake(root)
    SEEDFeatures.write_fake(root)
    return root


@pytest.fixture
def copy(fake, tmp_path):
    shutil.copytree(fake / "Preprocessed_EEG", tmp_path / "Preprocessed_EEG")
    return tmp_path / "Preprocessed_EEG"


@pytest.fixture(params=[SEED, SEEDFeatures])
def dataset(request, fake):
    return request.param(fake)


def test_all_films_come_once_sorted_as_people_count(dataset):
    found = [(trial.subject, trial.session, trial.trial) for trial in dataset]
    assert found == [(subject, session, film) for subject in ("2", "10") for session in "12" for film in range(1, 16)]
    assert [(t.subject, t.session, t.trial) for t in dataset] == found


def test_the_film_is_the_stimulus_and_label_mat_its_category(dataset):
    assert dataset.task.categories == ("negative", "neutral", "positive")
    for trial in dataset:
        assert trial.stimulus == str(trial.trial)
        assert trial.target.category.tolist() == [LABELS[trial.trial - 1] + 1]


def test_the_session_is_the_rank_of_the_date(fake):
    paths = {(t.subject, t.session): t.streams["eeg"].source.path.name for t in SEED(fake)}
    assert paths["2", "1"] == "2_20130712.mat"
    assert paths["2", "2"] == "2_20131016.mat"
    assert paths["10", "1"] == "10_20131130.mat"


def test_a_trial_is_its_film_without_the_first_sample_whatever_the_order_of_the_variables(fake):
    for trial in list(SEED(fake))[::7]:
        stream = trial.streams["eeg"]
        names = [name for name, _, _ in whosmat(stream.source.path)]
        (name,) = (name for name in names if name.endswith(f"_eeg{trial.trial}"))
        stored = loadmat(stream.source.path)[name]
        assert stored.shape == (62, 200 * SECONDS[trial.trial - 1] + 1)
        assert (stream.names, stream.rate, stream.n_samples) == (SEED_62.sites, 200.0, stored.shape[1] - 1)
        np.testing.assert_array_equal(stream.read(0, stream.n_samples), stored[:, 1:])
        np.testing.assert_array_equal(stream.read(17, 40), stored[:, 18:41])
    assert names != sorted(names, key=lambda name: int(name.split("_eeg")[-1])), "the fake must not be sorted"


def test_features_are_turned_to_slices_first(fake):
    for variable in ("de_movingAve", "psd_LDS"):
        for trial in list(SEEDFeatures(fake, variable))[::11]:
            stream = trial.streams["eeg"]
            stored = loadmat(stream.source.path)[f"{variable}{trial.trial}"]
            assert (stream.n_slices, stream.step, stream.causal) == (SECONDS[trial.trial - 1], 1.0, False)
            np.testing.assert_array_equal(stream.read(), stored.transpose(1, 0, 2))


def test_iterating_reads_no_samples_and_streams_travel_to_other_processes(dataset, monkeypatch):
    monkeypatch.setattr(seed_module, "read_variable", lambda *_: pytest.fail("samples were read"))
    stream = list(dataset)[20].streams["eeg"]
    monkeypatch.undo()
    arguments = () if isinstance(dataset, SEEDFeatures) else (3, 50)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(stream)).read(*arguments), stream.read(*arguments))


@pytest.mark.parametrize("reader", [SEED, SEEDFeatures])
def test_every_spelling_of_the_root_gives_the_same_trials(fake, tmp_path, reader):
    inner = fake / reader.folders[0]
    outer = tmp_path / reader.folders[-1]
    shutil.copytree(inner, outer)
    wanted = [str(trial) for trial in reader(fake)]
    assert [str(trial) for trial in reader(inner)] == [str(trial) for trial in reader(tmp_path)] == wanted


def test_a_fake_says_that_it_is_simulated_and_real_lengths_hold_without_its_note(copy):
    assert SEED(copy).report().simulated
    (copy / "simulated.json").unlink()
    dataset = SEED(copy)
    assert not dataset.simulated
    with pytest.raises(InputError, match=str(200 * FILM_SECONDS[0] + 1)):
        next(iter(dataset))


def test_film_lengths_are_those_of_the_publication():
    assert (len(FILM_SECONDS), sum(FILM_SECONDS), sum(FILM_SECONDS[:9])) == (15, 3394, 2010)


def test_other_files_are_reported_with_a_reason(fake):
    assert {skip.path.name for skip in SEED(fake).skipped()} == {"readme.txt", "ww_20131204.mat"}
    of_one = SEED(fake, sessions=(2,))
    assert {trial.session for trial in of_one} == {"2"}
    reasons = {skip.path.name: skip.reason for skip in of_one.skipped()}
    assert reasons["10_20131130.mat"] == "its session was not asked for"


def test_copies_named_by_initials_are_numbered_by_the_alphabet(copy):
    for old, new in (("2_20130712", "zw_20130712"), ("2_20131016", "zw_20131016"), ("10_20131130", "ab_20131130")):
        (copy / f"{old}.mat").rename(copy / f"{new}.mat")
    (copy / "10_20131204.mat").unlink()
    (copy / "ww_20131204.mat").unlink()
    trials = list(SEED(copy))
    assert list(dict.fromkeys(trial.recording for trial in trials)) == [("1", "1"), ("2", "1"), ("2", "2")]
    assert trials[0].streams["eeg"].source.path.name.startswith("ab")


def test_two_files_of_one_date_are_refused(copy):
    shutil.copy(copy / "2_20130712.mat", copy / "02_20130712.mat")
    with pytest.raises(InputError, match="20130712 of subject 2"):
        SEED(copy)


def test_a_cut_recording_is_refused_at_any_offset_and_the_next_trials_still_come(copy):
    content = (copy / "2_20130712.mat").read_bytes()
    for length in np.linspace(0, len(content) - 1, 20).astype(int):
        (copy / "2_20130712.mat").write_bytes(content[:length])
        trials = iter(SEED(copy))
        for _ in range(15):
            with pytest.raises(InputError, match="2_20130712"):
                next(trials)
        assert str(next(trials)) == "subject 2, session 2, trial 1"


def edited(path, edit):
    variables = {name: value for name, value in loadmat(path).items() if not name.startswith("__")}
    edit(variables)
    savemat(path, variables)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda v: v.pop("jl_eeg7"), "not so: 7"),
        (lambda v: v.update(jl2_eeg7=v["jl_eeg7"]), "not so: 7"),
        (lambda v: v.update(jl_eeg1=v["jl_eeg1"][:, :-1]), r"jl_eeg1 \(62, 2000\)"),
        (lambda v: v.update(jl_eeg1=v["jl_eeg1"][:, :-200]), r"jl_eeg1 \(62, 1801\)"),
        (lambda v: v.update(jl_eeg1=v["jl_eeg1"][1:]), r"jl_eeg1 \(61, 2001\)"),
        (lambda v: v.update(jl_eeg1=v["jl_eeg1"].T), r"jl_eeg1 \(2001, 62\)"),
    ],
    ids=["a film missing", "a film twice", "a sample short", "a second short", "a channel short", "time first"],
)
def test_a_film_that_is_missing_or_of_another_shape_is_refused(copy, edit, message):
    edited(copy / "2_20130712.mat", edit)
    with pytest.raises(InputError, match=message):
        next(iter(SEED(copy)))


@pytest.mark.parametrize(
    "labels",
    [LABELS[:14], (*LABELS, 1), (2, *LABELS[1:]), (np.nan, *LABELS[1:])],
    ids=["14", "16", "another code", "NaN"],
)
def test_labels_that_do_not_fit_the_films_are_refused(copy, labels):
    savemat(copy / "label.mat", {"label": np.array([labels])})
    with pytest.raises(InputError, match=r"label\.mat"):
        SEED(copy)


def test_missing_labels_and_empty_folders_are_refused(copy, tmp_path):
    (copy / "label.mat").unlink()
    with pytest.raises(InputError, match=r"label\.mat"):
        SEED(copy)
    with pytest.raises(DatasetNotFound, match="Preprocessed_EEG/"):
        SEED(tmp_path.parent / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetNotFound):
        SEEDFeatures(tmp_path / "empty")


@pytest.mark.parametrize(
    ("reader", "arguments"),
    [(SEED, {"sessions": (4,)}), (SEED, {"sessions": ()}), (SEEDFeatures, {"variable": "dasm_LDS"})],
)
def test_wrong_arguments_are_refused(fake, reader, arguments):
    with pytest.raises(InputError, match=r"wanted (some of 1, 2, 3|one of de_movingAve)"):
        reader(fake, **arguments)
