"""Parts of a fine-tuning on their own: its minutes, its preview, what its card says of the noise, and its folder."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from site_helpers import site_cine, site_order

from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.errors import Cancelled, OutputNotWritable, UnreadableInput
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.stabilised import StabilisedFrames
from FluoroDenoiseLib.training import examples as training_examples
from FluoroDenoiseLib.training import site_examples
from FluoroDenoiseLib.training.batches import AT_REST, Examples
from FluoroDenoiseLib.training.budget import Budget
from FluoroDenoiseLib.training.drawn_noise import Recorruption
from FluoroDenoiseLib.training.examples import make_examples
from FluoroDenoiseLib.training.holding_out import split
from FluoroDenoiseLib.training.preview import Preview
from FluoroDenoiseLib.training.run_folder import (
    CHOICE,
    DONE,
    PREVIEW,
    Run,
    alone,
    check_whole,
    clear,
    discard,
    found_runs,
    read_run,
    run_folder,
)
from FluoroDenoiseLib.training.site_card import site_noise
from FluoroDenoiseLib.training.site_cines import origins, write_cine
from FluoroDenoiseLib.training.site_clips import Clips, noise_facts
from FluoroDenoiseLib.training.site_examples import DRAWS, SiteExamples
from FluoroDenoiseLib.training.site_wires import CONTRASTS, SPEEDS, WIDTHS, plant_wires, random_wire
from FluoroDenoiseLib.training.timed import append_row


@pytest.fixture
def clips(tmp_path):
    for k in range(2):
        write_cine(site_cine(k, inverted=k == 1), tmp_path / f"{k:03d}.npz")
        (tmp_path / f"{k:03d}.json").write_text(json.dumps({"group": "ab"[k], "noise": {"fixed_pattern": 0.1}}))
    return Clips(tmp_path)


def run_of(minutes=1.0, **changes):
    return Run({"minutes": minutes, "name": "x"}, **changes)


def test_the_minutes_of_all_parts_of_a_run_count_together(tmp_path):
    told = []
    budget = Budget(run_of(seconds_done=45.0), tmp_path, lambda *now: told.append(now))
    assert budget.share() == pytest.approx(0.75, abs=0.01)
    budget.go_on()
    budget.tell(30.0)
    budget.go_on()
    assert told == [(45, 60), (45, 75), (45, 75)]  # on the way to the end that was told last
    budget.write()
    assert read_run(tmp_path).seconds_done == pytest.approx(45, abs=1)


def test_a_pause_is_asked_for_wherever_the_run_goes_on(tmp_path):
    with pytest.raises(Cancelled, match="can be resumed"):
        Budget(run_of(), tmp_path, cancelled=lambda: True).go_on()


def test_the_preview_shows_the_frame_that_was_chosen_last(clips, tmp_path):
    network = load_model("fluoroscopy").network
    preview = Preview(tmp_path, clips, network, torch.device("cpu"))
    shown = []
    for choice in ("no JSON", json.dumps({"cine": 1, "frame": 3}), json.dumps({"cine": 7, "frame": 0})):
        (tmp_path / CHOICE).write_text(choice)
        preview.write(network)
        with np.load(tmp_path / PREVIEW, allow_pickle=False) as file:
            shown.append((int(file["cine"]), int(file["frame"]), bool(file["inverted"])))
            np.testing.assert_allclose(file["before"], file["after"], atol=1)  # the same network twice
            noisy = file["noisy"]
        assert np.array_equal(noisy, clips.read(shown[-1][0]).frames[shown[-1][1]])
    assert shown == [(0, 5, False), (1, 3, True), (0, 5, False)]


@pytest.fixture(scope="module")
def pilot():
    return Engine(load_model("fluoroscopy").network, torch.device("cpu"))


def test_examples_of_held_out_cines_are_not_among_those_learnt_from(clips, tmp_path, pilot):
    rows = [{"frames": 10, "rows": 96, "columns": 96}] * 2
    examples = SiteExamples(clips, rows, tmp_path / "work", 0, pilot)
    examples.make(Budget(run_of(60), tmp_path))
    (held_out,) = examples.held_out
    learnt = sorted(path.name for path in examples.learnt.glob("*.npy"))
    assert held_out.name == "000.npy" and learnt == [f"{draw}-001.npy" for draw in range(DRAWS)]
    assert [path.name for path in (examples.learnt / AT_REST).iterdir()] == ["001.npy"]
    assert [path.name for path in examples.still] == ["000.npy"] and examples.still[0].exists()
    assert Examples(examples.learnt).batch(np.random.default_rng(0), 64, 32).shape == (64, 16, 32, 32)
    draws = [np.load(examples.learnt / name) for name in learnt[:2]]
    assert draws[0].shape == (10, 16, 96, 96) and not np.array_equal(*draws)  # each draw has its own noise and dose


def test_what_a_kill_left_half_written_is_no_example(tmp_path):
    np.save(tmp_path / "0-000.npy", np.zeros((2, 16, 32, 32), np.float16))
    (tmp_path / ".partial-0123.npy").write_bytes((tmp_path / "0-000.npy").read_bytes()[:4000])
    assert len(Examples(tmp_path)) == 2


def test_the_same_frames_given_twice_are_copied_once(tmp_path):
    cine = site_cine()
    order = site_order(tmp_path / "sources", [cine, site_cine(1), cine], seed=0)
    run, told = Run(order), []
    Clips(tmp_path / "clips").copy(run, b"salt", Budget(run_of(), tmp_path), told.append)
    assert [row.usable for row in told] == [True, True, False]
    assert len(run.rows) == 2 and run.left_out == ["It has the frames of another cine that was given."]


def test_reading_that_begins_anew_has_its_whole_share_of_the_time(tmp_path):
    run = Run(site_order(tmp_path / "sources", [site_cine(seed) for seed in range(6)], seed=0))
    Clips(tmp_path / "clips").copy(run, b"salt", Budget(run_of(minutes=10, seconds_done=300.0), tmp_path))
    assert len(run.rows) == 6


def test_cines_without_patient_or_series_are_not_called_those_of_others(tmp_path):
    (origin,) = origins([str(tmp_path / "cine.npz")])
    unknown = [origin.group(salt) for salt in (b"a", b"b")]
    assert "not known" in split(unknown, [10, 10]).apart
    assert split(["one", "other"], [10, 10]).apart == "1 cine of other patients or series"


def test_the_verdict_says_how_many_cines_it_rests_on():
    assert split(["one", "other", "other", "third"], [10] * 4).apart == "1 cine of other patients or series"
    assert split(["one"] * 10, [10] * 10).apart == "2 cines of the same patient or series"


def test_the_noise_that_examples_are_judged_by_is_the_sites_own(clips, tmp_path, monkeypatch, pilot):
    """An error drawn for each of a few cines would not average out: the network would smooth too much, or too little."""
    drawn = []

    class Watched(Recorruption):
        def __init__(self, *given):
            super().__init__(*given)
            drawn.append(self)

    monkeypatch.setattr(training_examples, "Recorruption", Watched)
    SiteExamples(clips, [{"frames": 10, "rows": 96, "columns": 96}] * 2, tmp_path, 0, pilot).make(Budget(run_of(60), tmp_path))
    assert len(drawn) == 1 + DRAWS
    assert [one.unit for one in drawn] == pytest.approx([np.hypot(1, one._strength) for one in drawn])


@pytest.mark.parametrize(("room", "files", "frames"), [(3.9, 2, 10), (1.9, 1, 10), (0.9, 1, 5)])
def test_other_frames_come_before_other_draws_where_the_disk_has_little_room(
    clips, tmp_path, monkeypatch, pilot, room, files, frames
):
    of_one_draw = 2 * 10 * 96 * 96 * 16 * 2  # two cines of ten frames, pairs of eight images, float16
    monkeypatch.setattr(site_examples, "MOST_BYTES", int(room * of_one_draw))
    examples = SiteExamples(clips, [{"frames": 10, "rows": 96, "columns": 96}] * 2, tmp_path / "work", 0, pilot)
    examples.make(Budget(run_of(60), tmp_path))
    learnt = [np.load(path) for path in examples.learnt.glob("*.npy")]
    assert [len(file) for file in learnt] == [frames] * files


def test_a_cine_with_nothing_at_rest_teaches_without_it(clips, tmp_path, monkeypatch, pilot):
    monkeypatch.setattr(site_examples, "still_examples", lambda _, n, *drawn: np.full((n, 16, 96, 96), np.nan, np.float16))
    examples = SiteExamples(clips, [{"frames": 10, "rows": 96, "columns": 96}] * 2, tmp_path / "work", 0, pilot)
    examples.make(Budget(run_of(60), tmp_path))
    assert not any((examples.learnt / AT_REST).iterdir()) and len(list(examples.learnt.glob("*.npy"))) == DRAWS
    assert all(path.exists() for path in examples.still)


def test_every_second_example_file_has_wires_and_the_noise_of_the_cine_without(clips, tmp_path, monkeypatch, pilot):
    planted = []

    def watched(cine, rng, every, wires, *recorruption):
        planted.append(wires is not None)
        return make_examples(cine, rng, every, wires, *recorruption)

    monkeypatch.setattr(site_examples, "make_examples", watched)
    rows = [{"frames": 10, "rows": 96, "columns": 96}] * 2
    SiteExamples(clips, rows, tmp_path / "work", 0, pilot).make(Budget(run_of(60), tmp_path))
    assert planted == [False, True, False]  # what is held out, then two draws


def test_planted_wires_differ_move_and_leave_the_rest_as_it_was():
    cine = site_cine()
    one, two = (plant_wires(cine, np.random.default_rng(seed)) for seed in (1, 2))
    assert np.array_equal(one.frames, plant_wires(cine, np.random.default_rng(1)).frames)
    assert not np.array_equal(one.frames, two.frames)
    assert one.frames.dtype == cine.frames.dtype and one.intensity == cine.intensity
    changed = one.frames != cine.frames
    assert 0.01 < changed.mean() < 0.4 and not np.array_equal(changed[0], changed[-1])
    assert (one.frames <= cine.frames).all()  # wires absorb


def test_wires_are_drawn_within_their_ranges():
    drawn = [random_wire(np.random.default_rng(seed)) for seed in range(200)]
    for name, (low, high) in (("width", WIDTHS), ("contrast", CONTRASTS), ("speed", SPEEDS)):
        values = np.abs([getattr(wire, name) for wire in drawn])
        assert low <= values.min() < 1.3 * low and 0.7 * high < values.max() <= high
    assert {np.sign(wire.speed) for wire in drawn} == {-1, 1}


def test_the_card_has_the_mean_noise_of_the_cines_each_at_its_own_levels():
    part = {"covariance": [[1.0]], "vendor_recursion": None, "fixed_pattern": 0.1, "stripes": {"rows": 0.2, "columns": 0.0}}
    dark = {**part, "levels": [0.0, 100.0], "sigma": [1.0, 1.0], "correlation": {"down": 0.2, "right": 0.4}}
    bright = {**part, "levels": [100.0, 200.0], "sigma": [3.0, 3.0], "correlation": None, "vendor_recursion": 0.5}
    noise = site_noise([dark, bright])
    assert noise["levels"][0] == 0 and noise["levels"][-1] == 200
    assert set(noise["sigma"]) <= {1.0, 2.0, 3.0}
    assert noise["correlation"] == {"down": 0.2, "right": 0.4}
    assert (noise["vendor_recursion"], noise["fixed_pattern"]) == (0.5, 0.1)


def test_what_is_stored_of_the_noise_is_that_of_the_analysis():
    cine = site_cine(count=16)
    pattern = 20 * np.random.default_rng(5).standard_normal(cine.shape[1:])
    cine = replace(cine, frames=np.rint(cine.frames + pattern).astype(np.uint16))
    analysis = analyse(cine)
    stored = noise_facts(StabilisedFrames(cine, analysis))
    assert np.array(stored["covariance"]).shape == (11, 11) and stored["covariance"][5][5] == pytest.approx(1, abs=0.15)
    assert stored["fixed_pattern"] == pytest.approx(20 / np.median(analysis.law.sigma), rel=0.2)
    json.dumps(stored)


@pytest.mark.parametrize(
    ("damaged", "advice"),
    [("before.json", "Delete it"), ("clips/000.json", "Remove the folder"), ("clips/000.npz", "Remove the folder")],
)
def test_what_was_damaged_in_a_run_is_named_with_what_to_do(damaged, advice, tmp_path):
    work = tmp_path / "work"
    (work / "clips").mkdir(parents=True)
    write_cine(site_cine(), work / "clips" / "000.npz")
    for name in ("before.json", "clips/000.json"):
        (work / name).write_text("{}")
    check_whole(tmp_path, run_of())
    content = (work / damaged).read_bytes()
    (work / damaged).write_bytes(content[: len(content) // 2])
    with pytest.raises(UnreadableInput, match=f"{Path(damaged).name} is damaged.* {advice}"):
        check_whole(tmp_path, run_of())


def test_a_run_that_is_done_needs_its_verdict(tmp_path):
    with pytest.raises(UnreadableInput, match=r"verdict.json is damaged, or not there any more"):
        check_whole(tmp_path, run_of(state=DONE))
    (tmp_path / "verdict.json").write_text("{}")
    (tmp_path / "preview.npz").write_bytes(b"cut short")
    with pytest.raises(UnreadableInput, match=r"preview.npz is damaged.* Delete it, and the report does without"):
        check_whole(tmp_path, run_of(state=DONE))
    (tmp_path / "preview.npz").unlink()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "card.json").write_text("{")
    with pytest.raises(UnreadableInput, match=r"card.json is damaged.* Remove the folder"):
        check_whole(tmp_path, run_of(state=DONE))


def test_a_folder_without_a_run_or_with_a_damaged_one_is_named(tmp_path):
    with pytest.raises(UnreadableInput, match="no fine-tuning"):
        read_run(tmp_path)
    for text in ("no JSON", '{"order": {}, "unknown": 1}'):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(UnreadableInput, match=r"run.json is damaged .*; remove that folder and start anew"):
            read_run(tmp_path)


def test_discarding_leaves_nothing(tmp_path):
    folder = tmp_path / "run"
    with alone(folder):
        (folder / "work").mkdir()
        (folder / "work" / "x.npy").write_bytes(b"x")
    discard(folder)
    assert not folder.exists()


def test_what_cannot_be_removed_stays_whole_and_listed(tmp_path, monkeypatch):
    folder = run_folder("open in a table")
    (folder / "work" / "clips").mkdir(parents=True)
    (folder / "work" / "clips" / "0.npz").write_bytes(b"frames")
    (folder / "run.json").write_text("{}")

    def refuse(*_):
        raise PermissionError(13, "a file is in use")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refuse)
        with pytest.raises(OutputNotWritable, match="a file is in use"):
            discard(folder)
    assert found_runs() == [folder] and (folder / "work" / "clips" / "0.npz").exists()
    discard(folder)
    assert found_runs() == [] and list(folder.parent.iterdir()) == []


def test_a_new_run_takes_nothing_over_from_one_that_was_removed_by_half(tmp_path):
    folder = tmp_path / "run"
    (folder / "work" / "learnt").mkdir(parents=True)
    (folder / "work" / "learnt" / "0-000.npy").write_bytes(b"another patient's")
    (folder / "sources").mkdir()
    (folder / "sources" / "0.npz").write_bytes(b"handed over")
    clear(folder)
    assert [path.name for path in folder.rglob("*")] == ["sources", "0.npz"]



@pytest.mark.parametrize("begun", [False, True], ids=["new", "left empty by a full disk"])
def test_a_table_gets_its_head_once(tmp_path, begun):
    if begun:
        (tmp_path / "log.csv").touch()
    for value in (1, 2):
        append_row(tmp_path / "log.csv", {"step": value, "loss": 0.5})
    assert (tmp_path / "log.csv").read_text().splitlines() == ["step,loss", "1,0.5", "2,0.5"]
