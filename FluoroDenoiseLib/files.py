"""Files written whole or not at all: a temporary file in the same folder takes the name only when it is complete."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import OutputNotWritable

REASONS = {
    errno.ENOSPC: "the disk is full. Free some space, or choose another disk",
    errno.EDQUOT: "your disk quota is used up. Free some space, or choose another disk",
    errno.EFBIG: "the file is larger than this disk or your limit allows. Choose another disk",
    errno.EACCES: "you have no permission to write there. Choose another folder",
    errno.EPERM: "you have no permission to write there. Choose another folder",
    errno.EROFS: "the disk is read-only. Choose another folder",
    errno.ENOENT: "the folder does not exist. Make it first, or choose another",
    errno.ENOTDIR: "a part of its path is a file, not a folder. Choose another folder",
    errno.EEXIST: "a file of that name is there already. Choose another name",
    errno.EISDIR: "it is a folder, where a file was expected. Choose another name",
    errno.ENAMETOOLONG: "its name is too long. Choose a shorter one",
}


def write_whole(path: str | Path, write: Callable[[BinaryIO], None], overwrite: bool = False) -> None:
    """Writes a file by `write(binary stream)`; the file appears complete, or nothing changes.

    Raises:
        OutputNotWritable: the file exists and may not be overwritten, or the disk refused it (full, read-only, ...).
    """
    with whole_file(path, overwrite) as partial, partial.open("wb") as stream:
        write(stream)


@contextmanager
def whole_file(path: str | Path, overwrite: bool = False) -> Iterator[Path]:
    """Gives a path with the same suffixes in the same folder, for writers that want a name; it becomes `path` at the end.

    Raises:
        OutputNotWritable: as `write_whole`.
    """
    path = Path(path)
    with _explained(path), _removed_on_failure(_partial(path)) as partial:
        _refuse_existing(path, overwrite)
        # Made by open, not by mkstemp, so that the file gets the permissions that the user's umask gives to new files.
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield partial
        _to_disk(partial)
        _refuse_existing(path, overwrite)
        partial.replace(path)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Gives an empty folder beside `path`; it becomes `path` (new, or empty until now) at the end, with all its files.

    Raises:
        OutputNotWritable: the folder exists with something in it, or the disk refused it.
    """
    path = Path(path)
    with _explained(path), _removed_on_failure(_partial(path)) as partial:
        _refuse_filled(path)
        partial.mkdir()
        yield partial
        for file in (file for file in partial.rglob("*") if file.is_file()):
            _to_disk(file)
        _refuse_filled(path)
        if path.exists():
            path.rmdir()
        partial.replace(path)


def append_text(path: str | Path, text: str) -> None:
    """Appends to a file, which is made if need be; all of the text, or none.

    Raises:
        OutputNotWritable: the disk refused it.
    """
    path, content = Path(path), text.encode()
    with _explained(path), path.open("ab", buffering=0) as stream:
        end = stream.tell()
        try:
            while content:
                content = content[stream.write(content) :]
        except OSError:
            with suppress(OSError):
                stream.truncate(end)
            raise


@contextmanager
def made_folders(path: str | Path) -> Iterator[None]:
    """Makes a folder and those above it where they are missing; those it made go again if what follows fails.

    Raises:
        OutputNotWritable: they cannot be made.
    """
    path = Path(path)
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    with _explained(path):
        path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in missing:
            with suppress(OSError):  # somebody else may have put something there meanwhile
                folder.rmdir()
        raise


def check_writable(folder: str | Path) -> None:
    """Makes a folder where it is missing and tries a file in it, before hours are spent on what goes there.

    Raises:
        OutputNotWritable: either cannot be done.
    """
    folder = Path(folder).absolute()  # "." has no name to tell
    trial = _partial(folder / "trial")
    with made_folders(folder), _explained(folder), _removed_on_failure(trial):
        os.close(os.open(trial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        trial.unlink()


def _partial(path: Path) -> Path:
    """A new hidden name; the suffixes stay, in small letters, since many writers choose their format by them."""
    return path.parent / f".partial-{secrets.token_hex(6)}{''.join(path.suffixes[-2:]).lower()}"


@contextmanager
def _removed_on_failure(partial: Path) -> Iterator[Path]:
    try:
        yield partial
    except BaseException:
        if partial.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            _remove(partial)
        raise


def _remove(partial: Path) -> None:
    with suppress(OSError):  # the folder itself may be gone or locked: the first error is the one to tell
        partial.unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = REASONS.get(error.errno, f"{(error.strerror or str(error)).lower()}. Choose another place")
        raise OutputNotWritable(f"{path.name} could not be written: {reason}; nothing partial was left.") from error


def _refuse_existing(path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a directory", str(path))
    if not overwrite and os.path.lexists(path):
        raise OutputNotWritable(f"{path.name} exists already. Choose another name, or allow it to be overwritten.")


def _refuse_filled(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise OutputNotWritable(f"{path.name} is a file, where a folder was expected. Choose another name.")
    if path.exists() and any(path.iterdir()):
        raise OutputNotWritable(f"The folder {path.name} holds other files already. Choose a new or an empty folder.")


def _to_disk(file: Path) -> None:
    with file.open("r+b") as stream:
        os.fsync(stream.fileno())
