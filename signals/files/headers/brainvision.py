"""BrainVision headers: the files that a recording consists of, and whether its samples are all there."""

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...regular_file import file_bytes
from .edf_header import known_unit

SUFFIXES = (".vhdr", ".ahdr")
_WIDTHS = {"INT_16": 2, "UINT_16": 2, "INT_32": 4, "IEEE_FLOAT_32": 4, "IEEE_FLOAT_64": 8}
_MNE_UNITS = frozenset({"V", "mV", "\u00b5V", "uV", "nV"})

RENAMED = "the header names another data file, which is not there: read the one of the header's own name"
COUNTED = "the header does not say how many samples there are: counted from the file's size"


@dataclass(frozen=True)
class BrainVision:
    """What the header of a BrainVision recording says, as far as MNE does not check it.

    Attributes:
        data: The file of samples.
        markers: The file of markers, if there is one.
        overrides: What MNE must be told instead of the header's own words.
        units: Unit of each channel whose unit MNE does not know but we do, as ``MICROVOLTS`` spells it.
        volts: Channels in units that MNE knows.
        remarks: What was assumed.
    """

    data: Path
    markers: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    volts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def read_brainvision_header(path: Path) -> BrainVision:
    """The header of a BrainVision recording, checked against the size of its samples.

    Where the file that it names is not there, but one of the header's own name is, as after renaming, that is taken.

    Raises:
        InputError: The file of samples is not there, or its size is not what the header says.
    """
    header = _parsed(path)
    common = _section(header, "common infos")
    named = path.parent / common.get("datafile", "").replace("$b", path.stem)
    data, overrides, remarks = named, {}, []
    if not named.is_file():
        data = _own_data(path, named)
        overrides["data_fname"] = data.name
        remarks.append(RENAMED)
    if _is_binary(common):
        _check_size(path, data, header)
        if _points(common) is None:
            remarks.append(COUNTED)
    units = _units(header)
    return BrainVision(
        data=data,
        markers=_markers(path, common),
        overrides=overrides,
        units={name: known_unit(unit) for name, unit in units.items() if unit not in _MNE_UNITS and known_unit(unit)},
        volts=tuple(name for name, unit in units.items() if unit in _MNE_UNITS),
        remarks=tuple(remarks),
    )


def _own_data(path: Path, named: Path) -> Path:
    own = [file for file in sorted(path.parent.iterdir()) if file.stem == path.stem and _holds_samples(file)]
    if len(own) == 1:
        return own[0]
    found = f"no {named.name}, which it names as its data" if named.name else "no DataFile in the header"
    others = f", and {', '.join(file.name for file in own)}" if own else ""
    raise InputError(
        path,
        f"{found}{others}",
        f"the samples in {named.name or path.with_suffix('.eeg').name} beside it",
        "put that file there, or correct the line DataFile= of the header: the parts were renamed or not all copied",
    )


def _markers(path: Path, common: Mapping[str, str]) -> Path | None:
    named = path.parent / common.get("markerfile", "").replace("$b", path.stem)
    return next((file for file in (named, path.with_suffix(".vmrk")) if file.is_file()), None)


def _holds_samples(file: Path) -> bool:
    return file.suffix.lower() in (".eeg", ".dat", ".avg", ".seg")


def _check_size(path: Path, data: Path, header: configparser.ConfigParser) -> None:
    common = _section(header, "common infos")
    width = _WIDTHS.get(_section(header, "binary infos").get("binaryformat", "").upper())
    channels, points = common.get("numberofchannels", ""), _points(common)
    if width is None or not channels.isdigit() or not int(channels):
        return  # MNE says what is wrong
    size, sample = data.stat().st_size, width * (int(channels) + (path.suffix.lower() == ".ahdr"))
    if points is None and size % sample == 0 and size:
        return
    if points is None or not points.isdigit() or int(points) * sample != size:
        wanted = f"{points} samples" if points else "a whole number of samples"
        found = f"{size // sample} samples in {size} bytes of {data.name}"
        raise InputError(path, found, wanted, "copy the recording again: it is cut, or not the one of this header")


def _points(common: Mapping[str, str]) -> str | None:
    """The number of samples, where the header has one: it is optional, and zero where it was never written."""
    points = common.get("datapoints", "0").strip()
    return None if points in ("0", "") else points


def _is_binary(common: Mapping[str, str]) -> bool:
    return common.get("dataformat", "").upper() == "BINARY"


def _units(header: configparser.ConfigParser) -> dict[str, str]:
    """Units by the names of the channels, as MNE sees them; microvolts where the header has none."""
    units = {}
    for line in _section(header, "channel infos").values():
        name, _, _, unit = [*line.split(",")[:4], "", "", ""][:4]
        units[name.replace(r"\1", ",")] = unit.replace("\xc2", "") or "\u00b5V"
    return units


def _section(header: configparser.ConfigParser, name: str) -> Mapping[str, str]:
    found = next((section for section in header.sections() if section.lower() == name), None)
    # a line without "=" says nothing
    return {key: value for key, value in header[found].items() if value is not None} if found else {}


def _parsed(path: Path) -> configparser.ConfigParser:
    content = file_bytes(path)
    codepage = re.search(rb"^Codepage=(.+)$", content, re.M | re.I)
    text = _decoded(content, codepage[1].decode("latin-1").strip() if codepage else "utf-8")
    _, _, body = text.split("[Comment]")[0].partition("\n")  # its first line names the format
    header = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        header.read_string(body)
    except configparser.Error as error:
        found = " ".join(str(error).split())[:160]
        raise InputError(path, found, "a BrainVision header", "copy or export the recording again") from error
    return header


def _decoded(content: bytes, codepage: str) -> str:
    try:
        return content.decode("cp1252" if codepage == "ANSI" else codepage)
    except (LookupError, UnicodeDecodeError):
        return content.decode("latin-1")
