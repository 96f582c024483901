"""Places of electrodes in a recording against the layout it is read by: what differs is told, never passed over."""

import mne
import numpy as np
import pytest

from emoscan.signals import SCALP_19, TrialTable, open_recording
from emoscan.signals.files.channel_settings import ChannelSettings
from emoscan.signals.layouts.electrode_places import place_remarks
from emoscan.signals.layouts.layout import canonical
from emoscan.signals.layouts.montage import layout_from_positions, montage_points

NAMES = [f"X{i}" for i in range(19)]
STANDARD = montage_points("standard_1005")
POINTS = np.array([STANDARD[canonical(site)] for site in SCALP_19.sites])
LAYOUT = layout_from_positions(NAMES, POINTS, "cap")


def told(points, names=NAMES, layout=LAYOUT):
    return list(place_remarks(layout, dict(zip(map(canonical, names), points, strict=True))))


def recording(path, points, names=NAMES, seed=0):
    info = mne.create_info(list(names), 128, "eeg")
    data = 1e-5 * np.random.default_rng(seed).standard_normal((len(names), 20 * 128))
    raw = mne.io.RawArray(data, info, verbose="error")
    if points is not None:
        montage = mne.channels.make_dig_montage(dict(zip(names, points, strict=True)), coord_frame="head")
        raw.set_montage(montage, verbose="error")
    raw.save(path, verbose="error")
    return path


def study(tmp_path, first, second, names=NAMES):
    lines = ["subject,session,trial,stimulus,eeg,start,stop,category"]
    for number, points in enumerate((first, second)):
        recording(tmp_path / f"s{number}_raw.fif", points, names, number)
        lines += [f"{number},1,{n},c{n},s{number}_raw.fif,{n * 9 - 9},{n * 9},{'hs'[n % 2]}" for n in (1, 2)]
    (tmp_path / "trials.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def remarks_of(root, subject, **settings):
    trials = [trial for trial in TrialTable(root, **settings) if trial.subject == subject]
    return [remark for remark in trials[0].remarks if "places" in remark]


def test_places_within_five_millimetres_are_the_same():
    moved = POINTS + np.random.default_rng(0).uniform(-0.002, 0.002, POINTS.shape)
    assert not told(POINTS)
    assert not told(moved)


@pytest.mark.parametrize("site", [0, 7, 18])
def test_one_electrode_elsewhere_is_named(site):
    moved = POINTS.copy()
    moved[site] += (0, 0, 0.012)
    (remark,) = told(moved)
    assert f"{NAMES[site]} lie more than 5 mm" in remark


@pytest.mark.parametrize("how", [lambda p: 1.2 * p, lambda p: p + np.array([0, 0.03, 0]), lambda p: 1000 * p])
def test_another_middle_or_size_of_the_head_is_told_apart(how):
    (remark,) = told(how(POINTS))
    assert "another middle or size of the head" in remark


@pytest.mark.parametrize("order", [[1, 0, *range(2, 19)], range(18, -1, -1), np.roll(range(19), 3)])
def test_names_at_the_places_of_others_are_doubted(order):
    (remark,) = told(POINTS[list(order)])
    assert remark.startswith("doubtful: names and places")
    assert "X1" in remark


def test_a_mirrored_head_is_doubted():
    (remark,) = told(POINTS * (-1, 1, 1))
    assert remark.startswith("doubtful")


@pytest.mark.parametrize("settings", [{}, {"layout": "common"}])
def test_a_recording_whose_places_differ_from_the_first_says_so_and_the_first_does_not(tmp_path, settings):
    root = study(tmp_path, POINTS, POINTS[::-1])
    assert not remarks_of(root, "0", **settings)
    (remark,) = remarks_of(root, "1", **settings)
    assert "doubtful" in remark


def test_names_with_a_standard_place_are_held_against_it(tmp_path):
    root = study(tmp_path, POINTS, POINTS[::-1], SCALP_19.sites)
    assert not remarks_of(root, "0")
    (remark,) = remarks_of(root, "1")
    assert "the places that their names have are used" in remark


def test_a_montage_that_the_user_names_goes_before_the_files_places(tmp_path):
    path = recording(tmp_path / "a_raw.fif", POINTS[::-1], SCALP_19.sites)
    settings = ChannelSettings(montage="standard_1020")
    assert not [r for r in open_recording(path, settings=settings).remarks if "places" in r]


def test_a_recording_without_places_has_nothing_to_tell(tmp_path):
    assert not remarks_of(study(tmp_path, None, None, SCALP_19.sites), "1")
