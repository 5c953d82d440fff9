"""Forecasts of the next row that have been made already, until that row comes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from numpy.typing import NDArray

from gatecast.forecasting.members import Forecast, joined

# Series whose forecasts are kept, the latest ones: about 500 bytes each, without quantiles.
_MOST = 100_000


class Made:
    """The first row of the forecasts of one version of a model.

    A forecast follows from the version, the id and the state alone, so these are its key: what was
    made for an answer serves again to judge the row that comes next.
    """

    def __init__(self) -> None:
        self._first: OrderedDict[bytes, Forecast] = OrderedDict()

    def get(self, ids: Sequence[str], states: NDArray[Any]) -> list[Forecast | None]:
        """[ids] what was forecast from each state; None where nothing was, or it is forgotten."""
        return [self._first.get(key) for key in _keys(ids, states)]

    def put(self, ids: Sequence[str], states: NDArray[Any], forecast: Forecast) -> None:
        """Keep a forecast of each state, [ids x targets, h]."""
        targets = len(forecast.point) // len(ids)
        for place, key in enumerate(_keys(ids, states)):
            first = forecast.first.chosen(slice(place * targets, (place + 1) * targets))
            # Copies, which do not hold on to the whole.
            self._first[key] = joined([first])
            self._first.move_to_end(key)
        while len(self._first) > _MOST:
            self._first.popitem(last=False)


def _keys(ids: Sequence[str], states: NDArray[Any]) -> list[bytes]:
    return [
        blake2b(name.encode() + b"\0" + state.tobytes(), digest_size=16).digest()
        for name, state in zip(ids, states["record"], strict=True)
    ]
