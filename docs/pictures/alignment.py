"""Draw a simulated session with a wrong event: python docs/pictures/alignment.py docs/pictures/alignment.png"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emoscan.preprocessing import align, draw_alignment
from emoscan.signals import Clock, TrialTable

CAMERA = Clock(0.137, 40 / 60_000)  # that of person 3 in the lookalike
CLAPS = np.arange(2.0, 48.0, 4.0)  # s on the EEG's clock


def write_claps(path: Path) -> None:
    """Twelve claps of person 3 instead of four, each noted to a few milliseconds, the fifth 50 ms too late."""
    noted = CAMERA.device(CLAPS) + 0.003 * np.random.default_rng(1).standard_normal(len(CLAPS))
    noted[4] += 0.05
    others = [line for line in path.read_text().splitlines() if not line.startswith("3,")]
    claps = [f"3,1,clap {k},{eeg:g},{face:.4f}" for k, (eeg, face) in enumerate(zip(CLAPS, noted, strict=True), 1)]
    path.write_text("\n".join([*others, *claps]) + "\n")


def draw(path: Path) -> None:
    """What ``emo-preprocess align`` draws of that session."""
    with TemporaryDirectory() as folder:
        TrialTable.write_fake(Path(folder))
        write_claps(Path(folder) / "events.csv")
        found = align(TrialTable(folder))
    session = next(session for session in found.sessions if session.subject == "3")
    draw_alignment(session, path, tolerance=0.02, title=f"{found.name} (simulated)")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
