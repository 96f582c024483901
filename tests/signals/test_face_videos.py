"""Readers of face datasets with labels a frame or a picture: labels meet pictures by number, whatever the order."""

import csv
import json
import pickle
import re
import shutil

import av
import numpy as np
import pytest

from emoscan.signals import UNKNOWN_SUBJECT, DatasetNotFound, InputError, open_video, read_picture
from emoscan.signals.datasets.afew_va import AFEWVA
from emoscan.signals.datasets.aff_wild2.aff_wild2 import AffWild2
from emoscan.signals.datasets.aff_wild2.lookalike import FACES, FRAMES, MISSING, write_first_edition
from emoscan.signals.datasets.affectnet.affectnet import COLUMNS, AffectNet
from emoscan.signals.datasets.affectnet.lookalike import EXPRESSIONS, write_arrays
from emoscan.signals.datasets.disfa import DISFA, UNITS
from emoscan.signals.datasets.lookalikes.drawn_face import drawn_landmarks
from emoscan.signals.datasets.ravdess import RAVDESS

READERS = (RAVDESS, DISFA, AFEWVA, AffectNet, AffWild2)
THIRD = "3rd ABAW Annotations/Third ABAW Annotations"


@pytest.fixture(scope="module")
def fakes(tmp_path_factory):
    roots = {reader: tmp_path_factory.mktemp(reader.__name__) for reader in READERS}
    for reader, root in roots.items():
        reader.write_fake(root)
    return roots


@pytest.fixture
def copy(fakes, tmp_path):
    return lambda reader: shutil.copytree(fakes[reader], tmp_path / reader.__name__)


@pytest.fixture(params=READERS, ids=lambda reader: reader.__name__)
def dataset(request, fakes):
    return request.param(fakes[request.param])


def reasons(dataset):
    return {str(skip.path.relative_to(dataset.root)): skip.reason for skip in dataset.skipped()}


def same_target(ours, theirs):
    for part in ("category", "dimensions", "units", "times"):
        np.testing.assert_array_equal(getattr(ours, part), getattr(theirs, part))


def test_two_passes_give_the_same_trials_each_named_once(dataset):
    first, second = list(dataset), list(dataset)
    keys = [(t.subject, t.session, t.trial, t.part) for t in first]
    assert keys == [(t.subject, t.session, t.trial, t.part) for t in second]
    assert len({key[:3] for key in keys}) == len(keys) >= 3
    for ours, theirs in zip(first, second, strict=True):
        same_target(ours.target, theirs.target)


def test_a_lookalike_is_simulated_by_its_note_alone(copy, dataset):
    assert dataset.report().simulated
    root = copy(type(dataset))
    (root / "simulated.json").unlink()
    assert not type(dataset)(root).simulated
    assert "simulated.json" not in reasons(dataset)


def test_streams_travel_to_other_processes_and_give_the_same_pictures(dataset):
    for trial in list(dataset)[:3]:
        again = pickle.loads(pickle.dumps(trial)).streams["face"]
        face = trial.streams["face"]
        np.testing.assert_array_equal(list(again.frames()), list(face.frames()))
        assert len(list(again.frames())) == len(face)


def test_a_series_has_a_row_a_frame_at_the_frame_s_time(dataset):
    for trial in dataset:
        face, target = trial.streams["face"], trial.target
        if target.times is None:
            assert dataset.name in ("RAVDESS", "AffectNet")
            continue
        np.testing.assert_array_equal(target.times, face.times)
        values = target.units if dataset.task.units else target.dimensions
        assert values.shape == (len(face), len(dataset.task.units) or 2)


def test_who_is_who_is_told_where_somebody_noted_it(dataset):
    subjects = {trial.subject for trial in dataset}
    assert dataset.names_subjects == (dataset.name in ("RAVDESS", "DISFA"))
    assert subjects == ({"1", "2", "10"} if dataset.names_subjects else {UNKNOWN_SUBJECT})


