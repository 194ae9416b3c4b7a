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
        uris=SAMPLE.as_uri(),  # for Slicer's bookkeeping, which wants both for each node; nothing is downloaded
        fileNames=SAMPLE.name,
        thumbnailFileName=str(RESOURCES / "Icons" / "FluoroDenoise.png"),
        customDownloader=load,
    )
