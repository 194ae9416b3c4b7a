"""slicer.parameterNodeWrapper: typed attributes over a vtkMRMLScriptedModuleNode, bound to widgets in both directions.

Behaves as Slicer's for the types that the module uses: str, bool, int, float, pathlib.Path, Enum (stored by name), lists of
these, MRML nodes; with Choice, WithinRange, Minimum, Maximum and Default.
"""

from __future__ import annotations

import enum
import json
import typing

import slicer
import vtk

from Testing.host.bindings import binding_for

__all__ = ["Choice", "Default", "Maximum", "Minimum", "WithinRange", "isParameterNodeWrapper", "parameterNodeWrapper"]

PROPERTY = "SlicerParameterName"


class Choice:
    """The value must be one of these."""

    def __init__(self, choices):
        self.choices = choices

    def validate(self, value):
        if value not in self.choices:
            raise ValueError(f"Value must be one of {self.choices}, not {value!r}")


class WithinRange:
    """The value must lie between these, ends included."""

    def __init__(self, minimum, maximum):
        self.minimum, self.maximum = minimum, maximum

    def validate(self, value):
        if value < self.minimum or value > self.maximum:
            raise ValueError(f"Value must be within [{self.minimum}, {self.maximum}], not {value}")


class Minimum(WithinRange):
    """The value must not be lower."""

    def __init__(self, minimum):
        super().__init__(minimum, float("inf"))


class Maximum(WithinRange):
    """The value must not be higher."""

    def __init__(self, maximum):
        super().__init__(float("-inf"), maximum)


class Default:
    """The value at first."""

    def __init__(self, value=None, *, generator=None):
        self._make = generator or (lambda: value)

    @property
    def value(self):
        return self._make()


class Parameter:
    """One typed attribute: how it is kept in the node, what it may be, what it is at first."""

    def __init__(self, name: str, hint, default):
        self.name, self.hint = name, hint
        self.kind, *self.annotations = typing.get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
        if hasattr(hint, "__metadata__"):
            self.annotations = list(hint.__metadata__)
        chosen = [one.value for one in self.annotations if isinstance(one, Default)]
        self.default = default if default is not None else (chosen or [self._first()])[0]

    def _first(self):
        choices = [one.choices[0] for one in self.annotations if isinstance(one, Choice)]
        if choices:
            return choices[0]
        if issubclass_of(self.kind, enum.Enum):
            return next(iter(self.kind))
        return None if self.is_node else plain_origin(self.kind)()

    @property
    def node_kinds(self) -> tuple[type, ...]:
        """The classes of nodes that it may hold: a class, or those of Union[A, B, None]; none for other types."""
        kinds = typing.get_args(self.kind) if typing.get_origin(self.kind) is typing.Union else (self.kind,)
        kinds = tuple(kind for kind in kinds if kind is not type(None))
        return kinds if all(issubclass_of(kind, slicer.vtkMRMLNode) for kind in kinds) else ()

    @property
    def is_node(self) -> bool:
        return bool(self.node_kinds)

    def validate(self, value) -> None:
        """Raises ValueError or TypeError."""
        if self.is_node:
            if value is not None and not isinstance(value, self.node_kinds):
                raise TypeError(f"{self.name} must be a {self.kind}, not {type(value).__name__}")
            return
        accepted = (int, float) if self.kind is float else plain_origin(self.kind)
        if not isinstance(value, accepted):
            raise TypeError(f"{self.name} must be a {self.kind}, not {value!r}")
        for one in self.annotations:
            if hasattr(one, "validate"):
                one.validate(value)

    def is_in(self, node) -> bool:
        return self.is_node or node.HasParameter(self.name)

    def write(self, node, value) -> None:
        self.validate(value)
        if self.is_node:
            node.SetNodeReferenceID(self.name, value.GetID() if value is not None else None)
        else:
            node.SetParameter(self.name, self._text(value))

    def _text(self, value) -> str:
        if isinstance(value, enum.Enum):
            return value.name
        return json.dumps(value) if isinstance(value, list) else str(value)

    def read(self, node):
        if self.is_node:
            return node.GetNodeReference(self.name)
        text = node.GetParameter(self.name)
        if issubclass_of(self.kind, enum.Enum):
            return self.kind[text]
        if plain_origin(self.kind) is list:
            return json.loads(text)
        return text == "True" if self.kind is bool else self.kind(text)


