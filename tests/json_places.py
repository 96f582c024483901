"""The places of a value of JSON, and the same value with something else at one of them."""

from copy import deepcopy

DROP, UNKNOWN = "drop", "unknown"
"""Changes that are no value: a place is taken away, or something that nobody knows put beside it."""


def places(stored, path=()):
    """Every place in JSON: of a long list the first and the last entry."""
    if path:
        yield path
    inside = stored.items() if isinstance(stored, dict) else enumerate(stored) if isinstance(stored, list) else ()
    for name, value in inside:
        if isinstance(stored, dict) or name in (0, len(stored) - 1):
            yield from places(value, (*path, name))


def changed(stored, path, change):
    """A copy with another value at one place, or with ``DROP`` or ``UNKNOWN`` done there."""
    new = deepcopy(stored)
    holder = new
    for name in path[:-1]:
        holder = holder[name]
    if change == DROP:
        del holder[path[-1]]
    elif change == UNKNOWN:
        holder.update(unknown=1) if isinstance(holder, dict) else holder.append(UNKNOWN)
    else:
        holder[path[-1]] = change
    return new
