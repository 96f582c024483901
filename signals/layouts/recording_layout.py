"""The layout of a recording's electrodes."""

import reprlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..remedies import setting
from .channel_names import ChannelNames, is_difference, is_other, is_site, rename_to
from .drawings import DRAWINGS
from .electrode_nets import looks_like_biosemi
from .layout import Layout, canonical
from .montage import layout_from_positions, montage_points, standard_montage, standard_names

Points = dict[int, np.ndarray]
"""Where electrodes are, (3,) metres each, by the place of their channels."""

COMMON = "common"
"""The name that stands for the electrodes which all recordings of a study have."""

_FEWEST_COMMON = 2
"""Sites of a layout that several recordings share: a single one has no neighbour."""

_FEWEST_SHARED = 4
"""Electrodes from which on one set of points is brought onto another: an affine map has as many unknowns an axis."""


def layout_of(where: object, raw: Any, names: ChannelNames, montage: str = "") -> Layout:
    """The drawing that has exactly the scalp electrodes of a recording, else a layout from their positions.

    Positions are those of the montage, where the user names one; else those of the recording; else those of the net
    whose names these are; else those of the 10-05 system, also for single electrodes that have none.

    Args:
        where: The recording.
        raw: MNE's object of it.
        names: Of its channels.
        montage: MNE's name of one, or a file with positions.

    Raises:
        InputError: There are no EEG channels, most are differences of two electrodes, two are one electrode, or half of
            them have no place.
    """
    scalp = names.scalp
    if not scalp:
        found = f"channels {', '.join(names.labels)}, none of which is EEG"
        raise InputError(where, found, "EEG channels", _ways_to_eeg(names))
    _check_differences(where, names)
    names.places([names.names[i] for i in scalp if is_site(names.names[i])], where)
    if montage:
        return _by_montage(where, names, montage)
    recorded = _recorded(raw, scalp)
    drawn = _drawing(names, recorded)
    if drawn is not None and 2 * len(drawn) > len(scalp):
        return drawn
    return _by_positions(where, names, recorded)


def named_layout(named: Layout | str | None, where: object = "layout") -> Layout | str | None:
    """The layout of a drawing's name; ``COMMON``, none and layouts come back as they are.

    Raises:
        InputError: It is the name of no drawing.
    """
    if named is None or isinstance(named, Layout) or named == COMMON:
        return named
    if not isinstance(named, str) or named not in DRAWINGS:
        wanted = f"one of {COMMON}, {', '.join(DRAWINGS)}"
        raise InputError(where, reprlib.repr(named), wanted, "name a drawing or give a Layout")
    return DRAWINGS[named]


def common_layout(where: object, layouts: Sequence[Layout]) -> Layout:
    """The layout of the sites that recordings of several layouts share: a drawing where one has exactly these.

    Else sites lie where the 10-05 system has them, or else where a layout that has positions does.

    Raises:
        InputError: They share less than two.
    """
    known = [set(map(canonical, layout.sites)) for layout in layouts]
    shared = [site for site in layouts[0].sites if all(canonical(site) in sites for sites in known)]
    if len(shared) < _FEWEST_COMMON:
        found = "; ".join(dict.fromkeys(", ".join(layout.sites) for layout in layouts))
        wanted = f"recordings that share {_FEWEST_COMMON} sites or more"
        raise InputError(
            where,
            f"electrodes {found}",
            wanted,
            f"rename channels, as in {rename_to(layouts[0].sites[0], layouts[-1].sites[0])}",
        )
    drawn = (layout for layout in DRAWINGS.values() if set(map(canonical, layout.sites)) == set(map(canonical, shared)))
    return next(drawn, None) or _of_sites(shared, layouts)


def _of_sites(sites: Sequence[str], layouts: Sequence[Layout]) -> Layout:
    places: dict[str, np.ndarray] = {}
    for layout in layouts:
        for site, position in zip(layout.sites, layout.positions or (), strict=False):
            places.setdefault(canonical(site), np.array(position))
    places |= montage_points(standard_montage())
    placed = [site for site in sites if canonical(site) in places]
    points = [places[canonical(site)] for site in placed]
    return layout_from_positions(placed, points, f"electrodes-{len(placed)}")


def rest_of(names: ChannelNames, used: Sequence[int], layout: Layout) -> Iterator[str]:
    """A remark for each reason why channels are not among those ``used``."""
    rest = [i for i in names.eeg if i not in used]
    ears = [i for i in rest if i not in names.scalp]
    differences = [i for i in rest if is_difference(names.names[i])]
    for reason, places in (
        ("since they are no EEG", [i for i in names.others if i not in used]),
        ("since they are ears or mastoids", ears),
        ("since they are differences of two electrodes", differences),
        (f"since the layout {layout.name} has no such site", [i for i in rest if i not in (*ears, *differences)]),
    ):
        if places:
            yield f"left out, {reason}: {', '.join(names.labels[i] for i in places)}"


def recorded_places(raw: Any, names: ChannelNames, montage: str = "") -> dict[str, np.ndarray]:
    """Where a recording has its electrodes, (3,) metres by canonical name: by its montage, where the user names one."""
    points = _recorded(raw, names.scalp)
    if montage:
        known = montage_points(montage)
        points = {i: known[canonical(names.names[i])] for i in names.scalp if canonical(names.names[i]) in known}
    return {canonical(names.names[i]): point for i, point in points.items()}


