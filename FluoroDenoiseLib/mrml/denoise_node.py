"""Denoising nodes in place: what the panel, the demo and the tests call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..cine import Cine
from ..denoiser import Denoiser
from ..errors import Cancelled, SourceMismatch
from ..steps import Steps, finish
from .attributes import ORIGINAL
from .cine_node import cine_steps
from .history import Edits, is_denoised, settle_edits, untouched_original
from .in_place import InPlaceEdit
from .links import Node, holder_of, is_present, is_sequence, shown_by, synchronised_with
from .node_frames import NodeFrames
from .region import region_steps
from .source import untold_files

Region = Node | tuple[Node, str]


@dataclass(frozen=True)
class NodeTask:
    """What is to be denoised of one node: read off the scene once, so that the work itself may run elsewhere.

    Attributes:
        node: the node as it was given.
        holder: the node that holds its frames: itself, or a proxy's sequence.
        cine: its original frames, also where it was denoised before.
        region: weights 0..1, [H, W] or (for a volume) [T, H, W], or None for everything.
        headers: DICOM files that say what the cine does not yet (`dicom.facts.with_facts`): to be read where the work is done.
        digest: hash of the node's present frames: `edit` refuses to write if they change until then.
    """

    node: Node
    holder: Node
    cine: Cine
    region: np.ndarray | None
    headers: tuple[Path, ...]
    digest: str

    @classmethod
    def prepare(cls, node: Node, region: Region | None = None, edits: Edits = "refuse") -> NodeTask:
        """Reads a node; a denoised one starts again from its original.

        Args:
            region: a markups ROI node, or a segmentation node with the id of a segment; None for the whole image.
            edits: what becomes of pixels that were changed after denoising (see `history.Edits`).

        Raises:
            UnsuitableCine: no grey-scale frames, or the region touches none of them.
            SourceMismatch: the node was edited after it was denoised, its original is gone, or it is itself a kept original.
        """
        from ..dicom.facts import with_facts

        task = finish(cls.prepare_steps(node, region, edits))
        return replace(task, cine=with_facts(task.cine, task.headers), headers=())

    @classmethod
    def prepare_steps(cls, node: Node, region: Region | None = None, edits: Edits = "refuse") -> Steps[NodeTask]:
        """`prepare`, a frame at a step; the headers of the files behind the node are left to be read by who does the work."""
        frames = NodeFrames(node)
        if frames.node.GetAttribute(ORIGINAL):
            raise SourceMismatch(f"{frames.name} is the kept original of a denoised cine. Choose the denoised cine itself.")
        weights = None if region is None else (yield from region_steps(region, node))
        # Hashed before it is copied: an edit made between the steps then shows, and `edit` refuses to overwrite it.
        source, digest = frames, (yield from frames.digest_steps())
        if is_denoised(node):
            source = yield from untouched_original(frames)
            yield from settle_edits(frames, digest, edits)
        cine = replace((yield from cine_steps(source.node)), name=frames.name)
        return cls(node, frames.node, cine, weights, untold_files(source), digest)

    @property
    def is_alive(self) -> bool:
        """False once the node was removed or its scene closed: there is nothing left to write to."""
        return is_present(self.node) and is_present(self.holder)

    def check_alive(self) -> None:
        """Raises `Cancelled` once the node was removed."""
        if not self.is_alive:
            raise Cancelled(f"{self.cine.name} was removed from the scene during the run; nothing was written.")

    def edit(self) -> InPlaceEdit:
        """The in-place edit that takes the result."""
        return InPlaceEdit(self.holder, unchanged=self.digest)


def denoise_node(
    node: Node,
    denoiser: Denoiser,
    strength: float = 1.0,
    region: Region | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    edits: Edits = "refuse",
    both_planes: bool = False,
) -> list[Node]:
    """Denoises a volume, a sequence, or the sequence behind a proxy, in place; the original stays, hidden, in the scene.

    On any error, and when cancelled, the scene is as it was.

    Args:
        strength: 0 (nothing) to 1 (all noise that can be told from the image).
        region: a markups ROI node, or a segmentation node with the id of a segment; None for the whole image.
        progress: called with frames done and frames in all.
        cancel: asked before each frame; True stops the run.
        edits: what becomes of pixels that somebody changed after an earlier denoising: "refuse", "keep" (as a new node
            "<name> (edited)") or "discard".
        both_planes: denoise every cine that plays in step with the node (biplane).

    Returns:
        The nodes that were denoised.

    Raises:
        UnsuitableCine: no grey-scale frames of one size, constant or not finite; or the region touches none of them.
        SourceMismatch: edited after it was denoised, its original is gone, or it is itself a kept original.
        Cancelled: `cancel` returned True, or the node was removed, or its scene closed, during the run.
    """
    tasks = [NodeTask.prepare(each, region, edits) for each in (planes_of(node) if both_planes else [node])]
    total = sum(len(task.cine) for task in tasks)
    results = []
    for task in tasks:
        done = sum(len(result) for result in results)
        report = progress and (lambda frames, _, done=done: progress(done + frames, total))
        results.append(_run(task, denoiser, strength, report, cancel))
    _write_all(tasks, results)
    return [task.node for task in tasks]


def planes_of(node: Node) -> list[Node]:
    """A node and what plays in step with it: for a biplane acquisition, both planes; hidden originals do not count.

    For a proxy, the proxies of the same browser.
    """
    holder = holder_of(node)
    if not is_sequence(holder):
        return [node]
    return [shown_by(sequence, node) for sequence in synchronised_with(holder) if _is_plane(sequence)]


def _is_plane(sequence: Node) -> bool:
    """A browser may also play transforms or markups in step, and plays the originals."""
    first = sequence.GetNthDataNode(0) if sequence.GetNumberOfDataNodes() else None
    return first is not None and first.IsA("vtkMRMLVolumeNode") and not sequence.GetAttribute(ORIGINAL)


def _run(
    task: NodeTask,
    denoiser: Denoiser,
    strength: float,
    progress: Callable[[int, int], None] | None,
    cancel: Callable[[], bool] | None,
) -> Cine:
    """The denoised cine; stops when the node is gone, since callbacks may let the user work on the scene."""

    def stop() -> bool:
        return not task.is_alive or (cancel is not None and cancel())

    try:
        return denoiser.denoise(task.cine, strength, progress=progress, cancel=stop, region=task.region)
    except Cancelled:
        task.check_alive()
        raise


def _write_all(tasks: list[NodeTask], results: list[Cine]) -> None:
    """Writes all planes or none: an error in the second takes the first back as well."""
    with ExitStack() as stack:
        edits = [stack.enter_context(task.edit()) for task in tasks]
        for edit, result in zip(edits, results, strict=True):
            edit.write(0, result.frames)
        for edit, result in zip(edits, results, strict=True):
            edit.finish(result.record)
