"""Hours of EEG and of video, preprocessed by the command; its memory and its pace are looked at from outside.

Memory is what belongs to the process alone: anonymous pages, in memory or swapped out. Pages of mapped files and of the
system's file cache do not count, since the system takes them back whenever it wants. A short recording comes first, and
what the process holds once that is published is the start: all libraries are loaded then.

Progress is what the process has read, and its clock is its own processor time, since others may use the machine. A file
may be read several times (for its digest, to look for flat stretches, to filter): the slowest reading is judged.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from ...signals.datasets.lookalikes.drawn_face import face_picture
from ...signals.datasets.lookalikes.recordings import background, write_video
from ...signals.files.edf import write_long_edf
from .count import Count

CHANNELS, RATE = 64, 1000
SIZE, FPS = (240, 320), 25
BLOCK = 60
"""Seconds of noise that are drawn; a block of a recording is the sum of two pieces of it, shifted, louder or softer."""

MOUTHS, CLIP = 25, 1000
"""Faces that are drawn, and frames that are made of them, each moved to a place of its own, and then encoded."""

PEAK, GROWTH, FLAT = 150e6, 20e6, 0.1
"""Bytes from start to peak, bytes from the first minute to the end, and share by which the last third is slower."""

QUICKEST = 3
"""Pieces of ten that say how quick a third of the work can be."""

EVERY, LONGEST = 0.25, 1800.0
"""Seconds between looks at the process, and after which it hangs."""

_RUN = "import sys; from emoscan.preprocessing.commands.command import main; sys.exit(main())"
_MEMORY = re.compile(r"^(?:Anonymous|Swap): +(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Study:
    """A kind of long recordings.

    Args:
        stream: Its column in the table of trials.
        file: The name of the long one.
        seconds: Its length; the short one before it has ``short`` seconds.
        recipe: As it is typed; empty for the recipe that fits.
    """

    stream: str
    file: str
    seconds: int
    short: int
    recipe: str = ""

    @property
    def what(self) -> str:
        """The row's name."""
        kind = f"EEG, {CHANNELS} channels at {RATE:,} Hz" if self.stream == "eeg" else f"video, {SIZE[1]} x {SIZE[0]}"
        return f"preprocessed in bounded memory: {self.seconds / 3600:g} h of {kind}"


STUDIES = (
    Study("eeg", "long.edf", seconds=3 * 3600, short=BLOCK),
    Study(
        "face", "long.mp4", seconds=2 * 3600, short=BLOCK, recipe="{face: [AtRate(5), FaceCrop(every=25), Patches()]}"
    ),
)


@dataclass(frozen=True)
class Look:
    """A process at one moment: wall clock and processor time in seconds, its memory, and what it has read, in bytes."""

    clock: float
    busy: float
    memory: float
    read: float


