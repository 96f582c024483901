"""Measuring generated faces: read by an independent network, compared with real ones, looked up for copies."""

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
"""Faces that are generated and compared, at most."""

_NOISES = 32
"""Noises from which faces of one unit at a time are generated."""

_PAIRED = 500
"""Faces among which all pairs are measured."""

_IN_MEMORY = 20_000
"""Real faces that are held in memory, of each side."""

_LABELS, _EACH = 24, 12
"""Labels whose variety is measured, and faces of each."""


def check_gan(gan: KeptGan, cache: Cache, seed: int = 0, reader_epochs: int = 20) -> Checked:
    """Measure generated faces against the faces that the GAN was trained on and those held out.

    Args:
        gan: The GAN.
        cache: The one that it was trained on.
        seed: Of what is drawn here, and of the independent network.
        reader_epochs: Of that network, on the GAN's own training faces, never on generated ones.

    Raises:
        InputError: It is another cache, or the GAN was trained on all of it.
    """
    faces = _Faces.of(gan, cache)
    reader = LabelReader.trained(faces.train, gan.facts.settings.predicts, seed, reader_epochs)
    draw = torch.Generator().manual_seed(seed)
    labels = faces.drawn_labels(min(MOST, len(faces.real) // 2), draw)
    samples = make_samples(gan.model, labels, draw_noise(gan.model, len(labels), seed))
    neighbours = nearest(samples.images, faces.real)
    real_distance = nearest(faces.held_out, faces.real).distance
    generated, halves, people = _distances(reader, samples.images, faces, draw)
    check = GanCheck(
        read=_read(gan, reader, samples, faces),
        chance=_chance(gan, reader, samples, draw),
        rises=_rises(gan, reader, seed),
        frechet=generated,
        frechet_halves=halves,
        frechet_people=people,
        variety=dict(_variety(gan, reader, samples, faces, seed)),
        nearest=Beside(float(np.median(neighbours.distance)), float(np.median(real_distance))),
        copies=float((neighbours.distance < np.quantile(real_distance, 0.01)).mean()),
        faces=len(samples),
        held_out=len(real_distance),
        simulated=cache.simulated,
    )
    return Checked(check, samples, faces.real, neighbours)


@dataclass(frozen=True, eq=False)
class _Faces:
    """Real faces: those that the GAN was trained on, ``real`` of ``train``, and ``held_out`` of ``test``."""

    train: Windows
    test: Windows
    real: Tensor
    held_out: Tensor
    labels: Labels

    @classmethod
    def of(cls, gan: KeptGan, cache: Cache) -> "_Faces":
        if cache.index.digest != gan.facts.cache:
            do = "name the cache that it was trained on"
            raise InputError(cache.path, "another cache than the GAN's", f"the one of {gan.facts.dataset}", do)
        known = set(gan.facts.trained_on)
        seen = np.array([(s, v, int(t)) in known for s, v, t in identities(cache.columns, TRIAL)])
        size, series = gan.facts.settings.size, gan.facts.modality
        train = _some(cache.windows(1, 1, np.flatnonzero(seen), series))
        test = _some(cache.windows(1, 1, _held_out(cache, seen), series))
        return cls(train, test, FaceImages(train, size)(), FaceImages(test, size)(), Labels.of(train, gan.facts.task))

    def drawn_labels(self, count: int, draw: torch.Generator) -> Labels:
        """Labels of the training faces at random."""
        known = self.labels.known.nonzero()[:, 0]
        return self.labels.take(known[torch.randint(len(known), (count,), generator=draw)])


def _some(windows: Windows) -> Windows:
    """All windows, or so many evenly spread over them that their images fit in memory."""
    return windows.take(np.linspace(0, len(windows) - 1, min(len(windows), _IN_MEMORY)).round().astype(int))


def _held_out(cache: Cache, seen: np.ndarray) -> np.ndarray:
    """Trials of people who were not seen; where there are none, of sessions; else trials that were not seen."""
    for names in (("subject",), ("subject", "session"), TRIAL):
        of_trial = identities(cache.columns, names)
        known = {name for name, was in zip(of_trial, seen, strict=True) if was}
        new = np.array([name not in known for name in of_trial])
        if new.any():
            return np.flatnonzero(new)
    do = "train it on one fold of a split: emo-train gan fit --split"
    raise InputError(cache.path, "a GAN that was trained on all of it", "people or trials held out", do)


def _metrics(task: Task, labels: Labels, predicted: Prediction) -> dict[str, float]:
    """CCC of each dimension and F1 of each unit, and their means, by their names in words."""
    by_name: dict[str, float] = {}
    if task.dimensions:
        scores = dimension_metrics(task.dimensions, task.rated(labels.dimensions.numpy()), predicted.dimensions)
        by_name |= {f"CCC{name[3:].replace('_', ' ')}": scores[name] for name in scores if name.startswith("ccc")}
    if task.units:
        for name, value in unit_metrics(task.units, labels.units.numpy(), predicted.units).items():
            by_name["F1, mean" if name == "unit_f1" else f"F1 {name[3:]}"] = value
    return by_name


def _read(gan: KeptGan, reader: LabelReader, samples: Samples, faces: _Faces) -> dict[str, Beside]:
    if gan.facts.settings.noise_only:
        return {}
    task = gan.facts.task
    generated = _metrics(task, samples.labels, reader.read(samples.images))
    real = _metrics(task, Labels.of(faces.test, task), reader.read(faces.held_out))
    return {name: Beside(value, real[name]) for name, value in generated.items()}


def _chance(gan: KeptGan, reader: LabelReader, samples: Samples, draw: torch.Generator) -> dict[str, float]:
    if gan.facts.settings.noise_only:
        return {}
    shuffled = samples.labels.take(torch.randperm(len(samples), generator=draw))
    return _metrics(gan.facts.task, shuffled, reader.read(samples.images))


def _rises(gan: KeptGan, reader: LabelReader, seed: int) -> dict[str, float]:
    """Rise of each unit, over ``_NOISES`` noises: as it is read when it alone is 1, less when all units are 0."""
    units = gan.facts.task.units
    if gan.facts.settings.noise_only or not units:
        return {}
    ramps = unit_ramps(gan.facts.task, 2)  # off and on for each unit in turn
    labels = ramps.take(torch.arange(len(ramps)).repeat_interleave(_NOISES))
    noise = draw_noise(gan.model, _NOISES, seed).repeat(len(ramps), 1)
    read = reader.read(make_samples(gan.model, labels, noise).images).units
    means = read.reshape(len(units), 2, _NOISES, len(units)).mean(axis=2)
    return {name: float(means[u, 1, u] - means[u, 0, u]) for u, name in enumerate(units)}


def _distances(
    reader: LabelReader, generated: Tensor, faces: _Faces, draw: torch.Generator
) -> tuple[float, float, float]:
    """Frechet distances of generated faces, the other half and people held out; all against one half.

    All sets are equally large: the distance is biased, the more the smaller the sets.
    """
    order = torch.randperm(len(faces.real), generator=draw)
    order_held_out = torch.randperm(len(faces.held_out), generator=draw)
    count = min(len(generated), len(order) // 2, len(order_held_out))
    half = reader.features(faces.real[order[:count]])
    return (
        frechet(half, reader.features(generated[:count])),
        frechet(half, reader.features(faces.real[order[count : 2 * count]])),
        frechet(half, reader.features(faces.held_out[order_held_out[:count]])),
    )


def _variety(
    gan: KeptGan, reader: LabelReader, samples: Samples, faces: _Faces, seed: int
) -> Iterator[tuple[str, Beside]]:
    labels = samples.labels.take(torch.arange(min(_LABELS, len(samples))))
    person = faces.train.columns["subject"]
    each = min(_EACH, len(np.unique(person)))
    if each > 1:
        groups = np.repeat(np.arange(len(labels)), each)
        noise = draw_noise(gan.model, len(groups), seed + 1)
        generated = make_samples(gan.model, labels.take(torch.from_numpy(groups)), noise).images
        real = faces.real[torch.from_numpy(alike(faces.labels, labels, person, each).ravel())]
        for name, view in _views(reader).items():
            distances = Beside(grouped_distance(view(generated), groups), grouped_distance(view(real), groups))
            yield f"{name}, one label (real: different people)", distances
    every = faces.real[torch.linspace(0, len(faces.real) - 1, min(_PAIRED, len(faces.real))).long()]
    for name, view in _views(reader).items():
        yield f"{name}, overall", Beside(mean_distance(view(samples.images[:_PAIRED])), mean_distance(view(every)))


def _views(reader: LabelReader) -> dict[str, Callable[[Tensor], np.ndarray]]:
    return {"pixels": Tensor.numpy, "features": reader.features}
