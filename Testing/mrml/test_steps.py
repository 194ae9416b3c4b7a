"""Work on nodes goes in short steps: the same comes out, each step is short, and whoever edits in between loses nothing."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from mrml_scene import a_cine_of, noisy, pixels, state, volume

from FluoroDenoiseLib.errors import SourceMismatch
from FluoroDenoiseLib.mrml import NodeTask, is_denoised, load, restore_node
from FluoroDenoiseLib.mrml.history import restore_steps
from FluoroDenoiseLib.steps import finish

RECORD = {"software": "FluoroDenoise 0.1.0", "model": "m", "model_sha256": "ab" * 32, "mode": "review", "strength": 1.0}


def edited_in_steps(task: NodeTask) -> int:
    """Halves a node through an edit in steps; gives the number of steps."""
    edit, steps = task.edit(), 0
    for _ in edit.begin_steps():
        steps += 1
    edit.write(0, task.cine.frames // 2)
    edit.finish(RECORD)
    return steps


def test_denoising_and_restoring_in_steps_gives_what_they_give_at_once(scene):
    sequence = load(a_cine_of(), scene)[0]
    before = pixels(sequence)
    task = finish(NodeTask.prepare_steps(sequence))
    assert np.array_equal(task.cine.frames, before)
    assert edited_in_steps(task) >= 3 * len(before)  # compared, copied and hashed frame by frame
    assert np.array_equal(pixels(sequence), before // 2)
    assert len(list(restore_steps(sequence))) >= 3 * len(before)
    assert np.array_equal(pixels(sequence), before)
    assert not is_denoised(sequence)


@pytest.mark.parametrize(
    ("kind", "steps"), [*(("sequence", steps) for steps in (1, 7, 10, 14, 17)), *(("volume", steps) for steps in (1, 7, 10))]
)
def test_a_begin_given_up_between_any_two_steps_leaves_no_trace(scene, kind, steps):
    node = load(a_cine_of(), scene)[0] if kind == "sequence" else volume(scene, "frames", noisy())
    before = state(scene)
    begin = NodeTask.prepare(node).edit().begin_steps()
    for _ in range(steps):
        next(begin)
    begin.close()
    assert state(scene) == before


def test_an_abort_given_up_midway_is_done_all_the_same(scene):
    sequence = load(a_cine_of(), scene)[0]
    before = state(scene)
    edit = NodeTask.prepare(sequence).edit().begin()
    edit.write(0, pixels(sequence) // 2)
    abort = edit.abort_steps()
    next(abort)
    abort.close()
    assert state(scene) == before


@pytest.mark.parametrize("step", [0, 4, 8, 11])
def test_an_edit_between_the_steps_of_preparing_is_never_overwritten(scene, step):
    sequence = load(a_cine_of(), scene)[0]
    preparing = NodeTask.prepare_steps(sequence)
    for number in range(100):
        if number == step:
            slicer.util.arrayFromVolume(sequence.GetNthDataNode(2))[:] = 7
        try:
            next(preparing)
        except StopIteration as end:
            task = end.value
            break
    if step == 0:  # before the frame was looked at: what is denoised is the edit itself
        assert task.cine.frames[2].max() == 7
        return
    with pytest.raises(SourceMismatch, match="edited during the run"):
        task.edit().begin()


def test_an_edit_while_the_original_is_kept_is_never_overwritten(scene):
    sequence = load(a_cine_of(), scene)[0]
    before = state(scene)
    begin = NodeTask.prepare(sequence).edit().begin_steps()
    for _ in range(len(pixels(sequence)) + 1):  # the frames are compared; the copy has begun
        next(begin)
    view = slicer.util.arrayFromVolume(sequence.GetNthDataNode(4))
    kept = view.copy()
    view[:] = 7
    with pytest.raises(SourceMismatch, match="edited during the run"):
        finish(begin)
    assert view.max() == 7
    view[:] = kept
    assert state(scene) == before


@pytest.mark.parametrize("steps", [13, 16, 18])
def test_a_restore_given_up_midway_is_done_all_the_same(scene, steps):
    sequence = load(a_cine_of(), scene)[0]
    before = pixels(sequence)
    edited_in_steps(NodeTask.prepare(sequence))
    restoring = restore_steps(sequence)
    for _ in range(steps):
        next(restoring)
    restoring.close()
    assert np.array_equal(pixels(sequence), before)
    assert not is_denoised(sequence)


def test_restoring_at_once_runs_the_same_steps(scene):
    sequence = load(a_cine_of(), scene)[0]
    before = pixels(sequence)
    edited_in_steps(NodeTask.prepare(sequence))
    restore_node(sequence)
    assert np.array_equal(pixels(sequence), before)
