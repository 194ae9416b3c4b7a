"""How a widget shows a parameter and says that the user changed it: the connectors of slicer.parameterNodeWrapper."""

from __future__ import annotations

import enum
import pathlib

from Testing.host.ctk_inputs import ctkPathLineEdit, ctkSliderWidget
from Testing.host.mrml_widgets import qMRMLNodeComboBox
from Testing.host.pythonqt import qt


class Binding:
    """A widget with one property that holds the value and one signal that tells of changes."""

    PROPERTY, SIGNAL = "", ""

    def __init__(self, widget, parameter):
        self._widget, self._kind, self._receiver = widget, parameter.kind, None
        self._parameter = parameter
        self._prepare()

    def _prepare(self) -> None:
        """Puts limits and choices into the widget."""

    def on_change(self, receiver) -> None:
        self._receiver = lambda *_: receiver()
        getattr(self._widget, self.SIGNAL).connect(self._receiver)

    def off(self) -> None:
        getattr(self._widget, self.SIGNAL).disconnect(self._receiver)

    def read(self):
        return getattr(self._widget, self.PROPERTY)

    def write(self, value) -> None:
        setattr(self._widget, self.PROPERTY, value)

    def _limits(self):
        return next((one for one in self._parameter.annotations if hasattr(one, "minimum")), None)


class CheckBinding(Binding):
    """Check boxes and checkable buttons: bool."""

    PROPERTY, SIGNAL = "checked", "toggled"


class TextBinding(Binding):
    """Line edits: str."""

    PROPERTY, SIGNAL = "text", "textChanged"


class NumberBinding(Binding):
    """Number boxes and sliders: int and float; limits become the widget's."""

    PROPERTY, SIGNAL = "value", "valueChanged"

    def _prepare(self):
        limits = self._limits()
        if limits is None and isinstance(self._widget, ctkSliderWidget | qt.QSlider):
            raise RuntimeError("A slider needs a parameter with limits.")
        if limits is not None:
            self._widget.minimum, self._widget.maximum = limits.minimum, limits.maximum

    def read(self):
        return self._kind(self._widget.value)


class ChoiceBinding(Binding):
    """Combo boxes: one of the values that Choice names, or of an Enum, shown by its label()."""

    PROPERTY, SIGNAL = "currentIndex", "currentIndexChanged"

    def _prepare(self):
        is_enum = issubclass(self._kind, enum.Enum)
        choice = next((one for one in self._parameter.annotations if hasattr(one, "choices")), None)
        if not is_enum and choice is None:
            raise RuntimeError("A combo box needs a parameter with Choice or an Enum.")
        self._values = list(self._kind) if is_enum else list(choice.choices)
        self._widget.clear()
        self._widget.addItems([self._label(value) for value in self._values])

    @staticmethod
    def _label(value) -> str:
        if isinstance(value, enum.Enum):
            return value.label() if hasattr(value, "label") else value.name
        return str(value)

    def read(self):
        return self._values[self._widget.currentIndex]

    def write(self, value):
        self._widget.currentIndex = self._values.index(value)


class PathBinding(Binding):
    """ctkPathLineEdit: pathlib.Path."""

    PROPERTY, SIGNAL = "currentPath", "currentPathChanged"

    def read(self):
        return pathlib.Path(self._widget.currentPath)

    def write(self, value):
        self._widget.currentPath = str(value)


class NodeBinding(Binding):
    """qMRMLNodeComboBox: a MRML node. As in Slicer, the parameter's type says which classes are offered, whatever the .ui file
    says; an abstract class cannot be asked for its name."""

    SIGNAL = "currentNodeIDChanged"

    def _prepare(self):
        self._widget.nodeTypes = [kind().GetClassName() for kind in self._parameter.node_kinds]

    def read(self):
        return self._widget.currentNode()

    def write(self, value):
        self._widget.setCurrentNode(value)


def table() -> list[tuple]:
    """Which binding serves which widget class; Slicer compares exact classes, too."""
    return [
        (CheckBinding, (qt.QCheckBox, qt.QPushButton), bool),
        (TextBinding, (qt.QLineEdit,), str),
        (NumberBinding, (qt.QSpinBox, qt.QSlider), int),
        (NumberBinding, (qt.QDoubleSpinBox, ctkSliderWidget), float),
        (ChoiceBinding, (qt.QComboBox,), (str, int, float, bool, enum.Enum)),
        (PathBinding, (ctkPathLineEdit,), pathlib.PurePath),
    ]


def binding_for(widget, parameter) -> Binding:
    """The binding of a widget to a parameter.

    Raises:
        RuntimeError: Slicer cannot bind these two.
    """
    if parameter.is_node and type(widget) is qMRMLNodeComboBox:
        return NodeBinding(widget, parameter)
    for binding, widgets, kinds in table():
        if type(widget) in widgets and isinstance(parameter.kind, type) and issubclass(parameter.kind, kinds):
            return binding(widget, parameter)
    raise RuntimeError(f"Unable to create GUI connector from datatype '{parameter.hint}' to widget type '{type(widget)}'")
