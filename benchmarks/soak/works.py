"""What is killed: the commands that leave something behind, on tiny simulated studies, and what comes out of each."""

import hashlib
import json
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...preprocessing.commands.command import main as emo_preprocess
from ...signals import Simulated, SimulatedFaces
from ...signals.datasets.simulated.faces import FaceSimulation
from ...signals.datasets.simulated.simulated import SimulationSettings
from ..commands.command import main as emo_train

TIMED = frozenset({"seconds", "created", "finished", "duration", "checksum"})
"""Keys of stored forms that say when or how long, and the checksums over them: they differ from run to run."""

Outcome = Mapping[str, str]
"""Digest of what stands in each file that a command leaves."""

MAINS = {"emo-preprocess": emo_preprocess, "emo-train": emo_train}


@dataclass(frozen=True)
class Work:
    """One command.

    Args:
        name: For the table, and of the folder that it makes.
        words: What one types, with ``{made}`` for the folder of what was made before and ``{here}`` for that of this.
        reads: Names of the works whose output it reads.
        weight: How often it is killed, beside 1 for the usual; less where processes are started, which takes seconds.
    """

    name: str
    words: str
    reads: tuple[str, ...] = ()
    weight: float = 1.0

    def command(self, made: Path, here: Path) -> list[str]:
        """The words of the command line, the program's name first."""
        return [word.format(made=made, here=here) for word in shlex.split(self.words)]


_RUN = "emo-preprocess run {dataset} {{made}}/{study} {{here}}/{name} --recipe '{{{{{recipe}}}}}'".format
_EEG = "eeg: [DifferentialEntropy()]"
_FACE = """face: [\"FaceCrop(size=16, detector=\\"Given\\")\", \"Patches(2, 2)\"]"""
_BENCH = (
    "emo-train bench {{made}}/run --models 'linear,GRU(hidden=4)' --split 'k_folds(\"subject\", 3)'"
    " --window 3 --epochs 1 --output {{here}}/{name}"
).format
_GAN = "--size 16 --epochs 2 --batch-size 16 --width 4 --noise 4 --sheet-every 1"

WORKS = (
    Work("run", _RUN(name="run", dataset="Simulated", study="study", recipe=_EEG)),
    Work("faces", _RUN(name="faces", dataset="SimulatedFaces", study="people", recipe=_FACE)),
    Work("run-jobs", _RUN(name="run-jobs", dataset="Simulated", study="study", recipe=_EEG) + " --jobs 2", weight=0.3),
    Work("bench", _BENCH(name="bench"), ("run",)),
    Work("bench-jobs", _BENCH(name="bench-jobs") + " --jobs 2", ("run",), weight=0.3),
    Work(
        "fit", "emo-train fit {made}/run --backbone 'GRU(hidden=4)' --window 3 --epochs 2 --output {here}/fit", ("run",)
    ),
    Work("gan", f"emo-train gan fit {{made}}/faces {_GAN} --output {{here}}/gan", ("faces",)),
    Work("report", "emo-train report {made}/bench/linear-train --output {here}/report/report.html", ("run", "bench")),
    Work("scrub", "emo-preprocess scrub {made}/run {here}/scrub", ("run",)),
)


def write_studies(made: Path) -> None:
    """Write the tiny studies that the works begin with: EEG, and faces, of three people each."""
    eeg = SimulationSettings(3, categories=(0, 1, 2), seconds=(5.0,) * 3, layout="scalp-19", rate=128.0)
    Simulated.write_settings(made / "study", eeg)
    SimulatedFaces.write_settings(made / "people", FaceSimulation(subjects=3, trials=3, frames=4))


def outcome(folder: Path) -> Outcome:
    """Digests of what a work has left in ``folder``, times apart; hidden files of a broken run are among them."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(_content(path)).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def difference(wanted: Outcome, found: Outcome) -> str:
    """What differs between an undisturbed run and another, in words; empty if nothing does."""
    kinds = {
        "missing": sorted(wanted.keys() - found.keys()),
        "left over": sorted(found.keys() - wanted.keys()),
        "different": sorted(name for name in wanted.keys() & found.keys() if wanted[name] != found[name]),
    }
    return "; ".join(f"{kind}: {', '.join(names[:3])} ({len(names)})" for kind, names in kinds.items() if names)


def cleared(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".json":
        return content
    return json.dumps(_timeless(json.loads(content)), sort_keys=True).encode()


def _timeless(stored: Any) -> Any:
    if isinstance(stored, dict):
        return {key: _timeless(value) for key, value in stored.items() if key not in TIMED}
    return [_timeless(value) for value in stored] if isinstance(stored, list) else stored
