"""Readers of face pictures: CK+, CK+48, JAFFE, Oulu-CASIA and FER2013, each on its lookalike."""

import pickle
import shutil
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from emoscan.signals import UNKNOWN_SUBJECT, DatasetNotFound, InputError
from emoscan.signals.datasets.ck48 import CK48
from emoscan.signals.datasets.ck_plus.ck_plus import CKPlus
from emoscan.signals.datasets.ck_plus.lookalike import SUBJECTS, UNITS, frame_numbers
from emoscan.signals.datasets.fer2013 import CATEGORIES, FER2013, VOTED
from emoscan.signals.datasets.jaffe import JAFFE
from emoscan.signals.datasets.oulu_casia import OuluCASIA
from emoscan.signals.files.pictures import image_sequence as image_module

READERS = [CKPlus, CK48, JAFFE, OuluCASIA, FER2013]
EMOTION, FACS, LANDMARKS = (
    f"{name}/S005/001" for name in ("Emotion_labels/Emotion", "FACS_labels/FACS", "Landmarks/Landmarks")
)
IMAGES = "extended-cohn-kanade-images/cohn-kanade-images"
PEAK = f"S005_001_{frame_numbers(5, 1)[-1]:08d}"


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


def content(trial):
    video, target = trial.streams["face"], trial.target
    return (
        str(trial),
        trial.stimulus,
        trial.part,
        video.times.tolist(),
        target.category.tolist(),
        target.units.tobytes(),
    )


def reasons(dataset):
    return {skip.path.relative_to(dataset.root).as_posix(): skip.reason for skip in dataset.skipped()}


def test_two_passes_give_the_same_trials_and_each_trial_has_a_name_of_its_own(dataset):
    trials = list(dataset)
    assert [content(trial) for trial in trials] == [content(trial) for trial in dataset]
    keys = [(trial.subject, trial.session, trial.trial) for trial in trials]
    assert len(set(keys)) == len(keys)
    assert dataset.report().n_trials == len(trials)
    assert dataset.report().simulated


def test_trials_come_by_subject_session_and_number(fakes):
    for reader in (CKPlus, CK48, OuluCASIA):
        keys = [(int(t.subject), t.session, t.trial) for t in reader(fakes[reader])]
        assert keys == sorted(keys)
    keys = [(t.subject, t.trial) for t in JAFFE(fakes[JAFFE])]
    assert keys == sorted(keys)


def test_streams_travel_to_other_processes_and_keep_their_pictures_and_assumed_clock(dataset):
    for trial in list(dataset)[::5]:
        video = trial.streams["face"]
        assert video.assumed_rate
        again = pickle.loads(pickle.dumps(video))
        pictures = list(video.frames())
        assert {(p.shape, p.dtype) for p in pictures} == {(video.size, np.dtype(np.uint8))}
        np.testing.assert_array_equal(list(again.frames()), pictures)
        np.testing.assert_array_equal(list(video.read(0, 1)), pictures[:1])


def test_one_picture_a_trial_is_read_while_iterating(fakes, monkeypatch):
    read = []
    stored = image_module.stored_picture
    monkeypatch.setattr(image_module, "stored_picture", lambda path: read.append(path) or stored(path))
    for reader in (CKPlus, CK48, JAFFE, OuluCASIA):
        read.clear()
        assert len(list(reader(fakes[reader]))) == len(read)


