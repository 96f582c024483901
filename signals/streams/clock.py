"""From a device's own seconds to the seconds of the session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ..errors import InputError

SAME = "one device, one clock"


@dataclass(frozen=True)
class Clock:
    """A line from a device's seconds to seconds on the session clock: ``session = offset + (1 + drift) * device``.

    Args:
        offset: Session seconds at which the device reads zero.
        drift: Seconds by which the session clock gains on the device in each of its seconds.
        rule: Where this is known from, in words.
        events: (N,) device seconds of the events that both have seen; empty where there are none.
        residuals: (N,) seconds by which each event lies off the line through the *others*, or NaN where too few are
            left to say: what the fit itself cannot make look good.
        drift_known: Whether the drift was measured. Without it, zero is an assumption.
        names: (N,) what the events are called, for messages; or none.
    """

    offset: float = 0.0
    drift: float = 0.0
    rule: str = SAME
    events: tuple[float, ...] = ()
    residuals: tuple[float, ...] = ()
    drift_known: bool = True
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.names and len(self.names) != len(self.events):
            found = f"{len(self.names)} names of {len(self.events)} events"
            raise InputError("clock", found, "one name an event, or none", "name each")

    @classmethod
    def fixed(cls, offset: float, rule: str) -> Self:
        """An offset that a format defines: without shared events nobody can know whether the clocks drift."""
        return cls(offset, 0.0, rule, drift_known=False)

    @classmethod
    def fit(
        cls,
        device: Sequence[float] | np.ndarray,
        session: Sequence[float] | np.ndarray,
        where: object,
        names: Sequence[str] = (),
    ) -> Self:
        """The clock through events that both have seen, by least squares.

        Args:
            device, session: (N,) seconds of the same events on either clock, in order.
            where: What is being aligned, for messages.
            names: (N,) what the events are called; or none.

        Raises:
            InputError: There are no events, they differ in number, a clock runs backwards, or an event is there twice.
        """
        ours, theirs = np.asarray(device, float), np.asarray(session, float)
        count = len(ours)
        if count != len(theirs) or not count:
            found = f"{count} events on the device's clock, {len(theirs)} on the session's"
            raise InputError(where, found, "the same events on both, one or more", "name the events that both have")
        _check_order(ours, "the device's clock", where)
        _check_order(theirs, "the session's clock", where)
        if count > 1:
            slope, offset = _line(ours, theirs)
            rule = f"{count} shared events"
            residuals = _left_out(ours, theirs - (offset + slope * ours))
        else:  # one event gives an offset, and nothing about drift
            rule = "1 shared event"
            slope, offset, residuals = 1.0, float(theirs[0] - ours[0]), np.array([np.nan])
        return cls(
            offset=offset,
            drift=slope - 1,
            rule=rule,
            events=tuple(ours.tolist()),
            residuals=tuple(residuals.tolist()),
            drift_known=count > 1,
            names=tuple(names),
        )

    def session(self, device: np.ndarray) -> np.ndarray:
        """Seconds on the session clock at seconds of the device."""
        return np.asarray(self.offset + (1 + self.drift) * np.asarray(device, float))

    def device(self, session: np.ndarray) -> np.ndarray:
        """Seconds of the device at seconds on the session clock."""
        return np.asarray((np.asarray(session, float) - self.offset) / (1 + self.drift))

    @property
    def drift_per_minute(self) -> float:
        """Milliseconds that the session clock gains on the device in each of its minutes."""
        return self.drift * 60_000

    @property
    def worst(self) -> float:
        """Largest residual in seconds, without its sign; NaN where none can be known."""
        known = np.abs([r for r in self.residuals if np.isfinite(r)])
        return float(known.max()) if known.size else float("nan")

    def __str__(self) -> str:
        drift = f"drift {self.drift_per_minute:+.2f} ms/min" if self.drift_known else "drift cannot be known"
        worst = f", worst event {1000 * self.worst:.1f} ms off" if np.isfinite(self.worst) else ""
        return f"offset {1000 * self.offset:+.1f} ms, {drift}{worst} ({self.rule})"


def _check_order(times: np.ndarray, clock: str, where: object) -> None:
    steps = np.diff(times)
    if not np.isfinite(times).all() or (steps <= 0).any():
        k = int(np.argmin(steps)) if len(steps) and np.isfinite(times).all() else 0
        values = ", ".join(f"{t:g}" for t in times[k : k + 2])
        fault = "the same event twice" if len(steps) and steps[k] == 0 else "a clock that runs backwards"
        raise InputError(
            where, f"{fault} on {clock} ({values} s)", "times that increase", "remove or correct the event"
        )


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and value at zero of the least-squares line; about the means, so that large times lose no digits."""
    x0, y0 = x.mean(), y.mean()
    slope = float(((x - x0) * (y - y0)).sum() / ((x - x0) ** 2).sum())
    return slope, float(y0 - slope * x0)


def _left_out(x: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Residuals ``off`` as they are when each event is left out of the fit: divided by one minus its leverage."""
    leverage = 1 / len(x) + (x - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    free = 1 - leverage
    return np.where(free > 1e-9, off / np.maximum(free, 1e-9), np.nan)
