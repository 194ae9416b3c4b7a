"""Two processes that share each batch train the network that one process trains on whole batches."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from FluoroDenoiseLib.errors import DeviceUnavailable
from FluoroDenoiseLib.training.processes import Processes, join
from FluoroDenoiseLib.training.run_folder import DONE, Run, write_json

ROOT = Path(__file__).resolve().parents[2]
TWO = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
STEPS = """
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from FluoroDenoiseLib.networks.streaming import StreamingUNet
from FluoroDenoiseLib.training.batches import Examples
from FluoroDenoiseLib.training.processes import join, leave
from FluoroDenoiseLib.training.student import StudentTraining
from FluoroDenoiseLib.training.timed import Schedule

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
processes = join()
torch.manual_seed(0)
torch.set_num_threads(1)
examples = Examples(folder)
network = StreamingUNet((8, 12, 16), (1, 1, 1))
training = StudentTraining(network, examples, examples, out, Schedule(1, batch=4, side=32), processes)
training.precision = torch.float32
training.seconds = processes.agreed(7.0 + processes.rank)
assert training.seconds == 7.0
for _ in range(4):
    training.one_step()
if processes.first:
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, str(out / "weights.safetensors"))
leave()
"""

ENDS = """
import sys
from pathlib import Path

from FluoroDenoiseLib.errors import DeviceUnavailable
from FluoroDenoiseLib.training.finetune import finetune
from FluoroDenoiseLib.training.processes import join, leave

processes = join()
verdict = finetune(Path(sys.argv[1]), None, processes=processes)
assert verdict == ({"gain": False} if processes.first else {}), verdict
if not processes.first:  # the first one leaves, as one that ended in an error does
    try:
        processes.agreed(0.0)
    except DeviceUnavailable as error:
        assert "the first one says why it ended" in str(error)
    else:
        raise AssertionError
leave()
"""


@pytest.fixture
def examples(tmp_path):
    rng = np.random.default_rng(0)
    planes = rng.standard_normal((6, 8, 48, 48))
    planes[:, [2, 5]] = rng.uniform(0.1, 3, (6, 2, 48, 48))
    folder = tmp_path / "examples"
    folder.mkdir()
    np.save(folder / "0.npy", planes.astype(np.float16))
    return folder


def train(launcher, examples, out):
    script = out.with_suffix(".py")
    script.write_text(STEPS)
    subprocess.run([sys.executable, *launcher, str(script), str(examples), str(out)], check=True, cwd=ROOT, timeout=120)
    return load_file(str(out / "weights.safetensors"))


def test_two_processes_train_what_one_trains(examples, tmp_path):
    together, alone = train(TWO, examples, tmp_path / "two"), train([], examples, tmp_path / "one")
    assert any(tensor.abs().sum() > 0 for name, tensor in alone.items() if name.startswith("leave"))
    for name, tensor in alone.items():
        torch.testing.assert_close(together[name], tensor, atol=2e-5, rtol=1e-3)


def test_the_others_end_in_words_when_the_first_has_nothing_left_to_do_or_has_ended(tmp_path):
    Run({"name": "x", "base": "fluoroscopy"}, state=DONE).write(tmp_path)
    write_json(tmp_path / "verdict.json", {"gain": False})
    (script := tmp_path / "script.py").write_text(ENDS)
    subprocess.run([sys.executable, *TWO, str(script), str(tmp_path)], check=True, cwd=ROOT, timeout=120)


def test_what_computes_is_what_was_asked_for(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert join("cpu").device.type == "cpu"
    assert join().device.type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceUnavailable, match="cuda"):
        join("cuda")
    monkeypatch.setattr("FluoroDenoiseLib.device.available_devices", lambda: ["mps", "cpu"])
    with pytest.raises(DeviceUnavailable, match="mps for several processes"):
        join("mps")


def test_a_batch_that_cannot_be_shared_is_named():
    with pytest.raises(ValueError, match="batch of 3 for 2 processes"):
        Processes(rank=0, count=2).part(torch.zeros(3, 1))
