"""What a node says of its frames, at once: no pixel is copied, no file is opened."""

from __future__ import annotations

import numpy as np

from ..cine import Cine
from .cine_node import facts_of
from .links import Node
from .node_frames import NodeFrames


def glance(node: Node) -> Cine:
    """A node's frames with what is known of them; the frames are a view that repeats the first one.

    Raises:
        UnsuitableCine: the node holds no grey-scale frames of one size.
    """
    frames = NodeFrames(node)
    return Cine(np.broadcast_to(frames.grey(0), frames.shape), **facts_of(frames))
