"""Small cines as files, and what lies on disk."""

from __future__ import annotations

import hashlib

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, XRayAngiographicImageStorage, generate_uid


def noisy_frames(count=6, size=96, seed=0):
    """A bright disc on a shaded ground at a low dose, uint16 [count, size, size]."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((size, size))
    dose = 60 + 60 * columns / size
    dose[np.hypot(rows - size / 2, columns - size / 2) < size / 5] *= 0.6
    return (8 * rng.poisson(dose, (count, size, size)) + rng.normal(0, 8, (count, size, size))).clip(0, 4095).astype(np.uint16)


def write_xa(path, frames, **elements):
    """Writes frames [T, H, W] uint16 as XA (of 12 bits, linear, 15 frames a second); returns the path."""
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = XRayAngiographicImageStorage
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.SeriesInstanceUID, image.StudyInstanceUID = generate_uid(), generate_uid()
    image.PatientName, image.PatientID, image.Modality = "Secret^Person", "PID-4711", "XA"
    image.ImageType = ["ORIGINAL", "PRIMARY", "SINGLE PLANE"]
    image.PixelIntensityRelationship = "LIN"
    image.FrameTime, image.FrameIncrementPointer = 1000 / 15, 0x00181063
    image.NumberOfFrames, image.Rows, image.Columns = frames.shape
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.PixelData = frames.astype("<u2").tobytes()
    image.update(elements)
    image.save_as(path, enforce_file_format=True)
    return path


def listing(folder):
    """Every file in a folder with its hash, and every folder in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }
