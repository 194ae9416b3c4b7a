"""make screenshots: drives the panel through its states in the stand-in for Slicer's window and takes pictures, light and dark.

The panel, the slice views and the network are the real ones; the window around them is the stand-in's (Testing/host).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import numpy as np  # noqa: E402
from comparing import original, write  # noqa: E402
from panel_scenes import addCine, framesOf  # noqa: E402

from Testing.host.desktop import start  # noqa: E402

SIZE = (1240, 800)
FRAME = 14
PATIENCE = 600.0
FINETUNE_MINUTES = 4.0
LIGHT_SPREAD = 0.8  # pixels, standard deviation
RED_ALONE = 6  # vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView


class Camera:
    """Takes each picture of the window in light colours, and of the panel in dark ones, which do not change the views."""

    def __init__(self, host, folder: Path):
        self._host, self._folder = host, folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, name: str) -> None:
        """Two files: name.png and name-dark.png."""
        self._host.settle()
        save(self._host.window.grab(), self._folder / f"{name}.png")
        self._host.dress("dark")
        save(self._host.open().parent.grab(), self._folder / f"{name}-dark.png")
        self._host.dress("light")


def save(picture, path: Path) -> None:
    """Writes a picture of the window."""
    picture.save(str(path))
    shrink(path, path)


def shrink(source: Path, path: Path) -> None:
    """Writes a picture in 256 colours: X-ray images are grey, and the repository stays small."""
    from PIL import Image

    with Image.open(source) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(path)


def before_after_removed(folder: Path) -> None:
    """The README's first picture is the demo's, which needs a Slicer of its own."""
    with TemporaryDirectory() as out:
        subprocess.run([sys.executable, ROOT / "Testing" / "demo" / "run_demo.py", "--out", out], check=True)
        shrink(Path(out) / "before-after-removed.png", folder / "before-after-removed.png")


def show_frame(panel, number: int) -> None:
    """Stops at a frame, as the sequence toolbar's slider does."""
    from FluoroDenoiseLib.mrml.links import browsers_of, holder_of

    for browser in browsers_of(holder_of(panel.context.node)):
        browser.SetSelectedItemNumber(number)


def collapse(panel, *opened: str) -> None:
    """Opens these sections and closes the others."""
    for name in ("open", "denoise", "compare", "check", "save", "batch", "finetune", "models"):
        getattr(panel.ui, f"{name}Section").collapsed = name not in opened


def to_denoised(host, panel, camera: Camera) -> None:
    """The sample: opened, denoised, done."""
    collapse(panel, "open", "denoise", "compare")
    panel.ui.openSampleButton.click()
    show_frame(panel, FRAME)
    camera.take("panel-idle")
    panel.ui.denoiseButton.click()
    host.wait(lambda: panel.ui.progressBar.visible and panel.ui.progressBar.value > 8, PATIENCE)
    camera.take("panel-running")
    host.wait(lambda: not panel.context.busy, PATIENCE)
    show_frame(panel, FRAME)
    camera.take("panel-done")


def compared(host, panel, camera: Camera) -> None:
    """Each way to compare."""
    collapse(panel, "denoise", "compare")
    host.press("D")
    camera.take("compare-flip")
    host.press("D")
    ways = {"side-by-side": panel.ui.sideBySideButton, "wipe": panel.ui.wipeButton, "removed": panel.ui.removedButton}
    for name, button in ways.items():
        button.click()
        camera.take(f"compare-{name}")
    panel.ui.layoutBackButton.click()
    host.settle()


def checked(host, panel, camera: Camera) -> None:
    """The figures and the plots, with a ruler across the wire."""
    collapse(panel, "compare", "check")
    measure(host, panel)
    ruler = ruler_across(panel.context.node, (225, 350), (305, 350))
    panel.ui.rulerSelector.setCurrentNode(ruler)
    host.settle()
    panel.ui.plotsButton.click()
    camera.take("check")
    panel.ui.layoutBackButton.click()
    ruler.GetScene().RemoveNode(ruler)


def saved(host, panel, camera: Camera) -> None:
    """Where results go, several cines, and the models."""
    collapse(panel, "save", "batch")
    camera.take("panel-save-batch")
    collapse(panel, "models")
    camera.take("panel-models")


