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
    assert selector.nodeCount() == 1 and selector.currentNode() is None
    selector.setCurrentNode(node)
    host.scene.RemoveNode(node)
    assert chosen == [node, None]
