"""From a CT to X-ray line integrals of a view, in three layers that can move apart: wall, organs, heart."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from ..errors import UnreadableInput, UnsuitableCine

if TYPE_CHECKING:
    import SimpleITK

# Linear attenuation of water at 60 keV, the mean energy of a filtered 80-90 kV fluoroscopy beam behind a patient:
# NIST XCOM, mu/rho = 0.2059 cm2/g.
WATER_PER_MM = 0.02059

AIR, WATER, FEWEST_SLICES = -500.0, 0.0, 6  # Hounsfield units that a CT of a body goes below and above, and its least size
FLOATS = {"16": "f4", "64": "f8"}  # NIfTI's codes

WALL, ORGANS, HEART = range(3)
LAYERS = 3


@dataclass(frozen=True)
class Volume:
    """A CT as attenuation.

    Attributes:
        attenuation: [Z, Y, X] float32, per millimetre, 0 outside the body; Z towards the head, Y to the back, X to the
            patient's left.
        rigid: [Z, Y, X] float32, 0..1, the share of a voxel that belongs to bone with its marrow.
        spacing: millimetres between voxels along Z, Y and X.
        name: short name of the CT.
    """

    attenuation: np.ndarray
    rigid: np.ndarray
    spacing: tuple[float, float, float]
    name: str

    @property
    def extent(self) -> np.ndarray:
        """Millimetres from the first voxel's centre to the last one's along Z, Y and X."""
        return (np.array(self.attenuation.shape) - 1) * self.spacing


@dataclass(frozen=True)
class View:
    """Where a C-arm stands, source below the table, detector above.

    Attributes:
        rotation: degrees, positive where the detector turns to the patient's left (LAO).
        tilt: degrees, positive where the detector tilts to the head (cranial).
        isocentre: millimetres from the middle of the volume, along Z, Y and X.
        source_isocentre: millimetres from focal spot to isocentre.
        source_detector: millimetres from focal spot to detector.
        heart_radius: millimetres; tissue nearer to the isocentre belongs to the heart layer.
    """

    rotation: float = 0.0
    tilt: float = 0.0
    isocentre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    source_isocentre: float = 750.0
    source_detector: float = 1050.0
    heart_radius: float = 55.0

    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit vectors (z, y, x) of the beam, of the image's rows downwards, and of its columns to the right."""
        a, b = np.radians([self.rotation, self.tilt])
        beam = np.array([np.sin(b), -np.cos(a) * np.cos(b), np.sin(a) * np.cos(b)])
        columns = np.array([0.0, np.sin(a), np.cos(a)])
        rows = np.cross(beam, columns)  # (z, y, x) is a left-handed order, so this is columns x beam in (x, y, z)
        return beam, rows, columns


def load_volume(path: str | Path) -> Volume:
    """Reads a CT in Hounsfield units (NIfTI, NRRD, MetaImage) and clears what is not the body (table, padding).

    Raises:
        UnreadableInput, UnsuitableCine: as `read_hounsfield`.
    """
    import SimpleITK

    image = read_hounsfield(path)
    hounsfield = SimpleITK.GetArrayFromImage(image)
    hounsfield[~_body(image) | (hounsfield < -970.0)] = -1000.0  # the noise of air, clipped, would add up to a veil
    attenuation = np.float32(WATER_PER_MM) * (1.0 + np.clip(hounsfield, -1000.0, 3000.0) / 1000.0)
    return Volume(attenuation, _rigid(image, hounsfield), image.GetSpacing()[::-1], Path(path).name.split(".")[0])


def read_hounsfield(path: str | Path) -> SimpleITK.Image:
    """A CT volume as float32, axes to the patient's left, back and head.

    Raises:
        UnreadableInput: SimpleITK cannot read the file, or it was cut short.
        UnsuitableCine: its values are no Hounsfield units, or it has few slices.
    """
    import SimpleITK

    try:
        stored = SimpleITK.ReadImage(str(path), SimpleITK.sitkFloat32)
        image = SimpleITK.DICOMOrient(stored, "LPS")
    except RuntimeError as error:
        raise UnreadableInput(f"{Path(path).name} cannot be read as a CT volume; give a NIfTI or NRRD file.") from error
    _refuse_filled_up(stored, Path(path))
    _refuse_no_ct(SimpleITK.GetArrayViewFromImage(image), Path(path).name)
    return image


