"""make screenshots: drives the panel through its states in the stand-in for Slicer's window and takes pictures, light and dark.

The panel, the slice views and the network are the real ones; the window around them is the stand-in's (Testing/host).
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from Testing.host.desktop import start  # noqa: E402
from Testing.host.palettes import PALETTES  # noqa: E402

SIZE = (1240, 800)
FRAME = 14
RED_ALONE = 6  # vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView


class Camera:
    """Takes each picture once in each palette."""

    def __init__(self, host, folder: Path):
        self._host, self._folder = host, folder
        folder.mkdir(parents=True, exist_ok=True)

    def window(self, name: str) -> None:
        """The whole window."""
        self._take(name, self._host.window)

    def panel(self, name: str) -> None:
        """The module's panel alone, as long as it is."""
        shown = self._host.open().parent
        self._take(name, shown, height=shown.minimumSizeHint().height() if callable(shown.minimumSizeHint) else None)

    def _take(self, name: str, widget, height: int | None = None) -> None:
        for palette in PALETTES:
            self._host.dress(palette)
            picture = widget.grab()
            if height:
                picture = picture.copy(0, 0, picture.width(), min(height, picture.height()))
            save(picture, self._folder / (f"{name}.png" if palette == "light" else f"{name}-{palette}.png"))
        self._host.dress("light")


def save(picture, path: Path) -> None:
    """Writes a picture in 256 colours: X-ray images are grey, and the repository stays small."""
    from PIL import Image

    picture.save(str(path))
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(path)


def show_frame(panel, number: int) -> None:
    """Stops at a frame, as the sequence toolbar's slider does."""
    from FluoroDenoiseLib.mrml.links import browsers_of, holder_of

    for browser in browsers_of(holder_of(panel.context.node)):
        browser.SetSelectedItemNumber(number)


def collapse(panel, *opened: str) -> None:
    """Opens these sections and closes the others."""
    for name in ("open", "denoise", "compare", "check", "save", "batch", "models"):
        getattr(panel.ui, f"{name}Section").collapsed = name not in opened


def first_pictures(host, panel, camera: Camera) -> None:
    """Idle, running, done, and two things that go wrong."""
    panel.ui.openSampleButton.click()
    show_frame(panel, FRAME)
    host.settle()
    camera.window("panel-idle")
    panel.ui.denoiseButton.click()
    host.wait(lambda: panel.ui.progressBar.visible and panel.ui.progressBar.value > 8, 300)
    camera.window("panel-running")
    host.wait(lambda: not panel.context.busy, 600)
    show_frame(panel, FRAME)
    host.settle()
    camera.window("panel-done")


def comparisons(host, panel, camera: Camera) -> None:
    """Each way to compare, and the check with its plots."""
    collapse(panel, "denoise", "compare")
    for way in ("sideBySide", "wipe", "removed"):
        getattr(panel.ui, f"{way}Button").click()
        host.settle()
        camera.window(f"compare-{way.replace('sideBySide', 'side-by-side')}")
    panel.ui.layoutBackButton.click()
    panel.ui.flipButton.click()
    host.settle()
    camera.window("compare-flip")
    panel.ui.flipButton.click()
    collapse(panel, "compare", "check")
    panel.ui.checkButton.click()
    host.wait(lambda: panel.ui.checkTable.rowCount > 0, 300)
    panel.ui.plotsButton.click()
    host.settle()
    camera.window("check")
    panel.ui.layoutBackButton.click()


def what_goes_wrong(host, panel, camera: Camera) -> None:
    """A file that is no cine, and a wire removed."""
    from comparing import aCine, denoisedBadly

    collapse(panel, "open", "denoise")
    with TemporaryDirectory() as folder:
        letter = Path(folder) / "letter.txt"
        letter.write_text("Dear colleague")
        host.dialogs.answer(letter)
        panel.ui.openFileButton.click()
    host.settle()
    camera.window("panel-error")
    node = aCine(frames=12, size=256)
    denoisedBadly(node)
    panel.context.parameterNode.inputVolume = node
    panel.context.show("")
    show_frame(panel, 5)
    collapse(panel, "denoise", "check")
    panel.ui.checkButton.click()
    host.wait(lambda: panel.ui.checkTable.rowCount > 0, 300)
    import slicer

    slicer.util.setSliceViewerLayers(background=node, fit=True)
    host.settle()
    camera.window("panel-warning")


def main(folder: Path) -> None:
    """Takes all pictures."""
    host = start()
    host.dress("light")
    host.window.resize(*SIZE)
    host.window.show()
    host.app.layoutManager().setLayout(RED_ALONE)
    panel, camera = host.open(), Camera(host, folder)
    collapse(panel, "open", "denoise", "compare")
    for part in (first_pictures, comparisons, what_goes_wrong):
        part(host, panel, camera)
    panel.cleanup()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Resources" / "Screenshots")
