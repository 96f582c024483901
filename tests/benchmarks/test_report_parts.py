"""Parts of a report: learning curves, data and their quality, fusion, explanations that may be believed or not."""

import json
import shlex
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
import yaml
from finished_examples import explanation, fusion_table
from page_reader import Reader, first_section

from emoscan.benchmarks import benchmark, leave_one_out
from emoscan.benchmarks.commands.shared_runs import show_fusion
from emoscan.benchmarks.page.data_quality import UNKNOWN, _spread
from emoscan.benchmarks.page.figures import LearningCurves, curves_of, learning
from emoscan.benchmarks.page.finished import Finished, finished_in
from emoscan.benchmarks.page.fusions import read_fusion
from emoscan.benchmarks.page.hidden_units import hidden_part, learned_from
from emoscan.benchmarks.page.html_report import Page, write_report
from emoscan.benchmarks.page.repetition import repeat
from emoscan.benchmarks.runs.fold_plan import FoldPlan
from emoscan.benchmarks.runs.report import Report
from emoscan.benchmarks.runs.report_facts import SeriesSummary
from emoscan.benchmarks.runs.training_run import read_outcome, run_training, write_outcome
from emoscan.benchmarks.studies.explanations.explained import Explained
from emoscan.benchmarks.studies.explanations.hidden_units import HiddenUnits
from emoscan.models import Training, as_trained_model, make_learner
from emoscan.preprocessing import Cache
from emoscan.preprocessing.quality.summary import study_of
from emoscan.signals import SCALP_19, InputError, Layout, Task, file_digest

SPLIT = leave_one_out("subject")


def words_of(page):
    return "\n".join(text for part in page.parts for chapter in part.chapters for text in chapter.words)


@pytest.fixture(scope="module")
def validated(cache):
    settings = Training(epochs=3)
    return benchmark(cache, "STRNN(hidden=4)", split=SPLIT, window=4, selection="inner", seeds=2, training=settings)


def test_curves_are_what_each_training_logged(cache, validated):
    plan = FoldPlan(cache, "STRNN(hidden=4)", validated.protocol, SPLIT)
    parts = plan.parts(plan.folds[1], "inner")
    logged = make_learner("STRNN(hidden=4)", epochs=3).fit(parts.train, parts.valid, seed=1).history
    third = validated.curves["inner"]["train/loss"][1 * 2 + 1]  # fold 1, seed 1 of two
    assert third.shape == (3,)
    assert np.allclose(third, [row["train/loss"] for row in logged], rtol=0.05)
    assert validated.curves["inner"]["valid/loss"].shape == (3 * 2, 3)


def test_curves_and_quality_are_kept_on_disk(validated, tmp_path):
    again = Report.load(validated.save(tmp_path))
    assert again.data == validated.data
    assert len(again.data.quality) == 3
    assert {name: values.tolist() for name, values in again.curves["inner"].items()} == {
        name: values.tolist() for name, values in validated.curves["inner"].items()
    }


def test_what_holds_many_numbers_is_printed_in_one_line_with_counts(cache, validated):
    windows = cache.windows(3, 3)
    lines = {name: repr(value) for name, value in (("r", validated), ("w", windows), ("p", validated.predictions))}
    assert all(len(line) <= 150 and "\n" not in line for line in lines.values()), lines
    assert (
        f"({windows.modality} of {cache.dataset}, simulated: {len(windows)} in {len(cache)} trials, 0 left out)"
        in lines["w"]
    )
    assert lines["p"].startswith(f"Predictions({len(validated.predictions)} of folds: {len(validated.folds)}, ")
    assert lines["p"] in lines["r"]


def test_a_killed_run_keeps_its_curves(cache, validated, tmp_path):
    plan = FoldPlan(cache, "STRNN(hidden=4)", validated.protocol, SPLIT)
    outcome = run_training(plan, 0, 0)
    write_outcome(outcome, tmp_path / "part.npz", plan.digest)
    again = read_outcome(tmp_path / "part.npz", plan.digest)
    assert again.curves == outcome.curves
    assert np.float32(again.curves["inner"]["valid/loss"]).tolist() == (
        validated.curves["inner"]["valid/loss"][0].tolist()
    )


