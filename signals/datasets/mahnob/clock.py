"""The place of MAHNOB-HCI's video on the clock of its EEG.

Three numberings meet here. *Places* are frame numbers of the camera's whole recording, of which ``vidBeginSmp`` is one;
they may be fractions. *Frames* are those of the file, from 0. The camera and the sound ran off one clock, so an audio
sample has a place: ``vidBeginSmp + (sample - audBeginSmp) / audRate * vidRate``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import floor

import numpy as np

from ...errors import InputError
from ...files.events import read_events
from ...streams.clock import Clock
from ...streams.video import Video
from .files import Gaze, Session, read_gaze

PADDING = 15.0  # seconds that some files have before and after the stretch from vidBeginSmp to vidEndSmp


@dataclass(frozen=True)
class Rules:
    """Sources and limits by which a session is aligned.

    Args:
        gaze: Whether the gaze file's audio samples are read for the clip's start and end.
        most_drift: Milliseconds a minute by which camera and EEG may drift apart.
        spare_frames: By how many frames a file may be longer or shorter than session.xml says.
    """

    gaze: bool
    most_drift: float
    spare_frames: int


@dataclass(frozen=True)
class CameraEvents:
    """The events that the camera's side has seen.

    Args:
        places: Of each, in order of time.
        names: Of each.
        start, end: Place among them of the clip's start and end.
        rule: Their source, in words.
    """

    places: tuple[float, ...]
    names: tuple[str, ...]
    start: int
    end: int
    rule: str


def align(session: Session, video: Video, rate: float, rules: Rules) -> tuple[Clock, tuple[float, float]]:
    """The video's clock, from the events that it shares with the EEG; and the clip's start and end on the EEG's clock.

    Args:
        session: The session.
        video: All of its video file, in the file's own seconds.
        rate: Of the EEG, Hz.
        rules: Sources and limits.

    Raises:
        InputError: The file's frames fit no known way of cutting; events are missing, too many or in the wrong order;
            or the clip is not as long for the camera as it is for the EEG.
    """
    first, cut = first_place(session, len(video), rules.spare_frames)
    seen = _camera_events(session, rules.gaze)
    status = status_times(session)
    _check_count(session, seen, status)
    _check_length(session, seen, status, rate, rules.most_drift)
    frames = np.array(seen.places) - first
    # the clock begins with the file's own seconds, whatever rate session.xml states
    seconds_a_frame = (video.times[-1] - video.times[0]) / max(len(video) - 1, 1)
    clock = Clock.fit(video.times[0] + frames * seconds_a_frame, status, session.path.parent, seen.names)
    rule = f"{clock.rule} on the EEG's Status channel and {seen.rule}; file {cut}"
    return replace(clock, rule=rule), (float(status[seen.start]), float(status[seen.end]))


def first_place(session: Session, n_frames: int, spare: int) -> tuple[float, str]:
    """The place of the file's frame 0, and the rule, decided by how many frames the file has.

    Public code knows three: the file is the cut from ``vidBeginSmp`` to ``vidEndSmp``, the cut with 15 s before and
    after, or the whole recording.

    Raises:
        InputError: None of them fits, or two that disagree.
    """
    begin, end, rate = (session.number(name) for name in ("vidBeginSmp", "vidEndSmp", "vidRate"))
    if not (end > begin >= 0 and rate > 0):
        found = f"a video from frame {begin:g} to {end:g} at {rate:g} Hz"
        raise InputError(session.path, found, "an end behind the start, and a rate", "copy session.xml again")
    fits = list(_fits(begin, end, rate, n_frames, spare))
    if not fits:
        padded = end - begin + 2 * PADDING * rate
        cut = f"{floor(end) - floor(begin)} (the cut), {padded:.0f} (15 s more on both sides)"
        do = f"copy the video again, or MAHNOBHCI(spare_frames=...) allows more than {spare}"
        raise InputError(session.video, f"{n_frames} frames", f"{cut} or at least {floor(end)}, by session.xml", do)
    if max(place for place, _ in fits) - min(place for place, _ in fits) > 0.5:
        found = f"{n_frames} frames, which fit " + " and ".join(rule for _, rule in fits)
        do = "MAHNOBHCI(spare_frames=0) may tell them apart; else cut the video from vidBeginSmp to vidEndSmp"
        raise InputError(session.video, found, "one way of cutting", do)
    return fits[0]


def status_times(session: Session) -> np.ndarray:
    """Seconds of the trigger codes of the EEG's Status channel, on the EEG's own clock; higher bits are no events."""
    events = read_events(str(session.eeg))
    return events.times[[name.isdigit() for name in events.names]]


def _fits(begin: float, end: float, rate: float, n_frames: int, spare: int) -> Iterator[tuple[float, str]]:
    """The cut's frame 0 is the first whole frame behind ``vidBeginSmp``; a whole recording counts its frames from 1."""
    if abs(n_frames - (floor(end) - floor(begin))) <= spare:
        yield floor(begin) + 1.0, "cut from vidBeginSmp to vidEndSmp"
    if abs(n_frames - (end - begin + 2 * PADDING * rate)) <= spare + 1:
        yield begin - PADDING * rate, f"cut {PADDING:g} s before vidBeginSmp"
    if n_frames >= floor(end):
        yield 1.0, "of the whole recording"


