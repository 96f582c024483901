"""Whatever a player shows comes out as it shows it: kinds of files that cameras and laboratories write."""

import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from emoscan.signals import InputError, open_video

N, SIZE = 30, (48, 64)
SHADES = np.arange(40, 40 + 6 * N, 6)


def flat(shade, size=SIZE):
    return np.full(size, shade, np.uint8)


def limited(gray):
    """Levels of 0 to 255 as most videos hold them."""
    return 16 + np.asarray(gray, float) * 219 / 255


def written(path, pictures=None, ticks=None, base=Fraction(1, 30), codec="libx264", pixels="yuv420p", **options):
    """A video whose frames are shown at ``ticks`` of ``base`` seconds each; tells the frame's number by its shade."""
    pictures = [flat(shade) for shade in SHADES] if pictures is None else pictures
    aspect, mux = options.pop("aspect", None), options.pop("mux", {})
    with av.open(str(path), "w", options=mux) as container:
        stream = container.add_stream(codec, rate=30, options=options)
        stream.height, stream.width, stream.pix_fmt = *pictures[0].shape[:2], pixels
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        stream.codec_context.time_base = stream.time_base = base
        for number, picture in enumerate(pictures):
            colour = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, 2)
            frame = av.VideoFrame.from_ndarray(colour, format="rgb24").reformat(format=pixels)
            frame.time_base, frame.pts = base, number if ticks is None else int(ticks[number])
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def copied(source, path, first=0, **mux):
    """The packets of ``source`` from number ``first`` on, in another file."""
    with av.open(str(source)) as before, av.open(str(path), "w", options=mux) as after:
        stream = after.add_stream_from_template(before.streams.video[0])
        packets = [packet for packet in before.demux(before.streams.video[0]) if packet.size]
        for packet in packets[first:]:
            packet.stream = stream
            after.mux(packet)
    return path


def numbers(video):
    """Which frame of ``written`` each decoded one is."""
    shades = [(frame.mean() - 16) * 255 / 219 for frame in video.frames()]
    return [int(np.abs(SHADES - shade).argmin()) for shade in shades]


CODECS = [("mjpeg", "yuvj420p"), ("mpeg4", "yuv420p"), ("libx264", "yuv420p"), ("huffyuv", "yuv422p")]


@pytest.mark.parametrize(("codec", "pixels"), [*CODECS, ("rawvideo", "bgr24"), ("ffv1", "gray")])
def test_an_avi_with_empty_chunks_gives_its_frames_at_their_times(tmp_path, codec, pixels):
    """As FFmpeg, VirtualDub and DirectShow write where a frame was dropped."""
    ticks = [tick for tick in range(N + 5) if not 10 <= tick < 15]
    quality = {"mjpeg": {"qmin": "2", "qmax": "2"}, "libx264": {"bf": "0"}}.get(codec, {})
    video = open_video(written(tmp_path / "drop.avi", ticks=ticks, codec=codec, pixels=pixels, **quality))
    np.testing.assert_allclose(video.times, np.array(ticks) / 30)
    assert video.step == pytest.approx(1 / 30)
    assert numbers(video) == list(range(N))
    assert video.remarks[:2] == (
        "empty chunks (5): the frame before stays until the next comes",
        "gaps between its frames (1): no window reaches across one",
    )


def test_an_avi_of_twice_the_rate_whose_every_second_chunk_is_empty_has_the_rate_of_its_pictures(tmp_path):
    """As a copy of another container's stream has it."""
    video = open_video(written(tmp_path / "twice.avi", ticks=range(0, 2 * N, 2), base=Fraction(1, 60), bf="0"))
    assert (len(video), video.step, video.remarks) == (N, pytest.approx(1 / 30), ())
    np.testing.assert_allclose(np.diff(video.times), 1 / 30)


