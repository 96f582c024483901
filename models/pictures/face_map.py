"""Values of face patches, drawn where the patches lie."""

from typing import Any

import numpy as np

from ...preprocessing.faces.alignment import TEMPLATE
from ...preprocessing.pictures import palette
from ...signals import InputError, Layout, PixelPatches
from .map_grid import Scale

_FINE = 240
"""Pixels of a side onto which patches are drawn that have positions only."""

_HEAD = ((0.5, 0.513), 0.71, 0.96)
"""Centre, width and height of the outline in shares of the aligned picture, about the landmarks of ``TEMPLATE``."""


def patches_of(layout: Layout) -> PixelPatches:
    """The patches of a layout in a picture.

    Patches whose pixels are known lie there; those with positions alone are as large as their neighbours leave room.

    Raises:
        InputError: The sites are no patches.
    """
    if layout.pixels is not None:
        return layout.pixels
    if layout.positions is None or len(layout.positions[0]) != 2:
        found = f"{layout!r}, whose sites have no place in a picture"
        raise InputError(layout.name, found, "patches of a face", "use draw_scalp_maps, or give positions (x, y)")
    points, sides = np.array(layout.positions), np.array([_side(layout, axis) for axis in (0, 1)])
    wide, tall = np.ceil(_FINE * sides - 1e-6).astype(int).tolist()  # rounded up, so that no gap shows
    starts = np.clip(np.round(_FINE * (points - sides / 2)).astype(int), 0, [_FINE - wide, _FINE - tall])
    return PixelPatches((_FINE, _FINE), (tall, wide), tuple((top, left) for left, top in starts.tolist()))


def draw_face_map(axes: Any, values: np.ndarray, patches: PixelPatches, scale: Scale, face: np.ndarray | None) -> Any:
    """Draw the values (S,) of one map, over a face (H, W) or under the outline of one."""
    height, width = patches.image
    extent = (0, width, height, 0)
    picture = patches.join(np.repeat(values[:, None], patches.size[0] * patches.size[1], axis=1).astype(float))
    covered = np.ma.masked_array(picture, patches.count == 0)
    if face is not None:
        axes.imshow(face, cmap=palette.PIXELS, extent=extent)
    colours = scale.colours if face is None else _clear_at_zero(scale)
    image = axes.imshow(covered, cmap=colours, vmin=scale.low, vmax=scale.high, extent=extent, interpolation="nearest")
    if face is None:
        _draw_outline(axes, width, height)
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    return image


def _side(layout: Layout, axis: int) -> float:
    """Width (axis 0) or height (axis 1) of a patch, as a share of the picture's.

    The least distance of two that are next to each other; where none are, what room there is up to the edge.
    """
    at = {cell: point[axis] for cell, point in zip(layout.cells, layout.positions or (), strict=True)}
    down, right = ((0, 1), (1, 0))[axis]
    steps = [at[r + down, c + right] - value for (r, c), value in at.items() if (r + down, c + right) in at]
    room = min(2 * min(value, 1 - value) for value in at.values())
    return min((step for step in steps if step > 0), default=max(room, 2 / _FINE))


def _clear_at_zero(scale: Scale) -> Any:
    """The scale's colours, through which a picture is seen the better the nearer to zero a value is."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    values = np.linspace(scale.low, scale.high, 256)
    colours = colormaps[scale.colours](np.linspace(0, 1, 256))
    colours[:, 3] = 0.85 * np.sqrt(np.abs(values) / scale.high)
    return ListedColormap(colours)


def _draw_outline(axes: Any, width: int, height: int) -> None:
    """Head, brows, eyes, nose and mouth, dark with a light rim so that they are seen on any colour."""
    from matplotlib.patheffects import Normal, Stroke

    for shape in _outline():
        axes.plot(
            *(shape * (width, height)).T,
            color=palette.OUTLINE,
            lw=1.0,
            solid_capstyle="round",
            path_effects=[Stroke(linewidth=2.4, foreground=palette.RIM), Normal()],
        )


def _outline() -> list[np.ndarray]:
    """Curves (N, 2) in shares of the aligned picture."""
    left_eye, right_eye, nose, left_mouth, right_mouth = TEMPLATE
    mouth = (left_mouth + right_mouth) / 2
    half = (right_mouth - left_mouth)[0] / 2
    brow = np.array([[-0.09, -0.085], [0.0, -0.115], [0.09, -0.085]])
    wings = np.array([[-0.05, -0.01], [-0.03, 0.03], [0.03, 0.03], [0.05, -0.01]])
    return [
        _ellipse(*_HEAD),
        left_eye + brow,
        right_eye + brow,
        _ellipse(left_eye, 0.15, 0.07),
        _ellipse(right_eye, 0.15, 0.07),
        nose + wings,
        _ellipse(mouth, 2 * half, 0.07),
    ]


def _ellipse(centre: Any, width: float, height: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 60)
    return np.asarray(centre) + 0.5 * np.stack([width * np.cos(angle), height * np.sin(angle)], axis=1)