@pytest.mark.parametrize("reader", READERS)
def test_a_wrong_folder_is_not_found_and_the_error_says_what_the_right_one_holds(reader, tmp_path):
    with pytest.raises(DatasetNotFound, match="nowhere"):
        reader(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(DatasetNotFound) as error:
        reader(tmp_path)
    assert reader.expects in str(error.value)


@pytest.mark.parametrize(
    ("reader", "pattern"),
    [
        (CKPlus, "S005_001_00000001.png"),
        (CK48, "S005_001_00000011.png"),
        (JAFFE, "KA.AN1.9.tiff"),
        (OuluCASIA, "NI/Strong/P002/Anger/000.jpeg"),
    ],
)
def test_a_broken_first_picture_is_one_error_that_names_it_and_the_next_trials_still_come(fakes, copy, reader, pattern):
    root = copy(reader)
    (path,) = root.rglob(pattern)
    path.write_bytes(path.read_bytes()[:60])
    trials = iter(reader(root))
    with pytest.raises(InputError, match=path.name):
        next(trials)
    assert len(list(trials)) == len(list(reader(fakes[reader]))) - 1


@pytest.mark.parametrize("reader", [CKPlus, CK48])
def test_ten_people_have_every_expression_between_them(fakes, reader):
    trials = list(reader(fakes[reader]))
    subjects = {int(trial.subject) for trial in trials}
    assert subjects == set(SUBJECTS)
    of_class = {c: {t.subject for t in trials if t.target.category[0] == c} for c in range(7)}
    assert all(len(people) >= 2 for people in of_class.values()), "each fold must train on every class"


def test_an_outer_folder_or_an_inner_one_gives_the_same_trials(fakes, tmp_path):
    for archive in ("extended-cohn-kanade-images", "Emotion_labels", "FACS_labels", "Landmarks"):
        shutil.copytree(fakes[CKPlus] / archive, tmp_path, dirs_exist_ok=True)
    pairs = [(CKPlus, tmp_path), (CK48, fakes[CK48] / "CK+48"), (OuluCASIA, fakes[OuluCASIA] / "B_OriginalImg")]
    for reader, root in pairs:
        assert [content(t) for t in reader(root)] == [content(t) for t in reader(fakes[reader])]


# CK+


def test_ck_plus_labels_are_those_of_the_peak_and_missing_ones_keep_their_trial(fakes):
    dataset = CKPlus(fakes[CKPlus])
    assert dataset.task.categories[0] == "anger"
    assert len(dataset.task.categories) == 7
    assert dataset.task.units == tuple(f"au{unit}" for unit in sorted({u for units in UNITS for u in units}))
    for trial in dataset:
        category, units = int(trial.target.category[0]), trial.target.units[0]
        if trial.trial == 4:
            assert category == -1
            coded = int(trial.subject) == SUBJECTS[1]  # an empty file: nothing is present
            assert (units == 0).all() if coded else np.isnan(units).all()
        else:
            present = {name for name, value in zip(dataset.task.units, units, strict=True) if value == 1}
            assert present == {f"au{unit}" for unit in UNITS[category]}, "intensity 0 is present too"
            assert set(units.tolist()) == {0.0, 1.0}


def test_ck_plus_frames_keep_the_numbers_of_their_files_and_their_landmarks(fakes):
    gaps = 0
    for trial in CKPlus(fakes[CKPlus]):
        video, numbers = trial.streams["face"], frame_numbers(int(trial.subject), trial.trial)
        np.testing.assert_allclose(video.times * 30, numbers)
        assert video.marks.landmarks.shape == (len(numbers), 68, 2)
        assert trial.stimulus == f"S{int(trial.subject):03d}_{trial.trial:03d}"
        assert len(video) >= 9
        gaps += numbers[-1] > len(numbers)
    assert gaps > 0
    assert {t.streams["face"].size for t in CKPlus(fakes[CKPlus])} == {(60, 80), (61, 80)}


def test_ck_plus_reports_what_it_does_not_use(fakes):
    found = reasons(CKPlus(fakes[CKPlus]))
    assert found == {
        f"{IMAGES}/.DS_Store": "not a file of the dataset",
        f"{IMAGES}/S005/005": "an empty folder",
        "Emotion_labels/Emotion/S005/004": "an empty folder",
        "Emotion_labels/Emotion/S503": "a folder that holds nothing of the dataset",
    }


def test_ck_plus_without_codes_and_landmarks_says_so_and_without_labels_is_refused(copy):
    root = copy(CKPlus)
    shutil.rmtree(root / "FACS_labels")
    shutil.rmtree(root / "Landmarks")
    dataset = CKPlus(root)
    assert dataset.task.units == ()
    assert next(iter(dataset)).streams["face"].marks is None
    assert {"FACS", "Landmarks"} <= set(reasons(dataset))
    shutil.rmtree(root / "Emotion_labels")
    with pytest.raises(DatasetNotFound, match="no folder Emotion"):
        CKPlus(root)


def test_ck_plus_neutral_is_the_last_category_where_a_file_says_so(copy):
    root = copy(CKPlus)
    (root / EMOTION / f"{PEAK}_emotion.txt").write_text("   0.0000000e+00\n")
    dataset = CKPlus(root)
    assert dataset.task.categories[-1] == "neutral"
    assert next(iter(dataset)).target.category.tolist() == [7]


def test_ck_plus_frames_without_landmarks_have_none(copy):
    root = copy(CKPlus)
    (root / LANDMARKS / "S005_001_00000002_landmarks.txt").unlink()
    unknown = np.isnan(next(iter(CKPlus(root))).streams["face"].marks.landmarks).any(axis=(1, 2))
    assert np.flatnonzero(unknown).tolist() == [1]


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        (f"{EMOTION}/{PEAK}_emotion.txt", "", "found nothing"),
        (f"{EMOTION}/{PEAK}_emotion.txt", "8.0", "found 8"),
        (f"{EMOTION}/{PEAK}_emotion.txt", "2.5", "found 2.5"),
        (f"{EMOTION}/{PEAK}_emotion.txt", "happy", "line 1: 'happy'"),
        (f"{EMOTION}/S005_001_00000002_emotion.txt", "1.0", "2 emotion labels of S005_001"),
        (f"{FACS}/{PEAK}_facs.txt", "4.0", "line 1: '4.0'"),
        (f"{FACS}/{PEAK}_facs.txt", "4.5 1.0", "action units 4.5"),
        (f"{FACS}/{PEAK}_facs.txt", "nan 1.0", "line 1: 'nan 1.0'"),
        (f"{LANDMARKS}/{PEAK}_landmarks.txt", "1.0 2.0\n" * 67, "67 landmarks"),
        (f"{LANDMARKS}/S005_001_00000099_landmarks.txt", "1.0 2.0\n" * 68, "1 frames without a picture"),
    ],
)
def test_ck_plus_labels_and_landmarks_that_are_wrong_are_one_error_each(copy, path, text, message):
    root = copy(CKPlus)
    (root / path).write_text(text)
    trials = iter(CKPlus(root))
    with pytest.raises(InputError, match=message) as error:
        next(trials)
    assert "S005_001" in error.value.where
    assert len(list(trials)) == 29


