"""The stand-in has no name that the application lacks: its classes and modules are held against tables of Slicer's own API.

The tables (../shared/slicer) are read off Slicer's sources; where they are absent these tests are skipped.
"""

from __future__ import annotations

import json

import pytest

# In the application, but not in the tables: QMainWindow's and QToolBar's children are C++ without a table of their own;
# the rest is Q_INVOKABLE or a decorator that the tables' reader missed, and is used by slicer.util itself.
BEYOND = {
    "qSlicerApplication": {"testingEnabled"},
    "qSlicerScriptedLoadableModuleWidget": {"isEntered"},
    "qSlicerAbstractCoreModule": {"icon"},
    "qSlicerScriptedLoadableModule": {"widgetRepresentation", "createNewWidgetRepresentation"},
    "qMRMLPlotView": {"mrmlPlotViewNode"},
    "ctkMessageBox": {"exec", "exec_"},
}
NO_TABLE = {
    "qSlicerMainWindow",
    "qSlicerModuleSelectorToolBar",
    "CommandOptions",
    "CoreModule",
    "ctkDICOMDatabase",
    "ctkDICOMModel",  # its enumeration alone
    "qMRMLTableWidget",
}


@pytest.fixture(scope="module")
def tables(shared_data) -> tuple[dict, dict]:
    """What PythonQt shows of each widget class, and the names of Slicer's Python runtime."""
    folder = shared_data.parent / "slicer"
    return tuple(json.loads((folder / f"{name}-api.json").read_text()) for name in ("widget", "python"))


@pytest.fixture
def kinds(host) -> dict[str, type]:
    """Slicer's and CTK's classes in the stand-in."""
    from Testing.host import desktop

    return desktop.slicer_classes()


def members_of(table: dict, name: str) -> set[str]:
    """Properties, signals, slots and invokables of a class and of its bases."""
    found: set[str] = set()
    while name in table:
        entry = table[name]
        for line in entry["properties"] + entry["signals"] + entry["slots"] + entry["invokable"]:
            found.add(line.split("(")[0])
        name = entry["base"]
    return found


def own_names(kind: type) -> set[str]:
    """Public names that the class itself declares: neither Qt's, nor accessors of Qt's properties, nor enumerators."""
    from Testing.host.pythonqt import QtWidgets, accessors

    plain = next(base for base in kind.__mro__ if base.__module__.startswith("PySide6"))
    of_qt = set(dir(plain)) | set(accessors(plain)) | set(dir(QtWidgets.QWidget))
    own = {name for name, value in vars(kind).items() if not name.startswith("_") and not isinstance(value, int)}
    return own - of_qt - {"staticMetaObject"}


def test_every_name_of_a_widget_class_is_one_that_the_application_has(kinds, tables):
    widget_table, _ = tables
    judged = {name: kind for name, kind in kinds.items() if name not in NO_TABLE}
    extra = {name: own_names(kind) - members_of(widget_table, name) - BEYOND.get(name, set()) for name, kind in judged.items()}
    assert not {name: names for name, names in extra.items() if names}


def test_every_class_has_a_table_or_is_known_to_have_none(kinds, tables):
    bases = {entry["base"] for entry in tables[0].values()}
    assert set(kinds) - set(tables[0]) - bases - NO_TABLE - {"qSlicerScriptedLoadableModule"} == set()


@pytest.mark.parametrize("name", ["ctkCollapsibleButton", "ctkSliderWidget", "qMRMLNodeComboBox", "qMRMLWidget"])
def test_a_widget_refuses_names_that_it_does_not_declare(host, name):
    import ctk
    import slicer

    widget = getattr(ctk if name.startswith("ctk") else slicer, name)()
    with pytest.raises(AttributeError):
        widget.colour = "red"
    with pytest.raises(AttributeError):
        widget.setColour("red")
    with pytest.raises(AttributeError):
        widget.connect("colourChanged(QString)", print)


MODULES = (
    "slicer.packaging",
    "slicer.i18n",
    "slicer.ScriptedLoadableModule",
    "slicer.util",
    "SampleData",
    "DICOMLib.DICOMUtils",
)


@pytest.mark.parametrize("name", MODULES)
def test_every_name_of_a_python_module_is_one_that_the_application_has(host, tables, name):
    import sys
    import types

    entry, module = tables[1][name], sys.modules[name]
    imported = {"contextmanager"}
    known = {signature.split("(")[0] for signature in entry["functions"]} | set(entry["classes"])
    mine = {public for public, value in vars(module).items() if isinstance(value, types.FunctionType | type)}
    assert {public for public in mine if not public.startswith("_")} - known - imported == set()


def test_the_methods_of_scripted_module_classes_are_slicers(host, tables):
    from Testing.host import scripted_modules

    for name, entry in tables[1]["slicer.ScriptedLoadableModule"]["classes"].items():
        known = {signature.split("(")[0] for signature in entry["methods"]}
        mine = {method for method in vars(getattr(scripted_modules, name)) if not method.startswith("_")}
        assert mine <= known


def test_parameter_node_wrappers_have_slicers_names(host, tables):
    from Testing.host import parameters

    parts = [entry for name, entry in tables[1].items() if name.startswith("slicer.parameterNodeWrapper.")]
    known = {line.split("(")[0] for part in parts for line in part["functions"]}
    known |= {name for part in parts for name in part["classes"]}
    assert set(parameters.__all__) <= known
