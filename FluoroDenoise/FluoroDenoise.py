"""The Slicer module: choose a cine, click Denoise, click Restore. What computes lives in FluoroDenoiseLib.

Annotations are evaluated here, not deferred: parameterNodeWrapper reads the types.
"""

import importlib.util
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import slicer
import vtk
from slicer import vtkMRMLVolumeNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

# Installed, the library lies beside this file; in a source tree it lies one folder up.
if importlib.util.find_spec("FluoroDenoiseLib") is None:
    sys.path.append(str(Path(__file__).resolve().parent.parent))

from FluoroDenoiseLib.errors import Cancelled, FluoroDenoiseError


class FluoroDenoise(ScriptedLoadableModule):
    """What Slicer's module list shows."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("FluoroDenoise")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Filtering")]
        self.parent.dependencies = ["Sequences"]
        self.parent.contributors = ["FluoroDenoise contributors"]
        self.parent.helpText = _(
            "Makes low-dose X-ray cines clear, in place, on a plain CPU; the original stays in the scene. Research use only."
        )
        self.parent.acknowledgementText = _(
            "After arXiv 2411.00830 (IEEE TIM 2025). The sample cine is a simulation made from a CT of TCIA LIDC-IDRI (CC BY)."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData():
    """Offers the bundled sample cine in the Sample Data module; nothing is downloaded."""
    from FluoroDenoisePanel.sample import registerSample

    registerSample(lambda source: FluoroDenoiseLogic().loadSample())


def modelNames() -> list[str]:
    """Names of the bundled models, without importing anything heavy."""
    library = Path(importlib.util.find_spec("FluoroDenoiseLib").origin).parent
    return sorted(card.parent.name for card in library.glob("models/*/card.json"))


class Mode(Enum):
    """How far the denoiser may look."""

    REVIEW = "review"
    LIVE = "live"

    def label(self) -> str:
        """Text of the combo box."""
        return _("Review: uses later frames too") if self is Mode.REVIEW else _("Live: earlier frames only")


@parameterNodeWrapper
class FluoroDenoiseParameterNode:
    """inputVolume: a cine's proxy volume, or a volume whose slices are frames; strength: 0 (off) to 1."""

    inputVolume: vtkMRMLVolumeNode
    model: Annotated[str, Choice(modelNames())] = "fluoroscopy"
    mode: Mode = Mode.REVIEW
    strength: Annotated[float, WithinRange(0.0, 1.0)] = 1.0


class FluoroDenoiseWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: inputs are bound to the parameter node, buttons to the logic."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._guiTag = None

    def setup(self):
        """Builds the panel, once."""
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/FluoroDenoise.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = FluoroDenoiseLogic()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneChanged)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneChanged)
        self.ui.denoiseButton.clicked.connect(self.onDenoise)
        self.ui.restoreButton.clicked.connect(self.onRestore)
        self.initializeParameterNode()

    def cleanup(self):
        """Called when the application closes or the module is reloaded."""
        self.removeObservers()

    def enter(self):
        """Called each time the panel is shown."""
        self.initializeParameterNode()

    def exit(self):
        """Called each time the panel is left: a hidden panel changes nothing."""
        self.setParameterNode(None)

    def onSceneStartClose(self, caller, event):
        """The parameter node is about to vanish."""
        self.setParameterNode(None)

    def onSceneChanged(self, caller, event):
        """A scene was closed or loaded: bind to its parameter node."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self):
        """Binds the panel to the scene's parameter node and proposes an input."""
        self.setParameterNode(self.logic.getParameterNode())
        if not self._parameterNode.inputVolume:
            self._parameterNode.inputVolume = self.logic.firstVisibleVolume()

    def setParameterNode(self, parameterNode):
        """Binds the panel to this node, or to none."""
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._checkCanApply)
        self._parameterNode = parameterNode
        if self._parameterNode:
            self._guiTag = self._parameterNode.connectGui(self.ui)
            self.addObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._checkCanApply)
            self._checkCanApply()

    def _checkCanApply(self, caller=None, event=None):
        node = self._parameterNode.inputVolume if self._parameterNode else None
        self._enable(self.ui.denoiseButton, self.logic.canDenoise(node))
        self._enable(self.ui.restoreButton, self.logic.canRestore(node))

    @staticmethod
    def _enable(button, verdict):
        button.enabled, button.toolTip = verdict

    def onDenoise(self):
        """Denoises the chosen cine in place; cancel or an error leaves it as it was."""
        from FluoroDenoisePanel.progress import FrameProgress

        chosen = self._parameterNode
        what = (chosen.inputVolume, chosen.model, chosen.mode.value, chosen.strength)
        with FrameProgress() as progress:
            self._run(lambda: self.logic.denoise(*what, progress=progress.show, cancel=progress.cancelled))

    def onRestore(self):
        """Gives the original back, bit for bit."""
        self._run(lambda: self.logic.restore(self._parameterNode.inputVolume))

    def _run(self, job):
        """Runs a job; what a user can mend is told in one sentence, anything else also goes to the error log."""
        with slicer.util.tryWithErrorDisplay(_("FluoroDenoise stopped; the cine was left as it was.")):
            try:
                job()
            except Cancelled:
                slicer.util.showStatusMessage(_("Cancelled; nothing was changed."), 3000)
            except FluoroDenoiseError as error:
                slicer.util.errorDisplay(str(error))
        self._checkCanApply()


