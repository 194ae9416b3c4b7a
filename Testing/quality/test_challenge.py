"""The planted wire tells denoisers apart that a static scene cannot."""

from __future__ import annotations

import numpy as np
import pytest
from quality_helpers import filtered, median, noisy, recursive, scene, temporal_mean

from FluoroDenoiseLib.noise.recursion import undo
from FluoroDenoiseLib.quality import Wire, challenge
from FluoroDenoiseLib.quality.challenge import plant, score


def test_doing_nothing_keeps_the_wire_whole_without_ghost():
    report = challenge(noisy(scene()), lambda cine: cine)
    assert report["contrast_kept"] == pytest.approx(1, abs=0.02)
    assert report["ghost"] < 0.001


def test_the_temporal_mean_fails():
    report = challenge(noisy(scene()), lambda cine: filtered(cine, temporal_mean))
    assert report["contrast_kept"] == pytest.approx(1 / 12, abs=0.02)
    assert report["ghost"] > 0.05


def test_a_recursive_filter_keeps_its_share_and_leaves_the_rest_as_ghosts():
    report = challenge(noisy(scene()), lambda cine: filtered(cine, recursive))
    assert report["contrast_kept"] == pytest.approx(0.35, abs=0.02)
    assert report["by_lag"][1] == pytest.approx(0.35 * 0.65, abs=0.02)
    assert report["by_lag"][2] == pytest.approx(0.35 * 0.65**2, abs=0.02)
    assert report["by_lag"][-1] == pytest.approx(0, abs=0.01)


def test_behind_a_systems_filter_the_wire_is_whole_once_that_is_undone():
    seen = filtered(noisy(scene(level=1000), sigma=30), recursive)
    for share, kept in ((0.65, 1.0), (0.0, 1 / 0.35)):
        planted = plant(seen, Wire(), share)
        report = score(planted, filtered(planted.cine, undone), filtered(seen, undone))
        assert report["contrast_kept"] == pytest.approx(kept, rel=0.05)
        assert (report["ghost"] < 0.03) == (share > 0)


def undone(frames):
    return np.stack([frames[0], *(undo(after, before, 0.65) for before, after in zip(frames, frames[1:], strict=False))])


def test_a_median_of_five_loses_half_of_it():
    report = challenge(noisy(scene(), blur=0.6), lambda cine: filtered(cine, median))
    assert 0.3 < report["contrast_kept"] < 0.6


@pytest.mark.parametrize("intensity", ["LIN", "SQRT", "LOG", "DISP"])
@pytest.mark.parametrize("inverted", [False, True])
def test_every_meaning_of_the_intensities_is_scored_alike(intensity, inverted):
    from dataclasses import replace

    cine = replace(noisy(scene(level=1000), sigma=30), intensity=intensity, inverted=inverted)
    report = challenge(cine, lambda c: filtered(c, recursive))
    assert report["contrast_kept"] == pytest.approx(0.35, abs=0.02)


def test_an_inverted_display_gets_a_bright_wire():
    from dataclasses import replace

    cine = replace(noisy(scene()), inverted=True)
    planted = plant(cine, Wire())
    assert planted.height > 0
    assert (planted.cine.frames >= cine.frames).all()


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0, 3.0])
def test_the_wire_has_the_width_and_contrast_that_were_asked_for(width):
    wire = Wire(width=width, contrast=0.2, angle=90)
    profile = wire.profile((8, 64), position=0.3)
    assert profile.sum(1) == pytest.approx(np.full(8, width), abs=0.02)
    assert profile.max() <= 1


@pytest.mark.parametrize("width", [0.5, 3.0])
@pytest.mark.parametrize("contrast", [0.02, 0.4])
def test_thin_and_faint_wires_are_scored_too(width, contrast):
    cine = noisy(scene(level=1000), sigma=30)
    report = challenge(cine, lambda c: filtered(c, recursive), Wire(width=width, contrast=contrast))
    assert report["contrast_kept"] == pytest.approx(0.35, abs=0.03)


def test_the_wire_moves_at_its_speed():
    wire = Wire(speed=7.0, angle=90)
    centres = [np.average(np.arange(200), weights=wire.profile((1, 200), wire.position(t, 5))[0]) for t in range(5)]
    assert np.diff(centres) == pytest.approx(np.full(4, 7.0), abs=0.05)


def test_clipping_at_the_stored_range_is_no_fault_of_the_denoiser():
    dark = scene(level=100)
    dark[:, :90] = 2
    report = challenge(noisy(dark), lambda cine: cine)
    assert report["contrast_kept"] == pytest.approx(1, abs=0.03)


def test_a_slow_wire_is_scored_only_where_it_does_not_overlap_itself():
    report = challenge(noisy(scene()), lambda cine: cine, Wire(speed=1.5))
    assert set(report["by_lag"]) == {-3, 3}
