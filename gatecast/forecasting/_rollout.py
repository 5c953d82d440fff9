"""Running trained members forward: over the rows of a panel, and beyond the last one.

All values here are scaled; members are the leading axis of the weights and of every result.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import Integers
from gatecast.framing import Framing, inputs_at
from gatecast.network import Network, State

# Windows that are run forward at once: bounds memory on long panels.
_AT_ONCE = 4096


@dataclass(frozen=True)
class Runner:
    """A network and the framing of its input; a value, so that equal ones share programs.

    Weights are trainable and non-trainable values, [members, ...] each.

    Attributes:
        network: the layers.
        framing: how rows become its input.
        carried: whether memory is carried from one window to the next.
    """

    network: Network
    framing: Framing
    carried: bool = False

    def forward(self, weights: Any, inputs: Any, state: State) -> tuple[Any, State]:
        """[samples, look_back] values to [samples, horizon] forecasts, for one member."""
        level = self.framing.level_of(inputs)
        outputs, after = self.network.apply(weights, self.framing.shaped(inputs - level), state)
        return outputs + level, after

    @partial(jax.jit, static_argnums=0)
    def at_windows(self, weights: Any, values: Any, origins: Any) -> Any:
        """[members, samples, horizon] forecasts from each origin, memory empty before it."""
        samples = len(origins)
        chunk = min(samples, _AT_ONCE)
        padded = jnp.pad(origins, (0, -samples % chunk), mode="edge").reshape(-1, chunk)

        def member(weights: Any) -> Any:
            def run(origin: Any) -> Any:
                inputs = inputs_at(values, origin, self.framing.look_back)
                return self.forward(weights, inputs, self.network.zero_state(chunk))[0]

            return jax.lax.map(run, padded).reshape(-1, self.framing.horizon)[:samples]

        return jax.vmap(member)(weights)

    @partial(jax.jit, static_argnums=0)
    def along_lanes(self, weights: Any, values: Any, origins: Any, order: Any) -> tuple[Any, State]:
        """Forecasts from each origin with memory carried along `order` [steps, lanes].

        Returns:
            [members, steps, lanes, horizon] and the memory at the end, [members, lanes, units].
        """

        def member(weights: Any) -> tuple[Any, State]:
            def step(state: State, index: Any) -> tuple[State, Any]:
                inputs = inputs_at(values, origins[index], self.framing.look_back)
                outputs, after = self.forward(weights, inputs, state)
                return [(index >= 0)[:, None] * part for part in after], outputs

            state, outputs = jax.lax.scan(step, self.network.zero_state(order.shape[1]), order)
            return outputs, state

        forecasts, memory = jax.vmap(member)(weights)
        return forecasts, memory

    @partial(jax.jit, static_argnums=0)
    def remember(self, weights: Any, inputs: Any, state: State) -> State:
        """The memory after windows [samples, look_back]; [members, samples, units] each."""
        after: State = jax.vmap(lambda w, s: self.forward(w, inputs, s)[1])(weights, state)
        return after

    @partial(jax.jit, static_argnums=(0, 4))
    def beyond(self, weights: Any, inputs: Any, state: State, h: int) -> Any:
        """[members, samples, h] forecasts after windows [samples, look_back].

        Where h exceeds the horizon each member's own forecasts become its input: a whole horizon
        at a time, or row by row where memory is carried, since that has to see every row.

        Args:
            weights: of the members.
            inputs: the last rows known.
            state: memory before the window, [members, samples, units] each.
            h: rows to forecast.
        """
        slide = 1 if self.carried else self.framing.horizon
        further = -(-max(h - self.framing.horizon, 0) // slide)

        def member(weights: Any, state: State) -> Any:
            def step(carry: Any, _: None) -> tuple[Any, Any]:
                inputs, ahead, state = carry
                inputs = jnp.concatenate([inputs, ahead[:, :slide]], 1)[:, -inputs.shape[1] :]
                outputs, state = self.forward(weights, inputs, self._memory(state))
                ahead = jnp.concatenate([ahead[:, slide:], outputs[:, -slide:]], 1)
                return (inputs, ahead, state), outputs[:, -slide:]

            first, state = self.forward(weights, inputs, state)
            _, rest = jax.lax.scan(step, (inputs, first, state), length=further)
            rest = jnp.moveaxis(rest, 0, 1).reshape(len(inputs), -1)
            return jnp.concatenate([first, rest], 1)[:, :h]

        return jax.vmap(member)(weights, state)

    def _memory(self, state: State) -> State:
        return state if self.carried else [jnp.zeros_like(part) for part in state]


def lane_order(samples: Integers, upto: Integers | None = None) -> Integers:
    """The order in which memory is carried: one lane per series.

    Args:
        samples: [series] how many samples each series has; they are numbered series by series.
        upto: [series] run only so many leading samples of each series; all by default.

    Returns:
        [steps, series] sample numbers; a shorter series starts later (-1 before), so that all
        end together.
    """
    steps = int(samples.max(initial=0))
    first = np.cumsum(samples) - samples
    numbers = first + np.arange(steps)[:, None] - (steps - (samples if upto is None else upto))
    return np.where(numbers >= first, numbers, -1)
