"""Finds and reads the cines in a file or a folder."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset

from ..cine import Cine
from ..errors import UnreadableInput
from .assemble import assemble
from .elements import Frame, quiet, text
from .header import check_kind, read_header
from .images import is_image_file, read_image
from .series import SORTING, cines
from .stack import Stack
from .timing import moment


@dataclass(frozen=True)
class Found:
    """One cine that was found and not yet decoded: the files of its frames, in order."""

    files: tuple[Path, ...]

    def read(self) -> Cine:
        """Decodes it.

        Raises:
            UnreadableInput: pixels are damaged, in colour, or of several sizes; the message names the file.
        """
        with quiet():
            return read_image(self.files[0]) if is_image_file(self.files[0]) else assemble(Stack.open(self.files))


@dataclass(frozen=True)
class Survey:
    """What a file or folder holds, known from the headers alone.

    Attributes:
        found: the cines, to be read one after the other so that a folder of patients need not fit into memory.
        skipped: why each other file is no cine.
    """

    found: tuple[Found, ...] = ()
    skipped: dict[Path, str] = field(default_factory=dict)

    def why_nothing(self, path: Path) -> str:
        """Why nothing was found in the file or folder that was surveyed."""
        reasons = list(self.skipped.values())
        if path.is_file():
            return reasons[0]
        if not reasons:
            return f"The folder {path.name} is empty; expected DICOM, NIfTI, NRRD, MetaImage, TIFF or .npy files."
        return f"None of the {len(reasons)} files in {path.name} is a cine. The first: {reasons[0]}"


def read_cine(path: str | Path) -> Cine:
    """Reads the one cine in a file or folder.

    Raises:
        UnreadableInput: nothing readable, or more than one cine.
    """
    found = cines_in(path)
    if len(found) > 1:
        raise UnreadableInput(
            f"Found {len(found)} cines in {Path(path).name}; expected one. Give one file, or read them all with read_cines."
        )
    return found[0].read()


def read_cines(path: str | Path) -> list[Cine]:
    """Reads every cine in a file or folder (and the folders in it); what is no image is passed over, see `survey`.

    Raises:
        UnreadableInput: nothing readable, or an image is damaged or in colour.
    """
    return [each.read() for each in cines_in(path)]


def cines_in(path: str | Path) -> tuple[Found, ...]:
    """The cines in a file or folder (and the folders in it), not read yet.

    Raises:
        UnreadableInput: there are none.
    """
    what = survey(path)
    if not what.found:
        raise UnreadableInput(what.why_nothing(Path(path)))
    return what.found


def survey(path: str | Path) -> Survey:
    """Looks for cines in a file or folder (and the folders in it) without decoding them.

    Raises:
        UnreadableInput: there is no such file or folder.
    """
    path = Path(path).absolute()  # a cine must find its sources again from wherever it is written
    if not path.exists():
        raise UnreadableInput(f"{path} does not exist; expected a file or a folder. Check the path.")
    return survey_files(_files(path))


def survey_files(files: Iterable[Path]) -> Survey:
    """Looks for cines among files without decoding them."""
    headers: dict[Path, Dataset] = {}
    images: list[Path] = []
    skipped: dict[Path, str] = {}
    with quiet():
        for file in files:
            try:
                _sort_in(file, headers, images)
            except UnreadableInput as error:
                skipped[file] = str(error)
        found = [(file,) for file in images] + cines(_without_copies(headers, skipped))
    return Survey(tuple(Found(files) for files in sorted(found)), skipped)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden:
            yield file


def _sort_in(file: Path, headers: dict[Path, Dataset], images: list[Path]) -> None:
    if is_image_file(file):
        images.append(file)
        return
    header = read_header(file, SORTING)
    check_kind(file, header)
    headers[file] = header


def _without_copies(headers: dict[Path, Dataset], skipped: dict[Path, str]) -> dict[Path, Dataset]:
    """The same instance twice in a folder would stand twice in its cine. The longest file is kept: others may be cut short.

    Frames that some exporter gave one name are told apart by their numbers and times.
    """
    kept: dict[Hashable, Path] = {}
    for file in sorted(headers, key=lambda file: -file.stat().st_size):  # a stable sort: of equals, the first is kept
        original = kept.setdefault(_identity(file, headers[file]), file)
        if original is not file:
            shorter = file.stat().st_size < original.stat().st_size
            skipped[file] = f"{file.name} is a copy of {original.name}{', but shorter' if shorter else ''}."
    return {file: header for file, header in headers.items() if file not in skipped}


def _identity(file: Path, header: Dataset) -> Hashable:
    uid = text(header, "SOPInstanceUID")
    return (uid, text(header, "InstanceNumber"), moment(Frame(header, 0))) if uid else file
