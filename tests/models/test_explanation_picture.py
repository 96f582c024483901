"""Pictures of explanations: values where they belong, one scale, one clock, no face unless given, refusals."""

import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from pair_study import pair_cache

from emoscan.models import as_trained_model, make_learner
from emoscan.models.explaining.explained_timeline import FACE_ROWS, _face_rows, explained_time
from emoscan.models.explaining.explainer import explain
from emoscan.models.explaining.explanation import Explanation
from emoscan.models.learning.network_learner import predict_windows
from emoscan.models.pictures.explained_timeline_picture import draw_explained_time_line
from emoscan.models.pictures.explanation_picture import (
    _on_the_head,
    draw_explanation,
    draw_face_maps,
    draw_scalp_maps,
    mean_maps,
)
from emoscan.models.pictures.face_map import draw_face_map, patches_of
from emoscan.models.pictures.map_grid import MapGrid, Scale
from emoscan.preprocessing import regions
from emoscan.signals import SCALP_19, SEED_62, InputError, drawing, layout_from_positions, patch_grid

SMALL = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3, temporal_nodes=2)"
BANDS = ("delta", "theta", "alpha", "beta", "gamma")


def explanation_of(values, layout, features, valid=None, method="gradient"):
    """An explanation of one series called by what it is."""
    name = "eeg" if layout.pixels is None and layout is SCALP_19 else "face"
    valid = np.ones(values.shape[:2], bool) if valid is None else valid
    return Explanation({name: values}, {name: valid}, {name: layout}, {name: tuple(features)}, method, "category")


def by_site_and_slice(found):
    """(S, T) mean absolute value over features, and the windows in which the slice is valid."""
    total = np.abs(found.values["eeg"]).mean(axis=3).sum(axis=0).T
    return total / found.valid["eeg"].sum(axis=0)


