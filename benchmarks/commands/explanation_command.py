"""The commands of ``emo-train`` that look inside: what a model looks at, and whether explanations find the truth."""

from pathlib import Path

from ...models.training.training import Training
from ...preprocessing import Cache
from ...preprocessing.commands.command_line import listed
from ...signals import InputError
from ...signals.files.publishing import check_writable, publish_text
from ..runs.settings import StudySettings
from .shared_runs import Request, check_request, counted_trainings


def explain(
    cache: Path,
    model: str = "STRNN",
    protocol: StudySettings = StudySettings(),
    training: Training = Training(),
    method: str = "integrated",
    target: str = "",
    untrained: int = 2,
    shuffled: int = 1,
    most: int = 256,
    output: Path = Path("runs/explained"),
    jobs: int = 1,
    allow: list[str] | str = "",
) -> None:
    """What a model looks at in people it never learned from, and in plain words whether that may be believed.

    Each fold is trained on its training part and explains its test part only. Checks: the score, maps of networks that
    were never trained and of trainings on shuffled labels, deletion and insertion, agreement between trainings. A
    killed run goes on where it was. Name the folder to emo-train report to see it drawn.

    Args:
        cache: The folder that emo-preprocess run made.
        model: A network by name or call.
        protocol: Who trains and whose windows are explained.
        training: How networks are trained.
        method: integrated, occlusion, gradient, projections, attention (see docs/explain.md).
        target: What is explained: a category, dimension or unit. Left out: the predicted category, else the first one.
        untrained: Networks with drawn weights for each training.
        shuffled: Trainings on shuffled labels for each training.
        most: Held-out windows explained of each fold, spread evenly; all are scored.
        output: The folder to make.
        jobs: Trainings at a time; -1 for one a processor.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    arguments = dict(locals())
    from .first_checks import check_network

    check_network("model", model)
    check_request(Request(cache, [model], protocol, training, output), allow)
    from ...preprocessing.commands.printed_report import write_settings
    from ..studies.explanations.explanation_study import ExplanationStudy
    from .checked_names import check_names

    check_names(allow, models=[model], split=protocol.split, training=training)
    study = ExplanationStudy(
        Cache(cache),
        model,
        method=method,
        target=target,
        training=training,
        untrained=untrained,
        shuffled=shuffled,
        most=most,
        folder=output,
        jobs=jobs,
        **vars(protocol),
    )
    print(f"before training: {counted_trainings([study.plan])}; {_beside(untrained, shuffled)}", flush=True)
    output.mkdir(parents=True, exist_ok=True)
    write_settings(output, "emo-train explain", arguments)
    print("\n".join(study.run().verdict))
    print(f"\nwritten to {output}: explained.json; to see it: emo-train report {output}")


def _beside(untrained: int, shuffled: int) -> str:
    """What is made beside each training, in words."""
    return f"each beside {untrained} networks that never learn and {shuffled} that learn shuffled labels"


def planted(
    simulations: list[str] | str = "",
    seeds: list[int] | str = "",
    output: Path = Path("runs/planted"),
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
    check_writable(output)
    from ..studies.explanations.planted import planted_markdown, planted_table
    from ..studies.explanations.plantings import PLANTINGS

    names = listed(simulations) or list(PLANTINGS)
    table = planted_markdown(planted_table(names, _whole(seeds), output, quick))
    publish_text(output / "planted.md", table)
    print("SIMULATED: no person was recorded. AUROC of planted sites; mean over seeds (smallest to largest).\n")
    print(table)


def _whole(seeds: list[int] | str) -> list[int]:
    """Seeds as numbers."""
    words = [str(seed) for seed in seeds] if isinstance(seeds, list) else listed(seeds)
    for seed in words:
        if not seed.isdecimal():
            raise InputError("seeds", repr(seed), "whole numbers from 0, joined by commas")
    return [int(seed) for seed in words]
