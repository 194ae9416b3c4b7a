"""The module's own self-test, which the workflow runs in the real application, passes in the stand-in too."""

from __future__ import annotations

import unittest

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("name", ["test_sampleIsDenoisedInPlaceAndRestored", "test_panelDenoisesByOneClick"])
def test_the_self_test_passes(host, name):
    import FluoroDenoise

    outcome = unittest.TextTestRunner().run(unittest.TestSuite([FluoroDenoise.FluoroDenoiseTest(name)]))
    assert outcome.wasSuccessful() and outcome.testsRun == 1
