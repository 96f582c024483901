"""Layouts: the drawings' graphs against the numbers of the paper, maps that can be cut back, refusals by name."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emoscan.signals import (
    CORNERS,
    DRAWINGS,
    EPOC_14,
    SCALP_19,
    SCALP_32,
    SEED_62,
    InputError,
    Layout,
    drawing,
    patch_grid,
)

GRIDS = [(1, 1), (1, 5), (4, 1), (3, 4), (7, 7)]
OPPOSITE = {"top-left": "bottom-right", "top-right": "bottom-left"}
SOURCES = {
    "top-left": {"FP1", "F7"},
    "top-right": {"FP2", "F8"},
    "bottom-left": {"P7", "PO7", "CB1"},
    "bottom-right": {"P8", "PO8", "CB2"},
}


def scan(layout, corner):
    return layout.scans[CORNERS.index(corner)]


def edges_by_hand(layout, corner):
    """All pairs of neighbouring cells whose step points away from the corner or along its two sides."""
    down, right = (1 if "top" in corner else -1), (1 if "left" in corner else -1)
    return {
        (a, b)
        for a, (r, c) in enumerate(layout.cells)
        for b, (i, k) in enumerate(layout.cells)
        if (i - r, k - c) in {(down, 0), (0, right), (down, right)}
    }


@pytest.mark.parametrize("corner", CORNERS)
def test_seed_has_151_edges_on_13_levels_from_each_corner(corner):
    walk = scan(SEED_62, corner)
    assert (len(SEED_62), SEED_62.shape) == (62, (9, 9))
    assert (len(walk.edges), len(walk.levels), max(map(len, walk.levels))) == (151, 13, 7)


def test_the_four_walks_over_seed_are_pairwise_distinct():
    assert len({walk.edges for walk in SEED_62.scans}) == 4


@pytest.mark.parametrize("corner", CORNERS)
def test_a_walk_over_seed_begins_at_the_sites_of_the_paper(corner):
    walk = scan(SEED_62, corner)
    first = {SEED_62.sites[site] for site, before in enumerate(walk.predecessors) if not before}
    assert first == SOURCES[corner]
    assert {SEED_62.sites[site] for site in walk.levels[0]} == first


@pytest.mark.parametrize(
    "corner, widths",
    [
        ("top-left", [2, 4, 4, 5, 5, 5, 6, 6, 7, 6, 5, 4, 3]),
        ("top-right", [2, 4, 4, 5, 5, 5, 6, 6, 7, 6, 5, 4, 3]),
        ("bottom-left", [3, 4, 5, 6, 7, 6, 6, 5, 6, 5, 5, 3, 1]),
        ("bottom-right", [3, 4, 5, 6, 7, 6, 6, 5, 6, 5, 5, 3, 1]),
    ],
)
def test_levels_of_seed_are_as_wide_as_counted_by_hand(corner, widths):
    assert [len(level) for level in scan(SEED_62, corner).levels] == widths


def test_the_drawing_of_seed_is_in_the_order_of_its_files():
    rows = [row for row, _ in SEED_62.cells]
    assert rows == sorted(rows)
    assert SEED_62.sites[:6] == ("FP1", "FPZ", "FP2", "AF3", "AF4", "F7")
    assert SEED_62.sites[-5:] == ("CB1", "O1", "OZ", "O2", "CB2")


@pytest.mark.parametrize("layout", [*DRAWINGS.values(), patch_grid(3, 5)], ids=lambda layout: layout.name)
@pytest.mark.parametrize("corner", OPPOSITE)
def test_the_walk_from_the_opposite_corner_is_the_reverse(layout, corner):
    reverse = {(b, a) for a, b in scan(layout, corner).edges}
    assert scan(layout, OPPOSITE[corner]).edges == reverse


@pytest.mark.parametrize("layout", DRAWINGS.values(), ids=lambda layout: layout.name)
@pytest.mark.parametrize("corner", CORNERS)
def test_the_predecessors_are_the_neighbours_on_the_side_of_the_corner(layout, corner):
    assert scan(layout, corner).edges == edges_by_hand(layout, corner)


@pytest.mark.parametrize("layout", DRAWINGS.values(), ids=lambda layout: layout.name)
@pytest.mark.parametrize("corner", CORNERS)
def test_a_level_is_one_above_the_deepest_predecessor(layout, corner):
    walk = scan(layout, corner)
    level = {site: depth for depth, sites in enumerate(walk.levels) for site in sites}
    assert sorted(walk.order) == list(range(len(layout)))
    for site, before in enumerate(walk.predecessors):
        assert level[site] == max((level[b] + 1 for b in before), default=0)
    assert {(a, b) for a, after in enumerate(walk.successors) for b in after} == walk.edges


@pytest.mark.parametrize("layout", DRAWINGS.values(), ids=lambda layout: layout.name)
def test_the_mirror_of_a_drawing_swaps_odd_and_even_names_and_keeps_the_midline(layout):
    def partner(name):
        digit = "".join(filter(str.isdigit, name))
        return name.replace(digit, str(int(digit) + (1 if int(digit) % 2 else -1))) if digit else name

    assert [layout.sites[m] for m in layout.mirror] == [partner(site) for site in layout.sites]
    np.testing.assert_array_equal(layout.mirror[layout.mirror], np.arange(len(layout)))
    mirrored = {(layout.mirror[a], layout.mirror[b]) for a, b in scan(layout, "top-left").edges}
    assert mirrored == scan(layout, "top-right").edges


@pytest.mark.parametrize(
    "layout, sites, shape",
    [(SEED_62, 62, (9, 9)), (SCALP_32, 32, (9, 5)), (SCALP_19, 19, (5, 5)), (EPOC_14, 14, (6, 4))],
)
def test_a_drawing_has_the_sites_of_its_name(layout, sites, shape):
    assert (len(layout), layout.shape) == (sites, shape)
    assert DRAWINGS[layout.name] is layout


def test_the_mirror_of_a_lopsided_layout_is_refused_by_name():
    with pytest.raises(InputError, match="no mirror partner for F7"):
        _ = drawing("lopsided", "F7 F3 .\n . Cz .\n . Pz P4").mirror


@pytest.mark.parametrize("rows, columns", GRIDS)
@pytest.mark.parametrize("corner", CORNERS)
def test_a_patch_grid_has_its_known_levels_and_edges(rows, columns, corner):
    walk = scan(patch_grid(rows, columns), corner)
    assert len(walk.levels) == rows + columns - 1
    assert len(walk.edges) == rows * (columns - 1) + (rows - 1) * columns + (rows - 1) * (columns - 1)


def volumes(layout, features):
    shapes = st.lists(st.integers(1, 3), max_size=2).map(lambda lead: (*lead, len(layout), features))
    return shapes.flatmap(lambda shape: arrays(np.float32, shape, elements=st.floats(-9, 9, width=32)))


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from([*DRAWINGS.values(), patch_grid(2, 3)]), st.integers(1, 4))
def test_a_scalp_map_is_cut_back_into_what_it_was_made_of(data, layout, features):
    x = data.draw(volumes(layout, features))
    made = layout.as_map(x)
    assert made.shape == (*x.shape[:-2], features, *layout.shape)
    assert made.dtype == x.dtype
    np.testing.assert_array_equal(layout.from_map(made), x)
    assert np.count_nonzero(made) == np.count_nonzero(x)


@settings(max_examples=25, deadline=None)
@given(st.data(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 5))
def test_pixels_make_the_image_again_both_ways(data, rows, columns, height, width):
    layout = patch_grid(rows, columns, (height, width))
    x = data.draw(volumes(layout, height * width))
    image = layout.as_map(x)
    assert image.shape == (*x.shape[:-2], 1, rows * height, columns * width)
    np.testing.assert_array_equal(layout.from_map(image), x)
    np.testing.assert_array_equal(layout.as_map(layout.from_map(image)), image)


def test_a_patch_is_the_rectangle_of_the_image_at_its_cell():
    image = np.arange(6 * 8).reshape(1, 6, 8)
    layout = patch_grid(3, 2, (2, 4))
    for x, (r, c) in zip(layout.from_map(image), layout.cells, strict=True):
        np.testing.assert_array_equal(x.reshape(2, 4), image[0, 2 * r : 2 * r + 2, 4 * c : 4 * c + 4])


def test_a_site_lies_on_the_map_where_the_drawing_has_it():
    made = SEED_62.as_map(np.arange(62.0)[:, None])
    assert made[0, 4, 4] == SEED_62.sites.index("CZ")
    assert made[0, 0, 3] == SEED_62.sites.index("FP1")


@pytest.mark.parametrize(
    "sites, cells, named",
    [
        (("Fz", "Cz", "Oz"), ((0, 0), (1, 0), (3, 0)), "Oz without any neighbour"),
        (("Fz", "Oz"), ((0, 0), (2, 0)), "Fz, Oz without any neighbour"),
        (("Fz", "fz"), ((0, 0), (0, 1)), "FZ twice"),
        (("T3", "T7"), ((0, 0), (0, 1)), "T7 twice"),
        (("Fz", "Cz"), ((0, 0), (0, 0)), "Cz, Fz on one cell"),
        (("Fz", "Cz"), ((0, 0),), "2 sites and 1 cells"),
        ((), (), "0 sites"),
        (("Fz", "Cz"), ((0, 0), (-1, 0)), "row, column >= 0"),
    ],
)
def test_a_layout_that_cannot_be_is_refused_by_name(sites, cells, named):
    with pytest.raises(InputError, match=named):
        Layout("wrong", sites, cells)


def test_as_many_positions_as_sites_are_wanted():
    with pytest.raises(InputError, match="a position for each or none"):
        Layout("wrong", ("Fz", "Cz"), ((0, 0), (1, 0)), positions=((0.0, 0.0),))


def test_one_site_alone_is_allowed():
    alone = Layout("one", ("Cz",), ((0, 0),))
    assert [walk.levels for walk in alone.scans] == [((0,),)] * 4
    assert alone.mirror.tolist() == [0]
    assert alone.as_map(np.ones((3, 1, 2))).shape == (3, 2, 1, 1)


@pytest.mark.parametrize("layout", [*DRAWINGS.values(), patch_grid(2, 3), patch_grid(2, 3, (4, 5))], ids=repr)
def test_what_is_stored_as_json_is_read_back_equal(layout):
    again = Layout.from_json(json.loads(json.dumps(layout.to_json())))
    assert again == layout
    assert hash(again) == hash(layout)
    assert pickle.loads(pickle.dumps(layout)) == layout


def test_sites_are_found_by_any_case_old_name_and_prefix():
    layout = drawing("four", "T7 T8\nP7 P8")
    assert layout.index(["EEG T6-REF", "t5", "x", "EEG T4", "T3.."]).tolist() == [4, 3, 1, 0]


def test_a_missing_channel_is_named():
    with pytest.raises(InputError, match="also P7, P8"):
        drawing("four", "T7 T8\nP7 P8").index(["T7", "T8", "Cz"])


def test_a_drawing_is_read_row_by_row():
    layout = drawing(
        "five",
        """
        .   Fz  .
        C3  Cz  C4
        .   Pz  .
    """,
    )
    assert layout.sites == ("Fz", "C3", "Cz", "C4", "Pz")
    assert layout.cells == ((0, 1), (1, 0), (1, 1), (1, 2), (2, 1))
    assert repr(layout) == "Layout('five', 5 sites on 3 x 3)"
