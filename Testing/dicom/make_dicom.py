"""Small DICOM files of every kind that holds a cine, as real systems write them; the tests' own, not shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.tag import Tag
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    EnhancedXAImageStorage,
    EnhancedXRFImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    MRImageStorage,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
    UltrasoundMultiFrameImageStorage,
    XRayAngiographicImageStorage,
    XRayRadiofluoroscopicImageStorage,
    generate_uid,
)

REPOSITORY = Path(__file__).resolve().parents[2]
ROWS, COLUMNS = 24, 32
XRAY = {
    "KVP": 70,
    "RadiationSetting": "SC",
    "ImageType": ["ORIGINAL", "PRIMARY", "SINGLE PLANE"],
    "PixelIntensityRelationship": "LIN",
}


def noise(
    count: int = 4, bits: int = 12, signed: bool = False, rows: int = ROWS, columns: int = COLUMNS, seed: int = 3
) -> np.ndarray:
    """Frames [T, H, W] that use the whole range of the bits."""
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    kind = f"{'i' if signed else 'u'}{1 if bits <= 8 else 2 if bits <= 16 else 4}"
    frames = np.random.default_rng(seed).integers(low, high, (count, rows, columns)).astype(kind)
    frames.flat[:2] = low, high - 1
    return frames


def image(sop_class: str, modality: str, frames: np.ndarray, bits: int, **elements: object) -> Dataset:
    """A whole dataset, explicit little endian; `elements` replace or (None) remove what it would hold."""
    header = Dataset()
    header.SOPClassUID, header.SOPInstanceUID = sop_class, generate_uid(None)
    header.StudyInstanceUID = header.SeriesInstanceUID = header.FrameOfReferenceUID = generate_uid(None)
    header.PatientName, header.PatientID, header.PatientBirthDate, header.PatientSex = "Phantom^A", "P1", "", "O"
    header.StudyDate = header.AcquisitionDate = header.ContentDate = "20260102"
    header.StudyTime = header.AcquisitionTime = header.ContentTime = "101112"
    header.StudyID, header.AccessionNumber, header.ReferringPhysicianName, header.Manufacturer = "1", "", "", "Maker"
    header.Modality, header.SeriesNumber, header.InstanceNumber = modality, 3, 7
    header.Rows, header.Columns = frames.shape[1:3]
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated, header.BitsStored, header.HighBit = frames.dtype.itemsize * 8, bits, bits - 1
    header.PixelRepresentation = int(frames.dtype.kind == "i")
    header.PixelData = frames.astype(frames.dtype.newbyteorder("<")).tobytes()
    header["PixelData"].VR = "OB" if header.BitsAllocated == 8 else "OW"
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    change(header, **elements)
    return header


def change(header: Dataset, **elements: object) -> None:
    """Sets elements; None removes one."""
    for keyword, value in elements.items():
        if value is not None:
            setattr(header, keyword, value)
        elif keyword in header:
            delattr(header, keyword)


def save(header: Dataset, path: Path) -> Path:
    """Writes it as a DICOM file of its own transfer syntax."""
    dcmwrite(path, header, enforce_file_format=True)
    return path


def timed(count: int) -> dict[str, object]:
    """What makes a multi-frame image a cine of 15 frames a second."""
    return {"NumberOfFrames": count, "FrameIncrementPointer": Tag("FrameTime"), "FrameTime": "66.5"}


def xa(frames: np.ndarray | None = None, bits: int = 12, **elements: object) -> Dataset:
    """X-ray angiography, multi-frame."""
    frames = noise(bits=bits) if frames is None else frames
    return image(XRayAngiographicImageStorage, "XA", frames, bits, **{**XRAY, **timed(len(frames)), **elements})


def xrf(**elements: object) -> Dataset:
    """Radiofluoroscopy, multi-frame, 10 bits."""
    return image(XRayRadiofluoroscopicImageStorage, "RF", noise(5, 10), 10, **{**XRAY, **timed(5), **elements})


def capture(sop_class: str, frames: np.ndarray, bits: int) -> Dataset:
    """Secondary capture, multi-frame."""
    extra = {"ConversionType": "DI", "BurnedInAnnotation": "NO", "RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "US"}
    more = {"ImageType": ["DERIVED", "SECONDARY"], "PresentationLUTShape": "IDENTITY"}
    return image(sop_class, "XA", frames, bits, **{**extra, **more, **timed(len(frames))})


def grey_rgb(frames: np.ndarray, sop_class: str = UltrasoundMultiFrameImageStorage) -> Dataset:
    """8-bit grey stored as three equal samples."""
    header = image(sop_class, "US", frames, 8, ImageType=["ORIGINAL", "PRIMARY"], **timed(len(frames)))
    change(header, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0)
    header.PixelData = np.repeat(frames[..., None], 3, axis=-1).tobytes()
    return header


def palette(header: Dataset, red: np.ndarray, blue: np.ndarray | None = None, bits: int = 16) -> None:
    """Sets a palette of 256 entries, grey unless blue differs."""
    header.PhotometricInterpretation = "PALETTE COLOR"
    for name, table in (("Red", red), ("Green", red), ("Blue", red if blue is None else blue)):
        setattr(header, f"{name}PaletteColorLookupTableDescriptor", [256, 0, bits])
        setattr(header, f"{name}PaletteColorLookupTableData", table.astype(f"<u{bits // 8}").tobytes())


def jpeg(frames: np.ndarray) -> Dataset:
    """8-bit XA compressed with loss (JPEG baseline), as the syntax alone tells."""
    import cv2

    header = xa(frames, 8)
    header.PixelData = encapsulate(
        [cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes() for frame in frames]
    )
    header["PixelData"].is_undefined_length = True
    header.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    return header


def big_endian(header: Dataset) -> Dataset:
    """The same 16-bit image as Explicit VR Big Endian, as old archives hold it."""
    header.PixelData = np.frombuffer(header.PixelData, "<u2").astype(">u2").tobytes()
    header.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    return header


def item(**elements: object) -> Dataset:
    """An item of a sequence."""
    header = Dataset()
    change(header, **elements)
    return header


def enhanced_xa(sop_class: str = EnhancedXAImageStorage, frames: np.ndarray | None = None, **elements: object) -> Dataset:
    """Enhanced XA or XRF: times, intensities and spacing in functional groups."""
    frames = noise() if frames is None else frames
    modality = "XA" if sop_class == EnhancedXAImageStorage else "RF"
    header = image(sop_class, modality, frames, 12, NumberOfFrames=len(frames))
    change(header, ImageType=["ORIGINAL", "PRIMARY", "", "NONE"], ContentQualification="PRODUCT", LossyImageCompression="00")
    planes = {"PlanesInAcquisition": "SINGLE PLANE", "PlaneIdentification": "MONOPLANE"}
    change(header, PresentationLUTShape="IDENTITY", **{**planes, **elements})
    properties = item(
        FrameType=["ORIGINAL", "PRIMARY", "", "NONE"], PixelIntensityRelationship="LOG", ImageProcessingApplied="NONE"
    )
    properties.PixelIntensityRelationshipSign = 1
    properties.ImagerPixelSpacing = ["0.2", "0.25"]
    header.SharedFunctionalGroupsSequence = [item(FramePixelDataPropertiesSequence=[properties])]
    header.PerFrameFunctionalGroupsSequence = [
        item(FrameContentSequence=[item(FrameAcquisitionDateTime=f"20260102101112.{index * 40:03d}", FrameAcquisitionNumber=1)])
        for index in range(len(frames))
    ]
    return header


def volume(sop_class: str, modality: str, places: list[float]) -> Dataset:
    """Enhanced CT or MR with slices at the given heights."""
    header = image(sop_class, modality, noise(len(places)), 12, NumberOfFrames=len(places))
    change(
        header, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], ContentQualification="PRODUCT", LossyImageCompression="00"
    )
    rescale = item(RescaleSlope=1, RescaleIntercept=-1024, RescaleType="HU" if modality == "CT" else "US")
    types = item(FrameType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])
    shared = item(PixelMeasuresSequence=[item(PixelSpacing=["0.7", "0.7"], SliceThickness="2")])
    change(shared, PixelValueTransformationSequence=[rescale], **{f"{modality}ImageFrameTypeSequence": [types]})
    shared.PlaneOrientationSequence = [item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]
    header.SharedFunctionalGroupsSequence = [shared]
    header.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[-10, -10, place])]) for place in places
    ]
    return header


def _shared() -> dict[str, object]:
    """What the files of one series have in common."""
    return {name: generate_uid(None) for name in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")}


def slices(sop_class: str, modality: str, places: list[float], folder: Path, **elements: object) -> list[np.ndarray]:
    """Writes a series of single slices, named in shuffled order; returns the pixels of each."""
    pixels, shared = noise(len(places), signed=modality == "CT"), _shared()
    folder.mkdir(exist_ok=True)
    for index, place in enumerate(places):
        header = image(sop_class, modality, pixels[index : index + 1], 12, **shared, InstanceNumber=index + 1)
        change(
            header, ImagePositionPatient=[0, 0, place], ImageOrientationPatient=[1, 0, 0, 0, 1, 0], PixelSpacing=["0.5", "0.6"]
        )
        change(
            header,
            ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
            RescaleSlope=1,
            RescaleIntercept=-1024,
            SliceThickness="2",
            **elements,
        )
        save(header, folder / f"{(index * 7) % 11:02d}.dcm")
    return list(pixels)


def single_frames(
    sop_class: str, modality: str, folder: Path, pixels: np.ndarray | None = None, **elements: object
) -> np.ndarray:
    """Writes an X-ray series of single frames 0.1 s apart, last one first in the folder."""
    pixels, shared = noise() if pixels is None else pixels, _shared()
    folder.mkdir(exist_ok=True)
    for index in range(len(pixels)):
        header = image(sop_class, modality, pixels[index : index + 1], 12, **{**XRAY, **elements})
        change(header, **shared, InstanceNumber=index + 1, AcquisitionTime=f"101112.{index}00000")
        save(header, folder / f"{len(pixels) - index}.dcm")
    return pixels


def every_kind() -> dict[str, Dataset]:
    """One multi-frame file of each SOP class that is read."""
    byte, word = MultiFrameGrayscaleByteSecondaryCaptureImageStorage, MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    return {
        "xa": xa(),
        "xrf": xrf(),
        "enhanced xa": enhanced_xa(),
        "enhanced xrf": enhanced_xa(EnhancedXRFImageStorage),
        "byte capture": capture(byte, noise(3, 8), 8),
        "word capture": capture(word, noise(3, 16), 16),
        "plain capture": capture(SecondaryCaptureImageStorage, noise(3, 8), 8),
        "grey rgb": grey_rgb(noise(3, 8)),
        "jpeg xa": jpeg(noise(3, 8)),
        "big endian xa": big_endian(xa()),
        "monochrome1 xa": xa(PhotometricInterpretation="MONOCHROME1"),
        "signed xa": xa(noise(signed=True)),
        "enhanced ct": volume(EnhancedCTImageStorage, "CT", [4.0, 0.0, 2.0]),
        "enhanced mr": volume(EnhancedMRImageStorage, "MR", [0.0, 3.0, 6.0]),
    }


SERIES = {
    "ct": (CTImageStorage, "CT"),
    "mr": (MRImageStorage, "MR"),
    "xa": (XRayAngiographicImageStorage, "XA"),
    "rf": (XRayRadiofluoroscopicImageStorage, "RF"),
    "cr": (ComputedRadiographyImageStorage, "CR"),
    "dx": (DigitalXRayImageStorageForPresentation, "DX"),
}
