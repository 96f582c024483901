"""SEED: 15 people, three visits, 15 film clips; EEG of 62 electrodes, and the features shipped with it."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...files.matlab import read_variable
from ...layouts.drawings import SEED_62
from ...streams.electrodes import Electrodes
from ...streams.features import Features
from ...streams.source import FileVersion, Source, file_version
from ...trials.dataset import Dataset, Skipped, read_note
from ...trials.task import Target
from ...trials.trial import Trial
from ..face_folders import check_choice
from .files import (
    FILM_SECONDS,
    FILM_STARTS,
    TASK,
    SeedFile,
    check_sessions,
    film_variable,
    find_folder,
    left_over,
    read_labels,
    visits,
)

BAND_NAMES = ("delta", "theta", "alpha", "beta", "gamma")
RATE = 200.0  # Hz; the files hold none


class _SeedFiles(Dataset):
    """The base of SEED's two readers: folders, identities, labels."""

    folders: tuple[str, ...]
    task = TASK

    def __init__(self, root: str | Path, sessions: Sequence[int] | None = None) -> None:
        super().__init__(root)
        check_sessions(sessions)
        folder = find_folder(self.root, self.folders)
        if folder is None:
            raise self.not_found("no file named like 1_20131027.mat")
        self.folder = folder
        note = read_note(folder)
        self.simulated = bool(note)
        self._seconds = tuple(note.get("film_seconds", FILM_SECONDS))  # a lookalike's films are shorter, and noted
        wanted = {"1", "2", "3"} if sessions is None else {str(session) for session in sessions}
        self._visits = [visit for visit in visits(folder) if visit.session in wanted]
        self._labels = read_labels(folder)

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, session and film; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, product(self._visits, range(1, 16)))

    def skipped(self) -> tuple[Skipped, ...]:
        """Files beside the recordings, and the sessions that are not used."""
        return left_over(self.folder, self._visits)

    def _trial(self, place: tuple[SeedFile, int]) -> Trial:
        visit, film = place
        stream, target = self._stream(visit.path, film), Target.of(self._labels[film - 1])
        return Trial(visit.subject, visit.session, film, str(film), {"eeg": stream}, target=target)

    @abstractmethod
    def _stream(self, path: Path, film: int) -> Electrodes | Features:
        """The stream of one film in the file ``path``."""


class SEED(_SeedFiles):
    """SEED's EEG: 62 electrodes at 200 Hz, 15 trials a visit, labelled negative, neutral or positive.

    A trial is a film. Sample 0 of each variable is dropped, as LibEER does: W seconds are stored as 200 W + 1 samples.
    The session is the rank of a file's date among the subject's files, so with a visit missing the later ones move up.
    Files named by initials carry no subject number: then subjects are numbered by their initials in the alphabet.

    Args:
        root: ``SEED_EEG``, ``Preprocessed_EEG`` or the folder that holds either.
        sessions: Which visits to take, as in ``(1, 2)``; None for all.

    Raises:
        DatasetNotFound: There are no recordings in ``root``.
        InputError: ``label.mat`` is missing or wrong, or a subject has two files of one date. Iterating: a recording
            is cut, lacks a film, or is not as long as the film.

    Source: W.-L. Zheng, B.-L. Lu, IEEE Trans. Autonomous Mental Development 7(3), 2015.
    """

    name = "SEED"
    expects = "Preprocessed_EEG/ with files like 1_20131027.mat and label.mat"
    signs = (r"(SEED_EEG/)?Preprocessed_EEG/\w+_\d{8}\.mat",)
    access = "On request: the BCMI laboratory of Shanghai Jiao Tong University, for a signed licence agreement."
    folders = ("Preprocessed_EEG", "SEED_EEG/Preprocessed_EEG")

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Two subjects, two visits, films of 9 to 11 s; the note beside them states the lengths."""
        from .lookalike import write_recordings

        write_recordings(Path(root), seed)

    def _stream(self, path: Path, film: int) -> Electrodes:
        name, shape = film_variable(path, r".*_eeg(\d{1,2})", film)
        seconds = self._seconds[film - 1]
        _check_shape(path, name, shape, (len(SEED_62), int(RATE) * seconds + 1))
        return Electrodes(
            layout=SEED_62,
            names=SEED_62.sites,
            rate=RATE,
            n_samples=shape[1] - 1,
            read=FilmSamples(path, name),
            source=Source(path, name),
            start=float(FILM_STARTS[film - 1]),
        )


class SEEDFeatures(_SeedFiles):
    """The features shipped with SEED: five bands of 62 electrodes, one slice a second, smoothed over time.

    How far the smoothing looks ahead is documented nowhere (the public reimplementations of the LDS start from the
    trial's mean), so no variant counts as causal. Sessions and subjects as in ``SEED``.

    Args:
        root: ``ExtractedFeatures``, ``ExtractedFeatures_1s`` or the folder that holds either.
        variable: ``de_movingAve``, ``de_LDS``, ``psd_movingAve`` or ``psd_LDS``; the asymmetry features have no
            electrodes.
        sessions: Which visits to take, as in ``(1, 2)``; None for all.

    Raises:
        DatasetNotFound: There are no feature files in ``root``.
        InputError: As ``SEED``; or ``variable`` is another.
    """

    name = "SEED features"
    expects = "ExtractedFeatures/ with files like 1_20131027.mat and label.mat"
    signs = (r"ExtractedFeatures(_1s)?/\w+_\d{8}\.mat",)
    access = "Comes with SEED: see there."
    folders = ("ExtractedFeatures", "ExtractedFeatures_1s")
    variables = ("de_movingAve", "de_LDS", "psd_movingAve", "psd_LDS")

    def __init__(self, root: str | Path, variable: str = "de_movingAve", sessions: Sequence[int] | None = None) -> None:
        check_choice("variable", variable, self.variables)
        super().__init__(root, sessions)
        self.variable = variable

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Two subjects, two visits, all 180 variables, films of 9 to 11 s; the note beside them states the lengths."""
        from .lookalike import write_features

        write_features(Path(root), seed)

    def _stream(self, path: Path, film: int) -> Features:
        name, shape = film_variable(path, rf"{self.variable}(\d{{1,2}})", film)
        seconds = self._seconds[film - 1]
        _check_shape(path, name, shape, (len(SEED_62), seconds, len(BAND_NAMES)))
        return Features(
            layout=SEED_62,
            names=BAND_NAMES,
            n_slices=seconds,
            step=1.0,
            duration=1.0,
            read=FilmFeatures(path, name),
            source=Source(path, name),
            causal=False,
            start=float(FILM_STARTS[film - 1]),
        )


@dataclass(frozen=True)
class FilmSamples:
    """A ``read`` over one variable (62, 200 W + 1) without its first sample."""

    path: Path
    variable: str

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``: (62, stop - start) in microvolts."""
        return _film(self.path, file_version(self.path), self.variable)[:, 1 + start : 1 + stop]


@dataclass(frozen=True)
class FilmFeatures:
    """A ``read`` over one variable (62, W, 5): gives (W, 62, 5)."""

    path: Path
    variable: str

    def __call__(self) -> np.ndarray:
        """All slices: (W, 62, 5) float64."""
        return np.moveaxis(read_variable(self.path, self.variable), 1, 0)


@lru_cache(maxsize=1)  # steps read in blocks; a variable has to be unpacked as a whole
def _film(path: Path, _version: FileVersion, variable: str) -> np.ndarray:
    return read_variable(path, variable)


def _check_shape(path: Path, name: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if found != wanted:
        raise InputError(path, f"{name} {found}", f"{wanted}, the film's length", "copy the file again")
