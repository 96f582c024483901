"""``emo-train gan fit | sample | table`` on simulated faces, and on folders in the form of DISFA and Aff-Wild2."""

import json
from dataclasses import replace

import numpy as np
import pytest

from emoscan.benchmarks.commands.gan_commands import gan_fit, gan_sample, gan_table
from emoscan.benchmarks.scores.metrics import unit_metrics
from emoscan.benchmarks.splits.splits import blocks_within_trials, leave_one_out
from emoscan.benchmarks.studies.gan.measures import check_gan
from emoscan.benchmarks.studies.gan.trunk_table import GanRow, GanTable, gan_reports
from emoscan.benchmarks.tables.pictures.agreement import always_yes
from emoscan.models.gan import GanTraining, load_gan
from emoscan.preprocessing import FaceCrop, Patches, preprocess
from emoscan.preprocessing.commands.command_line import run_command
from emoscan.signals import InputError, LeakError, SimulatedFaces
from emoscan.signals.datasets.aff_wild2.aff_wild2 import AffWild2
from emoscan.signals.datasets.aff_wild2.lookalike import write_first_edition
from emoscan.signals.datasets.disfa import DISFA

SMALL = ("--size", "16", "--epochs", "2", "--batch-size", "16", "--width", "4", "--noise", "4")


def gan(*words):
    """``emo-train gan ...``: its exit code."""
    commands = {"fit": gan_fit, "sample": gan_sample, "table": gan_table}
    return run_command(commands, "emo-train gan", "", arguments=[str(word) for word in words])


