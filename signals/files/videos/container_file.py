"""Containers of video as FFmpeg opens them: only kinds that hold their own pictures, never lists of other files."""

import warnings
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...regular_file import check_regular

_MOVIES = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpegtsraw,mpeg,mpegvideo,mxf,gxf,nut,nuv,asf,asf_o,flv,live_flv,"
    "ogg,rm,wtv,dv,ivf,swf,nsv,pva,dhav,lxf,ty,pmp,mods,moflex,mtv,flic,thp,roq,smk,bink,mm,ea,film_cpk,filmstrip,"
    "h261,h263,h264,hevc,vvc,evc,avs,avs2,avs3,cavsvideo,m4v,obu,av1,dirac,dnxhd,vc1,vc1test,mjpeg,mjpeg_2000,smjpeg,"
    "ipmovie,mpjpeg,yuv4mpegpipe,ifv,cine,ser,r3d,v210,v210x"
)
_PICTURES = "image2,gif,apng,jpegxl_anim,ico,webp_pipe,png_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,j2k_pipe,bmp_pipe"
_MORE_PICTURES = "tiff_pipe,exr_pipe,dpx_pipe,dds_pipe,hdr_pipe,pam_pipe,pbm_pipe,pcx_pipe,pgm_pipe,ppm_pipe,psd_pipe"
_LAST_PICTURES = "pfm_pipe,phm_pipe,qoi_pipe,sgi_pipe,sunrast_pipe,xbm_pipe,xpm_pipe,xwd_pipe,cri_pipe,gem_pipe"
_SOUND = "wav,w64,mp3,flac,aac,ac3,eac3,aiff,au,caf,amr,ape,tta,wv"
OWN_CONTENT = ",".join((_MOVIES, _PICTURES, _MORE_PICTURES, _LAST_PICTURES, _SOUND))
"""FFmpeg's formats that open no other file. Pictures and sound are among them: they are refused by their own names."""

_LISTS = {
    b"ffconcat": "a list of other files (ffconcat)",
    b"#EXTM3U": "a list of other files (HLS)",
    b"<MPD": "a list of other files (DASH)",
    b"v=0": "the description of a broadcast (SDP)",
    b"[playlist]": "a list of other files (PLS)",
    b"<CompositionPlaylist": "a list of other files (IMF)",
}
"""How files begin that FFmpeg would follow to others, whatever they are called."""

_HEAD = 1024
"""Bytes of a file that are looked at for such a beginning."""


def open_container(path: Path) -> Any:
    """A container that holds its own pictures; its digest then covers all that is read.

    FFmpeg also reads lists of files, of this machine and others, whatever the list is called: those it may not open,
    nor take the name of a file for an address, as in ``concat:a|b``.

    Raises:
        InputError: It is a list of other files, or nothing that FFmpeg reads.
    """
    import av

    if listing := _listing(path):
        do = "give the files that it names, or join them into one"
        raise InputError(path, listing, "a video file that holds its pictures itself", do)
    only = {"format_whitelist": OWN_CONTENT, "protocol_whitelist": "file"}
    try:
        check_regular(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return av.open(str(path.absolute()), container_options=only)
    except ffmpeg_errors() as error:
        found = "no such file" if not path.exists() else f"{path.stat().st_size} bytes that are no video ({error})"
        raise InputError(path, found, "a video file that FFmpeg reads", "check the file") from error


def ffmpeg_errors() -> tuple[type[Exception], ...]:
    """What FFmpeg raises: errors of Python's kinds, and its own where Python has no kind for them."""
    import av

    return OSError, ValueError, av.FFmpegError


def _listing(path: Path) -> str:
    """What a file is that names others in text; empty for all others."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"<?xml", b"<!--")):
        return next((words for mark, words in _LISTS.items() if mark.startswith(b"<") and mark in head), "")
    return next((words for mark, words in _LISTS.items() if head.startswith(mark)), "")
