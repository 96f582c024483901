"""What is easily overlooked in a table of trials: each slip is refused or told in one line that says where."""

import mne
import numpy as np
import pytest

from emoscan.signals import SCALP_19, InputError, TrialTable
from emoscan.signals.trials.task import category_remarks

HEAD = "subject,session,trial,stimulus,eeg,start,stop"


def recording(folder, notes=()):
    """A minute of one person, with notes of (second, seconds, text)."""
    info = mne.create_info(list(SCALP_19.sites), 128, "eeg")
    raw = mne.io.RawArray(1e-5 * np.random.default_rng(0).standard_normal((19, 60 * 128)), info, verbose="error")
    raw.set_annotations(mne.Annotations(*zip(*notes, strict=True)) if notes else None)
    raw.save(folder / "rec_raw.fif", verbose="error")


def table(folder, head, *cells, name="trials.csv", first=""):
    lines = [f"1,1,{n},film {n},rec_raw.fif,{10 * n - 10},{10 * n},{cell}" for n, cell in enumerate(cells, 1)]
    (folder / name).write_text("\n".join([f"{first}{HEAD},{head}", *lines]) + "\n")
    return folder


@pytest.fixture
def lab(tmp_path):
    recording(tmp_path)
    return tmp_path


def remarks(dataset):
    return {remark for trial in dataset for remark in trial.remarks}


# one category ------------------------------------------------------------------------------------------------------


def test_a_single_category_is_refused_with_its_column_its_name_and_its_trials(lab):
    table(lab, "category", "happy", "happy", "happy")
    with pytest.raises(InputError) as refused:
        TrialTable(lab)
    assert refused.value.where == f"{lab}/trials.csv, column category"
    assert refused.value.found == "one category, 'happy', in all 3 trials"
    table(lab, "Mood", "happy", "", "happy")
    with pytest.raises(InputError, match="column Mood: found one category, 'happy', in 2 trials"):
        TrialTable(lab, columns={"category": "Mood"})
    table(lab, "category", "", "")
    with pytest.raises(InputError, match="column category: found no category in all 2 trials"):
        TrialTable(lab)


def test_a_single_category_beside_ratings_is_refused_and_none_is_not(lab):
    table(lab, "category,valence", "happy,0.5", "happy,0.1")
    with pytest.raises(InputError, match="leave it out: the ratings are predicted then"):
        TrialTable(lab)
    table(lab, "category,valence", ",0.5", ",0.1")
    assert TrialTable(lab).task.dimensions == ("valence",)


def test_a_single_category_by_events_names_the_events_that_are_no_trials(tmp_path):
    recording(tmp_path, [(5, 5, "happy"), (15, 0, "sad"), (25, 5, "happy")])
    (tmp_path / "trials.csv").write_text("subject,eeg\n1,rec_raw.fif\n")
    (tmp_path / "trials.yaml").write_text("events: {category: [happy, sad], until: end}\n")
    with pytest.raises(InputError, match=r"'happy', in all 2 trials; .* left out were rec_raw\.fif, event sad at 15 s"):
        TrialTable(tmp_path)


@pytest.mark.parametrize(
    ("names", "typo", "meant"),
    [
        (["happy", "sad", "hapy", "happy"], "hapy", "happy"),
        (["neutral", "neutral", "sad", "Netural"], "Netural", "neutral"),
        (["amusement", "amusment", "fear", "amusement"], "amusment", "amusement"),
    ],
)
def test_a_category_of_one_trial_that_is_nearly_another_is_told_as_a_likely_typo(names, typo, meant):
    (told,) = category_remarks(names)
    assert f"category {typo!r} has one trial" in told
    assert repr(meant) in told


@pytest.mark.parametrize(
    "names",
    [["happy", "hapy", "hapy", "happy"], ["film_11", "film_11", "film_12"], ["sad", "sad", "mad"], ["joy", "fear"]],
)
def test_categories_of_several_trials_codes_and_other_words_are_no_typos(names):
    assert not list(category_remarks(names))


# columns -----------------------------------------------------------------------------------------------------------


def test_two_columns_of_one_name_are_named_with_the_way_on(lab):
    table(lab, "category,Emo", "a,b", "c,d")
    with pytest.raises(InputError, match=r"'category' and 'Emo' are both category .* or leave category out of columns"):
        TrialTable(lab, columns={"category": "Emo"})
    table(lab, "category,age,age", "a,1,2", "c,1,2")
    with pytest.raises(InputError, match="a column twice: 'age'"):
        TrialTable(lab)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"subject": "VP"}, "wanted 'VP' once"),
        ({"stimulus": "Filme"}, "did you mean 'film'"),
        ({"age": "Age"}, "did you mean 'age'"),
        ({"subjct": "subject"}, "did you mean subject"),
        ({"catgory": "film"}, "did you mean category"),
    ],
)
def test_names_of_columns_that_are_not_there_are_refused_with_those_that_are_near(lab, columns, words):
    table(lab, "category,film,age", "a,x,1", "b,y,2")
    with pytest.raises(InputError, match=words):
        TrialTable(lab, columns=columns)


def test_a_column_of_a_further_table_may_have_a_name_of_the_lab(lab):
    table(lab, "film", "x", "y")
    (lab / "films.csv").write_text("film,Mood\nx,happy\ny,sad\n")
    dataset = TrialTable(lab, columns={"category": "Mood"}, tables="films.csv")
    assert dataset.task.categories == ("happy", "sad")


