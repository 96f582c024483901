"""A page for every dataset that the registry lists, made from its class and its lookalike when the site is built.

Nobody writes one: whatever a page says stands in the class, in its docstring, or in what ``write_fake`` writes.
"""

import inspect
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emoscan.preprocessing.building.dataset_build import find_recipe
from emoscan.preprocessing.steps.recipe import in_short, recipe_text
from emoscan.signals import DATASETS, Dataset, Electrodes, Features, Skipped, Task, Video

SHOWN = 4
"""Entries of one folder that the tree of a lookalike shows."""

SECTION = re.compile(r"^(Args|Attributes|Raises|Source):", re.MULTILINE)
ENTRY = re.compile(r"^    (\*{0,2}\w[\w, ]*): ", re.MULTILINE)


@dataclass(frozen=True)
class Described:
    """A docstring by its sections: what stands before them, and the text of each."""

    text: str
    sections: Mapping[str, str]


def described(thing: Any) -> Described:
    """The docstring of a class, cut at its sections, with Markdown's marks for code."""
    first, *rest = SECTION.split((inspect.getdoc(thing) or "").replace("``", "`"))
    return Described(first.strip(), dict(zip(rest[::2], rest[1::2], strict=True)))


def entries(section: str) -> dict[str, str]:
    """The entries of a section such as Args, each name with its text on one line; ``start, stop: ...`` are two."""
    _, *rest = ENTRY.split(section)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return {name.strip(" *"): " ".join(text.split()) for names, text in pairs for name in names.split(",")}


def known() -> dict[str, type[Dataset]]:
    """Every dataset that can be chosen by name, in alphabetical order."""
    return {name: DATASETS.find(name) for name in sorted(DATASETS.known, key=str.lower)}


def commands(kind: type[Dataset]) -> tuple[str, str]:
    """The two lines from a dataset's folder to a table."""
    name, folder = kind.__name__, kind.__name__.lower()
    run = f"emo-preprocess run {name} data/{folder} cache/{folder} {kind.run_options}"
    return run.strip(), f"emo-train bench cache/{folder} {kind.bench_options}"


