"""Workers for recordings: this process, others beside it, or a Dask cluster."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...signals import Features, InputError, Trial
from ...signals.files.publishing import sweep
from .processes import NamedCall, in_processes
from .progress import progress_bar
from .recording_build import BuiltRecording, RecordingBuild, build

_PATIENCE = 10.0
"""Seconds in which a scheduler must answer."""

Watch = Callable[[BuiltRecording], None]
"""Called with the outcome of each recording, as soon as it is known."""

Run = Callable[[Sequence[NamedCall]], Iterable[Any]]
"""Runs delayed calls, each with what it works on, and gives their results as they come."""


@dataclass(frozen=True)
class Workers:
    """Processes or cluster that do the work.

    Args:
        jobs: Processes on this machine; -1 for one a processor.
        cluster: Address of a Dask scheduler to use instead.

    Raises:
        InputError: ``jobs`` is out of range, or set beside a cluster, where it would have no effect.
    """

    jobs: int = 1
    cluster: str | None = None

    @property
    def at_a_time(self) -> int:
        """How many calls are worked on side by side here; of a cluster nobody knows, so it counts as one."""
        from joblib import effective_n_jobs

        return 1 if self.cluster else int(effective_n_jobs(self.jobs))

    def __post_init__(self) -> None:
        if self.jobs < -1 or self.jobs == 0:
            raise InputError("jobs", str(self.jobs), "1 or more, or -1 for one a processor")
        if self.cluster and self.jobs != 1:
            raise InputError("jobs", f"{self.jobs} beside a cluster", "one of the two", "the cluster has its own count")


def build_all(
    plan: RecordingBuild, recordings: Sequence[Sequence[Trial]], workers: Workers, watch: Watch | None
) -> list[BuiltRecording]:
    """The outcomes of the work on all recordings, in their order.

    Raises:
        InputError: No scheduler answers, or the disk is full.
    """
    from joblib import delayed

    outcomes: dict[int, BuiltRecording] = {}
    try:
        with backend(workers) as run, progress_bar("preprocessing", sum(map(seconds, recordings))) as advance:
            calls = [
                (f"recording {', '.join(trials[0].recording)}", delayed(_numbered)(plan, i, trials))
                for i, trials in enumerate(recordings)
            ]
            for i, outcome in run(calls):
                outcomes[i] = outcome
                advance(seconds(recordings[i]), stored=outcome.kept)
                if watch:
                    watch(outcome)
    finally:
        sweep(plan.folder)  # workers that were stopped leave files half written
    return [outcomes[i] for i in range(len(recordings))]


def seconds(trials: Sequence[Trial]) -> float:
    """The duration of these trials, summed over their streams."""
    total = 0.0
    for trial in trials:
        for stream in trial.streams.values():
            total += stream.seconds if isinstance(stream, Features) else stream.duration
    return total


def _numbered(plan: RecordingBuild, number: int, trials: Sequence[Trial]) -> tuple[int, BuiltRecording]:
    return number, build(plan, trials)  # outcomes come as they are done, in any order


@contextmanager
def backend(workers: Workers) -> Iterator[Run]:
    """The function that runs delayed calls where they are wanted, and gives their results as they come."""
    from joblib import Parallel, parallel_config

    if workers.cluster is None:
        with warnings.catch_warnings():  # it comes whenever an idle or large worker is replaced, which loses nothing
            warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
            yield partial(in_processes, workers.jobs)
        return
    with _client(workers.cluster) as client, parallel_config(backend="dask"):
        _check_size(workers.cluster, client)
        yield lambda calls: Parallel(n_jobs=-1)(call for _, call in calls)


def _check_size(address: str, client: Any) -> None:
    """Refuse a cluster that joblib would leave idle: with one thread it works through the jobs here instead."""
    threads = sum(client.ncores().values())
    if threads < 2:
        raise InputError(f"cluster {address}", f"{threads} thread(s) in all", "two or more", "start more workers there")


def _client(address: str) -> AbstractContextManager[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            f"cluster {address}", "no dask here", "dask with distributed", "pip install 'emoscan[cluster]'"
        ) from error
    try:
        client: AbstractContextManager[Any] = Client(address, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
        return client
    except (OSError, ValueError) as error:
        raise InputError(
            f"cluster {address}", f"no answer ({error})", "a Dask scheduler such as tcp://host:8786", "start one there"
        ) from error
