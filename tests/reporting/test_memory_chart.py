"""The chart of what a forecaster remembers, read back from what it carries and draws."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from gatecast.forecasting import Inspection
from gatecast.reporting import charts

UNITS = 10


@pytest.fixture
def inspected() -> Inspection:
    """Two series of 24 months; every gate of unit k is k / 11 at all times."""
    index = pd.MultiIndex.from_product(
        [["airline", "bus"], pd.date_range("1959-01-01", periods=24, freq="MS"), range(1, 11)],
        names=["unique_id", "ds", "unit"],
    )
    gates = index.to_frame(index=False).assign(member=1, layer=1)
    for place, name in enumerate(("input", "forget", "output")):
        gates[name] = gates["unit"] / (11 + place)
    half_life = pd.DataFrame(
        {"member": 1, "layer": 1, "unit": range(1, UNITS + 1), "half_life": [2.0] * 9 + [np.inf]}
    )
    step, lag = np.indices((3, 12)).reshape(2, -1) + 1
    response = pd.DataFrame({"lag": lag, "step": step, "sensitivity": 0.5**lag / step})
    words = "Effective memory is about 5 steps: look_back=12 is longer than needed."
    return Inspection(gates, half_life, response, 5, words)


def drawn(figure: charts.Figure) -> list[dict[str, Any]]:
    """Every row the chart carries."""
    return [row for text in figure.chart.to_dict()["datasets"].values() for row in json.loads(text)]


def words(figure: charts.Figure) -> list[str]:
    """Every line of text in the picture."""
    root = ET.fromstring(figure.svg())  # noqa: S314 - our own drawing
    return [element.text for element in root.iter() if element.text and element.text.strip()]


def test_it_says_what_was_found(inspected: Inspection):
    said = words(charts.memory(inspected))
    assert "Effective memory is about 5 steps" in said
    assert "look_back=12 is longer than needed." in said
    assert "Forget gate: what is kept" in said
    assert "Half-life of the units (dashed: median 2.00)" in said
    assert "Response to each lag (darkest: 0.500)" in said
    assert any("airline" in line for line in said)
    assert not any("bus" in line for line in said)


def test_gates_are_averaged_over_units(inspected: Inspection):
    rows = [row for row in drawn(charts.memory(inspected)) if "mean" in row]
    assert len(rows) == 3 * 24
    found = sorted({round(row["mean"], 6) for row in rows})
    np.testing.assert_allclose(found, [5.5 / 13, 5.5 / 12, 5.5 / 11], atol=1e-6)
    forget = next(row for row in rows if abs(row["mean"] - 5.5 / 12) < 1e-6)
    # The middle 80 % of 1, ..., 10.
    np.testing.assert_allclose([12 * forget["low"], 12 * forget["high"]], [1.9, 9.1])


def test_bars_hold_every_unit_that_forgets(inspected: Inspection):
    bars = [row for row in drawn(charts.memory(inspected)) if "units" in row]
    assert sum(row["units"] for row in bars) == 9
    assert all(row["low"] <= 2 <= row["high"] for row in bars)


def test_views_without_content_are_left_out(inspected: Inspection):
    bare = replace(inspected, gates=inspected.gates.head(0), half_life=inspected.half_life.head(0))
    assert not [row for row in drawn(charts.memory(bare)) if "mean" in row or "units" in row]
    lasting = replace(inspected, half_life=inspected.half_life.assign(half_life=np.inf))
    assert not [row for row in drawn(charts.memory(lasting)) if "units" in row]
    gru = inspected.gates.rename(columns={"forget": "update", "input": "reset"})
    said = words(charts.memory(replace(inspected, gates=gru.drop(columns="output"))))
    assert "Update gate: what is kept" in said
    assert "Output gate: what is shown" not in said


def test_one_step_is_drawn_as_bars_and_becomes_a_picture(inspected: Inspection):
    first = inspected.sensitivity.query("step == 1")
    figure = charts.memory(replace(inspected, sensitivity=first))
    assert "Response of the forecast to each lag" in words(figure)
    assert charts.png(figure.svg()).startswith(b"\x89PNG\r\n")
