"""From a DICOM file through the real denoiser to a derived DICOM file."""

from __future__ import annotations

import make_dicom as make
import numpy as np
import pytest
from pydicom import dcmread

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.dicom import read_cine, write_result


@pytest.fixture(scope="module")
def denoiser():
    return Denoiser.load("fluoroscopy", device="cpu", mode="live")


def quiet_scene(count: int = 8) -> np.ndarray:
    """A bright disc on a ramp, with quantum noise; 12 bits."""
    row, column = np.mgrid[:64, :80]
    dose = 40 + column / 2 - 20 * (np.hypot(row - 30, column - 40) < 15)
    return np.minimum(np.random.default_rng(6).poisson(dose, (count, 64, 80)) * 20, 4095).astype(np.uint16)


@pytest.mark.parametrize("kind", ["xa", "enhanced", "series"])
def test_a_denoised_file_holds_what_the_denoiser_made_and_says_how(denoiser, tmp_path, kind):
    frames = quiet_scene()
    if kind == "series":
        source, target = tmp_path / "in", tmp_path / "out"
        make.single_frames(*make.SERIES["xa"], source, frames)
    else:
        header = make.xa(frames) if kind == "xa" else make.enhanced_xa(frames=frames)
        source, target = make.save(header, tmp_path / "in.dcm"), tmp_path / "out.dcm"
    cine = read_cine(source)
    assert np.array_equal(cine.frames, frames)
    result = denoiser.denoise(cine)
    written = write_result(result, target, original=cine)
    back = read_cine(target)
    assert np.array_equal(back.frames, result.frames)
    assert back.frames.std() < cine.frames.std()
    derived = dcmread(written[0])
    groups = derived.get("PerFrameFunctionalGroupsSequence")
    described = groups[0].DerivationImageSequence[0] if groups else derived
    for fact in (denoiser.model.name, denoiser.model.sha256, "live"):
        assert fact in described.DerivationDescription
