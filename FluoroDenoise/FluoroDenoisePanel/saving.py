"""Denoised frames saved: as derived DICOM by the worker, or as a new node; both in steps."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import OutputNotWritable

from .node_run import working


def savingDicom(node, runner, path: Path) -> Generator:
    """The steps of writing a denoised node as derived DICOM; returns the files written.

    Args:
        path: a new file, or a new folder for a series of single-frame files.

    Raises:
        FluoroDenoiseError: a named error; nothing is left on disk.
    """
    from FluoroDenoiseLib.jobs import save_job
    from FluoroDenoiseLib.mrml.history import unedited, untouched_original
    from FluoroDenoiseLib.mrml.node_frames import NodeFrames
    from FluoroDenoiseLib.mrml.source import source_files

    frames = NodeFrames(node)
    original = yield from untouched_original(frames)
    record = yield from unedited(frames)
    denoised = yield from frames.stack_steps()
    before = yield from original.stack_steps()
    job = save_job.submit(runner, denoised, before, source_files(frames), record, path)
    return (yield from working(job, lambda done, total: None))


def importDerived(written: list[Path], folder: Path) -> None:
    """Adds derived files in a folder to Slicer's DICOM database.

    Raises:
        OutputNotWritable: it did not take them.
    """
    import slicer
    from DICOMLib import DICOMUtils
    from pydicom import dcmread

    taken = DICOMUtils.importDicom(str(folder), slicer.dicomDatabase, copyFiles=True)
    uid = str(dcmread(written[0], specific_tags=["SOPInstanceUID"], stop_before_pixels=True).SOPInstanceUID)
    if not taken or not slicer.dicomDatabase.fileForInstance(uid):
        raise OutputNotWritable(_("Slicer's DICOM database did not take the derived series: is its folder full or read-only?"))


def nameFor(node, folder: Path) -> Path:
    """A path in a folder that does not exist yet: a file, or (for a series of single-frame files) a folder."""
    from FluoroDenoiseLib.mrml.node_frames import NodeFrames
    from FluoroDenoiseLib.mrml.source import source_files

    ending = ".dcm" if len(source_files(NodeFrames(node))) == 1 else ""
    stem = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in node.GetName())
    names = (folder / f"{stem}-denoised{count}{ending}" for count in ("", *(f"-{n}" for n in range(2, 10_000))))
    return next(path for path in names if not path.exists() and not _recordOf(path).exists())


def _recordOf(path: Path) -> Path:
    from FluoroDenoiseLib.provenance import origin_path

    return origin_path(path)
