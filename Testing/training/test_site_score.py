"""The self-supervised score and the verdict on it: what they reward, and what they do not."""

import copy
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from site_helpers import site_cine
from torch import nn

from FluoroDenoiseLib.denoiser import Denoiser
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.noise.recursion import VendorRecursion
from FluoroDenoiseLib.training import site_measures
from FluoroDenoiseLib.training.comparing import compare_losses
from FluoroDenoiseLib.training.examples import make_examples
from FluoroDenoiseLib.training.guard import LEAST, MOST, Guard, forgetting
from FluoroDenoiseLib.training.held_out import HeldOut, Tile
from FluoroDenoiseLib.training.holding_out import split
from FluoroDenoiseLib.training.processes import Processes
from FluoroDenoiseLib.training.site_measures import beside, suffers
from FluoroDenoiseLib.training.site_training import SiteTraining, blended
from FluoroDenoiseLib.training.still_examples import still_examples
from FluoroDenoiseLib.training.timed import Schedule
from FluoroDenoiseLib.training.verdict import FADING, Candidate, Finding, Judge, most_in_a_cine, reason_against, sentence

CPU, FLOAT = torch.device("cpu"), torch.float32


class Answering(nn.Module):
    """A network whose result is one of the images that it is shown: channel 1 is frame - fused, 2 (past - fused) x trust."""

    local_mean = 16

    def __init__(self, channel):
        super().__init__()
        self.channel = channel

    def forward(self, evidence):
        return evidence[:, self.channel : self.channel + 1] if self.channel else torch.zeros_like(evidence[:, :1])


class Smoothing(nn.Module):
    """A network that takes from the fused frame all but its mean: channel 0 is the fused frame."""

    local_mean = 16

    def forward(self, evidence):
        return evidence[:, :1].mean(dim=(2, 3), keepdim=True) - evidence[:, :1]


class Raising(nn.Module):
    """A network that makes every frame brighter by its only weight."""

    local_mean = 16

    def __init__(self):
        super().__init__()
        self.by = nn.Parameter(torch.zeros(1))

    def forward(self, evidence):
        return 0 * evidence[:, :1] + self.by


@pytest.fixture
def passing(tmp_path):
    """Examples of a bright square that is in each frame at another place; past and future are certain of the ground alone."""
    rng = np.random.default_rng(0)
    examples = np.zeros((6, 8, 96, 96), np.float32)
    for t, example in enumerate(examples):
        truth = np.zeros((96, 96))
        truth[20:60, 10 + 8 * t : 30 + 8 * t] = 10
        example[0], example[7] = truth + rng.standard_normal((96, 96)), truth + 0.5 * rng.standard_normal((96, 96))
        example[[2, 5]] = 0.05
    np.save(tmp_path / "0.npy", examples.astype(np.float16))
    return HeldOut([tmp_path / "0.npy"])


def test_interpolating_frames_costs_the_full_error_where_something_passed(passing):
    tiles = passing.watched + passing.judged
    frame, interpolated = (passing.losses(Answering(channel), tiles, CPU, FLOAT).mean() for channel in (1, 0))
    assert frame == pytest.approx(1 + 0.25, rel=0.1)  # the frame's own noise and the target's
    assert interpolated > 3 * frame


def test_tiles_of_the_verdict_are_not_those_that_were_watched(tmp_path):
    np.save(tmp_path / "0.npy", np.zeros((8, 8, 256, 256), np.float16))
    held_out = HeldOut([tmp_path / "0.npy"])
    assert len(held_out.watched) == 8 and len(held_out.judged) == 24
    assert not set(held_out.watched) & set(held_out.judged)
    assert {tile.frame % 2 for tile in held_out.judged} == {0, 1}  # examples of review and of live


def tiles_of(cines, frames=20):
    return [Tile(cine, frame, 0, 0) for cine in range(cines) for frame in range(frames)]


def test_a_steady_gain_is_found_and_a_chance_one_is_not():
    tiles, rng = tiles_of(4), np.random.default_rng(1)
    base = 1 + 0.3 * rng.standard_normal(len(tiles))
    gain = compare_losses(base, base - 0.02 + 0.01 * rng.standard_normal(len(tiles)), tiles)
    assert gain.better and gain.low < gain.difference < gain.high < 0
    chance = compare_losses(base, base + 0.1 * rng.standard_normal(len(tiles)), tiles)
    assert not chance.better