def test_an_avi_whose_last_chunks_are_empty_is_whole_and_one_whose_tail_is_missing_is_not(tmp_path):
    path = written(tmp_path / "end.avi", codec="mjpeg", pixels="yuvj420p")
    data = bytearray(path.read_bytes())
    place = data.index(b"strh") + 8 + 32  # the header's length of the stream, in frames
    data[place : place + 4] = struct.pack("<I", N + 4)
    path.write_bytes(bytes(data))
    assert len(open_video(path)) == N
    path.write_bytes(bytes(data[:-2500]))
    with pytest.raises(InputError, match="wanted the whole video"):
        open_video(path)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi"])
def test_a_file_that_begins_between_key_pictures_begins_at_the_first_that_decodes(tmp_path, suffix):
    own = suffix == ".avi"  # of which FFmpeg's H.264 in MP4 is no copy
    options = {"qmax": "2", "sc_threshold": "1000000000"} if own else {"x264-params": "scenecut=0"}
    codec, source = ("mpeg4", ".avi") if own else ("libx264", ".mp4")
    whole = written(tmp_path / f"whole{source}", codec=codec, bf="0", g="12", **options)
    video = open_video(copied(whole, tmp_path / f"cut{suffix}", first=5))
    assert numbers(video) == list(range(12, N))
    assert video.times[0] == pytest.approx((12 if own else 7) / 30, abs=1e-3)  # AVI counts from the first chunk
    np.testing.assert_allclose(np.diff(video.times), 1 / 30, atol=1e-3)
    assert "it begins between key pictures: frames before the first that decodes left out (7)" in video.remarks


@pytest.mark.parametrize(
    ("codec", "suffix", "options"),
    [
        ("libx264", ".mp4", {"bf": "2", "g": "9", "x264-params": "open-gop=1:scenecut=0:b-adapt=0"}),
        ("libx265", ".mp4", {"x265-params": "open-gop=1:keyint=9:min-keyint=9:bframes=2:scenecut=0:log-level=none"}),
        ("mpeg2video", ".ts", {"bf": "2", "g": "9", "qmin": "2", "qmax": "2"}),
    ],
)
def test_an_open_group_of_pictures_is_read_from_any_frame_and_begins_at_its_key(tmp_path, codec, suffix, options):
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    whole = written(tmp_path / f"whole{suffix}", codec=codec, **options)
    video = open_video(whole)
    assert numbers(video) == list(range(N))
    frames = list(video.frames())
    for first in range(N):
        np.testing.assert_array_equal(next(video.read(first, first + 1)), frames[first])
    with av.open(str(whole)) as container:
        keys = [i for i, packet in enumerate(container.demux(video=0)) if packet.size and packet.is_keyframe]
    later = numbers(open_video(copied(whole, tmp_path / f"later{suffix}", first=keys[1])))
    assert later == list(range(later[0], N))
    assert 0 < later[0] <= 9


def _shorter_mdat(path):
    """The index comes first, and the pictures end before the box that holds them."""
    copied(path, path.with_suffix(".fast.mp4"), movflags="faststart")
    data = path.with_suffix(".fast.mp4").read_bytes()
    path.write_bytes(data[:-3000])


def _shorter_fragment(path):
    copied(path, path.with_suffix(".part.mp4"), movflags="frag_keyframe+empty_moov")
    data = path.with_suffix(".part.mp4").read_bytes()
    path.write_bytes(data[: data.rindex(b"mdat") + 900])


def _damaged_middle(path):
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 6000] = bytes(6000)
    path.write_bytes(bytes(data))


def _damaged_first_key(path):
    data = bytearray(path.read_bytes())
    begin = data.index(b"mdat") + 1200  # behind the encoder's own note
    data[begin : begin + 300] = bytes(300)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("damage", [_shorter_mdat, _shorter_fragment, _damaged_middle, _damaged_first_key])
def test_a_film_that_lost_something_is_refused(tmp_path, damage):
    noise = np.random.default_rng(0).integers(0, 255, (N, *SIZE)).astype(np.uint8)
    path = written(tmp_path / "clip.mp4", list(noise), bf="0", g="10")
    damage(path)
    with pytest.raises(InputError, match="wanted the whole video"):
        list(open_video(path).frames())


