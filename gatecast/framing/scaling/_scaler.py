"""What every scaler can do."""

from abc import ABC, abstractmethod

from gatecast._types import Floats, Integers, Panel


class Scaler(ABC):
    """A fitted, reversible change of the values of many series.

    Attributes:
        lag: rows of history that one transformed value needs before its own row.
        timed: whether it depends on the times of the rows.
    """

    lag: int = 0
    timed: bool = False

    @abstractmethod
    def transform(self, values: Floats, series: Integers, years: Floats | None = None) -> Floats:
        """Transform runs of consecutive rows.

        Args:
            values: [samples, length] in the user's units, oldest first.
            series: [samples] the number of the series each run comes from.
            years: [samples, length] the times of the rows, from `years_of`, where it is `timed`.

        Returns:
            [samples, length - lag]: the first `lag` rows have no transformed value.
        """

    @abstractmethod
    def inverse(
        self, scaled: Floats, series: Integers, history: Floats, years: Floats | None = None
    ) -> Floats:
        """Bring consecutive transformed values back to the user's units.

        Args:
            scaled: [samples, h] transformed values, oldest first.
            series: [samples] the number of the series.
            history: [samples, at least lag] untransformed rows right before `scaled`.
            years: [samples, h] their times, as in `transform`.

        Returns:
            [samples, h].
        """

    @abstractmethod
    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        """[rows] transform all rows of a panel; NaN in the first `lag` rows of each series."""

    @abstractmethod
    def arrays(self) -> dict[str, Floats]:
        """What was learnt from the training rows, by name."""
