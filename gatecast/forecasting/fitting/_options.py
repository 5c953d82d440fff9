"""How a forecaster is fitted, apart from its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from gatecast._group import ALONE, Group
from gatecast._types import Integers
from gatecast.forecasting._bounds import Bounds
from gatecast.forecasting.members import Members
from gatecast.training import Checkpoint, Trained, train_network

Trainer: TypeAlias = Callable[..., Trained]
"""What trains networks, with the arguments of `gatecast.training.train_network`."""


@dataclass(frozen=True)
class FitOptions:
    """How a forecaster is fitted.

    Attributes:
        intervals: whether to hold rows out for calibration first, then train on all of them.
        choose: drop the parts that make forecasts of the held-out rows clearly worse.
        start: train further from the weights, scalers and covariates of these, one per part.
        checkpoint: a file from which a killed fit resumes.
        verbose: progress, as in `gatecast.training.Watch`.
        trainer: what trains the networks.
        bounds: that forecasts are kept within.
        group: the processes that fit together, each to series of its own; what is learnt from all
            series, or decided by them, is the same in each.
        diverged: whether a member whose training diverges stays, to forecast NaN; else it is an
            error.
    """

    intervals: bool = True
    choose: bool = False
    start: Sequence[Members] = ()
    checkpoint: Path | None = None
    verbose: bool | None = None
    trainer: Trainer = train_network
    bounds: Bounds = field(default_factory=Bounds)
    group: Group = ALONE
    diverged: bool = False

    def of_part(
        self, place: int, stage: str, season_length: int, pad_to: Integers | None
    ) -> PartOptions:
        """How one part is trained.

        Args:
            place: of the part.
            stage: "early" without the held-out rows, "part" on all rows.
            season_length: rows per season.
            pad_to: as in `PartOptions`.
        """
        checkpoint = None
        if self.checkpoint is not None:
            name = f"{self.checkpoint.name}.{stage}{place}"
            checkpoint = Checkpoint(self.checkpoint.with_name(name))
        return PartOptions(
            season_length=season_length,
            pad_to=pad_to,
            start=self.start[place] if self.start else None,
            checkpoint=checkpoint,
            verbose=self.verbose,
            trainer=self.trainer,
            group=self.group,
            diverged=self.diverged,
        )


@dataclass(frozen=True)
class PartOptions:
    """How the networks of one part are trained.

    Attributes:
        season_length: rows per season.
        pad_to: [series] pad the samples as if so many rows were trained on: fits of different
            sizes then share one compiled program.
        start: train further from the weights, scalers and covariates of these.
        checkpoint: where to keep what is needed to resume after a kill.
        verbose: progress, as in `gatecast.training.Watch`.
        trainer: what trains the networks.
        group: as in `FitOptions`.
        diverged: as in `FitOptions`.
    """

    season_length: int
    pad_to: Integers | None = None
    start: Members | None = None
    checkpoint: Checkpoint | None = None
    verbose: bool | None = None
    trainer: Trainer = train_network
    group: Group = ALONE
    diverged: bool = False
