"""Values of DICOM elements as files in the wild hold them: absent, empty, several where one is due, or not what they claim."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import SecondaryCaptureImageStorage


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps pydicom's and GDCM's remarks about odd files from the user's terminal: what matters is said in `Cine.warnings`."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    _silence_gdcm()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _silence_gdcm() -> None:
    try:
        from gdcm import Trace
    except ImportError:  # uncompressed files are read without GDCM
        return
    Trace.WarningOff()
    Trace.ErrorOff()


def first_line(error: Exception) -> str:
    """What an error of another library says, short enough to stand in a sentence."""
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".:")


def value(dataset: Dataset, keyword: str) -> Any:
    """The element's value, or None where it is absent, empty or cannot be understood."""
    try:
        found = dataset.get(keyword)
    except Exception:  # pydicom converts on access, and a damaged element can fail there in any of a dozen ways
        return None
    return None if found is None or (hasattr(found, "__len__") and len(found) == 0) else found


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence, or []."""
    found = value(dataset, keyword)
    return list(found) if isinstance(found, Sequence) else []


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """All values as text without padding, or ()."""
    found = value(dataset, keyword)
    many = found if isinstance(found, MultiValue | list | tuple) else () if found is None else (found,)
    return tuple(str(one).strip() for one in many)


def text(dataset: Dataset, keyword: str) -> str:
    """The first value as text, or ""."""
    return next(iter(texts(dataset, keyword)), "")


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """All values as finite numbers, or () where one of them is none."""
    try:
        found = tuple(float(one) for one in texts(dataset, keyword))
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first value as a finite number, or None."""
    return next(iter(numbers(dataset, keyword)), None)


def is_capture(header: Dataset) -> bool:
    """Whether it is a secondary capture: a picture of something, whatever modality it names."""
    return text(header, "SOPClassUID").startswith(SecondaryCaptureImageStorage)


def frame_count(header: Dataset) -> int:
    """NumberOfFrames, at least 1."""
    return max(int(number(header, "NumberOfFrames") or 1), 1)


class Frame(NamedTuple):
    """One frame: its file's header, and its number in that file from 0."""

    header: Dataset
    number: int

    def group(self, sequence: str) -> Dataset:
        """The item of a functional group (PS3.3 C.7.6.16): per frame, else shared, else the header itself."""
        per_frame = items(self.header, "PerFrameFunctionalGroupsSequence")[self.number : self.number + 1]
        for holder in (*per_frame, *items(self.header, "SharedFunctionalGroupsSequence")):
            found = items(holder, sequence)
            if found:
                return found[0]
        return self.header
