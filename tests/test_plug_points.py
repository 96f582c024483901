"""The one function that makes things of text: whatever is written, a thing of the right kind or one refusal."""

import sys
import time
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emoscan.benchmarks.runs.controls import CONTROLS, Control
from emoscan.benchmarks.splits.splits import SPLITS, Split, leave_one_out
from emoscan.models import AUGMENTATIONS, BACKBONES, JOINS, Backbone, Join
from emoscan.models.learning.learners import MODELS
from emoscan.models.training.hardware import LOGGERS
from emoscan.preprocessing import Step, read_recipe
from emoscan.preprocessing.faces.detector import DETECTORS, Detector
from emoscan.preprocessing.steps.recipe import step_point
from emoscan.signals import DATASETS, Dataset, InputError, PlugPoint
from emoscan.signals.named_call import DEEPEST, LONGEST, NamedCall

MARKS = """
from emoscan.benchmarks.splits.splits import Split
from emoscan.preprocessing import Step

made = []


def plain(*args, **kwargs):
    made.append("plain")


def lying() -> int:
    made.append("lying")


class Thing:
    def __init__(self, *args, **kwargs):
        made.append("Thing")

    def __call__(self, *args):
        made.append("called")


class Bare(Step):
    "Abstract: it has no __call__."


thing = Thing
"""
"""A module full of things that are of no kind, each of which notes that it was called."""

POINTS = {
    "dataset": (DATASETS, Dataset),
    "detector": (DETECTORS, Detector),
    "step": (step_point(), Step),
    "backbone": (BACKBONES, Backbone),
    "join": (JOINS, Join),
    "model": (MODELS, (Backbone, Join)),
    "split": (SPLITS, Split),
    "control": (CONTROLS, Control),
    "augmentation": (AUGMENTATIONS, AUGMENTATIONS.base),
}


@pytest.fixture(scope="module")
def marks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marks")
    (folder / "marks_of_nobody.py").write_text(MARKS)
    sys.path.insert(0, str(folder))
    yield SimpleNamespace(name="marks_of_nobody", made=lambda: sys.modules["marks_of_nobody"].made)
    sys.path.remove(str(folder))
    sys.modules.pop("marks_of_nobody", None)


def names(point):
    own = [*point.known, *point.presets]
    return st.sampled_from(
        [
            *own,
            *(f"emoscan.signals.{name}" for name in own),
            "os.system",
            "sys.exit",
            "builtins.eval",
            "eval",
            "open",
            "marks_of_nobody.plain",
            "marks_of_nobody.Thing",
            "marks_of_nobody.made.append",
            "marks_of_nobody.lying",
            "emoscan.signals.files.publishing.os.getcwd",
            "emoscan.models.STRNN.__init__",
            "emoscan.preprocessing.Step",
            "emoscan.benchmarks.Split",
            "emoscan.signals.Dataset",
            "emoscan.models.Backbone",
            "Step",
            "STRNN.forward",
            "",
            "emoscan",
            "emoscan.benchmarks.speed.__main__",
            ".",
            "a..b",
            "x" * 500,
        ]
    )


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.complex_numbers() | st.binary(),
    lambda own: st.lists(own, max_size=3) | st.tuples(own) | st.dictionaries(st.text(max_size=3), own, max_size=2),
    max_leaves=6,
)
CODE = st.sampled_from(
    [
        "lambda: 0",
        "f'{1}'",
        "[x for x in '1']",
        "(x := 1)",
        "x",
        "__import__('os')",
        "a[0]",
        "*[1]",
        "**{'a': 1}",
        "1 if 1 else 2",
        "marks_of_nobody.plain()",
        "...",
        "-" * 900 + "1",
        "(" * 500,
        "not " * 500 + "1",
        "1" + "+1" * 1500,
        "9" * 5000,
        "a" + ".a" * 1500,
    ]
)


