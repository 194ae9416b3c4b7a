"""Whose pixels a node claims to show, and which file it would be saved to: neither may be the source's once it is altered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import slicer

from .attributes import PREFIX, move
from .links import Node
from .node_frames import NodeFrames

UIDS = "DICOM.instanceUIDs"
UIDS_ASIDE = PREFIX + "instanceUIDs"
HIERARCHY_UIDS = ("DICOM", "DICOMInstanceUID")
UNWRITABLE = (".dcm", ".ima", "")
"""Endings under which Slicer cannot write a volume back as what it was."""


def instance_uids(frames: NodeFrames) -> list[str]:
    """SOP Instance UIDs that the frames came from, each once, in frame order; also those set aside."""
    said = (volume.GetAttribute(UIDS) or volume.GetAttribute(UIDS_ASIDE) or "" for volume in frames.volumes)
    return list(dict.fromkeys(uid for text in said for uid in text.split()))


def set_uids_aside(frames: NodeFrames) -> None:
    """Moves DICOM identifiers to attributes of ours: segmentations, reports and view annotations made on altered pixels would
    otherwise cite the original. Proxies take over the attributes of their items."""
    for node in _claimants(frames):
        move(node, UIDS, UIDS_ASIDE)
        _move_hierarchy_uids(node, aside=True)


def put_uids_back(frames: NodeFrames) -> None:
    """Undoes `set_uids_aside`."""
    for node in _claimants(frames):
        move(node, UIDS_ASIDE, UIDS)
        _move_hierarchy_uids(node, aside=False)


def _claimants(frames: NodeFrames) -> list[Node]:
    return [*{id(node): node for node in (frames.node, *frames.volumes, *frames.proxies)}.values()]


def _move_hierarchy_uids(node: Node, aside: bool) -> None:
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(node.GetScene()) if node.GetScene() else None
    item = hierarchy.GetItemByDataNode(node) if hierarchy else 0
    for name in HIERARCHY_UIDS if item else ():
        kept = f"{PREFIX}uid.{name}"
        uid = hierarchy.GetItemUID(item, name) if aside else hierarchy.GetItemAttribute(item, kept)
        if uid and aside:
            hierarchy.SetItemAttribute(item, kept, uid)
            hierarchy.RemoveItemUID(item, name)
        elif uid:
            hierarchy.SetItemUID(item, name, uid)
            hierarchy.RemoveItemAttribute(item, kept)


def detach_from_files(frames: NodeFrames, word: str) -> Callable[[], None]:
    """Renames the files that a save would write, to `<node name>-<word>` beside the old ones; returns what undoes it.

    A storage node without a file name has none to protect and is left alone.
    """
    undo = [_rename(storage, node, word) for node in (frames.node, *frames.proxies) for storage in _storages(node)]
    return lambda: [put_back() for put_back in undo] and None


def let_go_of_files(node: Node) -> None:
    """Makes a node one that was never saved. Slicer keeps hidden nodes' files in a folder of its own, which it removes with the
    next save: a node that is hidden no more would think itself saved, and be lost.
    """
    for storage in _storages(node):
        _set_name(storage, None)
    node.StorableModified()


def _storages(node: Node) -> list[Node]:
    found = (node.GetNthStorageNode(i) for i in range(node.GetNumberOfStorageNodes()))
    return [storage for storage in found if storage is not None and (storage.GetFileName() or storage.GetURI())]


def _rename(storage: Node, node: Node, word: str) -> Callable[[], None]:
    name, uri = storage.GetFileName(), storage.GetURI()
    names = [storage.GetNthFileName(i) for i in range(storage.GetNumberOfFileNames())]
    _set_name(storage, str(_free_name(storage, node, word)) if name else None)

    def put_back() -> None:
        storage.SetFileName(name)
        storage.SetURI(uri)
        storage.ResetFileNameList()
        for each in names:
            storage.AddFileName(each)

    return put_back


def _set_name(storage: Node, name: str | None) -> None:
    """The one file that a storage node stands for from now on, None for none."""
    storage.SetFileName(name)
    storage.SetURI(None)
    storage.ResetFileNameList()
    storage.ResetURIList()


def _free_name(storage: Node, node: Node, word: str) -> Path:
    """A file that does not exist yet, in the folder of the storage node's old file and of a kind that it can write."""
    old = Path(storage.GetFullNameFromFileName() or storage.GetFileName())
    ending = storage.GetSupportedFileExtension(str(old)) or old.suffix
    ending = f".{storage.GetDefaultWriteFileExtension()}" if ending.lower() in UNWRITABLE else ending
    stem = "".join("_" if letter in '\\/:*?"<>|' else letter for letter in node.GetName())
    names = (old.with_name(f"{stem}-{word}{count}{ending}") for count in ("", *(f"-{n}" for n in range(2, 10_000))))
    return next(name for name in names if not name.exists())
