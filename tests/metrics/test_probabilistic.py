"""Scores of distributions: by hand and against the closed form for a normal distribution."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from utilsforecast.losses import mqloss

from gatecast.metrics import crps, mae, pinball


def frame(y: list[float], **columns: float | list[float]) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": "a", "ds": range(len(y)), "y": y, **columns})


def test_pinball_by_hand():
    rows = frame([1.0, 5.0, np.nan], low=[2.0, 2.0, 2.0])
    found = pinball(rows, {"model": "low"}, 0.1)
    # 0.9 for each unit above the value, 0.1 for each unit below it
    assert found["model"].tolist() == [pytest.approx((0.9 * 1 + 0.1 * 3) / 2)]


def test_crps_of_a_normal_distribution():
    y = np.linspace(-3, 3, 61)
    level = list(range(2, 100, 2))
    quantiles = {f"m-lo-{x}": stats.norm.ppf((1 - x / 100) / 2) for x in level}
    quantiles |= {f"m-hi-{x}": stats.norm.ppf((1 + x / 100) / 2) for x in level}
    found = crps(frame([*y], m=0.0, **quantiles), ["m"], level)["m"].item()
    # Gneiting and Raftery 2007, equation 5
    exact = y * (2 * stats.norm.cdf(y) - 1) + 2 * stats.norm.pdf(y) - 1 / np.sqrt(np.pi)
    assert found == pytest.approx(exact.mean(), rel=0.01)


def test_crps_without_intervals_is_the_mae():
    rows = frame([1.0, 5.0, 2.0], m=[2.0, 2.0, np.nan])
    pd.testing.assert_frame_equal(crps(rows, ["m"]), mae(rows, ["m"]))


def test_crps_of_even_quantiles_is_twice_their_mean_loss():
    # 0.1, 0.3, 0.5, 0.7, 0.9 stand for a fifth of all quantiles each.
    columns = {"m-lo-80": -2.0, "m-lo-40": -1.0, "m": 0.0, "m-hi-40": 1.0, "m-hi-80": 2.0}
    rows = frame([-3.0, 0.5, 4.0], **columns)
    expected = 2 * mqloss(rows, {"m": list(columns)}, np.array([0.1, 0.3, 0.5, 0.7, 0.9]))["m"]
    assert crps(rows, ["m"], [40, 80])["m"].item() == pytest.approx(expected.item())


def test_crps_prefers_the_true_distribution():
    y = np.random.default_rng(0).normal(0, 1, 2000)
    scores = {}
    for width in (0.3, 1.0, 3.0):
        reach = width * stats.norm.ppf(0.9)
        rows = frame([*y], m=0.0, **{"m-lo-80": -reach, "m-hi-80": reach})
        scores[width] = crps(rows, ["m"], [80])["m"].item()
    assert min(scores, key=lambda width: scores[width]) == 1.0
