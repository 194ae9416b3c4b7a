"""Simulated fluoroscopy: moving anatomy from CT, devices, X-ray physics, detector, vendor chain; and CT slices."""

from .anatomy import View, Volume, load_volume, project
from .ct import Scan, SimulatedCT, simulate_ct
from .ct_reference import quiet_reference, settle
from .ct_thinning import simulate_thinned
from .detector import Beam, Detector
from .motion import Beat, Breathing, Motion, Panning
from .scene import Scene, Shot, prepare_layers
from .scenes import FILLING, KINDS, random_scene
from .simulate import Settings, Simulated, random_settings, simulate
from .texture import Texture, add_texture
from .vendor import Vendor

__all__ = [
    "FILLING",
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
    "settle",
    "simulate",
    "simulate_ct",
    "simulate_thinned",
]
