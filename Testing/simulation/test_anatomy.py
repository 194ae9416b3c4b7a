from __future__ import annotations

import numpy as np
import pytest
import SimpleITK

from FluoroDenoiseLib.errors import UnreadableInput, UnsuitableCine
from FluoroDenoiseLib.simulation import View, load_volume, project
from FluoroDenoiseLib.simulation.anatomy import HEART, WALL, WATER_PER_MM


def _ball_place(volume, view):
    """(row, column) in mm from the middle of the detector of what the left ball adds to the opposite side of the body."""
    mirrored = type(volume)(volume.attenuation[:, :, ::-1].copy(), volume.rigid, volume.spacing, "mirrored")
    extra = np.clip(project(volume, view, (80, 80), 3.0).sum(0) - project(mirrored, view, (80, 80), 3.0).sum(0), 0, None)
    rows, columns = np.mgrid[:80, :80] * 3.0 - 118.5
    return (extra * rows).sum() / extra.sum(), (extra * columns).sum() / extra.sum()


def test_a_ray_through_the_middle_counts_the_water_on_its_way(body):
    line = project(body, View(rotation=90, isocentre=(-30, 0, 0)), (9, 9), 1.0).sum(0)[4, 4]
    assert line == pytest.approx(180 * WATER_PER_MM, rel=0.02)


def test_layers_share_the_tissue_without_loss(body):
    small, large = (project(body, View(heart_radius=r), (40, 40), 4.0) for r in (20.0, 60.0))
    assert np.allclose(small.sum(0), large.sum(0), atol=1e-3)
    assert small[HEART].sum() < 0.3 * large[HEART].sum()


def test_the_spine_is_in_the_layer_that_does_not_breathe(body):
    layers = project(body, View(isocentre=(0, -20, 0), heart_radius=40.0), (41, 41), 2.0)
    assert layers[WALL][20, 20] == pytest.approx(30 * 2 * WATER_PER_MM, rel=0.1)
    assert layers[WALL][20, 0] == pytest.approx(0.0, abs=1e-3)


def test_the_image_is_seen_as_facing_the_patient(body):
    row, column = _ball_place(body, View())
    assert row < -30 and column > 40  # head up, the patient's left on the right


def test_a_shadow_is_magnified_by_the_cone(body):
    magnification = 1050 / 750
    _, column = _ball_place(body, View())
    assert column == pytest.approx(50 * magnification, rel=0.05)


def test_turning_to_the_left_brings_the_left_side_to_the_middle(body):
    _, column = _ball_place(body, View(rotation=89))
    assert abs(column) < 12


def test_a_ct_is_read_as_attenuation_and_its_table_taken_away(tmp_path):
    hounsfield = np.full((6, 96, 96), -1000, np.int16)
    y, x = np.mgrid[:96, :96]
    hounsfield[:, np.hypot(y - 40, x - 48) < 30] = 0
    hounsfield[:, 86:89, 20:76] = 300
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(hounsfield), str(tmp_path / "ct.nii.gz"))
    volume = load_volume(tmp_path / "ct.nii.gz")
    back = volume.attenuation if volume.attenuation[3, 40, 48] > 0 else volume.attenuation[:, ::-1]
    assert back[3, 40, 48] == pytest.approx(WATER_PER_MM, rel=1e-3)
    water = WATER_PER_MM * (np.hypot(y - 40, x - 48) < 30).sum()
    assert volume.attenuation[3].sum() == pytest.approx(water, rel=0.01)


def test_a_file_that_is_no_image_is_named(tmp_path):
    (tmp_path / "notes.nii.gz").write_text("no image")
    with pytest.raises(UnreadableInput, match=r"notes\.nii\.gz cannot be read"):
        load_volume(tmp_path / "notes.nii.gz")


def _written(folder, values, name="ct.nii.gz"):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values.astype(np.float32)), str(folder / name))
    return folder / name


@pytest.mark.parametrize("name", ["ct.nii.gz", "ct.nii"])
def test_a_ct_that_was_cut_short_is_told(tmp_path, name):
    """SimpleITK fills it with zeros, which would be water."""
    path = _written(tmp_path, np.random.default_rng(0).uniform(-1000, 500, (8, 64, 64)), name)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(UnreadableInput, match=f"{name} cannot be read, it is damaged or cut short"):
        load_volume(path)


def test_what_a_nifti_file_is_is_told_by_its_content(tmp_path):
    values = np.linspace(-1000, 500, 2048).reshape(8, 16, 16)
    plain = _written(tmp_path, values, "ct.nii").rename(tmp_path / "plain.nii.gz")
    longer = _written(tmp_path, values)
    longer.write_bytes(longer.read_bytes() + b"trailing")
    for path in (plain, longer):
        assert load_volume(path).attenuation.shape == values.shape


def test_a_pair_of_files_of_which_one_may_be_cut_short_is_no_ct(tmp_path):
    path = _written(tmp_path, np.linspace(-1000, 500, 2048).reshape(8, 16, 16), "ct.hdr")
    with pytest.raises(UnreadableInput, match=r"ct\.hdr is one of a pair of files; give the CT as one"):
        load_volume(path)


def test_gaps_of_a_ct_do_not_become_water(tmp_path):
    values = np.linspace(-1000, 500, 2048).reshape(8, 16, 16)
    assert load_volume(_written(tmp_path, values)).attenuation.shape == values.shape
    values[3, 4, 5] = np.nan
    with pytest.raises(UnsuitableCine, match=r"Found NaN or infinity in ct\.nii\.gz"):
        load_volume(_written(tmp_path, values))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full((8, 16, 16), 100.0), "from 100 to 100 .* expected Hounsfield units"),
        (np.linspace(0, 255, 2048).reshape(8, 16, 16), "from 0 to 255 .* expected Hounsfield units"),
        (np.where(np.arange(2048) == 5, np.nan, -700.0).reshape(8, 16, 16), "expected Hounsfield units"),
        (np.linspace(-1000, 500, 768).reshape(3, 16, 16), "Found 3 slices"),
    ],
)
def test_what_is_no_ct_is_told(tmp_path, values, message):
    with pytest.raises(UnsuitableCine, match=message):
        load_volume(_written(tmp_path, values, "ct.nrrd"))  # the reader of NIfTI puts 0 for NaN


@pytest.mark.slow
def test_a_real_chest_attenuates_as_chests_do(shared_data):
    volume = load_volume(shared_data / "ct" / "chest-lungfcp.nii.gz")
    line = project(volume, View(), (60, 60), 2.0).sum(0)
    assert np.percentile(line, 2) > 1.5 and np.percentile(line, 98) < 8.0
