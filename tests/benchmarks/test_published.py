"""Published values: all of them with source and status, beside the very same thing only, never without their dagger."""

import re
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from emoscan.benchmarks import Report, benchmark, compare, first_trials, leave_one_out
from emoscan.benchmarks.runs.protocol import Protocol
from emoscan.benchmarks.runs.report_facts import DataFacts, SeriesSummary
from emoscan.benchmarks.scores.predictions import Predictions
from emoscan.benchmarks.splits.splits import SPLITS
from emoscan.benchmarks.tables.published_file import Published, read_published
from emoscan.benchmarks.tables.published_listing import published_page
from emoscan.benchmarks.tables.published_rows import TABLE, differences, find_published, listed_for, published
from emoscan.models import STRNN, Training, make_learner
from emoscan.preprocessing import DifferentialEntropy, LdsFilter, MarkFlat, preprocess
from emoscan.preprocessing.steps.bands import SEED_BANDS
from emoscan.preprocessing.steps.recipe import recipe_text
from emoscan.signals import SCALP_19, SEED, SEED_62, InputError
from emoscan.signals.datasets.seed.files import TASK

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
PRESET = partial(STRNN, activation="relu", dropout=0.0)
LABELS = (2, 1, 0, 0, 1, 2, 0, 1, 2, 2, 1, 0, 1, 2, 0)


def series(*steps, bands=SEED_BANDS, sites=62, duration=1.0):
    text = tuple(recipe_text({"eeg": steps})["eeg"])
    return {"eeg": SeriesSummary(text, tuple(name for name, _, _ in bands), duration, sites, causal=False)}


def bands_of(*names):
    return tuple(band for band in SEED_BANDS if band[0] in names)


ALL_BANDS = series(MarkFlat(), DifferentialEntropy())


def columns(people=15, sessions=2, trials=15):
    keys = [(str(p + 1), str(s + 1), t + 1) for p in range(people) for s in range(sessions) for t in range(trials)]
    subject, session, trial = map(np.array, zip(*keys, strict=True))
    return {
        "subject": subject,
        "session": session,
        "trial": trial,
        "stimulus": trial.astype(str),
        "category": np.array([LABELS[t - 1] for t in trial]),
    }


def said(of):
    """One window of each tested trial, predicted at random."""
    trial = np.flatnonzero(of["trial"] > 9).astype(np.int32)
    n, nothing = len(trial), np.zeros((len(trial), 0))
    zeros = np.zeros(n, np.int32)
    probability = np.random.default_rng(0).dirichlet(np.ones(3), n).astype(np.float32)
    return Predictions(
        zeros,
        zeros,
        np.full(n, "fixed"),
        trial,
        zeros,
        of["category"][trial],
        probability,
        nothing,
        nothing,
        nothing,
        nothing,
    )


def of_seed(model=PRESET, *, read=ALL_BANDS, of=None, name="SEED", simulated=False, task=TASK, **rules):
    """The report of the STRNN of the paper on the real SEED, as far as its facts go."""
    split = rules.pop("split", first_trials(9))
    protocol = Protocol(repr(split), split.words, **rules)
    of = columns() if of is None else of
    data = DataFacts(name, simulated, task, "0" * 64, read, 100, 0)
    return Report(make_learner(model).name, protocol, data, ("fold",), (), said(of), of, 47453, {"fixed": (20,)}, {})


def test_the_papers_strnn_on_the_real_seed_stands_beside_its_value_with_the_dagger():
    found = find_published(of_seed())
    assert (found.method, found.value, found.deviation) == ("STRNN", 89.5, 7.63)
    assert str(found) == "89.5 ± 7.63 % †"


@pytest.mark.parametrize(
    "band, value", [("delta", 80.9), ("theta", 83.35), ("alpha", 82.69), ("beta", 83.41), ("gamma", 69.61)]
)
def test_one_band_stands_beside_the_value_of_that_band(band, value):
    bands = bands_of(band)
    report = of_seed(read=series(MarkFlat(), DifferentialEntropy(bands=bands), bands=bands))
    assert find_published(report).value == value


@pytest.mark.parametrize(
    "model",
    [
        partial(STRNN, dropout=0.0, activation="relu"),
        partial(STRNN, hidden=30, activation="relu", dropout=0.0),
        "STRNN(directions=4, dropout=0, activation='relu', space=True)",
    ],
)
def test_the_papers_settings_may_be_written_in_any_way(model):
    assert find_published(of_seed(model)).value == 89.5


