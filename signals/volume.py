"""The spatial-temporal volume: what every network reads."""

from dataclasses import dataclass, field

import numpy as np

from .errors import InputError
from .layout import Layout
from .task import Target


@dataclass(frozen=True, eq=False)
class Volume:
    """T slices of S sites with F features, on the session clock.

    Args:
        x: (T, S, F) float32.
        times: (T,) seconds on the session clock where each slice begins.
        valid: (T,) whether a slice may be trusted.
        layout: The S sites.
        features: F names, such as the bands.
        duration: Seconds that one slice covers.
        causal: Whether no slice depends on what came after it.
        subject, session, trial, stimulus: Identities, as in ``Trial``.
        target: The truth at each slice.

    Raises:
        InputError: The shapes disagree, or a valid slice is not finite.
    """

    x: np.ndarray
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
    target: Target = field(default_factory=Target)

    def __post_init__(self) -> None:
        slices, wanted = len(self.times), (len(self.times), len(self.layout), len(self.features))
        if self.x.shape != wanted or self.valid.shape != (slices,):
            raise InputError(
                "Volume", f"x {self.x.shape}, valid {self.valid.shape}", f"x {wanted}, valid ({slices},)",
                "was it made with another layout?",
            )
        if not np.isfinite(self.x[self.valid]).all():
            raise InputError(
                f"Volume of subject {self.subject or '?'}, trial {self.trial}",
                "NaN or infinite values in valid slices", "finite values", "mark or repair the recording first",
            )
