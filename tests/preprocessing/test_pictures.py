"""One palette that any eye can read, and one way to save a figure: whole, with all of its text, the same each time."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from emoscan.preprocessing.pictures import palette
from emoscan.preprocessing.pictures.figure_file import save_figure, wrapped
from emoscan.signals import InputError

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("signals", "preprocessing", "models", "benchmarks")
ROOM = ROOT / "preprocessing" / "pictures"
FAINT = {"PAPER", "RIM", "LANDMARK", "GRID", "AXIS", "BAND", "UNKNOWN"}
"""Paper, what lies on photographs, and what only guides the eye."""

EYES = {
    "all cones": np.eye(3),
    "no green cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no red cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
"""From linear RGB to what such eyes see of it (Machado, Oliveira, Fernandes 2009, severity 1)."""

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def colours() -> dict[str, str]:
    """The names of the palette that are one colour each."""
    return {name: value for name, value in vars(palette).items() if str(value).startswith("#")}


def linear(colour: str) -> np.ndarray:
    """(3,) red, green and blue as light, 0 to 1."""
    shown = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


def contrast(colour: str, other: str = "#ffffff") -> float:
    """The contrast ratio of WCAG 2.1: (L1 + 0.05) / (L2 + 0.05)."""
    dark, light = sorted(float(TO_XYZ[1] @ linear(one)) for one in (colour, other))
    return (light + 0.05) / (dark + 0.05)


def lab(light: np.ndarray) -> np.ndarray:
    """(3,) lightness and two opponents of CIELAB, in which equal steps look about equal."""
    x = TO_XYZ @ np.clip(light, 0, 1) / WHITE
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def closest(chosen: tuple[str, ...], eyes: str) -> float:
    """The least distance of any two colours to such eyes."""
    seen = [lab(EYES[eyes] @ linear(colour)) for colour in chosen]
    return min(float(np.linalg.norm(a - b)) for i, a in enumerate(seen) for b in seen[:i])


def test_contrast_is_that_of_wcag():
    assert contrast("#000000") == pytest.approx(21)
    assert contrast("#777777") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", sorted(colours().keys() - FAINT))
def test_a_line_stands_out_from_white_paper(name):
    assert contrast(colours()[name]) >= 3


@pytest.mark.parametrize("eyes", EYES)
def test_any_two_lines_are_told_apart_by_any_eye(eyes):
    assert closest(palette.LINES, eyes) >= 25


def test_colours_that_eyes_without_green_cones_confuse_are_found_out():
    confused = ("#cc79a7", "#999999")
    assert closest(confused, "no green cones") < 10 < 30 < closest(confused, "all cones") + 15


@pytest.mark.parametrize(
    "chosen", [palette.MODALITIES, (palette.JOINED, palette.WITHOUT, palette.SHIFTED, palette.SWAPPED)]
)
def test_kinds_in_one_picture_are_told_apart(chosen):
    assert min(closest(chosen, eyes) for eyes in EYES) >= 20


def test_colour_maps_are_known_to_matplotlib():
    from matplotlib import colormaps

    names = {name: value for name, value in vars(palette).items() if name.isupper() and isinstance(value, str)}
    maps = {value for name, value in names.items() if not value.startswith("#")}
    assert len(maps) >= 6
    assert maps <= set(colormaps)


COLOURED = {"color", "c", "ec", "fc", "edgecolor", "edgecolors", "facecolor", "facecolors", "foreground", "cmap"}
HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|tab:\w+|C\d")


def faults(tree: ast.AST):
    """Lines of a module that save a figure or name a colour by themselves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("savefig", "imsave"):
            yield f"{node.lineno}: {node.attr}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and HEX.fullmatch(node.value):
            yield f"{node.lineno}: {node.value}"
        elif isinstance(node, ast.keyword) and node.arg in COLOURED:
            literal = isinstance(node.value, ast.JoinedStr) or (
                isinstance(node.value, ast.Constant) and node.value.value not in (None, "none")
            )
            if literal:
                yield f"{node.value.lineno}: {node.arg}"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("figure.savefig(path)", "savefig"),
        ("RED = '#ff0000'", "#ff0000"),
        ("axes.plot(x, color='black')", "color"),
        ("axes.plot(x, color=f'C{k}')", "color"),
        ("axes.imshow(x, cmap='jet')", "cmap"),
    ],
)
def test_a_colour_or_a_saving_elsewhere_is_found_out(code, found):
    assert [fault.partition(": ")[2] for fault in faults(ast.parse(code))] == [found]


def test_no_other_module_names_a_colour_or_saves_a_figure():
    modules = [path for part in PARTS for path in (ROOT / part).rglob("*.py") if path.parent != ROOM]
    assert {
        str(path.relative_to(ROOT)): found for path in modules if (found := [*faults(ast.parse(path.read_text()))])
    } == {}


