"""Flipped bits and worse in every kind of stored file: named on use or by verify, or nothing else is read."""

import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import InputError
from ...signals.files.foreign.limited_process import Stopped, in_limited_process
from ..page.stored_things import stored_in
from .count import Count
from .stored.damages import FLIPS, OTHERS, Damage
from .stored.same_content import fingerprint
from .stored.stored_kinds import KINDS, StoredKind, write_stored

USUAL = 100
"""Flips of a run of the usual length, over all kinds; as many times something else is done to a file."""

_SECONDS, _ROOM = 10.0, 1_500_000_000
"""Seconds of work after which reading counts as hanging, and bytes that it may take."""

_PATIENCE = 12.0
"""How many times as long it may take by the clock, on a machine that others use."""

_PLACES = 3
"""Places of a trace that are shown."""


@dataclass(frozen=True)
class Ending:
    """What came of reading a damaged folder.

    Args:
        words: As in ``found on use``.
        wrong: Whether it should not have ended so.
    """

    words: str
    wrong: bool = False


@dataclass(frozen=True)
class Bench:
    """A file of one kind, whole, and what its folder gives.

    Args:
        kind: Of what.
        path: The file.
        content, sibling: Its bytes, and those of one that takes its place.
        whole, of_sibling: Fingerprints of what its folder gives with either.
    """

    kind: StoredKind
    path: Path
    content: bytes
    sibling: bytes
    whole: str
    of_sibling: str

    @classmethod
    def of(cls, kind: StoredKind, folder: Path) -> "Bench":
        """That of a kind below a folder of ``write_stored``.

        Raises:
            RuntimeError: Verify finds faults, or nothing that is stored, though nobody damaged anything.
        """
        path, sibling = kind.path(folder), kind.sibling_path(folder)
        if faults := _faults(path.parent):
            raise RuntimeError(f"{kind.name}: {faults[0]}, though nobody damaged it")
        whole = _limited(lambda: fingerprint(kind.use(path.parent)))
        alone = kind.alone and sibling.name == path.name
        of_sibling = _limited(lambda: fingerprint(kind.use(sibling.parent))) if alone else ""
        contents = {"content": path.read_bytes(), "sibling": sibling.read_bytes()}
        return cls(kind, path, **contents, whole=whole, of_sibling=of_sibling)

    def ending(self, damage: Damage, key: Sequence[int]) -> tuple[Ending, str]:
        """How reading ends after a damage, which is undone again; and what was done.

        Args:
            damage: One of ``FLIPS`` or ``OTHERS``.
            key: Numbers from which its chance comes.
        """
        changed, done = damage(self.content, self.sibling, np.random.default_rng(key))
        begin = time.monotonic()
        self.path.write_bytes(changed)
        try:
            ending = _limited(self._judged)
        except Stopped as stopped:
            ending = Ending(str(stopped), True)
        except MemoryError:
            ending = Ending(f"more than {_ROOM / 1e9:g} GB", True)
        finally:
            self.path.write_bytes(self.content)
        return ending, f"{self.kind.file}, {done}, after {time.monotonic() - begin:.1f} s"

    def _judged(self) -> Ending:
        """What reading and verifying the folder as it now is gives; both are done, whatever the first gives."""
        warnings.simplefilter("ignore")
        try:
            line, found = _line(lambda: self.kind.use(self.path.parent))
            faults = _faults(self.path.parent)
        except Exception as error:
            return Ending(_trace(error), True)
        lines = [*([line] if line else []), *faults]
        if lines and not any(self.path.name in words for words in lines):
            return Ending(f"no line that names {self.path.name}: {lines[0]!r}", True)
        if any("\n" in words for words in lines):
            return Ending(f"more than a line: {lines!r}", True)
        if line:
            return Ending("found on use")
        content = "" if found is None else fingerprint(found)
        if content == self.whole:
            return Ending("found by verify" if faults else "nothing read differs")
        if faults:
            return Ending("made again" if found is None else "found by verify")
        if found is None:
            return Ending("made again, and verify is silent", True)
        if self.of_sibling and content == self.of_sibling:
            return Ending("the sibling, whole")
        return Ending("something else is read, and nothing said", True)


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """Counts of flips, and of all else that is done, for each kind.

    Args:
        folder: An empty one to work in.
        times: A multiple of the usual number.
        seed: Of places and bits.
    """
    write_stored(folder)
    for number, kind in enumerate(KINDS):
        bench = Bench.of(kind, folder)
        for which, damages in enumerate((FLIPS, OTHERS)):
            yield _count(bench, damages, _share(number, USUAL * times), [seed, which, number])


def _share(number: int, total: int) -> range:
    """Of so many cases, dealt out one by one, those of the kind at a place."""
    return range(number, total, len(KINDS))


def _count(bench: Bench, damages: Mapping[str, Damage], cases: range, key: Sequence[int]) -> Count:
    endings, wrong, names = Counter[str](), [], list(damages)
    for case in cases:
        # one kind's turns go through all damages; the kinds do not all begin with the same
        name = names[(case // len(KINDS) + case) % len(names)]
        ending, done = bench.ending(damages[name], [*key, case])
        if ending.wrong:
            wrong.append(f"{done}: {ending.words}")
        else:
            endings[ending.words] += 1
    what = "bits flipped" if damages is FLIPS else ", ".join(names)
    note = ", ".join(f"{count} {words}" for words, count in endings.most_common())
    return Count(f"{bench.kind.name}: {what}", len(cases), tuple(wrong), note)


def _limited(work: Callable[[], Any]) -> Any:
    return in_limited_process(work, _SECONDS, _ROOM, _PATIENCE)


def _line(use: Callable[[], Any]) -> tuple[str, Any]:
    """The line that refuses something, or what it gives."""
    try:
        return "", use()
    except InputError as error:
        return str(error), None


def _faults(folder: Path) -> list[str]:
    """What ``emo-train verify`` says of a folder's things that are not as they were stored."""
    return [str(thing) for thing in stored_in(folder) if thing.faults]


def _trace(error: Exception) -> str:
    places = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(places))
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]} [{where}]"
