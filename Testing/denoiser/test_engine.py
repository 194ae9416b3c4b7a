"""The engine gives the same frame whole, in tiles, and after a device ran out of memory."""

import numpy as np
import pytest
import torch

from FluoroDenoiseLib import device
from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.denoiser import MODES, Denoiser
from FluoroDenoiseLib.engine import KEPT_AT_EDGES, TILE, Engine
from FluoroDenoiseLib.errors import DeviceUnavailable
from FluoroDenoiseLib.models.cards import CINE, SLICES, kind_of, model_names
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.networks.streaming import StreamingUNet, multiply_adds_per_pixel
from FluoroDenoiseLib.noise.covariance import white_covariance
from FluoroDenoiseLib.noise.stripes import Stripes
from FluoroDenoiseLib.suppression.large_scale import LargeScale
from FluoroDenoiseLib.suppression.prediction import Prediction
from FluoroDenoiseLib.training.timed import training_precision

CPU = torch.device("cpu")
OWN = LargeScale(white_covariance(), Stripes())
FRAMES = (1000 + 40 * np.random.default_rng(0).standard_normal((6, 64, 64))).astype(np.int16)
FRAMES_OF = {CINE: Cine(FRAMES, 1 / 15, "LIN"), SLICES: Cine(FRAMES, intensity="HU", traits=frozenset({"slices"}))}


@pytest.fixture(scope="module")
def network():
    return load_model("fluoroscopy").network


@pytest.fixture(scope="module", params=model_names())
def any_network(request):
    return load_model(request.param).network


def planes(shape, seed=0):
    made = np.random.default_rng(seed).standard_normal((7, *shape)).astype(np.float32)
    made[2] = made[5] = 0.2
    return made


def test_a_device_without_autocast_computes_in_float32(network, monkeypatch):
    """Apple's devices, in older versions of PyTorch: even an autocast that is switched off is refused there."""

    def unsupported(*_, **__):
        raise RuntimeError("User specified an unsupported autocast device_type 'mps'")

    monkeypatch.setattr(torch, "autocast", unsupported)
    monkeypatch.setattr("FluoroDenoiseLib.engine.choose_precision", lambda *_: torch.float32)
    assert np.isfinite(Engine(network, CPU).denoise(planes((64, 64)))).all()
    assert training_precision(network, torch.device("mps"), 8) == torch.float32


def in_float32(network):
    engine = Engine(network, CPU)
    engine.precision = torch.float32
    return engine


@pytest.mark.parametrize("shape", [(64, 64), (65, 91), (100, 33)])
def test_any_size_of_frame_comes_back_in_its_size(network, shape):
    assert in_float32(network).denoise(planes(shape)).shape == shape


def test_tiles_meet_without_a_seam(any_network):
    frame = planes((TILE + 100, TILE + 40))
    engine = in_float32(any_network)
    whole = engine.denoise(frame)
    engine._tiled = True
    np.testing.assert_allclose(engine.denoise(frame), whole, atol=2e-3)


def test_tiles_meet_without_a_seam_where_local_means_are_wide():
    torch.manual_seed(0)
    network = StreamingUNet((8, 8, 8), (1, 1, 1), slope=0.01, local_mean=64)
    for weights in (network.leave.weight, network.up_first.weight):
        torch.nn.init.normal_(weights, std=0.1)
    frame = planes((TILE + 488, TILE + 8))
    frame[[0, 1, 3, 4, 6], :, 300:] += 40  # structure: the means of noise are too small to tell
    engine = in_float32(network)
    whole = engine.denoise(frame)
    assert np.abs(whole - frame[0]).max() > 0.1
    engine._tiled = True
    np.testing.assert_allclose(engine.denoise(frame), whole, atol=2e-3)


def test_the_overlap_covers_the_networks_reach(any_network):
    """A change beyond the overlap must not reach a pixel."""
    engine = in_float32(any_network)
    frame = planes((64, 3 * engine.overlap))
    before = engine.denoise(frame)
    frame[0, :, -1] += 5
    after = engine.denoise(frame)
    np.testing.assert_allclose(after[:, : 2 * engine.overlap - 1], before[:, : 2 * engine.overlap - 1], atol=1e-4)


class RunsOut(StreamingUNet):
    """Runs out of memory above a number of pixels, as a small GPU does."""

    limit = 0
    error = torch.OutOfMemoryError("faked")

    def forward(self, evidence):
        if evidence.shape[-1] * evidence.shape[-2] > self.limit:
            raise self.error
        return super().forward(evidence)


OTHERS = [RuntimeError(f"{words} (faked)") for words in ("MPS backend out of memory", "CUDNN_STATUS_ALLOC_FAILED")]


@pytest.mark.parametrize("error", [RunsOut.error, *OTHERS], ids=["CUDA", "Apple", "below PyTorch"])
def test_out_of_memory_goes_on_in_tiles(error):
    network = RunsOut()
    network.error = error
    RunsOut.limit = 10**9
    engine = in_float32(network)
    frame = planes((TILE * 2, TILE))
    whole = engine.denoise(frame)
    RunsOut.limit = (TILE + 2 * engine.overlap) ** 2
    np.testing.assert_allclose(engine.denoise(frame), whole, atol=2e-3)
    assert engine._tiled


def test_out_of_memory_even_in_tiles_goes_on_on_the_cpu():
    network = RunsOut()
    RunsOut.limit = 10**9
    engine = in_float32(network)
    moved = []

    def move_to(device):
        moved.append(device.type)
        RunsOut.limit = 10**9

    engine._move_to = move_to
    RunsOut.limit = 0
    assert engine.denoise(planes((64, 64))).shape == (64, 64)
    assert moved == ["cpu"]