def test_ck_plus_refuses_a_sequence_that_lost_its_peak(copy):
    root = copy(CKPlus)
    shutil.rmtree(root / LANDMARKS)
    (root / IMAGES / "S005" / "001" / f"{PEAK}.png").unlink()
    with pytest.raises(InputError, match=r"the (emotion label|FACS file) of frame \d+; the last picture"):
        next(iter(CKPlus(root)))


def test_ck_plus_refuses_a_sequence_of_two_sizes_when_its_frames_are_read(copy):
    root = copy(CKPlus)
    Image.new("L", (32, 32)).save(root / IMAGES / "S005" / "001" / "S005_001_00000002.png")
    with pytest.raises(InputError, match="32 x 32 pixels"):
        list(next(iter(CKPlus(root))).streams["face"].frames())


# CK+48


def test_ck48_trials_are_sequences_of_three_consecutive_frames_of_one_class(fakes):
    dataset = CK48(fakes[CK48])
    trials = list(dataset)
    assert len(trials) == 20
    for trial in trials:
        video = trial.streams["face"]
        assert video.size == (48, 48)
        np.testing.assert_allclose(video.times * 30, [11, 12, 13])
        assert trial.stimulus == f"S{int(trial.subject):03d}_{trial.trial:03d}"
    assert "neutral" not in dataset.task.categories
    assert reasons(dataset) == {"CK+48/.DS_Store": "not a picture of a sequence", "CK+48/neutral": "an empty folder"}


def test_ck48_folder_is_the_category(fakes):
    for trial in (dataset := CK48(fakes[CK48])):
        folder = trial.streams["face"].source.path.parent.name
        name = dataset.task.categories[trial.target.category[0]]
        assert name == {"happy": "happiness"}.get(folder, folder)


