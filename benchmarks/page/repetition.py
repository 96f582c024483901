"""Command lines and settings that repeat finished runs, from their reports."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from itertools import chain
from typing import Any

from ...models import Training
from ...signals import DATASETS
from ..runs.protocol import Protocol
from ..runs.report import Report
from ..runs.report_facts import DataFacts
from ..runs.settings import ProtocolSettings
from .chapter import Chapter, Listing

CACHE = "CACHE"
"""Stands for the folder of the cache, whose place no report knows."""


RECORDINGS = "RECORDINGS"
"""Stands for the folder of the recordings."""


def repeat(reports: Sequence[Report], explaining: Sequence[Mapping[str, Any]] = ()) -> tuple[Chapter, ...]:
    """Chapters on how to repeat it: recordings, command lines and what only Python can say; and the same as YAML.

    Args:
        reports: The runs.
        explaining: Settings of emo-train explain, as ``Finished`` has them.
    """
    listings = [Listing("Command line: explanation", explain_command(settings)) for settings in explaining]
    if not reports:
        return (
            Chapter("How to repeat it", (f"{CACHE} stands for the folder of the cache.",), listings=tuple(listings)),
        )
    kinds: dict[str, list[Report]] = {}
    for report in reports:
        kinds.setdefault(report.data.cache + json.dumps(report.protocol.to_json(), sort_keys=True), []).append(report)
    digests = ", ".join(dict.fromkeys(f"{report.data.dataset}: {report.data.cache}" for report in reports))
    words = (
        f"{CACHE} stands for the folder that emo-preprocess run made; its digest must be the one noted here "
        f"({digests}), else the recordings or the steps differ.",
        "The steps of each series are listed below with the exact settings.",
    )
    runs = chain.from_iterable(map(_listings, kinds.values()))
    listings = [*dict.fromkeys(chain.from_iterable(map(_preparation, reports))), *runs, *listings]
    files = tuple(map(_file, kinds.values()))
    return (
        Chapter("How to repeat it", words, listings=tuple(listings)),
        Chapter("The same as files for emo-train bench --config", listings=files, closed=True),
    )


def settings_of(protocol: Protocol, models: Sequence[str]) -> dict[str, Any]:
    """Settings as ``emo-train bench --config`` reads them, for these rules and models."""
    names = [entry.name for entry in fields(ProtocolSettings) if entry.name != "i_know_this_leaks"]
    rules = {name: getattr(protocol, name) for name in names}
    training = {name: _plain(value) for name, value in protocol.training.to_json().items()}
    return {
        "cache": CACHE,
        "models": list(models),
        "protocol": {**rules, "i_know_this_leaks": protocol.leaky},
        "training": training,
    }


def command_of(settings: Mapping[str, Any]) -> str:
    """The command line for ``settings``, without those that have their default value."""
    words = ["emo-train", "bench", settings["cache"], "--models", _argument(settings["models"])]
    return shlex.join([*words, *_unusual(settings, ProtocolSettings())])


def explain_command(settings: Mapping[str, Any]) -> str:
    """The command line of an explanation; those of its settings that stand in no group are all written out."""
    words = ["emo-train", "explain", CACHE]
    for name in ("model", "method", "target", "untrained", "shuffled", "most"):
        if settings.get(name, "") != "":
            words += [f"--{name}", _argument(settings[name])]
    return shlex.join([*words, *_unusual(settings, ProtocolSettings())])


def _unusual(settings: Mapping[str, Any], protocol: ProtocolSettings) -> Iterator[str]:
    """The options for settings that have not their default value."""
    for group, usual in (("protocol", protocol), ("training", Training())):
        for name, value in settings.get(group, {}).items():
            if value == _plain(getattr(usual, name, None)):
                continue
            yield f"--{name.replace('_', '-')}"
            if value is not True:  # a flag stands alone
                yield _argument(value)


def yaml_of(settings: Mapping[str, Any]) -> str:
    """The settings as YAML; values are written as JSON, which every reader of YAML reads alike."""
    lines = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            lines.append(f"{name}:")
            lines += [f"  {inner}: {json.dumps(entry, ensure_ascii=False)}" for inner, entry in value.items()]
        else:
            lines.append(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    return "".join(f"{line}\n" for line in lines)


def unsaid(protocol: Protocol) -> dict[str, Any]:
    """Settings that decided the numbers and that the command does not have."""
    return {"controls": protocol.controls} if protocol.controls else {}


def exact(reports: Sequence[Report], labels: Sequence[str]) -> Chapter:
    """The chapter of all settings, and the versions that computed, a listing for each run."""
    listings = tuple(Listing(label, exact_text(report)) for label, report in zip(labels, reports, strict=True))
    return Chapter("Exact settings and versions", listings=listings, closed=True)


def exact_text(report: Report) -> str:
    """One run's settings, series and versions as JSON."""
    settings = {
        "model": report.model,
        "parameters": report.n_parameters,
        "protocol": report.protocol.to_json(),
        "data": _without_recordings(report.data),
        "epochs scored": {k: sorted(set(v)) for k, v in report.epochs.items()},
        "folds": list(report.folds),
        "versions": dict(report.versions),
    }
    return json.dumps(settings, indent=1, ensure_ascii=False)


def _without_recordings(data: DataFacts) -> dict[str, Any]:
    """The chapter on data has them, and they are no settings. They are dropped first: hundreds take long to copy."""
    settings = asdict(replace(data, quality=(), skipped=(), remarks=()))
    return {name: value for name, value in settings.items() if name not in ("quality", "skipped", "remarks")}


def _preparation(report: Report) -> Iterator[Listing]:
    """The command that made the series which were read, where the dataset is one that the command knows by its name."""
    series = {name: list(summary.recipe) for name, summary in report.data.series.items()}
    if report.data.dataset in DATASETS.known and all(series.values()):
        recipe = json.dumps(series, ensure_ascii=False)
        line = shlex.join(["emo-preprocess", "run", report.data.dataset, RECORDINGS, CACHE, "--recipe", recipe])
        yield Listing(f"Command line: series {', '.join(series)} of {report.data.dataset} as it comes", line)


def _listings(reports: Sequence[Report]) -> list[Listing]:
    settings = _settings(reports)
    listings = [Listing(f"Command line: {', '.join(settings['models'])}", command_of(settings))]
    if rest := unsaid(reports[0].protocol):
        text = "\n".join(f"{name}={value!r}" for name, value in rest.items())
        listings.append(Listing("Settings that only Python takes, in benchmark()", text))
    return listings


def _file(reports: Sequence[Report]) -> Listing:
    settings = _settings(reports)
    return Listing(", ".join(settings["models"]), yaml_of(settings))


def _settings(reports: Sequence[Report]) -> dict[str, Any]:
    return settings_of(reports[0].protocol, list(dict.fromkeys(report.model for report in reports)))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _argument(value: Any) -> str:
    """The value as it is typed after its option."""
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return ",".join(value)
    if isinstance(value, list):
        return json.dumps(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
