"""Slicer's core without its windows: the scene, the logics that the application registers, and its slice views off screen.

Packages: trame-slicer and the slicer-core that it brings. Used by the demo and by the tests on MRML.
"""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from trame_slicer.core.slicer_app import SlicerApp
from vtk.util.numpy_support import vtk_to_numpy

# VTK's readers and writers chat on stderr; errors still show.
vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_ERROR)


class HeadlessSlicer:
    """Keeps scene, logics and input/output alive as long as it lives.

    Attributes:
        scene: the vtkMRMLScene.
        files: loads and saves scenes (trame-slicer's IOManager).
    """

    def __init__(self) -> None:
        self._app = SlicerApp()
        # trame-slicer registers no sequences logic; the application does, and it is what moves the proxies.
        self._sequences = self._app.register_module_logic(slicer.vtkSlicerSequencesLogic())
        self.scene, self.files = self._app.scene, self._app.io_manager
        self.scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())  # as the Colors module does

    def slice_view(self, name: str, width: int, height: int) -> SlicePicture:
        """A new off-screen slice view."""
        return SlicePicture(self._app, name, width, height)


class SlicePicture:
    """One of Slicer's slice views, drawn into memory.

    Raises:
        RuntimeError: the machine lacks the libraries for drawing off screen.
    """

    def __init__(self, app: SlicerApp, name: str, width: int, height: int) -> None:
        from trame_slicer.views import SliceView

        warnings = vtk.vtkObject.GetGlobalWarningDisplay()
        vtk.vtkObject.GlobalWarningDisplayOff()  # without a display, VTK says so before it draws off screen
        try:
            self._view = SliceView(app.scene, app.app_logic, name)
            self._view.render_window().SetSize(width, height)
            self._view.interactor().UpdateSize(width, height)
            if not self._view.render_window().SupportsOpenGL():
                raise RuntimeError("no OpenGL for drawing off screen")
        finally:
            vtk.vtkObject.SetGlobalWarningDisplay(warnings)

    def show(self, volume, slice_number: int = 0, center: tuple[float, float] | None = None, zoom: float = 0.0) -> np.ndarray:
        """Draws a volume and returns the picture, uint8 [height, width, 3].

        Args:
            volume: a volume node, such as a sequence's proxy.
            slice_number: which of its slices.
            center: row and column in the middle of the picture, or None for the whole image.
            zoom: screen pixels per image pixel with `center`.
        """
        columns, rows, _ = volume.GetImageData().GetDimensions()
        if center is None:
            width, height = self._view.render_window().GetSize()
            center, zoom = ((rows - 1) / 2, (columns - 1) / 2), min(width / columns, height / rows)
        with self._view.render_blocked():
            self._view.set_orientation("Axial")
            self._view.set_background_volume_id(volume.GetID())
            self._aim(volume, (center[1], center[0], slice_number), zoom)
        self._view.render()
        return self._grab()

    def close(self) -> None:
        """Lets go of the volume and of the window, without drawing once more."""
        self._view.set_render_blocked(True)
        self._view.set_background_volume_id(None)
        self._view.finalize()

    def _aim(self, volume, ijk: tuple[float, float, int], zoom: float) -> None:
        width, height = self._view.render_window().GetSize()
        step = volume.GetSpacing()
        node = self._view.get_view_node()
        node.SetDimensions(width, height, 1)
        node.SetFieldOfView(width * step[0] / zoom, height * step[0] / zoom, step[2])
        matrix = vtk.vtkMatrix4x4()
        volume.GetIJKToRASMatrix(matrix)
        # Slicer puts the middle of a view half a screen pixel off the grid; left so, noise would be drawn smoother than it is.
        middle = matrix.MultiplyPoint((ijk[0] + 0.5 / zoom, ijk[1] - 0.5 / zoom, ijk[2], 1))
        node.JumpSliceByCentering(*middle[:3])

    def _grab(self) -> np.ndarray:
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self._view.render_window())
        grab.SetInputBufferTypeToRGB()
        grab.ReadFrontBufferOff()
        grab.Update()
        columns, rows, _ = grab.GetOutput().GetDimensions()
        pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(rows, columns, 3)
        return np.ascontiguousarray(pixels[::-1])