def test_ck48_refuses_a_sequence_in_two_classes_or_of_two_pictures(copy):
    root = copy(CK48)
    (path,) = root.rglob("S005_001_00000011.png")
    target = root / "CK+48" / "fear"
    assert path.parent != target
    shutil.move(path, target / path.name)
    with pytest.raises(InputError, match="3 pictures of S005_001 in contempt, fear"):
        next(iter(CK48(root)))
    (target / path.name).unlink()
    with pytest.raises(InputError, match="2 pictures of S005_001"):
        next(iter(CK48(root)))


# JAFFE


def test_jaffe_letters_are_the_subject_and_the_expression(fakes):
    dataset = JAFFE(fakes[JAFFE])
    trials = list(dataset)
    assert Counter(t.subject for t in trials) == {"KA": 14, "KM": 7, "YM": 7}
    for trial in trials:
        assert dataset.task.categories[trial.target.category[0]] == trial.stimulus
        name = trial.streams["face"].source.path.name.split(".")
        assert (name[0], int(name[2])) == (trial.subject, trial.trial)
    assert set(reasons(dataset)) == {".DS_Store", "README"}


def test_jaffe_palettes_are_looked_up(fakes):
    modes = {}
    for trial in JAFFE(fakes[JAFFE]):
        path = trial.streams["face"].source.path
        with Image.open(path) as image:
            modes[path.name] = image.mode
            (picture,) = trial.streams["face"].frames()
            np.testing.assert_array_equal(picture, np.asarray(image.convert("L")))
            if image.mode == "P":
                np.testing.assert_array_equal(picture, 255 - np.asarray(image), "the places are no grays")
    assert {name for name, mode in modes.items() if mode == "P"} == {
        name for name in modes if name.startswith("KM") or name == "KA.AN1.9.tiff"
    }


def test_jaffe_refuses_two_pictures_of_one_number(copy):
    root = copy(JAFFE)
    shutil.copy(root / "KA.AN1.9.tiff", root / "KA.DI1.9.tiff")
    with pytest.raises(InputError, match="each recording once"):
        JAFFE(root)


# Oulu-CASIA


def test_oulu_casia_sessions_are_cameras_in_lights_and_folders_categories(fakes):
    dataset = OuluCASIA(fakes[OuluCASIA])
    trials = list(dataset)
    assert Counter(t.recording for t in trials) == {
        (subject, session): 6 for subject in ("2", "10") for session in ("NI-Strong", "VL-Strong", "VL-Weak")
    }
    for trial in trials:
        assert trial.target.category.tolist() == [trial.trial - 1]
        assert dataset.task.categories[trial.trial - 1] == trial.stimulus
        np.testing.assert_allclose(trial.streams["face"].times * 30, range(9))
    inner = "B_OriginalImg/B_OriginalImg/VL/Strong"
    assert reasons(dataset) == {
        "PreProcess Img": "a folder that holds nothing of the dataset",
        f"{inner}/P010/Fear/Thumbs.db": "not a picture of a take",
        f"{inner}/P011": "a folder that holds nothing of the dataset",
    }


def test_oulu_casia_takes_other_spellings_but_not_two_folders_of_one_expression(copy):
    root = copy(OuluCASIA)
    folder = root / "B_OriginalImg" / "B_OriginalImg" / "VL" / "Weak" / "P002"
    (folder / "Happiness").rename(folder / "Happy")
    assert len(list(OuluCASIA(root))) == 36
    shutil.copytree(folder / "Happy", folder / "happiness")
    with pytest.raises(InputError, match="each recording once"):
        OuluCASIA(root)


def test_oulu_casia_refuses_two_pictures_of_one_number(copy):
    root = copy(OuluCASIA)
    folder = root / "B_OriginalImg" / "B_OriginalImg" / "VL" / "Weak" / "P002" / "Fear"
    shutil.copy(folder / "003.jpeg", folder / "003.jpg")
    with pytest.raises(InputError, match="two pictures of one number"):
        OuluCASIA(root)


# FER2013 and FER+


