"""Runs FluoroDenoiseTest in the real application and ends it with an exit status: Slicer --python-script run_in_slicer.py"""

import traceback

import slicer
import slicer.testing

try:
    # The module is found through --additional-module-paths.
    slicer.testing.runUnitTest([], "FluoroDenoise")
except BaseException:
    traceback.print_exc()
    slicer.util.exit(1)
else:
    slicer.util.exit(0)
