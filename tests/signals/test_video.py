"""Videos give every frame with its own time, or one clear error; never fewer frames in silence."""

import pickle
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import Image

from emoscan.signals import FaceMarks, InputError, Pictures, Source, Video, open_images, open_video, read_picture
from emoscan.signals.datasets.lookalikes.recordings import write_video

N = 30


def flat(shade, size=(48, 64)):
    return np.full(size, shade, np.uint8)


def ramp(count=N):
    """Frames that tell their number by their shade."""
    return [flat(40 + 5 * i) for i in range(count)]


def number_of(frame):
    """Which frame of ``ramp`` a decoded one is: codecs store 16 to 235."""
    full = (frame.mean() - 16) * 255 / 219
    return round((full - 40) / 5)


def written(path, pictures=None, ticks=None, codec="libx264", rotation=None, **options):
    """A video whose frames are shown at ``ticks`` milliseconds."""
    pictures = ramp() if pictures is None else pictures
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.height, stream.width = pictures[0].shape
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="gray")
            frame.time_base, frame.pts = Fraction(1, 1000), 40 * i if ticks is None else ticks[i]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("backwards", ["0", "2"])
def test_every_frame_comes_in_order_with_its_time(tmp_path, suffix, backwards):
    video = open_video(written(tmp_path / f"clip{suffix}", bf=backwards))
    assert (len(video), video.size) == (N, (48, 64))
    np.testing.assert_allclose(video.times, 0.04 * np.arange(N), atol=1e-3)
    assert [number_of(frame) for frame in video.frames()] == list(range(N))


@pytest.mark.parametrize("backwards", ["0", "2"])
def test_avi_which_keeps_no_times_gives_its_frames_by_order(tmp_path, backwards):
    path = tmp_path / "clip.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": backwards, "crf": "8"})
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        for picture in ramp():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
        container.mux(stream.encode(None))
    video = open_video(path)
    np.testing.assert_allclose(np.diff(video.times), 0.04)
    assert [number_of(frame) for frame in video.frames()] == list(range(N))


def test_a_variable_rate_is_right_to_the_millisecond(tmp_path):
    ticks = np.cumsum(np.random.default_rng(0).integers(15, 120, N))
    video = open_video(written(tmp_path / "clip.mp4", ticks=(ticks - ticks[0]).tolist()))
    np.testing.assert_allclose(video.times, (ticks - ticks[0]) / 1000, atol=5e-4)


@pytest.mark.parametrize("first, last", [(0, 1), (7, 19), (29, 30), (12, 12)])
def test_a_part_is_the_same_part_of_the_whole(tmp_path, first, last):
    video = open_video(written(tmp_path / "clip.mp4", g="8"))
    assert [number_of(frame) for frame in video.read(first, last)] == list(range(first, last))


def test_chosen_frames_and_stretches_keep_their_times(tmp_path):
    video = open_video(written(tmp_path / "clip.mp4"))
    some = video.take(np.array([3, 4, 20]))
    assert [number_of(frame) for frame in some.frames()] == [3, 4, 20]
    np.testing.assert_allclose(some.times, [0.12, 0.16, 0.8], atol=1e-3)
    stretch = video.between(0.4, 0.8)
    assert [number_of(frame) for frame in stretch.frames()] == list(range(10, 20))
    assert stretch.source.digest() != video.source.digest()
    with pytest.raises(InputError, match="some between 5 and 6 s"):
        video.between(5, 6)


def test_a_video_survives_pickling(tmp_path):
    video = pickle.loads(pickle.dumps(open_video(written(tmp_path / "clip.mp4"))))
    assert len(list(video.frames())) == N