def test_fer2013_rows_are_trials_of_official_parts_and_nobody_is_named(fakes):
    dataset = FER2013(fakes[FER2013])
    trials = list(dataset)
    assert not dataset.names_subjects
    assert {t.subject for t in trials} == {UNKNOWN_SUBJECT}
    assert [t.part for t in trials] == ["train"] * 14 + ["public test"] * 5 + ["private test"] * 5
    assert all(t.part == t.session for t in trials)
    assert [t.trial for t in trials] == list(range(1, 25))
    assert [int(t.target.category[0]) for t in trials] == [row % 7 for row in range(24)]


def test_fer2013_pictures_are_those_of_the_csv_in_any_order(fakes):
    lines = (fakes[FER2013] / "fer2013.csv").read_text().splitlines()[1:]
    trials = list(FER2013(fakes[FER2013]))
    for row in (23, 0, 11):
        (picture,) = trials[row].streams["face"].frames()
        np.testing.assert_array_equal(picture.ravel(), np.array(lines[row].split(",")[1].split(), int))


def test_fer2013_duplicates_share_their_stimulus_and_pictures_of_one_shade_are_masked(fakes):
    trials = list(FER2013(fakes[FER2013]))
    assert trials[2].stimulus == trials[16].stimulus
    assert trials[2].part != trials[16].part
    assert len({t.stimulus for t in trials}) == 23
    assert [row for row, t in enumerate(trials) if not t.streams["face"].marks.valid.all()] == [5]


def test_fer2013_holds_no_pictures(fakes):
    dataset = FER2013(fakes[FER2013])
    trials = list(dataset)
    assert max(len(pickle.dumps(trial)) for trial in trials) < 48 * 48
    assert len(pickle.dumps(dataset)) < 24 * 200


@pytest.mark.parametrize("outer", ["", "fer2013", "archive/FER-2013"])
def test_fer2013_in_folders_has_the_pictures_labels_and_parts_of_the_table(fakes, tmp_path, outer):
    FER2013.write_fake(tmp_path / "folders", folders=True)
    shutil.copytree(tmp_path / "folders", tmp_path / "copy" / outer)
    (tmp_path / "copy" / outer / "train" / "sad" / "Thumbs.db").write_bytes(b"\xd0\xcf")
    inside = FER2013(tmp_path / "copy")
    table = list(FER2013(fakes[FER2013]))
    numbers = [int(trial.streams["face"].source.path.stem.split("_")[1]) - 10 for trial in inside]
    assert sorted(numbers) == list(range(len(table)))
    assert inside.task == FER2013(fakes[FER2013]).task
    for number, trial in zip(numbers, inside, strict=True):
        known = table[number]
        assert (trial.part, trial.session, trial.subject) == (known.part, known.session, known.subject)
        assert trial.target.category.tolist() == known.target.category.tolist()
        assert trial.streams["face"].marks.valid.tolist() == known.streams["face"].marks.valid.tolist()
        (drawn,), (read,) = (one.streams["face"].frames() for one in (known, trial))
        assert np.abs(drawn.astype(int) - read).mean() < 8, "all that JPEG changed"
    stimuli = Counter(trial.stimulus for trial in inside)
    assert sorted(stimuli.values())[-2:] == [1, 2], "the duplicate in two parts is one stimulus"
    assert [reason for path, reason in reasons(inside).items() if path.endswith("Thumbs.db")] == ["not read"]


def test_fer2013_in_folders_takes_the_folder_for_the_part_where_names_do_not_say_it(tmp_path):
    FER2013.write_fake(tmp_path, folders=True)
    for path in list(tmp_path.glob("*/*/*.jpg")):
        path.rename(path.with_name(path.name.partition("_")[2].replace(".jpg", ".PNG")))
    (tmp_path / "test").rename(tmp_path / "Validation")
    assert Counter(trial.part for trial in FER2013(tmp_path)) == {"train": 14, "validation": 10}


def test_fer2013_in_folders_has_no_votes(tmp_path):
    FER2013.write_fake(tmp_path, folders=True)
    with pytest.raises(InputError, match=r"found pictures in folders; wanted the table, .* leave votes away"):
        FER2013(tmp_path, votes=True)