@st.composite
def texts(draw, point):
    """Calls of names, with arguments of any kind; and such calls with letters changed."""
    args = draw(st.lists(LITERALS.map(repr) | CODE, max_size=3))
    kwargs = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["column", "k", "seed", "window", "root", "self", "x"]), LITERALS.map(repr) | CODE
            ),
            max_size=2,
        )
    )
    text = f"{draw(names(point))}({', '.join([*args, *(f'{name}={value}' for name, value in kwargs)])})"
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        put = draw(st.sampled_from(["", "(", ")", "'", ".", ",", "\\", "\0", "\n", "é", "[", "lambda:"]))
        text = text[:place] + put + text[place + draw(st.integers(0, 4)) :]
    return text


def unless_refused(make):
    """What is made; None where it is refused in one line."""
    with suppress(InputError):
        try:
            return make()
        except InputError as refused:
            if len(str(refused).splitlines()) != 1:
                raise AssertionError(str(refused)) from refused
            raise
    return None


def kept_within(point, kind, text, marks):
    """Whether text gave a thing of its kind; all else is an ``InputError``, soon, and nothing else was called."""
    begun = time.process_time()
    makes = point.kind in ("split", "control", "step")
    made = unless_refused(lambda: point.build(text, allow=()) if makes else point.split(text, allow=())[0])
    assert made is None or (isinstance(made, kind) if makes else callable(made))
    unless_refused(lambda: point.check_stored(text, "file"))
    assert time.process_time() - begun < 1.0
    assert "marks_of_nobody" not in sys.modules


@pytest.mark.parametrize("name", POINTS)
def test_any_text_is_a_thing_of_its_kind_or_one_refusal(name, marks):
    point, kind = POINTS[name]

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(texts(point) | st.text(max_size=60))
    def law(text):
        kept_within(point, kind, text, marks)

    law()


@pytest.mark.parametrize("name", POINTS)
def test_what_is_allowed_is_looked_at_before_it_is_called(name, marks):
    point, _ = POINTS[name]
    things = ("plain", "lying", "Thing", "Bare", "thing", "made", "made.append", "Thing.__init__", "Split", "nothing")
    for thing in things:
        with pytest.raises(InputError) as refused:
            point.build(f"marks_of_nobody.{thing}()", allow=("marks_of_nobody",))
        assert len(str(refused.value).splitlines()) == 1
    assert marks.made() == []


@pytest.mark.parametrize("name", POINTS)
def test_every_plug_point_knows_its_kind_and_all_of_ours_are_of_it(name):
    point, kind = POINTS[name]
    assert point.base == kind
    checked = PlugPoint(point.kind, point.module, (), point.base)
    for known in (*point.known, *point.presets):
        if known != "Stacked":  # makes several models, and is one of no kind
            assert checked.find(f"{point.module}.{known}") == point.find(known)


def test_no_plug_point_is_left_out_here():
    seen = {
        id(thing)
        for module in list(sys.modules.values())
        if module.__name__.startswith("emoscan.")
        for thing in vars(module).values()
        if isinstance(thing, PlugPoint)
    }
    seen -= {id(LOGGERS)}  # where a run is logged stands in no file that emoscan reads as stored
    assert seen <= {id(point) for point, _ in POINTS.values()}
    assert len(seen) == len(POINTS) - 1  # the steps' is made anew each time


@pytest.mark.parametrize(
    "text, told",
    [
        ("leave_one_out(" + "[" * 1000 + "]" * 1000 + ")", "too deep"),
        ("k_folds('" + "x" * LONGEST + "')", "too long"),
        ("(" * (DEEPEST + 1), "too deep"),
        ("k_folds('a', 2, k=3)", "multiple values"),
        ("k_folds('a', k=2, k=3)", "not a name"),
        ("k_folds(**{'column': 'a', 'k': 2})", "not a name"),
        ("k_folds([].append)", "not a name"),
        ("k_folds({[]})", "not a name"),
    ],
)
def test_text_that_no_one_needs_is_refused(text, told):
    with pytest.raises(InputError, match=told) as refused:
        SPLITS.build(text, allow=())
    assert len(str(refused.value)) < 1000


