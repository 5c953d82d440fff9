"""A number for a sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from gatecast.sequences._estimator import SequenceEstimator
from gatecast.sequences.problems import Numbers, Problem
from gatecast.sequences.reading import are_arrays, numbers_of


@dataclass(kw_only=True, eq=False, repr=False)
class SequenceRegressor(SequenceEstimator):
    """Tells a number of whole sequences, by networks that read each from its first to its last row.

    Args:
        network: how layers are joined: "stack", "residual", "dilated", "bidirectional" or "cnn".
        cell: "lstm", "gru" or "rnn".
        layers: stacked layers.
        units: in each layer.
        dropout: share of each layer's inputs dropped in training.
        max_length: rows read of a sequence, its last; None reads all.
        members: networks trained from different seeds, whose answers are averaged.
        held_back: share of the sequences on which networks that have not seen them are judged; 0
            saves these networks, and then nothing is known about how good the regressor is.
        random_seed: of the first member, and of which sequences are held back.
        training: epochs, batches, optimizer, loss ("mse", "mae" or "huber" of standardised
            labels), early stopping on a share (`validation`) of sequences.
        verbose: True shows progress, False does not, None on a terminal after two seconds.

    Attributes:
        report_: one row per model, the best first: its metrics on the sequences held back.
        verdict_: the same in plain words.
        curves_: name -> [members, epochs] losses of the final training run.
        model_: the fitted `SequenceModel`: weights, scaling, the names of columns.

    Raises:
        InputError: naming the setting and its value.
    """

    kind: ClassVar[str] = "SequenceRegressor"
    has_classes: ClassVar[bool] = False

    def predict(self, df: Any) -> Any:
        """The number of each sequence, the mean over members.

        Args:
            df: as in `fit`.

        Returns:
            [sequences] numbers for arrays; for a frame one of its kind with a row per sequence, in
            sorted order: its id, and the number in a column named as that of the labels was.

        Raises:
            InputError: if not fitted, or the sequences cannot be used.
        """
        sequences, answers = self._answers(df)
        label = self._fitted().frames.label
        return answers if are_arrays(df) else self._returned({label: answers}, sequences.ids, df)

    def score(self, df: Any, labels: Any) -> float:
        """R²: the share of the variance of the labels that predictions explain.

        Args:
            df: as in `fit`.
            labels: as in `fit`.

        Raises:
            InputError: as `predict`, or naming a sequence without a label.
        """
        sequences, answers = self._answers(df)
        return Numbers().scores(answers, numbers_of(self._true(labels, sequences, df)))["r2"]

    def _numbered(self, labels: NDArray[Any]) -> tuple[None, Any]:
        return None, numbers_of(labels)

    def _problem(self, classes: NDArray[Any] | None) -> Problem:
        return Numbers()
