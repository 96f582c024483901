"""Features of a trained encoder for each slice, stored in a cache like any other volume.

The two stages of arXiv 1910.05784 and 2006.11168: a CNN is trained on single frames, then a recurrence on its features.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from ...preprocessing import Cache, Step, derive
from ...signals import InputError, Layout, Volume
from ...signals.trials.volume import read_stored
from ..backbones.cnn_rnn import CNNRNN
from ..learning.checkpoint import TrainedModel, load_model, model_digest
from ..training.data import unlabelled_batch

_BLOCK = 256
"""Slices encoded at a time."""


@dataclass(frozen=True)
class Encode(Step):
    """The features that a stored ``CNNRNN`` has of each slice, before its recurrence: one site, ``features`` values.

    Volumes of trials that the network was trained on are marked, and no protocol may test on them. They are known by
    subject, session and trial: where the cache is of another dataset that counts alike, they are marked too.

    Args:
        run: The folder that ``emo-train fit`` wrote.
        digest: Of the model; filled in, so that a cache built with another one is not taken for this one's.

    Raises:
        InputError: No such model is there, it changed, it has no encoder, or it reads other volumes.
    """

    run: str
    digest: str = ""
    allow: tuple[str, ...] = field(default=(), init=False, repr=False, compare=False)  # never from stored text

    def __post_init__(self) -> None:
        super().__post_init__()
        digest = model_digest(self.run)
        if self.digest not in ("", digest):
            raise InputError(self.run, "a model trained since", "the one that made these features", "encode again")
        object.__setattr__(self, "digest", digest)

    def allowing(self, allow: Sequence[str]) -> "Encode":
        """The same step, whose model may name networks of these packages beside those of emoscan."""
        step = replace(self)
        object.__setattr__(step, "allow", tuple(allow))
        return step

    def __call__(self, volume: Volume) -> Volume:
        """(T, S, F) -> (T, 1, features)."""
        trained = _loaded(self.run, self.digest, self.allow)
        _check(trained, volume)
        x = _encoded(trained, volume)
        names = tuple(f"feature {k + 1}" for k in range(x.shape[2]))
        site = Layout(f"encoded-{volume.layout.name}", ("encoded",), ((0, 0),))
        seen = (volume.subject, volume.session, volume.trial) in trained.facts.trained_on
        return replace(volume, stored=x, layout=site, features=names, learned=volume.learned or seen, kind="features")


def encode(run: str | Path, cache: Cache, folder: str | Path, allow: Sequence[str] = ()) -> Cache:
    """Keep what the encoder in ``run`` makes of every slice of ``cache`` in another cache.

    Args:
        run: The folder that ``emo-train fit`` wrote, of a ``CNNRNN``.
        cache: Volumes of the kind that it was trained on.
        folder: The cache to make.
        allow: Packages whose networks the model may name beside those of emoscan, as in ``("mylab",)``.

    Raises:
        InputError: The model has no encoder or reads other volumes.
    """
    step = Encode(str(run)).allowing(allow)
    return derive(cache, {series: [step] for series in load_model(run, allow).facts.series}, folder)


@lru_cache(maxsize=2)
def _loaded(run: str, digest: str, allow: tuple[str, ...]) -> TrainedModel:
    trained = load_model(run, allow)
    if not all(isinstance(network, CNNRNN) for network in trained.model.networks) or len(trained.facts.series) > 1:
        raise InputError(run, trained.facts.model, "a CNNRNN, which has an encoder", "train one with emo-train fit")
    if trained.facts.scaling == "subject":
        raise InputError(run, "scaling by subject", "scaling by the training part, or none", "train it with another")
    return trained


def _check(trained: TrainedModel, volume: Volume) -> None:
    (facts,) = trained.facts.series.values()
    if (volume.layout, volume.features) != (facts.layout, facts.features):
        found = f"{volume.layout!r} with {len(volume.features)} features"
        wanted = f"{facts.layout!r} with {len(facts.features)}"
        do = "encode volumes of the kind that the network was trained on"
        raise InputError(f"volume of subject {volume.subject}, trial {volume.trial}", found, wanted, do)


def _encoded(trained: TrainedModel, volume: Volume) -> np.ndarray:
    """(T, 1, features) float32, a block of slices at a time."""
    (scaling,), (backbone,) = trained.scaling.values(), trained.model.backbones.values()
    blocks = []
    with torch.inference_mode():
        for begin in range(0, len(volume.times), _BLOCK):
            rows = slice(begin, begin + _BLOCK)
            x = (read_stored(volume.layout, volume.stored[rows]) - scaling.mean[0]) / scaling.deviation[0]
            batch = unlabelled_batch({"one": np.asarray(x, np.float32)[:, None]}, {"one": volume.valid[rows, None]})
            blocks.append(backbone.encode(batch.x["one"], batch.mask["one"]))
    return np.asarray(torch.cat(blocks).numpy())
