"""The step from a sensor on the body to measures of each slice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...signals import InputError, Layout, Peripheral, Volume
from ..steps.step import Step
from .breath import breath_measures
from .gaze import GAZE_FEATURES, gaze_measures
from .heart import ecg_measures, pulse_measures
from .muscles import eye_measures, muscle_measures
from .sensor_signal import Measured, SensorSignal, SliceGrid, signal_of
from .skin import skin_measures, temperature_measures


@dataclass(frozen=True)
class Measure:
    """What is measured of a kind of sensor.

    Args:
        features: F names.
        values: ``values(signal, grid) -> (T, F)`` of one channel, NaN where a slice cannot be measured; or None where
            all channels are measured together, as the two coordinates of a gaze.
        slowest: Hz at which samples must come.
    """

    features: tuple[str, ...]
    values: Callable[[SensorSignal, SliceGrid], np.ndarray] | None
    slowest: float

    def of(self, sensor: Peripheral, grid: SliceGrid) -> Measured:
        """All channels of a sensor."""
        if self.values is None:
            return gaze_measures(sensor, grid)
        samples = np.asarray(sensor.read(0, sensor.n_samples), np.float64)
        signals = [signal_of(sensor, row) for row in samples]
        x = np.stack([self.values(signal, grid) for signal in signals], axis=1)  # (T, C, F)
        return Measured(x, _lost(grid, sensor, signals), sensor.names, self.features)


MEASURES: Mapping[str, Measure] = {
    "ecg": Measure(("heart rate", "RMSSD"), ecg_measures, 50.0),
    "ppg": Measure(("pulse rate", "RMSSD"), pulse_measures, 20.0),
    "gsr": Measure(("level", "responses"), skin_measures, 4.0),
    "resp": Measure(("breath rate", "depth"), breath_measures, 4.0),
    "temp": Measure(("temperature", "slope"), temperature_measures, 0.1),
    "emg": Measure(("RMS",), muscle_measures, 60.0),
    "eog": Measure(("power", "blinks"), eye_measures, 25.0),
    "gaze": Measure(GAZE_FEATURES, None, 25.0),
}
"""What is measured, by the kind of sensor."""


@dataclass(frozen=True)
class PeripheralMeasures(Step):
    """Rates and means of a sensor in each slice: heart, skin, breath, muscles, eyes, gaze (``MEASURES``).

    Rates are counted within ``reach`` seconds around a slice's middle, inside the trial; no filter and no interval
    reaches across a joint. A slice is invalid where one of the measures cannot be told, as heart rate without a regular
    beat, or where it touches a bad span. A gaze needs half of a slice's samples; the missing share is measured.

    Args:
        window: Seconds of a slice; slices are disjoint.
        reach: Seconds before and behind the middle of a slice from which rates are counted.

    Raises:
        InputError: Samples come too slowly for what is measured, or the trial is shorter than a slice.
    """

    causal: ClassVar[bool] = False
    window: float = 1.0
    reach: float = 10.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (0 < self.window < np.inf and self.reach >= self.window):
            found = f"window {self.window:g}, reach {self.reach:g}"
            raise InputError("PeripheralMeasures", found, "seconds above 0, the reach no shorter than the window")

    def __call__(self, sensor: Peripheral) -> Volume:
        """x (T, channels, F) float32, 0 where nothing can be told."""
        measure = MEASURES[sensor.kind]
        _check_rate(sensor, measure)
        count = int(sensor.duration / self.window + 1e-6)
        if not count:
            wanted = f"at least one slice of {self.window:g} s"
            raise InputError(sensor.source, f"{sensor.duration:g} s", wanted, "use shorter slices")
        grid = SliceGrid(count, self.window, self.reach, sensor.duration)
        measured, joints = measure.of(sensor, grid), _joints(grid, sensor)
        measured.lost[list(joints)] = True
        return Volume(
            stored=np.where(np.isfinite(measured.x), measured.x, 0.0).astype(np.float32),
            times=sensor.start + grid.begins,
            valid=np.isfinite(measured.x).all(axis=(1, 2)) & ~measured.lost,
            layout=row_of_channels(sensor.kind, measured.sites),
            features=measured.features,
            duration=self.window,
            causal=self.causal,
            kind="features",
            joints=joints,
        )


def row_of_channels(kind: str, names: tuple[str, ...]) -> Layout:
    """The layout of channels that have no place: a row, in their order."""
    return Layout(kind, names, tuple((0, column) for column in range(len(names))))


def _check_rate(sensor: Peripheral, measure: Measure) -> None:
    if sensor.rate < measure.slowest:
        found = f"{sensor.kind} at {sensor.rate:g} Hz"
        wanted = f"{measure.slowest:g} Hz or more, for {' and '.join(measure.features)}"
        raise InputError(sensor.source, found, wanted, f"leave {sensor.kind} out: --only names the series to make")


def _lost(grid: SliceGrid, sensor: Peripheral, signals: list[SensorSignal]) -> np.ndarray:
    """(T,) whether a slice touches a sample that is not to be trusted, of any channel."""
    trusted = np.logical_and.reduce([signal.trusted for signal in signals])
    return grid.means(~trusted, sensor.rate) > 0


def _joints(grid: SliceGrid, sensor: Peripheral) -> tuple[int, ...]:
    """The slices that hold a joint, or begin with one."""
    held = dict.fromkeys(int(joint / sensor.rate / grid.window + 1e-6) for joint in sensor.joints)
    return tuple(place for place in held if place < grid.count)
