"""Fuzzed sources: files of every dataset and kind, spoilt, and then read: refused, told, or as they were."""

import hashlib
import random
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import Electrodes, Features, InputError, Peripheral, Video
from ...signals.files.foreign.limited_process import Stopped, in_limited_process
from ...signals.trials.dataset import NOTE, Dataset
from ...signals.trials.trial import Stream, Trial
from .count import Count
from .foreign.mutations import MUTATIONS
from .foreign.source_kinds import SourceKind, all_kinds

_EACH = 5
"""Mutations of a kind of file, at ``--times 1``."""

_SECONDS, _ROOM = 10.0, 1_500_000_000
"""Limits of reading one source, and bytes."""

_TRAP = 32
"""Bytes below which a lookalike's file is one that nobody reads."""

_TEXTS = frozenset({".csv", ".tsv", ".txt", ".ts", ".json", ".xml", ".yaml", ".vhdr", ".vmrk", ".list"})
"""Suffixes of text, where one number is as good as another."""

_UNSEALED = frozenset({".gif", ".jpg", ".jpeg", ".tiff", ".bmp", ".webp"})
"""Suffixes of pictures whose pixels are followed by nothing that says how many bytes they were."""

_LOSSES = ("cut", "a piece twice", "a piece missing", "rubbish behind")
"""Mutations that change how many bytes there are: no reader may take the rest for all without a word."""

_NO_MEMORY = ("MemoryError", "Unable to allocate", "Cannot allocate")


@dataclass(frozen=True)
class Content:
    """What a dataset gives: all that it says of trials, digests of their samples, and what it tells about reading."""

    facts: dict[str, str] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spoiling:
    """One file of a source, and what is done to it.

    Args:
        kind, root: The source, and the folder it is in.
        path: The file.
        mutation: One of ``MUTATIONS``.
        key: Text from which the randomness comes, to have it again.
    """

    kind: SourceKind
    root: Path
    path: Path
    mutation: str
    key: str

    def outcome(self, whole: Content) -> str:
        """How reading ends with the file spoilt, which is as before afterwards; begins with WRONG where it is wrong."""
        content = self.path.read_bytes()
        spoilt = MUTATIONS[self.mutation](content, np.random.default_rng(random.Random(self.key).randrange(1 << 32)))
        self.path.write_bytes(spoilt)
        try:
            found = in_limited_process(lambda: _read(self.kind, self.root), _SECONDS, _ROOM)
        except Stopped as stopped:
            return f"WRONG: {stopped}"
        except MemoryError:
            return f"WRONG: more than {_ROOM / 1e9:g} GB"
        finally:
            self.path.write_bytes(content)
        if isinstance(found, str):
            return found
        return _compared(whole, found, self, spoilt == content)


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """A count for each kind of source."""
    for kind in all_kinds():
        yield _count(kind, folder / kind.name.replace(" ", "_").replace(":", ""), _EACH * times, seed)


def _count(kind: SourceKind, folder: Path, each: int, seed: int) -> Count:
    root = folder / "spoilt"
    whole = written_source(kind, folder)
    wrong, outcomes, slowest = [], Counter[str](), 0.0
    for spoiling in _spoilings(kind, root, each, seed):
        begin = time.monotonic()
        outcome = spoiling.outcome(whole)
        slowest = max(slowest, time.monotonic() - begin)
        if outcome.startswith("WRONG"):
            wrong.append(f"{spoiling.path.relative_to(root)} ({spoiling.key}): {outcome}")
        else:
            outcomes[outcome] += 1
    counted = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    return Count(kind.name, sum(outcomes.values()) + len(wrong), tuple(wrong), f"{counted}; slowest {slowest:.1f} s")


