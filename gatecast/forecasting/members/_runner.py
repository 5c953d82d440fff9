"""Running trained networks forward: over the rows of a panel, and beyond the last one.

All values here are in scaled units. Weights are trainable and non-trainable values,
[groups, members, ...] each: a global model is one group, local models are a group per series.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import Integers
from gatecast.framing import Framing, Rows, SampleRows, next_level
from gatecast.network import Network, State

# Windows that are run forward at once: bounds memory on long panels.
_AT_ONCE = 4096

# Samples that are forecast at once: what a block of them needs stays near the processor.
_BLOCK = 512

# Numbers of samples are rounded up to powers of two so far, then to multiples of this one.
_LARGEST_POWER = 2048


class NetworkOutput(NamedTuple):
    """What networks forecast, [..., samples, horizon, targets] each.

    Attributes:
        center: the point forecast.
        raw: [..., parameters] that describe the whole distribution.
        level: of the window; it is part of the center, and to be added to the distribution.
        spread: what the window was divided by, to multiply the distribution by before; None where
            it was not divided.
    """

    center: Any
    raw: Any
    level: Any
    spread: Any = None

    def first(self, samples: int) -> NetworkOutput:
        """The forecasts of the first samples, where there are more."""
        if self.center.shape[2] == samples:
            return self
        found: NetworkOutput = jax.tree.map(lambda part: np.asarray(part)[:, :, :samples], self)
        return found


class ForecastInputs(NamedTuple):
    """What a forecast is made from; see `Runner.beyond`."""

    weights: Any
    rows: SampleRows
    state: State

    @property
    def samples(self) -> int:
        """How many there are."""
        return int(self.rows.values.shape[1])

    def blocks(self, size: int) -> Iterator[ForecastInputs]:
        """So many samples at a time, and the rest."""
        for first in range(0, self.samples, size):
            yield self._chosen(np.arange(first, min(first + size, self.samples)))

    def rounded_up(self) -> ForecastInputs:
        """With the last sample repeated up to a number that a program is compiled for."""
        rounded = _rounded_up(self.samples)
        if rounded == self.samples:
            return self
        return self._chosen(np.arange(rounded))

    def filled_up(self, samples: int) -> ForecastInputs:
        """With the last sample repeated up to so many."""
        return self if self.samples == samples else self._chosen(np.arange(samples))

    def _chosen(self, place: Integers) -> ForecastInputs:
        """The samples at some places, the last one for places beyond it."""
        place = np.minimum(place, self.samples - 1)
        state = [np.asarray(part)[:, :, place] for part in self.state]
        return ForecastInputs(self.weights, self.rows.chosen(place, axis=1), state)


SavedProgram: TypeAlias = Callable[[ForecastInputs, int], NetworkOutput | None]
"""(inputs, h) -> what `Runner.beyond` forecasts, or None where it cannot be used."""


@dataclass(frozen=True)
class Runner:
    """A network and the framing of its input; equal ones share compiled programs.

    Attributes:
        network: the layers.
        framing: how rows become its input.
        carried: whether hidden and cell state are carried from one window to the next.
    """

    network: Network
    framing: Framing
    carried: bool = False

    def forward(
        self,
        weights: Any,
        rows: Rows,
        origin: Any,
        state: State,
        moves: Any = None,
        key: Any = None,
    ) -> tuple[NetworkOutput, State]:
        """What one member forecasts at each origin, and its state after the window.

        Args:
            weights: of the member.
            rows: that the windows are gathered from.
            origin: [samples].
            state: before the windows, [samples, units] each.
            moves: [samples, 1] False where the state stays unchanged; None where none does.
            key: draw the forecast at random, instead of returning the center.
        """
        sample, output = self.framing(rows, origin), self.network.output
        step = self.network.advance(weights, sample.inputs, state, moves)
        raw = step.y
        if sample.kept is not None:
            raw = output.moved(raw, sample.kept)
        raw = sample.of_rows(raw, output)
        scale = jnp.broadcast_to(sample.scale * sample.spread, raw.shape[:-1])
        center = output.center(raw, scale) if key is None else output.sample(raw, scale, key)
        level = jnp.broadcast_to(sample.level, raw.shape[:-1])
        spread = None
        if self.framing.level == "seasonal":
            spread = jnp.broadcast_to(sample.spread, raw.shape[:-1])
        return NetworkOutput(sample.center(center), raw, level, spread), step.state

    @partial(jax.jit, static_argnums=(0, 4))
    def at_windows(self, weights: Any, rows: Rows, origins: Any, steps: int) -> NetworkOutput:
        """The first `steps` rows from each origin, with an empty state before each window.

        Args:
            weights: of the members.
            rows: shared by all groups.
            origins: [groups, samples].
            steps: at most the horizon.

        Returns:
            [groups, members, samples, steps, ...].
        """

        def group(weights: Any, origins: Any) -> NetworkOutput:
            samples = len(origins)
            chunk = min(samples, _AT_ONCE)
            padded = jnp.pad(origins, (0, -samples % chunk), mode="edge").reshape(-1, chunk)

            def run(weights: Any, origin: Any) -> NetworkOutput:
                found, _ = self.forward(weights, rows, origin, self.network.zero_state(chunk))
                return _rows(found, slice(steps))

            def member(weights: Any) -> NetworkOutput:
                every = jax.lax.map(lambda origin: run(weights, origin), padded)
                found: NetworkOutput = jax.tree.map(
                    lambda part: part.reshape(-1, *part.shape[2:])[:samples], every
                )
                return found

            found: NetworkOutput = each(member, weights)
            return found

        found: NetworkOutput = each(group, weights, origins)
        return found

    @partial(jax.jit, static_argnums=0)
    def along_lanes(
        self, weights: Any, rows: Rows, origins: Any, order: Any, state: State
    ) -> tuple[Any, State]:
        """Forecasts with the state carried along each series, of a global model.

        Args:
            weights: of the members.
            rows: of the panel.
            origins: [samples].
            order: [steps, lanes] sample numbers; -1 where a lane has no sample.
            state: before the first step, [members, lanes, units] each.

        Returns:
            center [members, steps, lanes, horizon, targets] and the state at the end.
        """
        if not len(origins):
            # Without a sample no step is run; but one is traced.
            origins = jnp.zeros(1, int)

        def member(weights: Any, state: State) -> tuple[Any, State]:
            def step(state: State, index: Any) -> tuple[State, Any]:
                moves = (index >= 0)[:, None]
                found, state = self.forward(weights, rows, origins[index], state, moves)
                return state, found.center

            state, centers = jax.lax.scan(step, state, order)
            return centers, state

        found: tuple[Any, State] = each(member, jax.tree.map(lambda part: part[0], weights), state)
        return found

    @partial(jax.jit, static_argnums=(0, 4))
    def beyond(
        self, weights: Any, rows: SampleRows, state: State, h: int, keys: Any = None
    ) -> NetworkOutput:
        """The `h` rows from each origin on.

        Where h exceeds the horizon, each member gets its forecasts as input: a whole horizon at
        a time, or row by row where the state is carried, since the state has to read every row.

        Args:
            weights: of the members.
            rows: of each sample, [groups, samples, look_back + `reach(h)`, ...].
            state: before the window, [groups, members, samples, units] each.
            h: rows to forecast.
            keys: [groups, members] draw at random what becomes input (ancestral sampling).

        Returns:
            [groups, members, samples, h, ...].
        """
        slide = self._slide
        turns = jnp.arange(1, (self.reach(h) - self.framing.horizon) // slide + 1)

        def member(weights: Any, state: State, key: Any, samples: SampleRows) -> NetworkOutput:
            rows, origin = samples.end_to_end(), self._origins(samples)

            def turn(carried: Any, number: Any) -> tuple[Any, NetworkOutput]:
                rows, state = carried
                now = origin + number * slide
                rows = self._with_level(rows, now)
                draw = None if key is None else jax.random.fold_in(key, number)
                state = state if self.carried else [jnp.zeros_like(part) for part in state]
                found, state = self.forward(weights, rows, now, state, key=draw)
                newest = _rows(found, slice(-slide, None))
                place = (now + self.framing.horizon - slide)[:, None] + jnp.arange(slide)
                return (rows.with_values(place, newest.center), state), newest

            draw = None if key is None else jax.random.fold_in(key, 0)
            first, state = self.forward(weights, rows, origin, state, key=draw)
            place = origin[:, None] + jnp.arange(self.framing.horizon)
            rows = rows.with_values(place, first.center)
            if not len(turns):
                return _rows(first, slice(h))
            _, rest = jax.lax.scan(turn, (rows, state), turns)
            return _rows(jax.tree.map(_joined, first, rest), slice(h))

        def group(weights: Any, state: State, keys: Any, samples: SampleRows) -> NetworkOutput:
            found: NetworkOutput = each(
                lambda w, s, k: member(w, s, k, samples), weights, state, keys
            )
            return found

        found: NetworkOutput = each(group, weights, state, keys, rows)
        return found

    def forecast(
        self,
        inputs: ForecastInputs,
        h: int,
        keys: Any = None,
        *,
        program: SavedProgram | None = None,
        block: int | None = None,
    ) -> NetworkOutput:
        """As `beyond`, with few programs for any number of samples.

        Args:
            inputs: what is forecast from, block by block; the number of samples is rounded up to
                the next power of two, or multiple of the largest one.
            h: rows to forecast.
            keys: as in `beyond`; all samples are drawn at once then.
            program: a saved one that is tried first.
            block: samples of each call, the last one filled up: so the forecast of a sample is the
                same, bit for bit, whichever others it is made with.
        """
        size = _BLOCK if block is None else block
        if keys is None and inputs.samples > size:
            return self._by_block(inputs, h, size, program, block)
        rounded = inputs.rounded_up() if block is None else inputs.filled_up(block)
        return self._in_one_call(rounded, h, keys, program).first(inputs.samples)

    def _by_block(
        self,
        inputs: ForecastInputs,
        h: int,
        size: int,
        program: SavedProgram | None,
        block: int | None,
    ) -> NetworkOutput:
        """The devices of this process take a block in turn, so that each has one at a time."""
        devices, found, under_way = jax.local_devices(), [], deque[tuple[NetworkOutput, int]]()
        weights = [_laid_on(inputs.weights, device) for device in devices]
        for number, part in enumerate(inputs.blocks(size)):
            rounded = part.rounded_up() if block is None else part.filled_up(block)
            turn = number % len(devices)
            own = ForecastInputs(weights[turn], *_laid_on(tuple(rounded[1:]), devices[turn]))
            under_way.append((self._in_one_call(own, h, None, program), part.samples))
            if len(under_way) == len(devices):
                found.append(_waited_for(*under_way.popleft()))
        found += [_waited_for(*each) for each in under_way]
        together: NetworkOutput = jax.tree.map(lambda *parts: np.concatenate(parts, axis=2), *found)
        return together

    def _in_one_call(
        self, inputs: ForecastInputs, h: int, keys: Any, program: SavedProgram | None
    ) -> NetworkOutput:
        found = program(inputs, h) if program else None
        return self.beyond(*inputs, h, keys) if found is None else found

    def after(self, weights: Any, rows: SampleRows, state: State) -> State:
        """The state after each sample's window; unchanged where a series has no whole window yet.

        Arguments and result are as in `beyond`.
        """

        def member(weights: Any, state: State, samples: SampleRows) -> State:
            moves = None
            if samples.position is not None:
                newest = self.framing.look_back - 1
                moves = (samples.position[:, newest] >= newest)[:, None]
            flat = samples.end_to_end()
            return self.forward(weights, flat, self._origins(samples), state, moves)[1]

        def group(weights: Any, state: State, samples: SampleRows) -> State:
            found: State = each(lambda w, s: member(w, s, samples), weights, state)
            return found

        found: State = each(group, weights, state, rows)
        return found

    def reach(self, h: int) -> int:
        """Rows ahead that the rows of a sample need for a forecast of `h` rows."""
        further = max(h - self.framing.horizon, 0)
        return self.framing.horizon + -(-further // self._slide) * self._slide

    @property
    def _slide(self) -> int:
        return 1 if self.carried else self.framing.horizon

    def _origins(self, samples: SampleRows) -> Any:
        """[samples] the origin of each in the rows of all, end to end."""
        number, length = samples.values.shape[:2]
        return jnp.arange(number) * length + self.framing.look_back

    def _with_level(self, rows: Rows, origin: Any) -> Rows:
        """The smoothed level brought up to an origin that has moved by one slide."""
        if rows.level is None:
            return rows
        level = rows.level[origin - 1 - self._slide]
        for back in range(self._slide, 0, -1):
            value = rows.values[origin - back]
            level = next_level(level, value, self.framing.smoothing, observed=True)
        return replace(rows, level=rows.level.at[origin - 1].set(level))


def _laid_on(tree: Any, device: jax.Device) -> Any:
    """Arrays on one of several devices; unchanged where there is a single one."""
    return tree if jax.local_device_count() == 1 else jax.device_put(tree, device)


def _waited_for(found: NetworkOutput, samples: int) -> NetworkOutput:
    """The first samples of a forecast that a device may still be making."""
    # NumPy waits for the result, so that blocks do not need memory at the same time.
    waited: NetworkOutput = jax.tree.map(np.asarray, found.first(samples))
    return waited


def _rounded_up(samples: int) -> int:
    """The number of samples that a program is compiled for."""
    if samples < _LARGEST_POWER:
        return 1 << (samples - 1).bit_length()
    return -(-samples // _LARGEST_POWER) * _LARGEST_POWER


def _rows(found: NetworkOutput, rows: slice) -> NetworkOutput:
    """Some of the rows ahead of [samples, rows ahead, ...]."""
    some: NetworkOutput = jax.tree.map(lambda part: part[:, rows], found)
    return some


def each(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function over the leading axis of its arguments; plain products beat batches of one."""
    if jax.tree.leaves(arguments)[0].shape[0] > 1:
        return jax.vmap(function)(*arguments)
    alone = function(*jax.tree.map(lambda part: part[0], arguments))
    return jax.tree.map(lambda part: part[None], alone)


def _joined(first: Any, rest: Any) -> Any:
    """[samples, horizon, ...] followed by [turns, samples, slide, ...], along the rows."""
    rest = jnp.moveaxis(rest, 0, 1)
    return jnp.concatenate([first, rest.reshape(rest.shape[0], -1, *rest.shape[3:])], 1)
