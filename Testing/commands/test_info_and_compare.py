"""`fluorodenoise info` and `compare`, and the command's help."""

from __future__ import annotations

import numpy as np
import pytest
from cine_files import listing, noisy_frames

from FluoroDenoiseLib import errors
from FluoroDenoiseLib.commands.region import rectangle_weights


def test_info_tells_what_a_cine_is_and_the_law_of_its_noise(fluorodenoise, xa, folder):
    before = listing(folder)
    outcome = fluorodenoise("info", xa)
    assert outcome.code == 0
    for part in (
        "XA: 6 frames of 96 x 96, 15 frames per second",
        "proportional to the detected dose",
        "from 0 to 4095",
        "noise ",
    ):
        assert part in outcome.out
    assert listing(folder) == before


def test_the_noise_of_info_is_the_noise_of_the_cine(fluorodenoise, xa):
    noise = fluorodenoise("info", xa, "--json").json["cines"][0]["noise"]
    levels, sigma = np.array(noise["levels"]), np.array(noise["sigma"])
    expected = np.sqrt(8 * levels + 64)  # 8 DN a quantum, 8 DN of electronic noise
    assert np.abs(sigma / expected - 1).max() < 0.25
    assert noise["vendor_recursion"] in (None, 0.0) or noise["vendor_recursion"] < 0.1


def test_info_describes_what_cannot_be_denoised_and_says_why(fluorodenoise, folder):
    np.save(folder / "flat.npy", np.full((4, 96, 96), 5, np.uint16))
    outcome = fluorodenoise("info", folder / "flat.npy")
    assert outcome.code == 4
    assert "4 frames of 96 x 96" in outcome.out
    assert "constant" in outcome.sentence


def test_info_claims_nothing_that_was_not_measured(fluorodenoise, folder):
    np.save(folder / "still.npy", noisy_frames(1, size=128))
    out = fluorodenoise("info", folder / "still.npy").out
    assert "1 frame of 128 x 128" in out
    assert "How well this law holds: not known" in out and "correlation not measured" in out


def test_info_of_a_real_recording_names_vendor_recursion_and_start_up(fluorodenoise, shared_data):
    outcome = fluorodenoise("info", shared_data / "xa-phantom-kragujevac" / "IM1.dcm")
    assert outcome.code == 0
    assert "of the frame before is mixed in" in outcome.out and "Start-up frames: 0 to" in outcome.out


def test_compare_measures_noise_before_and_after(fluorodenoise, array, folder):
    fluorodenoise("denoise", array, folder / "clear.npy")
    outcome = fluorodenoise("compare", array, folder / "clear.npy", "--json")
    assert outcome.code == 0
    assert outcome.json["noise_after"] < 0.7 * outcome.json["noise_before"]
    text = fluorodenoise("compare", array, folder / "clear.npy").out
    assert "dB less" in text and "Edges kept" in text and "What was removed" in text


def test_compare_of_a_cine_with_itself_finds_no_change(fluorodenoise, array):
    outcome = fluorodenoise("compare", array, array)
    assert outcome.code == 0
    assert "(0.0 dB less)" in outcome.out and "+0.00%" in outcome.out


def test_compare_refuses_cines_of_different_size(fluorodenoise, array, folder):
    np.save(folder / "other.npy", noisy_frames(4))
    outcome = fluorodenoise("compare", array, folder / "other.npy")
    assert outcome.code == 4 and "expected the same shape" in outcome.sentence


@pytest.mark.parametrize("command", ["", "denoise"])
def test_help_names_every_exit_code(fluorodenoise, command, capsys):
    with pytest.raises(SystemExit):
        fluorodenoise(*[command] * bool(command), "--help")
    outcome = capsys.readouterr()
    for error in errors.FluoroDenoiseError.__subclasses__():
        assert f"  {error.exit_code:2}  " in outcome.out
    assert "usage: fluorodenoise" in outcome.out


def test_help_needs_no_torch(as_process):
    check = "import atexit, sys; atexit.register(lambda: print('torch' in sys.modules, 'cv2' in sys.modules))"
    assert as_process("--help", setup=check).out.splitlines()[-1] == "False False"


def test_a_command_that_is_not_understood_gives_code_2(fluorodenoise):
    with pytest.raises(SystemExit) as stopped:
        fluorodenoise("purify")
    assert stopped.value.code == 2


def test_a_rectangle_is_1_within_and_rises_smoothly_from_0_outside():
    weights = rectangle_weights((10, 20, 30, 25), (64, 64))
    assert weights.shape == (64, 64) and weights[32, 25] == 1
    outside = np.ones((64, 64), bool)
    outside[20:45, 10:40] = False
    assert not weights[outside].any() and (weights[~outside] > 0).all()
    assert np.abs(np.diff(weights[32])).max() < 0.4


def test_a_rectangle_at_the_images_edge_has_no_border_there():
    assert (rectangle_weights((0, 0, 64, 64), (64, 64)) == 1).all()
    assert rectangle_weights((0, 0, 20, 64), (64, 64))[0, 0] == 1
