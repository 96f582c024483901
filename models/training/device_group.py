"""Devices that train one network together: a process for each, and what the first of them returns."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
from pytorch_lightning.plugins.environments import LightningEnvironment  # type: ignore[attr-defined]
from pytorch_lightning.utilities.rank_zero import rank_zero_only  # type: ignore[attr-defined]

from ...preprocessing.building.processes import killed, killed_together, started
from ...signals import InputError

T = TypeVar("T")

_LOG_LEVEL = "TORCH_CPP_LOG_LEVEL"


class Place(LightningEnvironment):
    """The place of one process among those that train together, as Lightning asks for it.

    Args:
        number: Of this process and its device, from 0.
        count: Of all.
        meeting: A file through which they find each other; all are on one machine.
        threads: Of torch in each.
    """

    def __init__(self, number: int, count: int, meeting: Path, threads: int) -> None:
        super().__init__()
        self.number, self.count, self.meeting, self.threads = number, count, meeting, threads

    @property
    def creates_processes_externally(self) -> bool:
        """True: Lightning would start the whole command again."""
        return True

    def local_rank(self) -> int:
        """The number among the processes of this machine."""
        return self.number

    def node_rank(self) -> int:
        """The number of this machine: it is the only one."""
        return 0

    @contextmanager
    def joined(self, device: torch.device) -> Iterator[None]:
        """Meet the others, and part at the end: the process may then do other work."""
        threads = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        torch.distributed.init_process_group(
            "nccl" if device.type == "cuda" else "gloo",
            init_method=self.meeting.as_uri(),
            rank=self.number,
            world_size=self.count,
        )
        try:
            yield
        finally:
            torch.distributed.destroy_process_group()
            rank_zero_only.rank = 0  # type: ignore[attr-defined]
            torch.set_num_threads(threads)


def trained_together(train: Callable[[Place], T], count: int) -> T:
    """What ``train`` returns at the first of ``count`` places; it runs at all of them, each in a process of its own.

    The processes stay for the next training. Only they are started, not the command, which goes on here: whatever it
    prints and writes is printed and written once.

    Raises:
        InputError: This process may start no others.
    """
    from joblib import Parallel, delayed, effective_n_jobs, parallel_config

    with parallel_config(backend="loky"):
        if effective_n_jobs(count) != count:
            found = f"{count} devices for one training, in a process that may start no others"
            raise InputError("training", found, "one device, or such a process", "leave --devices or --cluster away")
    threads = max(torch.get_num_threads() // count, 1)
    with tempfile.TemporaryDirectory() as folder, _silent_start():
        places = [Place(number, count, Path(folder) / "meeting", threads) for number in range(count)]
        # all at once, and never two in one process, where the first would wait for the second
        parallel = Parallel(count, backend="loky", batch_size=1, pre_dispatch="all", return_as="generator_unordered")
        try:
            results: dict[int, T] = dict(started(parallel, (delayed(_numbered)(train, place) for place in places)))
        except killed() as error:
            raise killed_together(f"training on {count} devices", error) from error
    return results[0]


@contextmanager
def _silent_start() -> Iterator[None]:
    """Start processes in which torch does not advise on standard error, as that all weights of a network were used."""
    before = os.environ.get(_LOG_LEVEL)
    os.environ[_LOG_LEVEL] = before or "ERROR"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_LOG_LEVEL]


def _numbered(train: Callable[[Place], T], place: Place) -> tuple[int, T | None]:
    """The result with the number of its place; those of all but the first would only be sent to be thrown away."""
    result = train(place)
    return place.number, None if place.number else result
