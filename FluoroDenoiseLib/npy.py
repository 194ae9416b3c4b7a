"""Arrays as .npy, written in steps."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from .steps import Steps


def write_npy(stream: BinaryIO, array: np.ndarray) -> Steps[None]:
    """Writes an array of at least one dimension as .npy, a part along its first at a step.

    np.save would need all of it at once, and would not say why a disk refuses it.
    """
    facts = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_2_0(stream, facts)
    for part in array:
        stream.write(np.ascontiguousarray(part).data)
        yield
