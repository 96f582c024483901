"""Arrays that a lab has already become a cache with every kind of truth, or one line names the trial at fault."""

import numpy as np
import pytest

from emoscan.preprocessing import Cache
from emoscan.preprocessing.patches.patches import regions
from emoscan.signals import InputError, Target, Task, patch_grid

TASK = Task(("calm", "glad"), ("valence", "arousal"), ("au4", "au12"), ((1, 9), (0, 100)))
SLICES = (3, 4, 5)
X = [np.zeros((slices, 4, 2), np.float32) for slices in SLICES]
LABELS = [0, 1, -1]
RATINGS = [[3.14, 50.0], [1.0, np.nan], [9.0, 100.0]]
UNITS = [[0, 1], [0.5, np.nan], [1, 0]]


def made(folder, task=TASK, **given):
    usual = {"layout": patch_grid(2, 2), "subject": ["a", "b", "c"], "x": X}
    return Cache.from_arrays(folder / "cache", task=task, **(usual | given))


def truths(cache, part):
    return [getattr(cache[i]["eeg"].target, part) for i in range(len(cache))]


def whole(cache, part):
    """What holds for each trial as a whole."""
    for values in truths(cache, part):
        np.testing.assert_array_equal(values, np.repeat(values[:1], len(values), axis=0))
    return np.array([values[0] for values in truths(cache, part)])


class Nullable:
    """The missing value of nullable columns, by its name."""


Nullable.__name__ = "NAType"


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        tuple(LABELS),
        np.array(LABELS),
        np.array(LABELS, np.int8),
        np.array([0.0, 1.0, np.nan]),
        np.array([0, 1, None], object),
        ["calm", "glad", None],
        np.array(["calm", "glad", Nullable()], object),
        np.ma.array([0, 1, 7], mask=[0, 0, 1]),
        np.array(LABELS)[:, None],
        [Target.of(k) for k in LABELS],
        [False, np.True_, np.nan],
        [np.int16(0), "glad", -1],
    ],
)
def test_labels_in_whatever_they_are_kept_are_the_same_labels(tmp_path, labels):
    assert made(tmp_path, Task(("calm", "glad")), category=labels).category.tolist() == LABELS


@pytest.mark.parametrize("labels", [np.array([0, 1, 1], np.uint8), np.array(["calm", "glad", "glad"])])
def test_labels_of_kinds_that_hold_none_missing_are_the_same_labels(tmp_path, labels):
    assert made(tmp_path, Task(("calm", "glad")), category=labels).category.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "ratings",
    [
        RATINGS,
        np.array(RATINGS),
        np.array(RATINGS, object),
        np.ma.masked_invalid(RATINGS),
        [[3.14, 50.0], np.ma.array([1.0, 7e9], mask=[0, 1]), (9, 100)],
        [[3.14, 50], [1, None], [9, 100]],
        [np.array(RATINGS)[:1], np.array(RATINGS)[1:2], np.array(RATINGS)[2:]],
    ],
)
def test_ratings_come_back_to_the_last_digit(tmp_path, ratings):
    cache = made(tmp_path, category=LABELS, dimensions=ratings, units=UNITS)
    np.testing.assert_array_equal(whole(cache, "dimensions"), RATINGS)
    np.testing.assert_array_equal(whole(cache, "units"), np.array(UNITS, np.float32))
    assert cache.task == TASK
    np.testing.assert_array_equal(cache.windows(1, 1, [0]).dimensions, [[3.14, 50.0]] * 3)


def test_columns_with_names_are_found_by_their_names(tmp_path):
    pandas = pytest.importorskip("pandas")
    index = [7, 3, 5]
    ratings = pandas.DataFrame(RATINGS, columns=["valence", "arousal"], index=index)[["arousal", "valence"]]
    labels = pandas.Series([0, 1, None], dtype="Int64", index=index)
    cache = made(tmp_path, category=labels, dimensions=ratings)
    np.testing.assert_array_equal(whole(cache, "dimensions"), RATINGS)
    assert cache.category.tolist() == LABELS
    with pytest.raises(InputError, match="dimensions: found columns arousal, mood; wanted columns valence, arousal"):
        made(tmp_path, dimensions=ratings.rename(columns={"valence": "mood"}))


