"""The header of a derived image: everything of its source but what new pixels make untrue, and how they were made."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from .elements import frame_count, items, number, text, texts

STALE = [
    "SmallestImagePixelValue",
    "LargestImagePixelValue",
    "SmallestPixelValueInSeries",
    "LargestPixelValueInSeries",
    "IconImageSequence",
    "DigitalSignaturesSequence",
    "MACParametersSequence",
    "EncryptedAttributesSequence",
    "PixelDataProviderURL",
    # Somebody's word for the source, not for what is made of it.
    "SOPInstanceStatus",
    "SOPAuthorizationDateTime",
    "SOPAuthorizationComment",
    "AuthorizationEquipmentCertificationNumber",
    "InstanceCreatorUID",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "FloatPixelData",
    "DoubleFloatPixelData",
    "EncapsulatedPixelDataValueTotalLength",
    # What is derived is whole by itself: a viewer would join it to the parts of its source.
    "ConcatenationUID",
    "InConcatenationNumber",
    "InConcatenationTotalNumber",
    "ConcatenationFrameOffsetNumber",
    "SOPInstanceUIDOfConcatenationSource",
]
SMOOTHED = "LOW_PASS_FILTER"  # the nearest of the terms that PS3.3 C.8.19.6.4 knows


@dataclass(frozen=True)
class Derivation:
    """One act of denoising: what every instance that it makes has in common."""

    record: dict[str, Any]
    series: str
    moment: datetime

    @classmethod
    def new(cls, record: dict[str, Any]) -> Derivation:
        """A derivation that begins now, with a series of its own."""
        return cls(record, generate_uid(None), datetime.now())

    @property
    def software(self) -> str:
        """Name and version, as in the record."""
        return str(self.record.get("software", "FluoroDenoise"))

    @property
    def description(self) -> str:
        """What was done, for DerivationDescription (at most 1024 characters)."""
        names = {
            "model": "model",
            "model_sha256": "SHA-256 of its weights",
            "mode": "mode",
            "strength": "strength",
            "region": "only inside",
        }
        details = [f"{name} {self.record[key]}" for key, name in names.items() if key in self.record]
        return "; ".join([f"Noise reduced by {self.software}", *details, "research use only"])[:1024]


def derived_header(source: Dataset, derivation: Derivation) -> Dataset:
    """Turns the source's header into that of its derived image; pixels are appended by the writer.

    Study, patient, frame of reference and times of acquisition stay. PS3.3 C.7.6.1.1.2, C.12.4 and C.7.6.16.2.6.
    """
    reference, evidence = _reference(source), _evidence(source)
    _remove_stale(source)
    _name_anew(source, derivation)
    _mark_derived(source)
    if "PerFrameFunctionalGroupsSequence" in source:
        _describe_frames(source, derivation, reference)
        source.SourceImageEvidenceSequence = [*items(source, "SourceImageEvidenceSequence"), evidence]
    else:
        _describe(source, derivation, [reference])
    _credit(source, derivation)
    return source


def _reference(source: Dataset) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = source.SOPClassUID
    reference.ReferencedSOPInstanceUID = source.SOPInstanceUID
    reference.PurposeOfReferenceCodeSequence = [_code(codes.DCM.SourceImageForImageProcessingOperation)]
    return reference


def _evidence(source: Dataset) -> Dataset:
    """Where the source is found: study, series, instance (PS3.3 table 10-4)."""
    study, series, instance = Dataset(), Dataset(), Dataset()
    instance.ReferencedSOPClassUID, instance.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    series.SeriesInstanceUID, series.ReferencedSOPSequence = text(source, "SeriesInstanceUID"), [instance]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = text(source, "StudyInstanceUID"), [series]
    return study


def _code(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return item


def _remove_stale(header: Dataset) -> None:
    for keyword in STALE:
        if keyword in header:
            delattr(header, keyword)
    for element in [tag for tag in header.keys() if tag.element == 0]:  # noqa: SIM118 (retired group lengths would be wrong)
        del header[element]


def _name_anew(header: Dataset, derivation: Derivation) -> None:
    header.SOPInstanceUID = generate_uid(None)
    header.SeriesInstanceUID = derivation.series
    header.SeriesNumber = int(number(header, "SeriesNumber") or 0) + 1000
    header.SeriesDescription = f"{text(header, 'SeriesDescription')[:48]} denoised".strip()
    header.InstanceCreationDate = derivation.moment.strftime("%Y%m%d")
    header.InstanceCreationTime = derivation.moment.strftime("%H%M%S")
    header.preamble = bytes(128)
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID


def _mark_derived(header: Dataset) -> None:
    header.ImageType = ["DERIVED", *(texts(header, "ImageType")[1:] or ("PRIMARY",))]
    for holder in _type_holders(header):
        holder.FrameType = ["DERIVED", *texts(holder, "FrameType")[1:]]
        if "ImageProcessingApplied" in holder:
            before = [term for term in texts(holder, "ImageProcessingApplied") if term not in ("NONE", SMOOTHED)]
            holder.ImageProcessingApplied = [*before, SMOOTHED]
    if "ContentQualification" in header:
        header.ContentQualification = "RESEARCH"  # PS3.3 C.8.13.2.1.1: not for clinical use


def _type_holders(header: Dataset) -> Iterator[Dataset]:
    """The functional groups that repeat the image type for a frame; each modality has one of its own."""
    groups = (*items(header, "SharedFunctionalGroupsSequence"), *items(header, "PerFrameFunctionalGroupsSequence"))
    for group in groups:
        for sequence in (element.keyword for element in group if element.VR == "SQ"):
            yield from (item for item in items(group, sequence) if "FrameType" in item)


def _describe(holder: Dataset, derivation: Derivation, references: list[Dataset]) -> None:
    """Adds this step to those that the image went through before."""
    earlier = text(holder, "DerivationDescription")
    holder.DerivationDescription = f"{earlier}; {derivation.description}"[:1024] if earlier else derivation.description
    holder.DerivationCodeSequence = [*items(holder, "DerivationCodeSequence"), _code(codes.DCM.Smoothing)]
    holder.SourceImageSequence = references


def _describe_frames(header: Dataset, derivation: Derivation, reference: Dataset) -> None:
    """Enhanced images say it frame by frame, in the Derivation Image functional group, which may stand in one place only."""
    shared = [group for group in items(header, "SharedFunctionalGroupsSequence") if "DerivationImageSequence" in group]
    for_all = [item for group in shared for item in items(group, "DerivationImageSequence")]
    for group in shared:
        del group.DerivationImageSequence
    for index in range(frame_count(header)):
        group = header.PerFrameFunctionalGroupsSequence[index]
        item, source = Dataset(), Dataset()
        source.update(reference)
        source.ReferencedFrameNumber = index + 1
        _describe(item, derivation, [source])
        group.DerivationImageSequence = [*deepcopy(for_all), *items(group, "DerivationImageSequence"), item]


def _credit(header: Dataset, derivation: Derivation) -> None:
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = [_code(codes.DCM.ProcessingEquipment)]
    item.Manufacturer = "FluoroDenoise"
    item.ManufacturerModelName = str(derivation.record.get("model", "FluoroDenoise"))[:64]
    item.SoftwareVersions = derivation.software[:64]
    item.ContributionDateTime = derivation.moment.strftime("%Y%m%d%H%M%S")
    item.ContributionDescription = "Noise reduction"
    header.ContributingEquipmentSequence = [*items(header, "ContributingEquipmentSequence"), item]
