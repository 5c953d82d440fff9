"""What a network has to beat: models of no row, of the last row, and of rows without order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import Floats, Integers
from gatecast.sequences.reading import Sequences

optimize = lazy("scipy.optimize")
special = lazy("scipy.special")

MOST_FREQUENT = "the most frequent class"
MEAN = "the mean"
_STATISTICS = ("mean", "std", "min", "max", "first", "last")


def last_values(sequences: Sequences) -> Floats:
    """[sequences, columns] the last value of each column; NaN where there is none."""
    found: Floats = _by_sequence(sequences).last().to_numpy()
    return found


def summary_features(sequences: Sequences) -> Floats:
    """[sequences, features] mean, deviation, extremes, ends of each column, and the length."""
    by_sequence = _by_sequence(sequences)
    parts = [
        by_sequence.std(ddof=0) if name == "std" else by_sequence.agg(name) for name in _STATISTICS
    ]
    return np.hstack([*parts, sequences.lengths[:, None]])


_FEATURES: Mapping[str, Callable[[Sequences], Floats]] = MappingProxyType(
    {"the last row": last_values, "summary features": summary_features}
)


def class_baselines(
    train: Sequences, y: Integers, held: Sequences, weights: Floats
) -> dict[str, Floats]:
    """Name -> [sequences, classes] probabilities of held-back sequences.

    Args:
        train: the sequences that the network learns from.
        y: [sequences] the number of the class of each.
        held: those to judge by.
        weights: [classes] what the losses of each class are multiplied by.
    """
    shares = np.bincount(y, minlength=len(weights)) / len(y)
    found: dict[str, Floats] = {MOST_FREQUENT: np.tile(shares, (len(held), 1))}
    for name, x, x_held in _inputs(train, held):
        coefficients = fit_logistic(x, y, weights)
        answers = special.softmax(_with_one(x_held) @ coefficients, axis=1)
        found[f"logistic regression on {name}"] = answers
    return found


def number_baselines(train: Sequences, y: Floats, held: Sequences) -> dict[str, Floats]:
    """Name -> [sequences] numbers, as `class_baselines`."""
    found: dict[str, Floats] = {MEAN: np.full(len(held), y.mean())}
    for name, x, x_held in _inputs(train, held):
        found[f"ridge regression on {name}"] = _with_one(x_held) @ fit_ridge(x, y)
    return found


def fit_logistic(x: Floats, y: Integers, weights: Floats) -> Floats:
    """[features + 1, classes] coefficients of multinomial logistic regression, intercepts last.

    The sum of the weighted log losses and half of the squared coefficients, intercepts aside, is
    least; Hastie, Tibshirani and Friedman 2009, "The elements of statistical learning", 4.4.

    Args:
        x: [sequences, features] standardised.
        y: [sequences] the number of the class of each.
        weights: [classes] what the losses of each class are multiplied by.
    """
    inputs, count = _with_one(x), len(weights)
    wanted = np.eye(count)[y]

    def loss(flat: Floats) -> tuple[float, Floats]:
        coefficients = flat.reshape(-1, count)
        shrunk = coefficients * (np.arange(len(coefficients)) < x.shape[1])[:, None]
        scores = inputs @ coefficients
        log_p = special.log_softmax(scores, axis=1)
        # sum_i w_i (-log p_i[y_i]) + |B|^2 / 2;  its gradient X^T w (p - y) + B
        total = -(weights[y] * log_p[np.arange(len(y)), y]).sum() + (shrunk**2).sum() / 2
        slope = inputs.T @ (weights[y][:, None] * (np.exp(log_p) - wanted)) + shrunk
        return float(total), slope.reshape(-1)

    start = np.zeros(inputs.shape[1] * count)
    found: Any = optimize.minimize(loss, start, jac=True, method="L-BFGS-B")
    coefficients: Floats = found.x.reshape(-1, count)
    return coefficients


def fit_ridge(x: Floats, y: Floats) -> Floats:
    """[features + 1] coefficients of ridge regression, the intercept last.

    The sum of the squared errors and of the squared coefficients is least; Hoerl and Kennard 1970,
    "Ridge regression".

    Args:
        x: [sequences, features] standardised.
        y: [sequences] numbers.
    """
    center = x.mean(axis=0)
    centred = x - center
    # (X^T X + I)^-1 X^T y
    slope = np.linalg.solve(centred.T @ centred + np.eye(x.shape[1]), centred.T @ (y - y.mean()))
    return np.append(slope, y.mean() - center @ slope)


def _inputs(train: Sequences, held: Sequences) -> Iterator[tuple[str, Floats, Floats]]:
    """The name of each set of features, those of the training and those of the other sequences."""
    for name, features_of in _FEATURES.items():
        x, x_held = features_of(train), features_of(held)
        # A feature that no training sequence has says nothing.
        x[:, np.isnan(x).all(axis=0)] = 0
        center, spread = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        yield name, *(np.nan_to_num((each - center) / spread) for each in (x, x_held))


def _by_sequence(sequences: Sequences) -> Any:
    return pd.DataFrame(sequences.values).groupby(sequences.sequence_of_row)


def _with_one(x: Floats) -> Floats:
    return np.hstack([x, np.ones((len(x), 1))])
