"""The benchmark's own fairness: unseen scenes, true noise told, settings for every peer, honest sums."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest

from FluoroDenoiseLib.quality.with_reference import psnr
from FluoroDenoiseLib.simulation import Scene, Shot
from FluoroDenoiseLib.simulation.anatomy import LAYERS
from FluoroDenoiseLib.simulation.scene import FINE, MARGIN
from FluoroDenoiseLib.simulation.texture import power_noise
from Testing.benchmark.__main__ import main
from Testing.benchmark.peers import PEERS
from Testing.benchmark.scenes import COUNT, HELD_OUT, MOTIONS, READ, UNSEEN, expose
from Testing.benchmark.table import gains, interval, markdown, seeds_reach
from Testing.benchmark.task import Task
from Testing.benchmark.tune import DOSES, TUNED, climb
from Training.volumes import HELD_OUT as NEVER_TRAINED

SIDE = 224


@pytest.fixture(scope="module")
def task():
    """A static scene without a CT: clouds as soft as the scenes that peers are tuned on, 12 quanta."""
    side = FINE * (SIDE + 2 * MARGIN)
    layers = np.zeros((LAYERS, side, side), np.float32)
    layers[0] = 1.5 + 0.4 * power_noise((side, side), np.random.default_rng(0), 4.0)
    return Task(expose(Scene((Shot(layers),), (0,), COUNT, 1 / 15, 0.3), 12, 1))


def test_the_scenes_are_eight_and_of_cts_that_training_never_sees():
    assert len(UNSEEN) == len({case.name for case in UNSEEN}) == 8
    assert {case.motion for case in UNSEEN} == set(MOTIONS)
    assert set(HELD_OUT) <= set(NEVER_TRAINED)


def test_the_noise_told_to_peers_is_that_of_the_cine(task):
    assert np.all(np.diff(task.law.levels) > 0)
    assert task.law.sigma[-1] > 1.15 * task.law.sigma[0]
    noise = task.stabilised - task.stabiliser.forward(task.made.clean.frames)
    assert noise.std() == pytest.approx(1, abs=0.05)
    assert task.stabilised_spectrum.sum() / SIDE**4 == pytest.approx(noise.var(), rel=0.02)


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.grid and not peer.needs], ids=lambda peer: peer.name)
def test_a_peer_with_its_tuned_settings_reduces_the_error(task, peer):
    settings = json.loads(TUNED.read_text())["12"][peer.name]["settings"]
    clean = task.made.clean.frames[READ]
    gain = psnr(peer.run(task, READ, **settings), clean) - psnr(task.frames[READ], clean)
    assert gain > 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["BM3D", "BM4D"])
def test_block_matching_told_the_noise_spectrum_reduces_the_error(task, name):
    peer = next(peer for peer in PEERS if peer.name == name)
    if find_spec(peer.needs) is None:
        pytest.skip(f"{peer.needs} is not installed (extra `benchmark`)")
    clean = task.made.clean.frames[READ]
    settings = json.loads(TUNED.read_text())["12"][name]["settings"]
    assert psnr(peer.run(task, READ, **settings), clean) > psnr(task.frames[READ], clean) + 8


@pytest.mark.parametrize("dose", DOSES)
@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.grid], ids=lambda peer: peer.name)
def test_no_best_setting_of_a_peer_lies_at_the_edge_of_its_grid(peer, dose):
    """What lies beyond might be better still, and the product's lead flattered."""
    settings = json.loads(TUNED.read_text())[f"{dose:g}"][peer.name]["settings"]
    assert settings.keys() == peer.grid.keys()
    for name, values in peer.grid.items():
        assert settings[name] in values
        if not isinstance(values[0], str):
            assert settings[name] != values[0] or name in peer.limits
            assert settings[name] != values[-1] or name in peer.limits