def _camera_events(session: Session, use_gaze: bool) -> CameraEvents:
    """By the gaze file's audio samples where there are any, else by the frame numbers of session.xml."""
    gaze, why = _usable_gaze(session) if use_gaze else (None, "the gaze file was not asked for")
    if gaze is None:
        ends = ("vidBeginSmp", "vidEndSmp")
        return CameraEvents(tuple(map(session.number, ends)), ends, 0, 1, f"vidBeginSmp and vidEndSmp ({why})")
    names = tuple(name for name, _ in gaze.markers)
    start, end = _place_of(gaze, names, "MovieStart"), _place_of(gaze, names, "MovieEnd")
    if end < start:
        raise _wrong(gaze, "MovieEnd before MovieStart", "the end behind the start")
    left_out = f", {gaze.broken} broken lines left out" if gaze.broken else ""
    rule = f"{len(gaze.audio)} audio samples of the gaze file{left_out}"
    return CameraEvents(_places(session, gaze), names, start, end, rule)


def _usable_gaze(session: Session) -> tuple[Gaze | None, str]:
    if session.gaze is None or not session.gaze.is_file():
        return None, "there is no gaze file"
    gaze = read_gaze(session.gaze)
    if not gaze.markers or not len(gaze.audio):
        return None, f"the gaze file has {len(gaze.markers)} markers and {len(gaze.audio)} audio samples"
    return gaze, ""


def _place_of(gaze: Gaze, names: tuple[str, ...], name: str) -> int:
    if names.count(name) != 1:
        raise _wrong(gaze, f"{name} {names.count(name)} times", f"one {name}")
    return names.index(name)


def _places(session: Session, gaze: Gaze) -> tuple[float, ...]:
    """Of the gaze file's markers: its clock is brought onto the sound's, and audio samples have places."""
    begin, rate = session.number("audBeginSmp"), session.number("audRate")
    if rate <= 0:
        raise InputError(session.path, f"audRate={rate:g}", "a positive rate", "copy session.xml again")
    sound = Clock.fit(gaze.seconds, (gaze.audio - begin) / rate, f"{gaze.path}, AudioSampleNumber")
    seconds = sound.session(np.array([second for _, second in gaze.markers]))
    return tuple((session.number("vidBeginSmp") + seconds * session.number("vidRate")).tolist())


def _check_count(session: Session, seen: CameraEvents, status: np.ndarray) -> None:
    if len(status) != len(seen.places):
        times = f" at {', '.join(f'{time:.3f}' for time in status[:8])} s" if len(status) else ""
        raise InputError(
            f"{session.eeg}, Status",
            f"{len(status)} events{times}",
            f"{len(seen.places)}, as by {seen.rule}",
            "correct what is there too often or not at all, or leave the trial out",
        )


def _check_length(session: Session, seen: CameraEvents, status: np.ndarray, rate: float, most_drift: float) -> None:
    """Two events always lie on a line: one that is far off shows as a drift that no two clocks have."""
    frame = 1 / session.number("vidRate")
    ours, theirs = float(status[-1] - status[0]), (seen.places[-1] - seen.places[0]) * frame
    if abs(ours - theirs) > most_drift / 60_000 * abs(theirs) + frame + 1 / rate:
        times = ", ".join(f"{time:.3f}" for time in status)
        raise InputError(
            session.path.parent,
            f"{ours:.3f} s from first to last event (Status, at {times} s)",
            f"{theirs:.3f} s, as by {seen.rule}, within {most_drift:g} ms a minute",
            "see which event is off; MAHNOBHCI(most_drift=...) allows more, gaze=False goes by frame numbers alone",
        )


def _wrong(gaze: Gaze, found: str, wanted: str) -> InputError:
    return InputError(gaze.path, found, wanted, "correct it; MAHNOBHCI(gaze=False) goes by frame numbers alone")
