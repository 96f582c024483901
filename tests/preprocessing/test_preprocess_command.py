import os
import re
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
import yaml
from joblib import delayed

from emoscan.preprocessing import BandPower, Cache, DifferentialEntropy, RawSlices, preprocess
from emoscan.preprocessing.building.workers import Workers, backend
from emoscan.preprocessing.commands.command import main
from emoscan.preprocessing.commands.command_line import run_command
from emoscan.signals import InputError, Simulated

RUN = "import sys; from emoscan.preprocessing.commands.command import main; sys.exit(main())"
RECIPE = "{eeg: [lab_study.Moments()], eeg-long: [lab_study.Moments(2.0)]}"


@pytest.fixture
def command(monkeypatch, capfd, tmp_path):
    """Run ``emo-preprocess`` in this process, in a folder of its own: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["emo-preprocess", *words])
        try:
            code = main()
        except SystemExit as end:  # --help
            code = end.code
        return (code, *capfd.readouterr())

    return run


def test_run_inspect_and_verify_in_a_row(command, study):
    code, out, err = command("run", "lab_study.Study", "study", "cache", "--recipe", RECIPE)
    assert (code, err) == (0, "")
    assert "study, 3 subjects, 6 recordings, 18 trials, eeg, eeg-long" in out
    assert "6 recordings built, 0 kept" in out
    code, out, _ = command("inspect", "cache")
    assert code == 0
    assert "lab_study.Moments(window=2.0, pause=0.0)" in out
    assert "left out: notes.txt: not a recording" in out
    assert out.count("0.0%") == 12
    code, out, _ = command("verify", "cache")
    assert code == 0
    assert "every byte as it was published" in out


def test_a_cache_is_not_made_in_the_folder_of_the_recordings(command, study, tmp_path):
    before = sorted((tmp_path / "study").iterdir())
    code, _, err = command("run", "lab_study.Study", "study", "study", "--recipe", RECIPE)
    assert (code, sorted((tmp_path / "study").iterdir())) == (2, before)
    assert "found the folder of the recordings" in err
    assert "as in cache/study" in err
    code, out, _ = command("run", "lab_study.Study", "study", "study/made", "--recipe", RECIPE)
    assert code == 0
    assert "the cache lies within the folder of the recordings: study/made" in out
    code, out, _ = command("run", "lab_study.Study", "study", "cache", "--recipe", RECIPE)
    assert "lies within" not in out


@pytest.mark.parametrize("step, unit", [(RawSlices(0.5), "µV"), (DifferentialEntropy(), "nats"), (BandPower(), "dB")])
def test_inspect_gives_values_with_their_unit(command, step, unit):
    preprocess(Simulated(subjects=1), {"eeg": [step]}, "cache")
    assert re.search(rf"to -?[\d.e+]+ {unit}$", command("inspect", "cache")[1], re.MULTILINE)


def test_nothing_is_coloured_when_piped(command, study):
    command("run", "lab_study.Study", "study", "cache", "--recipe", RECIPE)
    assert "\x1b" not in "".join(command("inspect", "cache")[1:])


def test_a_run_keeps_its_settings_as_a_file_that_runs_again(command, study, tmp_path):
    command("run", "lab_study.Study", "study", "cache", "--recipe", RECIPE, "--only", "eeg-long")
    kept = yaml.safe_load((tmp_path / "cache/run.yaml").read_text())
    assert kept["recipe"] == {"eeg-long": ["lab_study.Moments(window=2.0, pause=0.0)"]}
    code, out, _ = command("run", "--config", "cache/run.yaml", "--only", "eeg-long", "--allow", "lab_study")
    assert code == 0
    assert "0 recordings built, 6 kept" in out


def test_a_config_file_may_spell_steps_as_class_paths(command, study, tmp_path):
    (tmp_path / "recipe.yaml").write_text(
        "recipe:\n  eeg:\n  - class_path: lab_study.Moments\n    init_args:\n      window: 2\n"
    )
    words = ("run", "lab_study.Study", "study", "cache", "--config", "recipe.yaml")
    assert command(*words)[0] == 2  # a file's own name
    assert command(*words, "--allow", "lab_study")[0] == 0
    assert Cache("cache").duration() == 2.0


def test_only_keeps_the_series_named(command, study):
    command("run", "lab_study.Study", "study", "cache", "--recipe", RECIPE, "--only", "eeg-long")
    assert Cache("cache").modalities == ("eeg-long",)


def test_a_dry_run_tells_time_and_size_and_writes_nothing(command, study, tmp_path):
    code, out, _ = command("run", "lab_study.Study", "study", "cache", "--recipe", RECIPE, "--dry-run")
    assert code == 0
    assert "6 recordings, 0 of them done already" in out
    assert "of one processor and 0.0 MB" in out
    assert not (tmp_path / "cache").exists()


def test_skip_broken_leaves_out_what_a_plain_run_refuses(command, study):
    (study.root / "2_1.npy").write_bytes(b"garbage")
    words = ("run", "lab_study.Study", "study", "cache", "--recipe", RECIPE)
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert "3 broken" in err
    code, out, _ = command(*words, "--skip-broken")
    assert code == 0
    assert "0 recordings built, 5 kept" in out
    assert "left out: a trial and 2 others: 2_1.npy: found no array" in command("inspect", "cache")[1]


@pytest.mark.parametrize(
    "words, told",
    [
        (("run", "lab_study.Study", "nowhere", "cache"), "nowhere: found nothing; wanted study: files like 7_1.npy"),
        (("run", "lab_study.Study", "empty", "cache"), "found no .npy file"),
        (("run", "SEED", "empty", "cache"), "wanted SEED"),
        (("run", "SEDE", "study", "cache"), "did you mean SEED?"),
        (("run", "SEED(session=1)", "study", "cache"), "a setting 'session'"),
        (("run", "lab_study.Study", "study", "cache", "--job", "2"), "did you mean --jobs?"),
        (("run", "lab_study.Study", "study", "cache", "--jobs", "two"), "wanted a whole number"),
        (("run", "lab_study.Study", "study", "cache", "--jobs", "0"), "jobs: found 0"),
        (("run", "lab_study.Study", "study", "cache", "--only", "face"), "series face; wanted some of eeg, eeg-raw"),
        (
            ("run", "lab_study.Study", "study", "cache", "--recipe", "{eeg: [DiferentialEntropy()]}"),
            "DifferentialEntropy?",
        ),
        (("run", "lab_study.Study", "study", "cache", "--recipe", "{eeg: [MarkFlat(speed=1)]}"), "speed"),
        (("run", "lab_study.Study", "study", "cache", "--config", "nowhere.yaml"), "nowhere.yaml"),
        (("run", "lab_study.Study", "study", "study/notes.txt"), "found a file; wanted a folder"),
        (("run", "lab_study.Study"), "wanted also root, cache"),
        (("rnu",), "did you mean run?"),
        ((), "wanted one of run, inspect, verify, doctor"),
        (("derive", "study", "other"), "wanted steps by series, as in --recipe"),
        (("inspect", "empty"), "no cache.json; wanted a cache"),
        (("inspect", "nowhere"), "no cache.json; wanted a cache"),
        (("verify", "study/notes.txt"), "no cache.json; wanted a cache"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(command, study, tmp_path, words, told):
    (tmp_path / "empty").mkdir()
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert not (tmp_path / "cache").exists()


def test_a_changed_byte_is_one_line_and_exit_code_2(command, study, tmp_path):
    command("run", "lab_study.Study", "study", "cache", "--recipe", RECIPE)
    path = tmp_path / "cache" / "subject-1,session-2.h5"
    changed = bytearray(path.read_bytes())
    changed[2000] ^= 4
    path.write_bytes(changed)
    code, _, err = command("verify", "cache")
    assert code == 2
    assert "subject-1,session-2.h5 holds changed or missing bytes" in err
    assert err.count("\n") == 1


def test_debug_shows_where_an_error_came_from(command, study):
    code, _, err = command("inspect", "nowhere", "--debug")
    assert code == 2
    assert "Traceback" in err
    assert "no cache.json" in err.splitlines()[-1]


def _fail():
    """Fail with a fault of ours."""
    raise ZeroDivisionError


def _refuse():
    """Refuse over two lines."""
    raise InputError("here", "one\nthing", "another", "take it back")


def test_a_fault_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        run_command({"_fail": _fail, "_refuse": _refuse}, "lab", "A lab's commands.", arguments=["_fail"])


def test_a_refusal_is_one_line_whatever_its_text(capsys):
    assert run_command({"_fail": _fail, "_refuse": _refuse}, "lab", "A lab's commands.", arguments=["_refuse"]) == 2
    assert capsys.readouterr().err == "lab: here: found one thing; wanted another; take it back\n"


def test_help_loads_nothing_heavy():
    heavy = "torch", "pytorch_lightning", "sklearn", "braindecode", "mne", "scipy", "mediapipe"
    code = (
        "import atexit, sys; atexit.register(lambda: print('LOADED', *[m for m in "
        f"{heavy!r} if m in sys.modules])); sys.argv = ['emo-preprocess', '--help']; {RUN}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Turn recordings into a cache" in done.stdout
    assert done.stdout.splitlines()[-1] == "LOADED"


@pytest.mark.parametrize("name", ["run", "inspect", "verify", "doctor"])
def test_every_argument_of_a_subcommand_has_help(command, name):
    code, out, _ = command(name, "--help")
    assert code == 0
    lines = out.split("positional arguments:")[-1].splitlines()
    assert all(line.strip() for line in lines[1:] if line.startswith("  "))
    assert "<class" not in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_workers_are_deaf_to_ctrl_c_and_a_scheduler_from_their_start(number):
    """One that hears it while it starts writes a traceback; the command answers for all."""
    before = signal.getsignal(number)
    with backend(Workers(2)) as run:
        heard = list(run([("", delayed(signal.getsignal)(number)) for _ in range(4)]))
    assert set(heard) == {signal.SIG_IGN}
    assert signal.getsignal(number) is before


ENDINGS = {
    signal.SIGINT: (130, "emo-preprocess: interrupted; what was finished is kept, run it again to go on\n"),
    signal.SIGTERM: (143, "emo-preprocess: terminated; what was finished is kept, run it again to go on\n"),
}
"""Exit code and line of a command that a terminal or a scheduler ends."""


@pytest.mark.parametrize("number", ENDINGS)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_is_ended_says_so_in_one_line_and_leaves_whole_files_only(study, tmp_path, lab_path, jobs, number):
    words = [
        "run",
        "lab_study.Study",
        "study",
        "cache",
        "--jobs",
        str(jobs),
        "--recipe",
        "{eeg: [lab_study.Moments(pause=0.1)]}",
    ]
    hears = partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # what runs behind a shell is deaf
    child = subprocess.Popen(
        [sys.executable, "-c", RUN, *words],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hears,
    )
    deadline = time.monotonic() + 30
    while not list((tmp_path / "cache").glob("*.h5")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(child.pid, number)  # as a terminal does: to the command and its workers
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == ENDINGS[number]
    assert not [path.name for path in (tmp_path / "cache").iterdir() if path.suffix != ".h5"]


def test_commands_within_a_command_are_found_and_named(monkeypatch, capsys):
    def grow(folder: str) -> None:
        """Make something larger.

        Args:
            folder: Where.
        """
        print(f"grown in {folder}")

    nested = {"make": {"_help": "What can be made.", "grow": grow}}
    assert run_command(nested, "emo-lab", "", arguments=["make", "grow", "here"]) == 0
    assert capsys.readouterr().out == "grown in here\n"
    for words, told in (
        (["make"], "found no command after make; wanted one of grow"),
        ([], "found no command; wanted one of make"),
        (["make", "grew"], "emo-lab make: found 'grew'; wanted one of grow; did you mean grow?"),
    ):
        assert run_command(nested, "emo-lab", "", arguments=words) == 2
        assert told in capsys.readouterr().err
