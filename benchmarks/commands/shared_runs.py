"""Shared work of the commands of ``emo-train``: running benchmarks as the command line says, and showing tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...models.training.training import Training
from ...preprocessing import Cache
from ...preprocessing.commands.command_line import listed
from ...signals import InputError
from ...signals.files.publishing import publish_text, sole_writer
from ..runs.settings import ProtocolSettings, StudySettings

if TYPE_CHECKING:
    from ..runs.fold_plan import FoldPlan
    from ..runs.report import Report
    from ..studies.fusion_table import FusionTable
    from ..tables.table import Table

MODELS = ("STRNN", "CNNRNN", "GRU", "linear", "svm")
"""Models that ``bench`` trains by default, beside those that ``usual_models`` adds."""


@dataclass(frozen=True)
class Request:
    """Benchmarks that a command line asks for: every model with every scaling and every part of the task.

    Args:
        cache: The folder to read.
        models: By name or call; none for the usual ones.
        protocol, training: The rules; several scalings and parts of the task are joined by commas.
        output: The folder to make.
        jobs, cluster: Where trainings run.
        predicts: Parts of the task; left out, those of ``training``.
    """

    cache: Path
    models: Sequence[str]
    protocol: StudySettings
    training: Training
    output: Path
    jobs: int = 1
    cluster: str | None = None
    predicts: Sequence[str] = ()


def check_request(request: Request, allow: list[str] | str = "") -> None:
    """Refuse what is wrong with a request before anything is loaded that takes seconds (``check_first``)."""
    from .first_checks import check_first

    rules = request.protocol
    check_first(
        request.cache,
        models=request.models,
        split=rules.split,
        output=request.output,
        scaling=rules.scaling,
        classes=rules.classes,
        allow=allow,
    )


def run_benchmarks(request: Request, command: str, arguments: Mapping[str, Any]) -> list["Report"]:
    """The reports of a request; the ``arguments`` of the command are stored beside them.

    All plans are checked before the first is trained, and notes on their labels are printed.
    """
    from ...preprocessing.building.progress import progress_bar
    from ...preprocessing.building.workers import Workers
    from ...preprocessing.commands.printed_report import write_settings
    from ..runs.benchmark_run import run_plan

    plans = _plans(request, Cache(request.cache))
    for plan in plans.values():
        plan.check()
    announce(plans.values())
    if unread := _unread(list(plans.values())):
        print(f"before training: nothing here reads {unread}: --modality names a series, fusion takes all", flush=True)
    print(f"before training: {counted_trainings(list(plans.values()))}", flush=True)
    if others := _others(request.output, plans):
        print(f"{request.output} also holds reports that are not of this table: {', '.join(others)}", flush=True)
    workers = Workers(request.jobs, request.cluster)
    with sole_writer(request.output):
        write_settings(request.output, f"emo-train {command}", arguments)
        with progress_bar("training", n_trainings(plans.values()), at_a_time=workers.at_a_time) as progress:
            return [run_plan(plan, request.output / name, workers, progress) for name, plan in plans.items()]


def counted_trainings(plans: Sequence["FoldPlan"]) -> str:
    """The number of trainings, and of what it is the product: ``3 models x 5 people x 2 seeds = 30 trainings``."""
    from ..tables.row_facts import counted

    total, folds = n_trainings(plans), {len(plan.folds) for plan in plans}
    if len(folds) > 1:
        return counted(total, "training")
    factors = [counted(len(plans), "model" if len({plan.name for plan in plans}) == len(plans) else "row")]
    n_folds, seeds = folds.pop(), plans[0].protocol.seeds
    factors.append(f"{n_folds} people" if _by_person(plans[0]) else counted(n_folds, "fold"))
    factors.append(counted(seeds, "seed"))
    return f"{' x '.join(factors)} = {counted(total, 'training')}"


def _unread(plans: Sequence["FoldPlan"]) -> str:
    """The streams with features that no row reads, by their first series."""
    from ...preprocessing.steps.recipe import stream_name
    from ..runs.fold_plan import series_of_streams

    read = {stream_name(name) for plan in plans for name in plan.protocol.series}
    return " and ".join(name for name in series_of_streams(plans[0].cache) if stream_name(name) not in read)


def n_trainings(plans: Iterable["FoldPlan"]) -> int:
    """The number of trainings of several plans."""
    return sum(len(plan.folds) * plan.protocol.seeds for plan in plans)


def _by_person(plan: "FoldPlan") -> bool:
    """Whether each fold tests one person, and no two the same."""
    subject = np.asarray(plan.columns["subject"])
    tested = [set(subject[fold.test].tolist()) for fold in plan.folds]
    return len(tested) > 1 and sum(map(len, tested)) == len(tested) == len(set().union(*tested))


def _others(output: Path, plans: Collection[str]) -> list[str]:
    """Reports in the folder that another command line made."""
    from ..runs.report import REPORT

    return sorted(path.parent.name for path in output.glob(f"*/{REPORT}") if path.parent.name not in plans)


def announce(plans: Iterable["FoldPlan"]) -> None:
    """Print remarks on the recordings and notes on the labels of the folds, each once, before anything is trained."""
    from ...preprocessing.commands.printed_report import remark_lines

    notes = chain.from_iterable((*remark_lines(plan.seen), *plan.label_notes()) for plan in plans)
    for note in dict.fromkeys(notes):
        print(f"before training: {note}", flush=True)


def _plans(request: Request, cache: Cache) -> dict[str, "FoldPlan"]:
    """The plans of a request, by the folder of each."""
    from ..runs.benchmark_run import plan_of
    from ..runs.protocol import Protocol, predicted
    from ..splits.splits import SPLITS

    rules, classes = request.protocol, request.protocol.classes
    parts = [predicted(part, classes) for part in request.predicts or listed(request.training.predicts)]
    rows: list[tuple[str, str, str]] = []
    for part in parts:
        models = request.models or usual_models(cache, part, classes)
        rows += [(model, scaling, part) for scaling, model in product(listed(rules.scaling), models)]
    if not rows:
        do = "leave --predicts and --scaling away"
        raise InputError("rows", "nothing to predict or to scale by", "some of each", do)
    names = [_folder_name(*row) for row in rows]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError("rows", f"{', '.join(twice)} twice", "each once", "leave one away")
    split, plans = SPLITS.build(rules.split), {}
    for model, scaling, part in rows:
        settings = _settings(model, replace(rules, scaling=scaling))
        protocol = Protocol.of(split, settings, replace(request.training, predicts=part))
        plans[_folder_name(model, scaling, part)] = plan_of(cache, model, split, protocol)
    return plans


def usual_models(cache: Cache, predicts: str = "all", classes: str = "") -> list[str]:
    """``MODELS``, the row that reads nothing as it is called for these parts of the task, and EEGNet for samples.

    Raises:
        InputError: The task has no such part.
    """
    from ...models.learning.estimators import READERS_OF_NOTHING

    task = (cache.classed(classes) if classes else cache).task.only(predicts)
    models = [*MODELS, next(name for part, name in READERS_OF_NOTHING.items() if getattr(task, part))]
    return [*models, "EEGNet"] if cache.sample_series else models


def _settings(model: str, rules: StudySettings) -> ProtocolSettings:
    """The settings of one model: those without epochs choose none."""
    from ...models import make_learner

    settings = ProtocolSettings(**vars(rules))
    return settings if make_learner(model).trains_by_epoch else replace(settings, selection="fixed", oracle=False)


def _folder_name(model: str, scaling: str, predicts: str = "all") -> str:
    """A name that a file system takes, and that differs for different models."""
    plain = "".join(letter if letter.isalnum() or letter in "._=" else "-" for letter in model)
    return f"{plain.strip('-')}-{scaling}{'' if predicts == 'all' else f'-{predicts}'}"


def reports_of(run: Path, allow: Sequence[str] = ()) -> list["Report"]:
    """The finished reports in a folder, or in the folders in it.

    Raises:
        InputError: There is none.
    """
    from ..runs.report import REPORT, Report

    folders = [run] if (run / REPORT).exists() else sorted(path.parent for path in run.glob(f"*/{REPORT}"))
    if not folders:
        raise InputError(run, "no report", f"{REPORT}, or folders with one", "name a folder that emo-train bench made")
    return [Report.load(folder, allow) for folder in folders]


def show_fusion(table: "FusionTable", output: Path) -> None:
    """Print a fusion table, and write it as Markdown, JSON and a picture."""
    from ..studies.fusion_table import draw_fusion

    table.print()
    output.mkdir(parents=True, exist_ok=True)
    publish_text(output / "fusion.md", table.to_markdown())
    publish_text(output / "fusion.json", table.to_json())
    draw_fusion(table, output / "fusion.png")
    print(f"\nwritten to {output}: fusion.md, fusion.json, fusion.png")


def show_table(table: "Table", output: Path | None) -> None:
    """Print a table, and write it in all its forms where a folder is given."""
    table.print()
    if output is None:
        return
    from ..tables.pictures.table_picture import draw_table

    output.mkdir(parents=True, exist_ok=True)
    publish_text(output / "table.md", table.to_markdown())
    publish_text(output / "table.json", table.to_json())
    publish_text(output / "table.html", table.to_html())
    draw_table(table, output / "table.png")
    print(f"\nwritten to {output}: table.md, table.json, table.html, table.png")
