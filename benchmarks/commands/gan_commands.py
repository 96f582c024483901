"""The commands ``emo-train gan fit``, ``gan sample`` and ``gan table``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...models.gan.gan_training import GanTraining
from ...preprocessing import Cache
from ...preprocessing.commands.command_line import listed
from ...signals.files.publishing import check_writable, publish_text
from .first_checks import check_first

if TYPE_CHECKING:
    from ...models.gan import KeptGan


def gan_fit(
    cache: Path,
    training: GanTraining = GanTraining(),
    split: str = "",
    fold: int = 0,
    modality: str = "",
    stride: int = 1,
    seed: int = 0,
    output: Path = Path("runs/gan"),
    allow: list[str] | str = "",
) -> None:
    """Train a generator of faces and a discriminator that also says which action units, valence and arousal they show.

    Killed? The same line goes on where it was, and ends with the same numbers. Sample sheets are written meanwhile.

    Args:
        cache: The folder that emo-preprocess run made, with a series of pixel patches.
        training: How it is trained.
        split: What is held out and scored, as in "leave_one_out('subject')". Left out: nothing is.
        fold: Which fold of the split.
        modality: The series to read. Left out: the first of pixel patches.
        stride: Frames from one training face to the next.
        seed: Of initial weights, draws and order.
        output: The folder to make: the GAN, its settings, its score on what was held out, sheets and curves.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    arguments = dict(locals())
    check_first(cache, split=split, output=output, allow=allow)
    from ...models.gan import face_series, train_gan
    from ...preprocessing.commands.printed_report import write_settings
    from ..runs.single_fit import chosen_fold
    from ..splits.splits import SPLITS
    from ..studies.gan.fitted_gan import draw_losses, score_gan, write_score
    from .checked_names import check_names

    check_names(allow, split=split)
    opened = Cache(cache)
    partition = chosen_fold(opened, SPLITS.build(split) if split else None, fold)
    train = opened.windows(1, stride, partition.train, face_series(opened, modality))
    gan = train_gan(train, training, seed=seed, folder=output, fold=partition.name)
    score = score_gan(gan, opened, partition)
    write_settings(output, "emo-train gan fit", arguments)
    write_score(score, output)
    draw_losses(gan, output / "curves.png")
    print(f"EmotionGAN, {training.predicts}, {partition.name}: trained on {len(train):,} faces{_simulated(opened)}")
    for metric, value in score.items():
        print(f"  {metric.replace('_', ' ')} on faces held out: {value:.3f}")
    print(f"kept in {output}; faces to look at: emo-train gan sample {output} --cache {cache}")


def gan_sample(
    run: Path, output: Path | None = None, cache: Path | None = None, reader_epochs: int = 20, seed: int = 0
) -> None:
    """Make faces with a kept GAN: over valence and arousal, one action unit at a time, from one face to another.

    With the cache it also measures them: what an independently trained network reads from them, the Frechet distance
    to real faces in that network's features, their variety, and the nearest training face beside each (no copies?).

    Args:
        run: The folder that gan fit made.
        output: The folder to write pictures into. Left out: samples in the run's own.
        cache: The cache that the GAN was trained on. Left out: nothing is measured.
        reader_epochs: Passes of the independent network over the GAN's real training faces.
        seed: Of noise, and of the independent network.
    """
    check_writable(output or run)
    from ...models.gan import load_gan
    from ..studies.gan.sheets import draw_sheets

    gan, folder = load_gan(run), output or run / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    pictures = draw_sheets(gan, folder, seed)
    if cache is not None:
        pictures += _measure(gan, Cache(cache), folder, reader_epochs, seed)
    print(f"written: {', '.join(map(str, pictures))}")


def gan_table(
    cache: Path,
    training: GanTraining = GanTraining(predicts="units,dimensions,units+dimensions"),
    split: str = "leave_one_out('subject')",
    seeds: int = 1,
    modality: str = "",
    stride: int = 1,
    output: Path = Path("runs/gan-table"),
    jobs: int = 1,
    allow: list[str] | str = "",
) -> None:
    """Does the adversarial part help? The discriminator beside the same trunk, steps and data trained without it.

    For each of the trainings F1 of each action unit and CCC of each dimension on faces held out, with intervals and
    paired tests over people, and what always saying yes gives. Killed? The same line goes on where it was.

    Args:
        cache: The folder that emo-preprocess run made, with a series of pixel patches.
        training: How both are trained.
        split: What trains and what tests; each test face is scored once.
        seeds: Trainings of each fold.
        modality: The series to read. Left out: the first of pixel patches.
        stride: Frames from one training face to the next.
        output: The folder to make: the reports, gan.md and gan.json.
        jobs: Trainings at a time; -1 for one a processor.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    arguments = dict(locals())
    check_first(cache, split=split, output=output, allow=allow)
    from ...preprocessing.commands.printed_report import write_settings
    from ..splits.splits import SPLITS
    from ..studies.gan.trunk_table import gan_reports, show_gan_table
    from ..studies.gan.trunk_table import gan_table as table_of
    from .checked_names import check_names

    check_names(allow, split=split)
    opened, built = Cache(cache), SPLITS.build(split)
    output.mkdir(parents=True, exist_ok=True)
    write_settings(output, "emo-train gan table", arguments)
    settings: dict[str, Any] = {"seeds": seeds, "stride": stride, "modality": modality, "jobs": jobs}
    pairs = []
    for part in listed(training.predicts):
        predicting = replace(training, predicts=part)
        pairs.append(gan_reports(opened, built, predicting, folder=output / part, **settings))
    show_gan_table(table_of(pairs), output)


def _measure(gan: "KeptGan", cache: Cache, folder: Path, reader_epochs: int, seed: int) -> list[Path]:
    """Paths of the figures, which are printed too."""
    from ..studies.gan.measures import check_gan
    from ..studies.gan.sheets import draw_nearest

    checked = check_gan(gan, cache, seed, reader_epochs)
    checked.check.grid().print()
    publish_text(folder / "quality.md", checked.check.to_markdown())
    publish_text(folder / "quality.json", checked.check.to_json())
    nearest = draw_nearest(checked, gan, folder / "nearest.png")
    return [nearest, folder / "quality.md", folder / "quality.json"]


def _simulated(cache: Cache) -> str:
    return " (simulated: nobody was recorded)" if cache.simulated else ""
