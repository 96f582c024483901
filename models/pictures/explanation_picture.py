"""Explanations as pictures: maps of the head for electrodes, of the face for patches."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import InputError, Layout, canonical, standard_montage, standard_names
from ...signals.layouts.placement import flat_positions
from ..explaining.explanation import Explanation, is_face
from .face_map import draw_face_map, patches_of
from .map_grid import MapGrid, Scale, check_finite, draw_grid

BY = ("feature", "slice", "both", "site")
"""What gets a map of its own: each feature, each slice, each of either, or nothing (one map)."""

_MOST_FEATURES, _MOST_SLICES = 12, 9
"""Beyond as many features one map has their mean; slices come together in as many groups at most."""

_FEWEST_SITES = 4
"""With fewer there is nothing to interpolate between."""

_RADIUS, _RIM = 0.095, 1.8
"""Of the drawn head, and how many radians from the top its rim lies: just outside the ring of the 10-20 system."""


def draw_scalp_maps(
    maps: np.ndarray,
    names: Sequence[str],
    layout: Layout,
    path: str | Path,
    *,
    label: str,
    rows: Sequence[str] | None = None,
    title: str = "",
) -> Path:
    """Draw maps of the head, by MNE, into a picture file.

    All share one scale of colours: about zero where a value is below it, else from zero on. Sites stand where the
    layout has them, or else where the 10-05 system has those of their names; others are left out, and the picture
    says which.

    Args:
        maps: (K, S) values of K maps; with ``rows`` (R, K, S).
        names: K names, above the maps.
        layout: The S electrodes.
        path: The picture file; its ending (png, svg, pdf) says which kind.
        label: What the values are, with their unit.
        rows: R names, beside the rows of a grid.
        title: What stands above.

    Raises:
        InputError: The shapes do not fit, a value is not finite, or fewer than four sites have a position.
    """
    grid = MapGrid.of(maps, names, rows, len(layout))
    points, placed = _on_the_head(layout)
    scale = Scale.of(check_finite(grid.values[..., placed]))
    lost = [site for k, site in enumerate(layout.sites) if k not in placed]
    note = f"without a known position, left out: {', '.join(lost)}" if lost else ""

    def draw(axes: Any, values: np.ndarray) -> Any:
        return _draw_head(axes, values[placed], points, scale)

    return draw_grid(grid, draw, path, (label, title, note))


def draw_face_maps(
    maps: np.ndarray,
    names: Sequence[str],
    layout: Layout,
    path: str | Path,
    *,
    label: str,
    face: np.ndarray | None = None,
    rows: Sequence[str] | None = None,
    title: str = "",
) -> Path:
    """Draw maps over the patches of a face into a picture file.

    Patches lie where the layout has them; where some overlap, their mean is shown. A face is shown only if one is
    given, since it is personal data; else lines say where ``FaceCrop`` brings eyes, nose and mouth.

    Args:
        maps: (K, S) values of K maps; with ``rows`` (R, K, S).
        names: K names, above the maps.
        layout: The S patches.
        path: The picture file; its ending (png, svg, pdf) says which kind.
        label: What the values are, with their unit.
        face: (H, W) gray picture, aligned as the patches are; None for lines.
        rows: R names, beside the rows of a grid.
        title: What stands above.

    Raises:
        InputError: The shapes do not fit, a value is not finite, or the layout has no patches.
    """
    grid = MapGrid.of(maps, names, rows, len(layout))
    patches, scale = patches_of(layout), Scale.of(check_finite(grid.values))
    if face is not None and face.ndim != 2:
        raise InputError("draw_face_maps", f"a face {face.shape}", "a gray picture (H, W)", "take one channel")
    note = "" if face is not None else "lines: where the alignment brings eyes, nose and mouth"

    def draw(axes: Any, values: np.ndarray) -> Any:
        return draw_face_map(axes, values, patches, scale, face)

    return draw_grid(grid, draw, path, (label, title, note))


def draw_explanation(
    explanation: Explanation,
    series: str,
    path: str | Path,
    by: str = "feature",
    *,
    face: np.ndarray | None = None,
    title: str = "",
) -> Path:
    """Draw how much the sites of a series count, on the head or on the face, whichever its layout is of.

    What the method tells no features or slices apart in gets one map, and so do features beyond twelve; slices beyond
    nine come together in groups.

    Args:
        explanation: What was found.
        series: Of which series.
        path: The picture file; its ending (png, svg, pdf) says which kind.
        by: What gets a map of its own: a name in ``BY``.
        face: (H, W) a gray picture to lay patches over; personal data, so none is shown otherwise.
        title: What stands above; left out, what was explained and how.

    Raises:
        InputError: There is no such series or way, a face is given for electrodes, or the sites cannot be placed.
    """
    if by not in BY:
        raise InputError(f"by={by!r}", "no such way", f"one of {', '.join(BY)}")
    if series not in explanation.values:
        raise InputError("explanation", f"no series {series!r}", f"one of {', '.join(explanation.values)}", "name one")
    layout = explanation.layouts[series]
    maps, names, rows = mean_maps(explanation, series, by)
    label, title = _label(explanation), title or f"{series}: {_caption(explanation)}"
    if is_face(layout):
        return draw_face_maps(maps, names, layout, path, label=label, face=face, rows=rows, title=title)
    if face is not None:
        raise InputError(f"series {series}", "a face, and electrodes", "patches of a face", "leave the face out")
    return draw_scalp_maps(maps, names, layout, path, label=label, rows=rows, title=title)


def mean_maps(
    explanation: Explanation, series: str, by: str
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...] | None]:
    """Mean absolute values over windows and valid slices as maps, and their names.

    Returns:
        (K, S) maps, K names and None; by ``"both"`` (R, K, S) with a row for each feature, K names and R names.
    """
    values, valid = explanation.values[series], explanation.valid[series]
    total, count = np.abs(values).sum(axis=0, dtype=np.float64), valid.sum(axis=0)  # (T, S, F), (T,)
    slices = _slice_groups(len(count), by in ("slice", "both"))
    features = _feature_groups(explanation.features[series], by in ("feature", "both"))
    maps = np.empty((len(features), len(slices), total.shape[1]))
    for row, of_features in enumerate(features.values()):
        for column, of_slices in enumerate(slices.values()):
            inputs = max(count[of_slices].sum() * len(of_features), 1)
            maps[row, column] = total[of_slices][:, :, of_features].sum(axis=(0, 2)) / inputs
    maps, rows = _distinct(maps, tuple(features), "all features alike")
    maps, columns = _distinct(maps.swapaxes(0, 1), tuple(slices), "all slices alike")
    if len(rows) == 1:
        return maps[:, 0], columns if len(columns) > 1 or by == "slice" else rows, None
    return (maps[0], rows, None) if len(columns) == 1 else (maps.swapaxes(0, 1), columns, rows)


def _slice_groups(count: int, apart: bool) -> dict[str, np.ndarray]:
    every = np.arange(count)
    if not apart or count == 1:
        return {f"mean of {count} slices": every}
    groups = np.array_split(every, min(count, _MOST_SLICES))
    named = {}
    for group in groups:
        first, last = group[0] + 1, group[-1] + 1
        named[f"slice {first}" if first == last else f"slices {first} to {last}"] = group
    return named


def _feature_groups(names: Sequence[str], apart: bool) -> dict[str, np.ndarray]:
    if len(names) == 1 or (apart and len(names) <= _MOST_FEATURES):
        return {name: np.array([k]) for k, name in enumerate(names)}
    return {f"mean of {len(names)} features": np.arange(len(names))}


def _distinct(maps: np.ndarray, names: tuple[str, ...], alike: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Maps along the first axis; one of them where all are equal, as some methods leave them."""
    if len(names) > 1 and np.allclose(maps, maps[:1], rtol=1e-6, atol=0):
        return maps[:1], (alike,)
    return maps, names


