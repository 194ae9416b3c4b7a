"""A site's cines: where they come from, and how their frames are handed on without a trace of the patient.

A source is a path (a file or a folder), {"files": [...]} (one cine's or one series' files), or {"cine": FILE.npz,
"files": [...]}: frames that `write_cine` wrote, and the files, if any, that say what the frames do not.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from ..cine import DENOISED, Cine
from ..errors import UnreadableInput
from ..files import whole_file
from ..npy import write_npy
from ..steps import Steps, finish
from .sequences import DAMAGED

Source = str | dict[str, Any]
NUMBERS = ("valid_range", "rescale", "pixel_spacing", "slice_spacing")  # one or two of each; None is left out
WORDS = ("intensity", "modality")
ALONE = "?"  # before the group of a cine of which neither patient nor series is known
FOLLOWS = ("StudyInstanceUID", "SeriesInstanceUID", "PatientID")  # read for groups; the last that is there counts


def write_cine(cine: Cine, path: Path) -> None:
    """Writes frames, times and what the values mean, and nothing else of a cine, whole or not at all (OutputNotWritable)."""
    finish(write_cine_steps(cine, path))


def write_cine_steps(cine: Cine, path: Path) -> Steps[None]:
    """`write_cine`, a frame at a step, so that a window can go on meanwhile."""
    with whole_file(path, overwrite=True) as partial, ZipFile(partial, "w", allowZip64=True) as archive:
        for name, array in _facts(cine).items():
            archive.writestr(f"{name}.npy", _npy(np.asarray(array)))
        with archive.open("frames.npy", "w", force_zip64=True) as stream:
            yield from write_npy(stream, cine.frames)


def _facts(cine: Cine) -> dict[str, Any]:
    facts = {name: getattr(cine, name) for name in (*NUMBERS, *WORDS, "frame_time", "inverted", "covered")}
    traits = np.array(sorted(cine.traits), dtype="U")
    return {name: value for name, value in facts.items() if value is not None} | {
        "traits": traits,
        "denoised": bool(cine.record) or is_denoised(cine),
    }


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def read_written(path: Path, name: str = "cine") -> Cine:
    """The cine that `write_cine` wrote (UnreadableInput: absent, damaged, or of another kind)."""
    try:
        with np.load(path, allow_pickle=False) as file:
            facts = {key: file[key] for key in file.files}
            return _cine(facts, name)
    except DAMAGED as error:
        raise UnreadableInput(f"{path.name} is damaged, or not there any more; add the cine again.") from error


def _cine(facts: dict[str, np.ndarray], name: str) -> Cine:
    numbers = {key: _plain(facts[key]) for key in NUMBERS if key in facts}
    if (times := facts.get("frame_time")) is not None:
        numbers["frame_time"] = times if times.ndim else times.item()
    words = {key: str(facts[key]) for key in WORDS}
    rest = {"inverted": bool(facts["inverted"]), "covered": facts.get("covered"), "traits": frozenset(facts["traits"].tolist())}
    record = {"software": "FluoroDenoise"} if bool(facts["denoised"]) else {}
    return Cine(facts["frames"], **numbers, **words, **rest, name=name, record=record)


def _plain(value: np.ndarray) -> Any:
    """A number or a pair."""
    return tuple(value.tolist()) if value.ndim else value.item()


def is_denoised(cine: Cine) -> bool:
    """Whether FluoroDenoise made its frames."""
    return bool(cine.record) or DENOISED in cine.warnings


@dataclass(frozen=True)
class Origin:
    """A cine that can be read, or the reason why it cannot.

    Attributes:
        source: index of the source that it was found in.
        label: name of its file; for the user's eyes, never written down.
        files: of the cine, as far as there are any.
        written: the file that `write_cine` made, or None.
        reason: why it is no cine, or "".
    """

    source: int
    label: str
    files: tuple[Path, ...] = ()
    written: Path | None = None
    reason: str = ""

    def read(self) -> Cine:
        """Its frames.

        Raises:
            UnreadableInput: they are damaged, or no cine.
        """
        if self.written is None:
            from ..dicom.read import Found

            return Found(self.files).read()
        from ..dicom.facts import with_facts

        return with_facts(read_written(self.written), self.files)

    def group(self, salt: bytes) -> str:
        """What cines of one patient, else of one series, share: twelve letters that lead back to nobody without the salt.

        Where no header names either, the cine's own, behind `ALONE`.
        """
        follows = self._follows()
        letters = hashlib.sha256(salt + (follows or str(self.written or self.files[0])).encode()).hexdigest()[:12]
        return letters if follows else ALONE + letters

    def _follows(self) -> str:
        """Patient, else series, else study that its header names, or ""."""
        from ..dicom.elements import quiet, text
        from ..dicom.header import read_header

        try:
            with quiet():
                header = read_header(self.files[0], list(FOLLOWS))
        except (UnreadableInput, IndexError):
            return ""
        return next((text(header, keyword) for keyword in reversed(FOLLOWS) if text(header, keyword)), "")

    def system(self) -> dict[str, str]:
        """Manufacturer, model and protocol, as far as its header names them."""
        from ..dicom.system import system_of

        return system_of(self.files[0]) if self.files else {}


def origins(sources: list[Source]) -> list[Origin]:
    """The cines in all sources, and what in them is none, in the order of the sources; only headers are read."""
    return [origin for index, source in enumerate(sources) for origin in _origins_in(index, source)]


def _origins_in(index: int, source: Source) -> Iterator[Origin]:
    if isinstance(source, dict) and "cine" in source:
        yield Origin(index, Path(source["cine"]).stem, _paths(source), Path(source["cine"]))
    elif isinstance(source, str) and source.endswith(".npz"):
        yield Origin(index, Path(source).stem, (), Path(source))
    else:
        yield from _surveyed(index, source)


def _surveyed(index: int, source: Source) -> Iterator[Origin]:
    from ..dicom import survey, survey_files

    try:
        what = survey_files(_paths(source)) if isinstance(source, dict) else survey(source)
    except UnreadableInput as error:
        yield Origin(index, Path(str(source)).name, (Path(str(source)),), reason=str(error))
        return
    yield from (Origin(index, found.files[0].name, found.files) for found in what.found)
    yield from (Origin(index, file.name, (file,), reason=reason) for file, reason in what.skipped.items())
    if isinstance(source, str) and not what.found and not what.skipped:
        yield Origin(index, Path(source).name, (Path(source),), reason="Found no files in the folder; expected cines.")


def _paths(source: dict[str, Any]) -> tuple[Path, ...]:
    return tuple(Path(file) for file in source.get("files", ()))