def test_a_single_short_cine_has_an_interval_of_some_width():
    tiles, rng = [tile for tile in tiles_of(1, 5) for _ in range(16)], np.random.default_rng(3)
    found = compare_losses(np.ones(80), 0.98 + 0.1 * rng.standard_normal(80), tiles)
    assert found.high - found.low > 0.01


def test_a_gain_that_one_cine_pays_for_is_none():
    tiles, base = tiles_of(4, 50), np.ones(200)
    tuned = base - 0.05
    tuned[150:] = 1.01
    compared = compare_losses(base, tuned, tiles)
    assert compared.by_cine[-1] == pytest.approx(0.01)
    assert not compared.better


def test_a_gain_below_the_minimum_is_none():
    tiles, base = tiles_of(4), np.ones(80)
    assert not compare_losses(base, base - 0.0005, tiles).better
    assert compare_losses(base, base - 0.01, tiles).better


def test_the_interval_covers_no_difference_19_times_in_20_where_blocks_of_frames_share_their_error():
    tiles, rng, covered = tiles_of(6, 40), np.random.default_rng(2), 0
    for _ in range(60):
        shared = np.repeat(rng.standard_normal(48), 5)
        found = compare_losses(np.ones(240), 1 + 0.1 * shared, tiles)
        covered += found.low < 0 < found.high
    assert covered >= 51


def test_the_guard_tells_a_model_that_forgets():
    base = load_model("fluoroscopy").network.eval()
    guard = Guard()
    before = guard.errors(base, CPU, FLOAT)
    assert before.shape == (len(guard.planes),) and 0 < before.mean() < 0.5  # of the variance of a frame's noise
    assert np.mean(before > LEAST) > 0.8  # in the others a loss would be seen late
    assert forgetting(before, before) == 0
    spoilt = blended(base, base, 1.0)
    with torch.no_grad():
        for weight in spoilt.parameters():
            weight *= 1.1
    assert forgetting(before, guard.errors(spoilt, CPU, FLOAT)) > MOST


def test_a_verdict_is_taken_short_of_the_whole_way_and_costs_as_many_looks_as_foreseen(passing, tmp_path, monkeypatch):
    single = np.load(tmp_path / "0.npy")
    np.save(tmp_path / "pairs.npy", np.concatenate([single, single], axis=1))
    pairs = HeldOut([tmp_path / "pairs.npy"])
    base = load_model("fluoroscopy").network.eval()
    tuned = copy.deepcopy(base)
    with torch.no_grad():
        next(iter(tuned.parameters())).mul_(1.001)
    looked_at = []
    for held_out in (pairs, passing):

        def watched(network, tiles, *run, part=held_out, losses=held_out.losses):
            looked_at.append(len(tiles) * part.per_tile)
            return losses(network, tiles, *run)

        monkeypatch.setattr(held_out, "losses", watched)
    judge = Judge(base, pairs, passing, Guard(), CPU, FLOAT, lambda: None)
    candidates = judge.candidates(tuned)
    judge.compare(candidates[0].network)
    assert max(candidate.share for candidate in candidates) < 1
    assert sum(looked_at) == judge.looks * len(pairs.watched) * pairs.per_tile


def test_examples_at_rest_leave_out_what_moves_and_share_no_noise_with_their_targets():
    pairs = still_examples(site_cine(), 3, np.random.default_rng(0)).astype(np.float32)
    examples = pairs.reshape(-1, 8, *pairs.shape[2:])
    assert len(pairs) == 3 and np.array_equal(examples[0, 0], examples[1, 0])
    known = np.isfinite(examples[:, 7])
    assert 0.5 < known.mean() < 1
    assert np.isfinite(examples[:, [0, 1, 3, 4, 6]]).all()
    fine = [image - cv2.blur(image, (3, 3)) for image in (examples[0, 0], examples[0, 7])]
    apart = np.isfinite(fine[1])
    assert abs(np.corrcoef(fine[0][apart], fine[1][apart])[0, 1]) < 0.05


def patterned(cine):
    """The same with a fixed pattern about as strong as its noise."""
    pattern = 20 * np.random.default_rng(5).standard_normal(cine.frames.shape[1:])
    return replace(cine, frames=np.rint(cine.frames + pattern).clip(0).astype(cine.frames.dtype))