def test_the_settings_in_the_table_are_those_of_the_preset():
    networks = [make(SEED_62, 5, 9) for make in (STRNN.paper, PRESET)]
    for network in networks:
        for parameter in network.parameters():
            torch.nn.init.constant_(parameter, 0.01)
    x = torch.randn(2, 9, 62, 5)
    assert torch.equal(*(network.train()(x) for network in networks))
    assert find_published(replace(of_seed(), model="STRNN.paper")).value == 89.5
    assert all(model in ("STRNN.paper", make_learner(PRESET).name) for entry in published() for model in entry.models)


GAMMA = bands_of("gamma")
OTHER_EDGES = tuple((name, low, high - 1) for name, low, high in SEED_BANDS)
OTHERS = {  # what differs, how the reason begins, and the one thing that is changed
    "one direction": ("its method is", {"model": partial(STRNN, activation="relu", dropout=0.0, directions=1)}),
    "another size": ("its method is", {"model": partial(STRNN, activation="relu", dropout=0.0, hidden=20)}),
    "our defaults": ("its method is", {"model": STRNN}),
    "half of the preset": ("its method is", {"model": partial(STRNN, activation="relu")}),
    "a penalty": ("its method is", {"model": partial(STRNN, activation="relu", dropout=0.0, l1_space=1e-3)}),
    "another model": ("its method is", {"model": "svm"}),
    "simulated": ("it is of recorded people", {"simulated": True}),
    "another dataset": ("it is of SEED", {"name": "SEED, labels dealt anew"}),
    "four bands": ("it reads", {"read": series(DifferentialEntropy(bands=SEED_BANDS[1:]), bands=SEED_BANDS[1:])}),
    "other edges": ("it reads", {"read": series(DifferentialEntropy(bands=OTHER_EDGES), bands=OTHER_EDGES)}),
    "longer slices": ("it reads", {"read": series(DifferentialEntropy(window=2.0), duration=2.0)}),
    "smoothed": ("it reads", {"read": series(DifferentialEntropy(), LdsFilter())}),
    "fewer sites": ("it reads", {"read": series(DifferentialEntropy(), sites=len(SCALP_19))}),
    "arrays": ("it reads", {"read": series()}),
    "two series": ("it reads", {"read": {**ALL_BANDS, "eeg-raw": ALL_BANDS["eeg"]}}),
    "two categories": ("it predicts", {"task": replace(TASK, categories=TASK.categories[1:])}),
    "another split": ("its protocol", {"split": leave_one_out("subject")}),
    "another first": ("its protocol", {"split": first_trials(10)}),
    "a leak": ("its protocol", {"leaky": True}),
    "the tested person's scale": ("it does not scale", {"scaling": "subject"}),
    "another window": ("its windows", {"window": 4}),
    "fewer people": ("it is of 15 people", {"of": columns(people=14)}),
    "all sessions": ("it is of 2 sessions", {"of": columns(sessions=3)}),
    "trials left out": ("it is of 15 trials", {"of": columns(trials=14)}),
}


@pytest.mark.parametrize("why, changed", OTHERS.values(), ids=OTHERS)
def test_any_single_key_that_does_not_fit_hides_the_value_and_is_named(why, changed):
    report = of_seed(**changed)
    wanted = find_published(of_seed())
    (reason,) = differences(wanted, report)
    assert reason.startswith(why)
    assert find_published(report) is None


def test_one_session_of_one_person_missing_hides_it():
    full = columns()
    kept = (full["subject"] != "7") | (full["session"] != "2")
    assert find_published(of_seed(of={name: values[kept] for name, values in full.items()})) is None


@pytest.mark.parametrize(
    "text",
    [
        "paper",
        "STRNN.paper(dropout=0.5)",
        "STRNN.paper(hidden=20)",
        "STRNN('relu')",
        "STRNN(**{'activation': 'relu'})",
        "STRNN(activation=__import__('os'))",
        "mylab.STRNN(activation='relu', dropout=0.0)",
        "os.system('touch x')",
        "STRNN(",
        "",
        "(" * 500,
        "STRNN(activation='relu', dropout=0.0)\0",
        "Gated(face='CNNRNN')",
        "lambda: 0",
    ],
)
def test_other_text_for_a_model_is_not_the_papers_and_does_nothing(text):
    assert find_published(replace(of_seed(), model=text)) is None


