"""What must never happen when writing: an original lost, another cine's header, half a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import make_dicom as make
import numpy as np
import pytest
from pydicom.uid import CTImageStorage

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.dicom import read_cine, write_derived, write_result
from FluoroDenoiseLib.errors import OutputNotWritable, SourceMismatch, UnreadableInput


@pytest.fixture
def source(saved) -> Path:
    return saved(make.xa())


def test_the_source_is_never_overwritten_even_when_overwriting_is_allowed(source):
    before = source.read_bytes()
    cine = read_cine(source)
    with pytest.raises(OutputNotWritable, match="original itself"):
        write_derived(cine, source, overwrite=True)
    assert source.read_bytes() == before


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_to_the_source_is_the_source(source, tmp_path, link):
    link(source, tmp_path / "other.dcm")
    with pytest.raises(OutputNotWritable, match="original itself"):
        write_derived(read_cine(source), tmp_path / "other.dcm", overwrite=True)
    assert np.array_equal(read_cine(source).frames, make.noise())


def test_an_existing_file_is_overwritten_only_when_allowed(source, tmp_path):
    target = tmp_path / "derived.dcm"
    target.write_text("precious")
    with pytest.raises(OutputNotWritable, match="exists"):
        write_derived(read_cine(source), target)
    assert target.read_text() == "precious"
    write_derived(read_cine(source), target, overwrite=True)
    assert np.array_equal(read_cine(target).frames, make.noise())


def test_the_folder_of_the_sources_is_refused_for_a_series(tmp_path):
    make.slices(CTImageStorage, "CT", [0.0, 2.0], tmp_path / "in")
    before = {path: path.read_bytes() for path in (tmp_path / "in").iterdir()}
    with pytest.raises(OutputNotWritable):
        write_derived(read_cine(tmp_path / "in"), tmp_path / "in", overwrite=True)
    assert {path: path.read_bytes() for path in (tmp_path / "in").iterdir()} == before


def test_a_source_that_changed_since_is_noticed(source, saved, tmp_path):
    cine = read_cine(source)
    saved(make.xa(make.noise(seed=8)))
    with pytest.raises(SourceMismatch, match="does not hold"):
        write_derived(cine, tmp_path / "derived.dcm", original=cine)
    assert not (tmp_path / "derived.dcm").exists()


def test_one_changed_pixel_is_a_changed_source(source, saved, tmp_path):
    cine = read_cine(source)
    frames = make.noise()
    frames[-1, -1, -1] ^= 1
    saved(make.xa(frames))
    with pytest.raises(SourceMismatch):
        write_derived(cine, tmp_path / "derived.dcm", original=cine)


def test_frames_of_another_type_are_not_forced_into_the_source(source, tmp_path):
    cine = read_cine(source)
    with pytest.raises(SourceMismatch):
        write_derived(cine.with_frames(cine.frames.astype(np.float32)), tmp_path / "derived.dcm")


def test_a_header_that_cannot_be_written_again_is_named(source, tmp_path):
    damaged = source.read_bytes().replace(b"\x08\x00\x50\x00SH", b"\x08\x00\x50\x00Sn", 1)
    source.write_bytes(damaged)
    with pytest.raises(UnreadableInput, match=r"cine\.dcm is damaged"):
        write_derived(read_cine(source), tmp_path / "derived.dcm")
    assert list(tmp_path.iterdir()) == [source]


def test_fewer_functional_groups_than_frames_are_not_made_up(saved, tmp_path):
    header = make.enhanced_xa()
    del header.PerFrameFunctionalGroupsSequence[-1]
    with pytest.raises(UnreadableInput, match="damaged"):
        write_derived(read_cine(saved(header)), tmp_path / "derived.dcm")


def test_a_source_that_is_gone_or_of_another_shape_is_noticed(source, saved, tmp_path):
    cine = read_cine(source)
    saved(make.xa(make.noise(3)))
    with pytest.raises(SourceMismatch):
        write_derived(cine, tmp_path / "derived.dcm")
    source.unlink()
    with pytest.raises(SourceMismatch, match="no longer be read"):
        write_derived(cine, tmp_path / "derived.dcm")


def test_a_cine_that_came_from_no_file_has_nothing_to_be_derived_from(tmp_path):
    with pytest.raises(SourceMismatch, match="not read from"):
        write_result(Cine(make.noise()), tmp_path / "derived.dcm")


def test_a_folder_that_does_not_exist_is_named(source, tmp_path):
    with pytest.raises(OutputNotWritable, match="folder"):
        write_derived(read_cine(source), tmp_path / "absent" / "derived.dcm")


LIMITED = """
import resource, sys
from FluoroDenoiseLib.dicom import read_cine, write_result
from FluoroDenoiseLib.errors import OutputNotWritable
cine = read_cine(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
try:
    write_result(cine, sys.argv[2], original=cine)
except OutputNotWritable as error:
    print(error)
    sys.exit(5)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
@pytest.mark.parametrize("kind", ["dicom", "series", "nifti", "numpy"])
def test_a_disk_that_refuses_more_leaves_nothing_behind(tmp_path, kind):
    frames = make.noise(rows=120, columns=120)
    folder = tmp_path / "out"
    folder.mkdir()
    if kind == "dicom":
        source, target = make.save(make.xa(frames), tmp_path / "in.dcm"), folder / "derived.dcm"
    elif kind == "series":
        source, target = tmp_path / "in", folder / "series"
        source.mkdir()
        for index in range(2):
            header = make.image(
                CTImageStorage, "CT", frames[index : index + 1], 12, SeriesInstanceUID="1.2.3", InstanceNumber=index
            )
            make.save(header, source / f"{index}.dcm")
    else:
        np.save(tmp_path / "in.npy", frames)
        source, target = tmp_path / "in.npy", folder / "out.npy"
        if kind == "nifti":
            import SimpleITK

            source, target = tmp_path / "in.nii", folder / "out.nii"
            SimpleITK.WriteImage(SimpleITK.GetImageFromArray(frames), str(source))
    done = subprocess.run([sys.executable, "-c", LIMITED, source, target], capture_output=True, text=True, cwd=make.REPOSITORY)
    assert done.returncode == 5, done.stderr
    assert "could not be written" in done.stdout
    assert list(folder.iterdir()) == []
