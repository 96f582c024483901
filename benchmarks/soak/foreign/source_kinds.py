"""Sources of every kind that is read: the lookalike of each dataset, and tables of trials with each kind of file."""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ....signals import SCALP_19, TrialTable
from ....signals.datasets.lookalikes.drawn_face import face_picture
from ....signals.datasets.lookalikes.pictures import write_picture
from ....signals.datasets.lookalikes.recordings import background, write_video
from ....signals.datasets.registry import DATASETS
from ....signals.files.edf import EdfSignal, write_edf
from ....signals.trials.dataset import Dataset
from ...speed.foreign import write_set73

_RATE, _SECONDS, _FRAMES = 128, 8, 10
_LABELS = ((1, "calm"), (2, "tense"))
_HEAD = "subject,session,trial,stimulus"
_SIMULATED = ("Simulated", "SimulatedFaces", "SimulatedPair")
"""Datasets without a file of anybody else's."""


@dataclass(frozen=True)
class SourceKind:
    """Something that is read.

    Args:
        name: What it is.
        write: Writes it into an empty folder.
        read: The dataset in the folder.
        suffixes: Of the files that are its own; empty for all.
    """

    name: str
    write: Callable[[Path], object]
    read: Callable[[Path], Dataset]
    suffixes: tuple[str, ...] = ()


def all_kinds() -> Iterator[SourceKind]:
    """All of them."""
    for name in DATASETS._ours:
        if name not in _SIMULATED:
            kind = DATASETS.find(name)
            yield SourceKind(name, kind.write_fake, kind)
    for written, write in _RECORDINGS.items():
        name, *others = written.split()
        own = (f".{name.rpartition('.')[2]}", *others)
        yield SourceKind(f"EEG: {written}", _eeg_table(name, write), TrialTable, own)
    for suffix in ("mp4", "mov", "avi", "mkv", "webm", "gif"):
        yield SourceKind(f"video: {suffix}", _face_table(f"film.{suffix}", _write_film), TrialTable, (f".{suffix}",))
    for suffix in ("png", "jpg", "tiff", "bmp", "webp"):
        folder = _table("rate,face", "film", _pictures(suffix))
        yield SourceKind(f"pictures: {suffix}", folder, TrialTable, (f".{suffix}",))
    for name, write_table in (("OpenFace", _write_openface), ("py-feat", _write_pyfeat)):
        table = _table("features", "face.csv", write_table)
        yield SourceKind(f"face table: {name}", table, TrialTable, ("face.csv",))
    yield SourceKind("table: labels along, settings", _write_labels_along, TrialTable, ("along.tsv", ".yaml"))


def _table(column: str, name: str, write: Callable[[Path], object]) -> Callable[[Path], None]:
    """Writes a table of two trials of one recording, which ``write`` writes."""

    def write_all(folder: Path) -> None:
        write(folder / name)
        before = f"{_FRAMES},{name}" if "rate" in column else name
        lines = [f"s1,1,{n},clip {n},{before},{3 * n - 3},{3 * n},{label}" for n, label in _LABELS]
        head = f"{_HEAD},{column},start,stop,category"
        (folder / "trials.csv").write_text("\n".join([head, *lines, ""]), encoding="utf-8")

    return write_all


def _eeg_table(suffix: str, write: Callable[[Path], object]) -> Callable[[Path], None]:
    return _table("eeg", f"recording.{suffix}", write)


def _face_table(name: str, write: Callable[[Path], object]) -> Callable[[Path], None]:
    return _table("face", name, write)


def _samples() -> np.ndarray:
    return background(np.random.default_rng(0), len(SCALP_19.sites), _RATE * _SECONDS, _RATE)


def _write_edf(path: Path) -> None:
    signals = [EdfSignal(site, row, _RATE) for site, row in zip(SCALP_19.sites, _samples(), strict=True)]
    write_edf(path, signals, {0.0: "begin", 4.0: "second film"}, bdf=path.suffix == ".bdf")


