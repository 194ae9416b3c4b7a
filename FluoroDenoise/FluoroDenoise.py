"""The Slicer module: metadata, parameters, panel, logic, self-test. What computes lives in FluoroDenoiseLib.

Annotations are evaluated here, not deferred: parameterNodeWrapper reads the types. A union of node classes must be a
typing.Union with None, and of concrete classes: the wrapper makes one of each to ask for its name, and the selectors then
offer exactly these.
"""

import importlib.util
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Union

import qt
import slicer
import vtk
from slicer import vtkMRMLMarkupsROINode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLVectorVolumeNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
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

from FluoroDenoisePanel.batch_section import BatchSection
from FluoroDenoisePanel.check_section import CheckSection
from FluoroDenoisePanel.compare_section import CompareSection
from FluoroDenoisePanel.context import PanelContext
from FluoroDenoisePanel.corner_mark import markViews
from FluoroDenoisePanel.denoise_section import DenoiseSection
from FluoroDenoisePanel.finetune_section import FinetuneSection
from FluoroDenoisePanel.models_section import ModelsSection
from FluoroDenoisePanel.node_run import Settings, denoising
from FluoroDenoisePanel.open_section import OpenSection, loadCines
from FluoroDenoisePanel.packages import ensurePackages
from FluoroDenoisePanel.proposal import proposedInput
from FluoroDenoisePanel.sample import SAMPLE, registerSample
from FluoroDenoisePanel.save_section import SaveSection
from FluoroDenoisePanel.stepwise import runToEnd
from FluoroDenoisePanel.worker import makeRunner

SECTIONS = (
    OpenSection,
    DenoiseSection,
    CompareSection,
    CheckSection,
    SaveSection,
    BatchSection,
    FinetuneSection,
    ModelsSection,
)


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
        slicer.app.connect("startupCompleted()", registerDicomPlugin)
        slicer.app.connect("startupCompleted()", markViews)


def registerSampleData():
    """Offers the bundled sample cine in the Sample Data module; nothing is downloaded."""
    registerSample(lambda source: FluoroDenoiseLogic().loadSample())


def registerDicomPlugin():
    """Offers X-ray cines in Slicer's DICOM browser."""
    from FluoroDenoisePanel.dicom_plugin import registerPlugin

    registerPlugin()


class Mode(Enum):
    """How far the denoiser may look."""

    REVIEW = "review"
    LIVE = "live"

    def label(self) -> str:
        """Text of the combo box."""
        return _("Review: uses later frames too") if self is Mode.REVIEW else _("Live: earlier frames only")


@parameterNodeWrapper
class FluoroDenoiseParameterNode:
    """What the user has chosen.

    inputVolume: a cine's proxy volume, or a volume whose slices are frames; model: its name, or a folder; proposedModel: the
    model that the panel chose last by itself: the user has chosen where the two differ; device: "auto", or one of the
    machine's; strength: 0 (off) to 1; region: a markups ROI or a segmentation.
    """

    inputVolume: Union[vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode, None]  # noqa: UP007
    model: str = "fluoroscopy"
    proposedModel: str = "fluoroscopy"
    mode: Mode = Mode.REVIEW
    strength: Annotated[float, WithinRange(0.0, 1.0)] = 1.0
    device: str = "auto"
    region: Union[vtkMRMLMarkupsROINode, vtkMRMLSegmentationNode, None]  # noqa: UP007


class FluoroDenoiseWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: builds its sections, and tells them of scene and node."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.context = None
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
        self.context = PanelContext(self.ui, self.logic)
        for section in SECTIONS:
            self.context.add(section(self.ui, self.context))
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneChanged)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneChanged)
        self.addObserver(scene, scene.NodeRemovedEvent, self.onNodeRemoved)
        self.initializeParameterNode()

    def cleanup(self):
        """Called when the application closes or the module is reloaded: runs end, the workers too."""
        if self.context:
            self.setParameterNode(None)
            self.context.cleanup()
        self.removeObservers()

    def enter(self):
        """Called each time the panel is shown."""
        self.initializeParameterNode()
        self.context.freeOriginals()

    def exit(self):
        """Called each time the panel is left: a hidden panel changes nothing. A run goes on."""
        self.setParameterNode(None)

    def onSceneStartClose(self, caller, event):
        """All nodes are about to vanish."""
        self.context.show("")
        self.context.leaveScene()
        self.setParameterNode(None)

    def onSceneChanged(self, caller, event):
        """A scene was closed or loaded: bind to its parameter node."""
        if self.parent.isEntered:
            self.initializeParameterNode()
        qt.QTimer.singleShot(0, self.context.freeOriginals)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeRemoved(self, caller, event, node):
        """Somebody removed a node; it may be one that a section uses."""
        # Within the event, the sequences logic still holds pointers to what is gone: asking it would end the application.
        if any(node.IsA(f"vtkMRML{kind}Node") for kind in ("Volume", "Sequence", "SequenceBrowser")):
            qt.QTimer.singleShot(0, self.context.onNodeVanished)

    def initializeParameterNode(self):
        """Binds the panel to the scene's parameter node and proposes an input."""
        self.setParameterNode(self.logic.getParameterNode())
        if not self._parameterNode.inputVolume:
            self._parameterNode.inputVolume = proposedInput()

    def setParameterNode(self, parameterNode):
        """Binds the panel to this node, or to none."""
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParameterModified)
        self._parameterNode = self.context.parameterNode = parameterNode
        if self._parameterNode:
            self._guiTag = self._parameterNode.connectParametersToGui(self._widgets())  # connectGui returns no tag
            self.addObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParameterModified)
        self.context.refresh()

    def _widgets(self):
        """The widgets that show a parameter by themselves, by its name, as the UI file says."""
        named = ((widget.property("SlicerParameterName"), widget) for widget in vars(self.ui).values())
        return {name: widget for name, widget in named if name}

    def onParameterModified(self, caller=None, event=None):
        """The user has chosen something."""
        self.context.refresh()


