"""Curves of contrast agent: the truth passes in any noise; what is late or loses agent does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.simulation import Motion, Scene, Shot
from FluoroDenoiseLib.simulation.anatomy import LAYERS
from FluoroDenoiseLib.simulation.scene import FINE, MARGIN
from Testing.benchmark import bolus
from Testing.benchmark.bias import exposed
from Testing.benchmark.scenes import PIXEL, RATE

SIDE = 96
CELL = {"quanta": 5.0, "rise": 8.0, "width": 4.0, "contrast": 0.1}


@pytest.fixture(scope="module")
def draws():
    """Two draws of a bright slope's noise."""
    size = FINE * (SIDE + 2 * MARGIN)
    layers = np.zeros((LAYERS, size, size), np.float32)
    layers[0] = np.linspace(0.5, 1.5, size)
    scene = Scene((Shot(layers, Motion()),), (0,), bolus.count_of(CELL["rise"]), 1 / RATE, PIXEL)
    return [exposed(scene, CELL["quanta"], bolus.SEED + k) for k in range(bolus.DRAWS_IN_A_HURRY)]


def truth_with(made, given: np.ndarray) -> Cine:
    """The perfect result, as stored, for agent that takes a share of the light [T]."""
    clean = made[0].clean
    return made[0].noisy.with_frames(
        made[0].noisy.to_stored(replace(bolus.agent_in(made[0], CELL), given=given).into(clean).frames)
    )


def row_of(made, given: np.ndarray) -> dict:
    """What the measure says of a perfect denoiser, but that its agent takes another share of the light."""
    without = truth_with(made, np.zeros(len(given)))
    return bolus.measured(lambda _: truth_with(made, given), [(one, without) for one in made], CELL)


def given_at(made, arrival: float) -> np.ndarray:
    return CELL["contrast"] * bolus.gamma_variate(np.arange(len(made[0].noisy)) - arrival, CELL["rise"])


def test_the_truth_passes_at_five_quanta_with_a_slow_faint_thin_curve(draws):
    row = row_of(draws, given_at(draws, bolus.ARRIVAL))
    assert bolus.passes(row)
    assert (row["area"], row["peak"], row["height"]) == pytest.approx((0, 0, 0), abs=2e-3)
    assert (row["area error"], row["peak error"], row["height error"]) == pytest.approx((0, 0, 0), abs=1e-9)


def test_a_delay_of_a_sixth_of_a_frame_fails(draws):
    row = row_of(draws, given_at(draws, bolus.ARRIVAL + 0.15))
    assert row["peak"] == pytest.approx(0.15, abs=0.03)
    assert not bolus.passes(row)


def test_a_fiftieth_of_the_agent_lost_fails(draws):
    row = row_of(draws, 0.98 * given_at(draws, bolus.ARRIVAL))
    assert (row["area"], row["height"]) == pytest.approx((-0.02, -0.02), abs=2e-3)
    assert not bolus.passes(row)


def test_a_recursive_filter_is_late(draws):
    late = given_at(draws, bolus.ARRIVAL)
    for t in range(1, len(late)):
        late[t] = 0.5 * (late[t] + late[t - 1])
    row = row_of(draws, late)
    assert row["peak"] > 5 * bolus.PEAK
    assert abs(row["area"]) < bolus.AREA


def test_the_standard_error_is_that_of_the_draws(draws):
    """Nothing done leaves the noise of the vessel's own pixels, and each draw's area off by another amount."""
    row = bolus.measured(lambda cine: cine, [(made, made.noisy) for made in draws], CELL)
    agent, clean = bolus.agent_in(draws[0], CELL), draws[0].clean
    ideal = bolus.curve(clean, agent.into(clean), agent.inside).sum()
    areas = [bolus.curve(made.noisy, agent.into(made.noisy), agent.inside).sum() / ideal - 1 for made in draws]
    assert row["area"] == pytest.approx(np.mean(areas), rel=1e-6)
    assert row["area error"] == pytest.approx(np.std(areas, ddof=1) / np.sqrt(len(areas)), rel=1e-6)
    assert row["area error"] > 5e-4


def test_the_peak_lies_between_frames():
    curve = bolus.gamma_variate(np.arange(45) - 4.3, 8.0)
    assert bolus.time_to_peak(curve, 8.0) == pytest.approx(12.3, abs=0.05)
    assert bolus.time_to_peak(bolus.gamma_variate(np.arange(20) - 4.3, 3.0), 3.0) == pytest.approx(7.3, abs=0.15)
