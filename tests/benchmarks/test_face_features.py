"""Tables of OpenFace all the way: the command, the cache, one epoch, a report; alone and beside EEG."""

import sys

import numpy as np
import pytest

from emoscan.benchmarks.commands.command import main as train
from emoscan.preprocessing import Cache
from emoscan.preprocessing.commands.command import main as preprocess
from emoscan.signals import TrialTable

RATE, SECONDS = 10, 48


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The lookalike's EEG, and instead of its videos what OpenFace found in them; one second without a face."""
    root = tmp_path_factory.mktemp("openface")
    TrialTable.write_fake(root)
    (root / "events.csv").unlink()
    moods = {"happy": 2.0, "sad": 0.2, "angry": 1.0, "calm": 0.5}
    for person in (1, 2, 3, 10):
        (root / f"s{person}.mp4").unlink()
        rng = np.random.default_rng(person)
        rows = ["frame, face_id, timestamp, confidence, success, gaze_angle_x, pose_Rx, AU12_r, AU12_c"]
        for frame in range(RATE * SECONDS):
            smile = list(moods.values())[frame // (12 * RATE)] + 0.1 * rng.standard_normal()
            success = int(not 50 <= frame < 60)
            cells = (frame + 1, 0, f"{frame / RATE:.3f}", 0.98, success, 0.1, 0.0, f"{smile:.3f}", int(smile > 1))
            rows.append(", ".join(map(str, cells)))
        (root / f"s{person}.csv").write_text("\n".join(rows) + "\n")
    table = (root / "trials.csv").read_text().replace(",face,", ",features,").replace(".mp4", ".csv")
    (root / "trials.csv").write_text(table)
    return root


def run(command, *words):
    before, sys.argv = sys.argv, ["emoscan", *map(str, words)]
    try:
        return command()
    finally:
        sys.argv = before


BENCH = ("--split", "k_folds('subject', 2)", "--epochs", "1", "--seeds", "1")


def test_a_series_of_features_alone_ends_in_a_report(lab, tmp_path, capsys):
    assert run(preprocess, "run", "TrialTable", lab, tmp_path / "cache", "--only", "features") == 0
    assert "no events.csv" in capsys.readouterr().out
    cache = Cache(tmp_path / "cache")
    assert cache.modalities == ("features",)
    assert cache.features("features") == ("gaze_angle_x", "pose_Rx", "AU12_r", "AU12_c")
    first = cache[0]["features"]
    assert np.flatnonzero(~first.valid).tolist() == list(range(50, 60))
    np.testing.assert_allclose(first.times, np.arange(120) / RATE)
    output = tmp_path / "bench"
    assert (
        run(train, "bench", tmp_path / "cache", "--output", output, "--models", "GRU,linear", "--window", "10", *BENCH)
        == 0
    )
    assert (output / "table.md").read_text().count("GRU") >= 1


def test_a_series_of_features_beside_eeg_ends_in_a_report(lab, tmp_path):
    recipe = "{eeg: [DifferentialEntropy()], features: [AsVolume(), CommonRate(1.0)]}"
    assert run(preprocess, "run", "TrialTable", lab, tmp_path / "cache", "--recipe", recipe) == 0
    cache = Cache(tmp_path / "cache")
    assert cache[0]["features"].times.tolist() == cache[0]["eeg"].times.tolist()
    words = ("bench", tmp_path / "cache", "--output", tmp_path / "bench", "--models", "Concat,Gated", "--window", "3")
    assert run(train, *words, *BENCH) == 0
    assert "Concat" in (tmp_path / "bench" / "table.md").read_text()
