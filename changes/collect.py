"""Fragments of the changelog, and putting them together: ``make changelog VERSION=0.3.0``; without a version, to look.

A fragment is what one change means to a user: ``changes/NAME.KIND.md``, of one kind, a few lines that end in a full
stop. So two changes never meet in one file. Ours, and not towncrier: it is one page, and needs no further template.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

KINDS = ("added", "changed", "fixed", "removed")
LONGEST = 1000
"""Letters of a fragment; what is longer belongs into the docs, and a link to it here."""

_NAME = re.compile(rf"[a-z0-9][a-z0-9_-]*\.({'|'.join(KINDS)})\.md")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


class FragmentError(ValueError):
    """A fragment, or what was asked for, is not as it should be."""


def read_fragments(folder: Path) -> dict[Path, str]:
    """The text of each fragment, by name.

    Raises:
        FragmentError: A file is called otherwise, or its text is empty, too long, cut off, or has headings or bullets.
    """
    found = {path: path.read_text().strip() for path in sorted(folder.glob("*")) if path.suffix not in (".py", "")}
    for path, text in found.items():
        if not _NAME.fullmatch(path.name):
            raise FragmentError(f"{path.name}: wanted NAME.KIND.md, a kind among {', '.join(KINDS)}")
        if not text or len(text) > LONGEST or not text.endswith((".", "?", "!", ")")):
            raise FragmentError(f"{path.name}: wanted whole sentences, at most {LONGEST} letters")
        if re.search(r"^\s*([#*-]|\d+\.) ", text, re.MULTILINE) or "\n\n" in text:
            raise FragmentError(f"{path.name}: wanted one paragraph without headings or bullets")
    return found


def section(title: str, fragments: Mapping[Path, str]) -> str:
    """A section of the changelog: fragments by kind, each a bullet."""
    lines = [f"## {title}", ""]
    for kind in KINDS:
        bullets = [_bullet(text) for path, text in fragments.items() if path.name.endswith(f".{kind}.md")]
        if bullets:
            lines += [f"### {kind.capitalize()}", "", *bullets, ""]
    return "\n".join(lines)


def collect(changelog: Path, folder: Path, version: str) -> None:
    """Write all fragments into the changelog as a version's section, before those of earlier ones, and remove them.

    Raises:
        FragmentError: There are none, one is not well formed, or the version is none or stands there.
    """
    fragments, text = read_fragments(folder), changelog.read_text()
    if not _VERSION.fullmatch(version) or re.search(rf"^## {re.escape(version)}\b", text, re.MULTILINE):
        raise FragmentError(f"version {version!r}: wanted one such as 0.3.0 that is not in {changelog.name}")
    if not fragments:
        raise FragmentError(f"no fragments in {folder.name}")
    head, mark, earlier = text.partition("\n## ")
    changelog.write_text(f"{head}\n{section(version, fragments)}{mark}{earlier}")
    for path in fragments:
        path.unlink()


def main(arguments: Iterable[str]) -> int:
    """Collect under the version that is named, or print what would be written."""
    folder = Path(__file__).resolve().parent
    version = "".join(arguments)
    try:
        if version:
            collect(folder.parent / "CHANGELOG.md", folder, version)
        else:
            print(section("Next", read_fragments(folder)), end="")
    except FragmentError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _bullet(text: str) -> str:
    return "- " + text.replace("\n", "\n  ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
