"""The commands of ``emo-train`` that ask one question: what parts, tasks, balancing and modalities contribute."""

from pathlib import Path

from ...models.training.training import Training
from ...preprocessing import Cache
from ...preprocessing.commands.command_line import listed
from ...signals.files.publishing import check_file_place
from ..runs.settings import FusionSettings, StudySettings
from .shared_runs import Request, check_request, run_benchmarks, show_fusion, show_table


def parts(
    cache: Path,
    encoder: str = "",
    cell: str = "gru",
    protocol: StudySettings = StudySettings(),
    training: Training = Training(),
    output: Path = Path("runs/parts"),
    jobs: int = 1,
    cluster: str | None = None,
    allow: list[str] | str = "",
) -> None:
    """What each part contributes: the CNN alone, the RNN alone on pooled features, and CNN+RNN, in one table.

    Also prints who is taken for whom, and draws it.

    Args:
        cache: The folder that emo-preprocess run made.
        encoder: The CNN by name, as in compact, rangulov or timm:resnet18. Left out: what fits.
        cell: The RNN: gru, lstm or rnn.
        protocol: Who trains and who tests.
        training: How networks are trained.
        output: The folder to make.
        jobs: Trainings at a time; -1 for one a processor.
        cluster: Address of a Dask scheduler to train on instead, as in tcp://host:8786.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    arguments = dict(locals())
    check_request(Request(cache, [], protocol, training, output), allow)
    from ..tables.comparison import compare
    from ..tables.pictures.confusion import Confusion, draw_confusions
    from .checked_names import check_names

    cnn = f", encoder={encoder!r}" if encoder else ""
    models = [f"CNNRNN(cell='none'{cnn})", f"CNNRNN(encoder='pooled', cell={cell!r})", f"CNNRNN(cell={cell!r}{cnn})"]
    check_names(allow, models=models, split=protocol.split, training=training)
    request = Request(cache, models, protocol, training, output, jobs=jobs, cluster=cluster)
    reports = run_benchmarks(request, "parts", arguments)
    show_table(compare(*reports), output)
    if reports[0].data.task.categories:
        confusions = [Confusion.of(report) for report in reports]
        print("\n" + "\n\n".join(confusion.to_text() for confusion in confusions))
        print(f"\nthe same as a picture: {draw_confusions(confusions, output / 'confusions.png')}")


def tasks(
    cache: Path,
    model: str = "CNNRNN",
    protocol: StudySettings = StudySettings(),
    training: Training = Training(),
    output: Path = Path("runs/tasks"),
    jobs: int = 1,
    cluster: str | None = None,
    allow: list[str] | str = "",
) -> None:
    """Categories only, valence and arousal only, both at once: do categories gain from the combined model?

    Two tables with paired tests over people, and the map between categories and the plane of valence and arousal: of
    each fold's training labels only, and asked about its test trials. The picture is that of the first fold.

    Args:
        cache: The folder that emo-preprocess run made; it needs truths for categories and dimensions.
        model: A network by name or call.
        protocol: Who trains and who tests.
        training: How networks are trained.
        output: The folder to make.
        jobs: Trainings at a time; -1 for one a processor.
        cluster: Address of a Dask scheduler to train on instead, as in tcp://host:8786.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    arguments = dict(locals())
    check_request(Request(cache, [model], protocol, training, output), allow)
    from ...models import make_learner
    from ..runs.fold_plan import default_series
    from ..runs.protocol import listed_series
    from ..splits.splits import SPLITS
    from ..studies.affect_folds import AffectFolds
    from ..studies.affect_map import draw_affect_map
    from ..studies.task_gain import gain
    from ..tables.comparison import compare
    from .checked_names import check_names

    allowed = check_names(allow, models=[model], split=protocol.split, training=training)
    opened = Cache(cache)
    fitting = protocol.modality or default_series(opened, make_learner(model, allow=allowed))
    series = listed_series(fitting)[0]  # truths are the trial's in any series
    maps = AffectFolds.of(opened, series, SPLITS.build(protocol.split, allow=allowed))  # before anything is trained
    predicts = ("categories", "dimensions", "categories+dimensions")
    request = Request(cache, [model], protocol, training, output, jobs=jobs, cluster=cluster, predicts=predicts)
    alone, affect, combined = run_benchmarks(request, "tasks", arguments)
    categories = compare(alone, combined)
    print(f"{gain(categories)}\n")
    show_table(categories, output / "categories")
    print()
    show_table(compare(affect, combined, metric="ccc"), output / "dimensions")
    print(f"\n{maps.to_text()}\n{draw_affect_map(maps.maps[0], output / 'affect_map.png')}")


def balance(
    cache: Path,
    way: str = "affect",
    output: Path = Path("runs/balance.png"),
    modality: str = "",
    window: int = 9,
    train_stride: int = 3,
    seed: int = 0,
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
    check_file_place(output, "balance.png")
    from ...models import balanced, make_learner
    from ..runs.fold_plan import default_series
    from ..studies.balance_picture import balance_text, draw_balance

    opened = Cache(cache)
    before = opened.windows(window, train_stride, modality=modality or default_series(opened, make_learner("majority")))
    after = balanced(before, way, seed)
    output.parent.mkdir(parents=True, exist_ok=True)
    print(f"{balance_text(before, after)}\n{draw_balance(before, after, output)}")


def fusion(
    cache: Path,
    joins: list[str] | str = "",
    eeg: str = "",
    face: str = "",
    protocol: FusionSettings = FusionSettings(),
    training: Training = Training(),
    output: Path = Path("runs/fusion"),
    jobs: int = 1,
    allow: list[str] | str = "",
) -> None:
    """Is fusion better than either modality, and is it real? Each alone, every join, and what controls cost them.

    Controls: one modality missing, the face shifted by 1, 2 and 5 seconds either way, and taken from another trial of
    the same class. Says in words whether a join gains, can do without a modality, and uses synchrony.

    Args:
        cache: The folder that emo-preprocess run made, with series of two modalities. Or the word simulated: EEG and
            faces whose worth of fusion is known; or simulated-null: the same without any effect.
        joins: Names or calls, as in "Gated,Late(how='learned')". Left out: all. Early needs series of equal slices.
        eeg: The network of the EEG, alone and under the joins. Left out: STRNN.
        face: The network of the face. Left out: STRNN.
        protocol: Who trains and who tests.
        training: How networks are trained.
        output: The folder to make: a report for each, and the table.
        jobs: Trainings at a time; -1 for one a processor.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    arguments = dict(locals())
    from .first_checks import check_first

    rows = listed(joins)
    there = None if str(cache) in ("simulated", "simulated-null") and not cache.exists() else cache
    check_first(
        there,
        models=rows,
        split=protocol.split,
        output=output,
        scaling=protocol.scaling,
        classes=protocol.classes,
        allow=allow,
    )
    from ...preprocessing.commands.printed_report import write_settings
    from ..splits.splits import SPLITS
    from ..studies.fusion_study import JOINS, FusionStudy, simulated_pair
    from .checked_names import check_names

    check_names(allow, models=rows, networks=(eeg, face), split=protocol.split, training=training)
    networks = tuple((stream, model) for stream, model in (("eeg", eeg), ("face", face)) if model)
    output.mkdir(parents=True, exist_ok=True)
    write_settings(output, "emo-train fusion", arguments)
    rules = {**vars(protocol), "split": SPLITS.build(protocol.split)}
    with simulated_pair(cache, jobs) as opened:
        study = FusionStudy(
            opened, tuple(rows) or JOINS, networks, training=training, folder=output, jobs=jobs, **rules
        )
        show_fusion(study.run(), output)
