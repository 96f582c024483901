"""A figure as a file: whole or not at all, the same bytes each time, and with all of its text, in lines that fit."""

import io
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ... import __version__
from ...signals import InputError
from ...signals.files.publishing import publish_bytes
from ...signals.shown_text import visible
from .palette import PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

DPI = 130
"""Pixels an inch, also of what is drawn as pixels within SVG and PDF."""

KINDS = (".png", ".svg", ".pdf")
"""Endings of picture files."""

TIME_LABEL = "time on the session clock / s"
"""What stands below every axis of a recording's time."""

_PAD = 0.04
"""Inches around text that would stick out."""

_JOINTS = re.compile(r"(?<=[_,(/])|(?<=[.-])(?!\d)")
"""Where a name may be broken: after signs that join its parts, though never within a number."""


def new_figure(width: float, height: float, layout: Literal["constrained", "compressed"] = "constrained") -> "Figure":
    """An empty figure of so many inches, without a window; nothing of it overlaps."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout=layout)


def save_figure(figure: "Figure", path: str | Path) -> Path:
    """The file that the figure was written to; it is replaced at once, or stays as it was.

    Nothing in it depends on the day, so the same figure gives the same bytes. Text is shown as it stands and never read
    as a formula. Where text would be cut off, the paper grows. The figure is cleared: it cannot be saved twice.

    Args:
        figure: What is drawn, with or without a window.
        path: The picture file; its ending (png, svg, pdf) says which kind. Several kinds of one figure are joined by +,
            as in ``scores.svg+pdf``, and laid out once. Its folder is made where it is missing.

    Returns:
        The file; of several, that of the first kind.

    Raises:
        InputError: The ending is another one.
        DiskFull: There is no room.
    """
    from matplotlib import rc_context

    path = Path(path)
    files = _files(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    look: dict[Any, Any] = {"svg.hashsalt": "emoscan", "savefig.facecolor": PAPER, "text.parse_math": False}
    with rc_context(look):
        _make_visible(figure)
        paper = _grown(figure)
        for kind, file in files.items():
            drawn = io.BytesIO()
            figure.savefig(drawn, format=kind, dpi=DPI, metadata=_metadata(kind), bbox_inches=paper)
            publish_bytes(file, drawn.getbuffer())
    _close(figure)
    return next(iter(files.values()))


def _make_visible(figure: "Figure") -> None:
    """Show text as it stands: no formulas, and as escapes those letters that make an SVG which nothing opens."""
    from matplotlib.text import Text
    from matplotlib.ticker import FuncFormatter

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            labels = axis.get_major_formatter()  # it writes them anew whenever the figure is drawn
            if isinstance(labels, FuncFormatter):
                axis.set_major_formatter(FuncFormatter(partial(_visible_label, labels.func)))
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        text.set_text(visible(text.get_text()))


def _visible_label(label: Callable[[float, int | None], str], value: float, place: int | None) -> str:
    return visible(label(value, place))


def _files(path: Path) -> dict[str, Path]:
    """The files to write, by kind; where there is one only, its ending stays in the letters in which it was written."""
    endings = path.suffix.split("+")
    endings = [endings[0], *(f".{kind}" for kind in endings[1:])]
    if not {ending.lower() for ending in endings} <= set(KINDS):
        found = f"the ending {path.suffix!r}" if path.suffix else "no ending"
        raise InputError(path, found, f"one of {', '.join(KINDS)}", f"write {path.with_suffix('.png').name}")
    return {ending.lower()[1:]: path.with_suffix(ending) for ending in endings}


def _metadata(kind: str) -> dict[str, str | None]:
    """The names of the programs, and no date; each kind of file has other keys."""
    from matplotlib import __version__ as drawn_by

    writer = f"emoscan {__version__}, matplotlib {drawn_by}"
    if kind == "png":
        return {"Software": writer}
    return {"Creator": writer, **({"Date": None} if kind == "svg" else {"CreationDate": None})}


def _grown(figure: "Figure") -> "Bbox | None":
    """The paper with what sticks out of it, in inches; None where nothing does."""
    from matplotlib.transforms import Bbox

    figure.draw_without_rendering()
    figure.set_layout_engine(None)  # all is in its place: it need not be found again each time the figure is drawn
    drawn, paper = figure.get_tightbbox(), figure.bbox_inches
    both = Bbox.union([paper, drawn])
    fits = np.abs(np.subtract(both.extents, paper.extents)).max() < _PAD / 4
    return None if fits else Bbox.union([paper, drawn.padded(_PAD)])


def _close(figure: "Figure") -> None:
    """Let go of what the figure holds, also where MNE or a user has given it a window."""
    figure.clear()
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(figure)


def wrapped(text: str, letters: int) -> str:
    """``text`` in lines of at most so many letters.

    Lines end between words; a word that is longer, such as the dotted name of a model with its settings, is broken
    after a dot, bracket, comma or the like, and between letters where it has none.
    """
    return "\n".join("\n".join(_lines(paragraph, letters)) for paragraph in text.splitlines())


def _lines(paragraph: str, letters: int) -> list[str]:
    lines = [""]
    for word in paragraph.split():
        first, *rest = _JOINTS.split(word) if len(word) > letters else [word]
        _append(lines, f" {first}", letters)
        for piece in rest:
            _append(lines, piece, letters)
    return lines


def _append(lines: list[str], piece: str, letters: int) -> None:
    """Put a piece at the end of the last line, or below it where it does not fit."""
    if lines[-1] and len(lines[-1]) + len(piece) > letters:
        lines.append("")
    lines[-1] += piece if lines[-1] else piece.lstrip()
    while len(lines[-1]) > letters:
        lines[-1:] = [lines[-1][:letters], lines[-1][letters:]]
