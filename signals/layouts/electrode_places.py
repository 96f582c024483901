"""Where a recording has its electrodes, held against the layout that is used for it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

from .layout import Layout, canonical
from .montage import montage_points, standard_montage, standard_names

SAME_PLACE = 0.005
"""Metres within which two places are one: a cap that was put on again, a digitiser's error."""

_ANOTHER_PLACE = 0.015
"""Metres from its place in the layout from which on an electrode can lie where the layout has another one."""

_FEWEST = 3
"""Electrodes from which on a middle and a size of a head are known."""

_AXES = 3
_LISTED = 5

Places = Mapping[str, np.ndarray]
"""(3,) metres to the right, to the front and up, by the canonical name of the electrode."""


def place_remarks(layout: Layout, recorded: Places, where: str = "in the file") -> Iterator[str]:
    """Sentences on electrodes that a recording has elsewhere than the layout by which it is read.

    Heads differ in size, and programs in where they put a head's middle: of several electrodes, both are told apart
    from electrodes that lie elsewhere on the head. A drawing stands for the places of the 10-05 system.

    Args:
        layout: Of the sites.
        recorded: Places that the recording has itself; of electrodes that it lacks nothing is said.
        where: Where these places stand.
    """
    places = _places_of(layout)
    names = [name for name in places if name in recorded]
    if not names:
        return
    ours, theirs = (np.array([points[name] for name in names]) for points in (places, recorded))
    if _distances(ours, theirs).max() <= SAME_PLACE:
        return
    by_name = all(name in standard_names() for name in names)
    known = "the places that their names have" if by_name else f"those of the layout {layout.name}"
    if np.median(_distances(ours, theirs)) > SAME_PLACE:
        theirs = _on_one_head(theirs, ours)
    spelled = [_names_of(layout)[name] for name in names]
    away = np.flatnonzero(_distances(ours, theirs) > SAME_PLACE)
    if swapped := _swapped(ours, theirs):
        yield (
            f"doubtful: names and places of electrodes {where} do not agree: {_listed(spelled, swapped)} lie where "
            f"other electrodes should; {known} are used: check which channel is which, and rename those that are wrong"
        )
    elif 2 * len(away) > len(names):
        yield f"places of electrodes {where} are not used: most lie more than 5 mm from {known}, which are used"
    elif len(away):
        which = _listed(spelled, away.tolist())
        yield f"places of electrodes {where} are not used: {which} lie more than 5 mm from {known}, which are used"
    else:
        yield f"places of electrodes {where} are not used, but {known}: another middle or size of the head"


def _listed(names: Sequence[str], which: Sequence[int]) -> str:
    more = f" and {len(which) - _LISTED} more" if len(which) > _LISTED else ""
    return ", ".join(names[i] for i in which[:_LISTED]) + more


def _names_of(layout: Layout) -> dict[str, str]:
    """The sites of a layout as it spells them, by their canonical names."""
    return {canonical(site): site for site in layout.sites}


def _places_of(layout: Layout) -> dict[str, np.ndarray]:
    sites = _names_of(layout)
    if layout.positions is None or len(layout.positions[0]) < _AXES:
        return {name: point for name, point in _standard_points().items() if name in sites}
    return {name: np.array(point) for name, point in zip(sites, layout.positions, strict=True)}


@lru_cache(maxsize=1)
def _standard_points() -> Places:
    """All places of the 10-05 system: MNE takes longer to tell them than to open a recording."""
    return montage_points(standard_montage())


def _on_one_head(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The points (n, 3) moved to the middle of the others and stretched to their size; not turned, not mirrored."""
    if len(points) < _FEWEST:
        return points
    centred = points - points.mean(axis=0)
    size = np.sqrt((centred**2).sum())
    stretch = np.sqrt(((others - others.mean(axis=0)) ** 2).sum()) / size if size else 1.0
    return np.asarray(centred * stretch + others.mean(axis=0))


def _swapped(ours: np.ndarray, theirs: np.ndarray) -> list[int]:
    """Electrodes that lie nearer to the place of another one than to their own, and far from that."""
    apart = np.linalg.norm(theirs[:, None] - ours[None], axis=-1)  # (theirs, ours)
    own = np.diagonal(apart).copy()
    np.fill_diagonal(apart, np.inf)
    nearest = apart.min(axis=1) if len(ours) > 1 else own
    return [int(i) for i in np.flatnonzero((own > _ANOTHER_PLACE) & (nearest < 0.5 * own))]


def _distances(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(ours - theirs, axis=1))
