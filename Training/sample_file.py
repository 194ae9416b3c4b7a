"""The sample cine as DICOM: X-Ray Angiographic Image, JPEG-LS lossless, marked as simulated in every place a reader looks."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless, XRayAngiographicImageStorage, generate_uid

from FluoroDenoiseLib.simulation import Simulated, View
from FluoroDenoiseLib.simulation.vendor import Vendor, characteristic
from FluoroDenoiseLib.version import __version__

SOURCE = "CT of LIDC-IDRI (The Cancer Imaging Archive, CC BY 3.0)"


def write_sample(path: Path, made: Simulated, view: View) -> int:
    """Writes the cine whole or not at all, checks that it decodes to the same pixels, and returns its size in bytes."""
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        plain, packed = Path(scratch) / "plain.dcm", Path(scratch) / "packed.dcm"
        describe(made, view).save_as(plain, enforce_file_format=True)
        _compress(plain, packed)
        _check(packed, made.noisy.frames)
        packed.replace(path)
    return path.stat().st_size


def _compress(plain: Path, packed: Path) -> None:
    """JPEG-LS lossless by GDCM (BSD licence, with CharLS)."""
    import gdcm

    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(plain))
    if not reader.Read():
        raise OSError(f"GDCM cannot read {plain.name}.")
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLSLossless))
    change.SetInput(reader.GetImage())
    if not change.Change():
        raise OSError("GDCM cannot encode JPEG-LS.")
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(packed))
    if not writer.Write():
        raise OSError(f"GDCM cannot write {packed.name}.")


def _check(packed: Path, frames: np.ndarray) -> None:
    import pydicom

    written = pydicom.dcmread(packed)
    if written.file_meta.TransferSyntaxUID != JPEGLSLossless or not np.array_equal(written.pixel_array, frames):
        raise OSError("The compressed sample does not decode to its own pixels.")


def describe(made: Simulated, view: View) -> Dataset:
    """The whole data set, uncompressed."""
    header = Dataset()
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for part in (_identity(), _what_it_is(made), _acquisition(made, view), _collimator(made), _pixels(made)):
        header.update(part)
    return header


def _dataset(**elements: object) -> Dataset:
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def _uid(what: str) -> str:
    """The same UID each time the sample is made."""
    return generate_uid(entropy_srcs=["FluoroDenoise sample", what])


def _identity() -> Dataset:
    return _dataset(
        SOPClassUID=XRayAngiographicImageStorage,
        SOPInstanceUID=_uid("instance"),
        StudyInstanceUID=_uid("study"),
        SeriesInstanceUID=_uid("series"),
        PatientName="FluoroDenoise^Simulated",
        PatientID="FLUORODENOISE-SAMPLE",
        PatientBirthDate="",
        PatientSex="",
        PatientIdentityRemoved="YES",
        DeidentificationMethod="Simulated from a de-identified public CT",
        StudyDate="20260101",
        StudyTime="120000",
        ContentDate="20260101",
        ContentTime="120000",
        ReferringPhysicianName="",
        AccessionNumber="",
        StudyID="1",
        StudyDescription="Simulated low-dose fluoroscopy",
        SeriesNumber="1",
        SeriesDescription="SIMULATED coronary angiogram, low dose",
        InstanceNumber="1",
        Modality="XA",
        PatientOrientation="",
        BodyPartExamined="HEART",
        Manufacturer="FluoroDenoise",
        ManufacturerModelName="FluoroDenoise simulation",
        SoftwareVersions=__version__,
        SpecificCharacterSet="ISO_IR 192",
    )


def _what_it_is(made: Simulated) -> Dataset:
    quanta = made.settings.beam.quanta
    return _dataset(
        ImageType=["DERIVED", "SECONDARY", "SINGLE PLANE"],
        ImageComments=f"SIMULATED, not a patient's image. Projected from a {SOURCE}; {quanta:g} quanta per pixel and frame.",
        DerivationDescription=f"Simulated fluoroscopy from a {SOURCE}: moving layers, drawn devices, X-ray and detector noise.",
        LossyImageCompression="00",
        BurnedInAnnotation="NO",
    )


def _acquisition(made: Simulated, view: View) -> Dataset:
    """Cine, X-ray acquisition and positioner modules (PS3.3 C.7.6.5, C.8.7.2, C.8.7.5); no tube, no current."""
    milliseconds = round(made.noisy.frame_time * 1000, 3)
    header = _dataset(
        FrameTime=milliseconds,
        CineRate=round(1000 / milliseconds),
        RecommendedDisplayFrameRate=round(1000 / milliseconds),
        KVP="80",
        RadiationSetting="SC",
        RadiationMode="PULSED",
        ImagerPixelSpacing=list(made.noisy.pixel_spacing),
        DistanceSourceToPatient=view.source_isocentre,
        DistanceSourceToDetector=view.source_detector,
        EstimatedRadiographicMagnificationFactor=view.source_detector / view.source_isocentre,
        PositionerMotion="STATIC",
        PositionerPrimaryAngle=view.rotation,
        PositionerSecondaryAngle=view.tilt,
        XRayTubeCurrent=None,
        ExposureTime=None,
        Exposure=None,
        ContrastBolusAgent="Simulated iodine",
    )
    header.add_new("FrameIncrementPointer", "AT", 0x00181063)
    return header


def _collimator(made: Simulated) -> Dataset:
    """Edges count rows and columns from 1 (PS3.3 C.8.7.3)."""
    (top, bottom, left, right), (rows, columns) = made.settings.beam.border, made.noisy.shape[1:]
    return _dataset(
        CollimatorShape="RECTANGULAR",
        CollimatorLeftVerticalEdge=left,
        CollimatorRightVerticalEdge=columns - right + 1,
        CollimatorUpperHorizontalEdge=top,
        CollimatorLowerHorizontalEdge=rows - bottom + 1,
    )


def _to_linear(vendor: Vendor) -> Dataset:
    """Stored values back to detected dose, 0..65535: required beside LOG, not meant for display (PS3.3 C.8.7.1.1.2)."""
    dose = np.linspace(0.0, vendor.brightest, 2**16)
    linear = np.interp(np.arange(vendor.top + 1), vendor.top * characteristic(dose, vendor), dose) / vendor.brightest
    item = _dataset(LUTExplanation="Linear in detected dose", ModalityLUTType="US")
    item.add_new("LUTDescriptor", "US", [vendor.top + 1, 0, 16])
    item.add_new("LUTData", "OW", np.rint(65535 * linear).astype("<u2").tobytes())
    return item


def _pixels(made: Simulated) -> Dataset:
    frames, bits = made.noisy.frames, made.settings.vendor.bits
    low, high = np.percentile(made.clean.frames[:, ~made.noisy.covered], [0.5, 99.5])
    return _dataset(
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        NumberOfFrames=len(frames),
        Rows=frames.shape[1],
        Columns=frames.shape[2],
        BitsAllocated=16,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=0,
        PixelIntensityRelationship=made.noisy.intensity,
        ModalityLUTSequence=[_to_linear(made.settings.vendor)],
        WindowCenter=round(float(low + high) / 2),
        WindowWidth=round(float(high - low) * 1.2),
        PixelData=frames.astype("<u2").tobytes(),
    )
