"""What is learnt of a sequence: its class, or a number."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from gatecast._types import Floats
from gatecast._wording import number, percent
from gatecast.network import Output, Point
from gatecast.sequences.problems._baselines import class_baselines, number_baselines
from gatecast.sequences.problems._categorical import Categorical
from gatecast.sequences.reading import Sequences

Weighing: TypeAlias = Literal["balanced"] | tuple[float, ...] | None

# Probabilities of float32 may be zero; their logarithm may not.
_LEAST = float(np.finfo(np.float32).eps)


class Problem(ABC):
    """What is learnt of a sequence, and how answers are judged."""

    has_classes: ClassVar[bool]

    @abstractmethod
    def output(self, y: Any) -> Output:
        """What a network that learns these labels answers."""

    @abstractmethod
    def baselines(self, train: Sequences, y: Any, held: Sequences) -> dict[str, Floats]:
        """Name -> answers of a simple model of the same training sequences."""

    @abstractmethod
    def scores(self, answers: Floats, y: Any) -> dict[str, float]:
        """Metrics of answers, by their columns in a report; the one that decides comes first."""

    @abstractmethod
    def losses(self, answers: Floats, y: Any) -> Floats:
        """[sequences] the loss of each answer; their mean orders answers as the first metric."""

    @abstractmethod
    def told(self, score: float) -> str:
        """The first metric, in words."""


@dataclass(frozen=True)
class Classes(Problem):
    """One of several classes.

    Attributes:
        number: of classes.
        weighing: of the losses of each class: None for equal weights, "balanced" for weights in
            inverse proportion to the number of sequences, or one per class.
    """

    number: int
    weighing: Weighing = None
    has_classes: ClassVar[bool] = True

    def output(self, y: Any) -> Categorical:
        return Categorical(tuple(self.weights(y).tolist()))

    def weights(self, y: Any) -> Floats:
        """[classes] with mean 1 over the sequences: a scale would be another learning rate."""
        counts = np.bincount(y, minlength=self.number)
        if self.weighing == "balanced":
            # n / (classes * n_c), as King and Zeng 2001.
            return len(y) / (self.number * np.maximum(counts, 1))
        given = np.ones(self.number) if self.weighing is None else np.asarray(self.weighing, float)
        found: Floats = given * len(y) / (counts @ given)
        return found

    def baselines(self, train: Sequences, y: Any, held: Sequences) -> dict[str, Floats]:
        return class_baselines(train, y, held, self.weights(y))

    def scores(self, answers: Floats, y: Any) -> dict[str, float]:
        right = answers.argmax(axis=1) == y
        chances = np.maximum(answers[np.arange(len(y)), y], _LEAST)
        found = {
            "accuracy": float(right.mean()),
            # The mean over classes of the share of each that is found.
            "balanced_accuracy": float(np.mean([right[y == each].mean() for each in np.unique(y)])),
            "log_loss": float(-np.log(chances).mean()),
        }
        return {name: found[name] for name in sorted(found, key=lambda name: name != self._metric)}

    def losses(self, answers: Floats, y: Any) -> Floats:
        wrong: Floats = (answers.argmax(axis=1) != y).astype(float)
        return wrong if self.weighing is None else wrong / np.bincount(y)[y]

    def told(self, score: float) -> str:
        article = "an accuracy" if self.weighing is None else "a balanced accuracy"
        return f"{article} of {percent(score)}"

    @property
    def _metric(self) -> str:
        return "accuracy" if self.weighing is None else "balanced_accuracy"


@dataclass(frozen=True)
class Numbers(Problem):
    """A number."""

    has_classes: ClassVar[bool] = False

    def output(self, y: Any) -> Point:
        return Point()

    def baselines(self, train: Sequences, y: Any, held: Sequences) -> dict[str, Floats]:
        return number_baselines(train, y, held)

    def scores(self, answers: Floats, y: Any) -> dict[str, float]:
        errors = answers - y
        about_mean = ((y - y.mean()) ** 2).sum()
        return {
            "rmse": float(np.sqrt((errors**2).mean())),
            "mae": float(np.abs(errors).mean()),
            # 1 - sum e^2 / sum (y - mean)^2; of equal labels it is not known.
            "r2": float(1 - (errors**2).sum() / about_mean) if about_mean else np.nan,
        }

    def losses(self, answers: Floats, y: Any) -> Floats:
        squared: Floats = (answers - y) ** 2
        return squared

    def told(self, score: float) -> str:
        return f"an RMSE of {number(score)}"
