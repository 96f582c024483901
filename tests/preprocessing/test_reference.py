"""Laws of references and interpolation: linear algebra at every sample, agreement with MNE."""

from dataclasses import replace

import mne
import numpy as np
import pytest

from emoscan.preprocessing import InterpolateBadChannels, Rereference
from emoscan.signals import SCALP_19, SEED_62, Electrodes, InputError, Layout, Samples, Source

STANDARD = "colin27_1005" if "colin27_1005" in mne.channels.get_builtin_montages() else "standard_1005"


def recording(layout=SCALP_19, extra=("M1", "EOG"), **own):
    names = (*layout.sites, *extra)
    samples = np.random.default_rng(0).standard_normal((len(names), 1000)) * 20
    return Electrodes(layout, names, 200.0, 1000, Samples(samples), Source(None, "simulated"), **own)


def test_the_average_of_the_sites_is_nothing_afterwards_and_other_channels_stay():
    before, after = recording().read(100, 200), Rereference()(recording()).read(100, 200)
    np.testing.assert_allclose(after[:19].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_array_equal(after[19:], before[19:])
    np.testing.assert_allclose(after[3] - after[4], before[3] - before[4], atol=1e-12)


def test_a_bad_channel_has_no_say_in_the_average():
    after = Rereference()(recording(bad_channels=("Cz",))).read(0, 50)
    assert np.abs(np.delete(after[:19], SCALP_19.sites.index("Cz"), axis=0).mean(axis=0)).max() < 1e-12


@pytest.mark.parametrize("reference", ["M1", ("M1",), ["m1"], ("O1", "O2")])
def test_named_references_are_subtracted(reference):
    electrodes = recording()
    names = [reference] if isinstance(reference, str) else reference
    rows = [[name.upper() for name in electrodes.names].index(name.upper()) for name in names]
    wanted = electrodes.read(0, 1000)[:19] - electrodes.read(0, 1000)[rows].mean(axis=0)
    np.testing.assert_allclose(Rereference(reference)(electrodes).read(0, 1000)[:19], wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("reference", "says"), [("M2", "'M2'"), (("M1", "X"), "'X'"), ("Cz", "Cz as site"), ((), "among them")]
)
def test_a_reference_that_cannot_be_is_refused(reference, says):
    with pytest.raises(InputError, match=says):
        Rereference(reference)(recording())


def test_interpolation_equals_mne_and_leaves_good_channels():
    bad = ["Cz", "P4", "F7"]
    electrodes = recording(extra=(), bad_channels=tuple(bad))
    info = mne.create_info(list(SCALP_19.sites), 200.0, "eeg")
    raw = mne.io.RawArray(electrodes.read(0, 1000), info, verbose="ERROR").set_montage(STANDARD)
    raw.info["bads"] = bad
    mended = InterpolateBadChannels()(electrodes)
    np.testing.assert_allclose(mended.read(0, 1000), raw.interpolate_bads(verbose="ERROR").get_data(), atol=1e-9)
    assert mended.bad_channels == ()
    good = [row for row, name in enumerate(electrodes.names) if name not in bad]
    np.testing.assert_array_equal(mended.read(10, 20)[good], electrodes.read(10, 20)[good])


def test_nothing_bad_means_nothing_done():
    electrodes = recording(bad_channels=("EOG",))
    assert InterpolateBadChannels()(electrodes) is electrodes


def test_sites_without_a_position_take_no_part_and_cannot_be_mended():
    mended = InterpolateBadChannels()(recording(SEED_62, (), bad_channels=("CZ",)))
    assert np.isfinite(mended.read(0, 10)).all()
    assert not set(mended.read.good) & {SEED_62.sites.index("CB1"), SEED_62.sites.index("CB2")}
    with pytest.raises(InputError, match="no position for CB1"):
        InterpolateBadChannels()(recording(SEED_62, (), bad_channels=("CZ", "CB1")))


def test_positions_of_the_layout_come_before_those_of_the_montage():
    info = mne.create_info(list(SCALP_19.sites), 200.0, "eeg").set_montage(STANDARD)
    points = tuple(tuple(channel["loc"][:3]) for channel in info["chs"])
    renamed = Layout("mine", tuple(f"E{i}" for i in range(19)), SCALP_19.cells, points)
    theirs = InterpolateBadChannels()(recording(extra=(), bad_channels=("Pz",)))
    ours = InterpolateBadChannels()(recording(renamed, (), bad_channels=(f"E{SCALP_19.sites.index('Pz')}",)))
    np.testing.assert_allclose(ours.read(0, 9), theirs.read(0, 9), atol=1e-9)


def test_too_few_good_sites_are_refused():
    with pytest.raises(InputError, match="3 good sites"):
        InterpolateBadChannels()(recording(extra=(), bad_channels=SCALP_19.sites[:16]))


def test_a_bad_channel_beside_the_sites_stays_bad():
    mended = InterpolateBadChannels()(replace(recording(), bad_channels=("EOG", "Cz")))
    assert mended.bad_channels == ("EOG",)
