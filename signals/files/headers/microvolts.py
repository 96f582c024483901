"""Units of voltage as files spell them."""

MICROVOLTS = {"uV": 1.0, "\u00b5V": 1.0, "\u03bcV": 1.0, "mV": 1e3, "V": 1e6}
"""Microvolts in one of each unit; any other is read as volts by MNE without a word, so it is refused."""

_MICRO = ("u", "\u00b5", "\u03bc", "\xc2\xb5", "\xce\xbc", "\x83\xca", "\xa6\xcc", "\xa5\xec", "\xa3g", "\xec", "\xe6")
"""The prefix, and what becomes of it where other code pages are read as Latin-1: the micro sign and the Greek letter in
UTF-8, then the letter in Shift-JIS, GB 2312, EUC-KR, Big5 and ISO 8859-7, and the sign of DOS."""

_SPELLINGS = {
    **dict.fromkeys([micro + volt for micro in _MICRO for volt in ("V", "v")], "uV"),
    **dict.fromkeys(("mv", "millivolt", "millivolts"), "mV"),
    **dict.fromkeys(("microv", "microvolt", "microvolts", "uvolt", "uvolts"), "uV"),
    **dict.fromkeys(("v", "volt", "volts"), "V"),
}


def known_unit(text: str) -> str:
    """The unit as ``MICROVOLTS`` spells it; empty where it is none of those. Text of bytes is read as Latin-1.

    One letter in capitals is another unit, so only words may be written so: MV is a million volts.
    """
    bare = "".join(text.replace("\0", "").split()).strip(".")
    if bare in MICROVOLTS:
        return bare
    return _SPELLINGS.get(bare.lower() if len(bare) > len("uVV") else bare, "")
