"""The common cause of simulated EEG and faces: a path through valence and arousal, seen twice with noise."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...errors import InputError
from ...random_streams import RandomStream
from .simulated import SimulationSettings

STATES = {"happiness": (0.35, 0.2), "sadness": (-0.3, -0.25), "anger": (-0.3, 0.3), "neutral": (0.0, 0.0)}
"""Valence and arousal of the states that a path jumps between; near each other, so that no noise leaves the plane."""

STREAMS = ("eeg", "face")
_SEEN = {"eeg": RandomStream.SEEN_BY_EEG, "face": RandomStream.SEEN_BY_FACE}
_LOST = {"eeg": RandomStream.LOST_EEG, "face": RandomStream.LOST_FACE}

PAUSE = 5.0
"""Seconds before each trial."""

STEP = 0.05
"""Seconds from one point of a path to the next."""

LONGEST_LAG = 3.0
"""Seconds by which a modality may lag at most: so long before its trial each path begins."""

NOISE_SECONDS, WANDER_SECONDS, WANDER = 1.0, 5.0, 0.08
"""Correlation times of a modality's noise and of the path's slow wander, and the wander's standard deviation."""

_CLEARLY = 0.25
"""Seconds by which a trial's longest state is longer than any other."""

Jumps = tuple[np.ndarray, np.ndarray]
"""Seconds at which a state begins, (K,), and the states, (K,)."""


@dataclass(frozen=True)
class PairSimulation:
    """Settings of simulated EEG and faces of the same people.

    Args:
        subjects, trials: How many people, and trials of each.
        seconds: Length of a trial.
        rate: Samples of EEG a second (Hz).
        frame_rate: Pictures a second.
        layout: Name of a drawing of electrodes.
        states: How many of ``STATES`` a path jumps between, 2 to 4.
        dwell: Mean seconds in a state; each stay lasts three to five quarters of it.
        eeg_noise, face_noise: Standard deviations of what each modality sees beside the path, in valence and in arousal
            (the centres of the first two states are 0.79 apart).
        effect: Share of the common path in what moves EEG and face; the rest is a path of each one's own, which goes
            with no label and with nothing in the other modality. 0 is the null mode.
        lag_eeg, lag_face: Seconds by which they follow the path.
        lost: Share of trials in which a modality is lost for a quarter of the time; drawn for each one separately.
        eeg_only, face_only: How many of each person's last trials lack the other stream.
        offset, drift: Of the camera's clock, as in ``Clock``.
        seed: Of everything random.

    Raises:
        InputError: A setting is out of range.
    """

    subjects: int = 16
    trials: int = 8
    seconds: float = 40.0
    rate: float = 128.0
    frame_rate: float = 2.0
    layout: str = "epoc-14"
    states: int = 2
    dwell: float = 8.0
    eeg_noise: float = 0.48
    face_noise: float = 0.5
    effect: float = 1.0
    lag_eeg: float = 0.0
    lag_face: float = 0.3
    lost: float = 0.1
    eeg_only: int = 0
    face_only: int = 0
    offset: float = -12.5
    drift: float = 1e-4
    seed: int = 0

    def __post_init__(self) -> None:
        shares, alone = (self.effect, self.lost), (self.eeg_only, self.face_only)
        lags, noises = (self.lag_eeg, self.lag_face), (self.eeg_noise, self.face_noise)
        right = (
            min(self.subjects, self.trials) >= 1
            and self.seconds >= 4
            and self.dwell >= 1
            and self.frame_rate > 0
            and 2 <= self.states <= len(STATES)
            and min(shares) >= 0
            and max(shares) <= 1
            and min(noises) > 0
            and min(lags) >= 0
            and max(lags) <= LONGEST_LAG
            and min(alone) >= 0
            and sum(alone) < self.trials
            and abs(self.drift) < 0.01
        )
        if not right:
            wanted = (
                f"counts from 1, 4 s or more, a dwell of 1 s or more, 2 to {len(STATES)} states, effect and lost from "
                f"0 to 1, noises above 0, lags from 0 to {LONGEST_LAG:g} s, one trial with both streams, a drift "
                "below 0.01"
            )
            raise InputError("simulation", repr(self), wanted)
        self.electrodes()

    def electrodes(self, drift: float = 0.2) -> SimulationSettings:
        """The people, gains and artefacts of the EEG, without an effect of its own."""
        n = self.trials
        return SimulationSettings(
            subjects=self.subjects,
            sessions=1,
            categories=(0,) * n,
            seconds=(self.seconds,) * n,
            layout=self.layout,
            rate=self.rate,
            effect=0.0,
            drift=drift,
            seed=self.seed,
        )

    def noise(self, stream: str) -> float:
        """Standard deviation of what a stream sees beside the path."""
        return self.eeg_noise if stream == "eeg" else self.face_noise

    def lag(self, stream: str) -> float:
        """Seconds by which a stream follows the path."""
        return self.lag_eeg if stream == "eeg" else self.lag_face


