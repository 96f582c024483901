"""Events of recordings: annotations and trigger channels, in seconds of the recording."""

import mne
import numpy as np
import pytest

from emoscan.signals import InputError, read_events

RATE = 256.0


def recording(folder, codes, notes=(), state=0):
    """A FIF file with a trigger channel that shows each code for a tenth of a second."""
    trigger = np.full(int(20 * RATE), state, float)
    for second, code in codes:
        begin = round(second * RATE)
        trigger[begin : begin + 25] += code
    info = mne.create_info(["Cz", "Status"], RATE, ["eeg", "stim"])
    raw = mne.io.RawArray(np.stack([np.zeros(len(trigger)), trigger]), info, verbose="error")
    raw.set_annotations(mne.Annotations([t for t, _ in notes], [0.0] * len(notes), [text for _, text in notes]))
    path = folder / "recording_raw.fif"
    raw.save(path, verbose="error")
    return path


def test_triggers_and_annotations_come_in_order_of_time(tmp_path):
    path = recording(tmp_path, [(1, 4), (5, 7), (9, 4)], [(3.0, "clip starts"), (6.0, "BAD jump")])
    events = read_events(path)
    assert events.names == ("4", "clip starts", "7", "4")
    np.testing.assert_allclose(events.times, [1, 3, 5, 9], atol=1 / RATE)
    np.testing.assert_allclose(events.named("4").times, [1, 9], atol=1 / RATE)


def test_states_above_eight_bits_are_no_events(tmp_path):
    events = read_events(recording(tmp_path, [(2, 4)], state=0x100000))
    assert events.names == ("4",)


def test_one_event_is_named_and_several_need_a_number(tmp_path):
    events = read_events(recording(tmp_path, [(1, 4), (5, 7), (9, 4)]))
    assert events.one("7") == pytest.approx(5, abs=1 / RATE)
    assert events.one("4 #2") == pytest.approx(9, abs=1 / RATE)
    for name in ("4", "9", "4 #3", "4 #0"):
        with pytest.raises(InputError, match=r"of that name among the 3 events \(4, 7\)"):
            events.one(name)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_events(tmp_path / "none.bdf")
