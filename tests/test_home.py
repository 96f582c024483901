"""What is stored says nothing of the user's own folder, whose name may be the user's; ``~`` stands for it."""

import sys
from pathlib import Path

import pytest
import yaml

from emoscan.benchmarks.commands.command import main as train
from emoscan.preprocessing.commands.command import main as prepare
from emoscan.preprocessing.commands.config_file import without_home
from emoscan.signals import Simulated

NAME = "maria.huber"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder of somebody with a name."""
    folder = tmp_path / NAME
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


def run(main, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["command", *map(str, words)])
    assert main() == 0


def holding(folder):
    """Files in which the name of the home folder stands."""
    return [path.name for path in folder.rglob("*") if path.is_file() and NAME.encode() in path.read_bytes()]


def test_no_file_of_a_run_a_bench_or_a_page_names_the_home_folder(home, monkeypatch, capsys):
    Simulated.write_fake(home / "data", 0)
    cache, bench = home / "cache", home / "runs" / "bench"
    run(prepare, monkeypatch, "run", "Simulated", home / "data", cache)
    run(train, monkeypatch, "bench", cache, "--models", "linear", "--window", "2", "--output", bench)
    run(train, monkeypatch, "report", bench, "--output", home / "page.html")
    assert holding(home) == []
    assert yaml.safe_load((cache / "run.yaml").read_text())["cache"] == "~/cache"
    assert yaml.safe_load((bench / "run.yaml").read_text())["output"] == "~/runs/bench"


def test_settings_with_such_a_path_are_read_again_and_so_are_those_of_old(home, monkeypatch, capsys):
    Simulated.write_fake(home / "data", 0)
    run(prepare, monkeypatch, "run", "Simulated", home / "data", home / "cache")
    run(prepare, monkeypatch, "run", "--config", home / "cache" / "run.yaml")
    assert "0 recordings built" in capsys.readouterr().out
    old = yaml.safe_load((home / "cache" / "run.yaml").read_text())
    old.update(root=str(home / "data"), cache=str(home / "cache"))
    (home / "old.yaml").write_text(yaml.safe_dump(old))
    run(prepare, monkeypatch, "run", "--config", home / "old.yaml")
    assert "0 recordings built" in capsys.readouterr().out
    assert not (Path("~") / "cache").exists()


def test_paths_elsewhere_stay_as_they_were_typed(home, monkeypatch):
    assert without_home(home / "a" / "b") == "~/a/b"
    for path in ("runs/bench", "/data/SEED", str(home) + "2/cache"):
        assert without_home(Path(path)) == path
    monkeypatch.setenv("HOME", "/")
    assert without_home(Path("/data/SEED")) == "/data/SEED"
