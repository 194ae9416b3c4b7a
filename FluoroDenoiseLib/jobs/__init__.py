"""Long work in a warm worker process: nothing here touches a scene, a window or torch in the calling process."""

from .runner import Job, Runner

__all__ = ["Job", "Runner"]
