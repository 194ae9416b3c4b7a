from __future__ import annotations

import numpy as np
import pytest

from FluoroDenoiseLib.simulation import Motion
from FluoroDenoiseLib.simulation.devices import Disc, Mesh, Path, Wire, forceps, line_pairs, stent
from FluoroDenoiseLib.simulation.drawing import draw_disc, draw_tube, spline
from FluoroDenoiseLib.simulation.vessels import Bolus, Tree, grow_tree

SHAPE, STILL, REST = (96, 96), Motion(), Path()


def _across(width, contrast, column, path=REST):
    points = np.stack([np.linspace(-20, 115, 6), np.full(6, column)], 1)
    return Wire(points, width, contrast, path=path)


def _column_of(image):
    return (image.sum(0) * np.arange(image.shape[1])).sum() / image.sum()


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("column", [48.0, 48.3, 48.5])
def test_a_wire_is_spread_over_the_pixels_that_it_covers(width, column):
    row = draw_tube(SHAPE, np.stack([np.linspace(-5, 100, 80), np.full(80, column)], 1), width / 2)[48]
    fine = (np.arange(96 * 1000) + 0.5) / 1000 - 0.5
    path = 2 * np.sqrt(np.maximum((width / 2) ** 2 - (fine - column) ** 2, 0))
    assert row == pytest.approx(path.reshape(96, 1000).mean(1), abs=1e-3)
    assert row.sum() == pytest.approx(np.pi * (width / 2) ** 2, rel=1e-3)


def test_an_oblique_wire_is_as_thick_as_an_upright_one():
    points = np.stack([np.linspace(-10, 110, 90), np.linspace(5, 95, 90)], 1)
    cosine = 120 / np.hypot(120, 90)
    assert draw_tube(SHAPE, points, 1.0)[30:60].sum(1).mean() == pytest.approx(np.pi / cosine, rel=0.02)


@pytest.mark.parametrize("contrast", [0.02, 0.15, 0.4])
def test_a_wide_wire_has_the_contrast_asked_for(contrast):
    light = np.exp(-_across(9.0, contrast, 48.0).attenuation(SHAPE, 0, 0.0, STILL))
    assert 1 - light[48, 48] == pytest.approx(contrast, rel=0.01)


def test_a_catheter_is_darkest_at_its_walls():
    profile = Wire(_across(8, 0.2, 48).points, 8.0, 0.2, bore=0.7).attenuation(SHAPE, 0, 0.0, STILL)[48]
    assert profile[48] < 0.6 * profile.max() and profile[48] > 0


@pytest.mark.parametrize("speed", [0.5, 5.0, 40.0])
def test_a_wire_moves_by_its_speed(speed):
    wire = _across(2.0, 0.3, 20.0, Path(velocity=(0.0, speed)))
    first, second = (_column_of(wire.attenuation(SHAPE, frame, 0.0, STILL)) for frame in (0, 1))
    assert second - first == pytest.approx(speed, abs=0.02)


def test_a_device_turns_back_at_its_reach():
    path = Path(velocity=(0.0, 10.0), reach=25.0)
    columns = [path.place(np.array([[0.0, 48.0]]), SHAPE, frame, 0.0, STILL)[0, 1] for frame in range(8)]
    assert columns == pytest.approx([48, 58, 68, 68, 58, 48, 38, 28])


def test_a_one_frame_object_is_in_that_frame_alone():
    disc = Disc((40.0, 40.0), 5.0, 0.2, Path(frames=range(3, 4)))
    assert [bool(disc.attenuation(SHAPE, frame, 0.0, STILL).any()) for frame in range(6)] == [
        False,
        False,
        False,
        True,
        False,
        False,
    ]


def test_an_object_that_enters_stays():
    disc = Disc((40.0, 40.0), 5.0, 0.2, Path(frames=range(2, 6)))
    assert [bool(disc.attenuation(SHAPE, frame, 0.0, STILL).any()) for frame in range(6)] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]


def test_a_disc_has_its_area_and_contrast():
    image = draw_disc(SHAPE, np.array([47.3, 50.1]), 7.4)
    assert image.sum() == pytest.approx(np.pi * 7.4**2, rel=0.01)
    light = np.exp(-Disc((47.3, 50.1), 7.4, 0.03).attenuation(SHAPE, 0, 0.0, STILL))
    assert 1 - light[47, 50] == pytest.approx(0.03, rel=1e-3)


def test_line_pairs_have_their_period():
    bars = Mesh(line_pairs(np.array([48.0, 48.0]), 0.0, 6.0, 60.0, count=12), 3.0, 0.2)
    spectrum = np.abs(np.fft.rfft(bars.attenuation(SHAPE, 0, 0.0, STILL)[48], 960))
    assert 960 / (60 + np.argmax(spectrum[60:])) == pytest.approx(6.0, rel=0.03)


def test_a_stent_is_as_long_and_wide_as_asked():
    image = Mesh(stent(np.array([48.0, 48.0]), 0.0, 50.0, 14.0), 0.7, 0.1).attenuation(SHAPE, 0, 0.0, STILL)
    rows, columns = np.nonzero(image > 0.2 * image.max())
    assert np.ptp(rows) == pytest.approx(50, abs=4) and np.ptp(columns) == pytest.approx(14, abs=2)


def test_forceps_open_in_front_of_a_shaft():
    image = Mesh(forceps(np.array([48.0, 48.0]), 0.0, 60.0, 0.8), 2.0, 0.3).attenuation(SHAPE, 0, 0.0, STILL)
    assert np.ptp(np.nonzero(image[60] > 0)[0]) > 8 and np.ptp(np.nonzero(image[30] > 0)[0]) <= 4


def test_a_spline_passes_through_its_control_points():
    points = np.array([[0.0, 0.0], [10.0, 5.0], [20.0, -5.0], [40.0, 0.0]])
    curve = spline(points, 0.2)
    assert max(np.linalg.norm(curve - p, axis=1).min() for p in points) < 0.1
    assert np.linalg.norm(np.diff(curve, axis=0), axis=1).max() < 0.4


def test_a_bolus_reaches_the_root_before_the_tips_and_leaves():
    bolus = Bolus(arrival=0.3, injection=1.0, speed=200.0)
    times = np.linspace(0, 4, 401)
    root, tip = (np.array([bolus.concentration(np.array([d]), t)[0] for t in times]) for d in (0.0, 150.0))
    assert root[0] < 0.03 and root.max() > 0.95 and root[-1] < 0.01
    delay = times[np.argmax(tip > 0.5)] - times[np.argmax(root > 0.5)]
    assert delay == pytest.approx(150 / 200, abs=0.05)


def test_a_tree_divides_into_thinner_vessels_and_is_dark_only_when_filled():
    branches = grow_tree(np.random.default_rng(5), np.array([10.0, 40.0]), 0.0, 30.0, 3.0)
    assert len(branches) > 10 and max(b.radii[0] for b in branches[1:]) < 3.0
    tree = Tree(branches, 0.3, Bolus(arrival=0.5), Path())
    empty, full = (tree.attenuation(SHAPE, 0, t, STILL) for t in (0.0, 1.5))
    assert empty.max() < 0.01 and 1 - np.exp(-full.max()) == pytest.approx(0.3, abs=0.03)
