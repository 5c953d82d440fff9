"""One optimizer step of a network: masked targets, state carried from batch to batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from gatecast.framing import Sample
from gatecast.network import Network, Point, Quantiles
from gatecast.training._loop import Logs
from gatecast.training._settings import Training
from gatecast.training._training_set import Sampler, TrainingData
from gatecast.training.optimizers import optimizer_of

# Errors in percent have no gradient beyond this (of a logarithm): few of them would dominate all.
_MOST_LOG = 3.0


def _spread_out(loss: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """The loss of errors in units of a spread: wide windows count more, but not in proportion."""
    return lambda e, spread: loss(e) * jnp.sqrt(spread)


# Of errors in units of a spread, and that spread.
_ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "mse": _spread_out(jnp.square),
    "mae": _spread_out(jnp.abs),
    # Huber (1964) with its corner at 1.
    "huber": _spread_out(lambda e: jnp.where(jnp.abs(e) < 1, 0.5 * e**2, jnp.abs(e) - 0.5)),
    # |f - y| / y = |exp(log f - log y) - 1|
    "mape": lambda e, spread: jnp.abs(jnp.expm1(jnp.minimum(e * spread, _MOST_LOG))),
}


# Of the seeds of neighbouring shards: an odd number, far from the distances between members.
_APART = 0x1E3779B9


@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class NetworkVariables:
    """All that training a network changes; with many members each has a leading axis of members.

    Attributes:
        trainable: weights, in the order of the Keras model.
        non_trainable: other variables of its layers, such as seeds of dropout.
        optimizer: optimizer state.
        state: hidden and cell state carried from batch to batch; empty where none is carried.
        total: sum of the losses so far in this epoch, over the observed targets.
        count: how many targets these were.
    """

    trainable: Any
    non_trainable: Any
    optimizer: Any
    state: Any
    total: Any
    count: Any


@dataclass(frozen=True)
class NetworkStep:
    """One optimizer step of a network; equal ones share a compiled program.

    Attributes:
        network: what is trained.
        settings: loss and optimizer.
        sample: gathers the samples of a batch from the data.
        carried: whether the state after a batch is the next batch's initial state; gradients
            stop at the border (truncated backpropagation through time, Williams and Peng 1990),
            or reach across the windows of one step where it takes several.
        part: of which origins the samples are: "train" or "validation".
        padded: whether some origins are padding.
        complete: whether every batch is known to have a target; saves a check in each step, which
            takes as long as the arithmetic of the smallest networks.
        steps: how many a learning-rate schedule is spread over, for the member with most steps;
            0 where the rate is constant.
        axis: the name of the axis of shards; a step is one of all shards together, each with
            samples of its own. None where the data are whole.
    """

    network: Network
    settings: Training
    sample: Sampler
    carried: bool = False
    part: Literal["train", "validation"] = "train"
    padded: bool = False
    complete: bool = False
    steps: int = 0
    axis: str | None = None

    def __call__(
        self, variables: NetworkVariables, data: TrainingData, index: Any
    ) -> tuple[Logs, NetworkVariables]:
        """Take one step on the samples `index` [batch] or [windows, batch].

        Negative numbers are empty places. Windows are read one after another, with carried state.
        """
        gradient = jax.value_and_grad(self._loss, has_aux=True)
        (_, after), gradients = gradient(variables.trainable, variables, data, index)
        if self.axis is not None:
            gradients, after = _over_shards(self.axis, gradients, variables, after)
        optimizer = optimizer_of(self.network, self.settings, self.steps)
        moved = optimizer.apply(variables.optimizer, gradients, variables.trainable)
        if not self.complete:
            # A batch without a target takes no optimizer step, but its inputs change the state.
            seen = after.count > variables.count
            moved = jax.tree.map(
                lambda new, old: jnp.where(seen, new, old),
                moved,
                (variables.trainable, variables.optimizer),
            )
        after = replace(after, trainable=moved[0], optimizer=moved[1])
        return {"loss": after.total / after.count}, after

    def evaluate(
        self, variables: NetworkVariables, data: TrainingData, index: Any
    ) -> tuple[Logs, NetworkVariables]:
        """The loss on the samples `index` [batch], without training."""
        _, after = self._loss(variables.trainable, variables, data, index, training=False)
        if self.axis is not None:
            _, after = _over_shards(self.axis, [], variables, after)
        return {"loss": after.total / after.count}, after

    def begin(self, variables: NetworkVariables) -> NetworkVariables:
        """Hidden and cell state, and running loss, at zero."""
        empty = [jnp.zeros_like(part) for part in variables.state]
        return replace(variables, state=empty, total=jnp.zeros(()), count=jnp.zeros((), int))

    def _loss(
        self,
        trainable: Any,
        variables: NetworkVariables,
        data: TrainingData,
        index: Any,
        *,
        training: bool = True,
    ) -> tuple[Any, NetworkVariables]:
        """The mean over the observed targets, and the variables after it."""

        def window(variables: NetworkVariables, index: Any) -> tuple[Any, tuple[Any, Any]]:
            return self._window(trainable, variables, data, index, training=training)

        if index.ndim == 1:
            after, (total, count) = window(variables, index)
        else:
            after, parts = jax.lax.scan(window, variables, index)
            total, count = (jnp.sum(part) for part in parts)
        return total / jnp.maximum(count, 1), after

    def _window(
        self,
        trainable: Any,
        variables: NetworkVariables,
        data: TrainingData,
        index: Any,
        *,
        training: bool,
    ) -> tuple[NetworkVariables, tuple[Any, Any]]:
        """The variables after a batch, and its loss: sum and number of observed targets."""
        origins = data.train if self.part == "train" else data.validation
        sample = self.sample(data.source, origins[index])
        here = (index >= 0)[:, None]
        y = sample.wanted
        observed = here[:, None] & ~jnp.isnan(y)
        state = variables.state if self.carried else self.network.zero_state(len(index))
        weights = (trainable, self._own_draws(variables.non_trainable, 1))
        step = self.network.advance(
            weights, sample.inputs, state, here if self.carried else None, training=training
        )
        raw = sample.of_rows(step.y, self.network.output)
        losses = self._losses(raw, y, sample, observed)
        total, count = jnp.sum(losses), jnp.sum(observed)
        after = replace(
            variables,
            non_trainable=self._own_draws(step.non_trainable, -1),
            state=step.state if self.carried else [],
            total=variables.total + total,
            count=variables.count + count,
        )
        return after, (total, count)

    def _own_draws(self, non_trainable: Any, sign: int) -> Any:
        """Seeds of dropout moved, or moved back, so that each shard draws for itself."""
        if self.axis is None:
            return non_trainable
        apart = (jax.lax.axis_index(self.axis) * _APART * sign).astype(jnp.uint32)
        return [value + apart if value.dtype == jnp.uint32 else value for value in non_trainable]

    def _losses(self, raw: Any, y: Any, sample: Sample, observed: Any) -> Any:
        """[batch, horizon, targets] losses, zero at missing targets, as are their gradients."""
        output = self.network.output
        if isinstance(output, Point):
            point = raw[..., 0]
            error = point - jnp.where(observed, y, point)
            return _ERRORS[self.settings.loss](error, sample.spread)
        # Zero is safe for every output, so that the masked gradients are 0 * finite.
        losses = output.loss(raw, jnp.where(observed, y, 0), sample.scale)
        if isinstance(output, Quantiles):
            losses *= jnp.sqrt(sample.spread)
        return jnp.where(observed, losses, 0)


def _over_shards(
    axis: str, gradients: Any, before: NetworkVariables, after: NetworkVariables
) -> tuple[Any, NetworkVariables]:
    """Gradients, loss and running averages of the batches of all shards together.

    Each shard has the gradients g of the mean over its n targets. Those of the mean over all are
    sum(n g) / sum(n). Everything is added up in one message.
    """
    count = after.count - before.count
    weight = jnp.maximum(count, 1)
    averages = [v for v in after.non_trainable if jnp.issubdtype(v.dtype, jnp.floating)]
    own = (
        [gradient * weight for gradient in gradients],
        [after.total - before.total, count.astype(jnp.float32), jnp.ones(())],
        averages,
    )
    flat, apart = ravel_pytree(own)
    gradients, (total, seen, shards), averages = apart(jax.lax.psum(flat, axis))
    found = iter(averages)
    return [gradient / jnp.maximum(seen, 1) for gradient in gradients], replace(
        after,
        non_trainable=[
            next(found) / shards if jnp.issubdtype(value.dtype, jnp.floating) else value
            for value in after.non_trainable
        ],
        total=before.total + total,
        count=before.count + seen.astype(count.dtype),
    )
