"""Writing result frames into the node itself, a few at a time, so that the scene is either as it was or done."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np

from ..cine import Cine
from ..errors import Cancelled, SourceMismatch
from ..steps import Steps
from ..steps import finish as run
from . import history
from .attributes import DONE, PIXELS, RECORD, write_json
from .display import freeze
from .identity import detach_from_files, put_uids_back, set_uids_aside
from .links import Node, is_present
from .meaning import recall
from .node_frames import NodeFrames, combine


class InPlaceEdit:
    """One in-place edit of a volume or sequence: `begin`, then `write` for every frame, then `finish`; or `abort`.

    Node ids, geometry, transforms, index values and scalar type stay; so do window and level, which are frozen first. From
    `begin` on, the node names no source file and its original frames lie in a hidden node. As a context manager it begins on
    entering and aborts on an exception. Each call is short: a timer of a user interface can spread them.

    Args:
        node: a volume, a sequence, or a sequence's proxy.
        unchanged: hash of the frames that were denoised (`NodeFrames.digest_steps`): other pixels by now are somebody's
            edit, made while the denoiser ran. None where nobody could have edited them.

    Raises:
        UnsuitableCine: the node holds no grey-scale frames.
    """

    def __init__(self, node: Node, unchanged: str | None = None) -> None:
        self._frames = NodeFrames(node)
        self._unchanged = unchanged
        self._again = history.is_denoised(node)
        self._digests: dict[int, str] = {}
        self._before: dict[int, np.ndarray | None] = {}
        self._undo: list[Callable[[], None]] = []
        sample = self._frames.grey(0)[None]
        self._like = Cine(sample, valid_range=recall(self._frames).get("valid_range"))

    def begin(self) -> InPlaceEdit:
        """Keeps the original, freezes window and level, lets go of the source's files. No pixel changes yet.

        Raises:
            SourceMismatch: the frames were edited while they were denoised; the node is as it was.
            Cancelled: the node is gone.
        """
        run(self.begin_steps())
        return self

    def begin_steps(self) -> Steps[None]:
        """`begin`, a frame at a step."""
        self._check_present()
        if self._unchanged is not None:
            self._check_unchanged((yield from self._frames.digest_steps()))
        try:
            yield from self._prepare()
        except BaseException:
            self.abort()
            raise

    def _prepare(self) -> Steps[None]:
        self._undo.append(freeze(self._frames))
        self._undo.append(detach_from_files(self._frames, "denoised"))
        if not self._again:
            self._original = yield from history.keep_original(self._frames)
            self._undo.append(self._drop_original)
            if self._unchanged is not None:  # somebody may have edited between the steps
                self._check_unchanged(history.digest_of_original(self._original))

    def _check_unchanged(self, digest: str) -> None:
        if digest != self._unchanged:
            raise SourceMismatch(f"{self._frames.name} was edited during the run; nothing was written. Start again.")

    def write(self, first: int, frames: np.ndarray) -> None:
        """Writes frames [n, H, W] from frame `first` on, rounded and clipped to the stored type where they are of another.

        Raises:
            Cancelled: the node is gone.
            ValueError: the frames are of another size, or too many.
        """
        self._check_present()
        frames = np.asarray(frames)
        if frames.ndim != 3 or frames.shape[1:] != self._frames.shape[1:] or first + len(frames) > len(self._frames):
            raise ValueError(f"frames of shape {frames.shape} from {first} on do not fit {self._frames.shape}")
        for t in range(first, first + len(frames)):
            self._before.setdefault(t, self._frames.plane(t).copy() if self._again else None)
        self._frames.write(first, frames if frames.dtype == self._frames.dtype else self._like.to_stored(frames))
        self._digests |= {t: self._frames.digest(t) for t in range(first, first + len(frames))}

    def finish(self, record: dict[str, Any]) -> None:
        """Says in the node's attributes what was done, and sets its DICOM identity aside.

        Args:
            record: `Cine.record` of the result.

        Raises:
            Cancelled: the node is gone.
            ValueError: some frames were not written.
        """
        self._check_present()
        missing = len(self._frames) - len(self._digests)
        if missing:
            raise ValueError(f"{missing} of {len(self._frames)} frames were not written")
        set_uids_aside(self._frames)
        for volume in self._frames.volumes:
            volume.SetAttribute(DONE, sentence(record))
        write_json(self._frames.node, RECORD, record)
        self._frames.node.SetAttribute(PIXELS, combine([self._digests[t] for t in range(len(self._frames))]))
        self._frames.node.Modified()
        self._undo.clear()

    def abort(self) -> None:
        """Puts everything back as it was before `begin`; does nothing once finished, or where the node is gone."""
        run(self.abort_steps())

    def abort_steps(self) -> Steps[None]:
        """`abort`, a frame at a step; what is left of it when the steps are given up is done at once."""
        try:
            while self._undo and self._before and is_present(self._frames.node):
                self._write_back(*self._before.popitem())
                yield
        finally:
            self._abort_now()

    def _abort_now(self) -> None:
        if self._undo and is_present(self._frames.node):
            while self._before:
                self._write_back(*self._before.popitem())
            for undo in reversed(self._undo):
                undo()
        self._undo.clear()

    def _write_back(self, t: int, plane: np.ndarray | None) -> None:
        self._frames.write(t, (self._original.plane(t) if plane is None else plane)[None])

    def _drop_original(self) -> None:
        put_uids_back(self._frames)
        history.forget(self._frames)
        if is_present(self._original.node):
            history.remove_node(self._original.node)

    def _check_present(self) -> None:
        if not is_present(self._frames.node):
            raise Cancelled(f"{self._frames.name} was removed from the scene; nothing more was written to it.")

    def __enter__(self) -> InPlaceEdit:
        return self.begin()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self.abort()


def sentence(record: dict[str, Any]) -> str:
    """What was done, in words for a node's properties."""
    model = f"model {record.get('model')} ({str(record.get('model_sha256'))[:12]})"
    return f"{record.get('software')}: {model}, {record.get('mode')}, strength {record.get('strength')}"
