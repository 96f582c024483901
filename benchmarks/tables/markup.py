"""Tables as Markdown, HTML and LaTeX: letters that a form takes for commands are shown as they are."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from ...signals.shown_text import visible
from .cells import Cell, Column, Content, unbroken

LATEX_HEAD = "% needs \\usepackage{booktabs,graphicx}\n"

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "→": r"$\rightarrow$",
    "µ": r"\textmu{}",
    "†": r"\dag{}",
    "\n": " ",
    "\N{NO-BREAK SPACE}": "~",
}
"""Letters that LaTeX would take for commands, and signs that its old engines lack."""

_MINUS = re.compile(r"(?<![\w.)-])-(?=\.?\d)")
"""A hyphen that is a sign."""

_MARKDOWN = re.compile(
    r"""
    \\(?=[!-/:-@\[-`{-~]|$)   # a backslash before a sign would hide it
    | [|*`~]                  # the end of a cell, emphasis, code, struck out
    | \](?=[(\[:])           # a link
    | ^\[(?=[ xX]\])         # a box to tick
    | (?<!\w)_ | _(?!\w)      # emphasis; an underscore within a word is none
    | <(?=[A-Za-z/!?])        # a tag
    | &(?=\#?\w+;)            # a letter by its name
    """,
    re.VERBOSE,
)


def markdown(text: str) -> str:
    """``text`` so that Markdown shows it as it stands, in a cell and elsewhere."""
    return _MARKDOWN.sub(lambda match: f"\\{match[0]}", " ".join(visible(text).splitlines()))


def markdown_code(text: str) -> str:
    """``text`` as code, whatever its letters; within a table only the end of a cell needs an escape."""
    ticks = max(map(len, re.findall("`+", text)), default=0) + 1
    gap = " " if text.startswith("`") or text.endswith("`") else ""
    inside = " ".join(visible(text).splitlines()).replace("|", "\\|")
    return f"{'`' * ticks}{gap}{inside}{gap}{'`' * ticks}"


def latex(text: str) -> str:
    """``text`` so that LaTeX sets it as it stands, with a minus before a number instead of a hyphen."""
    return _MINUS.sub("$-$", "".join(_LATEX.get(letter, letter) for letter in visible(text)))


def markdown_of(content: Content) -> str:
    """The result in bold, the table, warnings in bold, then facts and notes as a list."""
    lines = [f"**{markdown(content.result)}**\n"] if content.result else []
    lines += [_markdown_row([column.title for column in content.columns]), f"|{'---|' * len(content.columns)}"]
    lines += [*map(_markdown_row, content.rows), ""]
    lines += [f"**{markdown(warning)}**\n" for warning in content.warnings]
    lines += [f"- {markdown(words)}" for words in _list_items(content)]
    return "\n".join(lines).rstrip() + "\n"


def html_of(content: Content) -> str:
    """The same as a fragment of a page."""
    head = "".join(f"<th>{_html(column.title)}</th>" for column in content.columns)
    body = "".join(map(_html_row, content.rows))
    lines = [f"<p><strong>{escape(content.result)}</strong></p>"] if content.result else []
    lines += [f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"]
    lines += [f"<p><strong>{escape(warning)}</strong></p>" for warning in content.warnings]
    items = "".join(f"<li>{escape(words)}</li>" for words in _list_items(content))
    if items:
        lines.append(f"<ul>{items}</ul>")
    return "\n".join([*lines, ""])


def latex_of(content: Content, title: str = "") -> str:
    """The same with booktabs: the result and the warnings as its caption, the notes below it.

    Its facts are left to the text around it.
    """
    opening = [f"{title}."] if title else []
    if content.result:
        opening.append(content.result)
    caption = " ".join([*opening, *content.warnings])
    notes = r"\par ".join(map(latex, content.notes))
    below = [r"\par\smallskip", rf"\parbox{{\linewidth}}{{\footnotesize {notes}}}"] if notes else []
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{latex(caption)}}}",
        r"\resizebox{\linewidth}{!}{%",
        rf"\begin{{tabular}}{{{''.join(map(_latex_column, content.columns))}}}",
        r"\toprule",
        _latex_row([column.title for column in content.columns]),
        r"\midrule",
        *map(_latex_row, content.rows),
        r"\bottomrule",
        r"\end{tabular}}",
        *below,
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def _list_items(content: Content) -> list[str]:
    return [*(f"{name}: {value}" for name, value in content.facts), *content.notes]


def _markdown_row(cells: Iterable[Cell]) -> str:
    texts = (markdown_code(cell.text) if cell.code else markdown(str(cell)) for cell in cells)
    return f"|{'|'.join(f' {text} ' if text else ' ' for text in texts)}|"


def _html_row(cells: Sequence[Cell]) -> str:
    return f"<tr>{''.join(f'<td>{_html(cell)}</td>' for cell in cells)}</tr>"


def _html(cell: Cell) -> str:
    text = escape(unbroken(str(cell)))
    if cell.code:
        text = f"<code>{text}</code>"
    return f'<span style="color: #777">{text}</span>' if cell.muted else text


def _latex_column(column: Column) -> str:
    return "r" if column.numeric else "l"


def _latex_row(cells: Sequence[Cell]) -> str:
    texts = [rf"\texttt{{{latex(str(cell))}}}" if cell.code else latex(str(cell)) for cell in cells]
    row = " & ".join(texts)
    # behind the end of a row and a rule, [ and * would be their settings
    return ("{}" if row.startswith(("[", "*")) else "") + row + r" \\"
