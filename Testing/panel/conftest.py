"""What the panel's tests share: the makers of DICOM files stand in the room next door."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "dicom"))
