"""One run works at a time, in a process of its own; the others wait for their turn."""

from gatecast.studio.queue._queue import Queue

__all__ = ["Queue"]
