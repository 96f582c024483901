"""What the commands of ``emo-train`` share: running benchmarks as the command line says, and showing tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...models.training.training import Training
from ...preprocessing import Cache
from ...preprocessing.commands.command_line import listed
from ...signals import InputError
from ..runs.settings import ProtocolSettings, StudySettings

if TYPE_CHECKING:
    from ..runs.fold_plan import FoldPlan
    from ..runs.report import Report
    from ..studies.fusion_table import FusionTable
    from ..tables.table import Table

MODELS = ("STRNN", "CNNRNN", "GRU", "linear", "svm")
"""What ``bench`` trains unless told otherwise, beside what ``usual_models`` adds."""


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


def run_benchmarks(request: Request, command: str, given: Mapping[str, Any]) -> list["Report"]:
    """The reports of what was asked for; ``given``, what was typed, is kept beside them.

    All of them are checked before the first is trained, and what their labels allow is said.
    """
    from ...preprocessing.building.workers import Workers
    from ...preprocessing.commands.printed_report import write_settings
    from ..runs.benchmark_run import run_plan

    plans = _plans(request, Cache(request.cache))
    for plan in plans.values():
        plan.check()
    announce(plans.values())
    if others := _others(request.output, plans):
        print(f"{request.output} also holds reports that are not of this table: {', '.join(others)}", flush=True)
    request.output.mkdir(parents=True, exist_ok=True)
    write_settings(request.output, f"emo-train {command}", given)
    where = Workers(request.jobs, request.cluster)
    return [run_plan(plan, request.output / name, where) for name, plan in plans.items()]


def _others(output: Path, plans: Collection[str]) -> list[str]:
    """Reports in the folder that another command line made."""
    from ..runs.report import REPORT

    return sorted(path.parent.name for path in output.glob(f"*/{REPORT}") if path.parent.name not in plans)


def announce(plans: Iterable["FoldPlan"]) -> None:
    """Say before anything is trained what the labels of the folds allow, each thing once."""
    for note in dict.fromkeys(note for plan in plans for note in plan.label_notes()):
        print(f"before training: {note}", flush=True)


def _plans(request: Request, cache: Cache) -> dict[str, "FoldPlan"]:
    """What is asked for, by the folder of each."""
    from ..runs.benchmark_run import plan_of, predicted
    from ..runs.fold_plan import check_names

    rules, classes = request.protocol, request.protocol.classes
    parts = [predicted(part, classes) for part in request.predicts or listed(request.training.predicts)]
    rows = [
        (model, scaled, part)
        for part in parts
        for scaled in listed(rules.scaling)
        for model in request.models or usual_models(cache, part, classes)
    ]
    if not rows:
        do = "leave --predicts and --scaling away"
        raise InputError("rows", "nothing to predict or to scale by", "some of each", do)
    check_names([_folder_name(*row) for row in rows], "rows")
    same = {name: getattr(rules, name) for name in ("split", "modality", "window", "train_stride", "seeds", "classes")}
    return {
        _folder_name(model, scaled, part): plan_of(
            cache,
            model,
            **same,
            scaling=scaled,
            training=replace(request.training, predicts=part),
            **_choice(model, rules),
        )
        for model, scaled, part in rows
    }


def usual_models(cache: Cache, predicts: str = "all", classes: str = "") -> list[str]:
    """``MODELS``, the row that reads nothing as it is called for these parts of the task, and EEGNet for samples.

    Raises:
        InputError: The task has no such part.
    """
    from ...models.learning.estimators import READERS_OF_NOTHING

    task = (cache.classed(classes) if classes else cache).task.only(predicts)
    nothing = next(name for part, name in READERS_OF_NOTHING.items() if getattr(task, part))
    return [*MODELS, nothing, *(["EEGNet"] if cache.sample_series else [])]


def _choice(model: str, rules: StudySettings) -> dict[str, Any]:
    """How the epoch is chosen, models without epochs having no choice, and whether the split may leak."""
    if not isinstance(rules, ProtocolSettings):
        return {}
    from ...models import make_learner

    chosen = {"selection": rules.selection, "oracle": rules.oracle} if make_learner(model).trains_by_epoch else {}
    return {**chosen, "i_know_this_leaks": rules.i_know_this_leaks}


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


def show_fusion(made: "FusionTable", output: Path) -> None:
    """Print a fusion table, and write it as Markdown, JSON and a picture."""
    from ..studies.fusion_table import draw_fusion

    made.print()
    output.mkdir(parents=True, exist_ok=True)
    (output / "fusion.md").write_text(made.to_markdown())
    (output / "fusion.json").write_text(made.to_json())
    draw_fusion(made, output / "fusion.png")
    print(f"\nwritten to {output}: fusion.md, fusion.json, fusion.png")


def show_table(made: "Table", output: Path | None) -> None:
    """Print a table, and write it in all its forms where a folder is given."""
    made.print()
    if output is None:
        return
    from ..tables.table_picture import draw_table

    output.mkdir(parents=True, exist_ok=True)
    (output / "table.md").write_text(made.to_markdown())
    (output / "table.json").write_text(made.to_json())
    (output / "table.html").write_text(made.to_html())
    draw_table(made, output / "table.png")
    print(f"\nwritten to {output}: table.md, table.json, table.html, table.png")
