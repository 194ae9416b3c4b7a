"""Makes the bundled sample: a simulated low-dose coronary angiogram as a multi-frame DICOM file.

    python -m Training.make_sample [--ct HEART.nii.gz] [--out FluoroDenoise/Resources/Sample/FluoroDenoise-sample.dcm]

A heart CT of LIDC-IDRI, which no model is trained on, seen from LAO 40, cranial 15; the heart beats, contrast agent fills the
left coronary artery through a guide catheter, a guide wire and an electrode catheter move with the heart. 20 quanta per pixel.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from FluoroDenoiseLib.simulation import (
    Beam,
    Beat,
    Breathing,
    Detector,
    Motion,
    Scene,
    Settings,
    Shot,
    Simulated,
    Texture,
    Vendor,
    View,
    add_texture,
    load_volume,
    prepare_layers,
    simulate,
)
from FluoroDenoiseLib.simulation.anatomy import HEART, WALL
from FluoroDenoiseLib.simulation.devices import Device, Disc, Wire
from FluoroDenoiseLib.simulation.devices import Path as Course
from FluoroDenoiseLib.simulation.drawing import spline
from FluoroDenoiseLib.simulation.scene import FINE
from FluoroDenoiseLib.simulation.vessels import Bolus, Branch, Tree, grow_tree

from .sample_file import write_sample
from .volumes import ROOT, SHARED_CT

SHAPE, FRAMES, RATE, PIXEL = (512, 512), 24, 15.0, 0.26  # rows and columns, frames, frames per second, mm at the detector
SEED = 20117
VIEW = View(rotation=40.0, tilt=15.0, isocentre=(4.0, -50.0, 8.0), heart_radius=60.0)
# Centre lines of the left coronary artery at rest, (row, column) in pixels.
MAIN_STEM = np.array([[150.0, 252.0], [158.0, 272.0], [166.0, 294.0]])
DESCENDING = np.array([[166.0, 294.0], [205.0, 296.0], [256.0, 284.0], [312.0, 268.0], [362.0, 262.0], [402.0, 270.0]])
CIRCUMFLEX = np.array([[166.0, 294.0], [176.0, 330.0], [206.0, 362.0], [252.0, 380.0], [302.0, 382.0], [344.0, 368.0]])
SETTINGS = Settings(
    Beam(quanta=20.0, scatter=0.45, blur=0.4, border=(26, 26, 30, 30)),
    Detector(blur=0.55, electronic=1.5, lag=0.03),
    Vendor("LOG", bits=10, brightest=6.0),
)


def main(arguments: list[str] | None = None) -> None:
    """Simulates the cine and writes the file."""
    parser = argparse.ArgumentParser(description="Make the bundled sample cine.")
    parser.add_argument("--ct", type=Path, default=SHARED_CT / "heart-liver-lidc0117.nii.gz", help="heart CT")
    folder = ROOT / "FluoroDenoise" / "Resources" / "Sample"
    parser.add_argument("--out", type=Path, default=folder / "FluoroDenoise-sample.dcm", help="DICOM file to write")
    options = parser.parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    size = write_sample(options.out, make_sample(options.ct), VIEW)
    print(f"{options.out.name}: {size / 1e6:.1f} MB")


def make_sample(ct: Path) -> Simulated:
    """The cine with its noise-free twin."""
    rng = np.random.default_rng(SEED)
    layers = add_texture(prepare_layers(load_volume(ct), VIEW, SHAPE, PIXEL), Texture(0.06, 0.008, 60), PIXEL / FINE, rng)
    beat = Beat(0.13, 0.06, shift=(10.0, -8.0), rate=1.25, centre=(10.0, 0.0), radius=190.0)
    motion = Motion(breathing=Breathing(8.0, 4.0, 0.4), beat=beat)
    scene = Scene((Shot(layers, motion, _devices(rng)),), (0,), FRAMES, 1.0 / RATE, PIXEL)
    return simulate(scene, SETTINGS, SEED)


def _devices(rng: np.random.Generator) -> tuple[Device, ...]:
    """Guide catheter, guide wire with its dense tip, coronary artery, electrode catheter, an ECG lead on the skin."""
    with_heart, on_skin = Course(layer=HEART), Course(layer=WALL)
    catheter = np.array([[-60.0, 322.0], [20.0, 318.0], [80.0, 306.0], [125.0, 276.0], [150.0, 252.0]])
    wire = np.vstack([catheter, MAIN_STEM[1:], DESCENDING[1:]])
    lead = np.array([[-20.0, 90.0], [90.0, 70.0], [180.0, 96.0], [262.0, 80.0]])
    return (
        Tree(_left_coronary(rng), 0.55, Bolus(arrival=0.1, injection=0.9, speed=900.0, mixing=0.12), with_heart),
        Wire(catheter, 9.0, 0.22, bore=0.75, path=with_heart),
        Wire(wire, 1.9, 0.22, path=with_heart),
        Wire(wire[-3:], 2.0, 0.4, path=with_heart),
        *_electrode_catheter(with_heart),
        Wire(lead, 4.0, 0.10, path=on_skin),
        Disc((268.0, 80.0), 14.0, 0.12, on_skin),
    )


def _left_coronary(rng: np.random.Generator) -> tuple[Branch, ...]:
    """Main stem, descending and circumflex artery, and their side branches, which leave alternately."""
    stem = float(np.linalg.norm(np.diff(MAIN_STEM, axis=0), axis=1).sum())
    branches = [Branch(MAIN_STEM, (8.0, 7.0), 0.0), Branch(DESCENDING, (6.0, 2.2), stem), Branch(CIRCUMFLEX, (5.5, 2.0), stem)]
    for vessel, headings in ((DESCENDING, (-0.9, 0.8, -0.8, 0.7)), (CIRCUMFLEX, (-0.5, 0.9, -0.6, 0.6))):
        reached = stem + np.cumsum(np.linalg.norm(np.diff(vessel, axis=0), axis=1))
        for start, heading, distance in zip(vessel[1:], headings, reached, strict=False):
            side = grow_tree(rng, start, heading, rng.uniform(50, 75), rng.uniform(2.2, 3.2), generations=2)
            branches += [replace(branch, distance=branch.distance + distance) for branch in side]
    return tuple(branches)


def _electrode_catheter(course: Course) -> tuple[Device, ...]:
    """A 5 F quadripolar catheter to the apex of the right ventricle: a tube and four dense rings."""
    axis = np.array([[-60.0, 210.0], [60.0, 196.0], [200.0, 176.0], [330.0, 190.0], [392.0, 246.0]])
    along = spline(axis, 1.0)
    rings = [Wire(along[start : start + 9 : 4], 8.0, 0.45, path=course) for start in (-12, -34, -46, -68)]
    return Wire(axis, 8.0, 0.14, path=course), *rings


if __name__ == "__main__":
    main()
