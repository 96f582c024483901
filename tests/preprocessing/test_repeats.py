"""Identity is content: the same samples under two names are refused, left out or kept, by whatever path they come."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from emoscan.preprocessing import Cache, derive, preprocess
from emoscan.preprocessing.building.repeats import overlaps, without_overlaps
from emoscan.preprocessing.cache_files.cache_file import open_file
from emoscan.preprocessing.cache_files.samples import repeated_samples, same_samples
from emoscan.preprocessing.commands.command import main
from emoscan.preprocessing.quality.summary import qualities, verify
from emoscan.signals import FER2013, SCALP_19, Dataset, Electrodes, InputError, Source, Target, Task, Trial, TrialTable
from emoscan.signals.datasets.lookalikes.drawn_face import face_picture
from emoscan.signals.datasets.lookalikes.recordings import write_video
from emoscan.signals.files.edf import EdfSignal, write_edf
from emoscan.signals.streams.source import file_contents

SECONDS = 24
RECIPE = "{eeg: [DifferentialEntropy()]}"


@pytest.fixture
def command(monkeypatch, capfd, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr("sys.argv", ["emo-preprocess", *words])
        code = main()
        return (code, *capfd.readouterr())

    return run


@pytest.fixture
def lab(tmp_path):
    """Two people with a recording each."""
    folder = tmp_path / "lab"
    (folder / "raw").mkdir(parents=True)
    for name, seed in (("a.edf", 1), ("b.edf", 2)):
        record(folder / name, seed)
    return folder


def record(path, seed):
    rows = 20 * np.random.default_rng(seed).standard_normal((19, SECONDS * 128))
    write_edf(path, [EdfSignal(site, row, 128) for site, row in zip(SCALP_19.sites, rows, strict=True)])


def table(folder, *uses, kind="eeg"):
    """Trials of people named as the files are listed: (subject, path, start, stop)."""
    lines = [f"subject,session,trial,stimulus,{kind},start,stop,category"]
    lines += [
        f"{subject},1,{n},film {n},{path},{start},{stop},{('calm', 'glad')[n % 2]}"
        for n, (subject, path, start, stop) in enumerate(uses, 1)
    ]
    (folder / "trials.csv").write_text("\n".join(lines) + "\n")


def saved_again(source, copy):
    """The same samples with another patient, another recording and another date in the header."""
    content = bytearray(source.read_bytes())
    content[8:88], content[168:184] = b"somebody else".ljust(80), b"03.04.9912.13.14"
    copy.write_bytes(content)


SPELLINGS = {
    "byte copy": ("copy.edf", shutil.copy),
    "hard link": ("copy.edf", os.link),
    "symbolic link": ("copy.edf", os.symlink),
    "dots": ("raw/../a.edf", None),
    "saved again": ("copy.edf", saved_again),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_same_recording_under_two_subjects_is_refused_by_any_spelling(command, lab, spelling):
    name, make = SPELLINGS[spelling]
    if make:
        make(lab / "a.edf", lab / name)
    table(lab, ("1", "a.edf", 0, 12), ("2", name, 0, 12), ("3", "b.edf", 0, 12))
    code, out, err = command("run", "TrialTable", "lab", "cache", "--recipe", RECIPE)
    assert (code, out, err.count("\n")) == (2, "", 1)
    if spelling in ("byte copy", "saved again"):
        assert all(told in err for told in ("subject 2, session 1, trial 2", "subject 1, session 1, trial 1"))
        assert "correct the table or remove the copy" in err
        assert "--repeated leave-out" in err
    else:
        assert "trials.csv:3: found a stretch of a.edf" in err or "trials.csv:3: found a stretch of copy.edf" in err
        assert "trials.csv:2" in err
    assert not (Path("cache") / "cache.json").exists()


@pytest.mark.parametrize("spelling", ["byte copy", "hard link", "symbolic link", "dots"])
def test_another_stretch_of_the_same_recording_is_refused_before_work_begins(command, lab, spelling):
    name, make = SPELLINGS[spelling]
    if make:
        make(lab / "a.edf", lab / name)
    table(lab, ("1", "a.edf", 0, 10), ("2", name, 5, 15), ("3", "b.edf", 0, 10))
    code, _, err = command("run", "TrialTable", "lab", "cache", "--recipe", RECIPE)
    assert (code, err.count("\n")) == (2, 1)
    assert "stretch" in err
    assert not Path("cache").exists()
    if spelling == "byte copy":
        assert "some of the stretch that is subject 1, session 1, trial 1 (copy.edf, whose bytes are those of" in err
        assert command("run", "TrialTable", "lab", "cache", "--recipe", RECIPE, "--repeated", "keep")[0] == 2
        assert command("run", "TrialTable", "lab", "cache", "--recipe", RECIPE, "--dry-run")[0] == 2


def test_stretches_that_touch_are_no_overlap(command, lab):
    shutil.copy(lab / "a.edf", lab / "copy.edf")
    table(lab, ("1", "a.edf", 0, 10), ("2", "copy.edf", 10, 20))
    assert command("run", "TrialTable", "lab", "cache", "--recipe", RECIPE)[0] == 0


@pytest.mark.parametrize("make", [shutil.copy, saved_again], ids=["byte copy", "saved again"])
def test_repeated_trials_are_left_out_or_kept_if_asked(command, lab, make):
    make(lab / "a.edf", lab / "copy.edf")
    table(lab, ("1", "a.edf", 0, 12), ("2", "copy.edf", 0, 12), ("2", "b.edf", 0, 12))
    words = ("run", "TrialTable", "lab", "cache", "--recipe", RECIPE)
    assert command(*words)[0] == 2
    code, out, _ = command(*words, "--repeated", "leave-out")
    assert code == 0
    assert "1 thing was left out" in out
    cache = Cache("cache")
    assert list(zip(cache.subject, cache.trial, strict=True)) == [("1", 1), ("2", 3)]
    assert cache.samples.tolist() == [0, 1]
    assert [(row.trials, row.slices) for row in qualities(cache)] == [(1, 12), (1, 12)]
    told = command("inspect", "cache")[1]
    assert "left out: subject 2, session 1, trial 2: the s" in told
    assert "subject 1, session 1, trial 1" in told
    code, out, _ = command(*words, "--repeated", "keep")
    assert code == 0
    assert "2 trials share their samples with another one, as subject 1, session 1, trial 1 and subject 2" in out
    assert Cache("cache").samples.tolist() == [0, 0, 2]
    assert "no split may part them" in command("inspect", "cache")[1]


def test_a_cache_that_leaves_trials_out_has_equal_bytes_however_it_was_made(lab, tmp_path):
    saved_again(lab / "a.edf", lab / "copy.edf")
    table(lab, ("1", "a.edf", 0, 12), ("2", "copy.edf", 0, 12), ("2", "b.edf", 0, 12), ("3", "copy.edf", 12, 24))
    recipe = {"eeg": ["DifferentialEntropy()"]}
    from emoscan.preprocessing import read_recipe

    made = [preprocess(TrialTable(lab), read_recipe(recipe), tmp_path / name, repeated="leave-out") for name in "ab"]
    with pytest.raises(InputError, match="--repeated"):
        preprocess(TrialTable(lab), read_recipe(recipe), tmp_path / "c")
    made.append(preprocess(TrialTable(lab), read_recipe(recipe), tmp_path / "c", repeated="leave-out"))
    trees = [{path.name: path.read_bytes() for path in cache.path.iterdir()} for cache in made]
    assert trees[0] == trees[1] == trees[2]
    assert verify(made[0].path) > 0
    further = derive(made[0], read_recipe({"eeg": ["MovingAverage(width=3)"]}), tmp_path / "further")
    assert (further.subject.tolist(), further.samples.tolist()) == (["1", "2", "3"], [0, 1, 2])


def test_the_same_video_under_two_subjects_is_refused_before_work_begins(command, lab):
    rng = np.random.default_rng(0)
    write_video(lab / "a.mp4", [face_picture(rng, (64, 80), 0.5) for _ in range(50)])
    shutil.copy(lab / "a.mp4", lab / "copy.mp4")
    table(lab, ("1", "a.mp4", 0, 1), ("2", "copy.mp4", 0.4, 1.6), kind="face")
    code, _, err = command("run", "TrialTable", "lab", "cache")
    assert code == 2
    assert "copy.mp4, whose bytes are those of a.mp4" in err
    assert not Path("cache").exists()


@dataclass(frozen=True)
class Noise:
    """Reads a stretch of a recording by its own means: the file's name is the seed."""

    path: Path
    first: int = 0

    def __call__(self, start, stop):
        seed = int(self.path.read_text())
        return np.random.default_rng(seed).standard_normal((19, 5000))[:, self.first + start : self.first + stop]


