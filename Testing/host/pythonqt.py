"""Qt as PythonQt shows it inside Slicer: properties are attributes, signals connect by signature, unknown names are refused.

The module object `qt` is what `import qt` gives to the code under test. PySide6's true_property makes properties attributes
and takes their setters away, so what runs here keeps to the names that PySide6 and PythonQt share.
"""

from __future__ import annotations

import os
import sys
import types
import weakref

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The feature can only be imported after PySide6, whatever a sorter of imports thinks.
# isort: off
from PySide6 import QtCore, QtGui, QtTest, QtUiTools, QtWidgets  # noqa: E402, F401
from shibokensupport.feature import pyside_feature_dict  # noqa: E402

# Switching the feature on looks into every loaded module that is not listed; torch.classes answers that look with an error.
pyside_feature_dict.update({name: -1 for name in sys.modules if name.split(".")[0] == "torch"})
from __feature__ import true_property  # noqa: E402, F401
# isort: on

# The feature belongs to files that import PySide6, and each such file switches it on or off for whoever runs next. So only
# this file imports PySide6, the host's other files take Qt from here, and PySide6's own files leave the switch alone.
pyside_feature_dict.update({name: -1 for name in pyside_feature_dict if name.startswith("PySide6")})

PARTS = (QtCore, QtGui, QtWidgets)


def declared(kind: type, name: str):
    """What the class or a base of it declares under this name, unbound; None where nothing does."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


class Look:
    """What PythonQt adds to every QObject, and that it lets nobody invent attributes."""

    # PySide6's loader of .ui files makes every child an attribute of the root; PythonQt's does not.
    _ui_is_loaded = False

    def __setattr__(self, name, value):
        known = declared(type(self), name)
        if isinstance(known, QtCore.Property):
            known.fset(self, value)
        elif hasattr(known, "__set__"):
            known.__set__(self, value)
        elif Look._is_made(self) and self.metaObject().indexOfProperty(name) >= 0:
            self.setProperty(name, value)  # a property that shares its name with a method: QTimer.singleShot
        elif name.startswith("_") or not is_wrapper(type(self)):
            self.__dict__[name] = value
        elif not Look._ui_is_loaded:
            raise AttributeError(f"'{name}' does not exist on {type(self).__name__}: PythonQt allows no new attributes")

    @staticmethod
    def _is_made(thing) -> bool:
        """Is there a C++ object yet? Asking one that is not made ends the process."""
        return "connect" in thing.__dict__

    def __init__(self, *arguments, **properties):
        super().__init__(*arguments, **properties)
        # PySide6 finds its own `connect` before any class is asked; what the object itself holds comes first.
        self.__dict__.update(connect=Connector(self, "connect"), disconnect=Connector(self, "disconnect"))

    @property
    def name(self):
        """PythonQt's other word for objectName."""
        return self.objectName

    @name.setter
    def name(self, name):
        self.objectName = name

    def className(self):
        """Name of the C++ class."""
        return self.metaObject().className()

    def delete(self):
        """Deletes the C++ object, at the next turn of the event loop."""
        self.deleteLater()

    def findChildren(self, kind=QtCore.QObject, name=None):
        """Children of a class, which may be given by its name, and with an object name."""
        plain = getattr(PARTS_BY_NAME, kind) if isinstance(kind, str) else vars(kind).get("_plain", kind)
        found = super().findChildren(plain)
        return [child for child in found if name is None or child.objectName == name]


class Connector:
    """An object's `connect` or `disconnect`: signals are named as in C++, connect("clicked(bool)", f)."""

    def __init__(self, sender, verb: str):
        # Weak, lest every object keep itself alive.
        self._sender, self._verb = weakref.ref(sender), verb

    def __call__(self, signature, receiver):
        getattr(bound_signal(self._sender(), signature), self._verb)(receiver)
        return True


