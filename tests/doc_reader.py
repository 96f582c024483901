"""What pages name in a form that a program could hold against the code: commands, inline code, blocks of Python."""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("emo-preprocess", "emo-train", "make", "python", "pip", "pytest", "pre-commit")
STARTS = re.compile(rf"(?:\$ +)?(?:\w+=\S+ +)*(?:\S*/)?(?:{'|'.join(PROGRAMS)})(?=\s|$)")
FENCE = re.compile(r"^(?P<fence>```+) *(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=fence) *$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
PARAGRAPHS = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:\||[-*] |\d+\. |#))")
SENTENCES = re.compile(r"(?<=[.!?;])\s+(?=[^a-z])")


@dataclass(frozen=True)
class Claim:
    """Something that a page says there is.

    Args:
        path: The page.
        line: Where it begins, counted from 1.
        text: What is claimed, as it stands there.
        around: The sentence or row that it stands in.
    """

    path: Path
    line: int
    text: str
    around: str = ""

    def __str__(self) -> str:
        where = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        return f"{where}:{self.line}: {self.text}"


def pages() -> list[Path]:
    """Every page: README, CONTRIBUTING and the site."""
    return sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def blocks(path: Path, *languages: str) -> list[Claim]:
    """The fenced blocks of a page in one of these languages; "" is a block of none."""
    text = path.read_text()
    return [
        Claim(path, _line(text, found.start("body")), found["body"])
        for found in FENCE.finditer(text)
        if found["language"] in languages
    ]


def inline(path: Path) -> list[Claim]:
    """The inline code of a page, each with the sentence or the row of a table around it; blocks are left out."""
    text = FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), path.read_text())
    return [
        Claim(path, _line(text, start + found.start()), " ".join(found[2].split()), _sentence(part, found.span()))
        for start, part in _paragraphs(text)
        for found in CODE.finditer(part)
    ]


def typed_lines(path: Path) -> list[Claim]:
    """The command lines in a page's blocks, joined where they go on, one for each command of a pipe."""
    return [claim for block in blocks(path, "", "sh", "bash", "console", "shell") for claim in commands_in(block)]


def commands_in(block: Claim) -> Iterator[Claim]:
    """The command lines of a block, with the comment that may stand behind each."""
    lines = enumerate(block.text.split("\n"), block.line)
    for number, line in lines:
        typed = line.strip()
        while typed.endswith("\\"):
            typed = f"{typed[:-1].rstrip()} {next(lines, (0, ''))[1].strip()}"
        for part in _piped(typed):
            if STARTS.match(part):
                yield Claim(block.path, number, re.sub(r"^\$ +", "", part))


def readings(line: str) -> list[list[str]]:
    """The words of a command line, shortest first: what stands behind ``#`` or a gap may be a comment or more of it.

    A gap is two spaces or more outside quotes; behind a gap, what begins with a hyphen or a quote is no comment.
    """
    ends = [gap.start() for gap in re.finditer(r" {2,}(?![-'\"$ ])", line)]
    found = [words for end in [*ends, len(line)] if (words := _words(line[:end])) is not None]
    return found or [line.split()]


def names_defined(paths: list[Path]) -> dict[str, ast.AST]:
    """What scripts and the blocks of Python in pages define at their top, with the statement that does."""
    texts = [text for path in paths for text in _python_of(path)]
    return {
        node.name: node
        for text in texts
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def _python_of(path: Path) -> list[str]:
    if path.suffix == ".py":
        return [path.read_text()]
    return [block.text for block in blocks(path, "python", "py") if "--8<--" not in block.text]


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Where each paragraph, list item, or row of a table begins, and what it says."""
    start = 0
    for gap in [*PARAGRAPHS.finditer(text), None]:
        end = len(text) if gap is None else gap.start()
        yield start, text[start:end]
        start = len(text) if gap is None else gap.end()


def _sentence(paragraph: str, span: tuple[int, int]) -> str:
    ends = [gap.start() for gap in SENTENCES.finditer(paragraph)]
    first = max([end for end in ends if end <= span[0]], default=0)
    last = min([end for end in ends if end >= span[1]], default=len(paragraph))
    return paragraph[first:last].strip()


def _piped(line: str) -> list[str]:
    """A line at its pipes and separators, those within quotes left alone."""
    parts = [""]
    for piece in re.split(r"(\s(?:\|\|?|&&|;)\s)", line):
        if re.fullmatch(r"\s(?:\|\|?|&&|;)\s", piece) and _words(parts[-1]) is not None:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _words(text: str) -> list[str] | None:
    """The words of a line up to ``#``; None where a quote is open."""
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return None