def test_a_turned_picture_is_turned_back(tmp_path):
    """As phones write it: the picture lies on its side, and the file says so."""
    upright = [np.vstack([flat(200, (24, 64)), flat(30, (24, 64))])] * 5
    plain = written(tmp_path / "plain.mp4", [np.rot90(picture, -1).copy() for picture in upright])
    turned = tmp_path / "turned.mp4"
    with av.open(str(plain)) as source, av.open(str(turned), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    data = bytearray(turned.read_bytes())
    place = data.index(b"tkhd") + 4 + 40  # the matrix of the track's header: 16.16 numbers, the last column 2.30
    quarter = np.array([0, 0x10000, 0, -0x10000, 0, 0, 48 << 16, 0, 0x40000000], ">i4")
    data[place : place + 36] = quarter.tobytes()
    turned.write_bytes(bytes(data))
    video = open_video(turned)
    frame = next(video.frames())
    assert video.size == frame.shape
    if video.size == (48, 64):  # the sign of the turn is the container's: top bright either way or bottom
        assert abs(int(frame[:20].mean()) - int(frame[-20:].mean())) > 100
    else:
        pytest.fail(f"not turned: {video.size}")


def _audio_only(path):
    with av.open(str(path), "w") as container:
        voice = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(voice.encode(frame))
        container.mux(voice.encode(None))


def _renamed_picture(path):
    Image.fromarray(flat(99)).save(path, format="PNG")


def _no_frames(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        container.mux(stream.encode(None))


def _half(path):
    written(path, g="5")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _half_fast_start(path):
    """The index comes first, so the file opens and only the pictures are missing."""
    noise = np.random.default_rng(0).integers(0, 255, (N, 48, 64)).astype(np.uint8)
    written(path, list(noise), movflags="")
    with (
        av.open(str(path)) as source,
        av.open(str(path.with_suffix(".fast.mp4")), "w", options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    data = path.with_suffix(".fast.mp4").read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    "make, told",
    [
        (_audio_only, "no video stream"),
        (_renamed_picture, "a picture"),
        (_no_frames, "no "),
        (_half, "found"),
        (_half_fast_start, "found"),
        (lambda path: path.write_bytes(b""), "0 bytes that are no video"),
        (lambda path: path.write_bytes(b"hello" * 999), "no video"),
        (lambda path: None, "no such file"),
    ],
    ids=["sound", "picture", "no frames", "half", "half, index first", "empty", "text", "missing"],
)
def test_what_is_no_whole_video_is_one_error(tmp_path, make, told):
    path = tmp_path / "clip.mp4"
    make(path)
    with pytest.raises(InputError, match=told) as refused:
        list(open_video(path).frames())
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mkv", ".wmv"])
def test_a_video_cut_anywhere_never_gives_fewer_frames_in_silence(tmp_path, suffix, cut):
    path = tmp_path / f"clip{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (N, 48, 64)).astype(np.uint8)
    write_video(path, noise)
    data = path.read_bytes()
    path.write_bytes(data[: round(cut * len(data))])
    with pytest.raises(InputError):
        list(open_video(path).frames())


def test_changed_bytes_never_give_fewer_frames_in_silence(tmp_path):
    path = tmp_path / "clip.mp4"
    noise = np.random.default_rng(0).integers(0, 255, (N, 48, 64)).astype(np.uint8)
    write_video(path, noise)
    whole, rng, refused = path.read_bytes(), np.random.default_rng(1), 0
    for _ in range(20):
        data = bytearray(whole)
        for place in rng.integers(2000, len(data) - 3000, 20):
            data[place] ^= 0xFF
        path.write_bytes(bytes(data))
        try:
            assert len(list(open_video(path).frames())) == N
        except InputError:
            refused += 1
    assert refused > 10


def test_frames_are_read_one_at_a_time(tmp_path):
    """Reading a frame of a long video decodes no others behind it."""
    import tracemalloc

    video = open_video(written(tmp_path / "clip.mp4", [flat(40 + i % 200) for i in range(300)]))
    tracemalloc.start()
    for frame in video.frames():
        assert frame.shape == (48, 64)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 48 * 64


def test_times_that_run_backwards_and_marks_that_do_not_fit_are_refused():
    read, source = Pictures(np.zeros((3, 4, 4), np.uint8)), Source(None, "simulated")
    with pytest.raises(InputError, match="times that increase"):
        Video(np.array([0.0, 0.2, 0.1]), (4, 4), 0.1, read, source)
    with pytest.raises(InputError, match="marks for 2 frames; wanted 3"):
        Video(np.arange(3.0), (4, 4), 1.0, read, source, FaceMarks(boxes=np.zeros((2, 4))))
    with pytest.raises(InputError, match="no frames"):
        Video(np.zeros(0), (4, 4), 1.0, read, source)


def test_pictures_in_files_are_a_video_whose_clock_is_assumed(tmp_path):
    for i in (1, 2, 5):
        Image.fromarray(flat(40 * i)).save(tmp_path / f"{i:04}.png")
    video = open_images(sorted(tmp_path.glob("*.png")), rate=10.0, numbers=[1, 2, 5])
    np.testing.assert_allclose(video.times, [0.1, 0.2, 0.5])
    assert video.assumed_rate
    assert [int(frame.mean()) for frame in video.frames()] == [40, 80, 200]


def test_pictures_of_every_kind_become_gray(tmp_path):
    gray = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (32, 1))
    palette = Image.fromarray(gray).convert("P")
    for name, image in {
        "gray.png": Image.fromarray(gray),
        "colour.png": Image.merge("RGB", [Image.fromarray(gray)] * 3),
        "palette.tiff": palette,
        "deep.png": Image.fromarray(gray.astype(np.uint16) * 257),
    }.items():
        image.save(tmp_path / name)
        np.testing.assert_allclose(read_picture(tmp_path / name), gray, atol=1)


@pytest.mark.parametrize(
    "content, told", [(b"", "0 bytes"), (b"no picture" * 99, "no whole picture"), (None, "no such")]
)
def test_a_broken_picture_is_one_error(tmp_path, content, told):
    path = tmp_path / "1.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        open_images([path], 10.0)


def test_a_picture_cut_short_and_one_of_another_size_are_refused(tmp_path):
    for i, size in enumerate([(48, 64), (48, 64), (40, 64)]):
        Image.fromarray(np.random.default_rng(i).integers(0, 255, size).astype(np.uint8)).save(tmp_path / f"{i}.png")
    files = sorted(tmp_path.glob("*.png"))
    with pytest.raises(InputError, match="64 x 40 pixels; wanted 64 x 48"):
        list(open_images(files, 10.0).frames())
    files[1].write_bytes(files[1].read_bytes()[:900])
    with pytest.raises(InputError, match="no whole picture"):
        list(open_images(files[:2], 10.0).frames())


def test_times_of_neighbouring_frames_never_meet(tmp_path):
    video = open_video(written(tmp_path / "clip.mp4"))
    assert all(before < after for before, after in pairwise(video.times))