def _refuse_filled_up(image: SimpleITK.Image, path: Path) -> None:
    """SimpleITK puts zeros, which are water, for what a NIfTI file lacks and for NaN in it, and says nothing."""
    if path.name.lower().endswith((".hdr", ".img", ".img.gz")):
        raise UnreadableInput(f"{path.name} is one of a pair of files; give the CT as one .nii, .nii.gz or .nrrd file.")
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        return
    try:
        header, voxels = _voxels(image, path)
    except (EOFError, OSError, zlib.error) as error:
        raise UnreadableInput(f"{path.name} cannot be read, it is damaged or cut short ({error}); copy it anew.") from error
    kind = FLOATS.get(image.GetMetaData("datatype"))
    order = ">" if header[:2] == b"\0\0" else "<"  # a file begins with the length of its header, 348 or 540 in four bytes
    if kind and not np.isfinite(np.frombuffer(voxels, order + kind)).all():
        raise UnsuitableCine(f"Found NaN or infinity in {path.name}; expected Hounsfield units. Give a CT without gaps.")


def _voxels(image: SimpleITK.Image, path: Path) -> tuple[bytes, bytes]:
    """Header and voxels of a NIfTI file, as they are stored (EOFError where some are missing)."""
    needed = image.GetNumberOfPixels() * int(image.GetMetaData("bitpix")) // 8
    with path.open("rb") as file, gzip.open(file) if _is_gzip(file) else file as stream:
        header, voxels = stream.read(int(float(image.GetMetaData("vox_offset")))), stream.read(needed)
    if len(voxels) < needed:
        raise EOFError(f"{len(voxels)} of {needed} bytes of voxels")
    return header, voxels


def _is_gzip(file: BinaryIO) -> bool:
    """Whatever the file is called, as SimpleITK does."""
    begins = file.read(2)
    file.seek(0)
    return begins == b"\x1f\x8b"


def _refuse_no_ct(values: np.ndarray, name: str) -> None:
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low + high) and low <= AIR and high >= WATER):
        raise UnsuitableCine(f"Found values from {low:g} to {high:g} in {name}; expected Hounsfield units. Give a CT with air.")
    if values.ndim != 3 or len(values) < FEWEST_SLICES:
        raise UnsuitableCine(f"Found {len(values)} slices in {name}; expected {FEWEST_SLICES} or more. Give a larger volume.")


def _rigid(image: SimpleITK.Image, hounsfield: np.ndarray) -> np.ndarray:
    """Bone from 150 to 350 HU, spread over 5 mm so that marrow and discs stay with their vertebra."""
    import SimpleITK

    dense = SimpleITK.GetImageFromArray(np.clip((hounsfield - 150.0) / 200.0, 0.0, 1.0))
    dense.CopyInformation(image)
    spread = SimpleITK.GetArrayFromImage(SimpleITK.SmoothingRecursiveGaussian(dense, 5.0))
    return np.clip(4.0 * spread - 0.2, 0.0, 1.0)


def _body(image: SimpleITK.Image) -> np.ndarray:
    """[Z, Y, X] True inside the patient: in each slice the convex hull of the largest dense object, lungs and all."""
    import SimpleITK

    # Four pixels are enough for a mask, and opening at that scale parts the table from the back.
    coarse = SimpleITK.BinaryMorphologicalOpening(SimpleITK.BinShrink(image, [4, 4, 1]) > -300, [2, 2, 0])
    trunk = SimpleITK.RelabelComponent(SimpleITK.ConnectedComponent(coarse)) == 1
    hull = SimpleITK.GetImageFromArray(np.stack([_hull(slice_) for slice_ in SimpleITK.GetArrayFromImage(trunk)]))
    hull.CopyInformation(trunk)
    full = SimpleITK.Resample(hull, image, SimpleITK.Transform(), SimpleITK.sitkNearestNeighbor)
    return SimpleITK.GetArrayFromImage(full) > 0


