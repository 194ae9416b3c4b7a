"""The entry for Slicer's Extensions Index has the shape that the index asks for, and agrees with the rest of the repository."""

from __future__ import annotations

import json
import re

import pytest

# Of Slicer's schema slicer-extension-catalog-entry-schema-v1.0.2: each property's type; the first three are required.
PROPERTIES = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "dicom_support_rule": str,
    "build_subdirectory": str,
    "enabled": bool,
    "tier": int,
}
REQUIRED = list(PROPERTIES)[:3]
TIERS = range(1, 6)


@pytest.fixture(scope="module")
def entry(root) -> dict:
    """What would be put into the index."""
    return json.loads((root / "FluoroDenoise.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cmake(root) -> str:
    """The extension's CMakeLists.txt."""
    return (root / "CMakeLists.txt").read_text(encoding="utf-8")


def suggested(entry: dict, **header) -> bool:
    """Would Slicer suggest the extension for a file with this header? The rule is a Python expression, too."""
    return eval(entry["dicom_support_rule"], {"__builtins__": {}}, {"Modality": "", "SOPClassUID": "", **header})


def test_the_entry_has_the_properties_of_the_schema_and_no_others(entry):
    assert not [name for name in REQUIRED if name not in entry]
    assert all(type(value) is PROPERTIES[name] for name, value in entry.items())
    assert entry["$schema"].endswith("slicer-extension-catalog-entry-schema-v1.0.2.json#")
    assert entry["tier"] in TIERS


def test_the_entry_agrees_with_the_extension(entry, cmake, root):
    assert entry["build_dependencies"] == re.search(r'EXTENSION_DEPENDS "([^"]*)"', cmake).group(1).split()
    owner = re.search(r"github\.com/([^/]+)/FluoroDenoise", cmake).group(1)
    assert entry["scm_url"] == f"https://github.com/{owner}/FluoroDenoise.git"
    module = (root / "FluoroDenoise" / "FluoroDenoise.py").read_text(encoding="utf-8")
    assert f'"{entry["category"]}")]' in module


@pytest.mark.parametrize("kind", ["XRayAngiographic", "XRayRadiofluoroscopic", "EnhancedXA", "EnhancedXRF"])
def test_slicer_suggests_the_extension_for_x_ray_cines(entry, kind):
    from pydicom import uid

    assert suggested(entry, SOPClassUID=str(getattr(uid, f"{kind}ImageStorage")))


def test_slicer_suggests_the_extension_by_modality_and_not_for_others(entry):
    assert suggested(entry, Modality="XA") and suggested(entry, Modality="RF")
    assert not suggested(entry, Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2")
