"""Files whose clock begins anew, stands still, or falls a little, as recordings joined by hand and webcams have it."""

from fractions import Fraction

import av
import numpy as np
import pytest

from emoscan.preprocessing import FaceCrop, preprocess
from emoscan.signals import InputError, TrialTable, open_video
from emoscan.signals.files.videos.packet_clock import PacketClock, StoredPacket, risen

N, SIZE = 20, (48, 64)
SHADES = np.arange(40, 40 + 8 * N, 8)
ANEW = "its clock begins anew or jumps, as of parts put into one file"


def written(path, ticks=None, size=SIZE, codec="libx264", **options):
    """A video of 25 frames a second whose frames tell their number by their shade; ``ticks`` in milliseconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        base = Fraction(1, 25 if ticks is None else 1000)
        stream.codec_context.time_base = stream.time_base = base
        for number, shade in enumerate(SHADES):
            frame = av.VideoFrame.from_ndarray(np.full(size, shade, np.uint8), format="gray")
            frame.time_base, frame.pts = base, number if ticks is None else int(ticks[number])
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def joined(path, *parts):
    """As ``cat`` joins parts."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def numbers(video):
    shades = [(frame.mean() - 16) * 255 / 219 for frame in video.frames()]
    return [int(np.abs(SHADES - shade).argmin()) for shade in shades]


@pytest.mark.parametrize(("codec", "options"), [("libx264", {"bf": "2"}), ("libx264", {"bf": "0"}), ("mpeg2video", {})])
@pytest.mark.parametrize("suffix", [".ts", ".mpg"])
@pytest.mark.parametrize("count", [2, 3])
def test_parts_joined_by_hand_are_read_whole_on_one_clock_with_a_joint(tmp_path, codec, options, suffix, count):
    if codec != "mpeg2video" and suffix == ".mpg":
        pytest.skip("no codec of that container")
    part = written(tmp_path / f"part{suffix}", codec=codec, **options)
    video = open_video(joined(tmp_path / f"all{suffix}", *[part] * count))
    assert numbers(video) == [*range(N)] * count
    np.testing.assert_allclose(np.diff(video.times), 0.04, atol=1e-3)
    assert video.joints == tuple(range(N, count * N, N))
    assert video.remarks == (f"{ANEW} ({count - 1}): it goes on at the usual rate there, and no window reaches across",)


def test_a_part_that_begins_hours_later_in_a_transport_stream_follows_on_the_one_before(tmp_path):
    first = written(tmp_path / "a.ts")
    second = written(tmp_path / "b.ts", ticks=3_600_000 + 40 * np.arange(N))
    video = open_video(joined(tmp_path / "all.ts", first, second))
    assert (numbers(video), video.joints) == ([*range(N)] * 2, (N,))
    assert video.duration == pytest.approx(2 * N * 0.04, abs=0.01)


def test_a_hole_in_other_containers_stays_as_long_as_it_is(tmp_path):
    ticks = [40 * number + 60_000 * (number >= 8) for number in range(N)]
    video = open_video(written(tmp_path / "a.mp4", ticks=ticks, bf="0"))
    assert np.diff(video.times).max() == pytest.approx(60.04)
    assert video.joints == ()


def test_any_stretch_and_choice_of_a_joined_video_keeps_its_joints(tmp_path):
    part = written(tmp_path / "part.ts")
    video = open_video(joined(tmp_path / "all.ts", part, part))
    assert [int(number) for number in numbers(video.take(np.arange(18, 23)))] == [18, 19, 0, 1, 2]
    assert video.take(np.arange(18, 23)).joints == (2,)
    assert video.take(np.arange(0, 40, 3)).joints == (7,)
    assert video.take(np.arange(N)).joints == video.take(np.arange(N, 2 * N)).joints == ()
    assert video.between(0.6, 1.2).joints == (5,)


def test_no_window_reaches_across_the_joint_of_a_video(tmp_path):
    part = written(tmp_path / "part.ts")
    joined(tmp_path / "all.ts", part, part)
    rows = "1,1,1,x,all.ts,a\n2,1,1,y,part.ts,b\n"
    (tmp_path / "trials.csv").write_text(f"subject,session,trial,stimulus,face,category\n{rows}")
    recipe = {"face": [FaceCrop(16, detector="Whole")]}
    cache = preprocess(TrialTable(tmp_path), recipe, tmp_path / "cache")
    windows = cache.windows(5, 1, modality="face")
    crossing = (windows.trials == 0) & (windows.starts <= N) & (windows.starts + 4 >= N)
    assert not crossing.any()
    assert windows.left_out == 5
    assert [remark.text for remark in cache.remarks if ANEW in remark.text]