@pytest.mark.parametrize(
    "made",
    [
        lambda cine, known: make_examples(cine, np.random.default_rng(0), strengths=(0.5, 1.0), pattern=known),
        lambda cine, known: still_examples(cine, 4, np.random.default_rng(0), known)[:, :8],
    ],
    ids=["recorrupted", "at rest"],
)
@pytest.mark.parametrize(("count", "known"), [(16, 0.0), (10, 0.94)])
def test_the_fixed_pattern_is_shown_and_not_in_the_target(made, count, known, monkeypatch):
    """In the mean over frames the pattern stands out of the noise; a network would keep what both have of it."""

    def shared(known):
        examples = made(cine, known).astype(np.float32)
        shown, target = (np.nanmean(examples[:, k], axis=0) for k in (0, 7))
        shown, target = (image - cv2.GaussianBlur(image, (0, 0), 1.5) for image in (shown, target))
        return np.nanmean(shown * target)

    cine = patterned(site_cine(count=count))
    recorrupted = shared(known)
    monkeypatch.setattr("FluoroDenoiseLib.training.drawn_noise.fixed_pattern_left", lambda frames, active: 0.0)
    assert abs(recorrupted) < 0.2 * shared(0.0)


@pytest.mark.parametrize("rho", [None, 0.5])
def test_nothing_at_rest_is_known_where_neighbouring_frames_may_share_noise(monkeypatch, rho):
    shared = VendorRecursion(rho, np.zeros(10), undoable=False)
    found = replace(analyse(site_cine()), recursion=shared)
    monkeypatch.setattr("FluoroDenoiseLib.training.still_examples.analyse", lambda cine: found)
    pairs = still_examples(site_cine(), 3, np.random.default_rng(0))
    assert np.isnan(pairs[:, [7, 15]]).all() and np.isfinite(pairs[:, [0, 8]]).all()


def test_a_network_that_smooths_detail_at_rest_is_found_out(tmp_path):
    """Bars that a single frame drowns in noise, and a network that gives nothing but their mean."""
    rng = np.random.default_rng(0)
    bars = 0.3 * np.sign(np.sin(np.arange(96) * np.pi / 3)) * np.ones((96, 1))
    examples = np.zeros((3, 8, 96, 96), np.float32)
    examples[:] = bars  # what the neighbours say is certain
    examples[:, [2, 5]] = 0.001
    examples[:, [0, 7]] += rng.standard_normal((3, 2, 96, 96))
    examples[:, 7, :10] = np.nan
    np.save(tmp_path / "0.npy", examples.astype(np.float16))
    still = HeldOut([tmp_path / "0.npy"])
    keeps, smooths = (still.losses(network, still.tiles, CPU, FLOAT) for network in (Answering(0), Smoothing()))
    assert np.isfinite(keeps).all()
    assert most_in_a_cine(smooths - keeps, still.tiles) == pytest.approx(0.3**2, rel=0.3)
    assert most_in_a_cine(np.full(len(still.tiles), np.nan), still.tiles) == 0


def test_blended_weights_lie_between():
    one, other = nn.Linear(2, 2), nn.Linear(2, 2)
    middle = blended(one, other, 0.25)
    torch.testing.assert_close(middle.weight, 0.75 * one.weight + 0.25 * other.weight)
    torch.testing.assert_close(blended(one, other, 0.0).bias, one.bias)


def test_what_goes_too_far_in_training_is_told_and_shown_half_way(tmp_path):
    examples = np.zeros((6, 8, 96, 96), np.float16)
    examples[:, [2, 5]] = 1.0
    examples[:, 7] = 0.4  # so much brighter than what is shown is the truth
    np.save(tmp_path / "0.npy", examples)
    held_out, work = HeldOut([tmp_path / "0.npy"]), tmp_path / "work"
    training = SiteTraining(Raising(), None, held_out, work, Schedule(1.0), Processes())
    training.precision = FLOAT
    training.averaged.module.by.data.fill_(1.0)
    assert training.score() == pytest.approx(0.1**2, rel=0.01)
    assert training.shown.by.item() == 0.5
    training.averaged.module.by.data.fill_(3.0)
    assert training.score() == pytest.approx(1.1**2, rel=0.01)
    training = SiteTraining(Raising(), None, held_out, work, Schedule(1.0), Processes())
    assert training.best().by.item() == 1.0  # the verdict goes as far as it bears out


