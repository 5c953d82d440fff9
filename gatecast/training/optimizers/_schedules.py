"""How the learning rate changes over a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from gatecast._lazy import lazy
from gatecast.training._settings import Training

optax = lazy("optax")

Schedule: TypeAlias = Callable[[Any], Any]
"""Steps taken -> learning rate."""

# The share of the learning rate at the end of an exponential decay.
_REST = 0.01


def schedule_of(settings: Training, steps: int) -> Schedule | None:
    """The schedule of the settings over so many steps; None where the rate is constant."""
    if settings.constant_rate:
        return None
    rate = settings.learning_rate
    warmup = round(settings.warmup * steps)
    later = max(steps - warmup, 1)
    schedules: dict[str, Callable[[], Schedule]] = {
        "constant": lambda: optax.constant_schedule(rate),
        "cosine": lambda: optax.cosine_decay_schedule(rate, later),
        "exponential": lambda: optax.exponential_decay(rate, later, _REST),
        # It turns after three tenths of its steps, which have to be at least one.
        "one_cycle": lambda: optax.cosine_onecycle_schedule(max(later, 4), rate),
    }
    schedule = schedules[settings.schedule]()
    if not warmup:
        return schedule
    rise = optax.linear_schedule(rate / (warmup + 1), rate, warmup)
    joined: Schedule = optax.join_schedules([rise, schedule], [warmup])
    return joined
