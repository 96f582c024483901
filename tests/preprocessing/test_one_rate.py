"""Videos of nearly one rate share a cache as they are; of several rates they come to the lowest, and that is said."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from emoscan.preprocessing import AtRate, Cache, CommonRate, EvenFrames, FaceCrop, Patches, estimate, preprocess
from emoscan.preprocessing.building.dataset_build import find_recipe
from emoscan.preprocessing.steps.recipe import recipe_text
from emoscan.signals import Dataset, InputError, Pictures, Source, Target, Task, Trial, Video
from emoscan.signals.streams.rates import nominal_duration

WHOLE = [FaceCrop(16, detector="Whole"), Patches(2, 2)]


class Clips(Dataset):
    """One person for each of ``rates`` (Hz), with a clip of two seconds each, and a rating."""

    name = "Clips"
    expects = "nothing"
    access = "Simulated here."
    task = Task(("calm", "happy"))
    recipe: ClassVar = {"face": ("FaceCrop(16, detector='Whole')", "Patches(2, 2)")}
    rates: tuple[float, ...] = (30.0, 30.0)
    one_session = False

    def __iter__(self):
        for number, rate in enumerate(self.rates, 1):
            count = round(2 * rate)
            pictures = np.random.default_rng(number).integers(0, 255, (count, 20, 20)).astype(np.uint8)
            video = Video(
                np.arange(count) / rate, (20, 20), 1 / rate, Pictures(pictures), Source(None, f"clip {number}")
            )
            target = Target(np.array([number % 2], np.int16))
            subject, trial = ("1", number) if self.one_session else (str(number), 1)
            yield Trial(subject, "1", trial, "clip", {"face": video}, target)

    def skipped(self):
        return ()

    @classmethod
    def write_fake(cls, root, seed=0):
        Path(root).mkdir(parents=True, exist_ok=True)


def clips(folder, *rates, one_session=False):
    dataset = Clips(folder)
    dataset.rates, dataset.one_session = rates, one_session
    return dataset


@pytest.mark.parametrize(
    ("rates", "nominal"),
    [
        ((29.97, 30.01), 30),
        ((30, 30), 30),
        ((30000 / 1001,) * 2, 30000 / 1001),
        ((12.4, 12.5), 12.45),
        ((25, 30), None),
    ],
)
def test_rates_within_one_percent_are_one_nominal_rate(rates, nominal):
    duration = nominal_duration([1 / rate for rate in rates])
    assert duration is None if nominal is None else 1 / duration == pytest.approx(nominal, rel=1e-3)


@pytest.mark.parametrize("one_session", [False, True])
def test_two_phones_share_a_cache_and_keep_their_own_times(tmp_path, one_session):
    cache = preprocess(clips(tmp_path, 29.97, 30.01, one_session=one_session), None, tmp_path / "cache")
    assert cache.duration("face") == 1 / 30
    assert "AtRate" not in str(cache.recipe)
    for trial, rate in enumerate((29.97, 30.01)):
        np.testing.assert_allclose(np.diff(cache[trial]["face"].times), 1 / rate)
    assert cache.windows(9, 1, modality="face").left_out == 0


def test_by_default_videos_of_several_rates_come_to_the_lowest_and_both_places_say_so(tmp_path):
    said = []
    dataset = clips(tmp_path, 20.0, 30.0, 59.94)
    recipe = find_recipe(dataset, None, said.append)
    assert recipe_text(recipe)["face"][0] == "AtRate(rate=20.0)"
    assert said == ["face: videos of 20, 30, 59.94 frames a second; AtRate(rate=20.0) brings all to one rate"]
    cache = preprocess(dataset, None, tmp_path / "cache")
    assert cache.duration("face") == 1 / 20
    (remark,) = cache.remarks
    assert remark.text == "face: rates differ between the videos, so frames are taken by AtRate(rate=20.0)"
    assert remark.about == ("subject 2, session 1", "subject 3, session 1")
    windows = cache.windows(9, 1, modality="face")
    assert set(windows.trials.tolist()) == {0, 1, 2}


def test_a_recipe_that_mixes_rates_is_refused_before_the_work_and_the_error_names_the_step(tmp_path):
    dataset = clips(tmp_path, 20.0, 30.0)
    for call in (preprocess, estimate):
        with pytest.raises(
            InputError, match=r"videos of 20, 30 frames a second; wanted one rate; begin it with AtRate"
        ):
            call(dataset, {"face": WHOLE}, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("steps", [[AtRate(10), *WHOLE], [FaceCrop(16, detector="Whole"), Patches(2, 2)]])
def test_a_recipe_that_sees_to_the_rate_is_followed(tmp_path, steps):
    from emoscan.preprocessing import Hog

    if not isinstance(steps[0], AtRate):
        steps = [*steps, Hog(), CommonRate(0.5)]
    preprocess(clips(tmp_path, 20.0, 30.0), {"face": steps}, tmp_path / "cache")
    assert len(Cache(tmp_path / "cache")) == 2


def even(times, duration, length):
    from emoscan.preprocessing.cache.trial_clock import evenly_spaced

    return evenly_spaced(np.asarray(times, float), duration, length).tolist()


def test_a_window_reaches_across_no_hole():
    times = [k / 30 for k in range(60) if not 20 <= k < 50]
    assert even(times, 1 / 30, 9) == [start + 9 <= 20 or start >= 20 for start in range(22)]


@pytest.mark.parametrize(("hop", "duration"), [(0.8, 1.0), (0.5, 2.0), (4.0, 1.0)])
def test_a_hole_between_overlapping_or_distant_slices_is_found(hop, duration):
    times = np.delete(np.arange(41.0), 20) * hop
    assert even(times, duration, 6) == [start + 6 <= 20 or start >= 20 for start in range(35)]


@pytest.mark.parametrize("length", [2, 5, 20])
def test_one_dropped_frame_is_a_hole(length):
    jitter = np.random.default_rng(length).uniform(-0.002, 0.002, 39)
    times = np.delete(np.arange(40) / 30, 17) + jitter
    assert even(times, 1 / 30, length) == [start + length <= 17 or start >= 17 for start in range(40 - length)]


@pytest.mark.parametrize(
    ("times", "duration", "length"),
    [
        (np.arange(2000) / 29.8, 1 / 30, 600),  # drift of four frames from the nominal rate
        (np.arange(100) / 30 + np.random.default_rng(0).normal(0, 0.003, 100), 1 / 30, 30),
        (np.floor(np.arange(100) * 30 / 25) / 30, 1 / 25, 50),  # AtRate(25) of 30 frames a second
        (np.floor(np.arange(100) * 30 / 20) / 30, 1 / 20, 50),
        (np.floor(np.arange(100) * 25 / 10) / 25, 1 / 10, 50),
        (np.arange(50) * 0.5, 2.0, 20),  # overlapping slices
        (np.arange(50) * 0.8, 1.0, 20),
        (np.arange(50) * 4.0, 1.0, 20),  # slices apart
        (np.arange(300) / 1.0, 1.0, 1),
    ],
)
def test_where_there_is_no_hole_no_window_is_left_out(times, duration, length):
    assert all(even(times, duration, length))


def test_windows_over_a_hole_are_left_out_and_counted(tmp_path):
    dataset = clips(tmp_path, 30.0)
    (trial,) = dataset
    face = trial.streams["face"]
    holed = Clips(tmp_path)
    which = np.array([k for k in range(60) if not 20 <= k < 50])
    holed.__class__ = type("Holed", (Clips,), {"__iter__": lambda self: iter([_with(trial, face.take(which))])})
    cache = preprocess(holed, None, tmp_path / "cache")
    windows = cache.windows(9, 1, modality="face")
    assert (len(windows), windows.left_out) == (12 + 2, 8)
    assert not ((windows.starts < 20) & (windows.starts + 9 > 20)).any()


def _with(trial, face):
    from dataclasses import replace

    return replace(trial, streams={"face": face})


def test_frames_chosen_by_number_are_no_matter_of_the_clock(tmp_path):
    steps = [EvenFrames(25), *WHOLE]
    cache = preprocess(clips(tmp_path, 15.0), {"face": steps}, tmp_path / "cache")
    assert cache.windows(25, 1, modality="face").left_out == 0
