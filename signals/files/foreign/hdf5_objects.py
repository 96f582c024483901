"""Objects of foreign HDF5 files: their own plain arrays only, no larger than the file is worth, nothing elsewhere."""

from pathlib import Path
from typing import Any

from ...errors import InputError
from ...regular_file import check_regular
from .mat_elements import most_inflated

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_STARTS = (0, 512, 1024, 2048)
"""Where the signature may stand, behind bytes of whoever wrote the file: MATLAB's are 512."""

_MOST, _DEEPEST = 200_000, 32
"""Objects of a file, and levels of groups in groups."""


def is_hdf5(path: Path) -> bool:
    """Whether a file is HDF5; a folder is none."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_STARTS[-1] + len(_SIGNATURE))
    return any(head[start:].startswith(_SIGNATURE) for start in _STARTS)


def check_objects(path: Path) -> None:
    """Look at all objects of an HDF5 file: call it in a process with limits, as HDF5 may hang or fall on broken ones.

    Raises:
        InputError: One lies elsewhere (a link, external storage, a virtual data set), is larger than the file can be
            worth, or there are too many.
        OSError, RuntimeError, ValueError: HDF5 cannot read it.
    """
    import h5py

    check_regular(path)
    with h5py.File(path, "r") as file:
        level, seen, size = [file.id], set[int](), 0
        for _ in range(_DEEPEST):
            deeper = []
            for group in level:
                for name in group:
                    child = _own(path, group, name)
                    place = h5py.h5o.get_info(child).addr
                    if place in seen:
                        continue
                    seen.add(place)
                    if isinstance(child, h5py.h5g.GroupID):
                        deeper.append(child)
                    elif isinstance(child, h5py.h5d.DatasetID):
                        size += _size(path, child)
            level = deeper
            if len(seen) > _MOST or size > most_inflated(path.stat().st_size):
                raise _refused(path, f"{len(seen):,} objects of {size:,} bytes")
        if level:
            raise _refused(path, f"more than {_DEEPEST} levels of groups")


def _own(path: Path, group: Any, name: bytes) -> Any:
    from h5py import h5l, h5o

    if group.links.get_info(name).type != h5l.TYPE_HARD:
        raise _refused(path, f"a link to another place ({name[:60]!r})")
    return h5o.open(group, name)


def _size(path: Path, stored: Any) -> int:
    from h5py import h5d, h5z

    settings = stored.get_create_plist()
    if settings.get_layout() == h5d.VIRTUAL or settings.get_external_count():
        raise _refused(path, "a data set whose values are elsewhere")
    usual = (h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32)
    if any(settings.get_filter(number)[0] not in usual for number in range(settings.get_nfilters())):
        raise _refused(path, "a data set that is compressed as MATLAB does not")
    count = 1
    for length in stored.shape:
        count *= length
    return count * int(stored.get_type().get_size())


def _refused(path: Path, found: str) -> InputError:
    return InputError(path, found, "plain arrays in the file itself, as MATLAB writes them", "save it again, or as EDF")
