"""The bundled sample cine, and its place in Slicer's Sample Data module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

RESOURCES = Path(__file__).resolve().parent.parent / "Resources"
SAMPLE = RESOURCES / "Sample" / "FluoroDenoise-sample.dcm"


def registerSample(load: Callable) -> None:
    """Lists the sample; `load` takes Slicer's SampleDataSource and returns the nodes that it made."""
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="FluoroDenoise",
        sampleName="FluoroDenoiseSample",
        nodeNames="FluoroDenoiseSample",
        thumbnailFileName=str(RESOURCES / "Icons" / "FluoroDenoise.png"),
        customDownloader=load,
    )
