"""Names and titles as lines that fit."""

import re

_JOINTS = re.compile(r"(?<=[_,(/])|(?<=[.-])(?!\d)")
"""Where a name may be broken: after signs that join its parts, though never within a number."""


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
