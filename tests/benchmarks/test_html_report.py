"""The report: what came out is said first, its numbers are the table's, and nothing is loaded from anywhere."""

import inspect
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import yaml
from page_reader import Reader, first_section, sentences

from emoscan.benchmarks import benchmark, compare, k_folds, leave_one_out, random_windows
from emoscan.benchmarks.commands.command import bench
from emoscan.benchmarks.commands.command import report as report_command
from emoscan.benchmarks.page import figures, finished, html_report
from emoscan.benchmarks.page.figures import inline_svg
from emoscan.benchmarks.page.finished import Finished
from emoscan.benchmarks.page.html_report import Page, _best, leading_sentence, write_report
from emoscan.benchmarks.page.repetition import command_of, settings_of, unsaid, yaml_of
from emoscan.benchmarks.page.sections import groups_of
from emoscan.benchmarks.runs.report_facts import RecordingQuality
from emoscan.benchmarks.scores.metrics import part_of
from emoscan.benchmarks.scores.predictions import Predictions
from emoscan.benchmarks.scores.verdict import decimal, p_words
from emoscan.benchmarks.tables.grid import Grid
from emoscan.benchmarks.tables.markup import latex
from emoscan.benchmarks.tables.pictures.agreement import Session, always_yes
from emoscan.benchmarks.tables.pictures.calibration import Calibration
from emoscan.models import Training
from emoscan.preprocessing import Cache, preprocess
from emoscan.preprocessing.building.progress import Progress
from emoscan.signals import SCALP_19, InputError, SimulatedFaces, Target, Task

SPLIT = leave_one_out("subject")
HOSTILE = "<script>alert('x')</script>$a_b$"


@pytest.fixture(scope="module")
def reports(cache):
    short = Training(epochs=1)
    return [benchmark(cache, model, split=SPLIT, window=4, training=short) for model in ("STRNN", "linear", "majority")]


@pytest.fixture(scope="module")
def leaky(cache):
    return benchmark(cache, "linear", split=random_windows(2), window=4, i_know_this_leaks=True)


@pytest.fixture(scope="module")
def affect(tmp_path_factory):
    """Valence, arousal and two action units along 2 x 3 trials, to be seen in the features."""
    rng = np.random.default_rng(0)
    truth = [np.clip(np.cumsum(rng.normal(0, 0.3, (12, 2)), axis=0), -1, 1) for _ in range(6)]
    x = [rng.standard_normal((12, 19, 4)) + np.concatenate([d, d > 0], axis=1)[:, None] for d in truth]
    target = [Target(dimensions=d, units=(d > 0).astype(float), times=np.arange(12.0)) for d in truth]
    cache = Cache.from_arrays(
        tmp_path_factory.mktemp("affect") / "cache",
        x,
        layout=SCALP_19,
        category=target,
        task=Task((), ("valence", "arousal"), ("AU1", "AU12")),
        subject=["a"] * 3 + ["b"] * 3,
        trial=[1, 2, 3] * 2,
        dataset="affect",
        simulated=True,
    )
    return benchmark(cache, "STRNN", split=SPLIT, window=3, seeds=2, training=Training(epochs=1))


@pytest.fixture(scope="module")
def mixed(reports, leaky, affect, tmp_path_factory):
    return write_report([*reports, leaky, affect], tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="module")
def read(mixed):
    return Reader(mixed.read_text())


def test_every_cell_of_the_tables_stands_on_the_page_in_order(read, reports, leaky, affect):
    shown = "\n".join(read.cells)
    for group in (reports, [leaky], [affect]):
        heads, rows = compare(*group).grid()
        assert "\n".join([*heads, *(cell for row in rows for cell in row)]) in shown


def test_every_subjects_score_stands_on_the_page(read, reports):
    rows = compare(*reports).rows
    for name in rows[0].score.each:
        assert "\n".join([name, *(decimal(row.score.each[name]) for row in rows)]) in "\n".join(read.cells)


def test_the_page_begins_with_what_came_out_then_with_what_must_be_known(mixed):
    text = mixed.read_text()
    places = [text.index(part) for part in ('<p class="lead"', "<svg", 'id="warnings"', "<nav", "<table")]
    assert places == sorted(places)
    assert len(sentences(text)) == 3
    assert [drawn in first_section(text, "result") for drawn in ("t1-scores", "t2-scores", "t3-scores")] == [True] * 3