class FluoroDenoiseLogic(ScriptedLoadableModuleLogic):
    """The module's jobs without the panel, for scripts and tests."""

    def getParameterNode(self):
        """The scene's parameter node, typed."""
        return FluoroDenoiseParameterNode(super().getParameterNode())

    def firstVisibleVolume(self):
        """The first volume that is not hidden from the user (originals are), or None."""
        volumes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        return next((node for node in volumes if not node.GetHideFromEditors()), None)

    def canDenoise(self, node) -> tuple[bool, str]:
        """Can this node be denoised, and what a click would do or what is missing."""
        if node is None:
            return False, _("Choose a cine first: load one, or take the sample from the Sample Data module.")
        return True, _("Denoise this cine in place; the original stays in the scene.")

    def canRestore(self, node) -> tuple[bool, str]:
        """Can this node's original be given back, and what a click would do or what is missing."""
        from FluoroDenoiseLib.mrml import is_denoised

        if node is None or not is_denoised(node):
            return False, _("Nothing to restore: this cine has not been denoised.")
        return True, _("Give the original back, bit for bit.")

    def loadSample(self) -> list:
        """Puts the bundled sample cine into the scene; returns its nodes."""
        self._ensurePackages()
        from FluoroDenoiseLib.dicom import read_cines
        from FluoroDenoiseLib.mrml import load
        from FluoroDenoisePanel.sample import SAMPLE

        return load(read_cines(SAMPLE), slicer.mrmlScene)

    def denoise(self, node, model="fluoroscopy", mode="review", strength=1.0, progress=None, cancel=None):
        """Denoises a volume, sequence or proxy node in place.

        progress: called with frames done and frames in all; cancel: asked between frames, True stops.
        Raises the named errors of FluoroDenoiseLib.errors; the scene is then as it was.
        """
        self._ensurePackages()
        from FluoroDenoiseLib import Denoiser
        from FluoroDenoiseLib.mrml import denoise_node

        denoiser = Denoiser.load(model, device="auto", mode=mode)
        return denoise_node(node, denoiser, strength=strength, progress=progress, cancel=cancel)

    def restore(self, node):
        """Gives the original back, bit for bit."""
        from FluoroDenoiseLib.mrml import restore_node

        return restore_node(node)

    def _ensurePackages(self):
        from FluoroDenoisePanel.packages import ensurePackages

        ensurePackages()


class FluoroDenoiseTest(ScriptedLoadableModuleTest):
    """The main job in the real application, on the bundled sample; needs the packages of requirements.txt and torch."""

    def setUp(self):
        """An empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self):
        """Called by Reload and Test."""
        for test in (self.test_sampleIsDenoisedInPlaceAndRestored, self.test_cineOfSlicersDicomBrowserIsDenoised):
            self.setUp()
            test()

    def test_sampleIsDenoisedInPlaceAndRestored(self):
        """The node stays, its pixels change, the original comes back."""
        FluoroDenoiseLogic().loadSample()
        self._checkDenoiseAndRestore()

    def test_cineOfSlicersDicomBrowserIsDenoised(self):
        """The same on the nodes that Slicer's own image sequence plugin makes."""
        from DICOMLib import DICOMUtils

        from FluoroDenoisePanel.sample import SAMPLE

        with DICOMUtils.TemporaryDICOMDatabase() as database:
            DICOMUtils.importDicom(str(SAMPLE.parent), database)
            DICOMUtils.loadPatientByUID(database.patients()[0])
        self._checkDenoiseAndRestore()

    def _checkDenoiseAndRestore(self):
        logic = FluoroDenoiseLogic()
        node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSequenceNode")
        before = self._frames(node)
        logic.denoise(node)
        after = self._frames(node)
        self.assertEqual([frame.dtype for frame in after], [frame.dtype for frame in before])
        self.assertFalse(any((new == old).all() for new, old in zip(after, before, strict=True)))
        logic.restore(node)
        self.assertTrue(all((new == old).all() for new, old in zip(self._frames(node), before, strict=True)))

    @staticmethod
    def _frames(sequenceNode):
        count = sequenceNode.GetNumberOfDataNodes()
        return [slicer.util.arrayFromVolume(sequenceNode.GetNthDataNode(i)).copy() for i in range(count)]
