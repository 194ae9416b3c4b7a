"""Only what lies inside a region changes, wherever nodes and regions were moved to."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk
from mrml_scene import a_cine_of, noisy, pixels, volume

from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.mrml import denoise_node, load, region_weights


def roi(scene, center, size):
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    node.SetCenter(center)
    node.SetSize(size)
    return node


def moved(scene, node, rotate=0.0, move=(0.0, 0.0, 0.0), scale=1.0):
    """Puts a node below a new linear transform."""
    transform = vtk.vtkTransform()
    transform.Translate(*move)
    transform.RotateZ(rotate)
    transform.Scale(scale, scale, scale)
    parent = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "T")
    parent.SetMatrixTransformToParent(transform.GetMatrix())
    node.SetAndObserveTransformNodeID(parent.GetID())
    return node


def box(rows: slice, columns: slice, shape=(64, 80)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[rows, columns] = True
    return mask


def test_an_roi_on_an_image_sequence_finds_its_pixels_though_both_axes_are_negated(scene):
    sequence = load(a_cine_of(pixel_spacing=(0.5, 0.25)), scene)[0]
    # Column i lies at R = -0.25 i, row j at A = -0.5 j: columns 20 to 40, rows 10 to 30.
    weights = region_weights(roi(scene, (-7.5, -10, 0), (5.1, 10.1, 4)), sequence)
    assert weights.shape == (64, 80)
    assert weights.dtype == np.float32
    assert np.array_equal(weights > 0, box(slice(10, 31), slice(20, 41)))


def test_the_weight_rises_over_a_few_pixels_and_is_one_within(scene, a_sequence):
    weights = region_weights(roi(scene, (-30, -30, 0), (40.1, 40.1, 4)), a_sequence)
    across = weights[30]
    assert np.all(np.diff(across[9:20]) >= 0)
    assert across[9] == 0 < across[10] < across[12] < 1
    assert np.all(across[15:46] == 1)
    assert across[51] == 0


def test_the_edge_of_the_image_is_no_border(scene, a_sequence):
    weights = region_weights(roi(scene, (-10, -30, 0), (40, 200, 4)), a_sequence)
    assert np.all(weights[:, :20] == 1)


def test_an_roi_over_the_whole_image_is_one_everywhere(scene, a_sequence):
    assert np.all(region_weights(roi(scene, (-40, -30, 0), (400, 400, 4)), a_sequence) == 1)


def test_an_roi_turned_inside_out_keeps_its_inside_untouched(scene, a_sequence):
    region = roi(scene, (-30, -30, 0), (20.1, 20.1, 4))
    region.SetInsideOut(True)
    assert np.array_equal(region_weights(region, a_sequence) == 0, box(slice(20, 41), slice(20, 41)))


def test_moving_the_image_and_the_roi_together_changes_nothing(scene, its_proxy):
    region = roi(scene, (-30, -30, 0), (20.1, 30.1, 4))
    before = region_weights(region, its_proxy)
    for node in (its_proxy, region):
        moved(scene, node, rotate=33, move=(5, 70, -12), scale=1.7)
    assert np.array_equal(region_weights(region, its_proxy) > 0, before > 0)


def test_a_transform_on_the_proxy_shifts_the_region(scene, a_sequence, its_proxy):
    region = roi(scene, (-30, -30, 0), (20.1, 20.1, 4))
    moved(scene, its_proxy, move=(7, -4, 0))
    for node in (its_proxy, a_sequence):
        assert np.array_equal(region_weights(region, node) > 0, box(slice(16, 37), slice(27, 48)))


def test_a_turned_roi_agrees_with_slicers_own_planes(scene, a_sequence):
    region = moved(scene, roi(scene, (-20, -30, 0), (30, 12, 4)), rotate=25, move=(3, 2, 0))
    inside = region_weights(region, a_sequence) > 0
    planes = vtk.vtkPlanes()
    region.GetPlanesWorld(planes, False)
    for row, column in np.random.default_rng(0).integers(0, (64, 80), (300, 2)):
        assert inside[row, column] == (planes.EvaluateFunction(-column, -row, 0) <= 0)


def test_a_warped_image_is_followed(scene, its_proxy):
    """Thin-plate splines and grids are no matrices."""
    corners = [(0, 0, 0), (-79, 0, 0), (0, -63, 0), (-79, -63, 0), (-40, -30, 0), (0, 0, 9)]
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for corner in corners:
        source.InsertNextPoint(*corner)
        target.InsertNextPoint(corner[0] + (6 if corner == corners[4] else 0), *corner[1:])
    spline = vtk.vtkThinPlateSplineTransform()
    spline.SetBasisToR()
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    warp = scene.AddNewNodeByClass("vtkMRMLTransformNode", "warp")
    warp.SetAndObserveTransformToParent(spline)
    its_proxy.SetAndObserveTransformNodeID(warp.GetID())
    inside = region_weights(roi(scene, (-34, -30, 0), (1.5, 1.5, 4)), its_proxy) > 0
    assert inside[30, 40]
    assert not inside[30, 34]


def test_a_volume_gets_a_mask_for_each_slice(scene):
    node = volume(scene, "frames", noisy(), spacing=(1, 1, 2))
    weights = region_weights(roi(scene, (30, 30, 4), (20.1, 20.1, 4.1)), node)
    assert weights.shape == (6, 64, 80)
    assert [bool(each.any()) for each in weights] == [False, True, True, True, False, False]


@pytest.fixture
def a_segment(scene, its_proxy):
    """Rows 10 to 30 and columns 20 to 40, painted on the cine."""
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "S")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(its_proxy)
    labels = slicer.vtkOrientedImageData()
    labels.SetExtent(20, 40, 10, 30, 0, 0)
    labels.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    labels.GetPointData().GetScalars().Fill(1)
    matrix = vtk.vtkMatrix4x4()
    its_proxy.GetIJKToRASMatrix(matrix)
    labels.SetImageToWorldMatrix(matrix)
    segment = slicer.vtkSegment()
    segment.SetName("heart")
    segment.AddRepresentation("Binary labelmap", labels)
    segmentation.GetSegmentation().AddSegment(segment, "heart")
    return segmentation, "heart"


def test_a_segment_painted_on_the_cine_selects_its_pixels(a_segment, a_sequence):
    assert np.array_equal(region_weights(a_segment, a_sequence) > 0, box(slice(10, 31), slice(20, 41)))


def test_a_segment_follows_the_transforms_of_both(scene, a_segment, its_proxy):
    moved(scene, a_segment[0], move=(-5, -3, 0))
    assert np.array_equal(region_weights(a_segment, its_proxy) > 0, box(slice(13, 34), slice(25, 46)))
    its_proxy.SetAndObserveTransformNodeID(a_segment[0].GetTransformNodeID())
    assert np.array_equal(region_weights(a_segment, its_proxy) > 0, box(slice(10, 31), slice(20, 41)))


def test_pixels_outside_the_region_stay_as_they_were(scene, a_sequence, denoiser):
    before = pixels(a_sequence)
    region = roi(scene, (-30, -30, 0), (30, 30, 4))
    denoise_node(a_sequence, denoiser, region=region)
    outside = region_weights(region, a_sequence) == 0
    assert np.array_equal(pixels(a_sequence)[:, outside], before[:, outside])
    assert np.mean(pixels(a_sequence)[:, ~outside] != before[:, ~outside]) > 0.5


def test_slices_of_a_volume_outside_the_region_stay_as_they_were(scene, denoiser):
    node = volume(scene, "frames", noisy(), spacing=(1, 1, 2))
    denoise_node(node, denoiser, region=roi(scene, (30, 30, 4), (30, 30, 4.1)))
    changed = [bool((new != old).any()) for new, old in zip(pixels(node), noisy(), strict=True)]
    assert changed == [False, True, True, True, False, False]


def test_a_region_beside_the_image_is_refused(scene, a_sequence):
    with pytest.raises(UnsuitableCine, match="The region R touches no pixel of cine. Move it over the image"):
        region_weights(roi(scene, (500, 0, 0), (3, 3, 3)), a_sequence)


def test_an_absent_or_unpainted_segment_is_refused(a_segment, a_sequence):
    with pytest.raises(UnsuitableCine, match="S has no segment 'liver'"):
        region_weights((a_segment[0], "liver"), a_sequence)
    empty = a_segment[0].GetSegmentation().AddEmptySegment("lung")
    with pytest.raises(UnsuitableCine, match="touches no pixel|no labelmap"):
        region_weights((a_segment[0], empty), a_sequence)
