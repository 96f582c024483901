"""Several layouts as one, for networks that walk all their sites."""

from collections.abc import Mapping

from ..errors import InputError
from .layout import Layout


def side_by_side(layouts: Mapping[str, Layout]) -> Layout:
    """The disjoint union of layouts: sites are called ``"eeg Fp1"``, an empty column keeps them from being neighbours.

    Features are no pixels of one image any more, and positions are of different spaces: both are dropped.

    Args:
        layouts: By name; their sites come in this order.

    Raises:
        InputError: One of several layouts has a single site, which no other stands beside.
    """
    single = [name for name, layout in layouts.items() if len(layout) == 1 < len(layouts)]
    if single:
        found = f"one site in {' and '.join(single)}"
        do = "join by Concat or Gated, which have a network for each series: --models Concat"
        raise InputError("one scan of several layouts (Early)", found, "two sites or more in each", do)
    sites: list[str] = []
    cells: list[tuple[int, int]] = []
    column = 0
    for name, layout in layouts.items():
        sites += [f"{name} {site}" for site in layout.sites]
        cells += [(r, c + column) for r, c in layout.cells]
        column += layout.shape[1] + 1
    return Layout(" and ".join(layout.name for layout in layouts.values()), tuple(sites), tuple(cells))