def test_a_report_of_old_is_read_and_says_what_was_not_kept(validated, tmp_path):
    old = validated.save(tmp_path / "old")
    with np.load(old / "predictions.npz") as stored:
        arrays = {name: stored[name] for name in stored.files if not name.startswith("curve_")}
    np.savez_compressed(old / "predictions.npz", **arrays)
    held = json.loads((old / "report.json").read_text())
    held["predictions"] = file_digest(old / "predictions.npz")
    for name in ("quality", "skipped"):
        del held["data"][name]
    (old / "report.json").write_text(json.dumps(held))
    report = Report.load(old)
    assert (report.curves, report.data.quality) == ({}, ())
    page = Page.of(Finished((report,)))
    assert UNKNOWN in words_of(page)
    assert not any(chapter.title == "Learning curves" for part in page.parts for chapter in part.chapters)


def test_the_page_says_whether_a_part_was_held_out_for_validation(validated):
    assert "Validation loss is that of the part held out" in words_of(Page.of(Finished((validated,))))
    fixed = {"fixed": {"train/loss": validated.curves["inner"]["train/loss"]}}
    without = replace(validated, curves=fixed, epochs={"fixed": validated.epochs["inner"]})
    assert "There was no validation part" in "".join(own.words[0] for own in learning([(without, "one", "one")]))


def test_estimators_have_no_curves(validated, flawed):
    assert [len(list(curves_of(report))) for report in (validated, flawed)] == [1, 0]


def test_a_loss_that_has_come_to_rest_is_told_from_one_that_falls():
    falls, rests = np.linspace(2, 0, 9)[None], np.array([[2, 1, 0.5, 0.2, 0, 0, 0, 0, 0.0]])
    said = [LearningCurves("m", "fixed", losses, None, (9,)).tendency for losses in (falls, rests)]
    assert "2 to 0 in 9 epochs, 25 % of the fall in the last quarter" in said[0]
    assert ", 0 % of the fall in the last quarter" in said[1]


@pytest.fixture(scope="module")
def flawed(tmp_path_factory):
    """Subject b has a dead site and a fifth of its slices invalid."""
    rng, keys = np.random.default_rng(0), [(name, trial) for name in "ab" for trial in range(1, 5)]
    x = [rng.standard_normal((10, 19, 4)) for _ in keys]
    for own, (name, _) in zip(x, keys, strict=True):
        own[:, SCALP_19.sites.index("T7"), :] *= name != "b"
    valid = [np.arange(10) >= (2 if name == "b" else 0) for name, _ in keys]
    cache = Cache.from_arrays(
        tmp_path_factory.mktemp("flawed") / "cache",
        x,
        layout=SCALP_19,
        task=Task(("calm", "upset")),
        category=[int(trial == 1) for _, trial in keys],
        subject=[name for name, _ in keys],
        trial=[trial for _, trial in keys],
        valid=valid,
        dataset="flawed",
    )
    return benchmark(cache, "linear", split=SPLIT, window=2)


def test_the_worst_recording_is_named(flawed):
    said = words_of(Page.of(Finished((flawed,))))
    assert "Worst: subject b, session 1, eeg, where 20.0\N{NO-BREAK SPACE}% of the slices may not be trusted" in said
    assert "Sites that never change: subject b, session 1, eeg: T7." in said


def test_subjects_stand_with_their_data_and_the_balance_of_their_truths(flawed):
    part = Page.of(Finished((flawed,))).parts[0]
    (grid,) = next(chapter.grids for chapter in part.chapters if chapter.title == "Data and their quality")
    rows = [dict(zip(grid.heads, row, strict=True)) for row in grid.rows]
    assert [row["subject"] for row in rows] == ["a", "b"]
    assert [row["eeg: not usable"] for row in rows] == ["0.0\N{NO-BREAK SPACE}%", "20.0\N{NO-BREAK SPACE}%"]
    assert [row["eeg: still sites"] for row in rows] == ["", "T7"]
    assert [row["windows tested"] for row in rows] == ["20", "16"]
    assert {row["calm"] for row in rows} == {"75.0\N{NO-BREAK SPACE}%"}


