"""Which cines can teach, and why others cannot, told before time is spent."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..cine import Cine
from ..errors import UnreadableInput, UnsuitableCine
from ..noise import NoiseAnalysis, analyse
from .clip import clip_of, without_copies
from .examples import FEWEST, refuse_unusable
from .site_cines import Origin, is_denoised

FLUOROSCOPY = {"XA", "RF"}  # two names of one modality
UNKNOWN = ""
COPY = " is a copy of "  # says `dicom.read`, and names the other file
TELLING = 4  # digits; a shorter number tells of nobody, and a reason may need it


@dataclass
class Row:
    """What is known of one cine.

    Attributes:
        label: name of its file, for the user's eyes.
        source: index of the source that it was found in.
        frames, rows, columns: its size, 0 where it could not be read.
        noise: standard deviation at the median level, in stored units.
        usable, why_not: whether it can teach, and the reason if it cannot.
        group: what cines of one patient or series share.
        system: manufacturer, model and protocol, as far as they are known.
        files: its files.
        modality: DICOM's name of it; XA for both kinds of fluoroscopy, "" where it is not known.
    """

    label: str
    source: int
    frames: int = 0
    rows: int = 0
    columns: int = 0
    noise: float | None = None
    usable: bool = False
    why_not: str = ""
    group: str = ""
    system: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    modality: str = UNKNOWN

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    def nameless_reason(self) -> str:
        """`why_not` in words that may be written down: a reason may name the file, and the file its patient."""
        if COPY in self.why_not:
            return f"The file{COPY}another one."
        reason = self.why_not
        names = {self.label, f"{self.label}.npz", *self.files, *(Path(file).name for file in self.files)}
        for name in sorted(names, key=len, reverse=True):
            if len(name) >= TELLING or not name.isdecimal():
                reason = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "the file", reason)
        return reason[:1].upper() + reason[1:]


@dataclass(frozen=True)
class Looked:
    """A row with the cine and its noise, where it can teach."""

    row: Row
    cine: Cine | None = None
    analysis: NoiseAnalysis | None = None


def look_at(origin: Origin, salt: bytes) -> Looked:
    """Reads a cine and measures its noise."""
    row = Row(origin.label, origin.source, why_not=origin.reason, files=[str(file) for file in origin.files])
    if origin.reason:
        return Looked(row)
    try:
        cine = origin.read()
        row.frames, row.rows, row.columns = cine.shape
        row.modality = "XA" if cine.modality in FLUOROSCOPY else cine.modality
        row.group, row.system = origin.group(salt), origin.system()
        _refuse_kind(cine)
        cine = _distinct(cine)
        analysis = analyse(cine)
        row.noise = float(f"{_typical_noise(cine, analysis):.4g}")
        _refuse(cine, analysis)
        _refuse_clip(cine)
    except (UnreadableInput, UnsuitableCine) as error:
        row.why_not = str(error)
        return Looked(row)
    row.usable = True
    return Looked(row, cine, analysis)


def _refuse_kind(cine: Cine) -> None:
    if "slices" in cine.traits:
        raise UnsuitableCine("Its frames are slices; expected a cine, whose frames follow each other in time.")
    if len(cine) == 1:
        raise UnsuitableCine("Found one frame; expected a cine: only a second frame tells noise from fine detail.")
    if is_denoised(cine):
        raise UnsuitableCine("It was denoised by FluoroDenoise before; give the original.")


def _distinct(cine: Cine) -> Cine:
    found = without_copies(cine)
    if len(found) < min(len(cine), FEWEST):
        raise UnsuitableCine(
            f"Found {len(found)} different frames among its {len(cine)}, the others are blank or copies; learning needs at "
            f"least {FEWEST}."
        )
    return found


def _refuse(cine: Cine, analysis: NoiseAnalysis) -> None:
    refuse_unusable(cine, analysis)
    if not analysis.temporal:
        raise UnsuitableCine("Its noise cannot be told from what moves; expected parts that stay in place for some frames.")


def _refuse_clip(cine: Cine) -> None:
    """What is learnt from must be fit for it by itself: the beam may have been off in the middle of a good cine."""
    clip = clip_of(cine)
    if clip.shape == cine.shape:
        return
    try:
        _refuse(clip, analyse(clip))
    except UnsuitableCine as error:
        raise UnsuitableCine(f"Of its middle, which would teach: {error} Give a part of the cine that is fit.") from error


def _typical_noise(cine: Cine, analysis: NoiseAnalysis) -> float:
    level = float(np.median(cine.frames[len(cine) // 2][~analysis.passive]))
    return float(np.interp(level, analysis.law.levels, analysis.law.sigma))


def refuse_useless(rows: list[Row]) -> None:
    """Says why a set of cines cannot teach.

    Raises:
        UnsuitableCine: none is usable, or those that are have several modalities.
    """
    usable = [row for row in rows if row.usable]
    if not usable:
        first = f" The first: {rows[0].nameless_reason()}" if rows else " Give cines."
        raise UnsuitableCine(f"None of the {len(rows)} files and cines can teach.{first}")
    _refuse_mixed(usable)


def _refuse_mixed(usable: list[Row]) -> None:
    """A model learns the images of one modality; what is passed over anyway may have another."""
    counted = Counter(row.modality for row in usable if row.modality != UNKNOWN)
    if len(counted) > 1:
        found = ", ".join(f"{count} {name}" for name, count in sorted(counted.items()))
        raise UnsuitableCine(f"Found {found}; expected cines of one modality, since a model learns one kind. Give only one.")
