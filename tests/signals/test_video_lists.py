"""Lists of other files that are called a video: their digest would cover the list alone."""

import re

import av
import numpy as np
import pytest
from PIL import Image

from emoscan.signals import InputError
from emoscan.signals.files.recorded_at import video_date
from emoscan.signals.files.videos.container_file import OWN_CONTENT
from emoscan.signals.files.videos.video_file import open_video

LISTS = {
    "ffconcat": "ffconcat version 1.0\nfile '{video}'\n",
    "ffconcat behind a mark": "\ufeffffconcat version 1.0\nfile '{video}'\n",
    "HLS": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:1.0,\n{video}\n#EXT-X-ENDLIST\n",
    "DASH": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    '<Period><AdaptationSet><Representation id="1"><BaseURL>{video}</BaseURL></Representation></AdaptationSet>'
    "</Period></MPD>",
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "PLS": "[playlist]\nFile1={video}\n",
    "IMF": '<?xml version="1.0"?>\n<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">'
    "</CompositionPlaylist>",
}


@pytest.fixture
def video(tmp_path):
    """A video of six pictures."""
    path = tmp_path / "real.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(6):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64), np.uint8), format="gray")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".m3u8", ".txt"])
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_other_files_is_refused_whatever_it_is_called(video, kind, suffix):
    path = video.with_name(f"list{suffix}")
    path.write_text(LISTS[kind].format(video=video.name), encoding="utf-8")
    with pytest.raises(InputError, match=r"a list of other files|description of a broadcast") as refused:
        open_video(path)
    assert "\n" not in str(refused.value)
    assert "wanted a video file that holds its pictures itself; give the files that it names" in str(refused.value)


@pytest.mark.parametrize("kind", LISTS)
def test_ffmpeg_itself_refuses_a_list_whose_beginning_is_hidden(video, kind, monkeypatch):
    """As behind a comment: whatever FFmpeg takes for a list, it may not open it."""
    monkeypatch.setattr("emoscan.signals.files.videos.container_file._LISTS", {})
    path = video.with_name("list.mp4")
    path.write_text(LISTS[kind].format(video=video.name), encoding="utf-8")
    with pytest.raises(InputError, match="bytes that are no video"):
        open_video(path)
    assert video_date(path) is None


@pytest.mark.parametrize("name", ["concat:real.mp4|real.mp4", "subfile,,start,0,end,0,,:real.mp4", "data:x", "pipe:0"])
def test_a_name_that_is_an_address_is_a_file_that_is_not_there(video, monkeypatch, name):
    monkeypatch.chdir(video.parent)
    with pytest.raises(InputError, match="no such file"):
        open_video(video.parent.__class__(name))


def test_a_pattern_of_pictures_is_no_video(video):
    for number in range(3):
        Image.new("L", (32, 32)).save(video.with_name(f"f{number}.png"))
    Image.new("L", (32, 32)).save(video.with_name("f%d.png"))
    with pytest.raises(InputError, match=r"a picture|no video"):
        open_video(video.with_name("f%d.png"))


def test_a_video_is_read_and_no_format_on_the_list_follows_others(video):
    assert len(open_video(video)) == 6
    assert open_video(video.parent / "real.mp4").source.path == video
    follows = re.compile(
        r"^(concat|hls|dash|sdp|rtsp|rtp|sap|imf|lavfi|vobsub|webm_dash_manifest|mlv|svg_pipe|avisynth)$"
    )
    assert not [name for name in OWN_CONTENT.split(",") if follows.match(name)]
