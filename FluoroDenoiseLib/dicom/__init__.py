"""Files in and out: DICOM of every kind that holds a grey-scale cine, and NIfTI, NRRD, MetaImage, TIFF stacks, NumPy."""

from .images import write_image
from .read import Survey, cines_in, read_cine, read_cines, survey, survey_files
from .write import write_derived, write_result

__all__ = [
    "Survey",
    "cines_in",
    "read_cine",
    "read_cines",
    "survey",
    "survey_files",
    "write_derived",
    "write_image",
    "write_result",
]
