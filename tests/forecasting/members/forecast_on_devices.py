"""Forecasts of more samples than one block has: `python forecast_on_devices.py FILE`."""

import sys
from typing import Any

import jax
import numpy as np
from small_forecasters import drawn_members, panel_of, small_settings, wandering

from gatecast.forecasting.members import ForecastInputs
from gatecast.framing import Framing, SampleRows

BLOCK, SAMPLES, H = 4, 22, 5


def forecasts() -> tuple[np.ndarray, list[set[Any]]]:
    """The forecasts of some samples, and the devices that each block was laid on."""
    members = drawn_members(small_settings(Framing(4, 2)), panel_of(wandering(20)))
    runner, seen = members.runner(masked=False), []
    values = np.random.default_rng(0).normal(size=(1, SAMPLES, 4 + runner.reach(H), 1))
    rows = SampleRows(values.astype(np.float32))
    state = [np.zeros((1, 1, SAMPLES, units), np.float32) for units in runner.network.state_units]

    def note(inputs: ForecastInputs, _: int) -> None:
        values = inputs.rows.values
        seen.append(values.devices() if isinstance(values, jax.Array) else set())

    inputs = ForecastInputs(members.weights, rows, state)
    found = runner.forecast(inputs, H, program=note, block=BLOCK)
    return np.asarray(found.center), seen


if __name__ == "__main__":
    center, seen = forecasts()
    devices = jax.devices()
    assert seen == [{devices[number % len(devices)]} for number in range(6)], seen
    np.save(sys.argv[1], center)
