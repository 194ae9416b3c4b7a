"""The section Fine-tune as a person uses it, and runs as the worker leaves them on disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from panel_scenes import addCine

SYSTEM = {"manufacturer": "Maker", "model": "Monoplane 1", "protocol": "coronary"}
FIGURES = ("noise", "edges", "wire_kept", "ghost")


def cines(count: int = 3, frames: int = 10, size: int = 160) -> list:
    """Noisy moving cines in the scene; their proxies."""
    return [addCine(movingFrames(frames, size, seed), name=f"coronary {seed + 1}") for seed in range(count)]


def movingFrames(frames: int, size: int, seed: int) -> np.ndarray:
    """uint16 [T, H, W]: quanta behind waves and a disc that wander."""
    rng = np.random.default_rng(seed)
    t, row, column = np.ogrid[:frames, :size, :size]
    waves = 25 * np.sin((row + 2 * t) / 9 + seed) * np.cos(column / 13)
    disc = 60 * (np.hypot(row - size / 2, column - size / 3 - 2 * t) < size / 8)
    return rng.poisson(150 + waves - disc).astype(np.uint16)


def linesOf(panel) -> list[list[str]]:
    """The data table."""
    table = panel.ui.finetuneTable
    return [[table.item(row, column).text() for column in range(4)] for row in range(table.rowCount)]


def waitForSurvey(host, panel, seconds: float = 90.0) -> list[list[str]]:
    """Waits until the worker has looked at all cines; the data table."""
    host.wait(lambda: not any(line[3] == "looking..." for line in linesOf(panel)), seconds)
    return linesOf(panel)


def addNodes(host, panel, nodes) -> list[list[str]]:
    """Ticks nodes, clicks Add these, waits; the data table."""
    panel.enter()
    for node in nodes:
        panel.ui.finetuneNodesSelector.check(node)
    panel.ui.finetuneAddNodesButton.click()
    return waitForSurvey(host, panel)


def begin(host, panel, name: str = "angio 2", minutes: float = 0.3, seconds: float = 60.0) -> None:
    """Gives name and time, clicks Start, waits until the worker has taken it in hand."""
    panel.ui.finetuneNameEdit.text = name
    panel.ui.finetuneMinutesBox.value = minutes
    assert panel.ui.finetuneButton.enabled, panel.ui.finetuneButton.toolTip
    panel.ui.finetuneButton.click()
    host.wait(lambda: stateOf(panel) not in ("", "Starting") or not isRunning(panel), seconds)
    assert isRunning(panel), panel.ui.messageLabel.text


def stateOf(panel) -> str:
    """The first words of what the section says of the run."""
    return panel.ui.finetuneStateLabel.text.split(",")[0].split(".")[0]


def isRunning(panel) -> bool:
    """Has a run been started that has not ended yet?"""
    return not panel.ui.finetuneRunSelector.enabled


def pause(host, panel, seconds: float = 5.0) -> None:
    """Clicks Pause and waits until the worker has let go."""
    assert panel.ui.finetuneButton.text == "Pause"
    panel.ui.finetuneButton.click()
    host.wait(lambda: not isRunning(panel), seconds)


def choose(selector, text: str) -> None:
    """Chooses an entry of a combo box, as a click does."""
    selector.currentIndex = selector.findText(text)
    selector.activated.emit(selector.currentIndex)


def runsOffered(panel) -> list[str]:
    """The entries of the selector of runs."""
    selector = panel.ui.finetuneRunSelector
    return [selector.itemText(index) for index in range(selector.count)]


def leaveRun(home: Path, name: str = "angio 2", gain: bool = True, system: dict | None = None, **state) -> Path:
    """A run's folder as the worker leaves it; finished unless `state` says otherwise."""
    folder = home / "finetuning" / name
    folder.mkdir(parents=True)
    order = {"name": name, "base": "fluoroscopy", "minutes": 15.0, "device": "auto", "seed": 0}
    known = {"order": order, "state": "done", "seconds_done": 900.0, "seconds_in_all": 900.0, "seconds_left": 0.0}
    rows = [row(1), row(2)]
    (folder / "run.json").write_text(json.dumps(known | {"rows": rows, "system": SYSTEM, "left_out": [], "error": ""} | state))
    (folder / "log.csv").write_text("minutes,step,loss,held_out,base\n1,10,0.5,0.9,1.0\n2,20,0.4,0.8,1.0\n")
    if "state" not in state:
        (folder / "verdict.json").write_text(json.dumps(verdict(gain, SYSTEM if system is None else system)))
        makeModel(folder / "model", name) if gain else None
    return folder


def row(number: int) -> dict:
    """A cine in use."""
    return {"label": f"cine {number}", "frames": 30}


def verdict(gain: bool, system: dict) -> dict:
    """What a run ends with."""
    held = {"label": "cine 1", **{f"{key}_{when}": 0.5 for key in FIGURES for when in ("before", "after")}}
    other = {"label": "cine 2", **{f"{key}_{when}": 0.7 for key in FIGURES for when in ("before", "after")}}
    sentence = "The fine-tuned model is better on what was held out." if gain else "No gain, nothing changed."
    score = {"base": 1.0, "tuned": 0.8, "difference": -0.2, "low": -0.25, "high": -0.15}
    facts = {"gain": gain, "sentence": sentence, "score": score, "held_out": [held | {"ghost_after": None}, other]}
    return facts | {"forgetting_db": 0.1, "system": system, "minutes": 15.0}


def makeModel(folder: Path, name: str) -> Path:
    """A model of the user's: the bundled weights under another name."""
    from FluoroDenoiseLib.models.cards import BUNDLED

    shutil.copytree(BUNDLED / "fluoroscopy", folder)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "name": name, "purpose": "Coronary angiography."}))
    return folder


def discard(host, panel, seconds: float = 5.0) -> None:
    """Clicks Discard, answers OK, waits until the run is gone."""
    import qt

    host.dialogs.answer(qt.QMessageBox.Ok)
    panel.ui.finetuneDiscardButton.click()
    host.wait(lambda: not isRunning(panel) and not panel.ui.finetuneDiscardButton.enabled, seconds)


def empty(host, panel) -> None:
    """Leaves the section as it was at first."""
    if panel.ui.finetuneDiscardButton.enabled:
        discard(host, panel)
    panel.ui.finetuneTable.clearSelection()
    panel.ui.finetuneRemoveButton.click()
    panel.ui.finetuneNameEdit.text = ""
