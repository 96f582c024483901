"""Trials from events: a list of recordings and a list of films, and nobody types a row for a trial."""

import mne
import numpy as np
import pytest

from emoscan.signals import InputError, TrialTable
from emoscan.signals.datasets.trial_table.event_trials import event_text, matches

RATE, SECONDS = 128, 40
EVENTS = [(2.0, 5.0, "S 11"), (10.0, 5.0, "S 12"), (16.0, 0.0, "S 99"), (20.0, 5.0, "S 11"), (30.0, 0.0, "S 99")]


def recording(path, events=EVENTS):
    rng = np.random.default_rng(len(path.name))
    info = mne.create_info(["Fz", "Cz", "Pz", "Oz"], RATE, "eeg")
    raw = mne.io.RawArray(1e-5 * rng.standard_normal((4, RATE * SECONDS)), info, verbose="error")
    starts, lengths, names = zip(*events, strict=True) if events else ((), (), ())
    raw.set_annotations(mne.Annotations(starts, lengths, names))
    raw.save(path, verbose="error", overwrite=True)


@pytest.fixture
def lab(tmp_path):
    for person in "ab":
        recording(tmp_path / f"{person}_raw.fif")
    (tmp_path / "trials.csv").write_text("subject,eeg,age\na,a_raw.fif,31\nb,b_raw.fif,24\n")
    (tmp_path / "films.csv").write_text("film,category\n11,happy\n12,sad\n")
    (tmp_path / "trials.yaml").write_text("events: {film: S 1*, until: next}\ntables: films.csv\n")
    return tmp_path


def spans(dataset):
    found = []
    for trial in dataset:
        eeg = trial.streams["eeg"]
        found.append((trial.subject, trial.trial, trial.stimulus, eeg.start, eeg.start + eeg.duration))
    return found


def test_a_list_of_recordings_and_a_list_of_films_make_the_trials(lab):
    dataset = TrialTable(lab)
    of_one = [(1, "S 11", 2, 10), (2, "S 12", 10, 16), (3, "S 11", 20, 30)]
    assert spans(dataset) == [(person, *trial) for person in "ab" for trial in of_one]
    assert [dataset.task.categories[int(trial.target.category[0])] for trial in dataset] == [
        "happy",
        "sad",
        "happy",
    ] * 2
    assert [dict(trial.columns) for trial in dataset][:1] == [{"age": 31, "film": "S 11"}]
    assert not any(trial.remarks for trial in dataset)
    assert dataset.skipped() == ()


@pytest.mark.parametrize(
    ("until", "stops"),
    [("next", [10, 16, 30]), ("end", [7, 15, 25]), ("+4", [6, 14, 24]), (4, [6, 14, 24]), ("s  99", [None, 16, 30])],
)
def test_a_trial_lasts_until_what_the_rule_says(lab, until, stops):
    dataset = TrialTable(lab, events={"film": "S 1*", "until": until})
    assert [stop for person, *_, stop in spans(dataset) if person == "a"] == [stop for stop in stops if stop]
    if None in stops:
        assert {left.reason for left in dataset.skipped()} == {
            "event S 11 at 2 s: found no event like 's  99' before the next trial; wanted one that ends it"
        }


def test_the_last_event_without_a_later_one_lasts_until_the_recording_ends_and_says_so(lab):
    recording(lab / "a_raw.fif", EVENTS[:4])
    last = [trial for trial in TrialTable(lab) if trial.subject == "a"][-1]
    assert last.streams["eeg"].duration == 20
    assert last.remarks == ("eeg: no event behind the last trial: it lasts until the recording ends",)


def test_a_recording_without_such_an_event_is_listed_as_left_out(lab):
    recording(lab / "b_raw.fif", [(3.0, 0.0, "rest")])
    dataset = TrialTable(lab)
    assert {trial.subject for trial in dataset} == {"a"}
    (left_out,) = dataset.skipped()
    assert (left_out.path.name, left_out.reason) == ("b_raw.fif", "no event looks like 'S 1*'; it has rest")


def test_no_such_event_anywhere_is_refused_with_those_that_there_are(lab):
    with pytest.raises(
        InputError, match="events: found no event like 'S 7' in any recording; they have S 11, S 12, S 99"
    ):
        TrialTable(lab, events={"film": "S 7"})


def test_a_trial_that_would_end_behind_its_recording_is_listed_as_left_out(lab):
    recording(lab / "b_raw.fif", [*EVENTS[:2], (38.0, 0.0, "S 11")])
    dataset = TrialTable(lab, events={"film": "S 1*", "until": "+4"})
    assert [trial.trial for trial in dataset if trial.subject == "b"] == [1, 2]
    (left_out,) = dataset.skipped()
    assert left_out.reason == (
        "event S 11 at 38 s: found a trial from 38 to 42 s; wanted one inside the recording, which ends at 40 s"
    )