def test_pictures_have_an_assumed_clock_and_videos_their_own(fakes):
    assert not next(iter(RAVDESS(fakes[RAVDESS]))).streams["face"].assumed_rate
    assert not next(iter(DISFA(fakes[DISFA]))).streams["face"].assumed_rate
    assert next(iter(AFEWVA(fakes[AFEWVA]))).streams["face"].assumed_rate
    slow = next(iter(AFEWVA(fakes[AFEWVA], rate=10.0))).streams["face"]
    np.testing.assert_allclose(slow.times, np.delete(np.arange(12), 7) / 10)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_a_wrong_folder_is_not_found_and_says_what_was_expected(reader, tmp_path):
    (tmp_path / "notes.txt").write_text("nothing of it")
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatasetNotFound, match=re.escape(reader.expects[:20])):
            reader(root)


def test_of_a_take_with_and_without_sound_one_is_kept(fakes):
    dataset = RAVDESS(fakes[RAVDESS])
    paths = {trial.streams["face"].source.path.name for trial in dataset}
    assert "02-01-03-02-02-01-01.mp4" in paths
    told = reasons(dataset)
    assert told["Actor_01/01-01-03-02-02-01-01.mp4"] == "the same pictures as 02-01-03-02-02-01-01.mp4"
    assert told["Actor_01/03-01-03-02-02-01-01.wav"] == "sound without pictures"
    assert told["Actor_01/02-01-09-01-01-01-01.mp4"] == "not a name of the dataset"
    assert "01-02-04-01-01-02-01.mp4" in paths, "a take that exists with sound only is read"
    files = {str(path.relative_to(dataset.root)) for path in dataset.root.rglob("*.*") if path.name != "simulated.json"}
    assert {f"Actor_{name[-6:-4]}/{name}" for name in paths} | set(told) == files


def test_a_take_with_sound_only_gives_the_same_trial_and_pictures(copy):
    root = copy(RAVDESS)
    silent = root / "Actor_10" / "02-01-03-02-02-01-10.mp4"
    before = next(t for t in RAVDESS(root) if t.streams["face"].source.path == silent)
    pictures = list(before.streams["face"].frames())
    silent.unlink()
    after = {t.streams["face"].source.path.name: t for t in RAVDESS(root)}["01-01-03-02-02-01-10.mp4"]
    assert (after.trial, after.stimulus, str(after)) == (before.trial, before.stimulus, str(before))
    np.testing.assert_array_equal(list(after.streams["face"].frames()), pictures)


def test_an_acted_emotion_its_sentence_and_its_actor_are_those_of_the_name(fakes):
    for trial in RAVDESS(fakes[RAVDESS]):
        _, _, emotion, _, statement, _, actor = map(int, trial.streams["face"].source.path.stem.split("-"))
        assert trial.target.category.tolist() == [emotion - 1]
        assert trial.stimulus.startswith({1: "kids", 2: "dogs"}[statement])
        assert trial.subject == str(actor)


@pytest.mark.parametrize("channel, count", [("speech", 24), ("song", 3), ("both", 27)])
def test_speech_and_song_can_be_taken_apart(fakes, channel, count):
    dataset = RAVDESS(fakes[RAVDESS], channel)
    assert len(list(dataset)) == count
    asked = [reason for reason in reasons(dataset).values() if "not asked for" in reason]
    assert len(asked) == {"speech": 3, "song": 24 + 3, "both": 0}[channel]


def test_a_copy_in_another_folder_is_no_second_trial(copy):
    root = copy(RAVDESS)
    shutil.copytree(root / "Actor_02", root / "Video_Song_Actor_02" / "Actor_02")
    dataset = RAVDESS(root)
    assert len(list(dataset)) == 27
    assert "Video_Song_Actor_02/Actor_02/02-01-01-01-01-01-02.mp4" in reasons(dataset)


def test_a_damaged_video_is_one_error_and_the_next_trial_still_comes(copy):
    root = copy(RAVDESS)
    path = root / "Actor_01" / "02-01-02-02-02-01-01.mp4"
    path.write_bytes(path.read_bytes()[:500])
    trials = iter(RAVDESS(root))
    next(trials)
    with pytest.raises(InputError, match="02-01-02-02-02-01-01"):
        next(trials)
    assert next(trials).trial == 3


def labels_of_disfa(root, subject, unit):
    lines = (root / "ActionUnit_Labels" / subject / f"{subject}_au{unit}.txt").read_text().split()
    return np.array([int(line.split(",")[1]) for line in lines])


