"""Lookalikes of DEAP's files: a pickle as Python 2 writes it, 24-bit BDF, the table, videos; simulated and short."""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ...files import edf
from ...random_streams import RandomStream
from ..lookalikes.body import breath_wave, eye_wave, pulse_wave, skin_wave
from ..lookalikes.drawn_face import face_picture
from ..lookalikes.recordings import background, write_note, write_video
from .files import BASELINE, GENEVA_32, N_CHANNELS, ROW_RATE

TWENTE_32 = tuple(
    "Fp1 AF3 F7 F3 FC1 FC5 T7 C3 CP1 CP5 P7 P3 Pz PO3 O1 Oz O2 PO4 P4 P8 CP6 CP2 C4 T8 FC6 FC2 F4 F8 AF4 "
    "Fp2 Fz Cz".split()
)
OTHERS = (*(f"EXG{i}" for i in range(1, 9)), "GSR1", "GSR2", "Erg1", "Erg2", "Resp", "Plet", "Temp")
ORDER = {1: (4, 1, 6, 2, 5, 3), 3: (2, 6, 1, 5, 3, 4), 23: (6, 3, 5, 4, 2, 1)}
"""Clips in the order in which each subject saw them: never that of their numbers."""

VIDEOS = {1: (1, 2, 3, 4, 5, 6), 3: (1, 2, 4, 6)}
"""Trials that have a video."""

CLIP_SECONDS = 4
BEGINS = 1.0
"""Seconds into the clip at which its rhythm and its light begin."""

BDF_RATE, FRAME_RATE = 512, 25
_GAP = 2  # seconds before, between and behind the clips of a recording


def rhythm(stimulus: int) -> float:
    """Hz that a clip sets in the EEG."""
    return 8.0 + 4 * stimulus


def light(stimulus: int) -> int:
    """Gray levels by which a clip lights the face."""
    return 14 * stimulus


def rating(subject: int, stimulus: int) -> tuple[float, ...]:
    """Valence, arousal, dominance, liking; 5 is among them."""
    valence, arousal = (1.0, 2.49, 5.0, 5.01, 7.7, 9.0)[stimulus - 1], (7.0, 1.0, 6.0, 5.0, 9.0, 3.0)[stimulus - 1]
    return valence, arousal, round(1 + subject / 4, 2), 9.0 - stimulus


def write_deap(root: Path, seed: int) -> None:
    """All folders, for three subjects."""
    write_note(root, clip_seconds=CLIP_SECONDS)
    for name in ("metadata_csv", "data_preprocessed_python", "data_original", "face_video"):
        (root / name).mkdir(exist_ok=True)
    _write_table(root / "metadata_csv" / "participant_ratings.csv")
    for subject in ORDER:
        _write_rows(root / "data_preprocessed_python" / f"s{subject:02d}.dat", subject, seed)
    for subject, order in ((1, TWENTE_32), (23, GENEVA_32)):
        _write_recording(root / "data_original" / f"s{subject:02d}.bdf", subject, order, seed)
    for subject in VIDEOS:
        _write_videos(root / "face_video" / f"s{subject:02d}", subject, seed)
    _write_strays(root)


def python_2_pickle(arrays: dict[str, np.ndarray]) -> bytes:
    """A dict of arrays as cPickle of Python 2 writes it with protocol 2: byte strings, where Python 3 has text."""
    items = b"".join(_string(name.encode()) + _array(array) for name, array in arrays.items())
    return b"\x80\x02}q\x00(" + items + b"u."


