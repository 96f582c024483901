"""The benchmarks of face datasets that come with emoscan run on lookalikes, from one file each."""

from pathlib import Path

import pytest

from emoscan.benchmarks.commands.command import main
from emoscan.preprocessing import preprocess
from emoscan.signals import CK48, CKPlus

CONFIGS = Path(__file__).parents[2] / "benchmarks" / "configs"


@pytest.mark.parametrize("kind, name, window", [(CK48, "ck48", 3), (CKPlus, "ck_plus", 9)])
def test_ten_folds_by_subject_run_from_one_file(tmp_path, monkeypatch, capsys, kind, name, window):
    kind.write_fake(tmp_path / "data")
    cache = preprocess(kind(tmp_path / "data"), None, tmp_path / "cache")
    assert cache.modalities == ("face", "face-hog")
    words = [
        "emo-train",
        "bench",
        "--config",
        str(CONFIGS / f"{name}.yaml"),
        "--output",
        str(tmp_path / "run"),
        "--models",
        "[STRNN(hidden=4), majority]",
        "--epochs",
        "1",
        "--seeds",
        "1",
        str(tmp_path / "cache"),
    ]
    monkeypatch.setattr("sys.argv", words)
    assert main() == 0
    out = capsys.readouterr().out
    assert "SIMULATED" in out
    assert "10 folds by subject" in out
    assert f"windows: {window} slices" in out


def test_the_same_network_reads_electrodes_and_patches():
    import torch

    from emoscan.models import STRNN
    from emoscan.signals import SEED_62, patch_grid

    for layout, features in ((SEED_62, 5), (patch_grid(8, 8, (6, 6)), 36)):
        network = STRNN(layout, features, 9)
        assert network(torch.randn(2, 9, len(layout), features)).shape == (2, network.width)
