"""A real MRML scene as the application makes it, without its windows; saving and loading as the application does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer
import vtk
from headless_slicer import HeadlessSlicer
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from vtk.util.numpy_support import numpy_to_vtk

from FluoroDenoiseLib import Cine

FRAMES, ROWS, COLUMNS = 6, 64, 80
XA_STORAGE = "1.2.840.10008.5.1.4.1.1.12.1"


def noisy(kind=np.uint16, seed: int = 0, frames: int = FRAMES) -> np.ndarray:
    """[T, H, W] quanta behind a disc that moves over a shaded background."""
    rng = np.random.default_rng(seed)
    t, row, column = np.ogrid[:frames, :ROWS, :COLUMNS]
    quanta = 60 + 0.5 * column + 0 * t - 25 * (np.hypot(row - 30, column - 20 - 4 * t) < 9)
    return rng.poisson(quanta).astype(kind)


def a_cine_of(kind=np.uint16, seed: int = 0, **facts) -> Cine:
    """A noisy cine of 15 frames per second."""
    return Cine(noisy(kind, seed), **{"frame_time": 1 / 15, "intensity": "LIN", "modality": "XA", "name": "cine", **facts})


def write_xa(file: Path, **elements) -> Path:
    """A multi-frame XA image, as small as the standard lets it be read."""
    frames = noisy(np.uint16)
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = XA_STORAGE
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = generate_uid(entropy_srcs=["open cine"])
    image.Modality, image.SeriesNumber, image.InstanceNumber = "XA", 3, 7
    image.NumberOfFrames, image.Rows, image.Columns = frames.shape
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 10, 9, 0
    image.FrameTime, image.FrameIncrementPointer = 66.7, 0x00181063
    image.PixelIntensityRelationship = "LOG"
    image.WindowCenter, image.WindowWidth = 90, 150
    image.PixelData = frames.tobytes()
    for keyword, value in elements.items():
        setattr(image, keyword, value)
    image.save_as(file, enforce_file_format=True)
    return file


class Application(HeadlessSlicer):
    """Saving and loading as in the application's File menu."""

    def save_bundle(self, file: Path) -> None:
        """File > Save as .mrb."""
        assert self.files.save_scene(file)

    def save_everything(self, folder: Path) -> None:
        """File > Save with every box ticked: each node to its storage node's file, or beside the scene; then the scene."""
        scene_file = folder / "scene.mrml"
        self.scene.SetURL(str(scene_file))
        self.scene.SetRootDirectory(str(folder))
        for node in nodes(self.scene, "vtkMRMLStorableNode"):
            if node.GetStorageNode() is None:
                node.AddDefaultStorageNode()
            write(node, folder)
        assert self.scene.Commit(str(scene_file))

    def open(self, file: Path) -> None:
        """File > Add data, for a scene."""
        assert self.files.load_scene(file)


def write(node, folder: Path) -> None:
    """Writes one node as Slicer's Save dialog does; nodes of the application itself have nothing to write."""
    storage = node.GetStorageNode()
    if storage is None:
        return
    if not storage.GetFileName():
        storage.SetFileName(str(folder / f"{node.GetID()}.{storage.GetDefaultWriteFileExtension()}"))
    assert storage.WriteData(node), storage.GetFileName()


def nodes(scene, class_name: str) -> list:
    """All nodes of a class, data that somebody loaded or made."""
    found = (scene.GetNthNodeByClass(i, class_name) for i in range(scene.GetNumberOfNodesByClass(class_name)))
    return [node for node in found if not node.IsA("vtkMRMLColorNode")]


def image(array: np.ndarray):
    """vtkImageData with a copy of [K, H, W] or [K, H, W, components]."""
    made = vtk.vtkImageData()
    made.SetDimensions(*array.shape[2::-1])
    flat = array.reshape(-1, array.shape[3]) if array.ndim == 4 else array.ravel()
    made.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(flat), deep=True))
    return made


def volume(scene, name: str, array: np.ndarray, spacing=(0.3, 0.4, 2.0)):
    """A volume as a file reader leaves it: grey [K, H, W] or colour [K, H, W, components], with default display."""
    kind = "Vector" if array.ndim == 4 else "Scalar"
    made = scene.AddNewNodeByClass(f"vtkMRML{kind}VolumeNode", name)
    made.SetAndObserveImageData(image(array))
    made.SetSpacing(*spacing)
    made.CreateDefaultDisplayNodes()
    return made


def recorded_sequence(scene, name: str, array: np.ndarray, unit: str = "s", step: float = 0.05):
    """A sequence made frame by frame from a displayed volume, [T, H, W] or [T, H, W, 3], as Slicer's recorder makes it: its
    items have display nodes of their own."""
    frame = volume(scene, f"{name} frame", array[:1])
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", name)
    sequence.SetIndexName("time" if unit else "frame")
    sequence.SetIndexUnit(unit)
    for t in range(len(array)):
        frame.SetAndObserveImageData(image(array[t : t + 1]))
        item = sequence.SetDataNodeAtValue(frame, f"{t * step:.3f}" if unit else str(t))
        item.CreateDefaultDisplayNodes()
    scene.RemoveNode(frame)
    return sequence


def browser_of(scene, *sequences):
    """A new browser that plays sequences in step."""
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
    for sequence in sequences:
        browser.AddSynchronizedSequenceNode(sequence)
    return browser


def play(browser):
    """Steps through a browser, as playing does; yields the number of each item while it is shown."""
    for item in range(browser.GetNumberOfItems()):
        browser.SetSelectedItemNumber(item)
        yield item


def pixels(node) -> np.ndarray:
    """A copy of what a volume holds, or of what all items of a sequence hold."""
    if node.IsA("vtkMRMLSequenceNode"):
        return np.concatenate([pixels(node.GetNthDataNode(i)) for i in range(node.GetNumberOfDataNodes())])
    return slicer.util.arrayFromVolume(node).copy()


def window(node) -> tuple[float, float]:
    """Window and level a volume is shown with."""
    display = node.GetDisplayNode()
    display.Modified()  # an automatic window is computed anew only when the display is asked to redraw
    return display.GetWindow(), display.GetLevel()


def state(scene) -> dict:
    """What the user would notice of all data in a scene: ids, names, pixels, attributes, files, windows."""
    return {node.GetID(): _state_of(node) for node in nodes(scene, "vtkMRMLStorableNode")}


def _state_of(node) -> dict:
    storage = node.GetStorageNode()
    held = {
        "name": node.GetName(),
        "hidden": node.GetHideFromEditors(),
        "attributes": {name: node.GetAttribute(name) for name in node.GetAttributeNames()},
        "file": storage and storage.GetFileName(),
    }
    if node.IsA("vtkMRMLSequenceNode"):
        items = [node.GetNthDataNode(i) for i in range(node.GetNumberOfDataNodes())]
        held["items"] = [{name: item.GetAttribute(name) for name in item.GetAttributeNames()} for item in items]
        held["index"] = [node.GetNthIndexValue(i) for i in range(len(items))]
        held["pixels"] = pixels(node).tobytes()
    if node.IsA("vtkMRMLVolumeNode"):
        display = node.GetDisplayNode()
        held["window"] = display and (*window(node), display.GetAutoWindowLevel())
        held["transform"] = node.GetTransformNodeID()
        held["pixels"] = pixels(node).tobytes()
    return held
