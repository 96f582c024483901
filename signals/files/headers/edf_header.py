"""EDF and BDF headers, read as MNE reads them and checked against the file's size before anything else is read.

Formats: Kemp et al. 1992 (EDF), Kemp and Olivan 2003 (EDF+), BioSemi (BDF: the same header, 24-bit samples).
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BufferedReader
from itertools import accumulate, pairwise
from pathlib import Path

from ...errors import InputError
from ...regular_file import check_regular

ANNOTATIONS = frozenset({"EDF Annotations", "BDF Annotations"})
SLOWEST, FASTEST = 1.0, 1e6
"""Samples a second (Hz) that a recording may claim; beyond them its header is wrong."""

SIGNAL_FIELDS = {
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

_COUNTS = {"the header's size": (184, 192), "the number of records": (236, 244), "the number of signals": (252, 256)}
_SECONDS = (244, 252)
_RANGES = ("physical_min", "physical_max", "digital_min", "digital_max")
_WHOLE = frozenset({*_COUNTS, "digital_min", "digital_max", "samples"})
_MNE_UNITS = {"uV": 1e-6, "\u00b5V": 1e-6, "\u03bcV": 1e-6, "\x83\xcaV": 1e-6, "mV": 1e-3}
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
_ONSET = re.compile(rb"([+-]\d+(?:[.,]\d*)?)[\x14\x15]")
_NOTE = re.compile(rb"([+-]\d+\.?\d*)(?:\x15(\d+\.?\d*))?\x14([^\x00]+)\x14\x00")

MICROVOLTS = {"nV": 1e-3, "uV": 1.0, "\u00b5V": 1.0, "\u03bcV": 1.0, "mV": 1e3, "V": 1e6}
"""Microvolts in one of each unit; any other is read as volts by MNE without a word, so it is refused."""

_PAUSED = (b"EDF+D", b"BDF+D")
_TIMED = (*_PAUSED, b"EDF+C", b"BDF+C")
"""Kinds of files with pauses between records, and all whose records have a time."""

_JITTER = 0.01
"""Seconds by which the times of two records may be off without a jump: some programs round them."""

_MANY_JUMPS = 0.5
"""Share of the records from which on times that jump tell nothing: a program wrote something else there."""

_MICRO = ("u", "\u00b5", "\u03bc", "\xc2\xb5", "\xce\xbc", "\x83\xca", "\xa6\xcc", "\xa5\xec", "\xa3g", "\xec", "\xe6")
"""The prefix, and what becomes of it where other code pages are read as Latin-1: the micro sign and the Greek letter in
UTF-8, then the letter in Shift-JIS, GB 2312, EUC-KR, Big5 and ISO 8859-7, and the sign of DOS."""

_SPELLINGS = {
    **dict.fromkeys([micro + volt for micro in _MICRO for volt in ("V", "v")], "uV"),
    **dict.fromkeys(("nv", "nanovolt", "nanovolts"), "nV"),
    **dict.fromkeys(("mv", "millivolt", "millivolts"), "mV"),
    **dict.fromkeys(("microv", "microvolt", "microvolts", "uvolt", "uvolts"), "uV"),
    **dict.fromkeys(("v", "volt", "volts"), "V"),
}

COUNTED = "the header does not say how many records there are: counted from the file's size"
RECOUNTED = "the file holds more records than its header says: counted from the file's size"
CUT_RECORD = "the last record was not finished: left out"
PADDED = "zeros follow the last record: left out"
PUNCTUATED = "numbers in the header have commas or blanks in them: read as decimal commas and thousands"
RESPELLED = "units are written in another way or code page, and were understood as microvolts, millivolts or volts"
JUMPS = "marked as one piece (EDF+C), but the times of its records jump: read as interrupted there"
STRAY_TIMES = "marked as one piece (EDF+C), and single records have a time out of line with their neighbours: not used"
ODD_TIMES = "marked as one piece (EDF+C), and the times of its records do not follow on one another: not used"
NO_TIMES = "marked as interrupted (EDF+D) without a time of any record: read as one piece"


@dataclass(frozen=True)
class EdfHeader:
    """The header of an EDF or BDF file, with which the file's size agrees. Signals are those without annotations.

    Attributes:
        n_records: Data records.
        seconds: Length of a data record.
        labels: Names of the signals.
        units: Unit of each, as ``MICROVOLTS`` spells it where it is one of those, else as written.
        samples: Samples a record of each.
        as_mne: Names of the signals as MNE spells them.
        factors: What MNE reads of each signal times this is in volts, where the unit is a known one.
        faults: What is wrong with the numbers of each; empty where nothing is.
        starts: Seconds from the first record at which each record begins; empty where each begins as the last ends,
            as far as times are known and follow on one another.
        notes: Of a recording with such pauses: seconds from the first record, duration and text of its annotations.
        remarks: What was assumed or left out.
        mended: The header's bytes with numbers that MNE can read; empty where it can read those in the file.
    """

    n_records: int
    seconds: float
    labels: tuple[str, ...]
    units: tuple[str, ...]
    samples: tuple[int, ...]
    as_mne: tuple[str, ...]
    factors: tuple[float, ...]
    faults: tuple[str, ...]
    starts: tuple[float, ...] = ()
    notes: tuple[tuple[float, float, str], ...] = ()
    remarks: tuple[str, ...] = ()
    mended: bytes = b""

    def session_seconds(self, seconds: float) -> float:
        """Seconds since the first record at which a sample was taken that MNE, which knows no pauses, puts at these."""
        if not self.starts:
            return seconds
        record = min(int(seconds / self.seconds + 1e-9), len(self.starts) - 1)
        return self.starts[record] + seconds - record * self.seconds


def read_edf_header(path: Path) -> EdfHeader:
    """The header of an EDF or BDF file, checked against the file's size. Reads no samples.

    Numbers with decimal commas or thousands, fields padded with NUL, a missing number of records and zeros behind the
    last record are understood, with a remark.

    Raises:
        InputError: The header is cut or garbled, claims an impossible rate, or the size differs from what it announces.
    """
    check_regular(path)
    with path.open("rb") as file:
        fixed = file.read(256)
        n_signals = _counts(path, fixed)["the number of signals"]
        if len(fixed) < 256 or not 0 < n_signals < 10_000:
            raise _broken(path, f"{len(fixed)} bytes and {n_signals} signals")
        table = file.read(256 * n_signals)
        fields = _signal_fields(path, table, n_signals)
        signals = _Signals(path, fixed, fields)
        size, remarks = _records(signals)
        if _punctuated(fixed + table, n_signals):
            remarks.append(PUNCTUATED)
        kind = fixed[192:197]
        marked = [*_marks(signals, size, file)] if kind in _TIMED else []
    if kind in _PAUSED and not marked:
        remarks.append(NO_TIMES)
    header = signals.header(size, remarks, _mended(fixed, table, n_signals))
    if kind in _PAUSED and marked:
        return _with_pauses(header, marked, path)
    return _with_jumps(header, marked) if marked else header


def known_unit(text: str) -> str:
    """The unit as ``MICROVOLTS`` spells it; empty where it is none of those. Text of bytes is read as Latin-1.

    One letter in capitals is another unit, so only words may be written so: MV is a million volts.
    """
    bare = "".join(text.replace("\0", "").split()).strip(".")
    if bare in MICROVOLTS:
        return bare
    return _SPELLINGS.get(bare.lower() if len(bare) > len("uVV") else bare, "")


@dataclass(frozen=True)
class _Signals:
    """What a header says of its signals, annotations among them."""

    path: Path
    fixed: bytes
    fields: Mapping[str, Sequence[bytes]]

    @property
    def seconds(self) -> float:
        text = self.fixed[slice(*_SECONDS)]
        seconds = _real(text)
        if not 0 < seconds < math.inf:
            raise _broken(self.path, f"records of {_text(text)!r} seconds")
        return seconds

    @property
    def samples(self) -> list[int]:
        return [_whole(self.path, "samples a record", text) for text in self.fields["samples"]]

    @property
    def width(self) -> int:
        return 3 if self.fixed[:1] == b"\xff" else 2  # a BDF file begins with byte 255, and its samples have 24 bits

    @property
    def labels(self) -> list[str]:
        return [_text(text) for text in self.fields["labels"]]

    @property
    def fastest(self) -> float:
        """Samples a second of the fastest signal, Hz."""
        others = [n for n, label in zip(self.samples, self.labels, strict=True) if label not in ANNOTATIONS]
        return max(others or self.samples) / self.seconds

    def header(self, n_records: int, remarks: list[str], mended: bytes) -> EdfHeader:
        labels, samples, units = self.labels, self.samples, [text.strip() for text in self.fields["units"]]
        which = [i for i, label in enumerate(labels) if label not in ANNOTATIONS]
        known = [known_unit(_text(unit)) for unit in units]
        if any(name and _text(unit) not in MICROVOLTS for name, unit in zip(known, units, strict=True)):
            remarks.append(RESPELLED)
        return EdfHeader(
            n_records=n_records,
            seconds=self.seconds,
            labels=tuple(labels[i] for i in which),
            units=tuple(known[i] or _text(units[i]) for i in which),
            samples=tuple(samples[i] for i in which),
            as_mne=tuple(self.fields["labels"][i].strip().decode("latin-1") for i in which),
            factors=tuple(_factor(known[i], units[i]) for i in which),
            faults=tuple(_fault(self.fields, i) for i in which),
            remarks=tuple(remarks),
            mended=mended,
        )


def _signal_fields(path: Path, text: bytes, n_signals: int) -> dict[str, list[bytes]]:
    if len(text) < 256 * n_signals:
        raise _broken(path, f"{256 + len(text)} bytes")
    fields, at = {}, 0
    for name, width in SIGNAL_FIELDS.items():
        fields[name] = [text[at + i * width : at + (i + 1) * width] for i in range(n_signals)]
        at += width * n_signals
    for name in _RANGES:
        for field in fields[name]:
            try:
                float(_plain(field, whole=False))
            except ValueError as error:
                raise _broken(path, f"{_text(field)!r} as {name.replace('_', ' ')}imum") from error
    return fields


def _records(signals: _Signals) -> tuple[int, list[str]]:
    """The number of whole records in the file, and what had to be assumed or left out."""
    path, counts = signals.path, _counts(signals.path, signals.fixed)
    samples, n_records, claimed = signals.samples, counts["the number of records"], counts["the header's size"]
    header = 256 * (len(samples) + 1)
    if n_records < -1 or min(samples) < 1 or claimed != header:
        raise _broken(path, f"{n_records} records, a header of {claimed} bytes")
    if not SLOWEST <= signals.fastest <= FASTEST:
        found = f"{signals.fastest:g} samples a second by its header"
        wanted = f"a rate between {SLOWEST:g} and {FASTEST:g} Hz"
        raise InputError(path, found, wanted, "convert the recording anew: its header is wrong")
    record, size = signals.width * sum(samples), path.stat().st_size - header
    if n_records < 1 and size < record:
        raise _broken(path, f"{n_records} records in {size} bytes")
    if size < n_records * record:
        wanted = f"{header + n_records * record} bytes, as its header says ({n_records} records)"
        raise InputError(path, f"{header + size} bytes", wanted, "copy the file again: it is cut short")
    if size > n_records * record and n_records > 0 and _only_zeros(path, header + n_records * record):
        return n_records, [PADDED]
    # a recording that was not stopped in order has no number of records, or an earlier one
    counted = size // record
    behind = [CUT_RECORD] if size % record else []
    return counted, [*([COUNTED] if n_records < 1 else [RECOUNTED] if counted > n_records else []), *behind]


def _only_zeros(path: Path, begin: int) -> bool:
    check_regular(path)
    with path.open("rb") as file:
        file.seek(begin)
        return not any(any(block) for block in iter(lambda: file.read(1 << 20), b""))


def _marks(signals: _Signals, n_records: int, file: BufferedReader) -> Iterator[bytes]:
    """What the annotation signals hold in each record; nothing where there are none."""
    places = [i for i, label in enumerate(signals.labels) if label in ANNOTATIONS]
    record, header = signals.width * sum(signals.samples), 256 * (len(signals.samples) + 1)
    for number in range(n_records if places else 0):
        texts = []
        for place in places:
            file.seek(header + number * record + signals.width * sum(signals.samples[:place]))
            texts.append(file.read(signals.width * signals.samples[place]))
        yield b"\0".join(texts)


def _with_pauses(header: EdfHeader, marked: Sequence[bytes], path: Path) -> EdfHeader:
    """The header with the times of its records and all of its notes, where there are pauses between records."""
    onsets = [_ONSET.match(text) for text in marked]
    if None in onsets:
        found = f"no time of record {onsets.index(None) + 1} in an interrupted recording (EDF+D)"
        raise _broken(path, found)
    times = [float(onset[1].replace(b",", b".")) for onset in onsets if onset]
    starts = tuple(time - times[0] for time in times)
    # times are often written to a millisecond; half a sample is none
    room = max(0.5 * header.seconds / max(header.samples), 1e-3)
    if all(abs(start - number * header.seconds) <= room for number, start in enumerate(starts)):
        return header
    return replace(header, starts=starts, notes=tuple(_notes(marked, times[0])))


def _with_jumps(header: EdfHeader, marked: Sequence[bytes]) -> EdfHeader:
    """The header of a recording that says it is one piece, with the times of its records where they jump.

    Rounded times, and clocks that drift from record to record, are no jumps: the records follow on one another.
    """
    onsets = [_ONSET.match(text) for text in marked]
    if None in onsets:  # such a file is one piece by its own word, and no time says otherwise
        return header
    written = [float(onset[1].replace(b",", b".")) for onset in onsets if onset]
    room = max(1.5 * header.seconds / max(header.samples), _JITTER)
    times = _in_line(written, header.seconds, room)
    if times != written:
        header = replace(header, remarks=(*header.remarks, STRAY_TIMES))
    steps = [later - earlier for earlier, later in pairwise(times)]
    jumps = {step for step in steps if abs(step - header.seconds) > room}
    if not jumps:
        return header
    if sum(step in jumps for step in steps) > max(_MANY_JUMPS * len(steps), 1):
        return replace(header, remarks=(*header.remarks, ODD_TIMES))
    exact = [step if step in jumps else header.seconds for step in steps]
    starts = tuple(accumulate(exact, initial=0.0))
    return replace(header, starts=starts, notes=tuple(_notes(marked, times[0])), remarks=(*header.remarks, JUMPS))


def _in_line(times: Sequence[float], seconds: float, room: float) -> list[float]:
    """Times of records; of one whose neighbours leave it no other place, that place."""
    placed = list(times)
    for number in range(1, len(placed) - 1):
        here = placed[number - 1] + seconds
        if abs(placed[number] - here) > room and abs(placed[number + 1] - here - seconds) <= room:
            placed[number] = here
    return placed


def _notes(marked: Sequence[bytes], first: float) -> Iterator[tuple[float, float, str]]:
    for text in marked:
        for onset, duration, words in _NOTE.findall(text):
            for name in words.split(b"\x14"):
                yield float(onset) - first, float(duration or 0), _decoded(name)


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _counts(path: Path, fixed: bytes) -> dict[str, int]:
    return {what: _whole(path, what, fixed[slice(*place)]) for what, place in _COUNTS.items()}


def _fault(fields: Mapping[str, Sequence[bytes]], signal: int) -> str:
    """What is wrong with the ends of a signal's range."""
    low, high, least, most = (_real(fields[name][signal]) for name in _RANGES)
    if not all(map(math.isfinite, (low, high, least, most))):
        written = ", ".join(_text(fields[name][signal]) for name in _RANGES)
        return f"a range that is no number ({written})"
    if least == most:
        return f"digital minimum = maximum ({least:g})"
    return f"physical minimum = maximum ({low:g})" if low == high else ""


