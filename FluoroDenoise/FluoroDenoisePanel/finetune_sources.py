"""What a fine-tuning learns from: cines of the scene, files, series of the DICOM database; and how each goes to the worker."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import UnsuitableCine


@dataclass(frozen=True)
class Source:
    """A cine, or a folder that may hold several.

    Attributes:
        name: what the user calls it.
        files: a file or a folder, or the files of one cine; none for a node.
        node: the volume, or the proxy of a sequence, whose frames are meant; None for files.
    """

    name: str
    files: tuple[str, ...] = ()
    node: Any = None

    @property
    def isPresent(self) -> bool:
        """False once the node has left the scene."""
        from FluoroDenoiseLib.mrml.links import is_present

        return self.node is None or is_present(self.node)


def handingOver(source: Source, folder: Path, number: int) -> Generator:
    """The steps of making a source ready for the worker; returns what `FluoroDenoiseLib.jobs.survey_job` calls a source.

    Args:
        folder: takes the frames of a node.
        number: makes the name of that file.

    Raises:
        FluoroDenoiseError: the node cannot teach, or has left the scene; or the disk refused its frames.
    """
    if source.node is not None:
        return (yield from _writingNode(source, folder / f"{number:03d}.npz"))
    return source.files[0] if len(source.files) == 1 else {"files": list(source.files)}


def _writingNode(source: Source, path: Path) -> Generator:
    from FluoroDenoiseLib.mrml.cine_node import cine_steps
    from FluoroDenoiseLib.training.site_cines import write_cine_steps

    if not source.isPresent:
        raise UnsuitableCine(_("{name} has left the scene. Take it off the list.").format(name=source.name))
    cine = yield from cine_steps(_recorded(source.node))
    yield from write_cine_steps(cine, path)
    return {"cine": str(path), "files": [str(file) for file in cine.sources]}


def _recorded(node):
    """The frames as they were recorded: noise that was removed cannot be learned from."""
    from FluoroDenoiseLib.mrml import is_denoised, original_node

    if not is_denoised(node):
        return node
    original = original_node(node)
    if original is None:
        text = _("{name} is denoised, and its original is not in the scene. Open the recorded cine again.")
        raise UnsuitableCine(text.format(name=node.GetName()))
    return original