def written_source(kind: SourceKind, folder: Path) -> Content:
    """What the source gives that is written into ``folder / "spoilt"`` now."""
    for name in ("warmed", "spoilt"):
        (folder / name).mkdir(parents=True)
        kind.write(folder / name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # all that it imports is loaded once, and nothing of the folder that is spoilt is remembered
        content_of(kind.read(folder / "warmed"))
    return in_limited_process(lambda: content_of(kind.read(folder / "spoilt")), 60, _ROOM)


def _spoilings(kind: SourceKind, root: Path, each: int, seed: int) -> Iterator[Spoiling]:
    for suffix, files in _by_suffix(kind, root).items():
        first = random.Random(f"{kind.name}|{suffix}|{seed}").randrange(len(MUTATIONS))
        for number, mutation in enumerate(islice(cycle(MUTATIONS), first, first + each)):
            key = f"{kind.name}|{suffix}|{mutation}|{number}|{seed}"
            path = files[random.Random(key).randrange(len(files))]
            yield Spoiling(kind, root, path, mutation, key)


def _read(kind: SourceKind, root: Path) -> Content | str:
    warnings.simplefilter("ignore")
    try:
        return content_of(kind.read(root))
    except InputError as error:
        words = str(error)
        if any(known in words for known in _NO_MEMORY):
            return f"WRONG: more than {_ROOM / 1e9:g} GB: {words[:300]}"
        return "refused" if words and "\n" not in words else f"WRONG: {words!r}"
    except MemoryError:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-3:]
        places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(last))
        return f"WRONG: {type(error).__name__}: {' '.join(str(error).split())[:200]} [{places}]"


def _compared(whole: Content, found: Content, spoiling: Spoiling, untouched: bool) -> str:
    suffix = spoiling.path.suffix.lower()
    if found == whole:
        return "as before"
    if untouched:
        return "WRONG: another content of the same bytes"
    if found.told != whole.told:
        return "told"
    if suffix in _TEXTS:
        return "another text"
    if spoiling.mutation not in _LOSSES or (suffix in _UNSEALED and found.facts == whole.facts):
        return "other samples" if found.facts == whole.facts else "another number"
    names = [name for name in {**whole.facts, **found.facts} if whole.facts.get(name) != found.facts.get(name)]
    first = next(iter(names), "samples")
    before, after = whole.facts.get(first, "missing"), found.facts.get(first, "missing")
    return f"WRONG: silently {first}: {before[:100]} became {after[:100]} ({len(names)} such)"


def content_of(dataset: Dataset) -> Content:
    """All that a dataset gives, read to the last sample."""
    facts, samples, told = dict[str, str](), dict[str, str](), [s.reason for s in dataset.skipped()]
    for number, trial in enumerate(dataset):
        facts |= {f"{number}.{name}": value for name, value in _facts(trial).items()}
        told += trial.remarks
        for name, stream in trial.streams.items():
            facts |= {f"{number}.{name}.{fact}": value for fact, value in _stream_facts(stream).items()}
            samples[f"{number}.{name}"] = _samples(stream)
    return Content(facts, samples, tuple(sorted(told)))


def _facts(trial: Trial) -> dict[str, str]:
    values = {entry.name: getattr(trial, entry.name) for entry in fields(trial) if entry.name != "streams"}
    return {name: _text(value) for name, value in values.items()}


def _stream_facts(stream: Stream) -> dict[str, str]:
    left_out = ("read", "source", "remarks")
    values = {entry.name: getattr(stream, entry.name) for entry in fields(stream) if entry.name not in left_out}
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:8]}"
    if hasattr(value, "__dataclass_fields__"):
        return str({entry.name: _text(getattr(value, entry.name)) for entry in fields(value)})
    if isinstance(value, dict):
        return str({name: _text(one) for name, one in value.items()})
    return repr(value)


def _samples(stream: Stream) -> str:
    digest = hashlib.sha256()
    if isinstance(stream, Video):
        for picture in stream.frames():
            digest.update(np.ascontiguousarray(picture).tobytes())
    elif isinstance(stream, Features):
        digest.update(np.ascontiguousarray(stream.read()).tobytes())
    elif isinstance(stream, Electrodes | Peripheral):
        digest.update(np.ascontiguousarray(stream.read(0, stream.n_samples)).tobytes())
    return digest.hexdigest()


def _by_suffix(kind: SourceKind, root: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != NOTE and path.stat().st_size >= _TRAP:
            own = not kind.suffixes or path.suffix in kind.suffixes or path.name in kind.suffixes
            if own:
                found.setdefault(path.suffix, []).append(path)
    return found