def test_a_value_whose_epoch_was_chosen_on_the_scored_part_never_stands_beside_a_row():
    wanted = find_published(of_seed())
    assert differences(replace(wanted, selection="scored"), of_seed()) == ("its epoch is the best on the scored part",)


def test_features_shipped_with_seed_are_not_taken_for_entropy():
    report = of_seed(name="SEED features", read={"eeg": replace(ALL_BANDS["eeg"], recipe=("AsVolume()",))})
    assert find_published(report) is None  # which variable of the file was read does not stand in a report


def test_one_direction_on_one_band_of_simulated_seed_prints_no_published_value(tmp_path):
    SEED.write_fake(tmp_path / "seed")
    recipe = {"eeg": [DifferentialEntropy(bands=GAMMA)]}
    cache = preprocess(SEED(tmp_path / "seed"), recipe, tmp_path / "cache")
    table = compare(benchmark(cache, "STRNN(directions=1)", split=first_trials(9), training=Training(epochs=1)))
    assert table.rows[0].published is None
    assert "| STRNN(directions=1) |" in table.to_markdown()
    assert "published" not in table.to_markdown()


def test_every_form_of_a_table_has_the_dagger_and_explains_it_once(capsys):
    table = compare(of_seed(), of_seed("linear"), of_seed(read=ALL_BANDS, seeds=2))
    table.print()
    for text in (capsys.readouterr().out, table.to_markdown(), table.to_html(), table.to_latex()):
        text = (
            text.replace(r"\dag{}", "†").replace(r"$\pm$", "±").replace(r"\%", "%").replace("\N{NO-BREAK SPACE}", " ")
        )
        assert len(re.findall(r"89\.5 ± 7\.63 % †", text)) == len(re.findall(r"89\.5", text)) == 3  # two rows, one note
        assert text.count("† as cited elsewhere; the original was not checked") == 1
    assert [bool(row.published) for row in table.rows] == [True, False, True]


def test_a_table_without_published_values_speaks_of_no_dagger():
    assert "†" not in compare(of_seed("linear")).to_markdown()


COUNTS = {
    "SEED": 92,
    "SEED-IV": 18,
    "CK+": 25,
    "Aff-Wild2": 46,
    "Aff-Wild": 8,
    "EEGMAT": 3,
    "FACED": 1,
    "SEED-V": 2,
    "EAV": 4,
    "DEAP": 2,
    "JAFFE": 1,
    "RAVDESS": 1,
}


@pytest.mark.parametrize("dataset", COUNTS)
def test_all_that_was_published_is_listed(dataset):
    assert len(listed_for(dataset)) == COUNTS[dataset]
    assert sum(len(listed_for(name)) for name in COUNTS) == len(published()) - 1  # of one, the dataset is not noted


def test_every_value_has_a_source_and_a_status_and_stands_once():
    entries = published()
    assert all(len(entry.source) > 15 and entry.status for entry in entries)
    assert len(set(entries)) == len(entries)
    assert {letter for entry in entries for letter in entry.status} == set("PCSR†")
    for entry in entries:
        assert str(entry).endswith("†") == ("†" in entry.status) == (not entry.verified)
        if entry.protocol.split:
            assert repr(SPLITS.build(entry.protocol.split)) == entry.protocol.split


@pytest.mark.parametrize(
    "dataset, method, metric, written",
    [
        ("SEED", "SVM", "accuracy", {"83.99 ± 9.72 % †", "75.08 %", "37.07 %", "56.73 % †"}),
        ("SEED", "DGCNN", "accuracy", {"90.4 ± 8.49 %", "89.48 ± 8.49 %", "82.55 %", "60.87 %", "79.95 ± 9.02 % †"}),
        ("SEED", "EEGNet", "macro-F1", {"54.41 %"}),
        ("SEED", "MS-MDA", "accuracy", {"64 %", "89.63 %", "≈ 80 %", "68 %"}),
        ("SEED-IV", "GMSS", "accuracy", {"86.37 % †"}),
        ("CK+", "STRNN", "accuracy", {"95.4 %"}),
        ("CK+", "FAN", "accuracy", {"99.69 % †"}),
        ("Aff-Wild2", "CNN + 3 GRUs, released checkpoint", "mean CCC", {".309"}),
        ("Aff-Wild2", "ABAW2 baseline", "CCC valence", {".20"}),
        ("Aff-Wild2", "Netease Fuxi", "F1 of action units", {".5549", ".5601 †"}),
        ("EEGMAT", "58 frozen encoders of 12.7 M", "metric not noted", {".661 to .774"}),
    ],
)
def test_values_are_those_of_their_sources(dataset, method, metric, written):
    found = {str(entry) for entry in listed_for(dataset) if (entry.method, entry.metric) == (method, metric)}
    assert written <= found


