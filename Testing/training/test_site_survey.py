"""Which of a site's cines can teach, and what is said of the others."""

import cv2
import numpy as np
import pytest
from site_helpers import site_cine

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.errors import UnreadableInput, UnsuitableCine
from FluoroDenoiseLib.training import clip
from FluoroDenoiseLib.training.clip import MOST_PIXELS, MOST_SIDE, clip_of, without_copies
from FluoroDenoiseLib.training.site_cines import origins, read_written, write_cine, write_cine_steps
from FluoroDenoiseLib.training.survey import Row, look_at, refuse_useless

SALT = b"salt"


def row_of(cine, tmp_path):
    write_cine(cine, tmp_path / "cine.npz")
    (origin,) = origins([str(tmp_path / "cine.npz")])
    return look_at(origin, SALT).row


def through_jpeg(frame, quality=20):
    coded = cv2.imencode(".jpg", (frame // 8).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)


def recursed(cine, rho):
    """Through a vendor's recursive filter."""
    stored = [cine.frames[0].astype(float)]
    for frame in cine.frames[1:]:
        stored.append((1 - rho) * frame + rho * stored[-1])
    return cine.with_frames(np.rint(stored).astype(np.uint16))


def clipped(cine):
    """So much of it that the filter cannot be undone."""
    return cine.with_frames(np.minimum(cine.frames, int(np.quantile(cine.frames, 0.9))))


def test_a_cine_with_noise_can_teach_and_its_noise_is_told(tmp_path):
    row = row_of(site_cine(), tmp_path)
    assert row.usable and not row.why_not
    assert (row.frames, row.rows, row.columns) == (10, 96, 96)
    assert row.noise == pytest.approx(21, rel=0.2)  # 60 after a blur by 0.8 pixels


@pytest.mark.parametrize(
    ("cine", "reason"),
    [
        (site_cine(count=1), "one frame"),
        (site_cine(count=4), "4 frames"),
        (site_cine(traits=frozenset({"slices"})), "slices"),
        (site_cine(record={"software": "FluoroDenoise"}), "denoised by FluoroDenoise before"),
        (Cine(np.full((8, 96, 96), 7, np.uint16)), "1 different frames among its 8"),
        (Cine(np.arange(8, dtype=np.uint16)[:, None, None] * np.ones((96, 96), np.uint16)), "hardly any noise"),
        (Cine(np.repeat(site_cine(count=1).frames, 8, axis=0)), "1 different frames among its 8"),
        (clipped(recursed(site_cine(count=24), 0.6)), "cannot be undone"),
        (Cine(np.stack([through_jpeg(frame) for frame in site_cine(count=12, side=192).frames])), "lossy compression"),
    ],
    ids=["one frame", "few frames", "slices", "denoised", "constant", "flat", "test pattern", "recursion", "lossy"],
)
def test_what_cannot_teach_is_told_with_the_reason(cine, reason, tmp_path):
    row = row_of(cine, tmp_path)
    assert not row.usable
    assert reason in row.why_not


def test_damaged_and_absent_files_are_rows_too(tmp_path):
    (tmp_path / "damaged.npz").write_bytes(b"PK")
    (tmp_path / "notes.txt").write_text("no image")
    sources = [str(tmp_path / "damaged.npz"), str(tmp_path / "absent.dcm"), str(tmp_path / "notes.txt")]
    rows = [look_at(origin, SALT).row for origin in origins(sources)]
    assert [row.source for row in rows] == [0, 1, 2]
    assert not any(row.usable for row in rows) and all(row.why_not for row in rows)


def test_an_empty_folder_is_a_row_too(tmp_path):
    (tmp_path / "nothing here").mkdir()
    (origin,) = origins([str(tmp_path / "nothing here")])
    row = look_at(origin, SALT).row
    assert (row.label, row.usable) == ("nothing here", False)
    with pytest.raises(UnsuitableCine, match=r"Found no files in the folder"):
        refuse_useless([row])


def test_a_written_cine_comes_back_with_what_the_noise_needs_to_know(tmp_path):
    times = np.array([0.0] + [1 / 15, 1 / 10, 1 / 15] * 3)
    covered, traits = np.eye(96, dtype=bool), frozenset({"lossy"})
    cine = site_cine(inverted=True, frame_time=times, covered=covered, traits=traits, name="Secret")
    write_cine(cine, tmp_path / "x.npz")
    back = read_written(tmp_path / "x.npz")
    assert np.array_equal(back.frames, cine.frames) and back.frames.dtype == cine.frames.dtype
    assert np.array_equal(back.frame_time, times) and np.array_equal(back.covered, cine.covered)
    assert (back.intensity, back.inverted, back.traits, back.valid_range) == ("LIN", True, cine.traits, cine.valid_range)
    assert b"Secret" not in (tmp_path / "x.npz").read_bytes()


def test_writing_pauses_after_each_frame_and_leaves_nothing_when_given_up(tmp_path):
    steps = write_cine_steps(site_cine(), tmp_path / "x.npz")
    next(steps)
    assert not (tmp_path / "x.npz").exists()
    steps.close()
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_copy_is_named(tmp_path):
    (tmp_path / "x.npz").write_bytes(b"PK")
    with pytest.raises(UnreadableInput, match="add the cine again"):
        read_written(tmp_path / "x.npz")


def test_two_uneven_frames_keep_their_times(tmp_path):
    write_cine(site_cine(count=2, frame_time=np.array([0.0, 0.1])), tmp_path / "x.npz")
    assert np.array_equal(read_written(tmp_path / "x.npz").frame_time, [0.0, 0.1])


def test_clips_are_bounded_whatever_the_cine():
    steps = np.array([0.0] + [0.05, 0.1, 0.05] * 13)
    long = Cine(np.zeros((40, 1024, 1000), np.uint8), frame_time=steps, covered=np.zeros((1024, 1000), bool))
    middle = clip_of(long)
    assert middle.shape[1:] == (MOST_SIDE, MOST_SIDE) == middle.covered.shape
    assert middle.frames.size <= MOST_PIXELS
    start = (len(long) - len(middle)) // 2
    assert np.array_equal(middle.frame_time, [0.0, *steps[start + 1 : start + len(middle)]])
    assert clip_of(site_cine()).shape == (10, 96, 96)


def test_of_frames_that_were_stored_twice_the_copies_do_not_teach(tmp_path):
    """They share all of their noise with what the network would be shown."""
    cine = site_cine(count=14)
    twice = cine.with_frames(cine.frames.repeat(2, axis=0))
    np.testing.assert_array_equal(without_copies(twice).frames, cine.frames)
    np.testing.assert_allclose(without_copies(twice).frame_time, [0.0] + 13 * [2 / 15])
    write_cine(twice, tmp_path / "twice.npz")
    (origin,) = origins([str(tmp_path / "twice.npz")])
    looked = look_at(origin, SALT)
    assert looked.row.usable and looked.row.frames == 28
    np.testing.assert_array_equal(looked.cine.frames, cine.frames)


def test_uneven_times_add_up_over_the_copies():
    cine = site_cine(count=4, frame_time=np.array([0.0, 0.1, 0.2, 0.4]))
    cine = cine.with_frames(cine.frames[[0, 1, 1, 2]])
    np.testing.assert_allclose(without_copies(cine).frame_time, [0.0, 0.1, 0.6])


def test_a_good_cine_whose_middle_cannot_teach_is_told_with_the_reason(tmp_path, monkeypatch):
    """The beam was off for a while: the frames before and after it are sound."""
    monkeypatch.setattr(clip, "MOST_PIXELS", 10 * 96 * 96)
    cine = site_cine(count=60)
    frames = cine.frames.copy()
    frames[24:36] = 7
    frames[24:36:2, 0, 0] = 8  # or they would count as copies, and be left out
    row = row_of(cine.with_frames(frames), tmp_path)
    assert not row.usable
    assert row.why_not.startswith("Of its middle, which would teach: Found")
    assert row.why_not.endswith("Give a part of the cine that is fit.")


def test_cines_of_two_modalities_are_refused_and_slices_that_are_passed_over_anyway_are_not():
    cine = Row("a", 0, frames=24, modality="XA", usable=True)
    slices = Row("b", 1, frames=40, modality="CT", why_not="Its frames are slices.")
    refuse_useless([cine, slices])
    with pytest.raises(UnsuitableCine, match="1 US, 1 XA"):
        refuse_useless([cine, Row("c", 2, frames=24, modality="US", usable=True), slices])


def test_reasons_that_are_written_down_name_no_file():
    row = Row("DOE_JANE.dcm", 0, why_not="DOE_JANE.dcm is damaged.", files=["scans/doe/DOE_JANE.dcm"])
    assert row.nameless_reason() == "The file is damaged."
    copy = Row("DOE_JANE_1.dcm", 0, why_not="DOE_JANE_1.dcm is a copy of DOE_JANE.dcm.", files=["scans/DOE_JANE_1.dcm"])
    assert copy.nameless_reason() == "The file is a copy of another one."
    assert Row("4", 0, why_not="Found 4 frames.", files=["4"]).nameless_reason() == "Found 4 frames."
    assert Row("Li", 0, why_not="Li is a report.", files=["scans/Li"]).nameless_reason() == "The file is a report."
    with pytest.raises(UnsuitableCine) as raised:
        refuse_useless([row])
    assert "DOE" not in str(raised.value)
