"""Stand-ins for trained members that climb by so much per row."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from gatecast._types import Panel
from gatecast.forecasting.members import PROBABILITIES, Forecast
from gatecast.framing import Windows, of_every_target


@dataclass
class Climber:
    """Parts that forecast the last value plus so much per row; counts how often it is asked."""

    climbs: Sequence[float] = (1.0,)
    one_origin: bool = False
    relative: bool = False
    distributional: bool = False
    calls: list[Windows] = field(default_factory=list)

    @property
    def parts(self) -> Sequence[float]:
        return self.climbs

    def finish(self, _: Panel, __: Windows) -> None:
        return None

    def draws(self, _: int) -> bool:
        return False

    def by_part(self, panel: Panel, windows: Windows, h: int) -> list[Forecast]:
        self.calls.append(windows)
        if self.one_origin:
            assert windows.series.tolist() == list(range(len(panel.ids) // len(panel.targets)))
        last = panel.y[of_every_target(panel, windows).origin - 1][:, None]
        points = [last + climb * np.arange(1, h + 1) for climb in self.climbs]
        # A normal distribution of deviation 2 around it.
        spread = 2 * stats.norm.ppf(PROBABILITIES)
        return [
            Forecast(point, point[..., None] + spread if self.distributional else None)
            for point in points
        ]
