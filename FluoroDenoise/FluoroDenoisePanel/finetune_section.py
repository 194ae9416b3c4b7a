"""The section Fine-tune: a model of one's own from noisy cines of one's own system, begun, paused, resumed, judged, kept."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import Cancelled

from .finetune_adding import FinetuneAdding
from .finetune_choice import FinetuneChoice
from .finetune_files import isBegun
from .finetune_keeping import canKeep, canMakeDefault, discardRun, keepModel
from .finetune_order import FinetuneOrder
from .finetune_run import beginning, resuming
from .finetune_watch import FinetuneWatch
from .section import Section
from .stepwise import StepwiseRun
from .verdicts import Verdict, enable

DISCARDING = _("Discarding...")


class FinetuneSection(Section):
    """It has a worker of its own: cines can be denoised meanwhile. Whatever ends a run but *Discard*, it can go on later.

    Attributes:
        isRunning: True from a click on Start or Resume until the worker has let go.
    """

    def __init__(self, ui, context):
        super().__init__(ui, context)
        self._work: StepwiseRun | None = None
        self._stopping = ""
        self._adding = FinetuneAdding(ui, context, self.refresh)
        self._order = FinetuneOrder(ui, self._showButtons)
        self._choice = FinetuneChoice(ui.finetuneRunSelector, self._onRunChosen)
        self._watch = FinetuneWatch(ui, context, self._showButtons)
        ui.finetuneButton.clicked.connect(self._onButton)
        ui.finetuneDiscardButton.clicked.connect(self._onDiscard)
        ui.finetuneKeepButton.clicked.connect(lambda checked=False: self._keep(None))
        ui.finetuneDefaultButton.clicked.connect(lambda checked=False: self._keep(self._watch.verdict["system"]))

    @property
    def isRunning(self) -> bool:
        """See the class."""
        return self._work is not None

    def refresh(self) -> None:
        """Offers the runs that lie on disk, and what can be done with the chosen one."""
        if not self.isRunning and self._watch.folder is not None and not isBegun(self._watch.folder):
            self._leaveRun()  # another panel has kept or discarded it
        self._watch.look()
        isNew = self._watch.folder is None
        self._choice.offer(self._watch.folder)
        self.ui.finetuneRunSelector.enabled = not self.isRunning
        self._adding.offer(isNew)
        self._order.refresh(isNew)
        self._showButtons()

    def leaveScene(self) -> None:
        """Nodes that are gone leave the list; a run goes on, for it has its own copy of their frames."""
        self._adding.leaveScene()
        self._watch.leaveScene()

    def cleanup(self) -> None:
        """Pauses a run: its folder stays, and is offered the next time."""
        self._adding.cleanup()
        self._watch.cleanup()
        if self.isRunning:
            self._work.stop()

    def _onRunChosen(self) -> None:
        self._watch.follow(self._choice.chosen, isRunning=False)
        if self._watch.state:
            self._order.show(self._watch.state["order"])
        self._adding.data.showRun(self._watch.state.get("rows"))
        self.refresh()

    def _onButton(self) -> None:
        if self.isRunning:
            self._stop(_("Pausing..."))
        elif self.context.packagesAreThere():
            self._begin()

    def _begin(self) -> None:
        from FluoroDenoiseLib.training.run_folder import run_folder

        folder, tuner = self._watch.folder, self.context.logic.tuner
        if folder is not None:
            steps = resuming(folder, tuner)
        else:
            folder = run_folder(self._order.name)
            order = self._order.asked(self.context.logic.getParameterNode().device)
            steps = beginning(folder, [entry.source for entry in self._adding.data.usable], order, tuner)
            self._adding.data.showUsed()
        self.context.show("")
        self._work = StepwiseRun(steps, self._onEnded)
        self._watch.follow(folder, isRunning=True)
        self.refresh()

    def _stop(self, doing: str) -> None:
        """Asks the worker to stop; it may take two seconds."""
        self._stopping = doing
        self._work.cancel()
        self._showButtons()

    def _onEnded(self, verdict, error) -> None:
        folder, isDiscarded = self._watch.folder, self._stopping == DISCARDING
        self._work, self._stopping = None, ""
        if error is not None and not isinstance(error, Cancelled):
            self.context.tell(error)
        if isBegun(folder):
            self._watch.follow(folder, isRunning=False)
        else:
            self._leaveRun()
        if isDiscarded:
            self._discard()
        self.refresh()

    def _onDiscard(self) -> None:
        folder = self._watch.folder
        question = _("Discard the fine-tuning {name}? What it has learned is lost; your cines stay where they are.")
        if not slicer.util.confirmOkCancelDisplay(question.format(name=folder.name), "FluoroDenoise"):
            return
        if self.isRunning:
            self._stop(DISCARDING)
        else:
            self._discard()
            self.refresh()

    def _discard(self) -> None:
        if self._watch.folder is not None and discardRun(self.context, self._watch.folder):
            self._leaveRun()

    def _keep(self, system: dict[str, str] | None) -> None:
        if keepModel(self.context, self._watch.folder, system):
            self._leaveRun()
        self.context.refresh()

    def _leaveRun(self) -> None:
        self._watch.follow(None, isRunning=False)
        self._adding.data.showRun(None)

    def _showButtons(self) -> None:
        ui, verdict = self.ui, self._watch.verdict
        isJudged = verdict is not None and not self.isRunning
        ui.finetuneButton.visible = not isJudged
        ui.finetuneKeepButton.visible = ui.finetuneDefaultButton.visible = isJudged
        ui.finetuneButton.text = self._stopping or self._nameOfButton()
        enable(ui.finetuneButton, self._canGoOn())
        enable(ui.finetuneDiscardButton, self._canDiscard())
        enable(ui.finetuneKeepButton, canKeep(verdict))
        enable(ui.finetuneDefaultButton, canMakeDefault(verdict))

    def _nameOfButton(self) -> str:
        return _("Pause") if self.isRunning else _("Resume") if self._watch.folder else _("Start")

    def _canGoOn(self) -> Verdict:
        if self._stopping:
            return False, _("The worker puts away what it has learned so far.")
        if self._adding.isSurveying:
            return False, _("The cines are being looked at.")
        if self.isRunning:
            return True, _("Stop for now; it can go on later, also after Slicer was closed.")
        if self._watch.folder is not None:
            return True, _("Go on where it stopped.")
        return self._canBegin()

    def _canBegin(self) -> Verdict:
        reason = self._order.whyNot(self._adding.data)
        return not reason, reason or _("Learn from these cines; nothing leaves this computer.")

    def _canDiscard(self) -> Verdict:
        able = self._watch.folder is not None and not self._stopping
        return able, _("Remove this fine-tuning with everything it has learned.") if able else _("Nothing was trained yet.")
