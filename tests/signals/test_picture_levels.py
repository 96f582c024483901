"""A picture has the grey levels of its 8-bit twin, however deep its file is, and stands upright."""

import cv2
import numpy as np
import pytest
from PIL import Image

from emoscan.signals import InputError, open_images, read_picture

GRAY = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (32, 1))
DEEP = GRAY.astype(np.uint16)


def colour(levels):
    return np.repeat(levels[..., None], 3, 2)


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("8in16.png", DEEP),
        ("10in16.png", DEEP << 2),
        ("12in16.png", DEEP << 4),
        ("12in16.tif", DEEP << 4),
        ("14in16.tif", DEEP << 6),
        ("16.png", DEEP * 257),
        ("16.pgm", DEEP * 257),
        ("12in32.tif", GRAY.astype(np.int32) << 4),
        ("24in32.tif", GRAY.astype(np.int32) << 16),
        ("unit.tif", (GRAY / 255).astype(np.float32)),
        ("floats.tif", GRAY.astype(np.float32)),
        ("colour12in16.png", colour(DEEP << 4)),
        ("colour16.tif", colour(DEEP * 257)),
    ],
)
def test_levels_are_those_of_the_picture_with_8_bits(tmp_path, name, levels):
    cv2.imwrite(str(tmp_path / name), levels)
    np.testing.assert_array_equal(read_picture(tmp_path / name), GRAY)


def test_the_depth_is_that_of_the_whole_sequence_and_is_told(tmp_path):
    for number, levels in enumerate([DEEP, DEEP << 4, DEEP << 2]):
        Image.fromarray(levels).save(tmp_path / f"{number}.png")
    video = open_images(sorted(tmp_path.glob("*.png")), 30.0)
    dim, bright, _ = video.frames()
    np.testing.assert_array_equal(bright, GRAY)
    np.testing.assert_array_equal(dim, GRAY >> 4)
    assert video.remarks == (
        "its grey levels are read as 12 bits deep, since none is higher; the file has room for more",
    )
    assert open_images([tmp_path / "1.png"], 30.0).remarks == video.remarks
    Image.fromarray(DEEP * 257).save(tmp_path / "1.png")
    assert open_images(sorted(tmp_path.glob("*.png")), 30.0).remarks == ()


@pytest.mark.parametrize("levels", [GRAY - 300.0, GRAY * 2.0, np.full((4, 4), np.nan), GRAY.astype(np.int32) - 1])
def test_levels_that_no_picture_has_are_refused(tmp_path, levels):
    kind = np.float32 if levels.dtype.kind == "f" else np.int32
    Image.fromarray(levels.astype(kind)).save(tmp_path / "odd.tif")
    for read in (read_picture, lambda path: open_images([path], 30.0)):
        with pytest.raises(InputError, match=r"odd\.tif: found levels of .* floats of 0 to 1 or 0 to 255"):
            read(tmp_path / "odd.tif")


@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
def test_a_picture_is_turned_and_mirrored_as_its_exif_says(tmp_path, orientation):
    from PIL import ImageOps

    picture = np.zeros((48, 64), np.uint8)
    picture[:24, :32], picture[:24, 32:], picture[24:, :32] = 200, 140, 80
    exif = Image.Exif()
    if orientation:
        exif[274] = orientation
    Image.fromarray(picture).save(tmp_path / "1.png", exif=exif)
    with Image.open(tmp_path / "1.png") as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    video = open_images([tmp_path / "1.png"], 30.0)
    np.testing.assert_array_equal(next(video.frames()), upright)
    assert (video.size, len(video.remarks)) == (upright.shape, int((orientation or 1) > 1))
