"""What pages, help and examples name is there: commands, options, classes, arguments, files. Nothing is trained.

A page that is wrong fails with file and line, what it claims, and what there is instead.
"""

import ast
import functools
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from claims import fault_of_inline, fault_of_typed, faults_of_calls, faults_of_settings
from doc_reader import ROOT, Claim, blocks, commands_in, inline, names_defined, pages, typed_lines
from known_commands import MAIN, commands, faults_of_values, options
from known_names import FOLDERS, find
from python_claims import faults_of_python

from emoscan.benchmarks.commands.command import EXAMPLES as TRAIN
from emoscan.benchmarks.soak.__main__ import soak_parser
from emoscan.models import BACKBONES, make_learner
from emoscan.preprocessing.commands.command import EXAMPLES as PREPROCESS
from emoscan.signals import InputError, RatedClasses

PAGES = pages()
SCRIPTS = sorted((ROOT / "docs").rglob("*.py"))
CONFIGS = sorted((ROOT / "benchmarks" / "configs").glob("*.yaml"))
ANOTHERS = ("benchmarks/page/template.py", "benchmarks/speed/browser.py")
"""Modules in which two hyphens are for colours of a page, or for a browser."""
SOURCES = {"emo-preprocess": "preprocessing/commands/command.py", "emo-train": "benchmarks/commands/command.py"}


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch):
    monkeypatch.chdir(ROOT)  # files that pages name are taken from there
    monkeypatch.syspath_prepend(ROOT / "docs" / "examples")  # where the reader of an example has it


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def defined(page: Path) -> dict[str, ast.AST]:
    """What the examples and the page itself define: a reader has seen it."""
    return names_defined([*SCRIPTS, page])


def written(tmp_path: Path, text: str) -> Path:
    page = tmp_path / "page.md"
    page.write_text(text)
    return page


def faults_in(page: Path) -> list[str]:
    """All that is wrong on a page, a line each: where, what is claimed, what there is."""
    return [
        *(f"{claim}\n    {fault}" for claim in typed_lines(page) if (fault := fault_of_typed(claim.text))),
        *(f"{claim}\n    {fault}" for claim in inline(page) if (fault := fault_of_inline(claim, defined(page)))),
        *(
            f"{Claim(page, block.line, 'yaml')}\n    {fault}"
            for block in blocks(page, "yaml", "yml")
            for fault in faults_of_settings(block.text)
        ),
        *(fault for block in blocks(page, "python", "py") for fault in faults_in_python(block)),
    ]


def faults_in_python(block: Claim) -> Iterator[str]:
    """What is wrong with a block of Python: its imports, its calls, the calls in its comments."""
    if "--8<--" in block.text:
        return
    for line, fault in dict.fromkeys(faults_of_python(block.text)):
        yield f"{Claim(block.path, block.line + line, block.text.splitlines()[line].strip())}\n    {fault}"
    for line, text in enumerate(block.text.splitlines()):
        for fault in faults_of_calls(text.partition("  # ")[2], defined(block.path)):
            yield f"{Claim(block.path, block.line + line, text.strip())}\n    {fault}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_everything_that_a_page_names_is_there(page):
    assert not (faults := faults_in(page)), "\n".join(["", *faults])


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_everything_that_an_example_takes_from_emoscan_is_there(script):
    assert not (faults := list(faults_in_python(Claim(script, 1, script.read_text())))), "\n".join(["", *faults])


@pytest.mark.parametrize("program, examples", [("emo-preprocess", PREPROCESS), ("emo-train", TRAIN)])
def test_every_example_in_the_help_is_a_line_that_runs(program, examples):
    lines = list(commands_in(Claim(ROOT / SOURCES[program], 1, examples)))
    assert len(lines) == len(examples.splitlines())
    assert [f"{claim.text}: {fault}" for claim in lines if (fault := fault_of_typed(claim.text))] == []


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_a_benchmark_in_a_file_has_arguments_that_there_are(config):
    program = f"emo-train bench --config benchmarks/configs/{config.name}"
    comments = "\n".join(line.removeprefix("#") for line in config.read_text().splitlines() if line[:1] == "#")
    typed = [claim.text for claim in commands_in(Claim(config, 1, comments))]
    assert [fault for line in (program, *typed) if (fault := fault_of_typed(line))] == []
    assert list(faults_of_values(yaml.safe_load(config.read_text()))) == []


@pytest.mark.parametrize("program, command", [(program, name) for program in MAIN for name in commands(program)])
def test_every_command_and_every_option_says_what_it_is_for(program, command):
    parser = commands(program)[command]
    shown = [action for action in parser._actions if action.help != "==SUPPRESS=="]
    assert [action.dest for action in shown if not str(action.help or "").strip()] == []
    assert str(parser.description).strip()


@pytest.mark.parametrize("program, command", [(program, name) for program in MAIN for name in commands(program)])
def test_help_gives_examples_of_values_that_there_are(program, command):
    helps = [without_rules(str(action.help)) for action in commands(program)[command]._actions]
    assert [fault for text in helps for fault in faults_of_calls(text, {})] == []


