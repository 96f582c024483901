"""Layouts drawn by hand: the electrode sets that emotion datasets use."""

from .layout import Layout, drawing

SEED_62: Layout = drawing(
    "seed-62",
    """
    .    .    .    FP1  FPZ  FP2  .    .    .
    .    .    .    AF3  .    AF4  .    .    .
    F7   F5   F3   F1   FZ   F2   F4   F6   F8
    FT7  FC5  FC3  FC1  FCZ  FC2  FC4  FC6  FT8
    T7   C5   C3   C1   CZ   C2   C4   C6   T8
    TP7  CP5  CP3  CP1  CPZ  CP2  CP4  CP6  TP8
    P7   P5   P3   P1   PZ   P2   P4   P6   P8
    .    PO7  PO5  PO3  POZ  PO4  PO6  PO8  .
    .    .    CB1  O1   OZ   O2   CB2  .    .
""",
)
"""SEED, SEED-IV, -V, -VII: read row by row this is the channel order of the files (151 edges, 13 levels a scan)."""

SCALP_32: Layout = drawing(
    "scalp-32",
    """
    .    Fp1  .    Fp2  .
    .    AF3  .    AF4  .
    F7   F3   Fz   F4   F8
    FC5  FC1  .    FC2  FC6
    T7   C3   Cz   C4   T8
    CP5  CP1  .    CP2  CP6
    P7   P3   Pz   P4   P8
    .    PO3  .    PO4  .
    .    O1   Oz   O2   .
""",
)
"""DEAP and MAHNOB-HCI: BioSemi's 32."""

SCALP_19: Layout = drawing(
    "scalp-19",
    """
    .    Fp1  .    Fp2  .
    F7   F3   Fz   F4   F8
    T7   C3   Cz   C4   T8
    P7   P3   Pz   P4   P8
    .    O1   .    O2   .
""",
)
"""The international 10-20 system without ear and reference electrodes."""

EPOC_14: Layout = drawing(
    "epoc-14",
    """
    .    AF3  AF4  .
    F7   F3   F4   F8
    .    FC5  FC6  .
    T7   .    .    T8
    P7   .    .    P8
    .    O1   O2   .
""",
)
"""Emotiv EPOC: DREAMER, AMIGOS."""

DRAWINGS: dict[str, Layout] = {layout.name: layout for layout in (SEED_62, SCALP_32, SCALP_19, EPOC_14)}
"""Every drawing by its name."""
