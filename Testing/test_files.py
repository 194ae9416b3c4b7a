"""Files written whole or not at all, against real limits of the system."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from limits import largest_file

from FluoroDenoiseLib.errors import OutputNotWritable
from FluoroDenoiseLib.files import append_text, check_writable, made_folders, whole_file, whole_folder, write_whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_with_all_its_content_and_the_users_permissions(tmp_path):
    write_whole(tmp_path / "a.bin", lambda stream: stream.write(b"all of it"))
    assert names(tmp_path) == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"all of it"
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "a.bin").stat().st_mode & 0o777 == 0o666 & ~mask


def test_nothing_has_the_name_until_it_is_complete(tmp_path):
    with whole_file(tmp_path / "scan.nii.gz") as partial:
        partial.write_bytes(b"half")
        assert partial.name.endswith(".nii.gz"), "writers choose the format by the suffix"
        assert not (tmp_path / "scan.nii.gz").exists()
    assert names(tmp_path) == ["scan.nii.gz"]


def test_an_existing_file_stays_unless_it_may_be_overwritten(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(OutputNotWritable, match="a.bin exists already"):
        write_whole(path, lambda stream: stream.write(b"new"))
    assert path.read_bytes() == b"old"
    write_whole(path, lambda stream: stream.write(b"new"), overwrite=True)
    assert path.read_bytes() == b"new"


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "a.bin"
    with pytest.raises(OutputNotWritable), whole_file(path) as partial:
        partial.write_bytes(b"ours")
        path.write_bytes(b"somebody else's")
    assert path.read_bytes() == b"somebody else's"
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_disk_that_fills_up_leaves_everything_as_it_was(tmp_path, overwrite):
    path = tmp_path / "a.bin"
    if overwrite:
        path.write_bytes(b"old")
    before = names(tmp_path)
    with largest_file(1000), pytest.raises(OutputNotWritable, match="larger than this disk or your limit"):
        write_whole(path, lambda stream: stream.write(bytes(5000)), overwrite=overwrite)
    assert names(tmp_path) == before
    assert not overwrite or path.read_bytes() == b"old"


def test_a_full_disk_is_named(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, a device that is always full")
    with pytest.raises(OutputNotWritable, match="the disk is full. Free some space"), whole_file(tmp_path / "a.bin") as partial:
        partial.unlink()
        partial.symlink_to("/dev/full")
        with partial.open("wb", buffering=0) as stream:
            stream.write(b"a byte")
    assert names(tmp_path) == []


def test_text_is_appended_whole_or_not_at_all(tmp_path):
    path = tmp_path / "log.csv"
    append_text(path, "step\n")
    with largest_file(1000), pytest.raises(OutputNotWritable, match="larger than this disk or your limit"):
        append_text(path, "1" * 5000)
    append_text(path, "2\n")
    assert path.read_text() == "step\n2\n"


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError, SystemExit])
def test_a_writer_that_fails_leaves_nothing(tmp_path, failure):
    def write(stream):
        stream.write(b"half")
        raise failure

    with pytest.raises(failure):
        write_whole(tmp_path / "a.bin", write)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere/a.bin", "the folder does not exist"),
        ("file/a.bin", "a file, not a folder"),
        ("folder", "it is a folder"),
        (300 * "x", "its name is too long"),
    ],
)
def test_each_refusal_has_its_reason(tmp_path, name, reason):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    before = names(tmp_path)
    with pytest.raises(OutputNotWritable, match=reason):
        write_whole(tmp_path / name, lambda stream: stream.write(b"a"), overwrite=True)
    assert names(tmp_path) == before


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_appears_with_all_its_files(tmp_path, there):
    target = tmp_path / "series"
    if there:
        target.mkdir()
    with whole_folder(target) as partial:
        (partial / "1.dcm").write_bytes(b"one")
        assert not there or names(target) == []
    assert names(tmp_path) == ["series"]
    assert names(target) == ["1.dcm"]


def test_a_folder_that_fails_half_way_leaves_nothing(tmp_path):
    with largest_file(1000), pytest.raises(OutputNotWritable), whole_folder(tmp_path / "series") as partial:
        (partial / "1.dcm").write_bytes(b"one")
        (partial / "2.dcm").write_bytes(bytes(5000))
    assert names(tmp_path) == []


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(OutputNotWritable, match="holds other files already"), whole_folder(tmp_path):
        pytest.fail("nothing should be written")
    assert names(tmp_path) == ["mine.txt"]


def test_made_folders_go_again_when_what_follows_fails(tmp_path):
    with pytest.raises(ValueError), made_folders(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()
        raise ValueError
    assert names(tmp_path) == []
    with made_folders(tmp_path / "a" / "b"):
        pass
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputNotWritable, match="a file of that name is there already"), made_folders(tmp_path / "file"):
        pass


def test_the_folder_that_is_worked_in_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_writable(".")
    assert names(tmp_path) == []

    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OutputNotWritable, match=f"^{tmp_path.name} could not be written"):
        check_writable(".")
