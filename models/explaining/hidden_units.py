"""What the recurrent units of a network follow: their states, what these correlate with, and a map of them.

For the question of arXiv 1910.05784, how categories and valence-arousal meet inside of one network; the statistics are
our own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import torch

from ...preprocessing import AnyWindows
from ...signals import InputError, Task
from ..backbones.backbone import Backbone
from ..backbones.cnn_rnn import CNNRNN
from ..backbones.gru import GRU
from ..backbones.strnn.strnn import STRNN
from ..joins.join import masked
from ..learning.checkpoint import TrainedModel
from .explainer import at_rest, batches, fitting

_FEWEST_POINTS = 10
"""Windows that a map of states needs."""


@dataclass(frozen=True, eq=False)
class HiddenStates:
    """H recurrent units at the last valid slice of N windows, and the truth about these.

    The last slice is where the truth of a window stands, and there units that read forwards have seen all of it. Units
    that read backwards have seen that one slice only.

    Attributes:
        states: (N, H).
        names: H names.
        category: (N,) index into ``task.categories``, -1 for missing.
        dimensions: (N, D), NaN for missing.
        units: (N, U), NaN for missing.
        subject: (N,) whose each window is.
        trial: (N,) index of its trial in the cache.
        learned: (N,) whether the network has learned from the window's trial.
        windows: (N,) number of each among the windows asked about; those without a valid slice are left out.
        task: Names of the truth's parts.
        origin: Which model and which dataset, in words.
    """

    states: np.ndarray
    names: tuple[str, ...]
    category: np.ndarray
    dimensions: np.ndarray
    units: np.ndarray
    subject: np.ndarray
    trial: np.ndarray
    learned: np.ndarray
    windows: np.ndarray
    task: Task
    origin: str

    def __len__(self) -> int:
        return len(self.states)

    def take(self, which: np.ndarray) -> "HiddenStates":
        """Some of these windows."""
        rows = ("states", "category", "dimensions", "units", "subject", "trial", "learned", "windows")
        return replace(self, **{name: getattr(self, name)[which] for name in rows})

    @property
    def told(self) -> str:
        """Description of the states: their origin, their number, and whether the network knew them."""
        known = int(self.learned.sum())
        whose = "all held out" if not known else f"{known} of them of trials that it learned from"
        return f"{self.origin}: {len(self)} windows of {len(set(self.subject))} people, {whose}"

    def targets(self) -> dict[str, np.ndarray]:
        """The truth as one column (N,) by name: dimensions, each category against all others, units; NaN missing."""
        missing = np.where(self.category < 0, np.nan, 0.0)
        columns = dict(zip(self.task.dimensions, np.asarray(self.dimensions, float).T, strict=True))
        columns |= {name: missing + (self.category == k) for k, name in enumerate(self.task.categories)}
        return columns | dict(zip(self.task.units, np.asarray(self.units, float).T, strict=True))


def hidden_states(trained: TrainedModel, windows: AnyWindows, series: str = "") -> HiddenStates:
    """The states of a network's recurrent units at the last valid slice of each window.

    Args:
        trained: The model: ``as_trained_model(learner, cache)`` or ``load_model(folder)``.
        windows: Windows of one series or of several; of people that the model has not learned from.
        series: Whose network; may be left out where there is one.

    Raises:
        InputError: The network has no recurrent units, the series is not the model's, or the windows do not fit.
    """
    by_series = fitting(trained.model, windows)
    name = _network_name(trained, series, tuple(by_series))
    network = trained.model.backbones[name]
    blocks, valid = [], by_series[name].valid()
    with at_rest(trained.model), torch.no_grad():
        for batch in batches(trained.model, trained.scaling, {name: by_series[name]}):
            blocks.append(network.slices(masked(batch.x[name], batch.mask[name]), batch.mask[name]).cpu().numpy())
    there = np.flatnonzero(valid.any(axis=1))
    last = valid.shape[1] - 1 - valid[:, ::-1].argmax(axis=1)
    every = np.concatenate(blocks)
    return HiddenStates(
        states=every[there, last[there]].astype(np.float64),
        names=_names(network, every.shape[2]),
        category=windows.category[there],
        dimensions=windows.dimensions[there],
        units=windows.units[there],
        subject=windows.columns["subject"][there].astype(str),
        trial=windows.trials[there],
        learned=trained.facts.learned(windows.columns)[there],
        windows=there,
        task=windows.cache.task,
        origin=_origin(trained, windows),
    )


def alike(states: HiddenStates, labels: np.ndarray, count: int = 10) -> tuple[float, float]:
    """The share of neighbours among the states with the same label, such as the subject or the category.

    Neighbours are looked for among the states themselves, not in a picture of them, and in other trials only: windows
    of one trial are alike in everything.

    Args:
        states: N windows.
        labels: (N,); windows with a negative number are left out.
        count: Neighbours of each window.

    Returns:
        The share of neighbours with the same label, and what it would be were neighbours drawn; NaN where no window
        has a window of another trial beside it.
    """
    known = np.flatnonzero(labels >= 0) if labels.dtype.kind in "if" else np.arange(len(labels))
    x, labels, trial = states.states[known], labels[known], states.trial[known]
    shares, chances = [], []
    for k in range(len(known)):
        elsewhere = np.flatnonzero(trial != trial[k])
        if len(elsewhere):
            off = ((x[elsewhere] - x[k]) ** 2).sum(axis=1)
            near = elsewhere[np.argsort(off, kind="stable")[:count]]
            shares.append((labels[near] == labels[k]).mean())
            chances.append((labels[elsewhere] == labels[k]).mean())
    return (float(np.mean(shares)), float(np.mean(chances))) if shares else (float("nan"), float("nan"))


def embedding(states: HiddenStates, method: str = "tsne", seed: int = 0) -> np.ndarray:
    """The states laid out in a plane so that neighbours stay neighbours, (N, 2); its axes and distances mean nothing.

    Args:
        states: What is laid out.
        method: ``"tsne"`` (van der Maaten & Hinton 2008, by scikit-learn); ``"umap"`` where umap-learn is installed.
        seed: Equal seeds give equal maps.

    Raises:
        InputError: There is no such method, it is not installed, or there are too few windows.
    """
    if method not in EMBEDDINGS:
        raise InputError(f"method {method!r}", "no such name", f"one of {', '.join(EMBEDDINGS)}")
    if len(states) < _FEWEST_POINTS:
        raise InputError("embedding", f"{len(states)} windows", f"{_FEWEST_POINTS} or more", "give more windows")
    return EMBEDDINGS[method](states.states, seed)


def _tsne(states: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(states) - 1) / 3)
    return np.asarray(TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(states))


def _umap(states: np.ndarray, seed: int) -> np.ndarray:
    if find_spec("umap") is None:
        raise InputError("umap", "no umap-learn here", "the package", "pip install umap-learn, or take tsne")
    reducer = import_module("umap").UMAP(random_state=seed)
    return np.asarray(reducer.fit_transform(states))


EMBEDDINGS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {"tsne": _tsne, "umap": _umap}
"""Ways to lay states out in a plane, by name."""


def _network_name(trained: TrainedModel, series: str, available: tuple[str, ...]) -> str:
    """The series whose network has the units."""
    networks = [name for name in trained.model.backbones if name in available]
    if not networks:
        found = f"{trained.facts.model}, which joins volumes before any network of one series"
        raise InputError("hidden_states", found, "a network for each series", "train STRNN or CNNRNN on one series")
    if series not in networks and (series or len(networks) > 1):
        raise InputError("hidden_states", f"series {series!r}", f"one of {', '.join(networks)}", "name one")
    name = series or networks[0]
    if not is_recurrent(trained.model.backbones[name]):
        found = f"{trained.facts.model}, whose network of {name} has no recurrent units over time"
        raise InputError("hidden_states", found, "STRNN, GRU or CNNRNN with a cell", "train one of these")
    return name


def is_recurrent(network: Backbone) -> bool:
    """True where a network's output for each slice is the state of recurrent units, as far as that can be known."""
    if isinstance(network, STRNN):
        return network.temporal is not None
    if isinstance(network, CNNRNN):
        return len(network.recurrence.layers) > 0
    return network.slice_width > 0


def _names(network: Backbone, count: int) -> tuple[str, ...]:
    """``forward 1`` ... and ``backward 1`` ... where a network reads both ways and its halves are known."""
    both = isinstance(network, STRNN | GRU)
    if isinstance(network, CNNRNN):
        both = bool(getattr(network.recurrence.layers[-1], "bidirectional", False))
    if not both:
        return tuple(f"unit {k + 1}" for k in range(count))
    return tuple(f"{way} {k + 1}" for way in ("forward", "backward") for k in range(count // 2))


def _origin(trained: TrainedModel, windows: AnyWindows) -> str:
    simulated = ", simulated" if windows.cache.simulated else ""
    return f"{trained.facts.model} on {windows.cache.dataset}{simulated}"
