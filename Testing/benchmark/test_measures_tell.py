"""Every measure of the benchmark tells right from wrong: the perfect passes; what loses, blurs, delays or invents does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.quality.challenge import plant, score
from Testing.benchmark import bias, bolus, detail, invented, robust
from Testing.benchmark.objects import SeenWire, edge_widening
from Testing.benchmark.rows import Rows, table
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
        "wider": edge_widening(planted, denoise(planted.cine), denoise(cine))
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


def test_the_limits_of_detail_hold_only_for_what_stands_out_of_the_noise():
    row = {"kind": "moving", "quanta": 30.0, "width": 1.0, "contrast": 0.4, "speed": 2.0, "ratio": 4.0, "kept": 0.95}
    good, faint = row | {"ghost": 0.01, "wider": 0.05}, row | {"ghost": 0.2, "wider": 0.5, "ratio": 1.0, "kept": 0.1}
    assert (detail.faults(good), detail.judged(faint)) == ([], False)
    assert detail.faults(good | {"kept": 0.8, "ghost": 0.04, "wider": 0.2}) == ["contrast", "ghost", "edges"]
    assert "Of 2 cells" in detail.summary([good, faint, good | {"kept": 0.8}])


def test_effective_pixels_are_fewer_where_noise_is_correlated(task):
    quanta, electronics = 30.0, 1.5**2  # white electronics beside quantum noise behind a blur of 0.55 pixels
    quantum = quanta / (4 * np.pi * 0.55**2)
    expected = (quantum + electronics) / (quanta + electronics)
    assert bias.effective_share(task) == pytest.approx(expected, rel=0.25)


def test_a_bolus_is_measured_exactly_and_its_delay_behind_a_recursive_filter_is_found(task):
    given = 0.3 * bolus.gamma_variate(np.arange(17) - 2.3, 4.0)
    covered = SeenWire(6.0).profile((SIDE, SIDE), 0.0)
    filled = bolus.inject(task.made.noisy, covered, given, 0.0)
    ideal = bolus.curve(task.made.noisy, filled, covered > 0.9)
    assert bolus.time_to_peak(given) == pytest.approx(6.3, abs=0.15)
    assert bolus.time_to_peak(ideal) == pytest.approx(bolus.time_to_peak(given), abs=0.05)
    late = np.copy(ideal)
    for t in range(1, len(late)):
        late[t] = 0.5 * ideal[t] + 0.5 * late[t - 1]
    assert bolus.time_to_peak(late) - bolus.time_to_peak(ideal) > bolus.PEAK


def test_noise_of_a_quarter_of_the_dose_is_told_from_that_of_four_times_and_so_is_an_invented_line(task):
    made = task.made
    more = invented.exposed(0.0, 0.0, 120.0, SIDE).noisy.frames
    assert not invented.passes(invented.invented(task, made.noisy.frames, more))
    assert invented.passes(invented.invented(task, made.clean.frames, more))
    line = made.clean.frames * (1 - 0.3 * SeenWire(2.0).profile((SIDE, SIDE), 0.0))
    assert not invented.passes(invented.invented(task, line, more))


def test_the_clouds_hold_nothing_that_the_detectors_see(task):
    median = np.median(task.law.sigma_at(task.made.clean.frames))
    for name, detector in invented.detectors().items():
        seen, noise = (detector((frames[READ] / median).astype(np.float32)) for frames in (task.made.clean.frames, task.frames))
        inner = (slice(invented.RIM, -invented.RIM),) * 2
        assert seen[inner].max() < 0.5 * np.quantile(noise[inner], 1 - invented.FALSE), name


def test_a_row_of_robustness_fails_below_the_input_and_half_a_decibel_below_the_best_peer():
    row = {"change": "x", "scene": "y", "noisy": 20.0, "peer": 30.0}
    assert [robust.passes(row | {"ours": ours}) for ours in (29.6, 29.4)] == [True, False]
    assert not robust.passes(row | {"peer": 18.0, "ours": 19.9})


def test_every_variant_changes_the_settings_that_it_names():
    names = [variant.name for variant in robust.VARIANTS]
    assert len(set(names)) == len(names)
    assert set(robust.IN_A_HURRY) <= set(names)
    assert all(variant != robust.Variant(variant.name) for variant in robust.VARIANTS)


def test_rows_are_measured_once_and_again_when_something_else_made_them(tmp_path):
    measured = []

    def measure(place):
        measured.append(place["a"])
        return {"b": 2 * place["a"]}

    places = [{"a": 1}, {"a": 2}]
    Rows(tmp_path / "r.json", "one").fill(places[:1], measure)
    found = Rows(tmp_path / "r.json", "one").fill(places, measure)
    assert ([row["b"] for row in found], measured) == ([2, 4], [1, 2])
    Rows(tmp_path / "r.json", "other").fill(places, measure)
    assert measured == [1, 2, 1, 2]
    assert table({"a": lambda row: str(row["a"])}, found) == "| a |\n|---|\n| 1 |\n| 2 |"


def test_peers_are_rounded_to_the_stored_type_as_the_product_is_and_reduce_the_noise(task):
    truth = [task.made.clean.frames[READ]]
    images = {name: list(robust.fast_peers(task)[name]) for name in ("noisy", "NLM", "video NLM")}
    assert {image.dtype for name in images for image in images[name]} == {task.frames.dtype}
    (noisy,), found = images["noisy"], [robust._psnr(truth, image) for image in images["video NLM"]]
    assert max(found) > robust._psnr(truth, noisy) + 5
    assert max(found) > found[0] + 5  # the weakest alone would be no peer
