"""An altered node names neither the source's file nor its DICOM instances, and says what was done to it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import slicer
from mrml_scene import Application, a_cine_of, nodes, noisy, pixels, play, volume, write
from test_in_place import RECORD, edited, halved

from FluoroDenoiseLib.mrml import load, original_node, restore_node
from FluoroDenoiseLib.mrml.identity import instance_uids
from FluoroDenoiseLib.mrml.node_frames import NodeFrames

UIDS = "DICOM.instanceUIDs"


def sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def a_saved_volume(scene, tmp_path):
    """A volume whose storage node names the user's file, just read or written."""
    node = volume(scene, "knee", noisy())
    node.AddDefaultStorageNode()
    node.GetStorageNode().SetFileName(str(tmp_path / "precious.nrrd"))
    write(node, tmp_path)
    return node


@pytest.fixture
def a_saved_sequence(a_sequence, tmp_path):
    a_sequence.GetStorageNode().SetFileName(str(tmp_path / "precious.seq.nrrd"))
    write(a_sequence, tmp_path)
    return a_sequence


def test_saving_everything_after_denoising_leaves_the_source_file_as_it_was(app, a_saved_volume, a_saved_sequence, tmp_path):
    files = [tmp_path / "precious.nrrd", tmp_path / "precious.seq.nrrd"]
    before = [sha(file) for file in files]
    for node in (a_saved_volume, a_saved_sequence):
        edited(node, halved(node))
    app.save_everything(tmp_path)
    assert [sha(file) for file in files] == before
    assert {"knee-denoised.nrrd", "cine-denoised.seq.nrrd"} <= {file.name for file in tmp_path.iterdir()}


def test_without_the_new_name_saving_would_have_overwritten_it(app, a_saved_volume, tmp_path):
    before = sha(tmp_path / "precious.nrrd")
    slicer.util.updateVolumeFromArray(a_saved_volume, halved(a_saved_volume))
    app.save_everything(tmp_path)
    assert sha(tmp_path / "precious.nrrd") != before


def test_saving_everything_after_restoring_overwrites_neither_the_source_nor_the_saved_result(app, a_saved_volume, tmp_path):
    edited(a_saved_volume, halved(a_saved_volume))
    app.save_everything(tmp_path)
    files = [tmp_path / "precious.nrrd", tmp_path / "knee-denoised.nrrd"]
    before = [sha(file) for file in files]
    restore_node(a_saved_volume)
    app.save_everything(tmp_path)
    assert [sha(file) for file in files] == before


def test_a_second_denoising_does_not_overwrite_the_saved_first(app, a_saved_volume, tmp_path):
    edited(a_saved_volume, halved(a_saved_volume))
    app.save_everything(tmp_path)
    before = sha(tmp_path / "knee-denoised.nrrd")
    edited(a_saved_volume, halved(a_saved_volume))
    app.save_everything(tmp_path)
    assert sha(tmp_path / "knee-denoised.nrrd") == before
    assert (tmp_path / "knee-denoised-2.nrrd").is_file()


def test_a_series_of_dicom_files_is_let_go_of_as_a_whole(scene, tmp_path):
    node = volume(scene, "chest: low/dose", noisy())
    node.AddDefaultStorageNode()
    storage = node.GetStorageNode()
    slices = [str(tmp_path / f"{k}.dcm") for k in range(6)]
    storage.SetFileName(slices[0])
    for each in slices:
        storage.AddFileName(each)
    edited(node, halved(node))
    assert storage.GetNumberOfFileNames() == 0
    assert storage.GetFileName() == str(tmp_path / "chest_ low_dose-denoised.nrrd")


