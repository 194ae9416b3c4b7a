"""Every measure of the benchmark tells right from wrong: the perfect passes; what loses, blurs, delays or invents does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.quality.challenge import plant, score
from Testing.benchmark import detail, invented
from Testing.benchmark.objects import SeenWire, edge_widening
from Testing.benchmark.scenes import READ
from Testing.benchmark.task import Task

SIDE = 128


@pytest.fixture(scope="module")
def task():
    """Soft clouds at rest, 30 quanta."""
    return Task(invented.exposed(0.0, 0.0, 30.0, SIDE))


def temporal_mean(cine: Cine, reach: int = 1) -> Cine:
    frames = cine.frames.astype(np.float32)
    means = [frames[max(0, t - reach) : t + reach + 1].mean(0) for t in range(len(frames))]
    return cine.with_frames(cine.to_stored(np.stack(means)))


def blurred(cine: Cine) -> Cine:
    return cine.with_frames(cine.to_stored(gaussian_filter(cine.frames.astype(np.float32), (0, 1.0, 1.0))))


def scored(cine: Cine, wire: SeenWire, denoise) -> dict:
    planted = plant(cine, wire)
    return score(planted, denoise(planted.cine), denoise(cine)) | {
        "wider": edge_widening(planted, denoise(planted.cine), denoise(cine)).wider
    }


def test_an_object_of_one_frame_is_kept_by_nothing_done_and_lost_by_a_temporal_mean(task):
    wire = SeenWire(2.0, 0.4, 0.0, first=READ, last=READ)
    untouched, averaged = (scored(task.made.noisy, wire, denoise) for denoise in (lambda cine: cine, temporal_mean))
    assert (untouched["contrast_kept"], untouched["ghost"]) == pytest.approx((1, 0), abs=0.01)
    assert averaged["contrast_kept"] == pytest.approx(1 / 3, abs=0.01)
    assert averaged["ghost"] == pytest.approx(1 / 3, abs=0.01)
    assert set(averaged["by_lag"]) == {-3, -2, -1, 1, 2, 3}


def test_an_object_that_enters_and_stays_is_sought_before_it_comes_and_not_after(task):
    averaged = scored(task.made.noisy, SeenWire(2.0, 0.4, 0.0, first=READ), temporal_mean)
    assert averaged["worst_frame"] == pytest.approx(2 / 3, abs=0.01)
    assert averaged["ghost"] == pytest.approx(1 / 3, abs=0.01)
    assert set(averaged["by_lag"]) == {-3, -2, -1}


@pytest.mark.parametrize("width", [1.0, 3.0])
def test_edges_are_wider_after_a_blur_and_not_by_noise(task, width):
    wire = SeenWire(width, 0.4, 3.0)
    assert scored(task.made.noisy, wire, lambda cine: cine)["wider"] == pytest.approx(0, abs=0.02)
    assert scored(task.made.noisy, wire, blurred)["wider"] > detail.WIDER


def test_what_is_left_of_the_view_before_a_scene_cut_is_found():
    rng = np.random.default_rng(0)
    clean = np.repeat(rng.uniform(100, 200, (2, 32, 32)), 6, axis=0)
    assert detail.cut_ghost(clean, clean + rng.normal(0, 5, clean.shape), 6) < detail.GHOST
    mixed = clean.copy()
    mixed[6] = 0.9 * clean[6] + 0.1 * clean[5]
    assert detail.cut_ghost(clean, mixed, 6) == pytest.approx(0.1)


PLACE = {"kind": "moving", "quanta": 30.0, "width": 1.0, "contrast": 0.4, "speed": 2.0}
GOOD = PLACE | {"ratio": 4.0, "kept": 0.95, "worst": 0.95, "ghost": 0.01, "ghost error": 0.002, "wider": 0.05, "haze": 0.01}
FAINT = GOOD | {"ratio": 1.0, "kept": 0.1, "worst": 0.0, "wider": 0.5, "haze": 0.2}


def test_contrast_edges_and_haze_are_judged_only_for_what_stands_out_of_the_noise():
    short = {"kept": 0.8, "ghost": 0.04, "wider": 0.2, "haze": -0.04}
    assert [detail.verdict(row) for row in (GOOD, FAINT)] == ["ok", "ok"]
    assert detail.faults(GOOD | short) == ["contrast", "ghost", "edges", "haze"]
    assert detail.faults(FAINT | short) == ["ghost"]
    assert detail.faults(GOOD | {"wider": None, "haze": None}) == ["edges"]
    assert detail.faults(GOOD | {"kind": "entering", "worst": 0.8}) == ["contrast"]


def test_a_ghost_is_judged_where_it_is_sure_and_none_is_no_pass():
    unsure = {"ghost": 0.04, "ghost error": 0.011}
    assert detail.verdict(GOOD | unsure) == detail.verdict(GOOD | unsure | {"ghost": 0.02}) == "undecided"
    assert detail.verdict(GOOD | unsure | {"wider": 0.2}) == "edges"
    assert detail.verdict(FAINT | unsure | {"ghost": 0.2}) == "ghost"  # many errors above the limit
    assert detail.verdict(FAINT | {"ghost": None, "ghost error": None}) == ""
    assert detail.verdict({"kind": "scene cut", "quanta": 30.0, "ghost": 0.04}) == "ghost"


def test_the_summary_counts_what_passes_and_what_is_undecided():
    at_rest = {"ghost": None, "ghost error": None}
    rows = [GOOD, GOOD | {"kept": 0.8}, FAINT, FAINT | {"ghost error": 0.02}, FAINT | at_rest, GOOD | at_rest]
    words = detail.summary(rows)
    assert "Of 6 cells, 4 are judged and 3 of them pass" in words
    assert "1 are undecided, 1 hold nothing to judge" in words
    assert "judged in the 3 cells" in words
    assert "judged in 3 cells; 1 have a standard error above 1.0%, 2 have none" in words
    assert "worst kept: 80.0%" in words
    assert "worst wider: 5.0%" in words


@pytest.fixture(scope="module")
def references():
    return [invented.exposed(0.0, 0.0, 120.0, SIDE, draw=draw).noisy.frames for draw in range(8)]


@pytest.fixture(scope="module")
def louder():
    """Other draws of what sets the threshold."""
    return [invented.exposed(0.0, 0.0, 120.0, SIDE, draw=draw).noisy.frames for draw in range(8, 12)]


def with_line(frames: np.ndarray, contrast: float) -> np.ndarray:
    return frames * (1 - contrast * SeenWire(2.0).profile((SIDE, SIDE), 0.0))


def test_frames_of_four_times_the_dose_pass_and_a_line_fainter_than_their_noise_does_not(references, louder):
    assert invented.passes(invented.invented(louder, references))
    found = invented.invented([with_line(frames, 0.04) for frames in louder], references)
    assert found["lines"]["share"] > found["lines"]["limit"]


def test_noise_of_the_dose_itself_fails_the_truth_passes_and_an_invented_line_in_it_fails(task, references):
    noisy = [invented.exposed(0.0, 0.0, 30.0, SIDE, draw=draw).noisy.frames for draw in range(4)]
    clean = task.made.clean.frames
    assert not invented.passes(invented.invented(noisy, references))
    assert invented.passes(invented.invented([clean] * 4, references))
    assert not invented.passes(invented.invented([with_line(clean, 0.15)] * 4, references))


def test_a_line_below_the_absolute_threshold_is_told_by_the_relative_reading_only(task, references):
    found = invented.invented([with_line(task.made.clean.frames, 0.05)] * 4, references)
    assert invented.passes(found)
    assert found["own"] > 0.01 > found["own of more"]


def test_draws_of_the_reference_show_the_thousandth_at_each_others_threshold(references, louder):
    found = invented.invented(louder, references)
    for name in invented.detectors():
        assert np.mean(found[name]["reference"]) == pytest.approx(invented.FALSE, rel=0.1), name
        assert found[name]["least"] < found[name]["share"] < found[name]["most"]
        assert invented.FALSE < found[name]["limit"] < 2 * invented.FALSE


@pytest.mark.parametrize("spread", [0.0, 0.03])
def test_the_limit_lets_the_reference_itself_pass_in_nineteen_of_twenty_cases(spread):
    """Draws whose pixels share a scale, as those of correlated noise do."""
    rng, cases, failed = np.random.default_rng(0), 150, 0
    for _ in range(cases):
        strengths = np.abs(rng.standard_normal((18, 2000))) * (1 + spread * rng.standard_normal((18, 1)))
        found = invented.judged(strengths[:6], strengths[6:])
        failed += found["share"] > found["limit"]
    assert 0.02 < failed / cases < 0.12


def test_the_clouds_hold_nothing_that_the_detectors_see(task):
    median = np.median(task.law.sigma_at(task.made.clean.frames))
    for name, detector in invented.detectors().items():
        seen, noise = (detector((frames[READ] / median).astype(np.float32)) for frames in (task.made.clean.frames, task.frames))
        inner = (slice(invented.RIM, -invented.RIM),) * 2
        assert seen[inner].max() < 0.5 * np.quantile(noise[inner], 1 - invented.FALSE), name
