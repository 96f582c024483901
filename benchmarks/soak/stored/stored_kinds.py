"""Every kind of thing that emoscan stores, written by this version from what an earlier one left, and how each is read.

What nobody reads again is no kind: tables as text, pages and pictures; nor are settings of a run, which people edit.
"""

import tarfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import torch

from ....models import load_model
from ....models.explaining.curves import Curves
from ....models.gan import Beside, load_gan
from ....models.gan.kept_gan import save_gan
from ....models.gan.training_state import BEGUN, STATE, TERMS, GanState
from ....models.learning.checkpoint import model_digest, save_model
from ....preprocessing import Cache, align, write_alignment
from ....preprocessing.cache_files.cache_index import Index
from ....preprocessing.cache_files.cache_writing import publish_cache
from ....preprocessing.clocks.alignment_report import ALIGNMENT
from ....signals import SimulatedPair
from ....signals.datasets.simulated.emotion_path import PairSimulation
from ....signals.files.publishing import publish_text
from ....signals.regular_file import file_bytes
from ....signals.stored_json import checked_json, signed_json
from ...page.fusions import FUSION, read_fusion
from ...runs.report import REPORT, Report
from ...runs.single_fit import FIT, read_fit, write_fit
from ...runs.training_run import Outcome, read_outcome, write_outcome
from ...studies.explanations.explained import Explained
from ...studies.explanations.explained_fold import ExplainedFold, read_fold, write_fold
from ...studies.explanations.hidden_units import HiddenUnits
from ...studies.explanations.maps_of_sites import SiteMaps
from ...studies.explanations.planted import Found, read_found, write_found
from ...studies.gan.fitted_gan import read_score, write_score
from ...studies.gan.read_faces import GanCheck
from ...studies.gan.trunk_table import GanRow, GanTable, write_gan_table
from ...tables.comparison import compare

ARCHIVE = Path(__file__).parents[3] / "tests" / "data" / "stored" / "0.2.0.tar.xz"
"""What a tiny simulated study left; only a checkout has it, as it alone has this room."""

WHOLE, SIBLING = "whole", "sibling"
"""Two folders of the same kinds of things; those of the second are of other runs."""

CONFIG = "soak"
"""Of the half-finished trainings."""

_FIRST = "subject-1,session-1.h5"


@dataclass(frozen=True)
class StoredKind:
    """A kind of stored file.

    Args:
        name: In words.
        file: Where one stands, below ``WHOLE``.
        use: Reads all of its folder; None means that it is not taken, and made again.
        sibling: A file of its kind, below the folder that holds ``WHOLE``; left out, the one of its place in
            ``SIBLING``.
        alone: Nothing else in its folder says whose it is: with a sibling in its place the folder is that of the
            sibling, and reads as such.
    """

    name: str
    file: str
    use: Callable[[Path], Any]
    sibling: str = ""
    alone: bool = False

    def path(self, folder: Path) -> Path:
        """The file, where ``write_stored`` wrote."""
        return folder / WHOLE / self.file

    def sibling_path(self, folder: Path) -> Path:
        """The file that takes its place."""
        return folder / (self.sibling or f"{SIBLING}/{self.file}")