def _write_brainvision(path: Path) -> None:
    path.with_suffix(".eeg").write_bytes(np.round(_samples().T / 0.1).astype("<i2").tobytes())
    marks = "Mk1=New Segment,,1,1,0,20200101101010000000\nMk2=Stimulus,S  1,129,1,0\nMk3=Comment,film,513,1,0\n"
    head = "Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\nDataFile=recording.eeg\n"
    path.with_suffix(".vmrk").write_text(f"{head}[Marker Infos]\n{marks}", encoding="utf-8")
    channels = "\n".join(f"Ch{i}={name},,0.1,µV" for i, name in enumerate(SCALP_19.sites, 1))
    path.write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=recording.eeg\n"
        "MarkerFile=recording.vmrk\nDataFormat=BINARY\nDataOrientation=MULTIPLEXED\n"
        f"NumberOfChannels=19\nSamplingInterval={1e6 / _RATE}\nDataPoints={_RATE * _SECONDS}\n"
        f"[Binary Infos]\nBinaryFormat=INT_16\n[Channel Infos]\n{channels}\n",
        encoding="utf-8",
    )


def _write_eeglab(path: Path, inside: bool = False, compressed: bool = False) -> None:
    from scipy.io import savemat

    none = np.array([])
    sites = np.empty(19, dtype=[("labels", object)])
    sites["labels"] = SCALP_19.sites
    events = np.empty(20, dtype=[("type", object), ("latency", object), ("duration", object)])
    for place in range(20):
        events[place] = (f"film {place}", float(1 + 40 * place), 1.0)
    fields: dict[str, Any] = dict.fromkeys(
        ("epoch", "icawinv", "icasphere", "icaweights", "icachansind", "times"), none
    )
    fields |= {"setname": "s", "nbchan": 19, "trials": 1, "pnts": _RATE * _SECONDS, "srate": float(_RATE)}
    fields |= {"xmin": 0.0, "xmax": float(_SECONDS), "chanlocs": sites, "event": events, "ref": "common"}
    samples = _samples().astype(np.float32)
    fields["data"] = samples if inside else path.with_suffix(".fdt").name
    if not inside:
        path.with_suffix(".fdt").write_bytes(samples.T.astype("<f4").tobytes())
    savemat(path, {"EEG": fields}, do_compression=compressed)


def _write_fif(path: Path) -> None:
    import mne

    raw = mne.io.RawArray(_samples() * 1e-6, mne.create_info(list(SCALP_19.sites), _RATE, "eeg"), verbose="error")
    raw.set_annotations(mne.Annotations([1.0, 4.0], [1.0, 1.0], ["film", "second film"]))
    raw.save(path, verbose="error")


def _write_gdf(path: Path) -> None:
    """GDF 1.25 (Schloegl 1998): a header as EDF's with binary numbers, records of a second, no events."""
    sites, samples = SCALP_19.sites, np.round(_samples() / 0.1).astype("<i2")
    count = len(sites)
    fixed = b"GDF 1.25" + b"X".ljust(80) + b"X".ljust(80) + b"2020010110101000".ljust(16)
    fixed += struct.pack("<q", 256 * (count + 1)) + bytes(8 + 8 + 8 + 20)
    fixed += struct.pack("<qIII", _SECONDS, 1, 1, count)
    fields: Sequence[bytes] = (
        b"".join(site.encode().ljust(16) for site in sites),
        b" " * 80 * count,
        b"uV".ljust(8) * count,
        struct.pack("<d", -3276.8) * count,
        struct.pack("<d", 3276.7) * count,
        struct.pack("<q", -32768) * count,
        struct.pack("<q", 32767) * count,
        b" " * 80 * count,
        struct.pack("<I", _RATE) * count,
        struct.pack("<I", 3) * count,
        bytes(32 * count),
    )
    records = samples.reshape(count, _SECONDS, _RATE).transpose(1, 0, 2)
    path.write_bytes(fixed + b"".join(fields) + np.ascontiguousarray(records).tobytes() + b"\1" + bytes(7))


def _write_cnt(path: Path) -> None:
    """Neuroscan's CNT of 16 bits: 900 bytes of header, 75 a channel, samples, an empty table of events."""
    sites, samples = SCALP_19.sites, np.round(_samples() / 0.1).astype("<i2")
    head, end = bytearray(900), 900 + 75 * len(sites) + samples.nbytes
    head[:12] = b"Version 3.0\0"
    head[225:235], head[235:247] = b"01/01/2020", b"10:10:10\0\0\0\0"
    struct.pack_into("<H", head, 370, len(sites))
    struct.pack_into("<H", head, 376, _RATE)
    struct.pack_into("<i", head, 864, samples.shape[1])
    struct.pack_into("<i", head, 886, end)
    channels = b""
    for site in sites:
        channel = bytearray(75)
        channel[: len(site)] = site.encode()
        struct.pack_into("<f", channel, 59, 204.8)
        struct.pack_into("<f", channel, 71, 1.0)
        channels += bytes(channel)
    path.write_bytes(bytes(head) + channels + samples.T.tobytes() + struct.pack("<Bii", 1, 0, 0))


