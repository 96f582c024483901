"""Hostile folders: somebody else's caches, runs and models are opened, and made to be anything but that."""

import random
import shutil
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...models import load_model
from ...models.gan import load_gan
from ...preprocessing import Cache
from ...preprocessing.cache_files.cache_index import Index
from ...preprocessing.cache_files.cache_writing import publish_cache
from ...signals import SCALP_19
from ...signals.files.edf import EdfSignal, write_edf
from ..page.fusions import read_fusion
from ..runs.report import Report
from ..runs.training_run import read_outcome
from ..studies.explanations.explained import Explained
from ..studies.explanations.hidden_units import HiddenUnits
from ..tables.comparison import compare
from .count import Count
from .hostile import file_tricks, hdf5_tricks
from .hostile.hostile_values import (
    HOSTILE,
    SECRET_NAME,
    kept,
    sealed_report,
    signed,
    some_place,
    unsigned_text,
    with_value,
)
from .hostile.opening import Opened, Use, load, opened

ARCHIVE = Path(__file__).parents[2] / "tests" / "data" / "stored" / "0.2.0.tar.xz"
"""Whole things of a tiny simulated study; a checkout has it."""

_CASES = 60
"""At ``--times 1``, each opened by a reader and by a command."""


def _of_cache(folder: Path) -> Iterator[Any]:
    for trial in Cache(folder):
        for volume in trial.values():
            yield from (volume.x, volume.times, volume.subject)


def _of_report(folder: Path) -> Iterator[Any]:
    yield compare(Report.load(folder)).to_markdown()


def _of_fusion(folder: Path) -> Iterator[Any]:
    table = read_fusion(folder)
    yield from (table.to_json(), *[row for join in table.joins for row in table.of(join)])


def _of_model(folder: Path) -> Iterator[Any]:
    model = load_model(folder)
    yield from (repr(model.facts), *[weight.numpy() for weight in model.model.state_dict().values()])


def _of_gan(folder: Path) -> Iterator[Any]:
    gan = load_gan(folder)
    yield from (repr(gan.facts), *[weight.numpy() for weight in gan.model.state_dict().values()])


def _of_half(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.glob("parts/*.npz")):
        yield read_outcome(path, "")


def _uses(read: Use, *lines: str) -> tuple[Use, ...]:
    return (read, *[Use(line.partition(" {")[0], line) for line in lines])


_SHORT = "--split k_folds('subject',2) --window 2 --epochs 1 --output {output}/out"
_TRAIN_VERIFY = "emo-train verify {folder}"


@dataclass(frozen=True)
class Thing:
    """A folder of one kind.

    Args:
        name: In words.
        place: Of a whole one, among those of the archive.
        texts: How each text in it is written with a checksum that fits, by its name.
        uses: The reader first, then the commands.
    """

    name: str
    place: str
    texts: Mapping[str, Callable[[Path, Any], None]]
    uses: tuple[Use, ...]


def _cache(name: str) -> Thing:
    lines = [
        "emo-preprocess inspect {folder}",
        "emo-preprocess verify {folder}",
        _TRAIN_VERIFY,
        f"emo-train bench {{folder}} --models linear {_SHORT}",
        f"emo-train explain {{folder}} --model STRNN(hidden=4) {_SHORT}",
    ]
    if name != "faces":  # of pictures alone nothing is left
        lines.append("emo-preprocess scrub {folder} {output}/out")
    uses = _uses(Use("Cache", read=_of_cache), *lines)
    return Thing(f"cache of {name}", f"caches/{name}", {"cache.json": signed}, uses)


