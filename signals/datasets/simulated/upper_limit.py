"""The ceiling of any model: the accuracy with which a simulated path's states follow from its noisy copies."""

from functools import lru_cache

import numpy as np

from ...errors import InputError
from ...random_streams import RandomStream
from .emotion_path import (
    NOISE_SECONDS,
    STREAMS,
    WANDER,
    WANDER_SECONDS,
    Jumps,
    PairSimulation,
    centres,
    jumps,
    state_at,
)

_TESTED, _GUESSES = 4000, 2000
"""Windows that are decided, and paths that each one's decision weighs against each other."""

_FINE = 8
"""Moments of each second whose mean a slice of EEG shows."""


@lru_cache(maxsize=16)
def ceiling(s: PairSimulation, window: float) -> dict[str, float]:
    """The best possible balanced accuracy; see ``SimulatedPair.ceiling``."""
    seconds = min(round(window), int(s.seconds))
    if seconds < 1:
        raise InputError("ceiling", f"windows of {window:g} s", "1 s or more", "use longer windows")
    rng = RandomStream.UPPER_LIMIT.rng(s.seed)
    truth, means = _windows(rng, s, seconds, _TESTED)
    guess, guesses = _windows(rng, s, seconds, _GUESSES)
    root = np.linalg.cholesky(_covariance(s, seconds))
    noisy = means + np.einsum("ij,njd->nid", root, rng.standard_normal(means.shape))
    samples = {"eeg": slice(0, seconds), "face": slice(seconds, None), "both": slice(None)}
    ceilings = {}
    for name, those in samples.items():
        likeliest = _likeliest(noisy[:, those], guesses[:, those], guess, root[those] @ root[those].T)
        ceilings[name] = _balanced_accuracy(truth, likeliest)
    return ceilings


def _looks(s: PairSimulation, seconds: int) -> tuple[np.ndarray, np.ndarray]:
    """Moments of a window at which its streams are looked at (P,), and their weights in each sample (samples, P).

    A slice of EEG shows the mean of its second, a picture its moment.
    """
    eeg = (np.arange(seconds * _FINE) + 0.5) / _FINE
    face = np.arange(0, seconds - 1e-9, 1 / s.frame_rate)
    average = np.kron(np.eye(seconds), np.full((1, _FINE), 1 / _FINE))
    pick = np.zeros((seconds + len(face), len(eeg) + len(face)))
    pick[:seconds, : len(eeg)], pick[seconds:, len(eeg) :] = average, np.eye(len(face))
    return np.concatenate([eeg, face]), pick


def _windows(rng: np.random.Generator, s: PairSimulation, seconds: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The state at the last picture of random windows (count,), and their noiseless samples (count, samples, 2)."""
    times, pick = _looks(s, seconds)
    streams = dict(zip(STREAMS, np.split(times, [seconds * _FINE]), strict=True))
    truth, means = np.empty(count, int), np.empty((count, len(pick), 2))
    for i in range(count):
        begin, common = rng.uniform(0, s.seconds - seconds), jumps(rng, s)
        truth[i] = state_at(*common, begin + times[-1:])[0]
        courses = []
        for stream, moments in streams.items():
            courses.append(_moving(rng, s, common, begin + moments - s.lag(stream)))
        means[i] = pick @ np.concatenate(courses)
    return truth, means


def _moving(rng: np.random.Generator, s: PairSimulation, common: Jumps, times: np.ndarray) -> np.ndarray:
    """The course that moves a stream (N, 2), without noise and wander: the common path, and one for itself."""
    moving = s.effect * centres(state_at(*common, times))
    if s.effect == 1:
        return moving
    return np.asarray(moving + (1 - s.effect) * centres(state_at(*jumps(rng, s), times)))


def _covariance(s: PairSimulation, seconds: int) -> np.ndarray:
    """The covariance of a window's samples about their means, the same for valence and arousal."""
    times, pick = _looks(s, seconds)
    is_eeg = np.arange(len(times)) < seconds * _FINE
    then = times - np.where(is_eeg, s.lag_eeg, s.lag_face)
    wander = WANDER**2 * np.exp(-np.abs(then[:, None] - then) / WANDER_SECONDS)
    sigma = np.where(is_eeg, s.eeg_noise, s.face_noise)
    noise = sigma**2 * np.exp(-np.abs(times[:, None] - times) / NOISE_SECONDS)
    alike = is_eeg[:, None] == is_eeg
    common = s.effect**2 * wander + alike * ((1 - s.effect) ** 2 * wander + noise)
    return np.asarray(pick @ common @ pick.T)


def _likeliest(noisy: np.ndarray, guesses: np.ndarray, guess: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """The likeliest state of each window, each state equally likely beforehand: Bayes' rule over drawn paths."""
    white = np.linalg.inv(np.linalg.cholesky(covariance))
    # whitened, the likelihood of a window is a matter of distances alone
    x, y = (np.einsum("ij,njd->nid", white, values).reshape(len(values), -1) for values in (noisy, guesses))
    log = x @ y.T - 0.5 * (y**2).sum(axis=1)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    of_state = guess[:, None] == np.arange(guess.max() + 1)
    return np.asarray((weight @ (of_state / of_state.sum(axis=0))).argmax(axis=1))


def _balanced_accuracy(truth: np.ndarray, predicted: np.ndarray) -> float:
    return float(np.mean([(predicted[truth == k] == k).mean() for k in np.unique(truth)]))