def write_stored(folder: Path) -> None:
    """Write one of each kind, and its siblings, as this version writes them."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder / "before", filter="data")
    before = folder / "before" / "stored"
    for number, name in enumerate((WHOLE, SIBLING)):
        for write in _WRITERS:
            write(before, folder / name, number)


def _caches(before: Path, folder: Path, number: int) -> None:
    for name, stored in (("eeg", ("eeg", "rated")), ("faces", ("faces", "pair"))):
        cache = copytree(before / "caches" / stored[number], folder / name)
        publish_cache(cache, Index.read(cache))


def _alignment(before: Path, folder: Path, number: int) -> None:
    place = folder / "aligned"
    SimulatedPair.write_settings(folder / "pair", PairSimulation(subjects=2, trials=2, seconds=8.0, seed=number))
    place.mkdir()
    write_alignment(align(SimulatedPair(folder / "pair")), place, 0.02)


def _reports(before: Path, folder: Path, number: int) -> None:
    Report.load(before / "runs" / "bench" / ("linear-train", "majority-train")[number]).save(folder / "report")
    stored = before / "runs" / ("rated", "classed")[number]
    reports = [Report.load(path.parent) for path in sorted(stored.glob(f"*/{REPORT}"))]
    for place, report in enumerate(reports):
        report.save(folder / "table" / str(place))
    publish_text(folder / "table" / "table.json", compare(*reports).to_json())


def _fusion(before: Path, folder: Path, number: int) -> None:
    table, place = read_fusion(before / "runs" / "fusion"), folder / "fusion"
    rows = tuple(replace(row, score=row.score / (1 + number)) for row in table.rows)
    for path in sorted((before / "runs" / "fusion").glob(f"*/{REPORT}")):
        Report.load(path.parent).save(place / path.parent.name)
    publish_text(place / FUSION, replace(table, rows=rows).to_json())


def _models(before: Path, folder: Path, number: int) -> None:
    model = load_model(before / "models" / "strnn")
    _moved(model.model, number)
    save_model(replace(model, facts=replace(model.facts, dataset=f"Simulated {number}")), folder / "model")
    fitted = read_fit(before / "models" / "strnn")
    n_train, digest = fitted.n_train + number, model_digest(folder / "model")
    write_fit(replace(fitted, folder=folder / "model", n_train=n_train, model=digest))


def _gans(before: Path, folder: Path, number: int) -> None:
    gan, place = load_gan(before / "models" / "gan"), folder / "gan"
    _moved(gan.model, number)
    save_gan(replace(gan, facts=replace(gan.facts, seed=number)), place)
    write_score({"unit_f1": 0.5 + number / 8, "always_yes_AU1": 0.25}, place)
    begun = checked_json(file_bytes(before / "models" / "gan" / BEGUN), BEGUN)
    for folder_of in (place, folder / "training"):
        folder_of.mkdir(exist_ok=True)
        publish_text(folder_of / BEGUN, signed_json({**begun, "seed": number}))
    moments = {0: {"step": torch.ones(()), "exp_avg": torch.full((16,), 0.5 + number)}}
    history = torch.rand((1, len(TERMS)), dtype=torch.float64, generator=torch.Generator().manual_seed(number))
    GanState(dict(gan.model.state_dict()), (moments,), history).save(folder / "training" / STATE)


def _gan_figures(before: Path, folder: Path, number: int) -> None:
    beside = Beside(0.25 + number / 8, 0.5)
    check = GanCheck(
        read={"unit_f1": beside},
        chance={"unit_f1": 0.2},
        rises={"AU1": 0.1},
        frechet=0.5,
        frechet_halves=0.25,
        frechet_people=0.75,
        variety={"all": beside},
        nearest=beside,
        copies=0.0,
        faces=8,
        held_out=8,
        simulated=True,
    )
    (folder / "quality").mkdir()
    publish_text(folder / "quality" / "quality.json", check.to_json())
    scores = {"alone": 0.5, "gan": 0.5 + number / 8, "guess": 0.25, "difference": number / 8}
    row = GanRow("units", "unit_f1", **scores, interval=None, p=None, n=3, verdict=None)
    (folder / "gan table").mkdir()
    write_gan_table(GanTable((row,), {"data": "simulated"}, True), folder / "gan table")


def _trainings(before: Path, folder: Path, number: int) -> None:
    for seed in (0, 1):
        name = f"fold0-seed{seed}.npz"
        outcome = _old_outcome(before / "half" / "parts" / name)
        for place in ("half", "explaining"):
            (folder / place / "parts").mkdir(parents=True, exist_ok=True)
        write_outcome(outcome, folder / "half" / "parts" / name, CONFIG)
        draw = np.random.default_rng(2 * number + seed).random
        maps = {"eeg": SiteMaps(draw(19), draw((19, 5)), draw((19, 2)))}
        curves = Curves(*(draw(5) for _ in range(5)))
        write_fold(ExplainedFold(maps, (maps,), (), curves, outcome), folder / "explaining" / "parts" / name, CONFIG)


def _explanations(before: Path, folder: Path, number: int) -> None:
    explained, units = Explained.read(before / "runs" / "explain"), HiddenUnits.read(before / "runs" / "units")
    replace(explained, n_windows=explained.n_windows + number).write(folder / "explain")
    replace(units, points=units.points + number).write(folder / "units")
    (folder / "planted").mkdir()
    figures = {"auroc": 0.9 - number / 8, "single": 0.8, "untrained": 0.5, "accuracy": 0.75}
    write_found([Found("sites", number, "eeg", "gradient", **figures)], folder / "planted" / "a.json")


_WRITERS = (_caches, _alignment, _reports, _fusion, _models, _gans, _gan_figures, _trainings, _explanations)


def _moved(network: torch.nn.Module, by: int) -> None:
    with torch.no_grad():
        next(network.parameters()).add_(by / 8)


def _old_outcome(path: Path) -> Outcome:
    import json

    with np.load(path) as arrays:
        config = json.loads(arrays["facts"].tobytes())["config"]
    outcome = read_outcome(path, config)
    assert outcome is not None
    return outcome


def _use_cache(folder: Path) -> Any:
    cache = Cache(folder)
    windows = [cache.windows(1, 1, modality=name) for name in cache.modalities]
    return cache.index, list(cache), [(each.columns, each.category, each.dimensions, each.units) for each in windows]


def _use_signed(name: str) -> Callable[[Path], Any]:
    return lambda folder: checked_json(file_bytes(folder / name), folder / name)


def _use_report(folder: Path) -> Any:
    return Report.load(folder)


def _use_model(folder: Path) -> Any:
    return load_model(folder)


KINDS = (
    StoredKind("recording of a cache", f"eeg/{_FIRST}", _use_cache, f"{WHOLE}/eeg/subject-2,session-1.h5"),
    StoredKind("recording of faces", f"faces/{_FIRST}", _use_cache, f"{WHOLE}/faces/subject-2,session-1.h5"),
    StoredKind("index of a cache", "eeg/cache.json", _use_cache),
    StoredKind("slices of a cache", "eeg/slices.hdf5", _use_cache),
    StoredKind("alignment of clocks", f"aligned/{ALIGNMENT}", _use_signed(ALIGNMENT), alone=True),
    StoredKind("report", "report/report.json", _use_report),
    StoredKind("predictions of a report", "report/predictions.npz", _use_report),
    StoredKind("table", "table/table.json", _use_signed("table.json")),
    StoredKind("fusion table", f"fusion/{FUSION}", read_fusion),
    StoredKind("weights of a model", "model/model.pt", _use_model),
    StoredKind("facts of a model", "model/model.json", _use_model),
    StoredKind("training of a model", f"model/{FIT}", read_fit),
    StoredKind("weights of a GAN", "gan/gan.pt", load_gan),
    StoredKind("facts of a GAN", "gan/gan.json", load_gan),
    StoredKind("settings of a GAN", f"gan/{BEGUN}", _use_signed(BEGUN)),
    StoredKind("score of a GAN", "gan/score.json", read_score),
    StoredKind("state of a GAN", f"training/{STATE}", lambda folder: GanState.load(folder / STATE)),
    StoredKind("figures of a GAN", "quality/quality.json", _use_signed("quality.json"), alone=True),
    StoredKind("table of a GAN", "gan table/gan.json", _use_signed("gan.json"), alone=True),
    StoredKind(
        "training of a benchmark",
        "half/parts/fold0-seed0.npz",
        lambda folder: read_outcome(folder / "fold0-seed0.npz", CONFIG),
        f"{WHOLE}/half/parts/fold0-seed1.npz",
    ),
    StoredKind(
        "maps of a training",
        "explaining/parts/fold0-seed0-maps.npz",
        lambda folder: read_fold(folder / "fold0-seed0.npz", CONFIG),
        f"{WHOLE}/explaining/parts/fold0-seed1-maps.npz",
    ),
    StoredKind("explanation", "explain/explained.json", Explained.read, alone=True),
    StoredKind("hidden units", "units/hidden_units.npz", HiddenUnits.read, alone=True),
    StoredKind("planted truth", "planted/a.json", lambda folder: read_found(folder / "a.json", "sites", 0)),
)
"""All of them; what is scrubbed, derived or encoded is a cache as well."""
