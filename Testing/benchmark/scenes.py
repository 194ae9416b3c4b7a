"""The scenes of the benchmark: views of CTs that no training ever saw, and views of the training CTs to tune peers on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from FluoroDenoiseLib.simulation import (
    Beam,
    Beat,
    Breathing,
    Motion,
    Panning,
    Scene,
    Settings,
    Shot,
    Simulated,
    Texture,
    Vendor,
    Volume,
    add_texture,
    prepare_layers,
    simulate,
)
from FluoroDenoiseLib.simulation.devices import Path as Track
from FluoroDenoiseLib.simulation.scene import FINE
from FluoroDenoiseLib.simulation.scenes import random_tree, random_view, random_wire

RATE = 15.0
"""Frames per second."""
PIXEL = 0.3
"""Millimetres between detector pixels."""
COUNT = 17
"""Frames of each cine; the figures are read in its middle, where live filters have settled and review can look ahead."""
READ = 8
"""The frame that is scored."""
TEXTURE = Texture(trabecular=0.08, tissue=0.014, vessels=120)
"""Detail below the CT's voxel, in the upper half of its ranges: smooth scenes would reward smoothing."""
LARGEST_SPAN = 1.8
"""Line integrals of a view span at most this much (2 to 98%): six-fold dose, as an automatic exposure control allows."""
MOTIONS = ("static", "panning", "breathing", "beating")
HELD_OUT = ("heart-kidneys-c3l00189.nii.gz", "abdomen-cmbcrc.nii.gz")
"""CTs under shared/data/ct that no training sees (Training/volumes.py holds the same list)."""


@dataclass(frozen=True)
class Case:
    """One scene: a CT file, one of `MOTIONS`, and the seed of view, texture and devices."""

    ct: str
    motion: str
    seed: int

    @property
    def name(self) -> str:
        return f"{Path(self.ct).name.split('.')[0]} {self.motion}"


UNSEEN = tuple(Case(ct, motion, 100 * k + j) for k, ct in enumerate(HELD_OUT, 5) for j, motion in enumerate(MOTIONS))


def tuning_cases(paths: list[Path]) -> tuple[Case, ...]:
    """Two motions for each training CT; seeds and views differ from those of the unseen scenes."""
    return tuple(Case(str(paths[k % len(paths)]), motion, 9000 + k) for k, motion in enumerate(MOTIONS))


def build(volume: Volume, case: Case, side: int, count: int = COUNT) -> Scene:
    """A scene of side x side pixels with a slow wire, a fast wire (12 px per frame) and vessels that fill with contrast."""
    rng = np.random.default_rng(case.seed)
    shape = (side, side)
    layers = _thinned(prepare_layers(volume, random_view(rng, volume), shape, PIXEL))
    layers = add_texture(layers, TEXTURE, PIXEL / FINE, rng)
    slow, fast = (_track(rng, speed, side) for speed in (0.7, 12.0))
    devices = (random_wire(rng, shape, slow), random_wire(rng, shape, fast), random_tree(rng, shape, count / RATE))
    return Scene((Shot(layers, _motion(rng, case.motion, side), devices),), (0,), count, 1 / RATE, PIXEL)


def _thinned(layers: np.ndarray) -> np.ndarray:
    low, high = np.percentile(layers.sum(0)[::8, ::8], (2, 98))
    return layers * np.float32(min(1.0, LARGEST_SPAN / (high - low)))


def _track(rng: np.random.Generator, speed: float, side: int) -> Track:
    """A straight track in a random direction, in pixels per frame."""
    direction = rng.uniform(0, 2 * np.pi)
    return Track((speed * np.cos(direction), speed * np.sin(direction)), reach=0.4 * side)


def _motion(rng: np.random.Generator, kind: str, side: int) -> Motion:
    """Panning at 4 px per frame; breathing over 12 mm in 3 s; beating 75 times a minute, contracting by 12%, and breathing."""
    breathing = Breathing(12 / PIXEL, 3.0, rng.uniform(0, 1))
    beat = Beat(0.12, 0.08, (4 / PIXEL, 3 / PIXEL), 1.25, rng.uniform(0, 1), (0.0, 0.0), 0.25 * side)
    return {
        "static": Motion(),
        "panning": Motion(panning=Panning(4 * RATE, rng.uniform(0, 2 * np.pi))),
        "breathing": Motion(breathing=breathing),
        "beating": Motion(breathing=breathing, beat=beat),
    }[kind]


def expose(scene: Scene, quanta: float, seed: int) -> Simulated:
    """A cine of linear 12-bit values at a number of detected quanta per pixel behind the patient."""
    return simulate(scene, Settings(Beam(quanta=quanta), vendor=Vendor(bits=12, pedestal=0.06)), seed)