class FluoroDenoiseLogic(ScriptedLoadableModuleLogic):
    """The module's jobs without the panel, for scripts and tests; it owns the worker processes."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleLogic.__init__(self, parent)
        self._runners = {}

    def getParameterNode(self):
        """The scene's parameter node, typed."""
        return FluoroDenoiseParameterNode(super().getParameterNode())

    @property
    def runner(self):
        """The worker's `FluoroDenoiseLib.jobs.Runner`, made at the first use."""
        return self._runnerFor("cines")

    @property
    def tuner(self):
        """Another one for fine-tuning, so that cines can be denoised meanwhile."""
        return self._runnerFor("finetuning")

    def _runnerFor(self, work):
        if work not in self._runners:
            self._runners[work] = makeRunner()
        return self._runners[work]

    def close(self):
        """Ends the workers; the next use starts others."""
        while self._runners:
            self._runners.popitem()[1].close()

    def loadSample(self) -> list:
        """Puts the bundled sample cine into the scene; returns its nodes."""
        ensurePackages()
        return loadCines(SAMPLE)[0]

    def denoise(self, node, progress=lambda done, total: None, edits="refuse", **settings) -> dict:
        """Denoises a volume, sequence or proxy node in place, and waits for it; returns the record of how it was done.

        progress: called with frames done and frames in all; edits: what becomes of later edits ("refuse", "keep", "discard");
        settings: model, mode, device, strength, region (see `FluoroDenoisePanel.node_run.Settings`).
        Raises the named errors of FluoroDenoiseLib.errors; the scene is then as it was.
        """
        ensurePackages()
        return runToEnd(denoising(node, Settings(**settings), self.runner, progress, edits))

    def restore(self, node, edits="refuse"):
        """Gives the original back, bit for bit."""
        from FluoroDenoiseLib.mrml import restore_node

        restore_node(node, edits)


class FluoroDenoiseTest(ScriptedLoadableModuleTest):
    """The main job in the real application, on the bundled sample; needs the packages of requirements.txt and torch."""

    def setUp(self):
        """An empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self):
        """Called by Reload and Test."""
        for test in (
            self.test_sampleIsDenoisedInPlaceAndRestored,
            self.test_cineOfSlicersDicomBrowserIsDenoised,
            self.test_panelDenoisesByOneClick,
        ):
            self.setUp()
            test()

    def test_sampleIsDenoisedInPlaceAndRestored(self):
        """The node stays, its pixels change, the original comes back."""
        self._checkLogicOn(FluoroDenoiseLogic().loadSample()[0])

    def test_cineOfSlicersDicomBrowserIsDenoised(self):
        """The same on the nodes that Slicer's DICOM browser makes."""
        from DICOMLib import DICOMUtils

        with DICOMUtils.TemporaryDICOMDatabase() as database:
            DICOMUtils.importDicom(str(SAMPLE.parent), database)
            DICOMUtils.loadPatientByUID(database.patients()[0])
        self._checkLogicOn(slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSequenceNode"))

    def test_panelDenoisesByOneClick(self):
        """Open the panel, click Denoise, click Restore."""
        FluoroDenoiseLogic().loadSample()
        slicer.util.selectModule("FluoroDenoise")
        panel = slicer.util.getModuleWidget("FluoroDenoise")
        before = framesOf(panel.context.node)
        self._click(panel, panel.ui.denoiseButton)
        self.assertFalse((framesOf(panel.context.node) == before).all())
        self._click(panel, panel.ui.restoreButton)
        self.assertTrue((framesOf(panel.context.node) == before).all())

    def _click(self, panel, button):
        button.click()
        while panel.context.busy:
            slicer.app.processEvents()

    def _checkLogicOn(self, node):
        logic = FluoroDenoiseLogic()
        before = framesOf(node)
        logic.denoise(node)
        after = framesOf(node)
        self.assertEqual(after.dtype, before.dtype)
        self.assertFalse((after == before).all(axis=(1, 2)).any())
        logic.restore(node)
        logic.close()
        self.assertTrue((framesOf(node) == before).all())


def framesOf(node):
    """A copy of the frames that a node holds or shows."""
    from FluoroDenoiseLib.mrml.node_frames import NodeFrames

    return NodeFrames(node).stack().copy()
