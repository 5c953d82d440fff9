"""The networks of a part as Keras models of Keras's own layers, each with its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gatecast._backend import keras
from gatecast.forecasting.members import Members, can_mask


@dataclass(frozen=True)
class Advanced:
    """What a network gives for a window.

    Attributes:
        raw: [samples, horizon, targets, parameters].
        state: after the window, [samples, units] each.
    """

    raw: Any
    state: list[Any]


class StockNetworks:
    """Copies of the networks of a part that load without gatecast.

    Args:
        members: the part.
        name: that the names of the copies begin with.
    """

    def __init__(self, members: Members, name: str) -> None:
        self.masked = can_mask(members.settings, trained_with_mask=members.masked)
        network = members.runner(masked=self.masked).network
        self._shape = (network.sizes.horizon, network.sizes.targets, network.output.parameters)
        self._inputs = set(network.model.input)
        self.state_units = network.state_units
        self._models = []
        for member in range(members.number):
            # A layer of ours has the name and the settings of Keras's layer, which is built here.
            model = keras.models.model_from_json(network.model.to_json())
            model.name = f"{name}_member_{member}"
            for variables, values in zip(
                (model.trainable_variables, model.non_trainable_variables),
                members.weights,
                strict=True,
            ):
                for variable, value in zip(variables, values, strict=True):
                    variable.assign(np.asarray(value[0, member]))
            self._models.append(model)

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self._models)

    def advance(self, member: int, inputs: dict[str, Any], state: list[Any]) -> Advanced:
        """Run one of them over a window.

        Args:
            member: its number.
            inputs: by name; those that it does not read are left out.
            state: before the window, [samples, units] each.
        """
        before = {f"state_{place}": part for place, part in enumerate(state)}
        given = {name: value for name, value in (inputs | before).items() if name in self._inputs}
        found = self._models[member](given)
        y, *after = found if isinstance(found, list | tuple) else [found]
        return Advanced(keras.ops.reshape(y, (-1, *self._shape)), after)
