"""Names of people that differ in spelling only: one person would train and test as two."""

import unicodedata
from collections.abc import Iterable

from ...signals import InputError


def check_spellings(subjects: Iterable[str], where: str) -> None:
    """Refuse two names that a reader would take for one.

    Raises:
        InputError: Two names are equal but for capitals, spaces, what is not printed, or how accents are stored.
    """
    known: dict[str, str] = {}
    for subject in dict.fromkeys(subjects):
        earlier = known.setdefault(_plain(subject), subject)
        if earlier != subject:
            raise InputError(
                where,
                f"subjects {earlier!a} and {subject!a}",
                "one spelling of each name (as two people they would stand on both sides of a split)",
                "write the name alike everywhere; of two people, call one otherwise",
            )


def _plain(name: str) -> str:
    printed = (letter for letter in unicodedata.normalize("NFKC", name) if unicodedata.category(letter)[0] != "C")
    return "".join("".join(printed).split()).casefold()
