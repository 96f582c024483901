"""Scores that others published, with their source and what is known of their protocol. Cited, never measured here."""

from dataclasses import dataclass

SEED_NAMES = ("SEED", "SEEDFeatures")
FIRST_NINE, LEAVE_SUBJECT_OUT = "first_trials(9)", "leave_one_out('subject')"

SECONDARY = "as cited in later papers; the original was not checked"
LIBEER_TEST = "LibEER's repetition (README of its repository), best epoch chosen on the test part"
LIBEER_VALID = "LibEER (README of its repository), random 9/3/3 subjects of the first session, with a validation part"
TWO_SESSIONS = "two sessions a subject; how the epoch was chosen is not stated"


@dataclass(frozen=True)
class Published:
    """An accuracy that somebody reported.

    Args:
        model: Our name for the method.
        split: The protocol of ours that comes nearest.
        accuracy: In percent, over windows.
        deviation: Over subjects or runs, in percentage points; None where none is given.
        source: Who says so, and what is known of how.
    """

    model: str
    split: str
    accuracy: float
    deviation: float | None
    source: str

    def __str__(self) -> str:
        spread = f" ± {self.deviation:g}" if self.deviation is not None else ""
        return f"{self.accuracy:g}{spread} %"


PUBLISHED = (
    Published("STRNN", FIRST_NINE, 89.50, 7.63, f"Zhang et al. 2019 (arXiv 1705.04515), {SECONDARY}; {TWO_SESSIONS}"),
    Published("svm", FIRST_NINE, 83.99, 9.72, f"Zheng and Lu 2015, {SECONDARY}; {TWO_SESSIONS}"),
    Published("EEGNet", FIRST_NINE, 68.15, 12.32, LIBEER_TEST),
    Published("svm", LEAVE_SUBJECT_OUT, 56.73, None, f"a transfer-learning baseline, {SECONDARY}"),
    Published("EEGNet", LEAVE_SUBJECT_OUT, 38.19, None, LIBEER_VALID),
)
"""What was reported on SEED's three categories. A protocol named here is the nearest of ours, not always the same."""


def find_published(model: str, dataset: str, split: str) -> Published | None:
    """The published score of a method on a dataset under the nearest protocol; None where we know of none.

    Args:
        model: As one types it; settings do not count, since few papers state all of theirs.
        dataset: Its name.
        split: As one writes it.
    """
    if dataset not in SEED_NAMES:
        return None
    method = model.split("(")[0]
    return next((entry for entry in PUBLISHED if (entry.model, entry.split) == (method, split)), None)
