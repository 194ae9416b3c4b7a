"""Every file of pydicom's own tests and of pydicom-data, through `info` and `denoise`: a result or a named error."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from cine_files import listing

from FluoroDenoiseLib.commands.failures import UnexpectedError

LARGE = 3_000_000  # bytes
MEGAPIXELS = ("RG1", "RG3", "MR2")  # NEMA's radiographs and a large MR image take seconds each


def corpus():
    """All files, also those that are no DICOM; nothing is downloaded."""
    data = pytest.importorskip("data_store", reason="needs pydicom-data")
    roots = (Path(pydicom.__file__).parent / "data" / "test_files", Path(data.__file__).parent)
    return [path for root in roots for path in sorted(root.rglob("*")) if path.is_file() and path.suffix != ".pyc"]


def is_large(file):
    return file.stat().st_size >= LARGE or file.name.startswith(MEGAPIXELS)


def wrong(fluorodenoise, file, folder):
    """What is wrong with the answer to a file, or None."""
    codes = [fluorodenoise("info", file), fluorodenoise("denoise", file, folder / "out.dcm")]
    left = set(listing(folder))
    for path in folder.iterdir():
        path.unlink()
    if any(outcome.code == UnexpectedError.exit_code or "Traceback" in outcome.err for outcome in codes):
        return f"{file.name}: {[outcome.err for outcome in codes]}"
    expected = {"out.dcm", "out.dcm.provenance.json"} if codes[1].code == 0 else set()
    return None if left == expected else f"{file.name}: exit code {codes[1].code} left {left}"


def check(fluorodenoise, files, folder):
    found = [wrong(fluorodenoise, file, folder) for file in files]
    assert not [problem for problem in found if problem]


def test_every_file_gives_a_result_or_a_named_error(fluorodenoise, folder):
    files = [file for file in corpus() if not is_large(file)]
    assert len(files) > 200
    check(fluorodenoise, files, folder)


@pytest.mark.slow
def test_every_large_file_gives_a_result_or_a_named_error(fluorodenoise, folder):
    check(fluorodenoise, [file for file in corpus() if is_large(file)], folder)
