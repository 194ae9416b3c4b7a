"""The scenes that training meets: views of a CT at random, moving at random, with random things in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .anatomy import HEART, ORGANS, WALL, View, Volume
from .devices import Device, Disc, Mesh, Path, Wire, forceps, line_pairs, stent
from .motion import Beat, Breathing, Motion, Panning
from .scene import FINE, MARGIN, Scene, Shot, prepare_layers
from .texture import Texture, add_texture, power_noise, wander
from .vessels import Bolus, Tree, grow_tree

# What moves in a scene; a scene cut can happen in any of them.
KINDS = ("static", "panning", "breathing", "beating", "fast wires", "one-frame objects")
FILLING = "filling vessels"
"""Hardly anything moves but contrast agent, which comes and goes slowly: what a filter over time must not flatten."""
RATES = (7.5, 10.0, 15.0, 25.0, 30.0)  # frames per second


def random_scene(
    rng: np.random.Generator,
    volumes: Sequence[Volume],
    kind: str,
    shape: tuple[int, int] = (256, 256),
    count: int = 24,
    cut: bool = False,
) -> Scene:
    """A scene of one of `KINDS`.

    Args:
        rng: source of randomness.
        volumes: CTs to choose from.
        kind: one of `KINDS`, or `FILLING`.
        shape: rows and columns.
        count: frames.
        cut: whether the view changes once, anywhere from the fifth frame to the fifth from the end.
    """
    frame_time, pixel = 1.0 / float(rng.choice(RATES)), float(rng.uniform(0.2, 0.4))
    starts = (0, int(rng.integers(5, count - 5))) if cut else (0,)
    chosen = [volumes[k] for k in rng.integers(len(volumes), size=len(starts))]
    shots = tuple(_random_shot(rng, volume, kind, shape, count, pixel, frame_time) for volume in chosen)
    return Scene(shots, starts, count, frame_time, pixel)


def _random_shot(
    rng: np.random.Generator, volume: Volume, kind: str, shape: tuple[int, int], count: int, pixel: float, frame_time: float
) -> Shot:
    layers = _varied(rng, prepare_layers(volume, random_view(rng, volume), shape, pixel))
    layers = add_texture(layers, _random_texture(rng), pixel / FINE, rng)
    motion = _random_motion(rng, kind, shape, pixel, frame_time)
    return Shot(layers, motion, _random_devices(rng, kind, shape, count, frame_time))


def random_view(rng: np.random.Generator, volume: Volume) -> View:
    """A C-arm position with the body in the middle of the image: 90 degrees to either side, 25 up and down."""
    reach = volume.extent * np.array([0.38, 0.12, 0.16])
    return View(
        rotation=rng.uniform(-90, 90),
        tilt=rng.uniform(-25, 25),
        isocentre=tuple(rng.uniform(-reach, reach)),
        source_isocentre=rng.uniform(650, 800),
        source_detector=rng.uniform(950, 1200),
        heart_radius=rng.uniform(35, 65),
    )


def _random_texture(rng: np.random.Generator) -> Texture:
    return Texture(rng.uniform(0.02, 0.1), rng.uniform(0.003, 0.02), int(rng.integers(0, 150)))


def _varied(rng: np.random.Generator, layers: np.ndarray) -> np.ndarray:
    """Two CTs must do for many patients: mirror, warp, change each layer's share, thin until the dose spans 2 to 10 times."""
    flipped = layers[:, :: rng.choice([-1, 1]), :: rng.choice([-1, 1])] * rng.uniform(0.75, 1.25, (len(layers), 1, 1))
    low, high = np.percentile(flipped.sum(0)[::8, ::8], [2, 98])
    thinner = min(1.0, rng.uniform(0.7, 2.3) / max(high - low, 1e-3))
    return _warped(rng, flipped * np.float32(thinner), rng.uniform(0.0, 24.0))


