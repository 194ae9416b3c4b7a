"""Choose a cine, click Denoise, look, click Restore: as a person does."""

from __future__ import annotations

import numpy as np
from panel_scenes import addCine, framesOf


def denoise(host, panel, seconds: float = 60.0) -> None:
    """Clicks Denoise and waits for the end."""
    panel.ui.denoiseButton.click()
    host.wait(lambda: not panel.context.busy, seconds)


def test_open_click_done(host, panel):
    node = addCine()
    panel.enter()
    assert panel.context.node is node
    before = framesOf(node)
    denoise(host, panel)
    after = framesOf(node)
    assert after.std() < before.std() and after.dtype == before.dtype
    assert "Denoised" in panel.ui.messageLabel.text
    panel.ui.restoreButton.click()
    host.wait(lambda: not panel.context.busy)
    assert np.array_equal(framesOf(node), before)
