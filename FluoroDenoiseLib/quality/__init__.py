"""How good is it: noise, edges, bias, what was removed, planted wires; with and without a reference.

`compare` needs the two cines only and is what the user sees; `with_reference` and `challenge` serve tests and the benchmark.
"""

from .challenge import Wire, challenge
from .compare import compare

__all__ = ["Wire", "challenge", "compare"]