def test_an_action_unit_is_present_from_intensity_two(fakes):
    root = fakes[DISFA]
    for trial in DISFA(root):
        for column, unit in enumerate(UNITS):
            intensity = labels_of_disfa(root, f"SN{int(trial.subject):03d}", unit)
            np.testing.assert_array_equal(trial.target.units[:, column], intensity >= 2)
    assert DISFA.task.units[6] == "au12"
    assert (trial.target.units[:, UNITS.index(20)] == 0).all(), "intensity 1 is not present"
    assert set(np.unique(trial.target.units)) == {0, 1}


def test_both_cameras_have_the_same_labels_and_other_pictures(fakes):
    left, right = (list(DISFA(fakes[DISFA], camera)) for camera in ("left", "right"))
    assert right[0].streams["face"].source.path.name == "RightVideoSN001_Comp.avi"
    for one, other in zip(left, right, strict=True):
        same_target(one.target, other.target)
        assert (next(one.streams["face"].frames()) != next(other.streams["face"].frames())).any()


def test_people_without_labels_or_video_and_the_landmarks_are_reported(fakes):
    told = reasons(DISFA(fakes[DISFA]))
    assert told["Videos_LeftCamera/LeftVideoSN031_comp.avi"] == "no labels"
    assert told["ActionUnit_Labels/SN032"] == "no video of the left camera"
    assert set(told) >= {"Landmark_Points", "Video_RightCamera"}


@pytest.mark.parametrize("rows, spare, fits", [(30, 0, True), (31, 0, False), (31, 1, True), (29, 1, False)])
def test_rows_that_do_not_match_the_frames_are_refused_naming_both(copy, rows, spare, fits):
    root = copy(DISFA)
    path = root / "ActionUnit_Labels" / "SN001" / "SN001_au4.txt"
    path.write_text("".join(f"{frame},{frame % 6}\n" for frame in range(1, rows + 1)))
    trials = iter(DISFA(root, spare_rows=spare))
    if fits:
        assert next(trials).target.units[:, 2].tolist() == [float(frame % 6 >= 2) for frame in range(1, 31)]
        return
    with pytest.raises(InputError, match=rf"SN001_au4.*{rows} rows; wanted 30.*LeftVideoSN001"):
        next(trials)
    assert next(trials).subject == "2"


@pytest.mark.parametrize(
    "change", [lambda t: t.replace(",", ", "), lambda t: t.replace("\n", "\n\n"), lambda t: t + "\n"]
)
def test_blanks_in_intensities_move_nothing(copy, change):
    root = copy(DISFA)
    before = next(iter(DISFA(root))).target.units
    path = root / "ActionUnit_Labels" / "SN001" / "SN001_au26.txt"
    path.write_text(change(path.read_text()))
    np.testing.assert_array_equal(next(iter(DISFA(root))).target.units, before)


def test_rows_may_count_the_empty_chunks_of_a_video(copy):
    root = copy(DISFA)
    whole = next(iter(DISFA(root))).target.units
    path = root / "Videos_LeftCamera" / "LeftVideoSN001_comp.avi"
    shown = [number for number in range(30) if not 10 <= number < 13]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=20, options={"bf": "0"})
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        for number in shown:
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), 99, np.uint8), format="gray")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    trial = next(iter(DISFA(root)))
    assert len(trial.streams["face"]) == 27
    np.testing.assert_array_equal(trial.target.units, whole[shown])


def test_a_blank_line_in_place_of_a_frame_s_intensity_is_refused(copy):
    root = copy(DISFA)
    path = root / "ActionUnit_Labels" / "SN001" / "SN001_au26.txt"
    path.write_text(path.read_text().replace("7,", "\n", 1))
    with pytest.raises(InputError):
        next(iter(DISFA(root)))


@pytest.mark.parametrize(
    "text, message",
    [
        ("0,1\n1,1\n", r"txt:1: found frame 0; wanted frame 1"),
        ("1,1\n3,1\n", "frame 3; wanted frame 2"),
        ("1,6\n", "txt:1: found 6"),
        ("1,x\n", "frame,intensity"),
        ("1\n", "frame,intensity"),
        (None, "no such|No such"),
    ],
)
def test_broken_intensities_are_refused(copy, text, message):
    root = copy(DISFA)
    path = root / "ActionUnit_Labels" / "SN001" / "SN001_au26.txt"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(InputError, match=message):
        next(iter(DISFA(root)))


