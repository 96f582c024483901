"""Sheets of generated faces: over valence and arousal, one unit at a time, from face to face, beside their nearest."""

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
_PAIRS, _NEAREST = 4, 10


def draw_sheets(gan: KeptGan, folder: Path, seed: int = 0) -> list[Path]:
    """Every sheet that fits the task; equal seeds give equal sheets."""
    task = gan.facts.task
    if gan.facts.settings.noise_only:
        return [_draw_noise_only(gan, folder / "faces.png", seed)]
    sheets = []
    if len(task.dimensions) > 1:
        sheets.append(_draw_grid(gan, folder / "affect.png", seed))
    if task.units:
        sheets.append(_draw_units(gan, folder / "units.png", seed))
    return [*sheets, _draw_between(gan, folder / "between.png", seed)]


def draw_nearest(checked: Checked, gan: KeptGan, path: Path) -> Path:
    """The first generated faces of a check, each above its nearest training face: nobody picked the good ones."""
    neighbours = checked.training[checked.nearest.index[:_NEAREST]]
    heads = [f"{value:.2f}" for value in checked.nearest.distance[:_NEAREST]]
    return draw_sheet(
        torch.stack([checked.samples.images[:_NEAREST], neighbours]).flatten(0, 1),
        _NEAREST,
        path,
        _title(gan, "made faces and the nearest training face"),
        rows=("made", "nearest"),
        heads=heads,
        across="above: root mean square difference of pixels (black to white is 2)",
    )


def _draw_grid(gan: KeptGan, path: Path, seed: int) -> Path:
    """One face over the plane: the noise is the same everywhere."""
    labels = affect_grid(gan.facts.task, STEPS)
    samples = make_samples(gan.model, labels, draw_noise(gan.model, 1, seed).expand(len(labels), -1))
    first, second = gan.facts.task.dimensions[:2]
    heads, rows = (_steps(*ends) for ends in gan.facts.task.ranges[:2])
    return draw_sheet(
        samples.images,
        STEPS,
        path,
        _title(gan, "one noise, asked for by two dimensions"),
        rows=rows[::-1],
        heads=heads,
        across=first,
        down=second,
    )


def _draw_units(gan: KeptGan, path: Path, seed: int) -> Path:
    units, steps = gan.facts.task.units, STEPS - 1
    labels = unit_ramps(gan.facts.task, steps)
    samples = make_samples(gan.model, labels, draw_noise(gan.model, 1, seed).expand(len(labels), -1))
    heads = [f"{value:.1f}" for value in torch.linspace(0, 1, steps).tolist()]
    return draw_sheet(
        samples.images,
        steps,
        path,
        _title(gan, "one unit at a time, others 0"),
        rows=units,
        heads=heads,
        across="asked for",
    )


def _draw_between(gan: KeptGan, path: Path, seed: int) -> Path:
    noise = draw_noise(gan.model, 2 * _PAIRS, seed + 1)
    ends = _opposite(gan, _PAIRS)
    labels = between(*ends, STEPS)
    samples = make_samples(gan.model, labels, between_noise(noise[:_PAIRS], noise[_PAIRS:], STEPS))
    heads = [f"{value:.2f}" for value in torch.linspace(0, 1, STEPS).tolist()]
    return draw_sheet(
        samples.images,
        STEPS,
        path,
        _title(gan, "from one made face to another"),
        heads=heads,
        across="share of the way, in noise and labels",
    )


def _opposite(gan: KeptGan, pairs: int) -> tuple[Labels, Labels]:
    """Labels at opposite ends of the plane; without two dimensions, one unit and the next."""
    task = gan.facts.task
    if len(task.dimensions) > 1:
        grid = affect_grid(task, 3)
        corners = torch.tensor([0, 2, 3, 1])[:pairs]
        return grid.take(corners), grid.take(8 - corners)
    ramps = unit_ramps(task, 2)
    ends = torch.arange(pairs) % len(task.units) * 2 + 1
    return ramps.take(ends), ramps.take((ends + 2) % len(ramps))


def _draw_noise_only(gan: KeptGan, path: Path, seed: int) -> Path:
    count = STEPS**2
    samples: Samples = make_samples(
        gan.model, Labels.unknown(gan.facts.task, count), draw_noise(gan.model, count, seed)
    )
    return draw_sheet(samples.images, STEPS, path, _title(gan, "noise only"))


def _steps(low: float, high: float) -> list[str]:
    """Values along a scale, as in ``-1.0``, ``0.0``, ``+0.3``; without signs where none is below zero."""
    values = [low + (high - low) * step / (STEPS - 1) for step in range(STEPS)]
    sign = "+" if low < 0 else ""
    zero = 1e-6 * (high - low)  # else rounding may write the middle as +0.0 or -0.0
    return [f"{value:{sign}.1f}" if abs(value) > zero else "0.0" for value in values]


def _title(gan: KeptGan, words: str) -> str:
    return f"EmotionGAN, {gan.facts.dataset}{', simulated' if gan.facts.simulated else ''}\n{words}"
