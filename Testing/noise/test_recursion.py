"""A vendor's recursive filter is found in the noise, measured, and undone."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.dicom import read_cine
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.noise.analysis import white_frame
from FluoroDenoiseLib.noise.recursion import find_vendor_recursion, undo

ACTIVE = np.ones((128, 128), bool)


def noisy_frames(count=24, seed=0):
    rng = np.random.default_rng(seed)
    white = rng.normal(0, 12, (count, 128, 128)).astype(np.float32)
    return 200 + np.stack([cv2.GaussianBlur(f, (0, 0), 0.6) for f in white])


def recursed(frames, rho):
    stored = [frames[0]]
    for frame in frames[1:]:
        stored.append((1 - rho) * frame + rho * stored[-1])
    return np.stack(stored)


@pytest.mark.parametrize("rho", [0.3, 0.5, 0.7])
def test_the_share_fed_back_is_found(rho):
    stored = np.rint(recursed(noisy_frames(), rho)).astype(np.uint16)
    found = find_vendor_recursion(stored, ACTIVE)
    assert found.rho == pytest.approx(rho, abs=0.03)
    assert found.undoable


def test_white_noise_has_no_recursion():
    found = find_vendor_recursion(np.rint(noisy_frames()).astype(np.uint16), ACTIVE)
    assert found.rho == 0


def test_a_panning_scene_is_not_mistaken_for_recursion():
    rng = np.random.default_rng(1)
    scene = cv2.GaussianBlur(rng.normal(0, 300, (128, 400)).astype(np.float32), (0, 0), 6)
    frames = noisy_frames() + np.stack([scene[:, 5 * t : 5 * t + 128] for t in range(24)])
    assert find_vendor_recursion(np.rint(frames).astype(np.uint16), ACTIVE).rho == 0


def test_a_restart_of_the_filter_is_noticed():
    frames = noisy_frames()
    stored = np.concatenate([recursed(frames[:3], 0.5), recursed(frames[3:], 0.5)])
    shares = find_vendor_recursion(stored, ACTIVE).shares
    assert shares[3] == 0
    assert np.all(shares[[1, 2, 4, 5, 10]] > 0)


def nothing(frames):
    return frames


def burned_in_text(frames):
    text = cv2.putText(np.zeros(frames.shape[1:], np.uint8), "78kV 4.2mA", (2, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    return np.where(text > 0, 900, frames)


def detector_pattern(frames):
    return frames + np.random.default_rng(4).normal(0, 5, frames.shape[1:]).astype(np.float32)


@pytest.mark.parametrize("rho", [0.3, 0.6])
@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("still", [nothing, burned_in_text, detector_pattern])
def test_a_restart_long_after_the_frames_that_were_looked_at_is_noticed(rho, moving, still):
    """The pedal was let go, and the filter began anew with another image: to undo it would paint the former one, inverted."""
    rng = np.random.default_rng(3)
    first, second = (cv2.GaussianBlur(rng.normal(0, 300, (128, 400)).astype(np.float32), (0, 0), 6) for _ in range(2))
    shown = [(first if t < 50 else second)[:, 3 * t * moving :][:, :128] for t in range(60)]
    frames = still(noisy_frames(60) + np.stack(shown) + 200)
    stored = np.rint(np.concatenate([recursed(frames[:50], rho), recursed(frames[50:], rho)])).astype(np.uint16)
    recursion = analyse(Cine(stored, 1 / 15, "LIN")).recursion
    assert recursion.undoable and len(recursion.shares) <= 50
    np.testing.assert_array_equal(white_frame(stored, 50, recursion), stored[50])
    for t in (45, 49, 51, 55):
        np.testing.assert_allclose(white_frame(stored, t, recursion), frames[t], atol=12)


@pytest.mark.parametrize("adapts", [False, True])
def test_a_filter_that_lets_go_of_what_moves_is_not_undone(adapts):
    """To undo there what was not done would show a wire twice as dark, and once more, bright, where it was before."""
    y, x = np.mgrid[:128, :128]
    wires = [-150 * (np.abs(x - 0.3 * y - 10 - 6 * (t % 14)) < 1) for t in range(24)]
    raw = np.float32(1000 + np.stack(wires) + np.random.default_rng(0).normal(0, 20, (24, 128, 128)))
    stored = [raw[0]]
    for frame in raw[1:]:
        moved = cv2.GaussianBlur(np.abs(cv2.GaussianBlur(frame - stored[-1], (0, 0), 1.2)), (0, 0), 1)
        share = 0.5 * np.clip(1 - (moved - 25) / 15, 0, 1) if adapts else 0.5
        stored.append((1 - share) * frame + share * stored[-1])
    found = find_vendor_recursion(np.rint(stored).astype(np.uint16), ACTIVE)
    assert found.rho == pytest.approx(0.5, abs=0.06)
    assert found.undoable == (not adapts)


def test_undoing_gives_the_filters_input_back():
    frames = noisy_frames(4)
    stored = recursed(frames, 0.45)
    np.testing.assert_allclose(undo(stored[2], stored[1], 0.45), frames[2], atol=1e-3)


def test_six_frames_are_too_few_to_tell():
    assert find_vendor_recursion(noisy_frames(6), ACTIVE).rho is None


def test_the_real_low_dose_cine_is_recursed_by_about_0_45(shared_data):
    analysis = analyse(read_cine(shared_data / "xa-phantom-kragujevac" / "IM1.dcm"))
    assert analysis.recursion.rho == pytest.approx(0.45, abs=0.05)
    assert analysis.recursion.undoable
    assert {0, 1, 2} <= set(analysis.start_up_frames)


@pytest.mark.parametrize("name", ["IM5.dcm", "IM6.dcm"])
def test_the_real_record_mode_cines_are_not_recursed(shared_data, name):
    assert analyse(read_cine(shared_data / "xa-phantom-kragujevac" / name)).recursion.rho == 0
