"""The jobs of fine-tuning in a real worker: what a survey tells, and a run that is paused, resumed and judged."""

from __future__ import annotations

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.errors import Cancelled, UnsuitableCine
from FluoroDenoiseLib.jobs import finetune_job, survey_job
from FluoroDenoiseLib.training.run_folder import read_run
from FluoroDenoiseLib.training.site_cines import write_cine

LONG = 200


def shaded_cine(seed, count=10, side=96):
    """Still shading under noise that a detector has blurred."""
    rng = np.random.default_rng(seed)
    noise = [cv2.GaussianBlur(rng.standard_normal((side, side)), (0, 0), 0.7) * 50 for _ in range(count)]
    return Cine(np.rint(600 + 4 * np.arange(side) + np.stack(noise)).astype(np.uint16), 1 / 15, "LIN")


@pytest.fixture
def sources(tmp_path):
    paths = [tmp_path / f"{k}.npz" for k in range(2)]
    for seed, path in enumerate(paths):
        write_cine(shaded_cine(seed), path)
    return [str(path) for path in paths]


def finished(job):
    assert job.wait(LONG)
    return job.result()


def test_a_survey_gives_a_row_for_each_source_and_says_what_cannot_teach(runner, sources, tmp_path):
    write_cine(shaded_cine(0, count=1), tmp_path / "still.npz")
    absent, still = {"files": [str(tmp_path / "absent.dcm")]}, str(tmp_path / "still.npz")
    listed = [sources[0], {"cine": sources[1], "files": []}, absent, still]
    rows = finished(survey_job.submit(runner, listed))
    assert [(row["source"], row["usable"]) for row in rows] == [(0, True), (1, True), (2, False), (3, False)]
    assert rows[0]["noise"] > 0 and rows[0]["group"] != rows[1]["group"]
    assert all(row["why_not"] for row in rows[2:])
    json.dumps(rows)


@pytest.mark.slow
def test_a_run_is_paused_by_cancelling_resumed_and_judged(runner, sources, tmp_path):
    folder = tmp_path / "run"
    order = {"sources": sources, "name": "from a job", "minutes": 0.4, "device": "cpu"}
    job = finetune_job.submit(runner, folder, order)
    while not job.done and not (folder / "log.csv").exists():
        job.wait(0.05)
    assert job.progress[1] > 0
    job.cancel()
    with pytest.raises(Cancelled):
        finished(job)
    run = read_run(folder)
    assert run.state in ("paused", "training")  # the latter where the worker was killed before it could say so
    run.training_minutes = 1e-6
    run.write(folder)
    verdict = finished(finetune_job.submit(runner, folder, None))
    assert set(verdict) >= {"gain", "sentence", "score", "held_out", "forgetting_db", "system", "minutes"}
    assert read_run(folder).state == "done"


def test_an_order_that_cannot_teach_comes_back_with_its_reason(runner, tmp_path):
    write_cine(shaded_cine(0, count=1), tmp_path / "still.npz")
    order = {"sources": [str(tmp_path / "still.npz")], "name": "x", "device": "cpu"}
    job = finetune_job.submit(runner, tmp_path / "run", order)
    with pytest.raises(UnsuitableCine, match="one frame"):
        finished(job)


def test_asking_for_jobs_loads_no_heavy_library():
    modules = "jobs.finetune_job, jobs.survey_job, training.run_folder, training.site_cines"
    imports = "".join(f"import FluoroDenoiseLib.{name}\n" for name in modules.split(", "))
    code = f"{imports}import sys\nprint([name for name in ('torch', 'cv2', 'pydicom', 'scipy') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
