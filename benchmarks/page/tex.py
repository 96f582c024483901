"""Tables for a paper."""

from collections.abc import Sequence

from ..tables.table import Table

_MEANT = {
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
}
"""What LaTeX would take for something else, and signs that its old engines lack."""

HEAD = "% needs \\usepackage{booktabs,graphicx}\n"


def latex(text: str) -> str:
    """``text`` so that LaTeX sets it as it stands."""
    return "".join(_MEANT.get(letter, letter) for letter in text)


def latex_table(table: Table, title: str = "") -> str:
    """A table in booktabs' form; its warnings and notes are the caption, so that no copy goes without them."""
    heads, rows = table.grid()
    said = " ".join([*([f"{title}."] if title else []), *table.warnings, *table.notes])
    columns = "".join("r" if _numeric([row[i] for row in rows]) else "l" for i in range(len(heads)))
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{latex(said)}}}",
        r"\resizebox{\linewidth}{!}{%",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _line(heads),
        r"\midrule",
        *map(_line, rows),
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return " & ".join(map(latex, cells)) + r" \\"


def _numeric(cells: Sequence[str]) -> bool:
    return all(text.lstrip("(+-.")[:1].isdigit() for text in cells if text)
