"""Training a GAN on faces, from the start or from where a run of the same settings was killed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor

from ... import NUMBERS_SINCE
from ...preprocessing import Windows
from ...preprocessing.building.progress import progress_bar
from ...signals import InputError, Task
from ...signals.checked_numbers import check_seed
from ...signals.files.publishing import publish_text, sole_writer, sweep
from ...signals.random_streams import RandomStream
from ...signals.regular_file import file_bytes
from ...signals.stored_json import checked_json, signed_json
from ..training.hardware import quiet
from .emotion_gan import EmotionGAN
from .face_data import EpochOrder, drawn, face_loader
from .face_images import FaceImages
from .gan_training import GanTraining
from .kept_gan import FACTS, GanFacts, KeptGan, load_gan, save_gan
from .labels import Labels
from .sample_sheet import SheetWriter
from .training_state import STATE, GanState, KeepState, no_history, rows_of

BEGUN = "begun.json"


def train_gan(
    train: Windows,
    settings: GanTraining | None = None,
    *,
    seed: int = 0,
    folder: str | Path | None = None,
    fold: str = "all trials",
    callbacks: Sequence[lightning.Callback] = (),
) -> KeptGan:
    """Train on the faces of ``train``; equal data, settings and seed give equal bits for one machine and thread count.

    Args:
        train: Training windows of one slice, of a series of pixel patches. Faces without labels are used as well.
        settings: How it is trained.
        seed: Of weights and every draw.
        folder: Gets sample sheets while it trains, the state after each epoch, and in the end the GAN. A killed run
            goes on from there and ends with the same numbers; a finished one is only read. None keeps nothing.
        fold: What ``train`` is, in words.
        callbacks: Called by Lightning as well.

    Raises:
        InputError: No face has a label, a loss is no number, or ``folder`` holds another run.
    """
    check_seed(seed)
    settings = settings or GanTraining()
    task = settings.task(train.cache.task)
    faces = FaceImages(train, settings.size)
    labels = Labels.of(train, task).hiding(_unlabelled(train, settings.labelled, seed))
    _check_data(faces, labels, task)
    facts = _facts_before(train, settings, task, seed, fold)
    place = None if folder is None else Path(folder)
    with sole_writer(place):
        if place is not None and _begin(place, facts):
            (place / STATE).unlink(missing_ok=True)  # a run killed behind its GAN had no time to
            return load_gan(place)
        state = GanState.load(place / STATE) if place is not None and (place / STATE).exists() else None
        kept = _trained(faces=faces, labels=labels, facts=facts, state=state, folder=place, callbacks=callbacks)
        if place is not None:
            save_gan(kept, place)
            (place / STATE).unlink(missing_ok=True)
    return kept


def _unlabelled(train: Windows, share: float, seed: int) -> Tensor:
    """(N,) which faces' labels are hidden: all but those of about ``share`` of the sessions, of one at least."""
    names = list(zip(train.columns["subject"].tolist(), train.columns["session"].tolist(), strict=True))
    sessions = sorted(set(names))
    order = torch.randperm(len(sessions), generator=drawn(RandomStream.GAN_SESSIONS, seed)).tolist()
    shown = {sessions[place] for place in order[: max(1, round(share * len(sessions)))]}
    return torch.tensor([name not in shown for name in names])


