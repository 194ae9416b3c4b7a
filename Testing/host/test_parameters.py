"""The stand-in's parameterNodeWrapper keeps to what Slicer's documentation says of the real one."""

from __future__ import annotations

import enum
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import pytest


class Mode(enum.Enum):
    REVIEW = "review"
    LIVE = "live"

    def label(self):
        return f"{self.value} mode"


@pytest.fixture
def wrapped(host):
    """A parameter node of every kind that the module uses, over a new MRML node."""
    import slicer
    from slicer.parameterNodeWrapper import Choice, Default, WithinRange, parameterNodeWrapper

    class Parameters:
        pass

    Parameters.__annotations__ = {
        "volume": slicer.vtkMRMLScalarVolumeNode,
        "model": Annotated[str, Choice(["plain", "fluoroscopy"])],
        "mode": Mode,
        "strength": Annotated[float, WithinRange(0.0, 1.0), Default(0.5)],
        "lossy": bool,
        "folder": Path,
    }
    Parameters.mode = Mode.LIVE
    return parameterNodeWrapper(Parameters)(host.scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))


def widget(kind, parameter):
    """A widget that is bound to this parameter."""
    made = kind()
    made.setProperty("SlicerParameterName", parameter)
    return made


def test_defaults_are_those_written_or_the_first_that_is_allowed(wrapped):
    assert (wrapped.volume, wrapped.model, wrapped.mode) == (None, "plain", Mode.LIVE)
    assert (wrapped.strength, wrapped.lossy, wrapped.folder) == (0.5, False, Path())


def test_values_live_in_the_node_enums_by_their_name(wrapped):
    wrapped.mode, wrapped.strength = Mode.REVIEW, 0.25
    assert wrapped.parameterNode.GetParameter("mode") == "REVIEW"
    again = type(wrapped)(wrapped.parameterNode)
    assert (again.mode, again.strength) == (Mode.REVIEW, 0.25)


def test_a_value_that_is_not_allowed_is_refused_and_the_old_one_stays(wrapped):
    for name, value in (("strength", 1.5), ("model", "other"), ("lossy", "yes"), ("volume", "cine")):
        before = wrapped.getValue(name)
        with pytest.raises((ValueError, TypeError)):
            wrapped.setValue(name, value)
        assert wrapped.getValue(name) == before


def test_a_node_is_held_by_reference_and_forgotten_when_it_is_removed(host, wrapped):
    volume = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    wrapped.volume = volume
    assert wrapped.volume is volume
    host.scene.RemoveNode(volume)
    assert wrapped.volume is None


def test_widgets_and_parameters_follow_each_other_until_they_are_disconnected(host, wrapped):
    import ctk
    import qt

    ui = SimpleNamespace(
        model=widget(qt.QComboBox, "model"),
        mode=widget(qt.QComboBox, "mode"),
        strength=widget(ctk.ctkSliderWidget, "strength"),
        lossy=widget(qt.QCheckBox, "lossy"),
        folder=widget(ctk.ctkPathLineEdit, "folder"),
    )
    tag = wrapped.connectParametersToGui(vars(ui))
    assert (ui.mode.currentText, ui.strength.value, ui.strength.maximum) == ("live mode", 0.5, 1.0)
    ui.model.currentIndex, ui.strength.value, ui.lossy.checked = 1, 0.75, True
    ui.folder.currentPath = "/cines"
    assert (wrapped.model, wrapped.strength, wrapped.lossy, wrapped.folder) == ("fluoroscopy", 0.75, True, Path("/cines"))
    wrapped.mode = Mode.REVIEW
    assert ui.mode.currentText == "review mode"
    wrapped.disconnectGui(tag)
    ui.strength.value = 0.1
    wrapped.mode = Mode.LIVE
    assert wrapped.strength == 0.75 and ui.mode.currentText == "review mode"


def test_a_node_selector_and_its_parameter_follow_each_other(host, wrapped):
    import slicer

    selector = widget(slicer.qMRMLNodeComboBox, "volume")
    selector.nodeTypes, selector.noneEnabled = ["vtkMRMLScalarVolumeNode"], True
    selector.setMRMLScene(host.scene)
    wrapped.connectGui(SimpleNamespace(selector=selector))
    volume = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    selector.setCurrentNode(volume)
    assert wrapped.volume is volume
    wrapped.volume = None
    assert selector.currentNode() is None


def test_what_slicer_cannot_bind_is_refused(host, wrapped):
    import ctk
    import qt

    with pytest.raises(RuntimeError):
        wrapped.connectGui(SimpleNamespace(box=widget(qt.QLineEdit, "strength")))
    with pytest.raises(ValueError, match="another"):
        wrapped.connectGui(SimpleNamespace(box=widget(ctk.ctkSliderWidget, "another")))
