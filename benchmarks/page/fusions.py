"""A fusion table as a part of a report: what the joins gained, and the controls that show whether it is real."""

from functools import partial
from pathlib import Path

from ...models.learning.learners import MODELS
from ...signals import InputError
from ...signals.regular_file import file_bytes
from ...signals.stored_json import checked_json
from ..scores.verdict import decimal
from ..studies.fusion_table import FusionTable, draw_fusion
from .chapter import Chapter, Grid, Part, Picture, Result

FUSION = "fusion.json"
"""What ``emo-train fusion`` writes beside the reports of its models."""


def read_fusion(folder: str | Path) -> FusionTable:
    """Read the table that ``emo-train fusion`` wrote into ``folder``.

    Raises:
        InputError: There is none.
        StoredCorrupt: It changed, or is something else.
    """
    path, do = Path(folder) / FUSION, "name a folder that emo-train fusion finished"
    try:
        table = FusionTable.from_json(checked_json(file_bytes(path), path, do), path)
    except OSError as error:
        raise InputError(path, f"no fusion table ({error})", "what emo-train fusion writes", do) from error
    for row in table.rows:
        MODELS.check_stored(row.model, path)
    return table


def fusion_part(table: FusionTable, number: int, joins: int) -> Part:
    """The part on a fusion table, in words, cells and a picture; ``number`` of how many on the page."""
    cells = table.grid()
    caption = "Each modality alone, every join, and each join under its controls"
    grid = Grid(caption, tuple(cells.heads), tuple(cells.rows))
    head = f"Fusion{f' {number}' if joins > 1 else ''}: {table.dataset}, {table.protocol}"
    answer = Chapter("Is fusion better, and is it real?", table.words())
    every = Chapter("Every row and control", tuple(table.reading()), grids=(grid,))
    result = Result(table.result, (_picture(table, number),))
    return Part(head, (answer, every), cells.warnings, result)


def _picture(table: FusionTable, number: int) -> Picture:
    alone = "; ".join(f"{row.model} {decimal(row.score)}" for row in table.rows if row.against is None)
    joined = "; ".join(f"{join} {decimal(table.of(join, 'gain')[0].score)}" for join in table.joins)
    alt = f"Dot plot of joins and their controls against each modality alone. Alone: {alone}. Joined: {joined}."
    caption = "Each join with its 95 % interval, and below it what missing, shifted and swapped modalities leave of it."
    return Picture(f"fusion{number}", caption, alt, partial(draw_fusion, table))
