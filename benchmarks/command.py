"""``emo-train``: from a cache to a table that can be published, and a model to keep."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..preprocessing import Cache
from ..preprocessing.command_line import run_command
from ..signals import InputError

if TYPE_CHECKING:
    from .report import Report
    from .table import Table

EXAMPLES = """\
  emo-train bench cache/eegmat --seeds 3 --output runs/eegmat    everybody's turn to be tested, all models
  emo-train bench --config benchmarks/configs/seed_first9.yaml   a protocol kept in a file
  emo-train bench cache/seed --models 'STRNN(hidden=20),linear' --split 'first_trials(9)' --selection both
  emo-train parts cache/faces                                    what do the CNN, the RNN and both together give?
  emo-train tasks cache/faces                                    do categories gain from learning valence and arousal?
  emo-train encode runs/cnn cache/faces cache/encoded            features of a kept CNN, for a recurrence of your choice
  emo-train table runs/eegmat runs/other                         finished runs side by side, with paired tests
  emo-train canary cache/seed                                    what would a leak give on these recordings?
  emo-train canary simulated                                     and on EEG without any effect at all?
  emo-train fit cache/seed --output runs/strnn                   one model to keep
  emo-train predict runs/strnn recording.bdf                     its predictions along a recording"""

MODELS = ("STRNN", "CNNRNN", "GRU", "linear", "svm", "majority")
"""What ``bench`` trains unless told otherwise, and EEGNet where the cache has a series of samples."""


def main() -> int:
    """The command ``emo-train``."""
    return run_command(
        {"fit": fit_one, "bench": bench, "parts": parts, "tasks": tasks, "balance": balance, "table": table,
         "canary": run_canary, "predict": predict, "encode": encode}, "emo-train",
        "Train networks on a cache under an honest protocol, and print what came out.", EXAMPLES,
    )


def fit_one(
    cache: Path, backbone: str = "STRNN", output: Path = Path("runs/fit"), split: str = "", fold: int = 0,
    modality: str = "", window: int = 9, train_stride: int = 3, scaling: str = "train", seed: int = 0,
    epochs: int = 20, batch_size: int = 64, learning_rate: float = 1e-3,
) -> None:
    """Train one network on one fold of a split, or on everything, and keep it with its learning curve.

    Args:
        cache: The folder that emo-preprocess run made.
        backbone: A name or call, as in STRNN or "CNNRNN(hidden=32)" or mylab.Network; a wrong one lists all.
        output: The folder to make: the model, its settings, its score and curves.png.
        split: What is held out and scored, as in "leave_one_out('subject')". Left out: nothing is.
        fold: Which fold of the split.
        modality: The series of the cache to read. Left out: the one that fits the network.
        window: Slices a window.
        train_stride: Slices from one training window to the next.
        scaling: train, subject (sees the tested subject's unlabelled data) or none.
        seed: Of initial weights, dropout and order.
        epochs: Passes over the training windows.
        batch_size: Windows a step.
        learning_rate: Of AdamW at the start.
    """
    given = dict(locals())
    from ..models import Training
    from ..preprocessing.report import write_settings
    from .fit import fit
    from .splits import SPLITS

    result = fit(
        Cache(cache), backbone, output, split=SPLITS.build(split) if split else None, fold=fold, modality=modality,
        window=window, train_stride=train_stride, scaling=scaling, seed=seed,
        training=Training(epochs, batch_size, learning_rate),
    )
    write_settings(output, "emo-train fit", given)
    print(f"{result.backbone}, {result.fold}: trained on {result.n_train:,} windows")
    for metric, value in result.test.items():
        print(f"  {metric.replace('_', ' ')} on {result.n_test:,} windows held out: {value:.3f}")
    print(f"kept in {output}; predictions along a recording: emo-train predict {output} RECORDING")


def bench(
    cache: Path, models: list[str] | str = "", split: str = "leave_one_out('subject')",
    output: Path = Path("runs/bench"), modality: str = "", window: int = 9, train_stride: int = 3,
    scaling: list[str] | str = "train", seeds: int = 1, selection: str = "fixed", oracle: bool = False,
    epochs: int = 20, batch_size: int = 64, learning_rate: float = 1e-3, predicts: list[str] | str = "all",
    balance: str = "weights", augmentation: str = "auto", jobs: int = 1, cluster: str | None = None,
    i_know_this_leaks: bool = False,
) -> None:
    """Train every model on every fold with every seed, and print one table with intervals and paired tests.

    Killed? The same line goes on where it was. The table is also written as Markdown, JSON, HTML and a picture.

    Args:
        cache: The folder that emo-preprocess run made.
        models: Networks by name or call, and linear, svm, mlp, majority, as in "STRNN(hidden=20),linear" or a list.
            Left out: STRNN, CNNRNN, GRU, linear, svm, majority, and EEGNet where the cache has a series of samples.
        split: What trains and what tests, as in "leave_one_out('subject')" or "first_trials(9)".
        output: The folder to make: a report for each model, and the table.
        modality: The series of the cache to read. Left out: the one that fits each model.
        window: Slices a window; test windows are disjoint.
        train_stride: Slices from one training window to the next.
        scaling: One or more, as in train,subject: train, subject (sees the tested subject's unlabelled data), none.
        seeds: Trainings of each fold.
        selection: fixed epochs, inner validation by the split's own groups, or both.
        oracle: Also show, in grey, the epoch that scores best on the test part.
        epochs: Passes over the training windows.
        batch_size: Windows a step.
        learning_rate: Of AdamW at the start.
        predicts: One or more, as in categories,all: all that the cache has truths for, or some of categories,
            dimensions and units joined by +.
        balance: What is done about rare categories: weights, sampler, category, affect or none.
        augmentation: auto (faces are turned, shifted and mirrored a little), none, or a call such as "Faces(flip=0.5)".
        jobs: Trainings at a time; -1 for one a processor.
        cluster: Address of a Dask scheduler to train on instead, as in tcp://host:8786.
        i_know_this_leaks: Run a split that leaks. Every table made from it says so.
    """
    given = dict(locals())
    from .compare import compare

    _show(compare(*_benchmarks(given, "bench")), output)


def parts(
    cache: Path, encoder: str = "", cell: str = "gru", split: str = "leave_one_out('subject')",
    output: Path = Path("runs/parts"), modality: str = "", window: int = 9, train_stride: int = 3,
    scaling: str = "train", seeds: int = 1, epochs: int = 20, batch_size: int = 64, learning_rate: float = 1e-3,
    balance: str = "weights", augmentation: str = "auto", jobs: int = 1, cluster: str | None = None,
) -> None:
    """What each part contributes: the CNN alone, the RNN alone on pooled features, and CNN+RNN, in one table.

    Also prints who is taken for whom, and draws it.

    Args:
        cache: The folder that emo-preprocess run made.
        encoder: The CNN by name, as in compact, rangulov or timm:resnet18. Left out: what fits.
        cell: The RNN: gru or lstm.
        split: What trains and what tests.
        output: The folder to make.
        modality: The series of the cache to read. Left out: the one of features.
        window: Slices a window; test windows are disjoint.
        train_stride: Slices from one training window to the next.
        scaling: train, subject (sees the tested subject's unlabelled data) or none.
        seeds: Trainings of each fold.
        epochs: Passes over the training windows.
        batch_size: Windows a step.
        learning_rate: Of AdamW at the start.
        balance: What is done about rare categories: weights, sampler, category, affect or none.
        augmentation: auto, none, or a call such as "Faces(flip=0.5)".
        jobs: Trainings at a time; -1 for one a processor.
        cluster: Address of a Dask scheduler to train on instead.
    """
    given = dict(locals())
    from .compare import compare
    from .confusion import Confusion, draw_confusions

    chosen = [f"encoder={encoder!r}"] if encoder else []
    settings = (["cell='none'", *chosen], ["encoder='pooled'", f"cell={cell!r}"], [f"cell={cell!r}", *chosen])
    given["models"] = [f"CNNRNN({', '.join(own)})" for own in settings]
    reports = _benchmarks(given, "parts")
    _show(compare(*reports), output)
    if reports[0].data.task.categories:
        confusions = [Confusion.of(report) for report in reports]
        print("\n" + "\n\n".join(shown.to_text() for shown in confusions))
        print(f"\nthe same as a picture: {draw_confusions(confusions, output / 'confusions.png')}")


def tasks(
    cache: Path, model: str = "CNNRNN", split: str = "leave_one_out('subject')", output: Path = Path("runs/tasks"),
    modality: str = "", window: int = 9, train_stride: int = 3, scaling: str = "train", seeds: int = 1,
    epochs: int = 20, batch_size: int = 64, learning_rate: float = 1e-3, balance: str = "weights",
    augmentation: str = "auto", jobs: int = 1, cluster: str | None = None,
) -> None:
    """Categories only, valence and arousal only, both at once: do categories gain from the combined model?

    Two tables with paired tests over people, and the map between categories and the plane of valence and arousal.

    Args:
        cache: The folder that emo-preprocess run made; it needs truths for categories and dimensions.
        model: A network by name or call.
        split: What trains and what tests.
        output: The folder to make.
        modality: The series of the cache to read. Left out: the one that fits the model.
        window: Slices a window; test windows are disjoint.
        train_stride: Slices from one training window to the next.
        scaling: train, subject (sees the tested subject's unlabelled data) or none.
        seeds: Trainings of each fold.
        epochs: Passes over the training windows.
        batch_size: Windows a step.
        learning_rate: Of AdamW at the start.
        balance: What is done about rare categories: weights, sampler, category, affect or none.
        augmentation: auto, none, or a call such as "Faces(flip=0.5)".
        jobs: Trainings at a time; -1 for one a processor.
        cluster: Address of a Dask scheduler to train on instead.
    """
    given = dict(locals())
    from .affect_map import AffectMap, draw_affect_map
    from .compare import compare
    from .study import gain

    both = "categories+dimensions"
    given |= {"models": [model], "predicts": ["categories", "dimensions", both]}
    alone, affect, combined = _benchmarks(given, "tasks")
    categories = compare(alone, combined)
    _show(categories, output / "categories")
    print()
    _show(compare(affect, combined, metric="ccc"), output / "dimensions")
    print(f"\n{gain(categories)}")
    opened = Cache(cache)
    found = AffectMap.fit(opened, combined.protocol.modality, range(len(opened)))
    print(f"\n{found.to_text()}\n{draw_affect_map(found, output / 'affect_map.png')}")


def _benchmarks(given: dict[str, Any], command: str) -> list["Report"]:
    """Every model with every scaling and every part of the task, as the command line says; settings are kept."""
    from ..models import Training
    from ..preprocessing.report import write_settings
    from .benchmark import benchmark

    opened, output = Cache(given["cache"]), given["output"]
    raw = ["EEGNet"] if any(m.endswith("-raw") for m in opened.modalities) else []
    output.mkdir(parents=True, exist_ok=True)
    write_settings(output, f"emo-train {command}", given)
    same = {name: given[name] for name in ("split", "modality", "window", "train_stride", "seeds", "jobs", "cluster")}
    return [
        benchmark(
            opened, model, **same, scaling=scaled, folder=output / _folder_name(model, scaled, part),
            training=Training(
                given["epochs"], given["batch_size"], given["learning_rate"], predicts=part, balance=given["balance"],
                augmentation=given["augmentation"],
            ),
            i_know_this_leaks=given.get("i_know_this_leaks", False),
            **_choice(model, given.get("selection", "fixed"), given.get("oracle", False)),
        )
        for part in _listed(given.get("predicts", "all")) for scaled in _listed(given["scaling"])
        for model in _listed(given["models"]) or [*MODELS, *raw]
    ]


def balance(
    cache: Path, way: str = "affect", output: Path = Path("runs/balance.png"), modality: str = "", window: int = 9,
    train_stride: int = 3, seed: int = 0,
) -> None:
    """Show what balancing leaves: counts of categories and of the valence-arousal plane, before and after.

    It only shows; to train so, give --balance to the other commands, which balance training windows alone.

    Args:
        cache: The folder that emo-preprocess run made.
        way: category (as many of each as of the rarest) or affect (crowded feelings are thinned out).
        output: The picture to make.
        modality: The series of the cache. Left out: the first of features.
        window: Slices a window.
        train_stride: Slices from one window to the next.
        seed: Of the draw.
    """
    from ..models import balanced, learner
    from .balance_picture import balance_text, draw_balance
    from .plan import default_series

    opened = Cache(cache)
    before = opened.windows(window, train_stride, modality=modality or default_series(opened, learner("majority")))
    after = balanced(before, way, seed)
    output.parent.mkdir(parents=True, exist_ok=True)
    print(f"{balance_text(before, after)}\n{draw_balance(before, after, output)}")


def table(runs: list[Path], output: Path | None = None) -> None:
    """Put finished reports side by side, with intervals and paired tests.

    Args:
        runs: Folders that bench made, or folders of single reports in them.
        output: A folder to write the table into as well. Left out: only print it.
    """
    from .compare import compare

    _show(compare(*(report for run in runs for report in _reports(run))), output)


def run_canary(
    cache: Path, split: str = "", model: str = "mlp", modality: str = "", window: int = 1, seed: int = 0, jobs: int = 1,
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
    """
    from .canary import canary, null_cache

    made_here = str(cache) == "simulated" and not cache.exists()
    with null_cache(jobs=jobs) if made_here else nullcontext(Cache(cache)) as opened:
        canary(opened, split=split, model=model, modality=modality, window=window, seed=seed, jobs=jobs).print()


def predict(run: Path, recording: Path, output: Path | None = None) -> None:
    """Predict along a recording with a kept model: timeline.csv and timeline.png.

    Args:
        run: The folder that fit made.
        recording: Any file that emoscan reads; it needs the electrodes of the model.
        output: The folder to write into. Left out: the model's own.
    """
    from ..models import Predictor, draw_timeline, write_timeline

    timeline = Predictor.load(run)(recording)
    folder = output or run
    folder.mkdir(parents=True, exist_ok=True)
    write_timeline(timeline, folder / "timeline.csv")
    draw_timeline(timeline, folder / "timeline.png")
    print(f"{timeline.title}\n{len(timeline.times):,} windows; {folder / 'timeline.csv'}, {folder / 'timeline.png'}")


def encode(run: Path, cache: Path, output: Path) -> None:
    """Keep what a trained CNN makes of each slice in another cache: the first of two stages, an RNN is the second.

    Trials that the CNN was trained on are marked, and no protocol may test on them: use the fold that it was trained
    with, or the split as_encoded().

    Args:
        run: The folder that fit made, of a CNNRNN; "CNNRNN(cell='none')" with --window 1 is the CNN alone.
        cache: The volumes to encode.
        output: The cache to make.
    """
    from ..models import encode as encoded

    made = encoded(run, Cache(cache), output)
    (series,) = (name for name, steps in made.recipe.items() if "Encode(" in steps[-1])
    new = f"{int((~made.learned).sum())} of {len(made)} trials are new to the encoder"
    print(f"{made!r}: {len(made.features(series))} features a slice; {new}")


def _listed(given: list[str] | str) -> list[str]:
    """``"STRNN(hidden=20, space=False),linear"`` in two: commas within brackets do not count."""
    if not isinstance(given, str):
        return given
    return [part.strip() for part in re.split(r",(?![^()]*\))", given) if part.strip()]


def _choice(model: str, selection: str, oracle: bool) -> dict[str, Any]:
    """How the epoch is chosen: models without epochs have no choice."""
    from ..models import learner

    return {"selection": selection, "oracle": oracle} if learner(model).trains_by_epoch else {}


def _folder_name(model: str, scaling: str, predicts: str = "all") -> str:
    """A name that a file system takes, and that differs for different models."""
    plain = "".join(letter if letter.isalnum() or letter in "._=" else "-" for letter in model)
    return f"{plain.strip('-')}-{scaling}{'' if predicts == 'all' else f'-{predicts}'}"


def _reports(run: Path) -> list["Report"]:
    from .report import REPORT, Report

    folders = [run] if (run / REPORT).exists() else sorted(path.parent for path in run.glob(f"*/{REPORT}"))
    if not folders:
        raise InputError(run, "no report", f"{REPORT}, or folders with one", "name a folder that emo-train bench made")
    return [Report.load(folder) for folder in folders]


def _show(made: "Table", output: Path | None) -> None:
    made.print()
    if output is None:
        return
    from .table_picture import draw_table

    output.mkdir(parents=True, exist_ok=True)
    (output / "table.md").write_text(made.to_markdown())
    (output / "table.json").write_text(made.to_json())
    (output / "table.html").write_text(made.to_html())
    draw_table(made, output / "table.png")
    print(f"\nwritten to {output}: table.md, table.json, table.html, table.png")
