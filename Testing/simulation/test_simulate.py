from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from FluoroDenoiseLib.simulation import (
    FILLING,
    KINDS,
    Beam,
    Detector,
    Motion,
    Panning,
    Settings,
    Vendor,
    random_scene,
    random_settings,
    simulate,
)
from FluoroDenoiseLib.simulation.devices import Disc, Path, Wire

ALL = (*KINDS, FILLING)
LINEAR = Settings(Beam(quanta=30.0, border=(8, 0, 0, 8)), Detector(), Vendor("LIN", 14, recursion=0.4, edge=0.5))


def test_the_same_seed_makes_the_same_cine(scene_of, wedge):
    first, second = (simulate(scene_of(organs=wedge), LINEAR, 7) for _ in range(2))
    assert np.array_equal(first.noisy.frames, second.noisy.frames) and np.array_equal(first.clean.frames, second.clean.frames)


def test_another_seed_changes_the_noise_alone(scene_of, wedge):
    first, second = (simulate(scene_of(organs=wedge), LINEAR, seed) for seed in (1, 2))
    assert not np.array_equal(first.noisy.frames, second.noisy.frames)
    assert np.array_equal(first.clean.frames, second.clean.frames)


def test_the_clean_frames_are_the_mean_of_many_noisy_ones(scene_of, wedge):
    scene = scene_of(
        organs=wedge, count=5, motion=Motion(Panning(60.0)), devices=(Disc((40.0, 40.0), 6.0, 0.3, Path((0.0, 9.0))),)
    )
    made = [simulate(scene, LINEAR, seed) for seed in range(100)]
    noisy = np.stack([m.noisy.frames for m in made]).astype(np.float32)
    error = (noisy.mean(0) - made[0].clean.frames) / (noisy.std(0) / np.sqrt(len(made)))
    assert abs(error.mean()) < 0.1 and 0.9 < error.std() < 1.15 and np.abs(error).max() < 7


def test_variance_is_linear_in_the_mean_after_linear_storage(scene_of, wedge):
    settings = Settings(Beam(quanta=40.0), Detector(blur=0.0, fixed_gain=0, fixed_offset=0, row_noise=0, column_noise=0, lag=0))
    made = simulate(scene_of(organs=wedge, count=60), settings, 3)
    mean, variance = made.clean.frames[0].mean(0), (made.noisy.frames - made.clean.frames).var((0, 1))
    gain = (1 - 0.03) * 4095 / (settings.vendor.brightest * 40.0)
    slope, offset = np.polyfit(mean - 0.03 * 4095, variance, 1)
    assert slope == pytest.approx(gain, rel=0.05)
    assert offset == pytest.approx(1.5**2 * gain**2, abs=0.1 * float(variance.mean()))


def test_a_cine_says_what_it_is(scene_of, wedge):
    cine = simulate(scene_of(organs=wedge), LINEAR, 0).noisy
    assert (cine.intensity, cine.frame_time, cine.valid_range, cine.modality) == ("LIN", 1 / 15, (0, 2**14 - 1), "XA")
    assert cine.traits == {"shutter", "edge enhanced"}
    assert cine.covered[:8].all() and cine.covered[:, -8:].all() and not cine.covered[8:, :-8].any()


def test_a_zoomed_cine_has_its_blades_where_they_are_seen(scene_of, wedge):
    settings = replace(
        LINEAR, vendor=replace(LINEAR.vendor, zoom=1.25, edge=0.0, recursion=0.0), beam=replace(LINEAR.beam, leak=0.001)
    )
    made = simulate(scene_of(organs=wedge), settings, 0)
    assert made.noisy.pixel_spacing == pytest.approx((0.24, 0.24)) and not made.noisy.covered[0].any()


