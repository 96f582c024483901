"""A *simulated* study as laboratories have them: six people, five kinds of recording, a phone for each face.

Nobody was recorded. Each person saw four films and rated valence and arousal from 1 to 9. The alpha rhythm at the back
of the head and the mouth follow valence, so that there is something to learn.
"""

from fractions import Fraction
from pathlib import Path

import av
import mne
import numpy as np
from scipy.io import savemat

from emoscan.signals import SCALP_19, SCALP_32
from emoscan.signals.datasets.deap.lookalike import write_bdf
from emoscan.signals.datasets.lookalikes.drawn_face import face_picture
from emoscan.signals.datasets.lookalikes.recordings import background, write_note
from emoscan.signals.files.edf import EdfSignal, write_edf

FOLDER = Path("tutorial/mixed_study")
FILMS = {1: 8, 2: 3, 3: 6, 4: 2}  # the valence that most people give
BEGINS, LONG, TOTAL = (1, 6, 11, 16), 4, 21  # seconds
HEADER = "VP;session;trial;stimulus;eeg;face;start;stop;valence;arousal"
SETTINGS = """\
columns: {subject: VP}
layout: common                              # the electrodes that all recordings have
ranges: {valence: [1, 9], arousal: [1, 9]}
recordings:
  s05_raw.fif: {units: uV}                  # its numbers are microvolts, which it calls volts
"""


def eeg(rng, sites, rate, valence):
    """(C, N) microvolts: more alpha at the back the higher the rating of the film that is on."""
    data = background(rng, len(sites), TOTAL * rate, rate)
    back = [site.upper().startswith(("P", "O")) for site in sites]
    for begin, rating in zip(BEGINS, valence, strict=True):
        seconds = np.arange(begin * rate, (begin + LONG) * rate) / rate
        data[np.ix_(back, np.arange(begin * rate, (begin + LONG) * rate))] += 3 * rating * np.sin(20 * np.pi * seconds)
    return data


def write_s01(file, rng, valence):
    """EDF+ of 256 Hz against linked ears; annotations say which film begins."""
    data = eeg(rng, SCALP_19.sites, 256, valence)
    signals = [EdfSignal(f"EEG {site}-LE", row, 256) for site, row in zip(SCALP_19.sites, data, strict=True)]
    write_edf(file, signals, {begin: f"film {film}" for begin, film in zip(BEGINS, FILMS, strict=True)})


def write_s02(file, rng, valence):
    """BDF of 512 Hz: 64 electrodes by BioSemi's own names, two more, triggers in the status channel."""
    sites = mne.channels.make_standard_montage("biosemi64").ch_names
    names = [f"{letter}{number}" for letter in "AB" for number in range(1, 33)]
    data = np.concatenate([eeg(rng, sites, 512, valence), background(rng, 2, TOTAL * 512, 512)])
    codes = np.zeros(TOTAL * 512)
    for begin, film in zip(BEGINS, FILMS, strict=True):
        codes[begin * 512 : begin * 512 + 20] = film
    write_bdf(file, [*names, "EXG1", "EXG2"], data, codes)


def write_s03(file, rng, valence):
    """BrainVision of 500 Hz, 32 electrodes: somebody paused in film 2, so a second segment begins there."""
    data = np.round(eeg(rng, SCALP_32.sites, 500, valence) / 0.1).astype("<i2")
    file.with_suffix(".eeg").write_bytes(np.ascontiguousarray(data.T).tobytes())
    channels = [f"Ch{number}={site},,0.1,µV" for number, site in enumerate(SCALP_32.sites, 1)]
    marks = [(1, "New Segment", ""), (8 * 500 + 101, "New Segment", "")]
    marks += [(begin * 500 + 1, "Stimulus", f"S{film:3}") for begin, film in zip(BEGINS, FILMS, strict=True)]
    lines = [f"Mk{n}={kind},{text},{at},1,0" for n, (at, kind, text) in enumerate(sorted(marks), 1)]
    common = f"[Common Infos]\nCodepage=UTF-8\nDataFile={file.stem}.eeg\n"
    file.write_text(
        f"Brain Vision Data Exchange Header File Version 1.0\n\n{common}MarkerFile={file.stem}.vmrk\n"
        "DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nNumberOfChannels=32\nSamplingInterval=2000\n\n"
        "[Binary Infos]\nBinaryFormat=INT_16\n\n[Channel Infos]\n" + "\n".join(channels) + "\n",
        encoding="utf-8",
    )
    head = f"Brain Vision Data Exchange Marker File, Version 1.0\n\n{common}\n[Marker Infos]\n"
    file.with_suffix(".vmrk").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def write_s04(file, rng, valence):
    """EEGLAB of 250 Hz: a piece was cut out in film 3, which left a boundary."""
    events = [(f"film {film}", begin * 250 + 1.0, 0.0) for begin, film in zip(BEGINS, FILMS, strict=True)]
    events.append(("boundary", 13 * 250 + 0.5, 400.0))
    sites = np.array([(site,) for site in SCALP_19.sites], [("labels", object)])
    data = eeg(rng, SCALP_19.sites, 250, valence).astype(np.float32)
    known = {"nbchan": 19, "trials": 1, "pnts": data.shape[1], "srate": 250.0, "xmin": 0.0, "xmax": TOTAL - 1 / 250}
    table = np.array(events, [("type", object), ("latency", object), ("duration", object)])
    savemat(file, {"EEG": {**known, "setname": file.stem, "chanlocs": sites, "event": table, "data": data}})


