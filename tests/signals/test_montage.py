"""Layouts from positions: symmetric, connected, unique cells, in the order of the head, and the same every time."""

import mne
import numpy as np
import pytest

from emoscan.signals import (
    EPOC_14,
    SCALP_19,
    SCALP_32,
    SEED_62,
    InputError,
    canonical,
    layout_from_info,
    layout_from_montage,
    layout_from_positions,
    standard_montage,
    standard_names,
)
from emoscan.signals.layouts.placement import DEFAULT_CENTRE, flat_positions

TEN_TWENTY = standard_montage()
MONTAGES = [
    "biosemi16",
    "biosemi32",
    "biosemi64",
    "biosemi128",
    "biosemi256",
    "easycap-M1",
    "GSN-HydroCel-128",
    "standard_1005",
]
CLEARLY = 2
"""Cells: sites further apart than this keep their order."""


def info_of(names):
    """MNE's Info of 10-05 electrodes."""
    made = mne.create_info([standard_names()[canonical(name)] for name in names], 100.0, "eeg")
    return made.set_montage(TEN_TWENTY, verbose="error")


def of_drawing(drawn):
    return layout_from_info(info_of(site for site in drawn.sites if canonical(site) in standard_names()), drawn.name)


@pytest.fixture(scope="module", params=[*MONTAGES, SEED_62, SCALP_32, SCALP_19, EPOC_14], ids=str)
def layout(request):
    return layout_from_montage(request.param) if isinstance(request.param, str) else of_drawing(request.param)


def links(layout):
    """Which sites can be reached from the first over neighbouring cells."""
    cells = np.array(layout.cells)
    near = np.abs(cells[:, None] - cells).max(axis=-1) == 1
    reached = np.eye(len(layout), dtype=bool)[0]
    for _ in range(len(layout)):
        reached = reached | near[reached].any(axis=0)
    return reached


def test_every_site_is_linked_to_every_other(layout):
    assert links(layout).all()
    assert len(set(layout.cells)) == len(layout)


def test_what_mirrors_on_the_head_mirrors_on_the_grid(layout):
    flat = flat_positions(np.array(layout.positions))
    across = np.linalg.norm(flat[:, None] * [-1, 1] - flat, axis=-1)
    np.testing.assert_array_equal(layout.mirror, across.argmin(axis=1))


def test_the_midline_stands_in_the_middle_column(layout):
    midline = np.flatnonzero(layout.mirror == np.arange(len(layout)))
    assert all(2 * layout.cells[site][1] == layout.shape[1] - 1 for site in midline)
    assert layout.shape[1] % 2 == (1 if len(midline) else 0)


@pytest.mark.parametrize("axis", [0, 1], ids=["left to right", "front to back"])
def test_sites_that_are_clearly_apart_keep_their_order(layout, axis):
    across, front = flat_positions(np.array(layout.positions)).T
    place, cell = (across, -front)[axis], np.array(layout.cells)[:, 1 - axis]
    step = np.ptp(place) / max(np.ptp(cell), 1)
    before = place[:, None] < place - CLEARLY * step
    assert before.any()
    assert (cell[:, None] < cell)[before].all()


def test_the_grid_is_small(layout):
    rows, columns = layout.shape
    assert len(layout) <= rows * columns <= 2 * len(layout)


def test_the_whole_scan_reaches_every_site(layout):
    for walk in layout.scans:
        assert sorted(walk.order) == list(range(len(layout)))
        assert len(walk.edges) >= len(layout)


@pytest.mark.parametrize("axis", [0, 1], ids=["front to back", "left to right"])
def test_seed_by_position_is_ordered_as_it_is_drawn(axis):
    placed = of_drawing(SEED_62)
    drawn = np.array(SEED_62.cells)[SEED_62.index([*map(str.upper, placed.sites), "CB1", "CB2"]) < len(placed), axis]
    made = np.array(placed.cells)[:, axis]
    assert len(placed) == 60
    clearly = drawn[:, None] + 2 < drawn
    assert (made[:, None] < made)[clearly].mean() > 0.98
    assert (made[:, None] <= made)[clearly].all()


def test_the_ten_twenty_system_is_placed_as_it_is_drawn():
    placed = of_drawing(SCALP_19)
    assert placed.cells == SCALP_19.cells
    assert [canonical(site) for site in placed.sites] == [canonical(site) for site in SCALP_19.sites]


def test_positions_are_those_of_the_recording_in_metres():
    info = info_of(SCALP_19.sites)
    placed = layout_from_info(info)
    np.testing.assert_array_equal(placed.positions, [channel["loc"][:3] for channel in info["chs"]])
    assert placed.name == "electrodes-19"
    assert 0.05 < np.linalg.norm(placed.positions, axis=1).mean() < 0.15


def test_two_runs_give_one_layout_and_the_order_of_sites_does_not_matter():
    first = layout_from_montage("biosemi64")
    assert layout_from_montage("biosemi64") == first
    order = np.random.default_rng(0).permutation(64)
    again = layout_from_positions([first.sites[i] for i in order], [first.positions[i] for i in order], "biosemi64")
    assert dict(zip(again.sites, again.cells, strict=True)) == dict(zip(first.sites, first.cells, strict=True))


