"""Arrays that two processes share: memory-mapped .npy files in a folder that only this user can enter.

They hold patients' images, so their names leave the disk as early as the system permits: on POSIX as soon as both sides
have mapped them (the memory then lives as long as the maps), on Windows when the last map is closed.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..errors import OutputNotWritable
from ..npy import write_npy

ZEROS = bytes(1 << 22)


def private_folder() -> Path:
    """A new folder of mode 0700 in the system's place for temporary files."""
    return Path(tempfile.mkdtemp(prefix="fluorodenoise-"))


def create(folder: Path, name: str, shape: tuple[int, ...], dtype: np.dtype | type) -> np.memmap:
    """A new array of zeros; all its space is claimed now, since a full disk would kill a process that writes to a map.

    Raises:
        OutputNotWritable: the disk has no room for it.
    """
    path = folder / f"{name}.npy"
    with _room_for(shape, dtype):
        array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
        _claim(path, array.offset)
    return array


def share(folder: Path, name: str, array: np.ndarray) -> Iterator[None]:
    """Copies an array of at least one dimension slice by slice, pausing after each.

    Raises:
        OutputNotWritable: the disk has no room for it.
    """
    # Written, not copied into a map: a first touch of each mapped page takes four times as long.
    with _room_for(array.shape, array.dtype), (folder / f"{name}.npy").open("wb") as stream:
        yield from write_npy(stream, array)


def attach(folder: Path, name: str, writable: bool = False) -> np.memmap | None:
    """Maps an array that the other side made, or None where there is none of that name."""
    path = folder / f"{name}.npy"
    return np.load(path, mmap_mode="r+" if writable else "r", allow_pickle=False) if path.exists() else None


def forget(folder: Path) -> None:
    """Takes a folder and its files off the disk; what is mapped stays readable (POSIX), or stays as it is (Windows)."""
    shutil.rmtree(folder, ignore_errors=True)


def forget_with(array: np.memmap, folder: Path) -> None:
    """Forgets now, and once more when nothing uses the array any longer (Windows cannot remove a mapped file)."""
    forget(folder)
    if folder.exists():
        weakref.finalize(array.base, forget, folder)  # the map itself: it outlives the array that was made of it


def _claim(path: Path, header: int) -> None:
    with path.open("r+b") as stream:
        size = os.fstat(stream.fileno()).st_size
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(stream.fileno(), 0, size)
            return
        stream.seek(header)
        while stream.tell() < size:
            stream.write(ZEROS[: size - stream.tell()])


@contextmanager
def _room_for(shape: tuple[int, ...], dtype: np.dtype | type) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        megabytes = math.prod(shape) * np.dtype(dtype).itemsize / 1e6
        raise OutputNotWritable(
            f"The folder for temporary files ({tempfile.gettempdir()}) has no room for {megabytes:.0f} MB of frames. Free "
            "some space, or point TMPDIR to another disk."
        ) from error
