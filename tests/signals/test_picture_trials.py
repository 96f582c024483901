"""Faces in picture files: one, a folder or a numbered sequence is a trial of a table, and its oddities are told."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from emoscan.preprocessing import preprocess, read_recipe
from emoscan.signals import InputError, TrialTable, open_pictures, open_video
from emoscan.signals.datasets.lookalikes.drawn_face import face_picture
from emoscan.signals.datasets.lookalikes.recordings import write_video

HEAD = "subject,session,trial,stimulus,face,rate,category"
SIZE = (64, 80)


def picture(level=100, size=SIZE):
    return np.full(size, level, np.uint8)


def save(folder, *names, size=SIZE):
    """Pictures whose grey level is the place of their name, or files of text where the ending is of no picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, name in enumerate(names):
        if name.endswith((".txt", ".mp4", ".db")):
            (folder / name).write_text("no picture")
        else:
            Image.fromarray(picture(10 * place, size)).save(folder / name)
    return folder


def levels(video):
    return [int(frame[0, 0]) // 10 for frame in video.frames()]


def table(folder, *lines, head=HEAD):
    (folder / "trials.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return folder


def face(folder, cell, rate=""):
    head = HEAD.replace("category", "valence")
    (trial,) = TrialTable(table(folder, f"a,1,1,x,{cell},{rate},0.5", head=head))
    return trial.streams["face"]


@pytest.mark.parametrize("name", ["a.png", "a.JPG", "a.jpeg", "a.bmp", "a.TIFF", "a.pgm", "a.webp"])
def test_a_single_picture_is_a_trial_of_one_slice(tmp_path, name):
    save(tmp_path, name)
    video = face(tmp_path, name)
    assert (len(video), video.size, video.remarks) == (1, SIZE, ())


@pytest.mark.parametrize("cell", ["film", "film/frame_%04d.png", "film/frame_%d.png", "film/*.png"])
def test_a_folder_and_a_pattern_are_the_same_sequence_in_the_order_of_numbers(tmp_path, cell):
    save(tmp_path / "film", *(f"frame_{number:04d}.png" for number in range(3, 15)))
    video = face(tmp_path, cell, 25)
    np.testing.assert_allclose(video.times, np.arange(12) / 25)
    assert (video.step, levels(video), video.remarks) == (1 / 25, list(range(12)), ())


def test_two_comes_before_ten_and_a_missing_number_is_a_gap_in_true_time(tmp_path):
    save(tmp_path / "film", "f1.png", "f2.PNG", "f10.png")
    video = face(tmp_path, "film", 10)
    np.testing.assert_allclose(video.times, [0, 0.1, 0.9])
    assert levels(video) == [0, 1, 2]
    assert video.remarks == ("gaps between its frames (1): no window reaches across one",)


def test_numbers_that_go_up_by_two_are_no_gaps(tmp_path):
    save(tmp_path / "film", "0.png", "2.png", "4.png", "8.png")
    video = face(tmp_path, "film", 10)
    assert video.step == pytest.approx(0.2)
    np.testing.assert_allclose(video.times, [0, 0.2, 0.4, 0.8])
    assert [remark.split("(")[0] for remark in video.remarks] == [
        "the numbers of its pictures go up by 2: each stands for all until the next",
        "gaps between its frames ",
    ]


def test_pictures_without_a_rate_are_read_at_one_that_is_said_to_be_assumed(tmp_path):
    save(tmp_path / "film", "1.png", "2.png")
    video = face(tmp_path, "film")
    assert (video.step, video.assumed_rate) == (1 / 30, True)
    assert video.remarks == ("pictures without a rate: 30 a second are assumed",)


def test_names_without_numbers_are_taken_in_their_order_which_is_said(tmp_path):
    save(tmp_path / "film", "before.png", "during.png", "later.png")
    video = face(tmp_path, "film", 5)
    assert levels(video) == [0, 1, 2]
    assert "taken in the order of their names" in video.remarks[0]


def test_what_lies_beside_the_pictures_is_left_out_and_told_unless_it_is_hidden(tmp_path):
    save(tmp_path / "film", "f1.png", "f2.png", "f3.png", "cover.png", "notes.txt", "Thumbs.db", "._f1.png", ".f9.png")
    (tmp_path / "film" / "more").mkdir()
    video = face(tmp_path, "film", 5)
    assert levels(video) == [0, 1, 2]
    assert video.remarks == (
        "pictures beside the numbered ones left out (1)",
        "files that are no pictures left out (1)",
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), r"film: found an empty folder; wanted pictures .*; name the folder that holds them"),
        (("a.mp4", "b.txt"), "found no pictures among its 2 files; .* or the video file itself"),
        (("anna_1.png", "anna_2.png", "ben_1.png", "ben_2.png"), r"anna_1.png and ben_2.png; .* as in anna_%d.png"),
        (("p1_01.png", "p1_02.png", "p2_01.png", "p2_02.png"), r"several numbered sequences.* as in p1_%02d.png"),
        (("f1.png", "f01.png"), "found f01.png and f1.png, both number 1; wanted each number once; .* as in f%02d.png"),
        (("f1.png", "f1.bmp", "f2.png"), "both number 1; .* as in f%d.png"),
    ],
)
def test_a_folder_that_is_no_sequence_is_refused_in_one_line_with_a_way_on(tmp_path, names, message):
    save(tmp_path / "film", *names)
    with pytest.raises(InputError, match=message):
        face(tmp_path, "film", 5)


