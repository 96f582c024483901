"""``emo-train``: from a cache to a table, a kept model and a timeline; one line for whatever the user can put right."""

import json
import re
import subprocess
import sys
from collections import defaultdict
from contextlib import suppress
from dataclasses import fields

import pytest
import yaml
from known_commands import commands

from emoscan.benchmarks.commands import command
from emoscan.benchmarks.commands.shared_runs import listed
from emoscan.benchmarks.runs.settings import ProtocolSettings
from emoscan.models import Training
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.signals import Simulated


def emo_train(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["emo-train", *map(str, words)])
    return command.main()


BENCH = ("--models", "GRU(hidden=8),linear", "--epochs", "1", "--window", "4")


def test_bench_prints_the_table_and_keeps_it_in_every_form(cache, tmp_path, monkeypatch, capsys):
    assert emo_train(monkeypatch, "bench", cache.path, *BENCH, "--output", tmp_path / "run") == 0
    printed = capsys.readouterr().out
    assert "SIMULATED" in printed
    assert all(name in printed for name in ("GRU(hidden=8)", "linear", "Labels alone"))
    written = {path.name for path in (tmp_path / "run").iterdir()}
    assert written >= {"table.md", "table.json", "table.html", "table.png", "run.yaml", "linear-train"}
    assert len(json.loads((tmp_path / "run" / "table.json").read_text())["rows"]) == 2


def test_the_kept_settings_run_the_same_benchmark_again(cache, tmp_path, monkeypatch, capsys):
    emo_train(monkeypatch, "bench", cache.path, *BENCH, "--output", tmp_path / "one")
    settings = yaml.safe_load((tmp_path / "one" / "run.yaml").read_text())
    assert settings["training"]["epochs"] == 1
    (tmp_path / "again.yaml").write_text(yaml.safe_dump({**settings, "output": str(tmp_path / "two")}))
    assert emo_train(monkeypatch, "bench", "--config", tmp_path / "again.yaml") == 0
    one, two = ((tmp_path / name / "table.json").read_text() for name in ("one", "two"))
    assert one == two


def test_a_file_of_before_there_were_groups_runs_the_same_benchmark(cache, tmp_path, monkeypatch, capsys):
    emo_train(
        monkeypatch,
        "bench",
        cache.path,
        "--models",
        "linear,majority",
        "--protocol.window",
        "4",
        "--scaling",
        "train,none",
        "--training.epochs",
        "1",
        "--output",
        tmp_path / "typed",
    )
    flat = {
        "cache": str(cache.path),
        "models": ["linear", "majority"],
        "window": 4,
        "scaling": ["train", "none"],
        "epochs": 1,
        "output": str(tmp_path / "read"),
    }
    (tmp_path / "flat.yaml").write_text(yaml.safe_dump(flat))
    assert emo_train(monkeypatch, "bench", "--config", tmp_path / "flat.yaml") == 0
    typed, read = ((tmp_path / name / "table.json").read_text() for name in ("typed", "read"))
    assert typed == read
    assert len(json.loads(read)["rows"]) == 4


def test_what_is_typed_wins_over_a_file_in_either_spelling(cache, tmp_path, monkeypatch, capsys):
    (tmp_path / "file.yaml").write_text("{protocol: {window: 2}, window: 3, training: {epochs: 7}}")
    for typed in (("--window", "4"), ("--protocol.window", "4")):
        words = ("--models", "linear", "--config", tmp_path / "file.yaml", *typed, "--output", tmp_path / typed[0])
        assert emo_train(monkeypatch, "bench", cache.path, *words) == 0
        settings = yaml.safe_load((tmp_path / typed[0] / "run.yaml").read_text())
        assert (settings["protocol"]["window"], settings["training"]["epochs"]) == (4, 7)


def test_a_training_is_logged_where_one_asks_for_it(cache, tmp_path, monkeypatch, capsys):
    assert (
        emo_train(
            monkeypatch,
            "fit",
            cache.path,
            "--backbone",
            "GRU(hidden=4)",
            "--window",
            "4",
            "--epochs",
            "1",
            "--logger",
            f"CSVLogger({str(tmp_path / 'logs')!r})",
            "--output",
            tmp_path / "fit",
        )
        == 0
    )
    assert list((tmp_path / "logs").rglob("metrics.csv"))


