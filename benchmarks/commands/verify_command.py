"""The command ``emo-train verify``."""

import sys
from pathlib import Path

from ...preprocessing.commands.command_line import listed
from ...signals import InputError


def verify(folders: list[Path], allow: list[str] | str = "") -> None:
    """Check all that is stored in folders: every byte against its checksum, every score against its predictions.

    Caches, reports, tables, fusion tables, models, GANs, explanations, hidden units, alignments of clocks, unfinished
    trainings. The exit code is 1 where anything is wrong. A checksum finds accidents and careless hands; it is no
    signature.

    Args:
        folders: The folders, each looked through with all folders in it.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    from ..page.stored_things import stored_in

    found = []
    for folder in folders:
        for thing in stored_in(folder, listed(allow)):
            print(thing, flush=True)
            found.append(thing)
    wrong = [thing for thing in found if thing.faults]
    if not found:
        where = ", ".join(map(str, folders))
        raise InputError(where, "nothing stored", "caches, runs or models", "name folders that emoscan made")
    if wrong:
        names = ", ".join(str(thing.file) for thing in wrong)
        print(f"{len(wrong)} of {len(found)} are not as they were stored: {names}", file=sys.stderr)
        raise SystemExit(1)
