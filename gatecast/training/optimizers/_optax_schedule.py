"""A schedule of Optax in the form that Keras's optimizers use; loaded late, as it loads Keras."""

from __future__ import annotations

from typing import Any

from gatecast._backend import keras
from gatecast.training.optimizers._schedules import Schedule


class OptaxSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The learning rate that a schedule gives for each step."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def __call__(self, step: Any) -> Any:
        """The rate after so many steps."""
        return self._schedule(keras.ops.convert_to_tensor(step))
