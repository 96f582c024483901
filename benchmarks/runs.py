"""What the commands of ``emo-train`` share: running benchmarks as the command line says, and showing tables."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..preprocessing import Cache
from ..signals import InputError

if TYPE_CHECKING:
    from .fusion_table import FusionTable
    from .report import Report
    from .table import Table

MODELS = ("STRNN", "CNNRNN", "GRU", "linear", "svm")
"""What ``bench`` trains unless told otherwise, beside what ``usual_models`` adds."""


def run_benchmarks(given: dict[str, Any], command: str) -> list["Report"]:
    """Every model with every scaling and every part of the task, as the command line says; settings are kept."""
    from ..models import Training
    from ..preprocessing.report import write_settings
    from .benchmark import benchmark

    opened, output = Cache(given["cache"]), given["output"]
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
        for part in listed(given.get("predicts", "all")) for scaled in listed(given["scaling"])
        for model in listed(given["models"]) or usual_models(opened, part)
    ]


def usual_models(cache: Cache, predicts: str = "all") -> list[str]:
    """``MODELS``, the row that reads nothing as it is called for these parts of the task, and EEGNet for samples.

    Raises:
        InputError: The task has no such part.
    """
    from ..models.estimators import READERS_OF_NOTHING

    task = cache.task.only(predicts)
    nothing = next(name for part, name in READERS_OF_NOTHING.items() if getattr(task, part))
    samples = any(name.endswith("-raw") for name in cache.modalities)
    return [*MODELS, nothing, *(["EEGNet"] if samples else [])]


def listed(given: list[str] | str) -> list[str]:
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
