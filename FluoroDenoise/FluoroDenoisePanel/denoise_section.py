"""The section Denoise: choose a cine, click Denoise (then Cancel), click Restore original."""

from __future__ import annotations

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import EditedSince

from .description import Description
from .device_choice import DeviceChoice
from .edits_question import askAboutEdits
from .node_run import Settings, denoising
from .region_choice import RegionChoice
from .section import Section
from .verdicts import canDenoise, canRestore, enable


class DenoiseSection(Section):
    """Denoises the chosen cine in place, and gives its original back."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        self._region = RegionChoice(ui, context)
        self._device = DeviceChoice(ui, context)
        self._description = Description(ui, context)
        ui.denoiseButton.clicked.connect(self._onDenoise)
        ui.restoreButton.clicked.connect(self._onRestore)

    def refresh(self) -> None:
        """Shows what can be done with the chosen node; the button Denoise cancels any run."""
        for part in (self._region, self._device, self._description):
            part.refresh()
        running = self.context.foreground.cancellable and self.context.busy
        self.ui.denoiseButton.text = _("Cancel") if running else _("Denoise")
        enable(self.ui.denoiseButton, (True, _("Stop; nothing is changed.")) if running else canDenoise(self.context))
        enable(self.ui.restoreButton, canRestore(self.context))

    def leaveScene(self) -> None:
        """The description lets go of its node."""
        self._description.leaveScene()

    def _onDenoise(self) -> None:
        if self.context.busy:
            self.context.foreground.cancel()
        elif self.context.packagesAreThere():
            self._description.nameSystem()
            settings = chosenSettings(self.context, self._region.chosen())
            self._denoise(self.context.node, settings)

    def _denoise(self, node, settings: Settings, edits: str = "refuse") -> None:
        steps = denoising(node, settings, self.context.runner, self.context.foreground.show, edits)
        ended = self._ended(node, _("Denoised {name}."), lambda node, answer: self._denoise(node, settings, answer))
        self.context.foreground.begin(steps, _("Reading the cine..."), ended, target=node)

    def _onRestore(self) -> None:
        self._restore(self.context.node)

    def _restore(self, node, edits: str = "refuse") -> None:
        from FluoroDenoiseLib.mrml.history import restore_steps

        ended = self._ended(node, _("{name} shows its original again."), self._restore)
        steps = restore_steps(node, edits)
        self.context.foreground.begin(steps, _("Restoring..."), ended, target=node, cancellable=False)

    def _ended(self, node, done: str, again):
        """What follows a run; where edits were found, `again` starts it anew with the user's answer."""

        def ended(result, error):
            if isinstance(error, EditedSince):
                answer = askAboutEdits(str(error))
                if answer is not None:
                    again(node, answer)
            elif error is not None:
                self.context.tell(error)
            else:
                self.context.show(done.format(name=node.GetName()))

        return ended


def chosenSettings(context, region=None) -> Settings:
    """What the user has chosen; a batch has no region, which would lie elsewhere in every cine."""
    chosen = context.parameterNode
    return Settings(chosen.model, chosen.mode.value, chosen.device, chosen.strength, region)
