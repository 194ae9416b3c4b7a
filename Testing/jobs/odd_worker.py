"""The real worker, with a few more kinds of work. A first argument may change what it says of its protocol."""

from __future__ import annotations

import sys

from FluoroDenoiseLib.jobs import kinds, protocol, worker

for name in ("double", "deaf", "talkative", "faulty", "suicidal", "abandoning"):
    kinds.KINDS[name] = f"odd_kinds:{name}"

if __name__ == "__main__":
    if sys.argv[1] == "--protocol":
        protocol.VERSION = int(sys.argv[2])
        del sys.argv[1:3]
    print("a launcher's greeting without an end of line", end="", flush=True)
    worker.main()
