"""Ways on that messages name: settings as they stand in ``trials.yaml``, and where there is no such file."""

import re
from collections.abc import Sequence

FILE = "trials.yaml"
"""The file beside a table of trials, or in the folder of a study, in which settings stand."""

_SETTING = re.compile(rf"(\w+): (\{{[^{{}}]*\}}|\S+) in {re.escape(FILE)}")
_ALL_LEFT_OUT = re.compile(r"rename: \{((?:'[^']*': null(?:, )?)+)\}")
_TABLE = "correct the files, or list them in a table: TrialTable has rename, units and montage"


def setting(name: str, value: object) -> str:
    """How one says a setting, as one types it: ``montage: biosemi64 in trials.yaml``."""
    return f"{name}: {value} in {FILE}"


def as_call(dataset: str, words: str) -> str:
    """A way on with settings as one types them behind a dataset's name, for datasets without that file."""
    return _SETTING.sub(lambda found: f'"{dataset}({found[1]}={_python(found[2])})"', words)


def without_settings(words: str) -> str:
    """A way on for datasets that know no settings: their files are as somebody published them."""
    return _TABLE if _SETTING.search(words) else words


def with_all_left_out(ways: Sequence[str]) -> str:
    """The first of several ways on, with the channels that any of them leaves out, so that one step does for all."""
    found = [rules for way in ways if (rules := _ALL_LEFT_OUT.search(way))]
    if len(found) < len(ways):
        return ways[0]
    union = ", ".join(dict.fromkeys(rule for rules in found for rule in rules[1].split(", ")))
    return _ALL_LEFT_OUT.sub(lambda _: f"rename: {{{union}}}", ways[0], count=1)


def _python(value: str) -> str:
    """A value of YAML, a name or names by name, as Python writes it."""
    if not value.startswith("{"):
        return repr(value)
    pairs = (pair.partition(": ") for pair in value.strip("{}").split(", "))
    named = ((label.strip("'\""), name.strip("'\"")) for label, _, name in pairs)
    return repr({label: None if name == "null" else name for label, name in named})
