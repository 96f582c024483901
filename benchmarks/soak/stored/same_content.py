"""Fingerprints of what was read, equal for equal content: of models, tables, arrays and all that dataclasses hold."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch


def fingerprint(value: Any) -> str:
    """SHA-256 of all that something holds: equal for equal content."""
    digest = hashlib.sha256()
    for piece in _pieces(value):
        digest.update(len(piece).to_bytes(8, "little") + piece)
    return digest.hexdigest()


def _pieces(value: Any) -> Iterator[bytes]:
    if isinstance(value, torch.nn.Module):
        yield type(value).__name__.encode()
        value = dict(value.state_dict())
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
        return
    held = _held(value)
    if held is None:
        yield repr(value).encode()
        return
    yield f"{type(value).__name__} of {len(held)}".encode()
    for one in held:
        yield from _pieces(one)


def _held(value: Any) -> Sequence[Any] | None:
    """What something is made of, names and values in turn; None where it is one piece."""
    if is_dataclass(value) and not isinstance(value, type):
        return [part for entry in fields(value) for part in (entry.name, getattr(value, entry.name))]
    if isinstance(value, Mapping):
        return [part for pair in value.items() for part in pair]
    return value if isinstance(value, list | tuple) else None
