"""Names of an earlier version work one version longer, and say what to write instead."""

import importlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from known_commands import commands

import emoscan
from emoscan import models
from emoscan.preprocessing.commands.command_line import run_command
from emoscan.signals.old_names import OLD_OPTIONS, Renamed


def version(text):
    return tuple(int(part) for part in text.split("."))


@pytest.mark.parametrize("renamed", models.OLD_NAMES, ids=lambda renamed: renamed.old)
def test_an_old_name_is_the_new_thing_with_one_line_of_advice(renamed):
    with pytest.warns(FutureWarning, match=f"{renamed.old} is called {renamed.new} now") as told:
        assert getattr(models, renamed.old) is getattr(models, renamed.new)
    assert "\n" not in str(told[0].message)
    assert told[0].filename == __file__


def test_a_name_that_never_was_is_refused_as_ever():
    with pytest.raises(AttributeError, match="leaner"):
        models.leaner  # noqa: B018


@pytest.mark.parametrize("renamed", models.OLD_NAMES, ids=lambda renamed: renamed.old)
def test_old_names_are_gone_when_their_time_is_over(renamed):
    assert version(emoscan.__version__) < version(renamed.until), f"{renamed.old} may be removed now"
    assert renamed.new in importlib.import_module("emoscan.models").__all__


def test_advice_names_both_names_and_the_version():
    assert Renamed("a", "b", "9.0.0").advice == "a is called b now; the old name works until 9.0.0"


@dataclass(frozen=True)
class Pace:
    """How fast.

    Args:
        learning_rate: Steps.
        epochs: Passes.
    """

    learning_rate: float = 1.0
    epochs: int = 1


def go(pace: Pace = Pace(), folder: Path = Path("here"), notes: dict[str, str] | None = None) -> None:
    """Go on.

    Args:
        pace: How fast.
        folder: Where to.
        notes: Whatever.
    """
    print(pace.learning_rate, pace.epochs, folder, notes)


OLD = (Renamed("rate", "learning_rate", "9.0.0"), Renamed("to_place", "folder", "9.0.0"))


@pytest.fixture
def lab(monkeypatch, capsys):
    """Run the command ``lab go``, which had other names before: exit code, stdout, lines on stderr."""
    monkeypatch.setitem(OLD_OPTIONS, "lab go", OLD)

    def run(*words):
        capsys.readouterr()
        code = run_command({"go": go, "stay": go}, "lab", "A lab.", arguments=[*map(str, words)])
        out, err = capsys.readouterr()
        return code, out.strip(), err.splitlines()

    return run


RATE = "lab go: --rate is called --learning-rate now; the old name works until 9.0.0"


@pytest.mark.parametrize(
    "words", [("--rate", "3"), ("--rate=3",), ("--pace.rate", "3"), ("--pace.rate=3", "--rate", "3")], ids=str
)
def test_an_old_option_does_what_the_new_one_does_with_one_line_of_advice(lab, words):
    assert lab("go", *words) == (0, "3.0 1 here None", [RATE])


def test_options_of_today_need_no_advice(lab):
    assert lab("go", "--learning-rate", 3, "--folder", "there") == (0, "3.0 1 there None", [])
    assert lab("go", "--folder", "rate") == (0, "1.0 1 rate None", [])


def test_each_old_option_has_its_own_line(lab):
    code, out, told = lab("go", "--to-place", "there", "--rate", 2)
    assert (code, out) == (0, "2.0 1 there None")
    assert [line.split(": ")[1].split()[0] for line in told] == ["--to-place", "--rate"]


def test_an_old_option_of_one_command_is_none_of_another(lab):
    code, _, told = lab("stay", "--rate", 3)
    assert (code, len(told)) == (2, 1)
    assert "--rate" in told[0]
    assert "wanted one of" in told[0]


@pytest.mark.parametrize("text", ["rate: 3\nto_place: there", "pace: {rate: 3}\nto_place: there"])
def test_an_old_key_of_a_file_does_what_the_new_one_does_with_one_line_each(lab, tmp_path, text):
    (tmp_path / "run.yaml").write_text(text)
    code, out, told = lab("go", "--config", tmp_path / "run.yaml")
    assert (code, out) == (0, "3.0 1 there None")
    assert told == [
        "lab go, in the file: rate is called learning_rate now; the old name works until 9.0.0",
        "lab go, in the file: to_place is called folder now; the old name works until 9.0.0",
    ]


def test_what_is_no_group_of_settings_keeps_its_keys(lab, tmp_path):
    (tmp_path / "run.yaml").write_text("notes: {rate: high}")
    assert lab("go", "--config", tmp_path / "run.yaml") == (0, "1.0 1 here {'rate': 'high'}", [])


@pytest.mark.parametrize("text", ["rate: 3\nlearning_rate: 4", "pace: {learning_rate: 4, rate: 3}"])
def test_a_setting_under_both_names_is_refused(lab, tmp_path, text):
    (tmp_path / "run.yaml").write_text(text)
    code, _, told = lab("go", "--config", tmp_path / "run.yaml")
    assert (code, len(told)) == (2, 1)
    assert "learning_rate twice; wanted one of its two names; keep learning_rate alone" in told[0]


def test_every_old_option_has_a_new_one_a_command_and_time_left():
    """Empty as long as no option was renamed; the law is for whoever renames one."""
    for command, renamed in OLD_OPTIONS.items():
        program, _, rest = command.partition(" ")
        known = {action.dest.rpartition(".")[2] for action in commands(program)[rest]._actions}
        for one in renamed:
            assert version(emoscan.__version__) < version(one.until), f"{command} {one.old} may be removed now"
            assert one.new in known
            assert one.old not in known


def test_the_law_of_old_options_finds_what_is_wrong(monkeypatch):
    for wrong in (
        Renamed("a", "no_such_option", "9.0.0"),
        Renamed("a", "epochs", "0.1.0"),
        Renamed("seeds", "epochs", "9.0.0"),
    ):
        monkeypatch.setitem(OLD_OPTIONS, "emo-train bench", (wrong,))
        with pytest.raises(AssertionError):
            test_every_old_option_has_a_new_one_a_command_and_time_left()
    monkeypatch.setitem(OLD_OPTIONS, "emo-train bench", (Renamed("passes", "epochs", "9.0.0"),))
    test_every_old_option_has_a_new_one_a_command_and_time_left()
