"""Tables of OpenFace and py-feat as streams: which numbers, when, whose face, and what is doubted."""

import numpy as np
import pytest

from emoscan.signals import Clock, InputError, TrialTable
from emoscan.signals.datasets.lookalikes.recordings import write_video
from emoscan.signals.files.face_tables.face_table import open_face_table

RATE = 10


def openface(frames=30, aus=("AU01", "AU12"), **columns):
    """Columns of OpenFace's table by name; blanks before names are put in when it is written."""
    count = np.arange(frames)
    table = {
        "frame": count + 1,
        "face_id": 0 * count,
        "timestamp": np.round(count / RATE, 3),
        "confidence": 0.98 + 0 * count,
        "success": 1 + 0 * count,
        "gaze_0_x": 0.1 + 0.001 * count,
        "gaze_angle_x": 0.02 * count,
        "eye_lmk_x_0": 100 + count,
        "pose_Tx": 5.0 + count,
        "pose_Rx": -0.1 + 0 * count,
        "x_0": 300 + count,
        "p_scale": 1.0 + 0 * count,
    }
    table |= {f"{name}_r": 0.5 + 0.01 * count + place for place, name in enumerate(aus)}
    table |= {f"{name}_c": count % 2 for name in aus}
    return {name: np.asarray(values) for name, values in (table | columns).items()}