def test_ratings_and_landmarks_belong_to_the_picture_of_their_number(fakes):
    for trial in AFEWVA(fakes[AFEWVA]):
        face = trial.streams["face"]
        frames = json.loads((face.source.path.parent / f"{trial.session}.json").read_text())["frames"]
        assert list(frames) != sorted(frames), "the entries must not lie in order"
        numbers = [number for number in range(12) if number != 7]
        assert [int(path.stem) for path in face.read.files] == numbers
        np.testing.assert_allclose(face.times, np.array(numbers) / 30)
        for row, number in enumerate(numbers):
            frame = frames.get(f"{number:05d}", {"valence": np.nan, "arousal": np.nan})
            np.testing.assert_array_equal(trial.target.dimensions[row], [frame["valence"], frame["arousal"]])
    assert AFEWVA.task.ranges == ((-10, 10),) * 2


def test_a_frame_without_rating_or_landmarks_keeps_its_place(fakes):
    for trial in AFEWVA(fakes[AFEWVA]):
        rated = np.isfinite(trial.target.dimensions).all(axis=1)
        marked = np.isfinite(trial.streams["face"].marks.landmarks).all(axis=(1, 2))
        assert np.flatnonzero(~rated).tolist() == [3]
        assert np.flatnonzero(~marked).tolist() == [3, 5]
        np.testing.assert_allclose(trial.streams["face"].marks.landmarks[0], drawn_landmarks((96, 128)), atol=0.01)
        assert (trial.session, trial.stimulus, trial.trial) == (trial.session, trial.session, 1)


def test_clips_without_ratings_and_ratings_without_a_picture_are_reported(fakes):
    told = reasons(AFEWVA(fakes[AFEWVA]))
    assert told["02/051"] == "no ratings or no pictures"
    assert told["01/010/010.json"].endswith("without a picture: 00007")
    assert [trial.session for trial in AFEWVA(fakes[AFEWVA])] == ["001", "010", "600"]


@pytest.mark.parametrize(
    "edit, message",
    [
        (lambda frame: frame.update(valence=11), "valence 11; wanted a number of -10 to 10"),
        (lambda frame: frame.update(arousal="high"), "arousal 'high'"),
        (lambda frame: frame.update(landmarks=[[1, 2]] * 67), r"landmarks \(67, 2\)"),
        (lambda frame: frame.update(landmarks=[[1], [1, 2]]), "landmarks"),
    ],
)
def test_ratings_out_of_range_and_landmarks_of_another_scheme_are_refused(copy, edit, message):
    path = copy(AFEWVA) / "01" / "001" / "001.json"
    content = json.loads(path.read_text())
    edit(content["frames"]["00000"])
    path.write_text(json.dumps(content))
    trials = iter(AFEWVA(path.parents[2]))
    with pytest.raises(InputError, match=message):
        next(trials)
    assert next(trials).session == "010"


@pytest.mark.parametrize("text", ["{", "[]", '{"frames": [1]}', '{"frames": {"x": {}}}', '{"other": {}}'])
def test_ratings_that_are_no_json_of_frames_are_refused(copy, text):
    root = copy(AFEWVA)
    (root / "01" / "001" / "001.json").write_text(text)
    with pytest.raises(InputError, match=r"001\.json"):
        next(iter(AFEWVA(root)))


def rows_of(root, name):
    with (root / "Manually_Annotated_file_lists" / name).open(newline="") as file:
        return list(csv.reader(file))


def test_every_row_meets_its_own_picture_whether_or_not_its_list_has_a_header(fakes):
    root = fakes[AffectNet]
    train, validation = rows_of(root, "training.csv"), rows_of(root, "validation.csv")
    assert train.pop(0) == list(COLUMNS)
    assert validation[0][0] != COLUMNS[0]
    trials = list(AffectNet(root))
    wanted = [*train[:-1], *validation]
    assert [t.stimulus for t in trials] == [cells[0] for cells in wanted]
    assert [(t.session, t.part, t.trial) for t in trials][-4:] == [
        ("train", "train", 11),
        *(("validation", "validation", number) for number in (1, 2, 3)),
    ]
    for trial, cells in zip(trials, wanted, strict=True):
        (picture,) = trial.streams["face"].frames()
        np.testing.assert_array_equal(picture, read_picture(root / "Manually_Annotated_Images" / cells[0]))
        assert trial.streams["face"].marks.boxes.tolist() == [[float(cell) for cell in cells[1:5]]]