THINGS: Sequence[Thing] = (
    _cache("eeg"),
    _cache("faces"),
    _cache("pair"),
    _cache("rated"),
    Thing(
        "report",
        "runs/bench/linear-train",
        {"report.json": sealed_report},
        _uses(
            Use("Report.load", read=_of_report),
            _TRAIN_VERIFY,
            "emo-train table {folder} --output {output}/out",
            "emo-train report {folder} --output {output}/out.html",
        ),
    ),
    Thing(
        "fusion",
        "runs/fusion",
        {"fusion.json": signed, "Gated/report.json": sealed_report},
        _uses(Use("read_fusion", read=_of_fusion), _TRAIN_VERIFY),
    ),
    Thing(
        "fusion and one report",
        "runs/joins",
        {"fusion.json": signed},
        _uses(Use("read_fusion", read=_of_fusion), "emo-train report {folder} --output {output}/out.html"),
    ),
    Thing(
        "runs",
        "runs/bench",
        {"table.json": signed, "majority-train/report.json": sealed_report},
        _uses(
            Use("Report.load of one", read=lambda folder: _of_report(folder / "majority-train")),
            _TRAIN_VERIFY,
            "emo-train table {folder} --output {output}/out",
        ),
    ),
    Thing(
        "model",
        "models/strnn",
        {"model.json": kept, "fit.json": signed},
        _uses(
            Use("load_model", read=_of_model),
            _TRAIN_VERIFY,
            "emo-train units {folder} {good}/caches/eeg --output {output}/out",
            "emo-train predict {folder} {good}/recording.edf --output {output}/out",
        ),
    ),
    Thing(
        "GAN",
        "models/gan",
        {"gan.json": kept, "begun.json": signed, "score.json": signed},
        _uses(Use("load_gan", read=_of_gan), _TRAIN_VERIFY, "emo-train gan sample {folder} --output {output}/out.png"),
    ),
    Thing(
        "explanation",
        "runs/explain",
        {"explained.json": signed},
        _uses(
            Use("Explained.read", read=lambda folder: [Explained.read(folder).verdict]),
            _TRAIN_VERIFY,
            "emo-train report {folder} --output {output}/out.html",
        ),
    ),
    Thing(
        "hidden units",
        "runs/units",
        {},
        _uses(Use("HiddenUnits.read", read=lambda folder: [repr(HiddenUnits.read(folder))]), _TRAIN_VERIFY),
    ),
    Thing("half a benchmark", "half", {}, _uses(Use("read_outcome", read=_of_half), _TRAIN_VERIFY)),
)
"""All kinds of folders."""

LINK = "link to a secret"
"""The kind of case whose folder leads to the secret by a link, as a user's own folder may lead elsewhere."""

_CACHES, _NPZ, _TENSORS = slice(0, 4), ("report", "hidden units", "half a benchmark", "runs"), ("model", "GAN")


@dataclass(frozen=True)
class Case:
    """A kind of folder, and what is done to it.

    Args:
        kind: In words, for the table.
        thing: The folder.
        play: Changes a copy of it, with the randomness of the case.
    """

    kind: str
    thing: Thing
    play: Callable[[Path, random.Random], None]


def all_cases(draw: random.Random) -> list[Case]:
    """Each kind of trick once, on a thing that can have it."""
    caches = THINGS[_CACHES]
    cases = [Case("text", thing, partial(_change_text, thing)) for thing in THINGS if thing.texts]
    cases += [Case("HDF5", draw.choice(caches), partial(_trick, name)) for name in hdf5_tricks.TRICKS]
    cases += [Case("HDF5 facts", draw.choice(caches), hdf5_tricks.play_facts) for _ in range(2)]
    cases += [Case("HDF5 headers", draw.choice(caches), hdf5_tricks.flip_structure) for _ in range(6)]
    for kind, names, trick, of in (
        ("npz", file_tricks.ARCHIVE_TRICKS, file_tricks.archive_bomb, _NPZ),
        ("tensors", file_tricks.TENSOR_TRICKS, file_tricks.tensor_bomb, _TENSORS),
        ("no file", file_tricks.IN_PLACE, file_tricks.stand_in, tuple(thing.name for thing in THINGS)),
    ):
        things = [thing for thing in THINGS if thing.name in of]
        cases += [Case(kind, draw.choice(things), partial(_play, trick, name)) for name in names]
    cases.append(Case(LINK, draw.choice(THINGS), file_tricks.link_to_secret))
    for name, play in (("20,000 files", file_tricks.crowd), ("names", file_tricks.odd_names)):
        cases.append(Case(name, draw.choice(THINGS), play))
    cases.append(Case("names", draw.choice(THINGS), file_tricks.renamed))
    return cases


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """A count for each kind of case."""
    write_good(folder / "good")
    load_all(folder / "good")
    outcomes: dict[str, list[Outcome]] = {}
    for again in range(times):
        for number, case in enumerate(all_cases(random.Random(f"{seed}|{again}"))):
            outcomes.setdefault(case.kind, []).append(outcome_of(case, folder, f"{seed}|{again}|{number}"))
    for kind, ended in outcomes.items():
        yield _count(kind, ended)