def test_a_folder_of_two_people_is_read_once_all_of_it_is_asked_for(tmp_path):
    save(tmp_path / "film", "anna_1.png", "anna_2.png", "ben_1.png", "ben_2.png")
    assert levels(face(tmp_path, "film/anna_%d.png", 5)) == [0, 1]
    assert levels(face(tmp_path, "film/*.png", 5)) == [0, 1, 2, 3]


def test_a_folder_of_folders_names_them(tmp_path):
    save(tmp_path / "films" / "one", "1.png")
    save(tmp_path / "deeper" / "train" / "happy", "1.png")
    with pytest.raises(InputError, match=r"no pictures, but folders \(train\); .* the folder inside that holds them"):
        face(tmp_path, "deeper")
    with pytest.raises(InputError, match=r"no pictures, but 1 folders of them \(one\); .* for each trial"):
        face(tmp_path, "films", 5)


def test_pictures_of_two_sizes_are_refused_when_they_are_read(tmp_path):
    save(tmp_path / "film", "1.png")
    save(tmp_path / "film", "2.png", size=(48, 48))
    with pytest.raises(InputError, match=r"2.png: found 48 x 48 pixels; wanted 80 x 64, as 1.png; bring all to one"):
        list(face(tmp_path, "film", 5).frames())


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "CMYK", "1", "I;16"])
def test_any_kind_of_colour_is_read_as_its_grey_levels(tmp_path, mode):
    shades = np.repeat(np.uint8([[0, 255]]), 32, axis=1).repeat(40, axis=0)
    image = Image.fromarray(shades.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(shades).convert(mode)
    image.save(tmp_path / "a.tif")
    (grey,) = face(tmp_path, "a.tif").frames()
    np.testing.assert_array_equal(grey, shades)


def test_a_transparent_picture_and_one_of_several_in_a_file_are_told(tmp_path):
    see_through = Image.fromarray(picture()).convert("RGBA")
    see_through.putalpha(80)
    see_through.save(tmp_path / "a.png")
    assert face(tmp_path, "a.png").remarks == ("some of it is transparent: the colours stored there are read",)
    pages = [Image.fromarray(picture(level)) for level in (10, 90)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert face(tmp_path, "a.tif").remarks == ("of several pictures in one file the first is read",)


def test_a_picture_that_moves_is_a_film_with_a_clock_of_its_own(tmp_path):
    pages = [Image.fromarray(picture(level)) for level in (10, 90, 200)]
    for name in ("a.gif", "a.png"):
        pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:], duration=500)
        video = face(tmp_path, name)
        assert (len(video), video.step, video.assumed_rate) == (3, pytest.approx(0.5), False)
        with pytest.raises(InputError, match="a video has a clock of its own"):
            face(tmp_path, name, 5)


