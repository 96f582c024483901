"""A tiny study in the Brain Imaging Data Structure, with simulated signals."""

import json
from pathlib import Path

import numpy as np

from ...files.edf import EdfSignal, write_edf
from ...layouts.drawings import SCALP_19
from ...random_streams import RandomStream
from ..lookalikes.recordings import background, write_note

_RATE, _SECONDS = 128, 6


def write_lookalike(root: Path, seed: int) -> None:
    """Write the study: three people, one with two runs, one whose age is not known."""
    write_note(root)
    described = {"Name": "simulated films", "BIDSVersion": "1.9.0", "DatasetType": "raw"}
    (root / "dataset_description.json").write_text(json.dumps(described), encoding="utf-8")
    people = "participant_id\tage\tgroup\nsub-02\t31\tcontrol\nsub-1\t24\tpatient\nsub-10\tn/a\tcontrol\n"
    (root / "participants.tsv").write_text(people, encoding="utf-8")
    channels = [f"{site}\tEEG\tµV\t{'bad' if site == 'Pz' else 'good'}" for site in SCALP_19.sites]
    table = "\n".join(["name\ttype\tunits\tstatus", *channels, "VEOG\tEOG\tµV\tn/a"])
    (root / "task-films_channels.tsv").write_text(f"{table}\n", encoding="utf-8")
    for subject, run in (("02", ""), ("1", "_run-1"), ("1", "_run-2"), ("10", "")):
        rng = RandomStream.LOOKALIKE_PART.rng(seed, int(subject), int(run[-1:] or 0))
        _write_run(root / f"sub-{subject}" / "eeg", f"sub-{subject}_task-films{run}", rng)


def _write_run(folder: Path, stem: str, rng: np.random.Generator) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    data = background(rng, len(SCALP_19) + 1, 4 * _SECONDS * _RATE, _RATE)
    labels = (*SCALP_19.sites, "VEOG")
    write_edf(folder / f"{stem}_eeg.edf", [EdfSignal(s, row, _RATE) for s, row in zip(labels, data, strict=True)])
    lines = ["onset\tduration\ttrial_type\tstim_file\tvalence", "0\tn/a\tn/a\tn/a\tn/a"]
    for trial, (mood, valence) in enumerate((("happy", "0.8"), ("sad", "-0.6"), ("happy", "n/a"), ("sad", "-0.9"))):
        duration = _SECONDS if trial < 3 else "n/a"  # the last one lasts until the recording ends
        lines.append(f"{trial * _SECONDS}\t{duration}\t{mood}\tfilm_{trial + 1}.mp4\t{valence}")
    (folder / f"{stem}_events.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
