"""Known studies in BIDS form are read from one file each, tried on lookalikes with their names and events."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from emoscan.preprocessing import Cache
from emoscan.preprocessing.commands.command import main
from emoscan.signals import SCALP_19
from emoscan.signals.files.edf import EdfSignal, write_edf

CONFIGS = Path(__file__).parents[2] / "benchmarks" / "configs" / "bids"
RATE, SECONDS = 128, 4


def study(root, people, task, column, texts):
    """A study in which everybody sees every film, between moments of rest."""
    root.mkdir()
    (root / "dataset_description.json").write_text(json.dumps({"Name": "lookalike", "BIDSVersion": "1.6.0"}))
    ages = [f"sub-{person}\t{20 + place}\tF" for place, person in enumerate(people)]
    (root / "participants.tsv").write_text("\n".join(["participant_id\tage\tsex", *ages]) + "\n")
    rng = np.random.default_rng(0)
    for person in people:
        folder = root / f"sub-{person}" / "eeg"
        folder.mkdir(parents=True)
        data = 10 * rng.standard_normal((19, RATE * SECONDS * len(texts)))
        signals = [EdfSignal(site, row, RATE) for site, row in zip(SCALP_19.sites, data, strict=True)]
        write_edf(folder / f"sub-{person}_task-{task}_eeg.edf", signals)
        lines = [f"{SECONDS * place}\t{SECONDS - 1}\t{text}" for place, text in enumerate(texts)]
        rests = [f"{SECONDS * place + SECONDS - 1}\t1\tpause" for place in range(len(texts))]
        table = "\n".join([f"onset\tduration\t{column}", *lines, *rests])
        (folder / f"sub-{person}_task-{task}_events.tsv").write_text(table + "\n")
    return root


FACED = ["anger"] * 3 + ["disgust"] * 3 + ["fear"] * 3 + ["sadness"] * 3 + ["neutral"] * 4
FACED += ["amusement"] * 3 + ["inspiration"] * 3 + ["joy"] * 3 + ["tenderness"] * 3
MOODS = ("joy", "inspiration", "tenderness", "fear", "disgust", "sadness", "neutral")


@pytest.mark.parametrize(
    ("name", "people", "task", "column", "texts", "moods"),
    [
        ("faced", ("000", "122"), "emotion", "video", [str(film) for film in range(1, 29)], FACED),
        ("emoeeg_mc", ("01", "60"), "emotion", "trial_type", [f"Video_{mood}_1" for mood in MOODS], MOODS),
    ],
)
def test_a_study_is_read_from_its_file(tmp_path, monkeypatch, capsys, name, people, task, column, texts, moods):
    settings = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    settings |= {"root": str(tmp_path / "data"), "cache": str(tmp_path / "cache")}
    study(tmp_path / "data", people, task, column, texts)
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.setattr(sys, "argv", ["emo-preprocess", "run", "--config", str(tmp_path / "run.yaml")])
    assert main() == 0
    cache = Cache(tmp_path / "cache")
    assert len(cache) == 2 * len(texts)
    assert [cache.task.categories[label] for label in cache.category] == list(moods) * 2
    assert sorted(set(cache.stimulus)) == sorted(texts)
    assert cache.columns["age"].tolist() == [20] * len(texts) + [21] * len(texts)
    assert "columns of the lab: age, sex" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_says_how_it_is_run(path):
    text = path.read_text()
    assert f"emo-preprocess run --config benchmarks/configs/bids/{path.name}" in text
    settings = yaml.safe_load(text)
    assert set(settings) == {"dataset", "root", "cache", "recipe"}
    assert f"emo-train bench {settings['cache']} " in text
