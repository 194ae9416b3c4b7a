"""A real archive (Debian's orthanc, on this machine only) stores derived files and hands them back unchanged."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import make_dicom as make
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import CTImageStorage

from FluoroDenoiseLib.dicom import read_cine, write_derived

ORTHANC = shutil.which("Orthanc") or shutil.which("orthanc", path="/usr/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(not ORTHANC, reason="the archive is absent (Debian package orthanc)")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Archive:
    """Speaks to the running archive over HTTP."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(self, path: str, content: bytes | None = None) -> bytes:
        return self.opener.open(self.address + path, content, timeout=30).read()

    def store(self, file: Path) -> str:
        answer = json.loads(self.ask("/instances", file.read_bytes()))
        assert answer["Status"] == "Success"
        return answer["ID"]

    def awake(self) -> bool:
        try:
            return bool(self.ask("/system"))
        except (urllib.error.URLError, ConnectionError):
            return False


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    port = free_port()
    settings = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "HttpPort": port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": False,
        "Plugins": [],
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    process = subprocess.Popen([ORTHANC, str(folder / "settings.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        archive = Archive(port)
        deadline = time.monotonic() + 30
        while not archive.awake():
            assert process.poll() is None, "the archive ended at once"
            assert time.monotonic() < deadline, "the archive did not start within 30 s"
            time.sleep(0.1)
        yield archive
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def returned(archive: Archive, file: Path, tmp_path: Path) -> Path:
    """What the archive hands back of a file that it was given."""
    back = tmp_path / "back.dcm"
    back.write_bytes(archive.ask(f"/instances/{archive.store(file)}/file"))
    return back


def test_every_kind_of_derived_file_comes_back_byte_for_byte(archive, saved, tmp_path, record):
    for kind, header in make.every_kind().items():
        cine = read_cine(saved(header))
        derived = write_derived(cine.with_frames(cine.frames, record=record), tmp_path / "derived.dcm", overwrite=True)[0]
        back = returned(archive, derived, tmp_path)
        assert hashlib.sha256(back.read_bytes()).digest() == hashlib.sha256(derived.read_bytes()).digest(), kind
        assert np.array_equal(read_cine(back).frames, cine.frames), kind


def test_the_archive_files_source_and_derived_in_one_study_and_two_series(archive, saved, tmp_path, record):
    source = saved(make.xa())
    cine = read_cine(source)
    derived = write_derived(cine.with_frames(cine.frames, record=record), tmp_path / "derived.dcm")[0]
    instances = [json.loads(archive.ask(f"/instances/{archive.store(file)}")) for file in (source, derived)]
    series = [json.loads(archive.ask(f"/series/{instance['ParentSeries']}")) for instance in instances]
    assert series[0]["ID"] != series[1]["ID"]
    assert series[0]["ParentStudy"] == series[1]["ParentStudy"]


def test_the_archive_decodes_the_frames_that_were_written(archive, saved, tmp_path, record):
    cine = read_cine(saved(make.xa(make.noise(3, 8), 8)))
    derived = write_derived(cine.with_frames(cine.frames, record=record), tmp_path / "derived.dcm")[0]
    instance = archive.store(derived)
    assert json.loads(archive.ask(f"/instances/{instance}/frames")) == [0, 1, 2]
    frame = archive.ask(f"/instances/{instance}/frames/1/raw")
    assert np.array_equal(np.frombuffer(frame, np.uint8).reshape(cine.shape[1:]), cine.frames[1])


def test_a_derived_series_stays_a_series(archive, tmp_path, record):
    make.slices(CTImageStorage, "CT", [0.0, 2.0, 4.0], tmp_path / "in")
    cine = read_cine(tmp_path / "in")
    files = write_derived(cine.with_frames(cine.frames, record=record), tmp_path / "out", original=cine)
    parents = {json.loads(archive.ask(f"/instances/{archive.store(file)}"))["ParentSeries"] for file in files}
    assert len(parents) == 1
    assert len(json.loads(archive.ask(f"/series/{parents.pop()}"))["Instances"]) == 3


def test_a_real_recording_comes_back_with_its_derivation(archive, shared_data, tmp_path, record):
    cine = read_cine(shared_data / "xa-phantom-kragujevac" / "IM6.dcm")
    derived = write_derived(cine.with_frames(cine.frames[::-1], record=record), tmp_path / "derived.dcm", original=cine)[0]
    back = returned(archive, derived, tmp_path)
    assert np.array_equal(read_cine(back).frames, cine.frames[::-1])
    assert "fluoroscopy" in dcmread(back).DerivationDescription