@pytest.mark.parametrize("name", ["Emotion", "emotion_label", "Mood", "Kategorie", "target"])
def test_a_column_that_looks_like_categories_is_told_where_none_is_read(lab, name):
    table(lab, f"age,{name}", "20,happy", "20,sad")
    with pytest.raises(InputError, match=rf"columns: {{category: {name}}}"):
        TrialTable(lab)
    table(lab, f"valence,{name}", "0.5,happy", "0.2,sad")
    (told,) = remarks(TrialTable(lab))
    assert f"no column predicts a category, but {name!r} looks like one: columns: {{category: {name}}}" in told
    table(lab, f"category,{name}", "a,happy", "b,sad")
    assert not remarks(TrialTable(lab))


# the file ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "\ufeffsep=;\n"])
def test_a_first_line_that_names_the_separator_is_none_of_the_table(lab, first):
    content = table(lab, "category,valence", "a,0.5", "b,0.25").joinpath("trials.csv").read_text()
    lines = content.replace(",", ";").replace("0.", "0,")
    (lab / "trials.csv").write_bytes(f"{first}{lines}".encode())
    dataset = TrialTable(lab)
    assert [float(trial.target.dimensions[0, 0]) for trial in dataset] == [0.5, 0.25]
    (lab / "trials.csv").write_bytes(f"{first}{lines.replace('0,25', 'x')}".encode())
    with pytest.raises(InputError, match=r"trials\.csv:4, column valence"):
        TrialTable(lab)


@pytest.mark.parametrize("name", ["Trials.CSV", "TRIALS.csv"])
def test_a_table_may_be_called_in_capitals_and_the_usual_name_goes_before(lab, name):
    table(lab, "category", "a", "b", name=name)
    assert TrialTable(lab).task.categories == ("a", "b")
    table(lab, "category", "c", "d")
    assert TrialTable(lab).task.categories == ("c", "d")


# events ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("until", ["+nan", "+-5", "+5s", "+inf", "+0", -5, "+ 5 s", "+.5x"])
def test_an_end_that_is_no_number_of_seconds_is_refused(tmp_path, until):
    recording(tmp_path, [(5, 0, "happy"), (15, 0, "sad")])
    (tmp_path / "trials.csv").write_text("subject,eeg\n1,rec_raw.fif\n")
    with pytest.raises(InputError, match=r"events, until: found .* as in \+60"):
        TrialTable(tmp_path, events={"category": ["happy", "sad"], "until": until})


def test_an_event_whose_text_begins_with_a_plus_may_end_a_trial(tmp_path):
    recording(tmp_path, [(5, 0, "happy"), (9, 0, "+"), (15, 0, "sad"), (20, 0, "+")])
    (tmp_path / "trials.csv").write_text("subject,eeg\n1,rec_raw.fif\n")
    dataset = TrialTable(tmp_path, events={"category": ["happy", "sad"], "until": "+"})
    assert [trial.streams["eeg"].duration for trial in dataset] == [4.0, 5.0]


NOTES = [(5, 3, "film #2"), (15, 3, "film #3"), (25, 3, "it's #1"), (35, 3, "film #3")]


@pytest.mark.parametrize(
    ("cell", "second"),
    [
        ("note film #2", 5),
        ("note 'film #2'", 5),
        ("note 'film #2' #1", 5),
        ("note film #2 #1", 5),
        ("note 'film #3' #2", 35),
        ("note film #3 #1", 15),
        ("note 'it's #1'", 25),
        ("note it's #1", 25),
    ],
)
def test_a_note_with_a_number_sign_in_its_text_can_be_named(tmp_path, cell, second):
    recording(tmp_path, NOTES)
    (tmp_path / "trials.csv").write_text(
        f"{HEAD},category\n1,1,1,a,rec_raw.fif,{cell},+2,x\n1,1,2,b,rec_raw.fif,45,50,y\n"
    )
    assert next(iter(TrialTable(tmp_path))).streams["eeg"].start == pytest.approx(second)


@pytest.mark.parametrize(
    "cell", ["note film #3", "note 'film #9'", "note film", "note 'film #3' #3", "note 'film #2' #0"]
)
def test_a_note_that_is_not_there_once_is_refused_and_quotes_are_shown(tmp_path, cell):
    recording(tmp_path, NOTES)
    (tmp_path / "trials.csv").write_text(f"{HEAD},category\n1,1,1,a,rec_raw.fif,{cell},+2,x\n")
    with pytest.raises(InputError, match="stands in quotes: note 'film #2'"):
        TrialTable(tmp_path)


def test_a_name_that_can_be_read_in_two_ways_is_refused_with_both(tmp_path):
    recording(tmp_path, [(5, 3, "film"), (15, 3, "film"), (25, 3, "film #2")])
    path = tmp_path / "trials.csv"
    path.write_text(f"{HEAD},category\n1,1,1,a,rec_raw.fif,note film #2,+2,x\n")
    with pytest.raises(InputError, match="note 'film #2', or note 'film' #2"):
        TrialTable(tmp_path)
    for cell, second in (("note 'film #2'", 25), ("note 'film' #2", 15)):
        path.write_text(f"{HEAD},category\n1,1,1,a,rec_raw.fif,{cell},+2,x\n1,1,2,b,rec_raw.fif,45,50,y\n")
        assert next(iter(TrialTable(tmp_path))).streams["eeg"].start == pytest.approx(second)
