"""From raw recordings to a timeline of predictions, with a trained model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from ...preprocessing import nearest_slices, read_recipe
from ...preprocessing.cache.trial_clock import evenly_spaced
from ...preprocessing.cache.windows import by_number
from ...preprocessing.cleaning.missing import follow
from ...preprocessing.steps.recipe import stream_name
from ...signals import Electrodes, InputError, Target, Trial, Video, Volume, open_recording
from ...signals.datasets.trial_table.channel_rules import settings_of_lab
from ...signals.datasets.trial_table.settings import find_rate
from ...signals.files.pictures.picture_folder import SUFFIXES, UNREAD, names_pictures, open_face
from ...signals.trials.trial import Stream
from ..learning.checkpoint import TrainedModel, load_model
from ..learning.network_learner import predict_batches
from ..training.data import Batch, unlabelled_batch
from ..training.scaling import Scaling, own_scaling
from .encoding import Encode
from .live_input import EegInput, FaceInput
from .live_stream import LiveStream
from .timeline import Timeline

VIDEOS = frozenset(
    {".3g2", ".3gp", ".apng", ".asf", ".avi", ".dv", ".f4v", ".flv", ".gif", ".h264", ".hevc", ".m2ts", ".m2v", ".m4v"}
    | {
        ".mjpeg",
        ".mjpg",
        ".mkv",
        ".mov",
        ".mp4",
        ".mpe",
        ".mpeg",
        ".mpg",
        ".mts",
        ".mxf",
        ".ogv",
        ".ts",
        ".vob",
        ".webm",
    }
    | {".wmv", ".y4m"}
)
"""Endings of files that are taken for a video of a face; all but these and pictures are recordings of electrodes."""

_MORE_PICTURES = "give a longer video or more pictures; a model of single pictures is trained with --window 1"

_BLOCK = 256
"""Windows predicted at a time."""


class Predictor:
    """A trained model with its recipes and its scaling: raw recordings in, timeline of predictions out.

    Args:
        trained: The model; ``Predictor.load(folder)`` reads one from disk.
        allow: Packages whose steps its recipes may name beside those of emoscan, as in ``("mylab",)``: they stood in a
            cache, which may come from anybody.

    Example:
        >>> timeline = Predictor.load("runs/gated")("recording.bdf", "face.mp4")    # doctest: +SKIP
    """

    def __init__(self, trained: TrainedModel, allow: Sequence[str] = ()) -> None:
        self.trained = trained
        stored = {name: list(facts.recipe) for name, facts in trained.facts.series.items()}
        self.recipe = {}
        for name, steps in read_recipe(stored, tuple(allow)).items():
            self.recipe[name] = [step.allowing(allow) if isinstance(step, Encode) else step for step in steps]

    @classmethod
    def load(cls, folder: str | Path, allow: Sequence[str] = ()) -> "Predictor":
        """The predictor of a folder that ``emo-train fit`` wrote.

        Args:
            folder: Where it lies.
            allow: Packages whose networks and steps it may name beside those of emoscan, as in ``("mylab",)``.

        Raises:
            InputError: No model is there, its bytes changed, or it names something else.
        """
        return cls(load_model(folder, allow), allow)

    def __call__(self, *recordings: str | Path | Stream | Trial) -> Timeline:
        """The timeline of a recording: one window for each slice of the series with the longest slices.

        Files are told apart by their endings, and taken to begin at one moment; streams and trials carry their clocks.
        A folder, or a pattern such as ``frames/%04d.png``, is one of pictures: as many a second as the model was
        trained on, unless the lab's settings say another rate.
        A modality without a recording is missing, and so it is where one begins later or ends earlier. A model
        with ``subject`` scaling uses the mean and deviation of this recording's own slices.

        Args:
            *recordings: A recording, a video or pictures of the face, or both; or streams; or one ``Trial``.

        Raises:
            InputError: No recording is one that the model reads, one lacks a channel of the model's layout, is shorter
                than a window, nothing in it is valid, or no window is without a joint or a gap.
        """
        trial = self.trial(*recordings)
        trial, made = self._followed(trial)
        volumes = {name: self._checked(name, volume, trial) for name, volume in made.items()}
        rows, ends = self._windows(volumes)
        whole = self._whole(volumes, rows)
        if not whole.any():
            source = trial.streams[stream_name(next(iter(volumes)))].source
            found = f"a joint or a gap in time in each of {len(whole)} windows"
            raise InputError(source, found, "one window without", "give a longer recording")
        rows = {name: at[whole] for name, at in rows.items()}
        return self._timeline(volumes, rows, ends[whole], trial, int((~whole).sum()))

    def stream(
        self,
        *,
        rate: float | None = None,
        names: Sequence[str] = (),
        start: float = 0.0,
        bad_channels: Sequence[str] = (),
        frame_size: tuple[int, int] | None = None,
        frame_rate: float | None = None,
        patience: float = 1.0,
    ) -> LiveStream:
        """Predict while EEG, video or both are still coming in; give what is streamed, leave out what is missing.

        Args:
            rate, names: Hz and channel names of the EEG blocks, in the order of their rows.
            start: Session seconds of the first sample.
            bad_channels: Names of channels that are not to be trusted.
            frame_size, frame_rate: Height and width of the pictures, and how many the camera gives a second.
            patience: Seconds that a window waits for a modality that lags behind the other; longer than a block.

        Raises:
            InputError: A step of the recipe looks ahead, the scaling needs the whole recording, or what is streamed
                does not fit the model.

        Example:
            >>> with Predictor.load("runs/a").stream(rate=256.0, names=channels) as live:    # doctest: +SKIP
            ...     for block in amplifier:
            ...         for prediction in live.eeg(block):
            ...             print(prediction.time, prediction.probability)
        """
        eeg = EegInput(tuple(names), rate or 0.0, start, tuple(bad_channels)) if rate or len(names) else None
        face = FaceInput(frame_size or (0, 0), frame_rate or 0.0) if frame_size or frame_rate else None
        return LiveStream(self.trained, self.recipe, eeg, face, patience)

    def trial(self, *recordings: str | Path | Stream | Trial, lab: str | Path | None = None) -> Trial:
        """The recordings, opened, as a trial without truth; nothing of them is decoded yet.

        Args:
            *recordings: As for a call.
            lab: The folder whose ``trials.yaml`` says how channels are called, what their units are, and how many
                pictures a second has.

        Raises:
            InputError: No recording is one that the model reads, or a file cannot be opened.
        """
        if len(recordings) == 1 and isinstance(recordings[0], Trial):
            return recordings[0]
        streams: dict[str, Stream] = {}
        for recording in recordings:
            name, stream = self._opened(recording, lab)
            if name in streams:
                found = f"a second recording of {name}"
                raise InputError(str(recording), found, "one of each", "predict them one by one")
            streams[name] = stream
        wanted = {stream_name(series) for series in self.recipe}
        if not streams or not set(streams) <= wanted:
            found = f"{', '.join(streams) or 'nothing'} given"
            reads = f"recordings of {', '.join(sorted(wanted))}"
            raise InputError("predict", found, reads, "give what the model reads")
        return Trial(subject="", session="", trial=1, stimulus="", streams=streams, target=Target())

    def _followed(self, trial: Trial) -> tuple[Trial, dict[str, Volume]]:
        """The trial and its volumes; where channels are bad, the way on is one that is open to a trained model."""
        try:
            return follow(self.recipe, trial)
        except InputError as error:
            if not error.found.startswith("bad channels"):
                raise
            do = "repair them first (MNE's interpolate_bads), or train with InterpolateBadChannels() in the recipe"
            wanted = "sites that can be trusted: the model's recipe repairs none"
            raise InputError(error.where, error.found, wanted, do) from error

    def _opened(self, recording: str | Path | Stream | Trial, lab: str | Path | None) -> tuple[str, Stream]:
        if isinstance(recording, Trial):
            raise InputError("predict", "a trial among recordings", "a trial alone", "give its streams")
        if isinstance(recording, Video):
            return "face", recording
        if not isinstance(recording, str | Path):
            return "eeg", recording
        path = Path(recording)
        if path.suffix.lower() in VIDEOS | SUFFIXES | UNREAD or names_pictures(path):
            return "face", open_face(path, self._picture_rate(lab))
        layouts = [facts.layout for name, facts in self.trained.facts.series.items() if stream_name(name) == "eeg"]
        settings = settings_of_lab(Path(lab), path) if lab else None
        return "eeg", open_recording(path, layouts[0] if layouts else None, settings=settings)

    def _picture_rate(self, lab: str | Path | None) -> float | None:
        """Pictures a second: by the lab's settings, else as many as the model was trained on; None if it knows none."""
        stated = find_rate(Path(lab) / "trials.csv", None) if lab else None
        durations = [facts.duration for name, facts in self.trained.facts.series.items() if stream_name(name) == "face"]
        return stated or (1 / min(durations) if durations else None)

    def _checked(self, series: str, volume: Volume, trial: Trial) -> Volume:
        facts, source = self.trained.facts.series[series], trial.streams[stream_name(series)].source
        facts.check(source, volume, "use the model that was trained on this layout")
        if len(volume.times) < facts.n_slices:
            found = f"{len(volume.times)} slice{'' if len(volume.times) == 1 else 's'}"
            do = "give a longer recording" if volume.track is None else _MORE_PICTURES
            raise InputError(source, found, f"at least {facts.n_slices}, one window", do)
        if not volume.valid.any():
            do = "look at its artefacts and flat channels" if volume.track is None else "give one that shows a face"
            raise InputError(source, "no valid slice", "one or more", do)
        return volume

    def _windows(self, volumes: Mapping[str, Volume]) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """For each series the slices of every window (N, T), -1 where there is none, and when the windows end (N,)."""
        if len(self.trained.facts.series) == 1:
            ((name, volume),) = volumes.items()
            count = self.trained.facts.series[name].n_slices
            consecutive = np.arange(len(volume.times) - count + 1)[:, None] + np.arange(count)
            return {name: consecutive}, volume.times[consecutive[:, -1]] + volume.duration
        slowest = max(volumes.values(), key=lambda volume: volume.duration)
        end = max(volume.times[-1] + volume.duration for volume in volumes.values())
        span = self.trained.facts.window
        begins = slowest.times[slowest.times + span <= end + 1e-6]
        rows = {
            name: nearest_slices(volume.times, volume.duration, begins, span, self.trained.facts.series[name].n_slices)
            for name, volume in volumes.items()
        }
        return rows, begins + span

    def _whole(self, volumes: Mapping[str, Volume], rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """(N,) bool, False of windows that reach across a joint of a recording or, of one series, a gap in time.

        Windows of several series are cut by the clock: what one of them lacks is masked, and bridges no gap.
        """
        whole = np.ones(len(next(iter(rows.values()))), bool)
        for name, volume in volumes.items():
            whole &= ~np.isin(rows[name], volume.joints).any(axis=1)
        if len(self.trained.facts.series) == 1:
            ((name, facts),) = self.trained.facts.series.items()
            if not by_number(facts.recipe):
                whole &= evenly_spaced(volumes[name].times, volumes[name].duration, facts.n_slices)
        return whole

    def _timeline(
        self,
        volumes: Mapping[str, Volume],
        rows: Mapping[str, np.ndarray],
        ends: np.ndarray,
        trial: Trial,
        left_out: int,
    ) -> Timeline:
        valid = {name: (at >= 0) & volumes[name].valid[at] for name, at in rows.items()}
        present = {name: np.zeros(len(ends)) for name in self.recipe}
        present |= {name: trusted.mean(axis=1) for name, trusted in valid.items()}
        return Timeline(
            times=ends,
            prediction=predict_batches(self.trained.model, self._batches(volumes, rows, valid)),
            present=present,
            score=_scores(volumes, rows),
            task=self.trained.facts.task,
            title="; ".join((self._title(volumes, trial), *_on_left_out(left_out))),
            left_out=left_out,
        )

    def _batches(
        self, volumes: Mapping[str, Volume], rows: Mapping[str, np.ndarray], valid: Mapping[str, np.ndarray]
    ) -> Iterator[Batch]:
        """All windows, some at a time, so that a long recording is never in memory as windows."""
        scaled_slices = {name: self._scaled(name, volume) for name, volume in volumes.items()}
        for begin in range(0, len(next(iter(rows.values()))), _BLOCK):
            block = slice(begin, begin + _BLOCK)
            x = {name: slices[rows[name][block]] for name, slices in scaled_slices.items()}
            yield unlabelled_batch(x, {name: trusted[block] for name, trusted in valid.items()})

    def _title(self, volumes: Mapping[str, Volume], trial: Trial) -> str:
        facts = self.trained.facts
        simulated = " (trained on simulated data)" if facts.simulated else ""
        phrases = [f"{facts.model} trained on {facts.dataset}{simulated}, {_who(trial)}"]
        if facts.classes:
            phrases.append(f"classes: {facts.classes}")
        missing = [name for name in facts.series if name not in volumes]
        if missing:
            phrases.append(f"{', '.join(missing)} not recorded")
        for name, stream in trial.streams.items():
            if len(trial.streams) > 1 and isinstance(stream, Electrodes | Video) and not stream.clock.drift_known:
                phrases.append(f"{name}: {stream.clock.rule}")
        for name, stream in trial.streams.items():
            if isinstance(stream, Video) and stream.assumed_rate and len(stream) > 1:
                phrases.append(f"{name}: pictures without a clock, {1 / stream.step:.4g} a second assumed")
        phrases += [f"{name}: {words}" for name, volume in volumes.items() if (words := _which_face(volume))]
        if facts.scaling == "subject":
            phrases.append("scaled by this whole recording")
        if not all(volume.causal for volume in volumes.values()):
            phrases.append("its steps look ahead, so values depend on what comes later")
        return "; ".join(phrases)

    def _scaled(self, series: str, volume: Volume) -> np.ndarray:
        scaling = self.trained.scaling[series]
        if scaling.transductive:
            scaling = own_scaling(volume.x[volume.valid], self._reads_samples(series))
        return scaled(volume, scaling)

    def _reads_samples(self, series: str) -> bool:
        networks = self.trained.model.backbones
        return series in networks and networks[series].reads_samples


def _on_left_out(count: int) -> list[str]:
    return [f"{count:,} windows left out: a joint or a gap in time lies in them"] if count else []


def _which_face(volume: Volume) -> str:
    """Which face is read, where it was chosen among several; empty where there was no choice."""
    if volume.track is None or not volume.track.choice or volume.track.faces is None:
        return ""
    first = int(np.argmax(volume.track.faces))
    left, top, width, height = np.round(volume.track.box[first]).astype(int).tolist()
    when = "" if len(volume.times) == 1 else f" at {volume.times[first]:.2f} s"
    return f"{volume.track.faces[first]} faces{when}: that at {left}, {top} ({width} x {height} pixels) is read"


def _who(trial: Trial) -> str:
    """The trial by its names, or its files where it has none."""
    if trial.subject:
        return str(trial)
    return " and ".join(map(_file_of, trial.streams.values()))


def _file_of(stream: Stream) -> str:
    """The file of a stream, the first of its pictures, or that there is none."""
    if stream.source.path is None:
        return "a recording in memory"
    more = len(stream.source.others) if isinstance(stream, Video) else 0
    return f"{stream.source} (the first of {more + 1} pictures)" if more else str(stream.source)


def scaled(volume: Volume, scaling: Scaling) -> np.ndarray:
    """(T, S, F) float32 of a volume, as a network reads it."""
    return np.asarray((volume.x - scaling.mean[0]) / scaling.deviation[0], np.float32)


def _scores(volumes: Mapping[str, Volume], rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Mean score of the face's detector in each window, by series; NaN where there is no frame."""
    scores = {}
    for name, volume in volumes.items():
        if volume.track is not None:
            score = np.where(rows[name] >= 0, np.nan_to_num(volume.track.score[rows[name]]), np.nan)
            counted = np.isfinite(score).sum(axis=1)
            scores[name] = np.where(counted, np.nansum(score, axis=1) / np.maximum(counted, 1), np.nan)
    return scores
