"""Recordings as MNE opens them: whether they are whole, and what MNE and we remark on them."""

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..layouts.layout import canonical
from ..layouts.montage import standard_names
from ..regular_file import check_regular
from ..streams.source import FileVersion, file_version
from .foreign.hdf5_objects import check_objects, is_hdf5
from .foreign.limited_process import Stopped, in_limited_process
from .foreign.mat_elements import Order, check_matrices, file_order, most_inflated
from .headers.brainvision import SUFFIXES as BRAINVISION
from .headers.brainvision import BrainVision, read_brainvision_header
from .headers.edf_header import FASTEST, MICROVOLTS, RESPELLED, SLOWEST, EdfHeader, read_edf_header
from .headers.fif_tags import check_tags
from .headers.gdf_length import check_gdf

EDF = (".edf", ".bdf")
FOLDERS = (".mff", ".mefd", ".ds")
"""Suffixes of recordings that are folders."""

_PARTS = {".vhdr": (".eeg", ".dat", ".vmrk"), ".set": (".fdt",)}
"""Suffixes of the files that belong to a header."""

_SECONDS, _SLOWEST_READ, _ROOM = 8.0, 10e6, 1 << 30
"""Limits of reading HDF5: seconds of work, those of a file of so many bytes once more, and bytes of memory."""

LATIN = "notes are not written in UTF-8: read as Latin-1"

_DAMAGE = (
    "Invalid tag with only",
    "FIF raw buffer could not be read",
    "Inconsistent file information detected, number of data bytes",
    "This file has the EGI PSG sample bug",
)
"""How MNE's remarks on missing samples begin. Whatever else it remarks says nothing of them, and is passed on."""

_SETTLED = (
    "Number of records from the header does not match",
    "No info on DataPoints found",
    "The data contains 'boundary' events",
    "Not setting positions of",
    "Scaling factor will not be defined",
    "Physical range is not defined",
)
"""How its remarks begin on what has been looked at here already."""

_OUR_WORDS: Mapping[str, str] = {
    r"Omitted (\d+) annotation": "{} outside the recording: left out",
    r"Limited (\d+) annotation": "{} past the end of the recording: cut there",
    r"Estimated head radius": "the electrodes' positions make an unlikely head: they are used as they are",
    r"Channels contain different \w+ filters|\w+ cutoff frequency": "what the header says of filters is not used",
    r"Data file name in EEG.data .* is incorrect": "the header names another data file, which is not there: read the "
    "one of the header's own name",
    r"MarkerFile .* not found; using": "the header names another file of markers, which is not there: read the one of "
    "the header's own name",
    r"MarkerFile .* not found": "the file of markers is not there: no notes",
    r"No coordinate information found": "channels have no coordinates in the header: electrodes are known by name",
    r"Could not parse meas date|Invalid measurement date": "the header's date cannot be read",
}


@dataclass(frozen=True)
class Note:
    """One annotation of a recording: when it begins, in seconds from the first sample, how long it is, its text."""

    onset: float
    duration: float
    text: str


@dataclass(frozen=True, eq=False)
class RawFile:
    """A recording that MNE has opened; its samples are not read.

    Attributes:
        raw: MNE's object.
        header: Of an EDF or BDF file; None for others.
        notes: Its annotations, on the recording's clock where that was paused.
        remarks: What reading it changed, left out or doubts.
        factors: What MNE reads of each channel times this is in volts; empty where MNE scales all of them.
        loaded: Whether a program holds it, whose numbers are volts whatever a file says.
    """

    raw: Any
    header: EdfHeader | None
    notes: tuple[Note, ...]
    remarks: tuple[str, ...]
    factors: tuple[float, ...] = ()
    loaded: bool = False

    @property
    def duration(self) -> float:
        """Seconds from the first sample to the end, pauses included."""
        return self.session_seconds(float(self.raw.n_times / self.raw.info["sfreq"]))

    def session_seconds(self, seconds: float) -> float:
        """Seconds on the recording's clock of what MNE, which leaves out pauses, puts at these."""
        return self.header.session_seconds(seconds) if self.header else seconds


