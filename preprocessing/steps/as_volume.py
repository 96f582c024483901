"""Ready-made features as a volume."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...signals import Features, InputError, Volume
from .step import Step


@dataclass(frozen=True)
class AsVolume(Step):
    """Take features that a dataset ships as they are.

    Raises:
        InputError: Their shape is not the announced one, or a value is not finite.
    """

    causal: ClassVar[bool] = True

    def __call__(self, features: Features) -> Volume:
        """x (T, S, F) float32; the volume is as causal as the features."""
        x = np.array(features.read(), np.float32)
        announced = (features.n_slices, len(features.layout), len(features.names))
        valid = np.ones(len(x), bool) if features.valid is None else features.valid
        if x.shape != announced or not np.isfinite(x[valid]).all():
            found = f"{x.shape} values, {np.count_nonzero(~np.isfinite(x))} of them NaN or infinite"
            wanted = f"{announced} finite values (slices, sites, features)"
            raise InputError(features.source, found, wanted, "check the file, or leave the trial out")
        return Volume(
            stored=x,
            times=features.begins,
            valid=valid,
            layout=features.layout,
            features=features.names,
            duration=features.duration,
            causal=features.causal,
        )
