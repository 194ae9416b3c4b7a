"""FluoroDenoise: low-dose X-ray cines made clear. Research use only.

    from FluoroDenoiseLib import Cine, Denoiser
    result = Denoiser.load("fluoroscopy").denoise(Cine.read("cine.dcm"))

torch is imported only when a model is loaded.
"""

from .cine import Cine
from .denoiser import Denoiser
from .version import __version__

__all__ = ["Cine", "Denoiser", "__version__"]
