"""The Slicer module names only what Slicer has: its files are held against tables of Slicer's own API, without running them.

The tables (../shared/slicer) are read off Slicer's sources; where they are absent these tests are skipped.
"""

from __future__ import annotations

import ast
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

# File scope runs when Slicer starts: nothing heavy, nothing that Slicer lacks.
STANDARD = {"__future__", "collections", "dataclasses", "enum", "functools", "importlib", "logging", "pathlib", "shutil", "sys"}
STANDARD |= {"json", "tempfile", "time", "typing", "weakref"}
AT_START = STANDARD | {"slicer", "vtk", "qt", "ctk", "FluoroDenoiseLib.errors", "FluoroDenoisePanel"}
AT_START |= {"DICOMLib"}  # in the one file that is imported once Slicer has started
# QCoreApplication's and QObject's, which the tables of Slicer's own classes leave to Qt.
FROM_QT = {"connect", "disconnect", "processEvents"}
WIDGET_PROPERTIES = {"geometry", "enabled", "toolTip", "text", "wordWrap", "SlicerParameterName"}


@pytest.fixture(scope="module")
def module_files(root) -> dict[Path, ast.Module]:
    """Syntax trees of the module and its panel."""
    paths = sorted((root / "FluoroDenoise").rglob("*.py"))
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@pytest.fixture(scope="module")
def module(module_files) -> ast.Module:
    """Syntax tree of FluoroDenoise.py."""
    return next(tree for path, tree in module_files.items() if path.name == "FluoroDenoise.py")


@pytest.fixture(scope="module")
def ui(root) -> ElementTree.Element:
    """The panel's layout."""
    return ElementTree.parse(root / "FluoroDenoise" / "Resources" / "UI" / "FluoroDenoise.ui").getroot()


@pytest.fixture
def python_api(shared_data) -> dict:
    """Names of Slicer's Python runtime."""
    return json.loads((shared_data.parent / "slicer" / "python-api.json").read_text())


@pytest.fixture
def widget_api(shared_data) -> dict:
    """What PythonQt shows of each widget class."""
    return json.loads((shared_data.parent / "slicer" / "widget-api.json").read_text())


def dotted(node: ast.AST) -> str:
    """'a.b.c' for a chain of attributes, '' for anything else."""
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return node.id if isinstance(node, ast.Name) else ""


