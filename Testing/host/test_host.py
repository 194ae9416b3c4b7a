"""The stand-in behaves as the application does where the module relies on it."""

from __future__ import annotations

import pytest


def test_a_widget_takes_its_properties_and_refuses_what_it_has_not(host):
    import qt

    button = qt.QPushButton("Denoise")
    button.text = "Cancel"
    assert button.text == "Cancel" and isinstance(button, qt.QWidget)
    with pytest.raises(AttributeError):
        button.caption = "Cancel"
    with pytest.raises(AttributeError):
        button.caption  # noqa: B018


def test_python_classes_derived_from_a_widget_may_have_attributes(host):
    import qt

    class Mark(qt.QLabel):
        pass

    mark = Mark("DENOISED")
    mark.model = "fluoroscopy"
    assert (mark.model, mark.text) == ("fluoroscopy", "DENOISED")


def test_signals_connect_by_name_and_by_signature(host):
    import qt

    heard = []
    button = qt.QPushButton()
    button.connect("clicked()", lambda: heard.append("by signature"))
    button.clicked.connect(lambda: heard.append("by name"))
    button.click()
    assert heard == ["by signature", "by name"]
    with pytest.raises(AttributeError):
        button.connect("pushed()", lambda: None)


def test_a_setter_is_there_beside_its_property(host):
    import qt

    layout = qt.QVBoxLayout()
    layout.setContentsMargins(1, 2, 3, 4)
    assert layout.contentsMargins.top() == 2


def test_a_collapsed_section_hides_its_content(host):
    import ctk
    import qt

    section = ctk.ctkCollapsibleButton("Check")
    layout, label = qt.QVBoxLayout(section), qt.QLabel("Noise")
    layout.addWidget(label)
    section.show()
    section.collapsed = True
    host.process()
    assert not label.visible and not section.checked
    section.click()
    assert label.visible and not section.collapsed


def test_a_dialog_gets_the_answer_laid_ready_and_an_unexpected_one_fails(host):
    import qt
    import slicer

    host.dialogs.answer(qt.QMessageBox.No)
    assert not slicer.util.confirmYesNoDisplay("Replace the edits?")
    assert host.dialogs.texts == ["Replace the edits?"]
    with pytest.raises(AssertionError):
        slicer.util.confirmYesNoDisplay("And now?")
    slicer.util.errorDisplay("a notice needs no answer")


def test_a_node_selector_offers_visible_nodes_of_its_types(host):
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes, selector.noneEnabled = ["vtkMRMLScalarVolumeNode"], True
    selector.setMRMLScene(host.scene)
    chosen = []
    selector.connect("currentNodeChanged(vtkMRMLNode*)", chosen.append)
    node = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "cine")
    hidden = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "original")
    hidden.SetHideFromEditors(True)
    hidden.Modified()
    host.scene.AddNewNodeByClass("vtkMRMLModelNode", "model")
    host.process()
    assert selector.nodeCount() == 1 and selector.currentNode() is None
    selector.setCurrentNode(node)
    host.scene.RemoveNode(node)
    assert chosen == [node, None]


def test_a_key_reaches_a_shortcut_of_the_main_window(host):
    import qt
    import slicer

    flips = []
    shortcut = qt.QShortcut(qt.QKeySequence("F"), slicer.util.mainWindow())
    shortcut.connect("activated()", lambda: flips.append("flip"))
    host.window.show()
    host.press("F")
    shortcut.delete()
    host.window.hide()
    assert flips == ["flip"]


def test_the_most_confident_dicom_plugin_loads_a_series(host, tmp_path):
    import slicer
    from DICOMLib import DICOMLoadable, DICOMPlugin, DICOMUtils

    from FluoroDenoisePanel.sample import SAMPLE

    loaded = []

    class Plugin(DICOMPlugin):
        confidence = 0.5

        def examineForImport(self, fileLists):
            loadable = DICOMLoadable()
            loadable.files, loadable.selected, loadable.confidence = fileLists[0], True, self.confidence
            return [loadable]

        def load(self, loadable):
            loaded.append(self.confidence)
            return True

    class Better(Plugin):
        confidence = 0.9

    before = dict(slicer.modules.dicomPlugins)
    slicer.modules.dicomPlugins.clear()
    slicer.modules.dicomPlugins.update(Plugin=Plugin, Better=Better)
    with DICOMUtils.TemporaryDICOMDatabase() as database:
        DICOMUtils.importDicom(SAMPLE.parent, database)
        DICOMUtils.loadPatientByUID(database.patients()[0])
    slicer.modules.dicomPlugins.clear()
    slicer.modules.dicomPlugins.update(before)
    assert loaded == [0.9]


def test_a_plot_view_draws_the_curves_of_its_chart_and_follows_their_table(host):
    import numpy as np
    import slicer

    node = host.scene.AddNewNodeByClass("vtkMRMLPlotChartNode")
    table, series = (host.scene.AddNewNodeByClass(kind) for kind in ("vtkMRMLTableNode", "vtkMRMLPlotSeriesNode"))
    slicer.util.updateTableFromArray(table, [np.arange(5.0), np.arange(5.0)], ["Signal", "Noise"])
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName("Signal")
    series.SetYColumnName("Noise")
    series.SetPlotType(series.PlotTypeScatter)
    series.SetColor(1, 0, 0)
    node.AddAndObservePlotSeriesNodeID(series.GetID())
    host.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutConventionalPlotView)
    host.window.resize(900, 700)
    host.window.show()
    host.settle()
    layouts = host.app.layoutManager()
    view = next(widget for widget in map(layouts.plotWidget, range(layouts.plotViewCount)) if widget.visible).plotView()
    empty = view.grab().toImage()
    view.mrmlPlotViewNode().SetPlotChartNodeID(node.GetID())
    host.settle()
    rising = view.grab().toImage()
    slicer.util.arrayFromTableColumn(table, "Noise")[:] = [4, 3, 2, 1, 0]
    table.Modified()
    host.settle()
    assert rising != empty
    assert view.grab().toImage() not in (rising, empty)
