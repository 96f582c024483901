"""What files say about when they were made is passed on, as a warning and no more."""

from datetime import UTC, datetime

import av
import mne
import numpy as np
import pytest

from emoscan.signals.files.recorded_at import together


def recording(folder, date):
    raw = mne.io.RawArray(np.zeros((1, 500)), mne.create_info(["Cz"], 100.0, "eeg"), verbose="error")
    raw.set_meas_date(date)
    raw.save(folder / "eeg_raw.fif", verbose="error")
    return folder / "eeg_raw.fif"


def video(folder, date):
    with av.open(str(folder / "clip.mp4"), "w") as container:
        if date:
            container.metadata["creation_time"] = date
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return folder / "clip.mp4"


@pytest.mark.parametrize(
    "eeg, clip, told",
    [
        (datetime(2021, 3, 4, tzinfo=UTC), "2021-03-04T10:00:00Z", "both of 2021-03-04 by their own dates"),
        (
            datetime(2021, 3, 4, tzinfo=UTC),
            "2019-01-02T10:00:00Z",
            "by their own dates they are NOT from one session: EEG of 2021-03-04, video of 2019-01-02",
        ),
        (
            datetime(2021, 3, 4, tzinfo=UTC),
            "",
            "EEG of 2021-03-04, nothing in the files shows that they were recorded together",
        ),
        (
            None,
            "2019-01-02T10:00:00Z",
            "video of 2019-01-02, nothing in the files shows that they were recorded together",
        ),
        (None, "", "nothing in the files shows that they were recorded together"),
    ],
)
def test_dates_are_compared_where_there_are_two(tmp_path, eeg, clip, told):
    assert together(recording(tmp_path, eeg), video(tmp_path, clip)) == told
