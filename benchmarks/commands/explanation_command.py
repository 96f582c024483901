"""The commands of ``emo-train`` that look inside: what a model looks at, and whether explanations find the truth."""

from pathlib import Path

from ...preprocessing import Cache
from ...preprocessing.commands.command_line import listed
from ...signals import InputError


def explain(
    cache: Path, model: str = "STRNN", split: str = "leave_one_out('subject')", output: Path = Path("runs/explained"),
    method: str = "integrated", target: str = "", modality: str = "", window: int = 9, train_stride: int = 3,
    scaling: str = "train", seeds: int = 1, untrained: int = 2, shuffled: int = 1, most: int = 256, epochs: int = 20,
    batch_size: int = 64, learning_rate: float = 1e-3, balance: str = "weights", predicts: str = "all",
    augmentation: str = "auto", jobs: int = 1, allow: list[str] | str = "",
    classes: str = "",
) -> None:
    """What a model looks at in people it never learned from, and in plain words whether that may be believed.

    Each fold is trained on its training part and explains its test part only. Checks: the score, maps of networks that
    were never trained and of trainings on shuffled labels, deletion and insertion, agreement between trainings. A
    killed run goes on where it was. Name the folder to emo-train report to see it drawn.

    Args:
        cache: The folder that emo-preprocess run made.
        model: A network by name or call.
        split: What trains and what is explained.
        output: The folder to make.
        method: integrated, occlusion, gradient, projections, attention (see docs/explain.md).
        target: What is explained: a category, dimension or unit. Left out: the predicted category, else the first one.
        modality: The series of the cache to read. Left out: the one that fits the model.
        window: Slices a window; explained windows are disjoint.
        train_stride: Slices from one training window to the next.
        scaling: train, subject (sees the tested subject's unlabelled data) or none.
        seeds: Trainings of each fold.
        untrained: Networks with drawn weights for each training.
        shuffled: Trainings on shuffled labels for each training.
        most: Held-out windows explained of each fold, spread evenly; all are scored.
        epochs: Passes over the training windows.
        batch_size: Windows a step.
        learning_rate: Of AdamW at the start.
        balance: What is done about rare categories: weights, sampler, category, affect or none.
        predicts: all that the dataset has truths for, or some of categories, dimensions, units joined by +.
        augmentation: auto, none, or a call such as "Faces(flip=0.5)".
        jobs: Trainings at a time; -1 for one a processor.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
        classes: Categories made of ratings, as in "valence > 5", "valence > median" (of what trains) or quadrants; then
            they alone are predicted, unless --predicts names more. Left out: the data's own.
    """
    given = dict(locals())
    from ...models import Training
    from ...preprocessing.commands.printed_report import write_settings
    from ..studies.explanations.explanation_study import ExplanationStudy
    from .given_names import check_given

    check_given(given)
    training = Training(
        epochs, batch_size, learning_rate, predicts=predicts, balance=balance, augmentation=augmentation
    )
    study = ExplanationStudy(
        Cache(cache), model, split, method, target, modality, window, train_stride, scaling, seeds, training, untrained,
        shuffled, most, output, jobs, classes,
    )
    output.mkdir(parents=True, exist_ok=True)
    write_settings(output, "emo-train explain", given)
    print("\n".join(study.run().verdict))
    print(f"\nwritten to {output}: explained.json; to see it: emo-train report {output}")


def planted(
    simulations: list[str] | str = "", seeds: list[int] | str = "", output: Path = Path("runs/planted"),
    quick: bool = False,
) -> None:
    """Do explanations find what a simulation planted? AUROC against the truth, and of networks that never learned.

    Simulated people, split into those who train and those whose windows are explained; nobody was recorded.

    Args:
        simulations: Some of eeg-19, eeg-62, faces and pair. Left out: all.
        seeds: Of the simulations and trainings. Left out: those that are reported (100 to 104; of the pair 120 to 124),
            on which nothing was chosen.
        output: The folder to make; finished seeds are kept there.
        quick: The default method alone: no occlusion, and no networks with sparse projections.
    """
    from ..studies.explanations.planted import planted_markdown, planted_table
    from ..studies.explanations.plantings import PLANTINGS

    names = listed(simulations) or list(PLANTINGS)
    table = planted_markdown(planted_table(names, _whole(seeds), output, quick))
    (output / "planted.md").write_text(table)
    print("SIMULATED: no person was recorded. AUROC of planted sites; mean over seeds (smallest to largest).\n")
    print(table)


def _whole(seeds: list[int] | str) -> list[int]:
    """Seeds as numbers."""
    written = [str(seed) for seed in seeds] if isinstance(seeds, list) else listed(seeds)
    for seed in written:
        if not seed.isdecimal():
            raise InputError("seeds", repr(seed), "whole numbers from 0, joined by commas", "correct it")
    return [int(seed) for seed in written]