def test_a_site_without_partner_leaves_the_others_where_they_were():
    kept = [i for i, site in enumerate(SCALP_19.sites) if site != "F8"]
    placed = layout_from_info(info_of(SCALP_19.sites[i] for i in kept))
    assert placed.cells == tuple(SCALP_19.cells[i] for i in kept)


@pytest.mark.parametrize(
    "names",
    [
        ("Cz",),
        ("F3", "F4"),
        ("Fz", "Cz", "Pz"),
        ("AF7", "AF8", "TP9", "TP10"),
        ("F3", "C3", "P3", "O1"),
        ("C3", "Cz", "C4"),
        ("Fp1", "Oz"),
    ],
    ids=" ".join,
)
def test_a_handful_of_electrodes_is_linked_too(names):
    placed = layout_from_info(info_of(names))
    assert links(placed).all()
    assert placed.shape[0] * placed.shape[1] <= 3 * len(names)


@pytest.mark.parametrize("seed", range(20))
def test_any_choice_of_electrodes_however_lopsided_is_linked(seed):
    rng = np.random.default_rng(seed)
    names = sorted({name for name in standard_names().values() if name[0] not in "AM"})
    chosen = rng.choice(names, rng.integers(2, 40), replace=False)
    points = TEN_TWENTY.get_positions()["ch_pos"]
    assert links(layout_from_positions(chosen, [points[name] for name in chosen], "chosen")).all()


def test_only_the_eeg_channels_of_a_recording_are_placed():
    info = mne.create_info([*TEN_TWENTY.ch_names[:6], "ECG", "STI"], 100.0, ["eeg"] * 6 + ["ecg", "stim"])
    info.set_montage(TEN_TWENTY, verbose="error")
    assert layout_from_info(info).sites == tuple(TEN_TWENTY.ch_names[:6])
    with pytest.raises(InputError, match="found channels ECG, STI; wanted EEG channels"):
        layout_from_info(mne.pick_info(info, [6, 7]))


def test_a_montage_object_does_as_well_as_its_name():
    montage = mne.channels.make_standard_montage("biosemi32")
    assert layout_from_montage(montage, "biosemi32") == layout_from_montage("biosemi32")
    assert layout_from_montage(montage).name == "electrodes-32"


def test_of_several_names_for_one_point_the_first_is_taken():
    montage = mne.channels.make_dig_montage({"T3": [-0.09, 0, 0.02], "T7": [-0.09, 0, 0.02], "Cz": [0, 0, 0.1]})
    assert layout_from_montage(montage).sites == ("T3", "Cz")


def test_channels_without_a_position_are_named():
    info = mne.create_info(["Fz", "X1", "X2"], 100.0, "eeg")
    info.set_montage(TEN_TWENTY, on_missing="ignore", verbose="error")
    with pytest.raises(InputError, match="X1, X2 without a position"):
        layout_from_info(info)
    with pytest.raises(InputError, match="b without a position"):
        layout_from_positions(("a", "b"), [[0, 0, 0.1], [0, 0, 0]], "zeros")


def test_channels_at_one_point_are_named():
    with pytest.raises(InputError, match="a, c at the same point"):
        layout_from_positions("abc", [[0, 0, 0.1], [0, 0.05, 0.1], [0, 0, 0.1]], "twins")


def test_as_many_points_as_names_are_wanted():
    with pytest.raises(InputError, match="2 names, points"):
        layout_from_positions("ab", [[0, 0, 0.1]], "short")


def test_an_unknown_montage_is_answered_with_those_that_exist():
    with pytest.raises(InputError, match=r"biosemi65.*biosemi64"):
        layout_from_montage("biosemi65")


def test_flattening_keeps_the_arc_from_the_top_and_the_direction():
    arc, azimuth = np.array([0.0, 0.3, 1.0, np.pi / 2, 2.0]), np.array([0.0, 1.0, 2.0, -3.0, -1.0])
    ball = np.stack([np.sin(arc) * np.cos(azimuth), np.sin(arc) * np.sin(azimuth), np.cos(arc)], axis=1)
    flat = flat_positions(0.09 * ball + DEFAULT_CENTRE)
    np.testing.assert_allclose(flat, arc[:, None] * np.stack([np.cos(azimuth), np.sin(azimuth)], axis=1), atol=1e-12)


def test_the_centre_of_the_head_is_found_wherever_it_lies():
    points = np.array(layout_from_montage("biosemi32").positions)
    moved = points + np.array([0.01, -0.02, 0.03])
    np.testing.assert_allclose(flat_positions(moved), flat_positions(points), atol=1e-9)


def test_the_standard_names_are_those_of_the_standard_montage():
    assert standard_names()["CZ"] == "Cz"
    assert set(standard_names().values()) <= set(TEN_TWENTY.ch_names)
    assert standard_names()["T7"] in TEN_TWENTY.ch_names