@pytest.mark.parametrize(("until", "words"), [("S 98", "no event like 'S 98'"), ("+50", "a trial from 2 to 52 s")])
def test_trials_of_which_none_ends_are_refused_with_the_reason(lab, until, words):
    with pytest.raises(InputError, match=rf"events: found no trial, as in event S 11 at 2 s: found {words}.*until"):
        TrialTable(lab, events={"film": "S 1*", "until": until})


def test_a_recording_that_cannot_be_read_stops_no_other(lab):
    (lab / "b_raw.fif").write_bytes(b"no recording at all")
    trials = iter(TrialTable(lab))
    assert [next(trials).subject for _ in range(3)] == ["a"] * 3
    with pytest.raises(InputError, match=r"b_raw\.fif"):
        next(trials)


def test_trials_that_overlap_are_refused(lab):
    with pytest.raises(InputError, match=r"csv:2, event S 12 at 10 s: found a stretch.*or until of the events"):
        TrialTable(lab, events={"film": "S 1*", "until": "+9"})


def test_the_text_of_an_event_may_be_the_label_itself(lab):
    dataset = TrialTable(lab, events={"category": "S 1?"}, tables=[])
    assert dataset.task.categories == ("S 11", "S 12")
    assert [trial.stimulus for trial in dataset][:2] == ["S 11", "S 12"]


def test_the_trials_of_a_session_are_numbered_through_its_recordings(lab):
    (lab / "trials.csv").write_text("subject,session,eeg\na,1,a_raw.fif\na,1,b_raw.fif\n")
    assert [trial.trial for trial in TrialTable(lab)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("subject,file,age", "columns subject, file, age; wanted a column eeg.*columns: {eeg: age}"),
        ("subject,eeg,start", "columns start; wanted a list of recordings"),
        ("subject,eeg,film", "columns film; wanted a list of recordings"),
    ],
)
def test_a_list_that_is_none_of_recordings_is_refused(lab, head, message):
    (lab / "trials.csv").write_text(f"{head}\na,a_raw.fif,1\n")
    with pytest.raises(InputError, match=message):
        TrialTable(lab)


@pytest.mark.parametrize(
    "rule",
    [
        "S 1*",
        {},
        {"until": "next"},
        {"film": ""},
        {"film": []},
        {"film": "S 1*", "clip": "S 2"},
        {"film": "S 1*", "until": 0.5j},
        {"valence": "S 1*"},
        {3: "S 1"},
    ],
)
def test_a_rule_that_is_none_is_refused(lab, rule):
    with pytest.raises(InputError, match=r"events: found .*as in {film: 'S 1\*', until: next}"):
        TrialTable(lab, events=rule)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("Stimulus/S  1", "S 1"),
        ("Stimulus/S 12", "s 1*"),
        ("Stimulus/S112", "trigger 112"),
        ("Stimulus/S  7", "trigger 7"),
        ("12", "trigger 1?"),
        ("12", "1*"),
        ("Comment/film 3", "note film *"),
        ("film  3", "film 3"),
        ("Response/R  1", "R 1"),
        ("film [1]", "film [1]"),
    ],
)
def test_an_event_is_known_by_its_code_its_text_or_its_kind(name, pattern):
    assert matches(name, pattern)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("Stimulus/S 12", "S 1"),
        ("12", "note 12"),
        ("film 3", "trigger 3"),
        ("Stimulus/S  1", "S 1?"),
        ("film 1", "film [1]"),
    ],
)
def test_another_event_is_not_taken_for_it(name, pattern):
    assert not matches(name, pattern)


def test_the_text_of_an_event_is_without_the_word_that_brainvision_puts_before_it():
    assert [event_text(name) for name in ("Stimulus/S  1", "Comment/clip 3", "film/a")] == ["S 1", "clip 3", "film/a"]


def test_joints_and_bad_stretches_that_software_notes_begin_and_end_no_trial(lab):
    recording(lab / "a_raw.fif", [(2.0, 0.0, "S 11"), (5.0, 0.0, "boundary"), (7.0, 1.0, "BAD x"), (10.0, 0.0, "S 12")])
    first, second, *_ = spans(TrialTable(lab, events={"category": "*", "until": "next"}, tables=()))
    assert (first, second) == (("a", 1, "S 11", 2, 10), ("a", 2, "S 12", 10, SECONDS))