def is_recording(path: Path) -> bool:
    """Whether a file is there, or a folder that is one recording."""
    return path.is_file() or (path.is_dir() and path.suffix.lower() in FOLDERS)


def open_raw(path: Path, excluded: tuple[str, ...] = ()) -> Any:
    """MNE's object of a file, opened once; its samples are not read.

    Raises:
        InputError: It cannot be opened, or is cut.
    """
    return open_raw_file(path, excluded).raw


def open_raw_file(path: Path, excluded: tuple[str, ...] = ()) -> RawFile:
    """A recording that MNE reads, opened once, without the channels named ``excluded``.

    Raises:
        InputError: It cannot be opened, is cut, holds epochs, or claims an impossible rate.
    """
    _check_named(path)
    parts = (path.with_suffix(suffix) for suffix in _PARTS.get(path.suffix.lower(), ()))
    versions = (file_version(path), *(file_version(part) for part in parts if part.is_file()))
    return _raw_file(path, versions, excluded)


def _check_named(path: Path) -> None:
    """Refuse the data or the markers of a recording whose header stands beside them."""
    headers = {".eeg": ".vhdr", ".vmrk": ".vhdr", ".fdt": ".set"}
    header = path.with_suffix(headers.get(path.suffix.lower(), path.suffix))
    if header != path and header.is_file():
        raise InputError(path, "a part of a recording", "its header, which names the parts", f"name {header.name}")


@lru_cache(maxsize=8)
def _raw_file(path: Path, _versions: tuple[FileVersion, ...], excluded: tuple[str, ...]) -> RawFile:
    suffix = path.suffix.lower()
    header = read_edf_header(path) if suffix in EDF else None
    vision = read_brainvision_header(path) if suffix in BRAINVISION else None
    remarks = list(header.remarks if header else vision.remarks if vision else ())
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        raw = _opened(path, excluded, header, vision, remarks)
    damage, harmless = _sorted_out(path, heard)
    if damage:
        raise InputError(path, damage[0], "a whole recording", "copy or export the file again")
    _check_length(path, raw)
    return RawFile(
        raw=raw,
        header=header,
        notes=tuple(_notes(raw, header)),
        remarks=tuple(dict.fromkeys([*remarks, *harmless])),
        factors=_factors(raw, header, vision),
    )


_ARCHIVES = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"})
"""Endings of files that hold others."""


def loaded_raw(raw: Any) -> RawFile:
    """MNE's object that a program holds, as one that was opened here."""
    return RawFile(raw=raw, header=None, notes=tuple(_notes(raw, None)), remarks=(), loaded=True)


def damage_in(path: Path, heard: list[warnings.WarningMessage]) -> list[str]:
    """What MNE has said about missing samples."""
    return _sorted_out(path, heard)[0]


def unreadable(path: Path, error: Exception) -> InputError:
    """The error for whatever one of MNE's readers raised, with a way on that fits it."""
    if isinstance(error, InputError):
        return error
    words = " ".join(str(error).split())
    package = re.search(r"pip install (\S+)", words)
    if isinstance(error, NotImplementedError) and path.suffix.lower() == ".set" and _is_hdf5(path):
        return _lacking(path, "pymatreader")
    if package or isinstance(error, ImportError):
        return _lacking(path, package[1] if package else str(error.name) if isinstance(error, ImportError) else "")
    if isinstance(error, FileNotFoundError):
        return InputError(path, words, "all files of the recording, side by side", "put the missing one there")
    wanted = "a whole recording in a format that MNE reads"
    if path.suffix.lower() in _ARCHIVES and not path.name.lower().endswith(".fif.gz"):
        return InputError(path, "an archive", wanted, "unpack it, and name what lies in it")
    if not words or "Unsupported file type" in words:
        found = f"a {path.suffix} file, which is no recording" if path.suffix else "a file that is no recording"
        return InputError(
            path, found, wanted, "export it as EDF, BDF, BrainVision or FIF from the program that made it"
        )
    return InputError(path, f"{type(error).__name__} ({words})", wanted, "convert it to EDF, or copy it again")