def crops(data, folder, detector="Given"):
    return preprocess(data, {"face": [FaceCrop(size=16, detector=detector), Patches(2, 2)]}, folder)


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Simulated faces of three people."""
    return crops(SimulatedFaces(subjects=3, trials=4, frames=5, seed=21), tmp_path_factory.mktemp("gan") / "faces")


@pytest.fixture(scope="module")
def run(faces, tmp_path_factory):
    """The folder of ``gan fit`` on two of them."""
    folder = tmp_path_factory.mktemp("gan") / "run"
    split = ("--split", "leave_one_out('subject')", "--fold", "2")
    assert gan("fit", faces.path, "--output", folder, *split, *SMALL, "--sheet-every", "2") == 0
    return folder


def test_fit_keeps_a_gan_its_sheets_its_curves_and_its_score_on_people_held_out(run, faces):
    assert {path.name for path in run.iterdir()} >= {
        "gan.pt",
        "gan.json",
        "curves.png",
        "score.json",
        "run.yaml",
        "begun.json",
        "sheets",
    }
    facts = load_gan(run).facts
    assert {subject for subject, _, _ in facts.trained_on} == {"1", "2"}
    assert facts.fold == "subject 3"
    score = json.loads((run / "score.json").read_text())
    assert {"ccc", "ccc_valence", "unit_f1", "f1_au12", "always_yes_au12"} <= score.keys()


def test_the_same_line_again_trains_nothing(run, faces, capsys):
    before = (run / "gan.pt").stat().st_mtime_ns
    assert gan("fit", "--config", run / "run.yaml") == 0
    assert (run / "gan.pt").stat().st_mtime_ns == before
    assert "SIMULATED" in capsys.readouterr().out.upper()


def test_sample_draws_every_sheet_and_measures_with_the_cache(run, faces, tmp_path, capsys):
    words = ("sample", run, "--cache", faces.path, "--output", tmp_path, "--reader-epochs", "1")
    assert gan(*words) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "affect.png",
        "units.png",
        "between.png",
        "nearest.png",
        "quality.md",
        "quality.json",
    }
    figures = json.loads((tmp_path / "quality.json").read_text())
    assert figures["faces"] == 20
    assert figures["held_out"] == 20
    assert set(figures["read"]) >= {"CCC", "CCC valence", "F1, mean", "F1 au12"}
    assert "SIMULATED" in capsys.readouterr().out


def test_equal_seeds_give_equal_sheets(run, tmp_path):
    for name in ("one", "other"):
        gan("sample", run, "--output", tmp_path / name)
    for picture in ("affect.png", "units.png", "between.png"):
        assert (tmp_path / "one" / picture).read_bytes() == (tmp_path / "other" / picture).read_bytes()


def test_the_check_compares_with_people_the_gan_never_saw(run, faces):
    checked = check_gan(load_gan(run), faces, reader_epochs=1)
    assert checked.check.held_out == int((faces.subject == "3").sum()) * 5
    assert len(checked.training) == 40
    assert checked.nearest.index.max() < 40
    assert checked.check.frechet >= 0


def test_a_gan_of_noise_only_is_drawn_and_measured_without_labels(faces, tmp_path):
    split = ("--split", "leave_one_out('subject')", "--noise-only", "--consistency", "0")
    assert gan("fit", faces.path, "--output", tmp_path, *split, *SMALL) == 0
    assert gan("sample", tmp_path, "--cache", faces.path, "--reader-epochs", "1") == 0
    figures = json.loads((tmp_path / "samples" / "quality.json").read_text())
    assert (tmp_path / "samples" / "faces.png").exists()
    assert (figures["read"], figures["rises"]) == ({}, {})
    assert figures["variety"]["pixels, overall"]["made"] > 0


def test_a_gan_of_another_cache_is_not_measured_on_this_one(run, tmp_path):
    other = crops(SimulatedFaces(subjects=2, trials=1, frames=4, seed=22), tmp_path / "other")
    with pytest.raises(InputError, match="another cache"):
        check_gan(load_gan(run), other)


@pytest.fixture(scope="module")
def made(faces, tmp_path_factory):
    """``gan table`` with two trainings on two folds."""
    folder = tmp_path_factory.mktemp("gan") / "table"
    split = ("--split", "k_folds('subject', 3)", "--predicts", "units,units+dimensions")
    words = ("table", faces.path, "--output", folder, *split, *SMALL)
    assert gan(*words) == 0
    return folder, words


def test_the_table_sets_each_training_beside_the_trunk_alone(made):
    stored = json.loads((made[0] / "gan.json").read_text())
    assert stored["simulated"]
    rows = {(row["predicts"], row["metric"]) for row in stored["rows"]}
    assert ("units", "unit_f1") in rows
    assert ("units", "ccc") not in rows
    assert {("units+dimensions", name) for name in ("unit_f1", "f1_au12", "ccc", "ccc_arousal")} <= rows
    assert [row["n"] for row in stored["rows"]] == [3] * len(rows)
    text = (made[0] / "gan.md").read_text()
    assert "SIMULATED" in text
    assert text.count("over 3 people: too few to tell") == 3


def test_each_training_of_the_table_is_a_report_that_is_read_again(made, monkeypatch):
    before = (made[0] / "gan.json").read_text()
    monkeypatch.setattr("emoscan.models.gan.gan_learner.train_gan", None)
    assert gan(*made[1]) == 0
    assert (made[0] / "gan.json").read_text() == before
    assert (made[0] / "units" / "alone" / "report.json").exists()


def test_a_leaky_split_is_refused(faces):
    with pytest.raises(LeakError):
        gan_reports(faces, blocks_within_trials(2), GanTraining(size=16, epochs=1))


def test_the_same_control_and_gan_differ_only_in_the_loss(made):
    control, gan = (json.loads((made[0] / "units" / name / "report.json").read_text()) for name in ("alone", "gan"))
    assert control["n_parameters"] == gan["n_parameters"]
    assert control["model"].replace(", loss='none'", "") == gan["model"]
    assert {name for name in control if control[name] != gan[name]} == {"model", "predictions", "rows"}


def test_always_yes_is_what_f1_gives_it():
    truth = np.array([1, 0, 0, 1, 0, np.nan], np.float32)
    assert always_yes(truth[:, None]) == pytest.approx(unit_metrics(("a",), truth[:, None], np.ones((6, 1)))["unit_f1"])


@pytest.mark.parametrize(
    "difference, p, told", [(0.1, 0.01, "helps"), (-0.1, 0.01, "harms"), (0.1, 0.2, "no difference is shown")]
)
def test_words_follow_the_test(difference, p, told):
    row = GanRow("units", "unit_f1", 0.5, 0.6, 0.4, difference, None, p, 8)
    (said,) = GanTable((row, replace(row, metric="f1_au1", p=None)), {}, True).words()
    assert told in said


@pytest.mark.parametrize(
    "kind, write, predicts, split",
    [
        (DISFA, DISFA.write_fake, "units", "leave_one_out('subject')"),
        (AffWild2, write_first_edition, "dimensions", "official()"),
    ],
)
def test_folders_in_the_form_of_real_datasets_are_learned_from(tmp_path, kind, write, predicts, split):
    write(tmp_path / "data")
    cache = crops(kind(tmp_path / "data"), tmp_path / "cache", "Whole")
    words = ("fit", cache.path, "--output", tmp_path / "run", "--predicts", predicts, "--split", split, *SMALL)
    assert gan(*words) == 0
    assert load_gan(tmp_path / "run").facts.task == cache.task
    assert gan("sample", tmp_path / "run", "--cache", cache.path, "--reader-epochs", "1") == 0
    assert (tmp_path / "run" / "samples" / "nearest.png").exists()


@pytest.mark.parametrize(
    "words, told",
    [
        (("--size", "20"), "power of two"),
        (("--predicts", "categories"), "units or dimensions"),
        (("--loss", "mean"), "heads, entropy, none"),
        (("--predicts", "moods"), "a part that the task lacks"),
        (("--noise-only",), "told no labels"),
        (("--split", "leave_one_out('subject')", "--fold", "9"), "0 to 2"),
    ],
)
def test_what_the_user_can_put_right_is_one_line(faces, tmp_path, capsys, words, told):
    assert gan("fit", faces.path, "--output", tmp_path / "run", *words) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert told in line


def test_fit_refuses_a_split_that_leaks(faces, tmp_path):
    with pytest.raises(LeakError, match="leaks by design"):
        gan_fit(faces.path, GanTraining(size=16, epochs=1), split="random_windows(2)", output=tmp_path / "run")


def test_people_never_cross_to_the_test_side(run, faces):
    trained = {subject for subject, _, _ in load_gan(run).facts.trained_on}
    fold = leave_one_out("subject")(faces.columns)[2]
    assert trained.isdisjoint(faces.subject[fold.test])
