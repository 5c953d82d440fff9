"""The class of a sequence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import InputError
from gatecast.data import show_some
from gatecast.forecasting import SavedForm, setting
from gatecast.sequences._estimator import SequenceEstimator
from gatecast.sequences._model import SequenceModel
from gatecast.sequences.problems import Classes, Problem
from gatecast.sequences.reading import are_arrays


def _write_weights(weights: Any) -> Any:
    if isinstance(weights, str | None):
        return weights
    # JSON has no keys but text.
    return [[np.asarray(label).item(), float(weight)] for label, weight in weights.items()]


def _read_weights(content: Any) -> Any:
    return content if isinstance(content, str | None) else dict(content)


WEIGHTS = SavedForm(_write_weights, _read_weights)


@dataclass(kw_only=True, eq=False, repr=False)
class SequenceClassifier(SequenceEstimator):
    """Tells the class of whole sequences, by networks that read each from first to last row.

    Args:
        network: how layers are joined: "stack", "residual", "dilated", "bidirectional" or "cnn".
        cell: "lstm", "gru" or "rnn".
        layers: stacked layers.
        units: in each layer.
        dropout: share of each layer's inputs dropped in training.
        class_weight: None counts all sequences alike; "balanced" counts each class alike; a
            mapping gives the weight of a sequence of each class. Only their ratios matter.
        max_length: rows read of a sequence, its last; None reads all.
        members: networks trained from different seeds, whose probabilities are averaged.
        held_back: share of the sequences on which networks that have not seen them are judged; 0
            saves these networks, and then nothing is known about how good the classifier is.
        random_seed: of the first member, and of which sequences are held back.
        training: epochs, batches, optimizer, early stopping on a share (`validation`) of sequences;
            the loss is the cross-entropy.
        verbose: True shows progress, False does not, None on a terminal after two seconds.

    Attributes:
        classes_: [classes] the labels there are, sorted.
        report_: one row per model, the best first: its metrics on the sequences held back.
        verdict_: the same in plain words.
        curves_: name -> [members, epochs] losses of the final training run.
        model_: the fitted `SequenceModel`: weights, scaling, the names of columns.

    Raises:
        InputError: naming the setting and its value.
    """

    kind: ClassVar[str] = "SequenceClassifier"
    has_classes: ClassVar[bool] = True

    class_weight: Literal["balanced"] | Mapping[Any, float] | None = setting(None, WEIGHTS)

    def __post_init__(self) -> None:
        super().__post_init__()
        weights = self.class_weight
        if weights is None or weights == "balanced":
            return
        if not isinstance(weights, Mapping):
            raise InputError(f"class_weight must be 'balanced' or a mapping, got {weights!r}")
        for label, weight in weights.items():
            if not (isinstance(weight, int | float | np.number) and 0 < weight < math.inf):
                raise InputError(f"class_weight of {label!r} must be positive, got {weight!r}")

    def predict(self, df: Any) -> Any:
        """The most probable class of each sequence.

        Args:
            df: as in `fit`.

        Returns:
            [sequences] classes for arrays; for a frame one of its kind with a row per sequence, in
            sorted order: its id, and the class in a column named as that of the labels was.

        Raises:
            InputError: if not fitted, or the sequences cannot be used.
        """
        sequences, answers = self._answers(df)
        found = self.classes_[answers.argmax(axis=1)]
        label = self.model_.frames.label
        return found if are_arrays(df) else self._returned({label: found}, sequences.ids, df)

    def predict_proba(self, df: Any) -> Any:
        """The probability of each class, the mean over members.

        Args:
            df: as in `fit`.

        Returns:
            [sequences, classes] for arrays; for a frame one of its kind with a row per sequence:
            its id, and a column for each class.

        Raises:
            InputError: as `predict`.
        """
        sequences, answers = self._answers(df)
        if are_arrays(df):
            return answers
        columns = dict(zip(map(str, self.classes_), answers.T, strict=True))
        return self._returned(columns, sequences.ids, df)

    def score(self, df: Any, labels: Any) -> float:
        """The share of sequences whose class is predicted, the accuracy.

        Args:
            df: as in `fit`.
            labels: as in `fit`.

        Raises:
            InputError: as `predict`, or naming a sequence without a label.
        """
        sequences, answers = self._answers(df)
        found = self.classes_[answers.argmax(axis=1)]
        return float((found == self._true(labels, sequences, df)).mean())

    def _numbered(self, labels: NDArray[Any]) -> tuple[NDArray[Any], Any]:
        classes, y = np.unique(labels, return_inverse=True)
        if len(classes) < 2:  # noqa: PLR2004 (one would leave nothing to tell)
            only = classes.tolist()[0]
            raise InputError(f"labels has the class {only!r} alone; give two or more")
        return classes, y

    def _problem(self, classes: NDArray[Any] | None) -> Problem:
        known = [] if classes is None else classes.tolist()
        if not isinstance(self.class_weight, Mapping):
            return Classes(len(known), self.class_weight)
        missing = [label for label in known if label not in self.class_weight]
        if missing:
            raise InputError(f"class_weight has no weight of {show_some(missing)}; add it")
        return Classes(len(known), tuple(float(self.class_weight[label]) for label in known))

    def _with(self, model: SequenceModel, report: pd.DataFrame, curves: dict[str, Any]) -> Any:
        self.classes_: NDArray[Any] = np.asarray(model.classes)
        return super()._with(model, report, curves)