def without_rules(text: str) -> str:
    """The text without those quoted parts that are rules of ``--classes``, which their own grammar reads."""

    def kept(quoted: re.Match[str]) -> str:
        try:
            RatedClasses.read(quoted[1])
        except InputError:
            return quoted[0]
        return ""

    return re.sub(r'"([^"]*)"', kept, text)


def test_every_option_that_a_message_or_a_comment_of_ours_names_is_there():
    """A refusal names a way on: it must be one."""
    known = {option for program in MAIN for name in commands(program) for option in options(program, name)}
    named = {
        (name_of(path), option)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for option in re.findall(r"(?<![\w-])--[a-z][\w-]+", re.sub(r"pip install .*", "", path.read_text()))
        if name_of(path) not in ANOTHERS
    }
    soak = {option for action in soak_parser()._actions for option in action.option_strings}
    allowed = {*known, *soak, "--print_"}
    assert sorted((path, option) for path, option in named if option not in allowed) == []


@pytest.mark.parametrize("program", MAIN)
def test_the_page_of_commands_names_each(program):
    text = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name in commands(program) if not re.search(rf"{program} {name}\b", text)] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "api").glob("*.md")), ids=name_of)
def test_the_reference_names_what_there_is(page):
    for name in re.findall(r"^::: (\S+)", page.read_text(), re.MULTILINE):
        find(name)


def presets() -> list[str]:
    """The ways of making a backbone that the pages name, as in ``STRNN.paper``."""
    texts = {claim.text for page in PAGES for claim in inline(page)}
    return sorted(text for text in texts if text.split(".")[0] in BACKBONES.known and "." in text)


def test_a_preset_that_the_pages_name_can_be_typed():
    named = presets()
    assert named
    for name in named:
        assert name in make_learner(name).name


LINES = [
    ("emo-train bench cache/x --modles STRNN", "did you mean --models"),
    ("emo-train bnch cache/x", "wanted one of fit, bench"),
    ("emo-train bench", "too few arguments"),
    ("emo-train bench cache/x --models STRN", "STRNN"),
    ("emo-train bench cache/x --models 'STRNN(hiden=3),linear'", "hidden"),
    ("emo-train bench cache/x --models \"CNNRNN(cell='elman')\"", "gru, lstm, rnn"),
    ("emo-train bench cache/x --split 'leave_one_uot(\"subject\")'", "leave_one_out"),
    ("emo-train bench cache/x --split \"k_folds('subject')\"", "'k'"),
    ("emo-train fit cache/x --backbone \"Gated(face='CNNRN')\"", "CNNRNN"),
    ("emo-train fusion cache/x --joins \"Late(how='lerned')\"", "mean, learned"),
    ("emo-train fusion cache/x --joins \"Stacked(face='CNNRN')\"", "CNNRNN"),
    ("emo-train bench cache/x --balance smote", "weights, sampler"),
    ("emo-train bench cache/x --scaling sbject", "subject"),
    ("emo-train bench cache/x --predicts emotions", "categories"),
    ("emo-train bench cache/x --augmentation 'Faces(turn=3)'", "rotation"),
    ("emo-train bench cache/x --selection inne", "inner"),
    ("emo-train explain cache/x --method occlusions", "occlusion"),
    ("emo-train predict runs/a a.bdf --faces hide", "blur"),
    ("emo-train bench --config benchmarks/configs/sed.yaml", "sed.yaml"),
    ("emo-train gan fit cache/x --sise 3", "--size"),
    ("emo-preprocess run SED data cache/x", "SEED"),
    ("emo-preprocess run 'DEAP(stream=1)' data cache/x", "streams"),
    ("emo-preprocess derive cache/x cache/y --recipe '{face-hog: [Hogg()]}'", "Hog"),
    ("emo-preprocess derive cache/x cache/y --recipe '{face-hog: [Hog(cells=2, sells=2)]}'", "sells"),
    ("cat list | emo-train bench cache/x --bogus 3", "--bogus"),
    ("A=1 .venv/bin/emo-train bench cache/x  --bogus 3", "--bogus"),
    ("make tset", "no target tset"),
    ("make test TEST=tests", "no variable TEST"),
    ("make test TESTS=tests/none", "no tests/none"),
    ("python -m emoscan.benchmarks.sped", "no module"),
    ("python docs/pictures/none.py x.png", "no docs/pictures/none.py"),
    ("pytest tests/none", "no tests/none"),
    ("pip install -c constraint.txt torch", "constraint.txt"),
    ("pip install '.[clusters]'", "no extra clusters"),
]


@pytest.mark.parametrize("line, told", LINES)
def test_a_line_that_would_not_run_is_found(tmp_path, line, told):
    page = written(tmp_path, f"```\n\n{line}      what it does, it's said\n```\n")
    (fault,) = faults_in(page)
    assert fault.startswith(f"{page}:3: ")
    assert told in fault


