"""What the demo shows of a denoised node, drawn by Slicer's own slice views."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from headless_slicer import HeadlessSlicer
from pictures import Column, compose, write_movie

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.mrml import original_node
from FluoroDenoiseLib.mrml.new_volume import fill, place
from FluoroDenoiseLib.quality.field import field_of_view

LARGEST = 512
"""Screen pixels of the longer side of a picture; smaller images are magnified to it, so that they can be seen."""
DETAIL = 3.0
"""Magnification of the detail against the whole picture."""
LONGEST = 48
"""Frames of the movie at most."""
WIDTHS = 4.0
"""The scale of what was removed reaches this many standard deviations to either side."""


class Drawing:
    """Slice views for before, after and removed, alike in size.

    Args:
        application: the scene's application.
        node: a denoised volume, or the proxy of a denoised sequence.
        before, after: its cines.
    """

    def __init__(self, application: HeadlessSlicer, node, before: Cine, after: Cine) -> None:
        self._scene, self._node, self._original = application.scene, node, original_node(node)
        self._before, self._after = before, after
        _, rows, columns = before.shape
        self._field = field_of_view(before)
        self._zoom = LARGEST / max(rows, columns)
        self._size = round(columns * self._zoom), round(rows * self._zoom)
        self._views = [application.slice_view(name, *self._size) for name in ("Before", "After", "Removed")]

    def picture(self, path: Path, title: str, notes: list[str]) -> None:
        """Writes the picture of the frame in the middle: the whole of it, and a detail magnified."""
        t = len(self._before) // 2
        self._go_to(t)
        removed, limit = self._removed(t)
        center = self._liveliest(t)
        nodes = (self._original, self._node, removed)
        scale = f"before minus after, from -{limit:g} to {limit:g}"
        labels = (f"frame {t + 1} of {len(self._before)}", "same window and level", scale)
        columns = [
            Column(name, remark, self._whole_and_detail(view, shown, t, center))
            for name, remark, view, shown in zip(("Before", "After", "Removed"), labels, self._views, nodes, strict=True)
        ]
        compose(columns, self._box(center), title, notes).save(path)

    def movie(self, path: Path, seconds: float, progress: Callable[[int, int], None]) -> None:
        """Writes before | after as the browser plays them: every frame, or of a long cine those in the middle."""
        first = max(0, (len(self._before) - LONGEST) // 2)
        chosen = range(first, min(first + LONGEST, len(self._before)))
        pairs = []
        for t in chosen:
            self._go_to(t)
            pairs.append(tuple(view.show(shown, self._slice(shown, t)) for view, shown in self._both()))
            progress(len(pairs), len(chosen))
        write_movie(path, pairs, seconds, ("Before", "After"))

    def _both(self):
        return zip(self._views[:2], (self._original, self._node), strict=True)

    def _go_to(self, t: int) -> None:
        for i in range(self._scene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode")):
            self._scene.GetNthNodeByClass(i, "vtkMRMLSequenceBrowserNode").SetSelectedItemNumber(t)

    def _slice(self, node, t: int) -> int:
        return t if node.GetImageData().GetDimensions()[2] > 1 else 0

    def _whole_and_detail(self, view, shown, t: int, center: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
        k = self._slice(shown, t)
        return view.show(shown, k), view.show(shown, k, center, DETAIL * self._zoom)

    def _removed(self, t: int):
        """A volume of before minus after, shown on a symmetric scale of its own, and the limit of that scale."""
        difference = self._difference(t)
        limit = float(f"{max(WIDTHS * 1.4826 * np.median(np.abs(difference[self._field])), 1e-6):.1g}")
        node = self._scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "removed")
        place(node, self._before)
        fill(node, difference[None])
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetAutoWindowLevel(False)
        node.GetDisplayNode().SetWindowLevel(2 * limit, 0)
        return node, limit

    def _difference(self, t: int) -> np.ndarray:
        return self._before.frames[t].astype(np.float32) - self._after.frames[t]

    def _liveliest(self, t: int) -> tuple[float, float]:
        """Row and column of the part that holds most fine structure against its noise, rather in the middle than aside."""
        frame = self._after.frames[t].astype(np.float32)
        fine = cv2.GaussianBlur(frame, (0, 0), 1.5) - cv2.GaussianBlur(frame, (0, 0), 5)
        noise = cv2.blur(self._difference(t) ** 2, (31, 31))
        noise = np.maximum(noise, np.median(noise[self._field]) + 1e-6)  # saturated parts have none
        share = np.minimum(fine**2 / noise, 1)  # many vessels, not one strong edge
        side = [max(3, int(length / DETAIL)) for length in frame.shape]
        middle = np.outer(*(cv2.getGaussianKernel(length, length / 4) for length in frame.shape))
        sums = cv2.boxFilter(share * self._field * middle, -1, side[::-1], normalize=False, borderType=cv2.BORDER_CONSTANT)
        margin = [length // 2 + 1 for length in side]
        inner = sums[margin[0] : -margin[0], margin[1] : -margin[1]]
        row, column = np.unravel_index(inner.argmax(), inner.shape)
        return float(row + margin[0]), float(column + margin[1])

    def close(self) -> None:
        """Takes the views apart before the scene goes: they would try to draw what is gone."""
        for view in self._views:
            view.close()

    def _box(self, center: tuple[float, float]) -> tuple[int, int, int, int]:
        width, height = (length / DETAIL / 2 for length in self._size)
        row, column = (value * self._zoom for value in center)
        return round(column - width), round(row - height), round(column + width), round(row + height)