def test_a_hole_in_a_film_leaves_its_rate_alone(tmp_path):
    ticks = [tick for tick in range(N + 30) if not 12 <= tick < 42]
    video = open_video(written(tmp_path / "gap.mp4", ticks=ticks))
    assert video.step == pytest.approx(1 / 30)
    assert np.diff(video.times).max() == pytest.approx(31 / 30)


def corners():
    """A picture whose four quarters have shades of their own."""
    picture = np.zeros(SIZE, np.uint8)
    picture[:24, :32], picture[:24, 32:], picture[24:, :32], picture[24:, 32:] = 30, 90, 150, 210
    return picture


def with_matrix(path, a, b, c, d):
    """The file, with another display matrix: 16.16 numbers, the last column 2.30."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    data[place : place + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        ((1, 0, 0, 1), lambda p: p),
        ((-1, 0, 0, 1), np.fliplr),
        ((1, 0, 0, -1), np.flipud),
        ((-1, 0, 0, -1), lambda p: np.rot90(p, 2)),
        ((0, 1, -1, 0), lambda p: np.rot90(p, -1)),
        ((0, -1, 1, 0), np.rot90),
        ((0, 1, 1, 0), np.transpose),
        ((0, -1, -1, 0), lambda p: np.rot90(p, 2).T),
    ],
)
def test_a_picture_is_turned_and_mirrored_as_players_show_it(tmp_path, matrix, shown):
    """Three frames: also those behind the first."""
    path = with_matrix(written(tmp_path / "clip.mp4", [corners()] * 3, crf="4"), *matrix)
    video = open_video(path)
    assert video.size == shown(corners()).shape
    for frame in video.frames():
        np.testing.assert_allclose(frame, limited(shown(corners())), atol=12)
    turned = "turned or mirrored, as its display matrix says" in video.remarks
    assert turned == (matrix != (1, 0, 0, 1))


def test_a_turn_by_no_right_angle_is_refused(tmp_path):
    path = written(tmp_path / "clip.mp4", [corners()] * 3)
    data = bytearray(with_matrix(path, 1, 1, -1, 1).read_bytes())
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="wanted a right angle"):
        open_video(path)


@pytest.mark.parametrize(("aspect", "size"), [((4, 3), (48, 85)), ((1, 2), (96, 64)), ((1, 1), SIZE), (None, SIZE)])
def test_pixels_become_square_by_stretching(tmp_path, aspect, size):
    path = written(tmp_path / "clip.mp4", [corners()] * 3, aspect=Fraction(*aspect) if aspect else None)
    video = open_video(path)
    assert (video.size, next(video.frames()).shape) == (size, size)
    assert ("brought to square pixels" in video.remarks) == (size != SIZE)


@pytest.mark.parametrize(
    ("codec", "pixels"),
    [
        ("libx264", "yuv420p"),
        ("libx264", "yuvj420p"),
        ("libx264", "yuv422p"),
        ("libx264", "yuv444p"),
        ("libx264", "yuv420p10le"),
        ("libx264", "nv12"),
        ("libx264rgb", "rgb24"),
        ("ffv1", "yuv420p"),
        ("ffv1", "gray"),
        ("ffv1", "gray16le"),
        ("ffv1", "yuv422p12le"),
        ("ffv1", "bgr0"),
        ("rawvideo", "yuyv422"),
        ("rawvideo", "uyvy422"),
        ("ffv1", "gbrp10le"),
        ("mjpeg", "yuvj422p"),
    ],
)
def test_one_scene_has_the_same_levels_whatever_the_pixel_format(tmp_path, codec, pixels):
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    ramp = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))
    quality = {"mjpeg": {"qmin": "1", "qmax": "1"}, "libx264": {"crf": "1"}, "libx264rgb": {"crf": "1"}}
    path = written(tmp_path / "clip.mkv", [ramp] * 2, codec=codec, pixels=pixels, **quality.get(codec, {}))
    for frame in open_video(path).frames():
        np.testing.assert_allclose(frame, limited(ramp), atol=2)


def test_of_two_tracks_the_default_one_is_read(tmp_path):
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        tracks = [container.add_stream("libx264", rate=30) for _ in range(2)]
        for track, mark in zip(tracks, (0, 1), strict=True):
            track.height, track.width, track.pix_fmt = 48 - 16 * mark, 64, "yuv420p"
            track.disposition = mark
        for _ in range(5):
            for track in tracks:
                frame = av.VideoFrame.from_ndarray(flat(99, (track.height, 64)), format="gray")
                container.mux(track.encode(frame))
        for track in tracks:
            container.mux(track.encode(None))
    video = open_video(path)
    assert (video.size, len(list(video.frames()))) == ((32, 64), 5)
    assert video.remarks == ("of several video tracks the one marked as default is read, or else the first",)


def test_an_ordinary_film_has_no_remark_and_its_own_luma(tmp_path):
    video = open_video(written(tmp_path / "clip.mp4"))
    assert (video.remarks, video.display) == ((), ())
    with av.open(str(video.source.path)) as container:
        for frame, shown in zip(container.decode(video=0), video.frames(), strict=True):
            np.testing.assert_array_equal(shown, frame.to_ndarray(format="yuv420p")[:48])


def without_content(packet, bits):
    """The packet of an MPEG-4 picture as Xvid writes one that is the picture before again: its head, "not coded"."""
    content = bytes(packet)
    head = "".join(f"{byte:08b}" for byte in content[content.index(b"\0\0\1\xb6") + 4 :][:16])
    time = head[2 : head.index("0", 2) + 2 + bits + 1]  # whole seconds, a mark, the time within one, a mark
    short = f"01{time}00"
    short += "1" * (-len(short) % 8)
    empty = av.Packet(b"\0\0\1\xb6" + int(short, 2).to_bytes(len(short) // 8))
    empty.stream, empty.pts, empty.dts, empty.time_base = packet.stream, packet.pts, packet.dts, packet.time_base
    return empty


@pytest.mark.parametrize(("rate", "bits"), [(Fraction(25), 5), (Fraction(30000, 1001), 15), (Fraction(50), 6)])
@pytest.mark.parametrize("again", [(1,), (5, 6), (3, N - 2, N - 1)])
def test_a_picture_that_is_not_coded_is_the_one_before_again(tmp_path, rate, bits, again):
    """As Xvid and DivX write where nothing changed or a frame was dropped."""
    shown = []
    for number, shade in enumerate(SHADES):
        shown.append(shown[-1] if number in again else flat(shade))
    with av.open(str(tmp_path / "a.avi"), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate, options={"bf": "0", "qmin": "2", "qmax": "2"})
        stream.height, stream.width, stream.pix_fmt = *SIZE, "yuv420p"
        frames = [av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p") for picture in shown]
        packets = [packet for frame in [*frames, None] for packet in stream.encode(frame)]
        for number, packet in enumerate(packets):
            container.mux(without_content(packet, bits) if number in again else packet)
    video = open_video(tmp_path / "a.avi")
    left = [number for number in range(N) if number not in again]
    np.testing.assert_allclose(video.times, np.array(left) / float(rate))
    assert numbers(video) == left
    assert any(remark.startswith(f"empty chunks ({len([n for n in again if n < N - 2])})") for remark in video.remarks)


@pytest.mark.parametrize(("suffix", "pixels"), [("gif", "rgb8"), ("apng", "rgb24")])
def test_moving_pictures_are_videos_and_a_single_one_is_a_picture(tmp_path, suffix, pixels):
    moving = open_video(written(tmp_path / f"moving.{suffix}", codec=suffix, pixels=pixels))
    assert len(list(moving.frames())) == len(moving) == len(SHADES)
    one = written(tmp_path / f"one.{suffix}", [flat(SHADES[0])], codec=suffix, pixels=pixels)
    with pytest.raises(InputError, match="a picture"):
        open_video(one)