def _lacking(path: Path, package: str) -> InputError:
    found = f"a format that needs the package {package}, which is not installed"
    return InputError(path, found, "that package", f"pip install {package}; emo-preprocess doctor lists such packages")


def _is_hdf5(path: Path) -> bool:
    check_regular(path)
    with path.open("rb") as file:
        return b"MATLAB 7.3" in file.read(128)


def _opened(
    path: Path, excluded: tuple[str, ...], header: EdfHeader | None, vision: BrainVision | None, remarks: list[str]
) -> Any:
    try:
        if header:
            raw = _open_edf(path, excluded, header, remarks)
        elif vision:
            raw = _open_brainvision(path, vision, remarks)
        else:
            remarks += check_gdf(path) if path.suffix.lower() == ".gdf" else ()
            raw = _read_raw(path)
    except Exception as error:  # one exception type at the border: readers raise a dozen
        raise (_epoched(path, error) or unreadable(path, error)) from error
    rate = float(raw.info["sfreq"])
    if not SLOWEST <= rate <= FASTEST:
        wanted = f"a rate between {SLOWEST:g} and {FASTEST:g} Hz"
        raise InputError(path, f"{rate:g} samples a second by its header", wanted, "export the recording again")
    return raw


def _read_raw(path: Path, **settings: Any) -> Any:
    import mne

    check_regular(path)
    if is_hdf5(path):
        return _read_hdf5(path)
    if path.suffix.lower() == ".set" and (order := _mat_order(path)):
        check_matrices(path, order)
    if path.name.lower().endswith((".fif", ".fif.gz")):
        check_tags(path)
    return mne.io.read_raw(path, preload=False, verbose="warning", **settings)


def _mat_order(path: Path) -> Order | None:
    with path.open("rb") as file:
        return file_order(file.read(128))


def _read_hdf5(path: Path) -> Any:
    """MNE's object of a file that is HDF5, which is opened in another process first and last."""
    size = path.stat().st_size
    seconds, room = _SECONDS + size / _SLOWEST_READ, most_inflated(size) + _ROOM
    try:
        raw, heard = in_limited_process(lambda: _read_and_heard(path), seconds, room, patience=6)
    except (Stopped, MemoryError) as error:
        found = f"something on which its reader ends ({str(error) or 'no memory'})"
        do = "save it in MATLAB with '-v7', or convert it to EDF"
        raise InputError(path, found, "a whole recording", do) from error
    for message, category in heard:
        warnings.warn(message, category, stacklevel=2)
    return raw


def _read_and_heard(path: Path) -> tuple[Any, list[tuple[str, type[Warning]]]]:
    import mne

    check_objects(path)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        raw = mne.io.read_raw(path, preload=False, verbose="warning")
    return raw, [(str(warning.message), warning.category) for warning in heard]


def _open_edf(path: Path, excluded: tuple[str, ...], header: EdfHeader, remarks: list[str]) -> Any:
    settings: dict[str, Any] = {"exclude": excluded} if excluded else {}
    try:
        raw = _read_edf(path, header, settings)
    except Exception as error:
        if "invalid byte" not in str(error) and not isinstance(error, UnicodeDecodeError):
            raise
        raw = _read_edf(path, header, {**settings, "encoding": "latin1"})
        remarks.append(LATIN)
    padded = {name: name.split("\0")[0].strip() for name in raw.ch_names if "\0" in name}
    return raw.rename_channels(padded) if padded else raw


def _read_edf(path: Path, header: EdfHeader, settings: Mapping[str, Any]) -> Any:
    import mne

    if not header.mended:
        return _read_raw(path, **settings)
    # what MNE cannot read in the file it reads in a copy in memory, whose header is mended
    content = io.BytesIO(header.mended + path.read_bytes()[len(header.mended) :])
    read = mne.io.read_raw_bdf if path.suffix.lower() == ".bdf" else mne.io.read_raw_edf
    return read(content, preload=True, verbose="warning", **settings)