def write_bdf(path: Path, names: Sequence[str], samples: np.ndarray, codes: np.ndarray, status: str = "Status") -> None:
    """A BDF of one-second records as BioSemi writes it: ``samples`` (C, N) in microvolts, then its trigger (N,)."""
    top, labels, n = 2**23, [*names, status], len(names) + 1
    columns = (
        labels,
        ["Active Electrode"] * (n - 1) + ["Triggers and Status"],
        ["uV"] * (n - 1) + ["Boolean"],
        ["-262144"] * (n - 1) + [str(-top)],
        ["262144"] * (n - 1) + [str(top - 1)],
        [str(-top)] * n,
        [str(top - 1)] * n,
        ["HP: DC; LP: 113 Hz"] * (n - 1) + ["No filtering"],
        [str(BDF_RATE)] * n,
        ["Reserved"] * n,
    )
    digital = np.concatenate([np.round(samples * top / 262144), codes[None]])
    edf.write_bdf(path, ("", "", "01.01.00", "00.00.00"), columns, digital, BDF_RATE)


def _string(content: bytes) -> bytes:
    short = len(content) < 256
    return (b"U" + struct.pack("<B", len(content)) if short else b"T" + struct.pack("<i", len(content))) + content


def _array(array: np.ndarray) -> bytes:
    shape = b"(" + b"".join(b"M" + struct.pack("<H", length) for length in array.shape) + b"t"
    empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + _string(b"b") + b"\x87R"
    dtype = b"cnumpy\ndtype\n" + _string(b"f8") + b"K\x00K\x01\x87R(K\x03" + _string(b"<")
    dtype += b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    return empty + b"(K\x01" + shape + dtype + b"\x89" + _string(array.astype("<f8").tobytes()) + b"tb"


def _write_table(path: Path) -> None:
    lines = ["Participant_id,Trial,Experiment_id,Start_time,Valence,Arousal,Dominance,Liking,Familiarity"]
    for subject, order in ORDER.items():
        for trial, stimulus in enumerate(order, 1):
            familiarity = "" if subject == 23 else str(1 + stimulus % 5)
            cells = map(str, (subject, trial, stimulus, 1_695_918 + 803_412 * trial, *rating(subject, stimulus)))
            lines.append(",".join([*cells, familiarity]))
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")


def _write_rows(path: Path, subject: int, seed: int) -> None:
    rng, stimuli = RandomStream.LOOKALIKE.rng(seed, subject), range(1, 1 + len(ORDER[subject]))
    samples = BASELINE + round(CLIP_SECONDS * ROW_RATE)
    data = np.stack([background(rng, N_CHANNELS, samples, ROW_RATE) for _ in stimuli])  # (R, 40, N)
    for row, stimulus in zip(data, stimuli, strict=True):
        row[: len(GENEVA_32)] += _wave(stimulus, samples, ROW_RATE, BASELINE / ROW_RATE)
        row[len(GENEVA_32) :] = list(_sensors(subject, stimulus, np.arange(samples) / ROW_RATE, rng).values())
    labels = np.array([rating(subject, stimulus) for stimulus in stimuli])
    path.write_bytes(python_2_pickle({"labels": labels, "data": data}))


def heart_rate(subject: int, stimulus: int) -> float:
    """Beats a minute of a subject during a clip."""
    return 70.0 + subject % 7 + 4 * stimulus


