"""Measuring made faces: read by an independent network, compared with real ones, looked up for copies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ....models import Prediction
from ....models.gan import (
    Beside,
    FaceImages,
    KeptGan,
    LabelReader,
    Labels,
    Samples,
    alike,
    draw_noise,
    frechet,
    grouped_distance,
    make_samples,
    mean_distance,
    nearest,
    unit_ramps,
)
from ....preprocessing import Cache, Windows
from ....signals import InputError, Task
from ...scores.metrics import dimension_metrics, unit_metrics
from ...splits.splits import TRIAL, identities
from .read_faces import Checked, GanCheck

MOST = 2_000
"""Faces that are made and compared, at most."""

_NOISES = 32
"""Faces for which one unit at a time is asked."""

_PAIRED = 500
"""Faces among which all pairs are measured."""

_IN_MEMORY = 20_000
"""Real faces that are held in memory, of each side."""

_ASKED, _EACH = 24, 12
"""Labels whose variety is measured, and faces of each."""


def check_gan(kept: KeptGan, cache: Cache, seed: int = 0, reader_epochs: int = 20) -> Checked:
    """Measure made faces against the faces that the GAN was trained on and those held out.

    Args:
        kept: The GAN.
        cache: The one that it was trained on.
        seed: Of what is drawn here, and of the independent network.
        reader_epochs: Of that network, on the GAN's own training faces, never on made ones.

    Raises:
        InputError: It is another cache, or the GAN was trained on all of it.
    """
    faces = _Faces.of(kept, cache)
    reader = LabelReader.trained(faces.train, kept.facts.settings.predicts, seed, reader_epochs)
    draw = torch.Generator().manual_seed(seed)
    asked = faces.asked(min(MOST, len(faces.real) // 2), draw)
    samples = make_samples(kept.model, asked, draw_noise(kept.model, len(asked), seed))
    beside = nearest(samples.images, faces.real)
    new = nearest(faces.others, faces.real).distance
    made, halves, people = _distances(reader, samples.images, faces, draw)
    check = GanCheck(
        read=_read(kept, reader, samples, faces),
        chance=_chance(kept, reader, samples, draw),
        rises=_rises(kept, reader, seed),
        frechet=made,
        frechet_halves=halves,
        frechet_people=people,
        variety=dict(_variety(kept, reader, samples, faces, seed)),
        nearest=Beside(float(np.median(beside.distance)), float(np.median(new))),
        copies=float((beside.distance < np.quantile(new, 0.01)).mean()),
        faces=len(samples),
        held_out=len(new),
        simulated=cache.simulated,
    )
    return Checked(check, samples, faces.real, beside)


@dataclass(frozen=True, eq=False)
class _Faces:
    """Real faces: those that the GAN was trained on, ``real`` of ``train``, and ``others`` of ``held`` out."""

    train: Windows
    held: Windows
    real: Tensor
    others: Tensor
    labels: Labels

    @classmethod
    def of(cls, kept: KeptGan, cache: Cache) -> "_Faces":
        if cache.index.digest != kept.facts.cache:
            do = "name the cache that it was trained on"
            raise InputError(cache.path, "another cache than the GAN's", f"the one of {kept.facts.dataset}", do)
        known = set(kept.facts.trained_on)
        seen = np.array([(s, v, int(t)) in known for s, v, t in identities(cache.columns, TRIAL)])
        train, held = (
            _some(cache.windows(1, 1, rows, kept.facts.modality)) for rows in (np.flatnonzero(seen), _held(cache, seen))
        )
        real, others = (FaceImages(part, kept.facts.settings.size)() for part in (train, held))
        return cls(train, held, real, others, Labels.of(train, kept.facts.task))

    def asked(self, count: int, draw: torch.Generator) -> Labels:
        """Labels of the training faces at random."""
        known = self.labels.known.nonzero()[:, 0]
        return self.labels.take(known[torch.randint(len(known), (count,), generator=draw)])


def _some(windows: Windows) -> Windows:
    """All windows, or so many evenly spread over them that their images fit in memory."""
    return windows.take(np.linspace(0, len(windows) - 1, min(len(windows), _IN_MEMORY)).round().astype(int))


def _held(cache: Cache, seen: np.ndarray) -> np.ndarray:
    """Trials of people who were not seen; where there are none, of sessions; else trials that were not seen."""
    for names in (("subject",), ("subject", "session"), TRIAL):
        of_trial = identities(cache.columns, names)
        known = {name for name, was in zip(of_trial, seen, strict=True) if was}
        held = np.array([name not in known for name in of_trial])
        if held.any():
            return np.flatnonzero(held)
    do = "train it on one fold of a split: emo-train gan fit --split"
    raise InputError(cache.path, "a GAN that was trained on all of it", "people or trials held out", do)


def _metrics(task: Task, labels: Labels, said: Prediction) -> dict[str, float]:
    """CCC of each dimension and F1 of each unit, and their means, by their names in words."""
    found: dict[str, float] = {}
    if task.dimensions:
        scores = dimension_metrics(task.dimensions, task.rated(labels.dimensions.numpy()), said.dimensions)
        found |= {f"CCC{name[3:].replace('_', ' ')}": scores[name] for name in scores if name.startswith("ccc")}
    if task.units:
        scores = unit_metrics(task.units, labels.units.numpy(), said.units)
        found |= {"F1, mean" if name == "unit_f1" else f"F1 {name[3:]}": value for name, value in scores.items()}
    return found


def _read(kept: KeptGan, reader: LabelReader, samples: Samples, faces: _Faces) -> dict[str, Beside]:
    if kept.facts.settings.noise_only:
        return {}
    task = kept.facts.task
    found = _metrics(task, samples.labels, reader.read(samples.images))
    hoped = _metrics(task, Labels.of(faces.held, task), reader.read(faces.others))
    return {name: Beside(found[name], hoped[name]) for name in found}


def _chance(kept: KeptGan, reader: LabelReader, samples: Samples, draw: torch.Generator) -> dict[str, float]:
    if kept.facts.settings.noise_only:
        return {}
    others = samples.labels.take(torch.randperm(len(samples), generator=draw))
    return _metrics(kept.facts.task, others, reader.read(samples.images))


def _rises(kept: KeptGan, reader: LabelReader, seed: int) -> dict[str, float]:
    """Of each unit, over ``_NOISES`` noises: read when it alone is asked for, less read when nothing is."""
    units = kept.facts.task.units
    if kept.facts.settings.noise_only or not units:
        return {}
    ramps = unit_ramps(kept.facts.task, 2)  # off and on for each unit in turn
    labels = ramps.take(torch.arange(len(ramps)).repeat_interleave(_NOISES))
    noise = draw_noise(kept.model, _NOISES, seed).repeat(len(ramps), 1)
    said = reader.read(make_samples(kept.model, labels, noise).images).units.reshape(len(units), 2, _NOISES, len(units))
    means = said.mean(axis=2)
    return {name: float(means[u, 1, u] - means[u, 0, u]) for u, name in enumerate(units)}


def _distances(reader: LabelReader, made: Tensor, faces: _Faces, draw: torch.Generator) -> tuple[float, float, float]:
    """Frechet distances of equal numbers of faces: made, the other half, people held out; all against one half."""
    order, new = (torch.randperm(len(part), generator=draw) for part in (faces.real, faces.others))
    count = min(len(made), len(order) // 2, len(new))
    parts = (made[:count], faces.real[order[count : 2 * count]], faces.others[new[:count]])
    half = reader.features(faces.real[order[:count]])
    one, two, three = (frechet(half, reader.features(part)) for part in parts)
    return one, two, three


def _variety(
    kept: KeptGan, reader: LabelReader, samples: Samples, faces: _Faces, seed: int
) -> Iterator[tuple[str, Beside]]:
    asked, person = samples.labels.take(torch.arange(min(_ASKED, len(samples)))), faces.train.columns["subject"]
    each = min(_EACH, len(np.unique(person)))
    if each > 1:
        groups = np.repeat(np.arange(len(asked)), each)
        noise = draw_noise(kept.model, len(groups), seed + 1)
        alone = make_samples(kept.model, asked.take(torch.from_numpy(groups)), noise).images
        like = faces.real[torch.from_numpy(alike(faces.labels, asked, person, each).ravel())]
        for name, view in _views(reader).items():
            one = Beside(grouped_distance(view(alone), groups), grouped_distance(view(like), groups))
            yield f"{name}, one label (real: different people)", one
    every = faces.real[torch.linspace(0, len(faces.real) - 1, min(_PAIRED, len(faces.real))).long()]
    for name, view in _views(reader).items():
        yield f"{name}, overall", Beside(mean_distance(view(samples.images[:_PAIRED])), mean_distance(view(every)))


def _views(reader: LabelReader) -> dict[str, Callable[[Tensor], np.ndarray]]:
    return {"pixels": Tensor.numpy, "features": reader.features}
