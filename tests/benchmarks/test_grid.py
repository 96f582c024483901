"""One grid writes every table: nothing is cut off, numbers stay whole, and a name is never taken for a command."""

import random
import re
from html.parser import HTMLParser

import pytest

from emoscan.benchmarks.scores.verdict import p_value, p_words
from emoscan.benchmarks.tables.cells import Cell
from emoscan.benchmarks.tables.grid import Grid
from emoscan.benchmarks.tables.markup import latex, markdown, markdown_code
from emoscan.benchmarks.tables.terminal import WIDTH, display_width, text_of, wrapped

LONG = "STRNN(hidden=30, directions=4, sparsity=0.3, group=0.1, projections=(32, 3), dropout=0.25)"
WIDE = "脳波の感情モデル(深さ=3, 幅=128, 方法='学習')"
NASTY = ("a|b", "R&D 5 % <b>x_y</b>", "_under_ *star* `tick`", "back\\|slash", "&lt;", "{#$~^}", "two\nlines")
NUMBERS = (".639", ".532 to .745", "-.194, p = .094", ".639 ± .108", "88.1 ± 9 % †", "1,247,453")


def grid(models=(LONG, WIDE, "linear", "svm", "majority"), columns=8):
    heads = [f"measure {i} of each person" for i in range(columns)]
    rows = [
        [Cell(model, short=model[:5]), f"{model}: 62 sites × 5", *NUMBERS, *NUMBERS][: columns + 2] for model in models
    ]
    made = Grid.of_rows(["model", "features", *heads], rows, numeric=heads)
    return made.with_words(
        f"{LONG} does best: .833, above guessing (.333, p = .016).",
        warnings=["SIMULATED: no person was recorded for pairs."],
        facts={"data": "SEED " * 60},
        notes=["Against linear: " + ", ".join(NUMBERS)],
    )


@pytest.mark.parametrize("columns", range(1, 13))
def test_a_terminal_table_fits_and_every_number_stands_in_it_whole(columns):
    text = grid(columns=columns).to_text()
    assert max(map(display_width, text.splitlines())) <= WIDTH
    for number in NUMBERS[:columns]:
        assert text.count(number) >= 5


def test_what_is_too_long_stands_below_the_rows_once_and_whole():
    text = grid().to_text()
    for number, model in ((1, LONG), (2, WIDE)):
        assert " ".join(text.split()).count(f"[{number}] model: {model}") == 1
    below = text[text.index("[1] model") :]
    numbers = [int(number) for number in re.findall(r"^\[(\d+)\]", below, re.MULTILINE)]
    assert numbers == list(range(1, 6))  # two models, and the features of three: the others have room in their rows


def test_short_tables_are_not_folded_at_all():
    small = Grid.of_rows(["model", "last epoch"], [["linear", ".5"]], numeric=["last epoch"])
    assert small.to_text().splitlines()[:3] == [" model   last epoch", " ──────────────────", " linear  .5"]


def test_columns_that_have_no_room_stand_in_a_further_block_under_the_same_names():
    blocks = grid(models=("linear", "svm"), columns=12).to_text().split("\n\n")
    tables = [block for block in blocks if "─" in block]
    assert len(tables) > 1
    assert all(re.search(r"^ linear", block, re.MULTILINE) for block in tables)


@pytest.mark.parametrize("seed", range(5))
def test_any_text_at_any_width_is_folded_without_a_loss(seed):
    rng = random.Random(seed)
    words = [rng.choice(["p = .016", ".532 to .745", ".7 ± .1", "95 %", "word", "脳波", "x" * 30]) for _ in range(60)]
    for width in (40, 61, 100):
        lines = wrapped(" ".join(words), width, hang=2)
        assert max(map(display_width, lines)) <= width
        assert "".join("".join(lines).split()) == "".join("".join(words).split())
        for number in ("p = .016", ".532 to .745", ".7 ± .1", "95 %"):
            assert sum(line.count(number) for line in lines) == words.count(number)


def test_a_name_longer_than_a_line_is_cut_behind_a_sign_and_gets_no_space():
    name = "mylab.networks.of.emotion.SpatialTemporalNetwork(hidden=30,directions=4,dropout=0.25)"
    lines = wrapped(f"model {name} is best", 26, hang=2)
    assert max(map(len, lines)) <= 26
    cut = [line.strip() for line in lines]
    assert name in "".join(cut).replace("model", "", 1)
    assert all(line.strip()[-1] in ".,=(" for line in lines[1:-1] if len(line.strip()) < 24)


def test_piped_it_has_as_many_columns(capsys):
    grid().print()
    printed = capsys.readouterr().out
    assert printed == grid().to_text()


def test_the_result_comes_first_then_the_rows_then_warnings_then_the_rest():
    made = grid()
    for text in (made.to_text(), made.to_markdown(), made.to_html()):
        flat = " ".join(text.replace("&#x27;", "'").split())
        places = [flat.index(words) for words in ("does best", "62 sites", "SIMULATED", "data: SEED", "Against linear")]
        assert places == sorted(places)


