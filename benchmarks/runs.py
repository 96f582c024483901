"""What the commands of ``emo-train`` share: running benchmarks as the command line says, and showing tables."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..preprocessing import Cache
from ..signals import InputError

if TYPE_CHECKING:
    from .fusion_table import FusionTable
    from .plan import Plan
    from .report import Report
    from .table import Table

MODELS = ("STRNN", "CNNRNN", "GRU", "linear", "svm", "majority")
"""What ``bench`` trains unless told otherwise, and EEGNet where the cache has a series of samples."""


def run_benchmarks(given: dict[str, Any], command: str) -> list["Report"]:
    """Every model with every scaling and every part of the task, as the command line says; settings are kept.

    All of them are checked before the first is trained, and what their labels allow is said.
    """
    from ..preprocessing.report import write_settings
    from ..preprocessing.workers import Workers
    from .benchmark import run_plan

    opened, output = Cache(given["cache"]), given["output"]
    plans = _plans(given, opened)
    for plan in plans.values():
        plan.check()
    announce(plans.values())
    output.mkdir(parents=True, exist_ok=True)
    write_settings(output, f"emo-train {command}", given)
    return [run_plan(plan, output / name, Workers(given["jobs"], given["cluster"])) for name, plan in plans.items()]


def announce(plans: Iterable["Plan"]) -> None:
    """Say before anything is trained what the labels of the folds allow, each thing once."""
    for note in dict.fromkeys(note for plan in plans for note in plan.labels.notes()):
        print(f"before training: {note}", flush=True)


def _plans(given: dict[str, Any], cache: Cache) -> dict[str, "Plan"]:
    """What the command line asks for, by the folder of each."""
    from ..models import Training
    from .benchmark import plan_of
    from .plan import check_names

    raw = ["EEGNet"] if any(m.endswith("-raw") for m in cache.modalities) else []
    same = {name: given[name] for name in ("split", "modality", "window", "train_stride", "seeds")}
    rows = [
        (model, scaled, part) for part in listed(given.get("predicts", "all")) for scaled in listed(given["scaling"])
        for model in listed(given["models"]) or [*MODELS, *raw]
    ]
    check_names([_folder_name(*row) for row in rows], "rows")
    return {
        _folder_name(model, scaled, part): plan_of(
            cache, model, **same, scaling=scaled, i_know_this_leaks=given.get("i_know_this_leaks", False),
            training=Training(
                given["epochs"], given["batch_size"], given["learning_rate"], predicts=part, balance=given["balance"],
                augmentation=given["augmentation"],
            ),
            **_choice(model, given.get("selection", "fixed"), given.get("oracle", False)),
        )
        for model, scaled, part in rows
    }


def listed(given: list[str] | str) -> list[str]:
    """``"STRNN(hidden=20, space=False),linear"`` in two: commas within brackets do not count."""
    if not isinstance(given, str):
        return given
    parts, depth = [""], 0
    for letter in given:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _choice(model: str, selection: str, oracle: bool) -> dict[str, Any]:
    """How the epoch is chosen: models without epochs have no choice."""
    from ..models import learner

    return {"selection": selection, "oracle": oracle} if learner(model).trains_by_epoch else {}


def _folder_name(model: str, scaling: str, predicts: str = "all") -> str:
    """A name that a file system takes, and that differs for different models."""
    plain = "".join(letter if letter.isalnum() or letter in "._=" else "-" for letter in model)
    return f"{plain.strip('-')}-{scaling}{'' if predicts == 'all' else f'-{predicts}'}"


def reports_of(run: Path) -> list["Report"]:
    """The finished reports in a folder, or in the folders in it.

    Raises:
        InputError: There is none.
    """
    from .report import REPORT, Report

    folders = [run] if (run / REPORT).exists() else sorted(path.parent for path in run.glob(f"*/{REPORT}"))
    if not folders:
        raise InputError(run, "no report", f"{REPORT}, or folders with one", "name a folder that emo-train bench made")
    return [Report.load(folder) for folder in folders]


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