def plain_origin(kind):
    """list for list[str]; the class itself otherwise."""
    return typing.get_origin(kind) or kind


def issubclass_of(kind, base) -> bool:
    """issubclass that also takes type hints that are no classes."""
    return isinstance(kind, type) and issubclass(kind, base)


class Wrapper:
    """What the decorator adds to a class of typed attributes."""

    def __init__(self, parameterNode, prefix=None):
        self.parameterNode = parameterNode
        self._guis, self._updating = {}, False
        for parameter in self.allParameters.values():
            if not parameter.is_in(parameterNode):
                parameter.write(parameterNode, parameter.default)

    def connectGui(self, gui):
        """Binds every widget with the property SlicerParameterName; as Slicer's, it returns nothing to unbind them by."""
        widgets = gui.findChildren("QWidget") if hasattr(gui, "isWidgetType") else vars(gui).values()
        self.connectParametersToGui({widget.property(PROPERTY): widget for widget in widgets if widget.property(PROPERTY)})

    def connectParametersToGui(self, widgets):
        """Binds parameters, by name, to widgets."""
        unknown = set(widgets) - set(self.allParameters)
        if unknown:
            raise ValueError(f"Cannot find parameters {sorted(unknown)} among {sorted(self.allParameters)}")
        bindings = {name: binding_for(widget, self.allParameters[name]) for name, widget in widgets.items()}
        for name, binding in bindings.items():
            binding.write(self.getValue(name))
            binding.on_change(lambda name=name, binding=binding: self._read_gui(name, binding))
        tag = len(self._guis)
        self._guis[tag] = (bindings, self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._write_gui(bindings)))
        return tag

    def disconnectGui(self, tag):
        """Unbinds the widgets."""
        bindings, observer = self._guis.pop(tag, ({}, None))
        for binding in bindings.values():
            binding.off()
        if observer is not None:
            self.RemoveObserver(observer)

    def _read_gui(self, name, binding):
        if not self._updating:
            self.setValue(name, binding.read())

    def _write_gui(self, bindings):
        if self._updating:
            return
        self._updating = True
        try:
            for name, binding in bindings.items():
                binding.write(self.getValue(name))
        finally:
            self._updating = False

    def getValue(self, name):
        """The value of a parameter."""
        return self.allParameters[name].read(self.parameterNode)

    def setValue(self, name, value):
        """Sets a parameter, if the value is one that it may have."""
        self.allParameters[name].write(self.parameterNode, value)

    def default(self, name):
        """What the parameter is at first."""
        return Default(self.allParameters[name].default)

    def StartModify(self):
        """As vtkMRMLNode's."""
        return self.parameterNode.StartModify()

    def EndModify(self, before):
        """As vtkMRMLNode's."""
        return self.parameterNode.EndModify(before)

    def AddObserver(self, event, callback, priority=0.0):
        """As vtkObject's."""
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag):
        """As vtkObject's."""
        self.parameterNode.RemoveObserver(tag)

    def Modified(self):
        """As vtkObject's."""
        self.parameterNode.Modified()


def parameterNodeWrapper(kind=None):
    """Class decorator: annotated attributes become parameters of a node."""
    if kind is None:
        return parameterNodeWrapper
    hints = typing.get_type_hints(kind, include_extras=True)
    parameters = {name: Parameter(name, hint, getattr(kind, name, None)) for name, hint in hints.items()}
    properties = {name: attribute(name) for name in parameters}
    own = {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__", "__init__")}
    return type(kind.__name__, (Wrapper,), {**own, **properties, "allParameters": parameters})


def attribute(name: str) -> property:
    """A parameter as an attribute."""
    return property(lambda self: self.getValue(name), lambda self, value: self.setValue(name, value))


def isParameterNodeWrapper(what) -> bool:
    """Is this a decorated class or an instance of one?"""
    return issubclass_of(what, Wrapper) or isinstance(what, Wrapper)
