"""The colours of every picture, by what they mean; no other module names one.

Lines and marks stand out from white paper by 3 to 1 or more (WCAG 2.1, success criterion 1.4.11). Any two colours of
``LINES`` are at least 25 apart in CIELAB for normal eyes, and for eyes that lack the red or the green cones; the tests
measure both.
"""

BLUE, VERMILION, GREEN, PURPLE = "#0072b2", "#d55e00", "#338855", "#662266"
VIOLET, BROWN, BLACK, GREY = "#6f6fff", "#553300", "#000000", "#888899"

LINES = (BLUE, VERMILION, GREEN, PURPLE, VIOLET, BROWN, BLACK, GREY)
"""Kinds without a meaning of their own, such as categories: the first for the first, and so on."""

STYLES = ("-", "--", "-.", ":")
"""Styles of lines, to be told apart in gray print too."""

# Scores: what a model reached, and what it is held against.
PREDICTED, TRUTH = BLUE, BLACK
LABELS_ALONE = VERMILION
"""The bar: what labels alone give."""
PERSON = GREY
"""What each person reached."""
REFERENCE = "#555555"
"""What a curve is held against: random orders, confidence that equals accuracy."""
MISSED = VERMILION
"""How far something is off."""

# Training.
TRAINING, VALIDATION, CHOSEN = BLUE, VERMILION, REFERENCE
BEFORE, AFTER = GREY, BLUE

# Streams and series.
EEG, FACE = BLUE, VERMILION
GAP = BLACK
"""What is missing in a recording, or wrong."""
MODALITIES = (PURPLE, BROWN, REFERENCE)
"""Modalities alone, where joins of them are drawn in the colours of controls."""
JOINED, WITHOUT, SHIFTED, SWAPPED = BLUE, VERMILION, GREEN, VIOLET
"""A join of modalities, and the controls that it must pass."""

# Faces in pictures: these lie on photographs, not on paper.
SEEN, LOST, LANDMARK = GREEN, VERMILION, "#ffd23f"
OUTLINE, RIM = "#111111", "#ffffff"

# Paper, and what only guides the eye: fainter than lines, on purpose.
PAPER, INK, NOTE = "#ffffff", "#000000", "#444444"
GRID, AXIS, BAND, UNKNOWN = "#e5e8eb", "#c0c6cc", "#dfe5ea", "#c0c6cc"

# Colour maps, by matplotlib's names.
IMPORTANCE = "viridis"
"""From zero on."""
SIGNED = "RdBu_r"
"""About zero, or about the middle of a scale."""
SHARE = "Blues"
"""Shares of a whole, 0 to 1."""
COUNT = "viridis"
POWER = "cividis"
PRESENCE = "Greens"
INTENSITY = "Greys"
PIXELS = "gray"
