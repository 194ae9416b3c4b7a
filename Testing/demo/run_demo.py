"""The main job from end to end: a cine into a Slicer scene, denoised in place, written as derived DICOM, measured and drawn.

    python Testing/demo/run_demo.py [CINE] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "Testing"), str(REPOSITORY / "Testing" / "demo")]

from check_machine import RENDERING, apt_line, missing_rendering  # noqa: E402

from FluoroDenoiseLib import Cine, Denoiser  # noqa: E402
from FluoroDenoiseLib.commands.compare import as_text  # noqa: E402
from FluoroDenoiseLib.commands.console import Progress  # noqa: E402
from FluoroDenoiseLib.dicom import read_cine, write_result  # noqa: E402
from FluoroDenoiseLib.errors import FluoroDenoiseError, OutputNotWritable  # noqa: E402
from FluoroDenoiseLib.models.cards import usual_model  # noqa: E402
from FluoroDenoiseLib.quality.compare import compare  # noqa: E402

SAMPLE = REPOSITORY / "FluoroDenoise" / "Resources" / "Sample" / "FluoroDenoise-sample.dcm"
UNTIMED = 0.1
"""Seconds that each frame of a cine without times is shown."""


def main(arguments: list[str]) -> int:
    """Runs the demo; returns 0, or the exit code of the error that it has told."""
    parser = argparse.ArgumentParser(description="Denoises a cine in a Slicer scene, and shows before and after.")
    parser.add_argument("cine", nargs="?", type=Path, default=SAMPLE, help="a file or folder (default: the bundled sample)")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "demo", help="folder for the results (default: demo)")
    chosen = parser.parse_args(arguments)
    lacking = missing_rendering()
    if lacking:
        print(lacking, file=sys.stderr)
        return 2
    try:
        run(chosen.cine, chosen.out)
    except FluoroDenoiseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def run(path: Path, out: Path) -> None:
    """The job itself.

    Raises:
        FluoroDenoiseError: whatever a user can mend; the message says how.
    """
    cine = read_cine(path)
    print(f"{path.name}: {_described(cine)}")
    out = _made(out)
    # Slicer's core takes seconds to load: bad input should be told before.
    from drawing import Drawing
    from headless_slicer import HeadlessSlicer

    from FluoroDenoiseLib.mrml import cine_from_node, denoise_node, in_units_of, load, original_node

    application = HeadlessSlicer()
    _check_drawing(application)
    node = _shown(load(cine, application.scene)[0], application.scene)
    print(f"In a Slicer scene as {node.GetClassName()} {node.GetName()!r}, {_played(node, application.scene)}")
    milliseconds = _denoise(node, cine, denoise_node)
    before, after = cine_from_node(original_node(node)), cine_from_node(node)
    measures = _tell(cine, before, after, milliseconds)
    derived = write_result(in_units_of(after, cine), _target(path, cine, out), original=cine, overwrite=True)
    drawing = Drawing(application, node, before, after)
    picture, movie = out / "before-after-removed.png", out / "before-after.gif"
    drawing.picture(picture, _title(path, cine), list(_notes(after, measures, milliseconds)))
    with Progress("movie") as progress:
        drawing.movie(movie, _seconds(cine), progress)
    drawing.close()
    print("Written:", *(f"  {file}" for file in (_one(derived), picture, movie)), sep="\n")


def _tell(cine: Cine, before: Cine, after: Cine, milliseconds: float) -> dict:
    """Prints what was done and what it did; returns the measures."""
    print(f"Denoised in place: {len(cine)} frames of {cine.shape[2]}x{cine.shape[1]}, {milliseconds:.0f} ms per frame")
    measures = compare(before, after)
    print(as_text(measures))
    for warning in dict.fromkeys((*cine.warnings, *after.record["warnings"])):
        print(f"Note: {warning}")
    return measures


def _one(files: list[Path]) -> Path:
    """The file, or the folder of a series."""
    return files[0] if len(files) == 1 else files[0].parent


def _check_drawing(application) -> None:
    """Libraries can be there and still not work together: better known before minutes of work."""
    try:
        application.slice_view("Check", 16, 16).close()
    except RuntimeError as error:
        advice = f"Slicer's views cannot draw here ({error}); on Debian: {apt_line(RENDERING.values())}"
        raise FluoroDenoiseError(advice) from error


def _described(cine: Cine) -> str:
    rate = "" if cine.frame_time is None else f", {1 / _seconds(cine):.3g} frames per second"
    size = f"{len(cine)} {'slices' if 'slices' in cine.traits else 'frames'} of {cine.shape[2]}x{cine.shape[1]}"
    return ", ".join(filter(None, [cine.modality, f"{size} {cine.frames.dtype}"])) + rate


def _seconds(cine: Cine) -> float:
    return UNTIMED if cine.frame_time is None else float(np.median(np.atleast_1d(cine.frame_time)[-max(1, len(cine) - 1) :]))


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputNotWritable(f"The folder {folder} cannot be made ({error.strerror}). Choose another with --out.") from error
    return folder


def _shown(node, scene):
    """What a user sees and chooses: the proxy of a sequence."""
    browser = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    return browser.GetProxyNode(node) if browser else node


def _played(node, scene) -> str:
    browser = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    return f"played by {browser.GetName()!r} ({browser.GetNumberOfItems()} items)" if browser else "its slices as frames"


def _denoise(node, cine: Cine, denoise_node) -> float:
    """Milliseconds per frame."""
    denoiser = Denoiser.load(usual_model(cine))
    print(f"Model {denoiser.model.name} ({denoiser.model.sha256[:12]}), {denoiser.mode}, on {denoiser.device}")
    begun = time.perf_counter()
    with Progress(cine.name) as progress:
        denoise_node(node, denoiser, progress=progress)
    return 1000 * (time.perf_counter() - begun) / len(cine)


def _target(path: Path, cine: Cine, out: Path) -> Path:
    """A file beside the pictures, or for a series a folder that does not exist yet."""
    if len(cine.sources) == 1:
        source = cine.sources[0]
        suffix = "".join(source.suffixes[-2:]) if source.name.endswith(".nii.gz") else source.suffix or ".dcm"
        return out / f"{source.name.removesuffix(suffix)}-denoised{suffix}"
    names = (out / f"{path.name}-denoised{count}" for count in ("", *(f"-{n}" for n in range(2, 10_000))))
    return next(name for name in names if not name.exists())


def _title(path: Path, cine: Cine) -> str:
    return f"FluoroDenoise: {path.name}, {_described(cine)}"


def _notes(after: Cine, measures: dict, milliseconds: float) -> Iterator[str]:
    record = after.record
    less = measures["noise_reduction_db"]
    kept = measures["edges_kept"]
    noise = f"noise {measures['noise_before']:.3g} before, {measures['noise_after']:.3g} after"
    noise += "" if less is None else f" ({less:.1f} dB less)"
    edges = "" if kept is None else f"    edges kept {100 * kept:.0f}%"
    yield f"{noise}{edges}    {milliseconds:.0f} ms per frame on {record['device']}"
    yield (
        f"{record['software']}, model {record['model']} ({record['model_sha256'][:12]}), {record['mode']}, strength "
        f"{record['strength']:g}. Drawn by 3D Slicer's slice views. Research use only."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
