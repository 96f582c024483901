"""Figures of generated faces: read by an independent network, compared with real ones, looked up for copies."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from torch import Tensor

from ....models.gan import Beside, Nearest, Samples
from ....signals.stored_json import signed_json
from ...scores.verdict import decimal
from ...tables.grid import Grid


@dataclass(frozen=True)
class GanCheck:
    """Figures of generated faces beside the same of real ones.

    Attributes:
        read: Metrics of an independent network's readings: of generated faces against their labels, and of real faces
            of people nobody was trained on against the truth: what can be hoped for.
        chance: The same metrics of the same readings against the labels in another order.
        rises: For each unit, the rise of the probability that the network reads it when it alone is 1, all other units
            at 0: never seen where units only come together.
        frechet: Generated faces against one half of the training faces.
        frechet_halves: One half of the training faces against the other: the floor.
        frechet_people: One half of the training faces against the faces held out.
        variety: Mean distances of pairs: in pixels and in features, of one label and overall.
        nearest: Median distance to the nearest training face, of generated faces and of those held out.
        copies: Share of generated faces nearer to a training face than 99 % of the faces held out are.
        faces, held_out: Numbers of generated faces that were compared, and of real ones held out.
        simulated: Whether no person was recorded.
    """

    read: dict[str, Beside]
    chance: dict[str, float]
    rises: dict[str, float]
    frechet: float
    frechet_halves: float
    frechet_people: float
    variety: dict[str, Beside]
    nearest: Beside
    copies: float
    faces: int
    held_out: int
    simulated: bool

    def to_json(self) -> str:
        """All figures, and their checksum."""
        return signed_json(asdict(self))

    def grid(self) -> Grid:
        """All figures as cells."""
        heads = ("figure", "made", "real", "chance")
        warnings = ["SIMULATED: nobody was recorded."] if self.simulated else []
        return Grid.of_rows(heads, list(self._rows()), numeric=heads[1:]).with_words(warnings=warnings)

    def to_markdown(self) -> str:
        """All figures, in words."""
        return self.grid().to_markdown()

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        for name, pair in self.read.items():
            figures = decimal(pair.made), decimal(pair.real), decimal(self.chance[name])
            yield f"{name}, read by an independent network (real: held out)", *figures
        for name, rise in self.rises.items():
            yield (
                f"rise of {name} as it is read, when it alone is asked for (0 to 1)",
                decimal(rise, sign="+"),
                "",
                "",
            )
        features = "Fréchet distance to training faces, in that network's features (real: half against half)"
        yield features, f"{self.frechet:.2f}", f"{self.frechet_halves:.2f}", ""
        yield "the same of people held out", "", f"{self.frechet_people:.2f}", ""
        for name, pair in self.variety.items():
            yield f"mean distance of pairs, {name}", decimal(pair.made), decimal(pair.real), ""
        beside = "distance to the nearest training face, median (real: people held out)"
        yield beside, decimal(self.nearest.made), decimal(self.nearest.real), ""
        copies = "share nearer to a training face than 99 % of faces held out"
        yield copies, decimal(self.copies), "0.010", ""


@dataclass(frozen=True, eq=False)
class Checked:
    """The figures, and what they were measured on.

    Attributes:
        check: The figures.
        samples: Generated faces, for labels drawn from the training part.
        training: (M, 1, size, size) real training faces.
        nearest: For each generated face, the nearest of them.
    """

    check: GanCheck
    samples: Samples
    training: Tensor
    nearest: Nearest
