"""Cines in NIfTI, NRRD, MetaImage, TIFF stacks and .npy: read, and written back in the kind they came in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..cine import Cine
from ..errors import OutputNotWritable, SourceMismatch, UnreadableInput
from ..files import whole_file
from .cut_short import nifti_is_whole, tiff_is_whole
from .protect import refuse_source

KINDS = {
    ".nii": "NIfTI",
    ".nii.gz": "NIfTI",
    ".nrrd": "NRRD",
    ".nhdr": "NRRD",
    ".mha": "MetaImage",
    ".mhd": "MetaImage",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".npy": "NumPy",
}
WHOLE = {".nhdr": ".nrrd", ".mhd": ".mha"}
"""A header beside its data, which cannot take their names at once, and what holds the same in one file."""
AIR = (-3100, -900)  # where the lowest value of a CT in Hounsfield units lies, padding included
BONE = 200


def is_image_file(path: Path) -> bool:
    """Whether the name is that of one of these formats."""
    return _suffix(path) in KINDS


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return max((suffix for suffix in KINDS if name.endswith(suffix)), key=len, default="")


def read_image(path: Path) -> Cine:
    """Reads frames, and spacing where the format has it. None of these formats says what the values mean.

    Raises:
        UnreadableInput: damaged, in colour, or with more than three dimensions.
    """
    array, components, spacing, placement = _load(path)
    frames = _frames(path, array, components)
    size = "x".join(map(str, frames.shape))
    return Cine(
        frames,
        pixel_spacing=(spacing[1], spacing[0]) if spacing else None,
        name=f"{KINDS[_suffix(path)]}-{size}",
        sources=(path,),
        **_as_ct(frames, spacing, placement),
    )


def _load(path: Path) -> tuple[np.ndarray, int, tuple[float, ...], tuple[np.ndarray, np.ndarray] | None]:
    """Array, samples per pixel, millimetres along x, y, z (() where unknown), and where it lies (see `Cine.placement`)."""
    if _suffix(path) == ".npy":
        return _load_numpy(path), 1, (), None
    import SimpleITK

    try:
        _refuse_cut(path)
        image = SimpleITK.ReadImage(str(path))
    except OSError as error:
        raise UnreadableInput(f"{path.name} cannot be opened: {(error.strerror or str(error)).lower()}.") from error
    except RuntimeError as error:
        raise UnreadableInput(
            f"{path.name} cannot be read as {KINDS[_suffix(path)]}: it is damaged, cut short, or of another kind. "
            "Copy it again, or save it anew with another program."
        ) from error
    placed = np.array(image.GetOrigin()), np.reshape(image.GetDirection(), (image.GetDimension(), -1))
    array, components = SimpleITK.GetArrayFromImage(image), image.GetNumberOfComponentsPerPixel()
    return array, components, image.GetSpacing(), placed if image.GetDimension() == 3 else None


def _refuse_cut(path: Path) -> None:
    whole = {"NIfTI": nifti_is_whole, "TIFF": tiff_is_whole}.get(KINDS[_suffix(path)])
    if whole and not whole(path):
        raise UnreadableInput(f"{path.name} is cut short: it holds less than it announces. Copy or save it again.")


def _load_numpy(path: Path) -> np.ndarray:
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UnreadableInput(
            f"{path.name} is no array of numbers saved by numpy.save ({str(error).splitlines()[0]})."
        ) from error


def _frames(path: Path, array: np.ndarray, components: int) -> np.ndarray:
    """[T, H, W] from what a format makes of a cine; `_like` is the way back."""
    if components > 1:
        array = _grey(path, array, components)
    if array.dtype.kind not in "iuf" or array.ndim < 2 or sum(length > 1 for length in array.shape[:-2]) > 1:
        raise UnreadableInput(
            f"{path.name} holds {array.dtype} of shape {array.shape}; expected numbers [frames, rows, columns]. "
            "Save one grey-scale cine in a file."
        )
    return array.reshape(-1, *array.shape[-2:])


def _grey(path: Path, array: np.ndarray, components: int) -> np.ndarray:
    # Slicer saves a sequence (.seq.nrrd) as one image with a component for each frame.
    if components > 4 and np.prod(array.shape[:-3]) == 1:
        return np.moveaxis(array, -1, -3)
    if components != 3 or np.any(array != array[..., :1]):
        raise UnreadableInput(f"{path.name} is in colour; expected grey-scale frames.")
    return array[..., 0]


def _like(shape: tuple[int, ...], components: int, frames: np.ndarray) -> np.ndarray:
    """The frames in the shape and with the samples of a source's array."""
    if components == 3:
        frames = np.repeat(frames[..., None], 3, axis=-1)
    elif components > 1:
        frames = np.moveaxis(frames, 0, -1)
    return np.ascontiguousarray(frames.reshape(shape))


