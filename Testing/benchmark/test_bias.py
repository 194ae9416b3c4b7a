"""Bias by grey level: the truth has none; brightening is found by both readings, lost detail by the literal one alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.simulation import Motion, Scene, Shot
from FluoroDenoiseLib.simulation.anatomy import LAYERS
from FluoroDenoiseLib.simulation.scene import FINE, MARGIN
from FluoroDenoiseLib.simulation.texture import power_noise
from Testing.benchmark import bias
from Testing.benchmark.scenes import COUNT, PIXEL, RATE
from Testing.benchmark.task import Task

SIDE = 128


@pytest.fixture(scope="module")
def view():
    """Clouds that hold fine detail, four draws at 5 quanta."""
    size = FINE * (SIDE + 2 * MARGIN)
    layers = np.zeros((LAYERS, size, size), np.float32)
    clouds, grains = (power_noise((size, size), np.random.default_rng(k), 3.0 * (k == 0)) for k in range(2))
    clouds, grains = (cv2.GaussianBlur(image, (0, 0), FINE * s) for image, s in ((clouds, 12.0), (grains, 0.5)))
    layers[0] = 1.5 + 0.2 * clouds / clouds.std() + 0.08 * grains / grains.std()
    return bias.drawn(Scene((Shot(layers, Motion()),), (0,), COUNT, 1 / RATE, PIXEL), 5.0, range(4))


@pytest.fixture(autouse=True)
def twelve_small_bins(monkeypatch):
    monkeypatch.setattr(bias, "FEWEST", 10_000)


def made_by(view, change) -> dict:
    """The row of a denoiser whose result is the truth, changed."""
    clean = view.task.made.clean.frames
    result = view.draws[0].with_frames(change(clean.copy()))
    return bias.measured(lambda _: result, [view])


def worst_of(row: dict) -> tuple[float, float]:
    return bias.worst(row, "bias"), bias.worst(row, "brightness")


def blurred(frames: np.ndarray) -> np.ndarray:
    return np.stack([cv2.GaussianBlur(frame, (0, 0), 0.7) for frame in frames])


def brightened(view, by: float):
    """Signal raised by a share in the darkest tenth."""
    vendor = view.task.made.settings.vendor

    def change(frames: np.ndarray) -> np.ndarray:
        dark = frames <= np.quantile(frames[bias.INNER], 0.1)
        frames[dark] += by * (frames[dark] - vendor.pedestal * vendor.top)
        return frames

    return change


def test_the_truth_and_nothing_done_have_no_bias(view):
    for row in (made_by(view, lambda frames: frames), bias.measured(lambda cine: cine, [view])):
        assert len(row["bins"]) == bias.LEVELS
        assert worst_of(row) == pytest.approx((0, 0), abs=1e-5)
        assert max(one["bias error"] for one in row["bins"]) < 1e-5


def test_half_the_noise_left_is_no_bias_and_hides_none(view):
    clean = view.task.made.clean

    def half(cine: Cine, brighter: float = 0.0) -> Cine:
        vendor = view.task.made.settings.vendor
        truth = clean.frames + brighter * (clean.frames - vendor.pedestal * vendor.top)
        return cine.with_frames(0.5 * (truth + cine.frames + truth - clean.frames))

    assert worst_of(bias.measured(half, [view])) == pytest.approx((0, 0), abs=1e-5)
    assert worst_of(bias.measured(lambda cine: half(cine, 0.004), [view])) == pytest.approx((0.004, 0.004), abs=1e-4)


def test_brightening_the_darkest_tenth_by_half_a_percent_fails_both_readings(view):
    literal, brightness = worst_of(made_by(view, brightened(view, 0.005)))
    assert literal == pytest.approx(0.005, abs=5e-4)
    assert brightness == pytest.approx(0.005, abs=5e-4)
    assert min(literal, brightness) > bias.LIMIT


def test_a_blur_is_lost_detail_and_no_bias_of_brightness(view):
    literal, brightness = worst_of(made_by(view, blurred))
    assert literal > bias.LIMIT
    assert brightness < bias.LIMIT / 10


def test_both_counts_are_told(view):
    row = made_by(view, blurred) | {"quanta": 5.0}
    passed = sum(abs(one["bias"]) <= bias.LIMIT for one in row["bins"])
    assert passed < 12
    assert bias.summary([row]).startswith(f"{passed} of 12 bins pass literally, 12 of 12 once lost detail is regressed out")
    assert [bias.COLUMNS[name](row) for name in ("literally", "brightness")] == ["short", "ok"]


@pytest.mark.parametrize(("kind", "expected"), [("white", 1.0), ("of four pixels together", 0.25), ("with rows", 0.19)])
def test_effective_pixels_are_fewer_where_noise_is_correlated(kind, expected):
    """Down a slope a bin holds whole rows of 112 pixels: row noise of variance 0.04 beside 1 leaves 1.04 / 5.48."""
    layers = np.zeros((LAYERS, FINE * (SIDE + 2 * MARGIN), FINE * (SIDE + 2 * MARGIN)), np.float32)
    layers[0] = np.linspace(1.0, 2.0, layers.shape[1])[:, None]
    made = bias.exposed(Scene((Shot(layers, Motion()),), (0,), COUNT, 1 / RATE, PIXEL), 30.0, 0)
    rng, shape = np.random.default_rng(4), made.noisy.shape
    draws = []
    for _ in range(6):
        noise = rng.standard_normal(shape)
        if kind == "of four pixels together":
            noise = np.kron(noise[:, ::2, ::2], np.ones((1, 2, 2)))
        if kind == "with rows":
            noise += 0.2 * rng.standard_normal((*shape[:2], 1))
        draws.append(made.noisy.with_frames(made.noisy.to_stored(made.clean.frames + 100 * noise)))
    view = bias.View(Task(made), tuple(draws))
    edges = np.quantile(view.truth, np.arange(1, 12) / 12)
    share = bias.effective([view], edges) * 12 / (6 * view.truth.size)
    assert share == pytest.approx(expected, rel=0.35)
