"""What a run tells while it works."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, Self, TypeAlias, get_args

Stage: TypeAlias = Literal[
    "reading", "training", "forecasting", "testing", "understanding", "writing", "done", "failed"
]
"""In this order; "done" or "failed" ends a run."""

STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        stage: what it does.
        epoch: passes over the data of the network that trains; in testing, windows forecast.
        epochs: at most; 0 where nothing is counted.
        loss: of that network after the last epoch, None where none is known.
        training: the number of the training, from 1; a run may train several networks.
        seconds_left: about so many until the stage ends; None where that is not known.
        problem: in one sentence, why a run failed and what to do; empty otherwise.
        ours: whether a failure is a fault of the program, not of the data.
    """

    stage: Stage
    epoch: int = 0
    epochs: int = 0
    loss: float | None = None
    training: int = 0
    seconds_left: float | None = None
    problem: str = ""
    ours: bool = False

    def to_json(self) -> str:
        """One line, without its end."""
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """What a line tells."""
        return cls(**json.loads(line))
