"""Times of a device's samples, from jittery time stamps: a straight line, and the samples that were lost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...streams.clock import Clock

LEAST_GAP = 0.004
"""Seconds of lost samples, at least, that count as a gap; stamps that jitter more raise it."""

CROOKED = 0.020
"""Seconds by which stamps may lie off the straight line for a second or more."""

WRONG_RATE = 0.01
"""Share by which the measured rate may differ from the nominal one."""

_HALF = 0.5  # s that are looked at on either side of a possible gap
_SURE = 6.0  # standard deviations of what jitter alone does there


@dataclass(frozen=True)
class SampleClock:
    """A device's own clock: its sample count at the nominal rate, lost samples included, and how it runs.

    Args:
        rate: Nominal samples a second, Hz.
        samples: Samples that are there.
        losses: Pairs: the sample behind a gap, and the number of samples lost in it.
        recorder: From the device's seconds to the recorder's.
    """

    rate: float
    samples: int
    losses: tuple[tuple[int, int], ...]
    recorder: Clock

    @property
    def duration(self) -> float:
        """Seconds from the first sample to the end of the last."""
        return (self.samples + sum(lost for _, lost in self.losses)) / self.rate

    def seconds(self, sample: int) -> float:
        """Seconds of a sample on the device's clock."""
        return (sample + sum(lost for at, lost in self.losses if at <= sample)) / self.rate

    def sample(self, seconds: float) -> int:
        """The first sample at or after ``seconds``."""
        place = int(np.ceil(seconds * self.rate - 1e-6))
        for at, lost in self.losses:
            if place > at:
                place = max(at, place - lost)
        return place

    def lost(self, first: int, last: int) -> int:
        """Number of samples lost between samples ``first`` and ``last``, which is not included."""
        return sum(lost for at, lost in self.losses if first < at < last)

    def of(self, recorder: np.ndarray) -> np.ndarray:
        """Seconds on the device's clock at seconds of the recorder."""
        return self.recorder.device(recorder)


def fit_samples(stamps: np.ndarray, rate: float, where: object) -> SampleClock:
    """The clock of a device that sampled at ``rate``, by least squares over its time stamps (N,), N of 2 or more.

    A gap is a place where stamps leap by more than one and a half periods and stay behind: the medians of half a second
    before and after differ by more than ``LEAST_GAP`` and by more than jitter does elsewhere. Its samples are counted
    as lost, in whole samples.

    Raises:
        InputError: The rate is not the nominal one, or no straight line fits.
    """
    losses = _losses(stamps, rate)
    count = np.arange(len(stamps), dtype=float)
    for at, lost in losses:
        count[at:] += lost
    count /= rate
    x, y = count.mean(), stamps.mean()
    slope = float(np.dot(count - x, stamps - y) / np.dot(count - x, count - x))
    clock = Clock(float(y - slope * x), slope - 1, f"least squares over {len(stamps)} time stamps")
    _check_straight(stamps - clock.session(count), rate, where)
    if abs(slope - 1) > WRONG_RATE:
        found = f"{rate / slope:.2f} samples a second"
        raise InputError(where, found, f"{rate:g}, the nominal rate", "correct the sender's rate and record again")
    return SampleClock(rate, len(stamps), losses, clock)


def device_clock(camera: np.ndarray, eeg: np.ndarray, samples: SampleClock, where: object) -> Clock:
    """From the seconds of the camera's computer to those of the EEG device, both compared with the recorder's.

    The computers' clocks count from when each was switched on, so the camera's seconds are counted from what the EEG's
    computer read at the first sample: the offset is what lies between the two clocks then. The residuals are those of
    the comparisons; frames keep the times that were measured.

    Args:
        camera, eeg: (K, 2) seconds of either computer and of the recorder's, each time they were compared.
        samples: The clock of the EEG device.
        where: What is being aligned, for messages.

    Raises:
        InputError: A clock runs backwards.
    """
    sender = Clock.fit(eeg[:, 0], eeg[:, 1], f"{where}, clock offsets of the EEG")
    begin = sender.device(np.array(samples.recorder.offset))
    return Clock.fit(camera[:, 0] - begin, samples.of(camera[:, 1]), f"{where}, clock offsets of the camera")


def _losses(stamps: np.ndarray, rate: float) -> tuple[tuple[int, int], ...]:
    width = max(round(_HALF * rate), 4)
    late = stamps - stamps[0] - np.arange(len(stamps)) / rate
    drift = float(np.median(late[width:] - late[:-width])) / width if len(stamps) > 2 * width else 0.0  # s a sample
    late = late - np.arange(len(stamps)) * drift  # what drift does is no gap
    least = max(LEAST_GAP, 0.5 / rate, _SURE * _jitter(late, width))
    leaps = [(int(at), _step(late, int(at), width)) for at in np.flatnonzero(np.diff(stamps) > 1.5 / rate) + 1]
    gaps = [(at, step) for at, step in leaps if step > least]
    largest = [_largest(stamps, group) for group in _groups(gaps, width)]
    return tuple((at, max(round(step / (1 / rate + drift)), 1)) for at, step in largest)


def _step(late: np.ndarray, at: int, width: int) -> float:
    return float(np.median(late[at : at + width]) - np.median(late[max(at - width, 0) : at]))


def _jitter(late: np.ndarray, width: int) -> float:
    """Standard deviation of the difference of neighbouring medians where nothing was lost: robust against gaps."""
    # 1.4826 times the median deviation is the standard deviation of a normal distribution
    steps = np.diff(_medians(late, width))
    return float(1.4826 * np.median(np.abs(steps - np.median(steps)))) if len(steps) > 2 else 0.0


def _medians(values: np.ndarray, width: int) -> np.ndarray:
    whole = len(values) // width * width
    return np.asarray(np.median(values[:whole].reshape(-1, width), axis=1))


def _groups(gaps: Sequence[tuple[int, float]], width: int) -> list[list[tuple[int, float]]]:
    """Leaps that see the same step, being nearer than the stretch that is looked at."""
    groups: list[list[tuple[int, float]]] = []
    for gap in gaps:
        if groups and gap[0] - groups[-1][-1][0] < width:
            groups[-1].append(gap)
        else:
            groups.append([gap])
    return groups


def _largest(stamps: np.ndarray, group: Sequence[tuple[int, float]]) -> tuple[int, float]:
    return max(group, key=lambda gap: float(stamps[gap[0]] - stamps[gap[0] - 1]))


def _check_straight(off: np.ndarray, rate: float, where: object) -> None:
    """Refuse stamps that stay off the line: an unseen gap, samples that came twice, or a clock that was set."""
    width = min(max(round(rate), 4), len(off))
    medians = _medians(off, width)
    worst = int(np.abs(medians).argmax())
    if abs(medians[worst]) > CROOKED:
        found = f"time stamps {1000 * medians[worst]:+.0f} ms off a straight line at {worst * width / rate:.0f} s"
        raise InputError(where, found, f"{1000 * CROOKED:g} ms or less", "leave the recording out, or cut it there")
