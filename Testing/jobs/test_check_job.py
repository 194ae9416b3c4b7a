"""The worker says what denoising did, and where it took structure away."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.errors import Cancelled
from FluoroDenoiseLib.jobs import Runner, check_job
from FluoroDenoiseLib.quality import compare


@pytest.fixture(scope="module")
def worker():
    with Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def before() -> Cine:
    """A static scene with noise; in frame 4 a wire crosses it."""
    frames = np.random.default_rng(0).normal(400, 8, (8, 128, 128))
    frames[4, :, 60:62] -= 40
    return Cine(np.rint(frames).astype(np.uint16), frame_time=1 / 15, intensity="LIN")


@pytest.fixture(scope="module")
def after(before) -> Cine:
    """The wire is gone with the noise."""
    return before.with_frames(np.full(before.shape, 400, np.uint16))


def checked(worker, before, after) -> check_job.Check:
    job = check_job.submit(worker, before, after)
    assert job.wait(60)
    assert job.progress[0] == job.progress[1] > 0
    return job.result()


def test_its_figures_are_those_of_compare(worker, before, after):
    assert checked(worker, before, after).measures == compare(before, after)


def test_a_removed_wire_is_marked_in_its_frame_and_at_its_place(worker, before, after):
    found = checked(worker, before, after)
    assert found.frames == [4]
    assert found.structure.dtype == bool
    assert found.structure[4, 12:116, 60:62].mean() > 0.9
    assert not np.delete(found.structure, 4, axis=0).any()


def test_noise_is_given_at_each_level_before_and_after(worker, before, after):
    levels = checked(worker, before, after).levels
    assert levels["before"] == pytest.approx([8] * len(levels["levels"]), rel=0.1)
    assert levels["after"] == [0] * len(levels["levels"])


def test_it_can_be_cancelled_and_the_worker_goes_on(worker, before, after):
    long = before.with_frames(np.tile(before.frames, (20, 1, 1)))
    job = check_job.submit(worker, long, long)
    while job.progress[0] == 0:
        job.wait(0.05)
    pid = worker.pid
    job.cancel()
    assert job.wait(3)
    with pytest.raises(Cancelled):
        job.result()
    assert checked(worker, before, after).frames == [4]
    assert worker.pid == pid


def test_the_window_needs_none_of_the_libraries_that_measure():
    code = "import sys; import FluoroDenoiseLib.jobs.check_job; print({'cv2', 'torch', 'pydicom'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
