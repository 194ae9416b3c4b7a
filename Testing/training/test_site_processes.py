"""Two processes that share a fine-tuning learn what one learns, and reach one verdict."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from site_helpers import site_cine, site_order

from FluoroDenoiseLib.training.run_folder import discard, run_folder

ROOT = Path(__file__).resolve().parents[2]
TWO = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
STEPS = """
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.training.batches import Examples
from FluoroDenoiseLib.training.held_out import HeldOut
from FluoroDenoiseLib.training.processes import join, leave
from FluoroDenoiseLib.training.site_training import SiteTraining
from FluoroDenoiseLib.training.timed import Schedule

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
processes = join()
torch.set_num_threads(1)
network, held_out = load_model("fluoroscopy").network, HeldOut(sorted(folder.glob("*.npy")))
training = SiteTraining(network, Examples(folder), held_out, out, Schedule(1, batch=4, side=32), processes)
training.precision = torch.float32
for _ in range(3):
    training.seconds = processes.agreed(6.0 + processes.rank)
    training.one_step()
if processes.first:
    save_file({k: v.contiguous() for k, v in training.averaged.module.state_dict().items()}, str(out / "weights.safetensors"))
leave()
"""


def tune(launcher, examples, out):
    script = out.with_suffix(".py")
    script.write_text(STEPS)
    subprocess.run([sys.executable, *launcher, str(script), str(examples), str(out)], check=True, cwd=ROOT, timeout=120)
    return load_file(str(out / "weights.safetensors"))


@pytest.mark.slow  # test_processes.py trains in two processes, fast
def test_two_processes_tune_what_one_tunes(tmp_path):
    rng = np.random.default_rng(0)
    planes = rng.standard_normal((6, 8, 48, 48))
    planes[:, [2, 5]] = rng.uniform(0.1, 3, (6, 2, 48, 48))
    folder = tmp_path / "examples"
    folder.mkdir()
    np.save(folder / "0.npy", planes.astype(np.float16))
    together, alone = tune(TWO, folder, tmp_path / "two"), tune([], folder, tmp_path / "one")
    for name, tensor in alone.items():
        torch.testing.assert_close(together[name], tensor, atol=5e-5, rtol=1e-3)


@pytest.mark.slow
def test_torchrun_runs_the_command_in_two_processes(tmp_path):
    order = site_order(tmp_path / "sources", [site_cine(seed) for seed in range(3)])
    command = [*TWO, "-m", "FluoroDenoiseLib", "finetune", *order["sources"], "--name", "lab of two", "--minutes", "0.3"]
    report = tmp_path / "report.html"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *command, "--report", str(report)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Report:") == 1 and report.exists()
    if run_folder("lab of two").exists():
        discard(run_folder("lab of two"))
