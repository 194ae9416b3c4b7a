from __future__ import annotations

import numpy as np
import pytest

from FluoroDenoiseLib.simulation import Scan, settle, simulate_thinned
from FluoroDenoiseLib.simulation.ct_thinning import thin

SIZE, PIXEL = 96, 2.0
Y, X = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
WATER = np.hypot(X, Y) < 38
DISC = np.where(WATER, 0.0, -1000.0).astype(np.float32)[None]


def test_dealt_out_quanta_are_independent_and_those_of_a_lower_dose():
    rng, share, electronic, mean = np.random.default_rng(0), 0.3, 12.0, 200.0
    counts = rng.poisson(mean, 400_000) + rng.normal(0, electronic, 400_000)
    part = thin(counts, share, electronic, rng)
    assert part.mean() == pytest.approx(share * mean, rel=0.005)
    assert part.var() == pytest.approx(share * (mean + electronic**2), rel=0.02)
    assert abs(np.corrcoef(part, counts - part)[0, 1]) < 0.006


def test_both_parts_of_a_scan_show_the_same_slice_under_independent_noise():
    scan = Scan(quanta=2e4, electronic=5.0, views=180)
    pairs = [simulate_thinned(DISC, (3.0, PIXEL, PIXEL), scan, 0.4, seed) for seed in range(12)]
    first, second = (np.stack([pair[k].frames[0] for pair in pairs]).astype(float) for k in (0, 1))
    inside = np.hypot(X, Y) < 28
    assert first.mean(0)[inside].mean() == pytest.approx(second.mean(0)[inside].mean(), abs=3.0)
    noise = [(part - part.mean(0))[:, inside] for part in (first, second)]
    assert abs(np.corrcoef(*(part.ravel() for part in noise))[0, 1]) < 0.03
    assert noise[0].std() / noise[1].std() == pytest.approx(np.sqrt(0.6 / 0.4), rel=0.1)


def test_a_settled_reference_has_less_noise_and_the_same_edges():
    rng = np.random.default_rng(1)
    clean = np.repeat(np.where(WATER, 60.0, -100.0).astype(np.float32)[None], 7, axis=0)
    noisy = clean + rng.normal(0, 8, clean.shape).astype(np.float32)
    settled = settle(noisy)
    inside, rim = np.hypot(X, Y) < 30, np.abs(np.hypot(X, Y) - 38) < 1.5
    assert settled[3][inside].std() < 0.6 * noisy[3][inside].std()
    assert np.abs(settled[3] - clean[3])[rim].mean() < 12.0
