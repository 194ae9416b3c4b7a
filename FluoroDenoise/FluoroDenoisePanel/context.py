"""What the sections of the panel share: the chosen node, the parameters, the worker, the message line."""

from __future__ import annotations

import shutil
from typing import Any

COLOURS = {"info": "", "warning": "color: #b26a00", "error": "color: #c62828; font-weight: bold"}


class PanelContext:
    """Made once for each panel.

    Attributes:
        parameterNode: the scene's parameters, typed, or None while no scene is bound.
        busy: True while a run is under way: no second one is started.
    """

    def __init__(self, ui):
        self.parameterNode: Any = None
        self.busy = False
        self._ui = ui
        self._sections: list = []
        self._runner: Any = None

    def add(self, section) -> None:
        """Takes a section in: it is refreshed and cleaned up with the others."""
        self._sections.append(section)

    @property
    def node(self):
        """The chosen input: a sequence's proxy volume or a volume; None where nothing is chosen."""
        return self.parameterNode.inputVolume if self.parameterNode else None

    @property
    def runner(self):
        """The worker process's `FluoroDenoiseLib.jobs.Runner`, made at the first use."""
        from FluoroDenoiseLib.jobs import Runner

        if self._runner is None:
            self._runner = Runner(python=pythonSlicer())
        return self._runner

    def refresh(self) -> None:
        """Brings all sections in line with the chosen node."""
        for section in self._sections:
            section.refresh()

    def leaveScene(self) -> None:
        """Lets all sections go of the scene."""
        for section in self._sections:
            section.leaveScene()

    def cleanup(self) -> None:
        """Ends what sections have under way, and the worker."""
        for section in self._sections:
            section.cleanup()
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def show(self, text: str, level: str = "info") -> None:
        """Says something in the line below the buttons; level: "info", "warning" or "error"."""
        self._ui.messageLabel.text = text
        self._ui.messageLabel.styleSheet = COLOURS[level]
        self._ui.messageLabel.visible = bool(text)


def pythonSlicer() -> str:
    """The Python that runs the worker: `sys.executable` is the application itself in Slicer.

    Raises:
        WorkerFailed: the installation has none.
    """
    from FluoroDenoiseLib.errors import WorkerFailed

    found = shutil.which("PythonSlicer")
    if found is None:
        raise WorkerFailed("Found no PythonSlicer in Slicer's installation, which runs the denoiser. Install Slicer again.")
    return found