def _check_differences(where: object, names: ChannelNames) -> None:
    differences = [names.labels[i] for i in names.scalp if is_difference(names.names[i])]
    if 2 * len(differences) >= len(names.scalp):
        found = f"differences of two electrodes: {', '.join(differences)}"
        way = rename_to(differences[0], differences[0].partition("-")[0])
        wanted, do = "electrodes against one reference", f"export it so, or say where each shall stand, as in {way}"
        raise InputError(where, found, wanted, do)


def _by_montage(where: object, names: ChannelNames, montage: str) -> Layout:
    known = montage_points(montage)
    points = {i: known[canonical(names.names[i])] for i in names.scalp if canonical(names.names[i]) in known}
    _check_half(where, names, points, f"in {montage}", _ways_beside(names, points, montage, known))
    complete = len(points) == len(known)
    return _laid_out(names, _filled(names, points), Path(montage).stem if complete else "")


def _drawing(names: ChannelNames, recorded: Points) -> Layout | None:
    """The drawing that has exactly the sites with a name, if no other site has a position."""
    sites = {i: canonical(names.names[i]) for i in names.scalp if is_site(names.names[i])}
    if recorded.keys() - sites.keys():
        return None
    fitting = (layout for layout in DRAWINGS.values() if set(map(canonical, layout.sites)) == set(sites.values()))
    return None if names.net and len(sites) < len(names.scalp) else next(fitting, None)


def _by_positions(where: object, names: ChannelNames, recorded: Points) -> Layout:
    if len(recorded) == len(names.scalp):
        return _laid_out(names, recorded)
    if names.net:
        known = montage_points(names.net)
        return _laid_out(names, {i: known[canonical(names.names[i])] for i in names.scalp}, names.net)
    if looks_like_biosemi([names.names[i] for i in names.scalp]):
        found = f"names like those of BioSemi ({', '.join(names.names[i] for i in names.scalp)})"
        raise InputError(
            where, found, "all electrodes of a cap, or its name", _ways(names.labels[names.scalp[0]], "biosemi128")
        )
    named = [i for i in names.scalp if canonical(names.names[i]) in standard_names()]
    # points of two heads are mixed only where there is no other way
    points = _standard(names) if len(named) == len(names.scalp) else _filled(names, recorded)
    _check_half(where, names, points, "in the recording or the 10-05 system")
    return _laid_out(names, points)


def _recorded(raw: Any, scalp: Sequence[int]) -> Points:
    """The positions that the recording has; those that several channels share, such as zeros, are none."""
    points = {i: np.asarray(raw.info["chs"][i]["loc"][:3], float) for i in scalp}
    count = Counter(tuple(point.round(6)) for point in points.values())
    return {
        i: point
        for i, point in points.items()
        if np.isfinite(point).all() and point.any() and count[tuple(point.round(6))] == 1
    }


def _filled(names: ChannelNames, points: Points) -> Points:
    """The points, and those of the 10-05 system for other sites with a name."""
    return _onto(_standard(names), points) | points


def _standard(names: ChannelNames) -> Points:
    known = montage_points(standard_montage())
    spelled = {i: canonical(names.names[i]) for i in names.scalp}
    return {i: known[name] for i, name in spelled.items() if name in known}


def _onto(points: Points, others: Points) -> Points:
    """The points, moved and stretched so that electrodes of both sets meet: files count from centres of their own."""
    shared = sorted(points.keys() & others.keys())
    if len(shared) < _FEWEST_SHARED:
        return points
    ones = {i: np.append(point, 1.0) for i, point in points.items()}
    fitted, *_ = np.linalg.lstsq(np.array([ones[i] for i in shared]), np.array([others[i] for i in shared]), rcond=None)
    return {i: one @ fitted for i, one in ones.items()}


def _check_half(
    where: object, names: ChannelNames, points: Mapping[int, np.ndarray], places: str, do: str = ""
) -> None:
    lost = [names.labels[i] for i in names.scalp if i not in points]
    if 2 * len(lost) >= len(names.scalp):
        found = f"{len(lost)} of {len(names.scalp)} EEG channels without a place {places}: {', '.join(lost)}"
        raise InputError(where, found, "a place for more than half of them", do or _ways(lost[0]))


def _laid_out(names: ChannelNames, points: Points, name: str = "") -> Layout:
    # as the standard montage spells it, so that FP1 of one file is the Fp1 of the next
    spelled = [standard_names().get(canonical(names.names[i]), names.names[i]) for i in points]
    return layout_from_positions(spelled, list(points.values()), name or f"electrodes-{len(points)}")


def _ways_to_eeg(names: ChannelNames) -> str:
    """The way on for a recording without EEG: channels of sensors are nobody's electrodes."""
    unknown = [label for label in names.labels if not is_other(label)]
    read = "sensors on the body alone are read with peripheral=True"
    return f"{_ways(unknown[0])}; {read}" if unknown else f"{read}; electrodes that are called so get a name by rename"


def _ways_beside(names: ChannelNames, points: Points, montage: str, known: Mapping[str, np.ndarray]) -> str:
    """The way on where a montage that the user names lacks most electrodes."""
    lost = [i for i in names.scalp if i not in points]
    theirs = ", ".join(list(known)[:_FEWEST_SHARED])
    if all(canonical(names.names[i]) in standard_names() for i in lost):
        return f"leave montage out: all of them have a place in the 10-05 system; {montage} has {theirs}, ..."
    renamed = rename_to(names.labels[lost[0]], next(iter(known)))
    return f"name another montage, or the electrodes as it does ({theirs}, ...), as in {renamed}"


def _ways(label: str, montage: str = "biosemi64") -> str:
    named = f"name the electrodes, as in {rename_to(label, 'Fp1')}"
    return f"{named}, or where they are, as in {setting('montage', montage)} (MNE's name of one, or a file)"