def _trained(
    faces: FaceImages,
    labels: Labels,
    facts: GanFacts,
    state: GanState | None,
    folder: Path | None,
    callbacks: Sequence[lightning.Callback],
) -> KeptGan:
    """The GAN after all of its epochs; those that ``state`` has are not done again."""
    s, first = facts.settings, state.epochs if state else 0
    model = _model(facts, labels.take(labels.known), state)
    keep = KeepState(folder, state.history if state else no_history())
    # drawn before the state is kept: a run killed between the two draws its sheet again, instead of never
    sheets = [SheetWriter(folder / "sheets", s.sheet_every)] if folder is not None and s.sheet_every else []
    if sheets:
        sweep(sheets[0].folder)
    loader = face_loader(faces, labels, s.batch_size, EpochOrder(len(faces), facts.seed, first))
    if first < s.epochs:
        with quiet(), progress_bar("gan", s.epochs) as advance:
            advance(first, stored=True)
            lightning.Trainer(
                max_epochs=s.epochs - first,
                accelerator=s.accelerator,
                devices=1,
                logger=False,
                callbacks=[*sheets, keep, _Progress(advance), *callbacks],
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                num_sanity_val_steps=0,
            ).fit(model, loader)
    return KeptGan(model.cpu().eval(), replace(facts, history=rows_of(keep.history)))


def _model(facts: GanFacts, asked: Labels, state: GanState | None) -> EmotionGAN:
    with torch.random.fork_rng():
        torch.manual_seed(facts.seed)
        model = EmotionGAN(facts.task, facts.settings, asked, facts.seed, state.epochs if state else 0)
    if state is not None:
        model.load_state_dict(state.weights)
        model.resumed = list(state.optimisers)
    return model


def _check_data(faces: FaceImages, labels: Labels, task: Task) -> None:
    where = f"training part of {faces.windows.cache.path}"
    if len(faces) < 2:
        raise InputError(where, f"{len(faces)} faces", "two or more", "use more trials")
    for part, values in (("dimensions", labels.dimensions), ("units", labels.units)):
        names = [name for name, column in zip(getattr(task, part), values.T, strict=True) if column.isnan().all()]
        if names:
            found = f"no face with a label for {', '.join(names)}"
            do = "leave that part out of predicts, or show more labels"
            raise InputError(where, found, "some labelled faces for each", do)
    if task.categories and (labels.category < 0).all():
        raise InputError(where, "no face with a category", "some", "leave categories out of predicts")


def _facts_before(train: Windows, settings: GanTraining, task: Task, seed: int, fold: str) -> GanFacts:
    cache, columns = train.cache, train.columns
    rows = zip(columns["subject"].tolist(), columns["session"].tolist(), columns["trial"].tolist(), strict=True)
    return GanFacts(
        task=task,
        settings=settings,
        seed=seed,
        layout=train.layout,
        recipe=tuple(cache.recipe[train.modality]),
        dataset=cache.dataset,
        simulated=cache.simulated,
        cache=cache.index.digest,
        modality=train.modality,
        fold=fold,
        trained_on=tuple((str(s), str(v), int(t)) for s, v, t in dict.fromkeys(rows)),
    )


def _begin(folder: Path, facts: GanFacts) -> bool:
    """Whether this very training is finished in ``folder``; a folder of another one is refused."""
    known = _identity(facts)
    if not (folder / BEGUN).exists():
        if any(folder.glob("*.pt")):
            raise InputError(
                folder, "a model", "an empty folder, or this run's own", "name another folder with --output"
            )
        publish_text(folder / BEGUN, signed_json(known))
        return False
    stored = checked_json(file_bytes(folder / BEGUN), folder / BEGUN, "name another folder")
    differs = [name for name in known if stored.get(name) != known[name]]
    if differs:
        found = f"a run that differs in {', '.join(differs)}"
        raise InputError(folder, found, "an empty folder, or this run's own", "name another folder with --output")
    return (folder / FACTS).exists()


def _identity(facts: GanFacts) -> dict[str, Any]:
    """All that decides the numbers, as JSON gives it back."""
    whole = {
        **asdict(facts.settings),
        "seed": facts.seed,
        "cache": facts.cache,
        "modality": facts.modality,
        "training trials": facts.trained_on,
        "emoscan": NUMBERS_SINCE,
    }
    identity: dict[str, Any] = json.loads(json.dumps(whole))
    return identity


class _Progress(lightning.Callback):
    def __init__(self, advance: Any) -> None:
        self.advance = advance

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self.advance(1)