def measured(**values):
    return {"noise": 5.0, "edges": 1.0, "wire_kept": 0.9, "ghost": 0.02, **values}


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ({}, None),
        ({"edges": 0.95}, "edges became flatter in cine 1"),
        ({"wire_kept": 0.85}, "lost contrast"),
        ({"ghost": 0.05}, "ghost"),
        ({"edges": None}, None),
        ({"noise": 5.4}, None),
        ({"noise": 5.6}, "more noise was left in cine 1"),
        ({"wire_kept": 0.99, "edges": 1.05, "ghost": 0.0}, None),
    ],
)
def test_a_better_score_may_not_be_paid_for(after, reason):
    found = suffers([beside("cine 1", measured(), measured(**after))])
    assert found is None if reason is None else reason in found


@pytest.mark.parametrize(("answer", "expected"), [((0.9, 0.02), (0.9, 0.02)), ((4.0, 2.2), (None, None)), ((None, None),) * 2])
def test_a_wire_that_comes_out_larger_than_life_was_not_measured(monkeypatch, answer, expected):
    monkeypatch.setattr(site_measures, "score", lambda *outputs: dict(zip(("contrast_kept", "ghost"), answer, strict=True)))
    found = site_measures.measure(site_cine(), Denoiser.load(device="cpu", mode="live"))
    assert (found["wire_kept"], found["ghost"]) == expected


def test_what_one_cine_loses_and_another_gains_is_its_noise_up_to_a_point():
    flatter, sharper = (beside(f"cine {k}", measured(edges=0.86), measured(edges=edges)) for k, edges in ((1, 0.83), (2, 0.9)))
    assert suffers([flatter, sharper]) is None
    assert suffers([flatter]) == "edges became flatter in cine 1"
    assert suffers([flatter, flatter | {"label": "cine 2"}]) == "edges became flatter in cine 1, cine 2"
    lost = beside("cine 1", measured(edges=0.86), measured(edges=0.78))
    assert suffers([lost, beside("cine 2", measured(edges=0.8), measured(edges=0.95))]) == "edges became flatter in cine 1"


def test_more_than_all_of_an_edge_is_no_better_than_all_of_it():
    sharpened = measured(edges=1.22, wire_kept=1.1)
    assert suffers([beside("cine 1", sharpened, measured(edges=1.0, wire_kept=0.99))]) is None
    assert "edges" in suffers([beside("cine 1", sharpened, measured(edges=0.97, wire_kept=1.0))])


def candidate(forgets=0.1, fades=0.0):
    return Candidate(nn.Identity(), 0.5, forgets, fades, 1.0)


def test_the_verdict_names_its_reason():
    tiles, base = tiles_of(4), np.ones(80)
    good = compare_losses(base, base - 0.05, tiles)
    assert reason_against(good, candidate(), None) is None
    assert "5.00% (95% interval 5.00 to 5.00%)" in sentence(good, None, "other cines")
    assert "0.5 dB" in reason_against(good, candidate(forgets=0.5), None)
    assert "at rest" in reason_against(good, candidate(fades=2 * FADING), None)
    assert sentence(good, "it would forget", "other cines") == "No gain, nothing changed: it would forget."
    assert "beyond chance" in reason_against(compare_losses(base, base, tiles), candidate(), None)


def test_noise_may_be_left_where_what_is_at_rest_comes_out_nearer_to_the_truth():
    comparison = compare_losses(np.ones(80), np.full(80, 0.95), tiles_of(4))
    noisier = [beside("cine 1", measured(), measured(noise=6.0))]
    assert "noise" in Finding(candidate(fades=0.0), comparison, noisier).suffering
    assert Finding(candidate(fades=-2 * FADING), comparison, noisier).suffering is None
    flatter = [beside("cine 1", measured(), measured(noise=6.0, edges=0.9))]
    assert "edges" in Finding(candidate(fades=-2 * FADING), comparison, flatter).suffering


def test_patients_are_never_on_both_sides():
    groups = ["a", "a", "b", "c", "c", "c", "a", "d"]
    found = split(groups, [10] * 8)
    learnt, held_out = ({groups[k] for k, *_ in part} for part in (found.learnt, found.held_out))
    assert not learnt & held_out and learnt | held_out == set("abcd")
    assert {k for k, *_ in found.held_out} == {2, 7}
    assert "patients" in found.apart


def test_cines_of_one_patient_are_held_out_whole():
    found = split(["a"] * 8, [10] * 8)
    assert found.held_out == ((6, 0, 10), (7, 0, 10))
    assert "same patient" in found.apart


def test_a_single_cine_is_judged_by_its_last_third():
    found = split(["a"], [30])
    assert (found.learnt, found.held_out) == (((0, 0, 20),), ((0, 20, 30),))
    assert "same cine" in found.apart