def test_leaks_mixed_rules_and_simulation_are_said_before_any_table(mixed):
    text = mixed.read_text()
    said = first_section(text)
    assert said.index("LEAKY: linear") < said.index("DIFFERENT RULES") < said.index("SIMULATED: no person was recorded")
    for words in ("random against affect", "leave_one_out('subject') against random_windows(2)", "in 3 tables"):
        assert words in said


def test_an_honest_group_is_not_warned_of_leaks_or_mixtures(reports):
    warned = Page.of(Finished(tuple(reports))).warnings
    assert not any(text.startswith(("LEAKY", "DIFFERENT", "TRANSDUCTIVE")) for text in warned)
    assert any(text.startswith("SIMULATED") for text in warned)


def test_scaling_by_subject_is_said_first_and_stands_apart(reports, cache):
    other = benchmark(cache, "linear", split=SPLIT, window=4, scaling="subject")
    page = Page.of(Finished((*reports, other)))
    assert any(text.startswith("TRANSDUCTIVE: for linear") for text in page.warnings)
    assert len(groups_of([*reports, other])) == 2


def test_features_that_look_ahead_are_said_first(reports):
    series = {name: replace(own, recipe=("Smooth()",), causal=False) for name, own in reports[0].data.series.items()}
    ahead = replace(reports[0], data=replace(reports[0].data, series=series))
    causal = {name: replace(own, causal=True) for name, own in series.items()}
    fine = replace(reports[0], data=replace(reports[0].data, series=causal))
    assert any(text.startswith("NOT CAUSAL: features of STRNN") for text in Page.of(Finished((ahead,))).warnings)
    assert not any("CAUSAL" in text for text in Page.of(Finished((fine,))).warnings)


def test_rows_of_one_table_share_all_rules(reports, leaky, affect):
    groups = groups_of([reports[0], leaky, affect, *reports[1:]])
    assert [[r.model for r in g.reports] for g in groups] == [["STRNN", "linear", "majority"], ["linear"], ["STRNN"]]


def test_nothing_is_loaded_from_anywhere(read, mixed):
    loads = [
        value
        for _, attrs in read.tags
        for name, value in attrs.items()
        if name in ("src", "href", "xlink:href", "srcset", "data", "poster", "action")
    ]
    assert loads
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in loads)
    assert not any("src" in attrs for attrs in read.all("script"))
    assert not {"link", "iframe", "object", "embed", "base"} & {tag for tag, _ in read.tags}
    assert not re.search(r"@import|url\((?!#)", mixed.read_text())
    assert "default-src 'none'" in str(read.all("meta"))


def test_every_picture_has_an_alt_text_of_its_own(read):
    texts = [attrs["aria-label"] for attrs in read.all("svg")]
    assert len(texts) == len(read.all("figure")) == len(set(texts)) == 16
    assert all(len(text) > 40 for text in texts)
    assert all("alt" in attrs for attrs in read.all("img"))


def test_names_within_pictures_are_unique_and_all_references_resolve(read):
    names = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(names) == len(set(names))
    assert {attrs["xlink:href"][1:] for attrs in read.all("use")} <= set(names)
    clips = {attrs["clip-path"][5:-1] for _, attrs in read.tags if "clip-path" in attrs}
    assert clips
    assert clips <= set(names)


def test_tables_can_be_sorted_by_keyboard_and_scroll_in_their_own_box(read):
    heads = read.all("th")
    assert all(attrs["aria-sort"] == "none" for attrs in heads)
    assert len(read.all("button")) == len(heads)
    assert len([a for a in read.all("div") if a.get("class") == "scroll" and a["tabindex"] == "0"]) == 9


def test_a_hostile_name_is_text(reports, tmp_path):
    text = write_report([replace(reports[0], model=HOSTILE)], tmp_path / "report.html").read_text()
    assert len(Reader(text).all("script")) == 1
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert r"\$a\_b\$" in (tmp_path / "report.tex").read_text()


