"""A cine that contradicts itself is refused when it is made, not somewhere on its way."""

import numpy as np
import pytest

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.errors import UnsuitableCine

FRAMES = np.zeros((3, 16, 20), np.uint16)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"intensity": "LINEAR"}, "intensity 'LINEAR'"),
        ({"frame_time": -0.1}, "frame_time -0.1"),
        ({"frame_time": np.array([0.0, 0.1])}, "one for each of the 3 frames"),
        ({"covered": np.zeros((20, 16), bool)}, "covered pixels of shape"),
        ({"valid_range": (4095, 0)}, "the range"),
        ({"rescale": (0.0, -1024.0)}, "slope of 0"),
    ],
)
def test_facts_that_make_no_sense_are_refused(facts, found):
    with pytest.raises(UnsuitableCine, match=found):
        Cine(FRAMES, **facts)


def test_the_range_is_that_of_the_type_unless_it_is_said():
    assert Cine(FRAMES).valid_range == (0, 65535)
    assert Cine(FRAMES, valid_range=(0, 4095)).valid_range == (0, 4095)
    assert Cine(FRAMES.astype(np.float32)).valid_range is None
