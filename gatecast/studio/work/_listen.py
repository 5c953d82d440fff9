"""From the progress of fits and tests to that of a run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeAlias

from gatecast import _progress
from gatecast.studio.work._told import Progress, Stage

Tell: TypeAlias = Callable[[Progress], object]


class Listener:
    """Tells a run's progress; the stages come one after the other.

    Args:
        tell: is told.
        trainings: that the fit needs, at most.
    """

    def __init__(self, tell: Tell, trainings: int = 1) -> None:
        self._tell = tell
        self.trainings = max(trainings, 1)
        self._stage: Stage = "reading"
        self._began = time.monotonic()
        self._training = 0
        self._last = math.inf

    def stage(self, name: Stage) -> None:
        """A new stage begins."""
        self._stage, self._training, self._last = name, 0, math.inf
        self._began = time.monotonic()
        self._tell(Progress(name))

    def heard(self, heard: _progress.Progress) -> None:
        """What a fit or a backtest tells, as `gatecast.follow` passes it on."""
        if heard.what == "backtest" and self._stage == "testing":
            # The windows of a network take longer than those of simple forecasts: how long all of
            # them will take cannot be told from the first ones.
            self._tell(Progress("testing", heard.done, heard.total))
        elif heard.what == "training" and self._stage == "training":
            self._trained(heard)

    def _trained(self, heard: _progress.Progress) -> None:
        if heard.done <= self._last:
            self._training += 1
        self._last = heard.done
        left = heard.seconds_left or 0.0
        # Those to come take as long as those up to now, on average.
        own = (time.monotonic() - self._began + left) / self._training
        left += own * max(self.trainings - self._training, 0)
        loss = heard.loss if heard.loss is not None and math.isfinite(heard.loss) else None
        self._tell(Progress("training", heard.done, heard.total, loss, self._training, left))