def test_a_picture_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(picture()).save(tmp_path / "a.jpg", exif=exif)
    video = face(tmp_path, "a.jpg")
    assert video.size == SIZE[::-1]
    assert "EXIF" in video.remarks[0]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("nobody.png", "column face: found no file .*nobody.png; wanted a video, or pictures"),
        ("film/%04d.png", "column face: found no file .*; wanted a video, or pictures: one, a folder or a pattern"),
    ],
)
def test_a_picture_that_is_not_there_is_refused_with_its_line(tmp_path, cell, message):
    with pytest.raises(InputError, match=message):
        face(tmp_path, cell)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a,1,1,x,1.png,0,u", "a,1,2,x,1.png,,v"], "column rate: found '0'; wanted a number from 0.001"),
        (
            ["a,1,1,x,film.mp4,25,u", "a,1,2,x,1.png,,v"],
            "column rate: found 25; wanted nothing where there are no pictures",
        ),
        (["a,1,1,x,1.png,5,u", "b,1,1,x,1.png,6,v"], "csv:3, column rate: found 6.0 .*one rate for the same pictures"),
        (["a,1,1,x,1.png,,u", "a,1,2,x,1.png,,v"], "csv:3: found a stretch of 1.png that belongs to the trial of"),
    ],
)
def test_a_wrong_rate_and_a_picture_of_two_trials_are_refused_with_their_lines(tmp_path, lines, message):
    save(tmp_path, "1.png")
    write_video(tmp_path / "film.mp4", [picture()] * 3)
    with pytest.raises(InputError, match=message):
        TrialTable(table(tmp_path, *lines))


def test_the_rate_may_stand_beside_the_table_or_in_the_call_and_the_line_wins(tmp_path):
    save(tmp_path / "film", "1.png", "2.png")
    save(tmp_path / "other", "1.png", "2.png")
    table(tmp_path, "a,1,1,x,film,,u", "b,1,1,x,other,50,v")
    (tmp_path / "trials.yaml").write_text("rate: 20\n")

    def steps(**rate):
        return [trial.streams["face"].step for trial in TrialTable(tmp_path, **rate)]

    assert steps() == [1 / 20, 1 / 50]
    assert steps(rate=25) == [1 / 25, 1 / 50]
    for wrong in (0, -1, float("inf"), "30", True):
        with pytest.raises(InputError, match=r"TrialTable, rate: found .*; wanted pictures a second"):
            TrialTable(tmp_path, rate=wrong)


def test_seconds_of_a_trial_cut_the_sequence(tmp_path):
    save(tmp_path / "film", *(f"{number}.png" for number in range(10)))
    head = "subject,session,trial,stimulus,face,start,stop,rate,category"
    table(tmp_path, "a,1,1,x,film,0,0.5,10,u", "a,1,2,y,film,0.5,1,10,v", head=head)
    assert [levels(trial.streams["face"]) for trial in TrialTable(tmp_path)] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_pictures_and_a_video_share_a_cache_and_what_was_changed_is_said(tmp_path):
    rng = np.random.default_rng(0)
    save(tmp_path, "notes.txt")
    drawn = [face_picture(rng, SIZE, mouth) for mouth in np.linspace(-1, 1, 12)]
    (tmp_path / "film").mkdir()
    for number, frame in enumerate(drawn[:6]):
        Image.fromarray(frame).save(tmp_path / "film" / f"{number + 10 * (number > 2)}.png")
    write_video(tmp_path / "b.mp4", drawn, rate=25)
    table(tmp_path, "a,1,1,x,film,25,u", "b,1,1,x,b.mp4,,v")
    recipe = read_recipe({"face": ("FaceCrop(48, detector='Whole')", "Patches()")})
    cache = preprocess(TrialTable(tmp_path), recipe, tmp_path / "cache")
    assert [len(cache[i]["face"].times) for i in range(2)] == [6, 12]
    windows = cache.windows(3, 1, modality="face")
    assert windows.left_out == 2, "no window reaches across the gap in the numbers"
    assert any("face: gaps between its frames (1)" in remark.text for remark in cache.remarks)


