"""Which file or folder each denoised cine goes to, settled before any work is done."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OutputNotWritable
from ..provenance import is_output, origin_path

if TYPE_CHECKING:
    from ..dicom.read import Found

DICOM = (".dcm", ".ima", ".dicom")


def check_apart(source: Path, target: Path) -> None:
    """Refuses an output that is the input or lies within it.

    Raises:
        OutputNotWritable: it does.
    """
    inside, outside = target.resolve(), source.resolve()
    same = target.exists() and source.exists() and target.samefile(source)
    if same or inside == outside or (source.is_dir() and outside in inside.parents):
        raise OutputNotWritable(
            f"The output {target.name} is the input or lies within it; originals are never touched. Choose another place."
        )


def settle(found: tuple[Found, ...], source: Path, target: Path) -> list[tuple[Found, Path]]:
    """Each cine with the file (or, for a series of single files, the folder) that it will be written to.

    One cine goes to `target` itself where that is named like a file, or where the cine is a series. Otherwise `target` is a
    folder, in which each keeps its place and the name of its (first) file.

    Raises:
        OutputNotWritable: a folder is needed and `target` is named like a file.
    """
    single = len(found) == 1 and len(found[0].files) == 1
    if named_like_a_file(target) and not single:
        what = f"{len(found)} cines" if len(found) > 1 else f"a series of {len(found[0].files)} files"
        raise OutputNotWritable(
            f"{source.name} holds {what}, and {target.name} is the name of one file. Name a folder as output."
        )
    if named_like_a_file(target) or (len(found) == 1 and not single):
        return [(found[0], target)]
    base = (source if source.is_dir() else source.parent).absolute()  # as the survey's files are
    return list(zip(found, _different([target / _inner_name(each, base) for each in found]), strict=True))


def _inner_name(found: Found, base: Path) -> Path:
    from ..dicom.images import WHOLE

    first = found.files[0].relative_to(base)
    if len(found.files) == 1:
        return first.with_suffix(WHOLE.get(first.suffix.lower(), first.suffix))
    name = first.stem if first.suffix.lower() in DICOM else first.name  # the last part of a UID is no suffix
    return first.with_name(f"{name}-series")


def _different(targets: list[Path]) -> list[Path]:
    """The same places, numbered where two would be one."""
    seen: Counter[Path] = Counter()
    found = []
    for target in targets:
        seen[target] += 1
        found.append(target if seen[target] == 1 else target.with_name(f"{target.name}-{seen[target]}"))
    return found


def named_like_a_file(path: Path) -> bool:
    """Whether a name is that of an image file, not of a folder."""
    from ..dicom.images import is_image_file

    return not path.is_dir() and (path.suffix.lower() in DICOM or is_image_file(path))


def check_free(found: Found, target: Path, overwrite: bool) -> None:
    """Refuses now what could not be written after minutes of work.

    Raises:
        OutputNotWritable: the output exists, is of another kind than the input, or its folder refuses new files.
    """
    _check_kind(found.files[0], target)
    series = len(found.files) > 1
    if series and (target.is_symlink() or os.path.ismount(target) or target.absolute() == Path.cwd()):
        raise OutputNotWritable(
            f"{target.absolute().name or target} is a link, a drive, or the folder you are in; a series needs a new folder. "
            "Name one in it."
        )
    if target.is_dir() and not series:
        raise OutputNotWritable(f"{target.name} is a folder; the output of {found.files[0].name} must be a file.")
    if series and target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise OutputNotWritable(
            f"{target.name} exists already. A series of files needs a new or an empty folder: choose another."
        )
    taken = [path for path in (target, origin_path(target)) if path.is_symlink() or path.is_file()]
    if taken and not overwrite:
        raise OutputNotWritable(
            f"{taken[0].name} exists already. Choose another name, or allow it to be replaced with --overwrite."
        )
    if taken and not is_output(target):
        raise OutputNotWritable(
            f"{taken[0].name} exists already and is not the output of an earlier run, which is all that --overwrite replaces. "
            "Choose another name."
        )
    folder = next(_existing(target))
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise OutputNotWritable(f"{target.name} cannot be written: {folder.name} takes no new files. Choose another folder.")


def _check_kind(source: Path, target: Path) -> None:
    from ..dicom.images import WHOLE

    wanted, named = _kind(source), _kind(target)
    if (ending := target.suffix.lower()) in WHOLE:
        raise OutputNotWritable(
            f"{target.name} would be two files, which cannot be written at once; name the output {WHOLE[ending]} instead."
        )
    if wanted != named:
        raise OutputNotWritable(
            f"{source.name} is {wanted} and {target.name} is named like {named}; the kind must stay the same."
        )


def _kind(path: Path) -> str:
    from ..dicom.images import KINDS

    return next((kind for ending, kind in KINDS.items() if path.name.lower().endswith(ending)), "DICOM")


def _existing(path: Path) -> Iterator[Path]:
    return (folder for folder in path.resolve().parents if folder.exists())