def finetuned(host, panel, camera: Camera) -> None:
    """Four quarters of the sample and a still frame: listed, learned from, judged."""
    import qt

    collapse(panel, "finetune")
    for node in quarters(original(panel.context.node)):
        panel.ui.finetuneNodesSelector.check(node)
    panel.ui.finetuneAddNodesButton.click()
    host.wait(lambda: panel.ui.finetuneTable.item(0, 3).text() != "looking...", PATIENCE)
    panel.ui.finetuneNameEdit.text, panel.ui.finetuneMinutesBox.value = "cath lab 2", FINETUNE_MINUTES
    camera.take("finetune-idle")
    panel.ui.finetuneButton.click()
    panel.ui.finetuneViewButton.click()
    late = 0.7 * 60 * FINETUNE_MINUTES
    host.wait(lambda: says(panel, "Training") and panel.ui.finetuneProgressBar.value > late, PATIENCE)
    camera.take("finetune-running")
    host.wait(lambda: panel.ui.finetuneRunSelector.enabled, PATIENCE)
    assert panel.ui.finetuneVerdictTable.visible, panel.ui.messageLabel.text
    camera.take("finetune-done")
    host.dialogs.answer(qt.QMessageBox.Ok)
    panel.ui.finetuneDiscardButton.click()
    host.settle()


def says(panel, word: str) -> bool:
    """Does the section Fine-tune say that it does this?"""
    return panel.ui.finetuneStateLabel.text.startswith(word)


def quarters(node) -> list:
    """Four cines that show a quarter of a node's frames each, and the first frame alone.

    As a detector with more light spread would record them: the bundled model knows the sample's own noise too well to gain.
    """
    import cv2

    frames = np.stack([cv2.GaussianBlur(frame, (0, 0), LIGHT_SPREAD) for frame in framesOf(node)])
    rows, columns = frames.shape[1] // 2, frames.shape[2] // 2
    corners = ((0, 0), (0, columns), (rows, 0), (rows, columns))
    parts = [frames[:, row : row + rows, column : column + columns] for row, column in corners]
    return [addCine(part, name=f"run {number}", intensity="LOG") for number, part in enumerate([*parts, frames[:1]], 1)]


def gone_wrong(host, panel, camera: Camera) -> None:
    """A file that is no cine; and a wire removed, by a mean of all frames in place of a denoiser."""
    collapse(panel, "open", "denoise")
    with TemporaryDirectory() as folder:
        letter = Path(folder) / "letter.txt"
        letter.write_text("Dear colleague", encoding="utf-8")
        host.dialogs.answer(letter)
        panel.ui.openFileButton.click()
    camera.take("panel-error")
    panel.ui.openSampleButton.click()
    frames = framesOf(panel.context.node)
    write(panel.context.node, np.broadcast_to(frames.mean(axis=0).astype(frames.dtype), frames.shape))
    panel.context.refresh()
    show_frame(panel, FRAME)
    collapse(panel, "denoise", "check")
    measure(host, panel)
    camera.take("panel-warning")


def measure(host, panel) -> None:
    """Clicks Measure and waits for the figures."""
    panel.ui.checkButton.click()
    host.wait(lambda: panel.ui.checkButton.text == "Measure" and panel.ui.checkTable.rowCount > 0, PATIENCE)


def ruler_across(node, *ends: tuple[int, int]):
    """A ruler between two pixels (column, row)."""
    import slicer
    import vtk

    ruler = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "ruler")
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    for column, row in ends:
        ruler.AddControlPoint(matrix.MultiplyPoint((column, row, 0, 1))[:3])
    return ruler


def main(folder: Path) -> None:
    """Takes all pictures."""
    host = start()
    host.dress("light")
    host.window.resize(*SIZE)
    host.window.show()
    host.app.layoutManager().setLayout(RED_ALONE)
    with TemporaryDirectory() as home:
        os.environ["FLUORODENOISE_HOME"] = home
        panel, camera = host.open(), Camera(host, folder)
        for part in (to_denoised, compared, checked, saved, finetuned, gone_wrong):
            part(host, panel, camera)
        panel.cleanup()
    before_after_removed(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Resources" / "Screenshots")
