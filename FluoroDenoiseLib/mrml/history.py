"""The original frames: kept in the scene, hidden, saved with it, and playing in step with the altered ones."""

from __future__ import annotations

from typing import Any, Literal

from ..errors import EditedSince, SourceMismatch
from ..steps import Steps, finish
from .attributes import CINE, DONE, ORIGINAL, PIXELS, RECORD, read_json, remove
from .display import show_alike
from .identity import detach_from_files, let_go_of_files, put_uids_back
from .links import Node, browsers_of, holder_of, is_present, is_sequence, nodes_of_class, proxies_of, shown_by
from .node_frames import NodeFrames

Edits = Literal["refuse", "keep", "discard"]
"""What becomes of pixels that somebody changed after denoising: refuse to go on (`SourceMismatch`); go on and keep them as a
new node "<name> (edited)"; go on without them."""


def is_denoised(node: Node) -> bool:
    """True where the frames that a node holds, or shows, are altered."""
    return bool(holder_of(node).GetAttribute(RECORD))


def original_node(node: Node) -> Node | None:
    """The hidden node with the original frames, None where nothing was altered.

    For a proxy, the original's proxy in the same browser: showing both side by side compares before and after while playing.
    """
    original = holder_of(node).GetNodeReference(ORIGINAL)
    return original and shown_by(original, node)


def restore_node(node: Node, edits: Edits = "refuse") -> None:
    """Gives a node its original frames back, bit for bit, with their DICOM identity, and forgets that it was denoised.

    The files it would be saved to are renamed again: neither the source nor a saved result is overwritten.

    Raises:
        SourceMismatch: the node was not denoised, its original was removed from the scene, or pixels of either were edited.
    """
    finish(restore_steps(node, edits))


def restore_steps(node: Node, edits: Edits = "refuse") -> Steps[None]:
    """`restore_node`, a frame at a step; once pixels change, it is completed also where the steps are given up."""
    frames = NodeFrames(node)
    if not is_denoised(node):
        raise SourceMismatch(f"{frames.name} holds its original frames already; there is nothing to restore.")
    original = yield from untouched_original(frames)
    yield from settle_edits(frames, (yield from frames.digest_steps()), edits)
    giving_back = _give_back(original, frames)
    try:
        for _ in giving_back:
            yield
    finally:
        if is_present(frames.node):
            finish(giving_back)


def _give_back(original: NodeFrames, frames: NodeFrames) -> Steps[None]:
    detach_from_files(frames, "original")
    for t in range(len(original)):
        frames.write(t, original.plane(t)[None])
        yield
    put_uids_back(frames)
    forget(frames)
    if original.node.GetID() not in _originals_in_use(frames.node.GetScene()):  # a clone of the node shares it
        remove_node(original.node)


def untouched_original(frames: NodeFrames) -> Steps[NodeFrames]:
    """The original frames of an altered node.

    Raises:
        SourceMismatch: they are gone, or no longer what they were.
    """
    node = frames.node.GetNodeReference(ORIGINAL)
    if node is None:
        raise SourceMismatch(f"The original of {frames.name} was removed from the scene. Open it again from its source.")
    original = NodeFrames(node)
    if original.shape != frames.shape or (yield from original.digest_steps()) != digest_of_original(original):
        raise SourceMismatch(f"The original kept for {frames.name} was changed since. Open the cine again from its source.")
    return original


def digest_of_original(original: NodeFrames) -> str:
    """Hash of the original frames, as noted when they were kept."""
    return original.node.GetAttribute(ORIGINAL)


def settle_edits(frames: NodeFrames, digest: str, edits: Edits) -> Steps[None]:
    """Looks for pixels that FluoroDenoise did not write, before they are overwritten.

    Args:
        digest: hash of the frames as they are now.

    Raises:
        EditedSince: there are some, and `edits` is "refuse".
    """
    if edits == "discard" or digest == frames.node.GetAttribute(PIXELS):
        return
    if edits == "refuse":
        raise EditedSince(
            f"{frames.name} was edited after it was denoised, and going on would lose the edit. "
            "Choose to keep the edited frames as a copy, or to discard them."
        )
    yield from _copy_beside(frames, f"{frames.name} (edited)")


def unedited(frames: NodeFrames) -> Steps[dict[str, Any]]:
    """How frames were made, once they are known to be still what was made.

    Raises:
        EditedSince: somebody changed them.
    """
    yield from settle_edits(frames, (yield from frames.digest_steps()), "refuse")
    return read_json(frames.node, RECORD)


def copy_steps(node: Node) -> Steps[Node]:
    """Copies denoised frames into a new node "<name> (denoised)" that plays in step; it stays when the original is restored.

    It stays marked as denoised. Returns the new node, or its proxy where a proxy was given.
    """
    frames = NodeFrames(node)
    copy = yield from _copy_beside(frames, node.GetScene().GenerateUniqueName(f"{frames.name} (denoised)"))
    for name in (RECORD, PIXELS):
        copy.SetAttribute(name, frames.node.GetAttribute(name))
    return shown_by(copy, node)