def _hull(mask: np.ndarray) -> np.ndarray:
    """[H, W] uint8, 1 in the convex hull of a mask and a pixel around it."""
    import cv2

    inside = np.zeros(mask.shape, np.uint8)
    points = cv2.findNonZero(mask.astype(np.uint8))
    if points is not None:
        cv2.fillConvexPoly(inside, cv2.convexHull(points), 1)
    return cv2.dilate(inside, np.ones((3, 3), np.uint8))


def project(volume: Volume, view: View, shape: tuple[int, int], pixel: float, step: float = 1.0) -> np.ndarray:
    """Cone-beam line integrals of the three layers, centred on the beam.

    Rays are sampled in planes at right angles to the beam, `step` millimetres apart (trilinear); a layer is a soft share of the
    tissue, so the layers' sum is the line integral of the whole. Above and below the CT the body is continued by reflection.

    Args:
        volume: the CT.
        view: where the C-arm stands.
        shape: rows and columns of the detector.
        pixel: millimetres between detector pixels. The CT holds no detail below its voxel times the magnification.
        step: millimetres between planes.

    Returns:
        [3, H, W] float32, dimensionless: wall (bones outside the heart), organs, heart.
    """
    import torch

    stretch = _obliquity(view, shape, pixel) * step
    data = torch.stack([torch.from_numpy(volume.attenuation), torch.from_numpy(volume.rigid)])[None]
    layers = np.zeros((LAYERS, *shape), np.float32)
    for points, distance in _planes(volume, view, shape, pixel, step):
        grid = torch.from_numpy(_normalised(volume, points))[None, None]
        tissue, rigid = torch.nn.functional.grid_sample(data, grid, align_corners=True, padding_mode="zeros")[0, :, 0].numpy()
        layers += _shares(rigid, distance, view.heart_radius) * tissue
    return layers * stretch


def _planes(
    volume: Volume, view: View, shape: tuple[int, int], pixel: float, step: float
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each plane: points [H, W, 3] (z, y, x) in millimetres from the volume's middle, and distances to the isocentre."""
    beam, rows, columns = view.axes()
    centre = np.asarray(view.isocentre)
    r, c = (np.arange(n) * pixel - (n - 1) * pixel / 2 for n in shape)
    fan = (r[:, None, None] * rows + c[None, :, None] * columns) / view.source_detector
    reach = float(np.linalg.norm(volume.extent[1:])) / 2 + float(np.linalg.norm(centre))
    for depth in np.arange(-reach, reach, step):
        local = depth * beam + fan * (view.source_isocentre + depth)
        yield (centre + local).astype(np.float32), np.linalg.norm(local, axis=-1).astype(np.float32)


def _normalised(volume: Volume, points: np.ndarray) -> np.ndarray:
    """Points [H, W, 3] (z, y, x) as grid_sample wants them (x, y, z in -1..1), reflected at the ends of the body axis."""
    scaled = points / (volume.extent.astype(np.float32) / 2)
    scaled[..., 0] = 1.0 - np.abs((scaled[..., 0] + 1.0) % 4.0 - 2.0)
    return np.ascontiguousarray(scaled[..., ::-1])


def _shares(rigid: np.ndarray, distance: np.ndarray, radius: float) -> np.ndarray:
    """[3, H, W] shares of the layers, from bone's share [H, W] and the distance [H, W] to the isocentre in millimetres."""
    heart = np.exp(-((distance / radius) ** 4))
    wall = rigid * (1.0 - heart)
    return np.stack([wall, 1.0 - heart - wall, heart])


def _obliquity(view: View, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """[H, W] path length per unit of depth."""
    r, c = (np.arange(n) * pixel - (n - 1) * pixel / 2 for n in shape)
    return np.sqrt(1.0 + (r[:, None] ** 2 + c[None, :] ** 2) / view.source_detector**2).astype(np.float32)
