"""Features of two modalities on one clock, driven by one path that changes within each trial: simulated."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emoscan.preprocessing import AsVolume, preprocess
from emoscan.signals import Dataset, Features, Source, Target, Task, Trial, patch_grid

EEG, FACE = patch_grid(2, 2), patch_grid(2, 3)


@dataclass(frozen=True)
class Given:
    """A ``read`` over an array."""

    values: tuple

    def __call__(self) -> np.ndarray:
        return np.array(self.values, np.float32)


class PairStudy(Dataset):
    """Each trial: EEG slices of 1 s, face slices of 0.25 s that begin ``face_start`` later; truth changes every 5 s.

    The EEG features of slice t are ``100 * trial + t``, the second a tenth of the subject's number more, or what the
    truth adds to noise where ``effect`` is given; the face's count quarter seconds. So any window can be recognised by
    its numbers. ``mismatched`` gives each trial the face of
    the next one: the mistake that is made where videos and recordings are numbered in different orders.
    """

    name, expects, simulated = "pair study", "nothing", True
    task = Task(("low", "high"), ("valence",))

    def __init__(
        self, subjects=2, trials=3, seconds=20, effect=0.0, face_start=0.0, without=(), whole=(), mismatched=False
    ):
        self.shape, self.seconds, self.effect = (subjects, trials), seconds, effect
        self.face_start, self.without, self.whole, self.mismatched = face_start, without, whole, mismatched
        self.root = None

    def __iter__(self) -> Iterator[Trial]:
        for subject in range(1, self.shape[0] + 1):
            for trial in range(1, self.shape[1] + 1):
                yield self._trial(subject, trial)

    @classmethod
    def write_fake(cls, root, seed=0):
        raise NotImplementedError

    def _trial(self, subject, trial):
        rng = np.random.default_rng((subject, trial))
        state, start = self._state(subject, trial), 100.0 * trial
        shown = self._state(subject, trial % self.shape[1] + 1) if self.mismatched else state
        streams = {
            "eeg": self._stream(EEG, 1.0, start, state, rng, 100 * trial, subject),
            "face": self._stream(FACE, 0.25, start + self.face_start, shown, rng, 1000 * trial, subject),
        }
        for modality, of in self.without:
            if trial in of and str(subject) not in self.whole:
                del streams[modality]
        target = Target(
            state.astype(np.int16),
            (2.0 * state - 1)[:, None].astype(np.float32),
            np.zeros((self.seconds, 0), np.float32),
            start + np.arange(self.seconds),
        )
        return Trial(str(subject), "1", trial, str(trial), streams, target)

    def _state(self, subject, trial):
        return np.repeat(np.random.default_rng((subject, trial, 1)).permutation([0, 1] * 10), 5)[: self.seconds]

    def _stream(self, layout, step, start, state, rng, base, subject):
        n = round(self.seconds / step)
        if self.effect:
            values = rng.standard_normal((n, len(layout), 2))
            strength = self.effect * (1.0 if layout is EEG else 0.4)
            values += strength * (2.0 * state[(np.arange(n) * step).astype(int)] - 1)[:, None, None]
        else:
            values = np.broadcast_to((base + np.arange(n))[:, None, None], (n, len(layout), 2)).astype(float)
            values[..., 1] += subject / 10
        read = Given(tuple(map(tuple, (tuple(map(tuple, one)) for one in values.tolist()))))
        source = Source(None, repr((subject, base, n, self.effect)))
        return Features(layout, ("a", "b"), n, step, step, read, source, True, start)


def pair_cache(folder, recipe=None, **settings):
    """A cache of a pair study."""
    return preprocess(PairStudy(**settings), recipe or {"eeg": [AsVolume()], "face": [AsVolume()]}, folder)
