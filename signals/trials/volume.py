"""The spatial-temporal volume: what every network reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from ..errors import InputError
from ..layouts.layout import Layout
from ..streams.track import Track
from .task import Target

SeriesKind = Literal["samples", "features", "pixels"]
"""What the numbers of a series are: samples of a signal, features computed from one, or grey levels of pictures."""


_AT_ONCE = 1 << 20
"""Numbers that are looked at together, to see whether they are finite."""


@dataclass(frozen=True, eq=False)
class Volume:
    """T slices of S sites with F features, on the session clock.

    Electrodes and patch features hold their features; a face holds its images, and ``x`` cuts the patches out of them.

    Args:
        stored: (T, S, F) float32 features; or (T, height, width) uint8 images where the layout's sites are pixels.
        times: (T,) seconds on the session clock where each slice begins.
        valid: (T,) whether a slice may be trusted.
        layout: The S sites.
        features: F names, such as the bands.
        duration: Seconds that one slice covers.
        causal: Whether no slice depends on what came after it.
        subject, session, trial, stimulus, part: Identities, as in ``Trial``.
        learned: Whether a network that made these features was trained on this very trial: then nobody may test on it.
        target: The truth at each slice.
        track: The face in each frame, or None.
        kind: What its features are; None where the step that made it did not say.
        joints: Slices that hold a joint of the recording, or begin with one: no step reaches across them.

    Raises:
        InputError: The shapes disagree, or a valid slice is not finite.
    """

    stored: np.ndarray
    times: np.ndarray
    valid: np.ndarray
    layout: Layout
    features: tuple[str, ...]
    duration: float
    causal: bool = True
    subject: str = ""
    session: str = ""
    trial: int = 0
    stimulus: str = ""
    part: str = ""
    learned: bool = False
    target: Target = field(default_factory=Target)
    track: Track | None = None
    kind: SeriesKind | None = None
    joints: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        slices, wanted = len(self.times), (len(self.times), *stored_shape(self.layout, len(self.features)))
        if self.stored.shape != wanted or self.valid.shape != (slices,):
            found = f"{self.stored.shape} values, valid {self.valid.shape}"
            raise InputError("Volume", found, f"{wanted}, valid ({slices},)", "was it made with another layout?")
        if self.layout.pixels is None and not _finite(self.stored, self.valid):
            raise InputError(
                f"Volume of subject {self.subject or '?'}, trial {self.trial}",
                "NaN or infinite values in valid slices",
                "finite values",
                "mark or repair the recording first",
            )

    @property
    def pieces(self) -> tuple[tuple[int, int], ...]:
        """The half-open ranges of slices between joints, which together are all."""
        return tuple(pairwise(dict.fromkeys((0, *self.joints, len(self.times)))))

    @property
    def x(self) -> np.ndarray:
        """(T, S, F) float32; pixels are cut out of the images anew, 0 black to 1 white."""
        return read_stored(self.layout, self.stored)

    def with_features(self, x: np.ndarray, names: Sequence[str] | None = None, causal: bool = True) -> "Volume":
        """The same slices and sites with features ``x`` (T, S, F) computed from this volume's.

        Args:
            x: The new features.
            names: What they are called; as before when left out.
            causal: Whether no slice of ``x`` depends on what comes after it here.
        """
        return replace(
            self,
            stored=x,
            features=self.features if names is None else tuple(names),
            layout=self.layout.without_pixels(),
            causal=self.causal and causal,
            kind=self.kind if names is None else "features",
        )


def stored_shape(layout: Layout, n_features: int) -> tuple[int, ...]:
    """Shape of one slice as volumes and caches hold it: (S, F), or (height, width) where sites are pixels."""
    return layout.pixels.image if layout.pixels else (len(layout), n_features)


def read_stored(layout: Layout, stored: np.ndarray) -> np.ndarray:
    """Features (..., S, F) float32 of stored values: features themselves, or images (..., height, width)."""
    if layout.pixels is None:
        return stored
    return np.asarray(np.multiply(layout.pixels.cut(stored), 1 / 255, dtype=np.float32))


def usual_kind(name: str, layout: Layout, features: Sequence[str]) -> SeriesKind:
    """The kind of a series that does not name it, as in older caches: by its sites, its features, and its name.

    Series that end with ``-raw`` held samples before there was a word for it.
    """
    if layout.pixels:
        return "pixels"
    numbered = tuple(features) == sample_names(len(features))
    return "samples" if numbered or name.endswith("-raw") else "features"


def sample_names(count: int) -> tuple[str, ...]:
    """Names of ``count`` features that are samples: their place in the slice."""
    return tuple(f"sample {place}" for place in range(count))


def _finite(stored: np.ndarray, valid: np.ndarray) -> bool:
    """Whether all ``valid`` (T,) of slices (T, S, F) are finite; some are looked at at a time, to spare memory."""
    at_once = max(_AT_ONCE // max(stored[:1].size, 1), 1)
    ranges = (slice(begin, begin + at_once) for begin in range(0, len(stored), at_once))
    return all(np.isfinite(stored[some][valid[some]]).all() for some in ranges)