class LookType(type(QtCore.QObject)):
    """Objects that Qt made itself are instances too: isinstance(anyLabel, qt.QLabel)."""

    def __instancecheck__(cls, instance):
        plain = vars(cls).get("_plain")
        return isinstance(instance, plain) if plain else super().__instancecheck__(instance)


def is_wrapper(kind: type) -> bool:
    """Is this one of Slicer's or Qt's own classes, rather than one that Python code derived?"""
    return "_plain" in vars(kind) or vars(kind).get("_of_slicer", False)


def of_slicer(kind: type) -> type:
    """Marks a class of the host as one of Slicer's: it takes no attribute that is not declared."""
    kind._of_slicer = True
    plain = next(base for base in kind.__mro__ if base.__module__.startswith("PySide6"))
    for name, method in accessors(plain).items():
        if declared(kind, name) is None:
            setattr(kind, name, method)
    return kind


def accessors(plain: type) -> dict:
    """setX() and isX() of each property: PythonQt has them beside the properties, true_property takes them away.

    Also the few properties that true_property leaves out: QTimer.active.
    """
    found = {}
    for index in range(plain.staticMetaObject.propertyCount()):
        name = plain.staticMetaObject.property(index).name()
        title = name[0].upper() + name[1:]
        found |= {f"set{title}": setter(name), f"is{title}": lambda self, name=name: getattr(self, name)}
        found[name] = property(lambda self, name=name: self.property(name))
    return {name: method for name, method in found.items() if declared(plain, name) is None}


def setter(name: str):
    """setX(value), or setX(its parts): setContentsMargins(0, 0, 0, 0)."""

    def set_property(self, *parts):
        if callable(getattr(self, name)):  # QTimer.singleShot: a static method of that name hides the property
            self.setProperty(name, *parts)
            return
        setattr(self, name, parts[0] if len(parts) == 1 else type(getattr(self, name))(*parts))

    return set_property


def strict(plain: type) -> type:
    """The class of that name in module `qt`, for a QObject class of PySide6's."""
    old_spelling = {"exec_": plain.exec} if hasattr(plain, "exec") else {}
    names = {"_plain": plain, "__module__": "qt", **accessors(plain), **old_spelling}
    return LookType(plain.__name__, (Look, plain), names)


def bound_signal(sender, signature: str):
    """The signal `clicked(bool)` of an object.

    Raises:
        AttributeError: it has no such signal.
    """
    plain = signature.replace("const ", "").replace("&", "").replace(" ", "")
    attribute = getattr(sender, "_SIGNALS", {}).get(plain)
    if (
        attribute is None
        and sender.metaObject().indexOfSignal(QtCore.QMetaObject.normalizedSignature(signature).data().decode()) < 0
    ):
        raise AttributeError(f"{type(sender).__name__} has no signal {signature}")
    return getattr(sender, attribute) if attribute else StringSignal(sender, signature)


class StringSignal:
    """One overload of a C++ signal, picked by its signature."""

    def __init__(self, sender, signature):
        self._sender, self._signature = sender, QtCore.SIGNAL(signature)

    def connect(self, receiver):
        QtCore.QObject.connect(self._sender, self._signature, receiver)

    def disconnect(self, receiver):
        return QtCore.QObject.disconnect(self._sender, self._signature, receiver)


class QtModule(types.ModuleType):
    """`qt`: classes are made strict when they are first asked for."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(PARTS_BY_NAME, name)
        is_object = isinstance(found, type) and issubclass(found, QtCore.QObject)
        value = strict(found) if is_object else found
        setattr(self, name, value)
        return value


class PartsByName:
    """All that Qt's core, gui and widgets parts hold, under one roof as in PythonQt."""

    def __getattr__(self, name):
        for part in PARTS:
            if hasattr(part, name):
                return getattr(part, name)
        raise AttributeError(f"module 'qt' has no attribute '{name}'")


PARTS_BY_NAME = PartsByName()
qt = QtModule("qt", __doc__)
sys.modules.setdefault("qt", qt)
