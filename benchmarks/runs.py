"""What the commands of ``emo-train`` share: running benchmarks as the command line says, and showing tables."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..preprocessing import Cache
from ..preprocessing.command_line import listed
from ..signals import InputError

if TYPE_CHECKING:
    from .fusion_table import FusionTable
    from .plan import Plan
    from .report import Report
    from .table import Table

MODELS = ("STRNN", "CNNRNN", "GRU", "linear", "svm")
"""What ``bench`` trains unless told otherwise, beside what ``usual_models`` adds."""


def run_benchmarks(given: dict[str, Any], command: str) -> list["Report"]:
    """Every model with every scaling and every part of the task, as the command line says; settings are kept.

    All of them are checked before the first is trained, and what their labels allow is said.
    """
    from ..preprocessing.report import write_settings
    from ..preprocessing.workers import Workers
    from .benchmark import run_plan
    from .given_names import check_given

    check_given(given)
    opened, output = Cache(given["cache"]), given["output"]
    plans = _plans(given, opened)
    for plan in plans.values():
        plan.check()
    announce(plans.values())
    if others := _others(output, plans):
        print(f"{output} also holds reports that are not of this table: {', '.join(others)}", flush=True)
    output.mkdir(parents=True, exist_ok=True)
    write_settings(output, f"emo-train {command}", given)
    return [run_plan(plan, output / name, Workers(given["jobs"], given["cluster"])) for name, plan in plans.items()]


def _others(output: Path, plans: Collection[str]) -> list[str]:
    """Reports in the folder that another command line made."""
    from .report import REPORT

    return sorted(path.parent.name for path in output.glob(f"*/{REPORT}") if path.parent.name not in plans)


def announce(plans: Iterable["Plan"]) -> None:
    """Say before anything is trained what the labels of the folds allow, each thing once."""
    for note in dict.fromkeys(note for plan in plans for note in plan.label_notes()):
        print(f"before training: {note}", flush=True)


def _plans(given: dict[str, Any], cache: Cache) -> dict[str, "Plan"]:
    """What the command line asks for, by the folder of each."""
    from ..models import Training
    from .benchmark import plan_of, predicted
    from .plan import check_names

    same = {name: given[name] for name in ("split", "modality", "window", "train_stride", "seeds")}
    classes = given.get("classes", "")
    parts = [predicted(part, classes) for part in listed(given.get("predicts", "all"))]
    rows = [
        (model, scaled, part) for part in parts for scaled in listed(given["scaling"])
        for model in listed(given["models"]) or usual_models(cache, part, classes)
    ]
    if not rows:
        do = "leave --predicts and --scaling away"
        raise InputError("rows", "nothing to predict or to scale by", "some of each", do)
    check_names([_folder_name(*row) for row in rows], "rows")
    return {
        _folder_name(model, scaled, part): plan_of(
            cache, model, **same, scaling=scaled, classes=classes,
            i_know_this_leaks=given.get("i_know_this_leaks", False),
            training=Training(
                given["epochs"], given["batch_size"], given["learning_rate"], predicts=part, balance=given["balance"],
                augmentation=given["augmentation"],
            ),
            **_choice(model, given.get("selection", "fixed"), given.get("oracle", False)),
        )
        for model, scaled, part in rows
    }


def usual_models(cache: Cache, predicts: str = "all", classes: str = "") -> list[str]:
    """``MODELS``, the row that reads nothing as it is called for these parts of the task, and EEGNet for samples.

    Raises:
        InputError: The task has no such part.
    """
    from ..models.estimators import READERS_OF_NOTHING

    task = (cache.classed(classes) if classes else cache).task.only(predicts)
    nothing = next(name for part, name in READERS_OF_NOTHING.items() if getattr(task, part))
    samples = any(name.endswith("-raw") for name in cache.modalities)
    return [*MODELS, nothing, *(["EEGNet"] if samples else [])]


def _choice(model: str, selection: str, oracle: bool) -> dict[str, Any]:
    """How the epoch is chosen: models without epochs have no choice."""
    from ..models import learner

    return {"selection": selection, "oracle": oracle} if learner(model).trains_by_epoch else {}


def _folder_name(model: str, scaling: str, predicts: str = "all") -> str:
    """A name that a file system takes, and that differs for different models."""
    plain = "".join(letter if letter.isalnum() or letter in "._=" else "-" for letter in model)
    return f"{plain.strip('-')}-{scaling}{'' if predicts == 'all' else f'-{predicts}'}"


def reports_of(run: Path, allow: Sequence[str] = ()) -> list["Report"]:
    """The finished reports in a folder, or in the folders in it.

    Raises:
        InputError: There is none.
    """
    from .report import REPORT, Report

    folders = [run] if (run / REPORT).exists() else sorted(path.parent for path in run.glob(f"*/{REPORT}"))
    if not folders:
        raise InputError(run, "no report", f"{REPORT}, or folders with one", "name a folder that emo-train bench made")
    return [Report.load(folder, allow) for folder in folders]


def show_fusion(made: "FusionTable", output: Path) -> None:
    """Print a fusion table, and write it as Markdown, JSON and a picture."""
    from .fusion_table import draw_fusion

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
    from .table_picture import draw_table

    output.mkdir(parents=True, exist_ok=True)
    (output / "table.md").write_text(made.to_markdown())
    (output / "table.json").write_text(made.to_json())
    (output / "table.html").write_text(made.to_html())
    draw_table(made, output / "table.png")
    print(f"\nwritten to {output}: table.md, table.json, table.html, table.png")
