"""Makes a bundled model from noisy data alone.

    python -m Training.make_model fluoroscopy --minutes 75                     # a first network
    python -m Training.make_model fluoroscopy --minutes 30 --base fluoroscopy  # learns on, from its own pilots
    python -m Training.make_model ct --minutes 50 --base fluoroscopy
    torchrun --nproc-per-node 2 -m Training.make_model fluoroscopy      # several GPUs or hosts

Reads runs/sequences (python -m Training.make_sequences) or runs/slices (python -m Training.make_slices), writes runs/NAME, with
a base runs/NAME-HASH (examples, checkpoint, log.csv, preview.png) and, at the end, the model folder. Stop it at any moment,
kill -9 included; the same command goes on from the last checkpoint (a minute old at most). Clean frames of the validation data
are read for reporting alone, by `Training.report` and `Training.slice_report`.
"""

from __future__ import annotations

import argparse
import math
import os
from contextlib import nullcontext
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import torch

from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.errors import Cancelled, ModelUnavailable
from FluoroDenoiseLib.files import check_writable
from FluoroDenoiseLib.models.zoo import Model, load_model
from FluoroDenoiseLib.networks.streaming import StreamingUNet
from FluoroDenoiseLib.training.batches import Examples
from FluoroDenoiseLib.training.export import export_model
from FluoroDenoiseLib.training.processes import Processes, join, leave
from FluoroDenoiseLib.training.run_folder import alone
from FluoroDenoiseLib.training.site_training import blended
from FluoroDenoiseLib.training.timed import Schedule, TimedTraining

from .options import count, minutes, number, rate, share
from .plainly import plainly
from .recipes import RECIPES
from .stopping import asked_to_stop
from .volumes import ROOT

BATCH = 16
SETS = ("train", "validation")
WORSE = 1.02
"""Times the score of a model that is there from which on another one does not take its place."""
WIDTHS, DEPTHS, SLOPE = (48, 80, 112), (2, 2, 3), 0.01  # at half, quarter and eighth resolution


def main(arguments: list[str] | None = None) -> None:
    """Examples, training, export: each step is skipped where it is done."""
    options = _parser().parse_args(arguments)
    if hasattr(os, "nice"):  # not on Windows
        os.nice(5)
    processes = join()
    torch.manual_seed(options.seed)
    recipe, base = RECIPES[options.model], load_model(options.base) if options.base else None
    network = _network(options, base)
    sources = {name: recipe.source(options.runs / recipe.data / name) for name in SETS}  # both, before examples take minutes
    if processes.first:
        check_writable(options.out / options.model)
    with alone(_folder(options, base)) if processes.first else nullcontext():
        _make(options, base, network, sources, processes)
    leave()


def _make(
    options: argparse.Namespace, base: Model | None, network: StreamingUNet, sources: dict[str, Any], processes: Processes
) -> None:
    recipe, folder = RECIPES[options.model], _folder(options, base)
    validation = options.runs / recipe.data / "validation"
    pilot = Engine(deepcopy(base.network), processes.device) if base and processes.first else None
    examples = {name: _examples(options, sources[name], folder / name, pilot, processes) for name in SETS}
    batch = processes.multiple_of(options.batch)
    schedule = Schedule(options.minutes, batch, recipe.side, options.rate, seed=options.seed)
    training = recipe.training(network, examples["train"], examples["validation"], folder, schedule, processes)
    with asked_to_stop() as asked:
        training.run(partial(_report, validation=validation, folder=folder, options=options), stop=asked)
    if not processes.first:
        return
    if training.share < 1:
        raise Cancelled(f"Stopped at step {training.step}, with a checkpoint; the same command goes on from it.")
    _export(training, validation, options, base)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make a bundled model from noisy sequences.")
    parser.add_argument("model", choices=sorted(RECIPES))
    parser.add_argument("--minutes", type=minutes, default=75, help="time spent in training steps, resumed runs together (75)")
    parser.add_argument("--rate", type=rate, default=1e-3, help="highest learning rate (1e-3)")
    parser.add_argument("--batch", type=count, default=BATCH, help=f"crops in a step, of all processes together ({BATCH})")
    parser.add_argument("--base", help="model, bundled or a folder, whose weights training begins from (none: at random)")
    parser.add_argument("--resolutions", type=int, choices=(1, 3), help="of the network; what the base lacks begins at random")
    parser.add_argument("--blend", type=share, default=1.0, help="share of the way from the base that is exported (1)")
    parser.add_argument("--seed", type=number, default=0)
    parser.add_argument("--runs", type=Path, default=ROOT / "runs", help="folder of sequences, checkpoints and logs (runs)")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "FluoroDenoiseLib" / "models", help="folder that takes the model's folder"
    )
    return parser