def test_a_path_and_its_text_open_the_same_pictures(tmp_path):
    save(tmp_path, "1.png", "2.png")
    assert levels(open_pictures(str(tmp_path), 5)) == levels(open_pictures(Path(tmp_path), 5)) == [0, 1]
    with pytest.raises(InputError, match="0 pictures a second"):
        open_pictures(tmp_path, 0)


def test_pictures_beside_electrodes_come_onto_their_clock_as_the_video_does(tmp_path):
    TrialTable.write_fake(tmp_path)
    film = [trial.streams["face"] for trial in TrialTable(tmp_path) if trial.subject == "3"]
    (tmp_path / "frames").mkdir()
    for number, frame in enumerate(open_video(tmp_path / "s3.mp4").frames(), 1):
        Image.fromarray(frame).save(tmp_path / "frames" / f"{number:03d}.png")
    lines = (tmp_path / "trials.csv").read_text()
    (tmp_path / "trials.csv").write_text(lines.replace("s3.mp4", "frames/%03d.png"))
    with pytest.raises(InputError, match=r"an event at .* s of a recording that ends at"):
        list(TrialTable(tmp_path))  # at 30 a second the pictures end before the last event
    pictures = [trial.streams["face"] for trial in TrialTable(tmp_path, rate=4) if trial.subject == "3"]
    for one, other in zip(film, pictures, strict=True):
        np.testing.assert_allclose(one.times, other.times, atol=1e-6)
        assert one.clock.offset == pytest.approx(0.137, abs=1e-3)
        np.testing.assert_array_equal(next(one.frames()), next(other.frames()))


@pytest.mark.parametrize("other", ["a/f_003.png", "a/f_00*.png"])
def test_a_picture_in_two_sequences_is_refused_and_apart_they_are_read(tmp_path, other):
    save(tmp_path / "a", *(f"f_{number:03d}.png" for number in range(12)))
    with pytest.raises(InputError, match=r"belongs to the trial of .*csv:2 too"):
        TrialTable(table(tmp_path, "1,1,1,x,a,30,h", f"2,1,1,y,{other},30,s"))
    assert len([*TrialTable(table(tmp_path, "1,1,1,x,a/f_00*.png,30,h", "2,1,1,y,a/f_01*.png,30,s"))]) == 2


CLOCKS = {"milliseconds": (1e-3, 25.0), "microseconds": (1e-6, 30.0), "nanoseconds": (1e-9, 30.0)}


@pytest.mark.parametrize("unit", CLOCKS)
@pytest.mark.parametrize("jitter", [0.02, 0.1, 0.25])
def test_numbers_that_are_a_clock_s_give_its_times_and_no_islands(tmp_path, unit, jitter):
    tick, rate = CLOCKS[unit]
    steps = (1 + np.random.default_rng(1).uniform(-jitter, jitter, 15)) / rate / tick
    numbers = 1_000_000 + np.cumsum(np.round(steps)).astype(int)
    save(tmp_path / "film", *(f"frame_{number:016d}.png" for number in numbers))
    video = face(tmp_path, "film")
    np.testing.assert_allclose(video.times, (numbers - numbers[0]) * tick, atol=1e-9)
    assert video.step == pytest.approx(1 / rate, rel=0.2)
    assert not video.assumed_rate
    (remark,) = video.remarks
    assert f"taken for {unit}" in remark
    again = face(tmp_path, "film", rate)  # who says how many pictures a second there are says the same
    np.testing.assert_array_equal(again.times, video.times)