def test_pictures_and_tables_lie_beside_the_page(mixed, read, affect):
    names = {path.stem for path in (mixed.parent / "report-figures").glob("*.svg")}
    assert len(names) == len(read.all("svg"))
    assert names == {path.stem for path in (mixed.parent / "report-figures").glob("*.pdf")}
    tables = (mixed.parent / "report.tex").read_text()
    assert tables.count(r"\toprule") == tables.count(r"\bottomrule") == tables.count(r"\end{table}") == 3
    assert r"random\_windows(2)" in tables
    body = tables[tables.rindex(r"\midrule") : tables.rindex(r"\bottomrule")].splitlines()[1]
    assert body.removesuffix(r" \\").split(" & ") == [latex(cell) for cell in compare(affect).grid().texts[0]]


def test_latex_takes_no_letter_of_a_text_for_a_command():
    assert latex("a_b & 5 % {x} \\ #1 ~^ ±") == (
        r"a\_b \& 5 \% \{x\} \textbackslash{} \#1 \textasciitilde{}\textasciicircum{} $\pm$"
    )


def test_latex_has_minus_signs_and_its_notes_below_the_table():
    assert latex("-.075, [-1, 1], face -5 s; one-sided, 1-3, --jobs") == (
        r"$-$.075, [$-$1, 1], face $-$5 s; one-sided, 1-3, --jobs"
    )
    text = (
        Grid.of_rows(["model"], [["a"]])
        .with_words("Best: a.", warnings=["LEAKY"], notes=["n % 1", "n 2"])
        .to_latex("T")
    )
    assert r"\caption{T. Best: a. LEAKY}" in text
    assert text.index(r"\end{tabular}") < text.index(r"n \% 1\par n 2") < text.index(r"\end{table}")


def test_html_breaks_no_line_within_a_number():
    cells = "\N{NO-BREAK SPACE}".join([".532", "to", ".745"])
    assert f"<td>{cells}</td>" in Grid.of_rows(["interval"], [[".532 to .745"]]).to_html()


def test_the_same_reports_give_the_same_page(reports, tmp_path):
    pages = [write_report(reports[1:2], tmp_path / name / "report.html").read_text() for name in ("one", "two")]
    assert pages[0] == pages[1]


def test_the_first_sentence_has_score_interval_people_bar_and_verdict(eight_people):
    report = benchmark(eight_people, "linear", split=SPLIT, window=4)
    row = compare(report).rows[0]
    score, interval = row.score.metrics["balanced_accuracy"], row.score.interval
    (result,) = Page.of(Finished((report,))).results
    assert result.sentence == (
        f"linear on random (simulated): balanced accuracy {decimal(score)} (95 % interval {decimal(interval.low)} to "
        f"{decimal(interval.high)}, 8 people); labels alone give .333 (a uniform guess): above guessing, "
        f"p {p_words(row.verdict.p)}."
    )


def test_a_model_that_knows_nothing_is_not_above_guessing(null):
    report = benchmark(null, "majority", split=SPLIT, window=4)
    assert "not above guessing, p " in leading_sentence(compare(report), report)


def test_the_first_sentence_names_the_best_row_and_of_how_many(reports):
    table = compare(*reports)
    best = max(table.rows, key=lambda row: row.score.metrics["balanced_accuracy"])
    sentence = leading_sentence(table, reports[0])
    assert sentence.startswith(f"Best of 3 models on random (simulated): {best.model}, balanced accuracy ")
    assert sentence.endswith(
        "3 people); labels alone give .333 (a uniform guess): too few to tell whether that is above "
        "guessing, 6 are needed."
    )


def test_the_first_sentence_says_before_anything_is_called_best_that_nothing_is_above_guessing(null):
    reports = [benchmark(null, model, split=SPLIT, window=4) for model in ("majority", "linear")]
    table = compare(*reports)
    assert not any(row.verdict.above for row in table.rows)
    start = "No model on arrays (simulated) is above guessing; of 2 the best score is that of "
    assert leading_sentence(table, reports[0]).startswith(start)
    lesser = min(table.rows, key=lambda row: row.score.metrics["balanced_accuracy"])
    better = [replace(row, verdict=replace(row.verdict, p=0.01)) if row is lesser else row for row in table.rows]
    sentence = leading_sentence(replace(table, rows=tuple(better)), reports[0])
    assert sentence.startswith(f"Above guessing on arrays (simulated): {lesser.model}; of 2 the best score is that of ")


