"""``emo-train``: from a cache to a table that can be published, and a model to keep."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from itertools import chain
from pathlib import Path

from ...models.training.training import Training
from ...preprocessing import Cache
from ...preprocessing.commands.command_line import listed, run_command
from ...signals.checked_numbers import check_seed, check_whole
from ...signals.files.publishing import check_file_place, check_writable
from ..runs.settings import FitSettings, ProtocolSettings
from .explanation_command import explain, planted
from .gan_commands import gan_fit, gan_sample, gan_table
from .hidden_units_command import units
from .shared_runs import Request, check_request, reports_of, run_benchmarks, show_table
from .study_commands import balance, fusion, parts, tasks
from .verify_command import verify

EXAMPLES = """\
  emo-train bench cache/eegmat --seeds 3 --output runs/eegmat   everybody's turn to be tested
  emo-train bench --config benchmarks/configs/seed_first9.yaml  a protocol kept in a file
  emo-train bench cache/seed --split 'first_trials(9)' --models 'STRNN(hidden=20),linear'
  emo-train fusion cache/deap                           are both better than one, and is it real?
  emo-train parts cache/faces                           what do CNN, RNN and both together give?
  emo-train tasks cache/faces                           what does valence add to categories?
  emo-train encode runs/cnn cache/faces cache/encoded   features of a kept CNN, for any recurrence
  emo-train table runs/eegmat runs/other                finished runs side by side, paired tests
  emo-train report runs/eegmat --output report/a.html   one page to send, with figures and LaTeX
  emo-train canary cache/seed                           what would a leak give on these recordings?
  emo-train canary simulated                            and on EEG without any effect at all?
  emo-train fit cache/seed --output runs/strnn          one model to keep
  emo-train predict runs/strnn recording.bdf            its predictions along a recording
  emo-train predict runs/gated recording.bdf face.mp4   along both modalities of one
  emo-train predict runs/faces pictures/                along pictures of a folder, or one picture
  emo-train explain cache/seed --output runs/explained  what models look at; is it to be believed?
  emo-train units runs/strnn cache/seed                 what hidden units follow: emotion, or who?
  emo-train verify runs cache                           every byte, and every score from predictions
  emo-train gan fit cache/faces --output runs/gan       faces that show what they are asked for
  emo-train gan sample runs/gan --cache cache/faces     look at them, and measure them
  emo-train gan table cache/faces                       does adversarial help to read real faces?"""


def main() -> int:
    """The command ``emo-train``."""
    return run_command(
        {
            "fit": fit_one,
            "bench": bench,
            "fusion": fusion,
            "parts": parts,
            "tasks": tasks,
            "balance": balance,
            "table": table,
            "canary": run_canary,
            "report": report,
            "predict": predict,
            "encode": encode,
            "explain": explain,
            "units": units,
            "planted": planted,
            "verify": verify,
            "gan": {
                "_help": "Make faces that show given action units, valence and arousal, and learn to read them.",
                "fit": gan_fit,
                "sample": gan_sample,
                "table": gan_table,
            },
        },
        "emo-train",
        "Train networks on a cache under an honest protocol, and print what came out.",
        EXAMPLES,
    )


def fit_one(
    cache: Path,
    backbone: str = "STRNN",
    protocol: FitSettings = FitSettings(),
    training: Training = Training(),
    output: Path = Path("runs/fit"),
    allow: list[str] | str = "",
) -> None:
    """Train one network on one fold of a split, or on everything, and keep it with its learning curve.

    Args:
        cache: The folder that emo-preprocess run made.
        backbone: A name or call, as in STRNN or "CNNRNN(hidden=32)" or mylab.Network; a wrong one lists all. A join
            brings modalities together, as in Gated or "Concat(eeg='STRNN', face='CNNRNN')".
        protocol: What it learns from.
        training: How it is trained.
        output: The folder to make: the model, its settings, its score and curves.png.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    arguments = dict(locals())
    from .first_checks import check_first, check_network

    check_network("backbone", backbone)
    check_first(
        cache,
        models=[backbone],
        split=protocol.split,
        output=output,
        scaling=protocol.scaling,
        classes=protocol.classes,
        allow=allow,
    )
    from ...preprocessing.commands.printed_report import write_settings
    from ..runs.single_fit import fit
    from ..splits.splits import SPLITS
    from .checked_names import check_names

    check_names(allow, models=[backbone], split=protocol.split, training=training)
    rules = {**vars(protocol), "split": SPLITS.build(protocol.split) if protocol.split else None}
    result = fit(Cache(cache), backbone, output, training=training, **rules)
    write_settings(output, "emo-train fit", arguments)
    print(f"{result.backbone}, {result.fold}: trained on {result.n_train:,} windows")
    for name, value in _scores(result.test):
        print(f"  {name} on {result.n_test:,} windows held out: {value:.3f}")
    print(f"kept in {output}; predictions along a recording: emo-train predict {output} RECORDING")