class Study(Dataset):
    """A lab's own dataset, which says by ``start`` alone where a trial lies in its file."""

    name, expects, task, uses = "study", "text files", Task(("calm", "glad")), ()

    def __iter__(self):
        for number, (subject, file, start) in enumerate(self.uses, 1):
            path = self.root / file
            stream = Electrodes(
                SCALP_19, SCALP_19.sites, 100.0, 1000, Noise(path, start * 100), Source(path), start=float(start)
            )
            yield Trial(subject, "1", number, "film", {"eeg": stream}, Target.of(number % 2))

    @classmethod
    def write_fake(cls, root, seed=0):
        raise NotImplementedError


@pytest.mark.parametrize(
    "uses, shared",
    [
        ([("1", "a.txt", 0), ("2", "copy.txt", 5)], [(0, 1)]),
        ([("1", "a.txt", 5), ("2", "copy.txt", 0)], [(0, 1)]),
        ([("1", "a.txt", 0), ("2", "copy.txt", 0)], [(0, 1)]),
        ([("1", "a.txt", 0), ("2", "copy.txt", 10)], []),
        ([("1", "a.txt", 0), ("2", "other.txt", 0), ("3", "b.txt", 0)], []),
        ([("1", "a.txt", 0), ("2", "b.txt", 3), ("1", "a.txt", 20), ("3", "copy.txt", 22)], [(2, 3)]),
    ],
)
def test_overlaps_of_a_dataset_of_ones_own_are_found_by_its_clock(tmp_path, uses, shared):
    for name, text in (("a.txt", "1"), ("copy.txt", "1"), ("b.txt", "22"), ("other.txt", "3")):
        (tmp_path / name).write_text(text)
    study = Study(tmp_path)
    study.uses = uses
    assert [(overlap.earlier, overlap.later) for overlap in overlaps(list(study))] == shared


