"""What is drawn to recorrupt a cine leaves no dependence between what is shown and the target, as far as cumulants tell."""

import numpy as np
import pytest

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.noise.shape import GAUSSIAN
from FluoroDenoiseLib.stabilised import StabilisedFrames
from FluoroDenoiseLib.training.drawn_noise import Recorruption, shape_of

SHAPE = (192, 192)
SCENE = np.linspace(600, 1400, SHAPE[0])[:, None] + np.zeros(SHAPE)


@pytest.fixture(scope="module")
def frames():
    """Of a static cine whose noise has skewness 0.5 and excess kurtosis 0.375 everywhere."""
    rng = np.random.default_rng(0)
    noise = 20 * (rng.gamma(16.0, size=(24, *SHAPE)) - 16) / 4
    cine = Cine(np.rint(SCENE + noise).astype(np.uint16), frame_time=1 / 15)
    return StabilisedFrames(cine, analyse(cine))


def test_the_shape_of_a_cines_noise_is_found(frames):
    shape = shape_of(frames)
    assert shape.skewness.mean() == pytest.approx(0.5, abs=0.06)
    assert shape.kurtosis.mean() == pytest.approx(0.375, abs=0.1)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_shown_tells_nothing_of_the_targets_noise(frames, sign, monkeypatch):
    """Noise drawn as if it were normal would leave four times as much."""
    found = dependence(frames, sign)
    monkeypatch.setattr("FluoroDenoiseLib.training.drawn_noise.shape_of", lambda frames: GAUSSIAN)
    as_if_normal = dependence(frames, sign)
    assert abs(found[0]) < 0.03 and abs(as_if_normal[0]) < 0.03
    assert as_if_normal[1] > 0.1
    assert np.all(np.abs(found[1:]) < 0.25 * as_if_normal[1])


def dependence(frames, sign):
    """How far the target's noise follows that of what is shown, its square and its cube, in standard deviations."""
    drawn = Recorruption(frames, np.random.default_rng(1), strengths=(0.7, 0.7))
    clean = frames.analysis.stabiliser.forward(SCENE.astype(np.float32))
    shown, target = (np.stack(images) * drawn.unit - clean for images in drawn.applied(sign))
    unit = (shown - shown.mean()) / shown.std()
    polynomials = unit, (unit**2 - 1) / 2**0.5, (unit**3 - 3 * unit) / 6**0.5
    return np.array([(target * polynomial).mean() for polynomial in polynomials])
