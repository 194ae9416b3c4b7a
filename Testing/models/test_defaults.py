"""A system's default model is remembered, follows a rename, and is forgotten with its model."""

from __future__ import annotations

import pytest

from FluoroDenoiseLib.errors import ModelUnavailable
from FluoroDenoiseLib.models.defaults import default_for, forget, make_default, rename

CATH_LAB = {"manufacturer": "Maker", "model": "Monoplane 1", "protocol": "coronary"}


def test_a_default_belongs_to_manufacturer_model_and_protocol(home):
    make_default(CATH_LAB, "fluoroscopy")
    assert default_for(CATH_LAB) == "fluoroscopy"
    assert default_for(CATH_LAB | {"protocol": "cerebral"}) is None
    assert default_for({}) is None


def test_the_last_choice_counts(home):
    make_default(CATH_LAB, "fluoroscopy")
    rename("fluoroscopy", "gone")
    assert default_for(CATH_LAB) is None  # there is no model of that name
    make_default(CATH_LAB, "fluoroscopy")
    assert default_for(CATH_LAB) == "fluoroscopy"
    forget("fluoroscopy")
    assert default_for(CATH_LAB) is None


@pytest.mark.parametrize(("system", "name"), [({}, "fluoroscopy"), ({"protocol": ""}, "fluoroscopy"), (CATH_LAB, "unknown")])
def test_an_unknown_system_or_model_is_refused(home, system, name):
    with pytest.raises(ModelUnavailable):
        make_default(system, name)
    assert not home.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"defaults": 3}', '{"defaults": [{"system": 1, "name": 2}]}'])
def test_a_damaged_file_counts_as_none_and_is_replaced(home, content):
    home.mkdir()
    (home / "defaults.json").write_text(content)
    assert default_for(CATH_LAB) is None
    make_default(CATH_LAB, "fluoroscopy")
    assert default_for(CATH_LAB) == "fluoroscopy"
