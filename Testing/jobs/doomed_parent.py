"""A parent with a running job whose worker has descendants; it waits to be killed."""

from __future__ import annotations

import time

import numpy as np
from worker_helpers import start_odd_worker

from FluoroDenoiseLib.jobs import Runner

runner = Runner(start=start_odd_worker())
job = runner.run("deaf", {}, {"frames": np.zeros((2, 8, 8))}, {}, lambda result, arrays: None)
while job.progress[0] == 0:
    job.poll()
    time.sleep(0.01)
print("running", flush=True)
time.sleep(60)