@pytest.mark.parametrize("backwards", ["0", "2"])
@pytest.mark.parametrize("each", [2, 3])
def test_frames_of_one_time_stamp_are_all_read_and_spread_until_the_next(tmp_path, backwards, each):
    ticks = np.arange(N) // each * 40 * each
    video = open_video(written(tmp_path / "a.mkv", ticks=ticks, bf=backwards))
    assert numbers(video) == list(range(N))
    np.testing.assert_allclose(video.times[: N - N % each], 0.04 * np.arange(N - N % each), atol=2e-3)
    assert (np.diff(video.times) > 0).all()
    equal = N - len(set(ticks.tolist()))
    assert f"equal time stamps ({equal}): such frames are spread evenly until the next stamp" in video.remarks


def test_equal_stamps_before_a_hole_stay_before_it():
    times, equal = risen("a.mkv", [0, 40, 40, 2000, 2040], 0.001, 25.0)
    np.testing.assert_allclose(times, [0, 0.04, 0.06, 2.0, 2.04])
    assert equal == 1


def test_one_stamp_on_all_frames_needs_a_rate():
    np.testing.assert_allclose(risen("a.mkv", [7, 7, 7], 0.001, 10.0)[0], 0.007 + np.arange(3) / 10)
    with pytest.raises(InputError, match=r"one time stamp on all 3 frames.*convert it to .mp4"):
        risen("a.mkv", [7, 7, 7], 0.001, 0.0)


def packets(stamps, keys=(0,), corrupt=()):
    return [StoredPacket(stamp, stamp, i in keys, False, i in corrupt) for i, stamp in enumerate(stamps)]


def test_stamps_that_fall_by_less_than_a_frame_are_put_in_order():
    stored = packets([0, 33, 67, 66, 100])
    clock = PacketClock.of(stored)
    assert (clock.shifts, clock.falling, clock.plain) == ((), 1, False)
    assert sorted(packet.tick for packet in clock.shown(stored)) == [0, 33, 66, 67, 100]


def test_a_clock_that_is_set_back_in_the_middle_goes_on_at_the_usual_rate():
    """As of a webcam whose computer asks a time server."""
    stored = packets([1000, 1033, 1066, 850, 883, 916])
    clock = PacketClock.of(stored)
    assert [packet.tick for packet in clock.shown(stored)] == [1000, 1033, 1066, 1099, 1132, 1165]
    assert clock.begins(stored) == (1099,)


def test_what_a_part_shows_before_its_first_key_picture_is_left_out():
    before = [StoredPacket(tick, tick, tick == 0) for tick in range(0, 200, 40)]
    open_group = [(80, 0), (0, 40), (40, 80), (120, 120), (160, 160)]  # two pictures refer to the part before
    stored = before + [StoredPacket(tick, at, place == 0) for place, (tick, at) in enumerate(open_group)]
    clock = PacketClock.of(stored)
    assert clock.left_out == {6, 7}
    assert [packet.tick for packet in clock.shown(stored)] == [0, 40, 80, 120, 160, 200, 240, 280]


def test_packets_called_damaged_are_left_out_before_a_key_picture_only():
    stamps = list(range(0, 400, 40))
    at_joint = PacketClock.of(packets(stamps, keys=(0, 5), corrupt=(3,)))
    assert at_joint.left_out == {3, 4}
    assert PacketClock.of(packets(stamps, keys=(0, 9), corrupt=(3,))).left_out == frozenset()


def test_pictures_that_change_their_size_come_whole_in_that_of_the_first(tmp_path):
    """As browsers record where the connection gets worse."""
    large, small = written(tmp_path / "a.ts"), written(tmp_path / "b.ts", size=(24, 32))
    wide = written(tmp_path / "c.ts", size=(24, 64))
    same, other = (open_video(joined(tmp_path / f"all{i}.ts", large, part)) for i, part in enumerate((small, wide)))
    assert {frame.shape for video in (same, other) for frame in video.frames()} == {SIZE}
    assert numbers(same) == [*range(N)] * 2
    last = list(other.frames())[-1]
    assert (last[:11] == 16).all()
    assert (last[13:35] > 150).all()


@pytest.mark.parametrize("backwards", ["0", "2"])
def test_a_bare_stream_without_times_has_its_frames_at_the_rate_that_it_states(tmp_path, backwards):
    video = open_video(written(tmp_path / "a.h264", bf=backwards))
    assert numbers(video) == list(range(N))
    np.testing.assert_allclose(video.times, 0.04 * np.arange(N), atol=1e-3)
    assert video.remarks == ("it holds no time stamps: 25 frames a second are taken, as FFmpeg finds",)