def write_s05(file, rng, valence):
    """FIF of 200 Hz with ears and a trigger channel; its numbers are microvolts, where the format has volts."""
    names = [*SCALP_19.sites, "A1", "A2"]
    codes = np.zeros((1, TOTAL * 200))
    for begin, film in zip(BEGINS, FILMS, strict=True):
        codes[0, begin * 200 : begin * 200 + 10] = film
    info = mne.create_info([*names, "STI 014"], 200, ["eeg"] * len(names) + ["stim"])
    data = np.concatenate([eeg(rng, names, 200, valence), codes])
    mne.io.RawArray(data, info, verbose="error").save(file, overwrite=True, verbose="error")


def write_clip(file, rng, valence, rate, turned):
    """A phone's film of the face; turned, its pictures lie on their side and the file says so."""
    shape, ratings = int(rng.integers(1 << 30)), dict(zip(BEGINS, valence, strict=True))
    faces = {}
    for rating in {5, *valence}:
        faces[rating] = face_picture(np.random.default_rng(shape), (120, 96), (rating - 5) / 4)
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"bf": "0"})
        stream.codec_context.time_base = Fraction(1, 90000)
        stream.pix_fmt, (stream.height, stream.width) = "yuv420p", (96, 120) if turned else (120, 96)
        for number in range(round(TOTAL * rate)):
            on = [rating for begin, rating in ratings.items() if begin <= number / rate < begin + LONG]
            face = faces[on[0] if on else 5]
            seen = np.clip(face + rng.normal(0, 3, face.shape), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.rot90(seen).copy() if turned else seen, format="gray")
            frame.pts, frame.time_base = round(90000 * number / rate), Fraction(1, 90000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    if turned:
        film = bytearray(file.read_bytes())
        at = film.index(b"tkhd") + 44  # where an MP4 says how its pictures are shown: by a quarter turn
        film[at : at + 36] = (np.array([0, 1, 0, -1, 0, 0, 0, 0, 1 << 14]) << 16).astype(">i4").tobytes()
        file.write_bytes(film)


PEOPLE = {
    "s01.edf": (write_s01, "note film {}", 29.97),
    "s02.bdf": (write_s02, "trigger {}", 30.01),
    "s03.vhdr": (write_s03, "trigger {}", 29.97),
    "s04.set": (write_s04, "note film {}", 30.01),
    "s05_raw.fif": (write_s05, "trigger {}", 29.97),
    "s06.edf": (write_s01, "note film {}", 30.01),
}
"""What writes each recording, how it says that a film begins, and the rate of the phone beside it."""


def write_study(folder):
    write_note(folder)
    lines = [HEADER]
    for number, (name, (write, start, rate)) in enumerate(PEOPLE.items(), 1):
        rng = np.random.default_rng(number)
        valence = [int(np.clip(usual + rng.integers(-1, 2), 1, 9)) for usual in FILMS.values()]
        write(folder / name, rng, valence)
        write_clip(folder / f"s0{number}.mp4", rng, valence, rate, turned=number == 3)
        for trial, (film, rating) in enumerate(zip(FILMS, valence, strict=True), 1):
            files = f"{name};s0{number}.mp4;{start.format(film)};+{LONG}"
            lines.append(f"s0{number};1;{trial};film {film};{files};{rating};{rng.integers(1, 10)}")
    (folder / "trials.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "trials.yaml").write_text(SETTINGS, encoding="utf-8")


if __name__ == "__main__":
    write_study(FOLDER)
    print(f"simulated: {', '.join(sorted(file.name for file in FOLDER.iterdir()))}")
