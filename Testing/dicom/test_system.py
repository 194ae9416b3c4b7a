"""A header names the system that made it, and nothing else is read of it."""

from __future__ import annotations

import make_dicom
import pytest

from FluoroDenoiseLib.dicom.system import system_of


def test_manufacturer_model_and_protocol_are_read_without_padding(tmp_path):
    named = {"Manufacturer": "Maker ", "ManufacturerModelName": "Monoplane 1", "ProtocolName": "coronary"}
    file = make_dicom.save(make_dicom.xa(**named), tmp_path / "cine.dcm")
    assert system_of(file) == {"manufacturer": "Maker", "model": "Monoplane 1", "protocol": "coronary"}


def test_what_the_header_does_not_name_is_left_out(tmp_path):
    file = make_dicom.save(make_dicom.xa(Manufacturer=""), tmp_path / "cine.dcm")
    assert system_of(file) == {}


@pytest.mark.parametrize("content", [None, b"", b"Dear colleague"])
def test_a_file_that_is_gone_or_no_dicom_has_no_system(tmp_path, content):
    file = tmp_path / "letter.txt"
    if content is not None:
        file.write_bytes(content)
    assert system_of(file) == {}