@dataclass(frozen=True)
class Watched:
    """A run as it was seen from outside.

    Args:
        looks: From the moment at which the short recording was published.
        size: Bytes of the long recording.
        fault: How the process ended, if not well.
    """

    looks: Sequence[Look]
    size: int
    fault: str = ""

    @property
    def peak(self) -> float:
        """Bytes from the start to the peak."""
        return max(look.memory for look in self.looks) - self.looks[0].memory

    @property
    def growth(self) -> float:
        """Bytes from the first minute to the end; from the first tenth where all takes less than ten minutes."""
        begin, end = self.looks[0].clock, self.looks[-1].clock
        early = begin + min(60.0, (end - begin) / 10)
        return self.looks[-1].memory - next(look.memory for look in self.looks if look.clock >= early)

    @property
    def slower(self) -> float:
        """Processor time that a piece of the last third takes, by one of the first, less 1, in the slowest reading.

        The quickest of ten pieces of either third count: on a machine that others use, the same work takes longer at
        times, never less long.
        """
        read, busy = (np.array([getattr(look, name) for look in self.looks]) for name in ("read", "busy"))
        # nine tenths of the file, wherever they took the longest: nothing of the readings before and after
        length = 0.9 * self.size
        begins = read[read + length <= read[-1]]
        spans = [np.interp([begin, begin + length], read, busy) for begin in begins]
        begin = begins[int(np.argmax(np.diff(spans, axis=1)))]
        taken = np.diff(np.interp(begin + length * np.linspace(0, 1, 31), read, busy))
        first, last = (np.sort(third)[:QUICKEST].mean() for third in (taken[:10], taken[20:]))
        return float(last / first - 1)

    @property
    def wrong(self) -> tuple[str, ...]:
        """One line on each bar that is not met."""
        if self.fault:
            return (self.fault,)
        missed = {
            f"{self.peak / 1e6:.0f} MB from start to peak, at most {PEAK / 1e6:.0f}": self.peak > PEAK,
            f"{self.growth / 1e6:.0f} MB from first minute to end, at most {GROWTH / 1e6:.0f}": self.growth > GROWTH,
            f"last third {self.slower:+.0%} slower than the first, at most {FLAT:.0%}": self.slower > FLAT,
        }
        together = "; ".join(line for line, missing in missed.items() if missing)
        return (together,) if together else ()

    @property
    def note(self) -> str:
        """The figures."""
        if self.fault:
            return ""
        first, last = self.looks[0], self.looks[-1]
        return (
            f"{self.size / 1e6:,.0f} MB; start {first.memory / 1e6:.0f} MB, peak {self.peak / 1e6:+.0f}, first minute "
            f"to end {self.growth / 1e6:+.0f}; last third {self.slower:+.0%}; "
            f"{last.clock - first.clock:.0f} s, {last.busy - first.busy:.0f} s of a processor"
        )


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """A long recording of each kind, whatever ``times`` is.

    Args:
        folder: An empty one to work in.
        times: Of no effect: longer ones would show nothing more.
        seed: Of the noise and of the faces.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        return  # no other system says what a process holds, without a further package
    for study in STUDIES:
        seen = watched(folder / study.stream, study, seed)
        yield Count(study.what, 1, seen.wrong, seen.note)


def watched(folder: Path, study: Study, seed: int) -> Watched:
    """The run of a study that is written into ``folder`` and removed at the end."""
    write_study(folder, study, seed)
    words = [sys.executable, "-c", _RUN, "run", "TrialTable", str(folder), str(folder / "cache")]
    words += ["--recipe", study.recipe] if study.recipe else []
    try:
        return _watched(words, folder, (folder / study.file).stat().st_size)
    finally:
        (folder / study.file).unlink()  # over a gigabyte


def write_study(folder: Path, study: Study, seed: int) -> None:
    """A table of a short and a long recording, and the two."""
    folder.mkdir(parents=True)
    lines = [f"subject,session,trial,stimulus,{study.stream},category"]
    write = write_eeg if study.stream == "eeg" else write_face
    chances = np.random.default_rng(seed).spawn(2)
    for subject, (name, seconds) in enumerate(((f"a_{study.file}", study.short), (study.file, study.seconds)), 1):
        write(folder / name, seconds, chances[subject - 1])
        lines.append(f"{subject},1,1,film,{name},{('calm', 'happy')[subject % 2]}")
    (folder / "trials.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_eeg(path: Path, seconds: int, rng: np.random.Generator) -> None:
    """EEG of so many seconds (or up to a block more), no two windows alike, written block by block."""
    from mne.channels import make_standard_montage

    names = make_standard_montage("biosemi64").ch_names[:CHANNELS]
    noise = background(rng, CHANNELS, BLOCK * RATE, RATE).astype(np.float32)
    blocks = -(-seconds // BLOCK)
    write_long_edf(path, names, RATE, (_mixed(noise, rng) for _ in range(blocks)), blocks * BLOCK)


def write_face(path: Path, seconds: int, rng: np.random.Generator) -> None:
    """A video of a face that moves and opens its mouth; what is encoded once is put behind itself again and again."""
    import cv2

    clip = path.with_name(f"clip_{path.name}")
    same = rng.integers(2**32)  # of light and noise, in all pictures: they are encoded and decoded quickly then
    drawn = [face_picture(np.random.default_rng(same), SIZE, float(mouth)) for mouth in np.linspace(-1, 1, MOUTHS)]
    smooth = [cv2.GaussianBlur(picture, (5, 5), 0) for picture in (*drawn, *drawn[::-1])]
    frames = (_shifted(smooth[number % len(smooth)], number) for number in range(CLIP))
    write_video(clip, frames, FPS)
    _repeat(clip, path, seconds * FPS)
    clip.unlink()


def look_at(number: int) -> Look | None:
    """The process of this number; None once it has ended."""
    here = Path(f"/proc/{number}")
    try:
        memory = sum(map(int, _MEMORY.findall((here / "smaps_rollup").read_text(encoding="ascii")))) * 1024
        read = int((here / "io").read_text(encoding="ascii").split("rchar:")[1].split()[0])
        fields = (here / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (OSError, IndexError):
        return None
    busy = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return Look(time.monotonic(), busy, memory, read) if memory else None


def _watched(words: list[str], folder: Path, size: int) -> Watched:
    looks: list[Look] = []
    begun = time.monotonic()
    with (folder / "log.txt").open("wb") as log, subprocess.Popen(words, stdout=log, stderr=log) as process:
        while process.poll() is None:
            if time.monotonic() - begun > LONGEST:
                process.kill()
            elif (look := look_at(process.pid)) and (looks or next((folder / "cache").glob("*.h5"), None)):
                looks.append(look)
            time.sleep(EVERY)
    printed = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").splitlines() or ["nothing"]
    if process.returncode:
        return Watched((), size, f"ends with {process.returncode}, having printed {printed[-1]}")
    return Watched(looks, size) if len(looks) > 3 else Watched((), size, "was over before it could be watched")


def _mixed(noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A block (C, n) out of noise: a sum of two pieces of it, each moved to a place and a gain of its own."""
    first, second = (np.roll(noise, rng.integers(noise.shape[1]), axis=1) for _ in range(2))
    first *= rng.uniform(0.6, 1.0)
    second *= rng.uniform(0.6, 1.0)
    first += second
    return first


def _shifted(picture: np.ndarray, number: int) -> np.ndarray:
    """A picture moved to a place that is the frame's own."""
    right, down = 30 * np.sin(number / 40), 8 * np.sin(number / 61)
    return np.roll(picture, (round(down), round(right)), axis=(0, 1))


def _repeat(clip: Path, path: Path, frames: int) -> None:
    """So many frames of a clip, which begins again at its end: its packets, later each time, nothing encoded anew."""
    import av

    with av.open(str(clip)) as source, av.open(str(path), "w") as container:
        stream = source.streams.video[0]
        copied = container.add_stream_from_template(stream)
        contents = [(bytes(p), p.pts, p.is_keyframe) for p in source.demux(stream) if p.pts is not None]
        unit = Fraction(stream.time_base or 0)
        again = round(len(contents) / FPS / unit)
        for number in range(frames):
            round_, place = divmod(number, len(contents))
            content, begin, key = contents[place]
            packet = av.Packet(content)
            packet.pts = packet.dts = begin + round_ * again
            packet.time_base, packet.stream, packet.is_keyframe = unit, copied, key
            container.mux(packet)
