"""The section Denoise: choose a cine, click Denoise (then Cancel), click Restore original."""

from __future__ import annotations

import logging

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import Cancelled, EditedSince, FluoroDenoiseError

from .description import Description
from .device_choice import DeviceChoice
from .edits_question import askAboutEdits
from .node_run import Settings, denoising
from .packages import ensurePackages
from .progress import RunProgress
from .region_choice import RegionChoice
from .section import Section
from .stepwise import StepwiseRun
from .verdicts import canDenoise, canRestore, enable


class DenoiseSection(Section):
    """Runs one cine at a time."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        self._run = self._target = None
        self._cancellable = False
        self._progress = RunProgress(ui.progressBar, ui.progressLabel)
        self._region = RegionChoice(ui, context)
        self._device = DeviceChoice(ui, context)
        self._description = Description(ui, context)
        ui.denoiseButton.clicked.connect(self._onDenoise)
        ui.restoreButton.clicked.connect(self._onRestore)

    def refresh(self) -> None:
        """Shows what can be done with the chosen node."""
        for part in (self._region, self._device, self._description):
            part.refresh()
        running = self._run is not None and self._cancellable
        self.ui.denoiseButton.text = _("Cancel") if running else _("Denoise")
        stop = True, _("Stop; the cine stays as it was.")
        enable(self.ui.denoiseButton, stop if running else canDenoise(self.context))
        enable(self.ui.restoreButton, canRestore(self.context))

    def leaveScene(self) -> None:
        """A run ends at once where what it would write to has vanished."""
        from FluoroDenoiseLib.mrml.links import is_present

        self._description.leaveScene()
        if self._run is not None and not is_present(self._target):
            self._giveUp()
            self.context.show(_("The run was stopped: its cine has left the scene. Nothing was written."))

    def cleanup(self) -> None:
        """A run ends at once; the cine stays as it was."""
        self._description.leaveScene()
        if self._run is not None:
            self._giveUp()

    def settings(self) -> Settings:
        """What the user has chosen."""
        chosen = self.context.parameterNode
        return Settings(chosen.model, chosen.mode.value, chosen.device, chosen.strength, self._region.chosen())

    def _onDenoise(self) -> None:
        if self._run is not None:
            self._run.cancel()
            self.ui.denoiseButton.enabled = False
            self._progress.start(_("Cancelling..."))
        elif self._packagesAreThere():
            self._denoise(self.context.node)

    def _packagesAreThere(self) -> bool:
        """Asks for what is missing; a refusal is told in the message line."""
        try:
            ensurePackages()
        except FluoroDenoiseError as error:
            self._tell(error)
            return False
        return True

    def _denoise(self, node, edits: str = "refuse") -> None:
        steps = denoising(node, self.settings(), self.context.runner, self._progress.show, edits)
        self._cancellable = True
        self._begin(node, steps, _("Reading the cine..."), _("Denoised {name}."), self._denoise)

    def _onRestore(self) -> None:
        self._restore(self.context.node)

    def _restore(self, node, edits: str = "refuse") -> None:
        from FluoroDenoiseLib.mrml.history import restore_steps

        self._cancellable = False
        steps = restore_steps(node, edits)
        self._begin(node, steps, _("Restoring..."), _("{name} shows its original again."), self._restore)

    def _begin(self, node, steps, doing: str, done: str, again) -> None:
        """Starts steps; `again` starts them anew with the user's answer where edits were found."""

        def ended(result, error):
            self._end()
            if isinstance(error, EditedSince):
                self._askAndGoOn(error, lambda answer: again(node, answer))
            elif error is not None:
                self._tell(error)
            else:
                self.context.show(done.format(name=node.GetName()))

        self.context.show("")
        self.context.busy = True
        self._target = node
        self._progress.start(doing)
        self._run = StepwiseRun(steps, ended)
        self.context.refresh()

    def _giveUp(self) -> None:
        self._run.stop()
        self._end()

    def _end(self) -> None:
        self._run = self._target = None
        self.context.busy = False
        self._progress.end()
        self.context.refresh()

    def _askAndGoOn(self, error, again) -> None:
        answer = askAboutEdits(str(error))
        if answer is not None:
            again(answer)

    def _tell(self, error) -> None:
        """What a user can mend is told in a sentence; anything else also goes to the error log."""
        if isinstance(error, Cancelled):
            self.context.show(str(error))
            return
        if not isinstance(error, FluoroDenoiseError):
            logging.error("FluoroDenoise", exc_info=error)
        self.context.show(str(error), "error")