def test_of_errors_the_least_is_best(affect):
    table = compare(affect, metric="ccc")
    errors = [replace(table.rows[0].score, metrics={"rmse_valence": error}) for error in (9.0, 0.5, 2.0)]
    rows = [replace(table.rows[0], model=f"row {i}", scores={"fixed": own}) for i, own in enumerate(errors)]
    assert _best(rows, "rmse_valence").model == "row 1"
    assert _best(list(table.rows), "ccc") == table.rows[0]


def test_a_leak_is_said_in_the_first_sentence_and_nothing_is_claimed_of_guessing(leaky):
    sentence = leading_sentence(compare(leaky), leaky)
    assert sentence.startswith(
        "LEAKY, which says nothing about new data: linear on random (simulated): balanced accuracy"
    )
    assert "guessing" not in sentence


def test_an_epoch_that_the_test_part_chose_is_said_in_the_first_sentence(reports):
    report = replace(reports[0], epochs={"oracle": reports[0].epochs["fixed"]})
    report = replace(
        report, predictions=replace(report.predictions, selection=np.full(len(report.predictions), "oracle"))
    )
    assert leading_sentence(compare(report), report).endswith("so it must not be reported.")


def test_a_row_without_a_score_is_never_best(reports):
    table = compare(*reports)
    nothing = {"fixed": replace(table.rows[0].score, metrics={"balanced_accuracy": float("nan")})}
    first = replace(table, rows=(replace(table.rows[0], scores=nothing), *table.rows[1:]))
    assert "Best of 3 models on random (simulated): linear, " in leading_sentence(first, reports[0])
    none = replace(table, rows=tuple(replace(row, scores=nothing) for row in table.rows))
    assert leading_sentence(none, reports[0]) == (
        "No model has a score on random (simulated): its balanced accuracy is not defined for what was tested."
    )


def test_the_command_prints_what_came_out_and_the_warnings(reports, tmp_path, capsys):
    reports[1].save(tmp_path / "run")
    report_command([tmp_path / "run"], tmp_path / "page.html")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("linear on random (simulated): balanced accuracy ")
    assert printed[1].startswith("SIMULATED: ")
    assert printed[-1] == f"written: {tmp_path / 'page.html'}"