@pytest.mark.parametrize("seed", range(5))
def test_each_trial_that_shares_nothing_with_one_that_stays_stays(tmp_path, seed):
    """Ten seconds each: the rule, written down trial by trial."""
    draw = np.random.default_rng(seed)
    for file in "abc":
        (tmp_path / file).write_text(str("abc".index(file)))
    study = Study(tmp_path)
    study.uses = [("1", str(draw.choice(list("abc"))), int(draw.integers(0, 90))) for _ in range(30)]
    kept: list[tuple[str, int]] = []
    for _, file, start in study.uses:
        if all(file != other or abs(start - begin) >= 10 for other, begin in kept):
            kept.append((file, start))
    trials, left_out = without_overlaps(list(study), "leave-out", "study")
    assert [(trial.streams["eeg"].source.path.name, int(trial.streams["eeg"].start)) for trial in trials] == kept
    assert len(left_out) == len(study.uses) - len(kept)


def test_trials_that_an_index_tells_apart_are_no_overlap(study):
    assert overlaps(list(study)) == []
    same = [
        replace(trial, streams={"eeg": replace(trial.streams["eeg"], source=Source(study.files[0]))}) for trial in study
    ]
    assert overlaps(same[:3]) == []  # each begins at 0 and reads another row of the array


def test_files_are_told_apart_by_their_bytes_and_by_nothing_else(tmp_path):
    paths = [tmp_path / name for name in "abcde"]
    body = bytes(200_000)
    for path, content in zip(paths, (body, body, body[:-1], b"x" + body[1:], body), strict=True):
        path.write_bytes(content)
    paths[4].unlink()
    paths[4].symlink_to(paths[3])
    a, b, c, d, e = (file_contents(paths)[path] for path in paths)
    assert a == b
    assert d == e
    assert len({a, c, d}) == 3


def arrays(folder, x, subject, **own):
    return Cache.from_arrays(
        folder, x, layout=SCALP_19, task=Task(("calm", "glad")), category=[0] * len(x), subject=subject, **own
    )


def test_the_same_arrays_are_the_same_samples_whatever_else_is_said_of_them(tmp_path):
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, 6, 19, 5))
    valid = [np.ones(6, bool), np.ones(6, bool), np.arange(6) > 2]
    cache = arrays(tmp_path / "cache", [one, other, one], ["1", "2", "3"], valid=valid, stimulus=["a", "b", "c"])
    assert cache.samples.tolist() == [0, 1, 0]
    assert cache.columns["samples"].tolist() == [0, 1, 0]