def test_a_text_as_long_as_may_be_is_read_in_no_time_that_grows_with_its_square():
    begun = time.process_time()
    NamedCall.read("step", "F([" + "1," * (LONGEST // 2 - 10) + "])")
    assert time.process_time() - begun < 5.0  # a square of its length would be minutes


@pytest.mark.parametrize(
    "given_",
    [
        {"class_path": "MarkFlat", "init_args": {"seconds": []}},
        {"class_path": "MarkFlat", "init_args": {3: 1}},
        {"class_path": "MarkFlat()"},
        {"class_path": 3},
        {},
        {"class_path": "MarkFlat", "init_args": "x"},
        {"class_path": "MarkFlat", "init_args": {"seconds": object()}},
    ],
)
def test_a_mapping_holds_a_name_and_plain_values(given_):
    with pytest.raises(InputError):
        read_recipe({"eeg": [given_]}, allow=())


@pytest.mark.parametrize(
    "allow, name, good",
    [
        (("marks_of_nobody",), "marks_of_nobody.Mine", True),
        (("marks_of_nobody.Mine",), "marks_of_nobody.Mine", True),
        (("marks_of_nobody.Mine",), "marks_of_nobody.Other", False),
        (("marks",), "marks_of_nobody.Mine", False),
        (("",), "marks_of_nobody.Mine", False),
        ((), "marks_of_nobody.Mine", False),
        (("Mine",), "marks_of_nobody.Mine", False),
    ],
)
def test_a_package_or_a_whole_name_is_allowed_and_no_part_of_one(tmp_path, monkeypatch, allow, name, good):
    (tmp_path / "marks_of_nobody.py").write_text(
        "from dataclasses import dataclass\n"
        "from emoscan.preprocessing import Step\nfrom emoscan.signals import Volume\n"
        "@dataclass(frozen=True)\nclass Mine(Step):\n"
        "    def __call__(self, volume: Volume) -> Volume:\n        return volume\n"
        "class Other(Mine):\n    pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "marks_of_nobody", raising=False)
    if good:
        assert type(read_recipe({"eeg": [f"{name}()"]}, allow)["eeg"][0]).__name__ == "Mine"
    else:
        with pytest.raises(InputError, match="--allow marks_of_nobody"):
            read_recipe({"eeg": [f"{name}()"]}, allow)
        assert "marks_of_nobody" not in sys.modules
    monkeypatch.delitem(sys.modules, "marks_of_nobody", raising=False)


def test_a_function_is_a_split_when_it_is_annotated_to_give_one(tmp_path, monkeypatch):
    (tmp_path / "lab_splits.py").write_text(
        "from emoscan.benchmarks import Split, leave_one_out\n"
        "def mine(column: str = 'subject') -> Split:\n    return leave_one_out(column)\n"
        "def untold(column='subject'):\n    raise SystemError\n"
        "def broken() -> Split:\n    return 3\n"
        "def nameless() -> 'Nothing':\n    raise SystemError\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert SPLITS.build("lab_splits.mine('trial')", allow=("lab_splits",)) == leave_one_out("trial")
    assert SPLITS.build("lab_splits.mine") == leave_one_out("subject")
    for name in ("untold", "broken", "nameless"):
        with pytest.raises(InputError, match="wanted a Split"):
            SPLITS.build(f"lab_splits.{name}")


def test_a_module_that_cannot_be_imported_says_why(tmp_path, monkeypatch):
    (tmp_path / "lab_broken.py").write_text("import nothing_of_that_name\n")
    (tmp_path / "lab_wrong.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InputError, match="No module named 'nothing_of_that_name'"):
        SPLITS.find("lab_broken.mine")
    with pytest.raises(InputError, match="ZeroDivisionError"):
        SPLITS.find("lab_wrong.mine")
