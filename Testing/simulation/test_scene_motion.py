from __future__ import annotations

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.simulation import Beat, Breathing, Motion, Panning, Scene
from FluoroDenoiseLib.simulation.anatomy import HEART, ORGANS, WALL
from FluoroDenoiseLib.simulation.scene import FINE, MARGIN
from FluoroDenoiseLib.simulation.texture import Texture, add_texture, power_noise

HEARTBEAT = Motion(beat=Beat(contraction=0.15, twist=0.1, shift=(6.0, -4.0), radius=40.0))
MOVING = Motion(Panning(60.0, 0.7), Breathing(20.0, 3.0, 0.2), HEARTBEAT.beat)


def _field(shape, seed=0):
    size = [FINE * (n + 2 * MARGIN) for n in shape]
    return 2.0 + 0.2 * power_noise(size, np.random.default_rng(seed), 1.5)


def _shift(before, after):
    window = cv2.createHanningWindow(before.shape, cv2.CV_32F)
    (columns, rows), _ = cv2.phaseCorrelate(before, after, window)
    return rows, columns


@pytest.mark.parametrize("speed", [0.0, 3.0, 12.0])
def test_panning_moves_the_image_by_its_speed(shot_of, speed):
    shot = shot_of((128, 128), _field((128, 128)), Motion(Panning(speed * 15, direction=0.5)))
    rows, columns = _shift(shot.line_integrals(0, 0.0), shot.line_integrals(1, 1 / 15))
    assert (rows, columns) == pytest.approx((speed * np.cos(0.5), speed * np.sin(0.5)), abs=0.25)


def test_panning_turns_back_before_the_margin_ends():
    pan = Panning(200.0, 0.0, reach=40.0)
    offsets = np.array([pan.offset(t)[0] for t in np.arange(0, 5, 0.01)])
    assert offsets[0] == pytest.approx(0) and offsets.max() <= 40 and offsets.min() >= -40
    assert np.abs(np.diff(offsets)).max() == pytest.approx(2.0)


def test_breathing_repeats_with_its_period_and_reaches_its_amplitude():
    breath, points = Breathing(20.0, 4.0), np.zeros((1, 2))
    moved = np.array([breath.offset(points, t)[0, 0] for t in np.linspace(0, 4, 201)])
    assert moved.max() - moved.min() == pytest.approx(20.0 * 0.75, rel=0.01)
    assert moved[0] == pytest.approx(moved[-1])


def test_a_beat_starts_and_ends_at_rest_and_contracts_in_between():
    beat, points = Beat(contraction=0.15, rate=1.0), np.array([[40.0, 0.0]])
    assert np.allclose(beat.offset(points, 0.0), 0) and np.allclose(beat.offset(points, 0.9), 0, atol=1e-6)
    assert beat.offset(points, 1 / 3)[0, 0] == pytest.approx(-6.0, rel=0.1)


def test_layers_move_apart_as_in_a_real_chest():
    points = np.array([[20.0, 10.0]])
    wall, organs, heart = (HEARTBEAT.offset(points, 0.2, layer) for layer in (WALL, ORGANS, HEART))
    assert np.allclose(wall, 0) and np.linalg.norm(heart) > 4 * np.linalg.norm(organs) > 0


@pytest.mark.parametrize("layer", [WALL, ORGANS, HEART])
def test_carried_points_undo_the_offset(layer):
    points = np.random.default_rng(1).uniform(-80, 80, (50, 2))
    seen = MOVING.carried(points, 0.31, layer)
    assert np.allclose(seen - MOVING.offset(seen, 0.31, layer), points, atol=1e-3)


def test_the_image_moves_to_where_carried_points_say(shot_of):
    organs, place = np.zeros([FINE * (96 + 2 * MARGIN)] * 2, np.float32), np.array([10.0, -15.0])
    centre = (place + 47.5 + MARGIN) * FINE + 0.5
    rows, columns = np.indices(organs.shape)
    organs += np.exp(-((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2) / 32)
    image = shot_of((96, 96), organs, MOVING).line_integrals(0, 0.25)
    seen = [(image * axis).sum() / image.sum() - 47.5 for axis in np.indices(image.shape)]
    assert seen == pytest.approx(MOVING.carried(place[None], 0.25, ORGANS)[0], abs=0.1)


def test_a_cut_changes_the_view_in_one_frame(shot_of):
    shots = tuple(shot_of((64, 64), _field((64, 64), seed)) for seed in (1, 2))
    frames = Scene(shots, (0, 5), 9, 1 / 15, 0.3).line_integrals()
    changes = np.abs(np.diff(frames, axis=0)).mean((1, 2))
    assert changes[4] > 0.02 and np.allclose(np.delete(changes, 4), 0)


def test_texture_adds_detail_finer_than_the_ct_without_changing_the_dose():
    layers = np.full((3, 256, 256), 1.0, np.float32)
    textured = add_texture(layers, Texture(0.05, 0.01, 0), 0.15, np.random.default_rng(3))
    fine = [image - cv2.GaussianBlur(image, (0, 0), 3) for image in textured]
    assert fine[WALL].std() > 0.02 and fine[ORGANS].std() > 0.001
    assert textured.mean() == pytest.approx(1.0, abs=0.002)


def test_small_vessels_add_attenuation_to_the_organs_alone():
    layers = np.ones((3, 256, 256), np.float32)
    added = add_texture(layers, Texture(0.0, 0.0, 20), 0.15, np.random.default_rng(4)) - layers
    assert added[ORGANS].max() > 0.002 and added.min() >= 0 and not added[WALL].any() and not added[HEART].any()