def test_table_puts_folders_of_runs_side_by_side(cache, tmp_path, monkeypatch, capsys):
    for scaling in ("train", "none"):
        emo_train(
            monkeypatch,
            "bench",
            cache.path,
            "--models",
            "linear",
            "--window",
            "4",
            "--scaling",
            scaling,
            "--output",
            tmp_path / scaling,
        )
    capsys.readouterr()
    assert emo_train(monkeypatch, "table", tmp_path / "train", tmp_path / "none" / "linear-none") == 0
    assert re.search(r"linear +train .*\n.*linear +none", capsys.readouterr().out)


def test_fit_keeps_a_model_that_predicts_along_a_recording(tmp_path, monkeypatch, capsys):
    import mne
    import numpy as np

    data = Simulated(subjects=2, layout="scalp-19", effect=2.0)
    cache = preprocess(data, {"eeg": [DifferentialEntropy()]}, tmp_path / "cache")
    fit = (
        "fit",
        cache.path,
        "--backbone",
        "GRU(hidden=8)",
        "--epochs",
        "2",
        "--window",
        "4",
        "--output",
        tmp_path / "model",
        "--split",
        "leave_one_out('subject')",
    )
    assert emo_train(monkeypatch, *fit) == 0
    assert "held out" in capsys.readouterr().out
    written = {path.name for path in (tmp_path / "model").iterdir()}
    assert written >= {"model.pt", "model.json", "curves.png", "run.yaml"}
    stream = next(iter(data)).streams["eeg"]
    info = mne.create_info(list(stream.names), stream.rate, "eeg")
    raw = mne.io.RawArray(np.asarray(stream.read(0, stream.n_samples), float) * 1e-6, info, verbose="error")
    raw.save(tmp_path / "recording_raw.fif", verbose="error")
    assert emo_train(monkeypatch, "predict", tmp_path / "model", tmp_path / "recording_raw.fif") == 0
    lines = (tmp_path / "model" / "timeline.csv").read_text().splitlines()
    assert lines[1] == "time,negative,neutral,positive,eeg present"
    assert len(lines) == 2 + 17
    assert (tmp_path / "model" / "timeline.png").stat().st_size > 5000


def test_the_canary_says_what_it_found(null, monkeypatch, capsys):
    assert emo_train(monkeypatch, "canary", null.path) == 0
    printed = capsys.readouterr().out
    assert "nothing was found, as it must be" in printed
    assert "what a leak is worth here" in printed


