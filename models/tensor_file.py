"""Tensors by name in one file of PyTorch's: nothing in it can run, and none is larger than the file."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..signals import InputError, StoredCorrupt
from ..signals.files.pickle_work import check_work
from ..signals.files.publishing import publish_bytes
from ..signals.regular_file import check_regular

_DO = "train it again"


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors by name into a file, whole or not at all; equal tensors give equal bytes."""
    content = io.BytesIO()  # of a path, the name would be among the bytes
    torch.save(dict(tensors), content)
    publish_bytes(path, content.getbuffer())


def read_tensors(path: Path, wanted: str = "tensors by name", do: str = _DO) -> dict[str, Tensor]:
    """The tensors of a file, by name; nothing in it is run, and no more memory is taken than the file has bytes.

    Args:
        path: The file.
        wanted: What it should be, in words.
        do: The way on where it cannot be read.

    Raises:
        StoredCorrupt: It is damaged, or holds anything else.
    """
    try:
        check_regular(path)
        _check_archive(path)
        tensors: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception as error:  # a damaged pickle raises whatever it likes
        reason = [*str(error).splitlines(), type(error).__name__][0]
        raise StoredCorrupt(path, f"something that is not tensors ({reason[:120]})", wanted, do) from error
    size = path.stat().st_size
    if not isinstance(tensors, dict) or not all(_is_plain(name, value, size) for name, value in tensors.items()):
        raise StoredCorrupt(path, f"a {type(tensors).__name__}", wanted, do)
    return tensors


def check_finite(tensors: Mapping[str, Tensor], path: Path, do: str = _DO) -> None:
    """Refuse weights that are no numbers: whatever they are multiplied with is none either.

    Raises:
        StoredCorrupt: One is NaN or infinite.
    """
    for name, value in tensors.items():
        if not bool(torch.isfinite(value).all()):
            raise StoredCorrupt(path, f"{name[:60]} with values that are no numbers", "finite weights", do)


def _check_archive(path: Path) -> None:
    """Refuse an archive that PyTorch does not write: whose parts are compressed, or whose names take work to read.

    Raises:
        BadZipFile, UnpicklingError, ValueError: It is one.
    """
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if any(part.compress_type != zipfile.ZIP_STORED for part in parts):
            raise ValueError("compressed parts")
        if sum(part.file_size for part in parts) > path.stat().st_size:
            raise ValueError("more bytes announced than there are")
        for part in parts:
            if part.filename.endswith(".pkl"):
                check_work(archive.read(part))


def _is_plain(name: object, value: object, size: int) -> bool:
    """Whether something is a tensor under a name, with its values in the file of that many bytes."""
    if not isinstance(name, str) or not isinstance(value, Tensor):
        return False
    dense = value.layout == torch.strided and value.device.type == "cpu" and not value.is_quantized
    return dense and value.nbytes <= size
