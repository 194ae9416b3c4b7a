"""FluoroDenoise: low-dose X-ray cines made clear. Research use only.

    from FluoroDenoiseLib import Cine, Denoiser
    result = Denoiser.load("fluoroscopy").denoise(Cine.read("cine.dcm"))

torch is imported only when a model is loaded.
"""

import os

from .cine import Cine
from .denoiser import Denoiser
from .version import __version__

__all__ = ["Cine", "Denoiser", "__version__"]

# torch's OpenMP reads this when torch is first imported. Left alone, threads compute while they wait for each other, and on a
# busy machine keep the others from the very work that they wait for: beside two other programs, review took four times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
