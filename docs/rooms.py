"""The rooms of the house as tables: what the docstrings of the folders say, and where each noun of the pages lives.

    python docs/rooms.py            the list of rooms that CONTRIBUTING shows
    python docs/rooms.py --nouns    where the nouns of docs/nouns.md live

A test holds both pages against it.
"""

import ast
import inspect
import sys
from pathlib import Path

import emoscan

ROOT = Path(emoscan.__file__).resolve().parent
FOLDERS = ("signals", "preprocessing", "models", "benchmarks")


def rooms() -> dict[str, str]:
    """What lives in each folder, by its path: the first paragraph of its docstring."""
    faces = [face for folder in FOLDERS for face in sorted((ROOT / folder).rglob("__init__.py"))]
    return {face.parent.relative_to(ROOT).as_posix(): said(face) for face in faces if not is_dataset(face)}


def said(face: Path) -> str:
    """The first paragraph of a folder's docstring, on one line, with Markdown's marks for code."""
    words = ast.get_docstring(ast.parse(face.read_text(encoding="utf-8"))) or ""
    return " ".join(words.split("\n\n")[0].split()).replace("``", "`")


def is_dataset(face: Path) -> bool:
    """Whether a folder holds one dataset: these are listed by the dataset's page."""
    return face.parent.parent.name == "datasets"


def table() -> str:
    """The list of rooms, as Markdown."""
    return "\n".join(
        ["| folder | what lives there |", "|---|---|", *(f"| `{at}` | {words} |" for at, words in rooms().items())]
    )


def home(name: str) -> str:
    """The file in which a public noun lives, by its path in the repository."""
    faces = (getattr(emoscan, folder) for folder in FOLDERS)
    found = next(getattr(face, name) for face in faces if name in face.__all__)
    return Path(inspect.getfile(found)).resolve().relative_to(ROOT).as_posix()


NOUNS = (
    "Trial", "Electrodes", "Video", "Clock", "Track", "Features", "Task", "Target", "RatedClasses", "Dataset", "Step",
    "Volume", "Cache", "JointWindows", "Layout", "Backbone", "Fold", "Split", "guard", "Report", "Table",
)  # fmt: skip
"""The nouns of docs/nouns.md that are public names."""


if __name__ == "__main__":
    lines = [f"{name}: {home(name)}" for name in NOUNS] if "--nouns" in sys.argv else [table()]
    print("\n".join(lines))