@pytest.mark.parametrize(
    "words, told",
    [
        (["bench", "nowhere"], "nowhere: found no cache.json"),
        (["bench", "CACHE", "--models", "STRRN"], "did you mean STRNN"),
        (["bench", "CACHE", "--split", "random_windows(3)", "--models", "linear"], "--i-know-this-leaks"),
        (
            ["bench", "CACHE", "--split", "k_folds('trial', 9, within='subject')", "--models", "linear"],
            "9 folds of 6 trials of subject 1; wanted 2 to 6 folds",
        ),
        (["bench", "CACHE", "--split", "leave_one_out('trial', within='film')", "--models", "linear"], "within='film'"),
        (["bench", "CACHE", "--slpit", "x"], "did you mean --split"),
        (["bench", "CACHE", "--seeds", "many"], "seeds"),
        (["bench", "CACHE", "--window", "4", "--precision", "3"], "training: found accelerator auto"),
        (["bench", "CACHE", "--window", "4", "--strategy", "nowhere"], "what Lightning takes on this machine"),
        (["fit", "CACHE", "--window", "4", "--accelerator", "abacus"], "accelerator abacus"),
        (["fit", "CACHE", "--logger", "NoLogger"], "logger 'NoLogger'"),
        (["fit", "CACHE", "--backbone", "linear"], "a plain estimator"),
        (["fit", "CACHE", "--split", "leave_one_out('subject')", "--fold", "9", "--window", "4"], "0 to 2"),
        (["fit", "CACHE", "--split", "random_windows(3)", "--window", "4"], "a split that leaks by design"),
        (["table", "nowhere"], "found no report"),
        (["report", "nowhere"], "nothing finished"),
        (
            ["explain", "CACHE", "--model", "CNNRNN", "--method", "projections", "--window", "4", "--epochs", "1"],
            "CNNRNN, which has no projection",
        ),
        (["units", "nowhere", "CACHE"], "no model"),
        (["planted", "--simulations", "dreams"], "eeg-19, eeg-62, faces, pair"),
        (["gan", "fit", "CACHE"], "pixel"),
        (["gan"], "found no command after gan; wanted one of fit, sample, table"),
        (["predict", "nowhere", "recording.edf"], "nowhere"),
        (["canary", "CACHE", "--split", "leave_one_out('person')"], "no such column"),
        ([], "found no command"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_what_the_user_can_put_right_is_one_line_and_exit_code_two(cache, tmp_path, monkeypatch, capsys, words, told):
    monkeypatch.chdir(tmp_path)
    assert emo_train(monkeypatch, *(cache.path if word == "CACHE" else word for word in words)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("emo-train")
    assert told in line


def test_a_list_of_models_is_split_between_calls_only():
    assert listed("STRNN(hidden=20, space=False), linear") == ["STRNN(hidden=20, space=False)", "linear"]
    nested = "CNNRNN(cell='rnn', hidden=(8, 4)),Late(how='learned'),CNNRNN(hidden=(8, 4), features=4)"
    assert len(listed(nested)) == 3  # a bracket within brackets
    assert listed(["a", "b"]) == ["a", "b"]
    assert listed("") == []


def test_help_is_quick_to_come_and_loads_no_network_library():
    code = (
        "import sys; from emoscan.benchmarks.commands.command import main\n"
        "sys.argv = ['emo-train', 'bench', '--help']\n"
        "try: main()\nexcept SystemExit: pass\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
    assert "--i-know-this-leaks" in done.stdout


GROUPED = (["fit"], ["bench"], ["fusion"], ["explain"], ["parts"], ["tasks"])


@pytest.mark.parametrize("words", GROUPED, ids=" ".join)
def test_every_setting_of_a_training_can_be_typed(words, monkeypatch, capsys):
    shown = help_of(monkeypatch, capsys, words)
    assert "Who trains and" in shown or "What it learns from" in shown
    assert [entry.name for entry in fields(Training) if f"\n  --{entry.name.replace('_', '-')} " not in shown] == []


def test_an_option_is_explained_alike_wherever_it_stands(monkeypatch, capsys):
    shared = {f"--{one.name.replace('_', '-')}" for kind in (ProtocolSettings, Training) for one in fields(kind)}
    texts = defaultdict(set)
    for words in GROUPED:
        shown = help_of(monkeypatch, capsys, words)
        for option, text in re.findall(r"^  (--[\w-]+)(.*?)(?=^  --|^\S|\Z)", shown, re.M | re.S):
            texts[option].add(" ".join(re.sub(r"\(default: .*?\)\s*$", "", text, flags=re.S).split()))
    texts = {option: told for option, told in texts.items() if option in shared}
    del texts["--split"]  # of a fit it may be left out
    assert texts.keys() == shared - {"--split"}
    assert {option: told for option, told in texts.items() if len(told) > 1} == {}


def help_of(monkeypatch, capsys, words):
    capsys.readouterr()
    with suppress(SystemExit):
        emo_train(monkeypatch, *words, "--help")
    return capsys.readouterr().out


EVERY = [
    *([name] for name in "fit bench fusion parts tasks balance table canary report predict encode explain".split()),
    *(["units"], ["planted"], ["gan", "fit"], ["gan", "sample"], ["gan", "table"], ["gan"], []),
]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_fits_a_hundred_columns_and_needs_no_python(words, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "300")
    shown = help_of(monkeypatch, capsys, words)
    assert max(map(len, shown.splitlines())) <= 100
    assert not re.search(r"<class|Optional\[|Union\[|\bNone\b|: null|ITEM|\[=flags\]|\bdict\b|tuple", shown)


@pytest.mark.parametrize("words", GROUPED, ids=" ".join)
def test_help_begins_with_what_is_needed_and_ends_with_what_is_seldom(words, monkeypatch, capsys):
    titles = re.findall(r"^(\w.+):$", help_of(monkeypatch, capsys, words), re.M)
    assert titles[:2] == ["What must be given", "What is done"]
    assert titles[-4:] == ["Where it is computed", "What is written", "In general", "Devices"]
    assert titles[2:-4] in (
        ["Who trains and who tests", "How networks are trained"],
        ["Who trains and whose windows are explained", "How networks are trained"],
        ["What it learns from", "How it is trained"],
    )


def test_help_leaves_no_option_out(monkeypatch, capsys):
    for name, parser in commands("emo-train").items():
        shown = help_of(monkeypatch, capsys, name.split())
        known = {action.dest: action for action in parser._actions}
        typed = [min(action.option_strings, key=len) for action in known.values() if action.option_strings]
        assert [option for option in typed if len(re.findall(rf"\n  {option}[ ,\n]", shown)) != 1] == []
