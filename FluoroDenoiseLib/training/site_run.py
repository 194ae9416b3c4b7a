"""A fine-tuning under way: read, prepare, learn, judge; each step goes on from what the run's folder holds."""

from __future__ import annotations

import copy
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..denoiser import Denoiser
from ..engine import Engine
from ..errors import ModelUnavailable
from ..models.cards import CINE
from ..models.zoo import Model, load_model
from . import run_folder
from .batches import Examples
from .budget import Budget
from .export import export_model
from .guard import Guard
from .held_out import HeldOut, side_for
from .preview import Preview
from .processes import Processes
from .run_folder import Run, read_json, write_json
from .site_card import facts
from .site_clips import Clips, label_of
from .site_examples import SiteExamples
from .site_measures import MOST_CINES, beside, measure
from .site_training import BATCH, BATCH_ON_GPU, CHOSEN, RATE, REPORTED, SiteTraining
from .survey import Row
from .timed import Schedule, append_row, training_precision
from .verdict import Finding, Judge

BEFORE = "before.json"  # measures and score of the base
OFTEN = 0.1  # share of a short training between two scores
NOTHING_LEFT = -1.0  # what the first process tells the others where there is nothing to learn
LEAST_TRAINING = 0.1  # of the time, however long the rest takes


class FineTuning:
    """A run under way.

    Args:
        folder: of the run.
        run: what was ordered and how far it is.
        budget: its minutes.
        processes: those that train together.
    """

    def __init__(self, folder: Path, run: Run, budget: Budget, processes: Processes) -> None:
        self._folder, self._work = folder, folder / run_folder.WORK
        self._run, self._budget, self._processes = run, budget, processes
        self._base = _same_base(run.order)
        self._clips = Clips(self._work / "clips")
        self._judging = self._base_score = 0.0

    def run(self, tell: Callable[[Row], None] | None = None) -> dict[str, Any]:
        """From wherever it is to the verdict; `tell` as for `finetune`."""
        if self._run.state == run_folder.DONE:
            self._processes.agreed(NOTHING_LEFT)
            return read_json(self._folder / run_folder.VERDICT)
        self._run.error = ""
        self._budget.enter(run_folder.PREPARING)
        self._read(tell)
        examples = self._examples()
        examples.make(self._budget)
        judge = self._judge_of(examples)
        self._measure_base(examples, judge)
        self._share_out()
        training = self._training(examples)
        self._learn(training)
        self._budget.enter(run_folder.JUDGING)
        return self._judge(training, judge, examples)

    def help(self) -> dict[str, Any]:
        """The part of the other processes: each takes its share of every batch."""
        self._training(self._examples()).run(lambda training, figures: None, REPORTED, stop=lambda: False)
        return {}

    def _read(self, tell: Callable[[Row], None] | None) -> None:
        """Once the frames are copied, the site's files are neither needed nor known."""
        if "sources" in self._run.order:
            self._clips.copy(self._run, secrets.token_bytes(16), self._budget, tell)
            self._budget.write()
        shutil.rmtree(self._folder / run_folder.SOURCES, ignore_errors=True)

    def _examples(self) -> SiteExamples:
        pilot = Engine(copy.deepcopy(self._base.network), self._processes.device)
        return SiteExamples(self._clips, self._run.rows, self._work, self._run.order["seed"], pilot)

    def _measure_base(self, examples: SiteExamples, judge: Judge) -> None:
        """Measures and scores the base on what is held out, and so learns how long the judging will take."""
        path = self._work / BEFORE
        before = read_json(path) if path.exists() else {}
        if "score" not in before:
            began = time.monotonic()
            measures = self._measures(examples, self._base)
            looked = time.monotonic()
            score = judge.base_score()
            seconds = looked - began + judge.looks * (time.monotonic() - looked)
            before = {"measures": measures, "score": score, "seconds": seconds}
            write_json(path, before)
        self._judging, self._base_score = before["seconds"], before["score"]

    def _measures(self, examples: SiteExamples, model: Model) -> list[dict[str, Any]]:
        denoiser = Denoiser(model, Engine(copy.deepcopy(model.network), self._processes.device), "review", CINE)
        found = []
        for part in examples.split.held_out[:MOST_CINES]:
            self._budget.go_on()
            found.append(measure(examples.cine(part), denoiser, lambda: self._budget.paused))
        return found

    def _share_out(self) -> None:
        """What neither preparing took nor judging will take is for learning; the other processes may begin."""
        if not self._run.training_minutes:
            left = self._budget.seconds - self._budget.spent - self._judging
            self._run.training_minutes = max(left, LEAST_TRAINING * self._budget.seconds) / 60
        self._budget.enter(run_folder.TRAINING)
        self._processes.agreed(0.0)

    def _training(self, examples: SiteExamples) -> SiteTraining:
        seed, rows = self._run.order["seed"], self._run.rows
        side = min(side_for((row["rows"], row["columns"])) for row in rows)
        batch = self._processes.multiple_of(BATCH_ON_GPU if self._processes.device.type == "cuda" else BATCH)
        torch.manual_seed(seed)
        return SiteTraining(
            copy.deepcopy(self._base.network),
            Examples(examples.learnt, CHOSEN),
            HeldOut(examples.held_out),
            self._work,
            Schedule(self._run.training_minutes, batch, side, RATE, seed=seed),
            self._processes,
        )

    def _judge_of(self, examples: SiteExamples) -> Judge:
        device = self._processes.device
        base = copy.deepcopy(self._base.network).to(device).eval()
        precision = training_precision(base, device, SiteTraining.channels)
        return Judge(base, HeldOut(examples.held_out), HeldOut(examples.still), Guard(), device, precision, self._budget.go_on)

    def _learn(self, training: SiteTraining) -> None:
        """Trains to the end of the time, or until the user pauses."""
        preview = Preview(self._folder, self._clips, self._base.network, self._processes.device)

        def report(now: SiteTraining, figures: dict[str, float]) -> None:
            began = time.monotonic()
            preview.write(now.shown)
            log = {**figures, "minutes": self._budget.spent / 60, "base": self._base_score}
            append_row(self._folder / run_folder.LOG, {name: f"{value:.6g}" for name, value in log.items()})
            now.seconds += time.monotonic() - began  # what the user watches is paid for from the same minutes

        def stop() -> bool:
            self._budget.tell(60 * self._run.training_minutes - training.seconds + self._judging)
            return self._budget.paused

        training.run(report, min(REPORTED, OFTEN * 60 * self._run.training_minutes), stop)
        if self._budget.paused:
            self._budget.go_on()

    def _judge(self, training: SiteTraining, judge: Judge, examples: SiteExamples) -> dict[str, Any]:
        """The verdict on the best candidate; where edges, wires or ghosts suffer, on the next that lies nearer to the base."""
        for candidate in judge.candidates(training.best()):
            began = time.monotonic()
            rows = self._rows(examples, candidate.network)
            finding = Finding(candidate, judge.compare(candidate.network), rows)
            if not finding.comparison.better or finding.suffering is None:
                break
            self._budget.tell(time.monotonic() - began)  # the next one takes as long
        system, minutes = self._run.system, round(self._budget.spent / 60, 2)
        verdict = {**finding.as_dict(examples.split.apart), "system": system, "minutes": minutes}
        self._finish(finding.candidate.network, training.step, verdict)
        return verdict

    def _rows(self, examples: SiteExamples, network: nn.Module) -> list[dict[str, Any]]:
        """Measures of base and tuned network on the held-out cines, side by side."""
        before = read_json(self._work / BEFORE)["measures"]
        after = self._measures(examples, Model(self._run.order["name"], "", {}, network))
        labels = [label_of(number) for number, *_ in examples.split.held_out]
        return [beside(*row) for row in zip(labels, before, after, strict=False)]

    def _finish(self, network: nn.Module, steps: int, verdict: dict[str, Any]) -> None:
        """Writes model and verdict; examples and frames go."""
        shutil.rmtree(self._folder / run_folder.MODEL, ignore_errors=True)  # of a judging that was killed
        if verdict["gain"]:
            noise = [self._clips.noise(number) for number in range(len(self._run.rows))]
            said = facts(self._base, self._run, noise, steps, verdict)
            export_model(network, self._run.order["name"], self._base.card["network"], said, self._folder / run_folder.MODEL)
        write_json(self._folder / run_folder.VERDICT, verdict)
        self._budget.tell(0.0)
        self._budget.enter(run_folder.DONE)
        shutil.rmtree(self._work, ignore_errors=True)


def _same_base(order: dict[str, Any]) -> Model:
    """The base that a run was begun with: examples, scores and checkpoints are of its weights.

    Raises:
        ModelUnavailable: it is missing or damaged, or was changed since.
    """
    base = load_model(order["base"])
    if order.get("base_sha256", base.sha256) != base.sha256:
        raise ModelUnavailable(
            f"Found other weights in the model {base.name} than this fine-tuning began with; it cannot go on. Start it anew."
        )
    return base