_RECORDINGS: dict[str, Callable[[Path], object]] = {
    "edf": _write_edf,
    "bdf": _write_edf,
    "vhdr .vmrk .eeg": _write_brainvision,
    "set .fdt": _write_eeglab,
    "set (samples inside)": lambda path: _write_eeglab(path, inside=True),
    "set (compressed)": lambda path: _write_eeglab(path, inside=True, compressed=True),
    "raw.fif": _write_fif,
    "raw.fif.gz": _write_fif,
    "gdf": _write_gdf,
    "cnt": _write_cnt,
}
"""What writes a recording, by suffix and those of its other files, in brackets a form of it."""

if find_spec("pymatreader"):  # with which MNE reads it; an extra of ours
    _RECORDINGS["set (7.3)"] = lambda path: write_set73(path, _samples(), _RATE)


def _film() -> Iterator[np.ndarray]:
    for frame in range(_FRAMES * _SECONDS):
        yield face_picture(np.random.default_rng(0), (64, 64), mouth=frame % 10 / 10)


def _write_film(path: Path) -> None:
    import av

    codecs = {".gif": ("gif", "rgb8"), ".webm": ("libvpx", "yuv420p")}
    if path.suffix not in codecs:
        write_video(path, _film(), _FRAMES)
        return
    codec, pixels = codecs[path.suffix]
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=_FRAMES)
        stream.height, stream.width, stream.pix_fmt = 64, 64, pixels
        for picture in _film():
            frame = av.VideoFrame.from_ndarray(np.repeat(picture[..., None], 3, 2), format="rgb24")
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode(None))


def _pictures(suffix: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for number, picture in enumerate(_film()):
            write_picture(folder / f"{number:04d}.{suffix}", picture, "L" if suffix in ("png", "tiff") else "RGB")

    return write


def _write_columns(path: Path, columns: dict[str, Sequence[object]], mark: str = ",") -> None:
    rows = zip(*columns.values(), strict=True)
    lines = [mark.join(columns), *(mark.join(map(str, row)) for row in rows), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def _write_openface(path: Path) -> None:
    count = range(_FRAMES * _SECONDS)
    columns: dict[str, Sequence[object]] = {
        "frame": [place + 1 for place in count],
        "face_id": [0 for _ in count],
        "timestamp": [place / _FRAMES for place in count],
        "confidence": [0.98 for _ in count],
        "success": [1 for _ in count],
        "gaze_angle_x": [round(0.02 * place, 3) for place in count],
        "pose_Rx": [-0.1 for _ in count],
        "AU01_r": [round(0.5 + 0.01 * place, 2) for place in count],
        "AU12_r": [round(1.5 + 0.01 * place, 2) for place in count],
    }
    _write_columns(path, columns)


def _write_pyfeat(path: Path) -> None:
    count = range(_FRAMES * _SECONDS)
    columns: dict[str, Sequence[object]] = {
        "FaceRectX": [10 for _ in count],
        "FaceRectWidth": [50 for _ in count],
        "FaceRectHeight": [50 for _ in count],
        "FaceScore": [0.99 for _ in count],
        "Pitch": [1.5 + place for place in count],
        "AU01": [round(0.01 * place, 2) for place in count],
        "AU12": [round(0.012 * place, 3) for place in count],
        "frame": list(count),
        "approx_time": [f"00:{place // _FRAMES:02d}" for place in count],
    }
    _write_columns(path, columns)


def _write_labels_along(folder: Path) -> None:
    _write_edf(folder / "recording.edf")
    times = [place / 4 for place in range(4 * _SECONDS)]
    columns: dict[str, Sequence[object]] = {
        "time": times,
        "valence": [round(5 + 3 * np.sin(time), 2) for time in times],
        "arousal": [round(5 + 3 * np.cos(time), 2) for time in times],
    }
    _write_columns(folder / "along.tsv", columns, "\t")
    (folder / "trials.yaml").write_text(
        "columns: {subject: VP}\nranges: {valence: [1, 9], arousal: [1, 9]}\n", encoding="utf-8"
    )
    head = "VP,session,trial,stimulus,eeg,start,stop,labels"
    lines = [f"s1,1,{n},clip {n},recording.edf,{3 * n - 3},{3 * n},along.tsv" for n in (1, 2)]
    (folder / "trials.csv").write_text("\n".join([head, *lines, ""]), encoding="utf-8")
