"""The named errors a user can meet.

Every message is one clear sentence that says what was found, what was expected, and what to do. `exit_code` is what the
command line returns for it.
"""


NO_MEMORY = "The cine needs more memory than there is. Close other programs, or cut it shorter."
"""What a user is told of a MemoryError."""


class FluoroDenoiseError(Exception):
    """Base of every error that is meant for the user's eyes."""

    exit_code = 1


class UnreadableInput(FluoroDenoiseError):
    """The file or folder cannot be read as a cine: not an image, damaged, in colour, or in an unsupported syntax."""

    exit_code = 3


class UnsuitableCine(FluoroDenoiseError):
    """What was read or asked for does not fit: constant or non-finite pixels, an unsupported shape, a strength above 1."""

    exit_code = 4


class OutputNotWritable(FluoroDenoiseError):
    """The result could not be written; nothing partial was left behind."""

    exit_code = 5


class ModelUnavailable(FluoroDenoiseError):
    """The model is unknown, damaged, of another hash, not for what is asked, or of a version that this code does not read."""

    exit_code = 6


class DeviceUnavailable(FluoroDenoiseError):
    """The requested device does not exist on this machine."""

    exit_code = 7


class TrainingDiverged(FluoroDenoiseError):
    """The loss or its gradient is no longer a number, or the score has exploded; the last good checkpoint is kept."""

    exit_code = 11


class Cancelled(FluoroDenoiseError):
    """The user stopped the run; nothing was changed."""

    exit_code = 8


class SourceMismatch(FluoroDenoiseError):
    """Pixels do not belong to the source they claim, or were edited since: going on could lose somebody's work."""

    exit_code = 9


class EditedSince(SourceMismatch):
    """Somebody edited the frames after they were denoised: the edit can be kept as a copy, or discarded, but not overlooked."""


class WorkerFailed(FluoroDenoiseError):
    """The worker process ended unexpectedly or speaks another protocol version."""

    exit_code = 10