def _scores(test: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Scores as tables name them; of all classes where that is another number."""
    from ..tables.table import FURTHER

    for metric, value in test.items():
        if metric != "macro_f1_all" or value != test["macro_f1"]:
            yield FURTHER.get(metric, metric.replace("_", " ")), value


def bench(
    cache: Path,
    models: list[str] | str = "",
    protocol: ProtocolSettings = ProtocolSettings(),
    training: Training = Training(),
    output: Path = Path("runs/bench"),
    jobs: int = 1,
    cluster: str | None = None,
    allow: list[str] | str = "",
) -> None:
    """Train every model on every fold with every seed, and print one table with intervals and paired tests.

    Killed? The same line goes on where it was. The table is also written as Markdown, JSON, HTML and a picture.

    Args:
        cache: The folder that emo-preprocess run made.
        models: Networks by name or call, and linear, svm, mlp, majority, mean, base_rate, as in
            "STRNN(hidden=20),linear" or a list. Left out: STRNN, CNNRNN, GRU, linear, svm, a row that reads nothing
            (majority; without categories mean, for units alone base_rate), and EEGNet where there are samples.
        protocol: Who trains and who tests.
        training: How networks are trained.
        output: The folder to make: a report for each model, and the table.
        jobs: Trainings at a time; -1 for one a processor.
        cluster: Address of a Dask scheduler to train on instead, as in tcp://host:8786.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    arguments = dict(locals())
    rows = listed(models)
    check_request(Request(cache, rows, protocol, training, output), allow)
    from ..tables.comparison import compare
    from .checked_names import check_names

    check_names(allow, models=rows, split=protocol.split, training=training)
    request = Request(cache, rows, protocol, training, output, jobs=jobs, cluster=cluster)
    show_table(compare(*run_benchmarks(request, "bench", arguments)), output)


def table(runs: list[Path], output: Path | None = None, allow: list[str] | str = "") -> None:
    """Put finished reports side by side, with intervals and paired tests.

    Args:
        runs: Folders that bench made, or folders of single reports in them.
        output: A folder to write the table into as well. Left out: only print it.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    from .first_checks import check_there

    for run in runs:
        check_there(run, "a folder of finished runs", "name a folder that emo-train bench made")
    if output is not None:
        check_writable(output)
    from ..tables.comparison import compare

    reports = chain.from_iterable(reports_of(run, listed(allow)) for run in runs)
    show_table(compare(*reports), output)


def report(runs: list[Path], output: Path = Path("report/report.html"), allow: list[str] | str = "") -> None:
    """Write finished runs as one page that can be sent: it loads nothing from anywhere, and can be read on a phone.

    Beside it lie the figures as SVG and PDF, and the table as LaTeX. It begins with what came out, then has what must
    be known to read it: leaks, simulated data, runs under different rules, which are never put into one table, and
    explanations that should not be believed. Both are printed too.

    Args:
        runs: Folders that bench, fusion, explain or units made, or folders of such in them.
        output: The page to write.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    from .first_checks import check_there

    for run in runs:
        check_there(
            run, "a folder of finished runs", "name folders that emo-train bench, fusion, explain or units made"
        )
    check_file_place(output, "report.html")
    from ...preprocessing.building.progress import progress_bar
    from ..page.finished import finished_in
    from ..page.html_report import Page, write_page

    finished = finished_in(runs, listed(allow))
    with progress_bar("comparing", 1):  # all rows with all: known only as a whole
        page = Page.of(finished)
    print(page.to_text())
    print(f"\nwritten: {write_page(page, output)}")


def run_canary(
    cache: Path,
    split: str = "",
    model: str = "mlp",
    modality: str = "",
    window: int = 1,
    seed: int = 0,
    jobs: int = 1,
    allow: list[str] | str = "",
) -> None:
    """Cut the link between recordings and labels: an honest split must be at chance, and a leaky one will not be.

    Args:
        cache: The folder that emo-preprocess run made; or the word simulated: EEG in SEED's shape without any effect.
        split: The honest split. Left out: first trials against later ones, or one subject against the others.
        model: What learns.
        modality: The series of the cache to read. Left out: the one that fits the model.
        window: Slices a window.
        seed: Of the dealing of labels and of the model.
        jobs: Trainings at a time; -1 for one a processor.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    from .first_checks import check_first

    check_whole("window", window)
    check_seed(seed)
    simulated = str(cache) == "simulated" and not cache.exists()  # a folder of that name is a cache like any other
    check_first(None if simulated else cache, models=[model], split=split, allow=allow)
    from ..studies.canary_study import canary, null_cache
    from .checked_names import check_names

    check_names(allow, models=[model], split=split)
    with null_cache(jobs=jobs) if simulated else nullcontext(Cache(cache)) as opened:
        canary(opened, split=split, model=model, modality=modality, window=window, seed=seed, jobs=jobs).print()


def predict(
    run: Path,
    recordings: list[Path],
    output: Path | None = None,
    faces: str = "blur",
    lab: Path | None = None,
    allow: list[str] | str = "",
) -> None:
    """Predict along a recording with a kept model: timeline.csv and timeline.png.

    Several files are taken to begin at one moment. A model of both modalities also predicts from one of them, and says
    so. The picture shows the face, the power of the EEG's bands and the predictions on one time axis.

    Args:
        run: The folder that fit made.
        recordings: A recording that emoscan reads, with the model's electrodes; or a video of the face, a picture, a
            folder of pictures or a pattern such as frames/%04d.png; or both.
        output: The folder to write into. Left out: the model's own.
        faces: What the picture shows of the video: blur, show or omit.
        lab: The folder whose trials.yaml says how the recording's channels are called, what their units are, and how
            many pictures a second has. Left out, pictures come as often as in training.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    from .first_checks import check_there

    check_there(run, "the folder of a trained model", "name the folder that emo-train fit wrote")
    check_writable(output or run)
    from ...models import Predictor, draw_timeline, write_timeline
    from ..runs.single_fit import what_is_known

    predictor = Predictor.load(run, listed(allow))
    trial = predictor.trial(*recordings, lab=lab)
    timeline = predictor(trial)
    folder = output or run
    folder.mkdir(parents=True, exist_ok=True)
    replaced = (folder / "timeline.csv").exists()
    write_timeline(timeline, folder / "timeline.csv")
    draw_timeline(timeline, folder / "timeline.png", trial, faces)
    print("\n".join((timeline.title, *trial.remarks)))
    if len(timeline.times) == 1:
        print(", ".join(f"{name} {values[0]:.3f}" for name, values in timeline.columns.items()))
    count = f"{len(timeline.times):,} window{'' if len(timeline.times) == 1 else 's'}"
    earlier = " (instead of an earlier one; --output names another folder)" if replaced else ""
    print(f"{count}; {folder / 'timeline.csv'}, {folder / 'timeline.png'}{earlier}")
    print(what_is_known(run))


def encode(run: Path, cache: Path, output: Path, allow: list[str] | str = "") -> None:
    """Keep what a trained CNN makes of each slice in another cache: the first of two stages, an RNN is the second.

    Trials that the CNN was trained on are marked, and no protocol may test on them: use the fold that it was trained
    with, or the split as_encoded().

    Args:
        run: The folder that fit made, of a CNNRNN; "CNNRNN(cell='none')" with --window 1 is the CNN alone.
        cache: The volumes to encode.
        output: The cache to make.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    from .first_checks import check_there

    check_there(run, "the folder of a trained model", "name the folder that emo-train fit wrote")
    check_writable(output)
    opened = Cache(cache)
    from ...models import encode as encoded

    features = encoded(run, opened, output, listed(allow))
    (series,) = (name for name, steps in features.recipe.items() if steps != opened.recipe.get(name))
    new = f"{int((~features.learned).sum())} of {len(features)} trials are new to the encoder"
    print(f"{features!r}: {len(features.features(series))} features a slice; {new}")
