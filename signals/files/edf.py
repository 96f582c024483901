"""EDF and BDF files written, for lookalikes; how they are read: ``edf_header``.

Formats: Kemp et al. 1992 (EDF), Kemp and Olivan 2003 (EDF+), BioSemi (BDF: the same header, 24-bit samples).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .headers.edf_header import SIGNAL_FIELDS

_FIXED_WIDTHS = (80, 80, 8, 8, 8, 44, 8, 8, 4)
"""Characters behind the version: person, recording, date, time, header, kind, records, seconds, signals."""


@dataclass(frozen=True, eq=False)
class EdfSignal:
    """One signal to write: samples in ``unit``, a whole number of one-second records of ``rate`` samples."""

    label: str
    samples: np.ndarray
    rate: int
    unit: str = "uV"
    filters: str = ""


def write_edf(
    path: Path, signals: Sequence[EdfSignal], note: str | Mapping[float, str] = "", bdf: bool = False
) -> None:
    """Write EDF+C (or BDF+C) with one-second records and 57 samples of annotations.

    Header fields about people hold placeholders. Each signal's physical range is its own, as recorders write it.

    Args:
        path: The file.
        signals: What it holds.
        note: The text of an annotation at second 0, or of several by their seconds.
        bdf: Whether it is a BDF.
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


def write_long_edf(path: Path, names: Sequence[str], rate: int, pieces: Iterable[np.ndarray], n_records: int) -> None:
    """Write a plain EDF piece by piece, so that a file of any length needs the memory of one piece.

    Args:
        path: The file.
        names: Of the C channels.
        rate: Samples a second.
        pieces: (C, n) each, in microvolts within 3,276; n fills whole seconds.
        n_records: Seconds of all pieces together.
    """
    n, steps = len(names), 10  # steps of 0.1 microvolts
    limits = ["-3276.8"] * n, ["3276.7"] * n, ["-32768"] * n, ["32767"] * n
    columns = (list(names), [""] * n, ["uV"] * n, *limits, [""] * n, [str(rate)] * n, [""] * n)
    with path.open("wb") as file:
        file.write(_header_bytes(("X", "X", "01.01.85", "00.00.00"), "", n_records, columns))
        for piece in pieces:
            whole = np.round(piece * steps).astype("<i2").reshape(n, -1, rate)
            file.write(np.ascontiguousarray(whole.transpose(1, 0, 2)).data)


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
    for column, width in zip(columns, SIGNAL_FIELDS.values(), strict=True):
        fields += [(text, width) for text in column]
    version = b"\xffBIOSEMI" if kind.startswith(("BDF", "24BIT")) else b"0       "
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


def _annotations(n_records: int, note: str | Mapping[float, str], bdf: bool) -> np.ndarray:
    width = 57 * (3 if bdf else 2)
    marks = [f"+{second}\x14\x14\0" for second in range(n_records)]
    for second, words in ({0.0: note} if isinstance(note, str) else note).items():
        marks[int(second)] += f"+{second:.3f}\x14{words}\x14\0" if words else ""
    text = b"".join(mark.encode().ljust(width, b"\0")[:width] for mark in marks)
    return np.frombuffer(text, np.uint8).reshape(n_records, width)
