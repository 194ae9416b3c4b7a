"""What robustness is tried on: cines of which one property of detector, system, dose or movement is far from the usual."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from FluoroDenoiseLib.simulation import Beam, Detector, Motion, Panning, Scene, Settings, Shot, Simulated, Vendor, simulate
from Testing.benchmark.scenes import COUNT, READ

FLICKER = tuple(1 + 0.015 * np.random.default_rng(21).standard_normal(COUNT))
CHANGE = READ - 2
"""Frame from which on the dose is another: the frame that is read is the third of the new dose."""
USUAL = Vendor(bits=12, pedestal=0.06)


@dataclass(frozen=True)
class Variant:
    """A change to the usual scene.

    Attributes:
        name: as printed.
        beam, detector, vendor: attributes that differ.
        rate: frames per second.
        jerk: pixels by which the table swings to and fro within four frames, else at rest; 0 for the scene's own movement.
    """

    name: str
    beam: dict[str, Any] = field(default_factory=dict)
    detector: dict[str, Any] = field(default_factory=dict)
    vendor: dict[str, Any] = field(default_factory=dict)
    rate: float = 15.0
    jerk: float = 0.0

    def expose(self, scene: Scene, seed: int) -> Simulated:
        """A cine of the scene with this change."""
        settings = Settings(Beam(**({"quanta": 30.0} | self.beam)), Detector(**self.detector), replace(USUAL, **self.vendor))
        scene = replace(scene, frame_time=1 / self.rate)
        return simulate(_jerked(scene, self.jerk) if self.jerk else scene, settings, seed)

    def unfiltered(self) -> Variant:
        """The same without a vendor's recursive filter."""
        return replace(self, vendor=self.vendor | {"recursion": 0.0})


def _jerked(scene: Scene, pixels: float) -> Scene:
    """At rest but for frames READ and READ + 2, which lie so many pixels to one side and to the other.

    The time of a shot begins anew, so nothing else moves, and devices, which would jump back, are left out.
    """
    rest = Shot(scene.shots[0].layers)
    swing = replace(rest, motion=Motion(panning=Panning(pixels / scene.frame_time, 0.0, pixels)))
    return replace(scene, shots=(rest, swing, rest), starts=(0, READ - 1, READ + 3))


def _variants() -> tuple[Variant, ...]:
    """The whole list; the first and last of each kind stand next to each other."""
    eight_bit = {"intensity": "LOG", "bits": 8, "display": True}
    return (
        *(Variant(f"{quanta:g} quanta", beam={"quanta": quanta}) for quanta in (5.0, 12.0, 30.0, 80.0, 200.0)),
        *(Variant(f"blur {blur:g} px", detector={"blur": blur}) for blur in (0.3, 0.9)),
        *(Variant(f"{kind}", vendor={"intensity": kind}) for kind in ("LOG", "SQRT")),
        Variant("8-bit LUT", vendor=eight_bit),
        *(Variant(f"edge enhancement {gain:g}", vendor={"edge": gain}) for gain in (0.5, 1.0)),
        Variant("8-bit LUT, edge enhancement 0.5", vendor=eight_bit | {"edge": 0.5}),
        *(Variant(f"lag {lag:.0%}", detector={"lag": lag}) for lag in (0.0, 0.06)),
        *(Variant(f"row noise {rows:g} quanta", detector={"row_noise": rows, "column_noise": rows / 2}) for rows in (0.5, 1.0)),
        *(Variant(f"fixed pattern {g:.0%}", detector={"fixed_gain": g, "fixed_offset": 50 * g}) for g in (0.01, 0.02)),
        *(Variant(f"recursion {rho:g}", vendor={"recursion": rho}) for rho in (0.3, 0.5, 0.7)),
        Variant("8-bit LUT, recursion 0.5", vendor=eight_bit | {"recursion": 0.5}),
        *(Variant(f"{rate:g} frames/s", rate=rate) for rate in (7.5, 30.0)),
        Variant("flicker 1.5%", beam={"output": FLICKER}),
        *(_change_of_dose(times) for times in (0.25, 4.0)),
        Variant("table jerk 8 px, else at rest", jerk=8.0),
    )


def _change_of_dose(times: float) -> Variant:
    """The brightness control holds the image, so only the noise changes."""
    output = np.where(np.arange(COUNT) < CHANGE, 1.0, times)
    name = f"dose times {times:g} in mid-cine"
    return Variant(name, beam={"output": tuple(output)}, vendor={"drift": tuple(1 / output)})


VARIANTS = _variants()
