"""What runner and worker say to each other: one JSON object a line, over the worker's stdin and stdout.

Commands to the worker:
    {"command": "run", "job": 1, "kind": "denoise", "folder": "...", "arguments": {...}}
    {"command": "cancel", "job": 1}
Events from the worker:
    {"event": "hello", "protocol": 1}
    {"event": "started", "job": 1}                          its arrays are mapped: their names may vanish now
    {"event": "progress", "job": 1, "done": 5, "total": 30}
    {"event": "done", "job": 1, "result": {...}}
    {"event": "failed", "job": 1, "error": "UnsuitableCine", "message": "..."}
    {"event": "idle"}                                       nothing to do for long: it ends
Arrays never travel here, see `shared_arrays`. End of stdin means that the parent has gone: the worker ends.
"""

from __future__ import annotations

import json
import traceback
from typing import Any

from .. import errors

VERSION = 1
TRACE = 4  # calls of an unexpected error that are shown
Message = dict[str, Any]


def encode(message: Message) -> bytes:
    """One line; NumPy's numbers become plain ones."""
    return json.dumps(message, default=lambda number: number.item()).encode() + b"\n"


def decode(line: bytes) -> Message | None:
    """The message in a line, or None where the line is something else (a library or a launcher that printed)."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) and ("event" in message or "command" in message) else None


def check_hello(message: Message) -> None:
    """Raises WorkerFailed where the worker is of another version."""
    if message.get("protocol") != VERSION:
        raise errors.WorkerFailed(
            f"Found a worker that speaks protocol {message.get('protocol')}; expected {VERSION}. Two versions of "
            "FluoroDenoise are mixed: restart the application, or install it again."
        )


def failure(job: int, error: Exception) -> Message:
    """The event that carries an error to the parent by the name of its class."""
    if isinstance(error, MemoryError):
        error = errors.UnsuitableCine(errors.NO_MEMORY)
    lines = traceback.format_exception(type(error), error, error.__traceback__)[-TRACE:]
    return {"event": "failed", "job": job, "error": type(error).__name__, "message": str(error), "lines": "".join(lines)}


def named_error(message: Message) -> errors.FluoroDenoiseError:
    """The error of a failed event; what has no name in `errors` becomes WorkerFailed with the last lines of its trace."""
    kind = getattr(errors, message["error"], None)
    if isinstance(kind, type) and issubclass(kind, errors.FluoroDenoiseError):
        return kind(message["message"])
    return errors.WorkerFailed(
        f"The worker met an unexpected error ({message['error']}: {message['message']}). Nothing was changed; please "
        f"report it with these lines:\n{message['lines'].rstrip()}"
    )
