"""Pilots are made in order, evenly, and only the latest are kept."""

import numpy as np
import pytest
import torch

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.errors import Cancelled
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.passes import past_and_future
from FluoroDenoiseLib.pilots import Pilots
from FluoroDenoiseLib.stabilised import StabilisedFrames

COUNT = 24


@pytest.fixture(scope="module")
def cine():
    rng = np.random.default_rng(0)
    columns = np.linspace(200, 900, 96, dtype=np.float32)
    return Cine(np.rint(rng.poisson(np.broadcast_to(columns, (COUNT, 96, 96)))).astype(np.uint16), frame_time=1 / 15)


@pytest.fixture(scope="module")
def engine():
    return Engine(load_model("fluoroscopy").network, torch.device("cpu"))


@pytest.fixture
def frames(cine):
    return StabilisedFrames(cine, analyse(cine))


def test_a_pilot_has_a_fraction_of_its_frames_noise(frames, engine):
    pilot, frame = Pilots(frames, engine)[10], frames[10][0]
    across = np.s_[20:-20, 20:-20]
    assert np.diff(pilot[across], axis=0).std() < 0.1 * np.diff(frame[across], axis=0).std()
    assert pilot.mean() == pytest.approx(frame.mean(), abs=0.05)


def test_a_pilot_does_not_change_with_the_frames_that_come_after_it(cine, engine):
    later = cine.frames.copy()
    later[11:] = later[11:][:, ::-1]
    analysis = analyse(cine)
    first, second = (Pilots(StabilisedFrames(c, analysis), engine)[10] for c in (cine, cine.with_frames(later)))
    np.testing.assert_array_equal(first, second)


def test_those_that_are_no_longer_needed_go(frames, engine):
    pilots = Pilots(frames, engine)
    pilots.reach(COUNT + 5)
    assert pilots[COUNT - 1].shape == (96, 96)
    with pytest.raises(KeyError):
        pilots[COUNT - 1 - frames.window]


def test_they_are_made_one_for_each_frame_that_leaves(frames, engine):
    made = []
    pilots = Pilots(frames, engine, lambda t, past: made.append(t))
    counts = [len(made) for _ in past_and_future(frames, pilots)]
    assert counts[0] <= frames.window
    assert max(np.diff(counts)) <= 2
    assert counts[-1] == COUNT


def test_review_can_be_cancelled_before_the_first_frame_is_done(cine):
    asked = []
    with pytest.raises(Cancelled, match=f"of {COUNT} frames"):
        Denoiser.load(device="cpu").denoise(cine, cancel=lambda: len(asked) > 3 or asked.append(1))
    assert len(asked) == 4
