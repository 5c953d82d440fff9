"""Writing a fitted forecaster as a file for other libraries, as methods."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gatecast._lazy import lazy
from gatecast.forecasting._model import Model

if TYPE_CHECKING:
    from gatecast.forecasting import exporting
    from gatecast.forecasting.exporting import Exported
else:
    # Loaded late: a process that only forecasts does not need it.
    exporting = lazy("gatecast.forecasting.exporting")


class Exports(ABC):
    """The methods that write files for other libraries."""

    @abstractmethod
    def _fitted(self) -> Model:
        """The fitted model."""

    def to_keras(
        self,
        path: str | os.PathLike[str],
        *,
        h: int | None = None,
        level: float | Sequence[float] | None = None,
        quantiles: float | Sequence[float] = (),
        stream: bool = False,
    ) -> Exported:
        """Write a `.keras` file that Keras loads on any backend, without gatecast.

        It reads raw values and returns forecasts in the same units; docs/exports.md names its
        inputs and outputs.

        Args:
            path: of the file; ends in .keras.
            h: rows that it forecasts, the forecaster's h if None.
            level: coverage of its intervals in percent; 50, 80, 90, 95 and 99 where the model can
                have them if None.
            quantiles: probabilities of its quantiles.
            stream: it reads one row at a time, and the window is a state.

        Returns:
            What the file reads and returns.

        Raises:
            InputError: if not fitted, naming a setting that cannot be exported, or if the file
                cannot be written.
        """
        options = exporting.ExportOptions(h, level, quantiles, stream)
        return exporting.to_keras(self._fitted(), path, options)

    def to_onnx(
        self,
        path: str | os.PathLike[str],
        *,
        h: int | None = None,
        level: float | Sequence[float] | None = None,
        quantiles: float | Sequence[float] = (),
        stream: bool = False,
    ) -> Exported:
        """Write an `.onnx` file for ONNX Runtime; `gatecast.onnx.predict` forecasts with it.

        Arguments, result and errors are as in `to_keras`; it needs the package onnx.
        """
        options = exporting.ExportOptions(h, level, quantiles, stream)
        return exporting.to_onnx(self._fitted(), path, options)

    def to_stablehlo(
        self,
        path: str | os.PathLike[str],
        *,
        h: int | None = None,
        level: float | Sequence[float] | None = None,
        quantiles: float | Sequence[float] = (),
        stream: bool = False,
    ) -> Exported:
        """Write StableHLO, which `jax.export.deserialize` reads without gatecast and Keras.

        Arguments, result and errors are as in `to_keras`.
        """
        options = exporting.ExportOptions(h, level, quantiles, stream)
        return exporting.to_stablehlo(self._fitted(), path, options)
