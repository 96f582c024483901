"""What emoscan 0.2.0 stored, made by its last commit before the rooms: ``python make_0_2_0.py stored``.

Later versions must open, resume and show all of it (tests/test_stored.py). Run it only with that commit: what another
one writes is no memory of this one.
"""

import importlib
import io
import json
import re
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path

import numpy as np

from emoscan.benchmarks import leave_one_out
from emoscan.benchmarks.benchmark import _one, _parts
from emoscan.benchmarks.command import main
from emoscan.benchmarks.plan import Plan
from emoscan.benchmarks.protocol import Protocol
from emoscan.models import Training
from emoscan.preprocessing import Cache, DifferentialEntropy, MarkFlat, preprocess
from emoscan.signals import SCALP_19, Simulated, SimulatedFaces, SimulatedPair, Target, Task


def caches(root: Path) -> None:
    """Electrodes, faces, both, and arrays."""
    recordings = Simulated(subjects=4, layout="scalp-19", categories=(0, 1, 2) * 2, seconds=(8.0,) * 6)
    preprocess(recordings, {"eeg": [MarkFlat(), DifferentialEntropy()]}, root / "caches" / "eeg")
    preprocess(SimulatedFaces(subjects=3, trials=4, frames=4), None, root / "caches" / "faces")
    pair = SimulatedPair(subjects=2, trials=2, seconds=8.0)
    preprocess(pair, None, root / "caches" / "pair")
    rng = np.random.default_rng(0)
    task = Task(categories=("calm", "tense"), dimensions=("valence",), units=("AU1",))
    targets = [
        Target(np.array([i % 2], np.int16), np.array([[0.5 - i % 2]], np.float32), np.array([[i % 2]], np.float32))
        for i in range(8)
    ]
    nine = Task(categories=("calm", "tense"), dimensions=("valence",), units=("AU1",), ranges=((1, 9),))
    Cache.from_arrays(
        root / "caches" / "rated",
        [rng.normal(i % 2, 1, (6, 19, 2)) for i in range(12)],
        layout=SCALP_19,
        task=nine,
        category=[i % 2 for i in range(12)],
        dimensions=[[1.0 + i % 9] for i in range(12)],
        units=[[i % 2] for i in range(12)],
        subject=list("aabbccddeeff"),
        features=("alpha", "beta"),
    )
    Cache.from_arrays(
        root / "caches" / "arrays",
        [rng.normal(i % 2, 1, (6, 19, 2)) for i in range(8)],
        layout=SCALP_19,
        task=task,
        category=targets,
        subject=["a", "a", "b", "b", "c", "c", "d", "d"],
        features=("alpha", "beta"),
    )


def half(root: Path) -> None:
    """A benchmark that was killed after three of its eight trainings."""
    cache, split = Cache(root / "caches" / "eeg"), leave_one_out("subject")
    protocol = Protocol(
        repr(split), split.words, False, "eeg", 2, 2, seeds=2, training=Training(epochs=1, batch_size=16)
    )
    folder = root / "half"
    plan = Plan(cache, "STRNN(hidden=4)", protocol, split)
    for fold, seed in ((0, 0), (0, 1), (2, 0)):
        _one(plan, fold, seed, _parts(folder))


def run(*words: str) -> None:
    sys.argv = ["emo-train", *map(str, words)]
    assert main() == 0, words


def runs(root: Path) -> None:
    eeg, faces, pair = (root / "caches" / name for name in ("eeg", "faces", "pair"))
    short = ("--window", 2, "--train-stride", 2, "--epochs", 2, "--batch-size", 16)
    run(
        "bench",
        eeg,
        "--models",
        "STRNN(hidden=4),linear,majority",
        "--seeds",
        2,
        "--selection",
        "both",
        "--oracle",
        "--output",
        root / "runs" / "bench",
        *short,
    )
    run(
        "bench",
        eeg,
        "--models",
        "linear",
        "--split",
        "leave_one_out('trial')",
        "--output",
        root / "runs" / "trial",
        *short,
    )
    run(
        "bench",
        eeg,
        "--models",
        "linear",
        "--split",
        "random_windows(2)",
        "--i-know-this-leaks",
        "--output",
        root / "runs" / "leaky",
        *short,
    )
    run(
        "bench",
        faces,
        "--models",
        "STRNN(hidden=4)",
        "--split",
        "k_folds('subject', 3)",
        "--output",
        root / "runs" / "faces",
        *short,
    )
    rated = root / "caches" / "rated"
    run(
        "bench",
        rated,
        "--models",
        "linear,mean",
        "--predicts",
        "dimensions",
        "--output",
        root / "runs" / "rated",
        *short,
    )
    run(
        "bench",
        rated,
        "--models",
        "linear,majority",
        "--classes",
        "valence > 4",
        "--output",
        root / "runs" / "classed",
        *short,
    )
    run(
        "fusion",
        pair,
        "--joins",
        "Gated",
        "--split",
        "k_folds('subject', 2)",
        "--output",
        root / "runs" / "fusion",
        *short[:4],
        "--epochs",
        1,
    )
    run(
        "fit",
        eeg,
        "--backbone",
        "STRNN(hidden=4)",
        "--split",
        "leave_one_out('subject')",
        "--output",
        root / "models" / "strnn",
        *short,
    )
    run(
        "fit",
        faces,
        "--backbone",
        "CNNRNN(encoder='pooled', hidden=8)",
        "--output",
        root / "models" / "cnn_rnn",
        *short,
    )
    run("fit", pair, "--backbone", "Gated(eeg='GRU', face='GRU')", "--output", root / "models" / "gated", *short)
    run("units", root / "models" / "strnn", eeg, "--output", root / "runs" / "units")
    run("explain", eeg, "--split", "k_folds('subject', 2)", "--output", root / "runs" / "explain", *short)
    run(
        "gan",
        "fit",
        faces,
        "--size",
        16,
        "--epochs",
        1,
        "--width",
        8,
        "--noise",
        8,
        "--batch-size",
        16,
        "--sheet-every",
        0,
        "--output",
        root / "models" / "gan",
    )


def surface(root: Path) -> None:
    """What a user can name: exports, and every command with its options and what help says of each."""
    names = {
        face: sorted(importlib.import_module(f"emoscan.{face}").__all__)
        for face in ("signals", "preprocessing", "models", "benchmarks")
    }
    pages = {}
    for command, word in (("emo-preprocess", "preprocessing"), ("emo-train", "benchmarks")):
        pages |= dict(_pages((command,), importlib.import_module(f"emoscan.{word}.command").main))
    (root / "surface.json").write_text(json.dumps({"names": names, "options": pages}, indent=1) + "\n")


def _pages(words, main):
    sys.argv = [*words, "--help"]
    with redirect_stdout(io.StringIO()) as shown, suppress(SystemExit):
        main()
    page = shown.getvalue()
    body = page[page.index("options:") :].split("examples:")[0].split("subcommands:")[0]
    found = re.findall(r"^  (?:-h, )?(--[\w-]+)(.*?)(?=^  -|\Z)", body, re.M | re.S)
    yield " ".join(words), {option: " ".join(text.split()) for option, text in found}
    for sub in re.findall(r"^    (\w+) {2,}", page, re.M) if "subcommands:" in page else []:
        yield from _pages((*words, sub), main)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    caches(folder)
    half(folder)
    runs(folder)
    surface(folder)
