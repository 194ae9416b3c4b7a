"""Stored values arrive unaltered whatever their bits, sign, byte order and photometric interpretation."""

from __future__ import annotations

import make_dicom as make
import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless, XRayAngiographicImageStorage

from FluoroDenoiseLib.dicom import read_cine, write_derived
from FluoroDenoiseLib.dicom.extended_jpeg import _signed
from FluoroDenoiseLib.errors import UnreadableInput


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16, 32])
@pytest.mark.parametrize("signed", [False, True])
def test_bits_and_sign_are_kept(saved, bits, signed):
    frames = make.noise(bits=bits, signed=signed)
    cine = read_cine(saved(make.xa(frames, bits)))
    assert np.array_equal(cine.frames, frames)
    assert cine.frames.dtype == frames.dtype
    assert cine.valid_range == (int(frames.min()), int(frames.max()))


def test_what_lies_in_unused_bits_is_no_part_of_the_value(saved):
    frames = make.noise(bits=12)
    cine = read_cine(saved(make.xa(frames | 0x3000)))
    assert np.array_equal(cine.frames, frames)


def test_negative_values_are_extended_from_their_stored_bits(saved):
    frames = make.noise(bits=12, signed=True)
    cine = read_cine(saved(make.xa(frames & 0x0FFF)))
    assert np.array_equal(cine.frames, frames)


@pytest.mark.parametrize("planar", [0, 1])
def test_grey_kept_as_rgb_becomes_one_sample(saved, planar):
    frames = make.noise(3, 8)
    header = make.grey_rgb(frames)
    if planar:
        header.PlanarConfiguration = 1
        header.PixelData = np.repeat(frames[:, None], 3, axis=1).tobytes()
    cine = read_cine(saved(header))
    assert np.array_equal(cine.frames, frames)


def test_grey_kept_as_luminance_and_chrominance_becomes_one_sample(saved):
    frames = make.noise(2, 8)
    header = make.grey_rgb(frames)
    header.PhotometricInterpretation = "YBR_FULL"
    header.PixelData = np.stack([frames, np.full_like(frames, 128), np.full_like(frames, 128)], axis=-1).tobytes()
    assert np.array_equal(read_cine(saved(header)).frames, frames)


def test_one_coloured_pixel_is_colour(saved):
    header = make.grey_rgb(make.noise(3, 8))
    pixels = bytearray(header.PixelData)
    pixels[-1] ^= 1
    header.PixelData = bytes(pixels)
    with pytest.raises(UnreadableInput, match="in colour"):
        read_cine(saved(header))


def test_a_grey_palette_is_applied(saved):
    frames, table = make.noise(2, 8), np.arange(256) * 257
    header = make.xa(frames, 8)
    make.palette(header, table)
    cine = read_cine(saved(header))
    assert np.array_equal(cine.frames, table[frames])
    assert cine.valid_range == (0, 65535)


def test_a_grey_palette_of_few_bits_for_many_is_applied(saved, tmp_path):
    frames, table = make.noise(2, 16) % 256, np.arange(256)[::-1]
    header = make.xa(frames, 16)
    make.palette(header, table, bits=8)
    cine = read_cine(saved(header))
    assert np.array_equal(cine.frames, table[frames])
    assert (cine.frames.dtype, cine.valid_range) == (np.uint8, (0, 255))
    assert np.array_equal(read_cine(write_derived(cine, tmp_path / "derived.dcm")[0]).frames, cine.frames)


def test_a_coloured_palette_is_colour(saved):
    header = make.xa(make.noise(2, 8), 8)
    make.palette(header, np.arange(256), np.arange(256)[::-1])
    with pytest.raises(UnreadableInput, match="in colour"):
        read_cine(saved(header))


def test_big_endian_and_rle_hold_the_same_values(saved):
    frames = make.noise()
    assert np.array_equal(read_cine(saved(make.big_endian(make.xa(frames)))).frames, frames)
    packed = make.xa(frames)
    packed.compress(RLELossless)
    assert np.array_equal(read_cine(saved(packed)).frames, frames)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_a_file_without_preamble_is_read(tmp_path, syntax):
    frames, path = make.noise(), tmp_path / "old"
    header = make.xa(frames)
    meta = header.file_meta
    del header.file_meta
    header.save_as(path, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True)
    assert meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert path.read_bytes()[128:132] != b"DICM"
    assert np.array_equal(read_cine(path).frames, frames)


def test_surplus_frames_beyond_the_count_are_left_out(saved):
    frames = make.noise(4)
    cine = read_cine(saved(make.image(XRayAngiographicImageStorage, "XA", frames, 12, NumberOfFrames=3)))
    assert np.array_equal(cine.frames, frames[:3])


def test_signed_values_behind_lossy_jpeg_keep_their_sign():
    stored = np.array([[0, 2047, 2048, 4000, 4095]], np.uint16)
    np.testing.assert_array_equal(_signed(stored, 12), np.array([[0, 2047, -2048, -96, -1]], np.int16))
