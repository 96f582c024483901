"""``emo-train verify``: what is stored says when it changed, and no score stands that its predictions do not give."""

import json
import random
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from emoscan.benchmarks import Explained, HiddenUnits, Report
from emoscan.benchmarks.commands.command import main
from emoscan.benchmarks.page.fusions import read_fusion
from emoscan.benchmarks.page.stored_things import stored_in
from emoscan.benchmarks.runs.training_run import read_outcome, write_outcome
from emoscan.signals import InputError, StoredCorrupt
from emoscan.signals.files.publishing import publish_text
from emoscan.signals.stored_json import signed_json

ARCHIVES = sorted((Path(__file__).parent / "data" / "stored").glob("*.tar.xz"))


@pytest.fixture(scope="module", params=ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def archive(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("verify")
    with tarfile.open(request.param) as content:
        content.extractall(folder, filter="data")
    return folder / "stored"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """Things of 0.2.0 as this version writes them."""
    folder = tmp_path_factory.mktemp("fresh")
    with tarfile.open(ARCHIVES[-1]) as content:
        content.extractall(folder, filter="data")
    stored, new = folder / "stored", folder / "new"
    Report.load(stored / "runs" / "bench" / "linear-train").save(new / "report")
    HiddenUnits.read(stored / "runs" / "units").write(new / "units")
    Explained.read(stored / "runs" / "explain").write(new / "explain")
    shutil.copytree(stored / "models" / "strnn", new / "model")
    shutil.copytree(stored / "models" / "gan", new / "gan")
    shutil.copytree(stored / "caches" / "eeg", new / "cache")
    for file in ("model/fit.json", "gan/begun.json", "gan/score.json"):
        publish_text(new / file, signed_json(json.loads((new / file).read_text())))
    (new / "fusion").mkdir()
    publish_text(new / "fusion" / "fusion.json", read_fusion(stored / "runs" / "fusion").to_json())
    part = stored / "half" / "parts" / "fold0-seed0.npz"
    with np.load(part) as arrays:
        config = json.loads(arrays["facts"].tobytes())["config"]
    (new / "half" / "parts").mkdir(parents=True)
    write_outcome(read_outcome(part, config), new / "half" / "parts" / part.name, config)
    return new


def verify(*folders):
    import sys

    before, sys.argv = sys.argv, ["emo-train", "verify", *map(str, folders)]
    try:
        return main()
    except SystemExit as end:
        return end.code
    finally:
        sys.argv = before


def faults(folder):
    return [fault for thing in stored_in(folder) for fault in thing.faults]


def test_all_that_earlier_versions_stored_is_as_it_was_and_every_score_follows(archive, capsys):
    assert verify(archive) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 30
    assert all(line.endswith("as it was stored") for line in lines)


def test_simulated_cannot_be_edited_away(fresh, tmp_path, capsys):
    folder = shutil.copytree(fresh / "report", tmp_path / "report")
    path = folder / "report.json"
    text = path.read_text()
    assert text.count('"simulated": true') == 1
    path.write_text(text.replace('"simulated": true', '"simulated": false'))
    with pytest.raises(StoredCorrupt, match="content that differs from what was saved"):
        Report.load(folder)
    assert verify(tmp_path) == 1
    told = capsys.readouterr()
    assert "NOT as it was stored" in told.out
    assert "1 of 1 are not as they were stored" in told.err
    for name in ("units/hidden_units.npz", "explain/explained.json", "fusion/fusion.json", "model/fit.json"):
        path = fresh / name
        copy = shutil.copytree(path.parent, tmp_path / path.parent.name) / path.name
        content = copy.read_bytes()
        changed = content.replace(b'"simulated": true', b'"simulated":false')
        assert changed != content
        copy.write_bytes(changed)
        assert faults(copy.parent)


def test_a_score_that_its_predictions_do_not_give_is_named_though_every_checksum_fits(fresh, tmp_path):
    report = Report.load(fresh / "report")
    first, *others = report.rows
    report.__class__(**{**vars_of(report), "rows": (replaced(first), *others)}).save(tmp_path / "raised")
    report.__class__(**{**vars_of(report), "rows": tuple(others)}).save(tmp_path / "without")
    (raised,) = faults(tmp_path / "raised")
    assert raised.startswith(f"{first.metric} of {first.fold}, seed {first.seed}, {first.selection}: 0.99, where the")
    (without,) = faults(tmp_path / "without")
    assert "nothing, where the predictions give" in without


def vars_of(report):
    return {name: getattr(report, name) for name in Report.__dataclass_fields__}


def replaced(row):
    return type(row)(row.fold, row.seed, row.selection, row.metric, 0.99)


def test_a_number_of_a_table_or_a_fusion_table_that_its_reports_do_not_give_is_named(tmp_path):
    with tarfile.open(ARCHIVES[-1]) as content:
        content.extractall(tmp_path, filter="data")
    runs = tmp_path / "stored" / "runs"
    table = json.loads((runs / "rated" / "table.json").read_text())
    table["rows"][0]["scores"]["fixed"]["metrics"]["ccc"] = 0.9
    publish_text(runs / "rated" / "table.json", signed_json(table))
    (fault,) = faults(runs / "rated")
    assert "scores, fixed, metrics, ccc: 0.9, where the reports give" in fault
    fusion = json.loads((runs / "fusion" / "fusion.json").read_text())
    fusion["rows"][0]["score"] = 0.987
    fusion["simulated"] = False
    publish_text(runs / "fusion" / "fusion.json", signed_json(fusion))
    assert len(faults(runs / "fusion")) == 2


def test_every_flipped_bit_of_every_kind_is_found_or_changes_nothing(fresh, tmp_path):
    draw = random.Random(0)
    files = sorted(path for path in fresh.rglob("*") if path.suffix in (".json", ".npz", ".pt", ".h5", ".hdf5"))
    assert len(files) >= 12
    for path in files:
        holder = path.parent.parent if path.parent.name == "parts" else path.parent
        for number in range(6):
            folder = Path(shutil.copytree(holder, tmp_path / f"{path.name}-{number}"))
            copy = folder / path.relative_to(holder)
            content = bytearray(copy.read_bytes())
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
            copy.write_bytes(content)
            assert faults(folder) or harmless(path, copy), f"{path.name}: {copy}"


def harmless(path, copy):
    """Whether a text of JSON has another layout only."""
    return path.suffix == ".json" and json.loads(path.read_bytes()) == json.loads(copy.read_bytes())


def test_a_folder_without_anything_stored_and_one_that_is_missing_are_refused(tmp_path, capsys):
    assert verify(tmp_path) == 2
    assert "found nothing stored" in capsys.readouterr().err
    with pytest.raises(InputError, match="no folder"):
        list(stored_in(tmp_path / "nowhere"))
