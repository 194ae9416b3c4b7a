"""The Sample Data module's registry."""

from __future__ import annotations


class SampleDataSource:
    """One sample."""

    def __init__(
        self,
        sampleName=None,
        nodeNames=None,
        thumbnailFileName=None,
        customDownloader=None,
        uris=None,
        fileNames=None,
        **rest,
    ):
        uris, fileNames = ([given] if isinstance(given, str) else given for given in (uris, fileNames))
        if len(uris) != len(fileNames):  # None has no length, in Slicer neither
            raise ValueError("Found other numbers of URIs and file names.")
        self.sampleName, self.nodeNames, self.thumbnailFileName = sampleName, nodeNames, thumbnailFileName
        self.customDownloader = customDownloader


class SampleDataLogic:
    """Registers and loads samples."""

    _sources: dict[str, list[SampleDataSource]] = {}

    @staticmethod
    def registerCustomSampleDataSource(category="Custom", **source):
        """Offers a sample."""
        SampleDataLogic._sources.setdefault(category, []).append(SampleDataSource(**source))

    @staticmethod
    def sampleDataSourcesByCategory(category=None):
        """The samples of a category, or of all."""
        return SampleDataLogic._sources.get(category, []) if category else SampleDataLogic._sources

    def sourceForSampleName(self, sampleName):
        """The sample of this name, or None."""
        sources = (source for sources in SampleDataLogic._sources.values() for source in sources)
        return next((source for source in sources if source.sampleName == sampleName), None)

    def downloadSamples(self, sampleName):
        """Loads a sample, as a click on its picture does."""
        source = self.sourceForSampleName(sampleName)
        return source.customDownloader(source)