@pytest.fixture
def readable(tmp_path):
    """Draws into an SVG whose text stays text, and gives it."""

    def draw(function, *args, **own):
        with matplotlib.rc_context({"svg.fonttype": "none"}):
            return function(*args, path=tmp_path / "picture.svg", **own).read_text()

    return draw


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A model of two modalities, one missing in a trial, its windows and what counted."""
    cache = pair_cache(
        tmp_path_factory.mktemp("pair") / "cache", effect=1.0, trials=3, face_start=2.0, without=[("face", (2,))]
    )
    windows = cache.joint_windows(4, 2)
    own = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3)"
    model = as_trained_model(make_learner(f"Gated(eeg={own!r}, face={own!r})", epochs=1).fit(windows), cache)
    return model, windows, explain(model, windows, "gradient")


@pytest.mark.parametrize("layout", [SCALP_19, SEED_62], ids=repr)
def test_electrodes_stand_where_they_are_on_the_head(layout):
    points, placed = _on_the_head(layout)
    at = {layout.sites[k].upper(): point for k, point in zip(placed, points, strict=True)}
    assert at["T7"][0] < 0 < at["T8"][0]
    assert at["O1"][1] < 0 < at["FP1"][1]
    np.testing.assert_allclose(at["T7"] * [-1, 1], at["T8"], atol=0.003)
    assert max(np.hypot(*point) for point in points) <= 0.0955  # none beside the drawn head


def test_positions_of_the_layout_go_before_names():
    turned = np.array([[0, 0.09, 0.02], [0, -0.09, 0.02], [0.09, 0, 0.02], [-0.09, 0, 0.02], [0, 0, 0.1]])
    points, _ = _on_the_head(layout_from_positions(["T7", "T8", "Fz", "Oz", "Cz"], turned, "turned"))
    assert points[0][1] > 0.05 > abs(points[0][0])


def test_sites_without_a_position_are_left_out_and_said(readable):
    values = np.ones((1, 62))
    values[0, [SEED_62.sites.index(name) for name in ("CB1", "CB2")]] = np.nan  # never looked at
    assert "left out: CB1, CB2" in readable(draw_scalp_maps, values, ["all"], SEED_62, label="logit")
    assert "left out" not in readable(draw_scalp_maps, np.ones((1, 19)), ["all"], SCALP_19, label="logit")


@pytest.mark.parametrize(
    "layout",
    [drawing("three", "Fp1 Fz Fp2"), drawing("odd", "A B\nC D\nE F"), patch_grid(2, 3)],
    ids=["three", "unknown", "patches"],
)
def test_fewer_than_four_places_on_the_head_are_refused(layout, tmp_path):
    with pytest.raises(InputError, match="sites with a position on the head"):
        draw_scalp_maps(np.ones((1, len(layout))), ["all"], layout, tmp_path / "a.png", label="logit")


@pytest.mark.parametrize("values, ends", [([0.0, 2.0], (0, 2)), ([-1.0, 2.0], (-2, 2)), ([0.0, 0.0], (0, 1))])
def test_one_scale_begins_at_zero_or_lies_about_it(values, ends):
    scale = Scale.of(np.array(values))
    assert (scale.low, scale.high) == ends


def test_maps_come_in_order_and_in_lines_of_equal_length():
    maps = np.arange(6.0)[:, None] + np.zeros(19)
    grid = MapGrid.of(maps, "abcdef", None, 19)
    assert grid.shape == (2, 3)
    assert [(name, values[0]) for name, _, values in grid.panels()] == [(n, k) for k, n in enumerate("abcdef")]
    assert MapGrid.of(maps.reshape(2, 3, 19), "abc", "xy", 19).shape == (2, 3)


@pytest.mark.parametrize(
    "maps, names, rows",
    [
        (np.ones((2, 19)), "abc", None),
        (np.ones((3, 18)), "abc", None),
        (np.ones((3, 19)), "abc", "xy"),
        (np.ones((0, 19)), "", None),
    ],
)
def test_maps_that_do_not_fit_their_names_or_sites_are_refused(maps, names, rows, tmp_path):
    with pytest.raises(InputError, match="by names and sites"):
        draw_scalp_maps(maps, names, SCALP_19, tmp_path / "a.png", label="logit", rows=rows)


def test_what_is_not_finite_is_refused(tmp_path):
    with pytest.raises(InputError, match="not finite"):
        draw_scalp_maps(np.full((1, 19), np.nan), ["a"], SCALP_19, tmp_path / "a.png", label="logit")


@pytest.mark.parametrize(
    "layout",
    [
        patch_grid(3, 4),
        patch_grid(7, 5),
        patch_grid(1, 6),
        patch_grid(4, 4, (12, 12)),
        patch_grid(3, 3, (20, 20), (48, 48)),
    ],
    ids=repr,
)
def test_patches_of_a_grid_cover_the_picture(layout):
    patches = patches_of(layout)
    assert patches.count.min() >= 1
    values = np.zeros(len(layout))
    values[0] = 1  # top left
    image = draw_face_map(Figure().subplots(), values, patches, Scale.of(values), None)
    assert image.get_array()[0, 0] == 1
    assert image.get_array()[-1, -1] == 0
    assert image.axes.get_ylim()[0] > image.axes.get_ylim()[1]  # row 0 on top


@pytest.mark.parametrize("layout", [regions((96, 96)), regions((96, 96)).without_pixels()], ids=["pixels", "features"])
def test_regions_lie_about_their_positions(layout):
    patches = patches_of(layout)
    height, width = patches.image
    centres = (np.array(patches.corners) + np.array(patches.size) / 2)[:, ::-1] / (width, height)
    np.testing.assert_allclose(centres, layout.positions, atol=0.03)


def test_electrodes_have_no_place_on_a_face(tmp_path):
    with pytest.raises(InputError, match="no place in a picture"):
        draw_face_maps(np.ones((1, 19)), ["a"], SCALP_19, tmp_path / "a.png", label="logit")


def test_a_face_is_shown_only_where_one_is_given(readable):
    maps, own, face = np.random.default_rng(0).random((2, 12)), {"label": "logit"}, np.zeros((48, 48))
    patches, scale = patches_of(patch_grid(3, 4)), Scale.of(maps)
    for given, images in ((None, 1), (face, 2)):
        axes = Figure().subplots()
        draw_face_map(axes, maps[0], patches, scale, given)
        assert len(axes.images) == images
    bare = readable(draw_face_maps, maps, "ab", patch_grid(3, 4), **own)
    shown = readable(draw_face_maps, maps, "ab", patch_grid(3, 4), face=face, **own)
    assert "lines: where" in bare
    assert "lines: where" not in shown
    with pytest.raises(InputError, match="gray picture"):
        readable(draw_face_maps, maps, "ab", patch_grid(3, 4), face=face[None], **own)


@pytest.mark.parametrize("ending, begins", [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_ending_says_which_kind_and_nothing_global_changes(ending, begins, tmp_path):
    before = dict(matplotlib.rcParams)
    drawn = draw_scalp_maps(np.eye(19)[:2], "ab", SCALP_19, tmp_path / f"a.{ending}", label="logit")
    assert drawn.read_bytes().startswith(begins)
    assert dict(matplotlib.rcParams) == before
    assert not sys.modules["matplotlib.pyplot"].get_fignums()


def test_maps_are_the_explanation_s_own_means():
    rng = np.random.default_rng(0)
    valid = rng.random((6, 4)) > 0.3
    found = explanation_of(rng.standard_normal((6, 4, 19, 5)) * valid[:, :, None, None], SCALP_19, BANDS, valid)
    maps, names, rows = mean_maps(found, "eeg", "feature")
    assert (names, rows) == (BANDS, None)
    np.testing.assert_allclose(maps, found.by_site_and_feature("eeg").T)
    maps, names, _ = mean_maps(found, "eeg", "slice")
    assert names == ("slice 1", "slice 2", "slice 3", "slice 4")
    np.testing.assert_allclose(maps, by_site_and_slice(found).T)
    np.testing.assert_allclose(mean_maps(found, "eeg", "site")[0][0], found.by_site("eeg"))
    maps, names, rows = mean_maps(found, "eeg", "both")
    assert maps.shape == (5, 4, 19)
    assert (len(names), rows) == (4, BANDS)
    np.testing.assert_allclose(maps[2, 1], np.abs(found.values["eeg"][:, 1, :, 2]).sum(axis=0) / valid[:, 1].sum())


def test_what_a_method_tells_not_apart_gets_one_map():
    alike = np.broadcast_to(np.random.default_rng(0).random((3, 1, 19, 1)), (3, 4, 19, 5))
    for by, name in (("feature", "all features alike"), ("slice", "all slices alike")):
        maps, names, rows = mean_maps(explanation_of(alike, SCALP_19, BANDS), "eeg", by)
        assert (maps.shape, names, rows) == ((1, 19), (name,), None)


def test_many_features_have_their_mean_and_many_slices_come_in_groups():
    values = np.random.default_rng(0).random((2, 20, 12, 36))
    found = explanation_of(values, patch_grid(3, 4, (6, 6)), [f"pixel {k}" for k in range(36)])
    maps, names, _ = mean_maps(found, "face", "feature")
    assert names == ("mean of 36 features",)
    np.testing.assert_allclose(maps[0], found.by_site("face"))
    names = mean_maps(found, "face", "slice")[1]
    assert len(names) == 9
    assert names[0] == "slices 1 to 3"


def test_an_explanation_is_drawn_on_what_its_layout_is_of(readable):
    rng = np.random.default_rng(0)
    head = readable(draw_explanation, explanation_of(rng.random((2, 3, 19, 5)), SCALP_19, BANDS), "eeg", by="both")
    assert all(f">{name}<" in head for name in (*BANDS, "slice 1", "slice 2", "slice 3"))
    face = explanation_of(rng.random((2, 3, 12, 2)), patch_grid(3, 4), "ab")
    assert "alignment brings eyes" in readable(draw_explanation, face, "face")
    with pytest.raises(InputError, match="one of feature, slice, both, site"):
        readable(draw_explanation, face, "face", by="band")
    with pytest.raises(InputError, match="no series 'ecg'"):
        readable(draw_explanation, face, "ecg")
    with pytest.raises(InputError, match="a face, and electrodes"):
        readable(
            draw_explanation, explanation_of(rng.random((2, 3, 19, 5)), SCALP_19, BANDS), "eeg", face=np.zeros((8, 8))
        )


@pytest.fixture(scope="module")
def alone(cache):
    """A small model of EEG."""
    return as_trained_model(make_learner(SMALL, epochs=1).fit(cache.windows(3, 3)), cache)


def test_rows_along_a_trial_are_what_the_windows_say_of_its_slices(cache, alone):
    windows = cache.windows(3, 3)
    found = explain(alone, windows, "gradient")
    shown = explained_time(alone, windows, found, trial=4)
    (rows,) = shown.rows
    own = np.abs(found.values["eeg"][windows.trials == 4]).mean(axis=3).reshape(-1, 19)  # (slices, S)
    np.testing.assert_allclose(rows.values[:, :9], own.T, rtol=1e-5)
    assert np.isnan(rows.values[:, 9]).all()  # no window holds the tenth slice
    assert rows.times.tolist() == cache[4]["eeg"].times.tolist()
    assert shown.timeline.times.tolist() == [3, 6, 9]
    said = predict_windows(alone.model, alone.scaling, windows.take(np.flatnonzero(windows.trials == 4)))
    np.testing.assert_array_equal(shown.timeline.prediction.probability, said.probability)


def test_windows_that_overlap_are_averaged(cache, alone):
    windows = cache.windows(3, 1)
    found = explain(alone, windows, "gradient")
    rows = explained_time(alone, windows, found, trial=0, by="feature").rows[0]
    own = np.abs(found.values["eeg"][windows.trials == 0]).mean(axis=2)  # (B, T, F)
    np.testing.assert_allclose(rows.values[:, 0], own[0, 0], rtol=1e-5)
    np.testing.assert_allclose(rows.values[:, 1], (own[0, 1] + own[1, 0]) / 2, rtol=1e-5)
    np.testing.assert_allclose(rows.values[:, 4], (own[2, 2] + own[3, 1] + own[4, 0]) / 3, rtol=1e-5)


def test_the_mean_over_windows_is_the_explanation_s_own(cache, alone):
    windows = cache.windows(3, 3)
    found = explain(alone, windows, "gradient")
    shown = explained_time(alone, windows, found)
    np.testing.assert_allclose(shown.rows[0].values, by_site_and_slice(found), rtol=1e-5)
    assert shown.timeline.times.tolist() == [0, 3]


def test_series_of_other_rates_share_one_clock(pair):
    model, windows, found = pair
    shown = explained_time(model, windows, found, trial=0)
    eeg, face = shown.rows
    assert (eeg.duration, face.duration) == (1.0, 0.25)
    assert (eeg.times[0], face.times[0]) == (100, 102)  # as recorded
    assert shown.timeline.times[0] == 104
    assert shown.timeline.times[-1] == face.times[-1] + face.duration == 122


def test_a_missing_series_has_no_rows_and_the_picture_is_drawn(pair, readable):
    model, windows, found = pair
    shown = explained_time(model, windows, found, trial=1)
    assert [len(rows.times) for rows in shown.rows] == [20, 0]
    drawn = readable(draw_explained_time_line, shown)
    assert "time on the session clock / s" in drawn
    assert "simulated" in drawn


def test_patches_of_a_face_come_together_by_height():
    values = np.broadcast_to(np.arange(64)[:, None] // 8, (1, 1, 64, 2)).astype(float)  # each row its number
    found = explanation_of(values, patch_grid(8, 8), "ab")
    names, weights = _face_rows(found.layouts["face"])
    assert names == FACE_ROWS
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    heights = found.by_site("face") @ weights
    assert (np.diff(heights) > 0).all()
    assert _face_rows(patch_grid(1, 3))[0] == ("nose, cheeks",)


@pytest.mark.parametrize("own, wrong", [({"by": "band"}, "no such way"), ({"trial": 99}, "no window")])
def test_a_time_line_of_nothing_is_refused(cache, alone, own, wrong):
    windows = cache.windows(3, 3)
    found = explain(alone, windows, "gradient")
    with pytest.raises(InputError, match=wrong):
        explained_time(alone, windows, found, **own)
    with pytest.raises(InputError, match="that were explained"):
        explained_time(alone, windows.take(np.arange(4)), found)
