"""Run by test_figures.py in a process of its own: opens the panel and says how long that took, and what it imported."""

import json
import sys
import time

from Testing.host.desktop import start

host = start()
wall, own = time.perf_counter(), time.thread_time()
host.open()
seconds = {"wall": time.perf_counter() - wall, "own": time.thread_time() - own}
print(json.dumps({**seconds, "heavy": [name for name in ("torch", "cv2", "scipy", "matplotlib") if name in sys.modules]}))