def test_clean_frames_are_in_the_units_of_the_noisy_ones(scene_of, wedge):
    made = simulate(scene_of(organs=wedge), replace(LINEAR, vendor=Vendor("LOG", 10, display=True)), 0)
    assert made.clean.frames.dtype == np.float32 and made.noisy.frames.dtype == np.uint16
    assert abs(made.clean.frames.mean() - made.noisy.frames.mean()) < 0.03 * 1023


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_of_scene_makes_a_cine(body, kind):
    rng = np.random.default_rng(ALL.index(kind))
    scene = random_scene(rng, [body], kind, (64, 64), 12, cut=kind == "beating")
    made = simulate(scene, random_settings(rng, (64, 64), 12), 1)
    frames = made.clean.frames
    assert made.noisy.shape == (12, 64, 64) and np.isfinite(frames).all() and frames.std() > 0
    assert (np.abs(np.diff(frames, axis=0)).max() > 0) or kind == "static"


@pytest.fixture(scope="module")
def devices_of(body):
    """All devices of twelve scenes of a kind."""

    @cache
    def devices_of(kind):
        scenes = (random_scene(np.random.default_rng(seed), [body], kind, (64, 64), 12) for seed in range(12))
        return [device for scene in scenes for device in scene.shots[0].devices]

    return devices_of


def speeds(devices):
    return [float(np.hypot(*device.path.velocity)) for device in devices]


def test_fast_wires_are_fast_and_other_scenes_have_none_so_fast(devices_of):
    fast, slow = speeds(devices_of("fast wires")), speeds(devices_of("beating"))
    assert sum(speed > 10 for speed in fast) >= 10 and 30 < max(fast) <= 40
    assert max(slow) <= 10


def test_objects_of_one_frame_are_there_for_one_frame(devices_of):
    def single(kind):
        return sum(device.path.frames is not None and len(device.path.frames) == 1 for device in devices_of(kind))

    assert single("one-frame objects") >= 12 * 6
    assert single("static") == 0


def test_wires_have_the_widths_and_contrasts_that_are_met(devices_of):
    wires = [device for kind in ALL[:6] for device in devices_of(kind) if isinstance(device, Wire) and not device.bore]
    widths, contrasts = ([getattr(wire, name) for wire in wires] for name in ("width", "contrast"))
    assert 0.5 <= min(widths) < 0.7 and 2.8 < max(widths) <= 3
    assert 0.02 <= min(contrasts) < 0.03 and 0.35 < max(contrasts) <= 0.4


def test_a_cut_changes_the_view_at_once(body):
    scene = random_scene(np.random.default_rng(0), [body], "static", (64, 64), 16, cut=True)
    assert len(scene.shots) == 2 and 5 <= scene.starts[1] < 11
    change = np.abs(np.diff(scene.line_integrals(), axis=0)).mean(axis=(1, 2))
    assert np.argmax(change) == scene.starts[1] - 1 and change.max() > 5 * np.median(change)


def test_agent_in_filling_vessels_may_take_many_frames_to_come(body):
    """The largest change from frame to frame is a small share of the whole, which a wire that appears would make at once."""
    steepest = []
    for seed in range(8):
        integrals = random_scene(np.random.default_rng(seed), [body], FILLING, (64, 64), 24).line_integrals()
        filled = integrals.max(0) - integrals.min(0)
        there = filled > 0.5 * filled.max()
        steepest.append(np.median(np.abs(np.diff(integrals, axis=0)).max(0)[there] / filled[there]))
    assert min(steepest) < 0.35


def test_static_scenes_have_a_constant_line_integral(body):
    integrals = random_scene(np.random.default_rng(9), [body], "static", (64, 64), 12).line_integrals()
    assert np.array_equal(integrals[0], integrals[-1])


def test_training_settings_stay_within_what_real_systems_do():
    rng = np.random.default_rng(10)
    drawn = [random_settings(rng, (256, 256), 24) for _ in range(400)]
    quanta = np.array([s.beam.quanta for s in drawn])
    assert quanta.min() >= 5 and quanta.max() <= 200 and np.median(quanta) == pytest.approx(np.sqrt(5 * 200), rel=0.2)
    assert all(0.3 <= s.detector.blur <= 0.9 and 1 <= s.detector.electronic <= 3 and s.detector.lag <= 0.06 for s in drawn)
    plain = [s.vendor.recursion == s.vendor.edge == s.vendor.smoothing == 0 and not s.vendor.display for s in drawn]
    assert np.mean(plain) == pytest.approx(0.7, abs=0.1)
    assert {s.vendor.stored_intensity for s in drawn} == {"LIN", "LOG", "SQRT", "DISP"}