def test_a_climb_finds_the_top_of_its_grid_without_trying_all_of_it():
    grid = {"kind": ("plain", "curved"), "size": tuple(range(21)), "reach": tuple(range(21))}
    tried = []

    def score(settings):
        tried.append(settings)
        size, reach = settings["size"] - 17, settings["reach"] - 3
        return -(size**2) - reach**2 - (5 if settings["kind"] == "plain" else 0)

    assert climb(grid, score) == ({"kind": "curved", "size": 17, "reach": 3}, 0)
    assert len(tried) < 100


def row(method, scene, value, seed=0):
    plain = {"method": method, "scene": scene, "dose": 30.0, "seed": seed, "ms": 1.0, "ssim": 0.5, "vif": None}
    return plain | {"psnr": value, "psnr_log": value}


def test_the_gain_is_taken_against_the_best_peer_of_each_scene():
    rows = [row("a", "x static", 30), row("b", "x static", 32), row("FluoroDenoise review", "x static", 35)]
    rows += [row("a", "y static", 33), row("b", "y static", 31), row("FluoroDenoise review", "y static", 34)]
    assert np.concatenate(gains(rows, "FluoroDenoise review", "psnr")).tolist() == [3, 1]
    assert "psnr: +2.000" in markdown(rows)


def test_means_stand_by_ct_and_by_motion_and_two_cts_are_said_to_tell_nothing_of_new_patients():
    values = {"x static": 30, "x panning": 32, "y static": 36, "y panning": 40}
    rows = [row("a", scene, value) for scene, value in values.items()]
    rows += [row("FluoroDenoise review", scene, value + k) for k, (scene, value) in enumerate(values.items())]
    report = markdown(rows)
    assert "| | x | y | static | panning |" in report
    assert "| a, psnr | 31.00 | 38.00 | 33.00 | 36.00 |" in report
    assert "| FluoroDenoise review over best peer, psnr | +0.500 | +2.500 | +1.000 | +2.000 |" in report
    assert "2 CTs give no interval for new patients" in report
    assert "±" not in report


def test_the_interval_over_seeds_is_there_with_several_seeds_and_does_not_grow_with_the_scenes_differences():
    rows = [row("a", scene, value + seed, seed) for scene, value in (("x static", 30), ("y static", 50)) for seed in (0, 1)]
    reach = seeds_reach([np.array([30.0, 31.0]), np.array([50.0, 51.0])])
    assert reach == pytest.approx(4.303 * np.sqrt(0.5 / 4), rel=1e-3)
    assert f"±{reach:.2f}" in markdown(rows)
    assert "2 noise seeds" in markdown(rows)
    assert seeds_reach([np.array([30.0]), np.array([50.0])]) is None


def test_the_interval_over_seeds_covers_the_scenes_mean_as_often_as_it_says():
    rng = np.random.default_rng(5)
    truth, spread = rng.normal(30, 3, 8), np.linspace(0.05, 0.2, 8)
    draws = (truth[:, None] + spread[:, None] * rng.standard_normal((8, 2)) for _ in range(2000))
    covered = [abs(draw.mean() - truth.mean()) <= seeds_reach(draw) for draw in draws]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("scenes", [4, 8, 30])
def test_the_interval_covers_the_mean_as_often_as_it_says(scenes):
    rng = np.random.default_rng(3)
    covered = [low <= 5 <= high for low, high in (interval(rng.normal(5, 1, scenes)) for _ in range(2000))]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)


def test_more_noise_seeds_of_a_scene_are_no_further_scenes():
    rng = np.random.default_rng(4)
    scenes = rng.normal(5, 1, 8)
    once, often = interval(scenes), interval([scene + rng.normal(0, 0.05, 20) for scene in scenes])
    assert np.diff(often) == pytest.approx(np.diff(once), rel=0.1)
    noisier = interval([scene + rng.normal(0, 3, 2) for scene in scenes])
    assert np.diff(noisier) > 1.5 * np.diff(once)


def test_absent_scans_are_named_in_one_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--ct", str(tmp_path), "--out", str(tmp_path)])
    message = capsys.readouterr().err
    assert HELD_OUT[0] in message
    assert "--ct" in message
