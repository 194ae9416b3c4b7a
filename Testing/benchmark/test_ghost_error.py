"""The standard error of a ghost: as large as the ghosts of many noise draws spread, none where the ghost is even."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.quality.challenge import Planted, plant, score
from Testing.benchmark import detail
from Testing.benchmark.objects import SeenWire, ghost_error

SIDE, COUNT, LEVEL, LAG = 128, 5, 1000.0, 1


def planted(wire: SeenWire) -> Planted:
    return plant(Cine(np.full((COUNT, SIDE, SIDE), LEVEL, np.float32), intensity="LIN"), wire)


def output(wire: Planted, ghost: float = 0.0, noise: np.ndarray | float = 0.0) -> Cine:
    """The wire, a share of it where it was the frame before, and noise [T, H, W]."""
    frames = np.stack([LEVEL + wire.ideal(t, t) + ghost * wire.ideal(t, t - LAG) for t in range(COUNT)]) + noise
    return wire.cine.with_frames(frames.astype(np.float32))


@pytest.mark.parametrize(
    ("wire", "lag"),
    [
        (SeenWire(2.0, 0.4, 10.0), LAG),
        (SeenWire(2.0, 0.4, 0.0, first=2, last=2), LAG),
        (SeenWire(2.0, 0.4, 0.0, first=2), -1),  # what lies over itself in later frames is no ghost, and makes none surer
    ],
)
def test_the_error_is_that_of_many_draws(wire, lag):
    wire, rng = planted(wire), np.random.default_rng(0)
    noise = [gaussian_filter(rng.normal(0, 40, (COUNT, SIDE, SIDE)), (0, 1.5, 1.5)) for _ in range(25)]
    outputs = [output(wire, noise=one) for one in noise]
    ghosts = [score(wire, one, wire.without)["by_lag"][lag] for one in outputs]
    errors = [ghost_error(wire, one, wire.without, lag) for one in outputs]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(ghosts), rel=0.3)


def test_a_ghost_that_is_the_same_all_along_is_sure():
    wire = planted(SeenWire(2.0, 0.4, 10.0))
    found = detail.figures(wire, output(wire, ghost=0.05), wire.without)
    assert found["ghost"] == pytest.approx(0.05, abs=1e-3)
    assert found["ghost error"] < 1e-3
    assert found["kept"] == pytest.approx(1, abs=1e-3)
    assert detail.ghost_is_sure(found)


def test_a_wire_at_rest_has_no_ghost_and_a_slow_one_only_where_it_is_clear_of_itself():
    resting, slow = (planted(SeenWire(1.0, 0.4, speed)) for speed in (0.0, 2.0))
    found = detail.figures(resting, output(resting), resting.without)
    assert (found["ghost"], found["ghost error"]) == (None, None)
    assert set(score(slow, output(slow), slow.without)["by_lag"]) == {-3, -2, 2, 3}