def _folder(options: argparse.Namespace, base: Model | None) -> Path:
    """Of the run; each base has one of its own, since examples are made with its pilots."""
    return options.runs / (f"{options.model}-{base.sha256[:8]}" if base else options.model)


def settings(model: str, resolutions: int | None = None) -> dict[str, Any]:
    """Of the network of a bundled model, as many resolutions as its recipe says or as are asked for."""
    recipe = RECIPES[model]
    resolutions = resolutions or recipe.resolutions
    return {
        "widths": WIDTHS[:resolutions],
        "depths": DEPTHS[:resolutions],
        "slope": SLOPE,
        "local_mean": recipe.local_mean,
    }


def _network(options: argparse.Namespace, base: Model | None) -> StreamingUNet:
    """With the weights of the base; those that it lacks are at random.

    Raises:
        ModelUnavailable: the base has resolutions that this network lacks, or lacks some that would have to be blended.
    """
    network = StreamingUNet(**settings(options.model, options.resolutions))
    if base:
        begun, known = network.state_dict(), base.network.state_dict()
        if known.keys() - begun.keys():
            raise ModelUnavailable(f"Found a base with coarser resolutions ({base.name}); expected --resolutions 3 with it.")
        if options.blend < 1 and begun.keys() - known.keys():
            raise ModelUnavailable(f"Found no coarser resolutions in the base ({base.name}); expected --blend 1 with it.")
        network.load_state_dict(begun | known)
    return network


def _examples(options: argparse.Namespace, source: Any, folder: Path, pilot: Engine | None, processes: Processes) -> Examples:
    """The examples of a set, in `folder`; the first process makes what is missing while the others wait."""
    recipe = RECIPES[options.model]
    left_out = recipe.write_examples(source, folder, options.seed, pilot) if processes.first else []
    processes.agreed(0.0)
    examples = Examples(folder, names={source.name(k) for k in range(len(source))}, side=recipe.side)
    left_out += [f"{name}: its frames have less than {recipe.side} pixels along a side" for name in examples.left_out]
    if processes.first:
        print("".join(f"Left out of {folder.name}: {reason}\n" for reason in left_out), end="", flush=True)
    return examples


def _export(training: TimedTraining, validation: Path, options: argparse.Namespace, base: Model | None) -> None:
    network = training.averaged.module
    if base and options.blend < 1:
        network = blended(base.network.to(next(network.parameters()).device), network, options.blend)
    figures = {"held_out_score": training.score_of(network), **RECIPES[options.model].scores(network, validation)}
    facts = _facts(training, options, base, figures)
    place = _place(options, base, figures["held_out_score"], training)
    export_model(network, options.model, settings(options.model, options.resolutions), facts, place)


def _place(options: argparse.Namespace, base: Model | None, score: float, training: TimedTraining) -> Path:
    """The folder that the model goes to: the one that was asked for, but where a better model would be lost."""
    asked = options.out / options.model
    before = _score_of_the_one_there(asked, training)
    if score <= WORSE * before:
        return asked
    aside = _folder(options, base) / "model"
    print(f"Its score on what is held out is {score:.4f}, for {before:.4f} of {asked}, which stays: the model goes to {aside}.")
    return aside


def _score_of_the_one_there(folder: Path, training: TimedTraining) -> float:
    """Of the model in a folder, on the same examples; infinite where there is none that could be used."""
    try:
        network = load_model(folder).network
    except ModelUnavailable:
        return math.inf
    return training.score_of(network.to(next(training.network.parameters()).device))


def _report(now: TimedTraining, figures: dict[str, float], validation: Path, folder: Path, options: argparse.Namespace) -> None:
    recipe, left = RECIPES[options.model], options.minutes - figures["minutes"]
    text = "  ".join(f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}" for key, value in figures.items())
    print(f"{text}  {left:.0f} min left", flush=True)
    if int(figures["minutes"]) % 10 == 0 or left <= 0:
        print("  ", recipe.scores(now.averaged.module, validation, 4), flush=True)
        recipe.preview(now.averaged.module, validation, folder / "preview.png")


def _facts(training: TimedTraining, options: argparse.Namespace, base: Model | None, figures: dict[str, float]) -> dict:
    recipe = RECIPES[options.model]
    learnt = {
        **recipe.learnt,
        "minutes": round(training.seconds / 60, 1),
        "hardware": _hardware(),
        "steps": training.step,
        "seed": options.seed,
        "batch": options.batch,
        "side": recipe.side,
        "rate": options.rate,
        "base": _identity(base),
        "blend": options.blend,
    }
    return {**recipe.facts, "training": learnt, "figures_on_validation_sequences": figures}


def _hardware() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"{os.cpu_count()} CPU cores"


def _identity(base: Model | None) -> dict | None:
    """Name, weights and training of the model that training began from."""
    return {key: base.card[key] for key in ("name", "sha256", "date", "training")} if base else None


if __name__ == "__main__":
    with plainly():
        main()
