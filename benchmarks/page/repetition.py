"""Command lines and settings that repeat finished runs, from their reports."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from itertools import chain
from typing import Any

from ...models import Training
from ..runs.protocol import Protocol
from ..runs.report import Report
from ..runs.settings import ProtocolSettings
from .chapter import Chapter, Listing

CACHE = "CACHE"
"""Stands for the folder of the cache, whose place no report knows."""


def repeat(reports: Sequence[Report]) -> tuple[Chapter, Chapter]:
    """Chapters on how to repeat it: recordings, command lines and what only Python can say; and the same as YAML."""
    kinds: dict[str, list[Report]] = {}
    for report in reports:
        kinds.setdefault(report.data.cache + json.dumps(report.protocol.to_json(), sort_keys=True), []).append(report)
    digests = ", ".join(dict.fromkeys(f"{report.data.dataset}: {report.data.cache}" for report in reports))
    words = (
        f"{CACHE} stands for the folder that emo-preprocess run made; its digest must be the one noted here "
        f"({digests}), else the recordings or the steps differ.",
        "The steps of each series are listed below with the exact settings.",
    )
    listings = tuple(chain.from_iterable(map(_listings, kinds.values())))
    files = tuple(map(_file, kinds.values()))
    return (
        Chapter("How to repeat it", words, listings=listings),
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
    parts = ["emo-train", "bench", settings["cache"], "--models", _argument(settings["models"])]
    for group, usual in (("protocol", ProtocolSettings()), ("training", Training())):
        for name, value in settings[group].items():
            if value == _plain(getattr(usual, name)):
                continue
            parts.append(f"--{name.replace('_', '-')}")
            if value is not True:  # a flag stands alone
                parts.append(_argument(value))
    return shlex.join(parts)


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
        "data": _without_recordings(asdict(report.data)),
        "epochs scored": {k: sorted(set(v)) for k, v in report.epochs.items()},
        "folds": list(report.folds),
        "versions": dict(report.versions),
    }
    return json.dumps(settings, indent=1, ensure_ascii=False)


def _without_recordings(data: dict[str, Any]) -> dict[str, Any]:
    """The chapter on data has them, and they are no settings."""
    return {name: value for name, value in data.items() if name not in ("quality", "skipped", "remarks")}


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
