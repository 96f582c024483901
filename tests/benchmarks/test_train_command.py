"""``emo-train``: from a cache to a table, a kept model and a timeline; one line for whatever the user can put right."""

import io
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import fields

import pytest
import yaml
from known_commands import commands
from pair_study import pair_cache

from emoscan.benchmarks.commands import command
from emoscan.benchmarks.commands.shared_runs import listed
from emoscan.benchmarks.runs.kept_trainings import _foretell
from emoscan.benchmarks.runs.settings import ProtocolSettings
from emoscan.models import Training
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.preprocessing.building.progress import Progress
from emoscan.preprocessing.commands.command_line import run_command
from emoscan.signals import InputError, Simulated
from emoscan.signals.files.publishing import sole_writer


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


def test_bench_says_before_the_work_how_many_trainings_there_are(cache, tmp_path, monkeypatch, capsys):
    words = ("--models", "linear,mlp,majority", "--seeds", "2", "--epochs", "1", "--window", "4")
    emo_train(monkeypatch, "bench", cache.path, *words, "--output", tmp_path)
    found = re.search(r"^before training: (.+) = (\d+) trainings$", capsys.readouterr().out, re.MULTILINE)
    reports = [json.loads(file.read_text()) for file in tmp_path.glob("*/report.json")]
    assert int(found[2]) == sum(len(report["folds"]) * 2 for report in reports)
    assert found[1] == f"3 models x {len(set(cache.subject))} people x 2 seeds"


def test_bench_says_which_series_nobody_reads(cache, tmp_path, monkeypatch, capsys):
    pair = pair_cache(tmp_path / "pair")
    words = ("--models", "majority", "--window", "2", "--output")
    emo_train(monkeypatch, "bench", pair.path, *words, tmp_path / "one")
    assert "nothing here reads face: --modality names a series" in capsys.readouterr().out
    emo_train(monkeypatch, "bench", cache.path, *words, tmp_path / "all")
    assert "nothing here reads" not in capsys.readouterr().out


@pytest.mark.parametrize("others, words", [(0, ""), (20, ", and the other 20 about 40 s if they take as long")])
def test_after_the_first_training_of_a_model_the_time_of_all_is_told(capsys, others, words):
    clock = iter(range(0, 100, 4))
    these = Progress(10, at_a_time=2, clock=lambda: next(clock) * 1.0)
    whole = Progress(10 + others)
    these(1)
    whole(1)
    these._clock = lambda: 4.0
    _foretell("STRNN", these, whole)
    assert capsys.readouterr().err == f"STRNN: the first training took 4 s; all 10 about 20 s{words}\n"


def test_trainings_that_are_over_in_seconds_need_no_line(capsys):
    these = Progress(10)
    these(1)
    _foretell("linear", these, these)
    assert capsys.readouterr().err == ""


def test_a_benchmark_on_two_devices_runs_and_prints_once_what_one_device_gives(cache, tmp_path, monkeypatch, capfd):
    bench = ("bench", cache.path, "--models", "STRNN(hidden=4, dropout=0)", "--epochs", "1", "--window", "4")
    rows = []
    for devices in ("1", "2"):
        folder = tmp_path / devices
        assert emo_train(monkeypatch, *bench, "--accelerator", "cpu", "--devices", devices, "--output", folder) == 0
        printed, remarks = capfd.readouterr()  # what other processes print included
        assert printed.count("SIMULATED") == 1
        assert all("the first training took" in line for line in remarks.splitlines())
        rows.append([line for line in printed.splitlines() if line.startswith(" STRNN")])
    assert rows[0] == rows[1]


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
    (tmp_path / "file.yaml").write_text("{window: 2, training: {epochs: 7}}")
    for typed in (("--window", "4"), ("--protocol.window", "4")):
        words = ("--models", "linear", "--config", tmp_path / "file.yaml", *typed, "--output", tmp_path / typed[0])
        assert emo_train(monkeypatch, "bench", cache.path, *words) == 0
        settings = yaml.safe_load((tmp_path / typed[0] / "run.yaml").read_text())
        assert (settings["protocol"]["window"], settings["training"]["epochs"]) == (4, 7)


@pytest.mark.parametrize(
    "text, told",
    [
        ("training: null", "training: nothing; wanted settings by name"),
        ("training: 5", "training: 5; wanted settings by name"),
        ("training: [1, 2]", "training: a list of 2; wanted settings by name"),
        ("training: {epochs: null}", "training.epochs without a value"),
        ("oracle: null", "protocol.oracle without a value"),
        ("training: {epohcs: 3}", "did you mean epochs?"),
        ("epohcs: 3", "did you mean epochs?"),
        ("protocol: {epochs: 3}", "epochs belongs to training"),
        ("protocol: {cache: there}", "cache belongs to no group"),
        ("- 1", "a list of 1; wanted settings by name"),
        ("just text", "'just text'; wanted settings by name"),
        ("a: [1", "no YAML"),
        ("epochs: 3\ntraining: {epochs: 4}", "epochs twice"),
        ("training:\n  epochs: 3\n  epochs: 4", "epochs twice"),
        ("[" * 20_000, "too many to follow"),
        ("training: " + "{a: " * 15_000 + "}" * 15_000, "too many to follow"),
        (b"\xff\xfe\x00", "bytes that are no text"),
    ],
    ids=lambda value: repr(value)[:30],
)
@pytest.mark.parametrize("words", [(), ("--print_config",)], ids=["run", "print"])
def test_a_file_of_settings_that_is_none_is_told_in_one_line(tmp_path, monkeypatch, capsys, text, told, words):
    (tmp_path / "file.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert emo_train(monkeypatch, "bench", "nowhere", "--config", tmp_path / "file.yaml", *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_an_empty_file_of_settings_sets_nothing_and_a_number_may_stand_where_text_is_meant(
    tmp_path, monkeypatch, capsys
):
    for text in ("", "# nothing\n", "devices: 1\nprecision: 32\n"):
        (tmp_path / "file.yaml").write_text(text)
        assert emo_train(monkeypatch, "bench", "nowhere", "--config", tmp_path / "file.yaml") == 2
        assert "nowhere: found no cache.json" in capsys.readouterr().err


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