def _factor(known: str, written: bytes) -> float:
    by_mne = _MNE_UNITS.get(written.decode("latin-1"), 1.0)
    return MICROVOLTS[known] * 1e-6 / by_mne if known else 1.0


def _mended(fixed: bytes, table: bytes, n_signals: int) -> bytes:
    """The header with numbers that MNE can read; nothing where it reads those that are there as we do."""
    header, changed = bytearray(fixed + table), False
    for name, place in _number_places(n_signals):
        written = bytes(header[place])
        plain, by_mne = _plain(written, name in _WHOLE), _text(written)
        if plain != (by_mne.replace(",", ".") if name in _RANGES else by_mne):
            header[place], changed = plain.encode("latin-1").ljust(len(written)), True
    return bytes(header) if changed else b""


def _number_places(n_signals: int) -> Iterator[tuple[str, slice]]:
    """Each number in a header: its name, and where it stands."""
    yield from ((what, slice(*place)) for what, place in _COUNTS.items())
    yield "seconds", slice(*_SECONDS)
    at = 256
    for name, width in SIGNAL_FIELDS.items():
        if name in (*_RANGES, "samples"):
            yield from ((name, slice(at + i * width, at + (i + 1) * width)) for i in range(n_signals))
        at += width * n_signals


def _punctuated(header: bytes, n_signals: int) -> bool:
    written = ((header[place], name in _WHOLE) for name, place in _number_places(n_signals))
    return any(_plain(field, whole) != _text(field) for field, whole in written)


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("latin-1").strip()


def _plain(field: bytes, whole: bool) -> str:
    """A number as Python writes it: blanks and commas between thousands left out, a decimal comma as a point."""
    text = re.sub(r"[\s\xa0']", "", _text(field))
    # 1,000 is a thousand where only a whole number makes sense; else it is one, as MNE takes it
    if _THOUSANDS.fullmatch(text) and (whole or text.count(",") > 1):
        return text.replace(",", "")
    return text.replace(",", ".")


def _real(field: bytes) -> float:
    try:
        return float(_plain(field, whole=False))
    except ValueError:
        return math.nan


def _whole(path: Path, what: str, field: bytes) -> int:
    try:
        return int(_plain(field, whole=True))
    except ValueError as error:
        raise _broken(path, f"{_text(field)!r} as {what}") from error


def _broken(path: Path, found: str) -> InputError:
    return InputError(path, found, "a whole EDF or BDF header", "copy or export the file again")
