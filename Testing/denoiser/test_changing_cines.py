"""A wire stays, and noise goes, where the table steps, the dose changes or the light flickers: in review and in a stream."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib import Cine, Denoiser

SIZE, COUNT, CONTRAST = 96, 44, -90.0
Y, X = np.mgrid[:SIZE, :SIZE]
WIRES = [np.float32(np.abs(X - 0.3 * Y - (5 + 5 * t) % 60 - 8) < 1) for t in range(COUNT)]


def textured(width=SIZE):
    scene = cv2.GaussianBlur(np.random.default_rng(6).normal(0, 1, (SIZE, width)).astype(np.float32), (0, 0), 6)
    return 1000 + 150 * scene / scene.std()


def noisy(scenes, sigma, wires=WIRES):
    """Frames [44, 96, 96] uint16 with a wire of two pixels, which moves unless it is told where it rests."""
    noise = np.random.default_rng(0).standard_normal((COUNT, SIZE, SIZE)) * np.reshape(sigma, (-1, 1, 1))
    return np.rint(np.stack(scenes) + CONTRAST * np.stack(wires) + noise).clip(0, 4095).astype(np.uint16)


def kept(image, wire, scene):
    """Share of the wire's contrast in an image, by its profile in its surroundings."""
    near = cv2.dilate(wire.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    profile = (wire - wire[near].mean())[near]
    return float(((image - scene)[near] * profile).sum() / (profile * profile).sum() / CONTRAST)


def test_a_wire_is_kept_while_the_table_steps():
    at = np.concatenate([np.zeros(12), np.cumsum(np.full(8, 5)), np.full(24, 40)]).astype(int)
    wide = textured(200)
    scenes = [wide[:, start : start + SIZE] for start in at]
    clear = Denoiser.load(device="cpu").denoise(Cine(noisy(scenes, np.full(COUNT, 18.0)), 1 / 15, "LIN")).frames
    steps = [kept(clear[t].astype(float), WIRES[t], scenes[t]) for t in range(12, 21)]
    assert min(steps) > 0.8


@pytest.mark.parametrize("flicker", [0.0, 0.02])
def test_a_wire_that_rests_is_kept_whatever_the_light_does(flicker):
    light = 1 + flicker * np.random.default_rng(1).standard_normal(COUNT)
    scenes, wires = [gain * textured() for gain in light], [gain * WIRES[0] for gain in light]
    clear = Denoiser.load(device="cpu").denoise(Cine(noisy(scenes, np.full(COUNT, 30.0), wires), 1 / 15, "LIN")).frames
    shares = [kept(clear[t].astype(float), WIRES[0], scenes[t]) for t in range(16, 28)]
    assert np.mean(shares) > 0.9


@pytest.mark.parametrize(("first", "then"), [(40.0, 15.0), (15.0, 40.0)])
def test_a_stream_follows_the_dose(first, then):
    sigma = np.where(np.arange(COUNT) < 20, first, then)
    frames = noisy([textured()] * COUNT, sigma)
    stream = Denoiser.load(device="cpu", mode="live").stream(1 / 15, "LIN")
    clear = [stream.push(frame).astype(float) for frame in frames][-8:]
    alone = Denoiser.load(device="cpu", mode="live").denoise(Cine(frames[20:], 1 / 15, "LIN")).frames[-8:]
    truth = [textured() + CONTRAST * wire for wire in WIRES[-8:]]
    errors = [np.sqrt(np.mean((np.stack(images) - truth) ** 2)) for images in (clear, alone)]
    assert errors[0] < 1.25 * errors[1]
    if then < first:
        assert np.mean([kept(image, wire, textured()) for image, wire in zip(clear, WIRES[-8:], strict=True)]) > 0.85
