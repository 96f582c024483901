"""Checks every plugin that is installed: ``python -m emoscan.benchmarks.contracts [DISTRIBUTION]``; 2 if one fails."""

import sys

from .plugin_checks import check_plugins


def main(arguments: list[str]) -> int:
    """Print a line for each plugin; 0 if all keep their contract.

    Args:
        arguments: A distribution to look at alone, and ``--learns``, which also trains backbones.
    """
    names = [word for word in arguments if word != "--learns"]
    found = list(check_plugins(names[0] if names else "", learns="--learns" in arguments))
    for plugin, fault in found:
        print(fault or f"{plugin.kind} {plugin.name!r} of {plugin.distribution}: keeps its contract")
    if not found:
        print("no plugin is installed" + (f" by {names[0]}" if names else ""))
    return 2 if any(fault for _, fault in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