def test_none_uncertain_no_face_and_minus_two_are_missing(fakes):
    trials = [trial for trial in AffectNet(fakes[AffectNet]) if trial.part == "train"]
    categories = [int(trial.target.category[0]) for trial in trials]
    assert categories == [code if code < 8 else -1 for code in EXPRESSIONS[:-1]]
    rated = [bool(np.isfinite(trial.target.dimensions).all()) for trial in trials]
    assert rated == [code < 8 for code in EXPRESSIONS[:-1]]
    marked = [bool(np.isfinite(trial.streams["face"].marks.landmarks).all()) for trial in trials]
    assert marked == [code != 10 for code in EXPRESSIONS[:-1]]


def test_rows_without_a_picture_and_pictures_without_a_row_are_reported(fakes):
    told = reasons(AffectNet(fakes[AffectNet]))
    assert told["Manually_Annotated_Images/9/unlisted.jpg"] == "in no file list"
    assert "no such picture, row 12 of training.csv" in told.values()


@pytest.mark.parametrize(
    "column, value, message",
    [
        (6, "11", "expression 11; wanted 0 to 10"),
        (6, "1.5", "expression 1.5"),
        (6, "", "expression nan"),
        (7, "1.5", "rating of 1.5"),
        (7, "-3", "rating of -3"),
        (1, "left", "left"),
        (5, "1;2;3", "3 numbers of landmarks"),
        (None, None, "8 values; wanted 9"),
    ],
)
def test_a_broken_row_is_refused_by_number_and_the_next_still_comes(copy, column, value, message):
    root = copy(AffectNet)
    rows = rows_of(root, "training.csv")
    if column is None:
        del rows[1][3]
    else:
        rows[1][column] = value
    with (root / "Manually_Annotated_file_lists" / "training.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    trials = iter(AffectNet(root))
    with pytest.raises(InputError, match=rf"training\.csv, row 1: .*{message}"):
        next(trials)
    assert next(trials).trial == 2


def test_the_release_of_arrays_gives_numbers_that_were_written_as_text(tmp_path):
    write_arrays(tmp_path)
    (tmp_path / "readme.txt").write_text("beside")
    dataset = AffectNet(tmp_path)
    trials = list(dataset)
    assert [(t.part, t.trial, int(t.target.category[0])) for t in trials] == [
        *(("train", 3 * code + 1, code) for code in range(8)),
        *(("validation", number + 1, code) for number, code in enumerate((7, 0, 1))),
    ]
    assert np.isnan(trials[9].target.dimensions).all(), "-2 is missing here too"
    for trial in trials:
        folder, number = tmp_path / trial.stimulus.split("/")[0], trial.trial - 1
        valence = float(np.load(folder / "annotations" / f"{number}_val.npy"))
        np.testing.assert_allclose(trial.target.dimensions[0, 0], np.nan if valence == -2 else valence)
        (picture,) = trial.streams["face"].frames()
        np.testing.assert_array_equal(picture, read_picture(folder / "images" / f"{number}.jpg"))
        np.testing.assert_allclose(trial.streams["face"].marks.landmarks[0], drawn_landmarks((96, 128)))
    told = reasons(dataset)
    assert told["train_set/images/100.jpg"] == "no annotations"
    assert {"val_set/annotations/9_exp.npy", "readme.txt"} <= set(told)


@pytest.mark.parametrize(
    "kind, array, message",
    [
        ("exp", np.array([{}], object), "array of numbers"),
        ("val", np.array("high"), "array of numbers"),
        ("aro", np.zeros(2), "2 numbers; wanted one"),
        ("lnd", np.zeros(10), "10 numbers of landmarks"),
        ("val", None, "val"),
    ],
)
def test_objects_are_never_unpickled_and_broken_arrays_are_refused(tmp_path, kind, array, message):
    write_arrays(tmp_path)
    path = tmp_path / "train_set" / "annotations" / f"0_{kind}.npy"
    path.unlink() if array is None else np.save(path, array, allow_pickle=True)
    trials = iter(AffectNet(tmp_path))
    with pytest.raises(InputError, match=message):
        next(trials)
    assert next(trials).trial == 4


def test_two_releases_in_one_folder_are_refused(copy):
    root = copy(AffectNet)
    write_arrays(root)
    with pytest.raises(InputError, match="two releases"):
        AffectNet(root)


def label_file(root, face, folder="VA_Estimation_Challenge"):
    return next((root / THIRD / folder).rglob(f"{face}.txt"))


def rows_in(path):
    return np.array([line.split(",") for line in path.read_text().split()[1:]], float)


def face_of(trial):
    return trial.streams["face"].source.path.parent.name


def test_label_row_i_belongs_to_the_picture_numbered_i_plus_one(fakes):
    for trial in AffWild2(fakes[AffWild2]):
        face = face_of(trial)
        rows = rows_in(label_file(fakes[AffWild2], face))
        numbers = [int(path.stem) for path in trial.streams["face"].read.files]
        assert numbers == [number for number in range(1, FRAMES + 1) if number not in MISSING[face]]
        wanted = rows[np.array(numbers) - 1]
        wanted[(wanted == -5).any(axis=1)] = np.nan
        np.testing.assert_array_equal(trial.target.dimensions, wanted)


def test_gaps_between_pictures_are_gaps_in_time(fakes):
    trials = {face_of(trial): trial.streams["face"] for trial in AffWild2(fakes[AffWild2])}
    first_two_and_nine = trials["video2_right"]
    assert first_two_and_nine.assumed_rate
    np.testing.assert_allclose(first_two_and_nine.times * 30, np.delete(np.arange(24), [0, 1, 8]), atol=1e-9)


def test_a_video_at_hand_gives_its_own_clock(fakes):
    root = fakes[AffWild2]
    face = next(t for t in AffWild2(root) if face_of(t) == "video10").streams["face"]
    assert not face.assumed_rate
    clock = open_video(root / "batch1" / "video10.mp4")
    np.testing.assert_array_equal(face.times, np.delete(clock.times, np.array(MISSING["video10"]) - 1))
    assert np.diff(clock.times).mean() == pytest.approx(1 / 20)


def test_two_people_of_a_video_are_two_trials_of_one_session_and_stimulus(fakes):
    trials = {face_of(trial): trial for trial in AffWild2(fakes[AffWild2])}
    left, right = trials["video2_left"], trials["video2_right"]
    assert (left.session, left.stimulus, left.trial) == ("video2", "video2", 1)
    assert (right.session, right.stimulus, right.trial) == ("video2", "video2", 2)
    assert [trial.session for trial in trials.values()] == ["30-30-1920x1080", "video2", "video2", "video10"]
    assert {face: trial.part for face, trial in trials.items()} == FACES


@pytest.mark.parametrize(
    "task, folder",
    [("va", "VA_Estimation_Challenge"), ("expr", "EXPR_Classification_Challenge"), ("au", "AU_Detection_Challenge")],
)
def test_invalid_labels_are_missing_and_their_frames_stay(fakes, task, folder):
    for trial in AffWild2(fakes[AffWild2], task):
        face, target = face_of(trial), trial.target
        rows = rows_in(label_file(fakes[AffWild2], face, folder))
        kept = np.array([n for n in range(1, FRAMES + 1) if n not in MISSING[face]]) - 1
        assert len(trial.streams["face"]) == len(kept)
        missing = {
            "va": np.isnan(target.dimensions).all(axis=1) if task == "va" else None,
            "expr": target.category == -1,
            "au": np.isnan(target.units).all(axis=1),
        }[task]
        np.testing.assert_array_equal(missing, kept == 4)
        valid = ~missing
        values = {"va": target.dimensions, "expr": target.category[:, None], "au": target.units}[task]
        np.testing.assert_allclose(values[valid], rows[kept][valid], atol=1e-6)


def test_multi_task_lists_name_their_pictures(fakes):
    root = fakes[AffWild2]
    dataset = AffWild2(root, "mtl")
    assert (len(dataset.task.categories), dataset.task.dimensions, len(dataset.task.units)) == (
        8,
        ("valence", "arousal"),
        12,
    )
    listed = {}
    for path in (root / THIRD / "MTL_Challenge").iterdir():
        for line in path.read_text().split()[1:]:
            name, *values = line.split(",")
            listed[name] = np.array(values, float)
    for trial in dataset:
        for row, path in enumerate(trial.streams["face"].read.files):
            values = listed.get(f"{path.parent.name}/{path.name}", np.array([-5, -5, -1, *[-1] * 12]))
            ratings, units = trial.target.dimensions[row], trial.target.units[row]
            np.testing.assert_allclose(ratings, [np.nan] * 2 if -5 in values[:2] else values[:2], atol=1e-6)
            assert trial.target.category[row] == values[2]
            np.testing.assert_array_equal(units, [np.nan] * 12 if -1 in values[3:] else values[3:])
        assert np.isfinite(trial.target.dimensions).any()


def test_the_first_edition_has_seven_expressions_and_eight_units(tmp_path):
    write_first_edition(tmp_path)
    assert AffWild2(tmp_path, "expr").task.categories[-1] == "surprise"
    assert AffWild2(tmp_path, "au").task.units == ("au1", "au2", "au4", "au6", "au12", "au15", "au20", "au25")
    assert {face_of(trial): trial.part for trial in AffWild2(tmp_path)} == FACES
    (tmp_path / "annotations" / "EXPR_Set").rename(tmp_path / "annotations" / "Expression_Set")
    assert len(list(AffWild2(tmp_path, "expr"))) == 4
    with pytest.raises(DatasetNotFound, match="'mtl'"):
        AffWild2(tmp_path, "mtl")


def test_units_and_ratings_are_chosen_by_the_header_not_by_their_place(copy):
    root = copy(AffWild2)
    for task, folder in (("va", "VA_Estimation_Challenge"), ("au", "AU_Detection_Challenge")):
        before = [trial.target for trial in AffWild2(root, task)]
        for path in (root / THIRD / folder).rglob("*.txt"):
            lines = [",".join(reversed(line.split(","))) for line in path.read_text().split()]
            path.write_text("\n".join(lines))
        for ours, theirs in zip(AffWild2(root, task), before, strict=True):
            same_target(ours.target, theirs)


def test_several_editions_are_refused_until_one_is_named(copy):
    root = copy(AffWild2)
    shutil.copytree(root / THIRD, root / "5th ABAW Annotations")
    with pytest.raises(InputError, match=r"several editions.*Third ABAW.*5th ABAW"):
        AffWild2(root)
    assert len(list(AffWild2(root, annotations="5th ABAW Annotations"))) == 4
    with pytest.raises(InputError, match="9th"):
        AffWild2(root, annotations="9th ABAW Annotations")


def test_what_has_no_counterpart_is_reported(fakes, copy):
    told = reasons(AffWild2(fakes[AffWild2]))
    assert told["cropped_aligned/video50"] == "no labels of this task"
    assert told[f"{THIRD}/VA_Estimation_Challenge/Validation_Set/video99.txt"] == "no pictures of video99"
    assert told[f"{THIRD}/MTL_Challenge"] == "not read"
    assert told["cropped_aligned/video10/.DS_Store"] == "not a numbered picture"
    assert len(told) == 6
    root = copy(AffWild2)
    shutil.copytree(root / "cropped_aligned" / "video10", root / "cropped_aligned_new_50_vids" / "video10")
    dataset = AffWild2(root)
    assert len(list(dataset)) == 4
    assert reasons(dataset)["cropped_aligned_new_50_vids/video10"].startswith("a copy of")


def test_pictures_in_a_folder_of_the_same_name_twice_are_found(copy):
    root = copy(AffWild2)
    (root / "cropped_aligned").rename(root / "inner")
    (root / "cropped_aligned").mkdir()
    (root / "inner").rename(root / "cropped_aligned" / "cropped_aligned")
    assert [face_of(trial) for trial in AffWild2(root)] == ["30-30-1920x1080", "video2_left", "video2_right", "video10"]


@pytest.mark.parametrize("more, fits", [(-1, False), (0, True), (1, True), (2, True), (3, False)])
def test_rows_may_exceed_the_frames_of_the_video_by_two(copy, more, fits):
    root = copy(AffWild2)
    path = label_file(root, "video10")
    lines = path.read_text().split()
    path.write_text("\n".join([*lines[:FRAMES], *[lines[1]] * 9][: 1 + FRAMES + more]))
    trials = iter(AffWild2(root))
    for _ in range(3):
        next(trials)
    if fits:
        assert face_of(next(trials)) == "video10"
        return
    with pytest.raises(InputError, match=rf"video10\.txt: found {FRAMES + more} rows.*{FRAMES} rows or up to 2 more"):
        next(trials)


def test_a_picture_behind_the_last_row_is_refused_and_an_end_without_a_face_is_not(copy):
    root = copy(AffWild2)
    path, pictures = label_file(root, "video2_left"), root / "cropped_aligned" / "video2_left"
    for number in range(15, FRAMES + 1):
        (pictures / f"{number:05d}.jpg").unlink()
    assert len(next(t for t in AffWild2(root) if face_of(t) == "video2_left").streams["face"]) == 14
    path.write_text("\n".join(path.read_text().split()[:14]))
    trials = iter(AffWild2(root))
    next(trials)
    with pytest.raises(InputError, match="13 rows, and a picture numbered 14"):
        next(trials)
    assert face_of(next(trials)) == "video2_right"


def test_a_blank_line_among_labels_is_a_frame_without_one_and_moves_no_other(copy):
    root = copy(AffWild2)
    path = label_file(root, "video2_left")
    whole = next(t for t in AffWild2(root) if face_of(t) == "video2_left")
    header, *rows = path.read_text().splitlines()
    place = int(whole.streams["face"].read.files[3].stem) - 1
    rows[place] = " "
    path.write_text("\n".join([header, *(row.replace(",", ", ") for row in rows), "", ""]))
    trial = next(t for t in AffWild2(root) if face_of(t) == "video2_left")
    wanted = whole.target.dimensions.copy()
    wanted[3] = np.nan
    np.testing.assert_array_equal(trial.target.dimensions, wanted)
    assert trial.remarks == ("face: blank lines among its labels (1): frames without one",)


@pytest.mark.parametrize("reader", [AFEWVA, AffectNet, AffWild2])
def test_pictures_are_known_by_their_suffix_in_any_case(copy, reader):
    root = copy(reader)
    before = [len(trial.streams["face"]) for trial in reader(root)]
    for path in [*root.rglob("*.png"), *root.rglob("*.jpg")]:
        path.rename(path.with_suffix(path.suffix.upper()))
    if reader is AffectNet:
        for path in root.rglob("*.csv"):
            path.write_text(path.read_text().replace(".jpg", ".JPG"))
    assert [len(trial.streams["face"]) for trial in reader(root)] == before


@pytest.mark.parametrize(
    "text, message",
    [
        ("arousal\n1\n", "valence,arousal"),
        ("valence,arousal\n", "no rows"),
        ("valence,arousal\n0,2\n", "row 0.*0,2"),
        ("valence,arousal\n0,0\n0\n", "as many numbers"),
        ("valence,arousal\n0,x\n", "as many numbers"),
        ("Neutral,Anger\n1\n", "valence,arousal"),
    ],
)
def test_broken_label_files_are_refused(copy, text, message):
    root = copy(AffWild2)
    label_file(root, "video2_left").write_text(text)
    trials = iter(AffWild2(root))
    next(trials)
    with pytest.raises(InputError, match=message):
        next(trials)


@pytest.mark.parametrize(
    "line", ["video2_left/00001.jpg,0,0", "video2_left.jpg" + ",0" * 15, "video2_left/1.jpg" + ",x" * 15]
)
def test_broken_multi_task_lists_are_refused_by_line(copy, line):
    root = copy(AffWild2)
    path = root / THIRD / "MTL_Challenge" / "train_set.txt"
    path.write_text(f"image,valence\n{line}\n")
    with pytest.raises(InputError, match=r"train_set\.txt:2"):
        AffWild2(root, "mtl")


def test_pictures_counted_from_0_are_refused(copy):
    root = copy(AffWild2)
    pictures = root / "cropped_aligned_new_50_vids" / "30-30-1920x1080"
    (pictures / "00001.jpg").rename(pictures / "00000.jpg")
    with pytest.raises(InputError, match="picture 0"):
        next(iter(AffWild2(root)))


@pytest.mark.parametrize(
    "reader, arguments", [(RAVDESS, {"channel": "dance"}), (DISFA, {"camera": "top"}), (AffWild2, {"task": "emotion"})]
)
def test_wrong_arguments_are_refused_with_those_that_exist(fakes, reader, arguments):
    with pytest.raises(InputError, match="one of "):
        reader(fakes[reader], **arguments)
