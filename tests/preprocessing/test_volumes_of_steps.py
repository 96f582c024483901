"""Laws of raw slices, ready-made features, and of every step alike."""

from dataclasses import replace

import numpy as np
import pytest

import emoscan.preprocessing
from emoscan.benchmarks.contracts.samples import content, past, sample
from emoscan.preprocessing import (
    SEED_BANDS,
    AsVolume,
    AtRate,
    BandPass,
    BandPower,
    CausalBandPass,
    CausalNotch,
    CentredMovingAverage,
    CommonRate,
    DifferentialEntropy,
    EvenFrames,
    FaceCrop,
    Hog,
    InterpolateBadChannels,
    LastFrames,
    Lbp,
    LdsFilter,
    LdsSmoother,
    MarkArtefacts,
    MarkBadChannels,
    MarkFlat,
    MarkMissing,
    MarkMuscle,
    MovingAverage,
    Notch,
    Patches,
    PeripheralMeasures,
    RawSlices,
    Regions,
    Rereference,
    Resample,
    Step,
    StftDifferentialEntropy,
)
from emoscan.signals import SCALP_19, Electrodes, Features, InputError, Samples, Source

STEPS = [
    AsVolume(),
    BandPass(1, 50),
    BandPower(1.5, {"alpha": (8, 14)}),
    CausalBandPass(None, 30),
    CausalNotch(60),
    CentredMovingAverage(7),
    CommonRate(2.0),
    PeripheralMeasures(),
    DifferentialEntropy(),
    InterpolateBadChannels(),
    LdsFilter(1e-3),
    LdsSmoother(),
    MarkArtefacts(150),
    MarkBadChannels(),
    MarkFlat(),
    MarkMissing(),
    MarkMuscle(3, 60, 90),
    MovingAverage(),
    Notch(),
    RawSlices(),
    Rereference(("O1", "O2")),
    Resample(128),
    StftDifferentialEntropy(scale="seed"),
    AtRate(0.5),
    EvenFrames(4),
    LastFrames(2),
    FaceCrop(24, "Whole"),
    Patches(4, 4, 0.5),
    Regions(),
    Hog(),
    Lbp(),
]
RNG = np.random.default_rng(0)
SHARED = 10 * RNG.standard_normal(2400) + 15 * RNG.standard_normal((19, 2400))


class Ready:
    """A ``read`` of ready-made features."""

    def __init__(self, x):
        self.x = x

    def __call__(self):
        return self.x


def recording(samples=SHARED, **own):
    return Electrodes(
        SCALP_19, SCALP_19.sites, 200.0, samples.shape[1], Samples(samples), Source(None, "simulated"), **own
    )


def features(x=None, **own):
    x = RNG.standard_normal((12, 19, 5)) if x is None else x
    return Features(SCALP_19, ("a", "b", "c", "d", "e"), 12, 1.0, 2.0, Ready(x), Source(None, "simulated"), **own)


def given(step, future=0.0):
    """Something that ``step`` takes; ``future`` is added to its last quarter."""
    stream = sample(step, future)
    return replace(stream, bad_channels=("Cz",)) if isinstance(step, InterpolateBadChannels) else stream


def test_every_exported_step_is_in_the_list():
    exported = {
        thing
        for name in emoscan.preprocessing.__all__
        if isinstance(thing := getattr(emoscan.preprocessing, name), type) and issubclass(thing, Step)
    }
    assert exported - {Step} == {type(step) for step in STEPS}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_the_text_of_a_step_is_the_step(step):
    again = eval(repr(step), vars(emoscan.preprocessing))
    assert again == step
    assert hash(again) == hash(step)
    assert repr(again) == repr(step)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_a_step_leaves_what_it_is_given_and_repeats_itself(step):
    stream = given(step)
    before = content(stream).copy()
    np.testing.assert_array_equal(content(step(stream)), content(step(stream)))
    np.testing.assert_array_equal(content(stream), before)
    assert isinstance(step(stream), step.gives())


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_causal_steps_do_not_see_what_comes_later(step):
    """Steps that mark or choose frames look at the whole recording; what they do is told in their own tests."""
    now, later = (past(step(given(step, future))) for future in (0.0, 500.0))
    if step.causal:
        np.testing.assert_array_equal(now, later)
    elif not type(step).__name__.startswith(("Mark", "EvenFrames", "LastFrames")):
        assert not np.array_equal(now, later)


def test_whole_numbers_and_lists_mean_the_same_as_what_they_stand_for():
    assert repr(Resample(128)) == "Resample(rate=128.0)"
    assert repr(Rereference(["O1", "O2"])) == "Rereference(reference=('O1', 'O2'))"
    assert repr(BandPass(1, None)) == "BandPass(low=1.0, high=None)"
    assert repr(MovingAverage(3)) == "MovingAverage(width=3)"
    assert DifferentialEntropy(1) == DifferentialEntropy(1.0, [list(band) for band in SEED_BANDS])


def test_raw_slices_are_the_samples_in_order():
    volume = RawSlices(0.5)(recording(start=10.0))
    assert volume.x.shape == (24, 19, 100)
    assert volume.x.dtype == np.float32
    np.testing.assert_array_equal(volume.x.transpose(1, 0, 2).reshape(19, -1), SHARED.astype(np.float32))
    np.testing.assert_array_equal(volume.times, 10 + 0.5 * np.arange(24))
    assert volume.features[:2] == ("sample 0", "sample 1")


def test_raw_slices_may_hold_anything_in_bad_spans_only():
    samples = SHARED.copy()
    samples[0, 250] = np.nan
    assert not RawSlices()(recording(samples, bad_spans=((240, 260),))).valid[1]
    with pytest.raises(InputError, match="NaN"):
        RawSlices()(recording(samples))


def test_ready_made_features_pass_as_they_are():
    x = np.random.default_rng(0).standard_normal((12, 19, 5))
    volume = AsVolume()(features(x, start=3.0, causal=False))
    np.testing.assert_array_equal(volume.x, x.astype(np.float32))
    np.testing.assert_array_equal(volume.times, 3.0 + np.arange(12))
    assert (volume.duration, volume.causal, volume.valid.all()) == (2.0, False, True)


def test_ready_made_features_of_another_shape_or_with_nan_are_refused():
    x = np.zeros((12, 19, 5))
    with pytest.raises(InputError, match=r"\(11, 19, 5\).*\(12, 19, 5\)"):
        AsVolume()(features(x[:11]))
    x[3, 2, 1] = np.nan
    with pytest.raises(InputError, match="1 of them NaN"):
        AsVolume()(features(x))


def test_steps_keep_what_they_do_not_speak_of():
    electrodes = recording(start=7.0, bad_spans=((3, 9),), bad_channels=("Cz",))
    for step in (BandPass(1, 50), CausalNotch(), Rereference(), MarkArtefacts(1e9)):
        made = step(electrodes)
        assert (made.start, made.bad_spans, made.bad_channels, made.rate) == (7.0, ((3, 9),), ("Cz",), 200.0)
        assert replace(made, read=electrodes.read) == electrodes