def pyfeat(frames=30, **columns):
    count = np.arange(frames)
    table = {
        "FaceRectX": 10 + 0 * count,
        "FaceRectWidth": 50 + 0 * count,
        "FaceRectHeight": 50 + 0 * count,
        "FaceScore": 0.99 + 0 * count,
        "x_0": 300 + count,
        "Pitch": 1.0 * count,
        "Roll": 2.0 * count,
        "Yaw": 3.0 * count,
        "AU01": 0.01 * count,
        "AU12": 0.02 * count,
        "anger": 0.1 + 0 * count,
        "happiness": 0.03 * count,
        "input": np.array(["film/ä.mp4"] * frames),
        "frame": count,
        "approx_time": np.array([f"00:{second:02d}" for second in count // RATE]),
    }
    return {name: np.asarray(values) for name, values in (table | columns).items()}


def write(path, table, blank=" ", mark=","):
    def cell(value):
        text = f"{value}" if not isinstance(value, float) else ("" if np.isnan(value) else f"{value:.6g}")
        return text.replace(".", ",") if mark == ";" and "mp4" not in text else text

    rows = zip(*[values.tolist() for values in table.values()], strict=True)
    lines = [f"{mark}{blank}".join(table), *(f"{mark}{blank}".join(map(cell, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_table_of_openface_gives_units_gaze_and_pose_by_its_timestamps(tmp_path):
    table = openface()
    stream = open_face_table(write(tmp_path / "s1.csv", table))
    names = ("gaze_0_x", "gaze_angle_x", "pose_Tx", "pose_Rx", "AU01_r", "AU12_r", "AU01_c", "AU12_c")
    assert stream.names == names
    assert (stream.n_slices, stream.layout.sites, stream.causal) == (30, ("face",), False)
    assert stream.step == pytest.approx(1 / RATE)
    np.testing.assert_allclose(stream.begins, np.arange(30) / RATE)
    np.testing.assert_allclose(stream.read()[:, 0], np.stack([table[name] for name in names], axis=1), rtol=1e-5)
    assert stream.valid.all()
    assert stream.remarks == ("columns of landmarks and boxes are not used",)


def test_a_table_of_py_feat_gives_units_emotions_and_pose(tmp_path):
    table = pyfeat(frame=np.arange(30), approx_time=np.arange(30) / RATE)
    stream = open_face_table(write(tmp_path / "s1.csv", table, blank=""))
    assert stream.names == ("Pitch", "Roll", "Yaw", "AU01", "AU12", "anger", "happiness")
    np.testing.assert_allclose(stream.begins, np.arange(30) / RATE)
    np.testing.assert_allclose(stream.read()[:, 0, 4], 0.02 * np.arange(30), rtol=1e-5)


def test_frames_are_counted_where_times_are_whole_seconds(tmp_path):
    path = write(tmp_path / "s1.csv", pyfeat())
    np.testing.assert_allclose(open_face_table(path, rate=8.0).begins, np.arange(30) / 8)
    stream = open_face_table(path)
    np.testing.assert_allclose(stream.begins, np.arange(30) / RATE)
    assert "its times follow from frames and their number in each second of approx_time" in stream.remarks


def test_every_second_frame_lies_where_its_number_says(tmp_path):
    stream = open_face_table(write(tmp_path / "s1.csv", pyfeat(frame=2 * np.arange(30))), rate=RATE)
    np.testing.assert_allclose(stream.begins, np.arange(30) / (RATE / 2))
    assert stream.step == pytest.approx(2 / RATE)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_and_decimal_commas_give_the_same(tmp_path, mark):
    plain = open_face_table(write(tmp_path / "a.csv", openface()))
    other = open_face_table(write(tmp_path / "b.csv", openface(), blank="", mark=mark))
    np.testing.assert_allclose(other.read(), plain.read())


def test_older_tables_without_a_face_number_are_read(tmp_path):
    table = openface()
    del table["face_id"], table["gaze_angle_x"]
    assert "gaze_0_x" in open_face_table(write(tmp_path / "s1.csv", table)).names


def test_frames_without_a_sure_face_or_a_number_are_invalid(tmp_path):
    success, confidence, unit = np.ones(30, int), np.full(30, 0.9), np.ones(30)
    success[3], confidence[5], unit[7] = 0, 0.2, np.nan
    table = openface(success=success, confidence=confidence, AU01_r=unit)
    stream = open_face_table(write(tmp_path / "s1.csv", table))
    assert np.flatnonzero(~stream.valid).tolist() == [3, 5, 7]
    assert np.isfinite(stream.read()).all()
    low = pyfeat(FaceScore=np.where(np.arange(30) == 4, 0.3, 0.9), AU01=np.where(np.arange(30) == 9, np.nan, 0.5))
    assert np.flatnonzero(~open_face_table(write(tmp_path / "s2.csv", low), rate=RATE).valid).tolist() == [4, 9]


def test_confidences_in_percent_are_told(tmp_path):
    confidence = np.where(np.arange(30) == 2, 30, 95)
    stream = open_face_table(write(tmp_path / "s1.csv", openface(confidence=confidence)))
    assert np.flatnonzero(~stream.valid).tolist() == [2]
    assert "confidence goes beyond 1: taken as percent" in stream.remarks


def test_of_several_faces_that_of_the_person_who_is_there_most_is_taken(tmp_path):
    frames = np.repeat(np.arange(15), 2)
    success = np.where(np.arange(30) % 2 == 0, 1, (frames > 9).astype(int))
    table = openface(
        frame=frames + 1, timestamp=frames / RATE, face_id=np.arange(30) % 2, success=success, AU01_r=np.arange(30) % 2
    )
    stream = open_face_table(write(tmp_path / "s1.csv", table))
    assert stream.n_slices == 15
    assert not stream.read()[:, 0, stream.names.index("AU01_r")].any()
    assert any("several faces in its table" in remark for remark in stream.remarks)


def test_of_several_faces_without_a_number_the_largest_is_taken(tmp_path):
    frames = np.repeat(np.arange(15), 2)
    width = np.where(np.arange(30) % 2 == 1, 80, 40)
    table = pyfeat(frame=frames, approx_time=frames / RATE, FaceRectWidth=width, AU01=np.arange(30) % 2)
    stream = open_face_table(write(tmp_path / "s1.csv", table))
    assert stream.n_slices == 15
    assert stream.read()[:, 0, stream.names.index("AU01")].all()


def test_a_face_number_that_changes_with_one_face_at_each_time_is_one_person(tmp_path):
    """As a tracker gives a face that it lost and found anew another number."""
    table = openface(face_id=np.arange(30) // 10)
    stream = open_face_table(write(tmp_path / "s1.csv", table))
    np.testing.assert_allclose(stream.read()[:, 0], np.stack([table[name] for name in stream.names], axis=1), rtol=1e-5)
    assert stream.valid.all()
    assert "face_id changes, with one face at each time: taken as one person" in stream.remarks
    people = pyfeat(identity=np.array(["Person_0", "Person_3"])[np.arange(30) // 20])
    assert open_face_table(write(tmp_path / "s2.csv", people), rate=RATE).n_slices == 30


def test_times_at_which_only_somebody_else_is_there_are_invalid_and_shorten_nothing(tmp_path):
    frames = np.r_[np.repeat(np.arange(10), 2), np.arange(10, 20)]  # person 0 leaves after ten frames
    people = np.r_[np.tile([0, 1], 10), np.ones(10, int)]
    success = np.where((people == 1) & (np.arange(30) % 3 > 0), 0, 1)
    table = openface(frame=frames + 1, timestamp=frames / RATE, face_id=people, success=success)
    stream = open_face_table(write(tmp_path / "s1.csv", table))
    np.testing.assert_allclose(stream.begins, np.arange(20) / RATE)
    assert np.flatnonzero(stream.valid).tolist() == list(range(10))
    assert "times at which only others than that person are there are invalid" in stream.remarks


def test_faces_of_one_time_without_frame_numbers_or_ids_are_told_apart_by_their_score(tmp_path):
    frames = np.repeat(np.arange(15), 2)
    table = openface(timestamp=frames / RATE, confidence=0.6 + 0.3 * (np.arange(30) % 2), AU01_r=np.arange(30) % 2)
    del table["frame"], table["face_id"]
    stream = open_face_table(write(tmp_path / "s1.csv", table))
    assert stream.n_slices == 15
    assert stream.read()[:, 0, stream.names.index("AU01_r")].all()


MISSING = [
    "nan",
    "-nan(ind)",
    "-nan",
    "NaN",
    "inf",
    "-inf",
    "Infinity",
    " 1.#IND",
    "-1.#IND00",
    "1.#QNAN",
    "1.#INF",
    "",
]


@pytest.mark.parametrize("cell", [*MISSING, "  ", "NA", "n/a", "None", "null", "-", "nan(snan)", "+nan"])
@pytest.mark.parametrize("column", ["AU01_r", "confidence", "success"])
def test_what_programs_write_where_a_number_is_missing_is_a_missing_number(tmp_path, cell, column):
    table = openface()
    table[column] = np.array([f"{value}" for value in table[column]], object)
    table[column][4] = cell
    stream = open_face_table(write(tmp_path / "s1.csv", table))
    assert np.flatnonzero(~stream.valid).tolist() == [4]
    assert np.isfinite(stream.read()).all()


def test_a_line_without_a_time_is_left_out_and_told(tmp_path):
    table = openface()
    table["timestamp"] = np.array([f"{value}" for value in table["timestamp"]], object)
    table["timestamp"][4] = "-nan(ind)"
    stream = open_face_table(write(tmp_path / "s1.csv", table))
    np.testing.assert_allclose(stream.begins, np.delete(np.arange(30), 4) / RATE)
    assert "lines without a time are left out" in stream.remarks


def test_a_last_line_that_was_cut_is_left_out_and_told(tmp_path):
    path = write(tmp_path / "s1.csv", openface())
    path.write_text(path.read_text()[:-40])
    stream = open_face_table(path)
    assert stream.n_slices == 29
    assert "the last line of its table is cut: left out" in stream.remarks


def test_a_table_in_which_nobody_was_found_is_told(tmp_path):
    stream = open_face_table(write(tmp_path / "s1.csv", openface(success=np.zeros(30, int))))
    assert not stream.valid.any()
    assert "no frame of its table has a face that the program was sure of" in stream.remarks


BACK = np.round(np.arange(30) / RATE, 3)
BACK[[10, 11]] = BACK[[11, 10]]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (openface(timestamp=BACK), r"csv:13: found a time of 1 s after 1.1 s; wanted times that rise"),
        (openface(AU01_r=np.array(["x"] * 30)), r"csv:2, column AU01_r: found 'x'; wanted a number"),
        ({"frame": np.arange(3), "x": np.arange(3)}, "columns frame, x; wanted features of a face as OpenFace"),
        ({"timestamp": np.arange(3), "success": np.ones(3)}, "columns timestamp, success; wanted features"),
        (pyfeat(5), "no times of its frames; wanted a column of seconds.*name the video in the column face"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_line(tmp_path, table, message):
    with pytest.raises(InputError, match=message):
        open_face_table(write(tmp_path / "s1.csv", table))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty file"),
        ("frame, timestamp, AU01_r\n", "no frames"),
        ("frame, timestamp, AU01_r\n1,0\n2,1,1\n", "csv:2: found 2 values; wanted 3"),
    ],
)
def test_an_empty_or_torn_table_is_one_line(tmp_path, text, message):
    (tmp_path / "s1.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        open_face_table(tmp_path / "s1.csv")


def test_slices_are_brought_onto_the_clock_and_cut_there(tmp_path):
    stream = open_face_table(write(tmp_path / "s1.csv", openface()))
    moved = stream.on(Clock.fixed(10.0, "a test")).between(10.5, 11.5)
    np.testing.assert_allclose(moved.begins, 10.5 + np.arange(10) / RATE)
    np.testing.assert_array_equal(moved.read(), stream.read()[5:15])
    assert moved.source.part == "frames 5 to 15"
    assert moved.source.digest() != stream.source.digest()
    with pytest.raises(InputError, match=r"slices from 0 to 2\.9 s; wanted some between 5 and 6 s"):
        stream.between(5, 6)


HEAD = "subject,session,trial,stimulus,features,start,stop,category"


def lab(folder, *lines, head=HEAD):
    (folder / "trials.csv").write_text("\n".join([head, *lines]) + "\n")
    return folder


def test_a_table_of_trials_reads_the_features_that_all_have_and_names_the_others(tmp_path):
    write(tmp_path / "a.csv", openface())
    write(tmp_path / "b.csv", openface(aus=("AU01", "AU12", "AU45")))
    lines = "a,1,1,x,a.csv,0,1,u", "a,1,2,y,a.csv,1,2.5,v", "b,1,1,x,b.csv,,,u"
    trials = list(TrialTable(lab(tmp_path, *lines)))
    assert [trial.streams["features"].n_slices for trial in trials] == [10, 15, 30]
    assert len({trial.streams["features"].names for trial in trials}) == 1
    assert not any("lacks" in remark for remark in trials[0].remarks)
    assert "features: features that another table lacks are left out: AU45_r, AU45_c" in trials[2].remarks


def test_tables_of_two_programs_have_nothing_in_common(tmp_path):
    write(tmp_path / "a.csv", openface())
    write(tmp_path / "b.csv", pyfeat())
    with pytest.raises(InputError, match=r"b\.csv: found no feature that a\.csv has; wanted tables of one program"):
        TrialTable(lab(tmp_path, "a,1,1,x,a.csv,,,u", "b,1,1,x,b.csv,,,v"))


def videos(folder, seconds=3):
    pictures = np.random.default_rng(0).integers(0, 255, (RATE * seconds, 32, 32), np.uint8)
    for name in ("a", "b"):
        write_video(folder / f"{name}.mp4", iter(pictures), RATE)


def test_tables_lie_in_a_folder_beside_the_videos(tmp_path):
    videos(tmp_path)
    (tmp_path / "processed").mkdir()
    write(tmp_path / "processed" / "a.csv", pyfeat())
    write(tmp_path / "processed" / "b.csv", pyfeat())
    head = HEAD.replace("features", "face,features")
    lab(tmp_path, "a,1,1,x,a.mp4,processed,,,u", "b,1,1,x,b.mp4,processed,,,v", head=head)
    streams = [trial.streams["features"] for trial in TrialTable(tmp_path)]
    np.testing.assert_allclose(streams[1].begins, np.arange(30) / RATE)  # frames by the video's rate
    (tmp_path / "processed" / "b.csv").unlink()
    lab(tmp_path, "a,1,1,x,a.mp4,,,u", "b,1,1,x,b.mp4,,,v", head=HEAD.replace("features", "face"))
    assert [sorted(trial.streams) for trial in TrialTable(tmp_path, features="processed")] == [
        ["face", "features"],
        ["face"],
    ]


@pytest.mark.parametrize(("frames", "words"), [(80, "longer than its video: perhaps"), (20, "shorter than its video")])
def test_a_table_of_another_length_than_its_video_is_told(tmp_path, frames, words):
    videos(tmp_path)
    write(tmp_path / "a.csv", openface(frames))
    write(tmp_path / "b.csv", openface())
    lab(tmp_path, "a,1,1,x,a.mp4,a.csv,,,u", "b,1,1,x,b.mp4,b.csv,,,v", head=HEAD.replace("features", "face,features"))
    first, second = TrialTable(tmp_path)
    assert any(f"features: its table of features is {words}" in remark for remark in first.remarks)
    assert not any("its table of features is" in remark for remark in second.remarks)


@pytest.mark.parametrize(
    ("line", "settings", "message"),
    [
        ("a,1,1,x,none.csv,,,u", {}, "column features: found no file .*none.csv; wanted a table of features of a face"),
        ("a,1,1,x,.,,,u", {}, "column features: found the folder .*; wanted a table, since the line names no video"),
        ("a,1,1,x,a.csv,0,9,u", {}, "0 to 9 s of a table of features that ends at 3 s"),
        ("a,1,1,x,a.csv,,,u", {"features": "."}, "a column features too"),
        ("a,1,1,x,a.csv,,,u", {"features": "none"}, "features: found 'none'; wanted a folder"),
    ],
)
def test_a_wrong_place_of_a_table_is_one_line(tmp_path, line, settings, message):
    write(tmp_path / "a.csv", openface())
    write(tmp_path / "b.csv", openface())
    with pytest.raises(InputError, match=message):
        list(TrialTable(lab(tmp_path, line, "b,1,1,x,b.csv,,,v"), **settings))


@pytest.mark.parametrize("with_video", [True, False])
def test_a_table_follows_the_clock_of_the_camera_onto_that_of_the_eeg(tmp_path, with_video):
    TrialTable.write_fake(tmp_path)  # the camera of person 3 has a clock of its own
    count = np.arange(4 * 48)
    for person in (1, 2, 3, 10):
        write(tmp_path / f"s{person}.csv", openface(len(count), timestamp=count / 4))
    head, *rows = (tmp_path / "trials.csv").read_text().splitlines()
    add = ".mp4,{0}.csv," if with_video else ".csv,"
    rows = [row.replace(".mp4,", add.format(row.split(",")[4].removesuffix(".edf"))) for row in rows]
    lab(tmp_path, *rows, head=head.replace("face", "face,features" if with_video else "features"))
    trials = [trial for trial in TrialTable(tmp_path) if trial.subject == "3"]
    for trial in trials:
        begins = trial.streams["features"].begins
        assert (begins >= 12 * (trial.trial - 1)).all()
        assert (begins < 12 * trial.trial).all()
        frames = (begins - 0.137) / (1 + 0.040 / 60) * 4
        np.testing.assert_allclose(frames, np.round(frames), atol=1e-3)
        if with_video:
            np.testing.assert_allclose(begins, trial.streams["face"].times, atol=1e-6)
        assert not any("no events.csv" in remark for remark in trial.remarks)


def test_an_index_column_without_a_name_says_nothing_of_success(tmp_path):
    table = pyfeat(frame=np.arange(30), approx_time=np.arange(30) / RATE)
    stream = open_face_table(write(tmp_path / "s1.csv", {"": np.arange(30), **table}, blank=""))
    assert stream.valid.all()
