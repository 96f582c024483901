"""Settings that a command noted beside what it made: shown, and never needed."""

from pathlib import Path
from typing import Any

from ...signals import InputError
from ...signals.named_call import LONGEST
from ...signals.regular_file import check_regular
from .cache_index import SETTINGS

LONGEST_FILE = 2 * LONGEST
"""Letters of a file of settings, more than any one text in it may have: YAML takes seconds to parse 100,000."""


def noted_settings(folder: Path) -> dict[str, Any]:
    """The settings that stand beside what is in a folder; none where Python made it, or where they are no settings."""
    import yaml  # type: ignore[import-untyped]

    path = folder / SETTINGS
    try:
        check_regular(path)
        if path.stat().st_size > LONGEST_FILE:
            return {}
        stored = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (InputError, OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return stored if isinstance(stored, dict) else {}