def test_a_study_is_called_after_the_folder_that_was_read_where_its_dataset_is_a_form_of_files(flawed, tmp_path):
    options = {"layout": SCALP_19, "task": Task(("calm", "upset")), "category": [0, 1], "subject": ["a", "b"]}
    x = list(np.random.default_rng(0).standard_normal((2, 4, 19, 3)))
    cache = Cache.from_arrays(tmp_path / "cache", x, dataset="trial table", **options)
    assert study_of(cache) == "cache"
    for settings, name in (("root: data/sleepers/", "sleepers"), ("root: [1]", "cache"), ("a: :", "cache")):
        (cache.path / "run.yaml").write_text(settings)
        assert study_of(cache) == name
    assert study_of(Cache.from_arrays(tmp_path / "seed", x, dataset="SEED", **options)) == ""
    named = replace(flawed, data=replace(flawed.data, study="sleepers"))
    assert Page.of(Finished((named,))).title == "Report: sleepers"
    assert Page.of(Finished((flawed,))).title == "Report: flawed"
    named.save(tmp_path / "named")
    flawed.save(tmp_path / "flawed")
    assert Report.load(tmp_path / "named").data.study == "sleepers"
    assert '"study"' not in (tmp_path / "flawed" / "report.json").read_text()  # as versions before wrote it


def test_mean_ratings_have_no_plus_sign():
    assert _spread(np.array([5.0, 6.0])) == "5.50\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}0.50"
    assert _spread(np.array([-0.5])).startswith("-0.50")


def test_a_recording_without_flaws_is_not_blamed(validated):
    said = words_of(Page.of(Finished((validated,))))
    assert "No slice of any recording is marked as not to be trusted." in said
    assert "No site stands still throughout a recording." in said


def test_two_pages_in_one_folder_keep_their_own_figures(validated, flawed, tmp_path):
    write_report([validated], tmp_path / "one.html")
    before = {path: path.read_bytes() for path in (*(tmp_path / "one-figures").iterdir(), tmp_path / "one.tex")}
    write_report([flawed], tmp_path / "two.html")
    assert before == {path: path.read_bytes() for path in before}
    assert "one-figures/" in (tmp_path / "one.html").read_text()
    assert r"flawed" in (tmp_path / "two.tex").read_text()


def test_an_explanation_that_fails_a_check_is_not_to_be_believed_from_the_top_on(tmp_path):
    text = write_report([], tmp_path / "page.html", explained=[explanation(alike=0.9)]).read_text()
    assert "NOT TO BE BELIEVED: what STRNN looked at on random" in first_section(text)
    assert "untrained." in first_section(text)
    assert text.index("Do not believe this map") < text.index("What counted in eeg") < text.index("explained1-eeg-feat")
    assert "FAILS" in Reader(text).cells


def test_the_page_repeats_an_explanation_by_the_settings_that_lie_beside_it(tmp_path):
    explanation().write(tmp_path)
    assert Page.of(finished_in([tmp_path])).parts[-1].title != "Settings and repetition"
    settings = {"cache": "c", "model": "GRU", "protocol": {"window": 9, "train_stride": 5}, "most": 64, "target": ""}
    (tmp_path / "run.yaml").write_text(json.dumps(settings))
    (chapter,) = Page.of(finished_in([tmp_path])).parts[-1].chapters
    assert [listing.text for listing in chapter.listings] == [
        "emo-train explain CACHE --model GRU --most 64 --train-stride 5"
    ]
    (tmp_path / "run.yaml").write_text("[")
    assert finished_in([tmp_path]).explaining == ()


def test_the_page_has_the_line_that_makes_the_series_of_a_known_dataset(validated):
    series = {"eeg": SeriesSummary(("MarkFlat()", "BandPower(window=1.0)"), ("a",), 1.0, 4, False)}
    known = replace(validated, data=replace(validated.data, dataset="EEGMAT", series=series))
    text = repeat([known])[0].listings[0].text
    assert shlex.split(text)[:6] == ["emo-preprocess", "run", "EEGMAT", "RECORDINGS", "CACHE", "--recipe"]
    assert yaml.safe_load(shlex.split(text)[6]) == {"eeg": ["MarkFlat()", "BandPower(window=1.0)"]}
    assert repeat([validated])[0].listings[0].text.startswith("emo-train bench")


