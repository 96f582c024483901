"""A gaze is found in what eye trackers write; two eyes become one, and what was not seen is missing."""

from pathlib import Path

import numpy as np
import pytest

from emoscan.signals import Source
from emoscan.signals.streams.gaze import UNEVEN, Eye, find_eyes, gaze_rows, gaze_stream, usual_rate

TOBII_STUDIO = (
    "Timestamp DateTimeStamp DateTimeStampStartOffset Number GazePointXLeft GazePointYLeft CamXLeft CamYLeft "
    "DistanceLeft PupilLeft ValidityLeft GazePointXRight GazePointYRight CamXRight CamYRight DistanceRight PupilRight "
    "ValidityRight FixationIndex GazePointX GazePointY Event"
).split()
PUPIL_LABS = (
    "confidence norm_pos_x norm_pos_y gaze_point_3d_x gaze_point_3d_y gaze_point_3d_z eye_center0_3d_x "
    "gaze_normal0_x gaze_normal0_y diameter0_2d diameter1_2d diameter0_3d diameter1_3d"
).split()
TOBII_LINK = (
    "left_gaze_point_on_display_area_x left_gaze_point_on_display_area_y left_gaze_point_validity left_pupil_diameter "
    "right_gaze_point_on_display_area_x right_gaze_point_on_display_area_y right_gaze_point_validity "
    "right_pupil_diameter"
).split()
SOURCE = Source(Path("gaze.tsv"))


@pytest.mark.parametrize(
    "labels, eyes",
    [
        (TOBII_STUDIO, (Eye(4, 5, 9, 10, None), Eye(11, 12, 16, 17, None))),
        (PUPIL_LABS, (Eye(1, 2, None, None, 0), Eye(None, 2, 12, None, 0), Eye(None, 2, 11, None, 0))),
        (TOBII_LINK, (Eye(0, 1, 3, 2, None), Eye(4, 5, 7, 6, None))),
        (["x", "y"], (Eye(0, 1, None, None, None),)),
        (["Gaze X", "Gaze Y", "Pupil Size"], (Eye(0, 1, 2, None, None),)),
        (["norm_pos_x", "norm_pos_y", "diameter_left"], (Eye(0, 1, None, None, None), Eye(None, 1, 2, None, None))),
        (["left_gaze_x", "right_gaze_y"], ()),
        (["CamXLeft", "CamYLeft", "PupilLeft"], ()),
        (["MappedGazeDataPointX", "MappedGazeDataPointY", "gaze_point_3d_x", "gaze_point_3d_y"], ()),
    ],
)
def test_labels_say_where_the_eyes_are(labels, eyes):
    assert find_eyes(labels) == eyes


def test_what_a_channel_holds_says_it_where_its_label_does_not():
    contents = ["ScreenX", "ScreenY", "Diameter", "Confidence", "FrameNumber"]
    assert find_eyes(["a", "b", "c", "d", "e"], contents) == (Eye(0, 1, 2, None, 3),)


def test_the_mean_of_two_eyes_is_that_of_those_that_were_found():
    eyes = find_eyes(["xLeft", "yLeft", "PupilLeft", "ValidityLeft", "xRight", "yRight", "PupilRight", "ValidityRight"])
    values = np.array(
        [
            [100, 50, 3.0, 0, 110, 60, 4.0, 0],  # both
            [100, 50, 3.0, 1, 999, 999, 9.0, 4],  # the right one was not found
            [100, 50, 3.0, 2, 110, 60, -1.0, 0],  # the left one perhaps was another's; no pupil of the right one
            [-1, -1, -1.0, 4, -1, -1, -1.0, 4],
            [0, 0, 0.0, 0, np.nan, 60, np.nan, 0],
        ]
    )
    np.testing.assert_array_equal(
        gaze_rows(values, eyes).T, [[105, 55, 3.5], [100, 50, 3], [110, 60, np.nan], [np.nan] * 3, [np.nan] * 3]
    )


def test_samples_of_low_confidence_are_missing_and_their_pupils_too():
    eyes = find_eyes(PUPIL_LABS)
    values = np.full((4, len(PUPIL_LABS)), 0.5)
    values[:, 0] = 0.9, 0.59, 0.6, np.nan
    values[:, 11:13] = 3.0, 5.0
    values[2, 12] = np.nan  # one eye alone was paired
    found = gaze_rows(values, eyes)
    np.testing.assert_array_equal(found[0], [0.5, np.nan, 0.5, np.nan])
    np.testing.assert_array_equal(found[2], [4, np.nan, 3, np.nan])


def test_a_gaze_has_even_times_and_is_missing_where_no_sample_is_near():
    times = 5 + np.arange(600) / 60
    times = np.delete(np.round(times, 3), range(120, 180))  # as Tobii writes, in whole milliseconds; one second is lost
    rows = np.stack([times, 2 * times])
    stream = gaze_stream(times, rows, (6.0, 10.0), "px", SOURCE)
    assert (stream.rate, stream.n_samples, stream.start, stream.names) == (60.0, 240, 6.0, ("x", "y"))
    x = stream.read(0, 240)[0]
    missing = np.isnan(x)
    assert np.flatnonzero(missing).tolist() == pytest.approx(range(60, 120), abs=1)
    np.testing.assert_allclose(x[~missing], (6 + np.arange(240) / 60)[~missing], atol=0.75 / 60)
    assert stream.remarks == ()


def test_a_gaze_that_comes_in_disorder_or_twice_is_put_in_order():
    times = np.arange(100) / 50
    shuffled = np.random.default_rng(0).permutation(np.concatenate([times, times[:20]]))
    stream = gaze_stream(shuffled, np.stack([shuffled, shuffled]), (0.0, 2.0), "px", SOURCE)
    np.testing.assert_allclose(stream.read(0, 100)[0], times)


def test_uneven_samples_are_told():
    times = np.cumsum(np.random.default_rng(0).uniform(0.2, 1.4, 500) / 100)
    stream = gaze_stream(times, np.stack([times, times]), (0.0, 2.0), "px", SOURCE)
    assert stream.remarks == (UNEVEN,)


@pytest.mark.parametrize("scale, unit", [(1.0, "share"), (1200.0, "px")])
def test_a_gaze_without_a_unit_is_in_shares_of_the_screen_or_in_pixels(scale, unit):
    times = np.arange(100) / 50
    rows = scale * np.random.default_rng(0).uniform(0, 1, (2, 100))
    assert gaze_stream(times, rows, (0.0, 2.0), "", SOURCE).unit == unit


def test_there_is_no_gaze_where_nothing_was_recorded():
    times = np.arange(100) / 50
    assert gaze_stream(times, np.zeros((2, 100)), (3.0, 5.0), "px", SOURCE) is None
    assert gaze_stream(times[:1], np.zeros((2, 1)), (0.0, 2.0), "px", SOURCE) is None


@pytest.mark.parametrize("rate, found", [(60, 60), (59.5, 60), (119.9, 120), (12.4, 12.4)])
def test_a_rate_is_whole_where_it_nearly_is(rate, found):
    times = np.delete(np.arange(600) / rate, range(100, 300))
    assert usual_rate(times) == pytest.approx(found)