@pytest.mark.parametrize("numbers", [[33, 67, 101], [0, 33, 67, 100, 133, 167], [33, 66, 100, 166, 200, 233, 266]])
def test_whole_milliseconds_of_thirty_pictures_a_second_are_told_by_their_rounding(tmp_path, numbers):
    save(tmp_path / "film", *(f"frame_{number:06d}.png" for number in numbers))
    video = face(tmp_path, "film")
    np.testing.assert_allclose(video.times, (np.array(numbers) - numbers[0]) / 1000)
    assert video.step == pytest.approx(1 / 30, rel=0.03)


def test_equal_steps_that_may_be_milliseconds_or_frames_are_counted_and_told(tmp_path):
    save(tmp_path / "film", *(f"{number:06d}.png" for number in range(0, 400, 40)))
    video = face(tmp_path, "film")
    assert "if the numbers of its pictures are milliseconds, rate: 1000 says so" in video.remarks
    assert face(tmp_path, "film", 1000).step == face(tmp_path, "film", 25).step == pytest.approx(0.04)
    assert face(tmp_path, "film", 30).step == pytest.approx(40 / 30)


def test_frames_of_one_rate_taken_at_another_are_evenly_spaced(tmp_path):
    """Thirty of a hundred a second: the numbers go up by three and four."""
    numbers = np.round(np.arange(12) * 10 / 3).astype(int)
    save(tmp_path / "film", *(f"{number:04d}.png" for number in numbers))
    video = face(tmp_path, "film", 100)
    np.testing.assert_allclose(video.times, numbers / 100)
    assert video.step == pytest.approx(1 / 30, rel=0.03)
    assert video.remarks == ()


@pytest.mark.parametrize("numbers", [[1, 2, 4, 5, 7, 8, 10], [10, 20, 40, 50], [5, 9, 30, 31, 50, 90]])
def test_frames_of_which_some_lack_are_counted_with_gaps(tmp_path, numbers):
    save(tmp_path / "film", *(f"{number:04d}.png" for number in numbers))
    video = face(tmp_path, "film", 25)
    np.testing.assert_allclose(video.times, (np.array(numbers) - numbers[0]) / 25)
    assert video.step == pytest.approx(np.gcd.reduce(np.diff(numbers)) / 25)


def test_a_clock_whose_unit_cannot_be_told_asks_for_the_rate(tmp_path):
    """Five seconds in milliseconds, or five milliseconds in microseconds."""
    numbers = np.cumsum([0, 5003, 4998, 5001, 5000, 5007])
    save(tmp_path / "film", *(f"{number:06d}.png" for number in numbers))
    with pytest.raises(InputError, match=r"a clock of an unknown unit.*rate: 1000 of milliseconds"):
        face(tmp_path, "film")
    assert face(tmp_path, "film", 1000).step == pytest.approx(5.0, rel=0.01)
    assert face(tmp_path, "film", 200).step == pytest.approx(0.005, rel=0.01)


@pytest.mark.parametrize("name", ["a.HEIC", "a.heif", "a.jxl", "a.nef", "a.DNG"])
def test_a_picture_of_a_kind_that_is_not_read_is_to_be_converted(tmp_path, name):
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / name).write_bytes(b"ftypheic")
    for cell in ("film", f"film/{name}"):
        with pytest.raises(InputError, match=r"of a kind that is not read, \.\w+; .* convert them to JPEG or PNG"):
            face(tmp_path, cell)


def test_avif_is_a_picture_with_the_levels_of_one(tmp_path):
    if not features.check("avif"):
        pytest.skip("this Pillow reads no AVIF")
    Image.fromarray(np.tile(np.array([0, 255], np.uint8), (48, 24))).save(tmp_path / "a.avif", quality=100)
    (shown,) = face(tmp_path, "a.avif").frames()
    assert (shown.min(), shown.max()) == (pytest.approx(0, abs=6), pytest.approx(255, abs=6))