class Reader(HTMLParser):
    """The texts of a page's cells."""

    def __init__(self, text):
        super().__init__()
        self.cells = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data


def test_nasty_names_stand_in_html_as_they_are():
    page = Grid.of_rows(["model"], [[name] for name in NASTY]).to_html()
    cells = [cell.rstrip().replace("\N{NO-BREAK SPACE}", " ") for cell in Reader(page).cells]
    assert cells == ["model", *NASTY]
    assert "<b>" not in page


def unescaped(text):
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


@pytest.mark.parametrize("name", NASTY)
def test_nasty_names_make_no_cell_tag_or_emphasis_in_markdown(name):
    lines = Grid.of_rows(["model", "score"], [[name, ".5"]]).to_markdown().splitlines()
    row = lines[2]
    assert len(lines) == 3
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 3
    assert unescaped(markdown(name)) == " ".join(name.splitlines())
    assert not re.search(r"(?<!\\)<[a-z]|(?<!\\)[*`]|(?<![\\\w])_|(?<!\\)&\w+;", markdown(name))


def test_names_of_splits_stand_in_markdown_without_a_backslash():
    assert markdown("leave_one_out('subject') p < .001") == "leave_one_out('subject') p < .001"


@pytest.mark.parametrize("text, written", [("a", "`a`"), ("a|b", r"`a\|b`"), ("a`b", "``a`b``"), ("`a", "`` `a ``")])
def test_code_in_markdown_holds_whatever_it_is(text, written):
    assert markdown_code(text) == written


@pytest.mark.parametrize("name", NASTY)
def test_nasty_names_are_set_by_latex_as_they_are(name):
    row = Grid.of_rows(["model", "score"], [[name, ".5"]], numeric=["score"]).to_latex()
    body = row[row.index(r"\midrule") : row.index(r"\bottomrule")].splitlines()
    assert len(body) == 2
    assert len(re.findall(r"(?<!\\)&", body[1])) == 1
    assert not re.search(r"(?<!\\)[%$#_]", latex(name))
    assert r"\begin{tabular}{lr}" in row


@pytest.mark.parametrize("name", ["[a](http://b)", "[a][b]", "[a]: b", "[x] done", "~~gone~~"])
def test_names_make_no_link_box_or_struck_out_text_in_markdown(name):
    assert unescaped(markdown(name)) == name
    assert not re.search(r"(?<!\\)~|(?<!\\)\][(\[:]|^\[x\]", markdown(name))


@pytest.mark.parametrize("name", ["[2em] a", "*a"])
def test_a_name_is_no_setting_of_the_row_above(name):
    body = Grid.of_rows(["model"], [["a"], [name]]).to_latex()
    assert f"{{}}{name} \\\\" in body


@pytest.mark.parametrize("letter", ["\x1b", "\0", "\r", "\x85", "\u2028", "\u202e"])
def test_letters_that_are_commands_are_shown_as_escapes_in_every_form(letter):
    name = f"a{letter}b"
    made = Grid.of_rows([name], [[name]]).with_words(name, warnings=[name], facts={name: name}, notes=[name])
    for text in (made.to_text(), made.to_markdown(), made.to_html(), made.to_latex()):
        assert letter not in text
        assert f"{ord(letter):x}" in text or "r" in text


def test_a_table_without_rows_has_its_heads_in_every_form():
    made = Grid.of_rows(["model", "score"], [])
    for text in (made.to_text(), made.to_markdown(), made.to_html(), made.to_latex()):
        assert "model" in text


def test_muted_cells_are_in_brackets_and_grey_because_they_are_muted_not_because_of_a_bracket():
    made = Grid.of_rows(["model"], [[Cell("labels alone", muted=True)], ["(my model)"]])
    assert made.texts == [["(labels alone)"], ["(my model)"]]
    assert made.to_html().count("color: #777") == 1
    assert made.heads == ["model"]


def test_a_grid_is_taken_apart_as_before():
    heads, cells = grid(models=("linear",), columns=1)
    assert heads == ["model", "features", "measure 0 of each person"]
    assert cells == [["linear", "linear: 62 sites × 5", ".639"]]


@pytest.mark.parametrize(
    "p, sentence, cell", [(0.0, "< .001", "< .001"), (9.9e-4, "< .001", "< .001"), (0.0042, "= .004", ".004")]
)
def test_a_p_value_is_never_nothing(p, sentence, cell):
    assert (p_words(p), p_value(p)) == (sentence, cell)


def test_rows_of_equal_first_cells_are_told_apart_in_every_block():
    heads = ["model", "condition", *(f"score {i} of something" for i in range(12))]
    rows = [["Gated", condition, *(".123456789" for _ in range(12))] for condition in ("", "without face")]
    text = text_of(Grid.of_rows(heads, rows, numeric=heads[2:]))
    assert text.count("without face") == text.count("condition") > 1