def keep_original(frames: NodeFrames) -> Steps[NodeFrames]:
    """Copies the frames into a hidden node that plays in step with them, linked by a reference."""
    original = NodeFrames((yield from _copy_beside(frames, f"{frames.name} (original)", hidden=True)))
    try:
        original.node.SetAttribute(ORIGINAL, (yield from original.digest_steps()))
    except BaseException:
        _take_back(original.node)
        raise
    frames.node.SetNodeReferenceID(ORIGINAL, original.node.GetID())
    return original


def free_orphans(scene: Any) -> list[str]:
    """Shows, as ordinary nodes, the originals whose altered nodes were removed from the scene; gives their names."""
    in_use = _originals_in_use(scene)
    orphans = [node for node in _holders(scene) if node.GetAttribute(ORIGINAL) and node.GetID() not in in_use]
    for orphan in orphans:
        remove(orphan, ORIGINAL)
        for node in (orphan, *(proxies_of(orphan) if is_sequence(orphan) else ())):
            node.SetHideFromEditors(False)
            let_go_of_files(node)
    return [orphan.GetName() for orphan in orphans]


def _holders(scene: Any) -> list[Node]:
    return [*nodes_of_class(scene, "vtkMRMLSequenceNode"), *nodes_of_class(scene, "vtkMRMLVolumeNode")]


def _originals_in_use(scene: Any) -> set[str | None]:
    """IDs of the originals that nodes refer to."""
    return {holder.GetNodeReferenceID(ORIGINAL) for holder in _holders(scene)}


def _copy_beside(frames: NodeFrames, name: str, hidden: bool = False) -> Steps[Node]:
    copy = frames.node.GetScene().AddNewNodeByClass(frames.node.GetClassName(), name)
    copy.SetHideFromEditors(hidden)
    try:
        yield from (_copy_sequence if is_sequence(copy) else _copy_volume)(frames.node, copy)
    except BaseException:  # memory may be short for a second cine, or the user stops: no half of one stays behind
        _take_back(copy)
        raise
    copy.SetAttribute(CINE, frames.node.GetAttribute(CINE))
    remove(copy, RECORD, PIXELS)
    return copy


def _take_back(copy: Node) -> None:
    if is_present(copy):
        remove_node(copy)


def _copy_volume(volume: Node, copy: Node) -> Steps[None]:
    copy.CopyContent(volume)
    yield
    copy.CreateDefaultDisplayNodes()
    show_alike(copy, volume)


def _copy_sequence(sequence: Node, copy: Node) -> Steps[None]:
    yield from _copy_items(sequence, copy)
    yield  # the browser looks at every item again
    _play_in_step(sequence, copy)


def _copy_items(sequence: Node, copy: Node) -> Steps[None]:
    """Item by item: a sequence's own Copy would also take over the storage node, and with it the source's file name."""
    copy.SetIndexName(sequence.GetIndexName())
    copy.SetIndexUnit(sequence.GetIndexUnit())
    copy.SetIndexType(sequence.GetIndexType())
    copy.SetNumericIndexValueTolerance(sequence.GetNumericIndexValueTolerance())
    for i in range(sequence.GetNumberOfDataNodes()):
        copy.SetDataNodeAtValue(sequence.GetNthDataNode(i), sequence.GetNthIndexValue(i))
        yield


def _play_in_step(sequence: Node, copy: Node) -> None:
    for browser in browsers_of(sequence):
        shown = browser.GetProxyNode(sequence)
        browser.AddSynchronizedSequenceNode(copy)
        if shown is None:
            browser.RemoveProxyNode(browser.GetProxyNode(copy).GetID())
        else:
            browser.GetProxyNode(copy).SetHideFromEditors(copy.GetHideFromEditors())
            show_alike(browser.GetProxyNode(copy), shown)


def forget(frames: NodeFrames) -> None:
    """Removes every sign of denoising but the set-aside identity."""
    for node in (*frames.volumes, *frames.proxies, frames.node):
        remove(node, RECORD, DONE, PIXELS)
    frames.node.SetNodeReferenceID(ORIGINAL, None)


def remove_node(node: Node) -> None:
    """Takes a node out of the scene with what only served it: proxies, display and storage nodes."""
    scene = node.GetScene()
    doomed = [node, *(proxies_of(node) if is_sequence(node) else ())]
    served = [each for one in doomed for each in _servants(one)]
    for browser in browsers_of(node) if is_sequence(node) else ():
        browser.RemoveSynchronizedSequenceNode(node.GetID())
    for each in (*doomed, *served):
        if scene.IsNodePresent(each):
            scene.RemoveNode(each)


def _servants(node: Node) -> list[Node]:
    displays = (
        [node.GetNthDisplayNode(i) for i in range(node.GetNumberOfDisplayNodes())] if hasattr(node, "GetNthDisplayNode") else []
    )
    storages = [node.GetNthStorageNode(i) for i in range(node.GetNumberOfStorageNodes())]
    return [each for each in (*displays, *storages) if each is not None]