def test_truths_may_change_from_slice_to_slice(tmp_path):
    rng = np.random.default_rng(0)
    labels = [rng.integers(0, 2, slices) for slices in SLICES]
    ratings = [rng.uniform(1, 9, (slices, 2)) for slices in SLICES]
    units = [rng.uniform(0, 1, (slices, 2)).astype(np.float32) for slices in SLICES]
    cache = made(tmp_path, category=labels, dimensions=ratings, units=units)
    for part, given in (("category", labels), ("dimensions", ratings), ("units", units)):
        for found, wanted in zip(truths(cache, part), given, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_one_kind_may_change_while_another_holds(tmp_path):
    names = [["calm"] * slices for slices in SLICES]
    cache = made(tmp_path, category=names, dimensions=RATINGS)
    np.testing.assert_array_equal(whole(cache, "dimensions"), RATINGS)
    assert cache.category.tolist() == [0, 0, 0]


def test_one_dimension_may_be_a_column_or_a_series(tmp_path):
    task = Task(dimensions=("valence",), ranges=((1, 9),))
    np.testing.assert_array_equal(whole(made(tmp_path, task, dimensions=[1, 5, 9]), "dimensions"), [[1], [5], [9]])
    series = [np.linspace(1, 9, slices) for slices in SLICES]
    cache = made(tmp_path, task, dimensions=series)
    np.testing.assert_array_equal(np.concatenate(truths(cache, "dimensions"))[:, 0], np.concatenate(series))


@pytest.mark.parametrize(
    "wrong, told",
    [
        (
            {"category": [0, 0.5, 1]},
            "trial 1 of subject b, session 1: found category 0.5; wanted one of 0 calm, 1 glad",
        ),
        ({"category": [0, 1, 7]}, "subject c, session 1: found category 7"),
        ({"category": [-2, 0, 1]}, "subject a, session 1: found category -2"),
        ({"category": [0, np.inf, 1]}, "category inf"),
        ({"category": np.array([0, 1, 255], np.uint8)}, "category 255"),
        ({"category": ["calm", "sad", "glad"]}, "subject b, session 1: found category 'sad'; wanted one of calm, glad"),
        ({"category": ["calm", "", "glad"]}, "category ''"),
        ({"category": [True, False]}, "2 of category"),
        ({"category": np.array([True])}, "1 of category"),
        ({"category": "calm"}, "category: found a str"),
        ({"category": {"a": 0, "b": 1, "c": 1}}, "category: found a dict"),
        ({"category": np.array(1)}, "found a ndarray"),
        (
            {"category": [0, [0, 1], 1]},
            r"subject b.*categories of shape \(2,\); wanted one for the trial, or one for each",
        ),
        ({"category": [0, 1j, 1]}, "category 1j"),
        ({"category": [0, 0, Target.of(3)]}, "subject c.*category 3"),
        ({"category": [Target.of(0, (3.0, 101.0))] * 3}, "subject a.*arousal 101.0; wanted 0 to 100"),
        ({"category": [Target(np.zeros(3, int))] * 3}, "subject a.*3 rows; wanted 1"),
        ({"category": [Target.of(0)] * 3, "dimensions": RATINGS}, "a Target, and dimensions or units beside it"),
        (
            {"dimensions": [[3, 4], [0.5, 4], [3, 4]]},
            r"subject b, session 1: found valence 0.5; wanted 1 to 9, its range",
        ),
        ({"dimensions": [[3, 4], [np.inf, 4], [3, 4]]}, "valence inf"),
        ({"dimensions": [[3, 4], [3, 4, 5], [3, 4]]}, r"subject b.*dimensions: found shape \(3,\); wanted \(2,\)"),
        ({"dimensions": [3, 4, 5]}, r"subject a.*found shape \(\); wanted \(2,\)"),
        ({"dimensions": np.zeros((3, 2, 2))}, r"subject a.*shape \(2, 2\)"),
        ({"dimensions": RATINGS[:2]}, "2 of dimensions"),
        ({"dimensions": [["3", "4"]] * 3}, "numbers, NaN for missing"),
        ({"dimensions": [[3, "4"]] * 3}, "numbers, NaN"),
        ({"dimensions": [[3j, 4]] * 3}, "numbers, NaN"),
        ({"dimensions": [[3, [4]]] * 3}, "numbers, NaN"),
        ({"units": [[0, 2], [0, 1], [0, 1]]}, "subject a, session 1: found au12 2.0; wanted 0 absent to 1 present"),
        ({"units": [[0, 1], [-0.5, 1], [0, 1]]}, "subject b, session 1: found au4 -0.5"),
        ({"units": [[0, 1, 1]] * 3}, r"units: found shape \(3,\)"),
        ({}, "no truth at all"),
        ({"category": [-1] * 3, "dimensions": [None] * 3}, "missing in every trial"),
        (
            {"category": LABELS, "valid": [np.ones(3), np.ones(4), np.ones(4)]},
            r"subject c.*valid of float64, shape \(4,\)",
        ),
        ({"category": LABELS, "valid": [np.ones(3), np.full(4, 0.5), np.ones(5)]}, "subject b.*true or false"),
        ({"category": LABELS, "times": [np.arange(3), np.arange(4)[::-1], np.arange(5)]}, "subject b.*do not rise"),
        (
            {"category": LABELS, "times": [np.arange(2), np.arange(4), np.arange(5)]},
            r"subject a.*times of shape \(2,\)",
        ),
        ({"category": LABELS, "subject": ["a", None, "c"]}, "subject: found nothing in row 1"),
        ({"category": LABELS, "stimulus": ["x", "y", np.nan]}, "stimulus: found nothing in row 2"),
        ({"category": LABELS, "trial": [1, 1.5, 1]}, "1.5 in row 1"),
        ({"category": LABELS, "trial": ["1"] * 3}, "whole"),
        ({"category": LABELS, "subject": [1, "1", 1], "trial": [1, 1, 2]}, "trial 1 of subject 1, session 1 twice"),
        ({"category": LABELS, "part": ["train"]}, "1 of part"),
        ({"category": LABELS, "duration": 0}, "slices of 0 s"),
        ({"category": LABELS, "x": [X[0], X[1], np.zeros((5, 3, 2))]}, r"subject c.*x of shape \(5, 3, 2\)"),
        ({"category": LABELS, "x": [X[0], X[1], np.zeros((5, 4))]}, r"subject c.*x of shape \(5, 4\)"),
        ({"category": LABELS, "x": [X[0], X[1], np.zeros((5, 4, 2), complex)]}, "subject c.*x of complex128"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line_and_nothing_is_written(tmp_path, wrong, told):
    with pytest.raises(InputError, match=told) as error:
        made(tmp_path, **wrong)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("part, given", [("dimensions", RATINGS), ("units", UNITS)])
def test_truths_of_a_part_that_the_task_lacks_are_refused(tmp_path, part, given):
    with pytest.raises(InputError, match="none: the task has no such part"):
        made(tmp_path, Task(("calm", "glad")), category=LABELS, **{part: given})


def test_times_parts_and_who_is_known_are_kept(tmp_path):
    times = [np.arange(slices) * 2.5 + 7 for slices in SLICES]
    cache = made(tmp_path, category=LABELS, times=times, part=["train", None, "test"], names_subjects=False)
    assert cache.part.tolist() == ["train", "", "test"]
    assert not cache.names_subjects
    assert not Cache(tmp_path / "cache").names_subjects
    for i, wanted in enumerate(times):
        np.testing.assert_array_equal(cache[i]["eeg"].times, wanted)


@pytest.mark.parametrize(
    "pictures, told",
    [
        (np.full((3, 12, 12), 0.5), "grey levels that are no whole numbers of 0 to 255"),
        (np.full((3, 12, 12), 256), "grey"),
        (np.full((3, 12, 12), -1), "grey"),
        (np.zeros((3, 12, 11), np.uint8), r"x of shape \(3, 12, 11\)"),
    ],
)
def test_pictures_that_are_no_grey_levels_are_refused(tmp_path, pictures, told):
    given = {"layout": patch_grid(4, 4, (3, 3)), "modality": "face", "category": [0], "subject": ["a"]}
    with pytest.raises(InputError, match=told):
        made(tmp_path, x=[pictures], **given)
    cache = made(tmp_path, x=[np.full((3, 12, 12), 255)], **given)
    assert cache[0]["face"].stored.dtype == np.uint8
    assert (cache[0]["face"].stored == 255).all()


@pytest.mark.parametrize(
    "layout, whole",
    [(patch_grid(4, 4, (6, 6)), True), (patch_grid(3, 3, (10, 10), (24, 24)), True), (regions((24, 24)), False)],
)
def test_what_a_cache_of_faces_gives_comes_in_again_as_the_same(tmp_path, layout, whole):
    images = [np.random.default_rng(i).integers(0, 256, (slices, 24, 24), np.uint8) for i, slices in enumerate(SLICES)]
    given = {"layout": layout, "modality": "face", "category": LABELS, "task": Task(("calm", "glad"))}
    first = made(tmp_path / "first", x=images, **given)
    patches = [first[i]["face"].x for i in range(3)]
    again = made(tmp_path / "again", x=patches, **given)
    for i, patch in enumerate(patches):
        np.testing.assert_array_equal(again[i]["face"].x, patch)
    if whole:
        assert [file.digest for file in again.index.files] == [file.digest for file in first.index.files]
    twice = made(tmp_path / "twice", x=[patches[0], images[0], patches[2]], **given)
    assert twice.samples.tolist() == ([0, 0, 2] if whole else [0, 1, 2])


def test_what_a_cache_of_electrodes_gives_comes_in_again_as_the_same(tmp_path):
    x = [np.random.default_rng(i).standard_normal((slices, 4, 2)).astype(np.float32) for i, slices in enumerate(SLICES)]
    first = made(tmp_path / "first", x=x, category=LABELS)
    again = made(tmp_path / "again", x=[first[i]["eeg"].x for i in range(3)], category=LABELS)
    assert [file.digest for file in again.index.files] == [file.digest for file in first.index.files]


@pytest.mark.parametrize(
    "patches, told",
    [
        (np.full((3, 16, 9), 0.3), "grey levels that are no whole numbers of 0 to 255; wanted .* patches of 255ths"),
        (np.full((3, 16, 9), np.nan), "grey levels"),
        (np.full((3, 16, 9), 300), "grey levels"),
        (np.zeros((3, 15, 9)), r"x of shape \(3, 15, 9\); wanted \(T, 12, 12\), .*, or \(T, 16, 9\), its patches"),
    ],
)
def test_patches_that_are_no_grey_levels_are_refused(tmp_path, patches, told):
    given = {"layout": patch_grid(4, 4, (3, 3)), "modality": "face", "category": [0], "subject": ["a"]}
    with pytest.raises(InputError, match=told):
        made(tmp_path, x=[patches], **given)


def test_patches_that_differ_where_they_overlap_are_of_no_picture(tmp_path):
    patches = np.zeros((3, 9, 100))
    patches[:, 4] = 1
    given = {"layout": patch_grid(3, 3, (10, 10), (24, 24)), "category": [0], "subject": ["a"]}
    with pytest.raises(InputError, match="patches that differ where they overlap"):
        made(tmp_path, x=[patches], **given)
