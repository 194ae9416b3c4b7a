"""The frames of a node, whatever its kind: one place that knows how MRML stores pixels."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import slicer.util

from ..errors import UnsuitableCine
from ..steps import Steps, finish
from .links import Node, holder_of, is_sequence, proxies_of

_GREY: set[int] = set()
"""Modification times of images whose channels are known to be equal: a panel asks at every turn."""
VOLUMES = ("vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode")


class NodeFrames:
    """Frames of a volume (its slices) or of a sequence of one-slice volumes (its items), as views on VTK's memory.

    Views are taken anew at each call: VTK may have replaced the image in between.

    Attributes:
        node: the node that holds the frames: the volume, or the sequence (also when a proxy was given).
        volumes: the volume itself, or the sequence's data nodes in order.
        shape: frames, rows, columns.
        dtype: type of the stored values.

    Raises:
        UnsuitableCine: no volume or sequence of volumes, no pixels, true colour, or items of different sizes.
    """

    def __init__(self, node: Node) -> None:
        self.node = holder_of(node)
        self._per_item = is_sequence(self.node)
        self.volumes = _items(self.node) if self._per_item else [self.node]
        if not self.volumes:
            raise UnsuitableCine(f"The sequence {self.name} holds no items; expected one volume per frame.")
        self._check_alike([self._kind(volume) for volume in self.volumes])
        first = self._array(self.volumes[0])
        self.shape = (len(self.volumes) if self._per_item else len(first), *first.shape[1:3])
        self.dtype = first.dtype
        if first.ndim == 4:
            self._check_grey()

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def name(self) -> str:
        """What the user calls the node."""
        return self.node.GetName() or self.node.GetID() or "the node"

    @property
    def proxies(self) -> list[Node]:
        """The nodes that show the current item of a sequence; none for a volume."""
        return proxies_of(self.node) if self._per_item else []

    def plane(self, t: int) -> np.ndarray:
        """Frame t as a writable view [H, W], or [H, W, components] where grey is stored as colour."""
        return self._array(self.volumes[t])[0] if self._per_item else self._array(self.volumes[0])[t]

    def grey(self, t: int) -> np.ndarray:
        """Frame t as a view [H, W]."""
        plane = self.plane(t)
        return plane[..., 0] if plane.ndim == 3 else plane

    def stack(self) -> np.ndarray:
        """All frames [T, H, W]: a view for a volume; one copy for a sequence, whose items lie apart in memory."""
        return finish(self.stack_steps())

    def stack_steps(self, most: int | None = None) -> Steps[np.ndarray]:
        """`stack`, a frame at a step; at most so many frames."""
        if not self._per_item:
            array = self._array(self.volumes[0])
            return (array[..., 0] if array.ndim == 4 else array)[:most]
        frames = np.empty((min(len(self), most or len(self)), *self.shape[1:]), self.dtype)
        for t in range(len(frames)):
            frames[t] = self.grey(t)
            yield
        return frames

    def write(self, first: int, frames: np.ndarray) -> None:
        """Puts frames [n, H, W] or [n, H, W, components] of the stored type in place, from frame `first` on."""
        for t, frame in enumerate(frames, first):
            plane = self.plane(t)
            # Opacity, the fourth component, is no intensity: it stays.
            grey_into_colour = plane.ndim == 3 and frame.ndim == 2
            (plane[..., :3] if grey_into_colour else plane)[...] = frame[..., None] if grey_into_colour else frame
        self._announce(first, len(frames))

    def _announce(self, first: int, count: int) -> None:
        for volume in self.volumes[first : first + count] if self._per_item else self.volumes:
            slicer.util.arrayFromVolumeModified(volume)
        # A sequence does not notice changed items: without this its proxies stay stale, and it is not offered for saving.
        self.node.Modified()
        self.node.StorableModified()

    def digest(self, t: int) -> str:
        """Hash of the pixels of frame t."""
        return hashlib.blake2b(np.ascontiguousarray(self.plane(t)), digest_size=16).hexdigest()

    def digest_steps(self) -> Steps[str]:
        """Hash of the pixels of all frames, a frame at a step."""
        digests = []
        for t in range(len(self)):
            digests.append(self.digest(t))
            yield
        return combine(digests)

    def _array(self, volume: Node) -> np.ndarray:
        """[slices, H, W] or [slices, H, W, components], a view."""
        self._image(volume)
        return slicer.util.arrayFromVolume(volume)

    def _kind(self, volume: Node) -> tuple:
        """Size and type, without a view: cines may have thousands of frames."""
        image = self._image(volume)
        return image.GetDimensions(), image.GetScalarType(), image.GetNumberOfScalarComponents()

    def _image(self, volume: Node) -> Any:
        if volume.GetClassName() not in VOLUMES:
            raise UnsuitableCine(
                f"Found a {volume.GetNodeTagName()} in {self.name}; expected a volume, or a sequence of volumes. "
                "Choose a node with grey-scale frames."
            )
        image = volume.GetImageData()
        if image is None or image.GetNumberOfPoints() == 0 or image.GetPointData().GetScalars() is None:
            raise UnsuitableCine(f"{self.name} holds no pixels; load its image first.")
        return image

    def _check_alike(self, kinds: list[tuple]) -> None:
        different = len(set(kinds))
        if different > 1:
            raise UnsuitableCine(f"The items of {self.name} differ in size or type: {different} kinds found, expected one.")
        slices = kinds[0][0][2]
        if self._per_item and slices != 1:
            raise UnsuitableCine(
                f"Each item of {self.name} is a volume of {slices} slices; expected one frame per item. "
                "Denoise the volumes one by one."
            )

    def _check_grey(self) -> None:
        """Two components or three that differ are not grey."""
        for volume in self.volumes:
            image, array = volume.GetImageData(), self._array(volume)
            changed = max(image.GetMTime(), image.GetPointData().GetScalars().GetMTime())  # no two things share such a time
            if changed in _GREY:
                continue
            if array.shape[-1] in (3, 4) and _equal_channels(array):
                _GREY.add(changed)
            else:
                raise UnsuitableCine(f"{self.name} is in true colour; expected grey-scale frames (three equal channels).")


def _items(sequence: Node) -> list[Node]:
    return [sequence.GetNthDataNode(i) for i in range(sequence.GetNumberOfDataNodes())]


def _equal_channels(array: np.ndarray) -> bool:
    return all(np.array_equal(array[..., 0], array[..., k]) for k in (1, 2))


def combine(digests: list[str]) -> str:
    """One hash of the hashes of all frames, in order."""
    return hashlib.blake2b("".join(digests).encode(), digest_size=16).hexdigest()
