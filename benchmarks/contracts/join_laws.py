"""Promises of every join, tried on small random volumes."""

from dataclasses import replace

import torch

from ...models import Batch, EmotionModel, JoinInput, NetworkLearner, Training
from ...signals import EPOC_14, Task, patch_grid

_TASK = Task(("a", "b", "c"), ("valence",), ("au1",))
_N = 6

Broken = tuple[str, str] | None
"""The broken promise, and the behaviour in its place."""


def check_laws(learned: NetworkLearner, face_slices: int) -> Broken:
    """The first promise that a join breaks; None when it keeps all."""
    volumes = {"eeg": JoinInput(EPOC_14, 5, 4, 5), "face": JoinInput(patch_grid(3, 3), 6, face_slices, 6)}
    backbones, join = learned.assemble(volumes)
    model = EmotionModel(backbones, _TASK, Training(), join=join).eval()
    batch = _batch(volumes)
    with torch.no_grad():
        for law in (_finite, _order, _masks, _inner_masks, _missing, _reached):
            if broken := law(model, batch):
                return broken
    return None


def _batch(volumes: dict[str, JoinInput]) -> Batch:
    x = {m: torch.randn(_N, v.n_slices, len(v.layout), v.n_features) for m, v in volumes.items()}
    mask = {m: torch.rand(_N, v.n_slices) < 0.7 for m, v in volumes.items()}
    mask["eeg"][0], mask["face"][0], mask["face"][1], mask["eeg"][1] = False, True, False, True
    return Batch(x, mask, torch.zeros(_N, dtype=torch.int64), torch.zeros(_N, 1), torch.zeros(_N, 1))


def _finite(model: EmotionModel, batch: Batch) -> Broken:
    good = all(torch.isfinite(part).all() for part in model(batch))
    return None if good else ("finite numbers", "others")


def _order(model: EmotionModel, batch: Batch) -> Broken:
    turned = replace(
        batch, x={m: x.flip(0) for m, x in batch.x.items()}, mask={m: mask.flip(0) for m, mask in batch.mask.items()}
    )
    same = all(torch.allclose(a, b.flip(0), atol=1e-4) for a, b in zip(model(batch), model(turned), strict=True))
    return None if same else ("results that do not depend on the batch's order", "others")


def _masks(model: EmotionModel, batch: Batch) -> Broken:
    before = model(batch)
    for m in batch.x:
        for nonsense in (1e6, float("nan")):
            x = batch.x[m].clone()
            x[~batch.mask[m]] = nonsense
            after = model(replace(batch, x={**batch.x, m: x}))
            if not all(torch.equal(a, b) for a, b in zip(before, after, strict=True)):
                return f"to ignore what the mask of {m} hides, to the bit", "another result"
    return None


def _inner_masks(model: EmotionModel, batch: Batch) -> Broken:
    """The same of the join itself: the output of a network for a missing modality is not always zeros."""
    join, outputs, masks = model.join, {}, {}
    for name, volume in join.inputs.items():
        shape = {
            "volumes": (volume.n_slices, len(volume.layout), volume.size),
            "slices": (volume.n_slices, volume.size),
            "vectors": (volume.size,),
        }[join.stage]
        outputs[name] = torch.randn(_N, *shape)
        masks[name] = batch.mask[name] if join.stage != "vectors" else batch.mask[name].any(dim=1)
    before = join(outputs, masks)
    for name in outputs:
        nonsense = outputs[name].clone()
        nonsense[~masks[name]] = float("nan")
        if not torch.equal(before, join({**outputs, name: nonsense}, masks)):
            return f"to ignore the parts of {name} that its mask hides, to the bit", "another result"
    return None


def _missing(model: EmotionModel, batch: Batch) -> Broken:
    for m in batch.x:
        hidden = replace(batch, mask={**batch.mask, m: torch.zeros_like(batch.mask[m])})
        others = [name for name in batch.x if name != m]
        gone = replace(batch, x={n: batch.x[n] for n in others}, mask={n: batch.mask[n] for n in others})
        if not all(torch.equal(a, b) for a, b in zip(model(hidden), model(gone), strict=True)):
            return f"one result whether {m} is masked or missing", "two"
    return None


def _reached(model: EmotionModel, batch: Batch) -> Broken:
    whole = replace(batch, mask={m: torch.ones_like(mask) for m, mask in batch.mask.items()})
    before = model(whole)[0]
    for m in batch.x:
        after = model(replace(whole, x={**batch.x, m: batch.x[m] + 1}))[0]
        if not (after != before).any(dim=1).all():
            return f"that {m} reaches the result", "none of it"
    return None
