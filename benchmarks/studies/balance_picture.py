"""Counts of categories and feelings among the training windows, before and after balancing."""

from pathlib import Path
from typing import Any

import numpy as np

from ...models import affect_histogram
from ...preprocessing import AnyWindows
from ...preprocessing.pictures import new_figure, palette, save_figure
from ...signals import InputError


def balance_text(before: AnyWindows, after: AnyWindows) -> str:
    """Windows in all and of each category, before and after, as lines for a terminal."""
    names = before.cache.task.categories
    counts = [np.bincount(part.category[part.category >= 0], minlength=len(names)) for part in (before, after)]
    lines = [f"{len(before):,} windows before, {len(after):,} after"]
    return "\n".join(lines + [f"  {name}: {b:,} to {a:,}" for name, b, a in zip(names, *counts, strict=True)])


def draw_balance(before: AnyWindows, after: AnyWindows, path: str | Path) -> Path:
    """Draw counts by category, and the valence-arousal plane in 40 x 40 cells (logarithmic), before and after.

    Raises:
        InputError: The task has neither categories nor valence and arousal.
    """
    task = before.cache.task
    planes = {"valence", "arousal"} <= set(task.dimensions)
    if not planes and not task.categories:
        found = "neither categories nor valence and arousal"
        raise InputError(before.cache.path, found, "one of them", "there is nothing to draw")
    count = bool(task.categories) + 2 * planes
    figure = new_figure(4 * count, 3.6)
    axes = list(figure.subplots(1, count, squeeze=False)[0])
    if task.categories:
        _draw_categories(axes.pop(0), before, after)
    if planes:
        counts = [_plane(part) for part in (before, after)]
        extent = (*task.range_of("valence"), *task.range_of("arousal"))
        for place, plane, name in zip(axes, counts, ("before", "after"), strict=True):
            image = _draw_plane(place, (plane, extent), name, float(counts[0].max()))
        figure.colorbar(image, ax=axes, label="windows (log)", shrink=0.8)
    figure.suptitle("simulated" if before.cache.simulated else "", fontsize=9)
    return save_figure(figure, path)


def _plane(windows: AnyWindows) -> np.ndarray:
    names = windows.cache.task.dimensions
    affect = windows.cache.task.normalised(windows.dimensions)[:, [names.index("valence"), names.index("arousal")]]
    return affect_histogram(affect[np.isfinite(affect).all(axis=1)])


def _draw_categories(axes: Any, before: AnyWindows, after: AnyWindows) -> None:
    names = before.cache.task.categories
    for part, colour, shift, label in ((before, palette.BEFORE, -0.2, "before"), (after, palette.AFTER, 0.2, "after")):
        counts = np.bincount(part.category[part.category >= 0], minlength=len(names))
        axes.bar(np.arange(len(names)) + shift, counts, width=0.4, color=colour, label=label)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
    axes.set_ylabel("windows")
    axes.legend(frameon=False, fontsize=8, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    axes.spines[["top", "right"]].set_visible(False)


def _draw_plane(axes: Any, plane: tuple[np.ndarray, tuple[float, ...]], name: str, most: float) -> Any:
    """Counts over the plane, whose ends are those of the scales of valence and arousal."""
    counts, extent = plane
    axes.set(title=f"{name}: {counts.sum():,} windows", xlabel="valence", ylabel="arousal")
    magnitude = np.log10(np.where(counts > 0, counts, np.nan)).T
    top = max(np.log10(max(most, 1)), 0.1)
    return axes.imshow(
        magnitude,
        origin="lower",
        extent=extent,
        vmin=0,
        vmax=top,
        cmap=palette.COUNT,
        aspect=(extent[1] - extent[0]) / (extent[3] - extent[2]),
    )
