"""What every scaler can do."""

from abc import ABC, abstractmethod

from gatecast._types import Floats, Integers, Panel


class Scaler(ABC):
    """A fitted, reversible change of the values of many series.

    Attributes:
        lag: rows of history that one transformed value needs before its own row.
    """

    lag: int = 0

    @abstractmethod
    def transform(self, values: Floats, series: Integers) -> Floats:
        """Transform runs of consecutive rows.

        Args:
            values: [samples, length] in the user's units, oldest first.
            series: [samples] the number of the series each run comes from.

        Returns:
            [samples, length - lag]: the first `lag` rows have no transformed value.
        """

    @abstractmethod
    def inverse(self, scaled: Floats, series: Integers, history: Floats) -> Floats:
        """Bring consecutive transformed values back to the user's units.

        Args:
            scaled: [samples, h] transformed values, oldest first.
            series: [samples] the number of the series.
            history: [samples, at least lag] untransformed rows right before `scaled`.

        Returns:
            [samples, h].
        """

    @abstractmethod
    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        """[rows] transform all rows of a panel; NaN in the first `lag` rows of each series."""

    @abstractmethod
    def arrays(self) -> dict[str, Floats]:
        """What was learnt from the training rows, by name."""