def _open_brainvision(path: Path, vision: BrainVision, remarks: list[str]) -> Any:
    import mne

    settings = {"overrides": dict(vision.overrides)} if vision.overrides else {}
    try:
        raw = _read_raw(path, **settings)
    except UnicodeDecodeError:  # MNE looks for the date in the markers as if they were UTF-8
        raw = _read_raw(path, overrides={**vision.overrides, "marker_fname": False})
        notes = mne.read_annotations(vision.markers, sfreq=raw.info["sfreq"])
        raw.set_meas_date(notes.orig_time).set_annotations(notes)
        remarks.append(LATIN)
    if vision.units:
        remarks.append(RESPELLED)
    # MNE takes channels in units that it does not know, and those without coordinates among others, for no EEG
    types = dict(zip(raw.ch_names, raw.get_channel_types(), strict=True))
    sites = [name for name in vision.volts if types[name] == "misc" and canonical(name) in standard_names()]
    return raw.set_channel_types(dict.fromkeys([*vision.units, *sites], "eeg"), on_unit_change="ignore")


def _factors(raw: Any, header: EdfHeader | None, vision: BrainVision | None) -> tuple[float, ...]:
    if header:
        return header.factors if set(header.factors) != {1.0} else ()
    if vision and vision.units:
        return tuple(MICROVOLTS[vision.units.get(name, "V")] * 1e-6 for name in raw.ch_names)
    return ()


def _epoched(path: Path, error: Exception) -> InputError | None:
    """The error for a file of epochs, or None where it holds none."""
    if not ("number of trials is" in str(error) if path.suffix.lower() == ".set" else _holds_epochs(path)):
        return None
    return InputError(
        path,
        "epochs that were cut out of a recording",
        "the continuous recording, of which start and stop say what belongs to each trial",
        "name the file from before epochs were cut",
    )


def _holds_epochs(path: Path) -> bool:
    import mne

    try:
        return bool(path.name.endswith((".fif", ".fif.gz")) and mne.what(path) == "epochs")
    except Exception:  # it is no FIF file at all, which has been said already
        return False


def _check_length(path: Path, raw: Any) -> None:
    """An EEGLAB recording's samples in a file beside it, against what its header says; others are looked at before."""
    samples = Path(raw.filenames[0]) if raw.filenames[0] else path
    if path.suffix.lower() != ".set" or samples.suffix.lower() != ".fdt":
        return
    size, wanted = samples.stat().st_size, 4 * len(raw.ch_names) * raw.n_times
    if size != wanted:
        found = f"{size} bytes in {samples.name}"
        header = f"{wanted} bytes, {raw.n_times} samples of {len(raw.ch_names)} channels, as {path.name} says"
        raise InputError(path, found, header, "copy both files again: one is cut or of another recording")


def _sorted_out(path: Path, heard: list[warnings.WarningMessage]) -> tuple[list[str], list[str]]:
    """MNE's remarks on missing samples, and all others in words for people."""
    damage, harmless = [], []
    for warning in heard:
        words = " ".join(str(warning.message).split())
        if words.startswith(_DAMAGE):
            damage.append(words)
        elif issubclass(warning.category, RuntimeWarning | UserWarning) and not words.startswith(_SETTLED):
            harmless.append(_in_our_words(path, words))
    return damage, harmless


def _in_our_words(path: Path, words: str) -> str:
    for pattern, ours in _OUR_WORDS.items():
        if found := re.match(pattern, words):
            return ours.format(_notes_lie(int(found[1]), ours)) if "{}" in ours else ours
    first = re.split(r"(?<=[a-z)])\. ", words.replace(str(path), "the file").replace(path.name, "the file"))[0]
    return f"MNE: {first[:160]}"


def _notes_lie(count: int, words: str) -> str:
    one, many = ("note runs", "notes run") if "past" in words else ("note lies", "notes lie")
    return f"{count} {one if count == 1 else many}"


def _notes(raw: Any, header: EdfHeader | None) -> Iterator[Note]:
    if header and header.starts:  # MNE, for which there are no pauses, has left out what lies behind its own end
        yield from (Note(*note) for note in header.notes)
        return
    for note in raw.annotations:  # whose onsets count from the first sample of the recording that this one was cut from
        yield Note(float(note["onset"] - raw.first_time), float(note["duration"]), str(note["description"]))