def test_the_page_loads_nothing_of_the_command_line():
    code = "import sys, emoscan.benchmarks.page.html_report; print(*(n for n in sys.modules if '.commands' in n))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_no_reports_and_a_report_twice_are_refused(reports, tmp_path):
    with pytest.raises(InputError, match="no reports"):
        write_report([], tmp_path / "report.html")
    with pytest.raises(InputError, match="twice"):
        write_report([reports[0], reports[0]], tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_the_settings_on_the_page_make_the_same_run_again(cache, reports, leaky):
    for report in (reports[1], leaky):
        given = yaml.safe_load(yaml_of(settings_of(report.protocol, [report.model])))
        assert set(given) <= set(inspect.signature(bench).parameters)
        (model,) = given["models"]
        trained = Training(**{**given["training"], "loss_weights": tuple(given["training"]["loss_weights"])})
        again = benchmark(cache, model, **given["protocol"], training=trained)
        assert again.protocol == report.protocol
        assert compare(again).rows[0].scores == compare(report).rows[0].scores


def test_a_report_shows_how_much_is_read_and_drawn(reports, tmp_path, monkeypatch):
    seen = {}

    @contextmanager
    def shown(title, total):
        progress = seen[title] = Progress(total)
        yield progress

    for module in (finished, html_report):
        monkeypatch.setattr(module, "progress_bar", shown)
    for name, report in enumerate(reports):
        report.save(tmp_path / "runs" / str(name))
    page = Page.of(finished.finished_in([tmp_path / "runs"]))
    html_report.write_page(page, tmp_path / "page.html")
    assert {title: (progress.done, progress.total) for title, progress in seen.items()} == {
        "reading": (len(reports), len(reports)),
        "drawing": (len(page.pictures), len(page.pictures)),
    }


def test_a_page_leaves_nothing_of_a_killed_one(reports, tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    page = write_report(reports[2:], tmp_path / "report.html")
    before = sorted(tmp_path.rglob("*"))
    for whole in (page, next(tmp_path.glob("report-figures/*.svg"))):
        host = re.sub(r"[^\w-]", "-", socket.gethostname())
        whole.with_name(f".{whole.name}.{host}.{dead.pid}.0123abcd.part").write_bytes(b"half")
    write_report(reports[2:], page)
    assert sorted(tmp_path.rglob("*")) == before


def test_of_many_models_the_best_are_drawn_and_it_is_said(reports, monkeypatch):
    monkeypatch.setattr(html_report, "_DRAWN", 2)
    monkeypatch.setattr(figures, "MOST", 2)
    page, table = Page.of(Finished(tuple(reports))), compare(*reports)
    scores = [row.score.metrics[table.metric] for row in table.rows]
    best = sorted(np.argsort(scores)[::-1][:2].tolist())
    assert [table.leading(n) for n in (2, 3, 9)] == [tuple(best), (0, 1, 2), (0, 1, 2)]
    drawn = [picture.name for picture in page.pictures if picture.name.endswith("-confusion")]
    assert [int(name.split("-")[1]) - 1 for name in drawn] == best
    words = [words for part in page.parts for chapter in part.chapters for words in chapter.words]
    assert any("the 2 models with the best scores, of 3" in sentence for sentence in words)
    assert page.results[0].pictures[0].alt.endswith("and 1 rows below these.")
    rows = next(chapter for chapter in page.parts[0].chapters if chapter.title == "Results").grids[0].rows
    assert {row[0].text for row in rows} >= {report.model for report in reports}  # the table has them all


def test_the_command_line_says_what_differs_from_its_defaults(leaky):
    assert command_of(settings_of(leaky.protocol, ["STRNN(hidden=20)", "linear"])) == (
        "emo-train bench CACHE --models 'STRNN(hidden=20),linear' --window 4 --train-stride 4 "
        "--split 'random_windows(2)' --modality eeg --i-know-this-leaks"
    )


def test_settings_that_the_command_lacks_are_named(reports):
    assert unsaid(reports[0].protocol) == {}
    other = replace(reports[0].protocol, training=Training(weight_decay=0.5), controls=("without('face')",))
    assert unsaid(other) == {"controls": ("without('face')",)}
    assert "--weight-decay 0.5" in command_of(settings_of(other, ["STRNN"]))


def test_the_calibration_error_is_that_of_guo_et_al():
    confidence, right = np.array([0.95] * 10 + [0.55] * 10), np.array([1] * 8 + [0] * 2 + [1] * 6 + [0] * 4)
    found = Calibration.count(confidence, right, bins=10)
    assert found.error == pytest.approx(0.5 * 0.15 + 0.5 * 0.05)  # over-confident above, under-confident below
    assert found.counts.tolist() == [0] * 5 + [10] + [0] * 3 + [10]
    assert "over-confident, by .05" in found.tendency


def test_answers_that_are_right_as_often_as_they_say_have_no_calibration_error():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 1, 100_000)
    assert Calibration.count(confidence, rng.random(100_000) < confidence).error < 0.01
    assert Calibration.count(confidence, rng.random(100_000) < confidence - 0.3).error == pytest.approx(0.3, abs=0.01)


def test_bins_hold_their_upper_edge():
    assert Calibration.count(np.array([0.0, 0.5, 1.0]), np.ones(3), bins=2).counts.tolist() == [2, 1]


def test_always_yes_is_the_f1_of_always_yes():
    from sklearn.metrics import f1_score

    truth = np.array([[1, 0], [0, 0], [1, np.nan], [1, 1.0]])
    expected = [f1_score(column[~np.isnan(column)], np.ones((~np.isnan(column)).sum())) for column in truth.T]
    assert always_yes(truth) == pytest.approx(expected)


def test_a_sessions_line_is_the_mean_over_seeds_in_time_order(affect):
    session = Session.longest(affect)
    own = affect.predictions
    assert (session.subject, len(session.mean)) == ("a", 12)  # 3 trials of 4 disjoint windows
    assert session.seconds.tolist() == [3.0 * i for i in range(12)]
    for i, (trial, start) in enumerate((t, s) for t in range(3) for s in (0, 3, 6, 9)):
        said = own.dimensions[(own.trial == trial) & (own.start == start)]
        assert session.mean[i] == pytest.approx(said.mean(axis=0))
        assert (session.low[i] <= said).all()
        assert (session.high[i] >= said).all()


def test_rules_of_a_picture_do_not_reach_the_page():
    svg = '<?xml?><svg viewBox="0 0 9 9" width="90pt"><style>*{}</style><g id="a"/><use xlink:href="#a"/></svg>'
    made = inline_svg(svg, "one", 'says "this"')
    assert "<style>" not in made
    assert 'id="one-a"' in made
    assert 'href="#one-a"' in made
    assert 'aria-label="says &quot;this&quot;"' in made


def large(report, subjects=36, seeds=3, trials=10, windows=20):
    """A simulated report of all kinds of truth with a fold for each of many subjects."""
    rng = np.random.default_rng(0)
    fold, seed, trial, start = (
        a.ravel() for a in np.meshgrid(*map(np.arange, (subjects, seeds, trials, windows)), indexing="ij")
    )
    n = len(fold)
    truth = rng.uniform(-1, 1, (n, 2)).astype(np.float32)
    said = Predictions(
        fold,
        seed,
        np.full(n, "fixed"),
        fold * trials + trial,
        start * 4,
        trial % 3,
        rng.dirichlet(np.ones(3), n).astype(np.float32),
        truth,
        truth + rng.normal(0, 0.4, truth.shape),
        (truth > 0).astype(np.float32),
        rng.random((n, 2)),
    )
    task = Task(("negative", "neutral", "positive"), ("valence", "arousal"), ("AU1", "AU12"))
    names = np.repeat([str(s) for s in range(1, subjects + 1)], trials)
    columns = {
        "subject": names,
        "session": np.full(len(names), "1"),
        "trial": np.tile(np.arange(trials), subjects),
        "category": np.tile(np.arange(trials) % 3, subjects),
    }
    losses = {name: rng.random((subjects * seeds, 20), np.float32) for name in ("train/loss", "valid/loss")}
    quality = tuple(RecordingQuality(str(s), "1", "eeg", trials, 240.0, 0.1, ("T7",)) for s in range(1, subjects + 1))
    return replace(
        report,
        curves={"fixed": losses},
        predictions=said,
        columns=columns,
        labels=None,
        folds=tuple(f"subject {s}" for s in range(1, subjects + 1)),
        protocol=replace(report.protocol, seeds=seeds),
        data=replace(report.data, task=task, dataset="simulated", quality=quality),
    )


@pytest.mark.slow
def test_the_report_of_36_folds_and_3_seeds_is_small(reports, tmp_path):
    runs = [replace(large(reports[0]), model=model) for model in ("STRNN", "CNNRNN", "linear")]
    path = write_report(runs, tmp_path / "report.html")
    assert path.stat().st_size < 5_000_000
    assert len(Reader(path.read_text()).all("svg")) == 1 + 6 * 3
    assert sum(file.stat().st_size for file in runs[0].save(tmp_path / "run").iterdir()) < 5_000_000


def names_of_pictures(*reports):
    """Of a page, without what stands before them; nothing is drawn."""
    return {picture.name.split("-", 2)[2] for picture in Page.of(Finished(reports)).pictures if "-" in picture.name[3:]}


def test_a_row_that_says_nothing_of_dimensions_has_no_picture_of_them(tmp_path):
    """Plain rows of before predicted categories only, also where the task had more."""
    cache = preprocess(SimulatedFaces(subjects=2, trials=4, frames=8), None, tmp_path / "cache")
    network, plain = (
        benchmark(cache, model, split=k_folds("subject", 2), window=4, training=Training(epochs=1))
        for model in ("STRNN(hidden=4)", "linear")
    )
    assert "linear-scatter" in names_of_pictures(network, plain)
    nothing = np.zeros((len(plain.predictions), 0))
    rows = tuple(row for row in plain.rows if part_of(row.metric) in ("categories", "trials"))
    old = replace(plain, rows=rows, predictions=replace(plain.predictions, dimensions=nothing, units=nothing))
    names = names_of_pictures(network, old)
    assert "STRNN-hidden-4-scatter" in names
    assert "linear-scatter" not in names
    assert "linear-units" not in names
