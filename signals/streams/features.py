"""A stream of features that a dataset ships ready-made."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..layouts.layout import Layout
from .source import Source


@dataclass(frozen=True)
class Features:
    """Features that somebody computed before: T slices of S sites and F features, read when needed.

    Args:
        layout: The S sites, in the order of ``read``'s site axis.
        names: F feature names.
        n_slices: T.
        step: Seconds from one slice to the next.
        duration: Seconds that one slice covers.
        read: ``read() -> (T, S, F)``; picklable.
        source: What they are read from.
        causal: Whether a slice depends on the past only.
        start: Seconds on the session clock where slice 0 begins.
        remarks: What reading it changed, left out or doubts, a short sentence each.
    """

    layout: Layout
    names: tuple[str, ...]
    n_slices: int
    step: float
    duration: float
    read: Callable[[], np.ndarray]
    source: Source
    causal: bool = True
    start: float = 0.0
    remarks: tuple[str, ...] = ()
