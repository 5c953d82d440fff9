"""The sizes of a network's inputs and outputs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The shapes of a network's inputs and outputs.

    Attributes:
        steps: time steps of `x`.
        features: per time step.
        horizon: rows forecast at once.
        targets: columns forecast together.
        future: columns known over the horizon.
        static: numeric columns that do not change in time.
        categories: number of known values of each categorical column.
        masked: whether steps can be empty.
        elapsed: whether the time since the observation before is given for each step. It is
            read as a feature; where state can be carried, the state decays with it.
    """

    steps: int
    features: int
    horizon: int = 1
    targets: int = 1
    future: int = 0
    static: int = 0
    categories: tuple[int, ...] = ()
    masked: bool = False
    elapsed: bool = False
