"""Checks every plugin that is installed: ``python -m emoscan.benchmarks.contracts [DISTRIBUTION]``; 2 if one fails."""

import sys
from collections.abc import Sequence

from .plugin_checks import check_plugins


def main(arguments: Sequence[str]) -> int:
    """Print a line for each plugin; 0 if all keep their contract.

    Args:
        arguments: Distributions, of which only the first is checked; none for all.
    """
    name = next(iter(arguments), "")
    checked = list(check_plugins(name))
    for plugin, fault in checked:
        print(fault or f"{plugin.kind} {plugin.name!r} of {plugin.distribution}: keeps its contract")
    if not checked:
        print(f"no plugin is installed by {name}" if name else "no plugin is installed")
    return 2 if any(fault for _, fault in checked) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