def uses(module_files, start: str) -> set[str]:
    """First names used behind `start.` in any file: uses('slicer.util') gives {'loadUI', ...}."""
    chains = {dotted(node) for tree in module_files.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return {chain.removeprefix(start + ".").split(".")[0] for chain in chains if chain.startswith(start + ".")}


def imported_from(module_files, name: str) -> set[str]:
    """Names that any file imports from module `name`."""
    nodes = (node for tree in module_files.values() for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in nodes if node.module == name for alias in node.names}


def names_of(python_api: dict, module: str) -> set[str]:
    """Functions and classes of a module of Slicer's, and of what it gathers from its parts."""
    parts = [entry for name, entry in python_api.items() if name == module or name.startswith(module + ".")]
    functions = {signature.split("(")[0] for entry in parts for signature in entry["functions"]}
    return functions | {name for entry in parts for name in entry["classes"]}


def methods_of(python_api: dict, module: str, class_name: str) -> set[str]:
    """Methods of a class of Slicer's."""
    return {signature.split("(")[0] for signature in python_api[module]["classes"][class_name]["methods"]}


def members_of(widget_api: dict, class_name: str) -> set[str]:
    """Properties, signals, slots and invokables of a widget class, those of its Slicer or CTK bases included."""
    found: set[str] = set()
    while class_name in widget_api:
        entry = widget_api[class_name]
        lines = entry["properties"] + entry["signals"] + entry["slots"] + entry["invokable"]
        found |= {line.split("(")[0] for line in lines}
        class_name = entry["base"]
    return found


@pytest.mark.parametrize("name", ["slicer.util", "slicer.packaging", "slicer.i18n", "slicer.parameterNodeWrapper"])
def test_names_of_slicers_python_modules_exist(module_files, python_api, name):
    used = uses(module_files, name) | imported_from(module_files, name)
    assert used <= names_of(python_api, name)


def test_names_of_the_sample_data_dicom_and_pytorch_modules_exist(module_files, python_api):
    assert uses(module_files, "SampleData.SampleDataLogic") <= methods_of(python_api, "SampleData", "SampleDataLogic")
    assert uses(module_files, "DICOMUtils") <= names_of(python_api, "DICOMLib.DICOMUtils")
    assert imported_from(module_files, "PyTorchUtils") <= names_of(python_api, "PyTorchUtils")


def test_names_of_the_application_exist(module_files, widget_api):
    assert uses(module_files, "slicer.app") <= members_of(widget_api, "qSlicerApplication") | FROM_QT


def test_classes_are_named_and_based_as_slicer_looks_them_up(module, python_api):
    bases = {node.name: [dotted(base) for base in node.bases] for node in module.body if isinstance(node, ast.ClassDef)}
    for ending in ("", "Widget", "Logic", "Test"):
        base = f"ScriptedLoadableModule{ending}"
        assert base in names_of(python_api, "slicer.ScriptedLoadableModule")
        assert base in bases[f"FluoroDenoise{ending}"]


def test_nothing_heavy_is_imported_when_slicer_starts(module_files):
    imported = set()
    for tree in module_files.values():
        for node in tree.body:
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported |= {node.module} if node.module.startswith("FluoroDenoiseLib") else {node.module.split(".")[0]}
    assert imported <= AT_START


def test_every_widget_used_in_code_is_in_the_ui_file(module_files, ui):
    used = uses(module_files, "self.ui") | uses(module_files, "self._ui") | uses(module_files, "ui")
    assert len(used) > 20
    assert used <= {widget.get("name") for widget in ui.iter("widget")}


def test_every_bound_widget_has_its_parameter_and_every_parameter_its_widget(module, module_files, ui):
    bound = {prop.findtext("string") for prop in ui.iter("property") if prop.get("name") == "SlicerParameterName"}
    node = next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "FluoroDenoiseParameterNode")
    # What a combo box offers changes as models and devices become known: no connector of Slicer's binds such a choice.
    by_hand = uses(module_files, "self._context.parameterNode") | uses(module_files, "self.context.parameterNode")
    parameters = {line.target.id for line in node.body if isinstance(line, ast.AnnAssign)}
    assert bound <= parameters <= bound | by_hand


def test_every_property_of_the_ui_file_is_one_of_the_widget(ui, widget_api):
    for widget in ui.iter("widget"):
        if widget.get("class") in widget_api:
            names = {prop.get("name") for prop in widget.findall("property")}
            assert names <= members_of(widget_api, widget.get("class")) | WIDGET_PROPERTIES, widget.get("name")


def test_every_custom_widget_is_declared_and_connected_with_names_it_has(ui, widget_api):
    classes = {widget.get("name"): widget.get("class") for widget in ui.iter("widget")}
    declared = {custom.findtext("class") for custom in ui.iter("customwidget")}
    assert {name for name in classes.values() if not name.startswith("Q")} == declared
    for connection in ui.iter("connection"):
        for end, member in (("sender", "signal"), ("receiver", "slot")):
            name = connection.findtext(member).split("(")[0]
            assert name in members_of(widget_api, classes[connection.findtext(end)])


def test_every_resource_that_the_module_asks_for_exists(module_files, root):
    resources = root / "FluoroDenoise" / "Resources"
    texts = (path.read_text(encoding="utf-8") for path in module_files)
    asked = {name for text in texts for name in re.findall(r'resourcePath\("([^"]+)"\)', text)}
    assert asked
    assert not [name for name in asked if not (resources / name).is_file()]
    assert (resources / "Icons" / "FluoroDenoise.png").is_file()
