"""Whole sequences: the speaker of each of 370 utterances, beside scikit-learn.

Japanese vowels (Kudo, Toyama and Shimbo 1999; UCI): nine men say "ae", 7 to 29 rows of 12 cepstrum
coefficients each; the official split, 270 utterances to learn from. scikit-learn gets summary
features, as it reads no sequences: mean, deviation, extremes and ends of each column, and the
length. The data come with sktime: `pip install -e '.[sktime]'`. Settings are the defaults, with
four members.

- `accuracy`, `accuracy_logistic`, `accuracy_forest`: in percent, of `SequenceClassifier`, of
  logistic regression and of a random forest of 500 trees.
- `log_loss`, `log_loss_logistic`, `log_loss_forest`: of their probabilities.
- `accuracy_held_back`: what `fit` found on the training utterances that it held back.
- `seconds`, `seconds_logistic`, `seconds_forest`: of fit and prediction, of ours with compilation
  and the fit that judges; `seconds_again`: a second fit of the same sizes.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sktime.datasets import load_japanese_vowels

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results

MEMBERS = 4
TREES = 500
TARGETS = {"accuracy": ">=96"}


def main() -> None:
    """Compare; `--quick` trains one member for a tenth of the epochs."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="one member, 10 epochs")
    asked = parser.parse_args()
    train, labels = _utterances("train")
    test, true = _utterances("test")
    settings: dict[str, Any] = {"members": MEMBERS, "verbose": False}
    if asked.quick:
        settings = {"verbose": False, "training": gatecast.Training(epochs=10)}
    model = gatecast.SequenceClassifier(**settings)
    seconds, chances = _timed(model, train, labels, test)
    results = {
        "accuracy": 100 * accuracy_score(true, chances.columns[chances.to_numpy().argmax(axis=1)]),
        "log_loss": log_loss(true, chances),
        "accuracy_held_back": 100 * model.report_.set_index("model")["accuracy"]["LSTM"],
        "seconds": seconds,
        "seconds_again": _timed(model, train, labels, test)[0],
    }
    for name, peer in (
        ("logistic", make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))),
        ("forest", RandomForestClassifier(TREES, random_state=0)),
    ):
        began = time.perf_counter()
        peer.fit(_summary(train), labels)
        found = peer.predict_proba(_summary(test))
        results |= {
            f"seconds_{name}": time.perf_counter() - began,
            f"accuracy_{name}": 100 * accuracy_score(true, peer.classes_[found.argmax(axis=1)]),
            f"log_loss_{name}": log_loss(true, found),
        }
    print(model.verdict_)
    print_results(results, ("keras", "jax", "scikit-learn"), record=asked.record, targets=TARGETS)


def _utterances(split: str) -> tuple[pd.DataFrame, pd.Series]:
    """The rows of the utterances as a long frame, and the speaker of each."""
    rows, speaker = load_japanese_vowels(split=split, return_type="pd-multiindex")
    frame = rows.rename_axis(["unique_id", "ds"]).reset_index()
    return frame, pd.Series(speaker, frame["unique_id"].unique(), name="speaker")


def _timed(
    model: gatecast.SequenceClassifier, train: pd.DataFrame, labels: pd.Series, test: pd.DataFrame
) -> tuple[float, pd.DataFrame]:
    """Seconds to fit and predict, and the probability of each speaker."""
    began = time.perf_counter()
    found = model.fit(train, labels).predict_proba(test)
    return time.perf_counter() - began, found.set_index("unique_id")


def _summary(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    by_id = frame.drop(columns="ds").groupby("unique_id")
    table = by_id.agg(["mean", "std", "min", "max", "first", "last"])
    return np.column_stack([table.to_numpy(), by_id.size()])


if __name__ == "__main__":
    main()