def _as_ct(
    frames: np.ndarray, spacing: tuple[float, ...], placement: tuple[np.ndarray, np.ndarray] | None
) -> dict[str, Any]:
    """A volume whose values run from air's to bone's Hounsfield units is taken as CT: slices are not moments."""
    if len(spacing) < 3 or len(frames) < 2 or not AIR[0] <= frames.min() <= AIR[1] or frames.max() < BONE:
        return {}
    note = "The values look like Hounsfield units, so the frames are taken as slices of a CT; the file itself does not say."
    return {
        "intensity": "HU",
        "modality": "CT",
        "traits": frozenset({"slices"}),
        "slice_spacing": spacing[2],
        "placement": placement,
        "warnings": (note,),
    }


def write_image(result: Cine, path: str | Path, original: Cine | None = None, overwrite: bool = False) -> list[Path]:
    """Writes the frames as the kind of file that they came from, with its geometry; returns the one path written.

    Args:
        result: a cine that was read from one of these formats.
        path: the new file, with a suffix of the same kind as the source.
        original: if given, the source on disk must still hold these frames.
        overwrite: whether an existing file may be replaced; the source never is.

    Raises:
        SourceMismatch: the source changed since it was read, or is another cine.
        OutputNotWritable: the file exists, is the source, has another kind of name, or the disk refused it.
    """
    path, source = Path(path), result.sources[0]
    _check_name(path, source)
    refuse_source(path, result.sources)
    array, components, *_ = _load(source)
    _check_source(source, _frames(source, array, components), result, original)
    shape = array.shape
    del array  # the cine is not to be held once more than needed
    with whole_file(path, overwrite) as partial:
        _save(_like(shape, components, result.frames), components, source, partial)
    return [path]


def _check_name(path: Path, source: Path) -> None:
    if KINDS.get(_suffix(path)) != KINDS[_suffix(source)] or _suffix(path) in WHOLE:
        endings = [suffix for suffix, kind in KINDS.items() if kind == KINDS[_suffix(source)] and suffix not in WHOLE]
        raise OutputNotWritable(f"{path.name} does not end in {' or '.join(endings)}, as a file made from {source.name} must.")


def _check_source(source: Path, held: np.ndarray, result: Cine, original: Cine | None) -> None:
    known = result.frames if original is None else original.frames
    same = held.shape == known.shape and held.dtype == known.dtype
    if not same or (original is not None and not np.array_equal(held, known, equal_nan=held.dtype.kind == "f")):
        raise SourceMismatch(f"{source.name} no longer holds the frames that were denoised. Read it and denoise it again.")


def _save(array: np.ndarray, components: int, source: Path, partial: Path) -> None:
    if _suffix(partial) == ".npy":
        with partial.open("wb") as stream:  # given a name, NumPy may write to another one
            np.save(stream, array, allow_pickle=False)
        return
    import SimpleITK

    image = SimpleITK.GetImageFromArray(array, isVector=components > 1)
    like = SimpleITK.ReadImage(str(source))
    image.CopyInformation(like)
    for key in like.GetMetaDataKeys():
        image.SetMetaData(key, like.GetMetaData(key))
    try:
        SimpleITK.WriteImage(image, str(partial))
    except RuntimeError as error:  # SimpleITK tells a full disk from a bad name by its words alone
        raise OutputNotWritable(f"The result could not be written: {str(error).strip().splitlines()[-1]}") from error
    _check_written(array, partial)


def _check_written(array: np.ndarray, partial: Path) -> None:
    """ITK's NIfTI writer does not tell of a full disk, so the file itself is asked."""
    import SimpleITK

    try:
        image = SimpleITK.ReadImage(str(partial))  # a name of its own, since the view does not keep it alive
        held = SimpleITK.GetArrayViewFromImage(image)
        same = held.dtype == array.dtype and np.array_equal(held, array, equal_nan=array.dtype.kind == "f")
    except RuntimeError:
        same = False
    if not same:
        raise OutputNotWritable("The result could not be written whole. Free some space, or choose another disk or format.")