def test_a_dicom_file_read_as_a_volume_survives_saving_everything(app, scene, an_xa_file, tmp_path):
    """Slicer's volume reader leaves the DICOM file's name on the storage node; a default save would replace the file."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "run")
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    scene.AddNode(storage)
    node.SetAndObserveStorageNodeID(storage.GetID())
    storage.SetFileName(str(an_xa_file))
    assert storage.ReadData(node)
    before = sha(an_xa_file)
    edited(node, halved(node))
    app.save_everything(tmp_path)
    assert sha(an_xa_file) == before
    assert (tmp_path / "run-denoised.nrrd").is_file()


def test_an_altered_node_is_offered_for_saving(a_saved_sequence, a_saved_volume):
    for node in (a_saved_sequence, a_saved_volume):
        edited(node, halved(node))
        assert node.GetModifiedSinceRead()
        assert original_node(node).GetModifiedSinceRead()


def test_dicom_identifiers_are_set_aside_and_come_back_with_the_original(a_sequence, its_browser, its_proxy):
    for t in range(6):
        a_sequence.GetNthDataNode(t).SetAttribute(UIDS, f"1.2.{t}")
    a_sequence.Modified()
    edited(its_proxy, halved(a_sequence))
    for item in play(its_browser):
        assert its_proxy.GetAttribute(UIDS) is None
        assert its_proxy.GetAttribute("FluoroDenoise.instanceUIDs") == f"1.2.{item}"
        assert original_node(its_proxy).GetAttribute(UIDS) == f"1.2.{item}"
    restore_node(its_proxy)
    for item in play(its_browser):
        assert its_proxy.GetAttribute(UIDS) == f"1.2.{item}"
        assert its_proxy.GetAttribute("FluoroDenoise.instanceUIDs") is None


def test_a_scene_that_was_saved_knows_the_files_of_its_sequences(app, scene, tmp_path):
    opened = load(a_cine_of(), scene)[0]
    for t in range(6):
        opened.GetNthDataNode(t).SetAttribute(UIDS, f"1.2.{t}")
    edited(opened, halved(opened))
    app.save_everything(tmp_path)
    reopened = Application()
    reopened.open(tmp_path / "scene.mrml")
    sequence = next(node for node in nodes(reopened.scene, "vtkMRMLSequenceNode") if node.GetName() == opened.GetName())
    assert instance_uids(NodeFrames(sequence)) == [f"1.2.{t}" for t in range(6)]
    restore_node(sequence)
    assert instance_uids(NodeFrames(sequence)) == [f"1.2.{t}" for t in range(6)]


def test_the_subject_hierarchy_lets_go_of_the_dicom_series_too(scene):
    node = volume(scene, "chest", noisy())
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
    said = {"DICOM": "1.2.3", "DICOMInstanceUID": "1.2.3.1 1.2.3.2"}
    for name, uid in said.items():
        hierarchy.SetItemUID(item, name, uid)
    edited(node, halved(node))
    assert [hierarchy.GetItemUID(item, name) for name in said] == ["", ""]
    restore_node(node)
    assert {name: hierarchy.GetItemUID(item, name) for name in said} == said


def test_the_node_says_what_was_done_to_it(a_sequence, its_proxy):
    edited(a_sequence, halved(a_sequence))
    assert json.loads(a_sequence.GetAttribute("FluoroDenoise.record")) == RECORD
    said = "FluoroDenoise 0.1.0: model m (abababababab), review, strength 1.0"
    assert its_proxy.GetAttribute("FluoroDenoise.done") == said
    assert a_sequence.GetNthDataNode(5).GetAttribute("FluoroDenoise.done") == said
    assert original_node(its_proxy).GetAttribute("FluoroDenoise.done") is None


def test_a_restored_node_says_nothing_of_it_anymore(a_sequence, its_browser, its_proxy):
    before = pixels(a_sequence)
    edited(a_sequence, halved(a_sequence))
    restore_node(a_sequence)
    assert np.array_equal(pixels(a_sequence), before)
    for _ in play(its_browser):
        assert not [name for name in its_proxy.GetAttributeNames() if name.startswith("FluoroDenoise.")]
    assert [name for name in a_sequence.GetAttributeNames() if name.startswith("FluoroDenoise.")] == ["FluoroDenoise.cine"]