def test_an_explanation_that_holds_says_so_above_its_map(tmp_path):
    read = Reader(text := write_report([], tmp_path / "page.html", explained=[explanation()]).read_text())
    assert "NOT TO BE BELIEVED" not in text
    assert "FAILS" not in read.cells
    assert unescape(text).index("This map may be believed: every check holds") < text.index("explained1-eeg-features")
    assert "deletion gain" in " ".join(attrs["aria-label"] for attrs in read.all("svg"))
    beside = next(attrs["aria-label"] for attrs in read.all("svg") if "slice by slice" not in attrs["aria-label"])
    assert "networks never trained .10" in beside


def test_real_people_are_not_called_simulated():
    page = Page.of(Finished(explained=(explanation(simulated=False),)))
    assert page.warnings == ()
    assert not any("simulated" in picture.caption.lower() for picture in page.pictures)


def test_sites_that_lie_nowhere_on_a_head_are_drawn_as_cells(tmp_path):
    square = Layout("square", ("a", "b", "c", "d"), ((0, 0), (0, 1), (1, 0), (1, 1)))
    path = write_report([], tmp_path / "page.html", explained=[explanation(square)])
    assert len(Reader(path.read_text()).all("figure")) == 3


def test_a_fusion_table_stands_with_its_words_and_controls(tmp_path):
    table = fusion_table()
    text = unescape(write_report([], tmp_path / "page.html", [table]).read_text())
    read = Reader(text)
    for row in table.grid().texts:
        assert "\n".join(row) in "\n".join(read.cells)
    assert all(words in text for words in (*table.words(), *table.left_out))
    assert "SIMULATED: no person was recorded for pairs" in first_section(text)
    assert not (tmp_path / "page.tex").exists()


def test_a_fusion_table_is_read_back_as_it_was(tmp_path, capsys):
    show_fusion(fusion_table(), tmp_path)
    assert read_fusion(tmp_path) == fusion_table()


def test_folders_of_all_kinds_are_found(validated, flawed, tmp_path, capsys):
    flawed.save(tmp_path / "runs" / "linear")
    validated.save(tmp_path / "runs" / "strnn")
    show_fusion(fusion_table(), tmp_path / "runs")
    explanation().write(tmp_path / "runs" / "looked-at")
    found = finished_in([tmp_path / "runs"])
    assert [report.model for report in found.reports] == ["linear", "STRNN(hidden=4)"]
    assert (len(found.fusions), [own.model for own in found.explained]) == (1, ["STRNN"])
    assert found.names == ("flawed", "random", "pairs")
    assert isinstance(finished_in([tmp_path / "runs" / "looked-at"]).explained[0], Explained)


def test_folders_with_nothing_finished_are_refused(tmp_path):
    with pytest.raises(InputError, match="nothing finished"):
        finished_in([tmp_path])
    (tmp_path / "fusion.json").write_text("{}")
    with pytest.raises(InputError, match="metric: nothing; wanted a value"):
        finished_in([tmp_path])


@pytest.mark.parametrize(("test", "warned"), [([12, 13, 14, 15, 16, 17], False), ([0, 1, 2, 3, 4, 5], True)])
def test_hidden_units_of_windows_that_were_learned_are_warned_of(cache, tmp_path, test, warned):
    train = cache.windows(4, 4, trials=range(12))
    model = as_trained_model(make_learner("GRU(hidden=3)", epochs=1).fit(train), cache)
    HiddenUnits.of(model, cache.windows(4, 4, trials=test)).write(tmp_path / "units")
    found = finished_in([tmp_path / "units"])
    assert bool(learned_from(found.hidden[0])) == warned
    assert hidden_part(found.hidden[0]).warnings[0] == "SIMULATED: no person was recorded for these units."
    text = write_report([], tmp_path / "page.html", explained=[explanation()], hidden=found.hidden).read_text()
    assert ("LEARNED: 18 of 18" in first_section(text)) == warned
    assert "SIMULATED: no person was recorded for" in first_section(text)
    assert "The unit that follows each target most" in text
    assert all(f"never trained, {i}" in text for i in (1, 2, 3))
    assert len(Reader(text).all("figure")) == 5