def _sensors(subject: int, stimulus: int, times: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """What the sensors on the body record at ``times`` (N,), in the order of a .dat."""
    rate = heart_rate(subject, stimulus)
    muscle = 20 * np.sin(2 * np.pi * 40 * times)
    clean = {
        "hEOG": 0.2 * eye_wave(times, 1.7),
        "vEOG": eye_wave(times, 1.7),
        "zEMG": muscle * stimulus,
        "tEMG": 0.5 * muscle,
        "GSR": 1e9 / (1000 * skin_wave(times, 4 + 0.5 * stimulus, 5.0)),  # ohms
        "Resp": 3000 * breath_wave(times, 15.0),
        "Plet": 1000 * pulse_wave(times, rate),
        "Temp": 33 + 0.1 * stimulus + 0.002 * times,
    }
    # a hundredth of what varies: no two trials are alike
    return {name: row + 0.01 * row.std() * rng.standard_normal(len(row)) for name, row in clean.items()}


def _originals(subject: int, stimulus: int, times: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The same as a .bdf has it: electrodes one by one, and nanosiemens where Twente recorded."""
    sensors = _sensors(subject, stimulus, times, rng)
    pairs = (("EXG1", "EXG2", "hEOG"), ("EXG3", "EXG4", "vEOG"), ("EXG5", "EXG6", "zEMG"), ("EXG7", "EXG8", "tEMG"))
    channels = {"Resp": sensors["Resp"], "Plet": sensors["Plet"], "Temp": sensors["Temp"]}
    for one, other, name in pairs:
        channels |= {one: 50 + sensors[name] / 2, other: 50 - sensors[name] / 2}
    return {**channels, "GSR1": sensors["GSR"] if subject >= 23 else 1e9 / sensors["GSR"]}


def _wave(stimulus: int, samples: int, rate: float, begin: float) -> np.ndarray:
    seconds = np.arange(samples) / rate - begin
    on = (seconds >= BEGINS) & (seconds < CLIP_SECONDS)
    return np.asarray(30 * on * np.sin(2 * np.pi * rhythm(stimulus) * seconds))


def _write_recording(path: Path, subject: int, sites: Sequence[str], seed: int) -> None:
    """Each clip's rhythm is the stronger the later a site stands in ``GENEVA_32``, wherever it is in the file."""
    rng = RandomStream.LOOKALIKE_RECORDING.rng(seed, subject)
    samples = BDF_RATE * (_GAP + len(ORDER[subject]) * (CLIP_SECONDS + _GAP))
    data = background(rng, len(sites) + len(OTHERS), samples, BDF_RATE)
    codes = np.full(samples, 0x18FF00)
    weight = np.array([[1 + GENEVA_32.index(site) / 8] for site in sites])
    for trial, stimulus in enumerate(ORDER[subject]):
        begin = _GAP + trial * (CLIP_SECONDS + _GAP)
        data[: len(sites)] += weight * _wave(stimulus, samples, BDF_RATE, begin)
        whole = slice((begin - 1) * BDF_RATE, (begin + CLIP_SECONDS + 1) * BDF_RATE)
        times = np.arange(whole.stop - whole.start) / BDF_RATE
        for name, values in _originals(subject, stimulus, times, rng).items():
            data[len(sites) + OTHERS.index(name), whole] = values
        for second, code in ((begin - 1, 3), (begin, 4), (begin + CLIP_SECONDS, 5)):
            codes[second * BDF_RATE : second * BDF_RATE + 20] += code + 0x400000 * (trial % 2)
    write_bdf(path, [*sites, *OTHERS], data, codes)


def _write_videos(folder: Path, subject: int, seed: int) -> None:
    folder.mkdir()
    for trial in VIDEOS[subject]:
        frames = _frames(RandomStream.LOOKALIKE.rng(seed, subject), ORDER[subject][trial - 1])
        write_video(folder / f"s{subject:02d}_trial{trial:02d}.avi", frames, FRAME_RATE)


def _frames(rng: np.random.Generator, stimulus: int) -> Iterator[np.ndarray]:
    dark = (0.5 * face_picture(rng, (64, 80), mouth=(stimulus - 3) / 3)).astype(np.uint8)
    for number in range(CLIP_SECONDS * FRAME_RATE):
        yield dark + np.uint8(light(stimulus) if number >= BEGINS * FRAME_RATE else 0)


def _write_strays(root: Path) -> None:
    (root / "metadata_csv" / "participant_ratings.xls").write_bytes(b"not read")
    (root / "data_preprocessed_python" / "s01 (1).dat").write_bytes(b"a second download")
    (root / "face_video" / "s01" / "Thumbs.db").write_bytes(b"not read")
    (root / "face_video" / "s01" / "s01_trial41.avi").write_bytes(b"no trial of that number")
    (root / "face_video" / "s07_trial01.avi").write_bytes(b"nobody's")
