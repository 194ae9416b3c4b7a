"""What the stored values mean, and what was done to them: linear, logarithmic, display; lossy, subtracted, enhanced."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom import Dataset

from ..cine import DENOISED
from . import overlays
from .elements import Frame, is_capture, items, number, text, texts
from .lossy import is_lossy

KNOWN = ("LIN", "LOG", "SQRT", "DISP")
SUBTRACTED = {"SUBTRACTED", "SUBTRACTION", "SUB", "DSA", "DIGITAL_SUBTR"}
ENHANCED = {"HIGH_PASS_FILTER", "MULTI_BAND_FLTR"}
GE_IMAGE = (0x0019, "GEMS_DL_IMG_01")


def intensity(frame: Frame) -> str:
    """One of `Cine.intensity`: by modality, else by Pixel Intensity Relationship (PS3.3 C.8.7.1.1.2, C.8.19.6.4).

    A vendor's own term (GE's DRM, ...) is a display value.
    """
    modality = text(frame.header, "Modality")
    if modality == "CT":
        transformed = frame.group("PixelValueTransformationSequence")
        localizer = "LOCALIZER" in texts(frame.header, "ImageType")
        plain = localizer or is_capture(frame.header)
        return "HU" if text(transformed, "RescaleType") in ("", "HU") and not plain else "UNKNOWN"
    if modality == "MR":
        return "MR"
    term = _relationship(frame)
    return term if term in KNOWN else "DISP" if term else "UNKNOWN"


def _relationship(frame: Frame) -> str:
    return text(frame.group("FramePixelDataPropertiesSequence"), "PixelIntensityRelationship").upper()


def findings(frame: Frame) -> Iterator[tuple[str, str]]:
    """Yields (trait or "", sentence) for each thing that changes the noise, or that the user should know."""
    yield from _compression(frame.header)
    yield from _subtraction(frame)
    yield from _display_table(frame)
    yield from _enhancement(frame)
    if any(text(item, "Manufacturer") == "FluoroDenoise" for item in items(frame.header, "ContributingEquipmentSequence")):
        yield "", DENOISED
    if overlays.groups(frame.header):
        yield "overlay", "An overlay is drawn over the frames; it is kept as it is."


def _compression(header: Dataset) -> Iterator[tuple[str, str]]:
    if is_lossy(header):
        ratio = number(header, "LossyImageCompressionRatio")
        amount = f" about {ratio:.0f} to 1" if ratio else ""
        yield "lossy", f"The frames were compressed{amount} with loss, which changes the noise and leaves block edges."


def _subtraction(frame: Frame) -> Iterator[tuple[str, str]]:
    properties = frame.group("FramePixelDataPropertiesSequence")
    terms = {*texts(frame.header, "ImageType"), *texts(properties, "FrameType"), *texts(properties, "ImageProcessingApplied")}
    coded = any(text(code, "CodeValue") == "113062" for code in items(frame.header, "DerivationCodeSequence"))
    if terms & SUBTRACTED or coded or text(frame.header, "AppliedMaskSubtractionFlag") == "YES":
        yield (
            "subtracted",
            "The frames are already subtracted (DSA): their noise is that of two frames, and does not follow the dose.",
        )
    elif items(frame.header, "MaskSubtractionSequence"):
        yield (
            "",
            "The viewer subtracts a mask frame from this cine; mask and frames are denoised alike, before the subtraction.",
        )


def _display_table(frame: Frame) -> Iterator[tuple[str, str]]:
    term = _relationship(frame)
    strength = _ge(frame.header, 0xDD)
    if term not in ("", *KNOWN):
        yield "vendor LUT", f"The values went through the vendor's own display table ({term}): they are not linear in dose."
    elif strength:
        yield (
            "vendor LUT",
            f"The vendor compressed the dynamic range (DRM strength {strength:.2g}): values are not linear in dose.",
        )


def _enhancement(frame: Frame) -> Iterator[tuple[str, str]]:
    properties = frame.group("FramePixelDataPropertiesSequence")
    strength = _ge(frame.header, 0xAB)
    if set(texts(properties, "ImageProcessingApplied")) & ENHANCED:
        yield "edge enhanced", "The system enhanced edges in these frames, and noise with them."
    elif strength:
        yield "edge enhanced", f"The system filtered these frames in space (strength {strength:.0f}), which shapes their noise."


def _ge(header: Dataset, element: int) -> float | None:
    """A number from the private block of GE's angiography systems, if present."""
    try:
        block = header.private_block(*GE_IMAGE)
        return float(block[element].value)
    except (KeyError, TypeError, ValueError):
        return None


def plane(header: Dataset) -> int:
    """1 for the second plane of a biplane acquisition, else 0; DICOM stores each plane as an instance of its own."""
    terms = {*texts(header, "ImageType"), text(header, "PlaneIdentification")}
    return int(bool(terms & {"BIPLANE B", "PLANE B"}))
