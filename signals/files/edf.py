"""EDF and BDF headers, checked before anything reads the file; and a small writer for lookalikes.

Formats: Kemp et al. 1992 (EDF), Kemp and Olivan 2003 (EDF+), BioSemi (BDF: the same header, 24-bit samples).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError

ANNOTATIONS = frozenset({"EDF Annotations", "BDF Annotations"})
MICROVOLTS = {"uV": 1.0, "\u00b5V": 1.0, "\u03bcV": 1.0, "mV": 1e3, "V": 1e6}
"""Microvolts in one of each unit that MNE scales; any other is read as volts without a word, so it is refused."""

_SIGNAL_FIELDS = {
    "labels": 16,
    "transducers": 80,
    "units": 8,
    "physical_min": 8,
    "physical_max": 8,
    "digital_min": 8,
    "digital_max": 8,
    "filters": 80,
    "samples": 8,
    "reserved": 32,
}
"""Characters of each field of a signal."""

_FIXED_WIDTHS = (80, 80, 8, 8, 8, 44, 8, 8, 4)
"""Characters behind the version: person, recording, date, time, header, kind, records, seconds, signals."""


@dataclass(frozen=True)
class EdfHeader:
    """The header of an EDF or BDF file, with which the file's size agrees.

    Attributes:
        n_records: Data records.
        seconds: Length of a data record.
        labels: Names of the signals, without annotations.
        units: Unit of each, as written.
        samples: Samples a record of each.
    """

    n_records: int
    seconds: float
    labels: tuple[str, ...]
    units: tuple[str, ...]
    samples: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class EdfSignal:
    """One signal to write: samples in ``unit``, a whole number of one-second records of ``rate`` samples."""

    label: str
    samples: np.ndarray
    rate: int
    unit: str = "uV"
    filters: str = ""


def read_edf_header(path: Path) -> EdfHeader:
    """The header of an EDF or BDF file, checked against the file's size. Reads no samples.

    Raises:
        InputError: The header is cut or garbled, the size differs from what it announces, or the recording was
            interrupted (EDF+D), which MNE would join without a gap.
    """
    with path.open("rb") as file:
        fixed = file.read(256)
        n_signals = _whole(path, "the number of signals", fixed[252:256])
        if len(fixed) < 256 or not 0 < n_signals < 10_000:
            raise _broken(path, f"{len(fixed)} bytes and {n_signals} signals")
        fields = _signal_fields(path, file.read(256 * n_signals), n_signals)
    if fixed[192:197] in (b"EDF+D", b"BDF+D"):
        raise InputError(
            path, "an interrupted recording (EDF+D)", "one without gaps (EDF+C)", "export each piece alone"
        )
    samples = tuple(_whole(path, "samples a record", text.encode("latin-1")) for text in fields["samples"])
    _check_size(path, fixed, samples, 256 * (n_signals + 1))
    signals = [i for i, label in enumerate(fields["labels"]) if label not in ANNOTATIONS]
    return EdfHeader(
        _whole(path, "the number of records", fixed[236:244]),
        _seconds(path, fixed[244:252]),
        tuple(fields["labels"][i] for i in signals),
        tuple(fields["units"][i] for i in signals),
        tuple(samples[i] for i in signals),
    )


def write_edf(path: Path, signals: Sequence[EdfSignal], note: str = "", bdf: bool = False) -> None:
    """Write EDF+C (or BDF+C) with one-second records and 57 samples of annotations, ``note`` at second 0.

    Header fields about people hold placeholders. Each signal's physical range is its own, as recorders write it.
    """
    n_records = len(signals[0].samples) // signals[0].rate
    notes = EdfSignal("BDF Annotations" if bdf else "EDF Annotations", np.zeros(0), 57, "")
    columns = [_digital(signal, n_records, bdf) for signal in signals] + [_annotations(n_records, note, bdf)]
    with path.open("wb") as file:
        file.write(_header([*signals, notes], n_records, bdf))
        file.write(np.concatenate(columns, axis=1).tobytes())


def write_bdf(
    path: Path, about: Sequence[str], columns: Sequence[Sequence[str]], digital: np.ndarray, rate: int
) -> None:
    """Write BDF as BioSemi does, from the texts of its header and the numbers that it stores.

    Args:
        path: The file.
        about: Person, recording, date and time.
        columns: For each field of a signal the texts of all C signals.
        digital: (C, N) whole numbers of 24 bits; N fills whole seconds.
        rate: Samples a second of all signals.
    """
    records = [_bytes_of(row.astype("<i4").reshape(-1, rate), bdf=True) for row in digital]
    content = np.concatenate(records, axis=1).tobytes()
    path.write_bytes(_header_bytes(about, "24BIT", len(records[0]), columns) + content)


def _signal_fields(path: Path, text: bytes, n_signals: int) -> dict[str, list[str]]:
    if len(text) < 256 * n_signals:
        raise _broken(path, f"{256 + len(text)} bytes")
    fields, at = {}, 0
    for name, width in _SIGNAL_FIELDS.items():
        pieces = [text[at + i * width : at + (i + 1) * width] for i in range(n_signals)]
        fields[name] = [piece.decode("latin-1").strip() for piece in pieces]
        at += width * n_signals
    return fields


def _check_size(path: Path, fixed: bytes, samples: tuple[int, ...], header: int) -> None:
    width = 3 if fixed[:1] == b"\xff" else 2  # a BDF file begins with byte 255, and its samples have 24 bits
    n_records = _whole(path, "the number of records", fixed[236:244])
    announced = header + n_records * width * sum(samples)
    size = path.stat().st_size
    if n_records < 1 or min(samples) < 1 or _whole(path, "the header's size", fixed[184:192]) != header:
        raise _broken(path, f"{n_records} records, a header of {fixed[184:192].decode('latin-1').strip()} bytes")
    if size != announced:
        wanted = f"{announced} bytes, as its header says ({n_records} records)"
        do = "copy the file again: it is cut short" if size < announced else "export it again: it was not closed"
        raise InputError(path, f"{size} bytes", wanted, do)


def _whole(path: Path, what: str, text: bytes) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise _broken(path, f"{text.decode('latin-1')!r} as {what}") from error


def _seconds(path: Path, text: bytes) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < np.inf:
        raise _broken(path, f"records of {text.decode('latin-1').strip()!r} seconds")
    return seconds


def _broken(path: Path, found: str) -> InputError:
    return InputError(path, found, "a whole EDF or BDF header", "copy or export the file again")


def _header(signals: Sequence[EdfSignal], n_records: int, bdf: bool) -> bytes:
    top = 2**23 - 1 if bdf else 2**15 - 1
    ranges = [_physical_range(signal) for signal in signals]
    columns = (
        [s.label for s in signals],
        [""] * len(signals),
        [s.unit for s in signals],
        [_in_eight(low) for low, _ in ranges],
        [_in_eight(high) for _, high in ranges],
        [str(-top - 1)] * len(signals),
        [str(top)] * len(signals),
        [s.filters for s in signals],
        [str(s.rate) for s in signals],
        [""] * len(signals),
    )
    # EDF+ writes X for what is not known of a person or a recording
    about = ("X X X X", "Startdate X X X X", "01.01.85", "00.00.00")
    return _header_bytes(about, "BDF+C" if bdf else "EDF+C", n_records, columns)


def _header_bytes(about: Sequence[str], kind: str, n_records: int, columns: Sequence[Sequence[str]]) -> bytes:
    """A header of one-second records: 256 bytes, and 256 for each signal, field by field."""
    n = len(columns[0])
    texts = (*about, str(256 * (n + 1)), kind, str(n_records), "1", str(n))
    fields = list(zip(texts, _FIXED_WIDTHS, strict=True))
    for column, width in zip(columns, _SIGNAL_FIELDS.values(), strict=True):
        fields += [(text, width) for text in column]
    version = b"0       " if kind.startswith("EDF") else b"\xffBIOSEMI"
    return version + b"".join(text.encode("latin-1").ljust(width)[:width] for text, width in fields)


def _in_eight(value: float) -> str:
    """A number in the eight characters that a header has for one."""
    return f"{value:.6g}"[:8]


def _physical_range(signal: EdfSignal) -> tuple[float, float]:
    if not signal.samples.size:
        return -1.0, 1.0
    low, high = float(signal.samples.min()), float(signal.samples.max())
    margin = max(high - low, 1e-3) / 100  # eight characters round the ends: stay inside them
    return float(_in_eight(low - margin)), float(_in_eight(high + margin))


def _digital(signal: EdfSignal, n_records: int, bdf: bool) -> np.ndarray:
    low, high = _physical_range(signal)
    top = 2**23 - 1 if bdf else 2**15 - 1
    steps = (signal.samples - low) / (high - low) * (2 * top + 1) - (top + 1)
    whole = np.round(steps).astype("<i4").reshape(n_records, signal.rate)
    return _bytes_of(whole, bdf)


def _bytes_of(whole: np.ndarray, bdf: bool) -> np.ndarray:
    octets = np.ascontiguousarray(whole).view(np.uint8).reshape(*whole.shape, 4)
    return octets[..., : 3 if bdf else 2].reshape(len(whole), -1)


def _annotations(n_records: int, note: str, bdf: bool) -> np.ndarray:
    width = 57 * (3 if bdf else 2)
    marks = [f"+{second}\x14\x14\0" for second in range(n_records)]
    marks[0] += f"+0.000\x14{note}\x14\0" if note else ""
    text = b"".join(mark.encode().ljust(width, b"\0")[:width] for mark in marks)
    return np.frombuffer(text, np.uint8).reshape(n_records, width)