def test_other_errors_are_not_taken_for_a_want_of_memory():
    network = RunsOut()
    network.error, RunsOut.limit = RuntimeError("a mistake"), 0
    with pytest.raises(RuntimeError, match="a mistake"):
        in_float32(network).denoise(planes((64, 64)))


def test_contrasts_too_large_for_half_precision_are_computed_in_single(network):
    frame = planes((64, 64))
    frame[[0, 1, 3, 4, 6], :, 32:] += 2e5
    engine = in_float32(network)
    exact = engine.denoise(frame)
    engine.precision = torch.float16
    np.testing.assert_array_equal(engine.denoise(frame), exact)
    assert engine.precision == torch.float32


def test_bfloat16_stays_close_to_float32(network):
    frame = planes((128, 128))
    engine = in_float32(network)
    exact = engine.denoise(frame)
    engine.precision = torch.bfloat16
    assert np.sqrt(np.mean((engine.denoise(frame) - exact) ** 2)) < 0.02


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", model_names())
def test_each_mode_of_each_model_is_light_enough_for_a_plain_cpu(name, mode):
    """35,000 multiply-adds for each pixel of a frame, over all passes: review of a cine makes two."""
    denoiser, calls = Denoiser.load(name, "cpu", mode), []
    denoiser.model.network.register_forward_hook(lambda *_: calls.append(1))
    cine = FRAMES_OF[kind_of(denoiser.model.card)]
    denoiser.denoise(cine)
    passes = len(calls) / len(cine)
    assert passes == (2 if mode == "review" and kind_of(denoiser.model.card) == CINE else 1)
    assert passes * multiply_adds_per_pixel(denoiser.model.network) <= 35_000


def test_a_brighter_image_gets_the_same_correction(any_network):
    """The network sees structure, not brightness: it cannot shift brightness by what it has learnt."""
    frame = planes((64, 64))
    engine = in_float32(any_network)
    dark = engine.denoise(frame)
    frame[[0, 1, 3, 4, 6]] += 50
    np.testing.assert_allclose(engine.denoise(frame) - 50, dark, atol=1e-3)


class Brightens(torch.nn.Module):
    """A network that has learnt a shift of brightness, beside a stripe too faint to count as an edge."""

    local_mean = 16

    def forward(self, evidence):
        correction = torch.full_like(evidence[:, :1], 0.1)
        correction[..., 30:32] += 0.1
        return correction


def test_a_network_cannot_shift_the_brightness_and_keeps_what_it_does_to_structure():
    frame = np.zeros((96, 128), np.float32)
    estimate = in_float32(Brightens()).estimate(frame, 1.0, None, None, OWN)
    assert abs(estimate.mean()) < 0.002
    assert np.median(estimate[:, 30:32] - estimate[:, 34:36]) == pytest.approx(0.1, rel=0.01)


class Flattens(torch.nn.Module):
    """A network that takes away half of the structure that it sees."""

    local_mean = 16

    def forward(self, evidence):
        return -0.5 * evidence[:, :1]


def test_what_other_frames_say_about_brightness_at_large_scale_is_not_believed():
    """Where motion was not known exactly they are off by a little over wide areas, and nothing else tells of it."""
    frame = np.random.default_rng(0).standard_normal((256, 256)).astype(np.float32)
    wrong = np.tile(np.linspace(-0.5, 0.5, 256, dtype=np.float32), (256, 1))
    certain = Prediction(wrong, np.full_like(wrong, 0.05), wrong, np.zeros_like(wrong))
    estimate = in_float32(Flattens()).estimate(frame, 1.0, certain, certain, OWN)
    assert abs(np.polyfit(np.linspace(-0.5, 0.5, 192), estimate[:, 32:-32].mean(axis=0), 1)[0]) < 0.15
    assert estimate.std() < 0.3


def test_smoothing_is_held_back_at_a_steep_edge_only():
    step = np.where(np.arange(128) < 64, 0, 20) + 0.1 * (np.arange(128) % 2)
    frame = np.tile(step.astype(np.float32), (96, 1))
    engine = in_float32(Flattens())
    taken = frame - engine.estimate(frame, 1.0, None, None, OWN)
    freely = frame - engine.estimate(frame, 1.0, None, None, OWN, hold_edges=False)
    edge, flat = np.s_[:, 63:65], np.s_[:, 8:24]
    np.testing.assert_allclose(taken[edge], (1 - KEPT_AT_EDGES) * freely[edge], rtol=0.05)
    took, would = (image[flat] - image[flat].mean() for image in (taken, freely))  # brightness is settled later
    np.testing.assert_allclose(took, would, atol=0.001)


def test_the_next_cine_begins_on_the_chosen_device_again_and_stays_on_the_cpu_where_that_is_still_full():
    engine = in_float32(StreamingUNet())
    engine._chosen, moved = torch.device("meta"), []

    def move_to(device):
        moved.append(device.type)
        if device.type == full:
            raise torch.OutOfMemoryError("faked")
        engine.device = device

    engine._move_to, full = move_to, "meta"
    engine.start()
    assert moved == ["meta", "cpu"] and engine.moved
    full = ""
    engine.start()
    assert moved == ["meta", "cpu", "meta"] and not engine.moved
    engine.start()
    assert len(moved) == 3


def test_a_graphics_card_that_does_not_compute_is_none(monkeypatch):
    """No driver, a card that this PyTorch was not built for, or one that other programs have filled."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    device._computes.cache_clear()
    try:
        assert device.available_devices() == ["cpu"]
        assert device.choose_device("auto").type == "cpu"
        with pytest.raises(DeviceUnavailable, match="Found no device 'cuda' that computes; this machine has cpu"):
            device.choose_device("cuda")
    finally:
        device._computes.cache_clear()
