"""The measures of the CT benchmark, on what is known beforehand."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from FluoroDenoiseLib.simulation import simulate_ct
from Testing.benchmark.ct import __main__ as comparison
from Testing.benchmark.ct import observer
from Testing.benchmark.ct.cases import TRIAL, USUAL_NOISE, SliceTask, quarter_dose, scan
from Testing.benchmark.ct.observer import SIDE, Detectability, detectability
from Testing.benchmark.ct.phantom import COUNT, DISCS, SIZE, noise_power, peak_frequency, regions, water, with_discs
from Testing.benchmark.ct.slice_methods import GRIDS, MILDER, NOISY, OURS, PEERS, TUNED

SPACING = (5.0, 3.0, 3.0)


def disc_regions(seed, height, shared=0.0):
    """20 scans of 10 regions; `shared`: deviation of what all regions of a scan have in common."""
    rng = np.random.default_rng(seed)
    disc = np.hypot(*np.mgrid[-SIDE // 2 : SIDE // 2, -SIDE // 2 : SIDE // 2]) < 4
    absent, present = rng.standard_normal((2, 20, 10, SIDE, SIDE)) + shared * rng.standard_normal((2, 20, 1, 1, 1)) * disc
    return present + height * disc, absent


def test_the_observer_sees_a_stronger_disc_better_and_none_where_there_is_none():
    faint, strong = (detectability(*disc_regions(0, height)) for height in (0.3, 0.6))
    assert faint.interval[0] < faint.value < faint.interval[1]
    assert strong.value == pytest.approx(2 * faint.value, rel=0.15)
    assert abs(detectability(*disc_regions(1, 0.0)).value) < 0.3


def test_less_is_called_worse_the_same_not_worse_and_what_the_scans_do_not_show_undecided():
    faint, strong = (detectability(*disc_regions(0, height)) for height in (0.3, 0.6))
    assert faint.against(strong) == "worse"
    assert strong.against(faint) == faint.against(faint) == "not worse"
    other = detectability(*disc_regions(7, 0.3))  # other noise: the same d', which these scans cannot show to 5%
    assert other.against(faint) == faint.against(other) == "undecided"


@pytest.mark.parametrize(
    ("change", "spread", "verdict"),
    [
        (-0.01, 0.03, "not worse"),
        (-0.2, 0.05, "worse"),
        (-0.03, 0.005, "worse"),  # little, but surely
        (0.0, 0.2, "undecided"),
        (-0.06, 0.08, "undecided"),
        (0.3, 0.05, "not worse"),
    ],
)
def test_the_verdict_follows_the_interval_of_the_difference(change, spread, verdict):
    noisy = np.random.default_rng(0).normal(1.0, 0.3, 4000)
    difference = change + spread * np.linspace(-1, 1, 4000)
    ours = Detectability(1.0 + change, noisy + difference)
    assert ours.against(Detectability(1.0, noisy)) == verdict


def test_a_draw_keeps_the_two_halves_of_the_scans_apart():
    rng = np.random.default_rng(0)
    drawn = np.stack([observer._drawn(rng, 9) for _ in range(200)])
    assert np.array_equal(drawn % 2, np.broadcast_to(np.arange(9) % 2, drawn.shape))
    assert all(set(drawn[:, place]) == set(range(place % 2, 9, 2)) for place in range(9))


def test_a_template_is_learnt_anew_in_each_draw(monkeypatch):
    learnt = []
    real = observer._template
    monkeypatch.setattr(observer, "_template", lambda *parts: learnt.append(real(*parts)) or learnt[-1])
    monkeypatch.setattr(observer, "DRAWS", 5)
    detectability(*disc_regions(0, 0.3))
    assert len({template.tobytes() for template in learnt}) == len(learnt) == 12


def test_the_interval_of_d_covers_its_mean_as_often_as_it_says(monkeypatch):
    monkeypatch.setattr(observer, "DRAWS", 60)
    monkeypatch.setattr(observer, "channels", lambda: np.eye(observer.COUNT))
    signal = np.where(np.arange(observer.COUNT) < 2, 1.2, 0.0)

    def found(seed):
        rng = np.random.default_rng(seed)
        absent, present = rng.standard_normal((2, 24, 12, observer.COUNT)) + 0.3 * rng.standard_normal(
            (2, 24, 1, observer.COUNT)
        )
        return detectability(present + signal, absent)

    all_found = [found(seed) for seed in range(60)]
    mean = np.mean([one.value for one in all_found])
    covered = [one.interval[0] < mean < one.interval[1] for one in all_found]
    assert 0.88 < np.mean(covered) <= 1
    assert np.mean([np.diff(one.interval) for one in all_found]) < 1.5 * 3.92 * np.std([one.value for one in all_found])


def test_what_the_regions_of_a_scan_share_widens_the_interval():
    alone, together = (np.diff(detectability(*disc_regions(3, 0.6, shared)).interval) for shared in (0.0, 0.5))
    assert together > 1.5 * alone


def test_the_observer_does_not_beat_the_ideal_one():
    area = np.count_nonzero(np.hypot(*np.mgrid[-SIDE // 2 : SIDE // 2, -SIDE // 2 : SIDE // 2]) < 4)
    assert 0.6 < detectability(*disc_regions(2, 0.4)).value / (0.4 * np.sqrt(area)) < 1.1


def test_the_peak_of_a_known_spectrum_is_found():
    rng = np.random.default_rng(3)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIZE), np.fft.fftfreq(SIZE), indexing="ij"))
    for peak in (0.1, 0.2):
        passed = np.exp(-0.5 * ((frequency - peak) / 0.04) ** 2)
        images = [np.fft.ifft2(np.fft.fft2(rng.standard_normal((SIZE, SIZE))) * passed).real for _ in range(6)]
        assert peak_frequency(*noise_power(images)) == pytest.approx(peak, abs=0.02)


def test_discs_lie_in_the_middle_of_the_regions_and_in_the_middle_slice_alone():
    radius = max(DISCS)
    difference = with_discs(radius) - water()
    assert np.flatnonzero(difference.any(axis=(1, 2))).tolist() == [len(difference) // 2]
    cut = regions(difference[len(difference) // 2])
    assert cut.shape == (COUNT, SIDE, SIDE)
    assert np.all(cut[:, SIDE // 2, SIDE // 2] > 0.8 * DISCS[radius]) and np.all(cut[:, 0, 0] <= 0)


def test_a_quarter_of_the_dose_is_a_quarter_of_what_gives_the_usual_noise():
    distance = np.hypot(*np.mgrid[-48:48, -48:48])
    reference = np.where(distance < 42, 0.0, -1000.0).astype(np.float32)[None]
    dose = quarter_dose(reference, SPACING)
    full = replace(dose, quanta=4 * dose.quanta)
    whole, quarter = (scan(np.repeat(reference, 3, axis=0), SPACING, each, 5) for each in (full, dose))
    noise = [(task.frames - task.made.clean.frames)[:, 36:60, 36:60].std() for task in (whole, quarter)]
    assert noise[0] == pytest.approx(USUAL_NOISE, rel=0.2)
    assert 1.9 < noise[1] / noise[0] < 3.0  # more than two where read-out noise counts


def test_peers_are_told_the_true_noise():
    made = simulate_ct(np.zeros((3, 64, 64), np.float32), SPACING, TRIAL, 0)
    error = made.noisy.frames - made.clean.frames
    task = SliceTask(made, np.full((64, 64), 2.0))
    assert task.spectrum(False).mean() == pytest.approx(64**2 * np.mean([one.var() for one in error]))
    assert task.spectrum(True) == pytest.approx(task.spectrum(False) / 4)


@pytest.mark.parametrize("name", PEERS)
def test_no_best_setting_of_a_peer_lies_at_the_edge_of_its_grid(name):
    settings, grid = json.loads(TUNED.read_text())[name]["settings"], GRIDS[PEERS[name].func.__name__]
    assert settings["profile"] in grid["profile"]
    assert settings["strength"] in grid["strength"][1:-1]


class Run:
    """The comparison with stand-ins for what takes minutes; `measured` tells what was."""

    def __init__(self, monkeypatch, tmp_path):
        self.measured, self.folder = [], tmp_path
        self.stop_after = None
        rng = np.random.default_rng(0)
        truth = rng.normal(0, 100, (48, 48))
        monkeypatch.setattr(comparison, "_task", lambda path, at, seed: SimpleNamespace(truth=truth))
        monkeypatch.setattr(comparison, "methods", lambda _: {n: self.method(n) for n in (NOISY, "BM4D", OURS, MILDER)})
        monkeypatch.setattr(comparison, "_phantom_row", self.phantom)
        monkeypatch.setattr(
            comparison.Denoiser, "load", lambda model, device: SimpleNamespace(model=SimpleNamespace(sha256=model))
        )

    def method(self, name):
        def of(task):
            if len(self.measured) == self.stop_after:
                raise KeyboardInterrupt
            self.measured.append(name)
            return task.truth + len(self.measured) % 7 + (10 if name == NOISY else 1)

        return of

    def phantom(self, chosen, place):
        self.measured.append("phantom " + place["method"])
        drawn = [1.0 - 0.2 * (place["method"] == OURS)] * 10
        return {"peak": 0.1, "discs": {f"{radius:g}": {"value": drawn[0], "drawn": drawn} for radius in DISCS}}

    def __call__(self, model):
        self.measured.clear()
        comparison.main(["--quick", "--model", model, "--out", str(self.folder)])
        return list(self.measured)


def test_no_figure_is_measured_twice_and_those_of_peers_and_of_a_former_model_stay(monkeypatch, tmp_path):
    run = Run(monkeypatch, tmp_path)
    assert len(run("a")) == 4 * 4 + 3
    assert run("a") == []
    assert set(run("b")) == {OURS, MILDER, f"phantom {OURS}", f"phantom {MILDER}"}
    assert run("a") == []


def test_an_interrupted_comparison_goes_on_where_it_was(monkeypatch, tmp_path):
    run = Run(monkeypatch, tmp_path)
    run.stop_after = 6
    with pytest.raises(KeyboardInterrupt):
        run("a")
    run.stop_after = None
    assert len(run("a")) == 4 * 4 + 3 - 6


def test_the_report_says_which_discs_are_worse_with_what_margin_and_gives_each_ct(monkeypatch, tmp_path, capsys):
    Run(monkeypatch, tmp_path)("a")
    report = capsys.readouterr().out
    assert "1 px worse" in report and "above -5% of it" in report
    assert "(heart-kidneys-c3l00189)" in report and "(abdomen-cmbcrc)" in report
    assert "2 CTs give no interval for new patients" in report
    assert (tmp_path / "quick" / "ct.md").read_text().strip() in report
