"""What the sections of the panel share: the chosen node, the parameters, the worker, the message line."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from typing import Any

import slicer

from FluoroDenoiseLib.errors import Cancelled, FluoroDenoiseError

from .foreground import Foreground
from .layouts import Layouts
from .packages import ensurePackages
from .stepwise import StepwiseRun

READABLE = "color: white; padding: 3px; font-weight: bold"  # on grounds of their own, in light and dark looks alike
COLOURS = {"info": "", "warning": f"background: #8a5300; {READABLE}", "error": f"background: #b71c1c; {READABLE}"}


class PanelContext:
    """Made once for each panel.

    Attributes:
        logic: the module's logic; it owns the worker.
        parameterNode: the scene's parameters, typed, or None while no scene is bound.
        foreground: the run that the user waits for.
        layouts: the way into our layouts and back to the user's.
        refusal: why the chosen node cannot be denoised; "" where nothing is known against it.
        devices: the machine's devices and their names in words, once the worker has told them.
        system: manufacturer, model and protocol of the chosen cine, once the worker has read its header.
    """

    def __init__(self, ui, logic):
        self.logic = logic
        self.parameterNode: Any = None
        self.refusal = ""
        self.devices: dict[str, str] = {}
        self.system: dict[str, str] = {}
        self.foreground = Foreground(ui, self)
        self.layouts = Layouts()
        self._ui = ui
        self._sections: list = []
        self._background: StepwiseRun | None = None

    def add(self, section) -> None:
        """Takes a section in: it is refreshed and cleaned up with the others."""
        self._sections.append(section)

    @property
    def busy(self) -> bool:
        """True while a run is under way: no second one is started."""
        return self.foreground.active

    @property
    def node(self):
        """The chosen input: a sequence's proxy volume or a volume; None where nothing is chosen."""
        return self.parameterNode.inputVolume if self.parameterNode else None

    @property
    def runner(self):
        """The worker process's `FluoroDenoiseLib.jobs.Runner`, free for a job: what ran in the background is given up."""
        self.stopBackground()
        return self.logic.runner

    def inBackground(self, steps: Generator, ended: Callable) -> None:
        """Runs steps for as long as nobody needs the worker for something that the user asked for; see `StepwiseRun`."""
        self.stopBackground()
        self._background = StepwiseRun(steps, ended)

    def stopBackground(self) -> None:
        """Gives up what runs in the background."""
        if self._background is not None:
            self._background.stop()
            self._background = None

    def refresh(self) -> None:
        """Brings all sections in line with the chosen node."""
        for section in self._sections:
            section.refresh()

    def leaveScene(self) -> None:
        """Lets all sections go of the scene."""
        self.stopBackground()
        self.foreground.leaveScene()
        for section in self._sections:
            section.leaveScene()

    def onNodeVanished(self) -> None:
        """A node that a section may use was removed."""
        self.leaveScene()
        self.refresh()
        self.freeOriginals()

    def freeOriginals(self) -> None:
        """Originals whose denoised nodes were removed, with the panel open or not, come out of hiding."""
        from FluoroDenoiseLib.mrml.history import free_orphans

        freed = [] if slicer.mrmlScene.IsBatchProcessing() else free_orphans(slicer.mrmlScene)
        if freed:
            self.show(f"{' and '.join(freed)}: shown in the scene now, since what was denoised from it was removed.")

    def cleanup(self) -> None:
        """Ends what sections have under way, and the worker."""
        self.stopBackground()
        self.foreground.giveUp()
        for section in self._sections:
            section.cleanup()
        self.logic.close()

    def show(self, text: str, level: str = "info") -> None:
        """Says something in the line below the buttons; level: "info", "warning" or "error"."""
        self._ui.messageLabel.text = text
        self._ui.messageLabel.styleSheet = COLOURS[level]
        self._ui.messageLabel.visible = bool(text)

    def tell(self, error: Exception) -> None:
        """Says what went wrong: what a user can mend in a sentence; anything else also goes to the error log."""
        if not isinstance(error, FluoroDenoiseError):
            logging.error("FluoroDenoise", exc_info=error)
        self.show(str(error), "info" if isinstance(error, Cancelled) else "error")

    def packagesAreThere(self) -> bool:
        """Asks for what is missing; a refusal is told in the message line."""
        try:
            ensurePackages()
        except FluoroDenoiseError as error:
            self.tell(error)
            return False
        return True
