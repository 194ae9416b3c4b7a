"""Row and column noise is measured, and taken out without touching edges."""

import numpy as np
import pytest

from FluoroDenoiseLib.noise.stripes import Stripes, find_stripes


def striped(size, count=6, seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.standard_normal((200, 240)) + size * rng.standard_normal((200, 1))).astype(np.float32) for _ in range(count)]


@pytest.mark.parametrize("size", [0.15, 0.4])
def test_row_noise_is_measured(size):
    found = find_stripes(striped(size))
    assert found.rows == pytest.approx(size, rel=0.25)
    assert found.columns == 0


def test_pixel_noise_alone_has_no_stripes():
    assert find_stripes(striped(0)) == Stripes(0, 0)


def test_the_offsets_of_rows_are_taken_out():
    frame = striped(0.4)[0]
    left = find_stripes(striped(0.4)).remove(frame)
    assert np.median(left, axis=1).std() < 0.4 * np.median(frame, axis=1).std()


@pytest.mark.parametrize("moved", [0.4, 1.0])
def test_pixels_that_are_no_noise_are_not_asked(moved):
    images = striped(0.4)
    for image in images:
        image[:, : int(moved * image.shape[1])] = np.nan
        image[:20] = np.nan
    found = find_stripes(images)
    assert found.columns == 0 and found.rows == pytest.approx(0.4 if moved < 1 else 0, rel=0.25)
    offsets = Stripes(rows=0.4).offsets(images[0])
    assert np.isfinite(offsets).all() and not offsets[:4].any()


def test_columns_are_cleaned_like_rows():
    stripes, frame = Stripes(rows=0.4), striped(0.4)[0]
    np.testing.assert_allclose(Stripes(columns=0.4).remove(frame.T), stripes.remove(frame).T, atol=1e-5)


def test_an_edge_along_a_row_stays():
    frame = striped(0)[0]
    frame[100:] += 20
    np.testing.assert_array_equal(Stripes(rows=0.3).remove(frame)[98:102], frame[98:102])
