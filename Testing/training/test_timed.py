"""Training for a given time: it resumes where it was, survives a kill, a full disk and numbers that break."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from FluoroDenoiseLib.errors import OutputNotWritable, TrainingDiverged, UnreadableInput
from FluoroDenoiseLib.training.checkpoints import load_checkpoint
from FluoroDenoiseLib.training.timed import CHECKPOINT, LOG, Schedule, TimedTraining, _averaging
from Testing.limits import largest_file

ROOT = Path(__file__).resolve().parents[2]


class Noise:
    def batch(self, rng, size, side):
        return torch.from_numpy(rng.standard_normal((size, 1, side, side)).astype(np.float32))


class ToNothing(TimedTraining):
    """Learns to output zero."""

    channels = 1

    def loss(self, network, batch):
        return network(batch).square().mean()


def training(folder, minutes=0.005, **schedule):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.BatchNorm2d(4), torch.nn.Conv2d(4, 1, 1))
    return ToNothing(network, Noise(), Noise(), folder, Schedule(minutes, batch=2, side=16, **schedule))


def test_it_ends_when_its_time_is_spent_and_leaves_checkpoint_and_log(tmp_path):
    run, seen = training(tmp_path, minutes=0.02), []
    run.run(lambda now, figures: seen.append(figures), every=0.1)
    assert run.share == 1
    assert len(seen) > 1 and run.score() < seen[0]["held_out"]
    with (tmp_path / LOG).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [figures["step"] for figures in seen]
    assert load_checkpoint(tmp_path / CHECKPOINT)["step"] == run.step


def test_a_resumed_training_is_the_one_that_was_never_stopped(tmp_path):
    whole, first = training(tmp_path / "whole"), training(tmp_path / "parts")
    for _ in range(3):
        whole.one_step()
        first.one_step()
    first._save()
    second = training(tmp_path / "parts")
    for _ in range(3):
        whole.one_step()
        second.one_step()
    assert second.step == whole.step == 6
    for one, other in ((whole.network, second.network), (whole.averaged, second.averaged)):
        for tensor, again in zip(one.state_dict().values(), other.state_dict().values(), strict=True):
            torch.testing.assert_close(tensor, again)


def test_a_gradient_that_breaks_stops_it_before_the_weights_do(tmp_path):
    run = training(tmp_path)
    run.loss = lambda network, batch: network(batch).sum().abs() ** 0.5 * 0  # value 0; the root's slope is the only danger
    run.network[2].weight.data.zero_()
    run.network[2].bias.data.zero_()
    with pytest.raises(TrainingDiverged, match="nan at step 0"):
        run.one_step()
    assert all(torch.isfinite(parameter).all() for parameter in run.network.parameters())


def test_a_full_disk_keeps_the_former_checkpoint(tmp_path):
    run = training(tmp_path)
    run._save()
    before = (tmp_path / CHECKPOINT).read_bytes()
    run.one_step()
    with largest_file(1000), pytest.raises(OutputNotWritable, match="checkpoint.safetensors could not be written"):
        run._save()
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / CHECKPOINT]


def test_a_score_that_explodes_stops_it_with_the_last_good_checkpoint(tmp_path):
    run = training(tmp_path, minutes=1)

    def spoil(now, figures):
        now.averaged.module[2].bias.data += 100  # finite, and of no use

    with pytest.raises(TrainingDiverged, match="what is held out rose from .* the last checkpoint is kept"):
        run.run(spoil, every=0.05)
    again = training(tmp_path, minutes=1)
    assert again.score() < 100
    assert again.first_score == run.first_score  # a run that is resumed often does not drift unnoticed


def test_a_score_that_is_no_number_stops_it_though_it_be_the_first(tmp_path, monkeypatch):
    run = training(tmp_path, minutes=1)
    monkeypatch.setattr(run, "score", lambda: float("nan"))
    with pytest.raises(TrainingDiverged, match="to nan"):
        run.run(lambda now, figures: None, every=0.05)
    assert not (tmp_path / CHECKPOINT).exists()


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", "cut short"])
def test_a_damaged_checkpoint_is_told(tmp_path, content):
    training(tmp_path)._save()
    whole = (tmp_path / CHECKPOINT).read_bytes()
    (tmp_path / CHECKPOINT).write_bytes(whole[: len(whole) // 2] if content == "cut short" else content)
    with pytest.raises(UnreadableInput, match=r"checkpoint.safetensors is damaged, or no checkpoint .* delete it"):
        training(tmp_path)


def test_computing_time_does_not_run_while_others_work():
    waited, computed = Schedule(1, computing=False), Schedule(1, computing=True)
    before = waited.now(), computed.now()
    time.sleep(0.3)
    assert waited.now() - before[0] >= 0.3
    assert computed.now() - before[1] < 0.1


def test_short_trainings_do_not_average_over_their_beginning():
    average = _averaging(0.999)
    kept = [average(torch.ones(1), torch.zeros(1), count).item() for count in (1, 100, 100_000)]
    assert kept == pytest.approx([2 / 11, 101 / 110, 0.999])


KILLED = """
import sys
from pathlib import Path

sys.path.insert(0, "Testing/training")
from test_timed import training

training(Path(sys.argv[1]), minutes=5).run(lambda now, figures: print(now.step, flush=True), every=0.05)
"""


def test_killed_at_any_moment_it_goes_on_from_its_last_checkpoint(tmp_path):
    """As for a power cut: SIGKILL, while it saves twenty times a second."""
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT, text=True) as child:
        said = [int(child.stdout.readline()) for _ in range(5)]
        time.sleep(0.03)
        os.kill(child.pid, signal.SIGKILL)
    run = training(tmp_path, minutes=5)
    assert run.step >= said[-1]
    assert 0 < run.seconds < 60
    run.one_step()