def _on_the_head(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Places of the sites that have a position, (P, 2) to the right and to the front, and their indices (P,).

    The azimuthal projection about the middle of the fitted head: about the origin of MNE's head frame, which lies
    lower and further to the back, the foremost sites would stand on the nose.
    """
    import mne

    montage, called = _montage(layout)
    if len(called) < _FEWEST_SITES:
        found = f"{len(called)} of {len(layout)} sites with a position on the head"
        wanted = f"{_FEWEST_SITES} or more, by name in the 10-05 system or in the layout"
        raise InputError(layout.name, found, wanted, "give the layout positions (layout_from_positions)")
    info = mne.create_info(list(called.values()), 1.0, "eeg", verbose="ERROR")
    info.set_montage(montage, verbose="ERROR")
    points = flat_positions(np.array([channel["loc"][:3] for channel in info["chs"]]))
    return points * _RADIUS / _RIM, np.array(list(called))


def _montage(layout: Layout) -> tuple[Any, dict[int, str]]:
    """An MNE montage, and what it calls each of the sites that it has."""
    import mne

    if layout.positions and len(layout.positions[0]) == 3:
        points = dict(zip(layout.sites, layout.positions, strict=True))
        return mne.channels.make_dig_montage(points, coord_frame="head"), dict(enumerate(layout.sites))
    called = {} if is_face(layout) else standard_names()
    sites = enumerate(canonical(name) for name in layout.sites)
    return standard_montage(), {site: called[name] for site, name in sites if name in called}


def _draw_head(axes: Any, values: np.ndarray, points: np.ndarray, scale: Scale) -> Any:
    import mne

    image, _ = mne.viz.plot_topomap(
        values,
        points,
        axes=axes,
        show=False,
        contours=0,
        sensors="k.",
        cmap=scale.colours,
        ch_type="eeg",
        vlim=(scale.low, scale.high),
        sphere=_RADIUS,
    )
    return image


def _label(explanation: Explanation) -> str:
    unit = {"category": "logit", "any": "weights"}.get(explanation.target, "units of the target")
    return f"importance\nmean absolute {explanation.method}, {unit}"


def _caption(explanation: Explanation) -> str:
    target = {"category": "each window's predicted category", "any": "any target"}
    return f"{explanation.method} for {target.get(explanation.target, explanation.target)}"
