"""The measures on real recordings, on made-up ones: what is removed and the peers' settings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from FluoroDenoiseLib import Cine
from Testing.benchmark.peers import PEERS
from Testing.figures import against_peers
from Testing.figures.meltpool import LIMIT, autocorrelations, write_picture


@pytest.fixture(scope="module")
def movie():
    """A still scene with white noise, and the scene."""
    rng = np.random.default_rng(1)
    clean = 200 + 20 * gaussian_filter(rng.standard_normal((96, 96)), 8) * 30
    return np.broadcast_to(clean, (12, 96, 96)) + rng.normal(0, 10, (12, 96, 96)), clean


def test_white_noise_that_is_taken_away_has_the_raw_noise_s_autocorrelation(movie):
    frames, clean = movie
    raw, removed = autocorrelations(frames, np.broadcast_to(clean, frames.shape))
    assert np.abs(raw - removed).max() < LIMIT
    assert np.abs(raw).max() < 0.03


def test_a_blur_takes_away_noise_of_another_autocorrelation(movie):
    frames, _ = movie
    raw, removed = autocorrelations(frames, gaussian_filter(frames, (0, 0.6, 0.6)))
    assert np.abs(raw - removed).max() > LIMIT


def test_the_picture_is_written_whole(movie, tmp_path):
    frames, clean = movie
    write_picture(tmp_path / "p.png", frames, np.broadcast_to(clean, frames.shape), 5)
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_a_peer_gets_the_best_setting_of_its_grid_and_too_slow_ones_none(movie, monkeypatch):
    frames, _ = movie
    cine = Cine(np.rint(frames).astype(np.uint16), frame_time=0.1, intensity="LIN")
    median = next(peer for peer in PEERS if peer.name == "spatial median")
    grid = {"size": (3, 7)}
    assert against_peers.best_settings(median, cine, grid) == {"size": 7}
    monkeypatch.setattr(against_peers, "FAST", 0.0)
    assert against_peers.best_settings(median, cine, grid) is None
