"""Where structure was removed is found frame by frame, and noise alone raises no alarm."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from quality_helpers import SIGMA, filtered, median, noisy, scene, temporal_mean

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.quality import compare
from FluoroDenoiseLib.quality.by_level import noise_by_level
from FluoroDenoiseLib.quality.compare import structure_removed
from FluoroDenoiseLib.quality.lines import standing_out
from FluoroDenoiseLib.quality.removed import CONNECTED, TIMES, structure


def found(before, after) -> list[np.ndarray]:
    return list(structure_removed(before, after))


def with_tip(clean: np.ndarray, frames: np.ndarray, t: int, height: float) -> tuple[np.ndarray, np.ndarray]:
    """Frames with the tip of a wire, 35 px long and 2 px wide, in frame t only; and where it lies."""
    tip = np.zeros_like(clean)
    cv2.line(tip, (120, 100), (140, 129), 1.0, 2, cv2.LINE_AA)
    drawn = frames.astype(np.float32)
    drawn[t] += height * tip
    return drawn, tip > 0.3


@pytest.mark.parametrize("blur", [0.0, 0.8])
def test_removing_noise_alone_raises_no_alarm(blur):
    cine = noisy(scene(), blur=blur)
    after = filtered(cine, temporal_mean)
    assert not np.any(found(cine, after))


def test_a_wire_tip_removed_in_one_frame_is_found_there_and_only_there():
    clean = noisy(scene())
    drawn, where = with_tip(scene(), clean.frames, t=5, height=-4 * SIGMA)
    before = filtered(clean, lambda frames: drawn)
    after = filtered(before, lambda frames: temporal_mean(clean.frames.astype(np.float32)))
    marks = found(before, after)
    marked = marks.pop(5)
    assert (marked & where).sum() > 0.8 * where.sum()
    assert (marked & ~cv2.dilate(where.astype(np.uint8), np.ones((9, 9))).astype(bool)).sum() == 0
    assert not np.any(marks)


def test_the_same_tip_kept_raises_no_alarm():
    clean = noisy(scene())
    drawn, where = with_tip(scene(), clean.frames, t=5, height=-4 * SIGMA)
    before = filtered(clean, lambda frames: drawn)
    kept, _ = with_tip(scene(), temporal_mean(clean.frames.astype(np.float32)), t=5, height=-4 * SIGMA)
    assert not np.any(found(before, filtered(before, lambda frames: kept)))


def test_a_speck_of_a_few_pixels_is_no_structure():
    removed = np.random.default_rng(0).normal(size=(128, 128)).astype(np.float32)
    removed[60, 60] += 12
    guide, field = np.full((128, 128), 100, np.float32), np.ones((128, 128), bool)
    assert 0 < standing_out(removed, guide, field, TIMES).sum() <= CONNECTED
    assert not structure(removed, guide, field).any()


def test_the_noise_at_each_level_is_the_noise_put_in():
    rng = np.random.default_rng(0)
    signal = np.full((384, 384), 500, np.float32)
    for k, level in enumerate((300, 400, 600, 700)):
        signal[32 + 80 * k : 112 + 80 * k, 32:352] = level
    before = Cine(rng.poisson(np.repeat(signal[None], 8, 0)).astype(np.uint16))
    noise = noise_by_level(before, filtered(before, temporal_mean))
    assert noise.levels[[0, -1]] == pytest.approx([300, 700], rel=0.02)
    assert noise.before == pytest.approx(np.sqrt(noise.levels), rel=0.05)
    assert noise.after == pytest.approx(np.sqrt(noise.levels / 8), rel=0.06)


def test_vessels_do_not_count_as_noise():
    noise = noise_by_level(noisy(scene()), filtered(noisy(scene()), median))
    assert noise.before == pytest.approx(SIGMA, rel=0.05)


@pytest.fixture
def striped():
    """A cine whose rows have an offset each, new in every frame."""
    plain = noisy(scene())
    rows = 0.8 * SIGMA * np.random.default_rng(1).standard_normal((*plain.shape[:2], 1))
    return filtered(plain, lambda frames: frames + rows)


def test_removing_the_noise_of_whole_rows_raises_no_alarm(striped):
    assert not np.any(found(striped, filtered(striped, temporal_mean)))
    assert "noise alone" in compare(striped, filtered(striped, temporal_mean))["residual_structure"]["verdict"]


@pytest.mark.parametrize("wide", [0.4, 1.0])
def test_a_wire_along_a_row_is_no_noise_of_rows(striped, wide):
    clean = temporal_mean(striped.frames.astype(np.float32))
    drawn = striped.frames.astype(np.float32)
    drawn[5, 90:92, : int(wide * drawn.shape[2])] -= 6 * SIGMA
    before = filtered(striped, lambda frames: drawn)
    marks = found(before, filtered(before, lambda frames: clean))
    assert marks[5][88:94].sum() > drawn.shape[2] * wide
    assert not np.any(marks[:5] + marks[6:])
