"""The sentence above a table follows from its verdicts and tests."""

from dataclasses import replace

import pytest

from emoscan.benchmarks.scores.statistics import Interval
from emoscan.benchmarks.scores.verdict import Verdict
from emoscan.benchmarks.tables.notes import _disagreement_note
from emoscan.benchmarks.tables.result import result_of
from emoscan.benchmarks.tables.table import Difference, RowRules, Score, TableRow, too_few

RULES = RowRules("SEED", False, "first_trials(9)", "the first nine train", False, "train", "9 slices", "3 categories")
ABOVE, BELOW = (Verdict("balanced_accuracy", 1 / 3, "a uniform guess", p, 12, "people") for p in (0.0004, 0.4))
FEW = replace(ABOVE, p=None, units=3)


def row(model, score, verdict=ABOVE, against=None, metric="balanced_accuracy", **rules):
    difference = against and Difference("linear", *against, 12)
    shown = Score({metric: score}, {}, None, None)
    return TableRow(
        model=model,
        scores={"fixed": shown},
        published=None,
        difference=difference,
        verdict=verdict,
        bars={},
        least=None,
        effective=12.0,
        n_parameters=0,
        facts={},
        rules=replace(RULES, **rules),
    )


def said(*rows, one_ranking=True, metric="balanced_accuracy"):
    return result_of(rows, metric, one_ranking=one_ranking)


def test_one_row_is_held_against_guessing():
    assert said(row("STRNN", 0.64)) == ("STRNN reaches .640 balanced accuracy, above guessing (.333, p < .001).")
    assert "not above guessing (.333, p = .400)" in said(row("STRNN", 0.34, BELOW))
    assert "too few to tell whether that is above guessing (.333; 3 people, 6 are needed)" in said(row("a", 0.5, FEW))


@pytest.mark.parametrize(
    "best, told",
    [
        (
            (0.08, 0.01, 0.02),
            "STRNN does best: .700 balanced accuracy, above guessing (.333, p < .001); +.080 against "
            "linear, p = .020: a difference.",
        ),
        ((0.08, 0.10, 0.20), "+.080 against linear, p = .200: no difference can be told."),
    ],
)
def test_the_best_of_several_is_told_from_the_baseline_or_not(best, told):
    assert said(row("STRNN", 0.7, against=best), row("linear", 0.62)).endswith(told)


def test_nothing_is_called_best_where_nothing_is_above_guessing():
    rows = row("STRNN", 0.36, BELOW, against=(0.02, 0.5, 0.5)), row("linear", 0.34, BELOW)
    told = "the best score is that of STRNN, .360 balanced accuracy (.333, p = .400); +.020 against linear"
    assert said(*rows).startswith(f"No model is above guessing: {told}")
    simulated = [row(name, 0.3, BELOW, simulated=True) for name in ("a", "b")]
    assert said(*simulated).startswith(
        "On simulated data, no model is above guessing: the best score is that of a and b"
    )


def test_a_row_above_guessing_comes_before_a_better_score_that_is_not():
    text = said(row("STRNN", 0.36, BELOW), row("linear", 0.35), row("svm", 0.34))
    assert text.startswith("Above guessing: linear and svm; the best score is that of STRNN, .360 balanced accuracy (")
    assert ", which is not; " in text


@pytest.mark.parametrize(
    "metric, bar, ends, p, disagrees",
    [
        ("balanced_accuracy", 0.5, (0.51, 0.6), 0.03, True),
        ("balanced_accuracy", 0.5, (0.49, 0.6), 0.01, True),
        ("balanced_accuracy", 0.5, (0.51, 0.6), 0.01, False),
        ("balanced_accuracy", 0.5, (0.49, 0.6), 0.03, False),
        ("rmse_valence", 2.0, (1.5, 1.9), 0.03, True),
        ("rmse_valence", 2.0, (1.5, 2.1), 0.03, False),
        ("balanced_accuracy", 0.5, (0.51, 0.6), None, False),
    ],
)
def test_an_interval_and_a_test_that_differ_are_explained_once(metric, bar, ends, p, disagrees):
    verdict = Verdict(metric, bar, "a uniform guess", p, 12, "people")
    score = Score({metric: sum(ends) / 2}, {}, None, Interval(*ends, "people"))
    shown = replace(row("STRNN", 0, verdict, metric=metric), scores={"fixed": score})
    notes = list(_disagreement_note([shown, shown], metric))
    assert len(notes) == disagrees
    assert all("differ for STRNN, STRNN:" in note for note in notes)


def test_where_no_result_could_be_a_difference_nobody_says_there_is_none():
    few = [Difference("linear", d, 1 / 16, 3 / 16, 5) for d in (0.08, -0.01)]
    rows = [replace(row(name, score), difference=d) for name, score, d in zip("ab", (0.7, 0.61), few, strict=True)]
    linear = row("linear", 0.62)
    assert said(rows[0], rows[1], linear).endswith("+.080 against linear, with too few to tell a difference.")
    assert said(rows[1], linear).endswith("too few to tell the others from linear.")
    assert too_few(few[0], rows)
    assert not too_few(replace(few[0], n=7), rows)


def test_where_the_baseline_is_best_the_others_are_told_from_it_or_not():
    linear, close, far = row("linear", 0.8), row("GRU", 0.79, against=(-0.01, 0.5, 0.5)), None
    assert said(linear, close).endswith("; none is told from linear.")
    far = row("majority", 0.33, BELOW, against=(-0.47, 0.001, 0.002))
    assert said(linear, close, far).endswith("; majority does worse; no other row is told from it.")
    assert said(linear, far).endswith("; majority does worse.")


def test_of_errors_the_least_is_best():
    rows = [row(name, value, metric="rmse_valence") for name, value in (("GRU", 0.2), ("linear", 0.4))]
    assert "GRU does best" in result_of(rows, "rmse_valence", one_ranking=True)


def test_rows_that_are_no_ranking_have_no_best():
    text = said(row("GRU", 0.9), row("GRU", 0.5, BELOW, scaling="subject"), one_ranking=False)
    assert text == (
        "Above guessing: GRU (train scaling); not: GRU (subject scaling). The rows are no one ranking, so none is "
        "called best."
    )


def test_where_nobody_can_tell_that_is_said_once():
    text = said(row("GRU", 0.9, FEW), row("GRU", 0.5, FEW, scaling="subject", simulated=True), one_ranking=False)
    assert text.startswith("Too few to tell which rows are above guessing. ")
    text = said(row("GRU", 0.9), row("GRU", 0.5, FEW, scaling="subject"), one_ranking=False)
    assert text.startswith("Above guessing: GRU (train scaling); of 1 row nobody can tell. ")


def test_a_leak_and_a_simulation_are_said_with_the_result():
    assert said(row("linear", 0.99, leaky=True), row("GRU", 0.5)).startswith("LEAKY: what linear learned from")
    assert said(row("linear", 0.9, simulated=True)).startswith("On simulated data, linear reaches")