@dataclass(frozen=True)
class Outcome:
    """How one use of one case ended.

    Args:
        where: The case and the use, to have it again.
        ended: How.
        seconds: How long it took.
    """

    where: str
    ended: Opened
    seconds: float


def _count(kind: str, outcomes: list[Outcome]) -> Count:
    wrong = tuple(f"{each.where}: {each.ended.wrong}" for each in outcomes if each.ended.wrong)
    codes = Counter({0: "read", 1: "found", 2: "refused"}.get(each.ended.code, "other") for each in outcomes)
    slowest = max(each.seconds for each in outcomes)
    note = ", ".join(f"{count} {word}" for word, count in codes.most_common())
    return Count(f"hostile: {kind}", len(outcomes), wrong, f"{note}; slowest {slowest:.1f} s")


def write_good(good: Path) -> None:
    """Write one of each thing, as this version does."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(good.parent / "before", filter="data")
    (good.parent / "before" / "stored").rename(good)
    gated, joins = good / "runs" / "fusion" / "Gated", good / "runs" / "joins"
    shutil.copytree(gated, joins / gated.name)  # whose page has few pictures
    shutil.copy(gated.parent / "fusion.json", joins)
    for cache in sorted((good / "caches").iterdir()):
        publish_cache(cache, Index.read(cache))
    for report in sorted((good / "runs").glob("*/*/report.json")):
        Report.load(report.parent).save(report.parent)
    HiddenUnits.read(good / "runs" / "units").write(good / "runs" / "units")
    rng = np.random.default_rng(0)
    signals = [EdfSignal(name, rng.normal(0, 20, 8 * 128), 128) for name in SCALP_19.sites]
    write_edf(good / "recording.edf", signals)


def load_all(good: Path) -> None:
    """Load whatever opening whole things takes, each of which must be read without a word."""
    for thing in THINGS:
        for number, use in enumerate(thing.uses):
            work = work_of(thing, good, good.parent / f"whole-{thing.name}-{number}")
            ended = opened(use, work)
            if ended.wrong or ended.code:
                raise RuntimeError(f"a whole {thing.name}, {use.name}: {ended.code} {ended.wrong} {ended.text[-500:]}")
            load(ended.modules)


def outcome_of(case: Case, folder: Path, key: str) -> Outcome:
    """How one use of a case ends."""
    draw = random.Random(key)
    use = draw.choice(case.thing.uses)
    work = work_of(case.thing, folder / "good", folder / "case")
    case.play(work["folder"], draw)
    begin = time.monotonic()
    ended = opened(use, work, linked=case.kind == LINK)
    took = time.monotonic() - begin
    shutil.rmtree(folder / "case")
    return Outcome(f"{key} {case.thing.name}, {use.name}", ended, took)


def work_of(thing: Thing, good: Path, place: Path) -> dict[str, Path]:
    """The folders of a case: a copy of a whole thing, the secret beside it, a place for output, and whole things."""
    shutil.copytree(good / thing.place, place / "kept")
    (place / "output").mkdir()
    hdf5_tricks.write_secret(place / SECRET_NAME)
    return {"folder": place / "kept", "good": good, "output": place / "output", "secret": place / SECRET_NAME}


def _change_text(thing: Thing, folder: Path, draw: random.Random) -> None:
    """Put a hostile value somewhere into a text, and let all checksums fit."""
    name = draw.choice(sorted(thing.texts))
    stored = unsigned_text(folder / name)
    value = draw.choice((*HOSTILE, str(folder.parent / SECRET_NAME)))
    thing.texts[name](folder / name, with_value(stored, some_place(draw, stored), value))


def _trick(name: str, folder: Path, draw: random.Random) -> None:
    hdf5_tricks.play_trick(folder, name, folder.parent / SECRET_NAME, draw)


def _play(trick: Callable[[Path, str, random.Random], None], name: str, folder: Path, draw: random.Random) -> None:
    trick(folder, name, draw)
