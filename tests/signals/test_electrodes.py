"""A stretch of EEG: read when asked, cut anywhere to the same samples, refused if a site has no channel."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscan.signals import Electrodes, InputError, Samples, Source, Stretch, drawing

LAYOUT = drawing("two", "T7 T8")
DATA = np.random.default_rng(0).standard_normal((3, 100)).astype(np.float32)


def stream(**changed):
    parts = {
        "layout": LAYOUT,
        "names": ("ECG", "EEG T4", "t3"),
        "rate": 50.0,
        "n_samples": 100,
        "read": Samples(DATA),
        "source": Source(None, "simulated"),
    }
    return Electrodes(**parts | changed)


def test_seconds_are_samples_over_the_rate():
    assert stream().duration == 2.0


@pytest.mark.parametrize(
    "changed, named",
    [
        ({"names": ("ECG", "EEG T4")}, "also T7"),
        ({"rate": 0.0}, "100 samples at 0.0 Hz"),
        ({"rate": float("nan")}, "at nan Hz"),
        ({"n_samples": 0}, "0 samples"),
    ],
)
def test_a_stream_that_cannot_be_is_refused(changed, named):
    with pytest.raises(InputError, match=named):
        stream(**changed)


def test_samples_in_bad_spans_are_not_trusted():
    trusted = stream(bad_spans=((10, 20), (15, 30), (90, 200))).trusted()
    assert np.flatnonzero(~trusted).tolist() == [*range(10, 30), *range(90, 100)]
    assert stream().trusted().all()


@given(st.integers(0, 50), st.integers(0, 30), st.integers(0, 20))
def test_a_stretch_of_a_stretch_is_the_samples_from_both_firsts_on(first, second, length):
    read = Stretch(Stretch(Samples(DATA), first), second)
    np.testing.assert_array_equal(read(0, length), DATA[:, first + second : first + second + length])


def test_a_stretch_keeps_its_samples_its_seconds_and_its_bad_spans():
    whole = stream(start=7.0, bad_spans=((0, 5), (10, 30), (90, 100)))
    part = whole.stretch(20, 60).stretch(5, 40)
    np.testing.assert_array_equal(part.read(0, part.n_samples), DATA[:, 25:60])
    assert (part.start, part.duration) == (7.0 + 25 / 50, 35 / 50)
    np.testing.assert_array_equal(part.trusted(), whole.trusted()[25:60])


def test_a_stream_can_be_sent_to_another_process():
    sent = pickle.loads(pickle.dumps(stream(read=Stretch(Samples(DATA), 5))))
    np.testing.assert_array_equal(sent.read(0, 10), DATA[:, 5:15])
    assert (sent.names, sent.layout) == (stream().names, LAYOUT)


def test_sources_differ_by_content_and_part_and_not_by_folder(tmp_path):
    for name, content in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / name).write_bytes(content)
    digest = {name: Source(tmp_path / name).digest() for name in "abc"}
    assert digest["a"] == digest["b"] != digest["c"]
    assert Source(tmp_path / "a", "trial 2").digest() != digest["a"]
    assert Source(tmp_path / "a", others=(tmp_path / "c",)).digest() != digest["a"]
    assert str(Source(None, "seed 3")) == "in memory [seed 3]"


def test_a_changed_file_changes_its_digest(tmp_path):
    source = Source(tmp_path / "a")
    source.path.write_bytes(b"before")
    before = source.digest()
    source.path.write_bytes(b"afterwards")
    assert source.digest() != before
