"""Simulated fluoroscopy: moving anatomy from CT, devices, X-ray physics, detector, vendor chain."""

from .anatomy import View, Volume, load_volume, project
from .ct import Scan, SimulatedCT, quiet_reference, simulate_ct
from .detector import Beam, Detector
from .motion import Beat, Breathing, Motion, Panning
from .scene import Scene, Shot, prepare_layers
from .scenes import KINDS, random_scene
from .simulate import Settings, Simulated, random_settings, simulate
from .texture import Texture, add_texture
from .vendor import Vendor

__all__ = [
    "KINDS",
    "Beam",
    "Beat",
    "Breathing",
    "Detector",
    "Motion",
    "Panning",
    "Scan",
    "Scene",
    "Settings",
    "Shot",
    "Simulated",
    "SimulatedCT",
    "Texture",
    "Vendor",
    "View",
    "Volume",
    "add_texture",
    "load_volume",
    "prepare_layers",
    "project",
    "quiet_reference",
    "random_scene",
    "random_settings",
    "simulate",
    "simulate_ct",
]
