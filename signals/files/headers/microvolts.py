"""Units of voltage as files spell them."""

MICROVOLTS = {"uV": 1.0, "\u00b5V": 1.0, "\u03bcV": 1.0, "mV": 1e3, "V": 1e6}
"""Microvolts in one of each unit; any other is read as volts by MNE without a word, so it is refused."""

_MICRO = ("u", "\u00b5", "\u03bc", "micro", "\x83\xca", "\xc2\xb5", "\xce\xbc", "\xe6", "\xa6\xcc", "\x96\xb5")
"""The prefix as it is written, and what Shift-JIS, UTF-8, DOS and GB 2312 make of it where bytes are read as Latin-1."""

_SPELLINGS = {
    **{micro + volt: "uV" for micro in _MICRO for volt in ("V", "v", "volt", "volts", "Volt", "Volts")},
    **{milli + volt: "mV" for milli in ("m", "milli") for volt in ("V", "v", "volt", "volts", "Volt", "Volts")},
    **dict.fromkeys(("V", "v", "volt", "volts", "Volt", "Volts"), "V"),
}


def known_unit(text: str) -> str:
    """The unit as ``MICROVOLTS`` spells it; empty where it is none of those. Text of bytes is read as Latin-1."""
    bare = text.replace("\0", "").strip().strip(".")
    return bare if bare in MICROVOLTS else _SPELLINGS.get(bare, _SPELLINGS.get(bare.lower(), "") if len(bare) > 2 else "")
