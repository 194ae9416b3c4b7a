"""Choose a cine, click Denoise, look, click Restore: as a person does."""

from __future__ import annotations

import numpy as np
from panel_scenes import addCine, denoise, framesOf, waitForRun


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
    waitForRun(host, panel)
    assert np.array_equal(framesOf(node), before)