def _warped(rng: np.random.Generator, layers: np.ndarray, amplitude: float) -> np.ndarray:
    """Layers [3, H, W] bent by a smooth random field, `amplitude` (sigma) in their pixels."""
    import cv2

    height, width = layers.shape[1:]
    bends = (amplitude * power_noise((height // 16, width // 16), rng, 3.0) for _ in range(2))
    down, right = (cv2.resize(bend, (width, height), interpolation=cv2.INTER_CUBIC) for bend in bends)
    rows, columns = np.indices((height, width), np.float32)
    source = columns + right, rows + down
    moved = [cv2.remap(np.float32(layer), *source, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT) for layer in layers]
    return np.stack(moved)


def _random_motion(rng: np.random.Generator, kind: str, shape: tuple[int, int], pixel: float, frame_time: float) -> Motion:
    if kind == "static" or (kind == FILLING and rng.random() < 0.5):
        return Motion()
    moves = {
        "panning": {"panning": _random_panning(rng, frame_time)},
        "breathing": {"breathing": _random_breathing(rng, pixel)},
    }
    kind = "breathing" if kind == FILLING else kind
    return Motion(**moves.get(kind, {"breathing": _random_breathing(rng, pixel), "beat": _random_beat(rng, shape, pixel)}))


def _random_panning(rng: np.random.Generator, frame_time: float) -> Panning:
    speed = np.exp(rng.uniform(np.log(0.3), np.log(14.0)))  # pixels per frame
    return Panning(speed / frame_time, rng.uniform(0, 2 * np.pi), reach=0.8 * MARGIN)


def _random_breathing(rng: np.random.Generator, pixel: float) -> Breathing:
    """5-20 mm at the detector."""
    return Breathing(rng.uniform(5, 20) / pixel, rng.uniform(2.5, 5.0), rng.uniform(0, 1), rng.uniform(-0.3, 0.3))


def _random_beat(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> Beat:
    """50-120 beats a minute; at its edge the heart moves 5-12 mm in a third of a beat."""
    return Beat(
        contraction=rng.uniform(0.06, 0.18),
        twist=rng.uniform(-0.12, 0.12),
        shift=tuple(rng.uniform(-6, 6, 2) / pixel),
        rate=rng.uniform(0.8, 2.0),
        phase=rng.uniform(0, 1),
        centre=tuple(rng.uniform(-0.15, 0.15, 2) * shape),
        radius=rng.uniform(25, 50) / pixel,
    )


def _random_devices(
    rng: np.random.Generator, kind: str, shape: tuple[int, int], count: int, frame_time: float
) -> tuple[Device, ...]:
    devices = [_random_device(rng, shape, count) for _ in range(rng.integers(2, 7))]
    if kind == "static":
        devices = [replace(device, path=Path()) for device in devices]
    if kind == "fast wires":
        devices += [random_wire(rng, shape, _fast_path(rng, shape)) for _ in range(rng.integers(2, 4))]
    if kind == "one-frame objects":
        devices += [_random_device(rng, shape, count, _single_frame(rng, count)) for _ in range(rng.integers(6, 12))]
    if kind in ("beating", "fast wires") and rng.random() < 0.6:
        devices.append(random_tree(rng, shape, count * frame_time))
    if kind == FILLING:
        devices += [_slow_tree(rng, shape, count * frame_time) for _ in range(rng.integers(2, 5))]
    return tuple(devices)


def _random_device(rng: np.random.Generator, shape: tuple[int, int], count: int, path: Path | None = None) -> Device:
    path = path or _random_path(rng, shape, count)
    centre, angle = rng.uniform(0.1, 0.9, 2) * shape, rng.uniform(0, np.pi)
    choice = rng.choice(["wire", "wire", "wire", "catheter", "disc", "disc", "stent", "bars", "forceps"])
    if choice in ("wire", "catheter"):
        return random_wire(rng, shape, path, catheter=choice == "catheter")
    if choice == "disc":
        return Disc(tuple(centre), float(np.exp(rng.uniform(np.log(0.7), np.log(15)))), _contrast(rng), path)
    return _random_mesh(rng, str(choice), centre, angle, path)


def _random_mesh(rng: np.random.Generator, choice: str, centre: np.ndarray, angle: float, path: Path) -> Mesh:
    path = replace(path, sway=0.0)  # a mesh has a point per pixel: swaying would crumple it
    if choice == "stent":
        struts = stent(centre, angle, rng.uniform(25, 60), rng.uniform(8, 18))
        return Mesh(struts, rng.uniform(0.5, 1.0), rng.uniform(0.03, 0.2), path)
    if choice == "forceps":
        parts = forceps(centre, angle, rng.uniform(40, 120), rng.uniform(0.1, 1.0))
        return Mesh(parts, rng.uniform(1.5, 4.0), rng.uniform(0.1, 0.5), path)
    period = rng.uniform(2.0, 8.0)
    return Mesh(line_pairs(centre, angle, period, rng.uniform(15, 40)), period / 2, _contrast(rng), path)


def random_wire(rng: np.random.Generator, shape: tuple[int, int], path: Path, catheter: bool = False) -> Wire:
    """A wire of 0.5-3 px or a catheter of 3-8 px, 2-40% contrast, that crosses the image."""
    start = rng.uniform(-0.1, 1.1, 2) * shape
    points = wander(rng, start, rng.uniform(0.6, 1.6) * max(shape), bend=rng.uniform(0.1, 0.6), count=8)
    width, bore = (rng.uniform(3, 8), rng.uniform(0.5, 0.8)) if catheter else (rng.uniform(0.5, 3.0), 0.0)
    return Wire(points, float(width), _contrast(rng), float(bore), path)


def _contrast(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(0.02), np.log(0.4))))


def _random_path(rng: np.random.Generator, shape: tuple[int, int], count: int) -> Path:
    """At rest, carried by a layer, or on its own at up to 10 pixels per frame; every fourth enters late or leaves early."""
    layer = [None, None, WALL, ORGANS, HEART][rng.integers(5)]
    path = Path(_velocity(rng, 0.1, 10.0), 0.4 * min(shape), sway=rng.uniform(0, 3), sway_period=rng.uniform(8, 30))
    if layer is not None or rng.random() < 0.2:
        path = Path(layer=layer)
    if rng.random() < 0.25:
        first = int(rng.integers(1, count - 2))
        path = replace(path, frames=range(first, count) if rng.random() < 0.6 else range(first))
    return path


def _fast_path(rng: np.random.Generator, shape: tuple[int, int]) -> Path:
    return Path(_velocity(rng, 5.0, 40.0), 0.45 * min(shape), sway=rng.uniform(0, 5), sway_period=rng.uniform(5, 20))


def _single_frame(rng: np.random.Generator, count: int) -> Path:
    frame = int(rng.integers(count))
    return Path(frames=range(frame, frame + 1))


def _velocity(rng: np.random.Generator, slowest: float, fastest: float) -> tuple[float, float]:
    """Pixels per frame: log-uniform speed, any direction."""
    speed, direction = np.exp(rng.uniform(np.log(slowest), np.log(fastest))), rng.uniform(0, 2 * np.pi)
    return float(speed * np.cos(direction)), float(speed * np.sin(direction))


def random_tree(rng: np.random.Generator, shape: tuple[int, int], duration: float) -> Tree:
    """An artery 3-9 px wide at its root, filled while the cine lasts (seconds)."""
    root = rng.uniform(0.15, 0.5, 2) * shape
    branches = grow_tree(rng, root, rng.uniform(-0.5, 2.0), rng.uniform(0.2, 0.4) * max(shape), rng.uniform(1.5, 4.5))
    arrival, injection = rng.uniform(-0.5, 0.5) * duration, rng.uniform(0.3, 1.0) * duration
    bolus = Bolus(arrival, injection, speed=rng.uniform(150, 700), mixing=rng.uniform(0.08, 0.3))
    return Tree(branches, rng.uniform(0.08, 0.5), bolus)


def _slow_tree(rng: np.random.Generator, shape: tuple[int, int], duration: float) -> Tree:
    """Vessels of 2 to 24 pixels at the root, at rest or carried, whose agent takes up to a third of the cine to come."""
    root, size = rng.uniform(0.05, 0.95, 2) * shape, rng.uniform(0.2, 0.6) * max(shape)
    radius = float(np.exp(rng.uniform(np.log(1.0), np.log(12.0))))
    branches = grow_tree(rng, root, rng.uniform(0, 2 * np.pi), size, radius, int(rng.integers(1, 4)))
    mixing = duration * np.exp(rng.uniform(np.log(0.01), np.log(0.3)))
    bolus = Bolus(rng.uniform(-0.2, 0.7) * duration, rng.uniform(0.1, 0.6) * duration, rng.uniform(150, 2000), mixing)
    contrast = np.exp(rng.uniform(np.log(0.05), np.log(0.5)))
    return Tree(branches, contrast, bolus, Path(layer=[None, WALL, ORGANS][rng.integers(3)]))
