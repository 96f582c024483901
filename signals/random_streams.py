"""Streams of random numbers by name: who draws what, and from which key."""

from enum import Enum, unique

import numpy as np


@unique
class RandomStream(Enum):
    """Everything that is drawn, each from a stream of its own: equal names and numbers give equal draws.

    A value is the stream's family, and its key: words stand for the numbers that a caller gives, in their order.
    Streams of one family may meet in one run with one seed, so no two of them have one key; a shorter one counts as
    if zeros followed, which is how NumPy fills it up. Keys never change: stored results were drawn from them.
    """

    # a benchmark's trainings
    CONTROL = ("training", "fold", "seed", 4)
    STACKING = ("training", "seed", 7)
    BALANCE = ("training", "seed", 40)
    DEVICE = ("training", "seed", 41, "device", 1)

    # simulated electrodes, alone or together with a face
    FOCI = ("simulated", "seed", 1)
    ELECTRODE_NOISE = ("simulated", "seed", 2, "subject", "session", "trial")
    GAIN = ("simulated", "seed", 3, "subject")
    DRIFT = ("simulated", "seed", 4, "subject", "session")
    PATH = ("simulated", "seed", 11, "subject", "trial")
    SEEN_BY_EEG = ("simulated", "seed", 12, "subject", "trial")
    SEEN_BY_FACE = ("simulated", "seed", 13, "subject", "trial")
    UPPER_LIMIT = ("simulated", "seed", 15)
    PAIR_IDENTITY = ("simulated", "seed", 21, "subject")
    PAIR_CLOCK = ("simulated", "seed", 22, "subject")
    LOST_EEG = ("simulated", "seed", 23, "subject", "trial")
    LOST_FACE = ("simulated", "seed", 24, "subject", "trial")
    PAIR_NOISE = ("simulated", "seed", 25, "subject", "trial")
    PAIR_FRAME = ("simulated", "seed", 26, "subject", "trial", "frame")
    PAIR_POSES = ("simulated", "seed", 27, "subject", "trial")

    # simulated faces
    FACE_IDENTITY = ("simulated faces", "seed", "subject", 1)
    FACE_SCRIPT = ("simulated faces", "seed", "subject", "trial", 2)
    FACE_FRAME = ("simulated faces", "seed", "subject", "trial", "frame", 3)

    # the GAN, whose draws are PyTorch's: the orders of epochs 7 and 11 begin where noise and sessions do,
    # a permutation of faces beside draws of other kinds
    GAN_ORDER = ("gan", "seed", "epoch")
    GAN_STEP = ("gan", "seed", "epoch", "step from 1")
    GAN_NOISE = ("gan", "seed", 7)
    GAN_SESSIONS = ("gan", "seed", 11)

    # files that look like those of a dataset, and volumes for tests of whatever learns: nothing is concluded from them
    LOOKALIKE = ("lookalikes", "seed", "number")
    LOOKALIKE_PART = ("lookalikes", "seed", "number", "part")
    LOOKALIKE_RECORDING = ("lookalikes", "seed", "number", 512)
    GRID_TRIAL = ("grid", "subject", "session", "trial")

    @property
    def family(self) -> str:
        """Which streams it may meet in one run."""
        return str(self.value[0])

    @property
    def pattern(self) -> tuple[str | int, ...]:
        """Its key, with words where numbers of the caller go."""
        pattern: tuple[str | int, ...] = self.value[1:]
        return pattern

    def key(self, *numbers: int) -> tuple[int, ...]:
        """The key for these numbers, which go where the pattern has words.

        Raises:
            ValueError: They are more or fewer than the words.
        """
        words = [part for part in self.pattern if isinstance(part, str)]
        given = dict(zip(words, map(int, numbers), strict=True))
        return tuple(given[part] if isinstance(part, str) else part for part in self.pattern)

    def rng(self, *numbers: int) -> np.random.Generator:
        """A generator at the beginning of this stream, for these numbers."""
        return np.random.default_rng(self.key(*numbers))