def test_nothing_is_said_of_trials_in_which_nothing_varies_or_nothing_is_valid(tmp_path):
    noise = np.random.default_rng(0).standard_normal((4, 19, 5))
    x = [np.zeros((4, 19, 5)), np.zeros((4, 19, 5)), np.full((4, 19, 5), 3.5), np.full((4, 19, 5), 3.5), noise, noise]
    valid = [np.ones(4, bool)] * 4 + [np.zeros(4, bool)] * 2
    cache = arrays(tmp_path / "cache", x, list("123456"), valid=valid)
    assert cache.samples.tolist() == list(range(6))


def without_samples(folder):
    """The cache as a version wrote it that knew no samples: files, digests and index."""
    import json

    from emoscan.preprocessing.cache_files.cache_file import body_digest, header
    from emoscan.preprocessing.cache_files.cache_index import Index

    index = Index.read(folder)
    listed = []
    for file in index.files:
        path = folder / file.name
        with h5py.File(path, "r+") as stored:
            facts = json.loads(stored["facts"][:].tobytes())
            facts["trials"] = [trial[:5] for trial in facts["trials"]]
            del stored["facts"]
            text = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
            stored.create_dataset("facts", data=np.frombuffer(text, np.uint8), track_times=False)
        with path.open("r+b") as stored:
            digest = body_digest(stored)
            stored.seek(0)
            stored.write(header(digest))
        listed.append(replace(file, digest=digest, trials=tuple(replace(t, samples=()) for t in file.trials)))
    replace(index, files=tuple(listed)).write(folder)


def test_caches_of_old_know_their_samples_when_asked_and_keep_their_bytes(tmp_path):
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, 6, 19, 5))
    cache = arrays(tmp_path / "cache", [one, other, one, np.zeros_like(one)], ["1", "2", "3", "4"])
    without_samples(cache.path)
    before = {path.name: path.read_bytes() for path in cache.path.iterdir()}
    old = Cache(cache.path)
    assert not any(trial.samples for file in old.index.files for trial in file.trials)
    assert not any(trial.samples for trial in open_file(cache.path / old.index.files[0].name).facts.trials)
    assert old.samples.tolist() == cache.samples.tolist() == [0, 1, 0, 3]
    assert {path.name: path.read_bytes() for path in cache.path.iterdir()} == before


def test_files_of_old_that_a_run_keeps_are_compared_with_new_ones(study, tmp_path):
    from lab_study import Moments

    recipe = {"eeg": [Moments()]}
    without_samples(preprocess(study, recipe, tmp_path / "cache").path)
    before = (tmp_path / "cache" / "cache.json").read_bytes()
    preprocess(study, recipe, tmp_path / "cache")
    assert (tmp_path / "cache" / "cache.json").read_bytes() == before  # a half-finished benchmark goes on
    samples = np.load(study.root / "1_1.npy")
    np.save(study.root / "4_1.npy", samples[[2, 0, 1]] + np.float32(0))
    with pytest.raises(InputError, match="subject 4, session 1, trial 1 are those of subject 1, session 1, trial 3"):
        preprocess(type(study)(study.root), recipe, tmp_path / "cache")


def test_pictures_of_nobody_that_stand_twice_are_left_out_unless_they_shall_be_kept(tmp_path):
    FER2013.write_fake(tmp_path / "fer")
    cache = preprocess(FER2013(tmp_path / "fer"), None, tmp_path / "cache")
    twice = [left for left in cache.skipped if "the same samples" in left.reason]
    assert [left.what for left in twice] == ["subject unknown, session public test, trial 17"]
    assert len(cache) == 23
    kept = preprocess(FER2013(tmp_path / "fer"), None, tmp_path / "cache", repeated="keep")
    assert len(kept) == 24
    with pytest.raises(InputError, match="trial 17 are those of subject unknown, session train, trial 3"):
        preprocess(FER2013(tmp_path / "fer"), None, tmp_path / "cache", repeated="refuse")
    with pytest.raises(InputError, match="'drop'; wanted one of refuse, leave-out, keep"):
        preprocess(FER2013(tmp_path / "fer"), None, tmp_path / "cache", repeated="drop")


def test_samples_are_shared_by_way_of_others_but_left_out_only_for_those_that_stay():
    chain = [("a",), ("a", "b"), ("b",), ("c",), ()]
    assert same_samples(chain).tolist() == [0, 0, 0, 3, 4]
    assert repeated_samples(chain) == {1: 0}
