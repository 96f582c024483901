"""The simulated study of mixed recordings goes from nothing to a report by the commands that its page shows."""

import html
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from doc_reader import ROOT

from emoscan.benchmarks.commands.command import main as emo_train
from emoscan.preprocessing import Cache
from emoscan.preprocessing.commands.command import main as emo_preprocess
from emoscan.preprocessing.quality.face_shares import face_share
from emoscan.signals import SCALP_19

PAGE = (ROOT / "docs" / "recordings.md").read_text().partition("## A study of mixed recordings")[2]
COMMANDS = re.search(r"```\n((?:emo-.+\n)+)```", PAGE)[1].splitlines()
PROGRAMS = {"emo-preprocess": emo_preprocess, "emo-train": emo_train}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where the study was written."""
    folder = tmp_path_factory.mktemp("study")
    subprocess.run([sys.executable, str(ROOT / "docs" / "examples" / "mixed_study.py")], cwd=folder, check=True)
    return folder


def typed(line: str, capsys, monkeypatch) -> str:
    """What a command prints, its lines unwrapped."""
    words = shlex.split(line)
    monkeypatch.setattr(sys, "argv", words)
    assert PROGRAMS[words[0]]() == 0
    return " ".join(capsys.readouterr().out.split())


def test_three_commands_lead_from_the_recordings_to_a_report(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    assert len(COMMANDS) == 3
    prepare, bench, report = COMMANDS
    printed = typed(prepare, capsys, monkeypatch)
    for line in re.findall(r"^(?:subject s|all 6 |eeg: ).+$", PAGE, re.MULTILINE):
        assert line.removesuffix(", ...") in printed
    cache = Cache("cache/mixed_study")
    assert cache.simulated
    assert cache.layout("eeg") == SCALP_19
    assert min(face_share(cache, number, "face").seen for number in range(6)) > 0.95
    inspected = typed("emo-preprocess inspect cache/mixed_study", capsys, monkeypatch)
    table = typed(bench, capsys, monkeypatch)
    row = re.search(r"^ linear .+$", PAGE, re.MULTILINE)[0].split()
    for number in (row[1], *row[-2:]):  # the score, and those of valence and arousal
        assert f" {number} " in table
    typed(report, capsys, monkeypatch)
    page = html.unescape(Path("report/mixed_study.html").read_text())
    for told in (*map(str, cache.remarks), "eeg: 3 slices not to be trusted, 2 joints"):
        assert told in printed
        assert told in inspected
        assert told in page
