"""What can be known from the arguments of a command, refused before a network library is loaded or anything is read."""

from collections.abc import Iterable
from pathlib import Path

from ...models.learning.estimators import ESTIMATORS
from ...models.learning.spelling import check_spelling
from ...models.training.scaling import SCALINGS
from ...preprocessing import Cache
from ...preprocessing.commands.command_line import listed
from ...signals import InputError, RatedClasses
from ...signals.files.publishing import check_writable
from ..splits.splits import SPLITS


def check_first(
    cache: Path | None,
    *,
    models: Iterable[str] = (),
    split: str = "",
    output: Path | None = None,
    scaling: str = "",
    classes: str = "",
    allow: list[str] | str = "",
) -> None:
    """Refuse what the arguments alone, and the list of what is in a cache, show to be wrong.

    Args:
        cache: The folder to read; None for simulated data.
        models: By name or call.
        split: What trains and what tests; empty for none.
        output: The folder to make.
        scaling: One way or several.
        classes: A rule that makes categories of ratings; with one the folds are not looked at yet.
        allow: Packages whose classes may be named.

    Raises:
        InputError: A name is unknown, nothing can be written, there is no cache, or the split does not fit it.
    """
    for model in models:
        check_spelling(model)
    for way in listed(scaling):
        if way not in SCALINGS:
            raise InputError(f"scaling {way!r}", "no such name", f"one of {', '.join(SCALINGS)}")
    if output is not None:
        check_writable(output)
    folds = SPLITS.build(split, allow=listed(allow)) if split else None
    rule = RatedClasses.read(classes) if classes else None
    if cache is None:
        return
    opened = Cache(cache)
    if rule is not None:
        rule.thresholds(opened.task)
    if folds is not None and folds.level == "trial" and rule is None:
        folds(opened.columns)


def check_network(option: str, model: str) -> None:
    """Refuse a plain estimator where only a network will do, with the command that trains it."""
    if model in ESTIMATORS:
        do = f"emo-train bench CACHE --models {model} trains and tests it; here name a network, as in --{option} STRNN"
        raise InputError(f"{option} {model!r}", "a plain estimator", "a network", do)


def check_there(folder: Path, wanted: str, do: str) -> None:
    """Refuse a folder to read that is not there."""
    if not folder.is_dir():
        raise InputError(folder, "a file" if folder.exists() else "no such folder", wanted, do)