def page(kind: type[Dataset]) -> str:
    """The page of one dataset, as Markdown; a lookalike is written and deleted for it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / kind.__name__.lower()
        root.mkdir()
        kind.write_fake(root)
        return page_of(kind(root))


def page_of(dataset: Dataset) -> str:
    """The page of the dataset whose lookalike this is."""
    kind, root, words = type(dataset), dataset.root, described(type(dataset))
    parts = [
        f"# {kind.name}",
        words.text,
        "## In short",
        table(("", ""), facts(dataset, words)),
        "Streams, series and what is predicted are those of the lookalike.",
        "## Two commands",
        f"```\n{chr(10).join(commands(kind))}\n```",
        "The first reads the recordings once, the second trains and tests; [Commands](../commands.md) has all options.",
        "## What the folder looks like",
        f"```text\n{chr(10).join(tree(root, hidden=not is_simulation(kind)))}\n```",
        "This is the lookalike that the tests read: few people, with the odd names and extra files of the real one.",
        *settings(kind),
        *left_out(dataset),
        *refused(words),
    ]
    return "\n\n".join(parts) + "\n"


def index() -> str:
    """The page that lists every dataset."""
    rows = [
        (f"[{kind.name}]({name.lower()}.md)", f"`{name}`", described(kind).text.split("\n\n")[0].replace("\n", " "))
        for name, kind in known().items()
    ]
    words = (
        "Each has a page of its own: what it holds, the folder that is expected, where to ask for it, two commands.\n"
        "The pages are made from the readers themselves. The tests run both commands of each on a lookalike in its\n"
        "exact format. Where people are unknown, no split by subject is possible.\n\n"
        "Where to ask is as of writing; what the holders say now counts. No dataset comes with emoscan.\n\n"
        "Not here? A CSV of your trials is enough: [Your own recordings](../recordings.md). Folders of another\n"
        "layout are one class: [Add a dataset](../add.md#a-dataset)."
    )
    return f"# Datasets\n\n{words}\n\n{table(('dataset', 'name in commands', 'what it is'), rows)}\n"


def is_simulation(kind: type[Dataset]) -> bool:
    """Whether a dataset is made from settings; then the note beside a lookalike is those."""
    return hasattr(kind, "settings_type")


def facts(dataset: Dataset, words: Described) -> Iterator[tuple[str, str]]:
    """What one wants to know first, a row each."""
    kind = type(dataset)
    yield "in commands", f"`{kind.__name__}`"
    yield "where to ask", kind.access or "not said"
    if "Source" in words.sections:
        yield "to cite", " ".join(words.sections["Source"].split())
    yield "predicted", predicted(dataset.task)
    for name, stream in streams(dataset).items():
        yield f"stream `{name}`", stream
    people = "subject, session and trial" if kind.names_subjects else "session and trial; nobody noted who is who"
    yield "identities", people
    for series, steps in recipe_text(find_recipe(dataset)).items():
        yield f"series `{series}` of the cache", in_short(steps)
    yield "folder", kind.expects


def predicted(task: Task) -> str:
    """What a task predicts, in words."""
    scales = zip(task.dimensions, task.ranges, strict=True)
    parts = [
        ", ".join(task.categories),
        ", ".join(f"{name} ({low:g} to {high:g})" for name, (low, high) in scales),
        f"action units {', '.join(unit.removeprefix('au') for unit in task.units)}" if task.units else "",
    ]
    return "; ".join(filter(None, parts))


def streams(dataset: Dataset) -> dict[str, str]:
    """What each stream is, by the first trial of the lookalike that has it."""
    found: dict[str, str] = {}
    for trial in dataset:
        for name, stream in trial.streams.items():
            found.setdefault(name, in_words(stream))
    return found


def in_words(stream: Electrodes | Features | Video) -> str:
    """What a stream is, with its rate."""
    match stream:
        case Electrodes():
            return f"EEG of {len(stream.layout)} electrodes (`{stream.layout.name}`) at {stream.rate:g} Hz"
        case Features():
            names = ", ".join(stream.names)
            return f"{len(stream.names)} features ({names}) of {len(stream.layout)} sites, every {stream.step:g} s"
        case Video():
            pictures = "one picture a trial" if len(stream) == 1 else "pictures of a face"
            times = "an assumed rate: no file holds one" if stream.assumed_rate else "times from the file"
            marked = "; the dataset marks the face" if stream.marks is not None else ""
            return pictures + ("" if len(stream) == 1 else f", {times}") + marked


def tree(root: Path, hidden: bool) -> Iterator[str]:
    """The folder of a lookalike, a line each; of many entries the first few.

    Args:
        root: The folder.
        hidden: Whether to leave out the note that all beside it is simulated.
    """
    yield f"data/{root.name}/"
    yield from _branches(root, "  ", hidden)


def _branches(folder: Path, indent: str, hidden: bool) -> Iterator[str]:
    found = [path for path in sorted(folder.iterdir()) if not (hidden and path.name == "simulated.json")]
    for path in found[:SHOWN]:
        yield f"{indent}{path.name}{'/' if path.is_dir() else ''}"
        if path.is_dir():
            yield from _branches(path, f"{indent}  ", hidden)
    if len(found) > SHOWN:
        yield f"{indent}... ({len(found) - SHOWN} more)"


def settings(kind: type[Dataset]) -> list[str]:
    """What can be set, with its default."""
    taker = getattr(kind, "settings_type", kind)
    words = {**entries(described(taker).sections.get("Args", "")), **entries(described(kind).sections.get("Args", ""))}
    parameters = inspect.signature(taker).parameters.values()
    rows = [
        (f"`{one.name}`", f"`{one.default!r}`" if one.default is not one.empty else "needed", words.get(one.name, ""))
        for one in parameters
        if one.name != "root"
    ]
    if not rows:
        return []
    simulated = f"In `simulated.json`, or from Python as in `{kind.__name__}(seed=1)`:"
    typed = f'In a command the settings stand behind the name, as in `"{kind.__name__}({parameters_shown(kind)})"`:'
    return [
        "## Settings",
        simulated if is_simulation(kind) else typed,
        table(("setting", "left out", "what it does"), rows),
    ]


def parameters_shown(kind: type[Dataset]) -> str:
    """The last setting that has a plain default, as one would type it."""
    plain = [one for one in inspect.signature(kind).parameters.values() if isinstance(one.default, int | float | str)]
    return f"{plain[0].name}={plain[0].default!r}" if plain else "..."


def left_out(dataset: Dataset) -> list[str]:
    """What the reader does not use of the lookalike, by reason: the same is left out of the real one."""
    reasons: dict[str, list[str]] = {}
    for one in dataset.skipped():
        reasons.setdefault(one.reason, []).append(_place(one, dataset.root))
    if not reasons:
        return []
    rows = [
        (places[0] + (f" and {len(places) - 1} more" if len(places) > 1 else ""), why)
        for why, places in reasons.items()
    ]
    return [
        "## What is left out, and why",
        "Of the lookalike; of the real folder `emo-preprocess inspect` says it.",
        table(("in the folder", "why"), rows),
    ]


def _place(skipped: Skipped, root: Path) -> str:
    return "all of it" if skipped.path == root else str(skipped.path.relative_to(root))


def refused(words: Described) -> list[str]:
    """What is refused, in one line that says what to do."""
    found = entries(words.sections.get("Raises", ""))
    return (
        ["## What is refused", table(("error", "when"), [(f"`{name}`", text) for name, text in found.items()])]
        if found
        else []
    )


def table(heads: tuple[str, ...], rows: Any) -> str:
    """A table in Markdown."""
    lines = [heads, tuple("---" for _ in heads), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def pages() -> dict[str, str]:
    """Every page by its path below ``docs``: one a dataset, and the list of them."""
    return {
        "datasets/index.md": index(),
        **{f"datasets/{name.lower()}.md": page(kind) for name, kind in known().items()},
    }


def on_config(config: Any) -> Any:
    """Called by the builder of the site: the pages' places in its menu, behind your own recordings."""
    listed: list[Any] = [
        "datasets/index.md",
        *({kind.name: f"datasets/{name.lower()}.md"} for name, kind in known().items()),
    ]
    behind = next(place for place, entry in enumerate(config.nav) if "recordings.md" in entry.values())
    config.nav.insert(behind + 1, {"Datasets": listed})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Called by the builder of the site: the pages themselves."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


if __name__ == "__main__":
    import sys

    for name, text in pages().items():
        place = Path(sys.argv[1]) / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        print(place)