def figure(title: str = "STRNN") -> Figure:
    """A line, with names beside it."""
    made = Figure(figsize=(3, 2), layout="constrained")
    axes = made.subplots()
    axes.plot([0, 1], [0, 1], color=palette.PREDICTED, label="one")
    axes.set_title(title)
    return made


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "PNG"])
def test_the_same_figure_gives_the_same_bytes(tmp_path, kind):
    one, two = (save_figure(figure(), tmp_path / f"{name}.{kind}") for name in "ab")
    assert one.read_bytes() == two.read_bytes()
    assert re.search(rb"emoscan \d", one.read_bytes())
    assert not re.search(rb"CreationDate|<dc:date>", one.read_bytes())


def test_several_kinds_of_one_figure_are_the_files_that_each_alone_would_be(tmp_path):
    assert save_figure(figure(), tmp_path / "all.svg+pdf") == tmp_path / "all.svg"
    for kind in ("svg", "pdf"):
        alone = save_figure(figure(), tmp_path / f"alone.{kind}")
        assert (tmp_path / f"all.{kind}").read_bytes() == alone.read_bytes()


@pytest.mark.parametrize("name", ["plot.jpg", "plot", "plot.svg.gz", "plot.", "plot.svg+gif"])
def test_another_ending_is_refused_in_one_line(tmp_path, name):
    with pytest.raises(InputError, match=r"wanted one of \.png, \.svg, \.pdf") as refused:
        save_figure(figure(), tmp_path / name)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_drawn_leaves_the_old_one(tmp_path):
    path = save_figure(figure(), tmp_path / "plot.png")
    before, broken = path.read_bytes(), figure()
    broken.axes[0].yaxis.set_major_formatter(lambda value, place: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_figure(broken, path)
    assert [file.name for file in tmp_path.iterdir()] == ["plot.png"]
    assert path.read_bytes() == before


def test_a_folder_that_is_missing_is_made(tmp_path):
    assert save_figure(figure(), tmp_path / "new" / "folder" / "plot.png").exists()


def ink_at_the_rim(path: Path) -> int:
    """Pixels at the rim of a picture that are not white."""
    shown = np.asarray(Image.open(path).convert("L"))
    return int(sum((rim < 250).sum() for rim in (shown[0], shown[-1], shown[:, 0], shown[:, -1])))


@pytest.mark.parametrize("place", [(0.0, 0.5), (0.9, 0.5), (0.5, 1.1), (0.5, -0.2)])
def test_text_that_would_stick_out_is_not_cut_off(tmp_path, place):
    made = figure()
    made.text(*place, "a long remark beside the plot", ha="center")
    path = save_figure(made, tmp_path / "plot.png")
    assert ink_at_the_rim(path) == 0
    wide, high = Image.open(path).size
    assert wide >= 390
    assert high >= 260
    assert wide * high > 390 * 260


def test_a_figure_that_fits_keeps_its_size(tmp_path):
    assert Image.open(save_figure(figure(), tmp_path / "plot.png")).size == (390, 260)


def test_a_name_is_never_read_as_a_formula(tmp_path):
    made = figure("$a_b$")
    made.axes[0].set_yticks([0, 1], ["$x", "y$_broken$}"])
    assert save_figure(made, tmp_path / "plot.pdf").exists()


def test_a_window_is_closed(tmp_path):
    from matplotlib import pyplot

    with_window = pyplot.figure()
    with_window.subplots().plot([0, 1])
    save_figure(with_window, tmp_path / "plot.png")
    assert not pyplot.fignum_exists(with_window.number)


def test_pictures_need_no_screen(tmp_path):
    code = (
        "import sys; from matplotlib.figure import Figure; from emoscan.preprocessing.pictures.figure_file import "
        "save_figure; f = Figure(); f.subplots(); save_figure(f, sys.argv[1]); print('tkinter' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "plot.png"], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "False"
    assert Image.open(tmp_path / "plot.png").size == (832, 624)


def test_the_palette_loads_no_matplotlib():
    code = "import sys, emoscan.preprocessing.pictures.figure_file; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


LONG = "a.very.long.dotted.path.to_a_model.OfSomebodyElse(with_settings=True, width=0.128)"


@pytest.mark.parametrize("letters", [8, 13, 24, 60, 100])
@pytest.mark.parametrize("text", [LONG, "leave one subject out, 12 people", "x" * 90, "a\nb c", ""])
def test_wrapped_names_fit_and_lose_nothing(text, letters):
    lines = wrapped(text, letters).splitlines()
    assert all(0 < len(line) <= letters for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_names_break_at_their_joints_and_never_within_a_number():
    assert wrapped(LONG, 24).splitlines() == [
        "a.very.long.dotted.path.",
        "to_a_model.",
        "OfSomebodyElse(with_",
        "settings=True,",
        "width=0.128)",
    ]
    assert wrapped("STRNN(rate=1e-3,low=0.5)", 20).splitlines() == ["STRNN(rate=1e-3,", "low=0.5)"]