INLINE = [
    ("`CNNRNN(cell=..., layers=...)`", "takes no layers"),
    ("`CNNRNN(cell='rnn', layers=3)`", "layers"),
    ("`STRN`", "near it: STRNN"),
    ("`STRNN.papr`", "paper"),
    ("`Cache.from_array`", "from_arrays"),
    ("`emoscan.benchmarks.contract`", "contracts"),
    ("`models.explaining.randomised.untraned`", "untrained"),
    ("`Training(label_smooth=0.1)`", "label_smoothing"),
    ("`k_folds('subject')`", "'k'"),
    ("`cache.windows(1, 2, 3, 4, 5)`", "too many"),
    ("`cache.window(3, 3)`", "windows"),
    ("`video.onto(clock)`", "no onto"),
    ('`{"eeg": [DifferentialEntropie()]}`', "DifferentialEntropy"),
    ("`[FaceCrop(sise=64)]`", "size"),
    ("`--modles x`", "--models"),
    ("In `emo-train table` say `--jobs 4`.", "not an option of emo-train table"),
    ("`--balance smote`", "weights"),
    ("`emo-train tabel`", "table"),
    ("`models/no_such.py`", "no such file"),
    ("`no_such_word`", "no such word"),
    ("`HiddenUnits.of` and `.wite`", "write"),
    ("`class A(Datset)`", "Dataset"),
    ("`from ..signals import Volum`", "Volume"),
    ("`TrialTable(lay_out='scalp-19')`", "layout"),
    ("`Stacked(fold=3)`", "fold"),
    ("`frobnicate=3`", "nothing takes frobnicate"),
]


@pytest.mark.parametrize("text, told", INLINE)
def test_inline_code_that_names_nothing_is_found(tmp_path, text, told):
    page = written(tmp_path, f"# Title\n\nFirst, `STRNN`. {text} Then more.\n")
    (fault,) = faults_in(page)
    assert fault.startswith(f"{page}:3: ")
    assert told in fault


@pytest.mark.parametrize(
    "text, told",
    [
        ("from emoscan.models import STRN\n", "STRNN"),
        ("from emoscan.models import Training\n\nTraining(epoch=3)\n", "epochs"),
        ("from emoscan.models import Predictor\n\ndef f(run):\n    Predictor.load(run).stram()\n", "stream"),
        ("def f(cache):\n    return cache.windows(3, 3, strid=2)\n", "stride"),
        ("x = 1  # or Patches(8, 8, 8, 8, 8)\n", "too many"),
    ],
)
def test_python_that_would_not_run_is_found(tmp_path, text, told):
    (fault,) = faults_in(written(tmp_path, f"```python\n{text}```\n"))
    assert told in fault


@pytest.mark.parametrize(
    "text, told", [("recipes:\n  eeg: [MarkFlat()]\n", "recipes"), ("recipe:\n  eeg: [MarkFlet()]\n", "MarkFlat")]
)
def test_settings_that_nothing_takes_are_found(tmp_path, text, told):
    (fault,) = faults_in(written(tmp_path, f"```yaml\n{text}```\n"))
    assert told in fault


def test_a_block_is_read_as_a_shell_reads_it(tmp_path):
    page = written(
        tmp_path,
        (
            "```\n$ A=1 emo-train bench cache \\\n    --epochs 3   # it's short\n"
            "make test | tee log\noutput of make\n```\n"
            "```python\nmake = 1\n```\n"
        ),
    )
    assert [(claim.line, claim.text) for claim in typed_lines(page)] == [
        (2, "A=1 emo-train bench cache --epochs 3   # it's short"),
        (4, "make test"),
    ]
    assert faults_in(page) == []


@pytest.mark.parametrize(
    "line",
    [
        'emo-train bench cache/x --models "CNNRNN(features=4, hidden=(8, 4)),STRNN(hidden=4, sparsity=None),linear"',
        "emo-preprocess run \"DEAP(streams='eeg+face')\" data/deap cache/x",
        "emo-train predict runs/a x.bdf y.mp4 --debug",
        "emo-preprocess run mylab.Study data cache/x --config own.yaml",
        "emo-train fit ... --backbone mylab.Net",
        'emo-preprocess run "TrialTable(layout=\'scalp-19\')" "$LAB/data" cache/x && emo-train bench cache/x',
    ],
)
def test_a_line_that_would_run_is_left_alone(tmp_path, line):
    assert faults_in(written(tmp_path, f"```\n{line}   # what it does, it's said\n```\n")) == []


def test_a_sentence_ends_where_the_next_begins(tmp_path):
    text = "One `emo-train fit`. Two `--jobs 4`,\nstill two.\n\n| `--epochs` | x |\n| `--seeds` | y |\n"
    page = written(tmp_path, text)
    assert [claim.around for claim in inline(page)][1:] == [
        "Two `--jobs 4`,\nstill two.",
        "| `--epochs` | x |",
        "| `--seeds` | y |",
    ]
    assert inspect.cleandoc(inline(page)[0].around) == "One `emo-train fit`."