@dataclass(frozen=True, eq=False)
class Path:
    """A way through the plane of valence and arousal.

    Attributes:
        changes: (K,) seconds into the trial at which a state begins; the first lies before the trial.
        states: (K,) the state, as a place in ``STATES``.
        wander: (N, 2) slow deviation from the state's centre, every ``STEP`` seconds from ``-LONGEST_LAG``.
    """

    changes: np.ndarray
    states: np.ndarray
    wander: np.ndarray

    def state(self, times: np.ndarray) -> np.ndarray:
        """The state at each of ``times``, in seconds into the trial."""
        return state_at(self.changes, self.states, times)

    def affect(self, times: np.ndarray) -> np.ndarray:
        """Valence and arousal at ``times`` (N,), (N, 2)."""
        return np.asarray(centres(self.state(times)) + interpolated(self.wander, times))


def state_at(changes: np.ndarray, states: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The state at each of ``times`` (N,), (N,)."""
    return np.asarray(states[np.searchsorted(changes, times, side="right") - 1])


def centres(states: np.ndarray) -> np.ndarray:
    """Valence and arousal of states (...), (..., 2)."""
    return np.asarray(np.array(list(STATES.values()))[states])


def interpolated(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """A course of ``Path.wander``'s kind at ``times`` (N,), (N, 2)."""
    grid = np.arange(len(values)) * STEP - LONGEST_LAG
    return np.stack([np.interp(times, grid, column) for column in values.T], axis=1)


@lru_cache(maxsize=128)
def path(s: PairSimulation, subject: int, trial: int) -> Path:
    """The common path of a trial, whose longest state is the one whose turn it is."""
    rng = RandomStream.PATH.rng(s.seed, subject, trial)
    return _drawn(rng, s, dominating(s, trial))


@lru_cache(maxsize=128)
def disturbance(s: PairSimulation, subject: int, trial: int, stream: str) -> tuple[Path, np.ndarray]:
    """The disturbance of a stream: a path that nothing else follows, and noise as ``Path.wander``."""
    rng = _SEEN[stream].rng(s.seed, subject, trial)
    stray = _drawn(rng, s, int(rng.integers(s.states)))
    return stray, s.noise(stream) * _walk(rng, _points(s), NOISE_SECONDS)


def moving_affect(s: PairSimulation, subject: int, trial: int, stream: str, times: np.ndarray) -> np.ndarray:
    """The valence and arousal that move a stream at ``times`` (N,) seconds into the trial, (N, 2)."""
    stray, noise = disturbance(s, subject, trial, stream)
    then = times - s.lag(stream)
    common = s.effect * path(s, subject, trial).affect(then)
    return np.asarray(common + (1 - s.effect) * stray.affect(then) + interpolated(noise, times))


def dominating(s: PairSimulation, trial: int) -> int:
    """The state in which a trial is longest: states take turns."""
    return (trial - 1) % s.states


def recorded(s: PairSimulation, trial: int) -> tuple[str, ...]:
    """The streams of a trial: of the last ones some are missing."""
    if trial > s.trials - s.face_only:
        return ("face",)
    return ("eeg",) if trial > s.trials - s.face_only - s.eeg_only else STREAMS


def start(s: PairSimulation, trial: int) -> float:
    """Seconds on the session clock at which a trial begins."""
    return PAUSE + (trial - 1) * (s.seconds + PAUSE)


def lost_stretches(s: PairSimulation, subject: int, trial: int, stream: str) -> tuple[tuple[float, float], ...]:
    """Beginning and end of each stretch in which a stream is lost, seconds into the trial: a quarter of it, or none."""
    rng = _LOST[stream].rng(s.seed, subject, trial)
    if rng.random() >= s.lost:
        return ()
    begin = rng.uniform(0, 0.75 * s.seconds)
    return ((begin, begin + s.seconds / 4),)


def jumps(rng: np.random.Generator, s: PairSimulation) -> Jumps:
    """States and their beginnings: a telegraph that has been running for a while when the trial begins."""
    begin = -LONGEST_LAG - s.dwell * (1 + rng.random())
    count = int((s.seconds - begin) / (0.75 * s.dwell)) + 2
    changes = begin + np.cumsum([0, *s.dwell * rng.uniform(0.75, 1.25, count)])
    moves = rng.integers(1, s.states, len(changes))
    states = (int(rng.integers(s.states)) + np.cumsum(moves)) % s.states
    during = (changes < s.seconds) & (np.append(changes[1:], np.inf) > -LONGEST_LAG)
    return changes[during], states[during]


def _points(s: PairSimulation) -> int:
    return int(np.ceil((s.seconds + LONGEST_LAG) / STEP)) + 2


def _drawn(rng: np.random.Generator, s: PairSimulation, longest: int) -> Path:
    """A path that is longest in the state ``longest``: others are drawn again."""
    while True:
        changes, states = jumps(rng, s)
        share = np.bincount(states, np.diff(np.clip([*changes, s.seconds], 0, s.seconds)), s.states)
        if share[longest] > np.delete(share, longest).max() + _CLEARLY:
            return Path(changes, states, WANDER * _walk(rng, _points(s), WANDER_SECONDS))


def _walk(rng: np.random.Generator, count: int, seconds: float) -> np.ndarray:
    """(count, 2) noise of unit variance whose correlation falls by e in ``seconds``: an AR(1) walk."""
    from scipy.signal import lfilter

    decay = np.exp(-STEP / seconds)
    fresh = np.sqrt(1 - decay**2) * rng.standard_normal((count, 2))
    # the walk starts in its own distribution, so that its variance is the same from the first sample on
    fresh[0] /= np.sqrt(1 - decay**2)
    return np.asarray(lfilter([1], [1, -decay], fresh, axis=0))
