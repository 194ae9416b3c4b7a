"""Widening and haze of a wire's edges: each is read as planted, neither hides the other, and noise does not bias them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.special import ndtr

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.quality.challenge import Planted, plant
from Testing.benchmark import objects
from Testing.benchmark.objects import Edge, SeenWire, edge_widening, fitted, ninety_to_ten

SIDE, COUNT, LEVEL, CONTRAST = 160, 5, 1000.0, 0.4
PIXEL = 1 / math.sqrt(12)
SPREAD = math.hypot(objects.BLUR, PIXEL)


def planted(width: float, **when) -> Planted:
    """A wire of 3 px per frame (at rest where it is in one frame only) in a flat cine of float values."""
    flat = Cine(np.full((COUNT, SIDE, SIDE), LEVEL, np.float32), intensity="LIN")
    return plant(flat, SeenWire(width, CONTRAST, 0.0 if when else 3.0, **when))


def seen(wire: Planted, change) -> Edge | None:
    """The edge where `change` [H, W] of the frame's number comes out beside the cine without the wire."""
    frames = np.stack([LEVEL + change(t) for t in range(COUNT)]).astype(np.float32)
    return edge_widening(wire, wire.cine.with_frames(frames), wire.without)


def peak(wire: Planted) -> float:
    return -LEVEL * CONTRAST * wire.wire.peak


def distance(width: float, sigma: float) -> float:
    """Pixels from 90% to 10% of the peak of a box under a Gaussian, by plain search."""
    x = np.arange(0, 12, 1e-3)
    height = ndtr((width / 2 - x) / sigma) - ndtr((-width / 2 - x) / sigma)
    return float(np.ptp([x[np.argmax(height < level * height[0])] for level in (0.9, 0.1)]))


def blurred_by(width: float, wider: float) -> SeenWire:
    """A wire whose edges are wider by a fraction."""
    sigmas = np.linspace(0.3, 2.0, 341)
    widths = [distance(width, sigma) for sigma in sigmas]
    sigma = np.interp((1 + wider) * distance(width, SPREAD), widths, sigmas)
    return SeenWire(width, CONTRAST, 3.0, blur=math.sqrt(sigma**2 - PIXEL**2))


def change_of(other: SeenWire):
    return lambda t: -LEVEL * CONTRAST * other.profile((SIDE, SIDE), other.position(t, COUNT))


@pytest.mark.parametrize("width", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("haze", [0.0, 0.03, -0.03])
def test_haze_and_undershoot_are_no_width(width, haze):
    wire = planted(width)
    edge = seen(wire, lambda t: wire.ideal(t, t) + haze * peak(wire))
    assert edge.wider == pytest.approx(0, abs=0.01)
    assert edge.haze == pytest.approx(haze, abs=0.002)


@pytest.mark.parametrize("width", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("haze", [0.0, 0.03, -0.03])
@pytest.mark.parametrize("wider", [0.2, -0.1])
def test_a_blur_and_a_sharpening_are_read_as_they_are_and_haze_does_not_hide_them(width, haze, wider):
    wire, other = planted(width), change_of(blurred_by(width, wider))
    edge = seen(wire, lambda t: other(t) + haze * peak(wire))
    assert edge.wider == pytest.approx(wider, abs=0.01)
    assert edge.haze == pytest.approx(haze, abs=0.005)


@pytest.mark.parametrize("width", [1.0, 3.0])
def test_noise_in_the_profile_biases_neither_width_nor_haze(width):
    wire, other, rng = SeenWire(width), blurred_by(width, 0.2), np.random.default_rng(0)
    distances = np.arange(-4, 4.01, 0.25)
    clean = other.covered(distances, other.spread)
    noise = 0.02 * clean.max() * rng.standard_normal((100, len(clean)))
    shapes = [fitted(wire, distances, clean + one) for one in noise]
    wider = [ninety_to_ten(wire, shape.sigma) / ninety_to_ten(wire, wire.spread) - 1 for shape in shapes]
    assert np.mean(wider) == pytest.approx(0.2, abs=0.006)
    assert np.std(wider) < 0.03
    assert np.mean([shape.offset for shape in shapes]) == pytest.approx(0, abs=0.003)


def test_a_blur_of_whole_frames_is_read_as_the_blur_it_is():
    wire, sigma = planted(1.0), 1.0  # the sampled Gaussian of less than a pixel is none
    edge = seen(wire, lambda t: gaussian_filter(wire.ideal(t, t), sigma))
    assert edge.wider == pytest.approx(distance(1.0, math.hypot(SPREAD, sigma)) / distance(1.0, SPREAD) - 1, abs=0.01)


def test_a_wire_of_one_frame_has_edges():
    wire = planted(2.0, first=2, last=2)
    assert seen(wire, lambda t: wire.ideal(t, t)) == Edge(pytest.approx(0, abs=1e-3), pytest.approx(0, abs=1e-3))
    assert seen(wire, lambda t: gaussian_filter(wire.ideal(t, t), 1.0)).wider > 0.3


def test_what_lies_within_twelve_pixels_of_the_border_is_not_read():
    wire = planted(1.0)
    rim = np.ones((SIDE, SIDE), bool)
    rim[12:-12, 12:-12] = False
    edge = seen(wire, lambda t: np.where(rim, 10 * peak(wire), wire.ideal(t, t)))
    assert (edge.wider, edge.haze) == pytest.approx((0, 0), abs=0.01)


def test_a_lost_or_inverted_wire_has_no_edges():
    wire = planted(1.0)
    assert seen(wire, lambda t: 0.05 * wire.ideal(t, t)) is None
    assert seen(wire, lambda t: -wire.ideal(t, t)) is None
    assert seen(wire, lambda t: 0.2 * wire.ideal(t, t)) is not None


@pytest.mark.parametrize("width", [0.5, 3.0])
@pytest.mark.parametrize("speed", [2.9, 3.3])
def test_the_sigma_of_the_ideal_is_the_planted_one_however_the_pixels_lie_in_the_bins(width, speed):
    wire = plant(planted(width).without, SeenWire(width, CONTRAST, speed))
    distances, ideal, _ = objects._mean_profiles(wire, wire.cine, wire.without)
    expected = math.hypot(SPREAD, objects.STEP / math.sqrt(12))
    assert fitted(wire.wire, distances, ideal).sigma == pytest.approx(expected, rel=1e-3)


def test_the_ideal_lies_well_inside_the_sigmas_that_are_tried():
    assert 2 * objects.SIGMAS[0] < SeenWire().spread < objects.SIGMAS[1] / 4
