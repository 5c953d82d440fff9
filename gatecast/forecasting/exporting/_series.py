"""What differs from series to series, looked up by the number of the series."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecast._backend import keras


class SeriesTables:
    """Constants of one series, or tables that the number of a series is looked up in.

    Args:
        number: [samples, 1] of each sample, a Keras tensor; None where there is one series.
        zeros: [samples, 1].
        ids: how many series there are.
        targets: columns that are forecast together.
    """

    def __init__(self, number: Any, zeros: Any, ids: int, targets: int) -> None:
        self._number = number
        self._zeros = zeros
        self._ids = ids
        self.targets = targets
        self._made = 0

    def of_targets(self, values: NDArray[Any]) -> Any:
        """[samples or 1, 1, targets] of an array with one entry for each target of each series."""
        return self._looked_up(values.reshape(self._ids, 1, self.targets))

    def of_ids(self, values: NDArray[Any]) -> Any:
        """[samples, columns] of an array with one row for each series; whole numbers stay so."""
        found = self._zeros + self._looked_up(values)
        return keras.ops.cast(found, "int32") if values.dtype.kind == "i" else found

    def _looked_up(self, values: NDArray[Any]) -> Any:
        table = values.reshape(self._ids, -1).astype(np.float32)
        shape = values.shape[1:]
        if self._number is None:
            return table.reshape(1, *shape)
        self._made += 1
        layer = keras.layers.Embedding(
            *table.shape, trainable=False, name=f"of_series_{self._made}"
        )
        found = layer(self._number)
        layer.set_weights([table])
        return keras.ops.reshape(found, (-1, *shape))
