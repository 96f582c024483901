"""From one cache to another: further steps on volumes that are stored already."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...signals import InputError, Volume
from ...signals.files.publishing import sweep
from ..cache.cache import Cache
from ..cache_files.cache_file import SCHEMA, CacheFile, RecordingFacts, facts_of
from ..cache_files.cache_index import common_series, indexed
from ..cache_files.cache_writing import publish_cache, publish_recording
from ..steps.recipe import Recipe, recipe_text, stream_name
from ..steps.step import Step
from .progress import progress_bar
from .recording_build import published


def derive(cache: Cache, recipe: Recipe, folder: str | Path) -> Cache:
    """Follow further steps on the volumes of a cache: another patch grid, features of patches, a network's features.

    The recordings are not read again. Series that the recipe does not name stay as they are; a killed run goes on where
    it was.

    Args:
        cache: Where the volumes are.
        recipe: Steps that take volumes, by the series to make: ``face`` changes that series, ``face-hog`` is made from
            ``face`` and stands beside it.
        folder: The cache to make; another one than ``cache``.

    Raises:
        InputError: The cache has no such series, a step takes no volumes, or refuses them.
    """
    folder = Path(folder)
    plan = _Derivation(cache, recipe, folder)
    plan.check()
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    files = []
    with progress_bar("deriving", len(cache.index.files)) as advance:
        for number in range(len(cache.index.files)):
            files.append(plan.publish(number))
            advance(1)
    index = cache.index
    listed = []
    for file, before in zip(files, index.files, strict=True):
        listed.append(indexed(*file, left_out=before.left_out, columns=before.columns))
    series = common_series([facts for facts, _ in files])
    publish_cache(folder, replace(index, recipe=plan.steps(), series=series, files=tuple(listed)))
    return Cache(folder)


@dataclass(frozen=True)
class _Derivation:
    cache: Cache
    recipe: Recipe
    folder: Path

    def check(self) -> None:
        """Refuse what cannot be followed before anything is written."""
        if not self.recipe or self.folder.resolve() == self.cache.path.resolve():
            raise InputError("derive", "no steps, or the cache's own folder", "steps, and another folder", "give both")
        for series, steps in self.recipe.items():
            self.cache.facts(self._read_by(series))
            wrong = [step for step in steps if not issubclass(Volume, step.takes())]
            if wrong:
                found = f"{wrong[0]!r}, which takes {wrong[0].takes().__name__}"
                raise InputError(f"derive, {series}", found, "steps that take volumes", "use emo-preprocess run for it")

    def publish(self, number: int) -> tuple[RecordingFacts, str]:
        """Facts and digest of one recording's file, made unless it is there."""
        file = self.cache.file(number)
        path = self.folder / self.cache.index.files[number].name
        key = self._key(file)
        if stored := published(path, key):
            return stored
        trials = [self._trial(file, place) for place in range(len(file.facts.trials))]
        facts = replace(facts_of(key, trials, file.facts.remarks), amplitudes=file.facts.amplitudes)
        return facts, publish_recording(path, facts, trials)

    def steps(self) -> Mapping[str, Sequence[str]]:
        """All steps of each series, those of the first cache included."""
        before, added = self.cache.recipe, recipe_text(self.recipe)
        derived = {series: [*before[self._read_by(series)], *steps] for series, steps in added.items()}
        return dict(sorted({**before, **derived}.items()))

    def _trial(self, file: CacheFile, place: int) -> dict[str, Volume]:
        volumes = {name: file.volume(name, place) for name in file.series if name not in self.recipe}
        for series, steps in self.recipe.items():
            volumes[series] = _followed(steps, file.volume(self._read_by(series), place))
        return volumes

    def _read_by(self, series: str) -> str:
        return series if series in self.cache.modalities else stream_name(series)

    def _key(self, file: CacheFile) -> str:
        content = {"schema": SCHEMA, "from": file.digest, "recipe": recipe_text(self.recipe)}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _followed(steps: Sequence[Step], volume: Volume) -> Volume:
    target = volume.target
    for step in steps:
        volume = step(volume)
    causal = volume.causal and all(step.causal for step in steps)
    return replace(volume, causal=causal, target=target.at(volume.times))  # a step may have changed the slices
