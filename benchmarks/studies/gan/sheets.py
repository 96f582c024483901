"""Sheets of made faces: over valence and arousal, one unit at a time, from face to face, beside their nearest."""

from pathlib import Path

import torch

from ....models.gan import (
    KeptGan,
    Samples,
    affect_grid,
    between,
    between_noise,
    draw_noise,
    draw_sheet,
    make_samples,
    unit_ramps,
)
from ....models.gan.labels import Labels
from .read_faces import Checked

STEPS = 7
_PAIRS, _SHOWN = 4, 10


def draw_sheets(kept: KeptGan, folder: Path, seed: int = 0) -> list[Path]:
    """Every sheet that fits the task; equal seeds give equal sheets."""
    task = kept.facts.task
    if kept.facts.settings.noise_only:
        return [_draw_noise_only(kept, folder / "faces.png", seed)]
    sheets = [_draw_grid(kept, folder / "affect.png", seed)] if len(task.dimensions) > 1 else []
    sheets += [_draw_units(kept, folder / "units.png", seed)] if task.units else []
    return [*sheets, _draw_between(kept, folder / "between.png", seed)]


def draw_nearest(checked: Checked, kept: KeptGan, path: Path) -> Path:
    """The first made faces of a check, each with the nearest training face below it: no choice was made among them."""
    found = checked.nearest
    shown = torch.stack([checked.samples.images[:_SHOWN], checked.training[found.index[:_SHOWN]]]).flatten(0, 1)
    heads = [f"{value:.2f}" for value in found.distance[:_SHOWN]]
    return draw_sheet(
        shown,
        _SHOWN,
        path,
        _title(kept, "made faces and the nearest training face"),
        rows=("made", "nearest"),
        heads=heads,
        across="above: root mean square difference of pixels (black to white is 2)",
    )


def _draw_grid(kept: KeptGan, path: Path, seed: int) -> Path:
    """One face over the plane: the noise is the same everywhere."""
    labels = affect_grid(kept.facts.task, STEPS)
    samples = make_samples(kept.model, labels, draw_noise(kept.model, 1, seed).expand(len(labels), -1))
    first, second = kept.facts.task.dimensions[:2]
    heads, rows = (_steps(*ends) for ends in kept.facts.task.ranges[:2])
    return draw_sheet(
        samples.images,
        STEPS,
        path,
        _title(kept, "one noise, asked for by two dimensions"),
        rows=rows[::-1],
        heads=heads,
        across=first,
        down=second,
    )


def _draw_units(kept: KeptGan, path: Path, seed: int) -> Path:
    units, steps = kept.facts.task.units, STEPS - 1
    labels = unit_ramps(kept.facts.task, steps)
    samples = make_samples(kept.model, labels, draw_noise(kept.model, 1, seed).expand(len(labels), -1))
    heads = [f"{value:.1f}" for value in torch.linspace(0, 1, steps).tolist()]
    return draw_sheet(
        samples.images,
        steps,
        path,
        _title(kept, "one unit at a time, others 0"),
        rows=units,
        heads=heads,
        across="asked for",
    )


def _draw_between(kept: KeptGan, path: Path, seed: int) -> Path:
    noise = draw_noise(kept.model, 2 * _PAIRS, seed + 1)
    ends = _opposite(kept, _PAIRS)
    labels = between(*ends, STEPS)
    samples = make_samples(kept.model, labels, between_noise(noise[:_PAIRS], noise[_PAIRS:], STEPS))
    heads = [f"{value:.2f}" for value in torch.linspace(0, 1, STEPS).tolist()]
    return draw_sheet(
        samples.images,
        STEPS,
        path,
        _title(kept, "from one made face to another"),
        heads=heads,
        across="share of the way, in noise and labels",
    )


def _opposite(kept: KeptGan, pairs: int) -> tuple[Labels, Labels]:
    """Labels at opposite ends of the plane; without two dimensions, one unit and the next."""
    task = kept.facts.task
    if len(task.dimensions) > 1:
        grid = affect_grid(task, 3)
        corners = torch.tensor([0, 2, 3, 1])[:pairs]
        return grid.take(corners), grid.take(8 - corners)
    ramps = unit_ramps(task, 2)
    ends = torch.arange(pairs) % len(task.units) * 2 + 1
    return ramps.take(ends), ramps.take((ends + 2) % len(ramps))


def _draw_noise_only(kept: KeptGan, path: Path, seed: int) -> Path:
    count = STEPS**2
    samples: Samples = make_samples(
        kept.model, Labels.unknown(kept.facts.task, count), draw_noise(kept.model, count, seed)
    )
    return draw_sheet(samples.images, STEPS, path, _title(kept, "noise only"))


def _steps(low: float, high: float) -> list[str]:
    """Values along a scale, as in ``-1.0``, ``0.0``, ``+0.3``; without signs where none is below zero."""
    values = [low + (high - low) * step / (STEPS - 1) for step in range(STEPS)]
    sign = "+" if low < 0 else ""
    return [f"{value:{sign}.1f}" if abs(value) > 1e-6 * (high - low) else "0.0" for value in values]


def _title(kept: KeptGan, words: str) -> str:
    return f"EmotionGAN, {kept.facts.dataset}{', simulated' if kept.facts.simulated else ''}\n{words}"
