"""Running trained members forward: over the rows of a panel, and beyond the last one.

All values here are scaled. Weights are trainable and non-trainable values, [groups, members, ...]
each: a global model is one group, local ones are a group per series.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import Integers
from gatecast.framing import BY_SERIES, Framing, Rows
from gatecast.network import Network, State

# Windows that are run forward at once: bounds memory on long panels.
_AT_ONCE = 4096

# Numbers of samples are rounded up to powers of two so far, then to multiples of this one.
_LARGEST_POWER = 2048


class Said(NamedTuple):
    """What a network says, [..., samples, horizon, targets] each.

    Attributes:
        center: the point forecast.
        raw: [..., parameters] what describes the whole distribution.
        level: what the window's level adds to both.
    """

    center: Any
    raw: Any
    level: Any

    def first(self, samples: int) -> Said:
        """What is said of the first samples, where there are more."""
        if self.center.shape[2] == samples:
            return self
        return Said(*(np.asarray(part)[:, :, :samples] for part in self))


class Arguments(NamedTuple):
    """What a forecast is made from; see `Runner.beyond`."""

    weights: Any
    stretches: Rows
    state: State

    @property
    def samples(self) -> int:
        """How many there are."""
        return int(self.stretches["values"].shape[1])

    def rounded_up(self) -> Arguments:
        """With the last sample repeated up to a number that a program is compiled for."""
        rounded = _rounded_up(self.samples)
        if rounded == self.samples:
            return self
        place = np.minimum(np.arange(rounded), self.samples - 1)
        stretches = {name: array[:, place] for name, array in self.stretches.items()}
        state = [np.asarray(part)[:, :, place] for part in self.state]
        return Arguments(self.weights, stretches, state)


Program: TypeAlias = Callable[[Arguments, int], Said | None]
"""(arguments, h) -> what `Runner.beyond` says, or None where it cannot be used."""


@dataclass(frozen=True)
class Runner:
    """A network and the framing of its input; a value, so that equal ones share programs.

    Attributes:
        network: the layers.
        framing: how rows become its input.
        carried: whether memory is carried from one window to the next.
    """

    network: Network
    framing: Framing
    carried: bool = False

    def forward(
        self, weights: Any, rows: Rows, origin: Any, state: State, key: Any = None
    ) -> tuple[Said, State]:
        """What one member says at each origin, and its memory after; with a key, a random draw."""
        sample, output = self.framing(rows, origin), self.network.output
        raw, after = self.network.apply(weights, sample.inputs, state)
        scale = jnp.broadcast_to(sample.scale, raw.shape[:-1])
        center = output.center(raw, scale) if key is None else output.sample(raw, scale, key)
        level = jnp.broadcast_to(sample.level, raw.shape[:-1])
        return Said(sample.center(center), raw, level), after

    @partial(jax.jit, static_argnums=(0, 4))
    def at_windows(self, weights: Any, rows: Rows, origins: Any, steps: int) -> Said:
        """The first `steps` rows from each origin, memory empty before it.

        Args:
            weights: of the members.
            rows: shared by all groups.
            origins: [groups, samples].
            steps: at most the horizon.

        Returns:
            [groups, members, samples, steps, ...].
        """

        def group(weights: Any, origins: Any) -> Said:
            samples = len(origins)
            chunk = min(samples, _AT_ONCE)
            padded = jnp.pad(origins, (0, -samples % chunk), mode="edge").reshape(-1, chunk)

            def run(weights: Any, origin: Any) -> Said:
                said, _ = self.forward(weights, rows, origin, self.network.zero_state(chunk))
                return Said(*(part[:, :steps] for part in said))

            def member(weights: Any) -> Said:
                said: Said = jax.lax.map(lambda origin: run(weights, origin), padded)
                return Said(*(part.reshape(-1, *part.shape[2:])[:samples] for part in said))

            said: Said = each(member, weights)
            return said

        found: Said = each(group, weights, origins)
        return found

    @partial(jax.jit, static_argnums=0)
    def along_lanes(
        self, weights: Any, rows: Rows, origins: Any, order: Any, state: State
    ) -> tuple[Any, State]:
        """Forecasts with memory carried along each series, of a global model.

        Args:
            weights: of the members.
            rows: of the panel.
            origins: [samples].
            order: [steps, lanes] sample numbers; at -1 a lane waits.
            state: memory before the first step, [members, lanes, units] each.

        Returns:
            center [members, steps, lanes, horizon, targets] and the memory at the end.
        """

        def member(weights: Any, state: State) -> tuple[Any, State]:
            def step(state: State, index: Any) -> tuple[State, Any]:
                said, after = self.forward(weights, rows, origins[index], state)
                moves = (index >= 0)[:, None]
                kept = [jnp.where(moves, *pair) for pair in zip(after, state, strict=True)]
                return kept, said.center

            state, centers = jax.lax.scan(step, state, order)
            return centers, state

        found: tuple[Any, State] = each(member, jax.tree.map(lambda part: part[0], weights), state)
        return found

    @partial(jax.jit, static_argnums=(0, 4))
    def beyond(self, weights: Any, stretches: Rows, state: State, h: int, keys: Any = None) -> Said:
        """The `h` rows from each origin on.

        Where h exceeds the horizon each member's own forecasts become its input: a whole horizon
        at a time, or row by row where memory is carried, since that has to see every row.

        Args:
            weights: of the members.
            stretches: rows of each sample, [groups, samples, look_back + `reach(h)`, ...].
            state: memory before the window, [groups, members, samples, units] each.
            h: rows to forecast.
            keys: [groups, members] draw at random what becomes input (ancestral sampling).

        Returns:
            [groups, members, samples, h, ...].
        """
        slide = self._slide
        turns = jnp.arange(1, (self.reach(h) - self.framing.horizon) // slide + 1)

        def member(weights: Any, state: State, key: Any, stretches: Rows) -> Said:
            rows, origin = self._end_to_end(stretches)

            def turn(carry: Any, number: Any) -> tuple[Any, Said]:
                rows, state = carry
                now = origin + number * slide
                rows = self._with_level(rows, now)
                draw = None if key is None else jax.random.fold_in(key, number)
                said, state = self.forward(weights, rows, now, self._memory(state), draw)
                newest = Said(*(part[:, -slide:] for part in said))
                place = (now + self.framing.horizon - slide)[:, None] + jnp.arange(slide)
                return (_fed(rows, place, newest.center), state), newest

            draw = None if key is None else jax.random.fold_in(key, 0)
            first, state = self.forward(weights, rows, origin, state, draw)
            place = origin[:, None] + jnp.arange(self.framing.horizon)
            rows = _fed(rows, place, first.center)
            if not len(turns):
                return Said(*(part[:, :h] for part in first))
            _, rest = jax.lax.scan(turn, (rows, state), turns)
            return Said(*(_joined(*parts)[:, :h] for parts in zip(first, rest, strict=True)))

        def group(weights: Any, state: State, keys: Any, stretches: Rows) -> Said:
            said: Said = each(lambda w, s, k: member(w, s, k, stretches), weights, state, keys)
            return said

        found: Said = each(group, weights, state, keys, stretches)
        return found

    def forecast(
        self, given: Arguments, h: int, keys: Any = None, *, program: Program | None = None
    ) -> Said:
        """As `beyond`, with few programs for any number of samples.

        Args:
            given: what is forecast from; so many samples are run as the next power of two, or
                multiple of the largest one.
            h: rows to forecast.
            keys: as in `beyond`.
            program: a saved one that is tried first.
        """
        rounded = given.rounded_up()
        said = program(rounded, h) if program else None
        if said is None:
            said = self.beyond(*rounded, h, keys)
        return said.first(given.samples)

    def after(self, weights: Any, stretches: Rows, state: State) -> State:
        """The memory after each sample's window; arguments and result as in `beyond`."""

        def member(weights: Any, state: State, stretches: Rows) -> State:
            rows, origin = self._end_to_end(stretches)
            return self.forward(weights, rows, origin, state)[1]

        def group(weights: Any, state: State, stretches: Rows) -> State:
            found: State = each(lambda w, s: member(w, s, stretches), weights, state)
            return found

        found: State = each(group, weights, state, stretches)
        return found

    def reach(self, h: int) -> int:
        """Rows ahead that a stretch needs for a forecast of `h` rows."""
        return self.framing.horizon + -(-max(h - self.framing.horizon, 0) // self._slide) * (
            self._slide
        )

    @property
    def _slide(self) -> int:
        return 1 if self.carried else self.framing.horizon

    def _end_to_end(self, stretches: Rows) -> tuple[Rows, Any]:
        """Stretches [samples, rows, ...] as rows, and each one's origin."""
        samples, length = stretches["values"].shape[:2]
        rows = {
            name: array if name in BY_SERIES else array.reshape(-1, *array.shape[2:])
            for name, array in stretches.items()
        }
        rows["series"] = jnp.repeat(jnp.arange(samples), length)
        return rows, jnp.arange(samples) * length + self.framing.look_back

    def _with_level(self, rows: Rows, origin: Any) -> Rows:
        """The smoothed level brought up to an origin that has moved by one slide."""
        if "level" not in rows:
            return rows
        level = rows["level"][origin - 1 - self._slide]
        for back in range(self._slide, 0, -1):
            # The level moves towards the value by its smoothing share of the way.
            level += self.framing.smoothing * (rows["values"][origin - back] - level)
        return rows | {"level": rows["level"].at[origin - 1].set(level)}

    def _memory(self, state: State) -> State:
        return state if self.carried else [jnp.zeros_like(part) for part in state]


def _rounded_up(samples: int) -> int:
    """The number of samples that a program is compiled for."""
    if samples < _LARGEST_POWER:
        return 1 << (samples - 1).bit_length()
    return -(-samples // _LARGEST_POWER) * _LARGEST_POWER


def each(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function over the leading axis of its arguments; plain products beat batches of one."""
    if jax.tree.leaves(arguments)[0].shape[0] > 1:
        return jax.vmap(function)(*arguments)
    alone = function(*jax.tree.map(lambda part: part[0], arguments))
    return jax.tree.map(lambda part: part[None], alone)


def _fed(rows: Rows, place: Any, values: Any) -> Rows:
    return rows | {"values": rows["values"].at[place].set(values)}


def _joined(first: Any, rest: Any) -> Any:
    """[samples, horizon, ...] followed by [turns, samples, slide, ...], along the rows."""
    rest = jnp.moveaxis(rest, 0, 1)
    return jnp.concatenate([first, rest.reshape(rest.shape[0], -1, *rest.shape[3:])], 1)


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
