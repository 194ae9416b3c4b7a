"""A region of interest, or a segment, as weights of the pixels of a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from ..errors import UnsuitableCine
from ..steps import Steps, finish
from .links import Node
from .node_frames import NodeFrames
from .places import apply, ijk_to_ras, through_transforms, to_numpy

BLEND = 4
"""Pixels over which the weight rises from the region's border inwards: outside of it nothing changes at all."""
POINTS = 2**16
"""Pixels whose centres are looked up in one step."""
Test = Callable[[np.ndarray], np.ndarray]
"""Tells of points [n, 3], in the coordinates of the region's node, which lie inside."""


def region_weights(region: Node | tuple[Node, str], node: Node) -> np.ndarray:
    """Weights 0..1, float32: [H, W] for a sequence, [T, H, W] for a volume, whose slices lie at different places.

    A pixel belongs to the region where its centre does, in the world: transforms on the node and on the region count, and the
    node's image axes may point anywhere (Slicer's image sequences negate both in-plane axes).

    Args:
        region: a markups ROI node, or a segmentation node with the id of one of its segments.
        node: a volume, a sequence, or a sequence's proxy (whose transform then counts).

    Raises:
        UnsuitableCine: the region touches no pixel, or the segment is absent or has no labelmap.
    """
    return finish(region_steps(region, node))


def region_steps(region: Node | tuple[Node, str], node: Node) -> Steps[np.ndarray]:
    """`region_weights`, some rows at a step."""
    frames = NodeFrames(node)
    where, inside = (region[0], _segment_test(*region)) if isinstance(region, tuple) else (region, _roi_test(region))
    shown = node if node.IsA("vtkMRMLVolumeNode") else next(iter(frames.proxies), frames.volumes[0])
    slices = len(frames) if shown is frames.node else 1
    masks = []
    for k in range(slices):
        masks.append((yield from _mask(shown, k, frames.shape[1:], where, inside)))
    if not any(mask.any() for mask in masks):
        raise UnsuitableCine(f"The region {where.GetName()} touches no pixel of {frames.name}. Move it over the image.")
    weights = np.empty((slices, *frames.shape[1:]), np.float32)
    for k, mask in enumerate(masks):
        weights[k] = _blend(mask)
        yield
    return weights if shown is frames.node else weights[0]


def slice_mask(roi: Node, volume: Node, k: int) -> np.ndarray:
    """[H, W] boolean: which pixels of slice k of a volume (0 for the frame that a proxy shows) lie in a markups ROI."""
    columns, rows, _ = volume.GetImageData().GetDimensions()
    return finish(_mask(volume, k, (rows, columns), roi, _roi_test(roi)))


def _mask(volume: Node, k: int, shape: tuple[int, int], region: Node, inside: Test) -> Steps[np.ndarray]:
    """[H, W] boolean: which pixel centres of slice k lie in the region."""
    mask, band = np.empty(shape, bool), max(1, POINTS // shape[1])
    for top in range(0, shape[0], band):
        rows, columns = np.mgrid[top : min(top + band, shape[0]), : shape[1]]
        ijk = np.stack([columns, rows, np.full(rows.shape, k)], axis=-1).reshape(-1, 3)
        ras = apply(ijk_to_ras(volume), ijk)
        mask[top : top + band] = inside(through_transforms(ras, volume, region)).reshape(rows.shape)
        yield
    return mask


def _roi_test(roi: Node) -> Test:
    box_to_node = to_numpy(roi.GetObjectToNodeMatrix())
    half, outwards = np.array(roi.GetSize()) / 2, bool(roi.GetInsideOut())
    return lambda points: np.all(np.abs(apply(np.linalg.inv(box_to_node), points)) <= half, axis=1) ^ outwards


def _segment_test(segmentation: Node, segment: str) -> Test:
    """Looks the points up in the segment's labelmap, by the nearest voxel."""
    image = slicer.vtkOrientedImageData()
    if segmentation.GetSegmentation().GetSegment(segment) is None:
        found = f"has no segment {segment!r}" if segment else "is chosen as the region, and none of its segments"
        raise UnsuitableCine(f"{segmentation.GetName()} {found}. Choose one of its segments.")
    if not segmentation.GetBinaryLabelmapRepresentation(segment, image) or not image.GetNumberOfPoints():
        raise UnsuitableCine(f"The segment {segment!r} has no labelmap. Create its binary labelmap in Segmentations.")
    extent, matrix = image.GetExtent(), _image_to_world(image)
    labels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1]) > 0
    return lambda points: _look_up(labels, np.rint(apply(np.linalg.inv(matrix), points)).astype(int) - extent[::2])


def _look_up(labels: np.ndarray, ijk: np.ndarray) -> np.ndarray:
    """Values of labels [K, J, I] at indices [n, 3]; False outside."""
    within = np.all((ijk >= 0) & (ijk < labels.shape[::-1]), axis=1)
    found = np.zeros(len(ijk), bool)
    i, j, k = ijk[within].T
    found[within] = labels[k, j, i]
    return found


def _blend(mask: np.ndarray) -> np.ndarray:
    """Weights [H, W], float32, rising smoothly from 0 outside a mask to 1 a few pixels within; an image edge is no border."""
    import cv2

    padded = cv2.copyMakeBorder(mask.astype(np.uint8), *4 * [BLEND + 1], cv2.BORDER_REPLICATE)
    inner = (slice(BLEND + 1, -BLEND - 1),) * 2
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[inner] if not padded.all() else np.inf * mask
    part = np.clip(depth / (BLEND + 1), 0, 1)
    return (part * part * (3 - 2 * part)).astype(np.float32)


def _image_to_world(image: Any) -> np.ndarray:
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    return to_numpy(matrix)