@pytest.mark.parametrize(
    "header", ["emotion, Usage, pixels", '"emotion","Usage","pixels"', "\ufeffemotion,Usage,pixels"]
)
def test_fer2013_columns_are_found_by_name_whatever_their_order_and_spaces(fakes, tmp_path, header):
    rows = [line.split(",") for line in (fakes[FER2013] / "fer2013.csv").read_text().splitlines()[1:]]
    text = "\r\n".join([header, *(f'{emotion},{usage},"{pixels}"' for emotion, pixels, usage in rows), "", ""])
    (tmp_path / "fer2013").mkdir()
    (tmp_path / "fer2013" / "icml_face_data.csv").write_text(text, newline="")
    assert [content(t) for t in FER2013(tmp_path)] == [content(t) for t in FER2013(fakes[FER2013])]


def test_fer2013_votes_belong_to_rows_whatever_the_numbers_in_the_names(fakes):
    dataset = FER2013(fakes[FER2013], votes=True)
    assert dataset.task.categories == VOTED
    for row, trial in enumerate(dataset):
        category = int(trial.target.category[0])
        if row in (3, 5, 9):
            assert category == -1, "a tie, no face, unknown"
        elif row == 7:
            assert VOTED[category] == "neutral"
        else:
            assert VOTED[category] == CATEGORIES[row % 7]
        assert trial.streams["face"].marks.valid.all() == (row != 5)
    assert reasons(dataset) == {}
    assert reasons(FER2013(fakes[FER2013])) == {"fer2013new.csv": "not asked for"}


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda lines: lines[:-1], "23 rows; wanted 24"),
        (lambda lines: [lines[0], *lines[2:], lines[1]], r"csv:15: found Usage 'PublicTest'; wanted 'Training'"),
        (lambda lines: [lines[0].replace("NF", "X"), *lines[1:]], "no column NF"),
        (lambda lines: [lines[0], lines[1].replace(",7,", ",x,"), *lines[2:]], r"csv:2: found invalid literal"),
    ],
    ids=["a row less", "shifted", "a column less", "no number"],
)
def test_fer2013_votes_that_do_not_fit_are_refused(copy, edit, message):
    path = copy(FER2013) / "fer2013new.csv"
    path.write_text("\n".join(edit(path.read_text().splitlines())) + "\n")
    with pytest.raises(InputError, match=message):
        list(FER2013(path.parent, votes=True))
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        FER2013(path.parent, votes=True)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda cells: [cells[0], cells[1][:-40], cells[2]], r"\d+ pixels; wanted 2304"),
        (lambda cells: [cells[0], "256" + cells[1][3:], cells[2]], "pixels that are none"),
        (lambda cells: ["7", *cells[1:]], "column emotion: found '7'"),
        (lambda cells: [*cells[:2], "Test"], "Usage 'Test'"),
        (lambda cells: cells[:2], "2 values"),
    ],
    ids=["cut pixels", "a pixel too bright", "another code", "another part", "a value less"],
)
def test_fer2013_names_a_broken_line_and_goes_on_behind_it(copy, edit, message):
    path = copy(FER2013) / "fer2013.csv"
    lines = path.read_text().splitlines()
    lines[1] = ",".join(edit(lines[1].split(",")))
    path.write_text("\n".join(lines) + "\n")
    trials = iter(FER2013(path.parent))
    with pytest.raises(InputError, match=message) as error:
        next(trials)
    assert "fer2013.csv:2" in error.value.where
    assert len(list(trials)) == 23


def test_fer2013_an_empty_emotion_is_a_missing_label_and_a_missing_column_is_refused(copy):
    path = copy(FER2013) / "fer2013.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][1:], *lines[2:]]))
    assert next(iter(FER2013(path.parent))).target.category.tolist() == [-1]
    path.write_text("pixels\n")
    with pytest.raises(InputError, match="no column emotion, usage"):
        FER2013(path.parent)


@pytest.mark.parametrize("reader", [CKPlus, CK48, JAFFE, OuluCASIA])
def test_pictures_are_known_by_their_suffix_in_any_case(copy, reader):
    root = copy(reader)
    before = [content(trial) for trial in reader(root)]
    for path in [path for path in root.rglob("*") if path.suffix in (".png", ".tiff", ".jpeg")]:
        path.rename(path.with_suffix(path.suffix.upper()))
    assert [content(trial) for trial in reader(root)] == before