def test_two_runs_never_write_into_one_folder(cache, tmp_path, monkeypatch, capsys):
    for words in (["bench", cache.path, *BENCH], ["fit", cache.path, "--window", "4"], ["explain", cache.path]):
        with sole_writer(tmp_path / "run"):
            assert emo_train(monkeypatch, *words, "--output", tmp_path / "run") == 2
        assert "another run that is writing here" in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "run").iterdir()} <= {"run.yaml"}


def test_a_killed_run_locks_no_folder(tmp_path):
    script = "import sys, time; from pathlib import Path; from emoscan.signals.files.publishing import sole_writer\n"
    script += "with sole_writer(Path(sys.argv[1])): print('locked', flush=True); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "locked\n"
    with pytest.raises(InputError, match="another run"), sole_writer(tmp_path):
        pass
    child.kill()
    child.wait()
    with sole_writer(tmp_path):
        pass


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
        (["bench", "CACHE", "--seeds", "many"], "seeds: found many; wanted a whole number"),
        (["bench", "CACHE", "--seeds", "1000000000000"], "wanted a whole number from 1 to 10,000"),
        (["bench", "CACHE", "--batch-size", f"{10**20}"], "batch_size: found 1000"),
        (["bench", "CACHE", "--window", f"{10**21}"], "window: found 1000"),
        (["fit", "CACHE", "--seed", f"{10**23}"], "seed: found 1000"),
        (["canary", "CACHE", "--seed", f"{10**23}"], "seed: found 1000"),
        (["fit", "CACHE", "--fold", "3"], "3 of no split"),
        (["bench", "CACHE", "--models", "linear", "--selection", "fxied"], "one of fixed, inner, both"),
        (["bench", "CACHE", "--models", "linear", "--precision", "64-wrong"], "what Lightning takes"),
        (["bench", "CACHE", "--models", "linear", "--devices", "a,b"], "what Lightning takes"),
        (["bench", "CACHE", "--models", "linear", "--learning-rate", ".nan"], "learning_rate: found nan"),
        (["bench", "CACHE", "--loss-weights", "[0, 0, 0]"], "one above 0"),
        (["bench", "CACHE", "--loss-weights", "[1, 2]"], "loss_weights: found [1, 2]; wanted a list with 3 elements"),
        (["bench", "CACHE", "--epochs", "2.5"], "epochs: found 2.5; wanted a whole number"),
        (["bench", "CACHE", "--training.epoch", "3"], "did you mean --training.epochs?"),
        (["bench", "CACHE", "--training", "missing.yaml"], "missing.yaml: found no such file"),
        (["bench", "CACHE", "--window", "4", "--precision", "3"], "training: found accelerator auto"),
        (["bench", "CACHE", "--window", "4", "--strategy", "nowhere"], "what Lightning takes on this machine"),
        (["fit", "CACHE", "--window", "4", "--accelerator", "abacus"], "accelerator abacus"),
        (["fit", "CACHE", "--logger", "NoLogger"], "logger 'NoLogger'"),
        (["fit", "CACHE", "--backbone", "linear"], "a plain estimator"),
        (["fit", "CACHE", "--split", "leave_one_out('subject')", "--fold", "9", "--window", "4"], "0 to 2"),
        (["fit", "CACHE", "--split", "random_windows(3)", "--window", "4"], "a split that leaks by design"),
        (["table", "nowhere"], "found no such folder"),
        (["report", "nowhere"], "found no such folder"),
        (
            ["explain", "CACHE", "--model", "CNNRNN", "--method", "projections", "--window", "4", "--epochs", "1"],
            "CNNRNN, which has no projection",
        ),
        (["units", "nowhere", "CACHE"], "found no such folder"),
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


@pytest.mark.parametrize("name", ["{}", "STRNN({}=1)", "GRU('{}')"])
def test_a_name_of_millions_of_letters_is_refused_at_once(cache, monkeypatch, capsys, name):
    begin = time.perf_counter()
    assert emo_train(monkeypatch, "bench", cache.path, "--models", name.format("x" * 2_000_000)) == 2
    assert time.perf_counter() - begin < 5
    assert len(capsys.readouterr().err) < 2000


def test_letters_that_a_terminal_lacks_and_a_display_that_is_not_there_stop_nothing(cache, monkeypatch):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setenv("MPLBACKEND", "nonsense")
    monkeypatch.setenv("COLUMNS", "20")
    assert run_command({"show": lambda: print("7 ± 1 ×")}, "emo", "Show.", arguments=["show"]) == 0
    stdout.flush()
    assert stdout.buffer.getvalue() == rb"7 \xb1 1 \xd7" + b"\n"
    assert os.environ["MPLBACKEND"] == "agg"


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
    assert titles[-3:] == ["What is written", "In general", "Devices"]
    middle = [title for title in titles[2:-3] if title != "Where it is computed"]  # one training is computed here
    assert middle in (
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
