"""Denoising a cine: type, range, untouched pixels, strength, region, cancelling, live and review."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib import Cine, Denoiser, noise
from FluoroDenoiseLib.errors import Cancelled, UnsuitableCine


def scene(size=128):
    rng = np.random.default_rng(7)
    return 120 + cv2.GaussianBlur(rng.normal(0, 300, (size, size)).astype(np.float32), (0, 0), 8)


def noisy_frames(count=10, kind=np.uint8, seed=0, size=128):
    frames = scene(size) + np.random.default_rng(seed).normal(0, 9, (count, size, size))
    return np.rint(frames).clip(0, 255).astype(kind)


@pytest.fixture(scope="module", params=["review", "live"])
def denoiser(request):
    return Denoiser.load("fluoroscopy", device="cpu", mode=request.param)


def error(frames):
    return float(np.sqrt(np.mean((frames[3:-1].astype(np.float64) - scene()) ** 2)))


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.float32, np.float64])
def test_noise_falls_and_shape_type_and_range_stay(denoiser, kind):
    cine = Cine(noisy_frames(kind=kind), frame_time=1 / 15)
    result = denoiser.denoise(cine)
    assert (result.shape, result.frames.dtype, result.valid_range) == (cine.shape, cine.frames.dtype, cine.valid_range)
    assert error(result.frames) < 0.45 * error(cine.frames)


def test_the_original_is_not_touched(denoiser):
    cine = Cine(noisy_frames())
    before = cine.frames.copy()
    denoiser.denoise(cine)
    np.testing.assert_array_equal(cine.frames, before)


def test_strength_zero_changes_nothing_and_half_lies_between(denoiser):
    cine = Cine(noisy_frames(kind=np.float32))
    full, half = (denoiser.denoise(cine, strength=s).frames for s in (1.0, 0.5))
    np.testing.assert_array_equal(denoiser.denoise(cine, strength=0).frames, cine.frames)
    np.testing.assert_allclose(half, (cine.frames + full) / 2, atol=1e-3)


def test_a_region_leaves_everything_else_bit_for_bit(denoiser):
    cine = Cine(noisy_frames())
    region = np.zeros((128, 128), np.float32)
    region[30:60, 40:90] = 1
    result = denoiser.denoise(cine, region=region).frames
    np.testing.assert_array_equal(result[:, region == 0], cine.frames[:, region == 0])
    assert np.any(result[:, region == 1] != cine.frames[:, region == 1])


def test_the_collimator_border_is_untouched(denoiser):
    frames = noisy_frames()
    frames[:, :, :20] = 0
    result = denoiser.denoise(Cine(frames)).frames
    assert not result[:, :, :20].any()


def test_values_stay_within_what_may_be_stored(denoiser):
    frames = np.rint(scene() * 8 + np.random.default_rng(0).normal(0, 90, (8, 128, 128))).clip(0, 1023).astype(np.uint16)
    result = denoiser.denoise(Cine(frames, valid_range=(0, 1023))).frames
    assert result.max() <= 1023


def test_the_record_says_how_it_was_made(denoiser):
    record = denoiser.denoise(Cine(noisy_frames()), strength=0.8).record
    assert record["model"] == "fluoroscopy"
    assert len(record["model_sha256"]) == 64
    assert (record["mode"], record["strength"]) == (denoiser.mode, 0.8)
    assert record["noise"]["sigma"]


def test_progress_counts_every_frame(denoiser):
    seen = []
    denoiser.denoise(Cine(noisy_frames(5)), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(k, 5) for k in range(1, 6)]


def test_cancelling_stops_at_once(denoiser):
    seen = []
    with pytest.raises(Cancelled, match="2 of 10"):
        denoiser.denoise(Cine(noisy_frames()), progress=lambda done, _: seen.append(done), cancel=lambda: len(seen) >= 2)
    assert seen == [1, 2]


def test_the_result_can_be_written_into_an_array_of_ones_own(denoiser):
    cine = Cine(noisy_frames(4))
    out = np.zeros_like(cine.frames)
    assert denoiser.denoise(cine, out=out).frames is out


def test_the_same_cine_gives_the_same_result(denoiser):
    cine = Cine(noisy_frames(5))
    np.testing.assert_array_equal(denoiser.denoise(cine).frames, denoiser.denoise(cine).frames)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"strength": 1.5}, "strength 1.5"),
        ({"region": np.ones((3, 3))}, r"region of shape \(3, 3\)"),
        ({"region": np.full((128, 128), 2.0)}, "region with weights from 2 to 2"),
        ({"region": np.full((128, 128), np.nan)}, "region with weights from nan"),
        ({"out": np.zeros((1, 2, 3))}, "output array"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(denoiser, arguments, found):
    with pytest.raises(UnsuitableCine, match=found):
        denoiser.denoise(Cine(noisy_frames(4)), **arguments)


def test_one_frame_gets_the_single_frame_treatment_and_is_marked(denoiser):
    cine = Cine(noisy_frames(1))
    result = denoiser.denoise(cine)
    assert any("Only one frame" in sentence for sentence in result.warnings)
    assert np.abs(result.frames.astype(float) - scene()).mean() < np.abs(cine.frames.astype(float) - scene()).mean()


def test_live_does_not_look_ahead(monkeypatch):
    """With the noise known, later frames change nothing."""
    frames, live = noisy_frames(12), Denoiser.load("fluoroscopy", device="cpu", mode="live")
    known = noise.analyse(Cine(frames))
    monkeypatch.setattr(noise, "analyse", lambda cine: known)
    other = np.concatenate([frames[:8], noisy_frames(4, seed=99)])
    first, second = (live.denoise(Cine(f)).frames for f in (frames, other))
    np.testing.assert_array_equal(first[:8], second[:8])
    assert np.any(first[8:] != second[8:])


def test_a_stream_gives_one_frame_for_each_of_the_same_type():
    stream = Denoiser.load("fluoroscopy", device="cpu", mode="live").stream(frame_time=1 / 15, intensity="LIN")
    frames = noisy_frames(20)
    clean = np.stack([stream.push(frame) for frame in frames])
    assert (clean.shape, clean.dtype) == (frames.shape, frames.dtype)
    assert error(clean[8:]) < 0.45 * error(frames[8:])


def test_a_stream_that_looks_again_at_its_frames_knows_of_each_how_noisy_it_is():
    """After 16 frames it has seen what a live run over them sees, the noisier first ones among them."""
    frames = noisy_frames(16, kind=np.uint16).astype(np.float32)
    frames[:3] += 2 * (frames[:3] - scene())
    cine = Cine(np.rint(frames).clip(0, 4095).astype(np.uint16), 1 / 15, "LIN")
    denoiser = Denoiser.load("fluoroscopy", device="cpu", mode="live")
    stream = denoiser.stream(cine.frame_time, cine.intensity)
    *_, last = (stream.push(frame) for frame in cine.frames)
    np.testing.assert_array_equal(last, denoiser.denoise(cine).frames[-1])


def test_a_stream_stays_within_what_may_be_stored():
    frames = np.minimum(4 * noisy_frames(5, kind=np.uint16), 511)
    frames[:, :40, :40] = 511  # painted over
    stream = Denoiser.load("fluoroscopy", device="cpu", mode="live").stream(valid_range=(0, 511))
    clean = np.stack([stream.push(frame) for frame in frames])
    assert clean.max() <= 511
    np.testing.assert_array_equal(clean[:, :40, :40], 511)


@pytest.mark.parametrize("strength", [-0.1, 2.0, float("nan")])
def test_a_stream_of_no_sensible_strength_is_refused(strength):
    with pytest.raises(UnsuitableCine, match="expected a number from 0 to 1"):
        Denoiser.load("fluoroscopy", device="cpu", mode="live").stream(strength=strength)


def test_a_stream_refuses_a_frame_of_another_shape_and_goes_on():
    stream = Denoiser.load("fluoroscopy", device="cpu", mode="live").stream()
    stream.push(noisy_frames(1)[0])
    with pytest.raises(UnsuitableCine, match="Start a new stream"):
        stream.push(np.zeros((5, 5), np.uint8))
    assert stream.push(noisy_frames(1, seed=2)[0]).shape == (128, 128)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("at", [1, 3, 4])
def test_a_broken_frame_in_a_stream_is_refused_and_the_next_ones_come_out_as_if_it_had_never_come(bad, at):
    frames = noisy_frames(6, np.float32, size=72)
    denoiser = Denoiser.load("fluoroscopy", device="cpu", mode="live")
    expected, stream = denoiser.stream(), denoiser.stream()
    broken = frames[0].copy()
    broken[5, 5] = bad
    for number, frame in enumerate(frames):
        if number == at:
            with pytest.raises(UnsuitableCine, match=f"in frame {at}"):
                stream.push(broken)
        np.testing.assert_array_equal(stream.push(frame), expected.push(frame))


def test_a_stream_that_begins_in_the_dark_starts_with_the_first_image():
    stream = Denoiser.load("fluoroscopy", device="cpu", mode="live").stream()
    for _ in range(3):
        with pytest.raises(UnsuitableCine, match="constant"):
            stream.push(np.zeros((128, 128), np.uint8))
    frames = noisy_frames(8)
    assert error(np.stack([stream.push(frame) for frame in frames])) < 0.6 * error(frames)
