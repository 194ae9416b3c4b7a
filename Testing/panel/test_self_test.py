"""The module's own self-test, the one that the workflow runs in the real application, passes on the stand-in."""

from __future__ import annotations

import unittest

import pytest


@pytest.mark.slow
def test_the_modules_self_test_passes(host):
    from FluoroDenoise import FluoroDenoiseTest

    result = unittest.TestResult()
    unittest.TestSuite([FluoroDenoiseTest("runTest")]).run(result)
    assert result.testsRun == 1
    assert result.wasSuccessful(), "\n".join(text for _, text in result.errors + result.failures)
