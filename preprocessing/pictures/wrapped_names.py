"""Names and titles as lines that fit."""

import re
import textwrap

_JOINTS = re.compile(r"(?<=[_,(/])|(?<=[.-])(?!\d)")
"""Where a name may be broken: after signs that join its parts, though never within a number."""


def wrapped(text: str, letters: int) -> str:
    """``text`` in lines of at most so many letters.

    Lines end between words; a word that is longer, such as the dotted name of a model with its settings, is broken
    after a dot, bracket, comma or the like, and between letters where it has none.
    """
    lines: list[str] = []
    for paragraph in text.splitlines():
        for line in textwrap.wrap(paragraph, letters, break_long_words=False, break_on_hyphens=False):
            lines += _broken(line, letters)
    return "\n".join(lines)


def _broken(line: str, letters: int) -> list[str]:
    """A line as lines that fit, each as long as its joints allow."""
    lines = [""]
    for piece in _JOINTS.split(line):
        if lines[-1] and len(lines[-1]) + len(piece) > letters:
            lines.append("")
        lines[-1] += piece
        while len(lines[-1]) > letters:
            lines[-1:] = [lines[-1][:letters], lines[-1][letters:]]
    return lines
