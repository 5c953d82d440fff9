"""A new version of a model reads the whole log as a job, before it serves.

The log of one moment goes in, split into files of whole series; each file is a task of an executor
of `gatecast.scaleout`, which runs the replay that the service itself runs; states go into the
database. The service goes on meanwhile. Given the version then, it reads only what has come since.
"""

from gatecast.serving.upgrade._job import Replayed, replay_state

__all__ = ["Replayed", "replay_state"]