@pytest.fixture
def broken(tmp_path):
    """What is said of the table after ``change`` was done to it."""

    def read(change):
        stored = yaml.safe_load(TABLE.read_text())
        change(stored)
        (tmp_path / "published.yaml").write_text(yaml.safe_dump(stored, allow_unicode=True))
        with pytest.raises(InputError) as refused:
            read_published(tmp_path / "published.yaml")
        assert "\n" not in str(refused.value)
        return str(refused.value)

    return read


@pytest.mark.parametrize(
    "name, value",
    [
        ("status", ""),
        ("status", "X"),
        ("status", None),
        ("value", "60.5"),
        ("value", 250),
        ("value", float("nan")),
        ("value", True),
        ("deviation", -1),
        ("metric", "acuracy"),
        ("unit", "percent"),
        ("scored", "train"),
        ("selection", "best"),
        ("series", "de-everything"),
        ("protocol", "loo"),
        ("source", "nobody"),
        ("method", ""),
        ("datasets", "SEED"),
        ("datasets", []),
        ("window", 9.5),
        ("windows", 9),
        ("models", [3]),
    ],
)
def test_a_broken_value_is_refused_by_number_and_field(broken, name, value):
    said = broken(lambda stored: stored["tables"][0]["rows"][2].update({name: value}))
    assert "published.yaml, value 3" in said
    assert name in said


@pytest.mark.parametrize(
    "name",
    ["source", "series", "protocol", "method", "datasets", "metric", "unit", "value", "scored", "selection", "status"],
)
def test_a_value_that_lacks_a_field_is_refused(broken, name):
    def leave_out(stored):
        stored["tables"][0].pop(name, None)
        stored["tables"][0]["rows"][2].pop(name, None)
        stored["tables"][0]["rows"][:2] = []

    assert name in broken(leave_out)


@pytest.mark.parametrize("section", ["source", "series", "protocol", "tables"])
def test_a_file_without_a_section_is_refused(broken, section):
    assert section in broken(lambda stored: stored.pop(section))


def test_no_model_of_ours_is_named_where_the_protocol_is_another(broken):
    assert "models" in broken(lambda stored: stored["tables"][-1]["rows"][0].update(models=["STRNN"]))


@pytest.mark.parametrize("text", ["", "a: [", "tables: 3", "- 1", "\x00"])
def test_a_file_that_is_no_table_is_refused(tmp_path, text):
    (tmp_path / "published.yaml").write_text(text)
    with pytest.raises(InputError, match="no table of published values"):
        read_published(tmp_path / "published.yaml")


def test_the_page_is_what_the_table_says():
    assert (ROOT / "docs" / "published.md").read_text() == published_page()


def test_the_page_holds_every_value_and_explains_the_dagger_once():
    text = published_page()
    assert text.count("† as cited elsewhere; the original was not checked") == 1
    assert all(str(entry) in text and entry.source in text for entry in published())


def test_the_head_of_the_table_explains_every_field():
    head = TABLE.read_text().split("\nsource:")[0]
    assert [field.name for field in fields(Published) if field.name not in re.findall(r"\w+", head)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_number_that_has_a_dagger_carries_it_wherever_it_is_quoted(page):
    assert list(without_dagger(page.read_text())) == []


def without_dagger(text):
    """Lines with a value whose dagger is missing behind it: percents on any line, shares beside their method's name."""
    same = {str(entry).split()[0] for entry in published() if entry.verified}
    for entry in published():
        number = str(entry).split()[0]
        if entry.verified or number in same:
            continue
        pattern = re.compile(rf"(?<![\d.]){re.escape(number)}0*+(?!\d)(?: ± [\d.]+)?+(?: %)?+(?! †)")
        for line in text.splitlines():
            if number in line and (entry.unit or entry.method.split()[0] in line) and pattern.search(line):
                yield line


def test_the_search_for_daggers_finds_those_that_are_missing():
    for text in ("They reach 89.50 ± 7.6 % on SEED.", "| STRNN | 89.5 % |", "AffWildNet has .57 of valence."):
        assert list(without_dagger(text)) == [text]
    for text in ("They reach 89.5 ± 7.6 % † on SEED.", "189.5 or 89.51", "our network has .57", "AffWildNet: .57 †"):
        assert list(without_dagger(text)) == []
